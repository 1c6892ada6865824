package registry

import (
	"fmt"
	"math"
	"time"
)

// Day is a civil day of Asia/Shanghai, counted from 1970-01-01. The law of
// divisions counts in days; a time of day has no meaning on the valid clock.
type Day int32

const (
	// NoStart stands for "since ever" at the lower end of a Period.
	NoStart Day = math.MinInt32
	// NoEnd stands for "until further notice" at the upper end of a Period.
	NoEnd Day = math.MaxInt32
)

// China is the time zone of the valid clock. China has kept one offset, UTC+8,
// without summer time since 1991; days of law are civil days, so the summer
// times of 1986–1991 do not move them.
var China = time.FixedZone("Asia/Shanghai", 8*60*60)

// Date returns the day with the given civil date.
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DayOf returns the civil day in China at the instant t.
func DayOf(t time.Time) Day {
	y, m, d := t.In(China).Date()
	return Date(y, m, d)
}

// ParseDay reads a calendar date in the form 2006-01-02. It refuses dates
// that do not exist and years outside 1 to 9999.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, Invalid("date", fmt.Sprintf("%q is not a date; write it as 2020-12-31", s))
	}
	return Day(t.Unix() / 86400), nil
}

// Time returns midnight UTC of the day, for formatting and database drivers.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Begins returns the moment at which the day begins in China.
func (d Day) Begins() time.Time {
	y, m, day := d.Time().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, China)
}

// MarshalText writes the day as 2006-01-02, and open ends as -infinity and
// infinity.
func (d Day) MarshalText() ([]byte, error) {
	switch d {
	case NoStart:
		return []byte("-infinity"), nil
	case NoEnd:
		return []byte("infinity"), nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Day) UnmarshalText(text []byte) (err error) {
	switch s := string(text); s {
	case "-infinity":
		*d = NoStart
	case "infinity":
		*d = NoEnd
	default:
		*d, err = ParseDay(s)
	}
	return err
}

// String returns the date as 2006-01-02, or ".." for an open end.
func (d Day) String() string {
	if d == NoStart || d == NoEnd {
		return ".."
	}
	return d.Time().Format(time.DateOnly)
}

// Year returns the civil year of the day.
func (d Day) Year() int { return d.Time().Year() }

// Period is the half-open range of days [From, To).
type Period struct{ From, To Day }

// Since is the period from d on, without end.
func Since(d Day) Period { return Period{From: d, To: NoEnd} }

// Holds reports whether the day lies in the period.
func (p Period) Holds(d Day) bool { return p.From <= d && d < p.To }

// Empty reports whether no day lies in the period.
func (p Period) Empty() bool { return p.From >= p.To }

// Meets returns the common part of two periods, which may be empty.
func (p Period) Meets(q Period) Period {
	return Period{From: max(p.From, q.From), To: min(p.To, q.To)}
}

// String returns the period as an ISO 8601 interval of first day and first day
// after, with ".." for an open end.
func (p Period) String() string { return p.From.String() + "/" + p.To.String() }

// Precision says how exactly the date of an event is known.
type Precision string

// The precisions of a date. PrecisionYear means: known from a list that shows
// the state of 31 December, so the date stands for some day of that year.
const (
	PrecisionDay  Precision = "DAY"
	PrecisionYear Precision = "YEAR"
)

// Seq is a position on the recorded clock: the number of a log entry. Numbers
// have no gaps and follow commit order.
type Seq int64

// Instant is a point on both clocks: what was so on Valid, as known at
// Recorded.
type Instant struct {
	Valid    Day
	Recorded Seq
}
