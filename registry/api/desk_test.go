package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// bureau is the API of a desk with one person for each role.
type bureau struct {
	t       *testing.T
	desk    *desk.Desk
	handler http.Handler
	as      map[desk.Role]*desk.Principal
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	owner := pgtest.New(t)
	if err := load(t.Context(), owner, registrytest.Squares()); err != nil {
		t.Fatal(err)
	}
	store, err := postgres.Open(t.Context(), pgtest.App(t, owner))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	b := &bureau{t: t, as: map[desk.Role]*desk.Principal{}, desk: desk.New(desk.Options{Store: store, Policy: desk.Policy{Cost: desk.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}})}
	for _, role := range []desk.Role{desk.DivisionEditor, desk.Supervisor, desk.NameReviewer, desk.Department} {
		login := strings.ToLower(strings.ReplaceAll(string(role), "_", "-"))
		g := desk.Grant{Role: role, ValidUntil: registry.NoEnd}
		if role == desk.Department {
			g.Department = "HOUSING"
		}
		id, _, err := b.desk.MakeAccount(t.Context(), desk.Operator(), desk.Account{Login: login, Name: string(role), Language: "zh"}, "")
		if err != nil {
			t.Fatal(err)
		}
		g.Account = id
		if _, err := b.desk.GrantRole(t.Context(), desk.Operator(), g, "test"); err != nil {
			t.Fatal(err)
		}
		b.as[role] = &desk.Principal{Account: id, Login: login, Name: string(role), Strong: true, Grants: []desk.Held{{Grant: g, Everywhere: true}}}
	}
	b.handler = NewDesk(b.desk, DeskOptions{Authenticate: func(r *http.Request) (*desk.Principal, error) {
		return b.as[desk.Role(r.Header.Get("As"))], nil
	}})
	return b
}

