package web

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"jieming/registry/desk"
)

// kept is what was typed into a form whose session had ended when it was sent.
// It travels with the pages of signing in, and is shown in its form again after
// them; it is never sent by itself.
type kept struct {
	Action string     `json:"action"` // where the form goes
	Page   string     `json:"page"`   // the page it stands on
	Fields url.Values `json:"fields"` // what was typed
}

// mostKept bounds what is kept, in bytes of JSON.
const mostKept = 512 << 10

// carriedFields are hidden fields that say what a person had seen and done when
// the form was shown, rather than what it is for: they come back as they were,
// so that a form on a version that has passed is still refused with what has
// happened since, and one that had been sent is not done twice. Any other hidden
// field says what its form does, and is never written.
var carriedFields = []string{"version", "seen", "shown", "request", "upload", "unit_was", "unit_id"}

// secretFields are never kept.
var secretFields = []string{"password", "present", "chosen", "again", "code", "sealed"}

// interrupt answers a form of somebody who is not signed in (any more): with
// the page to sign in, which keeps what was typed. Files are not kept.
func (s *site) interrupt(w http.ResponseWriter, r *http.Request, v *View) {
	page := s.signInData(&form{Values: url.Values{}})
	page.Kept = keep(r)
	page.Next = page.Kept.Page
	a := &answer{page: "sign-in", data: page}
	var err error
	if v.visit != nil {
		a, err = s.stagePage(v, page)
	}
	if err == nil {
		a.status = http.StatusUnauthorized
	}
	s.answerDesk(w, r, v, a, err)
}

// keep reads what was typed into a form, as far as there is room.
func keep(r *http.Request) *kept {
	k := &kept{Action: r.URL.RequestURI(), Page: formPage(r), Fields: url.Values{}}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		_ = r.ParseMultipartForm(mostKept) // what could be read is kept
	} else {
		_ = r.ParseForm()
	}
	for name, values := range r.PostForm {
		if !slices.Contains(secretFields, name) {
			k.Fields[name] = values
		}
	}
	if len(k.JSON()) > mostKept {
		k.Fields = url.Values{}
	}
	return k
}

// formPage is the page that a form was sent from: the browser says so, since
// our policy lets it tell our own pages.
func formPage(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || !strings.HasPrefix(from.Path, "/desk") {
		return local(r.URL.Path)
	}
	return local(from.RequestURI())
}

// JSON is what the pages of signing in carry along.
func (k *kept) JSON() string {
	text, _ := json.Marshal(k) // cannot fail
	return string(text)
}

// readKept reads what a page of signing in carried along; nil for nothing.
func readKept(text string) *kept {
	var k kept
	if text == "" || len(text) > mostKept || json.Unmarshal([]byte(text), &k) != nil {
		return nil
	}
	if !strings.HasPrefix(k.Action, "/desk") || local(k.Action) != k.Action || !strings.HasPrefix(k.Page, "/desk") || local(k.Page) != k.Page {
		return nil
	}
	return &k
}

// keptPage is the data of the page "kept", for what has no form any more.
type keptPage struct{ Kept *kept }

// keptField is what was typed into a field.
type keptField struct {
	Name   string
	Label  string // the key of what the field is called; "" if that is not known
	Values []string
}

// keptLabels are the fields that are called the same, or nearly, in whatever form
// they stand.
var keptLabels = map[string]string{
	"title": "case.title", "summary": "case.summary", "reason": "form.reason", "question": "case.question", "note": "case.note", "text": "kept.text",
	"place": "kept.place", "number": "instrument.number", "issuer": "instrument.issuer", "issuedOn": "instrument.issued", "on": "case.on.label",
	"answer": "objection.answer", "contact": "notice.field.contact", "unit": "cases.unit", "name": "kept.name", "login": "account.login",
	"mail": "account.mail", "phone": "account.phone", "due": "case.askdue", "other": "case.other", "attachments": "issue.attachments", "certificate": "publication.certificate",
}

// unspoken are fields that forms fill in themselves, and choices, which are soon
// made again: they mean nothing outside their form.
var unspoken = []string{"accept", "account", "act", "asked", "at.x", "at.y", "back", "case", "clock", "department", "departments", "disabled", "do", "experts",
	"form", "grant", "id", "identity", "key", "kind", "layer", "next", "outcome", "public", "query", "relation", "replaces", "replyTo", "role", "secrecy", "series",
	"session", "signed", "source", "stance", "stop", "to", "token", "unlink", "urgent", "when", "year"}

// Typed is what a person typed, in the order of its names.
func (k *kept) Typed() (all []keptField) {
	for _, name := range slices.Sorted(maps.Keys(k.Fields)) {
		if slices.Contains(unspoken, name) || slices.Contains(carriedFields, name) || strings.Join(k.Fields[name], "") == "" {
			continue
		}
		all = append(all, keptField{name, keptLabels[name], k.Fields[name]})
	}
	return all
}

