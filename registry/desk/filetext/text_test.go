package filetext

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"jieming/registry/desk/filetype"
)

func fileOf(t *testing.T, content string) (*os.File, int64) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, int64(len(content))
}

func zipOf(parts ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, _ := z.Create(parts[i])
		_, _ = w.Write([]byte(parts[i+1]))
	}
	_ = z.Close()
	return b.String()
}

func TestText(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("南关区")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, content, want string
		typ                 *filetype.Type
	}{
		{"UTF-8", "\ufeff南关区\r\n", "南关区\n", filetype.TXT},
		{"GBK", gbk, "南关区", filetype.CSV},
		{"UTF-16", "\xff\xfe\x57\x53", "南", filetype.TXT},
		{"Word", zipOf("word/document.xml", `<w:p><w:r><w:t>南&amp;</w:t><w:tab/><w:t>关</w:t></w:r></w:p><w:p/>`, "word/media/a.xml", "<t>no</t>"), "南&\t关\n\n", filetype.DOCX},
		{"Excel", zipOf("xl/sharedStrings.xml", "<sst><si><t>代码</t></si><si><r><t>名</t></r><r><t>称</t></r></si></sst>", "xl/worksheets/sheet1.xml", "<c t='s'><v>0</v></c>"), "代码\n名称\n", filetype.XLSX},
		{"OpenDocument", zipOf("content.xml", "<text:p>一<text:span>二</text:span></text:p>"), "一二\n", filetype.ODT},
		{"broken off", zipOf("word/document.xml", "<w:p><w:t>有</w:t></w:p><w:p"), "有\n", filetype.DOCX},
		{"picture", "x", "", filetype.PNG},
	} {
		f, size := fileOf(t, c.content)
		got, err := Reader{}.Text(context.Background(), f, size, c.typ)
		if got != c.want || (err != nil) != (c.name == "broken off") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	f, size := fileOf(t, strings.Repeat("长", Most))
	if got, err := (Reader{}).Text(context.Background(), f, size, filetype.TXT); err != nil || len(got) > Most || len(got) < Most-3 {
		t.Errorf("a long text: %d bytes, %v", len(got), err)
	}
}

// pdfOf is a PDF that says something, in one font.
func pdfOf(says string) string {
	stream := "BT /F1 24 Tf 72 700 Td (" + says + ") Tj ET"
	return fmt.Sprintf("%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"+
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n"+
		"4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n", len(stream), stream)
}

func TestText_ofPDF(t *testing.T) {
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip(ErrNoPDF)
	}
	f, size := fileOf(t, pdfOf("Jieming 2026"))
	got, err := Reader{PDFToText: program}.Text(context.Background(), f, size, filetype.PDF)
	if err != nil || strings.TrimSpace(got) != "Jieming 2026" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := (Reader{}).Text(context.Background(), f, size, filetype.PDF); err == nil {
		t.Error("without pdftotext: no error")
	}
}

// A child that does not end, says too much or wants too much memory is ended,
// with all that it started.
func TestText_limitsTheChild(t *testing.T) {
	for name, script := range map[string]string{
		"endless":  "sleep 300 & sleep 300",
		"loud":     "yes",
		"greedy":   "exec tail -n 1 /dev/zero",
		"failing":  "echo no >&2; exit 3",
		"too much": "head -c 100000000 /dev/zero | tr '\\0' a; sleep 300",
	} {
		program := filepath.Join(t.TempDir(), "pdftotext")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		if name == "endless" {
			ctx, cancel = context.WithTimeout(context.Background(), 200*time.Millisecond)
		}
		f, size := fileOf(t, "x")
		begun := time.Now()
		got, err := Reader{PDFToText: program}.Text(ctx, f, size, filetype.PDF)
		cancel()
		enough := name == "loud" || name == "too much"
		if (err == nil) != enough || enough != (len(got) == Most) || time.Since(begun) > 9*time.Second {
			t.Errorf("%s: %d bytes, %v, after %s", name, len(got), err, time.Since(begun))
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(`<w:p><w:r><w:t>南&amp;</w:t><w:tab/></w:r></w:p>`))
	f.Add([]byte(`<?xml version="1.0" encoding="gbk"?><!DOCTYPE a [<!ENTITY b "c">]><p>&b;</p>`))
	f.Fuzz(func(t *testing.T, part []byte) {
		for _, typ := range []*filetype.Type{filetype.DOCX, filetype.XLSX, filetype.ODT} {
			b := zipOf("word/document.xml", string(part), "xl/sharedStrings.xml", string(part), "content.xml", string(part))
			text, _ := Document(strings.NewReader(b), int64(len(b)), typ)
			if len(text) > Most || strings.ContainsRune(text, 0) || strings.ToValidUTF8(text, "") != text {
				t.Fatalf("%q", text)
			}
		}
	})
}
