package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"jieming/registry/desk"
)

func (s *site) messageRoutes(r chi.Router) {
	r.Get("/desk/messages", s.deskPage(s.showMessages))
	r.Post("/desk/messages/read", s.deskForm(s.readMessages))
	r.Get("/desk/messages/{id}", s.deskPage(s.openMessage))
	r.Get("/desk/messages/settings", s.deskPage(s.showMailChoice))
	r.Post("/desk/messages/settings", s.deskForm(s.chooseMail))
}

// messagesPage is the data of the page "messages".
type messagesPage struct {
	Messages []desk.Message
	Unread   bool // only those
	Older    int64
	Name     rules
}

const messagesOnPage = 50

// showMessages answers /desk/messages.
func (s *site) showMessages(r *http.Request, v *View) (*answer, error) {
	q := r.URL.Query()
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64)
	page := &messagesPage{Unread: q.Get("only") == "unread", Name: s.rules(v)}
	var err error
	if page.Messages, err = s.desk.Messages(r.Context(), v.Who, page.Unread, before, messagesOnPage+1); err != nil {
		return nil, err
	}
	if len(page.Messages) > messagesOnPage {
		page.Messages = page.Messages[:messagesOnPage]
		page.Older = page.Messages[messagesOnPage-1].ID
	}
	return &answer{page: "messages", data: page}, nil
}

// readMessages answers POST /desk/messages/read: marks one or all as read.
func (s *site) readMessages(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, given := range f.Values["id"] {
		if id, err := strconv.ParseInt(given, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 && f.Get("all") == "" {
		return &answer{redirect: "/desk/messages"}, nil
	}
	n, err := s.desk.ReadMessages(r.Context(), v.Who, ids...)
	if err != nil {
		return nil, err
	}
	return &answer{redirect: local(f.Get("next")), flash: v.text("messages.marked", "n", n)}, nil
}

// openMessage answers /desk/messages/{id}: what it is about, and it is read.
func (s *site) openMessage(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "message")
	if err != nil {
		return nil, err
	}
	m, err := s.desk.OpenMessage(r.Context(), v.Who, id)
	if err != nil {
		return nil, err
	}
	return &answer{redirect: messageLink(m)}, nil
}

// messageLink is what a message is about: a notice or a release set by its
// number, else the case.
func messageLink(m *desk.Message) string {
	for _, about := range []string{"notice", "release"} {
		if id, err := strconv.ParseInt(m.Args[about], 10, 64); err == nil {
			return fmt.Sprintf("/desk/%ss/%d", about, id)
		}
	}
	if m.Case == 0 {
		return "/desk/messages"
	}
	return caseLink(m.Case)
}

// mailPage is the data of the page "mail-choice".
type mailPage struct {
	*desk.MailChoice
	Form  *form
	Kinds []desk.MessageInfo
	rules rules
}

// Sample is what a kind of message says, without its particulars.
func (p *mailPage) Sample(k desk.MessageKind) string {
	return p.rules.pick(k.Info().NameZh, k.Info().NameEn)
}

// showMailChoice answers /desk/messages/settings.
func (s *site) showMailChoice(r *http.Request, v *View) (*answer, error) {
	c, err := s.desk.MailChoice(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	return &answer{page: "mail-choice", data: &mailPage{MailChoice: c, Form: &form{}, Kinds: desk.MessageKinds(), rules: s.rules(v)}}, nil
}

// chooseMail answers POST /desk/messages/settings.
func (s *site) chooseMail(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	c := desk.MailChoice{Daily: f.Get("daily") == "yes"}
	for _, k := range f.Values["kind"] {
		c.Kinds = append(c.Kinds, desk.MessageKind(k))
	}
	if err := s.desk.ChooseMail(r.Context(), v.Who, c); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/messages/settings", flash: v.text("mail.chosen")}, nil
}
