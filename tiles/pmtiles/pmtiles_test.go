package pmtiles

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

var world = orb.Bound{Min: orb.Point{-180, -85}, Max: orb.Point{180, 85}}

// tileFunc is a source.
type tileFunc func(z, x, y int) []byte

func (f tileFunc) Tile(_ context.Context, z, x, y int) ([]byte, error) { return f(z, x, y), nil }

// landscape has empty tiles, long stretches of equal ones, contents that come
// again elsewhere, and unique ones. Its tiles are made at uneven speed.
func landscape(z, x, y int) []byte {
	r := rand.New(rand.NewPCG(uint64(z), uint64(x)<<32|uint64(y)))
	if r.IntN(100) == 0 {
		time.Sleep(50 * time.Microsecond)
	}
	switch side := 1 << z; {
	case x < side/4:
		return nil
	case y < side/3:
		return []byte(fmt.Sprintf("sea at zoom %d", z))
	case (x+y)%5 == 0:
		return []byte(strings.Repeat("marsh", x%7+1))
	}
	return []byte(fmt.Sprintf("land %d/%d/%d %x", z, x, y, r.Uint64()))
}

func options(minZoom, maxZoom int) Options {
	return Options{MinZoom: minZoom, MaxZoom: maxZoom, Bounds: world, Metadata: map[string]any{"name": "界", "vector_layers": []any{}}}
}

func build(t testing.TB, o Options, s Source) ([]byte, Summary) {
	t.Helper()
	var b bytes.Buffer
	sum, err := Write(t.Context(), &b, o, s)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Size != int64(b.Len()) || sum.Digest != sha256.Sum256(b.Bytes()) {
		t.Fatalf("summary says %d bytes, digest %x; written are %d, %x", sum.Size, sum.Digest, b.Len(), sha256.Sum256(b.Bytes()))
	}
	return b.Bytes(), sum
}

func open(t testing.TB, b []byte) *Reader {
	t.Helper()
	r, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// everyTile compares all tiles of the archive's zooms with those of a source.
func everyTile(t *testing.T, r *Reader, want tileFunc) {
	t.Helper()
	for z := r.Header().MinZoom; z <= r.Header().MaxZoom; z++ {
		for x := range 1 << z {
			for y := range 1 << z {
				got, err := r.Tile(z, x, y)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want(z, x, y)) {
					t.Fatalf("tile %d/%d/%d is %q, want %q", z, x, y, got, want(z, x, y))
				}
			}
		}
	}
}

func TestWriteAndRead(t *testing.T) {
	b, sum := build(t, options(0, 6), tileFunc(landscape))
	r := open(t, b)
	everyTile(t, r, landscape)
	for _, at := range [][3]int{{7, 0, 0}, {7, 127, 127}} {
		if tile, err := r.Tile(at[0], at[1], at[2]); tile != nil || err != nil {
			t.Errorf("tile %v beyond the zooms: %q, %v", at, tile, err)
		}
	}
	if _, err := r.Tile(3, 8, 0); err == nil {
		t.Error("a column that does not exist is answered")
	}
	metadata, err := r.Metadata()
	if err != nil || string(metadata) != `{"name":"界","vector_layers":[]}` {
		t.Errorf("metadata %s, %v", metadata, err)
	}
	h := r.Header()
	if h.Addressed != uint64(sum.Tiles) || h.Contents != uint64(sum.Contents) || !h.Clustered {
		t.Errorf("header %+v does not fit summary %+v", h, sum)
	}
	if sum.Built != sum.Contents || sum.Reused != 0 || sum.Deduplicated == 0 || sum.Empty == 0 {
		t.Errorf("summary %+v", sum)
	}
	if h.Entries >= h.Addressed {
		t.Errorf("%d entries for %d tiles: no runs", h.Entries, h.Addressed)
	}
}

