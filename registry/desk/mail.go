package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"jieming/registry"
)

// Letter is a mail as it goes out. It holds no line break outside of Body.
type Letter struct {
	To        string // an address
	MessageID string // without the angle brackets; the same at every try
	Subject   string
	Body      string // plain text
	At        time.Time
}

// Mailer hands letters to a mail server.
type Mailer interface {
	// Send hands over one letter. An [Undeliverable] will not come to pass however
	// often it is tried; anything else may.
	Send(ctx context.Context, l Letter) error
}

// Undeliverable is a refusal for good.
type Undeliverable struct{ Answer string }

func (u *Undeliverable) Error() string { return u.Answer }

// MailState is how far a mail has come.
type MailState string

// The states of mails.
const (
	Queued MailState = "QUEUED"
	Sent   MailState = "SENT"
	Dead   MailState = "DEAD" // given up
)

// Mail is a letter with its way.
type Mail struct {
	ID      int64
	Account AccountID
	Name    string // of whom it goes to; from the store
	Letter
	State  MailState
	Tries  int
	NextAt time.Time
	SentAt time.Time // zero if it was not
	Answer string    // what the server said last
}

// Pending is what is to be told one person by mail.
type Pending struct {
	Account  AccountID
	Address  string
	Language string
	Messages []Message
}

// MailStore keeps mails.
type MailStore interface {
	// PendingMail lists what is to be told by mail: messages whose time has come,
	// made after a moment, that nobody read yet.
	PendingMail(ctx context.Context, now, after time.Time) ([]Pending, error)
	// QueueMail keeps a letter that tells messages. It keeps none, and returns
	// false, when one of them is told by another already.
	QueueMail(ctx context.Context, account AccountID, l Letter, messages []int64) (bool, error)
	// ClaimMail takes a mail whose time has come, so that nobody else tries it
	// before until; nil for none.
	ClaimMail(ctx context.Context, now, until time.Time) (*Mail, error)
	// SetMail keeps what came of a try.
	SetMail(ctx context.Context, m *Mail) error
	// Mails lists mails in a state, the newest first.
	Mails(ctx context.Context, state MailState, limit int) ([]Mail, error)
	// MailCounts counts mails by state.
	MailCounts(ctx context.Context) (map[MailState]int, error)
	// RetryMail queues a dead mail again.
	RetryMail(ctx context.Context, id int64, now time.Time) error
	// ForgetMails deletes mails that were made before a moment and are not queued.
	ForgetMails(ctx context.Context, before time.Time) error
}

// Post writes mails and hands them over.
type Post struct {
	Desk   *Desk
	Mailer Mailer
	Public string // address of the pages, for links; "" for none
	Domain string // of Message-IDs
}

// staleMail is how old a message may be when it first goes out: who switches
// mail on is not flooded with what is long read elsewhere.
const staleMail = 3 * 24 * time.Hour

// mailLease is how long a mail belongs to who tries it.
const mailLease = 10 * time.Minute

// Run writes what is to be told and hands over what is due. It returns how many
// mails a server took.
func (o *Post) Run(ctx context.Context) (sent int, err error) {
	if err := o.Write(ctx); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		took, more, err := o.sendOne(ctx)
		if err != nil || !more {
			return sent, err
		}
		if took {
			sent++
		}
	}
	return sent, ctx.Err()
}

// Write turns messages into letters: one to each person.
func (o *Post) Write(ctx context.Context) error {
	d := o.Desk
	now := d.now()
	set, err := d.settings(ctx)
	if err != nil {
		return err
	}
	pending, err := d.store.PendingMail(ctx, now, now.Add(-staleMail))
	if err != nil {
		return err
	}
	for i := range pending {
		l, ids := o.letter(&pending[i], set["mail.content"] == "TITLE")
		if _, err := d.store.QueueMail(ctx, pending[i].Account, l, ids); err != nil {
			return err
		}
	}
	return nil
}

