package filetype

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// office looks at a ZIP: Office Open XML or OpenDocument, and nothing else.
func (f *file) office() (*Type, error) {
	z, err := f.openZip()
	if err != nil {
		return nil, err
	}
	t, err := f.officeType(z)
	if err != nil {
		return nil, err
	}
	budget := f.limits.Inflated
	for _, e := range z.File {
		if err := f.inflate(e, &budget, 0); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// directoryMost is how large the directory of an archive may be. It bounds what
// reading it costs before its entries are counted.
const directoryMost = 4 << 20

// openZip reads the directory of an archive, when it is of a size to be read.
func (f *file) openZip() (*zip.Reader, error) {
	end, ok := f.directoryEnd()
	switch {
	case !ok:
		return nil, damaged("the archive breaks off")
	case end.entries > f.limits.Entries || end.size > directoryMost:
		return nil, refuse(Bomb, "detail", fmt.Sprintf("%d files", end.entries))
	case end.start+end.size != end.at:
		return nil, refuse(TwoInOne, "detail", "data between the parts of the archive")
	}
	z, err := zip.NewReader(f, f.size)
	if err != nil {
		return nil, damaged("%v", err)
	}
	seen := map[string]bool{}
	for _, e := range z.File {
		switch {
		case e.Flags&1 != 0:
			return nil, refuse(Encrypted)
		case e.Method != zip.Store && e.Method != zip.Deflate:
			return nil, damaged("%s is compressed in an unusual way", shown(e.Name))
		case seen[strings.ToLower(e.Name)]:
			return nil, refuse(TwoInOne, "detail", shown(e.Name)+" twice")
		}
		seen[strings.ToLower(e.Name)] = true
	}
	return z, nil
}

// directory is what the last record of an archive says of its directory.
type directory struct {
	entries         int
	start, size, at int64
}

// directoryEnd finds the last record of an archive, if the file ends in one.
func (f *file) directoryEnd() (directory, bool) {
	const record, comment = 22, 1 << 16
	from := max(0, f.size-record-comment)
	tail := f.piece(from, record+comment)
	for i := len(tail) - record; i >= 0; i-- {
		b := tail[i:]
		if bytes.HasPrefix(b, []byte("PK\x05\x06")) && int(binary.LittleEndian.Uint16(b[20:]))+record == len(b) {
			return directory{entries: int(binary.LittleEndian.Uint16(b[10:])), size: int64(binary.LittleEndian.Uint32(b[12:])),
				start: int64(binary.LittleEndian.Uint32(b[16:])), at: from + int64(i)}, true
		}
	}
	return directory{}, false
}

// officeType says which kind of Office file an archive is.
func (f *file) officeType(z *zip.Reader) (*Type, error) {
	for _, e := range z.File {
		if name := strings.ToLower(path.Base(e.Name)); name == "vbaproject.bin" || name == "vbadata.xml" {
			return nil, refuse(Macros)
		}
	}
	switch {
	case has(z, "mimetype"):
		return openDocument(z)
	case has(z, "[Content_Types].xml"):
		return openXML(z)
	case has(z, "OFD.xml"):
		return nil, refuse(Convert, "is", "OFD", "says", ".pdf")
	}
	return nil, refuse(Archive, "is", "ZIP")
}

func has(z *zip.Reader, name string) bool {
	for _, e := range z.File {
		if e.Name == name {
			return true
		}
	}
	return false
}

// openXML reads which part is the main one from the list of content types.
func openXML(z *zip.Reader) (*Type, error) {
	list, err := small(z, "[Content_Types].xml", 1<<20)
	if err != nil {
		return nil, err
	}
	var types struct {
		Override []struct {
			PartName    string `xml:",attr"`
			ContentType string `xml:",attr"`
		}
	}
	if err := xml.Unmarshal(list, &types); err != nil {
		return nil, damaged("[Content_Types].xml: %v", err)
	}
	mains := map[string]*Type{
		DOCX.Media + ".main+xml": DOCX, XLSX.Media + ".main+xml": XLSX, PPTX.Media + ".main+xml": PPTX,
	}
	var found *Type
	for _, o := range types.Override {
		kind := strings.ToLower(o.ContentType)
		switch {
		case strings.Contains(kind, "macroenabled") || strings.Contains(kind, "vbaproject"):
			return nil, refuse(Macros)
		case strings.HasSuffix(kind, ".template.main+xml"):
			return nil, refuse(Convert, "is", "Office template", "says", ".docx")
		case mains[kind] != nil && found != nil:
			return nil, refuse(TwoInOne, "detail", found.String()+", "+mains[kind].String())
		case mains[kind] != nil:
			found = mains[kind]
		}
	}
	if found == nil {
		return nil, refuse(Archive, "is", "ZIP")
	}
	return found, nil
}

// openDocument reads the type from the first file of an OpenDocument.
func openDocument(z *zip.Reader) (*Type, error) {
	mime, err := small(z, "mimetype", 256)
	if err != nil {
		return nil, err
	}
	for _, e := range z.File {
		if strings.HasPrefix(e.Name, "Basic/") || strings.HasPrefix(e.Name, "Scripts/") {
			return nil, refuse(Macros)
		}
	}
	if has(z, "META-INF/manifest.xml") {
		manifest, err := small(z, "META-INF/manifest.xml", 4<<20)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(manifest, []byte("encryption-data")) {
			return nil, refuse(Encrypted)
		}
	}
	switch string(bytes.TrimSpace(mime)) {
	case ODT.Media:
		return ODT, nil
	case ODS.Media:
		return ODS, nil
	}
	return nil, refuse(Convert, "is", "OpenDocument", "says", ".odt, .ods, .pdf")
}

// small reads a file of the archive that must not be large.
func small(z *zip.Reader, name string, most int64) ([]byte, error) {
	r, err := z.Open(name)
	if err != nil {
		return nil, damaged("%s: %v", name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, damaged("%s: %v", name, err)
	}
	if int64(len(b)) > most {
		return nil, refuse(Bomb, "detail", name)
	}
	return b, nil
}

// Embedded files (a chart's table) may be Office files, but hold no further one.
const (
	nestedDepth = 1
	nestedMost  = 16 << 20
)

// inflate reads a file of the archive through to its end, which proves its
// checksum, and stops when it unpacks to more than it may.
func (f *file) inflate(e *zip.File, budget *int64, depth int) error {
	r, err := e.Open()
	if err != nil {
		return damaged("%s: %v", shown(e.Name), err)
	}
	defer r.Close()
	head := make([]byte, 8)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("%s: %v", shown(e.Name), err)
	}
	head = head[:n]
	rest := io.MultiReader(bytes.NewReader(head), r)
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return f.nested(e, rest, budget, depth)
	}
	if reason := packed(head); reason != "" {
		return refuse(reason, "detail", shown(e.Name))
	}
	watch := &ole10{}
	// Large files that shrink too well are made to fill a disk.
	most := min(*budget, max(4<<20, int64(e.CompressedSize64)*f.limits.Ratio))
	got, err := io.Copy(watch, io.LimitReader(rest, most+1))
	switch {
	case got > most:
		return refuse(Bomb, "detail", shown(e.Name))
	case err != nil:
		return damaged("%s: %v", shown(e.Name), err)
	case watch.found:
		return refuse(Nested, "detail", shown(e.Name))
	}
	*budget -= got
	return nil
}

// packed says why a file may not be inside of another, "" if it may.
func packed(head []byte) Reason {
	for _, begin := range []string{"MZ", "\x7fELF"} {
		if bytes.HasPrefix(head, []byte(begin)) {
			return Nested
		}
	}
	for _, begin := range []string{"Rar!", "7z\xbc\xaf", "\x1f\x8b"} {
		if bytes.HasPrefix(head, []byte(begin)) {
			return Nested
		}
	}
	return ""
}

// nested looks into an Office file inside of another.
func (f *file) nested(e *zip.File, r io.Reader, budget *int64, depth int) error {
	if depth >= nestedDepth || !strings.Contains(e.Name, "embeddings/") {
		return refuse(Nested, "detail", shown(e.Name))
	}
	b, err := io.ReadAll(io.LimitReader(r, nestedMost+1))
	if err != nil {
		return damaged("%s: %v", shown(e.Name), err)
	}
	if len(b) > nestedMost || int64(len(b)) > *budget {
		return refuse(Bomb, "detail", shown(e.Name))
	}
	*budget -= int64(len(b))
	inner := &file{r: bytes.NewReader(b), size: int64(len(b)), name: e.Name, limits: f.limits}
	z, err := inner.openZip()
	if err != nil {
		return err
	}
	if _, err := inner.officeType(z); err != nil {
		return err
	}
	for _, within := range z.File {
		if err := inner.inflate(within, budget, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// ole10 watches for the mark of a foreign file packed into an OLE object.
type ole10 struct {
	last  []byte
	found bool
}

// mark is Ole10Native in UTF-16.
var mark = []byte("O\x00l\x00e\x001\x000\x00N\x00a\x00t\x00i\x00v\x00e\x00")

func (o *ole10) Write(p []byte) (int, error) {
	seam := append(o.last, p[:min(len(p), len(mark))]...)
	o.found = o.found || bytes.Contains(p, mark) || bytes.Contains(seam, mark)
	o.last = append([]byte(nil), p[max(0, len(p)-len(mark)):]...)
	return len(p), nil
}

// shown is a name inside of an archive as a message can show it.
func shown(name string) string {
	return Clean(name[strings.LastIndex(name, "/")+1:], nil)
}
