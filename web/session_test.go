package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

const testPassword = "vier Pferde im Moor"

// office is a site with a desk over a real database, with a clock to turn.
type office struct {
	*httptest.Server
	desk *desk.Desk
	site *site
	now  time.Time
}

func openOffice(t *testing.T, p desk.Policy, o Options) *office {
	t.Helper()
	ctx := context.Background()
	store, err := postgres.Open(ctx, pgtest.App(t, pgtest.New(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	b := registrytest.Squares()
	if _, _, err := store.Load(ctx, b, postgres.Author{Actor: "test"}, func(string, int, int) {}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Publish(ctx, postgres.Author{Actor: "test"}, b.Dataset.DataDate, "", ""); err != nil {
		t.Fatal(err)
	}
	x := &office{now: time.Now()}
	p.Cost = desk.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}
	x.desk = desk.New(desk.Options{Store: store, Now: func() time.Time { return x.now }, Policy: p, Key: []byte(strings.Repeat("k", 32))})
	o.Desk, o.Now = x.desk, func() time.Time { return x.now }
	if x.site, err = newSite(store, o); err != nil {
		t.Fatal(err)
	}
	x.Server = httptest.NewServer(x.site.routes())
	t.Cleanup(x.Close)
	return x
}

// person makes an account whose first password is still to be changed.
func (x *office) person(t *testing.T, login string, roles ...desk.Role) desk.AccountID {
	t.Helper()
	ctx := context.Background()
	id, _, err := x.desk.MakeAccount(ctx, desk.Operator(), desk.Account{Login: login, Name: login}, "for the first day")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range roles {
		if _, err := x.desk.GrantRole(ctx, desk.Operator(), desk.Grant{Account: id, Role: r}, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// browser keeps cookies, and follows where it is led.
type browser struct {
	*http.Client
	t    *testing.T
	home string
	at   string // the page it shows
}

func (x *office) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{Client: &http.Client{Jar: jar}, t: t, home: x.URL}
}

func (b *browser) send(r *http.Request) (status int, body string) {
	b.t.Helper()
	if b.at != "" {
		r.Header.Set("Referer", b.at)
	}
	answer, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.at = answer.Request.URL.String()
	if path := answer.Request.URL.Path; !strings.HasPrefix(b.at, b.home) {
		// somebody else's page
	} else if strings.HasPrefix(path, "/desk") || strings.HasPrefix(path, "/login") {
		if answer.Header.Get("Cache-Control") != "private, no-store" || !strings.Contains(answer.Header.Get("Vary"), "Cookie") {
			b.t.Errorf("%s: Cache-Control %q, Vary %q", path, answer.Header.Get("Cache-Control"), answer.Header.Get("Vary"))
		}
	}
	return answer.StatusCode, string(data)
}

func (b *browser) open(address string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.home+address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(r)
}

func (b *browser) post(address string, pairs ...string) (int, string) {
	b.t.Helper()
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, b.home+address, strings.NewReader(f.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// enter signs in for the first time, and chooses a password.
func (b *browser) enter(login string) {
	b.t.Helper()
	b.open("/login")
	if _, body := b.post("/login", "login", login, "password", "for the first day"); !strings.Contains(body, "设置新密码") {
		b.t.Fatalf("at %s: no new password is asked for", b.at)
	}
	if _, body := b.post("/login/password", "chosen", testPassword, "again", testPassword, "next", "/desk"); !strings.HasSuffix(b.at, "/desk") {
		b.t.Fatalf("at %s after the first sign-in: %s", b.at, body)
	}
}

// hidden is the value of a hidden field on a page.
func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no field %s", name)
	}
	return strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&#39;", "'", "&#43;", "+").Replace(m[1])
}

// totp is what an authenticator app shows.
func totp(t *testing.T, body string, at time.Time) string {
	t.Helper()
	m := regexp.MustCompile(`id="secret">([A-Z2-7]+)<`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no secret on the page")
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(m[1])
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, uint64(at.Unix()/30))
	sum := mac.Sum(nil)
	off := sum[19] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[off:off+4])&0x7fffffff%1000000)
}

// Every page and form of the desk turns away who is not signed in.
func TestDesk_is_closed_to_the_public(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	// Addresses that carry their own secret, or are for the public.
	open := regexp.MustCompile(`^/desk/calendar\.ics$`)
	n := 0
	err := chi.Walk(x.site.root, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !strings.HasPrefix(route, "/desk") || open.MatchString(route) {
			return nil
		}
		n++
		address := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(route, "1")
		w := httptest.NewRecorder()
		x.site.root.ServeHTTP(w, httptest.NewRequest(method, "http://127.0.0.1"+address, nil))
		sent := w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/login?next=")
		if !sent && (w.Code != http.StatusUnauthorized || method == http.MethodGet) {
			t.Errorf("%s %s: status %d", method, route, w.Code)
		}
		if w.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s %s: Cache-Control %q", method, route, w.Header().Get("Cache-Control"))
		}
		return nil
	})
	if err != nil || n < 30 {
		t.Errorf("%d routes, error %v", n, err)
	}
}

// A form that was refused leaves its own address in the browser.
func TestForm_address_leads_to_its_page(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	for address, want := range map[string]string{"/desk/cases/5/comment?x=1": "/desk/cases/5", "/logout": "/"} {
		w := httptest.NewRecorder()
		x.site.root.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+address, nil))
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s: status %d, leads to %q", address, w.Code, w.Header().Get("Location"))
		}
	}
	w := httptest.NewRecorder()
	x.site.root.ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "http://127.0.0.1/desk/cases/5", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("DELETE: status %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestSignIn_leads_on(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "zhang", desk.Supervisor)
	b := x.browser(t)
	if _, body := b.open("/desk/me/tokens"); !strings.Contains(body, `name="next" value="/desk/me/tokens"`) {
		t.Error("the page asked for is forgotten")
	}
	status, body := b.post("/login", "login", "zhang", "password", "wrong <script>", "next", "/desk/me/tokens")
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "登录名与密码不符") || !strings.Contains(body, `value="zhang"`) || strings.Contains(body, "wrong &lt;") {
		t.Errorf("status %d: %s", status, body)
	}
	b.enter("zhang")
	for evil, want := range map[string]string{"//evil.example/": "/desk", "https://evil.example/": "/desk", `/\evil.example`: "/desk", "/desk/me": "/desk/me", "/units?x=1": "/units"} {
		b.open("/login?next=" + url.QueryEscape(evil))
		if at, _ := url.Parse(b.at); at.Host != strings.TrimPrefix(x.URL, "http://") || at.Path != want {
			t.Errorf("%s leads to %s", evil, b.at)
		}
	}
	if b.post("/logout"); !strings.HasSuffix(b.at, "/login") {
		t.Errorf("signing out leads to %s", b.at)
	}
	if b.open("/desk/me"); !strings.Contains(b.at, "/login?next=") {
		t.Errorf("after signing out at %s", b.at)
	}
}

