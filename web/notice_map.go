package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/web/sheet"
)

// showNoticeMap answers /notices/{id}/map-now.svg and map-proposal.svg.
func (s *site) showNoticeMap(r *http.Request, v *View) (*answer, error) {
	n, err := s.publicNotice(r)
	if err != nil {
		return nil, err
	}
	if n.AsOf == 0 || v.Pub == nil {
		return nil, registry.NotFound("map of notice", n.ID)
	}
	shapes, err := s.desk.NoticeShapes(r.Context(), n)
	if err != nil {
		return nil, err
	}
	pub, err := s.publicationOf(r.Context(), n)
	if err != nil {
		return nil, err
	}
	v.Pub, v.Day, v.At = pub, n.MapDay, registry.Instant{Valid: n.MapDay, Recorded: n.AsOf}
	return s.drawNotice(r, v, n, shapes)
}

// publicationOf is the publication that the map of a notice shows: the current
// one for a draft.
func (s *site) publicationOf(ctx context.Context, n *desk.Notice) (*registry.Publication, error) {
	all, err := s.reg.Publications(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all { // the latest first
		if n.AsOf == 0 || all[i].AsOf == n.AsOf {
			return s.reg.Publication(ctx, all[i].ReleasedAt) // with its data set
		}
	}
	return nil, registry.NotFound("publication of notice", n.ID)
}

// drawNotice draws the side of the map of a notice that the address names.
func (s *site) drawNotice(r *http.Request, v *View, n *desk.Notice, shapes []desk.NoticeShape) (*answer, error) {
	now, err := s.paperOf(r.Context(), v, v.Day)
	if err != nil {
		return nil, err
	}
	drawn, caption := now, v.text("notice.map.now", "date", v.day(v.Day))
	title := v.word("notice.map.side", chi.URLParam(r, "side"))
	switch side := chi.URLParam(r, "side"); {
	case side == "proposal" && len(shapes) == 0 && n.State == desk.NoticeDrafted: // a draft written before its map was drawn
		caption = v.text("notice.map.undrawn")
		title = caption
	case side == "proposal" && len(shapes) > 0:
		caption = v.text("notice.map.proposal")
		if drawn, err = s.proposalOf(r.Context(), v, n, now, shapes); err != nil {
			return nil, err
		}
	case side != "now":
		return nil, registry.NotFound("map of notice", n.ID)
	}
	view, err := s.noticeView(r.Context(), v, n, shapes)
	if err != nil {
		return nil, err
	}
	moved, err := s.moved(r.Context(), v, shapes, chi.URLParam(r, "side") == "proposal")
	if err != nil {
		return nil, err
	}
	chosen := map[int64]bool{}
	if n.Unit != 0 && len(shapes) == 0 {
		chosen = now.chosen(n.Unit)
	}
	for _, shape := range shapes {
		chosen[int64(shape.Unit)] = true
	}
	p := sheet.Paper{Format: sheet.A4, Landscape: true, Title: n.Title, Subtitle: caption, View: view, Notes: s.notes(v)[1:],
		Panels: []sheet.Panel{{Net: drawn.Net, Sheet: sheet.Sheet{Names: drawn.names(), Neighbours: drawn.Neighbours, Labelled: true, Chosen: chosen, Course: moved, Reading: v.romanOf}}},
		Scale:  func(n int) string { return v.text("print.scale", "n", grouped(float64(n), 0)) }}
	p.Stamp = v.stamp()
	p.Key = v.printKey(p.Panels)
	if len(moved) > 0 {
		p.Key = append([]sheet.KeyRow{{Class: "course", Text: v.text("notice.map.moved")}}, p.Key...)
	}
	if r.URL.Query().Get("in") == "page" { // the page has the title, and little room: two stand side by side, or one on a telephone
		p.Landscape, p.Large, p.Title, p.Subtitle = false, 1.8, title, ""
	}
	var out bytes.Buffer
	if err := sheet.WritePaper(&out, p); err != nil {
		return nil, fmt.Errorf("drawing the map of a notice: %w", err)
	}
	return &answer{body: out.Bytes(), mime: "image/svg+xml"}, nil
}

// moved are the borders that a proposal changes: as they would run, or as they do.
func (s *site) moved(ctx context.Context, v *View, shapes []desk.NoticeShape, proposal bool) ([]orb.LineString, error) {
	var now, then orb.MultiPolygon
	for _, shape := range shapes {
		if len(shape.WKB) > 0 {
			area, err := polygons(shape.WKB)
			if err != nil {
				return nil, err
			}
			then = append(then, area...)
		}
		u, err := s.reg.Unit(ctx, shape.Unit, v.At, true)
		if registry.KindOf(err) == registry.KindNotFound {
			continue // a new one
		}
		if err != nil {
			return nil, err
		}
		area, err := polygons(u.WKB)
		if err != nil {
			return nil, err
		}
		now = append(now, area...)
	}
	if proposal {
		return apart(then, now), nil
	}
	return apart(now, then), nil
}

// apart are the parts of the outlines of some areas that are no outline of others.
// Shared vertices are equal: both come from one registry, rounded alike.
func apart(of, others orb.MultiPolygon) (lines []orb.LineString) {
	type side [2]orb.Point
	along := func(a, b orb.Point) side {
		if a[0] > b[0] || a[0] == b[0] && a[1] > b[1] {
			a, b = b, a
		}
		return side{a, b}
	}
	known := map[side]bool{}
	for _, area := range others {
		for _, ring := range area {
			for i := 1; i < len(ring); i++ {
				known[along(ring[i-1], ring[i])] = true
			}
		}
	}
	for _, area := range of {
		for _, ring := range area {
			var line orb.LineString
			for i := 1; i < len(ring); i++ {
				key := along(ring[i-1], ring[i])
				if !known[key] {
					known[key] = true // two areas share it
					if line == nil {
						line = orb.LineString{ring[i-1]}
					}
					line = append(line, ring[i])
				} else if line != nil {
					lines, line = append(lines, line), nil
				}
			}
			if line != nil {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// noticeView is what part of the land both sides of the map show: that which
// would change, or the unit that the notice is about; nil for all.
func (s *site) noticeView(ctx context.Context, v *View, n *desk.Notice, shapes []desk.NoticeShape) (*orb.Bound, error) {
	var around *orb.Bound
	for _, shape := range shapes {
		area, err := polygons(shape.WKB)
		if err != nil {
			return nil, err
		}
		if b := area.Bound(); len(area) > 0 && around == nil {
			around = &b
		} else if len(area) > 0 {
			b = b.Union(*around)
			around = &b
		}
	}
	if around == nil {
		return s.printView(ctx, v, printOrder{Area: "unit", Unit: n.Unit})
	}
	wide := around.Pad(0.25 * max(around.Max[0]-around.Min[0], around.Max[1]-around.Min[1]))
	return &wide, nil
}

// proposedAt is what the map of a proposal is kept by. What was cleared for a
// published notice does not change.
type proposedAt struct {
	notice desk.NoticeID
	drawnAt
}

// proposalOf is the map of a proposal, from memory if its notice is published and
// the map was asked for before: everybody may ask, and reading it takes a while.
func (s *site) proposalOf(ctx context.Context, v *View, n *desk.Notice, now *atlas, shapes []desk.NoticeShape) (*atlas, error) {
	if !n.State.Public() {
		return s.proposed(ctx, v, now, shapes)
	}
	return s.proposals.get(proposedAt{n.ID, s.drawnAt(v.At)}, func() (*atlas, error) { return s.proposed(ctx, v, now, shapes) })
}

// proposed is the map of a day with some areas as a proposal would have them.
func (s *site) proposed(ctx context.Context, v *View, now *atlas, shapes []desk.NoticeShape) (*atlas, error) {
	instead := map[registry.UnitID]*sheet.Region{}
	for _, shape := range shapes {
		if len(shape.WKB) == 0 {
			instead[shape.Unit] = nil
			continue
		}
		area, err := polygons(shape.WKB)
		if err != nil {
			return nil, fmt.Errorf("reading the proposed area of unit %d: %w", shape.Unit, err)
		}
		label, _ := planar.CentroidArea(area)
		instead[shape.Unit] = &sheet.Region{ID: int64(shape.Unit), Group: int64(shape.Group), Name: shape.Name, Known: true, Label: label, Polygons: area}
	}
	a, err := s.readAtlasWith(ctx, v.At, paperTolerance, func(orb.Bound) sheet.Projection { return sheet.ForPaper(now.Bound) }, instead)
	if err != nil {
		return nil, err
	}
	return a.tinted(now), nil
}

// showDraftNoticeMap answers /desk/notices/{id}/map-now.svg and
// map-proposal.svg: what the map of a draft would show, for who clears it.
func (s *site) showDraftNoticeMap(r *http.Request, v *View) (*answer, error) {
	n, _, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	pub, err := s.publicationOf(r.Context(), n)
	if err != nil {
		return nil, err
	}
	v.Pub, v.At = pub, registry.Instant{Valid: v.Day, Recorded: pub.AsOf}
	var shapes []desk.NoticeShape
	switch {
	case n.Map == desk.NoMap:
		return nil, registry.NotFound("map of notice", n.ID)
	case n.Map == desk.MapNow:
	case n.State == desk.NoticeDrafted:
		shapes, err = s.desk.ProposalShapes(r.Context(), v.Who, n.ID)
	default:
		v.Day, v.At = n.MapDay, registry.Instant{Valid: n.MapDay, Recorded: n.AsOf}
		shapes, err = s.desk.NoticeShapes(r.Context(), n)
	}
	if err != nil {
		return nil, err
	}
	return s.drawNotice(r, v, n, shapes)
}
