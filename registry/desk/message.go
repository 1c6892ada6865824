package desk

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"jieming/registry"
)

// MessageKind is what somebody is told.
type MessageKind string

// The kinds of messages. What each says is messages.csv.
const (
	ToldAssigned   MessageKind = "ASSIGNED"
	ToldMoved      MessageKind = "TRANSFERRED"
	ToldHandedOver MessageKind = "HANDED_OVER"
	ToldAsked      MessageKind = "ASKED"
	ToldInvited    MessageKind = "INVITED"
	ToldAnswered   MessageKind = "ANSWERED"
	ToldStepped    MessageKind = "STEPPED"
	ToldReturned   MessageKind = "RETURNED"
	ToldCommented  MessageKind = "COMMENTED"
	ToldExtended   MessageKind = "EXTENDED"
	ToldReminded   MessageKind = "REMINDED"
	ToldDueToday   MessageKind = "DUE_TODAY"
	ToldOverdue    MessageKind = "OVERDUE"
	ToldEscalated  MessageKind = "ESCALATED"

	ToldPublishAsked MessageKind = "PUBLISH_ASKED"
	ToldPublished    MessageKind = "PUBLISHED"
	ToldNoticeEnded  MessageKind = "NOTICE_ENDED"
	ToldSentBack     MessageKind = "NOTICE_RETURNED"
	ToldReleaseAsked MessageKind = "RELEASE_ASKED"
	ToldReleased     MessageKind = "RELEASED"
	ToldRejected     MessageKind = "REJECTED"
)

// Message is something that a person is told. It holds nothing that the person
// could not read in the case, and no words of it.
type Message struct {
	ID   int64
	To   AccountID
	Kind MessageKind
	Case registry.CaseID // 0 for none
	Args map[string]string
	At   time.Time
	Read bool

	Departments []string // when told: those who speak for them, too

	CaseKind string // from the store, as is what follows
	Number   string
	Title    string // "" when the person may not read the case any more
	Secrecy  int
}

// MessageInfo describes a kind of message.
type MessageInfo struct {
	Kind           MessageKind
	Mail           bool   // goes out by mail unless the person chose otherwise
	NameZh, NameEn string // for lists of kinds
	Zh, En         string // what it says, with gaps
	TodoZh, TodoEn string // what it asks for
}

//go:embed messages.csv
var messagesCSV string

// MessageKinds are all kinds of messages, in order. They are read once.
var MessageKinds = sync.OnceValue(func() []MessageInfo {
	rows, err := csv.NewReader(strings.NewReader(messagesCSV)).ReadAll()
	if err != nil {
		panic(err) // an embedded table is broken: every test finds it
	}
	var out []MessageInfo
	for _, row := range rows[1:] {
		out = append(out, MessageInfo{Kind: MessageKind(row[0]), Mail: row[1] == "yes", NameZh: row[2], NameEn: row[3],
			Zh: row[4], En: row[5], TodoZh: row[6], TodoEn: row[7]})
	}
	return out
})

// Info describes a kind of message, nil for an unknown one.
func (k MessageKind) Info() *MessageInfo {
	list := MessageKinds()
	for i := range list {
		if list[i].Kind == k {
			return &list[i]
		}
	}
	return nil
}

// MessageText says a message in a language, and what is to be done.
func (d *Desk) MessageText(m *Message, lang string) (text, todo string) {
	info := m.Kind.Info()
	if info == nil {
		return string(m.Kind), ""
	}
	text, todo = info.Zh, info.TodoZh
	if lang == "en" {
		text, todo = info.En, info.TodoEn
	}
	var gaps []string
	for name, value := range m.Args {
		gaps = append(gaps, "{"+name+"}", d.argument(m, name, value, lang))
	}
	fill := strings.NewReplacer(gaps...)
	return fill.Replace(text), fill.Replace(todo)
}

// argument says what a message names in a language.
func (d *Desk) argument(m *Message, name, value, lang string) string {
	pick := func(zh, en string) string {
		if lang == "en" {
			return en
		}
		return zh
	}
	switch name {
	case "act":
		if s := d.book.Step(m.CaseKind, value); s != nil {
			return pick(s.Zh, s.En)
		}
	case "clock":
		if k := d.book.Clock(m.CaseKind, value); k != nil {
			return pick(k.Zh, k.En)
		}
	case "department":
		if x := d.book.Department(value); x != nil {
			return pick(x.Zh, x.En)
		}
		if value == "" {
			return pick("专家", "the expert")
		}
	case "due":
		if on, err := registry.ParseDay(value); err == nil {
			return on.Time().Format(pick("2006年1月2日", "2 January 2006"))
		}
	case "by":
		if value == "" {
			return pick("系统", "the system")
		}
	case "notice.kind":
		if zh, en := NoticeKind(value).name(); zh != "" {
			return pick(zh, en)
		}
	case "outcome":
		if value == string(NoticeWithdrawn) {
			return pick("撤回", "withdrew")
		}
		return pick("提前结束", "ended")
	case "holder":
		if value == "" {
			return pick("（无人认领）", "nobody")
		}
	}
	return value
}

