package web

import (
	"context"
	"slices"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
)

// fake is a province of four square counties, made for these tests: 甲市 holds
// 一县 and 二市, 乙市 holds 三区; 二市 went from 乙市 to 甲市 on 2020-06-05;
// who held the fourth square before 2010 is not known, since then it is 四县.
type fake struct {
	err       error // what every method answers, if set
	published bool
	asked     map[string]int // how often a method was called
}

const (
	provinceID registry.UnitID = iota + 1
	jiaID
	yiID
	oneID
	twoID
	threeID
	fourID
	oldID  // 旧县, abolished 2010 into 四县
	townID // 镇, listed only
)

const moveID, replaceID, loadID registry.EventID = 20, 10, 1

var (
	moveDay    = registry.Date(2020, time.June, 5)
	replaceDay = registry.Date(2010, time.December, 31)
	startDay   = registry.Date(1981, time.December, 31)
)

func newFake() *fake { return &fake{published: true, asked: map[string]int{}} }

func (f *fake) ask(method string) error {
	f.asked[method]++
	return f.err
}

func square(col, row float64) []byte {
	x, y := 124+col, 43+row
	data, err := wkb.Marshal(orb.MultiPolygon{{{{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}, {x, y}}}})
	if err != nil {
		panic(err)
	}
	return data
}

func ref(id registry.UnitID, name string, level registry.Level, code string) registry.UnitRef {
	return registry.UnitRef{ID: id, Name: name, Level: level, Code: code}
}

var (
	province = ref(provinceID, "试省", registry.LevelProvince, "220000000000")
	jia      = ref(jiaID, "甲市", registry.LevelPrefecture, "220100000000")
	yi       = ref(yiID, "乙市", registry.LevelPrefecture, "220200000000")
)

// versions are all versions of all units.
func versions() []registry.Unit {
	from := func(d registry.Day) registry.Period { return registry.Since(d) }
	county := func(id registry.UnitID, name, code string, t registry.UnitType, above *registry.UnitRef, p registry.Period, began, ended registry.EventID) registry.Unit {
		return registry.Unit{
			UnitRef: ref(id, name, registry.LevelCounty, code), Type: t, Superior: &province, Custodian: above, Valid: p,
			BeganBy: began, EndedBy: ended, Basis: registry.Published, Areal: true, AreaM2: 8.9e9,
		}
	}
	out := []registry.Unit{
		{UnitRef: province, Type: registry.Province, Valid: from(startDay), BeganBy: loadID, Basis: registry.Published, Areal: true, AreaM2: 3.6e10},
		{UnitRef: jia, Type: registry.PrefectureCity, Superior: &province, Valid: from(startDay), BeganBy: loadID, Basis: registry.Published, Areal: true, AreaM2: 1.8e10, Label: orb.Point{125, 43.5}},
		{UnitRef: yi, Type: registry.PrefectureCity, Superior: &province, Valid: from(startDay), BeganBy: loadID, Basis: registry.Recast, Areal: true, AreaM2: 1.8e10, Label: orb.Point{125, 44.5}},
		county(oneID, "一县", "220121000000", registry.County, &jia, from(startDay), loadID, 0),
		county(twoID, "二市", "220281000000", registry.CountyCity, &yi, registry.Period{From: startDay, To: moveDay}, loadID, moveID),
		county(twoID, "二市", "220184000000", registry.CountyCity, &jia, from(moveDay), moveID, 0),
		county(threeID, "三区", "220202000000", registry.District, &yi, from(startDay), loadID, 0),
		county(fourID, "四县", "220222000000", registry.County, &yi, from(replaceDay), replaceID, 0),
		county(oldID, "旧县", "220221000000", registry.County, &yi, registry.Period{From: startDay, To: replaceDay}, loadID, replaceID),
		{UnitRef: ref(townID, "东<镇>", registry.LevelTownship, "220121100000"), Type: registry.Town, Superior: &registry.UnitRef{ID: oneID, Name: "一县", Level: registry.LevelCounty}, Valid: from(startDay), BeganBy: loadID, Basis: registry.Published},
	}
	for i := range out {
		u := &out[i]
		switch u.ID {
		case oneID:
			u.WKB, u.Label = square(0, 0), orb.Point{124.5, 43.5}
		case twoID:
			u.WKB, u.Label = square(1, 0), orb.Point{125.5, 43.5}
		case threeID:
			u.WKB, u.Label = square(0, 1), orb.Point{124.5, 44.5}
		case fourID:
			u.WKB, u.Label = square(1, 1), orb.Point{125.5, 44.5}
		case oldID:
			u.Areal, u.AreaM2 = false, 0
		}
	}
	return out
}

