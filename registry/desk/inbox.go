package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"jieming/registry"
	"jieming/registry/law"
)

// Why says why something is a person's to do.
type Why string

// The reasons, from the strongest.
const (
	ToAnswer  Why = "ANSWER"  // an opinion was asked of the person or the department
	ToWork    Why = "WORK"    // the person holds the case, and can take its next step
	ToDecide  Why = "DECIDE"  // the next step needs a right of the person
	ToTake    Why = "TAKE"    // nobody has taken the case
	ToRevise  Why = "REVISE"  // a draft of a notice was sent back
	ToReply   Why = "REPLY"   // people commented on a notice, and have no answer
	ToSum     Why = "SUM"     // the period of a notice is over, and its summary is due
	ToScan    Why = "SCAN"    // a document was issued, and its signed scan is not back
	ToPublish Why = "PUBLISH" // a notice was drafted, and the person may publish it
	ToRelease Why = "RELEASE" // a release set was prepared, and the person may release it
	ToAwait   Why = "WAITING" // the person holds the case, and waits for others
)

// Whys are the reasons, in order.
var Whys = []Why{ToAnswer, ToWork, ToDecide, ToTake, ToPublish, ToRelease, ToRevise, ToReply, ToSum, ToScan, ToAwait}

// Task is something that waits for a person.
type Task struct {
	Row
	Why        Why
	For        *Delegation // whose work it is, if not the person's own
	Steps      []*law.Step // that the person could take now, as far as rights go
	Clock      string      // which clock ends first; "" for none
	Department string      // ToAnswer: whose opinion; "" for the person's own
	Asked      int         // ToAnswer: the event that asked
	Since      time.Time
	Until      registry.Day // NoEnd for no limit
	Count      int          // ToReply, ToScan: how many comments, or documents
	Notice     NoticeID     // ToPublish, ToRevise, ToReply, ToSum: of which notice
	Paper      int64        // ToScan: the first document that waits
	Subject    string       // title of the notice, or of the document
	Release    *ReleaseSet  // ToRelease: which set; the task has no case then
}

// Left is the number of days that are left: below 0 when it is overdue.
func (t *Task) Left(today registry.Day) int { return int(t.Until) - int(today) }

// Limited reports whether a task has to be done by a day.
func (t *Task) Limited() bool { return t.Until != registry.NoEnd }

// Inbox is what waits for a person.
type Inbox struct {
	Tasks   []Task // overdue and due first
	Counts  map[Why]int
	Overdue int
	Soon    int // due within a week
	Unread  int
	More    bool // there are more than a page can hold

	// Unsigned is since when the log has grown without that a checkpoint of it was
	// signed, for who reads the log; zero while checkpoints are signed as they should.
	Unsigned time.Time
}

// TaskQuery selects tasks of one owner: the person, or somebody who is away.
type TaskQuery struct {
	Filter      Filter // of the clauses that the owner brings
	Today       registry.Day
	Actor       AccountID
	Owner       AccountID
	Kinds       []string // with States: pairs
	States      []string
	Paper       string   // only cases that have such a paper; "" for all
	Hand        Hand     // who had another in a case is left out
	Held        bool     // only cases that the owner holds
	Unheld      bool     // only cases that nobody holds
	Departments []string // TasksAsked: for whom the owner speaks
	Limit       int
}

// InboxStore finds what waits for people.
type InboxStore interface {
	// TasksOpen lists open cases. Steps, Why and For are the caller's to fill in.
	TasksOpen(ctx context.Context, q TaskQuery) ([]Task, error)
	// TasksAsked lists opinions that were asked of the owner and not given.
	TasksAsked(ctx context.Context, q TaskQuery) ([]Task, error)
	// TasksBeside lists what is to be done beside the steps of open cases that the
	// owner holds, or of all but ToScan also of those that nobody holds. Kinds are
	// those of cases that have a summary of what the public said.
	TasksBeside(ctx context.Context, why Why, q TaskQuery) ([]Task, error)
	// TasksPublish lists the drafts of notices of cases that are not stopped, but
	// for those that were sent back.
	TasksPublish(ctx context.Context, q TaskQuery) ([]Task, error)
	// LogUnsigned is when the first entry of the log was recorded that no checkpoint
	// covers; zero for none.
	LogUnsigned(ctx context.Context) (time.Time, error)
}

// checkpointLate is after what time without a checkpoint something is wrong: the
// server signs one each hour.
const checkpointLate = 3 * time.Hour

// mostTasks is how many a page shows.
const mostTasks = 500

// Inbox returns what waits for a person: overdue first, then by the day it is
// due. It costs a query for each right to take steps, of the person and of
// each they stand in for.
func (d *Desk) Inbox(ctx context.Context, p *Principal) (*Inbox, error) {
	if !p.Known() {
		return nil, registry.NotFound("account", 0)
	}
	s := &sorting{desk: d, who: p, today: d.Today(), at: map[taskKey]int{}}
	for _, owner := range owners(p) {
		if err := s.gather(ctx, owner); err != nil {
			return nil, err
		}
	}
	if err := s.releases(ctx); err != nil {
		return nil, err
	}
	box, err := s.inbox(), error(nil)
	if box.Unread, err = d.store.Unread(ctx, p.Account); err != nil || !p.May(ReadLog, nil) {
		return box, err
	}
	since, err := d.store.LogUnsigned(ctx)
	if !since.IsZero() && d.now().Sub(since) > checkpointLate {
		box.Unsigned = since
	}
	return box, err
}

