package web

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) noticeRoutes(r chi.Router) {
	r.Get("/notices", s.noticePage(s.showNotices))
	r.Get("/notices.atom", s.noticePage(s.showNoticeFeed))
	r.Get("/notices/receipt", s.noticePage(s.showReceipt))
	r.Get("/notices/{id}", s.noticePage(s.showNotice))
	r.Post("/notices/{id}", s.noticePage(s.takeObjection))
	r.Get("/notices/{id}/map-{side}.svg", s.noticePage(s.showNoticeMap))
	r.Get("/notices/{id}/map.geojson", s.noticePage(s.showNoticeShapes))
	r.Get("/notices/{id}/pick.svg", s.noticePage(s.showPickMap))
	r.Get("/notices/{id}/papers/{paper}", s.serveNoticePaper)
	s.deskNoticeRoutes(r)
}

// noticePage adapts the handler of a public page about notices. Such pages have
// today's view of the current publication, if there is one, and answer forms of
// people who have no account.
func (s *site) noticePage(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		v := s.blank(r, s.catalogs[languageOf(w, r)])
		v.HasDesk, v.Stops = s.desk != nil, s.stops()
		pub, err := s.reg.Publication(r.Context(), time.Time{})
		switch {
		case err == nil:
			v.Pub, v.At = pub, registry.Instant{Valid: v.Day, Recorded: pub.AsOf}
		case registry.KindOf(err) != registry.KindNotFound:
			s.fail(w, r, v, err)
			return
		}
		a, err := h(r, v)
		if err == nil && a.redirect != "" {
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, a.redirect, http.StatusSeeOther)
			return
		}
		if err == nil && a.body == nil {
			a.body, err = s.render(a, v)
			a.mime = "text/html; charset=utf-8"
		}
		if err != nil {
			s.fail(w, r, v, err)
			return
		}
		if a.status != 0 {
			h := w.Header()
			h.Set("Content-Type", a.mime)
			h.Set("Cache-Control", "no-store")
			h.Set("X-Content-Type-Options", "nosniff")
			w.WriteHeader(a.status)
			_, _ = w.Write(a.body) // a reader that went away misses the rest
			return
		}
		write(w, r, a)
	}
}

// noticesPage is the data of the page "notices".
type noticesPage struct {
	Groups []noticeGroup
	Form   *form
	When   string
	Kinds  []Option
	Unit   unitField
	view   *View
}

// noticeGroup are the notices of one time: what is current, or what was.
type noticeGroup struct {
	When string
	*desk.NoticePage
	Next string // address of the next page; "" on the last
}

// Tab is the address of the list of one time, or of all, with the other choices.
func (p *noticesPage) Tab(when string) string {
	q := url.Values{}
	for _, name := range []string{"kind", "unit"} {
		if value := p.Form.Get(name); value != "" {
			q.Set(name, value)
		}
	}
	if when != "" {
		q.Set("when", when)
	}
	if len(q) == 0 {
		return "/notices"
	}
	return "/notices?" + q.Encode()
}

// noticeWhens are the times of notices, in the order in which they are listed.
var noticeWhens = []string{"current", "past"}

// Whens are what the list can be narrowed to.
func (p *noticesPage) Whens() []string { return append([]string{""}, noticeWhens...) }

