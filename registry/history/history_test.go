package history

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"jieming/geo/datatest"
	"jieming/registry"
)

// real is read once for all tests; nothing in it is changed by them.
var real struct {
	sync.Once
	sources *Sources
	history *History
	err     error
}

func jilin(t testing.TB) (*Sources, *History) {
	t.Helper()
	dir := datatest.Dir(t)
	real.Do(func() {
		if real.sources, real.err = Read(os.DirFS(dir), "22"); real.err == nil {
			real.history, real.err = Reconstruct(real.sources)
		}
	})
	if real.err != nil {
		t.Fatal(real.err)
	}
	return real.sources, real.history
}

func miniSources(t testing.TB) *Sources {
	t.Helper()
	s, err := Read(os.DirFS("testdata/mini"), "99")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mini(t testing.TB) (*Sources, *History) {
	t.Helper()
	s := miniSources(t)
	h, err := Reconstruct(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, h
}

// eachSource runs a test on the fixture and on real data.
func eachSource(t *testing.T, test func(t *testing.T, s *Sources, h *History)) {
	t.Run("mini", func(t *testing.T) { s, h := mini(t); test(t, s, h) })
	t.Run("jilin", func(t *testing.T) { s, h := jilin(t); test(t, s, h) })
}

func date(s string) registry.Day {
	d, err := registry.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestReconstruct_codesOfEvery31DecemberEqualTheYearlyList(t *testing.T) {
	eachSource(t, func(t *testing.T, s *Sources, h *History) {
		for _, list := range s.Lists {
			day := registry.Date(list.Year, time.December, 31)
			ours := map[string]string{}
			for _, c := range h.Codes {
				if c.Valid.Holds(day) && strings.HasSuffix(c.Code, "000000") {
					ours[c.Code[:6]] = h.nameOf(c.Unit, day)
				}
			}
			if diff := gocmp.Diff(list.Names, ours); diff != "" {
				t.Errorf("31 December %d: (-list +ours)\n%s", list.Year, diff)
			}
		}
		if rows := rowsOf(h, "codes-differ"); len(rows) > 0 {
			t.Errorf("reported as different: %v", rows)
		}
	})
}

func rowsOf(h *History, name string) [][]string {
	for _, r := range h.Reports {
		if r.Name == name {
			return r.Rows
		}
	}
	return nil
}

func TestReconstruct_holdsItsInvariants(t *testing.T) {
	eachSource(t, func(t *testing.T, _ *Sources, h *History) { checkHistory(t, h) })
}

// checkHistory checks what must hold of any history.
func checkHistory(t fataler, h *History) {
	t.Helper()
	keys := map[string]bool{}
	for i, u := range h.Units {
		if keys[u.Key] || u.Key == "" {
			t.Fatalf("unit %d: key %q is empty or used twice", i, u.Key)
		}
		keys[u.Key] = true
		checkVersions(t, h, u)
	}
	checkCodes(t, h)
	edges := map[[3]int]bool{}
	for _, l := range h.Lineage {
		if key := [3]int{l.Event, l.From, l.To}; edges[key] {
			t.Fatalf("lineage %s → %s stands twice", h.Units[l.From].Key, h.Units[l.To].Key)
		} else {
			edges[key] = true
		}
		if l.From == l.To || !alive(h, l.From, h.Events[l.Event].EffectiveOn-1) || !alive(h, l.To, h.Events[l.Event].EffectiveOn) {
			t.Fatalf("lineage %s → %s on %s joins units that did not exist", h.Units[l.From].Key, h.Units[l.To].Key, h.Events[l.Event].EffectiveOn)
		}
	}
	for i, in := range h.Instruments {
		if in.Title == "" || (in.Completeness == registry.Cited && in.Citation == "") {
			t.Fatalf("instrument %d has no title or citation: %+v", i, in)
		}
	}
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func checkVersions(t fataler, h *History, u registry.BaselineUnit) {
	t.Helper()
	for k, v := range u.Versions {
		if v.Valid.Empty() || v.Specific == "" {
			t.Fatalf("%s: version %d is empty: %+v", u.Key, k, v)
		}
		if v.BeganBy != 0 && h.Events[v.BeganBy].EffectiveOn != v.Valid.From {
			t.Fatalf("%s: begins %s by an event of %s", u.Key, v.Valid.From, h.Events[v.BeganBy].EffectiveOn)
		}
		if (v.EndedBy == registry.NoRef) != (v.Valid.To == registry.NoEnd) {
			t.Fatalf("%s: version %d ends %s by event %d", u.Key, k, v.Valid.To, v.EndedBy)
		}
		if k > 0 && (u.Versions[k-1].Valid.To != v.Valid.From || u.Versions[k-1].EndedBy != v.BeganBy ||
			u.Versions[k-1].Level != v.Level || u.Versions[k-1].Type != v.Type) {
			t.Fatalf("%s: version %d does not follow the one before", u.Key, k)
		}
		if v.AttestedOn < v.Valid.From || v.AttestedOn > v.Valid.To {
			t.Fatalf("%s: attested on %s, outside %s", u.Key, v.AttestedOn, v.Valid)
		}
		for _, above := range []int{v.Superior, v.Custodian} {
			if above != registry.NoRef && (!covers(h, above, v.Valid) || h.level(above) >= v.Level) {
				t.Fatalf("%s: superior %s does not exist throughout %s", u.Key, h.Units[above].Key, v.Valid)
			}
		}
		if v.Level > registry.LevelProvince && v.Superior == registry.NoRef {
			t.Fatalf("%s has no superior in %s", u.Key, v.Valid)
		}
	}
}

func covers(h *History, unit int, p registry.Period) bool {
	v := h.Units[unit].Versions
	return v[0].Valid.From <= p.From && v[len(v)-1].Valid.To >= p.To
}

func alive(h *History, unit int, on registry.Day) bool {
	_, ok := h.VersionOf(unit, on)
	return ok
}

func checkCodes(t fataler, h *History) {
	t.Helper()
	sorted := slices.Clone(h.Codes)
	slices.SortFunc(sorted, func(a, b registry.BaselineCode) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Valid.From, b.Valid.From))
	})
	byUnit := map[int][]registry.Period{}
	for i, c := range sorted {
		if i > 0 && sorted[i-1].Code == c.Code && sorted[i-1].Valid.To > c.Valid.From {
			t.Fatalf("code %s is borne by %s and %s on %s", c.Code, h.Units[sorted[i-1].Unit].Key, h.Units[c.Unit].Key, c.Valid.From)
		}
		if len(c.Code) != 12 || c.Valid.Empty() || !covers(h, c.Unit, c.Valid) || (c.Reuse > 0) != (c.ReuseCitation != "") {
			t.Fatalf("bad code period %+v of %s", c, h.Units[c.Unit].Key)
		}
		for _, p := range byUnit[c.Unit] {
			if !p.Meets(c.Valid).Empty() {
				t.Fatalf("%s bears two codes during %s", h.Units[c.Unit].Key, p.Meets(c.Valid))
			}
		}
		byUnit[c.Unit] = append(byUnit[c.Unit], c.Valid)
	}
}

func TestReconstruct_golden(t *testing.T) {
	s, h := mini(t)
	var b strings.Builder
	dump(&b, s, h)
	const golden = "testdata/mini.golden"
	if os.Getenv("BLESS") != "" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("%s differs (-want +got); if it should, run with BLESS=1:\n%s", golden, diff)
	}
}

