package web

import (
	"fmt"
	"net/http"
	"slices"

	"jieming/registry"
	"jieming/registry/desk"
)

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
