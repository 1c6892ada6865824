package tiles

import (
	"context"
	"slices"
	"testing"

	"jieming/geo/coverage"
	"jieming/geo/mercator"
)

// SnapshotOf makes a snapshot of a coverage, at seq 1 and for all days. The ids
// of its regions are codes, of six digits for counties and of nine for townships,
// which tell what is above them. It returns the units by code, and by a
// beginning of it for those above.
func SnapshotOf(t testing.TB, regions []coverage.Region, o coverage.Options) (*Snapshot, map[string]int64) {
	t.Helper()
	c, _, err := coverage.Build(context.Background(), regions, o)
	if err != nil {
		t.Fatal(err)
	}
	b := coverageRows{c: c, index: map[string]int64{}}
	b.fill()
	s := newSnapshot(&loaded{relations: b.relations, seq: 1}, newWorks(func(string) string { return "" }))
	return s, b.index
}

// Outside is the name of what lies beyond a coverage.
const Outside = "界外"

// digits are those of a code by level.
var digits = [levels + 1]int{province: 2, prefecture: 4, county: 6, township: 9}

// Vertices counts the distinct vertices of the lines of a view.
func Vertices(v *View) int {
	found := map[mercator.Point]bool{}
	for _, b := range v.borders {
		for _, p := range v.lines[b.arc] {
			found[p] = true
		}
	}
	return len(found)
}

type coverageRows struct {
	relations
	c     *coverage.Coverage
	index map[string]int64
	rows  int64
}

func (b *coverageRows) always() (int64, period) {
	b.rows++
	return b.rows, period{From: firstDay, To: lastDay, Since: 1, Until: lastSeq}
}

func (b *coverageRows) fill() {
	faces := len(b.c.Faces)
	for i, f := range b.c.Faces {
		id, always := b.always()
		b.tenures = append(b.tenures, row[tenure]{id, always, tenure{Face: int64(i), Unit: b.unit(b.c.Units[f.Unit].ID)}})
	}
	for i := range b.c.Outsides {
		id, always := b.always()
		b.tenures = append(b.tenures, row[tenure]{id, always, tenure{Face: int64(faces + i), Unit: b.unit(Outside)}})
	}
	side := func(f coverage.FaceIndex) int64 {
		if i, out := f.Outside(); out {
			return int64(faces + i)
		}
		return int64(f)
	}
	b.arcs = map[int64][]mercator.Point{}
	for i, a := range b.c.Arcs {
		id, always := b.always()
		arc := int64(i + 1)
		b.sides = append(b.sides, row[sides]{id, always, sides{Arc: arc, Left: side(a.Left), Right: side(a.Right), Status: "CUSTOMARY"}})
		for _, p := range a.Line {
			b.arcs[arc] = append(b.arcs[arc], mercator.Project(p))
		}
	}
}

// unit returns the unit of a code, with those above it.
func (b *coverageRows) unit(code string) int64 {
	if id, known := b.index[code]; known {
		return id
	}
	u := unit{Unit: int64(len(b.index) + 1), Level: int8(max(slices.Index(digits[:], len(code)), 0)), Kind: "COUNTY", Name: code}
	b.index[code] = u.Unit
	switch {
	case code == Outside:
		u.Level, u.Kind = 0, "OUTSIDE_UNKNOWN"
	case u.Level > province:
		u.Parent = b.unit(code[:digits[u.Level-1]])
	}
	id, always := b.always()
	b.units = append(b.units, row[unit]{id, always, u})
	return u.Unit
}
