package desk

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"jieming/registry"
)

// ObjectionID identifies a comment of a citizen for life.
type ObjectionID int64

// Objection is what a citizen says to a notice (公众意见), whatever the stance.
// It is never changed and never deleted.
type Objection struct {
	ID     ObjectionID
	Notice NoticeID
	Stance string // SUPPORT, OPPOSE, SUGGEST
	Text   string
	Place  *[2]float64 // degrees lon, lat; nil for none
	Lang   string      // of the page on which it was written
	At     time.Time   // UTC
	Same   ObjectionID // the first that says the same; 0 for the first itself
	Times  int         // of the first: how many say the same, itself included
	Sender Sender      // private; only for those who answer

	State   ObjectionState // of the first that says the same
	Outcome string         // ADOPTED, PARTLY, NOT_ADOPTED, NOTED; "" until it is answered
	Answer  string
	Reason  string // why it was set aside; for the desk only
	Public  bool   // text and answer stand on the page of the notice
	DoneAt  time.Time
	DoneBy  string // name; for the desk only
}

// Sender is what a citizen told of themselves. It is never shown to the public,
// and kept apart from what is recorded for ever.
type Sender struct{ Name, Contact string }

// ObjectionState is how far a comment of a citizen is.
type ObjectionState string

// The states of a comment.
const (
	ObjectionNew      ObjectionState = "NEW"
	ObjectionRead     ObjectionState = "READ"
	ObjectionAnswered ObjectionState = "ANSWERED"
	ObjectionAside    ObjectionState = "SET_ASIDE" // no opinion: abuse, advertising
)

// ObjectionStates are all states, in order.
var ObjectionStates = []ObjectionState{ObjectionNew, ObjectionRead, ObjectionAnswered, ObjectionAside}

// CitizenStances are what a citizen can think of a plan.
var CitizenStances = []string{"SUPPORT", "OPPOSE", "SUGGEST"}

// Outcomes are what can come of a comment.
var Outcomes = []string{"ADOPTED", "PARTLY", "NOT_ADOPTED", "NOTED"}

// PublicLimits bound what comes in from people without an account.
type PublicLimits struct {
	Network int           // comments of one network in an hour
	Total   int           // comments of all in an hour
	Least   time.Duration // between a form and its comment: nobody writes faster
	Longest time.Duration // for which a form can be sent
}

var defaultPublicLimits = PublicLimits{Network: 20, Total: 600, Least: 2 * time.Second, Longest: 24 * time.Hour}

func (l PublicLimits) orDefault() PublicLimits {
	usual := defaultPublicLimits
	return PublicLimits{Network: cmp.Or(l.Network, usual.Network), Total: cmp.Or(l.Total, usual.Total),
		Least: cmp.Or(l.Least, usual.Least), Longest: cmp.Or(l.Longest, usual.Longest)}
}

// ObjectionStore keeps what citizens say.
type ObjectionStore interface {
	// DayKey returns the key of a day; fresh becomes it if there is none. Keys
	// of days long past are forgotten, and with them whose address was whose.
	DayKey(ctx context.Context, day registry.Day, fresh []byte) ([]byte, error)
	// CountObjection counts one more under a key in an hour, and reports whether
	// it is within the limit.
	CountObjection(ctx context.Context, hour time.Time, key []byte, limit int) (bool, error)
	// AddObjection records what a citizen says. What was recorded under its form
	// before is not recorded again.
	AddObjection(ctx context.Context, o *NewObjection) (ObjectionID, error)
	// ObjectionByForm finds the comment that came with a form; 0 for none.
	ObjectionByForm(ctx context.Context, form [32]byte) (ObjectionID, error)
	// ObjectionByReceipt finds a comment by the digest of its receipt.
	ObjectionByReceipt(ctx context.Context, receipt [32]byte) (*Objection, error)
	// Objections lists comments on a notice, the first first.
	Objections(ctx context.Context, q ObjectionQuery) (*ObjectionPage, error)
	// ActOnObjections records what staff decided on comments, all or none.
	// KindConflict when somebody else decided on one of them since it was seen.
	ActOnObjections(ctx context.Context, w *ObjectionWrite) error
	// ForgetSenders deletes who sent comments on notices that took their last
	// before a day, and returns how many.
	ForgetSenders(ctx context.Context, over registry.Day) (int, error)
}

