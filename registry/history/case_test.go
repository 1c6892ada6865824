package history

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"jieming/geo/datatest"
	"jieming/registry"
)

// at describes the bearer of a code on a day: name, type, superior/custodian.
func at(h *History, code, day string) string {
	d := date(day)
	unit, ok := h.UnitOf(code, d)
	if !ok {
		return "-"
	}
	v, _ := h.VersionOf(unit, d)
	s := fmt.Sprintf("%s%s %s %s", v.Specific, v.Generic, v.Type, h.nameOf(v.Superior, d))
	if v.Custodian != registry.NoRef {
		s += "/" + h.nameOf(v.Custodian, d)
	}
	return s
}

func TestReconstruct_jilinCasesOnTheirDates(t *testing.T) {
	_, h := jilin(t)
	tests := []struct{ code, day, want string }{
		// 公主岭
		{"222121", "1981-12-31", "怀德县 COUNTY 四平地区"},
		{"220321", "1985-02-03", "怀德县 COUNTY 四平市"},
		{"220321", "1985-02-04", "-"},
		{"220319", "1985-02-04", "公主岭市 COUNTY_CITY 吉林省/四平市"},
		{"220319", "1988-12-30", "公主岭市 COUNTY_CITY 吉林省/四平市"},
		{"229001", "1988-12-31", "公主岭市 COUNTY_CITY 吉林省"},
		{"220381", "1990-12-31", "公主岭市 COUNTY_CITY 吉林省/四平市"},
		{"220381", "2019-12-31", "公主岭市 COUNTY_CITY 吉林省/四平市"},
		{"220381", "2020-06-05", "-"},
		{"220184", "2020-06-04", "-"},
		{"220184", "2020-06-05", "公主岭市 COUNTY_CITY 吉林省/长春市"},
		{"220184", "2021-12-31", "公主岭市 COUNTY_CITY 吉林省/长春市"},
		// 九台
		{"220123", "1981-12-31", "九台县 COUNTY 长春市"},
		{"222523", "1982-12-31", "九台县 COUNTY 德惠地区"},
		{"220123", "1983-10-08", "九台县 COUNTY 长春市"},
		{"220123", "1988-08-29", "九台县 COUNTY 长春市"},
		{"229005", "1988-08-30", "九台市 COUNTY_CITY 吉林省"},
		{"220181", "1990-12-31", "九台市 COUNTY_CITY 吉林省/长春市"},
		{"220181", "2014-10-19", "九台市 COUNTY_CITY 吉林省/长春市"},
		{"220113", "2014-10-20", "九台区 DISTRICT 长春市"},
		{"220181", "2014-10-20", "-"},
		// 江源
		{"220603", "1986-09-08", "三岔子区 DISTRICT 浑江市"},
		{"220603", "1994-01-31", "三岔子区 DISTRICT 白山市"},
		{"220603", "1995-12-29", "三岔子区 DISTRICT 白山市"},
		{"220625", "1995-12-30", "江源县 COUNTY 白山市"},
		{"220625", "2006-06-04", "江源县 COUNTY 白山市"},
		{"220605", "2006-06-05", "江源区 DISTRICT 白山市"},
		// 八道江 → 浑江
		{"220602", "1986-09-07", "-"},
		{"220602", "2010-02-22", "八道江区 DISTRICT 白山市"},
		{"220602", "2010-02-23", "浑江区 DISTRICT 白山市"},
		// 扶余
		{"222321", "1987-10-06", "扶余县 COUNTY 白城地区"},
		{"222303", "1987-10-07", "扶余市 COUNTY_CITY 白城地区"},
		{"220702", "1992-06-06", "扶余区 DISTRICT 松原市"},
		{"220702", "1995-07-20", "宁江区 DISTRICT 松原市"},
		{"220724", "1995-07-19", "-"},
		{"220724", "1995-07-20", "扶余县 COUNTY 松原市"},
		{"220781", "2013-01-24", "扶余市 COUNTY_CITY 吉林省/松原市"},
		// others
		{"222421", "1983-03-23", "延吉县 COUNTY 延边朝鲜族自治州"},
		{"222421", "1983-03-24", "龙井县 COUNTY 延边朝鲜族自治州"},
		{"220323", "1988-08-29", "伊通县 COUNTY 四平市"},
		{"220323", "1988-08-30", "伊通满族自治县 AUTO_COUNTY 四平市"},
		{"222201", "1985-02-03", "通化市 COUNTY_CITY 通化地区"},
		{"220500", "1985-02-04", "通化市 PREF_CITY 吉林省"},
		{"220211", "1992-02-09", "郊区 DISTRICT 吉林市"},
		{"220211", "1992-02-10", "丰满区 DISTRICT 吉林市"},
	}
	for _, tt := range tests {
		if got := at(h, tt.code, tt.day); got != tt.want {
			t.Errorf("%s on %s = %q, want %q", tt.code, tt.day, got, tt.want)
		}
	}
}

