package desk

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"jieming/registry"
	"jieming/registry/law"
)

// CalendarDay is a day on which work is not as its weekday says: a holiday, or
// a weekend that is worked. The State Council's office announces them each
// year; the program invents none.
type CalendarDay struct {
	Day     registry.Day
	Working bool
	Note    string // 春节, 调休 …
	Source  string // the notice that says so
}

// CalendarStore keeps the calendar.
type CalendarStore interface {
	// CalendarDays returns what holds for each day that was ever imported, in order.
	CalendarDays(ctx context.Context) ([]CalendarDay, error)
	AddCalendarDays(ctx context.Context, actor string, by AccountID, days []CalendarDay) error
}

// Counting is how days are counted: which clocks count working days, and which
// days are worked. It does not change while it is used.
type Counting struct {
	settings settings
	days     map[registry.Day]bool
	years    map[int]bool // of which a calendar is known
}

// counting reads how days are counted now.
func (d *Desk) counting(ctx context.Context) (*Counting, error) {
	set, err := d.settings(ctx)
	if err != nil {
		return nil, err
	}
	days, err := d.store.CalendarDays(ctx)
	if err != nil {
		return nil, err
	}
	c := &Counting{settings: set, days: map[registry.Day]bool{}, years: map[int]bool{}}
	for _, each := range days {
		c.days[each.Day] = each.Working
		c.years[each.Day.Year()] = true
	}
	return c, nil
}

// Working reports whether a clock counts working days.
func (c *Counting) Working(k *law.Clock) bool {
	switch k.Counting {
	case law.WorkingDays:
		return true
	case law.Configured:
		if own := c.settings[countingKey(k)]; own != "" {
			return own == string(law.WorkingDays)
		}
		return c.settings["deadline.counting"] == string(law.WorkingDays)
	}
	return false
}

// Workday reports whether people work on a day: as the calendar says, else on
// Monday to Friday.
func (c *Counting) Workday(on registry.Day) bool {
	if working, known := c.days[on]; known {
		return working
	}
	w := on.Time().Weekday()
	return w != time.Saturday && w != time.Sunday
}

// Due is the last day of a limit that began on a day.
func (c *Counting) Due(l law.Limit, k *law.Clock, began registry.Day) registry.Day {
	return l.Due(began, c.Working(k), c.Workday)
}

// Unknown lists the years of whose calendar nothing is known, among those that
// a limit of working days touches.
func (c *Counting) Unknown(k *law.Clock, began, due registry.Day) (years []int) {
	if !c.Working(k) || k.Limit.Days == 0 {
		return nil
	}
	for y := began.Year(); y <= due.Year(); y++ {
		if !c.years[y] {
			years = append(years, y)
		}
	}
	return years
}

// warning says that a limit was counted without a calendar, if it was.
func (c *Counting) warning(k *law.Clock, began, due registry.Day) (w Warning, ok bool) {
	var years []string
	for _, y := range c.Unknown(k, began, due) {
		years = append(years, strconv.Itoa(y))
	}
	return Warning{
		Zh: fmt.Sprintf("“%s”按工作日计算，但没有 %s 年的放假安排，只除去了周末", k.Zh, strings.Join(years, "、")),
		En: fmt.Sprintf("“%s” counts working days, but no calendar of %s is known: only weekends were left out", k.En, strings.Join(years, ", ")),
	}, len(years) > 0
}

// The limits of a file: ten years of days, in so many bytes.
const (
	mostCalendar      = 3660
	mostCalendarBytes = 1 << 20
)