// TestWriteIsDeterministic writes the same on one and many workers, with and
// without a previous archive of the same and of other tiles.
func TestWriteIsDeterministic(t *testing.T) {
	o := options(0, 6)
	o.Workers = 1
	want, _ := build(t, o, tileFunc(landscape))
	other, _ := build(t, o, tileFunc(func(z, x, y int) []byte {
		if (x+y)%3 == 0 {
			return []byte(fmt.Sprint("changed", z, x, y))
		}
		return landscape(z, x, y)
	}))
	for _, previous := range [][]byte{nil, want, other} {
		o.Workers = 7
		if o.Previous = nil; previous != nil {
			o.Previous = open(t, previous)
		}
		got, sum := build(t, o, tileFunc(landscape))
		if !bytes.Equal(got, want) {
			t.Errorf("the archive differs with a previous archive of %d bytes", len(previous))
		}
		if previous != nil && sum.Reused == 0 {
			t.Errorf("nothing was reused: %+v", sum)
		}
		if bytes.Equal(previous, want) && (sum.Built != 0 || sum.Reused != sum.Contents) {
			t.Errorf("of an equal archive %+v", sum)
		}
	}
}

// changedAt is the landscape with another tile at one place and those above.
func changedAt(z, x, y int) (tileFunc, func(z, x, y int) bool) {
	touched := func(tz, tx, ty int) bool { return tz <= z && tx == x>>(z-tz) && ty == y>>(z-tz) }
	return func(z, x, y int) []byte {
		if touched(z, x, y) {
			return []byte(fmt.Sprint("new ", z))
		}
		return landscape(z, x, y)
	}, touched
}

func TestUnchanged(t *testing.T) {
	o := options(0, 6)
	before, _ := build(t, o, tileFunc(landscape))
	source, touched := changedAt(6, 40, 40)
	want, _ := build(t, o, source)

	o.Previous = open(t, before)
	o.Unchanged = func(z, x, y int) bool { return !touched(z, x, y) }
	got, sum := build(t, o, source)
	if !bytes.Equal(got, want) {
		t.Error("the archive differs from one made in full")
	}
	if sum.Made != 7 || sum.Built != 7 {
		t.Errorf("made %d and built %d tiles, want 7: %+v", sum.Made, sum.Built, sum)
	}

	o.MaxZoom = 5 // the previous archive has another zoom: every tile is asked for
	if _, sum := build(t, o, source); sum.Made != int(zoomStart(6)) {
		t.Errorf("made %d tiles, want %d", sum.Made, zoomStart(6))
	}
}

// coverer is a source that knows the cover of its tiles.
type coverer struct {
	tileFunc
	cover func(z, x, y int) Cover
	asked atomic.Int64
}

func (c *coverer) Tile(ctx context.Context, z, x, y int) ([]byte, error) {
	c.asked.Add(1)
	return c.tileFunc.Tile(ctx, z, x, y)
}

func (c *coverer) Covers(_ context.Context, z, x, y int) (Cover, error) { return c.cover(z, x, y), nil }

// quarters is empty in the north west, one sea a zoom in the south east, and
// varied elsewhere.
func quarters(z, x, y int) []byte {
	half := 1 << z / 2
	switch {
	case z > 0 && x < half && y < half:
		return nil
	case z > 0 && x >= half && y >= half:
		return []byte(fmt.Sprint("sea", z))
	}
	return []byte(fmt.Sprint("land", z, x, y))
}

func quartersCover(z, x, y int) Cover {
	half := 1 << z / 2
	switch {
	case z > 1 && x < half && y < half:
		return Empty
	case z > 1 && x >= half && y >= half:
		return Uniform
	}
	return Varied
}

