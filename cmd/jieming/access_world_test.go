package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/demo"
	"jieming/registry/law"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// bystander is somebody who asks: one of the public, or a person of a role.
type bystander struct {
	name    string
	outside bool            // their jurisdiction is another prefecture
	who     *desk.Principal // nil for the public
	cookie  string
	site    string // where the page is whose forms they send; "" for ours
}

// thing is something that a route is about.
type thing struct {
	name   string
	params map[string]string // of the address
	case_  registry.CaseID   // in which it lies; 0 for none
	owner  desk.AccountID    // whose alone it is; 0 for nobody's
	about  *desk.Object      // what rights are asked on; nil for a thing in no jurisdiction
	none   bool              // it does not exist
	secret bool              // it was planted
	aside  bool              // it is read, and nothing is done to it
}

// right says whether somebody may, on a thing.
type right func(p *desk.Principal, x *thing) bool

// secretText is a text that only some may read, wherever it turns up.
type secretText struct {
	name, text string
	readers    right
	about      *thing
}

// accessWorld is the program over the demonstration, with people of every role in and
// outside of one prefecture, and what is planted there.
type accessWorld struct {
	*app
	t        *testing.T
	now      time.Time
	router   chi.Router
	owner    *pgxpool.Pool
	units    map[string]registry.UnitID
	people   []*bystander // the public first
	as       map[desk.Role]*desk.Principal
	things   map[string][]*thing // by kind
	secrets  []secretText
	handler  http.Handler
	counting string // the statement that digests everything stored
	asked    string // the event of the secret case that asks an expert
	again    string // the one that asks a department
	another  string // a case that is no thing of the matrix
	finding  string // the form that accepts a finding
}

// mark begins every secret text of letters, rare every one of hanzi: nothing
// else holds them, and a name takes no letters.
const (
	mark = "Qz7xVj"
	rare = "龘靐"
)

func newAccessWorld(t *testing.T) *accessWorld {
	t.Helper()
	url := pgtest.New(t)
	w := &accessWorld{t: t, owner: pgtest.Pool(t, url), units: map[string]registry.UnitID{}, as: map[desk.Role]*desk.Principal{}, things: map[string][]*thing{}}
	store, err := postgres.Open(t.Context(), pgtest.App(t, url))
	w.must(err)
	t.Cleanup(store.Close)
	w.must(publish(t.Context(), store, registrytest.Squares()))
	inOne(t, w.owner, "UPDATE zone SET network = 'GOVERNMENT', highest_level = 1")
	w.number()
	w.open(store)
	p, err := store.Publication(t.Context(), time.Time{})
	w.must(err)
	w.must(store.Units(t.Context(), registry.UnitQuery{At: registry.Instant{Valid: w.desk.Today(), Recorded: p.AsOf}}, func(u *registry.Unit) error {
		w.units[u.Name] = u.ID
		return nil
	}))
	stage := &staging{store: store, desk: w.desk, file: t.TempDir() + "/logins"}
	cast, err := stage.engage(t.Context(), io.Discard)
	w.must(err)
	w.must(demo.Play(t.Context(), demo.Stage{Store: store, Now: w.desk.Now(), Cast: cast, Units: stage.counties[:2],
		Only: []string{"ADJUSTMENT ASSESSING", "NAMING CONSULTING", "ADJUSTMENT IMPLEMENTING"}})) // the states with notices
	w.hire(stage)
	return w
}

// number lets the identifiers of each table of the desk begin far from all other
// numbers, so that they can be told from them on a page.
func (w *accessWorld) number() {
	rows, err := w.owner.Query(w.t.Context(), "SELECT setval(format('%I.%I', schemaname, sequencename), 500000 + 1000 * row_number() OVER (ORDER BY sequencename)) FROM pg_sequences WHERE schemaname = 'desk' OR sequencename ~ 'case'")
	w.must(err)
	rows.Close()
	w.must(rows.Err())
}