// tell adds the messages that the events of an act cause. Nobody is told what
// they did themselves.
func (x *Acting) tell() error {
	for i := range x.write.Events {
		e := &x.write.Events[i]
		told, err := x.told(e)
		if err != nil {
			return err
		}
		for _, m := range told {
			m.At, m.Case, m.CaseKind = e.At, x.Case.ID, x.Case.Kind
			m.Args["by"] = x.Who.Name
			x.write.Messages = append(x.write.Messages, m)
		}
	}
	return nil
}

// told says whom an event concerns.
func (x *Acting) told(e *Event) ([]Message, error) {
	switch e.Type {
	case NoticeWritten, NoticeReturned, Noticed, NoticeEnded:
		return x.toldOfNotice(e)
	}
	return x.toldOfCase(e), nil
}

func (x *Acting) toldOfCase(e *Event) []Message {
	c, b := x.Case, &e.Body
	switch e.Type {
	case Assigned:
		return to(ToldAssigned, nil, b.Account)
	case Transferred:
		return to(ToldMoved, nil, b.Account)
	case HandedOver:
		return to(ToldHandedOver, nil, b.Account)
	case AskedFor:
		return x.asking(b)
	case Replied:
		return to(ToldAnswered, map[string]string{"department": b.Department}, c.Holder, x.asker(b.Asked))
	case Stepped:
		kind := ToldStepped
		if s := x.Desk.book.State(c.Kind, b.To); s != nil && s.ID == "RETURNED" {
			kind = ToldReturned
		}
		return to(kind, map[string]string{"act": b.Act}, c.Opener, c.Holder)
	case Commented:
		return to(ToldCommented, nil, append([]AccountID{c.Holder}, c.thread(b.ReplyTo)...)...)
	case Extended:
		return to(ToldExtended, map[string]string{"clock": b.Clock, "due": day(b.DueOn).String()}, c.Holder)
	}
	return nil
}

// to is one message for each of some people.
func to(kind MessageKind, args map[string]string, people ...AccountID) (out []Message) {
	seen := map[AccountID]bool{0: true}
	for _, p := range people {
		if seen[p] {
			continue
		}
		seen[p] = true
		own := map[string]string{}
		for k, v := range args {
			own[k] = v
		}
		out = append(out, Message{To: p, Kind: kind, Args: own})
	}
	return out
}

// asking tells those whose opinion is asked.
func (x *Acting) asking(b *Body) []Message {
	due := map[string]string{"due": day(b.DueOn).String()}
	out := to(ToldInvited, due, b.Experts...)
	for _, code := range b.Departments {
		out = append(out, Message{Kind: ToldAsked, Departments: []string{code}, Args: map[string]string{"department": code, "due": due["due"]}})
	}
	return out
}

// toldOfNotice tells who may publish a notice that it was drafted, and who
// drafted it what became of it.
func (x *Acting) toldOfNotice(e *Event) ([]Message, error) {
	n := x.write.Notice
	args := map[string]string{"notice": strconv.FormatInt(int64(n.ID), 10), "notice.kind": string(n.Kind)}
	var versions []Notice // before this one
	if n.Version > 1 {
		var err error
		if versions, err = x.Desk.store.NoticeVersions(x.Ctx, n.ID, x.Today); err != nil {
			return nil, err
		}
	}
	kind := ToldPublished
	switch e.Type {
	case NoticeWritten:
		known := len(versions) > 0 && !versions[len(versions)-1].Returned()
		if known || n.State != NoticeDrafted {
			return nil, nil
		}
		people, err := x.Desk.whoMay(x.Ctx, PublishNotice, x.Case)
		return to(ToldPublishAsked, args, people...), err
	case NoticeReturned:
		kind = ToldSentBack
	case NoticeEnded:
		kind, args["outcome"] = ToldNoticeEnded, string(n.State)
	}
	people := []AccountID{x.Case.Holder}
	for i := range versions {
		if versions[i].State == NoticeDrafted && !versions[i].Returned() {
			people = append(people, versions[i].Account)
		}
	}
	return to(kind, args, people...), nil
}

// releaseDecided tells who prepared a release set what became of it.
func (d *Desk) releaseDecided(by *Principal, set *ReleaseSet, kind MessageKind) []Message {
	return d.toldOfRelease(by, kind, set.PreparedBy)
}

func (d *Desk) toldOfRelease(by *Principal, kind MessageKind, people ...AccountID) []Message {
	told := to(kind, map[string]string{"by": by.Name}, people...)
	for i := range told {
		told[i].At = d.now().UTC().Truncate(time.Microsecond)
	}
	return told
}