// TestCovers shows that what a source says of stretches saves work, and changes
// nothing else.
func TestCovers(t *testing.T) {
	for name, bounds := range map[string]orb.Bound{
		"world": world,
		"part":  {Min: orb.Point{-100, -70}, Max: orb.Point{100, 30}},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(0, 6)
			o.Bounds = bounds
			want, full := build(t, o, tileFunc(quarters))
			last, totals := 0, 0
			o.Progress = func(done, total int) { last, totals = done, total }
			s := &coverer{tileFunc: quarters, cover: quartersCover}
			got, sum := build(t, o, s)
			if !bytes.Equal(got, want) {
				t.Error("the archive differs")
			}
			if int(s.asked.Load()) != sum.Made || sum.Made >= full.Made*3/4 {
				t.Errorf("asked for %d tiles, summary %d, without covers %d", s.asked.Load(), sum.Made, full.Made)
			}
			if last != totals || totals != full.Made {
				t.Errorf("progress ended at %d of %d, want %d", last, totals, full.Made)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	o := options(3, 5)
	o.Bounds = orb.Bound{Min: orb.Point{121.6, 41.1}, Max: orb.Point{131.4, 46.3}} // Jilin
	var mu sync.Mutex
	asked := map[[3]int]bool{}
	record := tileFunc(func(z, x, y int) []byte {
		mu.Lock()
		defer mu.Unlock()
		asked[[3]int{z, x, y}] = true
		return []byte{1}
	})
	build(t, o, record)
	want := map[[3]int]bool{{3, 6, 2}: true, {4, 13, 5}: true, {5, 26, 11}: true, {5, 27, 11}: true}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
	o.Buffer = 0.2
	asked = map[[3]int]bool{}
	build(t, o, record)
	for at := range want {
		if !asked[at] {
			t.Errorf("with a buffer, %v is not asked for", at)
		}
	}
	if len(asked) <= len(want) {
		t.Errorf("a buffer adds no tile: %v", asked)
	}
}

// TestLeaves writes so many entries that the root holds only leaves.
func TestLeaves(t *testing.T) {
	unique := tileFunc(func(z, x, y int) []byte {
		if (x*7+y*13)%11 == 0 {
			return nil
		}
		return []byte(fmt.Sprintf("%0*d", x*y%40, z<<20|x<<10|y))
	})
	b, _ := build(t, options(7, 8), unique)
	r := open(t, b)
	h := r.Header()
	if h.Leaves.Length == 0 || h.Root.end() > headLimit {
		t.Fatalf("root ends at %d, leaves have %d bytes", h.Root.end(), h.Leaves.Length)
	}
	everyTile(t, r, unique)
	runs := 0
	for _, err := range r.Runs() {
		if err != nil {
			t.Fatal(err)
		}
		runs++
	}
	if runs != int(h.Entries) {
		t.Errorf("%d runs, want %d", runs, h.Entries)
	}
}

func TestBuildRefuses(t *testing.T) {
	full := tileFunc(func(z, x, y int) []byte { return []byte{1} })
	for _, test := range []struct {
		name   string
		change func(*Options)
		source Source
		want   string
	}{
		{"zooms", func(o *Options) { o.MinZoom = 4 }, full, "zooms 4 to 3"},
		{"deep", func(o *Options) { o.MaxZoom = 21 }, full, "within 0 to 20"},
		{"bounds", func(o *Options) { o.Bounds.Min[0] = 190 }, full, "west, south, east, north"},
		{"empty", func(*Options) {}, tileFunc(func(int, int, int) []byte { return nil }), "no tile within the zooms and bounds"},
		{"metadata", func(o *Options) { o.Metadata = func() {} }, full, "metadata"},
		{"folder", func(o *Options) { o.Spill = "nowhere" }, full, "nowhere"},
		{"source", func(*Options) {}, broken{}, "tile 2/1/1: the database is gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options(0, 3)
			test.change(&o)
			_, err := Build(t.Context(), o, test.source)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// broken fails at one tile.
type broken struct{}

func (broken) Tile(_ context.Context, z, x, y int) ([]byte, error) {
	if z == 2 && x == 1 && y == 1 {
		return nil, errors.New("the database is gone")
	}
	return []byte{1}, nil
}

func TestBuildStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64
	_, err := Build(ctx, options(0, 9), tileFunc(func(z, x, y int) []byte {
		if asked.Add(1) == 100 {
			cancel()
		}
		return []byte{1}
	}))
	if !errors.Is(err, context.Canceled) || asked.Load() > 300 {
		t.Errorf("error %v after %d tiles", err, asked.Load())
	}
}

// TestOpenRefuses damages an archive.
func TestOpenRefuses(t *testing.T) {
	good, _ := build(t, options(0, 4), tileFunc(landscape))
	for _, test := range []struct {
		name   string
		damage func([]byte) []byte
		want   string
	}{
		{"nothing", func([]byte) []byte { return nil }, "fewer than a header"},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }, "cut short"},
		{"magic", func(b []byte) []byte { b[0] = 'p'; return b }, "begin with"},
		{"version", func(b []byte) []byte { b[7] = 2; return b }, "version 2"},
		{"root", func(b []byte) []byte { b[headerSize+12] ^= 0xff; return b }, "root directory"},
		{"zooms", func(b []byte) []byte { b[100] = 9; return b }, "zooms 9 to 4"},
		{"compression", func(b []byte) []byte { b[98] = 4; return b }, "gzip"},
		{"offset", func(b []byte) []byte { b[15] = 0xff; return b }, "cut short"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := test.damage(bytes.Clone(good))
			_, err := Open(bytes.NewReader(b), int64(len(b)))
			if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestPreviousOfAnotherCoder is not reused.
func TestPreviousOfAnotherCoder(t *testing.T) {
	o := options(0, 4)
	want, _ := build(t, o, tileFunc(landscape))
	foreign := bytes.Clone(want)
	h := open(t, want).Header()
	foreign[h.Data.end()-16*(h.Contents+1)] ^= 1
	o.Previous = open(t, foreign)
	got, sum := build(t, o, tileFunc(landscape))
	if sum.Reused != 0 || !bytes.Equal(got, want) {
		t.Errorf("reused %d", sum.Reused)
	}
}

// TestPreviousWithWrongBlobs is found out by the checksum of each blob.
func TestPreviousWithWrongBlobs(t *testing.T) {
	o := options(0, 4)
	want, _ := build(t, o, tileFunc(landscape))
	wrong := bytes.Clone(want)
	h := open(t, want).Header()
	table := wrong[h.Data.end()-16*h.Contents : h.Data.end()]
	first, second := Digest(table[:16]), Digest(table[16:])
	copy(table, second[:])
	copy(table[16:], first[:])
	o.Previous = open(t, wrong)
	if got, _ := build(t, o, tileFunc(landscape)); !bytes.Equal(got, want) {
		t.Error("blobs of other contents were taken over")
	}
}

func TestDirectoryLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, offset := ID(0), uint64(0)
		var entries []entry
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			id += ID(rapid.Uint32Range(0, 1<<20).Draw(t, "gap"))
			e := entry{id: id, offset: offset, length: rapid.Uint32Range(1, 1<<30).Draw(t, "length"), run: rapid.Uint32Range(0, 5).Draw(t, "run")}
			if rapid.Bool().Draw(t, "elsewhere") {
				e.offset = rapid.Uint64Range(0, 1<<40).Draw(t, "offset")
			}
			id += ID(max(1, e.run))
			offset = e.offset + uint64(e.length)
			entries = append(entries, e)
		}
		got, err := decodeDirectory(encodeDirectory(entries), 1<<50, 1<<50)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(entries, got, cmp.AllowUnexported(entry{})); d != "" {
			t.Fatal(d)
		}
	})
}

// FuzzReader reads damaged archives: it must answer or refuse, in bounded time
// and memory.
func FuzzReader(f *testing.F) {
	small, _ := build(f, options(0, 1), tileFunc(landscape))
	f.Add(small)
	f.Add(withLeaves(small))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		_, _ = r.Metadata()
		_, _ = r.Tile(2, 1, 1)
		_, _ = r.contents()
		runs := 0
		for run, err := range r.Runs() {
			if runs++; err != nil || runs > 100 {
				break
			}
			_, _ = r.Read(run)
		}
	})
}

