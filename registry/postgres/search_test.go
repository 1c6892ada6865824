package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
	"jieming/registry/roman"
)

var someDay = registry.Date(2024, 1, 1)

// find searches today, at the latest entry.
func find(t *testing.T, s *Store, text string) *registry.SearchResult {
	t.Helper()
	return findAs(t, s, registry.SearchQuery{Text: text, Limit: 10})
}

// findAs searches on a day in 2024 and at the latest entry unless the query
// says otherwise.
func findAs(t *testing.T, s *Store, q registry.SearchQuery) *registry.SearchResult {
	t.Helper()
	if q.At.Valid == 0 {
		q.At.Valid = someDay
	}
	if q.At.Recorded == 0 {
		q.At.Recorded = latest(t, s)
	}
	if q.Limit == 0 {
		q.Limit = 10
	}
	r, err := s.Search(context.Background(), q)
	check(t, err)
	return r
}

func names(r *registry.SearchResult) string {
	var all []string
	for _, h := range r.Hits {
		all = append(all, h.Name)
	}
	return strings.Join(all, " ")
}

func TestSearch_squares(t *testing.T) {
	s := opened(t, registrytest.Squares())
	for text, want := range map[string]string{
		"甲": "甲县", "甲县": "甲县", "jia": "甲县", "JIǍ xiàn": "甲县", "jx": "甲县", "西市": "西市", "220121": "甲县", "2201": "西市 甲县 乙县", "中": "中村",
		"zhongcun": "中村", "县": "丙县 甲县 乙县", "x": "西市", "xi": "西市", "邻": "", "省": "方省", "nothing": "", "' & !x": "", "\x00": "", "9999": "",
	} {
		if got := names(find(t, s, text)); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	county := find(t, s, "甲县").Hits[0]
	if county.Kind != registry.SearchUnit || county.Level != registry.LevelCounty || county.Code != "220121000000" || county.Roman != "Jia Xian" || !county.Current ||
		county.Matched != registry.ByName || county.Point == nil || *county.At != *county.Point || county.Box == nil || county.Box.Max[0] != 126 ||
		len(county.Chain) != 2 || county.Chain[0].Name != "方省" || county.Chain[1].Name != "西市" || county.Place != 0 {
		t.Errorf("county %+v", county)
	}
	place := find(t, s, "中村").Hits[0]
	if place.Kind != registry.SearchPlace || place.Unit != 0 || place.Point == nil || place.Box != nil || place.Roman != "Zhongcun" ||
		len(place.Chain) != 3 || place.Chain[2].Name != "乙县" || place.Category != "SETTLEMENT" {
		t.Errorf("place %+v", place)
	}
	for text, want := range map[string]registry.SearchMatch{"甲": registry.BySpecific, "jia": registry.ByPinyin, "jx": registry.ByInitials, "2201": registry.ByCode, "中村": registry.ByName} {
		if got := find(t, s, text).Hits[0].Matched; got != want {
			t.Errorf("%s: matched by %s, want %s", text, got, want)
		}
	}
}

func TestSearch_limits(t *testing.T) {
	s := opened(t, registrytest.Squares())
	for _, q := range []registry.SearchQuery{{Limit: 1}, {Text: strings.Repeat("甲", 65), Limit: 1}, {Text: "甲"}, {Text: "甲", Limit: 51}, {Text: "甲", Limit: 1, Kind: "town"}} {
		if _, err := s.Search(context.Background(), q); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if r := findAs(t, s, registry.SearchQuery{Text: "县", Limit: 2}); len(r.Hits) != 2 || !r.More || !reflect.DeepEqual(r.Generics, []registry.GenericCount{{Generic: "县", Count: 3}}) {
		t.Errorf("%+v", r)
	}
	for _, text := range hostile {
		if text != "" {
			findAs(t, s, registry.SearchQuery{Text: cut(text, registry.LongestSearch)})
		}
	}
}

// What was recorded later, or corrected, does not show at an earlier entry;
// what is of another day does, and says so.
func TestSearch_onBothClocks(t *testing.T) {
	s := searched(t)
	first, last := registry.Seq(1), latest(t, s)
	all := func(text string, r registry.Seq) (n int) {
		for _, kind := range []registry.SearchKind{registry.SearchUnit, registry.SearchVillage, registry.SearchPlace} {
			n += len(findAs(t, s, registry.SearchQuery{Text: text, Kind: kind, Limit: 50, At: registry.Instant{Valid: someDay, Recorded: r}}).Hits)
		}
		return n
	}
	before, between, after := all("新", first), all("新", 2), all("新", last)
	if before == 0 || between <= before || after <= between {
		t.Errorf("%d, %d and %d hits as of the three entries", before, between, after)
	}
	var corrected string
	err := s.pool.QueryRow(context.Background(), "SELECT min(specific) FROM unit_version WHERE upper(recorded) = 3 AND valid @> $1::date", date(someDay)).Scan(&corrected)
	check(t, err)
	found := func(r registry.Seq) int {
		return len(findAs(t, s, registry.SearchQuery{Text: corrected, Kind: registry.SearchVillage, Limit: 50, At: registry.Instant{Valid: someDay, Recorded: r}}).Hits)
	}
	if found(2) == 0 || found(3) >= found(2) {
		t.Errorf("%s is found %d times before its correction and %d times after", corrected, found(2), found(3))
	}
}

// jilinSearches are what people type, and what they mean.
var jilinSearches = []struct {
	text  string
	first string // the first hits, in order
	by    registry.SearchMatch
	other string // name or code of another time
}{
	{"公主岭", "公主岭市", registry.BySpecific, ""},
	{"公主岭市", "公主岭市", registry.ByName, ""},
	{"gongzhuling", "公主岭市", registry.ByPinyin, ""},
	{"Gong Zhu Ling", "公主岭市", registry.ByPinyin, ""},
	{"gōngzhǔlǐng", "公主岭市", registry.ByPinyin, ""},
	{"ｇｏｎｇｚｈｕ", "公主岭市", registry.ByPinyin, ""},
	{"gong1zhu3ling3", "公主岭市", registry.ByPinyin, ""},
	{"gongzhulings", "公主岭市", registry.ByPinyin, ""},
	{"gzl", "公主岭市", registry.ByInitials, ""},
	{"GZLS", "公主岭市", registry.ByInitials, ""},
	{"公主ling", "公主岭市", registry.ByPinyin, ""},
	{"220184", "公主岭市", registry.ByCode, ""},
	{"220184000000", "公主岭市", registry.ByCode, ""},
	{"220381", "公主岭市", registry.ByCode, "220381000000"},
	{"怀德县", "公主岭市", registry.ByFormer, "怀德县"},
	{"怀德", "公主岭市 怀德镇", registry.ByFormer, "怀德县"},
	{"huaidexian", "公主岭市", registry.ByFormer, "怀德县"},
	{"朝阳", "朝阳区 朝阳乡 朝阳镇 朝阳镇", registry.BySpecific, ""},
	{"朝阳镇", "朝阳镇 朝阳镇", registry.ByName, ""},
	{"chaoyang", "朝阳区", registry.ByPinyin, ""},
	{"zhaoyang", "朝阳区", registry.ByPinyin, ""},
	{"延边朝鲜", "延边朝鲜族自治州", registry.ByName, ""},
	{"延边州", "延边朝鲜族自治州", registry.ByName, ""},
	{"yanbianzhou", "延边朝鲜族自治州", registry.ByPinyin, ""},
	{"伊通县", "伊通满族自治县", registry.ByName, ""},
	{"自治县", "长白朝鲜族自治县 伊通满族自治县 前郭尔罗斯蒙古族自治县", registry.ByName, ""},
	{"镇赉", "镇赉县 镇赉镇", registry.BySpecific, ""},
	{"lvyuan", "绿园区", registry.ByPinyin, ""},
	{"luyuan", "绿园区", registry.ByPinyin, ""},
	{"zhangchun", "长春市", registry.ByPinyin, ""},
}

func TestJilin_search(t *testing.T) {
	s, _ := jilin(t)
	for _, c := range jilinSearches {
		r := find(t, s, c.text)
		if got := names(r); got != c.first && !strings.HasPrefix(got, c.first+" ") {
			t.Errorf("%s finds %s, want %s", c.text, got, c.first)
			continue
		}
		first := r.Hits[0]
		if first.Matched != c.by || first.OtherName+first.OtherCode != c.other || first.At == nil {
			t.Errorf("%s: matched by %s, other %q %q, at %v", c.text, first.Matched, first.OtherName, first.OtherCode, first.At)
		}
	}
	former := find(t, s, "怀德县").Hits[0]
	if former.OtherValid != (registry.Period{From: registry.Date(1981, 12, 31), To: registry.Date(1985, 2, 4)}) || former.Code != "220184000000" {
		t.Errorf("怀德县: %+v", former)
	}
	then := findAs(t, s, registry.SearchQuery{Text: "公主岭", Kind: registry.SearchUnit, At: registry.Instant{Valid: registry.Date(1983, 1, 1)}})
	if names(then) != "怀德县" || then.Hits[0].Matched != registry.ByLater || then.Hits[0].OtherName != "公主岭市" {
		t.Errorf("公主岭 in 1983: %+v", then.Hits)
	}
}

// What is found leads to its own place, to that of the largest of its heirs, or to
// that of what lies around it, and says whose place it is.
func TestJilin_searchLeadsThere(t *testing.T) {
	s, _ := jilin(t)
	own := find(t, s, "220184").Hits[0]
	if own.AtOf != nil || own.Point == nil || *own.At != *own.Point {
		t.Errorf("a county with an area: %+v", own)
	}
	gone := find(t, s, "222101").Hits[0] // 四平市 of county level became 铁西区 and 铁东区
	east, west := find(t, s, "铁东区").Hits[0], find(t, s, "铁西区").Hits[0]
	if gone.Name != "四平市" || gone.Current || gone.AtOf == nil || gone.AtOf.ID != east.Unit || gone.AtOf.Name != "铁东区" || *gone.At != *east.Point || gone.Point != nil {
		t.Errorf("heirs %v and %v; %+v of %+v", east.Point, west.Point, gone, gone.AtOf)
	}
	village := findAs(t, s, registry.SearchQuery{Text: "朝阳", Kind: registry.SearchVillage}).Hits[0]
	if village.AtOf == nil || !slices.Contains(village.Chain, *village.AtOf) || village.Point != nil || village.At == nil {
		t.Errorf("a village: %+v of %+v", village, village.AtOf)
	}
	coming := findAs(t, s, registry.SearchQuery{Text: "铁东区", At: registry.Instant{Valid: registry.Date(1983, 1, 1)}}).Hits[0]
	if coming.AtOf == nil || coming.AtOf.Name != "四平市" && coming.AtOf.Level == registry.LevelProvince {
		t.Errorf("a unit to come: %+v of %+v", coming, coming.AtOf)
	}
}

// A name with several readings is found by each; one that is not certain is not
// spelled.
func TestJilin_searchPolyphone(t *testing.T) {
	s, _ := jilin(t)
	for _, text := range []string{"十里堡", "shilibao", "shilibu", "shilipu", "SHILI pǔ"} {
		r := findAs(t, s, registry.SearchQuery{Text: text, Kind: registry.SearchVillage, Limit: 50})
		if i := slices.IndexFunc(r.Hits, func(h registry.SearchHit) bool { return h.Specific == "十里堡" }); i < 0 {
			t.Errorf("%s finds %s", text, names(r))
		} else if r.Hits[i].Roman != "" {
			t.Errorf("十里堡 reads %s", r.Hits[i].Roman)
		}
	}
}

// A name may stand behind those of its superiors, and in traditional characters.
func TestJilin_searchBehindSuperiors(t *testing.T) {
	s, _ := jilin(t)
	for text, want := range map[string]struct{ first, above string }{
		"长春市朝阳区": {"朝阳区", "长春市"}, "长春市朝阳": {"朝阳区", "长春市"}, "辉南县朝阳镇": {"朝阳镇", "辉南县"}, "吉林省长春市朝阳区": {"朝阳区", "长春市"},
		"四平市铁东区": {"铁东区", "四平市"}, "延边州和龙市": {"和龙市", "延边朝鲜族自治州"}, "长春市gongzhuling": {"公主岭市", "长春市"},
		"長春": {"长春市", "吉林省"}, "公主嶺": {"公主岭市", "长春市"}, "懷德縣": {"公主岭市", "长春市"}, "長春市朝陽區": {"朝阳区", "长春市"}, "乾安縣": {"乾安县", "松原市"},
	} {
		r := find(t, s, text)
		if len(r.Hits) == 0 {
			t.Errorf("%s finds nothing", text)
		} else if h := r.Hits[0]; h.Name != want.first || !slices.ContainsFunc(h.Chain, func(u registry.UnitRef) bool { return u.Name == want.above }) {
			t.Errorf("%s finds %s in %v", text, h.Name, h.Chain)
		}
	}
	for _, text := range []string{"长春市汪清县", "县县县县县县县县县县", strings.Repeat("朝阳区", 21)} {
		if r := find(t, s, text); len(r.Hits) > 0 {
			t.Errorf("%s finds %s", text, names(r))
		}
	}
	_, err := s.Search(context.Background(), registry.SearchQuery{Text: "朝阳", Within: 999999, Limit: 1, At: registry.Instant{Valid: someDay, Recorded: latest(t, s)}})
	if registry.KindOf(err) != registry.KindInvalid || !strings.Contains(err.Error(), "999999") {
		t.Errorf("within a unit that there is not: %v", err)
	}
}

func TestJilin_searchFilters(t *testing.T) {
	s, _ := jilin(t)
	whole := findAs(t, s, registry.SearchQuery{Text: "朝阳", Limit: 50})
	if whole.Generics[0].Generic != "村委会" || len(whole.Generics) < 5 || !whole.More {
		t.Errorf("朝阳: %+v, more %v", whole.Generics, whole.More)
	}
	towns := findAs(t, s, registry.SearchQuery{Text: "朝阳", Generic: "镇", Limit: 50})
	for _, h := range towns.Hits {
		if h.Generic != "镇" {
			t.Errorf("%s is no 镇", h.Name)
		}
	}
	if len(towns.Hits) != len(find(t, s, "朝阳镇").Hits) || !reflect.DeepEqual(towns.Generics, whole.Generics) {
		t.Errorf("towns %s of %v", names(towns), towns.Generics)
	}
	if villages := findAs(t, s, registry.SearchQuery{Text: "朝阳", Kind: registry.SearchVillage}); villages.Hits[0].Specific != "朝阳" || villages.Hits[0].At == nil || villages.Hits[0].Point != nil {
		t.Errorf("villages %+v", villages.Hits[0])
	}
	if places := findAs(t, s, registry.SearchQuery{Text: "changchun", Kind: registry.SearchPlace}); names(places) != "Changchun" || places.Hits[0].Point == nil {
		t.Errorf("places %s", names(places))
	}
	changchun := find(t, s, "长春").Hits[0].Unit
	within := findAs(t, s, registry.SearchQuery{Text: "朝阳", Within: changchun, Limit: 50})
	if len(within.Hits) < 5 {
		t.Errorf("朝阳 in 长春: %s", names(within))
	}
	for _, h := range within.Hits {
		if !slices.ContainsFunc(h.Chain, func(u registry.UnitRef) bool { return u.ID == changchun }) {
			t.Errorf("%s lies in %v", h.Name, h.Chain)
		}
	}
	if heir := findAs(t, s, registry.SearchQuery{Text: "怀德县", Within: changchun}); names(heir) != "公主岭市" { // in 四平 when it was called so
		t.Errorf("怀德县 in 长春: %s", names(heir))
	}
	if codes := findAs(t, s, registry.SearchQuery{Text: "2201", Kind: registry.SearchVillage}); codes.Hits[0].Level != registry.LevelVillage {
		t.Errorf("2201 among villages: %s", names(codes))
	}
}

// The same question has the same answer every time, on any connection.
func TestJilin_searchIsStable(t *testing.T) {
	s, _ := jilin(t)
	for _, text := range []string{"朝阳", "新", "x", "2201", "cy"} {
		want := findAs(t, s, registry.SearchQuery{Text: text, Limit: 50})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				got, err := s.Search(context.Background(), registry.SearchQuery{Text: text, Limit: 50, At: registry.Instant{Valid: someDay, Recorded: latest(t, s)}})
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: another answer, %v", text, err)
				}
			})
		}
		wg.Wait()
	}
}

