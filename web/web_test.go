package web

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"jieming/registry"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, registry.China)

func siteOf(t *testing.T, reg registry.Registry) *site {
	t.Helper()
	s, err := newSite(reg, Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// get asks for a page; header is pairs of name and value.
func get(t *testing.T, h http.Handler, address string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPages_say_what_they_must(t *testing.T) {
	h := siteOf(t, newFake()).routes()
	for _, c := range []struct {
		name, address string
		status        int
		has           []string
		lacks         []string
	}{
		{"map today", "/", 200, []string{"2026年", "界名样本", "审图号：未取得", "行政区域界线以标准画法图为准", "示意", "二市", `data-prev="2020-06-05"`, "<svg"}, []string{"不知道的部分"}},
		{"map with unknown", "/?datetime=2000-01-01", 200, []string{"2000年", "1月1日", "不知道的部分", "旧县", `class="unknown"`, `data-next="2010-12-31"`}, nil},
		{"map on a day of change", "/?datetime=2020-06-05", 200, []string{"当日变更", "试函〔2020〕84号", "改属", "乙市", "甲市"}, nil},
		{"map before everything", "/?datetime=1950-01-01", 200, []string{"这一天没有资料"}, nil},
		{"map of a day to come of which nothing is announced", "/?datetime=2030-01-01", 200, []string{"按目前所知", "没有公布将来的变更：此图是2026年3月1日所知"}, []string{"已公布的将来状态"}},
		{"map before everything carries nothing back", "/?datetime=1950-01-01", 200, []string{`data-from="1981-12-31" data-before="2023-12-31" hidden`}, nil},
		{"map on record is carried back", "/?datetime=2000-01-01", 200, []string{`data-before="2023-12-31">界线由`}, nil},
		{"sheet before everything carries nothing back", "/print.svg?datetime=1950-01-01", 200, nil, []string{"回推", "界线由"}},
		{"sheet on record is carried back", "/print.svg?datetime=2000-01-01", 200, []string{"界线由"}, nil},
		{"map, what is here", "/?here=124.5,43.5", 200, []string{"这里是", "124.5000°E", "试省", "甲市"}, nil},
		{"map, here not known", "/?here=125.5,44.5&datetime=2000-01-01", 200, []string{"归属不明", "可能属于", "旧县"}, nil},
		{"map, here outside", "/?here=10,10", 200, []string{"此点在本省之外"}, nil},
		{"map, a unit", "/?unit=5", 200, []string{`data-unit="5"`, `data-bounds="125.00000,43.00000,126.00000,44.00000"`}, nil},
		{"map, the card of a unit", "/?unit=5", 200, []string{"二市", "220184", "试函〔2020〕84号", "代管", "甲市", "8,900 km²", "/print?unit=5"}, nil},
		{"map, a unit not there yet", "/?unit=7&datetime=2000-01-01", 200, []string{"2010年12月31日才设立", "datetime=2010-12-31"}, nil},
		{"map, a unit no longer there", "/?unit=8", 200, []string{"已于2010年12月31日撤销", "四县"}, nil},
		{"map, a unit never held", "/?unit=99", 200, []string{"所选单位在这一天不存在"}, nil},
		{"map, in a frame", "/embed?datetime=2000-01-01", 200, []string{"界名样本", "审图号：未取得", "行政区域界线以标准画法图为准", "在界名中打开"}, []string{"masthead"}},
		{"sheet for paper", "/print?datetime=2019-06-01&paper=A1&unit=5", 200, []string{`/print/a1-landscape.css`, "试省行政区划图", "841", "二市及周边"}, nil},
		{"sheet of two days", "/print?t=2026-03-01&t2=2019-06-01", 302, nil, nil},
		{"map with its neighbours", "/", 200, []string{"邻省"}, nil},
		{"sheet alone", "/print.svg?datetime=2026-03-01&t2=2019-06-01&paper=a4&orientation=portrait", 200,
			[]string{`width="210mm" height="297mm"`, "变更前", "变更后", "试函〔2020〕84号", "审图号：未取得", "示意", "行政区域界线以标准画法图为准"}, nil},
		{"downloads", "/download?datetime=2019-06-01", 200, []string{`href="/data/county.gpkg?datetime=2019-06-01"`, `href="/data/code.csv"`, `href="/data/map.pmtiles?datetime=2019-06-01"`, "县级行政区", "CGCS2000"}, nil},
		{"downloads in English", "/download?lang=en", 200, []string{"Counties", "entrusted"}, nil},
		{"a unit entrusted, in English", "/id/unit/5?lang=en", 200, []string{"Entrusted to", "Change of entrusted administration (代管)"}, []string{"ustody"}},
		{"the card of a unit entrusted, in English", "/?unit=5&lang=en", 200, []string{`<span class="badge">entrusted</span>`}, []string{"ustody"}},
		{"units in English", "/units?lang=en", 200, []string{`甲市</a> <span class="roman" lang="zh-Latn">Jia Shi</span>`, `>Er Shi</span>`}, nil},
		{"units in Chinese", "/units", 200, nil, []string{"Jia Shi"}},
		{"event in English", "/id/event/20?lang=en", 200, []string{`>Er Shi</span>`, `>Yi Shi</span>`, `>Jia Shi</span>`}, nil},
		{"events in English", "/events?lang=en", 200, []string{`>Er Shi</span>`, `>Jia Shi</span>`}, nil},
		{"card in English", "/?unit=5&lang=en", 200, []string{`甲市</a> <span class="roman" lang="zh-Latn">Jia Shi</span>`, "<title>一县 Yi Xian</title>"}, nil},
		{"unit in English", "/id/unit/5?lang=en", 200, []string{"<title>二市 Er Shi ·", `甲市</a> <span class="roman"`}, nil},
		{"sheet in English", "/print.svg?lang=en&datetime=2026-03-01&t2=2019-06-01", 200, []string{"试省 Shi Sheng: administrative divisions", "二市 Er Shi", "Jia Shi</text>", "乙市 Yi Shi→甲市 Jia Shi", ">Yi Xian</tspan>"}, nil},
		{"drawing in English", "/map.svg?lang=en", 200, []string{">Yi Xian</tspan>", ">Jia Shi</tspan>"}, []string{"Lin Sheng", "Linsheng"}},
		{"about, the licence in Chinese", "/about", 200, []string{"CC0"}, []string{"licence."}},
		{"sheet in Chinese", "/print.svg?datetime=2026-03-01&t2=2019-06-01", 200, nil, []string{"Shi Sheng", "Jia Shi"}},
		{"search", "/search", 200, []string{"搜索政区"}, nil},
		{"search in vain", "/search?q=x", 200, []string{"没有找到"}, nil},
		{"search of a strange kind", "/search?q=x&kind=road", 400, []string{"kind"}, nil},
		{"bad paper", "/print?paper=a9", 400, []string{"paper"}, nil},
		{"bad box", "/print.svg?bbox=1,2,3", 400, []string{"bbox"}, nil},
		{"panel alone", "/panel?datetime=2000-01-01", 200, []string{"不知道的部分"}, []string{"<html", "masthead"}},
		{"units", "/units", 200, []string{"220184", "三区", "<table"}, nil},
		{"units long ago", "/units?datetime=2000-01-01", 200, []string{"220281", "其余部分当日"}, []string{"四县"}},
		{"unit", "/id/unit/5", 200, []string{"二市", "220184", "甲市", "试函〔2020〕84号", "无扫描件", "一二线", "GeoJSON"}, nil},
		{"unit at a date", "/id/unit/5?datetime=2019-06-01", 200, []string{"220281", "乙市", "2019年6月1日的状态"}, nil},
		{"unit abolished", "/id/unit/8", 200, []string{"2010年12月31日撤销", "四县", "后继", "文件不详"}, nil},
		{"unit not yet", "/id/unit/7?datetime=2000-01-01", 200, []string{"2010年12月31日才设立", "所占份额不详"}, nil},
		{"unit listed only", "/id/unit/9", 200, []string{"没有界线资料", "何时设立没有资料", "图示其上级一县", "东&lt;镇&gt;"}, []string{"东<镇>"}},
		{"a neighbour", "/id/unit/90", 200, []string{"邻省", "在本登记范围之外"}, []string{"撤销", "仅列名"}},
		{"unit with children", "/id/unit/4", 200, []string{"乡级单位", "仅列名"}, nil},
		{"event", "/id/event/20", 200, []string{"关于二市代管关系的批复", "将乙市代管的二市改由甲市代管。", "试院"}, nil},
		{"event known by year", "/id/event/10", 200, []string{"2010年", "仅知年份", "部分划归", "不知道依据哪一份文件"}, nil},
		{"events", "/events", 200, []string{"2 次", "2020", "2010"}, []string{"首次载入"}},
		{"events of a year", "/events?year=2020", 200, []string{"试函〔2020〕84号"}, []string{"旧县"}},
		{"line", "/id/line/5", 200, []string{"一二线", "习惯线", "111.0 km", `class="course"`}, nil},
		{"place", "/id/place/8", 200, []string{"Yi", "来源没有汉字名称", "一县"}, nil},
		{"reports", "/reports", 200, []string{"代码不一致", "1 条"}, nil},
		{"report", "/reports/codes-differ", 200, []string{"220121", "codes-differ.csv"}, nil},
		{"about", "/about", 200, []string{"CC0", "自制", "示意", "回推"}, nil},
		{"in English", "/about?lang=en", 200, []string{`lang="en"`, "What is not known", "not obtained"}, nil},
		{"bad date", "/?datetime=2020-02-31", 400, []string{"请求有误", "datetime"}, nil},
		{"bad recorded time", "/?recorded-as-of=yesterday", 400, []string{"recorded-as-of"}, nil},
		{"bad point", "/?here=NaN,2", 400, []string{"here"}, nil},
		{"bad year", "/events?year=soon", 400, []string{"year"}, nil},
		{"bad unit", "/?unit=x", 400, []string{"unit"}, nil},
		{"a draft", "/?case=7", 400, []string{"case"}, nil},
		{"before the first publication", "/?recorded-as-of=2020-01-01", 404, []string{"尚未发布"}, nil},
		{"an earlier publication", "/units?recorded-as-of=2026-01-01", 200, []string{"公众所见", "recorded-as-of=2026-01-01"}, nil},
		{"no such unit", "/id/unit/99", 404, []string{"没有找到"}, nil},
		{"no such number", "/id/unit/abc", 404, []string{"没有找到"}, nil},
		{"no such page", "/nowhere?lang=en", 404, []string{"Not found"}, nil},
		{"no such report", "/reports/none", 404, []string{"没有找到"}, nil},
		{"a decorated link", "/about?utm_source=x&from=timeline", 200, nil, nil},
		{"an unknown parameter", "/?nope=1", 400, []string{"<code>nope</code>", "没有这个参数", "recorded-as-of"}, nil},
		{"an unknown parameter of a drawing", "/map.svg?nope=1", 400, []string{"<code>nope</code>"}, nil},
		{"an unknown parameter in English", "/units?nope=1&lang=en", 400, []string{"<code>nope</code>", "no such parameter"}, nil},
		{"an unknown layer", "/?layers=fill,foo", 400, []string{"<code>layers</code>", "“foo”", "fill hatch label roman place"}, nil},
		{"no layers", "/?layers=", 200, nil, nil},
		{"an unknown comparison", "/?compare=foo", 400, []string{"<code>compare</code>", "swipe blink"}, nil},
		{"an unknown language", "/?lang=fr", 400, []string{"<code>lang</code>", "zh en"}, nil},
		{"a bad short date", "/?t=abc", 400, []string{"<code>t</code>", "“abc”不是日期"}, []string{"datetime</code>", "is not a date"}},
		{"a bad short date in English", "/print.svg?t=abc&lang=en", 400, []string{"<code>t</code>", "“abc” is not a date"}, nil},
		{"a bad point in Chinese", "/?here=999,99", 400, []string{"“999,99”不是经纬度"}, []string{"is not a point"}},
		{"a date twice", "/?t2=2020-01-01&t2=2021-01-01", 400, []string{"<code>t2</code>", "一次"}, nil},
		{"drawing with a short date", "/map.svg?t=2000-01-01", 200, []string{"2000年1月1日", "归属不明"}, nil},
		{"sheet with a short date", "/print.svg?t=2000-01-01", 200, []string{"2000年1月1日"}, nil},
		{"panel with short names", "/panel?t=2000-01-01&sel=5", 200, []string{`data-day="2000-01-01"`, `data-unit="5"`}, nil},
		{"table with a short date", "/units?t=2000-01-01", 200, []string{"2000年1月1日"}, nil},
		{"all that the map sends", "/print?datetime=2019-06-01&unit=5&t2=2020-06-05&bbox=124,43,126,44&here=125.5,43.5&layers=fill,roman&recorded-as-of=2026-01-01", 200, nil, nil},
		{"all that the finder sends", "/search?compare=swipe&t2=2019-06-01&layers=fill&datetime=2020-01-01&q=x&generic=县&kind=unit", 200, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(t, h, c.address)
			body := w.Body.String()
			if w.Code != c.status {
				t.Fatalf("status %d, want %d: %s", w.Code, c.status, body)
			}
			for _, text := range c.has {
				if !strings.Contains(body, text) {
					t.Errorf("the page does not say %q", text)
				}
			}
			for _, text := range c.lacks {
				if strings.Contains(body, text) {
					t.Errorf("the page says %q", text)
				}
			}
		})
	}
}

// TestPages_obey_the_policy finds what a strict content security policy would
// refuse: inline script and style, and addresses of other hosts.
func TestPages_obey_the_policy(t *testing.T) {
	h := siteOf(t, newFake()).routes()
	forbidden := regexp.MustCompile(`(?i)<script(?:>| [^>]*[^c]>[^<])|\sstyle=|<style|\son[a-z]+=|(?:src|href|action)="(?:https?:)?//`)
	for _, address := range []string{"/", "/units", "/id/unit/5", "/events", "/id/event/20", "/id/line/5", "/id/place/8", "/reports", "/about", "/nowhere", "/map.svg", "/download", "/print", "/print.svg?t2=2019-06-01"} {
		if found := forbidden.FindString(get(t, h, address).Body.String()); found != "" {
			t.Errorf("%s holds %q", address, found)
		}
	}
}

func TestPages_speak_the_reader_s_language(t *testing.T) {
	h := siteOf(t, newFake()).routes()
	for _, c := range []struct{ address, header, cookie, want string }{
		{"/about", "", "", "zh-Hans"},
		{"/about", "en-GB,en;q=0.9", "", "en"},
		{"/about", "zh-TW,en;q=0.5", "", "zh-Hans"},
		{"/about", "de", "", "zh-Hans"},
		{"/about", "en", "lang=zh", "zh-Hans"},
		{"/about?lang=en", "zh", "lang=zh", "en"},
		{"/about?lang=xx", "en", "", "en"},
	} {
		w := get(t, h, c.address, "Accept-Language", c.header, "Cookie", c.cookie)
		if !strings.Contains(w.Body.String(), `<html lang="`+c.want+`"`) {
			t.Errorf("%+v: answered in another language", c)
		}
	}
	if cookie := get(t, h, "/about?lang=en").Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "lang=en") {
		t.Errorf("the choice is not remembered: %q", cookie)
	}
}

func TestPages_say_when_the_database_is_away_and_recover(t *testing.T) {
	f := newFake()
	h := siteOf(t, f).routes()
	f.err = &registry.Error{Kind: registry.KindUnavailable, Message: "connection refused"}
	for _, lang := range Languages {
		w := get(t, h, "/?lang="+lang)
		body := w.Body.String()
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Fatalf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
		}
		if !strings.Contains(body, `http-equiv="refresh"`) || strings.Contains(body, "connection refused") {
			t.Error("the page must try again by itself, and keep the cause to the log")
		}
	}
	f.err = nil
	if w := get(t, h, "/"); w.Code != http.StatusOK {
		t.Errorf("status %d after the database came back", w.Code)
	}
}