// withLeaves gives a small archive leaf directories.
func withLeaves(b []byte) []byte {
	r, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		panic(err)
	}
	root, leaves := directories(r.root, 40)
	h := r.header
	metadata, data := b[h.Metadata.Offset:h.Metadata.end()], b[h.Data.Offset:]
	h.Root.Length = uint64(len(root))
	h.Metadata.Offset = h.Root.end()
	h.Leaves = section{h.Metadata.end(), uint64(len(leaves))}
	h.Data.Offset = h.Leaves.end()
	return slices.Concat(h.encode(), root, metadata, leaves, data)
}

// FuzzDirectory decodes directories as they are after decompression.
func FuzzDirectory(f *testing.F) {
	f.Add(encodeDirectory([]entry{{id: 5, offset: 0, length: 7, run: 2}, {id: 9, offset: 7, length: 1, run: 1}, {id: 12, offset: 0, length: 7}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := decodeDirectory(b, 1<<40, 1<<40)
		if err != nil {
			return
		}
		again, err := decodeDirectory(encodeDirectory(entries), 1<<40, 1<<40)
		if err != nil || !cmp.Equal(entries, again, cmp.AllowUnexported(entry{})) {
			t.Errorf("%v reads as %v, %v", entries, again, err)
		}
	})
}
