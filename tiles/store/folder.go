package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Folder is a store in a folder of a file system. An object is written to a
// temporary file beside its place, synced and renamed; who changes the folder
// holds the lock of its file ".lock" for that moment.
type Folder struct {
	dir string
}

var _ Store = (*Folder)(nil)

// OpenFolder makes the folder if there is none.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return &Folder{dir: dir}, nil
}

func (f *Folder) path(key string) string { return filepath.Join(f.dir, filepath.FromSlash(key)) }

// Put implements [Store].
func (f *Folder) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("put: %w", err)
	}
	if _, err := os.Lstat(f.path(key)); err == nil {
		return fmt.Errorf("put %s: %w", key, ErrExists)
	}
	err := f.write(key, &exactly{r: withContext(ctx, r), left: size}, func() error {
		if _, err := os.Lstat(f.path(key)); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(ErrExists, err)
		}
		return nil
	})
	return wrap("put", key, err)
}

// Swap implements [Store].
func (f *Folder) Swap(ctx context.Context, key string, old Version, content []byte) error {
	if err := checkSwap(key, content); err != nil {
		return fmt.Errorf("swap: %w", err)
	}
	err := f.write(key, withContext(ctx, bytes.NewReader(content)), func() error {
		info, err := f.Stat(ctx, key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if info.Version != old && info.Version != contentVersion(content) {
			return ErrConflict
		}
		return nil
	})
	return wrap("swap", key, err)
}

// write makes a file of the reader's bytes and puts it in place if allowed,
// which is asked under the lock.
func (f *Folder) write(key string, r io.Reader, allowed func() error) error {
	dir := filepath.Dir(f.path(key))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // gone already when all went well
	_, err = io.Copy(temp, r)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return f.locked(func() error {
		if err := allowed(); err != nil {
			return err
		}
		if err := os.Rename(temp.Name(), f.path(key)); err != nil {
			return err
		}
		return f.syncUp(dir)
	})
}

// locked runs f while no other process changes the folder.
func (f *Folder) locked(change func() error) error {
	lock, err := os.OpenFile(filepath.Join(f.dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close() // gives up the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock the folder: %w", err)
	}
	return change()
}

// syncUp makes new names last, from a folder up to that of the store.
func (f *Folder) syncUp(dir string) error {
	for {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
		if dir == f.dir || len(dir) <= len(f.dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// Get implements [Store].
func (f *Folder) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	file, err := os.Open(f.path(key))
	if err != nil {
		return nil, wrap("get", key, err)
	}
	info, err := file.Stat()
	if err == nil && (offset < 0 || offset > info.Size()) {
		err = fmt.Errorf("it has %d bytes, and byte %d was asked for", info.Size(), offset)
	}
	if err == nil && info.IsDir() {
		err = ErrNotFound
	}
	if err != nil {
		file.Close()
		return nil, wrap("get", key, err)
	}
	if length < 0 {
		length = info.Size() - offset
	}
	return struct {
		io.Reader
		io.Closer
	}{withContext(ctx, io.NewSectionReader(file, offset, length)), file}, nil
}

// Stat implements [Store]. The version of a small object is the digest of its
// content; larger ones never change, and their size and time stand for it.
func (f *Folder) Stat(_ context.Context, key string) (Info, error) {
	if err := checkKey(key); err != nil {
		return Info{}, fmt.Errorf("stat: %w", err)
	}
	info, err := os.Stat(f.path(key))
	if err == nil && info.IsDir() {
		err = ErrNotFound
	}
	if err != nil {
		return Info{}, wrap("stat", key, err)
	}
	v, err := f.version(key, info)
	if err != nil {
		return Info{}, wrap("stat", key, err)
	}
	return Info{Key: key, Size: info.Size(), Version: v, Modified: info.ModTime().UTC()}, nil
}

func (f *Folder) version(key string, info fs.FileInfo) (Version, error) {
	if info.Size() > pointerLimit {
		return Version(fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano())), nil
	}
	content, err := os.ReadFile(f.path(key))
	if err != nil {
		return "", err
	}
	return contentVersion(content), nil
}

func contentVersion(content []byte) Version {
	sum := sha256.Sum256(content)
	return Version(hex.EncodeToString(sum[:16]))
}

// List implements [Store].
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		keys, err := f.keys(prefix)
		if err != nil {
			yield(Info{}, wrap("list", prefix, err))
			return
		}
		for _, key := range keys {
			info, err := f.Stat(ctx, key)
			if errors.Is(err, ErrNotFound) {
				continue // deleted meanwhile
			}
			if !yield(info, err) || err != nil {
				return
			}
		}
	}
}

// keys returns the keys that begin with prefix, in order.
func (f *Folder) keys(prefix string) (keys []string, err error) {
	err = fs.WalkDir(os.DirFS(f.dir), ".", func(key string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case key == ".":
			return nil
		case d.IsDir() && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir() && strings.HasPrefix(key, prefix) && checkKey(key) == nil:
			keys = append(keys, key)
		}
		return nil
	})
	slices.Sort(keys)
	return keys, err
}

// Delete implements [Store].
func (f *Folder) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	err := f.locked(func() error { return os.Remove(f.path(key)) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return wrap("delete", key, err)
}

// wrap says what was done to which object. The error of a missing file becomes
// ErrNotFound.
func wrap(doing, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		err = ErrNotFound
	}
	return fmt.Errorf("%s %s: %w", doing, key, err)
}

// withContext stops reading when ctx ends.
func withContext(ctx context.Context, r io.Reader) io.Reader { return &reader{ctx, r} }

type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
