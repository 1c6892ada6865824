// Package store keeps archives, which are large, are written once and are never
// changed, and small pointers to the current ones, in a folder or in an object
// store that speaks S3.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"time"
)

// The causes of errors that callers tell apart.
var (
	ErrNotFound = errors.New("there is no such object")
	ErrExists   = errors.New("there is an object of that key already")
	ErrConflict = errors.New("somebody else has changed it meanwhile")
	ErrKey      = errors.New("not a key: a key is words of a–z, A–Z, 0–9, '.', '_' and '-' with '/' between them, none beginning with '.', 512 characters at most")
)

// Store keeps objects under keys such as "public/00000017-9f86d081.pmtiles". It
// is safe for concurrent use, by several processes too. An object is there
// whole or not at all.
type Store interface {
	// Put stores size bytes under a key that is not taken, else it fails with
	// ErrExists. What r gives beyond size, or lacks, is an error.
	Put(ctx context.Context, key string, r io.Reader, size int64) error
	// Get reads length bytes from offset on, to the end if length is negative.
	// It fails with ErrNotFound. A range that begins after the end is an error.
	Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	// Stat describes an object; ErrNotFound if there is none.
	Stat(ctx context.Context, key string) (Info, error)
	// List goes through the objects whose keys begin with prefix, in order of
	// their keys. After an error it ends.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
	// Delete removes an object. It is no error if there is none.
	Delete(ctx context.Context, key string) error
	// Swap replaces a small object if its version is still old, else it fails
	// with ErrConflict. Old is "" for an object that is not there yet. It is no
	// conflict if the object has that content already.
	Swap(ctx context.Context, key string, old Version, content []byte) error
}

// Version identifies a content of an object. Only the store that gave it
// understands it.
type Version string

// Info describes an object.
type Info struct {
	Key      string
	Size     int64
	Version  Version
	Modified time.Time
}

// pointerLimit is the size of the largest object that Swap takes, in bytes.
const pointerLimit = 1 << 20

var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$`)

func checkKey(key string) error {
	if len(key) > 512 || !keyForm.MatchString(key) {
		return fmt.Errorf("%q: %w", key, ErrKey)
	}
	return nil
}

func checkSwap(key string, content []byte) error {
	if len(content) > pointerLimit {
		return fmt.Errorf("%s: %d bytes, and %d are the limit of what is swapped", key, len(content), pointerLimit)
	}
	return checkKey(key)
}

// ReadAll reads a whole object of at most 1 MiB, and its version.
func ReadAll(ctx context.Context, s Store, key string) ([]byte, Version, error) {
	for range 3 {
		info, err := s.Stat(ctx, key)
		if err != nil {
			return nil, "", err
		}
		content, err := readWhole(ctx, s, key)
		if err != nil {
			return nil, "", err
		}
		after, err := s.Stat(ctx, key)
		if err != nil {
			return nil, "", err
		}
		if after.Version == info.Version {
			return content, info.Version, nil
		}
	}
	return nil, "", fmt.Errorf("read %s: it changes all the time: %w", key, ErrConflict)
}

func readWhole(ctx context.Context, s Store, key string) ([]byte, error) {
	r, err := s.Get(ctx, key, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, pointerLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	if len(content) > pointerLimit {
		return nil, fmt.Errorf("read %s: more than %d bytes", key, pointerLimit)
	}
	return content, nil
}

// exactly reads size bytes and finds out if there are fewer or more.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, e.end()
	}
	n, err := e.r.Read(b[:min(int64(len(b)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		return n, fmt.Errorf("%d bytes fewer than announced: %w", e.left, io.ErrUnexpectedEOF)
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// end looks for a byte too many.
func (e *exactly) end() error {
	n, err := io.ReadFull(e.r, make([]byte, 1))
	switch {
	case n > 0:
		return errors.New("more bytes than announced")
	case err != io.EOF:
		return err
	}
	return io.EOF
}