// whoMay are the people whose own roles allow an action in a case, or with nil
// on the registry as a whole, and whose hands in the case do not forbid it.
func (d *Desk) whoMay(ctx context.Context, a Action, c *Case) (people []AccountID, err error) {
	var o *Object
	var path []registry.UnitID
	if c != nil {
		o, path = c.Object(), c.Path
	}
	all, err := d.store.Colleagues(ctx, path, d.Today())
	info := Rights().Action(a)
	for _, one := range all {
		role, reach := Rights().Role(one.Role), info.Reach[one.Role]
		switch {
		case role == nil || reach != Any && (reach != Area || o == nil || !one.Covers || !role.WorksOn(o.Kind)):
		case o != nil && info.Hand != NoHand && o.Hands[one.Account] != NoHand && o.Hands[one.Account] != info.Hand:
		default:
			people = append(people, one.Account)
		}
	}
	return people, err
}

// asker is who asked for an opinion.
func (x *Acting) asker(n int) AccountID {
	if n < 1 || n > len(x.Case.Events) {
		return 0
	}
	return x.Case.Events[n-1].Account
}

// thread are the people who wrote the comments that one answers.
func (c *Case) thread(n int) (people []AccountID) {
	for n > 0 && n <= len(c.Events) {
		e := &c.Events[n-1]
		people = append(people, e.Account)
		if e.Body.ReplyTo >= n { // the program cannot have written it
			break
		}
		n = e.Body.ReplyTo
	}
	return people
}

// MessageQuery selects messages of a person.
type MessageQuery struct {
	Account AccountID
	Filter  Filter // of the cases whose titles are shown
	Today   registry.Day
	Unread  bool
	Before  int64 // only older ones; 0 for the newest
	Limit   int
}

// MessageStore keeps what people are told.
type MessageStore interface {
	Messages(ctx context.Context, q MessageQuery) ([]Message, error)
	// Unread counts the messages that a person has not read.
	Unread(ctx context.Context, account AccountID) (int, error)
	// MarkRead marks messages of a person as read: those given, all for none; and
	// returns how many were not before.
	MarkRead(ctx context.Context, account AccountID, ids []int64, now time.Time) (int, error)
	// FindMessage returns a message of a person.
	FindMessage(ctx context.Context, account AccountID, id int64) (*Message, error)
	// ForgetMessages deletes messages that were read and made before a moment, and
	// all made before another.
	ForgetMessages(ctx context.Context, read, any time.Time) (int, error)

	MailChoice(ctx context.Context, account AccountID) (*MailChoice, error)
	SetMailChoice(ctx context.Context, account AccountID, c MailChoice) error
}

// MailChoice is what a person wants by mail.
type MailChoice struct {
	Kinds   []MessageKind
	Daily   bool
	Address string // where mail goes; "" for none, from the store
	Chosen  bool   // the person chose; else it is the default
}

// Wants reports whether a kind goes out by mail.
func (c *MailChoice) Wants(k MessageKind) bool {
	for _, each := range c.Kinds {
		if each == k {
			return true
		}
	}
	return false
}

// mailedKinds are those that go out by mail unless a person chose otherwise.
func mailedKinds() (out []MessageKind) {
	for _, info := range MessageKinds() {
		if info.Mail {
			out = append(out, info.Kind)
		}
	}
	return out
}

// Messages lists what a person was told, the newest first.
func (d *Desk) Messages(ctx context.Context, p *Principal, unread bool, before int64, limit int) ([]Message, error) {
	if !p.Known() {
		return nil, registry.NotFound("account", 0)
	}
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	return d.store.Messages(ctx, MessageQuery{Account: p.Account, Filter: p.Filter(ReadCase), Today: d.Today(), Unread: unread, Before: before, Limit: limit})
}

// Unread counts what a person has not read.
func (d *Desk) Unread(ctx context.Context, p *Principal) (int, error) {
	if !p.Known() {
		return 0, nil
	}
	return d.store.Unread(ctx, p.Account)
}

// ReadMessages marks messages as read: all for none.
func (d *Desk) ReadMessages(ctx context.Context, p *Principal, ids ...int64) (int, error) {
	if !p.Known() {
		return 0, registry.NotFound("account", 0)
	}
	return d.store.MarkRead(ctx, p.Account, ids, d.now())
}

// OpenMessage marks a message as read and returns it.
func (d *Desk) OpenMessage(ctx context.Context, p *Principal, id int64) (*Message, error) {
	if !p.Known() {
		return nil, registry.NotFound("message", id)
	}
	m, err := d.store.FindMessage(ctx, p.Account, id)
	if err != nil {
		return nil, err
	}
	_, err = d.store.MarkRead(ctx, p.Account, []int64{id}, d.now())
	return m, err
}

// MailChoice is what a person gets by mail.
func (d *Desk) MailChoice(ctx context.Context, p *Principal) (*MailChoice, error) {
	c, err := d.store.MailChoice(ctx, p.Account)
	if err == nil && !c.Chosen {
		c.Kinds = mailedKinds()
	}
	return c, err
}

// ChooseMail changes what a person gets by mail.
func (d *Desk) ChooseMail(ctx context.Context, p *Principal, c MailChoice) error {
	if !p.Known() {
		return registry.NotFound("account", 0)
	}
	for _, k := range c.Kinds {
		if k.Info() == nil {
			return registry.Invalid("kinds", fmt.Sprintf("%q is no kind of message", k))
		}
	}
	return d.store.SetMailChoice(ctx, p.Account, c)
}
