package api

import (
	"errors"
	"time"

	"jieming/registry"
)

const boundaryLines = "boundary-lines"

// BoundaryLine is what is known of a legal boundary line on a day.
type BoundaryLine struct {
	ID              registry.LineID `json:"id" example:"3" doc:"The identifier, for life"`
	Code            *string         `json:"code" example:"2223" doc:"The code of the line; null if it has none"`
	Name            string          `json:"name" example:"吉黑线" doc:"Its name"`
	Level           string          `json:"level" example:"province" doc:"The level of the two units"`
	UnitAID         registry.UnitID `json:"unit_a_id" example:"2" doc:"The unit on one side"`
	UnitAName       string          `json:"unit_a_name" example:"吉林省" doc:"Its name"`
	UnitBID         registry.UnitID `json:"unit_b_id" example:"90" doc:"The unit on the other side"`
	UnitBName       string          `json:"unit_b_name" example:"黑龙江省" doc:"Its name"`
	Status          string          `json:"status" example:"CUSTOMARY" doc:"The weakest legal status of its parts: CUSTOMARY, AGREED, APPROVED or DISPUTED"`
	ValidFrom       *string         `json:"valid_from" format:"date" example:"1981-12-31" doc:"The first day; null: since before the record"`
	ValidTo         *string         `json:"valid_to" format:"date" example:"2024-01-01" doc:"The first day on which it is no longer so; null: until further notice"`
	LengthM         float64         `json:"length_m" example:"1124000" doc:"The length of its course in metres on the ellipsoid"`
	OfficialLengthM *float64        `json:"official_length_m" example:"1120000" doc:"Its official length in metres; null if not known"`
}

func newBoundaryLine(l *registry.Line) BoundaryLine {
	return BoundaryLine{
		ID: l.ID, Code: text(l.Code), Name: l.Name, Level: l.Level.String(),
		UnitAID: l.A.ID, UnitAName: l.A.Name, UnitBID: l.B.ID, UnitBName: l.B.Name,
		Status: l.Status, ValidFrom: date(l.Valid.From), ValidTo: date(l.Valid.To),
		LengthM: l.LengthM, OfficialLengthM: unlessZero(l.OfficialLengthM),
	}
}

// LinesInput are the parameters of the collection of boundary lines.
type LinesInput struct {
	Page
	Unit idParam `query:"unit" example:"2" doc:"Only lines of the unit with this identifier"`
	unit int64
}

func (in *LinesInput) parse(now time.Time) error {
	err := in.Page.parse(now)
	unit, unitErr := parseID("unit", in.Unit)
	in.unit = unit
	return errors.Join(err, unitErr)
}

func (s *server) lines(c *call, m *moment, in *LinesInput) error {
	q := registry.LineQuery{At: m.at, Unit: registry.UnitID(in.unit), Box: in.box,
		After: registry.LineID(in.after), Limit: in.limit + 1, Geometry: true}
	return c.writePage(m, &in.Page, boundaryLines, func(p *page) error {
		return s.reg.Lines(c.ctx(), q, func(l *registry.Line) error {
			return p.add(int64(l.ID), number(l.ID), newBoundaryLine(l), l.WKB)
		})
	})
}

func (s *server) lineItem(c *call, m *moment, in *ItemInput) (*FeatureDocument[BoundaryLine], error) {
	if m.early() != "" {
		return nil, m.unknownThen()
	}
	l, err := s.reg.Line(c.ctx(), registry.LineID(in.id), m.at)
	if err != nil {
		return nil, err
	}
	return newDocument(c, m, boundaryLines, number(l.ID), newBoundaryLine(l), l.WKB,
		c.link("related", typeJSON, c.onSameDay(unitPath(l.A.ID)), l.A.Name),
		c.link("related", typeJSON, c.onSameDay(unitPath(l.B.ID)), l.B.Name))
}