func TestPages_are_not_sent_twice(t *testing.T) {
	h := siteOf(t, newFake()).routes()
	etag := get(t, h, "/units").Header().Get("ETag")
	if w := get(t, h, "/units", "If-None-Match", etag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("status %d with %d bytes", w.Code, w.Body.Len())
	}
}

func TestEmbed_may_be_framed_and_nothing_else(t *testing.T) {
	h := siteOf(t, newFake()).routes()
	for address, want := range map[string]string{"/embed": "default-src 'none'; frame-ancestors *", "/": "default-src 'none'; frame-ancestors 'none'"} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		if got := w.Header().Get("Content-Security-Policy"); got != want {
			t.Errorf("%s: policy %q, want %q", address, got, want)
		}
	}
}

func TestMap_gives_the_island_lists_where_there_is_nothing(t *testing.T) {
	s := siteOf(t, newFake())
	facts := s.island(&panel{Epoch: &epoch{}, Atlas: &atlas{}})
	for name, list := range map[string]any{"days": facts.Days, "neighbours": facts.Neighbours, "touched": (&panel{Epoch: &epoch{}}).Touched()} {
		if text, err := asJSON(list); err != nil || text != "[]" {
			t.Errorf("%s: %s, error %v", name, text, err)
		}
	}
}

