package filetype

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"jieming/registry"
)

// Recognise returns the type of a file of size bytes from its content, if it
// may come in under the name. Anything else is refused: the error is a
// registry.Error that holds a *Refusal; other errors are those of r. It reads
// the file at most twice and inflates at most what the limits allow; it keeps
// at most a few megabytes in memory.
func Recognise(r io.ReaderAt, size int64, name string, l Limits) (*Type, error) {
	switch {
	case size == 0:
		return nil, refuse(Empty)
	case size > l.Bytes:
		return nil, RefuseSize(l.Bytes)
	}
	f := &file{r: r, size: size, name: name, limits: l}
	t, err := f.recognise()
	if err != nil {
		return nil, f.settle(err)
	}
	if t == TXT && CSV.named(name) {
		t = CSV
	}
	if ext := path.Ext(name); ext != "" && !t.named(name) && claims(ext) {
		return nil, refuse(Lying, "says", strings.ToLower(ext), "is", t.String())
	}
	return t, nil
}

// file is what the recognisers look at.
type file struct {
	r      io.ReaderAt
	size   int64
	name   string
	limits Limits
	err    error // the first failure to read
}

// settle tells a file that cannot be read from one that is wrong.
func (f *file) settle(err error) error {
	if f.err != nil {
		return f.err
	}
	var known *registry.Error
	if errors.As(err, &known) {
		return err
	}
	return damaged("%v", err)
}

// ReadAt reads, and keeps the first failure that isn't the end of the file.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.r.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) && f.err == nil && off >= 0 {
		f.err = err
	}
	return n, err
}

// piece returns up to n bytes from an offset on.
func (f *file) piece(off, n int64) []byte {
	if off < 0 || off >= f.size {
		return nil
	}
	buf := make([]byte, min(n, f.size-off))
	got, _ := f.ReadAt(buf, off)
	return buf[:got]
}

// signature is how files of a format begin, and what we do with them.
type signature struct {
	begin string
	at    int
	look  func(*file) (*Type, error)
}

var signatures = []signature{
	{"%PDF-", 0, (*file).pdf},
	{"\x89PNG\r\n\x1a\n", 0, (*file).png},
	{"\xff\xd8\xff", 0, (*file).jpeg},
	{"II*\x00", 0, (*file).tiff},
	{"MM\x00*", 0, (*file).tiff},
	{"WEBP", 8, (*file).webp},
	{"PK\x03\x04", 0, (*file).office},
	{"PK\x05\x06", 0, refusing(Archive, "is", "ZIP")},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, (*file).ole},
	{"MZ", 0, refusing(Executable)},
	{"\x7fELF", 0, refusing(Executable)},
	{"\xfe\xed\xfa", 0, refusing(Executable)},
	{"\xcf\xfa\xed\xfe", 0, refusing(Executable)},
	{"\xca\xfe\xba\xbe", 0, refusing(Executable)},
	{"#!", 0, refusing(Executable)},
	{"7z\xbc\xaf\x27\x1c", 0, refusing(Archive, "is", "7z")},
	{"Rar!", 0, refusing(Archive, "is", "RAR")},
	{"\x1f\x8b", 0, refusing(Archive, "is", "gzip")},
	{"BZh", 0, refusing(Archive, "is", "bzip2")},
	{"\xfd7zXZ", 0, refusing(Archive, "is", "xz")},
	{"ustar", 257, refusing(Archive, "is", "tar")},
	{"{\\rtf", 0, refusing(Convert, "is", "RTF", "says", ".docx")},
	{"GIF8", 0, refusing(Convert, "is", "GIF", "says", ".png")},
	{"BM", 0, (*file).bmp},
	{"ftypheic", 4, refusing(Convert, "is", "HEIC", "says", ".jpg")},
	{"ftypmif1", 4, refusing(Convert, "is", "HEIF", "says", ".jpg")},
	{"ftypavif", 4, refusing(Convert, "is", "AVIF", "says", ".jpg")},
	{"AC10", 0, refusing(Convert, "is", "DWG", "says", ".pdf")},
	{"AT&TFORM", 0, refusing(Convert, "is", "DjVu", "says", ".pdf")},
	{"%!PS", 0, refusing(Convert, "is", "PostScript", "says", ".pdf")},
}

func refusing(reason Reason, args ...string) func(*file) (*Type, error) {
	return func(*file) (*Type, error) { return nil, refuse(reason, args...) }
}

func (f *file) recognise() (*Type, error) {
	head := f.piece(0, 512)
	for _, s := range signatures {
		if len(head) >= s.at && bytes.HasPrefix(head[s.at:], []byte(s.begin)) {
			t, err := s.look(f)
			if t == nil && err == nil {
				continue
			}
			if err == nil && t.alone() {
				err = f.onlyOne()
			}
			return t, err
		}
	}
	return f.text()
}

// bmp tells a bitmap from a text that begins with BM.
func (f *file) bmp() (*Type, error) {
	if head := f.piece(0, 18); len(head) == 18 && head[14] < 0x80 && head[15] == 0 && head[16] == 0 && head[17] == 0 {
		return nil, refuse(Convert, "is", "BMP", "says", ".png")
	}
	return nil, nil
}

// alone reports whether a file of the type can have an archive hidden behind it.
func (t *Type) alone() bool { return t == PDF || t == PNG || t == JPEG || t == TIFF || t == WebP }

// onlyOne refuses files that are an archive too, and pictures that are a PDF or
// a web page too: readers of those formats look for them at the end, or in the
// first kilobyte.
func (f *file) onlyOne() error {
	if _, ok := f.directoryEnd(); ok {
		return refuse(TwoInOne, "detail", "ZIP")
	}
	head := bytes.ToLower(f.piece(0, 1024))
	if i := bytes.Index(head, []byte("%pdf-")); i > 0 {
		return refuse(TwoInOne, "detail", "PDF")
	}
	for _, tag := range []string{"<html", "<script", "<!doctype", "<svg"} {
		if bytes.Contains(head, []byte(tag)) {
			return refuse(TwoInOne, "detail", "HTML")
		}
	}
	return nil
}

// claims reports whether an extension says a type that we, or a computer, know
// as another: names such as 第3.2稿 claim nothing.
func claims(ext string) bool {
	ext = strings.ToLower(ext)
	for _, t := range Types() {
		if t.named(ext) {
			return true
		}
	}
	return strings.Contains(" .docm .dotm .xlsm .xltm .pptm .dot .dotx .xlt .xltx .ppt .ppsx .odp .ofd .html .htm .svg .xml .js .exe .com .bat .cmd .ps1 .vbs .msi .scr .jar .zip .rar .7z .gif .bmp .heic .rtf ", " "+ext+" ")
}
