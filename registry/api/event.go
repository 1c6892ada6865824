package api

import (
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
)

// Instrument is the paper on which an event rests.
type Instrument struct {
	ID           int64                 `json:"id" example:"9" doc:"The identifier"`
	Completeness registry.Completeness `json:"completeness" enum:"FULL,NO_SCAN,CITED,UNKNOWN" example:"NO_SCAN" doc:"How much of it the registry holds: FULL; NO_SCAN: number, date and text; CITED: only another source names it; UNKNOWN: nobody knows which paper it was"`
	Number       *string               `json:"number" example:"国函〔2020〕84号" doc:"Its number (文号); null if not known"`
	IssuedOn     *string               `json:"issued_on" format:"date" example:"2020-06-05" doc:"When it was issued; null if not known"`
	Issuer       *string               `json:"issuer" example:"国务院" doc:"Who issued it; null if not known"`
	Title        *string               `json:"title" example:"国务院关于同意吉林省调整长春市、四平市行政区划的批复" doc:"Its title; null if not known"`
	Text         *string               `json:"text" example:"同意将四平市代管的县级公主岭市改由长春市代管" doc:"Its text, as far as published; null if not known"`
	Citation     *string               `json:"citation" example:"中华人民共和国民政部" doc:"Who says so"`
}

func newInstrument(r *registry.InstrumentRecord) Instrument {
	i := Instrument{
		ID: r.ID, Completeness: r.Completeness, Number: text(r.Number), Issuer: text(r.Issuer),
		Title: text(r.Title), Text: text(r.Text), Citation: text(r.Citation),
	}
	if r.IssuedKnown {
		i.IssuedOn = date(r.IssuedOn)
	}
	return i
}

// Event is what happened, with its paper.
type Event struct {
	ID          registry.EventID    `json:"id" example:"17" doc:"The identifier"`
	Class       registry.EventClass `json:"class" enum:"LEGAL,CORRECTION,SURVEY,REFINEMENT,BASELINE,RECODE,OBSERVATION" example:"LEGAL" doc:"What kind of act it is"`
	Type        registry.EventType  `json:"type" example:"CUSTODY" doc:"What happened"`
	EffectiveOn *string             `json:"effective_on" format:"date" example:"2020-06-19" doc:"From which day; null: since before the record"`
	Precision   registry.Precision  `json:"precision" enum:"DAY,YEAR" example:"DAY" doc:"YEAR: only the year is known, and the date stands for some day of it"`
	Note        *string             `json:"note" example:"代管关系变更" doc:"What more is known; null if nothing"`
	Instrument  Instrument          `json:"instrument" doc:"The paper it rests on"`
}

func newEvent(r *registry.EventRecord) Event {
	return Event{
		ID: r.ID, Class: r.Class, Type: r.Type, EffectiveOn: date(r.EffectiveOn),
		Precision: r.Precision, Note: text(r.Note), Instrument: newInstrument(&r.Instrument),
	}
}

func (s *server) eventRoutes() {
	onLife(s, huma.Operation{
		OperationID: "getEvent", Path: "/api/events/{id}", Tags: []string{tagEvents},
		Summary:     "An event with its paper",
		Description: "What happened, on which instrument it rests, which versions of units it began and ended, and where territory went.",
	}, s.event)
	onLife(s, huma.Operation{
		OperationID: "listChanges", Path: "/api/changes", Tags: []string{tagEvents},
		Summary:     "The days on which something changed",
		Description: "Every day on which units of a level or above changed, with the events of that day in short: the notches of a time bar.",
	}, s.changes)
}

// EventAnswer answers with one event.
type EventAnswer struct {
	Answer
	Event   Event     `json:"event" doc:"The event"`
	Began   []Version `json:"began" doc:"The versions of units it began"`
	Ended   []Version `json:"ended" doc:"The versions of units it ended"`
	Lineage []Edge    `json:"lineage" doc:"Where territory and population went"`
	Links   []Link    `json:"links" doc:"self"`
}

