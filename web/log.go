package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/desk"
)

func (s *site) logRoutes(r chi.Router) {
	r.Get("/desk/log", s.deskPage(s.showLog))
	r.Get("/desk/log/access", s.deskPage(s.showAccess))
	r.Get("/desk/log/checkpoints", s.deskPage(s.showCheckpoints))
	r.Get("/desk/log/checkpoints/{size}.txt", s.deskPage(s.sendCheckpoint))
	r.Get("/desk/log/log.jsonl.gz", s.exportLog)
	r.Get("/desk/log/{seq}", s.deskPage(s.showLogEntry))
	r.Get("/desk/log/{seq}/proof.json", s.deskPage(s.sendLogProof))
}

// How much of the log a page shows.
const (
	logRows        = 50
	leafRows       = 200
	checkpointRows = 50
)

// logPage is the data of the page "log".
type logPage struct {
	words
	Query   url.Values
	Entries []desk.LogEntry
	Next    string // address of the next page; "" for none
}

// showLog answers GET /desk/log.
func (s *site) showLog(r *http.Request, v *View) (*answer, error) {
	given := r.URL.Query()
	q := desk.LogQuery{Person: given.Get("who"), Kind: given.Get("kind"), Case: given.Get("case"), Unit: given.Get("unit"), Subject: given.Get("subject"),
		Text: given.Get("q"), Limit: logRows + 1}
	before, err := cursorParameter(given)
	if err != nil {
		return nil, err
	}
	q.Before = registry.Seq(before)
	if q.From, q.To, err = dayParameters(given); err != nil {
		return nil, err
	}
	p := &logPage{words: s.words(v), Query: given}
	if p.Entries, err = s.desk.LogEntries(r.Context(), v.Who, q); err != nil {
		return nil, err
	}
	if len(p.Entries) > logRows {
		p.Entries = p.Entries[:logRows]
		p.Next = v.With("before", fmt.Sprint(p.Entries[logRows-1].Seq))
	}
	return &answer{page: "log", data: p}, nil
}

// cursorParameter is where a list goes on; 0 for its beginning.
func cursorParameter(given url.Values) (int64, error) {
	if given.Get("before") == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(given.Get("before"), 10, 64)
	if err != nil || n < 1 {
		return 0, registry.Invalid("before", "is no place in the list")
	}
	return n, nil
}

// dayParameters are the days that a list is limited to.
func dayParameters(given url.Values) (from, to registry.Day, err error) {
	from, to = registry.NoStart, registry.NoEnd
	if text := given.Get("from"); text != "" {
		if from, err = registry.ParseDay(text); err != nil {
			return from, to, registry.Invalid("from", "is no date; write it as 2026-12-31")
		}
	}
	if text := given.Get("to"); text != "" {
		if to, err = registry.ParseDay(text); err != nil {
			return from, to, registry.Invalid("to", "is no date; write it as 2026-12-31")
		}
	}
	return from, to, nil
}

// Kinds are the choices of the filter.
func (p *logPage) Kinds() (all []option) {
	for _, k := range desk.LogKinds() {
		all = append(all, option{k.Kind, p.of("log.kind", k.Kind)})
	}
	return all
}

// Get is what a filter was given.
func (p *logPage) Get(name string) string { return p.Query.Get(name) }

// Acts says what an entry did: its acts, or what it wrote where it has none.
func (w words) Acts(e *desk.LogEntry) (all []string) {
	for _, a := range e.Acts {
		text := w.Act(e.CaseKind, a)
		if len(all) == 0 || all[len(all)-1] != text {
			all = append(all, text)
		}
	}
	if len(all) == 0 {
		for _, part := range e.Wrote {
			all = append(all, w.Relation(part.Relation))
		}
	}
	return all
}

// Act names an act in a case of a kind, or an event of the registry.
func (w words) Act(kind string, a desk.LogAct) string {
	switch {
	case a.Event != 0 && w.view.has("eventtype."+a.Type):
		return w.of("class", a.Class) + w.view.text("log.colon") + w.of("eventtype", a.Type)
	case a.Event != 0:
		return w.of("class", a.Class)
	case a.Act != "" && a.Type == string(desk.Stepped):
		return w.StepName(kind, a.Act)
	}
	return w.of("log.act", a.Type)
}

// Relation names a logged table.
func (w words) Relation(name string) string {
	if key := "log.relation." + name; w.view.has(key) {
		return w.view.text(key)
	}
	return name
}

// Who names who wrote an entry.
func (w words) Who(e *desk.LogEntry) string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Actor == "jieming":
		return w.view.text("log.program")
	case e.Actor == "public":
		return w.view.text("log.public")
	}
	return e.Actor
}

// Login is what to look for to find what else the same person wrote.
func (w words) Login(e *desk.LogEntry) string {
	login, _, _ := strings.Cut(e.Actor, " for ")
	return login
}

