package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// ShelfOptions configure a shelf. The zero value of a number means its default.
type ShelfOptions struct {
	Dir    string        // the folder of the files; made if missing. One for each server
	Space  int64         // bytes of finished files that are kept; default 2 GiB
	Makers int           // light files made at the same time; default 2
	Queue  time.Duration // how long a file waits to be begun; default 3 s
	Limit  time.Duration // how long making a light file may take, a heavy one six times as long; default 10 minutes
}

// Shelf keeps files that were made for somebody, for others who ask for the
// same. Each is made once, even if many ask at the same time, and goes on being
// made when those who asked are gone. At most Makers light files, and one heavy
// one, are made at the same time; those used longest ago make room.
//
// The folder is all the state there is. It survives the server, and several
// programs may use it, except that each keeps to the space for itself.
type Shelf struct {
	options ShelfOptions
	ctx     context.Context
	cancel  context.CancelFunc
	light   chan struct{}
	heavy   chan struct{}
	all     sync.WaitGroup
	mu      sync.Mutex
	making  map[string]*making // guarded by mu
}

// Order is a file wanted from a shelf.
type Order struct {
	Name  string // the file name: equal names mean equal bytes
	Heavy bool   // it keeps the processors busy
	// Make writes the file to path, which does not exist. It may tell how far
	// it is, from any goroutine.
	Make func(ctx context.Context, path string, progress func(done, total int)) error
}

// Making is how far the making of a file is.
type Making struct {
	Done, Total int // Total is 0 while it is not known
	Since       time.Time
}

// The causes of errors of a shelf.
var (
	ErrBusy   = errors.New("too many files are being made at the moment")
	ErrMaking = errors.New("the file is still being made")
)

// making is a file that is being made.
type making struct {
	done  chan struct{}
	err   error // valid once done is closed
	mu    sync.Mutex
	state Making // guarded by mu
}

// The beginnings of names in the folder: of finished files, and of the folders
// in which files are made. Whatever else lies there is left alone.
const (
	kept       = "kept-"
	unfinished = "making-"
)

// NewShelf opens a shelf. What an earlier process left unfinished is removed
// once it is a day old.
func NewShelf(o ShelfOptions) (*Shelf, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of downloads: %w", err)
	}
	s := &Shelf{options: o, light: make(chan struct{}, o.Makers), heavy: make(chan struct{}, 1), making: map[string]*making{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.clean(); err != nil {
		return nil, err
	}
	return s, nil
}

func (o ShelfOptions) withDefaults() ShelfOptions {
	if o.Space == 0 {
		o.Space = 2 << 30
	}
	if o.Makers == 0 {
		o.Makers = 2
	}
	if o.Queue == 0 {
		o.Queue = 3 * time.Second
	}
	if o.Limit == 0 {
		o.Limit = 10 * time.Minute
	}
	return o
}

// Close breaks off what is being made, and waits for it.
func (s *Shelf) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.all.Wait()
}

// Dir is the folder of the files.
func (s *Shelf) Dir() string { return s.options.Dir }

// MaxBytes is how large one file may be: an eighth of the space.
func (s *Shelf) MaxBytes() int64 { return s.options.Space / 8 }

// Open opens a finished file; fs.ErrNotExist if it is not on the shelf. The
// file can be read to its end, whatever happens to the shelf.
func (s *Shelf) Open(name string) (*os.File, error) {
	path := s.path(name)
	f, err := os.Open(path)
	if err == nil {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // when it was used; trim may have been faster
	}
	return f, err
}

func (s *Shelf) path(name string) string { return filepath.Join(s.options.Dir, kept+name) }

// Size returns how large a finished file is, and whether there is one.
func (s *Shelf) Size(name string) (int64, bool) {
	info, err := os.Stat(s.path(name))
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}

// Making tells how far a file is, and whether it is being made.
func (s *Shelf) Making(name string) (Making, bool) {
	s.mu.Lock()
	m := s.making[name]
	s.mu.Unlock()
	if m == nil {
		return Making{}, false
	}
	return m.now(), true
}