func TestSignIn_waits_after_failures(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "zhang")
	b := x.browser(t)
	for range 5 {
		b.post("/login", "login", "zhang", "password", "wrong")
	}
	answer, err := b.PostForm(x.URL+"/login", url.Values{"login": {"zhang"}, "password": {"for the first day"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if wait, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
		t.Errorf("Retry-After %q", answer.Header.Get("Retry-After"))
	}
	status, body := b.post("/login", "login", "zhang", "password", "for the first day")
	if want := x.now.Add(time.Minute).In(registry.China).Format("15:04:05"); status != http.StatusTooManyRequests || !strings.Contains(body, want) {
		t.Errorf("status %d, no %s in the page", status, want)
	}
}

func TestSignIn_sets_up_and_asks_for_the_second_factor(t *testing.T) {
	x := openOffice(t, desk.Policy{StrongRoles: []desk.Role{desk.Supervisor}}, Options{})
	x.person(t, "zhang", desk.Supervisor)
	b := x.browser(t)
	b.post("/login", "login", "zhang", "password", "for the first day")
	_, body := b.post("/login/password", "chosen", testPassword, "again", testPassword)
	if !strings.HasPrefix(b.at, x.URL+"/login/factor") || !strings.Contains(body, `<svg class="qr"`) {
		t.Fatalf("at %s", b.at)
	}
	if b.open("/desk/me"); !strings.Contains(b.at, "/login/factor") {
		t.Errorf("without the second factor at %s", b.at)
	}
	secret := body
	_, body = b.post("/login/factor", "sealed", hidden(t, body, "sealed"), "code", "000000")
	if !strings.Contains(body, "验证码错误") {
		t.Error("a wrong code is taken")
	}
	if !strings.Contains(body, regexp.MustCompile(`id="secret">[A-Z2-7]+<`).FindString(secret)) {
		t.Error("a wrong code changes the secret, so that it has to be scanned again")
	}
	_, body = b.post("/login/factor", "sealed", hidden(t, body, "sealed"), "code", totp(t, secret, x.now), "next", "/desk/me")
	codes := regexp.MustCompile(`<code>([a-z2-7-]{17})</code>`).FindAllStringSubmatch(body, -1)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	if b.post("/login/on", "next", "/desk/me"); !strings.HasSuffix(b.at, "/desk/me") {
		t.Errorf("goes on to %s", b.at)
	}
	b.post("/logout")
	x.now = x.now.Add(time.Minute)
	b.post("/login", "login", "zhang", "password", testPassword, "next", "/desk/me")
	if !strings.Contains(b.at, "/login/code") {
		t.Fatalf("at %s", b.at)
	}
	if b.post("/login/code", "code", totp(t, secret, x.now), "next", "/desk/me"); !strings.HasSuffix(b.at, "/desk/me") {
		t.Errorf("after the code at %s", b.at)
	}
	b.post("/logout")
	b.post("/login", "login", "zhang", "password", testPassword)
	if b.post("/login/code", "code", codes[0][1]); !strings.HasSuffix(b.at, "/desk") {
		t.Errorf("after a recovery code at %s", b.at)
	}
}

// What was typed when the session had ended comes back in its form, through all
// steps of signing in, and is not sent by itself.
func TestForm_outlives_its_session(t *testing.T) {
	x := openOffice(t, desk.Policy{Idle: 30 * time.Minute}, Options{})
	x.person(t, "zhang", desk.Supervisor)
	li := x.person(t, "li", desk.Supervisor)
	b := x.browser(t)
	b.enter("zhang")
	b.open("/desk/me/delegation")
	x.now = x.now.Add(31 * time.Minute)
	typed := []string{"to", "li", "since", "2030-01-02", "last", "2030-01-05", "reason", "出差 <b>\"&\"</b>\n二行"}
	status, body := b.post("/desk/me/delegation", typed...)
	if status != http.StatusUnauthorized || !strings.Contains(body, "已保留") {
		t.Fatalf("status %d: %s", status, body)
	}
	_, body = b.post("/login", "login", "zhang", "password", "wrong", "next", hidden(t, body, "next"), "kept", hidden(t, body, "kept"))
	if !strings.Contains(body, "登录名与密码不符") {
		t.Fatal("a wrong password on the way")
	}
	_, body = b.post("/login", "login", "zhang", "password", testPassword, "next", hidden(t, body, "next"), "kept", hidden(t, body, "kept"))
	for _, want := range []string{"尚未提交", `action="/desk/me/delegation"`, `value="li"`, `value="2030-01-02"`, `value="2030-01-05"`, "出差 &lt;b&gt;&#34;&amp;&#34;&lt;/b&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the form does not have %s again", want)
		}
	}
	list, err := x.desk.Delegations(context.Background(), &desk.Principal{Account: li})
	if err != nil || len(list) != 0 {
		t.Errorf("the form was sent by itself: %v, error %v", list, err)
	}
	if b.post("/desk/me/delegation", typed...); !strings.HasSuffix(b.at, "/desk/me/delegation") {
		t.Errorf("sent by hand, it leads to %s", b.at)
	}
	// A form whose page is no longer there: what was typed is at least shown.
	b.open("/desk/me")
	x.now = x.now.Add(31 * time.Minute)
	_, body = b.post("/desk/me/tokens/77/revoke", "note", "not to be lost")
	_, body = b.post("/login", "login", "zhang", "password", testPassword, "kept", hidden(t, body, "kept"))
	if !strings.Contains(body, "not to be lost") || !strings.Contains(body, "<dt>说明</dt>") {
		t.Error("what has no form any more is lost")
	}
	// What is kept leads nowhere else.
	for _, evil := range []string{`{"action":"https://evil.example/","page":"/desk","fields":{}}`, `{"action":"/desk","page":"//evil.example","fields":{}}`, `{"action":"/logout","page":"/desk"}`, "[", strings.Repeat("x", mostKept+1)} {
		if readKept(evil) != nil {
			t.Errorf("%.60s is taken", evil)
		}
	}
}

