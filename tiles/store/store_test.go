package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"jieming/tiles/store"
	"jieming/tiles/store/storetest"
)

// TestFolder and TestS3 hold both stores to the same contract.
func TestFolder(t *testing.T) {
	conform(t, func(t *testing.T) store.Store {
		s, err := store.OpenFolder(filepath.Join(t.TempDir(), "new", "store"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestS3(t *testing.T) {
	account := storetest.Start(t)
	n := 0
	conform(t, func(t *testing.T) store.Store {
		n++
		s, err := store.OpenS3(account, storetest.Bucket, fmt.Sprintf("/some/prefix%d/", n))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func conform(t *testing.T, open func(*testing.T) store.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.Store)
	}{
		{"round trip", roundTrip},
		{"large object", largeObject},
		{"put only once", putOnce},
		{"put at the same time", putRace},
		{"size must be true", wrongSize},
		{"a broken source leaves nothing", brokenSource},
		{"list and delete", listAndDelete},
		{"swap", swap},
		{"swap at the same time", swapRace},
		{"keys", badKeys},
		{"current", current},
		{"object", object},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func put(t *testing.T, s store.Store, key string, content []byte) {
	t.Helper()
	if err := s.Put(t.Context(), key, bytes.NewReader(content), int64(len(content))); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s store.Store, key string, offset, length int64) []byte {
	t.Helper()
	r, err := s.Get(t.Context(), key, offset, length)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func want(t *testing.T, err, cause error) {
	t.Helper()
	if !errors.Is(err, cause) {
		t.Errorf("error %v, want %v", err, cause)
	}
}

func roundTrip(t *testing.T, s store.Store) {
	content := []byte("0123456789")
	put(t, s, "a/b.txt", content)
	for _, r := range []struct {
		offset, length int64
		want           string
	}{{0, -1, "0123456789"}, {3, -1, "3456789"}, {3, 2, "34"}, {0, 1, "0"}, {9, 1, "9"}, {8, 100, "89"}, {4, 0, ""}} {
		if got := get(t, s, "a/b.txt", r.offset, r.length); string(got) != r.want {
			t.Errorf("bytes %d+%d are %q, want %q", r.offset, r.length, got, r.want)
		}
	}
	info, err := s.Stat(t.Context(), "a/b.txt")
	if err != nil || info.Key != "a/b.txt" || info.Size != 10 || info.Version == "" || info.Modified.IsZero() {
		t.Errorf("%+v, %v", info, err)
	}
	put(t, s, "empty", nil)
	if got := get(t, s, "empty", 0, -1); len(got) != 0 {
		t.Errorf("empty object holds %q", got)
	}
	if _, err := s.Get(t.Context(), "a/b.txt", 11, 5); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("a range after the end: %v", err)
	}
	for _, key := range []string{"a/c.txt", "a", "a/b.txt/c"} {
		_, err = s.Get(t.Context(), key, 0, -1)
		want(t, err, store.ErrNotFound)
		_, err = s.Stat(t.Context(), key)
		want(t, err, store.ErrNotFound)
	}
}

// largeObject is sent in several parts.
func largeObject(t *testing.T, s store.Store) {
	content := make([]byte, 37<<20+123)
	rand.NewChaCha8([32]byte{}).Read(content)
	r := struct{ io.Reader }{bytes.NewReader(content)} // a stream: no ReadAt, no Seek
	if err := s.Put(t.Context(), "large", r, int64(len(content))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(get(t, s, "large", 0, -1), content) {
		t.Error("it comes back changed")
	}
	if !bytes.Equal(get(t, s, "large", 17<<20, 1000), content[17<<20:17<<20+1000]) {
		t.Error("a range across parts is wrong")
	}
	want(t, s.Put(t.Context(), "large", bytes.NewReader(content), int64(len(content))), store.ErrExists)
}

func putOnce(t *testing.T, s store.Store) {
	put(t, s, "k", []byte("first"))
	want(t, s.Put(t.Context(), "k", strings.NewReader("later"), 5), store.ErrExists)
	if got := get(t, s, "k", 0, -1); string(got) != "first" {
		t.Errorf("it holds %q", got)
	}
}

// atOnce runs n functions at the same time and returns how many succeeded; the
// others must fail with cause.
func atOnce(t *testing.T, n int, cause error, f func(i int) error) (ok []int) {
	t.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	for i, err := range errs {
		switch {
		case err == nil:
			ok = append(ok, i)
		case !errors.Is(err, cause):
			t.Errorf("error %v, want %v", err, cause)
		}
	}
	return ok
}

func putRace(t *testing.T, s store.Store) {
	ok := atOnce(t, 8, store.ErrExists, func(i int) error {
		return s.Put(t.Context(), "race", strings.NewReader(fmt.Sprint(i)), 1)
	})
	if len(ok) != 1 {
		t.Fatalf("%v put the same key", ok)
	}
	if got := get(t, s, "race", 0, -1); string(got) != fmt.Sprint(ok[0]) {
		t.Errorf("it holds %q, of another than %d", got, ok[0])
	}
}

func wrongSize(t *testing.T, s store.Store) {
	for _, size := range []int64{3, 9} {
		if err := s.Put(t.Context(), "wrong", strings.NewReader("12345"), size); err == nil {
			t.Errorf("5 bytes went in as %d", size)
		}
		_, err := s.Stat(t.Context(), "wrong")
		want(t, err, store.ErrNotFound)
	}
}

func brokenSource(t *testing.T, s store.Store) {
	gone := errors.New("the source is gone")
	r := io.MultiReader(strings.NewReader("12345"), readerFunc(func([]byte) (int, error) { return 0, gone }))
	if err := s.Put(t.Context(), "broken", r, 10); err == nil {
		t.Error("half an object went in")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	want(t, s.Put(ctx, "broken", strings.NewReader("12345"), 5), context.Canceled)
	for info, err := range s.List(t.Context(), "") {
		t.Errorf("left behind: %+v, %v", info, err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func keysOf(t *testing.T, s store.Store, prefix string) (keys []string) {
	t.Helper()
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	return keys
}

func listAndDelete(t *testing.T, s store.Store) {
	for _, key := range []string{"b", "a/2", "a/1", "ab/1", "a-b"} {
		put(t, s, key, []byte(key))
	}
	for prefix, want := range map[string][]string{
		"": {"a-b", "a/1", "a/2", "ab/1", "b"}, "a/": {"a/1", "a/2"}, "a": {"a-b", "a/1", "a/2", "ab/1"}, "c": nil, "a/1": {"a/1"},
	} {
		if got := keysOf(t, s, prefix); !slices.Equal(got, want) {
			t.Errorf("list %q: %v, want %v", prefix, got, want)
		}
	}
	for range s.List(t.Context(), "") {
		break // the caller may have enough
	}
	for range 2 { // the second time there is none
		if err := s.Delete(t.Context(), "a/1"); err != nil {
			t.Fatal(err)
		}
	}
	if got := keysOf(t, s, "a/"); !slices.Equal(got, []string{"a/2"}) {
		t.Errorf("after delete: %v", got)
	}
	put(t, s, "a/1", []byte("again"))
}

func swap(t *testing.T, s store.Store) {
	write := func(old store.Version, content string) error {
		return s.Swap(t.Context(), "p.json", old, []byte(content))
	}
	read := func(content string) store.Version {
		t.Helper()
		got, v, err := store.ReadAll(t.Context(), s, "p.json")
		if err != nil || string(got) != content || v == "" {
			t.Fatalf("it holds %q, version %q, %v; want %q", got, v, err, content)
		}
		return v
	}
	_, _, err := store.ReadAll(t.Context(), s, "p.json")
	want(t, err, store.ErrNotFound)
	want(t, write("00000000000000000000000000000000", "x"), store.ErrConflict) // no such object
	if err := write("", "one"); err != nil {
		t.Fatal(err)
	}
	first := read("one")
	want(t, write("", "two"), store.ErrConflict)
	if err := write(first, "two"); err != nil {
		t.Fatal(err)
	}
	read("two")
	want(t, write(first, "three"), store.ErrConflict)
	if err := write(first, "two"); err != nil {
		t.Errorf("the same again: %v", err)
	}
	read("two")
	if err := s.Swap(t.Context(), "p.json", "", make([]byte, 2<<20)); err == nil {
		t.Error("2 MiB were swapped")
	}
}

func swapRace(t *testing.T, s store.Store) {
	version := store.Version("")
	for round := range 3 {
		content := func(i int) string { return fmt.Sprintf("round %d writer %d", round, i) }
		ok := atOnce(t, 6, store.ErrConflict, func(i int) error {
			return s.Swap(t.Context(), "p.json", version, []byte(content(i)))
		})
		if len(ok) != 1 {
			t.Fatalf("round %d: %v changed the same version", round, ok)
		}
		got, v, err := store.ReadAll(t.Context(), s, "p.json")
		if err != nil || string(got) != content(ok[0]) {
			t.Fatalf("it holds %q, %v", got, err)
		}
		version = v
	}
}

func badKeys(t *testing.T, s store.Store) {
	for _, key := range []string{"", "/", "a/", "/a", "../a", "a/../b", "a//b", ".hidden", "a/.b", "a b", "界", "a\x00", strings.Repeat("a", 600)} {
		_, err := s.Stat(t.Context(), key)
		want(t, err, store.ErrKey)
		_, err = s.Get(t.Context(), key, 0, -1)
		want(t, err, store.ErrKey)
		want(t, s.Put(t.Context(), key, strings.NewReader(""), 0), store.ErrKey)
		want(t, s.Swap(t.Context(), key, "", nil), store.ErrKey)
		want(t, s.Delete(t.Context(), key), store.ErrKey)
	}
}

func current(t *testing.T, s store.Store) {
	_, _, err := store.ReadCurrent(t.Context(), s, "public")
	want(t, err, store.ErrNotFound)
	c := store.Current{Key: "public/1.pmtiles", Size: 7, Tiles: 3, MaxZoom: 12, Datetime: "2023-12-31", RecordedAsOf: 17}
	if err := store.SetCurrent(t.Context(), s, "public", "", c); err != nil {
		t.Fatal(err)
	}
	got, v, err := store.ReadCurrent(t.Context(), s, "public")
	if err != nil || got != c {
		t.Fatalf("%+v, %v", got, err)
	}
	c.Key = "public/2.pmtiles"
	if err := store.SetCurrent(t.Context(), s, "public", v, c); err != nil {
		t.Fatal(err)
	}
	want(t, store.SetCurrent(t.Context(), s, "public", v, store.Current{Key: "x"}), store.ErrConflict)
}

// object reads at random places, and serves ranges over HTTP.
func object(t *testing.T, s store.Store) {
	content := make([]byte, 3<<20+77)
	rand.NewChaCha8([32]byte{1}).Read(content)
	put(t, s, "o.pmtiles", content)
	o, err := store.OpenObject(t.Context(), s, "o.pmtiles")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][2]int{{0, 10}, {1<<20 - 5, 10}, {3 << 20, 77}, {100, 2 << 20}} {
		b := make([]byte, r[1])
		if n, err := o.ReadAt(b, int64(r[0])); n != len(b) || err != nil || !bytes.Equal(b, content[r[0]:r[0]+r[1]]) {
			t.Errorf("read %v: %d bytes, %v", r, n, err)
		}
	}
	if n, err := o.ReadAt(make([]byte, 100), 3<<20); n != 77 || err != io.EOF {
		t.Errorf("read across the end: %d bytes, %v", n, err)
	}
	w := httptest.NewRecorder()
	q := httptest.NewRequest(http.MethodGet, "/", nil)
	q.Header.Set("Range", "bytes=1048570-1048585")
	o.ServeHTTP(w, q)
	if w.Code != http.StatusPartialContent || !bytes.Equal(w.Body.Bytes(), content[1048570:1048586]) || w.Header().Get("ETag") != `"o.pmtiles"` ||
		w.Header().Get("Content-Type") != "application/vnd.pmtiles" {
		t.Errorf("status %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
}

// TestS3Account shows what users see when the account or the bucket is wrong,
// and that no error tells the secret.
func TestS3Account(t *testing.T) {
	good := storetest.Start(t)
	for _, test := range []struct {
		name   string
		change func(*store.Account)
		bucket string
		want   string
	}{
		{"wrong secret", func(a *store.Account) { a.Secret = "hush-" + a.Secret }, storetest.Bucket, "check AWS_ACCESS_KEY_ID"},
		{"unknown account", func(a *store.Account) { a.ID = "nobody" }, storetest.Bucket, "access key"},
		{"no bucket", func(*store.Account) {}, "atlas", "create it first"},
		{"no server", func(a *store.Account) { a.Endpoint = "http://127.0.0.1:1" }, storetest.Bucket, "connection refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := good
			test.change(&a)
			s, err := store.OpenS3(a, test.bucket, "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Get(t.Context(), "key", 0, -1)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), a.Secret) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	full := map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "hush"}
	for _, test := range []struct {
		location string
		env      map[string]string
		want     string
	}{
		{"s3://maps/p", nil, "set AWS_ACCESS_KEY_ID"},
		{"s3://", full, "names no bucket"},
		{"s3://id:hush@maps/p", full, "another form"},
		{"s3://maps/a b", full, "not a key"},
		{"https://maps.example/hush", full, "neither a folder nor s3"},
		{"s3://maps", map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_ENDPOINT_URL": "maps.example"}, "AWS_ENDPOINT_URL"},
	} {
		_, err := store.Open(test.location, func(name string) string { return test.env[name] })
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: error %v, want %q", test.location, err, test.want)
		}
	}
}

func TestFolderCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenFolder(filepath.Join(file, "store")); err == nil {
		t.Error("a store lies below a file")
	}
}
