package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/export"
)

// literal finds the keys that pages, handlers and islands name in full.
var literal = regexp.MustCompile(`\bt "([a-z][a-zA-Z.]*)"|\.text\("([a-z][a-zA-Z.]*)"|texts\.([a-z]+)\b`)

func TestLocale_has_every_key_that_is_used(t *testing.T) {
	catalogs, err := readCatalogs()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, pattern := range []string{"templates/*.html", "*.go", "islands/*.ts"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range literal.FindAllStringSubmatch(string(data), -1) {
				if m[3] != "" && strings.HasSuffix(file, ".ts") {
					used["island."+m[3]] = true
				} else if m[3] == "" {
					used[m[1]+m[2]] = true
				}
			}
		}
	}
	if len(used) < 150 {
		t.Fatalf("found only %d keys: the pattern no longer fits the templates", len(used))
	}
	for _, key := range append(keysOfEnumerations(), mapKeys(used)...) {
		for lang, c := range catalogs {
			if !c.has(key) {
				t.Errorf("locale/%s.json has no %q", lang, key)
			}
		}
	}
}

func mapKeys(m map[string]bool) []string {
	var out []string
	for key := range m {
		out = append(out, key)
	}
	return out
}

// keysOfEnumerations are the keys that pages put together from values of the
// registry.
func keysOfEnumerations() []string {
	var out []string
	add := func(prefix string, values ...string) {
		for _, v := range values {
			out = append(out, prefix+v)
		}
	}
	for level := range registry.LevelNames {
		add("", "level."+level.String(), "level.many."+level.String(), "linelevel."+level.String())
	}
	for _, t := range []registry.UnitType{
		registry.Province, registry.AutonomousRegion, registry.Municipality, registry.SAR, registry.PrefectureCity, registry.Prefecture,
		registry.AutoPrefecture, registry.League, registry.District, registry.CountyCity, registry.County, registry.AutoCounty, registry.Banner,
		registry.AutoBanner, registry.ForestArea, registry.SpecialArea, registry.Subdistrict, registry.Town, registry.Township, registry.EthnicTownship,
		registry.Sumu, registry.EthnicSumu, registry.DistrictOffice, registry.VillageCommittee, registry.ResidentCommittee, registry.OutsideProvince,
		registry.OutsideCountry, registry.OutsideSea, registry.UnknownUnitType,
	} {
		add("type.", string(t))
	}
	for _, k := range desk.NoticeKinds {
		add("notice.kind.", string(k))
	}
	for _, n := range (*deskNoticesPage)(nil).States() {
		add("notice.", "state."+string(n), "version."+string(n))
	}
	for verb := range noticeActs {
		add("notice.done.", verb)
	}
	for _, o := range desk.ObjectionStates {
		add("objection.state.", string(o))
	}
	add("objection.stance.", desk.CitizenStances...)
	add("objection.outcome.", desk.Outcomes...)
	for _, t := range countyTypes {
		add("type.short.", string(t))
	}
	for _, t := range []registry.EventType{
		registry.Establish, registry.Abolish, registry.Replace, registry.Affiliation, registry.Custody, registry.BoundaryChange, registry.SeatMove,
		registry.Rename, registry.Recoding, registry.Reorganisation, registry.FirstLoad, registry.Resurvey, registry.Refine,
	} {
		add("eventtype.", string(t))
	}
	for _, c := range []registry.EventClass{
		registry.Legal, registry.Correction, registry.Survey, registry.Refinement, registry.BaselineAct, registry.Recode, registry.Observation,
	} {
		add("class.", string(c))
	}
	for _, c := range (*View)(nil).Completenesses() {
		add("complete.", string(c), "note."+string(c))
	}
	for _, b := range (*View)(nil).Bases() {
		add("basis.", string(b), "note."+string(b))
	}
	for _, r := range []registry.Relation{registry.Continues, registry.SplitInto, registry.MergedInto, registry.PartTransferred} {
		add("relation.", string(r))
	}
	for kind := range statusOf {
		add("problem.", string(kind), "note."+string(kind))
	}
	add("problem.why.", "box", "choice", "date", "draft", "long", "point", "time", "twice", "unit", "unknown", "year")
	add("act.", "established", "abolished", "renamed", "moved", "seat", "changed")
	for _, l := range export.Layers() {
		add("download.layer.", l.Name)
	}
	add("download.group.", "areas", "lines", "points", "tables", "tiles")
	for _, k := range desk.LogKinds() {
		add("log.kind.", k.Kind)
		add("log.relation.", k.Relations...)
	}
	for _, k := range desk.AccessKinds() {
		add("log.access.", string(k))
	}
	for _, e := range desk.EventTypes() {
		add("log.act.", string(e))
	}
	add("search.kind.", "unit", "village", "place")
	add("timeline.", "name", "superior", "code")
	return out
}

func TestLocale_languages_have_the_same_keys_and_gaps(t *testing.T) {
	catalogs, err := readCatalogs()
	if err != nil {
		t.Fatal(err)
	}
	gap := regexp.MustCompile(`\{[a-z]+\}`)
	zh, en := catalogs["zh"], catalogs["en"]
	for key, text := range zh.texts {
		if !en.has(key) {
			t.Errorf("locale/en.json has no %q", key)
			continue
		}
		for _, name := range gap.FindAllString(text, -1) {
			if !strings.Contains(en.texts[key], name) {
				t.Errorf("%s: the English text leaves out %s", key, name)
			}
		}
	}
	for key := range en.texts {
		if !zh.has(key) {
			t.Errorf("locale/zh.json has no %q", key)
		}
	}
}

func TestCatalog_writes_numbers_and_dates(t *testing.T) {
	catalogs, err := readCatalogs()
	if err != nil {
		t.Fatal(err)
	}
	zh, en := catalogs["zh"], catalogs["en"]
	day := registry.Date(2019, 6, 1)
	for _, c := range []struct{ got, want string }{
		{zh.day(day), "2019年6月1日"},
		{en.day(day), "1 June 2019"},
		{zh.dated(day, registry.PrecisionYear), "2019年"},
		{en.period(registry.Period{From: day, To: day + 31}), "1 June 2019 to 1 July 2019"},
		{zh.period(registry.Since(day)), "2019年6月1日起"},
		{zh.period(registry.Period{From: registry.NoStart, To: registry.NoEnd}), "一直"},
		{en.text("reports.rows", "n", 1), "one row"},
		{en.text("reports.rows", "n", 2), "2 rows"},
		{en.text("no.such.key"), "no.such.key"},
		{km2(12_345_678_900), "12,346 km²"},
		{km2(98_765_432), "98.8 km²"},
		{km2(123_456), "0.12 km²"},
		{km(1_234_567), "1,235 km"},
		{shortCode("220184000000"), "220184"},
		{shortCode("220184100000"), "220184100"},
		{shortCode("220184100201"), "220184100201"},
		{shortCode(""), ""},
		{share(nil), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
