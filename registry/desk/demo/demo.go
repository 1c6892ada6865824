// Package demo fills a desk with work for the demonstration and for tests: one
// case in every state of every kind, brought there by the acts of people who
// have the right to them. Nothing is written past the rules.
package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// Cast is who plays: one person for each role, for the whole registry, but the
// roles that have a jurisdiction.
type Cast map[desk.Role]*desk.Principal

// Stage is what a play needs.
type Stage struct {
	Store desk.Store
	Now   time.Time // when the play ends; its acts lie in the months before
	Cast  Cast
	Units []registry.UnitRef // counties in which cases lie; the first few suffice
	Home  registry.UnitRef   // the county of those who report for one
	Zone  registry.UnitRef   // the unit of the functional zone
	Only  []string           // the states that are played, as "NAMING CONSULTING"; nil for every one, and the scenes
	// Redraw drafts for a case how a border of its county would run, and reports
	// whether it did: not every county has a border that can be moved. It may be nil.
	Redraw func(ctx context.Context, c registry.CaseID, county registry.UnitRef) (bool, error)
	// Around is the area of a county, and those around it, for the maps among the
	// papers. It may be nil.
	Around func(ctx context.Context, county registry.UnitID) ([]Area, error)
}

// play is one case of the demonstration, and how it gets to where it stands.
type play struct {
	name   string // the state as "NAMING CONSULTING", or the name of the scene
	kind   string
	title  string
	unit   registry.UnitRef
	by     desk.Role // who opens it, and works on it
	ago    int       // how many days ago it was opened
	urgent bool
	act    func(a *actors, ctx context.Context, c *desk.Case) (*desk.Case, error)
}

// Cases is how many cases a whole play makes.
func Cases() int { return len(law.Shipped().States) + len(scenes) }

// abreast is how many cases are played at a time.
const abreast = 4

// Play opens a case for every state of every kind and brings it there, and plays
// the scenes. The same play on the same registry does nothing the second time:
// its acts carry idempotency keys. Cases are opened one after the other, so that
// each has the same number in every demonstration, and then played side by side.
func Play(ctx context.Context, s Stage) error {
	if err := s.number(ctx); err != nil {
		return fmt.Errorf("numbers of papers: %w", err)
	}
	plays := s.plays()
	opened := make([]*desk.Case, len(plays))
	for i := range plays {
		c, err := s.actors(&plays[i]).open(ctx, &plays[i])
		if err != nil {
			return fmt.Errorf("open %s: %w", plays[i].name, err)
		}
		opened[i] = c
	}
	together, ctx := errgroup.WithContext(ctx)
	together.SetLimit(abreast)
	for i := range plays {
		together.Go(func() error {
			if _, err := plays[i].act(s.actors(&plays[i]), ctx, opened[i]); err != nil {
				return fmt.Errorf("%s: %w", plays[i].name, err)
			}
			return nil
		})
	}
	return together.Wait()
}

// plays are what is to be played, in the order in which the cases are opened.
func (s *Stage) plays() []play {
	var out []play
	book := law.Shipped()
	for i, state := range book.States {
		name := state.Kind + " " + state.ID
		if s.Only != nil && !slices.Contains(s.Only, name) {
			continue
		}
		way := Way(book, state.Kind, state.ID)
		unit := s.Units[i%len(s.Units)]
		out = append(out, play{name: name, kind: state.Kind, title: title(state.Kind, unit.Name, i), unit: unit, by: editorOf(state.Kind),
			ago: 7*len(way) + 3 + i%5, urgent: i%11 == 0, act: func(a *actors, ctx context.Context, c *desk.Case) (*desk.Case, error) {
				return a.bring(ctx, c, way, state)
			}})
	}
	if s.Only == nil {
		out = append(out, s.scenes()...)
	}
	return out
}

// number sets how papers of the department are numbered, unless that is set.
func (s *Stage) number(ctx context.Context) error {
	d, chief := desk.New(desk.Options{Store: s.Store, Now: func() time.Time { return s.Now }}), s.Cast[desk.Supervisor]
	set, err := d.Series(ctx, chief)
	if err != nil || len(set) > 0 {
		return err
	}
	return d.SetSeries(ctx, chief, desk.Series{Issuer: office, Paper: "*", Pattern: "吉民演示〔{year}〕{n}号", Reason: "演示"})
}

// actors are those who play a case.
func (s *Stage) actors(p *play) *actors {
	return &actors{stage: s, book: law.Shipped(), key: "demo-" + strings.ReplaceAll(p.name, " ", "-"), editor: p.by, at: s.Now.AddDate(0, 0, -p.ago)}
}

// open opens the case of a play.
func (a *actors) open(ctx context.Context, p *play) (*desk.Case, error) {
	return a.desk().OpenCase(ctx, a.stage.Cast[p.by], desk.OpenRequest{Kind: p.kind, Title: p.title, Unit: p.unit.ID,
		Summary: summary(p.kind, p.unit.Name), Urgent: p.urgent, Request: a.key})
}

// bring takes a case to a state, a step a week.
func (a *actors) bring(ctx context.Context, c *desk.Case, way []*law.Step, target law.State) (*desk.Case, error) {
	var err error
	for _, step := range way {
		a.at = a.at.AddDate(0, 0, 7)
		if c, err = a.take(ctx, c, step); err != nil {
			return nil, fmt.Errorf("%s: %w", step.Act, err)
		}
	}
	if c.State != target.ID {
		return nil, fmt.Errorf("arrived at %s", c.State)
	}
	if err := a.notify(ctx, c); err != nil {
		return nil, fmt.Errorf("notice: %w", err)
	}
	return c, nil
}