func events() map[registry.EventID]registry.EventRecord {
	return map[registry.EventID]registry.EventRecord{
		loadID: {ID: loadID, Class: registry.BaselineAct, Type: registry.FirstLoad, EffectiveOn: startDay, Precision: registry.PrecisionDay,
			Instrument: registry.InstrumentRecord{ID: 1, Instrument: registry.Instrument{Completeness: registry.Full, Title: "首次载入"}}},
		replaceID: {ID: replaceID, Class: registry.Legal, Type: registry.Replace, EffectiveOn: replaceDay, Precision: registry.PrecisionYear,
			Instrument: registry.InstrumentRecord{ID: 2, Instrument: registry.Instrument{Completeness: registry.Unknown}}},
		moveID: {ID: moveID, Class: registry.Legal, Type: registry.Custody, EffectiveOn: moveDay, Precision: registry.PrecisionDay,
			Instrument: registry.InstrumentRecord{ID: 3, Instrument: registry.Instrument{
				Completeness: registry.NoScan, Number: "试函〔2020〕84号", IssuedOn: moveDay, IssuedKnown: true, Issuer: "试院",
				Title: "关于二市代管关系的批复", Text: "将乙市代管的二市改由甲市代管。"}}},
	}
}

func (f *fake) Publication(_ context.Context, at time.Time) (*registry.Publication, error) {
	if err := f.ask("Publication"); err != nil {
		return nil, err
	}
	if !f.published || (!at.IsZero() && at.Year() < 2025) {
		return nil, registry.NotFound("publication", at)
	}
	return &registry.Publication{ID: 1, AsOf: 7, ReleasedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), DataDate: registry.Date(2023, 12, 31),
		Dataset: registry.Dataset{Name: "样本", Schematic: true, Source: "自制", Licence: "CC0", Attribution: "界名样本"}}, nil
}

