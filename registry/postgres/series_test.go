package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

var errGivenUp = errors.New("given up")

// Numbers have no gap and no double, also when writers come at the same time
// and give up what they drew.
func TestSeries_drawsWithoutGaps(t *testing.T) {
	s, ctx := opened(t, nil), context.Background()
	p := someone(t, s, "zhang")
	check(t, s.SetSeries(ctx, p, desk.Series{Issuer: "吉林省民政厅", Paper: "*", Pattern: "吉民区划〔{year}〕{n}号", Year: 2026, After: 11, Reason: "新系列"}))
	check(t, s.SetSeries(ctx, p, desk.Series{Issuer: "吉林省民政厅", Paper: "ANNOUNCEMENT", Pattern: "第{n}号", Reason: "公告连续编号"}))
	const writers, each = 8, 12
	var all sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for w := range writers {
		all.Go(func() {
			for i := range each {
				paper, year := "REQUEST", 2026
				switch {
				case i%4 == 3:
					paper = "ANNOUNCEMENT"
				case i%4 == 2:
					year = 2027
				}
				var number string
				_, err := s.write(ctx, tester, func(tx pgx.Tx, _ registry.Seq) (err error) {
					number, err = drawNumber(ctx, tx, numbered{Issuer: "吉林省民政厅", Paper: paper, By: p.Account, On: registry.Date(year, 5, 1)})
					if err == nil && (i+w)%3 == 0 {
						err = errGivenUp
					}
					return err
				})
				if errors.Is(err, errGivenUp) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				got[number]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for _, series := range []struct {
		pattern    string
		year, from int
	}{{"吉民区划〔{year}〕{n}号", 2026, 12}, {"吉民区划〔{year}〕{n}号", 2027, 1}, {"第{n}号", 0, 1}} {
		numbers, err := s.PaperNumbers(ctx, series.pattern, series.year)
		check(t, err)
		slices.Reverse(numbers)
		if len(numbers) == 0 {
			t.Fatal("no numbers")
		}
		for i, n := range numbers {
			want := (&desk.Series{Pattern: series.pattern}).Number(series.year, series.from+i)
			if n.Number != want || got[want] != 1 || n.By != "zhang" {
				t.Errorf("number %d is %+v, given %d times; want %s", i, n, got[want], want)
			}
			delete(got, want)
		}
	}
	if len(got) > 0 {
		t.Errorf("given but not in the register: %v", got)
	}
	if found := failing(t, s); len(found) != 0 {
		t.Errorf("the check found %v", found)
	}
}

func TestSeries_voidsAndRefuses(t *testing.T) {
	s, ctx := opened(t, nil), context.Background()
	p := someone(t, s, "zhang")
	draw := func() (number string, err error) {
		_, err = s.write(ctx, tester, func(tx pgx.Tx, _ registry.Seq) (err error) {
			number, err = drawNumber(ctx, tx, numbered{Issuer: "厅", Paper: "REPLY", By: p.Account, On: registry.Date(2026, 5, 1)})
			return err
		})
		return number, err
	}
	if _, err := draw(); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("without a series: %v", err)
	}
	series := desk.Series{Issuer: "厅", Paper: "REPLY", Pattern: "厅〔{year}〕{n}号", Year: 2026, Reason: "x"}
	check(t, s.SetSeries(ctx, p, series))
	first, err := draw()
	check(t, err)
	check(t, s.VoidNumber(ctx, p, first, "重复发文"))
	if err := s.VoidNumber(ctx, p, first, "again"); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("void twice: %v", err)
	}
	if err := s.VoidNumber(ctx, p, "无此号", "x"); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("void nothing: %v", err)
	}
	if second, err := draw(); err != nil || first != "厅〔2026〕1号" || second != "厅〔2026〕2号" {
		t.Errorf("%s, %s, %v", first, second, err)
	}
	numbers, err := s.PaperNumbers(ctx, series.Pattern, 2026)
	if err != nil || len(numbers) != 2 || !numbers[1].Void || numbers[1].Because != "重复发文" || numbers[0].Void {
		t.Errorf("%+v, %v", numbers, err)
	}
	series.After = 40
	if err := s.SetSeries(ctx, p, series); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("a series that would leave a gap: %v", err)
	}
}

func TestTemplate_versions(t *testing.T) {
	s, ctx := opened(t, nil), context.Background()
	p := someone(t, s, "zhang")
	u := keep(t, s, p, []byte("not looked at here"))
	check(t, s.ReplaceTemplate(ctx, p, "request", 0, u, "厅里的版式"))
	if err := s.ReplaceTemplate(ctx, p, "request", 0, u, "late"); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("over somebody else's: %v", err)
	}
	check(t, s.ReplaceTemplate(ctx, p, "request", 1, nil, "恢复"))
	versions, err := s.TemplateVersions(ctx, "")
	check(t, err)
	got := fmt.Sprint(len(versions), versions[0].Version, versions[0].File, versions[1].Version, versions[1].File.Digest == u.Digest, versions[1].By)
	if got != "2 2 <nil> 1 truezhang" {
		t.Error(got)
	}
	if found := failing(t, s); len(found) != 0 {
		t.Errorf("the check found %v", found)
	}
}
