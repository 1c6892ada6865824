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
	return distinct(found)
}

// distinct returns values in order, each once, in memory of their own.
func distinct[T int64 | day](values []T) []T {
	slices.Sort(values)
	return slices.Clone(slices.Compact(values))
}

// days lists the days on which, as known at an entry, something begins or ends.
func (s *Snapshot) days(seq int64) []day {
	var found []day
	s.periods(func(p period) {
		if p.Since <= seq && seq < p.Until {
			found = append(found, p.From, p.To)
		}
	})
	return distinct(found)
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
// which nothing changes share a view. It costs a search; the first tile of a
// view costs some milliseconds more for a province.
func (s *Snapshot) View(on time.Time, seq int64) *View {
	seq = floor(s.entries, seq, 0)
	days := s.works.days.get(seq, func() []day { return s.days(seq) })
	at := Epoch{Day: int32(floor(days, dayOf(on), firstDay)), Seq: seq}
	return s.works.views.get(at, func() *View { return newView(s.relations, s.works, at) })
}

// Epoch is a time in which nothing changes that tiles show, on both clocks, by
// its beginning. In one registry it always means the same: what was known up to
// an entry does not change.
type Epoch struct {
	Day int32 // civil days since 1970-01-01; the least number before the first change
	Seq int64 // log entry; 0 before the first
}

func (e Epoch) on() day { return day(e.Day) }

// Vertices counts the vertices of all arcs, and the places where they are: those
// where arcs meet count once. It costs a fraction of a second for a country.
func (s *Snapshot) Vertices() (all, distinct int) {
	places := map[mercator.Point]struct{}{}
	for _, line := range s.arcs {
		all += len(line)
		for _, p := range line {
			places[p] = struct{}{}
		}
	}
	return all, len(places)
}
