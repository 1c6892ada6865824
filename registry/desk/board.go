package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"jieming/registry"
)

// Tally counts open cases of one kind in one prefecture.
type Tally struct {
	Unit     registry.UnitID // the prefecture; 0 for those of the province itself
	UnitName string          // "" for the province
	Kind     string
	Open     int
	Overdue  int
	Week     int // due within seven days, and not overdue
	Month    int // due within thirty, and not within seven
	Days     float64
	Oldest   time.Time // since when the one that stands longest has been in its state
}

// ClockTally counts running clocks.
type ClockTally struct {
	Kind      string
	Clock     string
	Statutory bool
	Running   int
	Overdue   int
	Week      int
}

// StateTally counts open cases by state.
type StateTally struct {
	Kind, State string
	Open        int
	Days        float64 // on average in the state
	Oldest      time.Time
}

// Board is how the open cases that a person may read stand.
type Board struct {
	Today  registry.Day
	Cells  []Tally
	Clocks []ClockTally
	States []StateTally
}

// BoardStore counts cases.
type BoardStore interface {
	// Board counts the open cases that a rule lets through. It reads one snapshot.
	Board(ctx context.Context, f Filter, today registry.Day) (*Board, error)
	// BoardCases lists the cases behind a number of it, by the day they are due.
	BoardCases(ctx context.Context, f Filter, today registry.Day, q BoardQuery) ([]Row, error)
}

// BoardQuery is which number of a board is asked about.
type BoardQuery struct {
	Unit  registry.UnitID // the prefecture; 0 for the province itself, AnyUnit for all
	Kind  string          // "" for all
	State string          // "" for all
	Clock string          // "" for the clock that ends first
	Due   string          // "overdue", "week", "month"; "" for all
	Limit int
}

// AnyUnit selects all prefectures.
const AnyUnit registry.UnitID = -1

// BoardCases lists the cases behind a number of the board.
func (d *Desk) BoardCases(ctx context.Context, p *Principal, q BoardQuery) ([]Row, error) {
	f := p.Filter(ReadCase)
	if !p.Has(ReadBoard) || len(f) == 0 {
		return nil, forbidden(ReadBoard)
	}
	return d.store.BoardCases(ctx, f, d.Today(), q)
}

// Board counts the open cases that a person may read, so that no number tells
// of one that lists hide.
func (d *Desk) Board(ctx context.Context, p *Principal) (*Board, error) {
	if !p.Has(ReadBoard) {
		return nil, forbidden(ReadBoard)
	}
	f := p.Filter(ReadCase)
	if len(f) == 0 {
		return &Board{Today: d.Today()}, nil
	}
	b, err := d.store.Board(ctx, f, d.Today())
	if err == nil {
		b.Today = d.Today()
	}
	return b, err
}

// Lines are the rows of the board: what stands in each prefecture, by kind.
func (b *Board) Lines() []BoardLine {
	var out []BoardLine
	at := map[registry.UnitID]int{}
	for _, c := range b.Cells {
		i, known := at[c.Unit]
		if !known {
			i, at[c.Unit] = len(out), len(out)
			out = append(out, BoardLine{Unit: c.Unit, UnitName: c.UnitName, Kinds: map[string]Tally{}})
		}
		out[i].Kinds[c.Kind] = c
		out[i].Total = out[i].Total.plus(c)
	}
	slices.SortStableFunc(out, func(x, y BoardLine) int {
		return cmp.Or(cmp.Compare(y.Total.Overdue, x.Total.Overdue), cmp.Compare(y.Total.Open, x.Total.Open), cmp.Compare(x.Unit, y.Unit))
	})
	return out
}

// BoardLine is a prefecture on the board.
type BoardLine struct {
	Unit     registry.UnitID
	UnitName string
	Kinds    map[string]Tally
	Total    Tally
}

// Sum is the last line of the board.
func (b *Board) Sum() BoardLine {
	out := BoardLine{Kinds: map[string]Tally{}}
	for _, c := range b.Cells {
		out.Kinds[c.Kind] = out.Kinds[c.Kind].plus(c)
		out.Total = out.Total.plus(c)
	}
	return out
}

// KindsOn are the kinds of which there is a case, in order of the rules.
func (d *Desk) KindsOn(b *Board) (out []string) {
	for _, k := range d.book.Kinds {
		if slices.ContainsFunc(b.Cells, func(c Tally) bool { return c.Kind == k.ID }) {
			out = append(out, k.ID)
		}
	}
	return out
}

func (t Tally) plus(u Tally) Tally {
	sum := Tally{Open: t.Open + u.Open, Overdue: t.Overdue + u.Overdue, Week: t.Week + u.Week, Month: t.Month + u.Month, Oldest: u.Oldest}
	if sum.Open > 0 {
		sum.Days = (t.Days*float64(t.Open) + u.Days*float64(u.Open)) / float64(sum.Open)
	}
	if !t.Oldest.IsZero() && t.Oldest.Before(u.Oldest) {
		sum.Oldest = t.Oldest
	}
	return sum
}
