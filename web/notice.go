package web

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

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
			s.tellWait(h, a)
			w.WriteHeader(a.status)
			_, _ = w.Write(a.body) // a reader that went away misses the rest
			return
		}
		write(w, r, a)
	}
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
