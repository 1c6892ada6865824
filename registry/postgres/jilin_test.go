package postgres

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"jieming/geo/datatest"
	"jieming/registry"
	"jieming/registry/dataset"
	"jieming/registry/postgres/pgtest"
)

func baselineOf(t testing.TB, dir string) *registry.Baseline {
	t.Helper()
	folder, err := dataset.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	b, err := folder.Baseline(context.Background(), func(string, int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// jilin is a store of its own that holds the real data, published. It is
// loaded once and copied.
func jilin(t *testing.T) (*Store, string) {
	t.Helper()
	dir := datatest.Dir(t)
	dsn := pgtest.Template(t, "jilin", func(ctx context.Context, dsn string) error {
		s, err := Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		b := baselineOf(t, dir)
		if _, _, err = s.Load(ctx, b, tester, steps(t)); err != nil {
			return err
		}
		_, err = s.Publish(ctx, tester, b.Dataset.DataDate, "", "")
		return err
	})
	s, err := Open(context.Background(), pgtest.App(t, dsn))
	check(t, err)
	t.Cleanup(s.Close)
	return s, dir
}

func TestJilin_holdsEveryInvariant(t *testing.T) {
	s, _ := jilin(t)
	problems, err := s.Check(context.Background(), nil)
	check(t, err)
	for _, p := range problems {
		t.Errorf("%+v", p)
	}
}

// On every 31 December, the codes and names equal the list of that year, but
// for those the report codes-differ explains.
func TestJilin_codesEqualTheYearlyLists(t *testing.T) {
	ctx := context.Background()
	s, dir := jilin(t)
	want := yearlyLists(t, dir)
	explained := map[string]bool{}
	reports, err := s.Reports(ctx, latest(t, s))
	check(t, err)
	for _, r := range reports {
		if r.Name == "codes-differ" {
			for _, row := range r.Rows {
				explained[strings.Join(row[:2], " ")] = true
			}
		}
	}
	for year := 1981; year <= 2024; year++ {
		at := registry.Instant{Valid: registry.Date(year, 12, 31), Recorded: latest(t, s)}
		var got []string
		for level := registry.LevelProvince; level <= registry.LevelCounty; level++ {
			err := s.Units(ctx, registry.UnitQuery{At: at, Level: level}, func(u *registry.Unit) error {
				if u.Code != "" {
					got = append(got, u.Code[:6]+" "+u.Name)
				}
				return nil
			})
			check(t, err)
		}
		sort.Strings(got)
		if miss, extra := difference(want[year], got); len(miss)+len(extra) > 0 {
			t.Errorf("%d: missing %v, extra %v (explained: %v)", year, miss, extra, explained)
		}
	}
}

// The table of codes says the same, for every year.
func TestJilin_tableOfCodesEqualsTheYearlyLists(t *testing.T) {
	s, dir := jilin(t)
	got := map[int][]string{}
	check(t, s.Codes(context.Background(), latest(t, s), func(c *registry.CodeRecord) error {
		for year := 1981; year <= 2024 && c.Unit.Level <= registry.LevelCounty; year++ {
			if c.Valid.Holds(registry.Date(year, 12, 31)) {
				got[year] = append(got[year], c.Unit.Code[:6]+" "+c.Unit.Name)
			}
		}
		if c.Began.Event == 0 || (c.Ended.Event == 0) != (c.Valid.To == registry.NoEnd) {
			t.Errorf("%+v", c)
		}
		return nil
	}))
	for year, want := range yearlyLists(t, dir) {
		sort.Strings(got[year])
		if miss, extra := difference(want, got[year]); len(miss)+len(extra) > 0 {
			t.Errorf("%d: missing %v, extra %v", year, miss, extra)
		}
	}
}

func yearlyLists(t *testing.T, dir string) map[int][]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "areacodes", "codes_by_year.csv.gz"))
	check(t, err)
	unzipped, err := gzip.NewReader(bytes.NewReader(raw))
	check(t, err)
	lists := map[int][]string{}
	for lines := bufio.NewScanner(unzipped); lines.Scan(); {
		f := strings.Split(lines.Text(), ",")
		if year, err := strconv.Atoi(f[0]); err == nil && strings.HasPrefix(f[1], "22") {
			lists[year] = append(lists[year], f[1]+" "+f[2])
		}
	}
	for _, l := range lists {
		sort.Strings(l)
	}
	return lists
}

func difference(want, got []string) (miss, extra []string) {
	has := map[string]int{}
	for _, w := range want {
		has[w]++
	}
	for _, g := range got {
		if has[g]--; has[g] < 0 {
			extra = append(extra, g)
		}
	}
	for w, n := range has {
		if n > 0 {
			miss = append(miss, w)
		}
	}
	return miss, extra
}