// open makes the program as serve does, with a clock that stands and passwords
// that cost little.
func (w *accessWorld) open(store *postgres.Store) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.now = time.Now()
	w.app = &app{store: store, log: log, metrics: newMetrics(store.Pool()), tiles: newTileset(store, log), timeout: time.Minute}
	w.desk = desk.New(desk.Options{Store: store, Log: log, Key: bytes.Repeat([]byte("k"), 32), Now: func() time.Time { return w.now },
		Policy: desk.Policy{Cost: desk.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}})
	w.tiles.stops.load(w.t.Context())
	w.t.Cleanup(inBackground(w.t.Context(), w.tiles.run))
	var err error
	var closeDownloads func()
	w.downloads, closeDownloads, err = (downloadFlags{DownloadDir: w.t.TempDir()}).open(store, w.tiles)
	w.must(err)
	w.t.Cleanup(closeDownloads)
	w.router, err = w.mux()
	w.handler = w.shortcut(w.router)
	w.must(err)
}

func (w *accessWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// hire signs in the people of the demonstration, and one more of each role that
// can have a jurisdiction: theirs is the prefecture in which nothing is planted.
func (w *accessWorld) hire(stage *staging) {
	ctx := w.t.Context()
	w.people = []*bystander{{name: "the public", outside: true}}
	password, err := stage.password()
	w.must(err)
	for _, info := range desk.Rights().Roles {
		login := demoLogin(info.Role)
		w.enter(string(info.Role), login, password, false)
		w.as[info.Role] = w.people[len(w.people)-1].who
		if info.Administrator { // of the whole installation
			continue
		}
		id, first, err := w.desk.MakeAccount(ctx, desk.Operator(), desk.Account{Login: login + "-east", Name: info.Zh + "东", Language: "en"}, "")
		w.must(err)
		g := desk.Grant{Account: id, Role: info.Role, Unit: w.units["东市"], ValidUntil: registry.NoEnd, Department: map[desk.Role]string{desk.Department: "TRANSPORT"}[info.Role]}
		_, err = w.desk.GrantRole(ctx, desk.Operator(), g, "test")
		w.must(err)
		_, err = stage.enter(ctx, login+"-east", password, first)
		w.must(err)
		w.enter(string(info.Role)+" outside", login+"-east", password, true)
	}
}

func (w *accessWorld) enter(name, login, password string, outside bool) {
	w.t.Helper()
	s, err := w.desk.SignIn(w.t.Context(), login, password, desk.Client{})
	w.must(err)
	v, err := w.desk.Resume(w.t.Context(), s.Secret, desk.Client{})
	w.must(err)
	w.people = append(w.people, &bystander{name: name, outside: outside, who: v.Who, cookie: "session=" + s.Secret})
	if role := v.Who.Grants[0].Role; !outside && (role == desk.DivisionEditor || role == desk.Applicant) {
		w.add("session", &thing{name: "of " + name, params: id(s.ID), owner: v.Who.Account})
		w.add("account", &thing{name: name, params: id(int64(v.Who.Account)), owner: v.Who.Account})
	}
}

func id(n int64) map[string]string { return map[string]string{"id": fmt.Sprint(n)} }

func (w *accessWorld) add(kind string, x *thing) *thing {
	w.things[kind] = append(w.things[kind], x)
	return x
}

// evil is what would run on a page that writes texts as they come.
const evil = `"><script>alert(1)</script>`

// hide notes a text that only some may read.
func (w *accessWorld) hide(name string, about *thing, readers right) string {
	text := fmt.Sprintf("%s%02d", mark, len(w.secrets))
	w.secrets = append(w.secrets, secretText{name, text, readers, about})
	return text
}

// rightsOf is a case as rights are asked on it.
func (w *accessWorld) rightsOf(id registry.CaseID) *desk.Object {
	c, err := w.desk.Case(w.t.Context(), w.as["AUDITOR"], id)
	w.must(err)
	return c.Object()
}

func (w *accessWorld) aCase(name string, n registry.CaseID) *thing {
	return &thing{name: name, case_: n, params: map[string]string{"id": fmt.Sprint(n), "case": fmt.Sprint(n)}}
}

// act does something in a case, whatever its version.
func (w *accessWorld) act(who desk.Role, id registry.CaseID, act desk.Act) *desk.Case {
	w.t.Helper()
	c, err := w.desk.Case(w.t.Context(), w.as["AUDITOR"], id)
	w.must(err)
	c, err = w.desk.Act(w.t.Context(), w.as[who], id, c.Version, "", act)
	w.must(err)
	return c
}

// meet finds what the demonstration has, before anything is planted.
func (w *accessWorld) meet() {
	ctx := w.t.Context()
	open := func(who *desk.Principal, kind, title string, unit registry.UnitID) registry.CaseID {
		c, err := w.desk.OpenCase(ctx, who, desk.OpenRequest{Kind: kind, Title: title, Summary: title, Unit: unit})
		w.must(err)
		return c.ID
	}
	w.add("case", w.aCase("applied for in the area", open(w.as[desk.Applicant], "NAMING", "甲县公园命名", w.units["甲县"])))
	for _, p := range w.people {
		if p.outside && p.who != nil && p.who.Grants[0].Role == desk.Applicant {
			w.add("case", w.aCase("applied for outside", open(p.who, "NAMING", "丙县公园命名", w.units["丙县"]))).aside = true
		}
	}
	w.add("case", w.aCase("of the whole registry", open(w.as[desk.DivisionEditor], "CORRECTION", "全省更正", 0)))
	asked, err := w.desk.Cases(ctx, w.as[desk.Expert], desk.CaseQuery{DueBy: registry.NoEnd, Limit: 1, Phases: []law.Phase{law.Open}})
	w.must(err)
	w.add("case", w.aCase("an expert was asked in", asked.Rows[0].ID)).aside = true
	approved, err := w.desk.Cases(ctx, w.as["AUDITOR"], desk.CaseQuery{DueBy: registry.NoEnd, Limit: 1, States: []string{"IMPLEMENTING"}})
	w.must(err)
	w.add("case", w.aCase("approved", approved.Rows[0].ID)).aside = true

	public, err := w.desk.PublicNotices(ctx, desk.NoticeQuery{Kind: desk.Consultation, When: "current"})
	w.must(err)
	n := public.Rows[0]
	w.add("notice", &thing{name: "published", params: id(int64(n.ID)), case_: n.Case})
	w.add("public notice", &thing{name: "published", params: id(int64(n.ID))})
	w.must(w.message())
	w.readAll()
	w.must(w.desk.SetSeries(ctx, w.as[desk.Supervisor], desk.Series{Issuer: "民政厅", Paper: "*", Pattern: "民〔{year}〕{n}号", Reason: "test"}))
	w.another = fmt.Sprint(int64(open(w.as[desk.DivisionEditor], "ADJUSTMENT", "乙县撤乡设镇", w.units["乙县"])))
}

// readAll lets everybody read what they were told. Who publishes is told of a
// release set, which lies in no jurisdiction; pages say how much is unread.
func (w *accessWorld) readAll() {
	for _, p := range w.people[1:] {
		_, err := w.desk.ReadMessages(w.t.Context(), p.who)
		w.must(err)
	}
}

// message finds a message of somebody.
func (w *accessWorld) message() error {
	for _, p := range w.people[1:] {
		list, err := w.desk.Messages(w.t.Context(), p.who, false, 0, 1)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			w.add("message", &thing{name: "to " + p.name, params: id(list[0].ID), owner: p.who.Account})
			return nil
		}
	}
	return fmt.Errorf("nobody has a message")
}

