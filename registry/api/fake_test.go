package api

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
	"jieming/registry/export"
)

// fake is a registry in memory: two counties under a province, of which 公主岭市
// moves from 四平市 to 长春市 on 2020-06-19. Publications are by time.
type fake struct {
	registry.Registry
	publications []registry.Publication
	units        []registry.Unit
	places       int // how many places there are
	unrefined    []registry.Unrefined
	err          error // what every method answers, if set
	breakAfter   int   // features after which a stream breaks; 0 never
	last         registry.Instant
	searched     registry.SearchQuery
}

var released = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

func newFake() *fake {
	p := func(id int64, asOf registry.Seq, at time.Time) registry.Publication {
		return registry.Publication{ID: id, AsOf: asOf, ReleasedAt: at, DataDate: registry.Date(2023, 12, 31),
			Dataset: registry.Dataset{Name: "示例", Schematic: true, Attribution: "示意", Licence: "CC0", Source: "test", DataDate: registry.Date(2023, 12, 31)}}
	}
	f := &fake{places: 250, publications: []registry.Publication{p(1, 10, released.AddDate(-1, 0, 0)), p(2, 20, released)}}
	province := registry.UnitRef{ID: 1, Name: "吉林省", Level: registry.LevelProvince, Code: "220000000000"}
	changchun := registry.UnitRef{ID: 2, Name: "长春市", Level: registry.LevelPrefecture, Code: "220100000000"}
	siping := registry.UnitRef{ID: 3, Name: "四平市", Level: registry.LevelPrefecture, Code: "220300000000"}
	moved := registry.Date(2020, 6, 19)
	always := registry.Since(registry.Date(1981, 12, 31))
	f.units = []registry.Unit{
		{UnitRef: province, Type: registry.Province, Specific: "吉林", Generic: "省", Valid: always, BeganBy: 1, Areal: true, AreaBasis: registry.Published, AreaM2: 2e10, WKB: square(124, 43, 4)},
		{UnitRef: changchun, Type: registry.PrefectureCity, Superior: &province, Valid: always, BeganBy: 1, Areal: true, AreaBasis: registry.Published, AreaM2: 1e10, WKB: square(126, 43, 2)},
		{UnitRef: siping, Type: registry.PrefectureCity, Superior: &province, Valid: always, BeganBy: 1, Areal: true, AreaBasis: registry.Published, AreaM2: 1e10, WKB: square(124, 43, 2)},
		{UnitRef: registry.UnitRef{ID: 4, Name: "公主岭市", Level: registry.LevelCounty, Code: "220381000000"}, Type: registry.CountyCity, Superior: &province, Custodian: &siping,
			Valid: registry.Period{From: always.From, To: moved}, BeganBy: 1, EndedBy: 9, Basis: registry.Recast, Areal: true, AreaBasis: registry.Published, AreaM2: 4e9, WKB: square(124, 43, 1)},
		{UnitRef: registry.UnitRef{ID: 4, Name: "公主岭市", Level: registry.LevelCounty, Code: "220184000000"}, Type: registry.CountyCity, Superior: &province, Custodian: &changchun,
			Valid: registry.Since(moved), BeganBy: 9, Basis: registry.Published, Areal: true, AreaBasis: registry.Published, AreaM2: 4e9, WKB: square(124, 43, 1)},
		{UnitRef: registry.UnitRef{ID: 5, Name: "响水镇", Level: registry.LevelTownship}, Type: registry.Town, Valid: always, BeganBy: 1},
	}
	for i := range f.units {
		f.units[i].Basis = cmp.Or(f.units[i].Basis, registry.Published)
	}
	f.unrefined = []registry.Unrefined{{Holder: siping, Level: registry.LevelCounty, AreaM2: 1e9, WKB: square(125, 43, 1),
		Among: []registry.UnitRef{{ID: 4, Name: "公主岭市", Level: registry.LevelCounty}, {ID: 6, Name: "梨树县", Level: registry.LevelCounty}}}}
	return f
}