// owners are whose work a person does: their own (nil), and that of each they
// stand in for.
func owners(p *Principal) []*Delegation {
	out := []*Delegation{nil}
	for i := range p.Grants {
		f := p.Grants[i].For
		if f != nil && !slices.ContainsFunc(out, func(o *Delegation) bool { return o != nil && o.From == f.From }) {
			out = append(out, f)
		}
	}
	return out
}

// sorting gathers tasks, each case once for each way of answering for it.
type sorting struct {
	desk  *Desk
	who   *Principal
	today registry.Day
	tasks []Task
	at    map[taskKey]int
}

type taskKey struct {
	id         registry.CaseID
	asked      int
	department string
	beside     Why      // of what is not a step
	notice     NoticeID // of it
	release    ReleaseID
}

func (s *sorting) gather(ctx context.Context, f *Delegation) error {
	owner := s.who.Account
	if f != nil {
		owner = f.From
	}
	base := TaskQuery{Today: s.today, Actor: s.who.Account, Owner: owner, Limit: mostTasks}
	for _, part := range []func(context.Context, TaskQuery, *Delegation) error{s.asked, s.steps, s.held, s.untaken, s.beside, s.drafts} {
		if err := part(ctx, base, f); err != nil {
			return err
		}
	}
	return nil
}

// of is the rule of an action as far as one owner brings it.
func (s *sorting) of(a Action, owner AccountID) Filter {
	return slices.DeleteFunc(s.who.Filter(a), func(c Clause) bool { return c.Owner != owner })
}

func (s *sorting) asked(ctx context.Context, q TaskQuery, f *Delegation) error {
	q.Filter = s.of(GiveOpinion, q.Owner)
	if len(q.Filter) == 0 {
		return nil
	}
	for _, c := range q.Filter {
		if c.Department != "" {
			q.Departments = append(q.Departments, c.Department)
		}
	}
	found, err := s.desk.store.TasksAsked(ctx, q)
	if err != nil {
		return err
	}
	for _, t := range found {
		t.Why = ToAnswer
		s.add(t, f, nil)
	}
	return nil
}

// steps finds the cases whose next step needs a right of the owner. Work on a
// case is for who holds it; reviews and decisions are for all who have the right.
func (s *sorting) steps(ctx context.Context, q TaskQuery, f *Delegation) error {
	work := workSteps(s.desk.book)
	for _, by := range slices.SortedFunc(maps.Keys(work), func(a, b workKey) int {
		return cmp.Or(cmp.Compare(a.right, b.right), cmp.Compare(a.paper, b.paper))
	}) {
		q.Filter, q.Kinds, q.States, q.Paper = s.of(by.right, q.Owner), work[by].kinds, work[by].states, by.paper
		q.Hand, q.Held = Rights().Action(by.right).Hand, by.right == EditCase
		if len(q.Filter) == 0 {
			continue
		}
		found, err := s.desk.store.TasksOpen(ctx, q)
		if err != nil {
			return err
		}
		for _, t := range found {
			t.Why = ToDecide
			if t.Holder == q.Owner {
				t.Why = ToWork
			}
			s.add(t, f, s.leading(&t, by))
		}
	}
	return nil
}

// leading are the steps on from the state of a case that need a right, and
// become work with a paper.
func (s *sorting) leading(t *Task, by workKey) (out []*law.Step) {
	for _, step := range s.desk.book.StepsFrom(t.Kind, t.State) {
		if (workKey{Action(step.Right), awaits(step)}) == by {
			out = append(out, step)
		}
	}
	return out
}

// onward reports whether a step brings a case nearer to its end. That somebody
// could stop a case, or send it back, is not work that waits for them.
func onward(b *law.Book, s *law.Step) bool {
	to := b.State(s.Kind, s.To)
	return to != nil && to.Phase != law.Stopped && to.ID != "RETURNED"
}

type pairs struct{ kinds, states []string }

// workKey is what makes steps the work of somebody: the right that they need, and
// the paper that must have come, "" for none.
type workKey struct {
	right Action
	paper string
}

// workSteps are the kinds and states from which steps lead onward.
func workSteps(b *law.Book) map[workKey]*pairs {
	out := map[workKey]*pairs{}
	for i := range b.Steps {
		step := &b.Steps[i]
		if !onward(b, step) {
			continue
		}
		key := workKey{Action(step.Right), awaits(step)}
		p := out[key]
		if p == nil {
			p = &pairs{}
			out[key] = p
		}
		for _, from := range step.From {
			p.kinds, p.states = append(p.kinds, step.Kind), append(p.states, from)
		}
	}
	return out
}