// formNamed is the form of a page whose hidden field "form" has a value.
func formNamed(t *testing.T, body, name string) string {
	t.Helper()
	for _, form := range regexp.MustCompile(`(?s)<form.*?</form>`).FindAllString(body, -1) {
		if strings.Contains(form, `name="form" value="`+name+`"`) {
			return form
		}
	}
	t.Fatalf("no form %s", name)
	return ""
}

// A reason for one step of a case does not come back in the form of another, and
// what it stood on comes back with it: when others went on, that is said.
func TestStep_outlives_its_session(t *testing.T) {
	x := openOffice(t, desk.Policy{Idle: 30 * time.Minute}, Options{})
	x.person(t, "bian", desk.DivisionEditor)
	b := x.browser(t)
	b.enter("bian")
	at := b.newCase("撤乡设镇")
	_, body := b.open(at)
	withdraw := formNamed(t, body, "step-WITHDRAW")
	typed := []string{"form", "step-WITHDRAW", "version", hidden(t, withdraw, "version"), "request", hidden(t, withdraw, "request"), "act", "WITHDRAW", "reason", "另案办理"}
	x.now = x.now.Add(31 * time.Minute)
	_, body = b.post(at+"/step", typed...)
	_, body = b.post("/login", "login", "bian", "password", testPassword, "next", hidden(t, body, "next"), "kept", hidden(t, body, "kept"))
	acts := 0
	for _, form := range regexp.MustCompile(`(?s)<form.*?</form>`).FindAllString(body, -1) {
		name := regexp.MustCompile(`name="form" value="step-([A-Z_]+)"`).FindStringSubmatch(form)
		if name == nil {
			continue
		}
		acts++
		if act := hidden(t, form, "act"); act != name[1] {
			t.Errorf("the form of %s does %s", name[1], act)
		}
		if has := strings.Contains(form, "另案办理"); has != (name[1] == "WITHDRAW") {
			t.Errorf("the form of %s has the reason: %v", name[1], has)
		}
	}
	if acts < 2 {
		t.Fatalf("only %d steps", acts)
	}
	withdraw = formNamed(t, body, "step-WITHDRAW")
	if hidden(t, withdraw, "version") != typed[3] || hidden(t, withdraw, "request") != typed[5] || !strings.Contains(withdraw, "autofocus") {
		t.Errorf("it came back as %s", withdraw)
	}
	if !regexp.MustCompile(`<details class="doing[^"]*" id="step-WITHDRAW" open`).MatchString(body) {
		t.Error("it is folded away")
	}
	b.post(at+"/edit", "form", "edit", "version", typed[3], "title", "撤乡设镇（二）", "summary", "x")
	status, body := b.post(at+"/step", typed...)
	if status != http.StatusConflict || !strings.Contains(body, "另案办理") {
		t.Errorf("on a version that has passed: status %d", status)
	}
}