// square is a square of so many degrees as a MultiPolygon.
func square(lon, lat, size float64) []byte {
	ring := orb.Ring{{lon, lat}, {lon + size, lat}, {lon + size, lat + size}, {lon, lat + size}, {lon, lat}}
	return wkb.MustMarshal(orb.MultiPolygon{{ring}})
}

func (f *fake) Publication(_ context.Context, at time.Time) (*registry.Publication, error) {
	if f.err != nil {
		return nil, f.err
	}
	for _, p := range slices.Backward(f.publications) {
		if at.IsZero() || !p.ReleasedAt.After(at) {
			return &p, nil
		}
	}
	return nil, registry.NotFound("publication", at)
}

func (f *fake) Publications(context.Context) ([]registry.Publication, error) {
	return f.publications, f.err
}

func (f *fake) Units(_ context.Context, q registry.UnitQuery, yield func(*registry.Unit) error) error {
	f.last = q.At
	n := 0
	for _, u := range f.units {
		code := strings.TrimRight(q.Code, "0")
		if !u.Valid.Holds(q.At.Valid) || u.ID <= q.After || q.Level != 0 && u.Level != q.Level ||
			code != "" && strings.TrimRight(u.Code, "0") != code {
			continue
		}
		if f.breakAfter > 0 && n == f.breakAfter {
			return fmt.Errorf("the database went away")
		}
		if n++; q.Limit > 0 && n > q.Limit {
			return nil
		}
		if err := yield(&u); err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
	return nil
}

func (f *fake) Unit(_ context.Context, id registry.UnitID, at registry.Instant, _ bool) (*registry.Unit, error) {
	for _, u := range f.units {
		if u.ID == id && u.Valid.Holds(at.Valid) {
			return &u, f.err
		}
	}
	return nil, registry.NotFound("unit", id)
}

func (f *fake) UnitByCode(_ context.Context, code string, at registry.Instant) (*registry.Unit, error) {
	for _, u := range f.units {
		if u.Valid.Holds(at.Valid) && strings.TrimRight(u.Code, "0") == strings.TrimRight(code, "0") {
			return &u, nil
		}
	}
	return nil, registry.NotFound("unit", code)
}

func (f *fake) Places(_ context.Context, q registry.PlaceQuery, yield func(*registry.Place) error) error {
	f.last = q.At
	for id := q.After + 1; int(id) <= f.places && (q.Limit == 0 || int(id-q.After) <= q.Limit); id++ {
		p := f.place(id)
		if err := yield(&p); err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
	return nil
}

func (f *fake) place(id registry.PlaceID) registry.Place {
	return registry.Place{ID: id, Category: "山", Name: fmt.Sprintf("山%d", id), Point: orb.Point{125, 43 + float64(id)/1e4}, Valid: registry.Since(registry.NoStart)}
}

func (f *fake) Place(_ context.Context, id registry.PlaceID, _ registry.Instant) (*registry.Place, error) {
	if int(id) > f.places {
		return nil, registry.NotFound("place", id)
	}
	p := f.place(id)
	return &p, nil
}

func (f *fake) line() *registry.Line {
	return &registry.Line{ID: 1, Code: "2101", Name: "长四线", Level: registry.LevelPrefecture, A: f.units[1].UnitRef, B: f.units[2].UnitRef,
		Status: "CUSTOMARY", Valid: registry.Since(registry.NoStart), LengthM: 222_000, WKB: wkb.MustMarshal(orb.MultiLineString{{{126, 43}, {126, 45}}})}
}

func (f *fake) Lines(_ context.Context, q registry.LineQuery, yield func(*registry.Line) error) error {
	if q.After > 0 || q.Unit > 3 {
		return nil
	}
	return yield(f.line())
}

func (f *fake) Line(_ context.Context, id registry.LineID, _ registry.Instant) (*registry.Line, error) {
	if id != 1 {
		return nil, registry.NotFound("line", id)
	}
	return f.line(), nil
}

func (f *fake) Unrefined(_ context.Context, _ registry.Instant, level registry.Level, _ bool, yield func(*registry.Unrefined) error) error {
	for _, u := range f.unrefined {
		if u.Level != level {
			continue
		}
		if err := yield(&u); err != nil {
			return err
		}
	}
	return nil
}

// Search finds 公主岭市 by its code, 怀德县 as its former name, and a place.
func (f *fake) Search(_ context.Context, q registry.SearchQuery) (*registry.SearchResult, error) {
	f.last, f.searched = q.At, q
	if f.err != nil {
		return nil, f.err
	}
	label := orb.Point{124.5, 43.5}
	unit := registry.SearchHit{Kind: registry.SearchUnit, Unit: 4, Name: "公主岭市", Specific: "公主岭", Generic: "市", Roman: "Gongzhuling Shi",
		Level: registry.LevelCounty, Type: registry.CountyCity, Code: "220184000000", Chain: []registry.UnitRef{{ID: 1, Name: "吉林省", Level: registry.LevelProvince}},
		Point: &label, At: &label, Box: &orb.Bound{Min: orb.Point{124, 43}, Max: orb.Point{125, 44}}, Valid: registry.Since(registry.Date(2020, 6, 19)),
		Current: true, Matched: registry.BySpecific}
	former, gone := unit, unit
	former.Matched, former.OtherName, former.OtherValid = registry.ByFormer, "怀德县", registry.Period{From: registry.NoStart, To: registry.Date(1985, 2, 4)}
	gone.Unit, gone.Current, gone.Point, gone.At, gone.Box, gone.Roman, gone.Code = 5, false, nil, nil, nil, "", ""
	place := registry.SearchHit{Kind: registry.SearchPlace, Place: 7, Name: "公主山", Specific: "公主山", Category: "山", Point: &label, At: &label,
		Valid: registry.Since(registry.NoStart), Current: true, Matched: registry.ByName}
	goneBefore := place
	goneBefore.Place, goneBefore.Current = 8, false
	return &registry.SearchResult{Hits: []registry.SearchHit{unit, former, gone, place, goneBefore}, Generics: []registry.GenericCount{{Generic: "市", Count: 3}}, More: true}, nil
}

func (f *fake) Where(_ context.Context, p orb.Point, at registry.Instant) ([]registry.Whereabouts, error) {
	var found []registry.Whereabouts
	for _, w := range []struct {
		x     orb.Bound
		chain []registry.Unit
	}{
		{orb.Bound{Min: orb.Point{124, 43}, Max: orb.Point{126, 45}}, []registry.Unit{f.units[0], f.units[2]}},
		{orb.Bound{Min: orb.Point{126, 43}, Max: orb.Point{128, 45}}, []registry.Unit{f.units[0], f.units[1]}},
	} {
		if w.x.Contains(p) {
			found = append(found, registry.Whereabouts{Chain: w.chain, NotKnown: registry.LevelCounty, Among: f.unrefined[0].Among})
		}
	}
	return found, nil
}

func (f *fake) event() registry.EventRecord {
	return registry.EventRecord{ID: 9, Class: registry.Legal, Type: registry.Custody, EffectiveOn: registry.Date(2020, 6, 19), Precision: registry.PrecisionDay,
		Instrument: registry.InstrumentRecord{ID: 3, Instrument: registry.Instrument{Completeness: registry.NoScan, Number: "国函〔2020〕84号", Issuer: "国务院"}}}
}

func (f *fake) History(_ context.Context, id registry.UnitID, _ registry.Seq) (*registry.UnitHistory, error) {
	if id != 4 {
		return nil, registry.NotFound("unit", id)
	}
	return &registry.UnitHistory{Unit: id, Versions: f.units[3:5], Events: []registry.EventRecord{f.event()},
		Codes:        []registry.CodePeriod{{Code: "220381000000", State: "RETIRED", Valid: f.units[3].Valid, BeganBy: 1, EndedBy: 9}},
		Predecessors: []registry.LineageEdge{{Event: 1, Unit: registry.UnitRef{ID: 7, Name: "怀德县", Level: registry.LevelCounty}, Relation: registry.Continues, AreaShare: pointer(1.0)}}}, nil
}

func (f *fake) Event(_ context.Context, id registry.EventID, _ registry.Seq) (*registry.EventDetail, error) {
	if id != 9 {
		return nil, registry.NotFound("event", id)
	}
	return &registry.EventDetail{EventRecord: f.event(), Began: f.units[4:5], Ended: f.units[3:4],
		Lineage: []registry.EventEdge{{From: f.units[3].UnitRef, To: f.units[4].UnitRef, Relation: registry.Continues, AreaShare: pointer(1.0)}}}, nil
}

func (f *fake) Borders(_ context.Context, _ registry.Instant, yield func(*registry.Border) error) error {
	return yield(&registry.Border{ID: 1, Rank: registry.LevelPrefecture, Status: "CUSTOMARY", Left: f.units[2].UnitRef, Right: f.units[1].UnitRef,
		Valid: registry.Since(registry.NoStart), LengthM: 222_000, WKB: wkb.MustMarshal(orb.LineString{{126, 43}, {126, 45}})})
}

func (f *fake) Codes(_ context.Context, _ registry.Seq, yield func(*registry.CodeRecord) error) error {
	for i := range f.units[:5] {
		if err := yield(&registry.CodeRecord{Unit: f.units[i].UnitRef, Type: f.units[i].Type, Valid: f.units[i].Valid, Began: registry.EventPaper{Event: f.units[i].BeganBy}}); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) Lineage(_ context.Context, _ registry.Seq, yield func(*registry.LineageRecord) error) error {
	return yield(&registry.LineageRecord{Event: f.event(), EventEdge: registry.EventEdge{From: registry.UnitRef{ID: 7, Name: "怀德县"}, To: f.units[3].UnitRef, Relation: registry.Continues}})
}

func (f *fake) Changes(context.Context, registry.Level, registry.Seq) ([]registry.DayOfChange, error) {
	return []registry.DayOfChange{{On: registry.Date(2020, 6, 19), Events: []registry.EventRecord{f.event()}}}, nil
}

func (f *fake) Translate(_ context.Context, code string, from, to registry.Day, _ registry.Seq) (*registry.Translation, error) {
	if !strings.HasPrefix(code, "220381") {
		return nil, registry.NotFound("unit", code)
	}
	return &registry.Translation{Unit: f.units[3].UnitRef, From: from, To: to,
		Targets: []registry.TranslationTarget{{Unit: f.units[4].UnitRef, Share: pointer(1.0), Certain: true, Path: []registry.EventID{9}}, {Unit: f.units[1].UnitRef}}}, nil
}

func (f *fake) Reports(context.Context, registry.Seq) ([]registry.Report, error) {
	return []registry.Report{{Name: "codes-differ", Title: "代码不一致", TitleEn: "Codes that differ", Columns: []string{"code"}, Rows: [][]string{{"220121"}}}}, nil
}

// now is the clock of the tests.
func now() time.Time { return released.AddDate(0, 1, 0) }

func testOptions() Options {
	return Options{BaseURL: "https://jieming.example", Version: "test", Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Downloads: &Downloads{Registry: newFake(), Shelf: sharedShelf, Map: fakeMap}, Proofs: newFakeProofs()}
}

// sharedShelf is for tests that ask for a file of the fake, whatever it holds.
var sharedShelf *export.Shelf

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "jieming-api-test-")
	if err != nil {
		panic(err)
	}
	if sharedShelf, err = export.NewShelf(export.ShelfOptions{Dir: dir}); err != nil {
		panic(err)
	}
	status := m.Run()
	sharedShelf.Close()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// fakeMap makes a map of a few bytes.
func fakeMap(_ context.Context, e export.Edition, path string, progress func(done, total int)) error {
	progress(1, 2)
	return os.WriteFile(path, []byte("PMTiles "+e.Day.String()), 0o644)
}

// ask sends one request to a handler.
func ask(t testing.TB, h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