// plant hides texts in everything that the desk keeps, in the prefecture in which
// the people outside have nothing to do.
func (w *accessWorld) plant() {
	ctx, editor := w.t.Context(), w.as[desk.DivisionEditor]
	secret := &thing{name: "secret", params: map[string]string{}, secret: true}
	reads, papers := on(desk.ReadCase), on(desk.ReadPaper)
	c, err := w.desk.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: w.hide("title", secret, reads), Summary: w.hide("summary", secret, reads),
		Unit: w.units["甲县"], Urgent: true})
	w.must(err)
	*secret = *w.aCase("secret", c.ID)
	secret.secret = true
	w.add("case", secret)
	w.secrets = append(w.secrets, secretText{"number", c.Number, reads, secret}, secretText{"place of a comment", "125.4321987", reads, secret})

	paper, err := w.desk.Receive(ctx, editor, w.hide("file name", secret, papers)+".txt", strings.NewReader(w.hide("text of a paper", secret, papers)))
	w.must(err)
	p := paper.Paper("OTHER", w.hide("title of a paper", secret, papers))
	p.Secrecy = 1
	c = w.act(desk.DivisionEditor, c.ID, desk.AddPapers{Papers: []desk.Paper{p}})
	for name, digest := range map[string]desk.Digest{"of the secret case": paper.Digest, "unknown": {1}} {
		w.add("file", &thing{name: name, case_: c.ID, none: name == "unknown", secret: true,
			params: map[string]string{"case": fmt.Sprint(c.ID), "digest": digest.String()}})
	}
	w.act(desk.Supervisor, c.ID, desk.Comment{Text: w.hide("comment", secret, reads) + evil, Place: &[2]float64{125.4321987, 43.5}})
	c = w.act(desk.DivisionEditor, c.ID, desk.Ask{Departments: []string{"HOUSING"}, Experts: []desk.AccountID{w.as[desk.Expert].Account}, Question: w.hide("question", secret, reads)})
	w.asked = fmt.Sprint(c.Version)
	w.act(desk.Department, c.ID, desk.Reply{Asked: c.Version, Department: "HOUSING", Stance: "AGREE", Text: w.hide("opinion", secret, reads)})
	c = w.act(desk.DivisionEditor, c.ID, desk.Ask{Departments: []string{"HOUSING"}, Question: w.hide("second question", secret, reads)})
	w.again = fmt.Sprint(c.Version)
	c = w.act(desk.Supervisor, c.ID, desk.Assign{To: w.as["COUNTY_REPORTER"].Account, Reason: w.hide("reason of an assignment", secret, reads)})

	c = w.act(desk.DivisionEditor, c.ID, desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.Consultation, Title: w.hide("title of a draft", secret, reads),
		Text: w.hide("text of a draft", secret, reads), Contact: "电话", Unit: w.units["甲县"], Opens: registry.NoStart, Closes: w.desk.Today() + 20}})
	draft := c.Events[len(c.Events)-1].Body.Notice
	w.add("notice", &thing{name: "draft", params: id(draft), case_: c.ID, secret: true})
	w.add("public notice", &thing{name: "draft", params: id(draft), none: true})

	for _, x := range w.things["case"] {
		if x.name == "of the whole registry" { // which other roles read
			w.act(desk.DivisionEditor, x.case_, desk.Relate{Other: c.ID, Relation: "NEEDS"})
		}
	}

	w.plantPersonal()
	w.plantAnywhere()
	w.plantObjection()
	w.plantUnreleased()
	for _, list := range w.things {
		for _, x := range list {
			if x.case_ != 0 {
				x.about = w.rightsOf(x.case_)
			}
		}
	}
	for _, kind := range []string{"case", "notice", "public notice", "message", "account", "session", "token", "delegation", "view", "upload", "correction", "release", "event"} {
		w.add(kind, &thing{name: "unknown", none: true, params: map[string]string{"id": "987654321", "case": "987654321", "view": "987654321", "upload": "987654321", "event": "987654321"}})
	}
}