// dump writes a whole history for people to read.
func dump(b *strings.Builder, s *Sources, h *History) {
	key := func(i int) string {
		if i == registry.NoRef {
			return "-"
		}
		return h.Units[i].Key
	}
	for i, e := range h.Events {
		in := h.Instruments[e.Instrument]
		fmt.Fprintf(b, "event %d %s %s %s %s | %s %s %s\n", i, e.EffectiveOn, e.Precision, e.Class, e.Type, in.Completeness, in.Number, in.Title)
	}
	for _, u := range h.Units {
		fmt.Fprintf(b, "unit %s\n", u.Key)
		for _, v := range u.Versions {
			fmt.Fprintf(b, "  %s %d %s %s|%s under %s custody %s attested %s by %d,%d\n", v.Valid, v.Level, v.Type, v.Specific, v.Generic,
				key(v.Superior), key(v.Custodian), v.AttestedOn, v.BeganBy, v.EndedBy)
		}
	}
	for _, c := range h.Codes {
		fmt.Fprintf(b, "code %s %s %s reuse %d by %d,%d\n", c.Code, c.Valid, key(c.Unit), c.Reuse, c.BeganBy, c.EndedBy)
	}
	for _, l := range h.Lineage {
		fmt.Fprintf(b, "lineage %d %s → %s %s %g %s\n", l.Event, key(l.From), key(l.To), l.Relation, l.AreaShare, l.Note)
	}
	holders := counties(s)
	tenures, err := h.Tenures(holders, date("2004-12-31"))
	if err != nil {
		fmt.Fprintln(b, err)
	}
	for _, te := range tenures {
		fmt.Fprintf(b, "tenure %s %s %s by %d,%d", holders[te.Face], te.Valid, key(te.Unit), te.BeganBy, te.EndedBy)
		for _, a := range te.Among {
			fmt.Fprintf(b, " | %s", key(a))
		}
		b.WriteString("\n")
	}
	for _, r := range h.Reports {
		for _, row := range r.Rows {
			fmt.Fprintf(b, "report %s: %s\n", r.Name, strings.Join(row, " | "))
		}
	}
}

// counties returns the county-level codes of the last list.
func counties(s *Sources) []string {
	last := s.Lists[len(s.Lists)-1]
	return slices.DeleteFunc(slices.Sorted(maps.Keys(last.Names)), func(c string) bool { return c[4:] == "00" })
}
