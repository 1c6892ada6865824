package api

import (
	"errors"
	"time"

	"jieming/registry"
)

// LifeInput names a thing whose whole life is asked for.
type LifeInput struct {
	Recorded
	ID idParam `path:"id" example:"42" doc:"The identifier"`
	id int64
}

func (in *LifeInput) parse(now time.Time) error {
	err := in.Recorded.parse(now)
	id, idErr := parseID("id", in.ID)
	in.id = id
	return errors.Join(err, idErr)
}

// History is the whole life of a unit.
type History struct {
	Answer
	Unit         registry.UnitID `json:"unit" example:"42" doc:"The identifier of the unit"`
	Versions     []Version       `json:"versions" doc:"What it was, in order of time"`
	Codes        []Code          `json:"codes" doc:"The codes it bore, in order of time"`
	Predecessors []Lineage       `json:"predecessors" doc:"Units from which it came, wholly or in part"`
	Successors   []Lineage       `json:"successors" doc:"Units into which it went, wholly or in part"`
	Events       []Event         `json:"events" doc:"Every event that touched it, in order of date"`
	Links        []Link          `json:"links" doc:"self, and related documents"`
}

// Code is a period in which a unit bore a code.
type Code struct {
	Code          string            `json:"code" example:"220184000000" doc:"12 digits"`
	State         string            `json:"state" example:"PUBLISHED" doc:"RESERVED, ASSIGNED, PUBLISHED or RETIRED"`
	ValidFrom     *string           `json:"valid_from" format:"date" example:"2020-06-19" doc:"The first day; null: since before the record"`
	ValidTo       *string           `json:"valid_to" format:"date" example:"2024-01-01" doc:"The first day on which it is no longer so; null: until further notice"`
	BeganBy       registry.EventID  `json:"began_by" example:"17" doc:"The event that gave the code"`
	EndedBy       *registry.EventID `json:"ended_by" example:"31" doc:"The event that took it; null while it lasts"`
	Reuse         int16             `json:"reuse" example:"0" doc:"0 for the first bearer of a code, 1 for the second, and so on"`
	ReuseCitation *string           `json:"reuse_citation" example:"yearly list of 1983" doc:"Who says that a code was used again; null if it was not"`
}

func newCode(p *registry.CodePeriod) Code {
	return Code{
		Code: p.Code, State: p.State, ValidFrom: date(p.Valid.From), ValidTo: date(p.Valid.To),
		BeganBy: p.BeganBy, EndedBy: unlessZero(p.EndedBy), Reuse: p.Reuse, ReuseCitation: text(p.ReuseCitation),
	}
}

// Lineage is one edge of an event, seen from a unit.
type Lineage struct {
	Event           registry.EventID  `json:"event" example:"17" doc:"The event"`
	Unit            Ref               `json:"unit" doc:"The other unit, as named at the event"`
	Relation        registry.Relation `json:"relation" enum:"CONTINUES,SPLIT_INTO,MERGED_INTO,PART_TRANSFERRED" example:"CONTINUES" doc:"What became of the earlier unit"`
	AreaShare       *float64          `json:"area_share" example:"0.25" doc:"The part of the area of the earlier unit that went this way, 0 to 1; null if not known"`
	PopulationShare *float64          `json:"population_share" example:"0.4" doc:"The part of its population, 0 to 1; null if not known"`
	Note            *string           `json:"note" example:"the townships east of the river" doc:"What more is known; null if nothing"`
}

func newLineage(e *registry.LineageEdge) Lineage {
	return Lineage{Event: e.Event, Unit: newRef(&e.Unit), Relation: e.Relation,
		AreaShare: e.AreaShare, PopulationShare: e.PopulationShare, Note: text(e.Note)}
}

func (s *server) unitHistory(c *call, m *moment, in *LifeInput) (*History, error) {
	id := registry.UnitID(in.id)
	h, err := s.reg.History(c.ctx(), id, m.at.Recorded)
	if err != nil {
		return nil, err
	}
	return &History{
		Answer: m.ofLife(), Unit: h.Unit, Versions: each(h.Versions, c.version), Codes: each(h.Codes, newCode),
		Predecessors: each(h.Predecessors, newLineage), Successors: each(h.Successors, newLineage), Events: each(h.Events, newEvent),
		Links: []Link{c.self(typeJSON), c.link("alternate", typeHTML, c.inSamePublication(unitPage(id)), "The unit as a page")},
	}, nil
}
