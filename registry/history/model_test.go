package history

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jieming/registry"
)

// world is a small province in which every parcel of land is known, so that it
// can tell what really happened. It writes its history as lists and blocks.
type world struct {
	src    *Sources
	names  map[string]string // code → name
	owner  []string          // parcel → county code
	past   []snapshot        // after every block
	serial int
}

type snapshot struct {
	day   registry.Day
	owner []string
	names map[string]string
}

func newWorld(t *rapid.T) *world {
	w := &world{src: &Sources{Province: "99"}, names: map[string]string{"990000": "甲省", "990100": "东市", "990200": "西市"}}
	for i := range rapid.IntRange(2, 5).Draw(t, "counties") {
		w.names[w.code(1+i%2)] = w.name("县")
	}
	for _, c := range w.counties() {
		for range 3 {
			w.owner = append(w.owner, c)
		}
	}
	w.list(2000)
	w.past = []snapshot{{yearEnd(2000), slices.Clone(w.owner), maps.Clone(w.names)}}
	return w
}

// code returns a fresh code under prefecture p.
func (w *world) code(p int) string {
	w.serial++
	return fmt.Sprintf("99%02d%02d", p, 20+w.serial)
}

func (w *world) name(generic string) string {
	w.serial++
	return fmt.Sprintf("第%d%s", w.serial, generic)
}

func (w *world) counties() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.names)), func(c string) bool { return c[4:] == "00" })
}

func (w *world) list(year int) {
	w.src.Lists = append(w.src.Lists, YearList{Year: year, Names: maps.Clone(w.names)})
}

// give moves every parcel of from that some says to another county.
func (w *world) give(from, to string, some func(i int) bool) {
	for i, o := range w.owner {
		if o == from && some(i) {
			w.owner[i] = to
		}
	}
}

func all(int) bool { return true }

func change(op Op, code, name, relation string) Change {
	r, err := ParseRelation(relation)
	if err != nil {
		panic(err)
	}
	return Change{Op: op, Code: code, Name: name, Relation: r}
}

// act does one random thing to the world and returns the block that tells it.
func (w *world) act(t *rapid.T) []Change {
	list := w.counties()
	c := rapid.SampledFrom(list).Draw(t, "county")
	d := rapid.SampledFrom(list).Draw(t, "other")
	name := w.names[c]
	switch rapid.SampledFrom([]string{"rename", "recode", "replace", "part", "split", "merge"}).Draw(t, "act") {
	case "rename":
		w.names[c] = w.name("县")
		return []Change{change(Remove, c, name, ">."), change(Add, c, w.names[c], "<.")}
	case "recode":
		now := w.code(rapid.IntRange(1, 2).Draw(t, "prefecture"))
		w.replace(c, now, name)
		return []Change{change(Remove, c, name, ">_"), change(Add, now, name, "<_")}
	case "replace":
		now, fresh := w.code(rapid.IntRange(1, 2).Draw(t, "prefecture")), w.name("区")
		w.replace(c, now, fresh)
		return []Change{change(Remove, c, name, ">"+fresh), change(Add, now, fresh, "<"+name)}
	case "part":
		if c == d {
			return nil
		}
		w.give(c, d, func(i int) bool { return i%2 == 0 })
		return []Change{change(Transfer, c, name, ">"+w.names[d])}
	case "split":
		now, fresh := w.code(rapid.IntRange(1, 2).Draw(t, "prefecture")), w.name("县")
		w.names[now] = fresh
		w.give(c, now, func(i int) bool { return i%3 == 0 })
		return []Change{change(Add, now, fresh, "<"+name)}
	}
	if c == d {
		return nil
	}
	w.give(c, d, all)
	delete(w.names, c)
	return []Change{change(Remove, c, name, ">"+w.names[d])}
}

func (w *world) replace(old, now, name string) {
	delete(w.names, old)
	w.names[now] = name
	w.give(old, now, all)
}

// live runs the world for some years with a few blocks each.
func (w *world) live(t *rapid.T) {
	for year := 2001; year < 2001+rapid.IntRange(1, 5).Draw(t, "years"); year++ {
		for n := range rapid.IntRange(0, 4).Draw(t, "blocks") {
			day := registry.Date(year, time.Month(1+2*n), 1)
			changes := w.act(t)
			if changes == nil {
				continue
			}
			w.src.Blocks = append(w.src.Blocks, Block{FromYear: year - 1, ToYear: year, Date: day, Dated: true,
				Number: "x", Text: "x", Title: "x", Changes: changes, At: fmt.Sprintf("blocks:%d", len(w.src.Blocks)+1)})
			w.past = append(w.past, snapshot{day, slices.Clone(w.owner), maps.Clone(w.names)})
		}
		w.list(year)
	}
	// The order of the file is not that of time.
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(w.src.Blocks), func(i, j int) {
		w.src.Blocks[i], w.src.Blocks[j] = w.src.Blocks[j], w.src.Blocks[i]
	})
}

func TestReconstruct_agreesWithAWorldWhereEveryParcelIsKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.live(t)
		h, err := Reconstruct(w.src)
		if err != nil {
			t.Fatal(err)
		}
		if rows := rowsOf(h, "codes-differ"); len(rows) > 0 {
			t.Fatalf("codes differ: %v", rows)
		}
		checkHistory(t, h)
		asOf := rapid.SampledFrom(w.past).Draw(t, "coverage")
		tenures, err := h.Tenures(asOf.owner, asOf.day)
		if err != nil {
			t.Fatal(err)
		}
		checkTenures(t, h, tenures)
		for _, then := range w.past {
			w.compare(t, h, tenures, then)
		}
	})
}

// compare checks that on a day in the past the true owner of every parcel is
// the holder, or among the candidates.
func (w *world) compare(t *rapid.T, h *History, tenures []registry.BaselineTenure, then snapshot) {
	for parcel, code := range then.owner {
		owner, ok := h.UnitOf(code, then.day)
		if !ok || h.nameOf(owner, then.day) != then.names[code] {
			t.Fatalf("%s on %s is %s, want %s", code, then.day, h.nameOf(owner, then.day), then.names[code])
		}
		for _, te := range tenures {
			if te.Face != parcel || !te.Valid.Holds(then.day) {
				continue
			}
			if te.Unit != owner && !slices.Contains(te.Among, owner) {
				t.Fatalf("parcel %d on %s: held by %s, but its owner was %s", parcel, then.day, h.Units[te.Unit].Key, h.Units[owner].Key)
			}
		}
	}
}