// A comment comes back in its form, whose address has a fragment; and when the
// case is not theirs to read any more, they see what they typed, and only that.
func TestComment_outlives_its_session(t *testing.T) {
	x := openOffice(t, desk.Policy{Idle: 30 * time.Minute}, Options{})
	x.person(t, "bian", desk.DivisionEditor)
	b := x.browser(t)
	b.enter("bian")
	at := b.newCase("撤乡设镇")
	for _, gone := range []bool{false, true} {
		_, body := b.open(at)
		form := formNamed(t, body, "comment")
		x.now = x.now.Add(31 * time.Minute)
		to := at
		if gone {
			to = "/desk/cases/987654"
		}
		_, body = b.post(to+"/comment", "form", "comment", "version", hidden(t, form, "version"), "request", hidden(t, form, "request"), "text", "界线走向待核", "replyTo", "", "place", "125.3,43.8")
		_, body = b.post("/login", "login", "bian", "password", testPassword, "next", hidden(t, body, "next"), "kept", hidden(t, body, "kept"))
		if !gone {
			if form = formNamed(t, body, "comment"); !strings.Contains(form, "界线走向待核</textarea>") || !strings.Contains(form, `value="125.3,43.8"`) || !strings.Contains(form, `<details open="">`) {
				t.Errorf("it came back as %s", form)
			}
			continue
		}
		list := regexp.MustCompile(`(?s)<dl class="facts">.*?</dl>`).FindString(body)
		if want := `<dl class="facts"><div><dt>地点</dt><dd><p class="typed">125.3,43.8</p></dd></div><div><dt>正文</dt><dd><p class="typed">界线走向待核</p></dd></div></dl>`; list != want {
			t.Errorf("what is kept is shown as %s", list)
		}
	}
}