// measured is a node of a plan that was run.
type measured struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Plans    []measured
}

func (m measured) each(f func(measured)) {
	f(m)
	for _, below := range m.Plans {
		below.each(f)
	}
}

// analyze runs a statement of a search as a search does, with a generic plan.
func analyze(t *testing.T, s *Store, statement string, args pgx.StrictNamedArgs) measured {
	t.Helper()
	ctx := context.Background()
	var found []struct{ Plan measured }
	check(t, pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: sql("BeginSearch")}, func(tx pgx.Tx) error {
		text, values, err := args.RewriteQuery(ctx, tx.Conn(), sql(statement), nil)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "PREPARE measured AS "+text); err != nil {
			return err
		}
		literals := make([]string, len(values))
		for i, v := range values {
			kind := map[bool]string{true: "::text[]", false: "::text"}[reflect.TypeOf(v).Kind() == reflect.Slice]
			if err := tx.QueryRow(ctx, "SELECT quote_literal($1"+kind+")", textOf(v)).Scan(&literals[i]); err != nil {
				return err
			}
		}
		var raw []byte
		if err := tx.QueryRow(ctx, "EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE measured("+strings.Join(literals, ", ")+")").Scan(&raw); err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &found); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "DEALLOCATE measured")
		return err
	}))
	return found[0].Plan
}

