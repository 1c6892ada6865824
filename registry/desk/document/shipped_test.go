package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"jieming/registry/desk/filetype"
)

// Every template of papers.csv is shipped, may come back in as an upload, is
// well-formed, and takes an example whole: no placeholder stays, and every
// value that it names stands in it.
func TestShipped_takesAnExample(t *testing.T) {
	for _, k := range Kinds() {
		docx := Shipped(k.Name)
		if typ, err := filetype.Recognise(bytes.NewReader(docx), int64(len(docx)), k.Name+".docx", filetype.DefaultLimits()); typ != filetype.DOCX {
			t.Errorf("%s: %v, %v", k.Name, typ, err)
		}
		template, err := Text(docx)
		if err != nil {
			t.Fatal(err)
		}
		filled, err := Fill(docx, k.Name, Example(k.Name))
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		wellFormed(t, filled)
		text, err := Text(filled)
		if err != nil || strings.ContainsAny(text, "{}") {
			t.Errorf("%s: %v, a placeholder is left:\n%s", k.Name, err, text)
		}
		used := map[string]bool{}
		for _, f := range FieldsOf(k.Name) {
			for _, name := range f.names() {
				used[f.Name] = used[f.Name] || strings.Contains(template, "{{"+name+"}}")
			}
			if f.List == "" && used[f.Name] {
				for _, line := range strings.Split(Example(k.Name).Text[f.Name], "\n") {
					if !strings.Contains(text, line) {
						t.Errorf("%s: %s, %q, is not in the document", k.Name, f.Name, line)
					}
				}
			}
		}
		if _, err := Fill(docx, k.Name, Values{}); err != nil {
			t.Errorf("%s without values: %v", k.Name, err)
		}
	}
}

func wellFormed(t *testing.T, docx []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range z.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(r)
		for err == nil {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

// LibreOffice opens every filled template, and its PDF says what was filled in.
func TestShipped_opensInLibreOffice(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice (Debian package libreoffice-writer-nogui) is not installed")
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext (Debian package poppler-utils) is not installed")
	}
	dir := t.TempDir()
	var files []string
	for _, k := range Kinds() {
		filled, err := Fill(Shipped(k.Name), k.Name, Example(k.Name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(dir, k.Name+".docx"))
		if err := os.WriteFile(files[len(files)-1], filled, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append([]string{"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--convert-to", "pdf", "--outdir", dir}, files...)
	cmd := exec.Command(soffice, args...)
	timer := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	for i, k := range Kinds() {
		pdf, err := exec.Command("pdftotext", "-enc", "UTF-8", strings.TrimSuffix(files[i], ".docx")+".pdf", "-").Output()
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		docx, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		text, err := Text(docx)
		if err != nil {
			t.Fatal(err)
		}
		// Lines of the document are wrapped in the PDF.
		said := unspaced(string(pdf))
		for _, line := range strings.Split(text, "\n") {
			for _, piece := range strings.Split(line, "\t") {
				if piece = unspaced(piece); !strings.HasPrefix(piece, "—") && !inPieces(said, piece) {
					t.Errorf("%s: the PDF does not say %q", k.Name, piece)
				}
			}
		}
	}
}

// inPieces reports whether a text stands in another whole, or broken once by
// what stands beside it in a table.
func inPieces(in, s string) bool {
	if strings.Contains(in, s) {
		return true
	}
	r := []rune(s)
	for i := 1; i < len(r); i++ {
		if strings.Contains(in, string(r[:i])) && strings.Contains(in, string(r[i:])) {
			return true
		}
	}
	return false
}

func unspaced(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\f' {
			return -1
		}
		return r
	}, s)
}
