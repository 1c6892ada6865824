package tiles

import (
	"cmp"
	"math"
	"slices"
	"time"

	"jieming/geo/mercator"
)

// day counts civil days since 1970-01-01.
type day int32

const secondsPerDay = 24 * 60 * 60

func dayOf(t time.Time) day { return day(t.Unix() / secondsPerDay) }

const (
	firstDay = day(math.MinInt32)
	lastDay  = day(math.MaxInt32)
	lastSeq  = int64(math.MaxInt64)
)

// period is when a row is so (from, to) and when it is known (since, until), on
// the two clocks, half open.
type period struct {
	From, To     day
	Since, Until int64
}

func (p period) holds(d day, seq int64) bool {
	return p.Since <= seq && seq < p.Until && p.From <= d && d < p.To
}

// row is a version of something: immutable but for the end of its record.
type row[T any] struct {
	ID int64
	period
	Value T
}

// table holds the rows of a relation in order of id.
type table[T any] []row[T]

// merge returns the table with some rows added or replaced, leaving the old
// one as it is.
func (t table[T]) merge(changed table[T]) table[T] {
	if len(changed) == 0 {
		return t
	}
	byID := func(a, b row[T]) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(changed, byID)
	merged := make(table[T], 0, len(t)+len(changed))
	for _, r := range t {
		if _, newer := slices.BinarySearchFunc(changed, r, byID); !newer {
			merged = append(merged, r)
		}
	}
	merged = append(merged, changed...)
	slices.SortFunc(merged, byID)
	return merged
}

// at yields what the table holds at an instant.
func (t table[T]) at(d day, seq int64) func(yield func(*T) bool) {
	return func(yield func(*T) bool) {
		for i := range t {
			if t[i].holds(d, seq) && !yield(&t[i].Value) {
				return
			}
		}
	}
}

// The relations the tiles are made from.
type (
	// sides says between which faces an arc runs.
	sides struct {
		Arc, Left, Right int64
		Status           string
	}
	// tenure says which unit holds a face.
	tenure struct {
		Face, Unit int64
		Among      []int64 // where the finer holder is not known
	}
	// unit is a version of a unit.
	unit struct {
		Unit   int64
		Level  int8
		Kind   string
		Name   string
		Parent int64 // custodian, else superior; 0 if none
	}
	// code is a period in which a unit bears a code.
	code struct {
		Unit int64
		Code string
	}
	// place is a version of a named place.
	place struct {
		Place    int64
		Category string
		Name     string
		Roman    string
		At       mercator.Point
	}
)

// relations is all that tiles show, on both clocks.
type relations struct {
	arcs    map[int64][]mercator.Point // by id; immutable once it is there
	sides   table[sides]
	tenures table[tenure]
	units   table[unit]
	codes   table[code]
	places  table[place]
}

// merge returns the relations with what has changed, leaving the old as they
// are. The lines of arcs are shared.
func (r *relations) merge(changed *relations) *relations {
	arcs := r.arcs
	if len(changed.arcs) > 0 {
		arcs = make(map[int64][]mercator.Point, len(r.arcs)+len(changed.arcs))
		for _, from := range []map[int64][]mercator.Point{r.arcs, changed.arcs} {
			for id, line := range from {
				arcs[id] = line
			}
		}
	}
	return &relations{arcs, r.sides.merge(changed.sides), r.tenures.merge(changed.tenures),
		r.units.merge(changed.units), r.codes.merge(changed.codes), r.places.merge(changed.places)}
}

// periods yields the period of every row.
func (r *relations) periods(yield func(period)) {
	periodsOf(r.sides, yield)
	periodsOf(r.tenures, yield)
	periodsOf(r.units, yield)
	periodsOf(r.codes, yield)
	periodsOf(r.places, yield)
}

func periodsOf[T any](t table[T], yield func(period)) {
	for i := range t {
		yield(t[i].period)
	}
}