func textOf(v any) any {
	switch v := v.(type) {
	case []string:
		return v
	case []int:
		all := make([]string, len(v))
		for i := range v {
			all[i] = fmt.Sprint(v[i])
		}
		return all
	case string:
		return v
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(v)
}

// A search goes through the indices of names and codes, and reads hardly more
// versions than it ranks.
func TestPlans_ofSearch(t *testing.T) {
	s, _ := jilin(t)
	for _, text := range []string{"新村", "家", "x", "lin", "gzl", "朝阳镇", "公主岭", "22", "220381"} {
		for _, day := range []registry.Day{someDay, registry.Date(1990, 1, 1)} {
			one := &search{Store: s, ctx: context.Background(), q: registry.SearchQuery{At: registry.Instant{Valid: day, Recorded: latest(t, s)}}, text: parseTyped(text)}
			statement, args := "SearchNames", one.nameArgs("")
			if one.text.code != "" {
				statement, args = "SearchCodes", one.codeArgs("")
			}
			args["t"] = day.String()
			plan := analyze(t, s, statement, args)
			read, indices := map[string]float64{}, map[string]bool{}
			plan.each(func(m measured) {
				if m.Type == "Seq Scan" {
					t.Errorf("%s on %s: reads all of %s", text, day, m.Relation)
				}
				read[m.Relation] += (m.Rows + m.Removed) * m.Loops
				indices[m.Index] = true
			})
			if statement == "SearchNames" && !indices["search_name_keys_idx"] {
				t.Errorf("%s: without the index of keys", text)
			}
			// Those of another day are read once more by id, to see what stands
			// for them.
			if most := 2*plan.Rows + 50; read["unit_version"] > most {
				t.Errorf("%s on %s: reads %.0f versions for %.0f finds", text, day, read["unit_version"], plan.Rows)
			}
		}
	}
}

// Names that have no keys are found by the first search; where it may not make
// them, it says that it cannot answer.
func TestSearch_keysWhatHasNone(t *testing.T) {
	ctx := context.Background()
	owner := pgtest.New(t)
	pool := pgtest.Pool(t, owner)
	unkeyed := func() *Store {
		t.Helper()
		s, err := Open(ctx, pgtest.App(t, owner))
		check(t, err)
		t.Cleanup(s.Close)
		_, _, err = s.Load(ctx, registrytest.Squares(), tester, nil)
		check(t, err)
		_, err = pool.Exec(ctx, "UPDATE registry.search_name SET edition = 0, keys = NULL, folded = NULL, rank = NULL")
		check(t, err)
		return s
	}
	s := unkeyed()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			r, err := s.Search(ctx, registry.SearchQuery{Text: "jia", Limit: 1, At: registry.Instant{Valid: someDay, Recorded: 1}})
			if err != nil || names(r) != "甲县" {
				t.Errorf("jia finds %+v, %v", r, err)
			}
		})
	}
	wg.Wait()

	s = unkeyed()
	_, err := pool.Exec(ctx, "REVOKE EXECUTE ON FUNCTION registry.key_names FROM jieming_writer")
	check(t, err)
	if _, err := s.Search(ctx, registry.SearchQuery{Text: "jia", Limit: 1, At: registry.Instant{Valid: someDay, Recorded: 1}}); err == nil {
		t.Error("an answer without names")
	}
}

