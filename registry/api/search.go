package api

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"jieming/registry"
)

func (s *server) searchRoutes() {
	onDay(s, huma.Operation{
		OperationID: "search", Path: "/api/search", Tags: []string{tagUnits},
		Summary: "Search by name or code, as one types",
		Description: "Units, villages and places whose name begins with what was typed so far or contains it, the best first: whole names and specific elements before beginnings, beginnings before what is inside, higher levels before lower ones. " +
			"It may be typed in characters, in pinyin (with or without tone marks), as initials, or as the first digits of a code. " +
			"Names and codes of another time are found, too: the answer shows what stands for them on the day, and says by which name it was found.",
	}, s.search)
}

const defaultHits = 10

type (
	hitsParam string
	kindParam string
)

// Schema describes the parameter.
func (hitsParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Minimum: pointer(1.0), Maximum: pointer(float64(registry.LargestSearch)), Default: defaultHits}
}

// Schema describes the parameter.
func (kindParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{registry.SearchUnit, registry.SearchVillage, registry.SearchPlace}}
}

// SearchInput is what somebody has typed so far.
type SearchInput struct {
	Clocks
	Q       string    `query:"q" required:"true" example:"公主岭" minLength:"1" maxLength:"64" doc:"What was typed: characters, pinyin, initials, or 2 to 12 digits of a code"`
	Kind    kindParam `query:"kind" example:"unit" doc:"Only units from the province to the township, only villages, or only places"`
	Generic string    `query:"generic" example:"市" maxLength:"64" doc:"Only names with this generic element (通名)"`
	Within  idParam   `query:"within" example:"1" doc:"Only what lies below the unit with this identifier"`
	Limit   hitsParam `query:"limit" example:"10" doc:"How many hits at most; a larger number means the largest"`
	query   registry.SearchQuery
}

func (in *SearchInput) parse(now time.Time) error {
	err := errors.Join(in.Clocks.parse(now), required("q", in.Q, "公主岭"))
	within, withinErr := parseID("within", in.Within)
	hits, hitsErr := parseHits(in.Limit)
	in.query = registry.SearchQuery{Text: in.Q, Kind: registry.SearchKind(in.Kind), Generic: in.Generic, Within: registry.UnitID(within), Limit: hits}
	if in.Q == "" || hitsErr != nil {
		return errors.Join(err, withinErr, hitsErr)
	}
	return errors.Join(err, withinErr, in.query.Check())
}

// parseHits reads the number of hits wanted.
func parseHits(s hitsParam) (int, error) {
	if s == "" {
		return defaultHits, nil
	}
	n, err := strconv.ParseUint(string(s), 10, 32)
	if err != nil || n == 0 {
		return 0, registry.Invalid("limit", fmt.Sprintf("%.60q is not a number of hits; write 1 to %d", string(s), registry.LargestSearch))
	}
	return int(min(n, registry.LargestSearch)), nil
}

// Search answers with what was found.
type Search struct {
	Answer
	Items    []Hit          `json:"items" doc:"What was found, the best first"`
	Generics []GenericCount `json:"generics" doc:"The generic elements among the best hits, the most frequent first, to choose one of; counted as if generic had not been given"`
	More     bool           `json:"more" example:"false" doc:"Whether there is more than items"`
	Links    []Link         `json:"links" doc:"self"`
}

// GenericCount is how often a generic element is found.
type GenericCount struct {
	Generic string `json:"generic" example:"镇" doc:"The generic element"`
	Count   int    `json:"count" example:"5" doc:"How many of the best hits have it"`
}

