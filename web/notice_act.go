package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// noticeActs make the act of each form of the page of a notice.
var noticeActs = map[string]func(*form, desk.NoticeID, int) (desk.Act, error){
	"publish": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.PublishNoticeAct{Notice: id, Seen: seen, Cleared: f.Has("cleared", "yes")}, nil
	},
	"prolong": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		day, err := formDay(f, "closes")
		if day == nil {
			return desk.ProlongNotice{}, errors.Join(err, desk.Refuse("closes", "notice.closes", "give the last day for comments"))
		}
		return desk.ProlongNotice{Notice: id, Seen: seen, Closes: *day, Reason: f.Get("reason")}, err
	},
	"end": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.EndNotice{Notice: id, Seen: seen, Reason: f.Get("reason")}, nil
	},
	"withdraw": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.EndNotice{Notice: id, Seen: seen, Reason: f.Get("reason"), Withdraw: true}, nil
	},
	"return": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.ReturnNotice{Notice: id, Seen: seen, Reason: f.Get("reason")}, nil
	},
	"discard": func(_ *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.DiscardNotice{Notice: id, Seen: seen}, nil
	},
	"conclude": func(_ *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.ConcludeNotice{Notice: id, Seen: seen}, nil
	},
}

// actOnNotice answers POST /desk/notices/{id}/{verb}.
func (s *site) actOnNotice(r *http.Request, v *View) (*answer, error) {
	n, c, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	verb := chi.URLParam(r, "verb")
	from := noticeActs[verb]
	if from == nil {
		return nil, registry.NotFound("form", shown(verb))
	}
	seen, _ := strconv.Atoi(f.Get("version"))
	act, err := from(f, n.ID, seen)
	if err == nil {
		_, err = s.desk.Act(r.Context(), v.Who, c.ID, 0, f.Get("request"), act)
	}
	if err == nil {
		return &answer{redirect: s.afterNotice(n, c, verb), flash: v.word("notice.done", verb)}, nil
	}
	f.Prefix = verb + "-"
	status := http.StatusUnprocessableEntity
	switch {
	case registry.KindOf(err) == registry.KindConflict:
		status = http.StatusConflict
		f.Faults = append(f.Faults, formFault{"form", v.text("notice.moved.act")})
	case registry.KindOf(err) == registry.KindForbidden:
		status = http.StatusForbidden
		f.Faults = append(f.Faults, formFault{"form", v.text("notice.hands")})
	case !f.refused(v, err):
		return nil, err
	}
	a, err := s.deskNoticeAnswer(r, v, n, c, f, verb)
	if err == nil {
		a.status = status
	}
	return a, err
}

// afterNotice is where an act leads: a draft that was thrown away has no page of
// interest any more.
func (s *site) afterNotice(n *desk.Notice, c *desk.Case, verb string) string {
	if verb == "discard" {
		return "/desk/notices"
	}
	if verb == "conclude" {
		return caseLink(c.ID) + "#papers"
	}
	return fmt.Sprintf("/desk/notices/%d", n.ID)
}
