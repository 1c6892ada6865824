package filetype

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"jieming/registry"
)

const pdfBody = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

func TestRecognise_accepts(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(strings.Repeat("长春市朝阳区人民政府\r\n", 9000))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, content string
		want          *Type
	}{
		{"请示.pdf", pdfBody, PDF},
		{"无后缀", pdfBody, PDF},
		{"关于第3.2稿", pdfBody, PDF},
		{"a.png", pngOf(t, 30, 20), PNG},
		{"a.JPEG", jpegOf(t), JPEG},
		{"a.tif", tiffOf(binary.LittleEndian, 100, 200), TIFF},
		{"a.tiff", tiffOf(binary.BigEndian, 100, 200), TIFF},
		{"a.webp", "RIFF\x1a\x00\x00\x00WEBPVP8L\x0e\x00\x00\x00\x2f\x1d\xc0\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", WebP},
		{"a.docx", officeOf(t, DOCX, nil), DOCX},
		{"a.xlsx", officeOf(t, XLSX, nil), XLSX},
		{"a.pptx", officeOf(t, PPTX, nil), PPTX},
		{"chart.docx", officeOf(t, DOCX, map[string]string{"word/embeddings/Sheet1.xlsx": officeOf(t, XLSX, nil)}), DOCX},
		{"a.odt", zipOf(t, "mimetype", ODT.Media, "content.xml", "<a/>"), ODT},
		{"a.ods", zipOf(t, "mimetype", ODS.Media, "content.xml", "<a/>"), ODS},
		{"a.doc", compound("WordDocument", strings.Repeat("\x00", 5000)), DOC},
		{"a.xls", compound("Workbook", "\x09\x08\x10\x00"+strings.Repeat("\x00", 16)+strings.Repeat("\x42\x00\x02\x00\xb0\x04", 900)), XLS},
		{"a.txt", "北京市\r\n长春市", TXT},
		{"a.csv", "代码,名称\n220102,南关区\n", CSV},
		{"gbk.txt", gbk, TXT},
		{"BMW.txt", "BM is no bitmap", TXT},
		{"utf16.txt", utf16Of("吉林省\n"), TXT},
	} {
		got, err := Recognise(strings.NewReader(c.content), int64(len(c.content)), c.name, DefaultLimits())
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestRecognise_refuses(t *testing.T) {
	small := DefaultLimits()
	small.Inflated, small.Entries = 8<<20, 50
	zeros := strings.Repeat("\x00", 12<<20)
	for _, c := range []struct {
		name, content string
		want          Reason
	}{
		{"a.pdf", "", Empty},
		{"web.pdf", "<!DOCTYPE html><html><script>alert(1)</script></html>", Markup},
		{"web.txt", "\ufeff \n<HTML>", Markup},
		{"web16.txt", utf16Of("<html><script>"), Markup},
		{"a.png", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, Markup},
		{"a.svg", `<?xml version="1.0"?><svg/>`, Markup},
		{"tool.pdf", "MZ\x90\x00" + zeros[:100], Executable},
		{"run", "#!/bin/sh\n", Executable},
		{"a.zip", zipOf(t, "a.txt", "x"), Archive},
		{"a.docx", zipOf(t, "a.txt", "x"), Archive},
		{"a.ofd", zipOf(t, "OFD.xml", "<ofd/>"), Convert},
		{"a.gif", "GIF89a", Convert},
		{"a.pdf", pngOf(t, 3, 3), Lying},
		{"a.docm", officeOf(t, DOCX, nil), Lying},
		{"a.xlsx", officeOf(t, DOCX, nil), Lying},
		{"a.html", "only text", Lying},
		{"locked.pdf", strings.Replace(pdfBody, "/Root", "/Encrypt 5 0 R/Root", 1), Encrypted},
		{"far.pdf", "%PDF-1.4\n" + zeros[:300<<10] + "trailer<</Encrypt 5 0 R>>\n%%EOF", Encrypted},
		{"locked.docx", compound("EncryptionInfo", zeros[:5000]), Encrypted},
		{"locked.doc", compound("WordDocument", "\xec\xa5\xc1\x00\x00\x00\x00\x00\x00\x00\x00\x01"+zeros[:5000]), Encrypted},
		{"locked.xls", compound("Workbook", "\x09\x08\x10\x00"+zeros[:16]+"\x2f\x00\x06\x00"+zeros[:5000]), Encrypted},
		{"locked.odt", zipOf(t, "mimetype", ODT.Media, "META-INF/manifest.xml", "<manifest:encryption-data>"), Encrypted},
		{"macro.docx", officeOf(t, DOCX, map[string]string{"word/vbaProject.bin": "x"}), Macros},
		{"macro.xls", compound("_VBA_PROJECT", zeros[:5000]), Macros},
		{"macro.odt", zipOf(t, "mimetype", ODT.Media, "Basic/Standard/Module1.xml", "x"), Macros},
		{"bomb.docx", officeOf(t, DOCX, map[string]string{"word/document.xml": zeros}), Bomb},
		{"many.docx", manyFiles(t, 200), Bomb},
		{"nested.docx", officeOf(t, DOCX, map[string]string{"word/embeddings/a.docx": officeOf(t, DOCX, map[string]string{"word/embeddings/b.docx": officeOf(t, DOCX, nil)})}), Nested},
		{"packed.docx", officeOf(t, DOCX, map[string]string{"word/media/a.png": zipOf(t, "a", "b")}), Nested},
		{"exe.docx", officeOf(t, DOCX, map[string]string{"word/embeddings/oleObject1.bin": "\xd0\xcf" + zeros[:40000] + string(mark)}), Nested},
		{"huge.png", hugePNG(t), Dimensions},
		{"huge.tif", tiffOf(binary.LittleEndian, 65000, 65000), Dimensions},
		{"loop.tif", "II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00", Damaged},
		{"cut.pdf", pdfBody[:40], Damaged},
		{"late.pdf", "junk" + pdfBody, Damaged},
		{"cut.png", pngOf(t, 300, 300)[:60], Damaged},
		{"cut.docx", officeOf(t, DOCX, nil)[:200], Damaged},
		{"wrong.docx", flipped(officeOf(t, DOCX, map[string]string{"word/document.xml": "some text of a document that is long enough"})), Damaged},
		{"two.pdf", pdfBody + zipOf(t, "a", "b"), TwoInOne},
		{"two.jpg", jpegOf(t) + zipOf(t, "a", "b"), TwoInOne},
		{"two.docx", "PK\x03\x04" + officeOf(t, DOCX, nil), TwoInOne},
		{"binary.txt", "abc\x00\x01", Unknown},
		{"noise", "\xff\xff\xff\xff", Unknown},
		{"a.ppt", compound("PowerPoint Document", zeros[:5000]), Convert},
	} {
		_, err := Recognise(strings.NewReader(c.content), int64(len(c.content)), c.name, small)
		var r *Refusal
		if !errors.As(err, &r) || r.Reason != c.want || registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		} else if strings.Contains(r.Error(), "{") {
			t.Errorf("%s: %q is not filled", c.name, r)
		}
	}
	if _, err := Recognise(strings.NewReader("x"), 60<<20, "a.txt", small); registry.KindOf(err) != registry.KindTooLarge {
		t.Errorf("too large: %v", err)
	}
}