func TestReconstruct_jilinUnitsGoOnOrAreReplaced(t *testing.T) {
	_, h := jilin(t)
	unit := func(code, day string) int {
		u, ok := h.UnitOf(code, date(day))
		if !ok {
			t.Fatalf("no unit bears %s on %s", code, day)
		}
		return u
	}
	same := [][4]string{
		{"220319", "1986-01-01", "220184", "2024-01-01"}, // 公主岭市
		{"222523", "1983-01-01", "220123", "1988-01-01"}, // 九台县
		{"229005", "1989-01-01", "220181", "2000-01-01"}, // 九台市
		{"220602", "1990-01-01", "220602", "2020-01-01"}, // 八道江区 → 浑江区
		{"220600", "1990-01-01", "220600", "2020-01-01"}, // 浑江市 → 白山市
		{"222421", "1982-01-01", "222421", "1987-01-01"}, // 延吉县 → 龙井县
		{"220211", "1990-01-01", "220211", "2020-01-01"}, // 郊区 → 丰满区
		{"220702", "1993-01-01", "220702", "2020-01-01"}, // 扶余区 → 宁江区
		{"220121", "1982-01-01", "220121", "1985-01-01"}, // 榆树县
	}
	for _, s := range same {
		if unit(s[0], s[1]) != unit(s[2], s[3]) {
			t.Errorf("%s on %s and %s on %s should be one unit", s[0], s[1], s[2], s[3])
		}
	}
	replaced := [][4]string{
		{"220321", "1984-01-01", "220319", "1986-01-01"}, // 怀德县, 公主岭市
		{"220181", "2013-01-01", "220113", "2015-01-01"}, // 九台市, 九台区
		{"220323", "1988-01-01", "220323", "1989-01-01"}, // 伊通县, 伊通满族自治县
		{"222201", "1984-01-01", "220500", "1986-01-01"}, // 通化市, county then prefecture
		{"220603", "1990-01-01", "220625", "2000-01-01"}, // 三岔子区, 江源县
		{"220724", "2012-01-01", "220781", "2014-01-01"}, // 扶余县, 扶余市
	}
	for _, s := range replaced {
		from, to := unit(s[0], s[1]), unit(s[2], s[3])
		edge := slices.IndexFunc(h.Lineage, func(l registry.BaselineLineage) bool {
			return l.From == from && l.To == to && l.Relation == registry.Continues && l.AreaShare == 1
		})
		if from == to || edge < 0 {
			t.Errorf("%s on %s should be replaced by %s, as its continuation", s[0], s[1], s[2])
		}
	}
	// 1982 the counties of 德惠地区 and 永吉地区 got other codes, 1983 their own
	// again; only 220323 went to another unit (伊通县, then 伊通满族自治县).
	var again []string
	for _, row := range rowsOf(h, "codes-reused") {
		again = append(again, row[0][:6])
	}
	want := []string{"220121", "220122", "220123", "220124", "220125", "220221", "220222", "220223", "220224", "220225", "220323"}
	if !slices.Equal(again, want) {
		t.Errorf("codes used again = %v, want %v", again, want)
	}
}

func TestReconstruct_jilinEvents(t *testing.T) {
	s, h := jilin(t)
	if len(s.Blocks) != 45 || len(h.steps) != 46 {
		t.Fatalf("%d blocks, %d steps; want 45 blocks and the first load", len(s.Blocks), len(h.steps))
	}
	papers := map[registry.Completeness]int{}
	for _, st := range h.steps[1:] {
		papers[h.Instruments[h.Events[st.event].Instrument].Completeness]++
	}
	if papers[registry.NoScan] != 37 || papers[registry.Cited] != 7 || papers[registry.Unknown] != 1 {
		t.Errorf("papers of the 45 events: %v, want 37 with text, 7 cited, 1 unknown", papers)
	}
	want := map[string]registry.EventType{
		"国函〔2020〕84号": registry.Custody, "国函〔2014〕142号": registry.Replace, "民函〔2010〕40号": registry.Rename,
		"民函〔2008〕213号": registry.BoundaryChange, "国函〔1994〕8号": registry.Rename, "国函〔1995〕65号": registry.Reorganisation,
		"国函〔1986〕112号": registry.Establish, "（83）国函字43号": registry.Rename,
	}
	for _, e := range h.Events {
		number := h.Instruments[e.Instrument].Number
		if typ, ok := want[number]; ok && e.Type != typ {
			t.Errorf("%s is %s, want %s", number, e.Type, typ)
		}
		delete(want, number)
	}
	if len(want) > 0 {
		t.Errorf("no event rests on %v", want)
	}
}

// townshipsOn counts the units of a level whose code begins with the county.
func countOn(h *History, level registry.Level, county, day string) int {
	d, n := date(day), 0
	for _, c := range h.Codes {
		if strings.HasPrefix(c.Code, county) && c.Valid.Holds(d) && h.level(c.Unit) == level {
			n++
		}
	}
	return n
}

