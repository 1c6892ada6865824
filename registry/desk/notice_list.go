package desk

import (
	"context"

	"jieming/registry"
)

// recentDays is for how many days after its publication a notice that takes no
// comments is listed with what is current.
const recentDays = 30

// NoticeQuery selects notices.
type NoticeQuery struct {
	Filter Filter // of the cases whose notices are listed; not used when Public
	Public bool   // only what everybody may read
	Today  registry.Day
	Since  registry.Day  // what takes no comments and was published before is past; set by the desk
	States []NoticeState // nil for any
	Kind   NoticeKind    // "" for any
	Case   registry.CaseID
	Unit   registry.UnitID // in its subtree, and above it; 0 for any
	When   string          // "current", "past", or "" for any
	Before NoticeID        // cursor: the last of the page before; 0 for the first page
	Limit  int
}

// NoticePage is a page of a list of notices.
type NoticePage struct {
	Rows  []Notice
	Total int // of all pages
	Next  NoticeID
}

// Notices lists the notices of the cases that the person may read.
func (d *Desk) Notices(ctx context.Context, p *Principal, q NoticeQuery) (*NoticePage, error) {
	q.Filter, q.Public, q.Today = p.Filter(ReadCase), false, d.Today()
	if len(q.Filter) == 0 {
		return &NoticePage{}, nil
	}
	return d.store.Notices(ctx, bounded(q))
}

// PublicNotices lists what everybody may read.
func (d *Desk) PublicNotices(ctx context.Context, q NoticeQuery) (*NoticePage, error) {
	q.Filter, q.Public, q.Today, q.States, q.Case = nil, true, d.Today(), nil, 0
	return d.store.Notices(ctx, bounded(q))
}

func bounded(q NoticeQuery) NoticeQuery {
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 30
	}
	q.Since = q.Today - recentDays
	return q
}
