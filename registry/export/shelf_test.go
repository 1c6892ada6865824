package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func shelf(t *testing.T, o ShelfOptions) *Shelf {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := NewShelf(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// order makes a file of so many bytes, once wait is closed.
func order(name string, size int, wait <-chan struct{}, made *atomic.Int32) Order {
	return Order{Name: name, Make: func(ctx context.Context, path string, progress func(int, int)) error {
		made.Add(1)
		progress(1, 2)
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
		return os.WriteFile(path, []byte(strings.Repeat("x", size)), 0o644)
	}}
}

var atOnce = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// size reads a file to its end and closes it.
func size(t *testing.T, f *os.File, err error) int {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return len(b)
}

// Many who want the same file at the same time get one that is made once.
func TestShelf_once(t *testing.T) {
	s := shelf(t, ShelfOptions{})
	var made atomic.Int32
	release := make(chan struct{})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			f, err := s.Get(t.Context(), order("a", 10, release, &made))
			if err != nil || size(t, f, nil) != 10 {
				t.Errorf("got %v", err)
			}
		})
	}
	for {
		if m, ok := s.Making("a"); ok && m.Done == 1 && m.Total == 2 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if _, ok := s.Size("a"); ok {
		t.Error("the file is there before it is finished")
	}
	close(release)
	all.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
	if n, ok := s.Size("a"); !ok || n != 10 {
		t.Errorf("size %d, %v", n, ok)
	}
	if _, ok := s.Making("a"); ok {
		t.Error("it is still being made")
	}
}

// Whoever gives up gets ErrMaking, and the file is finished all the same.
func TestShelf_goesOn(t *testing.T) {
	s := shelf(t, ShelfOptions{})
	var made atomic.Int32
	release := make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Get(ctx, order("a", 10, release, &made)); !errors.Is(err, ErrMaking) {
		t.Fatalf("got %v", err)
	}
	close(release)
	f, err := s.Get(t.Context(), order("a", 10, release, &made))
	if size(t, f, err) != 10 || made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}

// Beyond the makers, files are refused soon; heavy ones have a place of their own.
func TestShelf_busy(t *testing.T) {
	s := shelf(t, ShelfOptions{Makers: 2, Queue: 10 * time.Millisecond})
	var made atomic.Int32
	release := make(chan struct{})
	give := func(name string, heavy bool) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		o := order(name, 1, release, &made)
		o.Heavy = heavy
		f, err := s.Get(ctx, o)
		if err == nil {
			f.Close()
		}
		return err
	}
	var all sync.WaitGroup
	for i, heavy := range []bool{false, false, true} {
		all.Go(func() { _ = give(fmt.Sprint(i), heavy) })
	}
	for made.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	if err := give("light", false); !errors.Is(err, ErrBusy) {
		t.Errorf("a third light file: %v", err)
	}
	if err := give("heavy", true); !errors.Is(err, ErrBusy) {
		t.Errorf("a second heavy file: %v", err)
	}
	close(release)
	all.Wait()
	if err := give("light", false); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// The files used longest ago make room. Who reads one reads it to its end.
func TestShelf_room(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"jieming-county-2019-06-01.gpkg", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 1000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := shelf(t, ShelfOptions{Dir: dir, Space: 250})
	var made atomic.Int32
	get := func(name string, n int) *os.File {
		f, err := s.Get(t.Context(), order(name, n, atOnce, &made))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond) // the clock of files is coarse
		return f
	}
	a := get("a", 100)
	get("b", 100).Close()
	get("a", 100).Close() // used again
	get("c", 100).Close()
	there := func() (names string) {
		for _, name := range []string{"a", "b", "c", "d"} {
			if _, ok := s.Size(name); ok {
				names += name
			}
		}
		return names
	}
	if got := there(); got != "ac" {
		t.Errorf("kept %q", got)
	}
	get("d", 1000).Close()
	if got := there(); got != "d" {
		t.Errorf("beside a file larger than the space: %q", got)
	}
	if size(t, a, nil) != 100 {
		t.Error("a file that was being read is gone")
	}
	if _, err := os.Stat(filepath.Join(dir, "notes.txt")); err != nil {
		t.Error("a foreign file was removed")
	}
	if made.Load() != 4 {
		t.Errorf("made %d files", made.Load())
	}
}

// A maker that fails or panics leaves nothing, and the next one may succeed.
func TestShelf_failure(t *testing.T) {
	s := shelf(t, ShelfOptions{})
	failed := errors.New("no")
	for name, make := range map[string]func(context.Context, string, func(int, int)) error{
		"error": func(_ context.Context, path string, _ func(int, int)) error {
			return errors.Join(os.WriteFile(path, []byte("half"), 0o644), failed)
		},
		"panic":   func(context.Context, string, func(int, int)) error { panic("no") },
		"nothing": func(context.Context, string, func(int, int)) error { return nil },
	} {
		if _, err := s.Get(t.Context(), Order{Name: "a", Make: make}); err == nil {
			t.Errorf("%s: got a file", name)
		}
		if _, err := s.Open("a"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadDir(s.Dir()); len(left) > 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
	var made atomic.Int32
	f, err := s.Get(t.Context(), order("a", 10, atOnce, &made))
	if size(t, f, err) != 10 {
		t.Error("not made again")
	}
}

// A shelf finds the files of the one before it, and removes what that left
// unfinished. Closing breaks off what is being made.
func TestShelf_restart(t *testing.T) {
	dir := t.TempDir()
	var made atomic.Int32
	s := shelf(t, ShelfOptions{Dir: dir, Limit: time.Hour})
	f, err := s.Get(t.Context(), order("a", 10, atOnce, &made))
	size(t, f, err)
	ended := make(chan error)
	go func() {
		_, err := s.Get(context.Background(), order("b", 10, nil, &made))
		ended <- err
	}()
	for made.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	s.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("closing: %v", err)
	}
	if _, err := s.Get(t.Context(), order("c", 10, atOnce, &made)); !errors.Is(err, ErrBusy) {
		t.Errorf("a closed shelf: %v", err)
	}
	old, young := filepath.Join(dir, "making-old"), filepath.Join(dir, "making-young")
	for _, d := range []string{old, young} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	next := shelf(t, ShelfOptions{Dir: dir})
	if f, err := next.Open("a"); size(t, f, err) != 10 {
		t.Error("the file is gone")
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("an unfinished file is still there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("what somebody may be making was removed")
	}
}
