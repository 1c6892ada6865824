package registry

import (
	"context"

	"github.com/paulmach/orb"
)

// Guard answers from a registry without what the department has stopped. Data
// are refused with KindStopped as soon as they would hold a stopped layer; pages
// instead go without its geometry, and say so. stops is asked for each question.
func Guard(from Registry, stops func() Stops, pages bool) Registry {
	return &guard{from, stops, pages}
}

type guard struct {
	Registry
	stops func() Stops
	pages bool
}

// allow decides about a stopped layer: an error, or whether it is shown.
func (g *guard) allow(layers ...Layer) (shown bool, err error) {
	if err := g.stops().Refuse(layers...); err != nil {
		if g.pages {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// bare takes the geometry of a stopped level from a unit.
func (g *guard) bare(u *Unit) error {
	shown, err := g.allow(LayerOf(u.Level))
	if !shown {
		u.WKB, u.Label, u.Areal = nil, orb.Point{}, false
	}
	return err
}

// Units implements Registry.
func (g *guard) Units(ctx context.Context, q UnitQuery, yield func(*Unit) error) error {
	return g.Registry.Units(ctx, q, func(u *Unit) error {
		if err := g.bare(u); err != nil && (q.Geometry || q.Box != nil) {
			return err
		}
		return yield(u)
	})
}

// Unit implements Registry.
func (g *guard) Unit(ctx context.Context, id UnitID, at Instant, geometry bool) (*Unit, error) {
	u, err := g.Registry.Unit(ctx, id, at, geometry)
	if err != nil {
		return nil, err
	}
	if err := g.bare(u); err != nil && geometry {
		return nil, err
	}
	return u, nil
}

// UnitByCode implements Registry.
func (g *guard) UnitByCode(ctx context.Context, code string, at Instant) (*Unit, error) {
	u, err := g.Registry.UnitByCode(ctx, code, at)
	if err == nil {
		_ = g.bare(u) // it is asked for what it is, not for where
	}
	return u, err
}

// Unrefined implements Registry.
func (g *guard) Unrefined(ctx context.Context, at Instant, level Level, geometry bool, yield func(*Unrefined) error) error {
	if shown, err := g.allow(LayerOf(level)); !shown {
		return err
	}
	return g.Registry.Unrefined(ctx, at, level, geometry, yield)
}

// Where implements Registry: an answer about places on the ground tells of
// areas, so that it ends above the first level that is stopped.
func (g *guard) Where(ctx context.Context, p orb.Point, at Instant) ([]Whereabouts, error) {
	all, err := g.Registry.Where(ctx, p, at)
	if err != nil {
		return nil, err
	}
	for i := range all {
		for n := range all[i].Chain {
			shown, err := g.allow(LayerOf(all[i].Chain[n].Level))
			if err != nil {
				return nil, err
			}
			if !shown {
				all[i].Chain, all[i].NotKnown, all[i].Among = all[i].Chain[:n], LevelOutside, nil
				break
			}
		}
	}
	return all, nil
}

// Search implements Registry: what is found keeps its name, and loses its place
// on the map where that is stopped.
func (g *guard) Search(ctx context.Context, q SearchQuery) (*SearchResult, error) {
	found, err := g.Registry.Search(ctx, q)
	stops := g.stops()
	if err != nil || len(stops) == 0 {
		return found, err
	}
	out := *found
	out.Hits = nil
	for _, h := range found.Hits {
		if h.Place != 0 && stops.Has(PlaceLayer) {
			continue
		}
		if stops.Has(LayerOf(h.Level)) {
			h.Point, h.Box, h.At, h.AtOf = nil, nil, nil, nil
		} else if h.AtOf != nil && stops.Has(LayerOf(h.AtOf.Level)) {
			h.At, h.AtOf = nil, nil
		}
		out.Hits = append(out.Hits, h)
	}
	return &out, nil
}

// Borders implements Registry.
func (g *guard) Borders(ctx context.Context, at Instant, yield func(*Border) error) error {
	if shown, err := g.allow(BoundaryLayer); !shown {
		return err
	}
	return g.Registry.Borders(ctx, at, yield)
}

// Lines implements Registry.
func (g *guard) Lines(ctx context.Context, q LineQuery, yield func(*Line) error) error {
	shown, err := g.allow(BoundaryLayer)
	if err != nil && (q.Geometry || q.Box != nil) {
		return err
	}
	return g.Registry.Lines(ctx, q, func(l *Line) error {
		if !shown {
			l.WKB = nil
		}
		return yield(l)
	})
}

// Line implements Registry.
func (g *guard) Line(ctx context.Context, id LineID, at Instant) (*Line, error) {
	shown, err := g.allow(BoundaryLayer)
	if err != nil {
		return nil, err
	}
	l, err := g.Registry.Line(ctx, id, at)
	if err == nil && !shown {
		l.WKB = nil
	}
	return l, err
}

// Places implements Registry.
func (g *guard) Places(ctx context.Context, q PlaceQuery, yield func(*Place) error) error {
	if shown, err := g.allow(PlaceLayer); !shown {
		return err
	}
	return g.Registry.Places(ctx, q, yield)
}

// Place implements Registry.
func (g *guard) Place(ctx context.Context, id PlaceID, at Instant) (*Place, error) {
	if err := g.stops().Refuse(PlaceLayer); err != nil {
		return nil, err
	}
	return g.Registry.Place(ctx, id, at)
}