// ReadCalendar reads a calendar: CSV with the columns day, working and note, in
// UTF-8. Days are written 2027-01-01; working is yes or no (also 是 and 否, 班
// and 休). Faults name the line.
func ReadCalendar(r io.Reader, source string) ([]CalendarDay, error) {
	if strings.TrimSpace(source) == "" || checkText("source", source, 1, 300) != nil {
		return nil, Refuse("source", "calendar.source", "name the notice that the days come from")
	}
	in := csv.NewReader(io.LimitReader(r, mostCalendarBytes))
	in.FieldsPerRecord = -1
	var out []CalendarDay
	seen := map[registry.Day]bool{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, Refuse("file", "calendar.csv", "it is not CSV: "+err.Error())
		}
		line, _ := in.FieldPos(0)
		row[0] = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(row[0]), "\ufeff"))
		if len(out) == 0 && (row[0] == "day" || row[0] == "日期") {
			continue
		}
		day, err := calendarDay(row, source)
		if err != nil || seen[day.Day] {
			return nil, Refuse("file", "calendar.line", fmt.Sprintf("line %d: give a day such as 2027-01-01 once, and yes or no", line), "line", line)
		}
		seen[day.Day] = true
		if out = append(out, day); len(out) > mostCalendar {
			return nil, Refuse("file", "calendar.long", fmt.Sprintf("more than %d days", mostCalendar), "most", mostCalendar)
		}
	}
	if len(out) == 0 {
		return nil, Refuse("file", "calendar.empty", "it holds no days")
	}
	return out, nil
}

func calendarDay(row []string, source string) (c CalendarDay, err error) {
	if len(row) < 2 || len(row) > 3 {
		return c, errors.New("columns")
	}
	if c.Day, err = registry.ParseDay(row[0]); err != nil || c.Day < registry.Date(2000, 1, 1) || c.Day >= registry.Date(2100, 1, 1) {
		return c, errors.New("day")
	}
	switch strings.ToLower(strings.TrimSpace(row[1])) {
	case "yes", "true", "1", "是", "班":
		c.Working = true
	case "no", "false", "0", "否", "休":
	default:
		return c, errors.New("working")
	}
	if len(row) == 3 {
		c.Note = strings.TrimSpace(row[2])
	}
	c.Source = strings.TrimSpace(source)
	return c, checkText("note", c.Note, 0, 100)
}

// ImportCalendar adds days to the calendar; a day that is known is replaced. It
// moves no clock that runs.
func (d *Desk) ImportCalendar(ctx context.Context, p *Principal, days []CalendarDay) error {
	if !p.May(ChangeSettings, nil) {
		return forbidden(ChangeSettings)
	}
	return d.store.AddCalendarDays(ctx, p.Login, p.Account, days)
}

// Calendar lists the days that were imported, in order.
func (d *Desk) Calendar(ctx context.Context, p *Principal) ([]CalendarDay, error) {
	if !p.May(ChangeSettings, nil) {
		return nil, forbidden(ChangeSettings)
	}
	return d.store.CalendarDays(ctx)
}

// Moved clocks -----------------------------------------------------------------

// Drift is a running clock whose last day would be another, were it started
// under the settings and the calendar of today.
type Drift struct {
	Case   Row
	Clock  string
	Began  registry.Day
	Due    registry.Day // as written down
	Would  registry.Day
	Extent int // how often it was extended
}

// ClockStore lists clocks.
type ClockStore interface {
	// RunningClocks lists clocks that run in cases that a rule lets through.
	RunningClocks(ctx context.Context, f Filter, today registry.Day) ([]CaseClock, error)
}

// CaseClock is a clock of a case, for lists.
type CaseClock struct {
	Case      Row
	Clock     string
	Began     registry.Day
	Due       registry.Day
	Extended  int
	Statutory bool
}

// Drifts lists the running clocks that a changed setting or calendar would
// move; it moves none. Only those in the person's jurisdiction are listed.
func (d *Desk) Drifts(ctx context.Context, p *Principal) ([]Drift, error) {
	if !p.Has(ReadBoard) {
		return nil, forbidden(ReadBoard)
	}
	count, err := d.counting(ctx)
	if err != nil {
		return nil, err
	}
	clocks, err := d.store.RunningClocks(ctx, p.Filter(ReadCase), d.Today())
	if err != nil {
		return nil, err
	}
	var out []Drift
	for _, k := range clocks {
		rule := d.book.Clock(k.Case.Kind, k.Clock)
		if rule == nil {
			continue
		}
		would := count.Due(rule.Limit, rule, k.Began)
		for range k.Extended {
			would = count.Due(rule.Extension, rule, would)
		}
		if would != k.Due {
			out = append(out, Drift{Case: k.Case, Clock: k.Clock, Began: k.Began, Due: k.Due, Would: would, Extent: k.Extended})
		}
	}
	slices.SortFunc(out, func(a, b Drift) int { return int(a.Due) - int(b.Due) })
	return out, nil
}