// The cases that the department knows by heart, asked at a point inside.
func TestJilin_knownCases(t *testing.T) {
	ctx := context.Background()
	s, _ := jilin(t)
	gongzhuling := orb.Point{124.8, 43.5}
	jiutai := orb.Point{125.9, 44.15}
	jiangyuan := orb.Point{126.65, 42.05}
	hunjiang := orb.Point{126.35, 41.95}
	fuyu := orb.Point{126.0, 44.95}
	for _, c := range []struct {
		at   orb.Point
		on   registry.Day
		want string
	}{
		{gongzhuling, registry.Date(1984, 12, 31), "吉林省 四平市 怀德县 220321"},
		{gongzhuling, registry.Date(1987, 12, 31), "吉林省 四平市 公主岭市 220319"},
		{gongzhuling, registry.Date(1989, 12, 31), "吉林省 公主岭市 229001"},
		{gongzhuling, registry.Date(2019, 6, 1), "吉林省 四平市 公主岭市 220381"},
		{gongzhuling, registry.Date(2020, 6, 4), "吉林省 四平市 公主岭市 220381"},
		{gongzhuling, registry.Date(2020, 6, 5), "吉林省 长春市 公主岭市 220184"},
		{gongzhuling, registry.Date(2021, 1, 1), "吉林省 长春市 公主岭市 220184"},
		{jiutai, registry.Date(1987, 12, 31), "吉林省 长春市 九台县 220123"},
		{jiutai, registry.Date(1989, 12, 31), "吉林省 九台市 229005"},
		{jiutai, registry.Date(2014, 10, 19), "吉林省 长春市 九台市 220181"},
		{jiutai, registry.Date(2014, 10, 20), "吉林省 长春市 九台区 220113"},
		{jiangyuan, registry.Date(1994, 12, 31), "吉林省 白山市 三岔子区 220603"},
		{jiangyuan, registry.Date(2000, 1, 1), "吉林省 白山市 江源县 220625"},
		{jiangyuan, registry.Date(2006, 12, 31), "吉林省 白山市 江源区 220605"},
		{hunjiang, registry.Date(1990, 1, 1), "吉林省 浑江市 八道江区 220602"},
		{hunjiang, registry.Date(2009, 12, 31), "吉林省 白山市 八道江区 220602"},
		{hunjiang, registry.Date(2010, 12, 31), "吉林省 白山市 浑江区 220602"},
		{fuyu, registry.Date(1996, 1, 1), "吉林省 松原市 扶余县 220724"},
		{fuyu, registry.Date(2013, 12, 31), "吉林省 松原市 扶余市 220781"},
		{fuyu, registry.Date(1986, 12, 31), "吉林省 白城地区 222300; one of 扶余县, 前郭尔罗斯蒙古族自治县"},
	} {
		found, err := s.Where(ctx, c.at, registry.Instant{Valid: c.on, Recorded: latest(t, s)})
		check(t, err)
		if len(found) != 1 {
			t.Errorf("%v %s: %d answers", c.at, c.on, len(found))
			continue
		}
		if got := inWords(found[0]); got != c.want {
			t.Errorf("%s: %s, want %s", c.on, got, c.want)
		}
	}
}

func inWords(w registry.Whereabouts) string {
	var names, among []string
	for _, u := range w.Chain {
		names = append(names, u.Name)
	}
	text := strings.Join(names, " ") + " " + w.Chain[len(w.Chain)-1].Code[:6]
	for _, u := range w.Among {
		among = append(among, u.Name)
	}
	if len(among) > 0 {
		text += fmt.Sprintf("; one of %s", strings.Join(among, ", "))
	}
	return text
}

// A move of custody is one version and the codes below it: no arc, no face, no
// tenure. The 30 townships and 485 villages get new codes in the same event
// (the list has 36 rows under the county, of which 6 are statistical areas).
func TestJilin_gongzhuling2020(t *testing.T) {
	ctx := context.Background()
	s, _ := jilin(t)
	at := registry.Instant{Valid: registry.Date(2021, 1, 1), Recorded: latest(t, s)}
	unit, err := s.UnitByCode(ctx, "220184", at)
	check(t, err)
	h, err := s.History(ctx, unit.ID, at.Recorded)
	check(t, err)
	var event registry.EventID
	for _, v := range h.Versions {
		if v.Valid.From == registry.Date(2020, 6, 5) {
			event = v.BeganBy
		}
	}
	counts := map[string]int{}
	rows, err := s.pool.Query(ctx, sqlCountByEvent, int64(event))
	check(t, err)
	for rows.Next() {
		var what string
		var n int
		check(t, rows.Scan(&what, &n))
		counts[what] = n
	}
	for what, want := range map[string]int{"arc": 0, "tenure": 0, "county version": 1, "county code": 1, "township code": 30, "village code": 485} {
		if counts[what] != want {
			t.Errorf("%s: %d, want %d", what, counts[what], want)
		}
	}
	old, err := s.Translate(ctx, "220381100001", registry.Date(2019, 1, 1), registry.Date(2021, 1, 1), at.Recorded)
	if err != nil || len(old.Targets) != 1 || !strings.HasPrefix(old.Targets[0].Unit.Code, "220184100") {
		t.Errorf("crosswalk of a village: %+v, %v", old, err)
	}
}

const sqlCountByEvent = `
	SELECT 'arc', count(*)::int FROM arc_version WHERE began_by = $1
	UNION ALL SELECT 'tenure', count(*)::int FROM tenure WHERE began_by = $1
	UNION ALL SELECT CASE level WHEN 3 THEN 'county' WHEN 4 THEN 'township' ELSE 'village' END || ' version', count(*)::int FROM unit_version WHERE began_by = $1 GROUP BY level
	UNION ALL SELECT CASE u.level WHEN 3 THEN 'county' WHEN 4 THEN 'township' ELSE 'village' END || ' code', count(*)::int
	FROM code_version c JOIN LATERAL (SELECT level FROM unit_version u WHERE u.unit_id = c.unit_id LIMIT 1) u ON true WHERE c.began_by = $1 GROUP BY u.level`
