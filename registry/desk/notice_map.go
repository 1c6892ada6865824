package desk

import (
	"context"

	"jieming/registry"
)

// NoticeShape is the area of a unit as a draft would have it, cleared by who
// released the notice. It is kept with the notice, because a draft moves on.
type NoticeShape struct {
	Unit  registry.UnitID
	Name  string
	Group registry.UnitID // the unit above it: areas of one group look alike on the map
	WKB   []byte          // MultiPolygon, lon lat degrees; empty if it would have no area any more
}

// noticeMap says which publication the map of a notice shows, and returns the
// areas of the proposal, if they were cleared.
func (x *Acting) noticeMap(n *Notice, cleared bool) ([]NoticeShape, error) {
	if n.Map == NoMap {
		return nil, nil
	}
	pub, err := x.Desk.store.Published(x.Ctx)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, Refuse("map", "notice.unpublished", "nothing is published yet that a map could show")
	}
	if err != nil {
		return nil, err
	}
	n.AsOf, n.MapDay = pub.AsOf, x.Today
	if n.Map != MapProposal {
		return nil, nil
	}
	if !cleared {
		return nil, Refuse("cleared", "notice.cleared", "say that the areas of the proposal may be shown to everybody, or take the map out of the draft")
	}
	shapes, err := x.Desk.store.DraftShapes(x.Ctx, x.Case.ID, n.MapDay, pub.Decimals)
	if err != nil {
		return nil, err
	}
	if len(shapes) == 0 {
		return nil, noDraft()
	}
	return shapes, nil
}

// noDraft refuses the map of a proposal where nothing is proposed.
func noDraft() error {
	return Refuse("map", "notice.nodraft", "the case has no draft that changes an area of the map; choose another map")
}

// HasDraft reports whether the map of a proposal can be chosen for a notice of a
// case that the person has read.
func (d *Desk) HasDraft(ctx context.Context, c *Case) (bool, error) {
	return d.store.HasDraft(ctx, c.ID)
}

// ProposalShapes returns the areas that the draft of the case of a notice would
// have today, for who decides whether they may be shown. The reading is noted.
func (d *Desk) ProposalShapes(ctx context.Context, p *Principal, id NoticeID) ([]NoticeShape, error) {
	n, c, err := d.Notice(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if !p.Reaches(ReadGeometry, c.Object()) {
		return nil, registry.NotFound("map of notice", id)
	}
	if err := d.Note(ctx, p, ReadUnpublished, "CASE", int64(n.Case), map[string]any{"notice": n.ID}); err != nil {
		return nil, err
	}
	return d.store.DraftShapes(ctx, n.Case, d.Today(), 0)
}

// NoticeShapes returns the areas of a proposal that were cleared for a notice.
func (d *Desk) NoticeShapes(ctx context.Context, n *Notice) ([]NoticeShape, error) {
	if n.Map != MapProposal || !n.State.Public() {
		return nil, nil
	}
	return d.store.NoticeShapes(ctx, n.ID)
}