// Hit is one thing found, as it was on the day; if it did not exist then, as it
// was last before, or else first after.
type Hit struct {
	Kind           registry.SearchKind  `json:"kind" enum:"unit,village,place" example:"unit" doc:"What it is"`
	ID             int64                `json:"id" example:"42" doc:"The identifier, of a unit or village among units, of a place among places"`
	Name           string               `json:"name" example:"公主岭市" doc:"The full name; of a place that has no other, the Roman one"`
	Specific       string               `json:"specific" example:"公主岭" doc:"The specific element of the name (专名); of a place the whole"`
	Generic        string               `json:"generic" example:"市" doc:"The generic element of the name (通名); empty for a place"`
	Roman          *string              `json:"roman" example:"Gongzhuling Shi" doc:"The name in Roman letters; null if its reading is not certain"`
	Level          *string              `json:"level" example:"county" doc:"province, prefecture, county, township or village; null for a place"`
	Type           *registry.UnitType   `json:"type" example:"COUNTY_CITY" doc:"The kind of unit in law (建制类型); null for a place"`
	Category       *string              `json:"category" example:"SETTLEMENT" doc:"What a place is; null for others"`
	Code           *string              `json:"code" example:"220184000000" doc:"12 digits; null if it bore none"`
	Chain          []Above              `json:"chain" doc:"What it lies in, from the province down"`
	Point          []float64            `json:"point" nullable:"true" example:"[124.82,43.5]" doc:"Longitude and latitude in degrees: of a place, or of the label of an area; null if it has neither"`
	At             []float64            `json:"at" nullable:"true" example:"[124.82,43.5]" doc:"Where to look for it: point, or else the label of at_of; null if none is known"`
	AtOf           *Above               `json:"at_of,omitempty" doc:"Whose place at is, where its own is not known: the largest of the units it became, or else the finest unit around it that has an area. Absent where at is its own"`
	BBox           []float64            `json:"bbox" nullable:"true" example:"[124.1,43.1,125.3,44.2]" doc:"West, south, east and north of its area, in degrees; null if it has none"`
	ValidFrom      *string              `json:"valid_from" format:"date" example:"2020-06-19" doc:"The first day of the version shown; null: since before the record"`
	ValidTo        *string              `json:"valid_to" format:"date" example:"2024-01-01" doc:"The first day on which it is no longer so; null: until further notice"`
	Current        bool                 `json:"current" example:"true" doc:"Whether it exists on the day"`
	Matched        registry.SearchMatch `json:"matched" enum:"name,specific,former,later,pinyin,initials,code" example:"specific" doc:"By what it was found; former and later are names of another time, however they were typed"`
	OtherName      *string              `json:"other_name" example:"怀德县" doc:"With former and later: the name that was found"`
	OtherCode      *string              `json:"other_code" example:"220381000000" doc:"With code: the code that was found, where it is not that of the day"`
	OtherValidFrom *string              `json:"other_valid_from" format:"date" example:"1981-12-31" doc:"The first day on which it bore that name or code; null also if there is none"`
	OtherValidTo   *string              `json:"other_valid_to" format:"date" example:"1985-02-04" doc:"The first day on which it no longer did; null also if there is none"`
	Href           *string              `json:"href" format:"uri" example:"https://jieming.example/api/units/42" doc:"The same with all that is known, or its history if it does not exist on the day; null if there is neither"`
}

// Above is a unit that something lies in.
type Above struct {
	ID    registry.UnitID `json:"id" example:"7" doc:"The identifier"`
	Name  string          `json:"name" example:"长春市" doc:"The full name"`
	Level string          `json:"level" example:"prefecture" doc:"Its level"`
}

func (s *server) search(c *call, m *moment, in *SearchInput) (*Search, error) {
	answer := &Search{Answer: m.ofDay(), Items: []Hit{}, Generics: []GenericCount{}, Links: []Link{c.self(typeJSON)}}
	if m.early() != "" {
		return answer, nil
	}
	q := in.query
	q.At = m.at
	found, err := s.reg.Search(c.ctx(), q)
	if err != nil {
		return nil, err
	}
	answer.Items, answer.More = each(found.Hits, c.hit), found.More
	answer.Generics = each(found.Generics, func(g *registry.GenericCount) GenericCount { return GenericCount(*g) })
	return answer, nil
}

func (c *call) hit(h *registry.SearchHit) Hit {
	hit := Hit{
		Kind: h.Kind, ID: int64(h.Unit), Name: h.Name, Specific: h.Specific, Generic: h.Generic, Roman: text(h.Roman),
		Type: unlessZero(h.Type), Category: text(h.Category), Code: text(h.Code),
		Chain: each(h.Chain, func(u *registry.UnitRef) Above { return Above{u.ID, u.Name, u.Level.String()} }),
		Point: position(h.Point), At: position(h.At),
		ValidFrom: date(h.Valid.From), ValidTo: date(h.Valid.To), Current: h.Current,
		Matched: h.Matched, OtherName: text(h.OtherName), OtherCode: text(h.OtherCode), Href: c.hitHref(h),
	}
	if h.Place != 0 {
		hit.ID = int64(h.Place)
	} else {
		hit.Level = pointer(h.Level.String())
	}
	if h.AtOf != nil {
		hit.AtOf = &Above{h.AtOf.ID, h.AtOf.Name, h.AtOf.Level.String()}
	}
	if h.Box != nil {
		hit.BBox = []float64{h.Box.Min.Lon(), h.Box.Min.Lat(), h.Box.Max.Lon(), h.Box.Max.Lat()}
	}
	if h.OtherName != "" || h.OtherCode != "" {
		hit.OtherValidFrom, hit.OtherValidTo = date(h.OtherValid.From), date(h.OtherValid.To)
	}
	return hit
}

func position(p *orb.Point) []float64 {
	if p == nil {
		return nil
	}
	return []float64{p.Lon(), p.Lat()}
}

func (c *call) hitHref(h *registry.SearchHit) *string {
	switch {
	case h.Place != 0 && h.Current:
		return pointer(c.base + c.onSameDay(itemsPath(places)+"/"+number(h.Place)))
	case h.Place != 0:
		return nil
	case h.Current:
		return pointer(c.base + c.onSameDay(unitPath(h.Unit)))
	}
	return pointer(c.base + c.inSamePublication(unitPath(h.Unit)+"/history"))
}
