package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/tiles"
)

// everyday measures, for information, what users do all day, beside the time
// of a statement that does nothing.
func (b *benchmark) everyday(ctx context.Context) ([]figure, error) {
	s, err := b.provinceStore(ctx)
	if err != nil {
		return nil, err
	}
	work, err := s.everydayWork(ctx)
	if err != nil {
		return nil, err
	}
	b.shown.Step("doing what users do", b.runs+1)
	var all []func(context.Context) error
	for _, w := range work {
		all = append(all, w.do)
	}
	times, err := b.rounds(ctx, all...)
	if err != nil {
		return nil, err
	}
	nothing := times[0].each(work[0].times)
	figures := []figure{{name: "first load of the province", yardstick: "a bare SELECT 1", ours: seconds(s.loaded), by: nothing}}
	for i, w := range work[1:] {
		figures = append(figures, figure{name: w.name, yardstick: "a bare SELECT 1", ours: times[i+1].each(w.times), by: nothing})
	}
	return figures, nil
}

// repeated is a piece of work that does the same so many times.
type repeated struct {
	name  string
	times int
	do    func(context.Context) error
}

// everydayWork is the yardstick and, after it, what is measured.
func (s *benchStore) everydayWork(ctx context.Context) ([]repeated, error) {
	counties, err := s.counties(ctx)
	if err != nil {
		return nil, err
	}
	known := &counties[0]
	if u, err := s.UnitByCode(ctx, "220184", s.now); err == nil { // 公主岭市
		known = u
	}
	e, err := s.newEditor(ctx)
	if err != nil {
		return nil, err
	}
	source := tiles.NewPostGIS(s.Pool())
	z, x, y := tileOf(counties[0].Label, 7)
	return []repeated{
		{"a bare SELECT 1", selects, s.selectOnes},
		{"where is a point", len(counties), func(ctx context.Context) error { return s.whereEach(ctx, counties) }},
		{"history of " + known.Name, 1, func(ctx context.Context) error {
			_, err := s.History(ctx, known.ID, s.now.Recorded)
			return err
		}},
		{fmt.Sprintf("tile %d/%d/%d by PostGIS", z, x, y), 1, func(ctx context.Context) error {
			_, err := source.Tile(ctx, z, x, y, tiles.Moment{Day: s.now.Valid.Time(), Seq: int64(s.now.Recorded)})
			return err
		}},
		{"border edit: draft", 1, e.draft},
		{"border edit: commit", 1, e.commit},
		{"check of the whole store", 1, s.checkWhole},
	}, nil
}

// selects is how often the yardstick is repeated in a round.
const selects = 200

func (s *benchStore) selectOnes(ctx context.Context) error {
	for range selects {
		if err := s.Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *benchStore) counties(ctx context.Context) (all []registry.Unit, err error) {
	err = s.Units(ctx, registry.UnitQuery{At: s.now, Level: registry.LevelCounty}, func(u *registry.Unit) error {
		if u.Areal {
			all = append(all, *u)
		}
		return nil
	})
	if err == nil && len(all) == 0 {
		err = errors.New("no county has an area")
	}
	return all, err
}

// whereEach asks who is at the label of each county.
func (s *benchStore) whereEach(ctx context.Context, counties []registry.Unit) error {
	for i := range counties {
		found, err := s.Where(ctx, counties[i].Label, s.now)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("nobody is at %v", counties[i].Label)
		}
	}
	return nil
}

func (s *benchStore) checkWhole(ctx context.Context) error {
	problems, err := s.Check(ctx, nil)
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("the store is not sound: %+v", problems[0])
	}
	return err
}

// editor corrects the course of one border again and again, to and fro.
type editor struct {
	s      *benchStore
	a, b   string // the neighbours, by name
	shift  float64
	opened registry.CaseID
}

var errFound = errors.New("found")

// newEditor looks for a border of counties with a vertex that can be moved.
func (s *benchStore) newEditor(ctx context.Context) (*editor, error) {
	e := &editor{s: s, shift: 3e-7}
	err := s.Lines(ctx, registry.LineQuery{At: s.now}, func(l *registry.Line) error {
		if l.A.Level != registry.LevelCounty || l.B.Level != registry.LevelCounty {
			return nil
		}
		_, course, err := s.ArcBetween(ctx, l.A.Name, l.B.Name, s.now)
		if err == nil && len(course) > 2 {
			e.a, e.b = l.A.Name, l.B.Name
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return e, nil
	}
	return nil, errors.Join(errors.New("no border between counties can be edited"), err)
}

// draft opens a case and drafts the move of one vertex by about 3 cm.
func (e *editor) draft(ctx context.Context) error {
	seq, err := e.s.Latest(ctx)
	if err != nil {
		return err
	}
	at := registry.Instant{Valid: e.s.now.Valid, Recorded: seq}
	arc, course, err := e.s.ArcBetween(ctx, e.a, e.b, at)
	if err != nil {
		return err
	}
	course[len(course)/2][0] += e.shift
	e.shift = -e.shift
	if e.opened, err = e.s.OpenCase(ctx, "CORRECTION", "基准测试", "jieming bench"); err != nil {
		return err
	}
	if _, err := e.s.OpenDraft(ctx, e.opened); err != nil {
		return err
	}
	op := registry.Operation{Kind: registry.Reshape, Arc: arc, Course: course, Source: "bench"}
	return e.s.Draft(ctx, e.opened, registry.Since(at.Valid), op)
}

// commit applies the draft.
func (e *editor) commit(ctx context.Context) error {
	_, err := e.s.Apply(ctx, e.opened, postgres.Author{Actor: "jieming bench"}, postgres.Decision{
		Instrument: registry.Instrument{Completeness: registry.Cited, Title: "基准测试", Citation: "jieming bench"},
		Event:      registry.Event{Class: registry.Correction, Type: registry.Resurvey, EffectiveOn: e.s.now.Valid, Precision: registry.PrecisionDay},
	})
	return err
}

// tileOf is the Web Mercator tile of a point (lon, lat in degrees) at a zoom.
func tileOf(p orb.Point, z int) (zoom, x, y int) {
	n := math.Exp2(float64(z))
	lat := p.Lat() * math.Pi / 180
	return z, int((p.Lon() + 180) / 360 * n), int((1 - math.Asinh(math.Tan(lat))/math.Pi) / 2 * n)
}

// each is the time of one of n repetitions.
func (s series) each(n int) series {
	one := make(series, len(s))
	for i, d := range s {
		one[i] = d / float64(n)
	}
	return one
}