// letter writes one letter. It says of a case its number, what to do and until
// when; its title only where the department allows it and the case holds
// nothing above public.
func (o *Post) letter(p *Pending, titles bool) (Letter, []int64) {
	zh := p.Language != "en"
	pick := func(a, b string) string {
		if zh {
			return a
		}
		return b
	}
	var ids []int64
	var body strings.Builder
	for i := range p.Messages {
		m := &p.Messages[i]
		ids = append(ids, m.ID)
		body.WriteString(oneLine(strings.TrimSpace(m.Number + pick("　", "  ") + o.says(m, p.Language))))
		if titles && m.Secrecy == 0 && m.Title != "" {
			body.WriteString("\n" + oneLine(m.Title))
		}
		if o.Public != "" {
			fmt.Fprintf(&body, "\n%s/desk/messages/%d", strings.TrimSuffix(o.Public, "/"), m.ID)
		}
		body.WriteString("\n\n")
	}
	body.WriteString(pick("—\n界名工作台自动发送，请勿回复。邮件里不写案件内容；登录后可以查看，也可以改收哪些邮件。\n",
		"--\nSent by the desk of Jieming; please do not answer. Mails say nothing of what is in a case: sign in to read it, and to choose which mails you get.\n"))
	subject := pick("【界名】", "[Jieming] ")
	if len(p.Messages) == 1 {
		subject += oneLine(strings.TrimSpace(p.Messages[0].Number + " " + o.says(&p.Messages[0], p.Language)))
	} else {
		subject += pick(fmt.Sprintf("%d 条消息", len(p.Messages)), fmt.Sprintf("%d messages", len(p.Messages)))
	}
	return Letter{To: p.Address, MessageID: secret()[:22] + "@" + o.Domain, Subject: subject, Body: body.String(), At: o.Desk.now()}, ids
}

// says is what a mail says of a message: no names of people and no words of
// the case.
func (o *Post) says(m *Message, lang string) string {
	text, todo := o.Desk.MessageText(m, lang)
	switch m.Kind {
	case ToldReminded, ToldDueToday, ToldOverdue:
	default:
		text = m.Kind.Info().NameZh
		if lang == "en" {
			text = m.Kind.Info().NameEn
		}
	}
	if lang == "en" {
		return text + "; " + todo
	}
	return text + "，" + todo
}

// oneLine takes out what could end a header or hide in it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		if invisible(r) {
			return -1
		}
		return r
	}, s)
}

// waits are the pauses between tries; after the last the mail is given up.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 20 * time.Minute, time.Hour, 3 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour}

// sendOne tries the next mail. more is false when none is due.
func (o *Post) sendOne(ctx context.Context) (took, more bool, err error) {
	d := o.Desk
	m, err := d.store.ClaimMail(ctx, d.now(), d.now().Add(mailLease))
	if err != nil || m == nil {
		return false, false, err
	}
	trying, cancel := context.WithTimeout(ctx, mailLease/2)
	err = o.Mailer.Send(trying, m.Letter)
	cancel()
	var never *Undeliverable
	switch {
	case err == nil:
		m.State, m.SentAt, m.Answer, took = Sent, d.now(), "", true
	case ctx.Err() != nil:
		m.Tries-- // we stop; it was not the server's fault
		m.NextAt = d.now()
	case errors.As(err, &never), m.Tries > len(waits):
		m.State, m.Answer = Dead, clip(oneLine(err.Error()), 500)
	default:
		m.NextAt, m.Answer = d.now().Add(waits[m.Tries-1]), clip(oneLine(err.Error()), 500)
	}
	if m.State == Dead {
		d.log.Warn("a mail was given up", "mail", m.ID, "answer", m.Answer)
	}
	return took, true, d.store.SetMail(context.WithoutCancel(ctx), m)
}

// MailBoard is what the system administrator sees of the mails.
type MailBoard struct {
	Counts map[MailState]int
	Dead   []Mail
	Queued []Mail
}

// Count counts mails in a state.
func (b *MailBoard) Count(state string) int { return b.Counts[MailState(state)] }

// MailBoard lists mails that were given up, and those that wait.
func (d *Desk) MailBoard(ctx context.Context, p *Principal) (b *MailBoard, err error) {
	if !p.May(ChangeSettings, nil) {
		return nil, forbidden(ChangeSettings)
	}
	b = &MailBoard{}
	if b.Counts, err = d.store.MailCounts(ctx); err != nil {
		return nil, err
	}
	if b.Dead, err = d.store.Mails(ctx, Dead, 100); err != nil {
		return nil, err
	}
	b.Queued, err = d.store.Mails(ctx, Queued, 100)
	return b, err
}

// RetryMail queues a mail that was given up.
func (d *Desk) RetryMail(ctx context.Context, p *Principal, id int64) error {
	if !p.May(ChangeSettings, nil) {
		return forbidden(ChangeSettings)
	}
	if id <= 0 {
		return registry.NotFound("mail", id)
	}
	return d.store.RetryMail(ctx, id, d.now())
}