// plantPersonal hides texts in what is one person's alone.
func (w *accessWorld) plantPersonal() {
	ctx, editor := w.t.Context(), w.as[desk.DivisionEditor]
	own := func(kind, name string, params map[string]string) *thing {
		return w.add(kind, &thing{name: name, params: params, owner: editor.Account, secret: true})
	}
	mine := &thing{owner: editor.Account}
	w.must(w.desk.SaveView(ctx, editor, desk.SavedView{Name: w.hide("name of a view", mine, theirs), Query: "kind=NAMING"}))
	views, err := w.desk.SavedViews(ctx, editor)
	w.must(err)
	own("view", "kept", map[string]string{"view": fmt.Sprint(views[0].ID)})

	u, err := w.desk.Receive(ctx, editor, w.hide("name of an upload", mine, theirs)+".txt", strings.NewReader(w.hide("text of an upload", mine, theirs)))
	w.must(err)
	own("upload", "waiting", id(int64(u.ID)))

	either := func(p *desk.Principal, x *thing) bool { return theirs(p, x) || has(desk.ManageAccounts)(p, x) }
	_, err = w.desk.MakeToken(ctx, editor, w.hide("name of a token", mine, either), []string{"case"}, time.Hour)
	w.must(err)
	tokens, err := w.desk.Tokens(ctx, editor, editor.Account)
	w.must(err)
	own("token", "kept", id(tokens[0].ID))

	other := w.as["LINE_MANAGER"]
	both := func(p *desk.Principal, x *thing) bool { return theirs(p, x) || p.Account == other.Account }
	n, err := w.desk.Delegate(ctx, editor, other.Login, w.desk.Today()+30, w.desk.Today()+31, w.hide("reason of a delegation", mine, both))
	w.must(err)
	own("delegation", "to come", id(n))

	messages, err := w.desk.Messages(ctx, editor, false, 0, 1)
	w.must(err)
	if len(messages) > 0 {
		own("message", "of the secret case", id(messages[0].ID))
	}
	_, err = w.desk.MakeFeed(ctx, editor)
	w.must(err)
}

