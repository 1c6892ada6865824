package law

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"jieming/registry"
)

// Counting says which days a limit counts.
type Counting string

// The countings of days.
const (
	CalendarDays Counting = "CALENDAR"
	WorkingDays  Counting = "WORKING"
	Configured   Counting = "CONFIGURED" // as the department has set; calendar days unless it did
)

// Clock is a time limit: from an act, to the acts that stop it.
type Clock struct {
	ID, Kind      string // Kind "*" runs in all cases
	Zh, En        string
	Starts, Stops []string // acts of the procedure, or OPEN, ASKED, ANSWERED, CODE, ANNOUNCED
	Limit         Limit
	Extension     Limit // by how much it can be extended; zero for not at all
	Extensions    int   // how often
	Counting      Counting
	Statutory     bool // it comes from law; else the department set it itself
	Valid         registry.Period
	Citation
}

// Limit is a length of time: months, days, or the next day of a year.
type Limit struct {
	Months int
	Days   int
	Month  time.Month // with Day: the next such day, 3-31 being 31 March
	Day    int
}

// ParseLimit reads 12m, 15d or 3-31.
func ParseLimit(s string) (Limit, error) {
	if month, day, ok := strings.Cut(s, "-"); ok {
		m, err1 := strconv.Atoi(month)
		d, err2 := strconv.Atoi(day)
		if err1 != nil || err2 != nil || m < 1 || m > 12 || d < 1 || d > 31 {
			return Limit{}, fmt.Errorf("%q is no day of the year; write it as 3-31", s)
		}
		return Limit{Month: time.Month(m), Day: d}, nil
	}
	n, err := strconv.Atoi(strings.TrimRight(s, "md"))
	if err != nil || n <= 0 || len(s) < 2 {
		return Limit{}, fmt.Errorf("%q is no limit; write it as 12m, 15d or 3-31", s)
	}
	if strings.HasSuffix(s, "m") {
		return Limit{Months: n}, nil
	}
	return Limit{Days: n}, nil
}

// IsZero reports whether there is no limit.
func (l Limit) IsZero() bool { return l == Limit{} }

// Due returns the last day that is in time for something that began on a day.
// The day of beginning is not counted (民法典 201). Months end on the same day of
// the month, or its last where it has none (202). Where the days counted are
// working days, workday says which are; else a limit that ends on a day off is
// not moved: the rule of 民法典 203 is about civil acts, and the regulations on
// divisions and names have none.
func (l Limit) Due(began registry.Day, working bool, workday func(registry.Day) bool) registry.Day {
	t := began.Time()
	switch {
	case l.Month != 0:
		due := registry.Date(t.Year(), l.Month, l.Day)
		if due < began {
			due = registry.Date(t.Year()+1, l.Month, l.Day)
		}
		return due
	case l.Months != 0:
		return addMonths(began, l.Months)
	case working:
		due := began
		for left := l.Days; left > 0; {
			due++
			if workday(due) {
				left--
			}
		}
		return due
	}
	return began + registry.Day(l.Days)
}

func addMonths(d registry.Day, n int) registry.Day {
	y, m, day := d.Time().Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return registry.Date(first.Year(), first.Month(), min(day, last))
}

func (r *reader) clock(f row) {
	c := Clock{ID: f("clock"), Kind: f("kind"), Zh: f("zh"), En: f("en"), Starts: list(f("starts")), Stops: list(f("stops")),
		Counting: Counting(f("counting")), Statutory: f("statutory") == "yes", Valid: r.period(f), Citation: r.citation(f)}
	var err error
	c.Limit, err = ParseLimit(f("limit"))
	r.known("limit "+f("limit"), err == nil)
	if f("extension") != "" {
		c.Extension, err = ParseLimit(f("extension"))
		r.known("extension "+f("extension"), err == nil)
		c.Extensions, err = strconv.Atoi(f("extensions"))
		r.known("extensions", err == nil)
	}
	for _, act := range append(append([]string{}, c.Starts...), c.Stops...) {
		r.known("act "+act, occasions[act] || c.Kind == "*" || r.book.Step(c.Kind, act) != nil)
	}
	r.book.Clocks = append(r.book.Clocks, c)
}

// occasions are what starts or stops clocks besides the steps of a procedure.
var occasions = map[string]bool{"OPEN": true, "ASKED": true, "ANSWERED": true, "CODE": true, "ANNOUNCED": true}

// ClocksOf returns the clocks that may run in a kind of case on a day.
func (b *Book) ClocksOf(kind string, on registry.Day) []*Clock {
	var out []*Clock
	for i := range b.Clocks {
		if c := &b.Clocks[i]; (c.Kind == "*" || c.Kind == kind) && c.Valid.Holds(on) {
			out = append(out, c)
		}
	}
	return out
}

// Clock returns a clock of a kind of case, nil for an unknown one.
func (b *Book) Clock(kind, id string) *Clock {
	return find(b.Clocks, func(c *Clock) bool { return c.ID == id && (c.Kind == kind || c.Kind == "*") })
}