// showNotices answers /notices: what is current, and what was.
func (s *site) showNotices(r *http.Request, v *View) (*answer, error) {
	q := r.URL.Query()
	for name := range q {
		if !slices.Contains([]string{"when", "kind", "unit", "before", "lang"}, name) && !decoration.MatchString(name) {
			return nil, registry.Invalid(shown(name), "there is no such parameter")
		}
	}
	p := &noticesPage{Form: &form{Values: q}, When: q.Get("when"), view: v}
	if p.When != "" && !slices.Contains(noticeWhens, p.When) {
		return nil, registry.Invalid("when", "give current or past")
	}
	kind := desk.NoticeKind(q.Get("kind"))
	if kind != "" && !slices.Contains(desk.NoticeKinds, kind) {
		return nil, registry.Invalid("kind", "give CONSULTATION, PUBLICITY or ANNOUNCEMENT")
	}
	before, err := number64("before", q.Get("before"))
	if err != nil {
		return nil, err
	}
	if before != 0 && p.When == "" {
		return nil, registry.Invalid("before", "give when too: what is current and what is past have pages of their own")
	}
	if p.Unit, err = s.typedUnit(r.Context(), v, q.Get("unit")); err != nil {
		return nil, err
	}
	p.Kinds = v.options("notice.kind", desk.NoticeKinds...)
	for _, when := range noticeWhens {
		if p.When != "" && p.When != when {
			continue
		}
		page, err := s.desk.PublicNotices(r.Context(), desk.NoticeQuery{Kind: kind, When: when, Unit: p.Unit.ID, Before: desk.NoticeID(before), Limit: 20})
		if err != nil {
			return nil, err
		}
		group := noticeGroup{When: when, NoticePage: page}
		if page.Next != 0 {
			group.Next = p.Tab(when) + "&" + url.Values{"before": {fmt.Sprint(page.Next)}}.Encode()
		}
		p.Groups = append(p.Groups, group)
	}
	return &answer{page: "notices", data: p}, nil
}

// word is the text of one of several values: key PREFIX.VALUE.
func (v *View) word(prefix string, value any) string { return v.text(fmt.Sprint(prefix, ".", value)) }

// options are choices with their texts in the catalogue: keys PREFIX.VALUE.
func (v *View) options(prefix string, values ...desk.NoticeKind) (out []Option) {
	for _, value := range values {
		out = append(out, Option{string(value), v.text(prefix + "." + string(value))})
	}
	return out
}

// number64 reads a number of a query; "" is 0.
func number64(field, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, registry.Invalid(field, "give a number")
	}
	return n, nil
}

// publicNotice is the notice of an address.
func (s *site) publicNotice(r *http.Request) (*desk.Notice, error) {
	id, err := pathID(r, "notice")
	if err != nil {
		return nil, err
	}
	return s.desk.PublicNotice(r.Context(), desk.NoticeID(id))
}

// noticePage is the data of the page "notice".
type noticePage struct {
	*desk.Notice
	Form       *form
	Token      string // of the form; "" when no comments are taken
	SenderDays int    // after which a sender's name and contact are deleted
	Papers     []desk.Paper
	Said       *desk.ObjectionPage
	Maps       []string // sides of the map: now, proposal
	Shaped     bool     // there are areas to download
	Pick       bool     // a place can be picked on a map
	Self       string
	view       *View
}

// Body is the text of the notice.
func (p *noticePage) Body() template.HTML { return prose(p.Text) }

// Stances are what a citizen can think of it.
func (p *noticePage) Stances() []string { return desk.CitizenStances }

// Size is the size of a file in words.
func (p *noticePage) Size(bytes int64) string {
	return fmt.Sprintf("%.1f MB", max(0.1, float64(bytes)/(1<<20)))
}

// Most is how many characters a comment may have.
func (p *noticePage) Most() int { return desk.MostComment }

// Open reports whether comments are taken today.
func (p *noticePage) Open() bool { return p.Notice.Open(p.view.Today) }

// Left is how many days are left.
func (p *noticePage) Left() int { return p.Notice.Left(p.view.Today) }

// More is the address of further comments; "" if there are none.
func (p *noticePage) More() string {
	if p.Said == nil || p.Said.Next == 0 {
		return ""
	}
	return p.Self + "?after=" + fmt.Sprint(p.Said.Next) + "#said"
}

// showNotice answers /notices/{id}.
func (s *site) showNotice(r *http.Request, v *View) (*answer, error) {
	n, err := s.publicNotice(r)
	if err != nil {
		return nil, err
	}
	p, err := s.noticeOf(r, v, n, &form{Values: url.Values{}})
	return &answer{page: "notice", data: p}, err
}