func (f *fake) Publications(ctx context.Context) ([]registry.Publication, error) {
	p, err := f.Publication(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	return []registry.Publication{*p}, nil
}

func (f *fake) Units(_ context.Context, q registry.UnitQuery, yield func(*registry.Unit) error) error {
	if err := f.ask("Units"); err != nil {
		return err
	}
	for _, u := range versions() {
		under := q.Parent == 0 || (parent(&u) != nil && parent(&u).ID == q.Parent)
		if !u.Valid.Holds(q.At.Valid) || (q.Level != registry.LevelOutside && u.Level != q.Level) || !under {
			continue
		}
		if err := yield(&u); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) Unrefined(_ context.Context, at registry.Instant, _ registry.Level, _ bool, yield func(*registry.Unrefined) error) error {
	if err := f.ask("Unrefined"); err != nil || at.Valid >= replaceDay || at.Valid < startDay {
		return err
	}
	return yield(&registry.Unrefined{Holder: yi, Level: registry.LevelCounty, AreaM2: 8.9e9, Label: orb.Point{125.5, 44.5}, WKB: square(1, 1),
		Among: []registry.UnitRef{ref(oldID, "旧县", registry.LevelCounty, ""), ref(threeID, "三区", registry.LevelCounty, "")}})
}

func (f *fake) Unit(_ context.Context, id registry.UnitID, at registry.Instant, _ bool) (*registry.Unit, error) {
	if err := f.ask("Unit"); err != nil {
		return nil, err
	}
	for _, u := range versions() {
		if u.ID == id && u.Valid.Holds(at.Valid) {
			return &u, nil
		}
	}
	return nil, registry.NotFound("unit", id)
}

func (f *fake) UnitByCode(context.Context, string, registry.Instant) (*registry.Unit, error) {
	return nil, registry.NotFound("unit", "")
}

func (f *fake) History(_ context.Context, id registry.UnitID, _ registry.Seq) (*registry.UnitHistory, error) {
	if err := f.ask("History"); err != nil {
		return nil, err
	}
	h := &registry.UnitHistory{Unit: id}
	if id == 90 { // a neighbour, which is in no list
		h.Versions = []registry.Unit{{UnitRef: registry.UnitRef{ID: 90, Name: "邻省"}, Type: registry.OutsideProvince, Valid: registry.Since(registry.Date(1981, 12, 31)), BeganBy: 1, Basis: registry.Published}}
	}
	for _, u := range versions() {
		if u.ID == id {
			h.Versions = append(h.Versions, u)
			h.Codes = append(h.Codes, registry.CodePeriod{Code: u.Code, State: "PUBLISHED", Valid: u.Valid, BeganBy: u.BeganBy, EndedBy: u.EndedBy})
			h.Events = append(h.Events, events()[u.BeganBy])
		}
	}
	if len(h.Versions) == 0 {
		return nil, registry.NotFound("unit", id)
	}
	whole := 1.0
	switch id {
	case oldID:
		h.Events = append(h.Events, events()[replaceID])
		h.Successors = []registry.LineageEdge{{Event: replaceID, Unit: ref(fourID, "四县", registry.LevelCounty, ""), Relation: registry.Continues, AreaShare: &whole}}
	case fourID:
		h.Predecessors = []registry.LineageEdge{{Event: replaceID, Unit: ref(oldID, "旧县", registry.LevelCounty, ""), Relation: registry.PartTransferred}}
	}
	return h, nil
}

func (f *fake) Where(_ context.Context, p orb.Point, at registry.Instant) ([]registry.Whereabouts, error) {
	if err := f.ask("Where"); err != nil {
		return nil, err
	}
	if p[0] < 124 || p[0] > 126 {
		return nil, registry.NotFound("unit", "there")
	}
	if at.Valid < replaceDay {
		return []registry.Whereabouts{{Chain: versions()[:1], NotKnown: registry.LevelCounty, Among: []registry.UnitRef{ref(oldID, "旧县", registry.LevelCounty, "")}}}, nil
	}
	return []registry.Whereabouts{{Chain: versions()[:2]}}, nil
}

func (f *fake) Translate(context.Context, string, registry.Day, registry.Day, registry.Seq) (*registry.Translation, error) {
	return nil, registry.NotFound("code", "")
}

func fakeLine() *registry.Line {
	course, err := wkb.Marshal(orb.MultiLineString{{{125, 43}, {125, 44}}})
	if err != nil {
		panic(err)
	}
	return &registry.Line{ID: 5, Code: "2201", Name: "一二线", Level: registry.LevelCounty, A: ref(oneID, "一县", registry.LevelCounty, ""),
		B: ref(twoID, "二市", registry.LevelCounty, ""), Status: "CUSTOMARY", Valid: registry.Since(startDay), LengthM: 111000, WKB: course}
}

func (f *fake) Borders(_ context.Context, _ registry.Instant, yield func(*registry.Border) error) error {
	course, err := wkb.Marshal(orb.LineString{{124, 43}, {126, 43}})
	if err != nil {
		return err
	}
	return yield(&registry.Border{ID: 1, Rank: registry.LevelProvince, Left: ref(oneID, "一县", registry.LevelCounty, ""), Right: ref(90, "邻省", registry.LevelOutside, ""), WKB: course})
}

func (f *fake) Lines(_ context.Context, q registry.LineQuery, yield func(*registry.Line) error) error {
	if err := f.ask("Lines"); err != nil {
		return err
	}
	if q.Unit == 0 || slices.Contains([]registry.UnitID{oneID, twoID}, q.Unit) {
		return yield(fakeLine())
	}
	return nil
}

func (f *fake) Line(_ context.Context, id registry.LineID, _ registry.Instant) (*registry.Line, error) {
	if err := f.ask("Line"); err != nil || id != 5 {
		return nil, registry.NotFound("line", id)
	}
	return fakeLine(), nil
}

func (f *fake) Places(context.Context, registry.PlaceQuery, func(*registry.Place) error) error {
	return f.ask("Places")
}

func (f *fake) Place(_ context.Context, id registry.PlaceID, _ registry.Instant) (*registry.Place, error) {
	if err := f.ask("Place"); err != nil || id != 8 {
		return nil, registry.NotFound("place", id)
	}
	one := ref(oneID, "一县", registry.LevelCounty, "")
	return &registry.Place{ID: 8, Category: "SETTLEMENT", Roman: "Yi", County: &one, Point: orb.Point{124.5, 43.5}, Valid: registry.Since(startDay), SourceID: "geonames:1"}, nil
}

func (f *fake) Event(_ context.Context, id registry.EventID, _ registry.Seq) (*registry.EventDetail, error) {
	if err := f.ask("Event"); err != nil {
		return nil, err
	}
	record, ok := events()[id]
	if !ok {
		return nil, registry.NotFound("event", id)
	}
	d := &registry.EventDetail{EventRecord: record}
	for _, u := range versions() {
		if u.BeganBy == id {
			d.Began = append(d.Began, u)
		}
		if u.EndedBy == id {
			d.Ended = append(d.Ended, u)
		}
	}
	if id == replaceID {
		d.Lineage = []registry.EventEdge{{From: ref(oldID, "旧县", registry.LevelCounty, ""), To: ref(fourID, "四县", registry.LevelCounty, ""), Relation: registry.PartTransferred}}
	}
	return d, nil
}

func (f *fake) Changes(context.Context, registry.Level, registry.Seq) ([]registry.DayOfChange, error) {
	if err := f.ask("Changes"); err != nil {
		return nil, err
	}
	e := events()
	return []registry.DayOfChange{
		{On: startDay, Events: []registry.EventRecord{e[loadID]}},
		{On: replaceDay, Events: []registry.EventRecord{e[replaceID]}},
		{On: moveDay, Events: []registry.EventRecord{e[moveID]}},
	}, nil
}

func (f *fake) Reports(context.Context, registry.Seq) ([]registry.Report, error) {
	if err := f.ask("Reports"); err != nil {
		return nil, err
	}
	return []registry.Report{{Name: "codes-differ", Title: "代码不一致", TitleEn: "Codes that differ", Columns: []string{"代码", "说明"}, Rows: [][]string{{"220121", `a "b", c`}}}}, nil
}

func (f *fake) Search(context.Context, registry.SearchQuery) (*registry.SearchResult, error) {
	return &registry.SearchResult{}, f.ask("Search")
}

func (f *fake) Ready(context.Context) error { return f.ask("Ready") }
