package main

import (
	"context"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"jieming/registry"
)

// redraw drafts for a case of the demonstration how a border of a county would
// run: a bow to the north-east, as wide as its neighbours leave room for, and
// since before the play, so that the notice of any of its days shows it. It
// reports whether there is a border that can be moved. A case that has a draft
// keeps it.
func (s *staging) redraw(ctx context.Context, c registry.CaseID, county registry.UnitRef) (bool, error) {
	if shapes, err := s.store.DraftShapes(ctx, c, s.desk.Today(), 0); err != nil || len(shapes) > 0 {
		return len(shapes) > 0, err
	}
	if _, err := s.store.OpenDraft(ctx, c); err != nil && registry.KindOf(err) != registry.KindConflict {
		return false, err
	}
	latest, err := s.store.Latest(ctx)
	if err != nil {
		return false, err
	}
	since := registry.Since(s.desk.Today() - 365)
	for _, other := range s.counties {
		arc, course, err := s.store.ArcBetween(ctx, county.Name, other.Name, registry.Instant{Valid: s.desk.Today(), Recorded: latest})
		if registry.KindOf(err) == registry.KindNotFound || len(course) < 5 {
			continue
		}
		if err != nil {
			return false, err
		}
		for wide := 0.25; wide > 0.01; wide /= 2 {
			op := registry.Operation{Kind: registry.Reshape, Arc: arc, Course: bowed(course, wide*geo.Length(course)), Source: "演示"}
			if s.store.Draft(ctx, c, since, op) == nil { // else it would cross another border
				return true, nil
			}
		}
	}
	return false, nil
}

// bowed is a course whose middle lies so many metres further to the north-east,
// and whose ends stay.
func bowed(course orb.LineString, metres float64) orb.LineString {
	out := course.Clone()
	for i := 1; i < len(out)-1; i++ {
		p := geo.PointAtBearingAndDistance(course[i], 45, metres*math.Sin(math.Pi*float64(i)/float64(len(out)-1)))
		out[i] = orb.Point{math.Round(p[0]*1e7) / 1e7, math.Round(p[1]*1e7) / 1e7}
	}
	return out
}
