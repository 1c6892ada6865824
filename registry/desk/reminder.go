package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"jieming/registry"
)

// Level says who is told of a clock.
type Level int

// The levels of reminders.
const (
	ToHolder     Level = iota // who works on it
	ToSupervisor              // the supervisor of the jurisdiction
	ToSuperior                // the supervisor above
)

// Reminder is what people were told of a clock, once. It is written down: that
// somebody was pressed is a fact of the case. It is no event of the case,
// though: it would take the ground from under whoever is just editing it.
type Reminder struct {
	Case     registry.CaseID
	Clock    string
	Began    registry.Day
	Due      registry.Day
	Mark     int // days before the last day: 90, 30, 7, 0; after it -1, -8, -15 …
	Level    Level
	At       time.Time
	Told     []AccountID
	Messages []Message
}

// WatchedClock is a clock that runs, with who is to be told of it.
type WatchedClock struct {
	CaseClock
	Path        []registry.UnitID
	StandIns    []AccountID // who do the work of the holder today
	Asked       []AccountID // experts who have not answered
	Departments []string    // that have not answered
	Reminded    []string    // marks and levels so far: "7:0"
}

// ReminderStore keeps reminders.
type ReminderStore interface {
	// WatchedClocks lists clocks of open cases that end on or before a day.
	WatchedClocks(ctx context.Context, today, until registry.Day) ([]WatchedClock, error)
	// SupervisorGrants lists the grants of supervisors that are in force.
	SupervisorGrants(ctx context.Context, today registry.Day) ([]Held, error)
	// WriteReminders writes reminders with their messages in one log entry, and
	// returns how many were new. One that is known tells nobody.
	WriteReminders(ctx context.Context, list []Reminder) (int, error)
	// RemindersOf lists what people were told of the clocks of a case.
	RemindersOf(ctx context.Context, id registry.CaseID) ([]Reminder, error)
}

// marks are the days before the last day on which people are reminded.
var marks = []int{90, 30, 7, 0}

// markOf is the most urgent reminder that a clock has reached; ok is false for
// none. A mark that a limit begins within is none: a limit of 15 days does not
// remind at 30.
func markOf(left, length int) (mark int, ok bool) {
	if left < 0 {
		return -1 - (-left-1)/7*7, true
	}
	for _, m := range marks {
		if left <= m {
			mark, ok = m, m == 0 || length > m
		}
	}
	return mark, ok
}

// Remind tells people of clocks that come to their end, and supervisors of
// those that are over it. It may run at any time and on several servers: each
// reminder is given once, and of several that were missed only the most urgent.
// It returns how many were given.
func (d *Desk) Remind(ctx context.Context) (int, error) {
	today := d.Today()
	clocks, err := d.store.WatchedClocks(ctx, today, today+registry.Day(marks[0]))
	if err != nil || len(clocks) == 0 {
		return 0, err
	}
	supervisors, err := d.store.SupervisorGrants(ctx, today)
	if err != nil {
		return 0, err
	}
	set, err := d.settings(ctx)
	if err != nil {
		return 0, err
	}
	var list []Reminder
	for i := range clocks {
		list = append(list, d.remindersOf(&clocks[i], supervisors, set.number("escalation.days"))...)
	}
	given := 0
	for part := range slices.Chunk(list, 500) {
		n, err := d.store.WriteReminders(ctx, part)
		if given += n; err != nil {
			return given, err
		}
	}
	return given, nil
}

// remindersOf are the reminders of a clock that are due and not given.
func (d *Desk) remindersOf(k *WatchedClock, all []Held, after int) (out []Reminder) {
	left := int(k.Due) - int(d.Today())
	above := ladder(k, all)
	add := func(mark int, level Level, people []AccountID, departments []string, kind MessageKind) {
		if slices.Contains(k.Reminded, fmt.Sprintf("%d:%d", mark, level)) || len(people)+len(departments) == 0 {
			return
		}
		r := Reminder{Case: k.Case.ID, Clock: k.Clock, Began: k.Began, Due: k.Due, Mark: mark, Level: level, At: d.now().UTC().Truncate(time.Microsecond), Told: people}
		args := map[string]string{"clock": k.Clock, "days": strconv.Itoa(max(left, -left)), "due": k.Due.String(), "holder": k.Case.HolderName}
		r.Messages = to(kind, args, people...)
		if len(departments) > 0 {
			r.Messages = append(r.Messages, Message{Kind: kind, Departments: departments, Args: args})
		}
		for i := range r.Messages {
			r.Messages[i].Case, r.Messages[i].At = r.Case, r.At
		}
		out = append(out, r)
	}
	if mark, ok := markOf(left, int(k.Due)-int(k.Began)); ok {
		people := append([]AccountID{k.Case.Holder}, k.StandIns...)
		if k.Case.Holder == 0 && len(above) > 0 {
			people = above[0]
		}
		var departments []string
		if k.Clock == "opinion" {
			people, departments = append(people, k.Asked...), k.Departments
		}
		add(mark, ToHolder, known(people), departments, kindOf(left))
	}
	if left < 0 && len(above) > 0 {
		add(-1, ToSupervisor, above[0], nil, ToldEscalated)
	}
	if -left >= after && len(above) > 1 {
		add(-1, ToSuperior, above[1], nil, ToldEscalated)
	}
	return out
}

func kindOf(left int) MessageKind {
	switch {
	case left < 0:
		return ToldOverdue
	case left == 0:
		return ToldDueToday
	}
	return ToldReminded
}

func known(people []AccountID) (out []AccountID) {
	for _, p := range people {
		if p != 0 && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// ladder are the supervisors of a case, the nearest first: those of its unit,
// of what it lies in, and so on; those of the whole registry last. Who works
// on the case supervises it not.
func ladder(k *WatchedClock, all []Held) (out [][]AccountID) {
	ranks := map[int][]AccountID{}
	for i := range all {
		g := &all[i]
		rank := len(k.Path)
		if !g.Everywhere {
			rank = slices.IndexFunc(k.Path, func(u registry.UnitID) bool { return slices.Contains(g.Tops, u) })
		}
		if rank >= 0 && g.Account != k.Case.Holder && !slices.Contains(ranks[rank], g.Account) {
			ranks[rank] = append(ranks[rank], g.Account)
		}
	}
	seen := map[AccountID]bool{}
	for rank := range len(k.Path) + 1 {
		people := slices.DeleteFunc(ranks[rank], func(a AccountID) bool { return seen[a] })
		for _, a := range people {
			seen[a] = true
		}
		if len(people) > 0 {
			out = append(out, people)
		}
	}
	return out
}

// Reminders lists what people were told of the clocks of a case.
func (d *Desk) Reminders(ctx context.Context, p *Principal, id registry.CaseID) ([]Reminder, error) {
	if _, err := d.Case(ctx, p, id); err != nil {
		return nil, err
	}
	return d.store.RemindersOf(ctx, id)
}

// Forget deletes what the department keeps for a time only: messages, mails, and
// who sent comments on notices that are over. It returns how many messages.
func (d *Desk) Forget(ctx context.Context) (int, error) {
	set, err := d.settings(ctx)
	if err != nil {
		return 0, err
	}
	keep := time.Duration(set.number("message.days")) * 24 * time.Hour
	now := d.now()
	if err := d.store.ForgetMails(ctx, now.Add(-keep)); err != nil {
		return 0, err
	}
	if _, err := d.store.ForgetSenders(ctx, d.Today()-registry.Day(set.number("sender.days"))); err != nil {
		return 0, err
	}
	return d.store.ForgetMessages(ctx, now.Add(-keep/3), now.Add(-keep))
}