// Valid says from when what an entry recorded is so in law; "" where it recorded
// no event of the registry.
func (w words) Valid(e *desk.LogEntry) string {
	var first, last registry.Day
	var precision registry.Precision
	found := false
	for _, a := range e.Acts {
		on, err := registry.ParseDay(a.On)
		switch {
		case a.Event == 0 || err != nil:
			continue
		case !found:
			first, last, precision, found = on, on, a.Precision, true
		}
		first, last = min(first, on), max(last, on)
	}
	switch {
	case !found:
		return ""
	case first == last:
		return w.view.dated(first, precision)
	}
	return w.view.text("log.valid.range", "from", w.view.day(first), "to", w.view.day(last))
}

// Why are the reasons that were given for what an entry did.
func (w words) Why(e *desk.LogEntry) (all []string) {
	for _, a := range e.Acts {
		if a.Reason != "" {
			all = append(all, a.Reason)
		}
	}
	return append(all, e.Reasons...)
}

// Seconds writes a time in China to the second.
func (v *View) Seconds(t time.Time) string {
	return t.In(registry.China).Format("2006-01-02 15:04:05")
}

// UTC writes a time as the log has it.
func (v *View) UTC(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// RowLink is the page of what a row belongs to; "" for none.
func (w words) RowLink(relation string, id int64) string {
	switch relation {
	case "event":
		return fmt.Sprintf("/id/event/%d", id)
	case "unit":
		return fmt.Sprintf("/id/unit/%d", id)
	case "release_set":
		return fmt.Sprintf("/desk/releases/%d", id)
	}
	return ""
}

// logEntryPage is the data of the page "log-entry".
type logEntryPage struct {
	words
	Entry      *desk.LogEntry
	Leaves     []desk.LogLeaf
	More       string // address of the next rows; "" for none
	Proof      *audit.Proof
	Steps      []audit.Step
	Checkpoint audit.Checkpoint
	Signers    []string
	Holds      bool // the steps lead to the root that is signed
}

// showLogEntry answers GET /desk/log/{seq}.
func (s *site) showLogEntry(r *http.Request, v *View) (*answer, error) {
	seq, err := seqParameter(r)
	if err != nil {
		return nil, err
	}
	p := &logEntryPage{words: s.words(v)}
	if p.Entry, err = s.desk.LogEntry(r.Context(), v.Who, seq); err != nil {
		return nil, err
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("rows"), 10, 64) // a link, not a form
	if p.Leaves, err = s.desk.LogLeaves(r.Context(), v.Who, seq, after, leafRows+1); err != nil {
		return nil, err
	}
	if len(p.Leaves) > leafRows {
		p.Leaves = p.Leaves[:leafRows]
		p.More = v.With("rows", fmt.Sprint(p.Leaves[leafRows-1].Ord))
	}
	p.Proof, err = s.desk.LogProof(r.Context(), v.Who, seq)
	if registry.KindOf(err) == registry.KindConflict { // no checkpoint covers it yet
		return &answer{page: "log-entry", data: p}, nil
	}
	if err != nil {
		return nil, err
	}
	if p.Steps, err = p.Proof.Steps(); err != nil {
		return nil, err
	}
	p.Checkpoint, err = p.Proof.Verify(nil)
	p.Holds, p.Signers = err == nil, audit.Signers(p.Proof.Checkpoint)
	return &answer{page: "log-entry", data: p}, nil
}

func seqParameter(r *http.Request) (registry.Seq, error) {
	n, err := strconv.ParseInt(chi.URLParam(r, "seq"), 10, 64)
	if err != nil || n < 1 {
		return 0, registry.NotFound("entry of the log", chi.URLParam(r, "seq"))
	}
	return registry.Seq(n), nil
}

// RecordHash is the hash that the proof begins with.
func (p *logEntryPage) RecordHash() audit.Hash { return audit.RecordHash([]byte(p.Proof.Record)) }

// Short is the beginning of a hash, for people who compare.
func (p *logEntryPage) Short(h audit.Hash) string { return h.String()[:12] }

// First reports whether the entry has none before it.
func (p *logEntryPage) First() bool { return p.Entry.Previous == audit.Hash{} }

// Last is the last record of a sibling, counted as the log does.
func (p *logEntryPage) Last(s audit.Step) int64 { return s.To - 1 }

// sendLogProof answers GET /desk/log/{seq}/proof.json: digests only.
func (s *site) sendLogProof(r *http.Request, v *View) (*answer, error) {
	seq, err := seqParameter(r)
	if err != nil {
		return nil, err
	}
	p, err := s.desk.LogProof(r.Context(), v.Who, seq)
	if err != nil {
		return nil, err
	}
	body, err := json.MarshalIndent(p, "", "  ")
	return &answer{body: body, mime: "application/json", name: fmt.Sprintf("entry-%d.json", seq)}, err
}

// checkpointsPage is the data of the page "log-checkpoints".
type checkpointsPage struct {
	Checkpoints []desk.Checkpoint
	Next        string
}

// showCheckpoints answers GET /desk/log/checkpoints.
func (s *site) showCheckpoints(r *http.Request, v *View) (*answer, error) {
	below, err := cursorParameter(r.URL.Query())
	if err != nil {
		return nil, err
	}
	p := &checkpointsPage{}
	if p.Checkpoints, err = s.desk.Checkpoints(r.Context(), v.Who, below, checkpointRows+1); err != nil {
		return nil, err
	}
	if len(p.Checkpoints) > checkpointRows {
		p.Checkpoints = p.Checkpoints[:checkpointRows]
		p.Next = v.With("before", fmt.Sprint(p.Checkpoints[checkpointRows-1].Size))
	}
	return &answer{page: "log-checkpoints", data: p}, nil
}

// sendCheckpoint answers GET /desk/log/checkpoints/{size}.txt with the note.
func (s *site) sendCheckpoint(r *http.Request, v *View) (*answer, error) {
	size, err := strconv.ParseInt(chi.URLParam(r, "size"), 10, 64)
	if err != nil || size < 1 {
		return nil, registry.NotFound("checkpoint", chi.URLParam(r, "size"))
	}
	found, err := s.desk.Checkpoints(r.Context(), v.Who, size+1, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || found[0].Size != size {
		return nil, registry.NotFound("checkpoint", size)
	}
	return &answer{body: []byte(found[0].Note), mime: "text/plain; charset=utf-8", name: fmt.Sprintf("checkpoint-%d.txt", size)}, nil
}

// exportLog answers GET /desk/log/log.jsonl.gz. It streams: a log that breaks off
// has no end, and nobody takes it for whole.
func (s *site) exportLog(w http.ResponseWriter, r *http.Request) {
	v, ok := s.enterPassed(w, r)
	if !ok {
		return
	}
	// A long log takes longer than a page may. Who goes away ends it by not reading.
	items, err := s.desk.ExportLog(context.WithoutCancel(r.Context()), v.Who)
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	now := s.now().UTC()
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Content-Disposition", `attachment; filename="log-`+now.Format("2006-01-02")+`.jsonl.gz"`)
	if err := audit.Write(patient{w, http.NewResponseController(w)}, audit.Head{MadeAt: now, By: "jieming desk"}, items, nil); err != nil {
		s.log.ErrorContext(r.Context(), "export of the log broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}

// patient lets an answer go on for as long as its reader takes some of it.
type patient struct {
	io.Writer
	conn *http.ResponseController
}

func (p patient) Write(data []byte) (int, error) {
	_ = p.conn.SetWriteDeadline(time.Now().Add(time.Minute)) // where it is not supported there is none
	return p.Writer.Write(data)
}

// accessPage is the data of the page "log-access".
type accessPage struct {
	Query    url.Values
	Accesses []desk.AccessEntry
	Next     string
	view     *View
}

// showAccess answers GET /desk/log/access.
func (s *site) showAccess(r *http.Request, v *View) (*answer, error) {
	given := r.URL.Query()
	q := desk.AccessQuery{Person: given.Get("who"), Kind: desk.AccessKind(given.Get("kind")), Case: given.Get("case"), Limit: logRows + 1}
	var err error
	if q.Before, err = cursorParameter(given); err != nil {
		return nil, err
	}
	if q.From, q.To, err = dayParameters(given); err != nil {
		return nil, err
	}
	p := &accessPage{Query: given, view: v}
	if p.Accesses, err = s.desk.Accesses(r.Context(), v.Who, q); err != nil {
		return nil, err
	}
	if len(p.Accesses) > logRows {
		p.Accesses = p.Accesses[:logRows]
		p.Next = v.With("before", fmt.Sprint(p.Accesses[logRows-1].ID))
	}
	return &answer{page: "log-access", data: p}, nil
}

// Get is what a filter was given.
func (p *accessPage) Get(name string) string { return p.Query.Get(name) }

// Kinds are the choices of the filter.
func (p *accessPage) Kinds() (all []option) {
	for _, k := range desk.AccessKinds() {
		if k != desk.ReadUnpublished { // what is shown without a choice
			all = append(all, option{string(k), p.view.text(fmt.Sprint("log.access.", k))})
		}
	}
	return all
}

// Object names what was read or changed.
func (p *accessPage) Object(a *desk.AccessEntry) string {
	name := a.ObjectKind
	if key := "log.object." + a.ObjectKind; p.view.has(key) {
		name = p.view.text(key)
	}
	switch {
	case a.CaseNumber != "":
		return a.CaseNumber
	case a.ObjectID != 0:
		return name + " " + fmt.Sprint(a.ObjectID)
	}
	return name
}

// Link is the page of what was read; "" for none.
func (p *accessPage) Link(a *desk.AccessEntry) string {
	switch {
	case a.ObjectKind == "CASE" && p.view.May("case.read"):
		return fmt.Sprintf("/desk/cases/%d", a.ObjectID)
	case a.ObjectKind == "RELEASE" && p.view.May("release.read"):
		return fmt.Sprintf("/desk/releases/%d", a.ObjectID)
	}
	return ""
}

// Particulars are the details of an access in a line.
func (p *accessPage) Particulars(a *desk.AccessEntry) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(a.Detail)) {
		what, value := "log.detail."+name, fmt.Sprint(a.Detail[name])
		if shown := what + "." + value; p.view.has(shown) {
			value = p.view.text(shown)
		}
		all = append(all, p.view.text(what)+" "+value)
	}
	return strings.Join(all, p.view.text("list.comma"))
}
