package format

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// An Archive is a zip file that has been checked before anything in it was
// unpacked. It never writes to a path taken from the archive.
type Archive struct {
	Name    string
	Entries []Entry
	budget  *Budget
}

// An Entry is a file in an archive. Name is decoded and uses slashes.
type Entry struct {
	Name string
	file *zip.File
}

const (
	advicePack  = "pack the files again into a plain zip archive"
	zipEndSize  = 22
	zipFileSize = 46
)

// OpenArchive reads the directory of a zip archive. It refuses, before
// allocating, more entries than the limits allow; names that lead outside the
// archive; prefixed and 64-bit archives, which nothing within the limits needs.
// Folders and the droppings of macOS and Windows are left out.
func OpenArchive(name string, r io.ReaderAt, size int64, limits Limits) (*Archive, error) {
	limits = limits.WithDefaults()
	if fault := checkDirectory(r, size, limits.MaxEntries); fault != nil {
		return nil, fault.InFile(name)
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, Fault("damaged zip archive", advicePack).Because(err).InFile(name)
	}
	a := &Archive{Name: name, budget: NewBudget(limits, size)}
	for _, f := range z.File {
		entry := Entry{Name: entryName(f.Name), file: f}
		if !filepath.IsLocal(filepath.FromSlash(entry.Name)) {
			return nil, Fault(fmt.Sprintf("entry %q leads outside the archive", entry.Name), advicePack).InFile(name)
		}
		if !isDropping(entry.Name) {
			a.Entries = append(a.Entries, entry)
		}
	}
	return a, nil
}

// entryName decodes a name: Windows packs Chinese names in GBK.
func entryName(raw string) string {
	encoding, ok := DetectEncoding([]byte(raw))
	if !ok {
		encoding = GB18030
	}
	name, _ := encoding.Decode([]byte(raw))
	return strings.ReplaceAll(name, `\`, "/")
}

func isDropping(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") ||
		strings.HasPrefix(base, "._") || base == ".DS_Store" || base == "Thumbs.db"
}

// WithExtension returns the entries whose name ends so, in any letter case.
func (a *Archive) WithExtension(extension string) []Entry {
	var found []Entry
	for _, e := range a.Entries {
		if strings.EqualFold(path.Ext(e.Name), extension) {
			found = append(found, e)
		}
	}
	return found
}

// Names lists the first entries for a message.
func (a *Archive) Names() string {
	var names []string
	for i, e := range a.Entries {
		if i == 5 {
			names = append(names, fmt.Sprintf("and %d more", len(a.Entries)-i))
			break
		}
		names = append(names, fmt.Sprintf("%q", e.Name))
	}
	if names == nil {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// Open unpacks an entry as a stream, charged to the budget of the archive.
func (a *Archive) Open(e Entry) (io.ReadCloser, error) {
	rc, err := e.file.Open()
	if err != nil {
		return nil, Fault(fmt.Sprintf("cannot unpack %q", e.Name), advicePack).Because(err).InFile(a.Name)
	}
	return struct {
		io.Reader
		io.Closer
	}{a.budget.NewReader(rc), rc}, nil
}

// Spool unpacks an entry into a temporary file, for formats that seek.
func (a *Archive) Spool(e Entry) (*Spool, error) {
	rc, err := a.Open(e)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	s, err := NewSpool(rc)
	if err != nil {
		return nil, Locate(err, a.Name, fmt.Sprintf("cannot unpack %q", e.Name), advicePack)
	}
	return s, nil
}

// A Spool is a temporary file that disappears when closed.
type Spool struct {
	*os.File
	Size int64
}

// NewSpool copies r, which has to be bounded, into a temporary file.
func NewSpool(r io.Reader) (*Spool, error) {
	f, err := os.CreateTemp("", "jieming-spool-")
	if err != nil {
		return nil, fmt.Errorf("creating a temporary file: %w", err)
	}
	s := &Spool{File: f}
	s.Size, err = io.Copy(f, r)
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close closes and removes the file.
func (s *Spool) Close() error {
	err := s.File.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return errors.Join(err, os.Remove(s.Name()))
}

// checkDirectory counts the entries of the directory itself, because the
// number in the end record may lie, and archive/zip allocates as it reads.
func checkDirectory(r io.ReaderAt, size int64, maxEntries int) *Error {
	end, at := zipEnd(r, size)
	if end == nil {
		return Fault("zip archive has no directory: it is cut short", "upload the whole file again")
	}
	length := int64(binary.LittleEndian.Uint32(end[12:]))
	offset := int64(binary.LittleEndian.Uint32(end[16:]))
	if offset+length != at {
		return Fault("zip archive is prefixed or of the 64-bit kind", advicePack)
	}
	directory := bufio.NewReader(io.NewSectionReader(r, offset, size-offset))
	for n := 0; ; n++ {
		head, err := directory.Peek(zipFileSize)
		if err != nil || string(head[:4]) != "PK\x01\x02" {
			return nil
		}
		if n == maxEntries {
			return Fault(fmt.Sprintf("more than %d files in the archive", maxEntries), "pack only the files to import")
		}
		names := int(binary.LittleEndian.Uint16(head[28:])) + int(binary.LittleEndian.Uint16(head[30:])) +
			int(binary.LittleEndian.Uint16(head[32:]))
		if _, err := directory.Discard(zipFileSize + names); err != nil {
			return nil // archive/zip tells what is cut off
		}
	}
}

// zipEnd finds the end record, which a comment of up to 64 KiB may follow.
func zipEnd(r io.ReaderAt, size int64) (record []byte, at int64) {
	tail := make([]byte, min(size, zipEndSize+1<<16))
	if n, err := r.ReadAt(tail, size-int64(len(tail))); n < len(tail) && err != nil {
		return nil, 0
	}
	for i := len(tail) - zipEndSize; i >= 0; i-- {
		if string(tail[i:i+4]) != "PK\x05\x06" {
			continue
		}
		if comment := int(binary.LittleEndian.Uint16(tail[i+20:])); i+zipEndSize+comment <= len(tail) {
			return tail[i:], size - int64(len(tail)-i)
		}
	}
	return nil, 0
}