func TestReconstruct_jilinTownshipsAndVillages(t *testing.T) {
	_, h := jilin(t)
	townships := 0
	for i, u := range h.Units {
		if u.Versions[0].Level == registry.LevelTownship && alive(h, i, date("2023-06-30")) {
			townships++
		}
	}
	if townships != 977 {
		t.Errorf("%d townships on 2023-06-30, want the 977 of the list", townships)
	}
	// 公主岭 2020: of the list's 36, six are statistical areas.
	counts := []struct {
		level  registry.Level
		county string
		day    string
		want   int
	}{
		{registry.LevelTownship, "220381", "2020-06-04", 30}, {registry.LevelTownship, "220381", "2020-06-05", 0},
		{registry.LevelTownship, "220184", "2020-06-04", 0}, {registry.LevelTownship, "220184", "2020-06-05", 30},
		{registry.LevelVillage, "220381", "2020-06-04", 485}, {registry.LevelVillage, "220184", "2020-06-05", 485},
	}
	for _, c := range counts {
		if got := countOn(h, c.level, c.county, c.day); got != c.want {
			t.Errorf("%d units of level %d under %s on %s, want %d", got, c.level, c.county, c.day, c.want)
		}
	}
	tests := []struct{ code, day, want string }{
		{"220181105", "2014-10-19", "土们岭镇 TOWN 九台市"},
		{"220113105", "2014-10-20", "土们岭镇 TOWN 九台区"},
		{"220113105", "2015-12-31", "-"},
		{"220113005", "2015-12-31", "土们岭街道 SUBDISTRICT 九台区"},
		{"220105104", "2016-12-30", "龙嘉镇 TOWN 二道区"},
		{"220113012", "2016-12-31", "龙嘉街道 SUBDISTRICT 九台区"},
		{"220104001", "2018-12-30", "南站街道 SUBDISTRICT 朝阳区"},
		{"220104001", "2018-12-31", "前进街道 SUBDISTRICT 朝阳区"},
		{"220322101", "2016-12-30", "郭家店镇 TOWN 梨树县"},
		{"220302101", "2016-12-31", "郭家店镇 TOWN 铁西区"},
		{"220322109", "2017-12-30", "孟家岭镇 TOWN 梨树县"},
		{"220302102", "2017-12-31", "孟家岭镇 TOWN 铁西区"},
		{"220102016", "2017-12-31", "会展街道 SUBDISTRICT 南关区"},
		{"220102016", "2017-12-30", "-"},
		{"220174003", "2021-01-01", "富民街道 SUBDISTRICT 绿园区"},
		{"220171001", "2020-01-01", "临河街道 SUBDISTRICT 长春市"},
		{"220822205", "2017-01-01", "十花道乡 TOWNSHIP 通榆县"},
		{"220822205", "2019-01-01", "什花道乡 TOWNSHIP 通榆县"},
		{"220303102", "2020-01-01", "叶赫满族镇 TOWN 铁东区"},
		{"220721207", "2014-01-01", "大山乡 TOWNSHIP 前郭尔罗斯蒙古族自治县"},
	}
	for _, tt := range tests {
		if got := at(h, tt.code, tt.day); got != tt.want {
			t.Errorf("%s on %s = %q, want %q", tt.code, tt.day, got, tt.want)
		}
	}
	for name, want := range map[string]int{"statistical-units": 98, "statistical-areas": 38, "villages-statistical": 274, "list-faults": 0, "lineage-differs": 1} {
		if got := len(rowsOf(h, name)); got != want {
			t.Errorf("report %s has %d rows, want %d", name, got, want)
		}
	}
}

func TestReconstruct_townshipMoveSharesTheCountysEvent(t *testing.T) {
	_, h := jilin(t)
	u, _ := h.UnitOf("220302102", date("2018-01-01"))
	v, _ := h.VersionOf(u, date("2018-01-01"))
	if e := h.Events[v.BeganBy]; e.Type != registry.BoundaryChange || h.Instruments[e.Instrument].Number != "吉民行批〔2017〕3号" {
		t.Errorf("孟家岭镇 moved by %+v, want the boundary change of 吉民行批〔2017〕3号", e)
	}
}

// Nothing is built for Jilin alone: the neighbours' lists, with other types of
// unit and larger reorganisations, come out equal to their yearly lists too.
func TestReconstruct_otherProvincesOfTheNorthEast(t *testing.T) {
	dir := datatest.Dir(t)
	for _, province := range []string{"15", "21", "23"} {
		s, err := Read(os.DirFS(dir), province)
		if err != nil {
			t.Fatal(err)
		}
		h, err := Reconstruct(s)
		if err != nil {
			t.Fatalf("%s: %v", province, err)
		}
		if rows := rowsOf(h, "codes-differ"); len(rows) > 0 {
			t.Errorf("%s: %v", province, rows)
		}
		checkHistory(t, h)
		tenures, err := h.Tenures(counties(s), date("2023-12-31"))
		if err != nil {
			t.Fatal(err)
		}
		checkTenures(t, h, tenures)
	}
}