// Way is the shortest list of steps from the first state of a kind to another.
func Way(book *law.Book, kind, to string) []*law.Step {
	ways := map[string][]*law.Step{book.Kind(kind).First: {}}
	for queue := []string{book.Kind(kind).First}; len(queue) > 0; queue = queue[1:] {
		for _, s := range book.StepsFrom(kind, queue[0]) {
			if _, seen := ways[s.To]; !seen {
				ways[s.To] = append(slices.Clone(ways[queue[0]]), s)
				queue = append(queue, s.To)
			}
		}
	}
	return ways[to]
}

// actors play one case.
type actors struct {
	stage  *Stage
	book   *law.Book
	key    string
	editor desk.Role // who works on the case
	at     time.Time // it is then
}

func (a *actors) desk() *desk.Desk {
	at := a.at
	return desk.New(desk.Options{Store: a.stage.Store, Book: a.book, Now: func() time.Time { return at }})
}

// do does an act, named so that it is done once.
func (a *actors) do(ctx context.Context, who desk.Role, c *desk.Case, name string, act desk.Act) (*desk.Case, error) {
	return a.desk().Act(ctx, a.stage.Cast[who], c.ID, c.Version, a.key+"-"+name, act)
}

// take brings what a step needs, and takes it.
func (a *actors) take(ctx context.Context, c *desk.Case, s *law.Step) (*desk.Case, error) {
	c, err := a.bringPapers(ctx, c, s)
	if err != nil {
		return nil, err
	}
	today := registry.DayOf(a.at)
	for _, guard := range s.Guards {
		if guard == "clocks-stopped" {
			if c, err = a.take(ctx, c, a.book.Step(c.Kind, "FILE_AFTER")); err != nil {
				return nil, err
			}
		}
	}
	for _, occasion := range desk.Awaits(s) {
		who, record := a.editor, desk.Record{Occasion: occasion, On: today, Text: "演示"}
		if record.Needs(c, a.book) == desk.RecordApproval {
			who, record.Text = "RECORDER", "演示：本级人民政府网站，演示公告第1号"
		}
		if c, err = a.do(ctx, who, c, occasion, record); err != nil {
			return nil, err
		}
	}
	if s.Act == "ASSESS" || s.Act == "CONSULT" {
		if c, err = a.consult(ctx, c); err != nil {
			return nil, err
		}
	}
	act := desk.Step{Act: s.Act}
	for _, ask := range s.Asks {
		switch ask {
		case "reason":
			act.Reason = "演示：" + s.Zh
		case "date":
			act.On = &today
		case "instrument":
			act.Instrument = &desk.Citation{Number: a.reference(c), IssuedOn: today, Issuer: "演示批准机关", Title: c.Title}
		}
	}
	return a.do(ctx, takerOf(s, a.editor), c, s.Act, act)
}

// consult asks a department and an expert, who answer.
func (a *actors) consult(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	c, err := a.do(ctx, a.editor, c, "ask", desk.Ask{Departments: []string{a.department()},
		Experts: []desk.AccountID{a.stage.Cast[desk.Expert].Account}, Question: "请对方案提出意见。"})
	if err != nil {
		return nil, err
	}
	asked := lastAsked(c)
	if c, err = a.do(ctx, desk.Department, c, "reply-department", desk.Reply{Asked: asked, Department: a.department(),
		Stance: "AGREE_IF", Text: "原则同意，请与国土空间规划衔接。"}); err != nil {
		return nil, err
	}
	if c, err = a.do(ctx, desk.Expert, c, "reply-expert", desk.Reply{Asked: asked, Stance: "AGREE", Text: "必要、可行，风险可控。"}); err != nil {
		return nil, err
	}
	return a.do(ctx, desk.Supervisor, c, "comment", desk.Comment{Text: "请抓紧按意见修改方案。"})
}

// lastAsked is the event that asked for opinions last.
func lastAsked(c *desk.Case) int {
	n := 0
	for _, r := range c.Requests {
		n = max(n, r.N)
	}
	return n
}

func editorOf(kind string) desk.Role {
	switch kind {
	case "NAMING", "CLEANUP":
		return desk.NameReviewer
	case "SURVEY", "INSPECTION":
		return "LINE_MANAGER"
	}
	return desk.DivisionEditor
}

func takerOf(s *law.Step, editor desk.Role) desk.Role {
	switch desk.Action(s.Right) {
	case desk.ReviewCase, desk.ApproveCase:
		return desk.Supervisor
	case desk.RecordApproval:
		return "RECORDER"
	case desk.ReleaseCase:
		return "SECRECY_OFFICER"
	case desk.ArchiveCase:
		return "ARCHIVIST"
	}
	return editor
}

func title(kind, unit string, i int) string {
	titles := map[string][]string{
		"ADJUSTMENT": {"%s撤乡设镇", "%s部分行政区域界线变更", "%s局部行政区域界线变更", "%s设立街道"},
		"CORRECTION": {"更正%s驻地", "更正%s界线走向记录"},
		"SURVEY":     {"%s界线勘定", "%s变更界线补充勘界"},
		"NAMING":     {"%s迎宾路命名", "%s滨河公园命名", "%s站前街更名"},
		"CLEANUP":    {"%s“御府皇庭”小区名称", "%s“曼哈顿广场”名称"},
		"INSPECTION": {"%s界线第五轮联合检查", "%s界线灾后临时检查"},
		"DISPUTE":    {"%s草原边界争议", "%s河心岛归属争议"},
	}[kind]
	return fmt.Sprintf(titles[i%len(titles)], unit)
}

func summary(kind, unit string) string {
	return fmt.Sprintf("演示案件。%s，涉及%s。其中的人员、文号和材料均为演示而编写。", law.Shipped().Kind(kind).Zh, unit)
}