func (s *site) noticeOf(r *http.Request, v *View, n *desk.Notice, f *form) (p *noticePage, err error) {
	p = &noticePage{Notice: n, Form: f, Self: "/notices/" + fmt.Sprint(n.ID), view: v}
	after, err := number64("after", r.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	if p.Papers, err = s.desk.NoticePapers(r.Context(), n); err != nil {
		return nil, err
	}
	if n.Kind.Asks() {
		if p.Said, err = s.desk.PublicObjections(r.Context(), n, desk.ObjectionID(after)); err != nil {
			return nil, err
		}
	}
	if p.Open() {
		p.Token = f.Get("token")
		if p.Token == "" || f.Fault("form") != "" {
			if p.Token, err = s.desk.FormToken(r.Context(), n.ID); err != nil {
				return nil, err
			}
		}
		if p.SenderDays, err = s.desk.SenderDays(r.Context()); err != nil {
			return nil, err
		}
		p.Pick = v.Pub != nil
	}
	if n.AsOf != 0 && v.Pub != nil {
		p.Maps, p.Shaped = []string{"now"}, n.Unit != 0
		if n.Map == desk.MapProposal {
			p.Maps, p.Shaped = []string{"now", "proposal"}, true
		}
	}
	return p, nil
}

// takeObjection answers POST /notices/{id}: a comment of somebody without
// account. What was typed comes back with what is wrong with it.
func (s *site) takeObjection(r *http.Request, v *View) (*answer, error) {
	n, err := s.publicNotice(r)
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	if f.Get("at.x") != "" {
		return s.pickObjectionPlace(r, v, n, f)
	}
	comment := desk.CommentForm{Token: f.Get("token"), Stance: f.Get("stance"), Text: f.Get("text"), Name: f.Get("name"), Contact: f.Get("contact"),
		Trap: f.Get("website"), Lang: v.Lang}
	if comment.Place, err = placeOf(f.Get("place")); err == nil {
		var receipt desk.Receipt
		if receipt, err = s.desk.Object(r.Context(), s.clientOf(r), n.ID, comment); err == nil {
			return &answer{redirect: "/notices/receipt?" + url.Values{"no": {string(receipt)}, "new": {"1"}}.Encode()}, nil
		}
	}
	status := http.StatusUnprocessableEntity
	var many *desk.TooMany
	switch {
	case errors.As(err, &many):
		key := "fault.objection.many.all"
		if many.Own {
			key = "fault.objection.many"
		}
		f.Faults = append(f.Faults, formFault{"form", v.text(key, "time", many.Until.In(registry.China).Format("15:04"))})
		status = http.StatusTooManyRequests
	case !f.refused(v, err):
		return nil, err
	}
	p, err := s.noticeOf(r, v, n, f)
	return &answer{page: "notice", data: p, status: status}, err
}

// placeOf reads "lon,lat" of a form; nil for none.
func placeOf(text string) (*[2]float64, error) {
	if text = strings.TrimSpace(strings.ReplaceAll(text, "，", ",")); text == "" {
		return nil, nil
	}
	p, err := parsePoint("place", strings.ReplaceAll(text, " ", ""))
	if err != nil {
		return nil, desk.Refuse("place", "objection.place", "this is no place in the country; write longitude,latitude such as 125.32,43.88")
	}
	return &[2]float64{p[0], p[1]}, nil
}

// pickObjectionPlace answers a click on the map of the form: the form comes back
// with the place in it.
func (s *site) pickObjectionPlace(r *http.Request, v *View, n *desk.Notice, f *form) (*answer, error) {
	x, errX := strconv.ParseFloat(f.Get("at.x"), 64)
	y, errY := strconv.ParseFloat(f.Get("at.y"), 64)
	if errX != nil || errY != nil || !(x >= 0 && x <= caseMapWidth && y >= 0 && y <= caseMapHeight) {
		return nil, registry.Invalid("at", "this is no point of the map")
	}
	frame, _, _, ok, err := s.caseFrame(r.Context(), v, &desk.Case{Path: []registry.UnitID{n.Unit}})
	if err != nil {
		return nil, err
	}
	if ok {
		at := frame.degrees(x, y)
		f.Set("place", fmt.Sprintf("%.5f,%.5f", at[0], at[1]))
	}
	p, err := s.noticeOf(r, v, n, f)
	return &answer{page: "notice", data: p, status: http.StatusOK}, err
}

// showPickMap answers /notices/{id}/pick.svg: the published map on which a place
// is picked.
func (s *site) showPickMap(r *http.Request, v *View) (*answer, error) {
	n, err := s.publicNotice(r)
	if err != nil {
		return nil, err
	}
	f, at, chosen, ok, err := s.caseFrame(r.Context(), v, &desk.Case{Path: []registry.UnitID{n.Unit}})
	if err == nil && !ok {
		err = registry.NotFound("map of notice", n.ID)
	}
	if err != nil {
		return nil, err
	}
	land, err := s.land(r.Context(), f, at, chosen)
	if err != nil {
		return nil, err
	}
	var pins []casePin
	if place, err := placeOf(r.URL.Query().Get("at")); err == nil && place != nil {
		pins = []casePin{{1, *place}}
	}
	return &answer{body: []byte(drawing(v, land, f, pins, false)), mime: "image/svg+xml"}, nil
}

// receiptPage is the data of the page "receipt".
type receiptPage struct {
	No      string
	New     bool // it was given just now
	Said    *desk.Objection
	Notice  *desk.Notice
	Unknown bool // there is no such receipt
	view    *View
}

// receiptStep is how far a comment is come.
type receiptStep struct {
	Text       string
	Done, Here bool
}

// Steps are what happens to a comment, up to where it is and after.
func (p *receiptPage) Steps() []receiptStep {
	last := "receipt.step.answered"
	if p.Said.State == desk.ObjectionAside {
		last = "receipt.step.aside"
	}
	here := map[desk.ObjectionState]int{desk.ObjectionRead: 1, desk.ObjectionAnswered: 2, desk.ObjectionAside: 2}[p.Said.State]
	var steps []receiptStep
	for i, step := range []string{"receipt.step.new", "receipt.step.read", last} {
		steps = append(steps, receiptStep{p.view.text(step), i <= here, i == here})
	}
	return steps
}

// showReceipt answers /notices/receipt: what a citizen said, and what came of it.
// The number is in the query, which the log leaves out.
func (s *site) showReceipt(r *http.Request, v *View) (*answer, error) {
	p := &receiptPage{No: strings.TrimSpace(r.URL.Query().Get("no")), New: r.URL.Query().Get("new") != "", view: v}
	if p.No == "" {
		return &answer{page: "receipt", data: p, status: http.StatusOK}, nil
	}
	var err error
	p.Said, p.Notice, err = s.desk.ObjectionOf(r.Context(), desk.Receipt(p.No))
	if registry.KindOf(err) == registry.KindNotFound {
		p.Unknown, p.Said = true, nil
		return &answer{page: "receipt", data: p, status: http.StatusNotFound}, nil
	}
	return &answer{page: "receipt", data: p, status: http.StatusOK}, err
}

// noticeFeedLength is how many notices the feed tells of.
const noticeFeedLength = 50

// showNoticeFeed answers /notices.atom.
func (s *site) showNoticeFeed(r *http.Request, v *View) (*answer, error) {
	page, err := s.desk.PublicNotices(r.Context(), desk.NoticeQuery{Limit: noticeFeedLength})
	if err != nil {
		return nil, err
	}
	base := s.base(r)
	f := feed{ID: base + "/notices", Title: v.marked(v.text("site.name") + " · " + v.text("notice.title")), Author: v.text("site.name"),
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339), Link: []atomLink{{base + "/notices.atom", "self"}, {base + "/notices", "alternate"}}}
	var latest time.Time
	for i := range page.Rows {
		n := &page.Rows[i]
		if n.At.After(latest) {
			latest = n.At
			f.Updated = latest.Format(time.RFC3339)
		}
		address := fmt.Sprintf("%s/notices/%d", base, n.ID)
		f.Entries = append(f.Entries, entry{ID: address, Updated: n.At.Format(time.RFC3339), Link: atomLink{address, "alternate"},
			Title: v.word("notice.kind", n.Kind) + " · " + n.Title, Summary: v.NoticeSummary(n)})
	}
	text, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, err
	}
	return &answer{body: append([]byte(xml.Header), text...), mime: "application/atom+xml; charset=utf-8"}, nil
}