// NewObjection is a comment as the store writes it.
type NewObjection struct {
	Objection
	Case    registry.CaseID
	Form    [32]byte // digest of the form it came with
	Receipt [32]byte // digest of the receipt
}

// ObjectionQuery selects comments on a notice.
type ObjectionQuery struct {
	Notice  NoticeID
	IDs     []ObjectionID // nil for any
	State   ObjectionState
	Stance  string
	Outcome string
	Text    string
	Public  bool // only those released to the public
	All     bool // those that say the same, too; else only the first of them
	Sender  bool // whether to fill Sender
	After   ObjectionID
	Limit   int
}

// ObjectionPage is a page of comments.
type ObjectionPage struct {
	Rows   []Objection
	Total  int // of all pages
	Next   ObjectionID
	Counts []OpinionCount // of the whole notice
}

// OpinionCount is how many comments there are of a stance, state and outcome.
type OpinionCount struct {
	Stance  string
	State   ObjectionState
	Outcome string
	N       int // of all comments
	First   int // of those that say something of their own
}

// ObjectionWrite is a decision on comments.
type ObjectionWrite struct {
	Actor   string
	Request string
	Case    registry.CaseID
	Account AccountID
	For     AccountID // for whom, if the person stood in for somebody
	At      time.Time
	Of      []Seen
	ObjectionDecision
}

// Seen is a comment and how it stood when a person decided on it.
type Seen struct {
	ID    ObjectionID
	State ObjectionState
}

// ObjectionDecision is what staff decide on comments: all of them alike.
type ObjectionDecision struct {
	State   ObjectionState // READ, ANSWERED, SET_ASIDE
	Outcome string         // ANSWERED
	Answer  string         // ANSWERED
	Reason  string         // SET_ASIDE
	Public  bool           // ANSWERED: release text and answer
}

// --- from the public ---

// CommentForm is a comment as a citizen sends it.
type CommentForm struct {
	Token   string // of the form; see [Desk.FormToken]
	Stance  string
	Text    string
	Place   *[2]float64
	Name    string
	Contact string
	Trap    string // of a field that people do not see
	Lang    string
}

// Receipt is what a citizen gets for a comment: a secret by which the state and
// the answer can be looked up.
type Receipt string

// FormToken is a proof that a form was made by us, for one notice, at a time. It
// holds for one comment.
func (d *Desk) FormToken(ctx context.Context, notice NoticeID) (string, error) {
	now := d.now()
	key, err := d.dayKey(ctx, registry.DayOf(now))
	if err != nil {
		return "", err
	}
	token := make([]byte, 16, 16+sha256.Size)
	binary.BigEndian.PutUint64(token, uint64(now.Unix()))
	if _, err := rand.Read(token[8:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(token, sign(key, "form", notice, token)...)), nil
}

// dayKey is the key of a day, the same for all servers.
func (d *Desk) dayKey(ctx context.Context, day registry.Day) ([]byte, error) {
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	return d.store.DayKey(ctx, day, fresh)
}

func sign(key []byte, purpose string, notice NoticeID, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s %d ", purpose, notice)
	for _, p := range parts {
		mac.Write(p)
	}
	return mac.Sum(nil)
}

// issued is what a form token proves.
type issued struct {
	at   time.Time
	key  []byte // of its day
	form []byte
}

// readToken reads a form token of ours. ok is false for all others.
func (d *Desk) readToken(ctx context.Context, notice NoticeID, token string) (i issued, ok bool, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 16+sha256.Size {
		return i, false, nil
	}
	i.at, i.form = time.Unix(int64(binary.BigEndian.Uint64(raw)), 0), raw[:16]
	now := d.now()
	if i.at.After(now.Add(time.Minute)) || now.Sub(i.at) > d.limits.Longest {
		return i, false, nil
	}
	if i.key, err = d.dayKey(ctx, registry.DayOf(i.at)); err != nil {
		return i, false, err
	}
	return i, hmac.Equal(raw[16:], sign(i.key, "form", notice, i.form)), nil
}

// receipt is the receipt of the comment that comes with a form: the same however
// often the form is sent.
func (i issued) receipt(notice NoticeID) Receipt {
	text := base32.HexEncoding.EncodeToString(sign(i.key, "receipt", notice, i.form)[:15])
	return Receipt(text[:6] + "-" + text[6:12] + "-" + text[12:18] + "-" + text[18:])
}

// digest is by what the store knows a receipt, however it is typed.
func (r Receipt) digest() [32]byte {
	plain := strings.Map(func(c rune) rune {
		if c == '-' || c == ' ' {
			return -1
		}
		return c
	}, strings.ToUpper(string(r)))
	return sha256.Sum256([]byte("receipt " + plain))
}

// TooMany says that more comments came in than we take in an hour.
type TooMany struct {
	Own   bool // from the network of the sender; else from all
	Until time.Time
}

func (t *TooMany) Error() string {
	return "too many comments; try again after " + t.Until.UTC().Format(time.RFC3339)
}

// Unwrap makes it an error of the kind "try again later".
func (t *TooMany) Unwrap() error {
	return &registry.Error{Kind: registry.KindUnavailable, Message: t.Error()}
}

// Object takes a comment from a citizen without account. A form that is sent
// twice is one comment, and gets the same receipt.
func (d *Desk) Object(ctx context.Context, from Client, notice NoticeID, f CommentForm) (Receipt, error) {
	n, err := d.PublicNotice(ctx, notice)
	if err != nil {
		return "", err
	}
	token, ok, err := d.readToken(ctx, notice, f.Token)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", Refuse("form", "objection.stale", "this form is too old; what you wrote is still here: send it again")
	}
	form := sha256.Sum256(append([]byte("form "), token.form...))
	if id, err := d.store.ObjectionByForm(ctx, form); err != nil || id != 0 {
		return token.receipt(notice), err
	}
	if err := f.check(n, d.Today()); err != nil {
		return "", err
	}
	if f.Trap != "" || d.now().Sub(token.at) < d.limits.Least {
		return "", Refuse("form", "objection.hasty", "this was faster than people write; send it again")
	}
	if err := d.withinLimits(ctx, from); err != nil {
		return "", err
	}
	receipt := token.receipt(notice)
	o := &NewObjection{Case: n.Case, Form: form, Receipt: receipt.digest(), Objection: Objection{
		Notice: notice, Stance: f.Stance, Text: tidy(f.Text), Place: f.Place, Lang: f.Lang, At: d.now().UTC().Truncate(time.Microsecond),
		Sender: Sender{Name: strings.TrimSpace(f.Name), Contact: strings.TrimSpace(f.Contact)}}}
	_, err = d.store.AddObjection(ctx, o)
	return receipt, err
}

