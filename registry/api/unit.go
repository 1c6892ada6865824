package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
)

// Ref names a unit as it was at the instant.
type Ref struct {
	ID    registry.UnitID `json:"id" example:"42" doc:"The identifier, for life"`
	Name  string          `json:"name" example:"公主岭市" doc:"The full name"`
	Level string          `json:"level" example:"county" doc:"province, prefecture, county, township, village, or outside"`
	Code  *string         `json:"code" example:"220184000000" doc:"12 digits; null if it bore none"`
}

func newRef(u *registry.UnitRef) Ref {
	return Ref{ID: u.ID, Name: u.Name, Level: u.Level.String(), Code: text(u.Code)}
}

// text writes a text that may be absent, nil for "".
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Version is what a unit was during a period. It is flat, so that it fits the
// attribute table of a GIS.
type Version struct {
	ID            registry.UnitID   `json:"id" example:"42" doc:"The identifier, for life, across names, codes and superiors"`
	Code          *string           `json:"code" example:"220184000000" doc:"12 digits; null if it bore none"`
	Name          string            `json:"name" example:"公主岭市" doc:"The full name"`
	Specific      string            `json:"specific" example:"公主岭" doc:"The specific element of the name (专名)"`
	Generic       string            `json:"generic" example:"市" doc:"The generic element of the name (通名)"`
	Level         string            `json:"level" example:"county" doc:"province, prefecture, county, township or village"`
	Type          registry.UnitType `json:"type" example:"COUNTY_CITY" doc:"The kind of unit in law (建制类型)"`
	SuperiorID    *registry.UnitID  `json:"superior_id" example:"2" doc:"The unit it belongs to; null at the top"`
	SuperiorName  *string           `json:"superior_name" example:"吉林省" doc:"Its name"`
	CustodianID   *registry.UnitID  `json:"custodian_id" example:"7" doc:"The unit that administers it in custody (代管); null if none"`
	CustodianName *string           `json:"custodian_name" example:"长春市" doc:"Its name"`
	Seat          *string           `json:"seat" example:"东三街道" doc:"Where its government sits; null if not known"`
	Autonomous    bool              `json:"autonomous" example:"false" doc:"Whether it has ethnic autonomy"`
	ValidFrom     *string           `json:"valid_from" format:"date" example:"2020-06-19" doc:"The first day of this version; null: since before the record"`
	ValidTo       *string           `json:"valid_to" format:"date" example:"2024-01-01" doc:"The first day on which it is no longer so; null: until further notice"`
	BeganBy       registry.EventID  `json:"began_by" example:"17" doc:"The event that began this version"`
	BeganByHref   string            `json:"began_by_href" format:"uri" example:"https://jieming.example/api/events/17" doc:"That event"`
	EndedBy       *registry.EventID `json:"ended_by" example:"31" doc:"The event that ended it; null while it lasts"`
	Basis         registry.Basis    `json:"basis" enum:"SURVEYED,PUBLISHED,RECAST,NOT_KNOWN" example:"PUBLISHED" doc:"On what it rests: a boundary survey, a published list or map, a later state carried back, or nothing"`
}

// Unit is a unit on a day.
type Unit struct {
	Version
	Areal      bool            `json:"areal" example:"true" doc:"Whether it has an area of its own on the day; if not, it is only listed"`
	Incomplete bool            `json:"incomplete" example:"false" doc:"Whether part of its area is not known on the day; see the collection unrefined-areas"`
	AreaBasis  *registry.Basis `json:"area_basis" enum:"SURVEYED,PUBLISHED,RECAST,NOT_KNOWN" example:"RECAST" doc:"On what the area rests: RECAST where the lines of a later map are carried back and regrouped by who held what; null if not areal"`
	AreaM2     *float64        `json:"area_m2" example:"4057700000" doc:"The area in square metres on the ellipsoid, of the known part where it is incomplete; null if not areal"`
}

func (c *call) version(u *registry.Unit) Version {
	v := Version{
		ID: u.ID, Code: text(u.Code), Name: u.Name, Specific: u.Specific, Generic: u.Generic,
		Level: u.Level.String(), Type: u.Type, Seat: text(u.Seat), Autonomous: u.Autonomous,
		ValidFrom: date(u.Valid.From), ValidTo: date(u.Valid.To),
		BeganBy: u.BeganBy, BeganByHref: c.base + eventPath(u.BeganBy), EndedBy: unlessZero(u.EndedBy), Basis: u.Basis,
	}
	if s := u.Superior; s != nil {
		v.SuperiorID, v.SuperiorName = &s.ID, &s.Name
	}
	if s := u.Custodian; s != nil {
		v.CustodianID, v.CustodianName = &s.ID, &s.Name
	}
	return v
}

func (c *call) unit(u *registry.Unit) Unit {
	unit := Unit{Version: c.version(u), Areal: u.Areal, Incomplete: u.Incomplete}
	if u.Areal {
		unit.AreaM2, unit.AreaBasis = &u.AreaM2, &u.AreaBasis
	}
	return unit
}

// each turns a list from the registry into one of the API, never null.
func each[R, A any](list []R, turn func(*R) A) []A {
	out := make([]A, len(list))
	for i := range list {
		out[i] = turn(&list[i])
	}
	return out
}

// unlessZero is nil for zero, which stands for "none".
func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

const divisions = "divisions"