// NoticeSummary says until when a notice takes comments, and how it begins.
func (v *View) NoticeSummary(n *desk.Notice) string {
	text := []rune(strings.Join(strings.Fields(n.Text), " "))
	if len(text) > 200 {
		text = append(text[:200], '…')
	}
	said := string(text)
	if n.State != desk.NoticePublished {
		return v.word("notice.state", n.State) + " · " + n.Reason + " · " + said
	}
	if n.Kind.Asks() {
		return v.text("notice.period", "from", v.day(n.Opens), "to", v.day(n.Closes)) + " " + said
	}
	return said
}

// serveNoticePaper answers /notices/{id}/papers/{paper}.
func (s *site) serveNoticePaper(w http.ResponseWriter, r *http.Request) {
	v := s.blank(r, s.catalogs[languageOf(w, r)])
	v.HasDesk = true
	id, err := pathID(r, "notice")
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	paper, err := strconv.ParseInt(chi.URLParam(r, "paper"), 10, 64)
	if err != nil {
		s.fail(w, r, v, registry.NotFound("paper", shown(chi.URLParam(r, "paper"))))
		return
	}
	p, content, err := s.desk.OpenNoticePaper(r.Context(), desk.NoticeID(id), paper)
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	s.sendFile(w, r, &served{p.FileName, p.Media, p.Digest, content})
}

