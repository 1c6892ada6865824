package demo

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/document"
	"jieming/registry/law"
)

// Every paper that comes in from others can be written, and says what it is about.
func TestCompose(t *testing.T) {
	c := &desk.Case{Title: "甲县撤乡设镇", Unit: 1, Units: map[registry.UnitID]registry.UnitRef{1: {ID: 1, Name: "甲县"}}}
	for _, p := range law.Shipped().Papers {
		if p.Issued || p.ID == "APPROVAL" || slices.Contains(charts, p.ID) {
			continue
		}
		docx, err := compose(c, p.ID, registry.Date(2026, 11, 28))
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
			continue
		}
		text, err := document.Text(docx)
		if err != nil || !strings.Contains(text, "甲县") || strings.ContainsAny(text, "{}") {
			t.Errorf("%s: %v: %s", p.ID, err, text)
		}
	}
}

var (
	entry  = regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`)
	begins = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`)
)

// What is drawn is a PDF: each object stands where the table says, and the
// programs of Poppler, where they are, find the pages.
func TestPDF(t *testing.T) {
	square := orb.MultiPolygon{{{{125, 43}, {126, 43}, {126, 44}, {125, 44}, {125, 43}}}}
	for name, x := range map[string]struct {
		pdf   []byte
		pages string
	}{
		"scan":  {scan("演示机关", "演示字〔2026〕1号", "关于甲县撤乡设镇的批复", strings.Repeat("同意甲县撤乡设镇。请按规定组织实施。\n", 30), "2026年11月28日"), "2"},
		"chart": {chart("甲县", []Area{{"甲县", square, orb.Point{125.5, 43.5}}, {"乙县", square, orb.Point{125.5, 43.6}}}, true, registry.Date(2026, 11, 28)), "1"},
		"empty": {chart("甲县", nil, false, registry.Date(2026, 11, 28)), "1"},
	} {
		table, err := strconv.Atoi(string(begins.FindSubmatch(x.pdf)[1]))
		if err != nil || !bytes.HasPrefix(x.pdf[table:], []byte("xref\n")) {
			t.Errorf("%s: the table is not at %d: %v", name, table, err)
		}
		for i, m := range entry.FindAllSubmatch(x.pdf, -1) {
			at, _ := strconv.Atoi(string(m[1]))
			if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(x.pdf[at:], []byte(want)) {
				t.Errorf("%s: no %q at %d", name, want, at)
			}
		}
		if _, err := exec.LookPath("pdfinfo"); err != nil {
			continue
		}
		file := filepath.Join(t.TempDir(), "x.pdf")
		if err := os.WriteFile(file, x.pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("pdfinfo", file).CombinedOutput()
		if err != nil || !regexp.MustCompile(`(?m)^Pages: +`+x.pages+`$`).Match(out) || bytes.Contains(out, []byte("Error")) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}