// tidy ends lines as we do, and leaves out blank space around a text and all but
// one of blank lines in a row: nobody makes a page long with them.
func tidy(s string) string {
	s = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
	return blankLines.ReplaceAllString(s, "\n\n")
}

var blankLines = regexp.MustCompile(`\n(?:[\pZ\t]*\n){2,}`)

// MostComment is how many characters a citizen's comment may have.
const MostComment = 2000

func (f *CommentForm) check(n *Notice, today registry.Day) error {
	if !n.Open(today) {
		if n.State == NoticePublished && n.Kind.Asks() && today < n.Opens {
			return Refuse("form", "objection.early", "comments are taken from "+n.Opens.String()+" on", "day", n.Opens)
		}
		return Refuse("form", "objection.closed", "this notice takes no more comments; what you wrote is still here, so that you can send it to the contact that the notice names")
	}
	if !slices.Contains(CitizenStances, f.Stance) {
		return Refuse("stance", "objection.stance", "say what you think of it")
	}
	f.Text = tidy(f.Text)
	for _, field := range []struct {
		name, text  string
		least, most int
	}{{"text", f.Text, 2, MostComment}, {"name", f.Name, 0, 50}, {"contact", f.Contact, 0, 100}} {
		if err := sayText(field.name, field.text, field.least, field.most); err != nil {
			return err
		}
	}
	// Written so that NaN fails.
	if p := f.Place; p != nil && !(p[0] >= 73 && p[0] <= 136 && p[1] >= 3 && p[1] <= 54) {
		return Refuse("place", "objection.place", "this is no place in the country; write longitude,latitude such as 125.32,43.88")
	}
	return nil
}

// withinLimits counts a comment for its network and for all.
func (d *Desk) withinLimits(ctx context.Context, from Client) error {
	hour := d.now().UTC().Truncate(time.Hour)
	key, err := d.dayKey(ctx, d.Today())
	if err != nil {
		return err
	}
	ok, err := d.store.CountObjection(ctx, hour, networkKey(key, from.Address), d.limits.Network)
	if err == nil && !ok {
		err = &TooMany{Own: true, Until: hour.Add(time.Hour)}
	}
	if err != nil {
		return err
	}
	if ok, err = d.store.CountObjection(ctx, hour, []byte("all"), d.limits.Total); err == nil && !ok {
		err = &TooMany{Until: hour.Add(time.Hour)}
	}
	return err
}