func TestPages_answer_HEAD_as_GET(t *testing.T) {
	h := httptest.NewServer(siteOf(t, newFake()).routes())
	defer h.Close()
	for _, address := range []string{"/", "/units", "/id/unit/5", "/map.svg", "/print.svg", "/favicon.ico", "/print/a3-landscape.css", "/nowhere", "/reports/codes-differ.csv"} {
		got, err := http.Get(h.URL + address)
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()
		head, err := http.Head(h.URL + address)
		if err != nil {
			t.Fatal(err)
		}
		_ = head.Body.Close()
		if head.StatusCode != got.StatusCode || head.Header.Get("ETag") != got.Header.Get("ETag") || head.Header.Get("Content-Type") != got.Header.Get("Content-Type") {
			t.Errorf("%s: HEAD %d %v, GET %d %v", address, head.StatusCode, head.Header, got.StatusCode, got.Header)
		}
	}
}

func TestPanel_says_of_the_future_only_what_is_announced(t *testing.T) {
	catalogs, err := readCatalogs()
	if err != nil {
		t.Fatal(err)
	}
	today := registry.Date(2020, 1, 1)
	change := func(year int) *registry.DayOfChange { return &registry.DayOfChange{On: registry.Date(year, 6, 1)} }
	for _, c := range []struct {
		day  registry.Day
		e    epoch
		want string
	}{
		{today, epoch{Prev: change(2019)}, "panel.today"},
		{today - 1, epoch{Prev: change(2019)}, "panel.past"},
		{today + 1, epoch{Prev: change(2019), Next: change(2021)}, "panel.known"},
		{registry.Date(2021, 6, 1), epoch{Prev: change(2019), On: change(2021)}, "panel.future"},
		{registry.Date(2022, 1, 1), epoch{Prev: change(2021)}, "panel.future"},
	} {
		v := &View{catalog: catalogs["zh"], Day: c.day, Today: today}
		if got := (&panel{Epoch: &c.e}).When(v); got != v.text(c.want) {
			t.Errorf("%s: %q, want that of %s", c.day, got, c.want)
		}
	}
}

