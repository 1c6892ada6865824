package export

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"jieming/geo/format/geopackage"
	"jieming/geo/format/shapefile"
)

// ErrTooLarge is the cause of an error of a file that would exceed its limit.
var ErrTooLarge = errors.New("the file would exceed its limit")

// file is a new file that is complete or not there.
type file struct {
	f    *os.File
	buf  *bufio.Writer
	left int64 // bytes that may still be written
	max  int64
}

// newFile makes a file of at most max bytes, 0 for any number. It refuses a
// path that exists.
func newFile(path string, max int64) (*file, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("creating file: %w", err)
	}
	return &file{f: f, buf: bufio.NewWriterSize(f, 256<<10), left: max, max: max}, nil
}

// Write implements io.Writer.
func (f *file) Write(b []byte) (int, error) {
	if f.max > 0 {
		if f.left -= int64(len(b)); f.left < 0 {
			return 0, fmt.Errorf("%w of %d bytes", ErrTooLarge, f.max)
		}
	}
	return f.buf.Write(b)
}

// close completes the file.
func (f *file) close() error {
	err := errors.Join(f.buf.Flush(), f.f.Close())
	if err != nil {
		err = fmt.Errorf("writing file: %w", err)
	}
	return err
}

// discard closes and removes the file. After close, too.
func (f *file) discard() {
	_ = f.f.Close()
	_ = os.Remove(f.f.Name())
}

// tooLarge tells whether an error is about the size of a file, and makes those
// of the formats one.
func tooLarge(err error) error {
	if errors.Is(err, geopackage.ErrTooLarge) || errors.Is(err, shapefile.ErrTooLarge) {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return err
}
