package web

import (
	"context"
	"net/http"
	"strconv"

	"jieming/registry"
)

// eventKey names an event as known at a log entry.
type eventKey struct {
	ID registry.EventID
	At registry.Seq
}

// change is an event with what it did to each unit.
type change struct {
	registry.EventRecord
	Acts  []act // to units of the county level and above
	Lower int   // how many units below it touched
}

// act is what an event did to a unit: at least one of Before and After is set.
type act struct {
	Before, After *registry.Unit
}

// Unit is the unit as it is named now, or was named last.
func (a act) Unit() *registry.Unit {
	if a.After != nil {
		return a.After
	}
	return a.Before
}

// typeKey is the key of the catalogue for the type of the event.
func (c change) typeKey() string { return "eventtype." + string(c.Type) }

// key is the key of the catalogue for what happened to the unit.
func (a act) key() string { return "act." + a.Verb() }

// Verb names what happened to the unit, as the end of a key of the catalogue.
func (a act) Verb() string {
	switch {
	case a.Before == nil:
		return "established"
	case a.After == nil:
		return "abolished"
	case a.Before.Name != a.After.Name:
		return "renamed"
	case refID(parent(a.Before)) != refID(parent(a.After)):
		return "moved"
	case a.Before.Seat != a.After.Seat:
		return "seat"
	}
	return "changed"
}

// Old is the state before, in what Verb compares.
func (a act) Old() string { return a.state(a.Before) }

// New is the state after.
func (a act) New() string { return a.state(a.After) }

func (a act) state(u *registry.Unit) string {
	if u == nil {
		return ""
	}
	switch a.Verb() {
	case "moved":
		if p := parent(u); p != nil {
			return p.Name
		}
		return ""
	case "seat":
		return u.Seat
	}
	return u.Name
}

func refID(r *registry.UnitRef) registry.UnitID {
	if r == nil {
		return 0
	}
	return r.ID
}

// eventOf returns an event with its details, from memory if it can.
func (s *site) eventOf(ctx context.Context, id registry.EventID, at registry.Seq) (*registry.EventDetail, error) {
	return s.events.get(eventKey{id, at}, func() (*registry.EventDetail, error) {
		return s.reg.Event(ctx, id, at)
	})
}

// changesOf reads what events did.
func (s *site) changesOf(ctx context.Context, events []registry.EventRecord, at registry.Seq) ([]change, error) {
	var out []change
	for _, e := range events {
		detail, err := s.eventOf(ctx, e.ID, at)
		if err != nil {
			return nil, err
		}
		c := change{EventRecord: e}
		for _, a := range actsOf(detail) {
			if a.Unit().Level <= registry.LevelCounty {
				c.Acts = append(c.Acts, a)
			} else {
				c.Lower++
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// actsOf pairs the versions that an event ended with those it began, by unit.
func actsOf(e *registry.EventDetail) []act {
	var out []act
	at := map[registry.UnitID]int{}
	for i := range e.Ended {
		at[e.Ended[i].ID] = len(out)
		out = append(out, act{Before: &e.Ended[i]})
	}
	for i := range e.Began {
		if k, ok := at[e.Began[i].ID]; ok {
			out[k].After = &e.Began[i]
			continue
		}
		at[e.Began[i].ID] = len(out)
		out = append(out, act{After: &e.Began[i]})
	}
	return out
}

// eventPage is the data of the page "event".
type eventPage struct {
	*registry.EventDetail
	Acts  []act // to units of the county level and above, or all if there are no such
	Lower []act
}

// Before is the last day before the event took effect.
func (p eventPage) Before() registry.Day { return p.EffectiveOn - 1 }

func (s *site) showEvent(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "event")
	if err != nil {
		return nil, err
	}
	e, err := s.eventOf(r.Context(), registry.EventID(id), v.At.Recorded)
	if err != nil {
		return nil, err
	}
	p := eventPage{EventDetail: e}
	for _, a := range actsOf(e) {
		if a.Unit().Level <= registry.LevelCounty {
			p.Acts = append(p.Acts, a)
		} else {
			p.Lower = append(p.Lower, a)
		}
	}
	return &answer{page: "event", data: p}, nil
}

// eventsPage is the data of the page "events".
type eventsPage struct {
	Level    registry.Level // the lowest level whose changes are listed
	Year     int            // 0 for all
	Years    []yearCount
	Sections []eventSection
	Total    int
}

type yearCount struct {
	Year, N int
}

// eventSection is the changes of one year, each day with its changes.
type eventSection struct {
	Year    int
	Changes []change
}

func (s *site) showEvents(r *http.Request, v *View) (*answer, error) {
	p, err := readEventsQuery(r)
	if err != nil {
		return nil, err
	}
	days, err := s.reg.Changes(r.Context(), p.Level, v.At.Recorded)
	if err != nil {
		return nil, err
	}
	days = withoutLoads(days)
	for i := len(days) - 1; i >= 0; i-- {
		p.add(days[i])
	}
	if p.Level == registry.LevelCounty || p.Year != 0 {
		err = s.detail(r.Context(), p, v.At.Recorded)
	}
	return &answer{page: "events", data: p}, err
}

func readEventsQuery(r *http.Request) (*eventsPage, error) {
	p := &eventsPage{Level: registry.LevelCounty}
	q := r.URL.Query()
	if text := q.Get("year"); text != "" {
		year, err := strconv.Atoi(text)
		if err != nil || year < 1 || year > 9999 {
			return nil, registry.Invalid("year", strconv.Quote(text)+" is not a year; write it as 2020")
		}
		p.Year = year
	}
	if text := q.Get("level"); text != "" {
		level, err := registry.ParseLevel(text)
		if err != nil {
			return nil, err
		}
		p.Level = level
	}
	return p, nil
}

// add files the changes of a day under its year; days come latest first.
func (p *eventsPage) add(day registry.DayOfChange) {
	year := day.On.Year()
	if n := len(p.Years); n == 0 || p.Years[n-1].Year != year {
		p.Years = append(p.Years, yearCount{Year: year})
	}
	p.Years[len(p.Years)-1].N += len(day.Events)
	p.Total += len(day.Events)
	if p.Year != 0 && p.Year != year {
		return
	}
	if n := len(p.Sections); n == 0 || p.Sections[n-1].Year != year {
		p.Sections = append(p.Sections, eventSection{Year: year})
	}
	section := &p.Sections[len(p.Sections)-1]
	for _, e := range day.Events {
		section.Changes = append(section.Changes, change{EventRecord: e})
	}
}

// detail fills in what each listed event did to which unit.
func (s *site) detail(ctx context.Context, p *eventsPage, at registry.Seq) error {
	for i := range p.Sections {
		events := make([]registry.EventRecord, len(p.Sections[i].Changes))
		for k, c := range p.Sections[i].Changes {
			events[k] = c.EventRecord
		}
		changes, err := s.changesOf(ctx, events, at)
		if err != nil {
			return err
		}
		p.Sections[i].Changes = changes
	}
	return nil
}
