package web

import (
	"context"
	"testing"
	"time"

	"jieming/registry"
)

// found answers every search with the same hits.
type found struct {
	registry.Registry
	hits []registry.SearchHit
}

func (f found) Publication(context.Context, time.Time) (*registry.Publication, error) {
	return &registry.Publication{AsOf: 7}, nil
}

func (f found) Search(context.Context, registry.SearchQuery) (*registry.SearchResult, error) {
	return &registry.SearchResult{Hits: f.hits}, nil
}

func (f found) History(_ context.Context, id registry.UnitID, _ registry.Seq) (*registry.UnitHistory, error) {
	edge := registry.LineageEdge{Unit: registry.UnitRef{ID: 1, Name: "德惠市"}}
	return &registry.UnitHistory{Unit: id, Successors: []registry.LineageEdge{edge, edge}}, nil
}

// Units of today are offered first and alone can be chosen; units that are no
// more are named after them with what followed.
func TestUnitField_offersUnitsOfToday(t *testing.T) {
	former := registry.SearchHit{Unit: 2, Name: "德惠地区", Code: "222500000000"}
	today := registry.SearchHit{Unit: 1, Name: "德惠市", Code: "220183000000", Current: true}
	for _, c := range []struct {
		text           string
		hits           []registry.SearchHit
		others, former int
	}{
		{"德惠", []registry.SearchHit{former, today}, 1, 1},
		{"222500", []registry.SearchHit{former}, 0, 1},
	} {
		s := &site{reg: found{hits: c.hits}}
		f, err := s.typedUnit(t.Context(), &View{}, c.text)
		if err != nil || len(f.Others) != c.others || len(f.Former) != c.former || f.ID != 0 {
			t.Fatalf("%s: %+v, %v", c.text, f, err)
		}
		if heirs := f.Former[0].Heirs; len(heirs) != 1 || heirs[0] != "德惠市" {
			t.Errorf("%s: followed by %v", c.text, heirs)
		}
	}
	f, err := (&site{reg: found{hits: []registry.SearchHit{former, today}}}).typedUnit(t.Context(), &View{}, "德惠市 220183")
	if err != nil || f.ID != 1 {
		t.Errorf("by name and code: %+v, %v", f, err)
	}
}