// A disk that fails is not the file's fault.
func TestRecognise_passesFailuresOn(t *testing.T) {
	broken := errors.New("disk")
	_, err := Recognise(failing{broken}, 100, "a.pdf", DefaultLimits())
	if !errors.Is(err, broken) || registry.KindOf(err) != registry.KindInternal {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestReasons_haveTexts(t *testing.T) {
	for _, r := range Reasons() {
		if english[r] == "" {
			t.Errorf("%s has no text", r)
		}
	}
}

func TestClean(t *testing.T) {
	for name, want := range map[string]string{
		"请示.pdf":                   "请示.pdf",
		`C:\用户\桌面\请示.PDF`:          "请示.PDF",
		"../../etc/passwd":         "passwd.pdf",
		"a\u202Efdp.exe":           "afdp.exe.pdf",
		"a\x00b\r\nc.pdf":          "ab c.pdf",
		" . 请示 .pdf. ":             "请示.pdf",
		"":                         "未命名.pdf",
		".pdf":                     "未命名.pdf",
		"CON.pdf":                  "_CON.pdf",
		`what?"<x>|*.pdf`:          "what___x___.pdf",
		"e\u0301.pdf":              "é.pdf",
		strings.Repeat("长", 300):   strings.Repeat("长", 58) + ".pdf",
		"\xff\xfe.pdf":             "未命名.pdf",
		"\u200b\ufeff零宽\u2066.pdf": "零宽.pdf",
	} {
		if got := Clean(name, PDF); got != want {
			t.Errorf("Clean(%q) = %q, want %q", name, got, want)
		} else if again := Clean(got, PDF); again != got {
			t.Errorf("Clean(%q) = %q is cleaned further to %q", name, got, again)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add([]byte(pdfBody), "a.pdf")
	f.Add([]byte(officeOf(f, DOCX, map[string]string{"word/embeddings/Sheet1.xlsx": officeOf(f, XLSX, nil)})), "a.docx")
	f.Add([]byte(pngOf(f, 3, 3)), "a.png")
	f.Add([]byte(jpegOf(f)), "a.jpg")
	f.Add([]byte(tiffOf(binary.BigEndian, 10, 10)), "a.tif")
	f.Add([]byte(compound("Workbook", strings.Repeat("\x09\x08\x00\x00", 2000))), "a.xls")
	f.Add([]byte(utf16Of("吉林")), "a.txt")
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8X\x0e\x00\x00\x00\x2f\x1d\xc0\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "a.webp")
	l := DefaultLimits()
	l.Inflated, l.Pages = 4<<20, 50
	f.Fuzz(func(t *testing.T, content []byte, name string) {
		typ, err := Recognise(bytes.NewReader(content), int64(len(content)), name, l)
		var r *Refusal
		if err != nil && !errors.As(err, &r) {
			t.Fatalf("%v is no refusal", err)
		}
		if (typ == nil) == (err == nil) {
			t.Fatalf("%v, %v", typ, err)
		}
		if clean := Clean(name, typ); Clean(clean, typ) != clean || strings.ContainsAny(clean, "/\\\x00\n") || len(clean) > 255 {
			t.Fatalf("Clean(%q) = %q", name, clean)
		}
	})
}

func pngOf(t testing.TB, w, h int) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func jpegOf(t testing.TB) string {
	m := image.NewGray(image.Rect(0, 0, 30, 20))
	m.SetGray(3, 3, color.Gray{200})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hugePNG says it is 100000 pixels wide.
func hugePNG(t testing.TB) string {
	b := []byte(pngOf(t, 3, 3))
	binary.BigEndian.PutUint32(b[16:], 100_000)
	return string(b)
}

func tiffOf(order binary.ByteOrder, w, h uint16) string {
	var b bytes.Buffer
	b.WriteString(map[bool]string{true: "II*\x00", false: "MM\x00*"}[order == binary.ByteOrder(binary.LittleEndian)])
	for _, v := range []any{uint32(8), uint16(2), uint16(256), uint16(3), uint32(1), w, uint16(0), uint16(257), uint16(3), uint32(1), h, uint16(0), uint32(0)} {
		_ = binary.Write(&b, order, v)
	}
	return b.String()
}

func zipOf(t testing.TB, files ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = io.WriteString(w, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func officeOf(t testing.TB, typ *Type, more map[string]string) string {
	files := []string{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/main.xml" ContentType="` + typ.Media + `.main+xml"/></Types>`}
	for name, content := range more {
		files = append(files, name, content)
	}
	return zipOf(t, files...)
}

func manyFiles(t testing.TB, n int) string {
	more := map[string]string{}
	for i := range n {
		more[strings.Repeat("a", i+1)] = ""
	}
	return officeOf(t, DOCX, more)
}

// flipped alters a compressed byte, so that the checksum tells.
func flipped(s string) string {
	b := []byte(s)
	b[strings.LastIndex(s, "word/document.xml")/2+60] ^= 1
	i := strings.Index(s, "word/document.xml") + len("word/document.xml") + 8
	b[i] ^= 0x10
	return string(b)
}

func utf16Of(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// compound makes a compound file of one stream of 4 KiB or more.
func compound(name, content string) string {
	const sector = 512
	le := binary.LittleEndian
	n := (len(content) + sector - 1) / sector
	head := make([]byte, sector)
	copy(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	le.PutUint16(head[24:], 0x3e)
	le.PutUint16(head[26:], 3)
	le.PutUint16(head[28:], 0xfffe)
	le.PutUint16(head[30:], 9)
	le.PutUint16(head[32:], 6)
	le.PutUint32(head[44:], 1)          // FAT sectors
	le.PutUint32(head[48:], 1)          // directory
	le.PutUint32(head[56:], 4096)       // cutoff
	le.PutUint32(head[60:], 0xfffffffe) // no mini FAT
	le.PutUint32(head[68:], 0xfffffffe)
	for i := 76; i < sector; i += 4 {
		le.PutUint32(head[i:], 0xffffffff)
	}
	le.PutUint32(head[76:], 0)
	fat := bytes.Repeat([]byte{0xff}, sector)
	le.PutUint32(fat, 0xfffffffd)
	le.PutUint32(fat[4:], 0xfffffffe)
	for i := range n {
		next := uint32(i + 3)
		if i == n-1 {
			next = 0xfffffffe
		}
		le.PutUint32(fat[8+4*i:], next)
	}
	dir := make([]byte, sector)
	oleName(dir, "Root Entry", 5, 1, 0xfffffffe, 0)
	oleName(dir[128:], name, 2, 0xffffffff, 2, len(content))
	body := make([]byte, n*sector)
	copy(body, content)
	return string(head) + string(fat) + string(dir) + string(body)
}

func oleName(b []byte, name string, kind byte, child, start uint32, size int) {
	for i, u := range utf16.Encode([]rune(name)) {
		binary.LittleEndian.PutUint16(b[2*i:], u)
	}
	binary.LittleEndian.PutUint16(b[64:], uint16(2*len(name)+2))
	b[66], b[67] = kind, 1
	binary.LittleEndian.PutUint32(b[68:], 0xffffffff)
	binary.LittleEndian.PutUint32(b[72:], 0xffffffff)
	binary.LittleEndian.PutUint32(b[76:], child)
	binary.LittleEndian.PutUint32(b[116:], start)
	binary.LittleEndian.PutUint32(b[120:], uint32(size))
}
