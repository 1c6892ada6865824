package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

func (s *site) inboxRoutes(r chi.Router) {
	r.Get("/desk", s.deskPage(s.showInbox))
	r.Post("/desk/take", s.deskForm(s.takeCase))
}

// inboxPage is the data of the page "inbox".
type inboxPage struct {
	*desk.Inbox
	Only     desk.Why // "" for all
	Messages []desk.Message
	Tour     *desk.Tour // nil when it was put away
	rules    rules
}

// rules names what the rules of law call by codes, in the language of a view.
type rules struct {
	desk *desk.Desk
	book *law.Book
	lang string
}

func (s *site) rules(v *View) rules { return rules{s.desk, s.desk.Book(), v.Lang} }

func (n rules) pick(zh, en string) string {
	if n.lang == "zh" {
		return zh
	}
	return en
}

// Kind names a kind of case.
func (n rules) Kind(id string) string {
	if id == "*" {
		return n.pick("各类案件", "all cases")
	}
	if k := n.book.Kind(id); k != nil {
		return n.pick(k.Zh, k.En)
	}
	return id
}

// State names a state of a kind of case.
func (n rules) State(kind, id string) string {
	if x := n.book.State(kind, id); x != nil {
		return n.pick(x.Zh, x.En)
	}
	return id
}

// Clock names a clock of a kind of case.
func (n rules) Clock(kind, id string) string {
	if k := n.book.Clock(kind, id); k != nil {
		return n.pick(k.Zh, k.En)
	}
	return id
}

// Department names whose opinion is asked.
func (n rules) Department(id string) string {
	if x := n.book.Department(id); x != nil {
		return n.pick(x.Zh, x.En)
	}
	return id
}

// Step names a step.
func (n rules) Step(x *law.Step) string { return n.pick(x.Zh, x.En) }

// Says is what a message says.
func (n rules) Says(m desk.Message) string {
	text, _ := n.desk.MessageText(&m, n.lang)
	return text
}

// Todo is what a message asks for.
func (n rules) Todo(m desk.Message) string {
	_, todo := n.desk.MessageText(&m, n.lang)
	return todo
}

// Name gives templates the names of the rules.
func (p *inboxPage) Name() rules { return p.rules }

// Steps names what could be done next in a task.
func (p *inboxPage) Steps(t desk.Task) string {
	var names []string
	for _, x := range t.Steps {
		names = append(names, p.rules.Step(x))
	}
	return strings.Join(names, p.rules.pick("、", ", "))
}

// Link is where a task is done.
func (p *inboxPage) Link(t desk.Task) string {
	switch t.Why {
	case desk.ToReply:
		return fmt.Sprintf("/desk/notices/%d/comments", t.Notice)
	case desk.ToSum, desk.ToPublish, desk.ToRevise:
		return fmt.Sprintf("/desk/notices/%d", t.Notice)
	case desk.ToScan:
		return fmt.Sprintf("/desk/cases/%d?scan=%d#paper", t.ID, t.Paper)
	case desk.ToRelease:
		return fmt.Sprintf("/desk/releases/%d", t.Release.ID)
	}
	return fmt.Sprintf("/desk/cases/%d", t.ID)
}

// Whys are the reasons of which there is something.
func (p *inboxPage) Whys() (out []desk.Why) {
	for _, w := range desk.Whys {
		if p.Counts[w] > 0 {
			out = append(out, w)
		}
	}
	return out
}

// Shown are the tasks that the page shows.
func (p *inboxPage) Shown() (out []desk.Task) {
	for _, t := range p.Tasks {
		if p.Only == "" || t.Why == p.Only {
			out = append(out, t)
		}
	}
	return out
}

// Left says how much time a limit leaves, and how that looks.
func (v *View) Left(until registry.Day) map[string]string {
	left := int(until) - int(v.Today)
	switch {
	case left < 0:
		return map[string]string{"Text": v.text("due.over", "n", -left), "Look": "bad"}
	case left == 0:
		return map[string]string{"Text": v.text("due.today"), "Look": "bad"}
	case left <= 7:
		return map[string]string{"Text": v.text("due.left", "n", left), "Look": "warn"}
	}
	return map[string]string{"Text": v.text("due.left", "n", left), "Look": "far"}
}

// showInbox answers /desk: what waits for who looks.
func (s *site) showInbox(r *http.Request, v *View) (*answer, error) {
	box, err := s.desk.Inbox(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	page := &inboxPage{Inbox: box, Only: desk.Why(strings.ToUpper(r.URL.Query().Get("why"))), rules: s.rules(v)}
	if page.Counts[page.Only] == 0 {
		page.Only = ""
	}
	if page.Tour, err = s.tour(r, v); err != nil {
		return nil, err
	}
	if page.Messages, err = s.desk.Messages(r.Context(), v.Who, true, 0, 6); err != nil {
		return nil, err
	}
	return &answer{page: "inbox", data: page}, nil
}

// takeCase answers POST /desk/take: who looks takes a case that nobody has.
func (s *site) takeCase(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(f.Get("case"), 10, 64)
	seen, _ := strconv.Atoi(f.Get("version"))
	c, err := s.desk.Act(r.Context(), v.Who, registry.CaseID(id), seen, "", desk.Assign{To: v.Who.Account})
	switch registry.KindOf(err) {
	case registry.KindConflict:
		return &answer{redirect: "/desk", flash: v.text("inbox.moved")}, nil
	case registry.KindForbidden, registry.KindInvalid:
		if err != nil {
			return &answer{redirect: "/desk", flash: v.text("inbox.refused")}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk", flash: v.text("inbox.taken", "number", c.Number)}, nil
}