func (s *sorting) held(ctx context.Context, q TaskQuery, f *Delegation) error {
	q.Filter, q.Held = s.of(ReadCase, q.Owner), true
	if len(q.Filter) == 0 {
		return nil
	}
	found, err := s.desk.store.TasksOpen(ctx, q)
	for _, t := range found {
		t.Why = ToAwait
		s.add(t, f, nil)
	}
	return err
}

func (s *sorting) untaken(ctx context.Context, q TaskQuery, f *Delegation) error {
	q.Unheld = true
	for right, hand := range map[Action]Hand{EditCase: Editor, AssignCase: NoHand} {
		q.Filter, q.Hand = s.of(right, q.Owner), hand
		if len(q.Filter) == 0 {
			continue
		}
		found, err := s.desk.store.TasksOpen(ctx, q)
		if err != nil {
			return err
		}
		for _, t := range found {
			t.Why = ToTake
			s.add(t, f, nil)
		}
	}
	return nil
}

// beside finds what is to be done besides steps.
func (s *sorting) beside(ctx context.Context, q TaskQuery, f *Delegation) error {
	for _, kind := range s.desk.book.Kinds {
		if p := s.desk.book.Paper(opinionPaper); p != nil && p.Offered(kind.ID) {
			q.Kinds = append(q.Kinds, kind.ID)
		}
	}
	for _, part := range []struct {
		why   Why
		right Action
	}{{ToRevise, DraftNotice}, {ToReply, AnswerPublic}, {ToSum, AnswerPublic}, {ToScan, IssuePaper}} {
		if q.Filter = s.of(part.right, q.Owner); len(q.Filter) == 0 {
			continue
		}
		found, err := s.desk.store.TasksBeside(ctx, part.why, q)
		if err != nil {
			return err
		}
		for _, t := range found {
			t.Why = part.why
			s.add(t, f, nil)
		}
	}
	return nil
}

// drafts finds the notices that the owner may publish. Who had another hand in a
// case may not, so that whoever wrote a notice never finds it here.
func (s *sorting) drafts(ctx context.Context, q TaskQuery, f *Delegation) error {
	q.Filter, q.Hand = s.of(PublishNotice, q.Owner), Rights().Action(PublishNotice).Hand
	if len(q.Filter) == 0 {
		return nil
	}
	found, err := s.desk.store.TasksPublish(ctx, q)
	for _, t := range found {
		t.Why = ToPublish
		s.add(t, f, nil)
	}
	return err
}

// releases finds the release sets that the person may release.
func (s *sorting) releases(ctx context.Context) error {
	delegated, ok := s.who.Acting(PublishRelease, nil)
	if !ok {
		return nil
	}
	sets, err := s.desk.store.ReleaseSets(ctx)
	for i := range sets {
		if set := &sets[i]; mayRelease(s.who, set) == nil {
			s.add(Task{Why: ToRelease, Release: set, Since: set.PreparedAt, Until: registry.NoEnd}, delegated, nil)
		}
	}
	return err
}

// add keeps a task, or what it adds to one that is known.
func (s *sorting) add(t Task, f *Delegation, steps []*law.Step) {
	key := taskKey{id: t.ID, asked: t.Asked, department: t.Department}
	if t.Count > 0 || t.Notice > 0 {
		key.beside, key.notice = t.Why, t.Notice
	}
	if t.Release != nil {
		key.release = t.Release.ID
	}
	i, known := s.at[key]
	if !known {
		s.at[key] = len(s.tasks)
		t.For, t.Steps = f, steps
		s.tasks = append(s.tasks, t)
		return
	}
	k := &s.tasks[i]
	if slices.Index(Whys, t.Why) < slices.Index(Whys, k.Why) {
		k.Why = t.Why
	}
	if k.For != nil && f == nil {
		k.For = nil
	}
	for _, step := range steps {
		if !slices.Contains(k.Steps, step) {
			k.Steps = append(k.Steps, step)
		}
	}
}

func (s *sorting) inbox() *Inbox {
	box := &Inbox{Tasks: s.tasks, Counts: map[Why]int{}}
	slices.SortStableFunc(box.Tasks, func(a, b Task) int {
		return cmp.Or(
			cmp.Compare(s.pressing(&a), s.pressing(&b)),
			cmp.Compare(a.Until, b.Until),
			a.Since.Compare(b.Since),
			cmp.Compare(a.ID, b.ID))
	})
	if len(box.Tasks) > mostTasks {
		box.Tasks, box.More = box.Tasks[:mostTasks], true
	}
	for i := range box.Tasks {
		t := &box.Tasks[i]
		box.Counts[t.Why]++
		switch {
		case t.Until < s.today:
			box.Overdue++
		case t.Until <= s.today+7:
			box.Soon++
		}
	}
	return box
}

// pressing is the order in which tasks stand: what is due within a week or
// over, then what is urgent, then the rest, and what waits for others last.
func (s *sorting) pressing(t *Task) int {
	switch {
	case t.Until <= s.today+7:
		return 0
	case t.Why == ToAwait:
		return 3
	case t.Urgent:
		return 1
	}
	return 2
}