// DivisionsInput are the parameters of the collection of divisions.
type DivisionsInput struct {
	Page
	Level  levelParam `query:"level" example:"county" doc:"Only units of this level. Without it all levels come, whose areas overlap"`
	Parent idParam    `query:"parent" example:"7" doc:"Only units directly below the unit with this identifier: in its custody, or subordinate and in nobody's custody"`
	Code   string     `query:"code" example:"220184" pattern:"^[0-9]{2,12}$" doc:"Only the unit that bears this code on the day: 2 to 12 digits, zeros at the end optional"`
	level  registry.Level
	parent int64
}

func (in *DivisionsInput) parse(now time.Time) error {
	err := in.Page.parse(now)
	var levelErr, parentErr error
	in.level, levelErr = parseLevel(in.Level, registry.LevelOutside) // which selects every level
	in.parent, parentErr = parseID("parent", in.Parent)
	return errors.Join(err, levelErr, parentErr, checkCode(in.Code))
}

func (s *server) divisions(c *call, m *moment, in *DivisionsInput) error {
	q := registry.UnitQuery{
		At: m.at, Level: in.level, Parent: registry.UnitID(in.parent), Code: in.Code, Box: in.box,
		After: registry.UnitID(in.after), Limit: in.limit + 1, Geometry: true,
	}
	return c.writePage(m, &in.Page, divisions, func(p *page) error {
		return s.reg.Units(c.ctx(), q, func(u *registry.Unit) error {
			return p.add(int64(u.ID), number(u.ID), c.unit(u), u.WKB)
		})
	})
}

func (s *server) divisionItem(c *call, m *moment, in *ItemInput) (*FeatureDocument[Unit], error) {
	u, err := s.findUnit(c.ctx(), m, registry.UnitID(in.id), true)
	if err != nil {
		return nil, err
	}
	return newDocument(c, m, divisions, number(u.ID), c.unit(u), u.WKB, c.unitLinks(u)...)
}

// findUnit looks up a unit, and says so when the day lies before the record.
func (s *server) findUnit(ctx context.Context, m *moment, id registry.UnitID, geometry bool) (*registry.Unit, error) {
	if m.early() != "" {
		return nil, m.unknownThen()
	}
	return s.reg.Unit(ctx, id, m.at, geometry)
}

func (c *call) unitLinks(u *registry.Unit) []Link {
	return []Link{
		c.link("alternate", typeHTML, c.onSameDay(unitPage(u.ID)), "The unit as a page"),
		c.link("related", typeJSON, c.inSamePublication(unitPath(u.ID)+"/history"), "Its whole life"),
		c.link("related", typeJSON, c.inSamePublication(eventPath(u.BeganBy)), "The event that began this version"),
	}
}

func (s *server) unitRoutes() {
	onDay(s, huma.Operation{
		OperationID: "findUnits", Path: "/api/units", Tags: []string{tagUnits},
		Summary:     "Who bore a code on a day",
		Description: "The unit that bore a division code on a day, as a list of one or none: a code belongs to one unit on any day. To list units, see /ogc/collections/divisions/items.",
	}, s.unitsByCode)
	onDay(s, huma.Operation{
		OperationID: "getUnit", Path: "/api/units/{id}", Tags: []string{tagUnits},
		Summary:     "A unit on a day",
		Description: "What a unit was on a day, without its geometry. 404 if it did not exist then.",
	}, s.unitByID)
	onLife(s, huma.Operation{
		OperationID: "getUnitHistory", Path: "/api/units/{id}/history", Tags: []string{tagUnits},
		Summary:     "The whole life of a unit",
		Description: "All versions and codes of a unit, its predecessors and successors with shares where they are known, and each event that touched it with its instrument.",
	}, s.unitHistory)
}

// UnitsInput asks who bore a code.
type UnitsInput struct {
	Clocks
	Code string `query:"code" required:"true" example:"220184" pattern:"^[0-9]{2,12}$" doc:"The code: 2 to 12 digits, zeros at the end optional"`
}

func (in *UnitsInput) parse(now time.Time) error {
	return errors.Join(in.Clocks.parse(now), required("code", in.Code, "220184"), checkCode(in.Code))
}

// UnitList answers with units.
type UnitList struct {
	Answer
	Units []Unit `json:"units" doc:"The units, in order of identifier"`
	Links []Link `json:"links" doc:"self"`
}

func (s *server) unitsByCode(c *call, m *moment, in *UnitsInput) (*UnitList, error) {
	list := &UnitList{Answer: m.ofDay(), Units: []Unit{}, Links: []Link{c.self(typeJSON)}}
	if m.early() != "" {
		return list, nil
	}
	u, err := s.reg.UnitByCode(c.ctx(), in.Code, m.at)
	switch registry.KindOf(err) {
	case "":
		list.Units = append(list.Units, c.unit(u))
	case registry.KindNotFound:
		list.Statement = fmt.Sprintf("No unit bore the code %s on %s.", in.Code, m.at.Valid)
	default:
		return nil, err
	}
	return list, nil
}

// UnitAnswer answers with one unit.
type UnitAnswer struct {
	Answer
	Unit  Unit   `json:"unit" doc:"The unit as it was on the day"`
	Links []Link `json:"links" doc:"self, and related documents"`
}

func (s *server) unitByID(c *call, m *moment, in *ItemInput) (*UnitAnswer, error) {
	u, err := s.findUnit(c.ctx(), m, registry.UnitID(in.id), false)
	if err != nil {
		return nil, err
	}
	geometry := c.link("alternate", typeGeoJSON, c.onSameDay(itemsPath(divisions)+"/"+number(u.ID)), "The unit with its geometry")
	links := append([]Link{c.self(typeJSON), geometry}, c.unitLinks(u)...)
	return &UnitAnswer{Answer: m.ofDay(), Unit: c.unit(u), Links: links}, nil
}