func (m *making) now() Making {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// Get opens a file, and makes it before if it is not there. It fails with
// ErrBusy if the file cannot be begun soon, and with ErrMaking if ctx ends while
// it is being made, which goes on.
func (s *Shelf) Get(ctx context.Context, o Order) (*os.File, error) {
	f, err := s.Open(o.Name)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	m, err := s.begin(ctx, o)
	if err != nil {
		return nil, err
	}
	select {
	case <-m.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrMaking, ctx.Err())
	}
	if m.err != nil {
		return nil, m.err
	}
	return s.Open(o.Name)
}

// begin joins those who wait for a file, or begins to make it.
func (s *Shelf) begin(ctx context.Context, o Order) (*making, error) {
	if m := s.joined(o); m != nil {
		return m, nil
	}
	slots := s.light
	if o.Heavy {
		slots = s.heavy
	}
	wait := time.NewTimer(s.options.Queue)
	defer wait.Stop()
	select {
	case slots <- struct{}{}:
	case <-wait.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	case <-s.ctx.Done():
		return nil, ErrBusy
	}
	m, mine := s.enlist(o)
	if !mine {
		<-slots
		if m == nil {
			return nil, ErrBusy
		}
		return m, nil
	}
	go func() {
		defer s.all.Done()
		defer func() { <-slots }()
		s.make(m, o)
	}()
	return m, nil
}

// joined is the making of a file under way, or nil.
func (s *Shelf) joined(o Order) *making {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.making[o.Name]
}

// enlist notes that a file is being made, unless somebody was faster. A closed
// shelf makes nothing.
func (s *Shelf) enlist(o Order) (m *making, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.making[o.Name]; m != nil || s.ctx.Err() != nil {
		return m, false
	}
	m = &making{done: make(chan struct{}), state: Making{Since: time.Now()}}
	s.making[o.Name] = m
	s.all.Add(1)
	return m, true
}

// make makes a file and tells those who wait.
func (s *Shelf) make(m *making, o Order) {
	limit := s.options.Limit
	if o.Heavy {
		limit *= 6
	}
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	if _, there := s.Size(o.Name); !there { // it may have been finished while we waited
		m.err = s.produce(ctx, m, o)
	}
	s.mu.Lock()
	delete(s.making, o.Name)
	s.mu.Unlock()
	close(m.done)
	if m.err == nil {
		s.trim(o.Name)
	}
}

// produce writes a file in a folder of its own and then puts it in its place. A
// panic of a maker must not take the server along.
func (s *Shelf) produce(ctx context.Context, m *making, o Order) (err error) {
	dir, err := os.MkdirTemp(s.options.Dir, unfinished)
	if err != nil {
		return fmt.Errorf("making %s: %w", o.Name, err)
	}
	defer os.RemoveAll(dir)
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("making %s: panic: %v\n%s", o.Name, cause, debug.Stack())
		}
	}()
	temporary := filepath.Join(dir, o.Name)
	if err := o.Make(ctx, temporary, m.tell); err != nil {
		return err
	}
	return Finish(temporary, s.path(o.Name))
}

func (m *making) tell(done, total int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Done, m.state.Total = done, total
}

// Finish moves a file into its place, in the same file system, once it is on
// the disk: after a crash it is there whole or not at all.
func Finish(temporary, path string) error {
	f, err := os.OpenFile(temporary, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("finishing a file: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close(), os.Rename(temporary, path)); err != nil {
		return fmt.Errorf("finishing a file: %w", err)
	}
	return nil
}

// trim removes the files used longest ago until the rest fit into the space.
// The one that was made last stays, for those who wait for it.
func (s *Shelf) trim(last string) {
	files, sum := s.files()
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if sum <= s.options.Space {
			return
		}
		if f.Name() != kept+last && os.Remove(filepath.Join(s.options.Dir, f.Name())) == nil {
			sum -= f.Size()
		}
	}
}

// files lists the finished files, and how many bytes they take.
func (s *Shelf) files() (list []fs.FileInfo, sum int64) {
	entries, err := os.ReadDir(s.options.Dir)
	if err != nil {
		return nil, 0
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && strings.HasPrefix(e.Name(), kept) {
			list, sum = append(list, info), sum+info.Size()
		}
	}
	return list, sum
}

// clean removes what was left unfinished a day ago or earlier.
func (s *Shelf) clean() error {
	entries, err := os.ReadDir(s.options.Dir)
	if err != nil {
		return fmt.Errorf("reading the folder of downloads: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), unfinished) && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(filepath.Join(s.options.Dir, e.Name()))
		}
	}
	return nil
}
