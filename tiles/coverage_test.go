package tiles

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"jieming/geo/coverage"
	"jieming/geo/mercator"
)

// snapshotOf makes a snapshot of a coverage of counties, at seq 1 and for all
// days. Their ids are codes of six digits, which tell what is above them; each
// gets a prefecture, so that every layer covers all.
func snapshotOf(t testing.TB, regions []coverage.Region) *Snapshot {
	t.Helper()
	c, _, err := coverage.Build(context.Background(), regions, coverage.Options{Tentative: true})
	if err != nil {
		t.Fatal(err)
	}
	b := coverageRows{c: c, index: map[string]int64{}}
	b.fill()
	return newSnapshot(&loaded{relations: b.relations, seq: 1}, newWorks(func(string) string { return "" }))
}

// outside is the name of what lies beyond a coverage.
const outside = "界外/0"

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
		b.tenures = append(b.tenures, row[tenure]{id, always, tenure{Face: int64(i), Unit: b.unit(b.c.Units[f.Unit].ID, county)}})
	}
	for i := range b.c.Outsides {
		id, always := b.always()
		b.tenures = append(b.tenures, row[tenure]{id, always, tenure{Face: int64(faces + i), Unit: b.unit("界外", 0)}})
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

// unit returns the unit of a key, with those above it.
func (b *coverageRows) unit(key string, level int8) int64 {
	name := fmt.Sprint(key, "/", level)
	if id, known := b.index[name]; known {
		return id
	}
	u := unit{Unit: int64(len(b.index) + 1), Level: level, Kind: "COUNTY", Name: name}
	b.index[name] = u.Unit
	switch {
	case level == 0:
		u.Kind = "OUTSIDE_UNKNOWN"
	case level > province:
		u.Parent = b.unit(key[:2*level-2], level-1)
	}
	id, always := b.always()
	b.units = append(b.units, row[unit]{id, always, u})
	return u.Unit
}

// today is the view of a snapshot that shows the same on all days.
func today(s *Snapshot) *View { return s.View(time.Unix(0, 0), s.Seq()) }

// span lists the tiles of a zoom that what is drawn can reach.
func span(s *Snapshot, z int) (found [][2]int) {
	b := emptyBox
	for _, line := range s.arcs {
		b.addLine(line)
	}
	b = b.grown(bufferCells << (cellBits - z))
	at := func(x int64) int { return int(min(max((x+1<<31)>>(32-z), 0), int64(math.Ldexp(1, z))-1)) }
	for x := at(b.minX); x <= at(b.maxX); x++ {
		for y := at(b.minY); y <= at(b.maxY); y++ {
			found = append(found, [2]int{x, y})
		}
	}
	return found
}