// plantAnywhere hides texts in what lies in no jurisdiction.
func (w *accessWorld) plantAnywhere() {
	ctx, editor := w.t.Context(), w.as[desk.DivisionEditor]
	list := has(desk.ManageAccounts, desk.GrantRights)
	planted, _, err := w.desk.MakeAccount(ctx, desk.Operator(), desk.Account{Login: "planted", Name: w.hide("name of a person", nil, list), Phone: w.hide("telephone", nil, has(desk.ManageAccounts, desk.GrantRights))}, "")
	w.must(err)

	w.add("account", &thing{name: "planted", params: id(int64(planted)), secret: true})
	latest, err := w.store.LatestEntry(ctx)
	w.must(err)
	set, err := w.desk.PrepareRelease(ctx, editor, desk.ReleaseTerms{AsOf: latest, DataDate: w.desk.Today(), Note: w.hide("note of a release set", nil, has(desk.ReadRelease)),
		ReviewNumber: w.hide("review number", nil, has(desk.ReadRelease)), Certificate: desk.Certificate{Number: w.hide("certificate", nil, has(desk.ReadRelease))}})
	w.must(err)
	w.add("release", &thing{name: "prepared", params: id(int64(set)), secret: true})

	_, err = w.desk.RunQuality(ctx, editor)
	w.must(err)
	for _, check := range law.Shipped().Checks {
		_, found, err := w.desk.Findings(ctx, editor, desk.FindingQuery{Check: check.ID, Limit: 1})
		w.must(err)
		if len(found) > 0 && w.finding == "" {
			w.must(w.desk.AcceptFinding(ctx, editor, check.ID, found[0].Kind, found[0].ID, true, w.hide("why a finding is accepted", nil, has(desk.ReadQuality))))
			w.finding = fmt.Sprintf("kind=%s&id=%d&accept=no&reason=x", found[0].Kind, found[0].ID)
		}
	}
	w.plantCorrection(editor)
}

// plantCorrection uploads a sheet with one cell changed.
func (w *accessWorld) plantCorrection(editor *desk.Principal) {
	ctx := w.t.Context()
	sheet := w.ask(w.person(desk.DivisionEditor), "GET", "/desk/corrections/sheet.xlsx?about=place", "").Body.Bytes()
	u, _, err := w.desk.ReceiveSheet(ctx, editor, "更正.xlsx", sheet)
	w.must(err)
	w.add("correction", &thing{name: "waiting", params: map[string]string{"upload": fmt.Sprint(u.ID)}, owner: editor.Account, secret: true})
}