// The page of what was kept knows what forms fill in themselves, and what the
// fields of people are called.
func TestKept_knows_the_fields(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	for _, catalog := range x.site.catalogs {
		for name, key := range keptLabels {
			if !catalog.has(key) {
				t.Errorf("no words %s for field %s", key, name)
			}
		}
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		text, err := fs.ReadFile(templateFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([a-z_A-Z]+)"`).FindAllStringSubmatch(string(text), -1) {
			seen++
			if name := m[1]; !slices.Contains(unspoken, name) && !slices.Contains(carriedFields, name) && !slices.Contains(secretFields, name) && keptLabels[name] == "" && name != "kept" && name != "subject" {
				t.Errorf("%s has a hidden field %s: is it a person's?", file, name)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d hidden fields: the pattern no longer fits", seen)
	}
}

func TestSession_cookie(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "zhang")
	for _, c := range []struct {
		public, host, name string
		secure             bool
		status             int
	}{
		{"", "127.0.0.1:8080", "session", false, http.StatusSeeOther},
		{"", "localhost", "session", false, http.StatusSeeOther},
		{"", "[::1]:8080", "session", false, http.StatusSeeOther},
		{"", "registry.example", "", false, http.StatusForbidden},
		{"https://registry.example", "registry.example", "__Host-session", true, http.StatusSeeOther},
		{"http://10.0.0.5:8080", "10.0.0.5:8080", "session", false, http.StatusSeeOther},
	} {
		x.site.public = c.public
		r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader("login=zhang&password=for+the+first+day"))
		r.Host = c.host
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		x.site.root.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%+v: status %d", c, w.Code)
		}
		for _, got := range w.Result().Cookies() {
			if got.Name != c.name || got.Secure != c.secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Path != "/" || len(got.Value) != 43 {
				t.Errorf("%+v: cookie %+v", c, got)
			}
		}
	}
}