// showNoticeShapes answers /notices/{id}/map.geojson: the areas that the map
// brings forward, as RFC 7946.
func (s *site) showNoticeShapes(r *http.Request, v *View) (*answer, error) {
	n, err := s.publicNotice(r)
	if err != nil {
		return nil, err
	}
	if n.AsOf == 0 {
		return nil, registry.NotFound("map of notice", n.ID)
	}
	shapes, err := s.desk.NoticeShapes(r.Context(), n)
	if err != nil {
		return nil, err
	}
	type object = map[string]any
	features := []object{}
	add := func(side string, id registry.UnitID, name string, wkb []byte) error {
		area, err := polygons(wkb)
		if err != nil || len(area) == 0 {
			return err
		}
		features = append(features, object{"type": "Feature", "properties": object{"unit": id, "name": name, "side": side}, "geometry": geoJSON(area)})
		return nil
	}
	ids := []registry.UnitID{n.Unit}
	for i := range shapes {
		ids = append(ids, shapes[i].Unit)
		if len(shapes[i].WKB) > 0 {
			if err := add("proposal", shapes[i].Unit, shapes[i].Name, shapes[i].WKB); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		u, err := s.reg.Unit(r.Context(), id, registry.Instant{Valid: n.MapDay, Recorded: n.AsOf}, true)
		if registry.KindOf(err) == registry.KindNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := add("now", u.ID, u.Name, u.WKB); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(object{"type": "FeatureCollection", "features": features})
	return &answer{body: body, mime: "application/geo+json", name: fmt.Sprintf("notice-%d.geojson", n.ID)}, err
}

// geoJSON is an area as GeoJSON has it.
func geoJSON(area orb.MultiPolygon) map[string]any {
	return map[string]any{"type": "MultiPolygon", "coordinates": area}
}