// plantObjection says something to a notice of the demonstration.
func (w *accessWorld) plantObjection() {
	ctx := w.t.Context()
	var notice *thing
	for _, x := range w.things["notice"] {
		if x.name == "published" {
			notice = x
		}
	}
	var n desk.NoticeID
	_, err := fmt.Sscan(notice.params["id"], &n)
	w.must(err)
	token, err := w.desk.FormToken(ctx, n)
	w.must(err)
	w.now = w.now.Add(time.Minute)
	_, err = w.desk.Object(ctx, desk.Client{Address: netip.AddrFrom4([4]byte{192, 0, 2, 99})}, n, desk.CommentForm{Token: token, Stance: "SUGGEST", Lang: "zh",
		Text: w.hide("comment of a citizen", notice, on(desk.ReadCase)), Name: w.hide("name of a citizen", notice, on(desk.AnswerPublic)), Contact: w.hide("contact of a citizen", notice, on(desk.AnswerPublic))})
	w.must(err)
}

// plantUnreleased records what is not published: a township, a place and a border
// above public secrecy.
func (w *accessWorld) plantUnreleased() {
	inOne(w.t, w.owner, strings.ReplaceAll(openEvil, "1981-12-31", "2020-01-01")+`INSERT INTO unit DEFAULT VALUES;
		INSERT INTO unit_version (unit_id, level, type, specific, generic, superior_id, valid, began_by)
		SELECT (SELECT max(id) FROM unit), 4, 'TOWN', '`+rare+`', '镇', `+fmt.Sprint(int64(w.units["甲县"]))+`, '[2020-01-01,)', max(id) FROM event`)
	inOne(w.t, w.owner, secretPlace)
	inOne(w.t, w.owner, secretBorder)
	recorded := has(desk.ReadRelease, desk.ReadQuality, desk.CorrectQuality, desk.ReadGeometry)
	w.secrets = append(w.secrets, secretText{"name of an unreleased unit", rare, recorded, nil})
	for _, text := range []string{"绝密村", "Juemicun", "126.4444444", "43.6666666"} {
		w.secrets = append(w.secrets, secretText{"secret place", text, func(*desk.Principal, *thing) bool { return false }, nil})
	}
	for _, text := range []string{"126.3333333", "43.5123456"} {
		w.secrets = append(w.secrets, secretText{"secret border", text, has(desk.ReadGeometry), nil})
	}
	var event int64
	w.must(w.owner.QueryRow(context.Background(), "SELECT max(id) FROM registry.event").Scan(&event))
	w.add("event", &thing{name: "unreleased", params: map[string]string{"event": fmt.Sprint(event), "id": fmt.Sprint(event)}, secret: true})
	latest, err := w.store.LatestEntry(w.t.Context())
	w.must(err)
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	if w.tiles.engine.Await(ctx, int64(latest)) == nil {
		w.t.Fatal("the tile engine has not seen what was recorded")
	}
}

func (w *accessWorld) person(role desk.Role) *bystander {
	for _, p := range w.people {
		if p.name == string(role) {
			return p
		}
	}
	return nil
}

// secretCase is the number in the address of the case that was planted.
func (w *accessWorld) secretCase() string {
	for _, x := range w.things["case"] {
		if x.secret {
			return x.params["id"]
		}
	}
	return "1"
}

// inSecret is the rule for an act in the case that was planted.
func (w *accessWorld) inSecret(a desk.Action) right {
	return func(p *desk.Principal, _ *thing) bool {
		for _, x := range w.things["case"] {
			if x.secret {
				return p.May(a, x.about)
			}
		}
		return false
	}
}

// path is a unit and all above it.
func (w *accessWorld) path(unit string) []registry.UnitID {
	path, err := w.store.UnitPath(w.t.Context(), w.units[unit], w.desk.Today())
	w.must(err)
	return path
}

// grant is one that somebody holds.
func (w *accessWorld) grant() string {
	grants, err := w.desk.Grants(w.t.Context(), desk.Operator(), w.as[desk.Applicant].Account)
	w.must(err)
	return fmt.Sprint(grants[0].ID)
}