// refill answers with the page that a form stands on, with what was typed.
func (s *site) refill(r *http.Request, v *View, visit *desk.Visit, secret string, k *kept) (*answer, error) {
	// The router keeps its state in the context: this request needs its own.
	address := k.Page
	if !routed(s.root, address) { // the answer to a form that was refused
		address = s.pageAbove(address)
	}
	ask, err := http.NewRequestWithContext(context.WithValue(r.Context(), chi.RouteCtxKey, nil), http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	ask.Host, ask.RemoteAddr, ask.TLS, ask.RequestURI = r.Host, r.RemoteAddr, r.TLS, address
	ask.Header.Set("Accept-Language", r.Header.Get("Accept-Language"))
	ask.Header.Set("User-Agent", r.UserAgent())
	for _, c := range r.Cookies() {
		if c.Name != s.cookieName(r) {
			ask.AddCookie(c)
		}
	}
	ask.AddCookie(&http.Cookie{Name: s.cookieName(r), Value: secret})
	page := &buffer{header: http.Header{}}
	s.root.ServeHTTP(page, ask)
	if page.status == http.StatusOK && strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
		if body, found := fillForm(page.body.Bytes(), k, v.text("login.refilled")); found {
			return &answer{body: body, mime: "text/html; charset=utf-8"}, nil
		}
	}
	v.Who = visit.Who
	return &answer{page: "kept", data: &keptPage{k}}, nil
}

// buffer is an answer in memory.
type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *buffer) Write(data []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(data)
}

// fillForm writes what was typed into the form of a page that does what the
// kept one does, with a note at its head that takes the focus, and opens what it
// is folded into. It reports whether there is one.
func fillForm(page []byte, k *kept, note string) ([]byte, bool) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, false
	}
	target := formOf(doc, k)
	if target == nil {
		return nil, false
	}
	f := filler{fields: k.Fields, used: map[string]int{}}
	f.fill(target)
	for n := range doc.Descendants() {
		mark(n, "autofocus", false)
	}
	unfold(target)
	p := &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P, Attr: []html.Attribute{{Key: "class", Val: "warning"}, {Key: "role", Val: "alert"},
		{Key: "tabindex", Val: "-1"}, {Key: "autofocus"}}}
	p.AppendChild(&html.Node{Type: html.TextNode, Data: note})
	target.InsertBefore(p, target.FirstChild)
	var out bytes.Buffer
	if err := html.Render(&out, doc); err != nil {
		return nil, false
	}
	return out.Bytes(), true
}

// unfold opens everything that a node is folded into.
func unfold(n *html.Node) {
	for up := range n.Ancestors() {
		if up.DataAtom == atom.Details {
			mark(up, "open", true)
		}
	}
}

// formOf finds the form that does what the kept one does: it, or a button of it,
// goes to the same address, says the same in its hidden fields, and has a place
// for all that was typed. Many forms of a page can go to one address.
func formOf(doc *html.Node, k *kept) *html.Node {
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Form && strings.EqualFold(attribute(n, "method"), http.MethodPost) && k.goesTo(n) && k.fits(n) {
			return n
		}
	}
	return nil
}

// goesTo reports whether a form, or a button of it, goes where the kept one went.
func (k *kept) goesTo(form *html.Node) bool {
	action, _, _ := strings.Cut(attribute(form, "action"), "#") // which no server is sent
	if action == k.Action {
		return true
	}
	for n := range form.Descendants() {
		if n.DataAtom == atom.Button && attribute(n, "formaction") == k.Action {
			return true
		}
	}
	return false
}

// fits reports whether a form is for what the kept one was for.
func (k *kept) fits(form *html.Node) bool {
	places := map[string]bool{}
	for n := range form.Descendants() {
		name := attribute(n, "name")
		if name == "" || n.Type != html.ElementNode {
			continue
		}
		if n.DataAtom == atom.Input && attribute(n, "type") == "hidden" && !slices.Contains(carriedFields, name) &&
			!slices.Contains(k.Fields[name], attribute(n, "value")) {
			return false
		}
		places[name] = true
	}
	for name, values := range k.Fields {
		picked := strings.TrimSuffix(strings.TrimSuffix(name, ".x"), ".y") // of a picture that is a button
		if strings.Join(values, "") != "" && !places[name] && !places[picked] && !slices.Contains(carriedFields, name) {
			return false
		}
	}
	return true
}

// filler fills in fields, several of one name in their order.
type filler struct {
	fields url.Values
	used   map[string]int
}

func (f *filler) fill(form *html.Node) {
	for _, n := range slices.Collect(form.Descendants()) {
		name := attribute(n, "name")
		values, typed := f.fields[name]
		switch {
		case name == "" || slices.Contains(secretFields, name):
		case n.DataAtom == atom.Textarea && typed:
			for n.FirstChild != nil {
				n.RemoveChild(n.FirstChild)
			}
			n.AppendChild(&html.Node{Type: html.TextNode, Data: f.take(name)})
			unfold(n)
		case n.DataAtom == atom.Select:
			for option := range n.Descendants() {
				if option.DataAtom == atom.Option {
					mark(option, "selected", slices.Contains(values, attribute(option, "value")))
				}
			}
		case n.DataAtom == atom.Input:
			f.fillInput(n, name, values, typed)
		}
	}
}

func (f *filler) fillInput(n *html.Node, name string, values []string, typed bool) {
	switch attribute(n, "type") {
	case "checkbox", "radio":
		mark(n, "checked", slices.Contains(values, attribute(n, "value")))
	case "password", "file", "submit", "button", "image", "reset":
	case "hidden":
		if typed && slices.Contains(carriedFields, name) {
			set(n, "value", f.take(name))
		}
	default:
		if !typed {
			return
		}
		value := f.take(name)
		set(n, "value", value)
		if value != "" {
			unfold(n)
		}
	}
}

// take is the next value of a field.
func (f *filler) take(name string) string {
	i := f.used[name]
	f.used[name]++
	if i >= len(f.fields[name]) {
		return ""
	}
	return f.fields[name][i]
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func set(n *html.Node, key, value string) {
	mark(n, key, false)
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

// mark sets or takes away an attribute without a value.
func mark(n *html.Node, key string, on bool) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	if on {
		n.Attr = append(n.Attr, html.Attribute{Key: key})
	}
}
