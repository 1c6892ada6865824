package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/errgroup"

	"jieming/registry/desk"
)

// cell is an address with who may ask it: a line of the matrix for each person
// and each thing it can be about.
type cell struct {
	route  string // method and pattern, as the router has it
	with   string // parameters of the address that are no things, as a query; and those of its query after ?
	of     string // the kind of thing; "" for none
	sees   right  // who may know of it: for others it is as if it did not exist
	does   right  // who may do it; nil for all who see it
	form   string // of what may be done: sent by people who may not, it changes nothing; by one who may, it is taken
	varies bool   // its answer to those who see it is not the same twice, or shows what lies in no jurisdiction
	tells  bool   // it tells who publishes of release sets, which lie in no jurisdiction
	open   bool   // it is for everybody alike
	empty  bool   // there may be nothing to see: 404 for those who see it, too
}

func everybody(*desk.Principal, *thing) bool    { return true }
func nobody(*desk.Principal, *thing) bool       { return false }
func signedIn(p *desk.Principal, _ *thing) bool { return p.Known() }
func theirs(p *desk.Principal, x *thing) bool   { return p.Known() && x.owner == p.Account }

// has is the rule for what lies in no jurisdiction: one of the actions will do.
func has(actions ...desk.Action) right {
	return func(p *desk.Principal, _ *thing) bool { return slices.ContainsFunc(actions, p.Has) }
}

// on is the rule for a thing in a case; may regards the hands in it, too.
func on(a desk.Action) right {
	return func(p *desk.Principal, x *thing) bool { return p.Reaches(a, x.about) }
}

func may(a desk.Action) right {
	return func(p *desk.Principal, x *thing) bool { return p.May(a, x.about) }
}

// both holds where two rules do.
func both(a, b right) right {
	return func(p *desk.Principal, x *thing) bool { return a(p, x) && b(p, x) }
}

