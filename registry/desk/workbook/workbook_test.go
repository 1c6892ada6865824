package workbook

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jieming/registry"
)

// table is one that would lose something if cells were not text.
func table() *Table {
	return &Table{Sheet: "更正", Notes: "说明 Notes", Lines: []string{"只修改浅黄色的列"},
		Columns: []Column{{Header: "版本 Version", Locked: true, Hidden: true}, {Header: "代码 Code", Locked: true}, {Header: "起始日期 Since", Locked: true},
			{Header: "驻地 Seat"}, {Header: "边境地区 Border area", Choices: []string{"是", "否"}}},
		Rows: [][]string{{"v1-unit-1-00ff", "000012345678", "1981-12-31", "", "否"}, {"v1-unit-2-00ff", "220102000000", "", "南关区“西”<&>", "是"}}}
}

func written(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, table()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sameRows(t *testing.T, data []byte) {
	t.Helper()
	s, err := Read(data, "版本 Version")
	if err != nil {
		t.Fatal(err)
	}
	want := table()
	if s.Name != want.Sheet || len(s.Rows) != len(want.Rows) {
		t.Fatalf("sheet %s with %d rows", s.Name, len(s.Rows))
	}
	for i, row := range want.Rows {
		for c, cell := range row {
			if got := s.Rows[i].Cell(c); got != cell {
				t.Errorf("row %d, %s: %q, want %q", i, s.Head[c], got, cell)
			}
		}
	}
}

func TestWrite_isReadBack(t *testing.T) { sameRows(t, written(t)) }

// LibreOffice opens what we write, and what it saves is the same to us.
func TestWrite_opensInLibreOffice(t *testing.T) {
	if testing.Short() {
		t.Skip("starting LibreOffice takes seconds")
	}
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice (Debian package libreoffice-calc-nogui) is not installed")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "sheet.xlsx")
	if err := os.WriteFile(in, written(t), 0o600); err != nil {
		t.Fatal(err)
	}
	convert := func(to, how string) []byte {
		out := filepath.Join(dir, to)
		cmd := exec.CommandContext(t.Context(), program, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--convert-to", how, "--outdir", out, in)
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("soffice: %v: %s", err, said)
		}
		data, err := os.ReadFile(filepath.Join(out, "sheet."+to))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if csv := string(convert("csv", "csv:Text - txt - csv (StarCalc):44,34,76,1")); !strings.Contains(csv, "000012345678") || !strings.Contains(csv, "南关区") {
		t.Errorf("as CSV:\n%s", csv)
	}
	sameRows(t, convert("xlsx", "xlsx"))
}

func TestRead_refuses(t *testing.T) {
	for name, data := range map[string][]byte{"nothing": nil, "text": []byte("编号,名称"), "half": written(t)[:900], "large": make([]byte, MaxBytes+1)} {
		if _, err := Read(data, "版本 Version"); registry.KindOf(err) != registry.KindInvalid && registry.KindOf(err) != registry.KindTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(written(t), "别的列"); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("another header: %v", err)
	}
	many := table()
	many.Rows = slices.Repeat(many.Rows[:1], MaxRows)
	var out bytes.Buffer
	if err := Write(&out, many); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(out.Bytes(), "版本 Version"); registry.KindOf(err) != registry.KindTooLarge {
		t.Errorf("%d rows: %v", MaxRows, err)
	}
}

// Whatever comes in is read within the limits, or refused as bad input.
func FuzzRead(f *testing.F) {
	whole := written(f)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(data, "版本 Version")
		var known *registry.Error
		if err != nil && !errors.As(err, &known) {
			t.Fatalf("an error without a kind: %v", err)
		}
		if err == nil && len(s.Rows) >= MaxRows {
			t.Fatalf("%d rows", len(s.Rows))
		}
	})
}
