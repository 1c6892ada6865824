package tiles

import (
	"slices"
	"time"

	"jieming/geo/mercator"
)

// Snapshot is all that tiles show, on both clocks, up to a log entry. It never
// changes and may be used by many at once. Snapshots that follow one another
// share what did not change.
type Snapshot struct {
	*relations
	publications []Publication
	seq          int64
	entries      []int64 // the entries that changed what tiles show, in order
	works        *works
}

// newSnapshot makes the first snapshot.
func newSnapshot(l *loaded, w *works) *Snapshot {
	s := &Snapshot{relations: &l.relations, publications: l.publications, seq: l.seq, works: w}
	s.entries = s.findEntries()
	return s
}

// next returns the snapshot after what changed was loaded.
func (s *Snapshot) next(l *loaded) *Snapshot {
	n := &Snapshot{relations: s.relations.merge(&l.relations), publications: l.publications, seq: l.seq, works: s.works}
	n.entries = n.findEntries()
	return n
}

// Seq is the last log entry the snapshot knows.
func (s *Snapshot) Seq() int64 { return s.seq }

// Publication returns the publication current at a time, and false if nothing
// had been published by then. The zero time means the latest.
func (s *Snapshot) Publication(at time.Time) (Publication, bool) {
	for i := len(s.publications) - 1; i >= 0; i-- {
		if at.IsZero() || !s.publications[i].ReleasedAt.After(at) {
			return s.publications[i], true
		}
	}
	return Publication{}, false
}

// findEntries lists the entries at which a row began or ceased to be known.
func (s *Snapshot) findEntries() []int64 {
	var found []int64
	s.periods(func(p period) { found = append(found, p.Since, p.Until) })
	slices.Sort(found)
	return slices.Compact(found)
}

// days lists the days on which, as known at an entry, something begins or ends.
func (s *Snapshot) days(seq int64) []day {
	var found []day
	s.periods(func(p period) {
		if p.Since <= seq && seq < p.Until {
			found = append(found, p.From, p.To)
		}
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// floor returns the greatest of sorted values that is not above x, or least.
func floor[T int64 | day](sorted []T, x, least T) T {
	i, found := slices.BinarySearch(sorted, x)
	switch {
	case found:
		return x
	case i == 0:
		return least
	}
	return sorted[i-1]
}

// View returns what the registry shows on a day (midnight UTC of the civil
// day), as known at a log entry, which must not be above Seq. Instants between
// which nothing changes share a view. Making a view takes some milliseconds for
// a province; its lines are prepared at the first tile that shows them.
func (s *Snapshot) View(on time.Time, seq int64) *View {
	seq = floor(s.entries, seq, 0)
	days := s.works.days.get(seq, func() []day { return s.days(seq) })
	at := instant{floor(days, dayOf(on), firstDay), seq}
	return s.works.views.get(at, func() *View { return newView(s.relations, s.works, at) })
}

// instant is a moment on both clocks.
type instant struct {
	on  day
	seq int64
}

// Bounds returns what the arcs of the snapshot span, west, south, east, north
// in degrees, and false if there are none.
func (s *Snapshot) Bounds() (degrees [4]float64, any bool) {
	b := emptyBox
	for _, line := range s.arcs {
		b.addLine(line)
	}
	if len(s.arcs) == 0 {
		return degrees, false
	}
	sw, ne := mercator.Degrees(mercator.Point{X: int32(b.minX), Y: int32(b.maxY)}), mercator.Degrees(mercator.Point{X: int32(b.maxX), Y: int32(b.minY)})
	return [4]float64{sw[0], sw[1], ne[0], ne[1]}, true
}