// Edge is one edge of an event with both its ends.
type Edge struct {
	From            Ref               `json:"from" doc:"The earlier unit"`
	To              Ref               `json:"to" doc:"The later unit"`
	Relation        registry.Relation `json:"relation" enum:"CONTINUES,SPLIT_INTO,MERGED_INTO,PART_TRANSFERRED" example:"CONTINUES" doc:"What became of the earlier unit"`
	AreaShare       *float64          `json:"area_share" example:"0.25" doc:"The part of the area of the earlier unit that went this way, 0 to 1; null if not known"`
	PopulationShare *float64          `json:"population_share" example:"0.4" doc:"The part of its population, 0 to 1; null if not known"`
}

func (s *server) event(c *call, m *moment, in *LifeInput) (*EventAnswer, error) {
	e, err := s.reg.Event(c.ctx(), registry.EventID(in.id), m.at.Recorded)
	if err != nil {
		return nil, err
	}
	return &EventAnswer{
		Answer: m.ofLife(), Event: newEvent(&e.EventRecord), Began: each(e.Began, c.version), Ended: each(e.Ended, c.version),
		Lineage: each(e.Lineage, newEdge), Links: []Link{c.self(typeJSON)},
	}, nil
}

func newEdge(e *registry.EventEdge) Edge {
	return Edge{From: newRef(&e.From), To: newRef(&e.To), Relation: e.Relation,
		AreaShare: e.AreaShare, PopulationShare: e.PopulationShare}
}

// ChangesInput are the parameters of the days of change.
type ChangesInput struct {
	Recorded
	Level levelParam `query:"level" example:"county" doc:"The lowest level whose changes count. Default: county"`
	level registry.Level
}

func (in *ChangesInput) parse(now time.Time) error {
	err := in.Recorded.parse(now)
	level, levelErr := parseLevel(in.Level, registry.LevelCounty)
	in.level = level
	return errors.Join(err, levelErr)
}

// Changes answers with days of change.
type Changes struct {
	Answer
	Days  []ChangeDay `json:"days" doc:"The days, in order of time"`
	Links []Link      `json:"links" doc:"self"`
}

// ChangeDay is a day on which something changed.
type ChangeDay struct {
	On     *string       `json:"on" format:"date" example:"2020-06-19" doc:"The day; null: since before the record"`
	Events []ChangeEvent `json:"events" doc:"What happened on it"`
}

// ChangeEvent is an event in short.
type ChangeEvent struct {
	ID        registry.EventID    `json:"id" example:"17" doc:"The identifier; the whole event is at /api/events/{id}"`
	Class     registry.EventClass `json:"class" example:"LEGAL" doc:"What kind of act it is"`
	Type      registry.EventType  `json:"type" example:"CUSTODY" doc:"What happened"`
	Precision registry.Precision  `json:"precision" enum:"DAY,YEAR" example:"DAY" doc:"YEAR: only the year is known"`
	Number    *string             `json:"number" example:"国函〔2020〕84号" doc:"The number of its instrument; null if not known"`
	Title     *string             `json:"title" example:"国务院关于同意吉林省调整长春市、四平市行政区划的批复" doc:"The title of its instrument; null if not known"`
	Note      *string             `json:"note" example:"代管关系变更" doc:"What more is known; null if nothing"`
}

func newChangeDay(d *registry.DayOfChange) ChangeDay {
	return ChangeDay{On: date(d.On), Events: each(d.Events, newChangeEvent)}
}

func newChangeEvent(e *registry.EventRecord) ChangeEvent {
	return ChangeEvent{ID: e.ID, Class: e.Class, Type: e.Type, Precision: e.Precision,
		Number: text(e.Instrument.Number), Title: text(e.Instrument.Title), Note: text(e.Note)}
}

func (s *server) changes(c *call, m *moment, in *ChangesInput) (*Changes, error) {
	found, err := s.reg.Changes(c.ctx(), in.level, m.at.Recorded)
	if err != nil {
		return nil, err
	}
	return &Changes{Answer: m.ofLife(), Days: each(found, newChangeDay), Links: []Link{c.self(typeJSON)}}, nil
}
