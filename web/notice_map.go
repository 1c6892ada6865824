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
	switch side := chi.URLParam(r, "side"); {
	case side == "proposal" && len(shapes) > 0:
		caption = v.text("notice.map.proposal")
		if drawn, err = s.proposed(r.Context(), v, now, shapes); err != nil {
			return nil, err
		}
	case side != "now":
		return nil, registry.NotFound("map of notice", n.ID)
	}
	view, err := s.noticeView(r.Context(), v, n, shapes)
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
		Panels: []sheet.Panel{{Net: drawn.Net, Sheet: sheet.Sheet{Names: drawn.names(), Neighbours: drawn.Neighbours, Labelled: true, Chosen: chosen, Reading: v.romanOf}}},
		Scale:  func(n int) string { return v.text("print.scale", "n", grouped(float64(n), 0)) }}
	p.Stamp = v.stamp()
	p.Key = v.printKey(p.Panels)
	var out bytes.Buffer
	if err := sheet.WritePaper(&out, p); err != nil {
		return nil, fmt.Errorf("drawing the map of a notice: %w", err)
	}
	return &answer{body: out.Bytes(), mime: "image/svg+xml"}, nil
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