func TestAtlas_leaves_bare_who_is_in_no_prefecture(t *testing.T) {
	for _, c := range []struct {
		unit registry.Unit
		bare bool
	}{
		{registry.Unit{Superior: &jia}, false},
		{registry.Unit{Superior: &province}, true},
		{registry.Unit{Superior: &province, Custodian: &jia}, false},
		{registry.Unit{}, true},
	} {
		if isBare(&c.unit) != c.bare {
			t.Errorf("%+v: bare must be %v", c.unit, c.bare)
		}
	}
}

func TestMap_takes_short_parameters(t *testing.T) {
	h := siteOf(t, newFake()).routes()
	for address, want := range map[string]string{
		"/?t=2000-01-01&sel=5&layers=fill":   "/?datetime=2000-01-01&layers=fill&unit=5",
		"/embed?t=2000-01-01":                "/embed?datetime=2000-01-01",
		"/?t=2000-01-01&datetime=2001-01-01": "/?datetime=2001-01-01",
	} {
		if w := get(t, h, address); w.Code != http.StatusFound || w.Header().Get("Location") != want {
			t.Errorf("%s: status %d to %q, want %q", address, w.Code, w.Header().Get("Location"), want)
		}
	}
}

func TestAxis_begins_before_the_record(t *testing.T) {
	e := &epoch{Began: startDay, Days: []registry.DayOfChange{{On: replaceDay, Events: make([]registry.EventRecord, 9)}, {On: moveDay, Events: make([]registry.EventRecord, 1)}}}
	a := newAxis(e, &View{catalog: &catalog{Lang: "zh"}, Day: moveDay, Today: registry.Date(2026, 3, 1)})
	if a.First != 1979 || a.Last != 2026 || a.BeganX != "6.25%" || len(a.Ticks) != 2 || a.Ticks[0].Size != 4 || a.Ticks[1].Size != 1 {
		t.Errorf("axis %+v", a)
	}
	if !strings.HasPrefix(a.Density, "M0 100L0.0 ") || !strings.Contains(a.Density, " 0.0L") {
		t.Errorf("the strip must fill its height: %s", a.Density)
	}
	if empty := newAxis(&epoch{Began: registry.NoStart}, &View{catalog: &catalog{Lang: "zh"}, Today: moveDay, Day: moveDay}); empty.Density != "" || empty.First != 2020 {
		t.Errorf("without a record: %+v", empty)
	}
}