// Keys of an earlier edition go on being searched, and are renewed once.
func TestIndexNames(t *testing.T) {
	ctx := context.Background()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)
	pool := pgtest.Pool(t, owner)
	_, err = pool.Exec(ctx, "UPDATE registry.search_name SET edition = 1, keys = array_to_tsvector('{a=old}') WHERE specific = '甲'")
	check(t, err)
	if old, renewed := names(find(t, s, "old")), names(find(t, s, "jia")); old != "甲县" || renewed != "" {
		t.Errorf("before: %q, %q", old, renewed)
	}
	for _, want := range []int{1, 0} {
		renewed := 0
		check(t, s.IndexNames(ctx, func(done int) { renewed = done }))
		if renewed != want {
			t.Errorf("%d names renewed, want %d", renewed, want)
		}
	}
	if old, renewed := names(find(t, s, "old")), names(find(t, s, "jia")); old != "" || renewed != "甲县" {
		t.Errorf("after: %q, %q", old, renewed)
	}
}

// Writers, those who key names and those who search wait for each other, and
// never for ever.
func TestIndexNames_whileOthersWrite(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)
	at := registry.Instant{Valid: someDay, Recorded: latest(t, s)}
	_, err = pgtest.Pool(t, owner).Exec(ctx, "UPDATE registry.search_name SET edition = length(generic) % 2, keys = to_tsvector('x'), folded = '', rank = 0")
	check(t, err)
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			b := registrytest.Squares()
			b.Dataset.Digest[0], b.Units, b.Codes, b.Faces, b.Tenures, b.Arcs, b.Lines = byte(i), nil, nil, nil, nil, nil, nil
			b.Places[0].Unit = registry.NoRef
			if _, _, err := s.Load(ctx, b, tester, nil); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if err := s.IndexNames(ctx, nil); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := s.Search(ctx, registry.SearchQuery{Text: "jia", Limit: 1, At: at}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := names(find(t, s, "jia")); got != "甲县" {
		t.Errorf("jia finds %q", got)
	}
}

