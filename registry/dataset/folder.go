package dataset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"jieming/geo/format"
)

// Folder is an opened data folder. It is safe for concurrent use if its file
// system is.
type Folder struct {
	fsys     fs.FS
	manifest *Manifest
}

// Open recognises what a folder holds: by its dataset.json, or as the project's
// data folder. It reads the manifest only. The error says what is missing.
func Open(fsys fs.FS) (*Folder, error) {
	m, err := findManifest(fsys)
	if err != nil {
		return nil, fmt.Errorf("opening the data folder: %w", err)
	}
	return &Folder{fsys, m}, nil
}

// Manifest returns a copy of what the folder says it holds.
func (f *Folder) Manifest() Manifest { return *f.manifest }

// maxFileBytes bounds one file of a folder, which is read whole: the largest of
// the project's data has 15 MB.
const maxFileBytes = 512 << 20

// witness is a file system that remembers the digest of every file it opened.
// It hands out the very bytes it digested, so the digest of a load is that of
// what was loaded, whatever happens to the folder meanwhile.
type witness struct {
	fsys    fs.FS
	digests map[string][sha256.Size]byte
}

func newWitness(fsys fs.FS) *witness {
	return &witness{fsys, map[string][sha256.Size]byte{}}
}

// Open implements fs.FS.
func (w *witness) Open(name string) (fs.File, error) {
	file, err := w.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return file, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	if len(content) > maxFileBytes {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("the file has more than %d MB: leave out what is not needed", maxFileBytes>>20)}
	}
	w.digests[name] = sha256.Sum256(content)
	return &witnessed{bytes.NewReader(content), info}, nil
}

// witnessed is a file read into memory.
type witnessed struct {
	*bytes.Reader
	info fs.FileInfo
}

// Stat implements fs.File.
func (f *witnessed) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (f *witnessed) Close() error { return nil }

// digest identifies the files opened so far, with their names, and the manifest.
func (w *witness) digest(m *Manifest) ([sha256.Size]byte, error) {
	rules, err := json.Marshal(m)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	sum := sha256.New()
	sum.Write(rules)
	for _, name := range slices.Sorted(maps.Keys(w.digests)) {
		d := w.digests[name]
		fmt.Fprintf(sum, "\n%s %x", name, d)
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}

// open opens a file of the folder and unpacks it if its name ends in .gz.
func (w *witness) open(name string) (io.Reader, error) {
	file, err := w.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, format.Fault("the file is missing", "put it into the folder or correct the manifest").Because(err).InFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return file, nil
	}
	z, err := gzip.NewReader(file)
	if err != nil {
		return nil, format.Fault("the file is not gzip", "pack it again with gzip, or take .gz off its name").Because(err).InFile(name)
	}
	size := int64(0)
	if info, err := file.Stat(); err == nil {
		size = info.Size()
	}
	return format.NewBudget(format.Limits{MaxBytes: maxFileBytes}, size).NewReader(z), nil
}