// The three administrators see what is theirs, and what they may not do reads
// like what does not exist.
func TestAccounts_are_made_by_one_and_trusted_by_another(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "sys", desk.SystemAdmin)
	x.person(t, "sec", desk.SecurityAdmin)
	x.person(t, "bian", desk.DivisionEditor)
	sys, sec, bian := x.browser(t), x.browser(t), x.browser(t)
	sys.enter("sys")
	sec.enter("sec")
	bian.enter("bian")
	status, body := sys.post("/desk/accounts/new", "login", "Bad Login", "name", "", "mail", "x")
	if status != http.StatusUnprocessableEntity || strings.Count(body, `class="fault"`) != 3 {
		t.Errorf("three faults: status %d", status)
	}
	_, body = sys.post("/desk/accounts/new", "login", "lina", "name", "李娜", "department", "CIVIL", "language", "zh")
	first := regexp.MustCompile(`<code class="secret">([a-z2-7-]{17})</code>`).FindStringSubmatch(body)
	if first == nil || !strings.Contains(body, "三员分立") {
		t.Fatalf("no first password: %s", body)
	}
	lina, err := x.desk.AccountByLogin(context.Background(), desk.Operator(), "lina")
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprint("/desk/accounts/", lina.ID)
	for _, c := range []struct {
		who  *browser
		path string
		want int
	}{
		{sys, address, 200}, {sec, address, 200}, {bian, address, 404}, {bian, "/desk/accounts/99999", 404}, {sys, "/desk/accounts/99999", 404},
		{sys, address + "/grant", 404}, {sec, address + "/grant", 200}, {bian, address + "/grant", 404},
		{sys, "/desk/accounts/new", 200}, {sec, "/desk/accounts/new", 403}, {bian, "/desk/accounts", 403}, {bian, "/desk/rights", 200}, {bian, "/desk/heirs", 403},
	} {
		if status, _ := c.who.open(c.path); status != c.want {
			t.Errorf("%s: status %d, want %d", c.path, status, c.want)
		}
	}
	if status, _ := sys.post(address+"/grant", "role", "LEADER", "reason", "x"); status != http.StatusForbidden {
		t.Errorf("the system administrator grants: status %d", status)
	}
	status, body = sec.post(address+"/grant", "role", "SECURITY_ADMIN", "unit", "1", "reason", "试", "last", "soon")
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "不是日期") || !strings.Contains(body, `value="试"`) {
		t.Errorf("status %d, what was typed is lost", status)
	}
	if _, body = sec.open(address + "/grant?q=" + url.QueryEscape("甲县")); !strings.Contains(body, "220121") {
		t.Error("no unit is found")
	}
	unit := regexp.MustCompile(`name="unit" value="(\d+)"`).FindStringSubmatch(body)[1]
	if sec.post(address+"/grant", "role", "COUNTY_REPORTER", "unit", unit, "reason", "报送员"); !strings.HasSuffix(sec.at, address) {
		t.Errorf("granting leads to %s", sec.at)
	}
	if _, body = sec.open("/desk/accounts"); !strings.Contains(body, "县级报送员") || !strings.Contains(body, "甲县") {
		t.Error("the list does not show the grant")
	}
	// Revoked from another browser, a session ends at once.
	b := x.browser(t)
	b.open("/login")
	b.post("/login", "login", "lina", "password", first[1])
	b.post("/login/password", "chosen", testPassword, "again", testPassword, "next", "/desk")
	_, body = sys.open(address)
	sys.post(address+"/sessions", "session", hidden(t, body, "session"))
	if b.open("/desk/me"); !strings.Contains(b.at, "/login?next=") {
		t.Errorf("after the revocation at %s", b.at)
	}
}

// A program reaches with its token what its scopes allow, and nothing that
// proves who its person is.
func TestToken_opens_pages(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	id := x.person(t, "zhang", desk.Supervisor)
	token, err := x.desk.MakeToken(context.Background(), &desk.Principal{Account: id, Login: "zhang"}, "script", []string{"rule"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, token string
		status              int
	}{
		{http.MethodGet, "/desk/rights", token, 200},
		{http.MethodGet, "/desk/rights", token + "x", 401},
		{http.MethodGet, "/desk/heirs", token, 403},
		{http.MethodGet, "/desk/me", token, 404},
		{http.MethodGet, "/desk/me/factor", token, 403},
		{http.MethodPost, "/desk/me/password", token, 403},
		{http.MethodPost, "/desk/me/tokens", token, 404},
		{http.MethodPost, "/desk/me", token, 404},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("Authorization", "Bearer "+c.token)
		w := httptest.NewRecorder()
		x.site.root.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s %s: status %d, want %d", c.method, c.path, w.Code, c.status)
		}
	}
}