// A text that is too long to be a name is stored, but not searched.
func TestSearch_longNames(t *testing.T) {
	b := registrytest.Squares()
	b.Places[0].Name = strings.Repeat("长", 201)
	b.Units[registrytest.A].Versions[0].Specific = strings.Repeat("甲", 199)
	s := opened(t, b)
	if got := find(t, s, strings.Repeat("长", 64)); len(got.Hits) != 0 {
		t.Error("a name of 201 characters is found")
	}
	if got := find(t, s, strings.Repeat("甲", 64)); len(got.Hits) != 1 {
		t.Error("a name of 200 characters is not found")
	}
}

// What is not public on the day is not found, by any name it ever had.
func TestSearch_hidesWhatIsSecret(t *testing.T) {
	ctx := context.Background()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)
	pool := pgtest.Pool(t, owner)
	_, err = pool.Exec(ctx, "UPDATE registry.zone SET network = 'GOVERNMENT', highest_level = 1")
	check(t, err)
	_, err = s.write(ctx, tester, func(tx pgx.Tx, _ registry.Seq) error {
		event, err := insertEvent(ctx, tx, 0, decision(registry.Refinement, registry.BoundaryChange, registry.Date(2024, 6, 1), "密"))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			WITH p AS MATERIALIZED (SELECT * FROM place_version WHERE upper_inf(recorded)),
			c AS MATERIALIZED (SELECT p.*, carve('place_version', 'place_id', p.place_id, '[2024-06-01,)', $1) FROM p)
			INSERT INTO place_version (place_id, category, name, unit_id, geom, secrecy, valid, began_by)
			SELECT place_id, category, '密村', unit_id, geom, 1, '[2024-06-01,)', $1 FROM c`, int64(event))
		return err
	})
	check(t, err)
	for _, c := range []struct {
		text string
		day  registry.Day
		want string
	}{{"中村", someDay, "中村"}, {"中村", registry.Date(2024, 7, 1), ""}, {"密村", registry.Date(2024, 7, 1), ""}, {"密村", someDay, ""}} {
		if got := names(findAs(t, s, registry.SearchQuery{Text: c.text, At: registry.Instant{Valid: c.day}})); got != c.want {
			t.Errorf("%s on %s finds %q, want %q", c.text, c.day, got, c.want)
		}
	}
	var noted int
	check(t, pool.QueryRow(ctx, "SELECT count(*) FROM registry.search_name WHERE specific = '密村'").Scan(&noted))
	if noted > 0 {
		t.Error("a secret name is noted")
	}
}

// A check finds names that are not noted, or with other days.
func TestCheck_names(t *testing.T) {
	ctx := context.Background()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)
	pool := pgtest.Pool(t, owner)
	_, err = pool.Exec(ctx, "DELETE FROM registry.search_name WHERE specific = '甲'; UPDATE registry.search_name SET core = 'empty' WHERE specific = '乙'")
	check(t, err)
	problems, err := s.Check(ctx, nil)
	if err != nil || len(problems) != 2 || !strings.Contains(problems[0].Subject+problems[1].Subject, "甲县") {
		t.Errorf("%+v, %v", problems, err)
	}
}

// The edition of keys tells that of readings.
func TestKeysEdition(t *testing.T) {
	if keysEdition%100 != roman.Edition || roman.Edition > 99 {
		t.Errorf("edition %d of keys, %d of readings", keysEdition, roman.Edition)
	}
}