// ask sends a request as somebody; header is pairs of name and value.
func (b *bureau) ask(as desk.Role, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/desk/api"+path, strings.NewReader(body))
	if as != "" {
		r.Header.Set("As", string(as))
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

func (b *bureau) want(w *httptest.ResponseRecorder, status int, has ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	if w.Code != status {
		b.t.Fatalf("%d, want %d: %s", w.Code, status, w.Body)
	}
	for _, text := range has {
		if !strings.Contains(w.Body.String(), text) {
			b.t.Errorf("no %s in %s", text, w.Body)
		}
	}
	if c := w.Header().Get("Cache-Control"); !strings.Contains(c, "no-store") {
		b.t.Errorf("Cache-Control %q", c)
	}
	return w
}

func TestDesk_acts(t *testing.T) {
	b := newBureau(t)
	const editor, supervisor = desk.DivisionEditor, desk.Supervisor
	b.want(b.ask("", "GET", "/cases", ""), 401, "/problems/sign-in")
	w := b.want(b.ask(editor, "POST", "/cases", `{"kind":"DISPUTE","title":"河心岛归属争议"}`, "Idempotency-Key", "one"), 201, "争议〔")
	again := b.want(b.ask(editor, "POST", "/cases", `{"kind":"DISPUTE","title":"河心岛归属争议"}`, "Idempotency-Key", "one"), 201)
	if w.Header().Get("Location") != again.Header().Get("Location") {
		t.Errorf("a command sent twice opened two cases")
	}
	at := strings.TrimPrefix(w.Header().Get("Location"), "/desk/api")
	if w.Header().Get("ETag") != `"1"` {
		t.Errorf("ETag %s", w.Header().Get("ETag"))
	}
	b.want(b.ask(editor, "GET", at, "", "If-None-Match", `"1"`), 304)
	b.want(b.ask(desk.NameReviewer, "GET", "/cases/999", ""), 404)
	hidden, none := b.ask(desk.Department, "GET", at, ""), b.ask(desk.Department, "GET", "/cases/999", "")
	b.want(hidden, 404)
	if strings.ReplaceAll(hidden.Body.String(), strings.TrimPrefix(at, "/cases/"), "999") != none.Body.String() {
		t.Errorf("forbidden and unknown differ:\n%s\n%s", hidden.Body, none.Body)
	}

	b.want(b.ask(supervisor, "POST", at+"/steps", `{"act":"ACCEPT"}`), 428, "If-Match")
	b.want(b.ask(editor, "POST", at+"/comments", `{"text":"请核","place":[126.5,43.5]}`), 200, `"version":2`)
	b.want(b.ask(supervisor, "POST", at+"/steps", `{"act":"ACCEPT"}`, "If-Match", `"1"`), 412, `"version":2`, "COMMENTED", "请核")
	b.want(b.ask(editor, "POST", at+"/steps", `{"act":"ACCEPT"}`, "If-Match", `"2"`), 403)
	accepted := b.want(b.ask(supervisor, "POST", at+"/steps", `{"act":"ACCEPT"}`, "If-Match", `"2-gzip"`, "Idempotency-Key", "two"), 200, `"state":"ACCEPTED"`)
	if accepted.Header().Get("ETag") != `"3"` {
		t.Errorf("ETag %s", accepted.Header().Get("ETag"))
	}
	b.want(b.ask(supervisor, "POST", at+"/steps", `{"act":"ACCEPT"}`, "If-Match", `"2"`, "Idempotency-Key", "two"), 200, `"version":3`)
	b.want(b.ask(editor, "POST", at+"/steps", `{"act":"NEGOTIATE"}`, "If-Match", `"3"`), 200)
	b.want(b.ask(editor, "POST", at+"/steps", `{"act":"ESCALATE","reason":"协商不成"}`, "If-Match", `"4"`), 409, "paper:EVIDENCE", `"source":"BD"`, `"source_status":"READ"`)
	b.want(b.ask(editor, "GET", at+"/choices", ""), 200, `"act":"ESCALATE"`, `"open":false`)
	b.want(b.ask(editor, "GET", at+"/events?after=2", ""), 200, `"n":3`, `"version":4`)
	b.want(b.ask(editor, "POST", at+"/requests", `{"departments":["HOUSING"],"question":"请研提意见"}`, "If-Match", `"4"`), 200)
	b.want(b.ask(desk.Department, "POST", at+"/replies", `{"asked":5,"department":"HOUSING","stance":"AGREE"}`), 200, `"stance":"AGREE"`)
	b.want(b.ask(editor, "GET", "/cases?holder=me&phase=OPEN&limit=1", ""), 200, `"total":1`, `"DISPUTE":1`)
	b.want(b.ask(desk.NameReviewer, "GET", "/cases", ""), 200, `"total":0`, `"cases":[]`)
	b.want(b.ask(desk.Department, "GET", "/rules?kind=NAMING", ""), 200, `"id":"NAMING"`, `"source_status":"READ"`, `{"paper":"ANNOUNCEMENT","source":"PN","article":"14"`)
}

func TestDesk_refuses(t *testing.T) {
	b := newBureau(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"GET", "/cases?colour=red", "", 400, "colour"},
		{"GET", "/cases?kind=NONE", "", 400, "kind"},
		{"GET", "/cases?limit=0", "", 400, "limit"},
		{"GET", "/cases?next=xyz", "", 400, "cursor"},
		{"GET", "/cases/abc", "", 404, ""},
		{"GET", "/nothing", "", 404, ""},
		{"DELETE", "/cases", "", 405, ""},
		{"POST", "/cases", "", 422, ""},
		{"POST", "/cases", "{", 422, ""},
		{"POST", "/cases", `{"kind":"ADJUSTMENT","title":"x","colour":"red"}`, 422, "colour"},
		{"POST", "/cases", `{"kind":"ADJUSTMENT","title":""}`, 422, `"parameter":"title"`},
		{"POST", "/cases", `{"kind":"ADJUSTMENT","title":7}`, 422, "title"},
		{"POST", "/cases", `{"kind":"ADJUSTMENT","title":"x"} {}`, 422, "more than one"},
		{"POST", "/cases", `{"kind":"ADJUSTMENT","title":"x","unit":99999999}`, 422, "unit"},
		{"POST", "/cases", `{"kind":"NAMING","title":"x"}`, 403, ""},
		{"POST", "/cases", `{"title":"` + strings.Repeat("长", 400_000) + `"}`, 413, ""},
	} {
		w := b.ask(desk.DivisionEditor, c.method, c.path, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) || w.Header().Get("Content-Type") != typeProblem {
			t.Errorf("%s %s %.60s: %d %s", c.method, c.path, c.body, w.Code, w.Body)
		}
	}
}

// A token acts for its person, within its scopes.
func TestDesk_takesTokens(t *testing.T) {
	b := newBureau(t)
	ctx := t.Context()
	const password = "korrekt-pferd-7"
	login := b.as[desk.Supervisor].Login
	first, err := b.desk.ResetPassword(ctx, desk.Operator(), b.as[desk.Supervisor].Account, "")
	if err != nil {
		t.Fatal(err)
	}
	session, err := b.desk.SignIn(ctx, login, first, desk.Client{})
	if err != nil {
		t.Fatal(err)
	}
	visit, err := b.desk.Resume(ctx, session.Secret, desk.Client{})
	if err != nil || visit == nil {
		t.Fatal(visit, err)
	}
	if err := b.desk.ChangePassword(ctx, visit, first, password, password); err != nil {
		t.Fatal(err)
	}
	handler := Bearer(b.desk, func(*http.Request) desk.Client { return desk.Client{} }, nil)(NewDesk(b.desk, DeskOptions{}))
	for scope, status := range map[string]int{"case": 200, "case.read": 200, "rule": 200, "paper": 200} {
		token, err := b.desk.MakeToken(ctx, visit.Who, "test", []string{scope}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/desk/api/cases", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("scope %s: %d %s", scope, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest("GET", "/desk/api/cases", nil)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != 401 {
		t.Errorf("without a token: %d", w.Code)
	}
}

// The description is valid OpenAPI 3.1, and names every status an act can have.
func TestDesk_describesItself(t *testing.T) {
	s := NewDesk(desk.New(desk.Options{}), DeskOptions{})
	r := httptest.NewRequest("GET", "/desk/api/openapi.json", nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `"openapi":"3.1.0"`) {
		t.Error("not OpenAPI 3.1.0")
	}
	var parts struct {
		Components struct{ Schemas, Responses map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &parts); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"\$ref":"#/components/(\w+)/([^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if (m[1] == "schemas" && parts.Components.Schemas[m[2]] == nil) || (m[1] == "responses" && parts.Components.Responses[m[2]] == nil) {
			t.Errorf("%s leads nowhere", m[0])
		}
	}
	var described struct {
		Paths map[string]map[string]struct {
			RequestBody *struct{} `json:"requestBody"`
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &described); err != nil {
		t.Fatal(err)
	}
	if len(described.Paths) != 17 {
		t.Errorf("%d addresses", len(described.Paths))
	}
	for path, item := range described.Paths {
		for method, op := range item {
			if (method == "post") != (op.RequestBody != nil) {
				t.Errorf("%s %s: body %v", method, path, op.RequestBody != nil)
			}
			for _, status := range []int{400, 401, 403, 404} {
				if op.Responses[strconv.Itoa(status)] == nil {
					t.Errorf("%s %s does not name %d", method, path, status)
				}
			}
		}
	}
}
