package api

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jieming/registry"
)

// The parameters reach the registry as they are meant.
func TestSearch_parameters(t *testing.T) {
	f := newFake()
	s := newServer(f, testOptions())
	found := get[Search](t, s, "/api/search?q="+url.QueryEscape(" 公主 ")+"&kind=unit&generic="+url.QueryEscape("市")+"&within=1&limit=1000&datetime=2021-01-01")
	want := registry.SearchQuery{At: registry.Instant{Valid: registry.Date(2021, 1, 1), Recorded: 20}, Text: " 公主 ", Kind: registry.SearchUnit,
		Generic: "市", Within: 1, Limit: 50}
	if diff := cmp.Diff(want, f.searched); diff != "" {
		t.Error(diff)
	}
	if found.Instant.Datetime != "2021-01-01" || !found.More || len(found.Generics) != 1 || len(found.Links) != 1 {
		t.Errorf("%+v", found)
	}
	get[Search](t, s, "/api/search?q=x")
	if f.searched.Limit != 10 {
		t.Errorf("limit %d", f.searched.Limit)
	}
	if early := get[Search](t, s, "/api/search?q=x&datetime=1950-01-01"); len(early.Items) != 0 || early.Statement == "" {
		t.Errorf("before the record: %+v", early)
	}
}

// What is not known is null; what is of another time says so and leads where
// it can be read.
func TestSearch_hits(t *testing.T) {
	items := get[Search](t, newServer(newFake(), testOptions()), "/api/search?q=x&datetime=2021-01-01").Items
	if len(items) != 5 {
		t.Fatalf("%d items", len(items))
	}
	unit, former, gone, place, placeGone := items[0], items[1], items[2], items[3], items[4]
	if unit.ID != 4 || *unit.Level != "county" || *unit.Code != "220184000000" || unit.Category != nil || unit.OtherName != nil || unit.OtherValidTo != nil ||
		!slices.Equal(unit.BBox, []float64{124, 43, 125, 44}) || !slices.Equal(unit.Point, []float64{124.5, 43.5}) ||
		!strings.HasSuffix(*unit.Href, "/api/units/4?datetime=2021-01-01") || *unit.ValidFrom != "2020-06-19" || unit.ValidTo != nil {
		t.Errorf("unit %+v", unit)
	}
	if former.Matched != registry.ByFormer || *former.OtherName != "怀德县" || former.OtherValidFrom != nil || *former.OtherValidTo != "1985-02-04" {
		t.Errorf("former %+v", former)
	}
	if gone.Current || gone.Point != nil || gone.At != nil || gone.BBox != nil || gone.Roman != nil || gone.Code != nil || !strings.HasSuffix(*gone.Href, "/api/units/5/history") {
		t.Errorf("gone %+v", gone)
	}
	if place.ID != 7 || place.Level != nil || place.Type != nil || *place.Category != "山" || len(place.Chain) != 0 ||
		!strings.HasSuffix(*place.Href, "/ogc/collections/places/items/7?datetime=2021-01-01") || placeGone.Href != nil {
		t.Errorf("place %+v", place)
	}
}

func TestSearch_problems(t *testing.T) {
	s := newServer(newFake(), testOptions())
	for target, parameter := range map[string]string{
		"":                                     "q",
		"q=":                                   "q",
		"q=" + strings.Repeat("x", 65):         "q",
		"q=x&kind=town":                        "kind",
		"q=x&within=0":                         "within",
		"q=x&limit=0":                          "limit",
		"q=x&limit=ten":                        "limit",
		"q=x&level=county":                     "level",
		"q=x&q=y":                              "q",
		"q=x&datetime=yesterday":               "datetime",
		"q=x&recorded-as-of=2026-06-30":        "recorded-as-of",
		"q=x&recorded-as-of=2999-01-01T00:00Z": "recorded-as-of",
	} {
		w := ask(t, s, "GET", "/api/search?"+target)
		p := problemIn(t, w)
		if w.Code != 400 || len(p.Errors) != 1 || p.Errors[0].Parameter != parameter {
			t.Errorf("%s: %d %+v", target, w.Code, p)
		}
	}
}

// A search keeps its answer: the day, the publication and the parameters name it.
func TestSearch_conditional(t *testing.T) {
	s := newServer(newFake(), testOptions())
	first := ask(t, s, "GET", "/api/search?q=x")
	again := ask(t, s, "GET", "/api/search?q=x", "If-None-Match", first.Header().Get("ETag"))
	other := ask(t, s, "GET", "/api/search?q=xy", "If-None-Match", first.Header().Get("ETag"))
	if again.Code != 304 || other.Code != 200 {
		t.Errorf("%d, %d", again.Code, other.Code)
	}
}

// On the sample: today's name, a former one, a former code, and what is below.
func TestStore_search(t *testing.T) {
	s := onSample(t)
	for q, want := range map[string]Hit{
		"公主岭":         {Name: "公主岭市", Matched: registry.BySpecific},
		"gongzhuling": {Name: "公主岭市", Matched: registry.ByPinyin},
		"gzl":         {Name: "公主岭市", Matched: registry.ByInitials},
		"怀德县":         {Name: "公主岭市", Matched: registry.ByFormer, OtherName: pointer("怀德县")},
		"220381":      {Name: "公主岭市", Matched: registry.ByCode, OtherCode: pointer("220381000000")},
		"220184":      {Name: "公主岭市", Matched: registry.ByCode},
	} {
		found := get[Search](t, s, "/api/search?kind=unit&datetime=2023-01-01&q="+url.QueryEscape(q))
		if len(found.Items) == 0 {
			t.Errorf("%s finds nothing", q)
			continue
		}
		first := found.Items[0]
		got := Hit{Name: first.Name, Matched: first.Matched, OtherName: first.OtherName, OtherCode: first.OtherCode}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", q, diff)
		}
		if first.At == nil || first.BBox == nil || len(first.Chain) == 0 || first.Chain[0].Name != "吉林省" {
			t.Errorf("%s: %+v", q, first)
		}
	}
}
