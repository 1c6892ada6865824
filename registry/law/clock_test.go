package law

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"jieming/registry"
)

var someDay = rapid.Custom(func(t *rapid.T) registry.Day {
	return registry.Date(2000, 1, 1) + registry.Day(rapid.IntRange(0, 36_000).Draw(t, "day"))
})

var someLimit = rapid.Custom(func(t *rapid.T) Limit {
	switch rapid.IntRange(0, 2).Draw(t, "form") {
	case 0:
		return Limit{Days: rapid.IntRange(1, 400).Draw(t, "days")}
	case 1:
		return Limit{Months: rapid.IntRange(1, 36).Draw(t, "months")}
	}
	return Limit{Month: time.Month(rapid.IntRange(1, 12).Draw(t, "month")), Day: rapid.IntRange(1, 28).Draw(t, "of month")}
})

// someWorkdays is a calendar: weekends, with some days turned round.
var someWorkdays = rapid.Custom(func(t *rapid.T) func(registry.Day) bool {
	turned := rapid.MapOf(someDay, rapid.Bool()).Draw(t, "calendar")
	return func(d registry.Day) bool {
		if w, ok := turned[d]; ok {
			return w
		}
		w := d.Time().Weekday()
		return w != time.Saturday && w != time.Sunday
	}
})

// Who begins later is due no earlier, and nothing is due before it begins.
func TestLimit_Due_isMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, working, workday := someLimit.Draw(t, "limit"), rapid.Bool().Draw(t, "working"), someWorkdays.Draw(t, "workdays")
		a := someDay.Draw(t, "a")
		b := a + registry.Day(rapid.IntRange(0, 500).Draw(t, "later"))
		dueA, dueB := l.Due(a, working, workday), l.Due(b, working, workday)
		if dueA > dueB {
			t.Fatalf("begun %s due %s, begun %s due %s", a, dueA, b, dueB)
		}
		if dueA < a || l.Month == 0 && dueA == a {
			t.Fatalf("begun %s, due %s", a, dueA)
		}
	})
}

// A limit of months ends on the same day of the month, or its last where it has
// none; Go's own dates are the oracle.
func TestLimit_Due_endsOnTheSameDayOfTheMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		began, n := someDay.Draw(t, "began"), rapid.IntRange(1, 36).Draw(t, "months")
		due := Limit{Months: n}.Due(began, rapid.Bool().Draw(t, "working"), func(registry.Day) bool { return false })
		from, to := began.Time(), due.Time()
		if months := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month()); months != n {
			t.Fatalf("%s and %d months: %s is %d months later", began, n, due, months)
		}
		lastDay := to.AddDate(0, 0, 1).Day() == 1
		if to.Day() != from.Day() && (!lastDay || to.Day() > from.Day()) {
			t.Fatalf("%s and %d months: %s", began, n, due)
		}
	})
}

// A limit of working days holds exactly so many of them, and ends on one.
func TestLimit_Due_countsWorkingDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, workday, began := Limit{Days: rapid.IntRange(1, 100).Draw(t, "days")}, someWorkdays.Draw(t, "workdays"), someDay.Draw(t, "began")
		due := l.Due(began, true, workday)
		worked := 0
		for d := began + 1; d <= due; d++ {
			if workday(d) {
				worked++
			}
		}
		if worked != l.Days || !workday(due) {
			t.Fatalf("%d working days from %s: due %s, with %d of them", l.Days, began, due, worked)
		}
		if due < l.Due(began, false, workday) {
			t.Fatalf("working days are fewer than calendar days")
		}
	})
}