// answer is what somebody got.
type gotten struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request as somebody. A form that begins with { is sent as JSON, one
// that begins with @ as a file.
func (w *accessWorld) ask(p *bystander, method, address, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1"+address, strings.NewReader(form))
	if json, version, ok := strings.Cut(form, "} VERSION "); ok {
		r = httptest.NewRequest(method, "http://127.0.0.1"+address, strings.NewReader(json+"}"))
		r.Header.Set("If-Match", strconv.Quote(version))
	}
	switch {
	case strings.HasPrefix(form, "@"):
		body, kind := fileForm(form[1:])
		r = httptest.NewRequest(method, "http://127.0.0.1"+address, body)
		r.Header.Set("Content-Type", kind)
	case strings.HasPrefix(form, "{"):
		r.Header.Set("Content-Type", "application/json")
	case method == http.MethodPost:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if p.site != "" {
		r.Header.Set("Sec-Fetch-Site", p.site)
	}
	if p.cookie != "" {
		r.Header.Set("Cookie", p.cookie)
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer
}

// fileForm is a form with fields and a small file.
func fileForm(query string) (io.Reader, string) {
	fields, _ := url.ParseQuery(query)
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name := range fields {
		_ = m.WriteField(name, fields.Get(name))
	}
	part, _ := m.CreateFormFile("file", "说明.txt")
	_, _ = part.Write([]byte("说明\n"))
	_ = m.Close()
	return &b, m.FormDataContentType()
}

// inner is everything that a body holds, unpacked.
func inner(b []byte) []byte {
	var out bytes.Buffer
	out.Write(b)
	if z, err := zip.NewReader(bytes.NewReader(b), int64(len(b))); err == nil {
		for _, f := range z.File {
			out.WriteString(f.Name)
			if r, err := f.Open(); err == nil {
				part, _ := io.ReadAll(r)
				out.Write(inner(part))
			}
		}
		return out.Bytes()
	}
	for rest := b; ; { // archives of tiles hold many packed parts
		i := bytes.Index(rest, []byte{0x1f, 0x8b, 0x08})
		if i < 0 {
			break
		}
		if r, err := gzip.NewReader(bytes.NewReader(rest[i:])); err == nil {
			r.Multistream(false)
			_, _ = io.Copy(&out, r)
		}
		rest = rest[i+3:]
	}
	if bytes.HasPrefix(b, []byte("BEGIN:VCALENDAR")) {
		return bytes.ReplaceAll(out.Bytes(), []byte("\r\n "), nil)
	}
	if bytes.Contains(b, []byte("%E")) {
		if text, err := url.QueryUnescape(string(b)); err == nil {
			out.WriteString(text)
		}
	}
	return out.Bytes()
}

// matrix is a walk through all cells.
type matrix struct {
	*accessWorld
	requests, leaks atomic.Int64
	mu              sync.Mutex
	said            map[string]int
	seen            map[string]bool   // secret texts that somebody read who may
	before          map[string]string // what people outside got before anything was planted
}

// leak reports something, and not every time the same.
func (m *matrix) leak(format string, args ...any) {
	m.leaks.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	kind := text[:min(len(text), 40)]
	if m.said[kind]++; m.said[kind] <= 2 {
		m.t.Error(text)
	}
}

// send asks, and checks what holds for every answer.
func (m *matrix) send(p *bystander, method, address, form string) *gotten {
	m.requests.Add(1)
	answer := m.ask(p, method, address, form)
	a := &gotten{answer.Code, answer.Header(), answer.Body.Bytes()}
	about := fmt.Sprintf("%s as %s: %d", method+" "+address, p.name, a.status)
	if a.status >= 500 {
		m.leak("%s fails: %.300s", about, a.body)
	}
	if path, _, _ := strings.Cut(address, "?"); strings.HasPrefix(path, "/desk") && path != "/desk/api/openapi.json" {
		if cc := a.header.Get("Cache-Control"); cc != "private, no-store" && cc != "no-store" {
			m.leak("%s may be kept: Cache-Control %q", about, cc)
		}
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
		m.leak("%s has no policy of content: %q", about, a.header.Get("Content-Security-Policy"))
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		for _, part := range []string{"<script>", " style=", " onclick=", " onerror=", " onload=", "javascript:"} {
			if i := bytes.Index(a.body, []byte(part)); i >= 0 {
				m.leak("%s: the policy of content forbids …%s…", about, a.body[max(0, i-60):min(len(a.body), i+60)])
			}
		}
	}
	text := inner(a.body)
	for _, name := range []string{"Content-Disposition", "Location", "Link"} {
		text = append(text, a.header.Get(name)...)
	}
	if bytes.Contains(text, []byte(mark)) || bytes.Contains(text, []byte(rare)) || bytes.Contains(text, []byte("126.")) || bytes.Contains(text, []byte("43.")) ||
		bytes.Contains(text, []byte("125.4321987")) || bytes.Contains(text, []byte("uemicun")) || bytes.Contains(text, []byte("绝密村")) || bytes.Contains(text, []byte("〕")) {
		for _, s := range m.secrets {
			i := bytes.Index(text, []byte(s.text))
			switch {
			case i < 0 || strings.Contains(address, s.text): // an answer repeats what was asked
			case s.readers(p.who, s.about), strings.HasPrefix(address, "/desk/log") && p.who.Known() && p.who.Has(desk.ReadLog): // which holds what was written
				m.mu.Lock()
				m.seen[s.text] = true
				m.mu.Unlock()
			default:
				m.leak("%s tells the %s: …%s…", about, s.name, text[max(0, i-120):min(len(text), i+60)])
			}
		}
	}
	return a
}

// chance is what pages draw by chance.
var chance = regexp.MustCompile(`\b[A-Z2-7]{26}\b|name="(request|token|sealed)" value="[^"]*"`)

// alike is an answer without what names the thing that was asked for.
func (a *gotten) alike(address string, x *thing) string {
	h := a.header.Clone()
	h.Del("X-Request-Id")
	text := fmt.Sprintln(a.status, h) + string(a.body)
	for _, form := range []string{address, url.QueryEscape(address)} {
		text = strings.ReplaceAll(text, form, "ADDRESS")
	}
	for _, value := range x.params {
		if len(value) >= 6 {
			text = strings.ReplaceAll(text, value, "ID")
		} else {
			text = regexp.MustCompile(`\b`+value+`\b`).ReplaceAllString(text, "ID")
		}
	}
	return text
}

// same compares two such answers, but for what pages draw by chance.
func same(a, b string) bool {
	return a == b || chance.ReplaceAllString(a, "*") == chance.ReplaceAllString(b, "*")
}

// differ shows where two texts do.
func differ(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("…%s…\n→ …%s…", a[max(0, i-60):min(len(a), i+120)], b[max(0, i-60):min(len(b), i+120)])
}

// address fills the parameters of a route.
func (m *matrix) address(c *cell, x *thing) string {
	_, path, _ := strings.Cut(c.route, " ")
	with, query, asked := strings.Cut(c.with, "?")
	fixed, _ := url.ParseQuery(with)
	path = regexp.MustCompile(`\{([a-zA-Z]+)[^}]*\}`).ReplaceAllStringFunc(path, func(s string) string {
		name := regexp.MustCompile(`[a-zA-Z]+`).FindString(s)
		if v, ok := fixed[name]; ok {
			return v[0]
		}
		if fixed.Has("tile") && strings.HasPrefix(name, "tile") { // the one with all three counties
			return map[string]string{"tileMatrix": "7", "tileRow": "46", "tileCol": "108"}[name]
		}
		if x != nil && x.params[name] != "" {
			return x.params[name]
		}
		m.t.Fatalf("%s: nothing for {%s}", c.route, name)
		return ""
	})
	path = strings.ReplaceAll(path, "*", "x")
	if asked {
		path += "?" + query
	}
	return path
}

// formOf fills in the version of the case.
func (m *matrix) formOf(c *cell, x *thing, sees bool) string {
	if !sees || x.case_ == 0 {
		return strings.NewReplacer(" VERSION", " VERSION 1", "VERSION", "1").Replace(c.form)
	}
	if !strings.Contains(c.form, "VERSION") {
		return c.form
	}
	k, err := m.desk.Case(m.t.Context(), m.as["AUDITOR"], x.case_)
	m.must(err)
	if json, ok := strings.CutSuffix(c.form, " VERSION"); ok {
		return fmt.Sprint(json, " VERSION ", k.Version)
	}
	return strings.ReplaceAll(c.form, "VERSION", fmt.Sprint(k.Version))
}

func (c *cell) method() string { method, _, _ := strings.Cut(c.route, " "); return method }

// refused reports whether an answer is one for those who may not. What it says
// of a form is another matter: it is the same for what does not exist.
func (c *cell) refused(a *gotten) bool {
	if c.method() != http.MethodGet && a.status >= 400 {
		return true
	}
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed ||
		a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/login")
}

// everywhere are the things of a cell: none is one thing.
func (m *matrix) everything(c *cell) []*thing {
	if c.of == "" {
		return []*thing{{}}
	}
	if len(m.things[c.of]) == 0 {
		m.t.Fatalf("%s: there is no %s", c.route, c.of)
	}
	return m.things[c.of]
}

// walk asks a cell as everybody about everything, without doing what is allowed.
func (m *matrix) walk(c *cell) {
	var g errgroup.Group
	g.SetLimit(3)
	for _, p := range m.people {
		if c.asksOutside(p) || c.open && p.who != nil && p.name != string(desk.DivisionEditor) && p.name != string(desk.SecurityAdmin) {
			continue // asked already; or open to all, and asked by the public and two people
		}
		g.Go(func() error { m.row(c, p); return nil })
	}
	_ = g.Wait()
}

// row is a cell as one person.
func (m *matrix) row(c *cell, p *bystander) {
	unknown := ""
	things := slices.Clone(m.everything(c))
	slices.SortStableFunc(things, func(a, b *thing) int { // the unknown first
		if a.none != b.none && a.none {
			return -1
		}
		return 0
	})
	for _, x := range things {
		if c.method() != http.MethodGet && x.aside {
			continue
		}
		sees := !x.none && c.sees(p.who, x)
		does := sees && (c.does == nil || c.does(p.who, x))
		if does && c.method() != http.MethodGet {
			continue
		}
		address := m.address(c, x)
		a := m.send(p, c.method(), address, m.formOf(c, x, sees))
		m.judge(c, p, x, a, sees, does)
		if sees || c.of == "" {
			continue
		}
		if got := a.alike(address, x); unknown == "" {
			unknown = got
		} else if !same(got, unknown) {
			m.leak("%s %s as %s: not as for an unknown one: %s", c.route, x.name, p.name, differ(unknown, got))
		}
	}
}

// judge holds an answer against the rule.
func (m *matrix) judge(c *cell, p *bystander, x *thing, a *gotten, sees, does bool) {
	about := fmt.Sprintf("%s %s %s as %s answers %d", c.route, c.with, x.name, p.name, a.status)
	switch {
	case does && c.refused(a) && !c.empty:
		m.leak("%s: who may, cannot: %.200s", about, a.body)
	case sees && !does && a.status < 300:
		m.leak("%s: who may not, can", about)
	case !sees && !c.refused(a):
		m.leak("%s: shown to who may not know of it", about)
	}
}

// asksOutside reports whether a cell is asked by the people outside, before and
// after something is planted.
func (c *cell) asksOutside(p *bystander) bool {
	return p.outside && c.of == "" && c.method() == http.MethodGet && (!c.varies || !c.sees(p.who, nil)) && (!c.open || p.who == nil) &&
		(!c.tells || !p.who.Has(desk.PublishRelease))
}

// outside asks what has no thing in its address as the people who have nothing
// to do with what is planted.
func (m *matrix) outside(cells []cell) map[string]string {
	got := map[string]string{}
	var g errgroup.Group
	g.SetLimit(3)
	note := func(key, text string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		got[key] = text
	}
	for _, p := range m.people {
		if !p.outside {
			continue
		}
		g.Go(func() error {
			for i := range cells {
				if c := &cells[i]; c.asksOutside(p) {
					address := m.address(c, nil)
					a, sees := m.send(p, "GET", address, ""), c.sees(p.who, nil)
					m.judge(c, p, &thing{}, a, sees, sees)
					note(c.route+" "+c.with+" as "+p.name, a.alike(address, &thing{}))
				}
			}
			return nil
		})
	}
	for _, path := range publicPaths() {
		address := strings.ReplaceAll(strings.ReplaceAll(path, "中", "%E4%B8%AD"), "村", "%E6%9D%91")
		note("GET "+path, m.send(m.people[0], "GET", address, "").alike(address, &thing{}))
	}
	_ = g.Wait()
	return got
}

// state is a digest of everything stored, but who was here and what they read.
func (m *matrix) state() (all map[string]string) {
	if m.counting == "" {
		rows, err := m.owner.Query(m.t.Context(), `SELECT format('SELECT %L, concat(count(*), '' '', sum(hashtextextended(x::text, 0))) FROM %I.%I x', schemaname || '.' || tablename, schemaname, tablename)
			FROM pg_tables WHERE schemaname IN ('registry', 'desk', 'draft') AND tablename NOT IN ('session', 'access', 'attempt', 'day_key', 'objection_tally', 'job', 'area', 'face_extent', 'search_name') ORDER BY 1`)
		m.must(err)
		var parts []string
		for rows.Next() {
			var one string
			m.must(rows.Scan(&one))
			parts = append(parts, one)
		}
		m.must(rows.Err())
		m.counting = strings.Join(parts, " UNION ALL ")
	}
	rows, err := m.owner.Query(m.t.Context(), m.counting)
	m.must(err)
	all = map[string]string{}
	for rows.Next() {
		var table, digest string
		m.must(rows.Scan(&table, &digest))
		all[table] = digest
	}
	m.must(rows.Err())
	return all
}

// unchanged compares what is stored with what was.
func (m *matrix) unchanged(c *cell, was map[string]string) map[string]string {
	now := m.state()
	for table, digest := range now {
		if was[table] != digest {
			m.leak("%s %s: people who may not have changed %s", c.route, c.with, table)
		}
	}
	return now
}

// proves sends the form of a cell as somebody who may: it is taken, or it proved
// nothing that it was refused to others.
func (m *matrix) proves(c *cell) {
	var last string
	for _, x := range m.everything(c) {
		for _, p := range m.people {
			if x.none || !c.sees(p.who, x) || c.does != nil && !c.does(p.who, x) {
				continue
			}
			a := m.send(p, c.method(), m.address(c, x), m.formOf(c, x, true))
			if a.status < 400 && !c.refused(a) {
				return
			}
			last = fmt.Sprintf("%s as %s: %d %.1500s", x.name, p.name, a.status, faultsOf(a.body))
		}
	}
	m.t.Errorf("%s %s: the form is taken of nobody: %s", c.route, c.with, last)
}

// forged sends the form of a cell from a page of another site, in the browser of
// somebody who may: whatever it is, it is refused.
func (m *matrix) forged(c *cell) {
	for _, x := range m.everything(c) {
		for _, p := range m.people {
			if x.none || !c.sees(p.who, x) || c.does != nil && !c.does(p.who, x) {
				continue
			}
			p = &bystander{name: p.name + " on another site", who: p.who, cookie: p.cookie, site: "cross-site"}
			if a := m.send(p, c.method(), m.address(c, x), m.formOf(c, x, true)); a.status != http.StatusForbidden {
				m.leak("%s %s as %s answers %d", c.route, c.with, p.name, a.status)
			}
			return
		}
	}
}

// faultsOf are the faults on a page, or its text.
func faultsOf(b []byte) string {
	found := regexp.MustCompile(`class="fault"[^>]*>([^<]*)`).FindAllStringSubmatch(string(b), -1)
	if len(found) == 0 {
		if i := bytes.Index(b, []byte("<main")); i >= 0 {
			b = b[i:]
		}
		return string(b)
	}
	return fmt.Sprint(found)
}

// routesOf is every address of the program: what the router has, and what the
// descriptions of the APIs list, which their tests hold against their routers.
func (m *matrix) routesOf() []string {
	var all []string
	methods := map[string]int{}
	add := func(method, path string) {
		if methods[path]++; !slices.Contains(all, method+" "+path) {
			all = append(all, method+" "+path)
		}
	}
	m.must(chi.Walk(m.router, func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		for _, mounted := range []string{"/api", "/ogc", "/data", "/problems", "/desk/api"} {
			if path == mounted || path == mounted+"/" || path == mounted+"/*" {
				return nil
			}
		}
		add(method, path)
		return nil
	}))
	for _, at := range []string{"/api/openapi.json", "/desk/api/openapi.json"} {
		var doc struct{ Paths map[string]map[string]any }
		m.must(json.Unmarshal(m.ask(m.people[0], "GET", at, "").Body.Bytes(), &doc))
		for path, item := range doc.Paths {
			for method := range item {
				add(strings.ToUpper(method), path)
			}
		}
	}
	// What answers all methods alike answers GET, and refuses the others.
	all = slices.DeleteFunc(all, func(s string) bool {
		method, path, _ := strings.Cut(s, " ")
		return methods[path] >= 9 && method != http.MethodGet || method == http.MethodHead || method == http.MethodOptions
	})
	slices.Sort(all)
	return all
}

// Nobody reads, counts, finds, or changes anything but what the rule of rights
// allows, whatever address they ask for and whatever it is about.
func TestAccess_matrix(t *testing.T) {
	begun := time.Now()
	m := &matrix{accessWorld: newAccessWorld(t), said: map[string]int{}, seen: map[string]bool{}}
	t.Logf("the world is made in %s", time.Since(begun).Round(time.Millisecond))
	m.meet()
	cells := m.cells()
	m.before = m.outside(cells)
	m.plant()
	m.readAll()
	cells = m.cells()
	m.known(cells)

	for key, text := range m.outside(cells) {
		if strings.HasSuffix(key, " /data") { // which tells which files are there already
			continue
		}
		if was := m.before[key]; !same(was, text) {
			m.leak("%s changed with what was planted: %s", key, differ(was, text))
		}
	}
	was := m.state()
	for i := range cells {
		m.walk(&cells[i])
		was = m.unchanged(&cells[i], was)
	}
	for i := range cells {
		if cells[i].method() == http.MethodPost {
			m.forged(&cells[i])
		}
	}
	m.unchanged(&cell{route: "POST from another site"}, was)
	for i := range cells {
		if c := &cells[i]; c.form != "" {
			m.proves(c)
		}
	}
	for _, s := range m.secrets {
		if !m.seen[s.text] && s.name != "secret place" && s.name != "secret border" { // which leave only drawn, rounded
			t.Errorf("nobody at all was told the %s: the test does not see it", s.name)
		}
	}
	things := 0
	for _, list := range m.things {
		things += len(list)
	}
	t.Logf("%d requests: %d people (%d roles), %d routes, %d things, %d secret texts; %d leaks, in %s", m.requests.Load(), len(m.people), len(desk.Rights().Roles),
		len(m.routesOf()), things, len(m.secrets), m.leaks.Load(), time.Since(begun).Round(time.Millisecond))
}

// known fails for a route that the matrix leaves out, and for a cell that is no
// route.
func (m *matrix) known(cells []cell) {
	have := map[string]bool{}
	for i := range cells {
		have[cells[i].route] = true
	}
	for _, r := range m.routesOf() {
		if !have[r] {
			m.t.Errorf("the matrix does not know %q: add a line to cells", r)
		}
		delete(have, r)
	}
	for r := range have {
		m.t.Errorf("%q of the matrix is no route", r)
	}
}