func TestMap_is_read_once_per_epoch(t *testing.T) {
	f := newFake()
	h := siteOf(t, f).routes()
	get(t, h, "/?datetime=2011-01-01")
	before := f.asked["Units"]
	get(t, h, "/?datetime=2012-07-01")
	if after := f.asked["Units"]; after != before {
		t.Errorf("asked %d more times for a day on which nothing had changed", after-before)
	}
	get(t, h, "/?datetime=2001-07-01")
	if f.asked["Units"] == before {
		t.Error("did not ask for a day after a change")
	}
}

func TestReport_as_file(t *testing.T) {
	h := siteOf(t, newFake()).routes()
	w := get(t, h, "/reports/codes-differ.csv")
	text, found := strings.CutPrefix(w.Body.String(), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !found || len(rows) != 2 || rows[1][1] != `a "b", c` {
		t.Errorf("rows %q, error %v", rows, err)
	}
}

func TestAssets(t *testing.T) {
	a, err := readAssets(fstest.MapFS{"a.css": {Data: []byte("a{}")}, "lib/b.mjs": {Data: []byte("export {}")}, "lib/c.mjs": {Data: []byte("1")}})
	if err != nil {
		t.Fatal(err)
	}
	b, c := a.path("b.mjs"), a.path("c.mjs")
	if b == "" || strings.TrimSuffix(b, "b.mjs") != strings.TrimSuffix(c, "c.mjs") {
		t.Errorf("files of one folder are apart: %q and %q", b, c)
	}
	if a.path("none.js") != "" {
		t.Error("a file that was not built has an address")
	}
	w := get(t, a, b)
	if w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("headers %v", w.Header())
	}
	if w := get(t, a, b, "Accept-Encoding", "gzip, br"); w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("headers %v", w.Header())
	}
	if w := get(t, a, "/assets/0/none"); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}

// TestPages_work_without_the_islands takes the built files away, as in a
// checkout where nobody has run npm.
func TestPages_work_without_the_islands(t *testing.T) {
	s := siteOf(t, newFake())
	static, _, err := assetRoots()
	if err != nil {
		t.Fatal(err)
	}
	if s.assets, err = readAssets(static, fstest.MapFS{}); err != nil {
		t.Fatal(err)
	}
	if s.pages, err = readTemplates(s.catalogs, s.assets); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(get(t, s.routes(), "/").Body)
	if err != nil || strings.Contains(string(body), "<script") || !strings.Contains(string(body), `href="/id/unit/5"`) {
		t.Errorf("the map without islands must be a drawing with links, without script (error %v)", err)
	}
}
