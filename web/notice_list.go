package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"jieming/registry"
	"jieming/registry/desk"
)

// noticesPage is the data of the page "notices".
type noticesPage struct {
	Groups []noticeGroup
	Form   *form
	When   string
	Kinds  []Option
	Unit   unitField
	view   *View
}

// noticeGroup are the notices of one time: what is current, or what was.
type noticeGroup struct {
	When string
	*desk.NoticePage
	Next string // address of the next page; "" on the last
}

// Tab is the address of the list of one time, or of all, with the other choices.
func (p *noticesPage) Tab(when string) string {
	q := url.Values{}
	for _, name := range []string{"kind", "unit"} {
		if value := p.Form.Get(name); value != "" {
			q.Set(name, value)
		}
	}
	if when != "" {
		q.Set("when", when)
	}
	if len(q) == 0 {
		return "/notices"
	}
	return "/notices?" + q.Encode()
}

// noticeWhens are the times of notices, in the order in which they are listed.
var noticeWhens = []string{"current", "past"}

// Whens are what the list can be narrowed to.
func (p *noticesPage) Whens() []string { return append([]string{""}, noticeWhens...) }

// showNotices answers /notices: what is current, and what was.
func (s *site) showNotices(r *http.Request, v *View) (*answer, error) {
	q := r.URL.Query()
	for name := range q {
		if !slices.Contains([]string{"when", "kind", "unit", "before", "lang"}, name) && !decoration.MatchString(name) {
			return nil, registry.Invalid(shown(name), "there is no such parameter")
		}
	}
	p := &noticesPage{Form: &form{Values: q}, When: q.Get("when"), view: v}
	if p.When != "" && !slices.Contains(noticeWhens, p.When) {
		return nil, registry.Invalid("when", "give current or past")
	}
	kind := desk.NoticeKind(q.Get("kind"))
	if kind != "" && !slices.Contains(desk.NoticeKinds, kind) {
		return nil, registry.Invalid("kind", "give CONSULTATION, PUBLICITY or ANNOUNCEMENT")
	}
	before, err := number64("before", q.Get("before"))
	if err != nil {
		return nil, err
	}
	if before != 0 && p.When == "" {
		return nil, registry.Invalid("before", "give when too: what is current and what is past have pages of their own")
	}
	if p.Unit, err = s.typedUnit(r.Context(), v, q.Get("unit")); err != nil {
		return nil, err
	}
	p.Kinds = v.options("notice.kind", desk.NoticeKinds...)
	for _, when := range noticeWhens {
		if p.When != "" && p.When != when {
			continue
		}
		page, err := s.desk.PublicNotices(r.Context(), desk.NoticeQuery{Kind: kind, When: when, Unit: p.Unit.ID, Before: desk.NoticeID(before), Limit: 20})
		if err != nil {
			return nil, err
		}
		group := noticeGroup{When: when, NoticePage: page}
		if page.Next != 0 {
			group.Next = p.Tab(when) + "&" + url.Values{"before": {fmt.Sprint(page.Next)}}.Encode()
		}
		p.Groups = append(p.Groups, group)
	}
	return &answer{page: "notices", data: p}, nil
}

// deskNoticesPage is the data of the page "desk-notices".
type deskNoticesPage struct {
	*desk.NoticePage
	State string
	view  *View
}

// States are the states to choose from.
func (p *deskNoticesPage) States() []desk.NoticeState {
	return []desk.NoticeState{desk.NoticeDrafted, desk.NoticePublished, desk.NoticeOver, desk.NoticeWithdrawn}
}

// Next is the address of the next page; "" on the last.
func (p *deskNoticesPage) Next() string {
	if p.NoticePage.Next == 0 {
		return ""
	}
	return p.view.With("before", fmt.Sprint(p.NoticePage.Next))
}

// showDeskNotices answers /desk/notices.
func (s *site) showDeskNotices(r *http.Request, v *View) (*answer, error) {
	q := r.URL.Query()
	p := &deskNoticesPage{State: q.Get("state"), view: v}
	query := desk.NoticeQuery{}
	if p.State != "" {
		if !slices.Contains(p.States(), desk.NoticeState(p.State)) {
			return nil, registry.Invalid("state", "give DRAFT, PUBLISHED, ENDED or WITHDRAWN")
		}
		query.States = []desk.NoticeState{desk.NoticeState(p.State)}
	}
	before, err := number64("before", q.Get("before"))
	if err != nil {
		return nil, err
	}
	query.Before = desk.NoticeID(before)
	id, err := number64("case", q.Get("case"))
	if err != nil {
		return nil, err
	}
	query.Case = registry.CaseID(id)
	p.NoticePage, err = s.desk.Notices(r.Context(), v.Who, query)
	return &answer{page: "desk-notices", data: p}, err
}
