package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
)

// Open opens the store at a location: a folder, or s3://bucket/prefix with the
// account that the environment gives.
func Open(location string, env func(string) string) (Store, error) {
	rest, ok := strings.CutPrefix(location, "s3://")
	if !ok {
		if strings.Contains(location, "://") {
			return nil, errors.New("open store: the location is neither a folder nor s3://bucket/prefix")
		}
		return OpenFolder(location)
	}
	// The location is not repeated: a secret may stand in it.
	u, err := url.Parse(location)
	if err != nil || u.User != nil || u.RawQuery != "" || strings.Contains(rest, "@") {
		return nil, errors.New("open store: the location has another form than s3://bucket/prefix; give the account by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	if u.Host == "" {
		return nil, errors.New("open store: the location names no bucket; give it as s3://bucket/prefix")
	}
	return OpenS3(AccountOf(env), u.Host, u.Path)
}

// Size and number of the blocks that an Object keeps.
const (
	blockSize  = 1 << 20
	blocksKept = 16
)

// Object reads an object that does not change, at any place. It keeps the last
// 16 MiB read. It is safe for concurrent use; reads wait for each other.
type Object struct {
	ctx   context.Context
	store Store
	info  Info

	mu     sync.Mutex
	blocks map[int64][]byte // by number of the block
	recent []int64          // their numbers, the one used last at the end
}

// OpenObject opens an object for reading until ctx ends.
func OpenObject(ctx context.Context, s Store, key string) (*Object, error) {
	info, err := s.Stat(ctx, key)
	if err != nil {
		return nil, err
	}
	return &Object{ctx: ctx, store: s, info: info, blocks: map[int64][]byte{}}, nil
}

// Info describes the object.
func (o *Object) Info() Info { return o.info }

// ReadAt implements io.ReaderAt.
func (o *Object) ReadAt(b []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, fmt.Errorf("read %s: byte %d was asked for", o.info.Key, offset)
	}
	for n < len(b) {
		at := offset + int64(n)
		if at >= o.info.Size {
			return n, io.EOF
		}
		block, err := o.block(at / blockSize)
		if err != nil {
			return n, err
		}
		n += copy(b[n:], block[at%blockSize:])
	}
	return n, nil
}

func (o *Object) block(i int64) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	block, ok := o.blocks[i]
	if !ok {
		var err error
		if block, err = o.fetch(i); err != nil {
			return nil, err
		}
		o.blocks[i] = block
	}
	o.touch(i)
	return block, nil
}

// touch notes a use, and forgets the block whose use is longest ago.
func (o *Object) touch(i int64) {
	kept := o.recent[:0]
	for _, other := range o.recent {
		if other != i {
			kept = append(kept, other)
		}
	}
	o.recent = append(kept, i)
	if len(o.recent) > blocksKept {
		delete(o.blocks, o.recent[0])
		o.recent = o.recent[1:]
	}
}

func (o *Object) fetch(i int64) ([]byte, error) {
	block := make([]byte, min(blockSize, o.info.Size-i*blockSize))
	r, err := o.store.Get(o.ctx, o.info.Key, i*blockSize, int64(len(block)))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, err := io.ReadFull(r, block); err != nil {
		return nil, fmt.Errorf("read %s: %w", o.info.Key, err)
	}
	return block, nil
}

// ServeHTTP answers with the object, or the byte ranges asked for. Its ETag is
// the last part of the key, which an object that never changes has for good, so
// that a reader notices when the address leads to another object.
func (o *Object) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("ETag", `"`+path.Base(o.info.Key)+`"`)
	h.Set("Content-Type", contentType(o.info.Key))
	http.ServeContent(w, r, "", o.info.Modified, io.NewSectionReader(o, 0, o.info.Size))
}