// Several forms of a page go to one address: what was typed comes back in the one
// it was typed into, which does what it did, opened and with the focus.
func TestFillForm_among_forms_of_one_address(t *testing.T) {
	const page = `<!doctype html><html><body><p autofocus>x</p>
		<form action="/desk/x" method="get"><input name="reason" id="get"></form>
		<details id="d1"><form action="/desk/x#there" method="post"><input type="hidden" name="act" value="START"><input type="hidden" name="version" value="9"><textarea name="reason" id="start"></textarea></form></details>
		<details id="d0"><details id="d2"><form action="/desk/x#there" method="post"><input type="hidden" name="act" value="WITHDRAW"><input type="hidden" name="version" value="9"><textarea name="reason" id="stop"></textarea><details id="d3"><input name="place"></details></form></details></details>
		<form action="/desk/x" method="post"><input name="note"></form></body></html>`
	typed := url.Values{"act": {"WITHDRAW"}, "version": {"7"}, "reason": {"why"}, "place": {""}}
	body, found := fillForm([]byte(page), &kept{Action: "/desk/x", Fields: typed}, "note")
	if !found {
		t.Fatal("no form found")
	}
	for _, want := range []string{`<input name="reason" id="get"/>`, `<details id="d1">`, `name="act" value="START"/><input type="hidden" name="version" value="9"/><textarea name="reason" id="start"></textarea>`,
		`<details id="d0" open=""><details id="d2" open="">`, `name="act" value="WITHDRAW"/><input type="hidden" name="version" value="7"/><textarea name="reason" id="stop">why</textarea>`, `<details id="d3">`, `<p>x</p>`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	typed.Set("place", "125,43")
	if body, _ = fillForm([]byte(page), &kept{Action: "/desk/x", Fields: typed}, "note"); !strings.Contains(string(body), `<details id="d3" open="">`) {
		t.Errorf("a field that was filled in is folded away: %s", body)
	}
	for name, fields := range map[string]url.Values{
		"an act that no form does any more": {"act": {"GONE"}, "version": {"7"}, "reason": {"why"}},
		"a field that no form has any more": {"act": {"WITHDRAW"}, "version": {"7"}, "reason": {"why"}, "paper": {"3"}},
	} {
		if body, found := fillForm([]byte(page), &kept{Action: "/desk/x", Fields: fields}, "note"); found {
			t.Errorf("%s is filled into %s", name, body)
		}
	}
}

func TestFillForm(t *testing.T) {
	const page = `<!doctype html><html><body><form action="/desk/x" method="post"><input name="a" value="old"><input type="hidden" name="version" value="9">
		<input name="b"><input name="b"><input type="checkbox" name="c" value="1" checked><input type="checkbox" name="c" value="2"><input type="radio" name="r" value="x"><input type="radio" name="r" value="y" checked>
		<select name="s"><option value="">-</option><option value="p" selected>P</option><option value="q">Q</option></select>
		<textarea name="t">old</textarea><input type="password" name="p"><input type="file" name="f"></form><form action="/desk/y"><input name="a" value="other"></form></body></html>`
	k := &kept{Action: "/desk/x", Fields: url.Values{"a": {`"><script>`}, "version": {"7"}, "b": {"1", "2"}, "c": {"2"}, "r": {"x"}, "s": {"q"}, "t": {"\n</textarea>&"}, "p": {"no"}, "f": {"no"}}}
	body, found := fillForm([]byte(page), k, "note")
	if !found {
		t.Fatal("no form found")
	}
	for _, want := range []string{`<input name="a" value="&#34;&gt;&lt;script&gt;"/>`, `name="version" value="7"`, `<input name="b" value="1"/><input name="b" value="2"/>`,
		`name="c" value="1"/>`, `name="c" value="2" checked=""/>`, `value="x" checked=""`, `value="y"/>`, `<option value="q" selected="">`, `<option value="p">`,
		"<textarea name=\"t\">\n\n&lt;/textarea&gt;&amp;</textarea>", `<input type="password" name="p"/>`, `<input type="file" name="f"/>`, `<input name="a" value="other"/>`, `role="alert" tabindex="-1" autofocus="">note</p>`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if _, found := fillForm([]byte(page), &kept{Action: "/desk/z"}, ""); found {
		t.Error("found a form that is not there")
	}
}