// networkKey is by what a network is counted. It cannot be told from it which
// network it was once the key of the day is gone.
func networkKey(key []byte, a netip.Addr) []byte {
	return sign(key, "network", 0, []byte(network(a, 24, 48)))[:16]
}

// ObjectionOf returns a citizen's own comment with its state and answer, by the
// receipt. It holds neither the sender nor who answered.
func (d *Desk) ObjectionOf(ctx context.Context, r Receipt) (*Objection, *Notice, error) {
	if len(r) > 64 {
		return nil, nil, registry.NotFound("comment", "under this receipt")
	}
	o, err := d.store.ObjectionByReceipt(ctx, r.digest())
	if err != nil {
		return nil, nil, err
	}
	o.Sender, o.Reason, o.DoneBy = Sender{}, "", ""
	n, err := d.PublicNotice(ctx, o.Notice)
	return o, n, err
}

// SenderDays is for how many days after the last day for comments it is known
// who sent them.
func (d *Desk) SenderDays(ctx context.Context) (int, error) {
	set, err := d.settings(ctx)
	return set.number("sender.days"), err
}

// PublicObjections lists the comments on a notice that were released with their
// answers, without anything personal.
func (d *Desk) PublicObjections(ctx context.Context, n *Notice, after ObjectionID) (*ObjectionPage, error) {
	page, err := d.store.Objections(ctx, ObjectionQuery{Notice: n.ID, Public: true, After: after, Limit: 50})
	if err != nil {
		return nil, err
	}
	for i := range page.Rows {
		o := &page.Rows[i]
		o.Sender, o.Reason, o.DoneBy, o.Place = Sender{}, "", "", nil
	}
	page.Counts = nil
	return page, nil
}

// --- at the desk ---

// Objections lists the comments on a notice of a case that the person may read.
// Who sent them is for those who answer only.
func (d *Desk) Objections(ctx context.Context, p *Principal, q ObjectionQuery) (*ObjectionPage, *Notice, *Case, error) {
	n, c, err := d.Notice(ctx, p, q.Notice)
	if err != nil {
		return nil, nil, nil, err
	}
	q.Sender, q.Public = p.May(AnswerPublic, c.Object()), false
	if q.Limit <= 0 || q.Limit > 100_000 {
		q.Limit = 50
	}
	page, err := d.store.Objections(ctx, q)
	return page, n, c, err
}

// DecideObjections records what comes of comments: that they were read, their
// common answer, or that they say nothing. Those that say the same as one of
// them share it.
func (d *Desk) DecideObjections(ctx context.Context, p *Principal, notice NoticeID, of []Seen, request string, decision ObjectionDecision) error {
	n, c, err := d.Notice(ctx, p, notice)
	if err != nil {
		return err
	}
	standIn, ok := p.Acting(AnswerPublic, c.Object())
	if !ok {
		return d.refusal(p, AnswerPublic, c)
	}
	if err := decision.check(of); err != nil {
		return err
	}
	w := &ObjectionWrite{Actor: p.Login, Request: p.key(request), Case: n.Case, Account: p.Account, At: d.now().UTC().Truncate(time.Microsecond),
		Of: of, ObjectionDecision: decision}
	if standIn != nil {
		w.For = standIn.From
	}
	return d.store.ActOnObjections(ctx, w)
}

func (o *ObjectionDecision) check(of []Seen) error {
	if len(of) == 0 || len(of) > 1000 {
		return Refuse("objection", "objection.none", "choose the comments that are meant")
	}
	o.Answer, o.Reason = tidy(o.Answer), tidy(o.Reason)
	switch o.State {
	case ObjectionRead:
		o.Outcome, o.Answer, o.Reason, o.Public = "", "", "", false
	case ObjectionAside:
		o.Outcome, o.Answer, o.Public = "", "", false
		return sayText("reason", o.Reason, 1, 2_000)
	case ObjectionAnswered:
		o.Reason = ""
		if !slices.Contains(Outcomes, o.Outcome) {
			return Refuse("outcome", "objection.outcome", "say what comes of it")
		}
		return sayText("answer", o.Answer, 1, 5_000)
	default:
		return Refuse("state", "objection.state", "say what is to be done")
	}
	return nil
}
