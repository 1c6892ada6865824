package web

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) releaseRoutes(r chi.Router) {
	r.Get("/desk/releases", s.deskPage(s.showReleases))
	r.Get("/desk/releases/new", s.deskPage(s.showNewRelease))
	r.Post("/desk/releases", s.uploading(s.prepareRelease))
	r.Get("/desk/releases/{id}", s.deskPage(s.showRelease))
	r.Get("/desk/releases/{id}/certificate", s.serveFile(s.openCertificate))
	r.Get("/desk/releases/{id}/map-{side}.svg", s.deskPage(s.showReleaseMap))
	r.Post("/desk/releases/{id}/publish", s.deskForm(s.publishRelease))
	r.Post("/desk/releases/{id}/reject", s.deskForm(s.rejectRelease))
}

// showReleases answers GET /desk/releases.
func (s *site) showReleases(r *http.Request, v *View) (*answer, error) {
	sets, err := s.desk.Releases(r.Context(), v.Who)
	return &answer{page: "releases", data: sets}, err
}

// newReleasePage is the data of the page "release-new".
type newReleasePage struct {
	Form   *form
	Latest registry.Seq
	Public *registry.Publication // nil when nothing is public
	Open   []registry.ArcID      // borders above public secrecy that have to be cleared
	Limit  int64                 // of a file, MB
}

// Choices are the generalisations in the language of the view.
func (p *newReleasePage) Choices(v *View) (all []option) {
	for _, g := range desk.Generalisations() {
		text := g.Zh
		if v.Lang != "zh" {
			text = g.En
		}
		all = append(all, option{fmt.Sprintf("%d/%d", g.Decimals, g.MaxZoom), text})
	}
	return all
}

// Usual is the generalisation that is chosen unless another is.
func (p *newReleasePage) Usual() string {
	g := desk.Generalisations()[1]
	return fmt.Sprintf("%d/%d", g.Decimals, g.MaxZoom)
}

// showNewRelease answers GET /desk/releases/new.
func (s *site) showNewRelease(r *http.Request, v *View) (*answer, error) {
	p, err := s.newRelease(r, v, &form{Values: url.Values{}})
	return &answer{page: "release-new", data: p}, err
}

func (s *site) newRelease(r *http.Request, v *View, f *form) (p *newReleasePage, err error) {
	p = &newReleasePage{Form: f, Limit: s.desk.FileLimit() >> 20}
	if p.Latest, p.Open, err = s.desk.ReadyToRelease(r.Context(), v.Who); err != nil {
		return nil, err
	}
	if all, err := s.reg.Publications(r.Context()); err == nil && len(all) > 0 {
		p.Public = &all[0]
	}
	return p, nil
}

// prepareRelease answers POST /desk/releases.
func (s *site) prepareRelease(r *http.Request, v *View) (*answer, error) {
	if _, _, err := s.desk.ReadyToRelease(r.Context(), v.Who); err != nil { // before a file is taken in
		return nil, err
	}
	f, upload, err := s.receive(r, v)
	if err != nil {
		return nil, err
	}
	terms := readTerms(f, v)
	if upload != nil {
		terms.Certificate.Upload = upload.ID
	}
	var id desk.ReleaseID
	if len(f.Faults) == 0 {
		id, err = s.desk.PrepareRelease(r.Context(), v.Who, terms)
	}
	if f.refused(v, err) {
		p, err := s.newRelease(r, v, f)
		return refusedForm("release-new", p), err
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: fmt.Sprintf("/desk/releases/%d", id), flash: v.text("release.done.prepared")}, nil
}

// readTerms reads the form of a set, and notes what cannot be read.
func readTerms(f *form, v *View) desk.ReleaseTerms {
	t := desk.ReleaseTerms{ReviewNumber: f.Get("review-number"), Note: f.Get("note"), Certificate: desk.Certificate{Number: f.Get("certificate")}}
	fault := func(field, key string) { f.Faults = append(f.Faults, formFault{field, v.text(key)}) }
	number := func(field, text string) int {
		if text == "" {
			return 0
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			fault(field, "fault.release.number")
		}
		return n
	}
	var err error
	if t.DataDate, err = registry.ParseDay(f.Get("data-date")); err != nil {
		fault("data-date", "fault.release.date")
	}
	t.AsOf = registry.Seq(number("as-of", f.Get("as-of")))
	t.Scale = number("scale", f.Get("scale"))
	if _, err := fmt.Sscanf(f.Get("generalisation"), "%d/%d", &t.Decimals, &t.MaxZoom); err != nil && f.Get("generalisation") != "" {
		fault("generalisation", "fault.release.choice")
	}
	for _, text := range f.Values["clears"] {
		t.Clears = append(t.Clears, registry.ArcID(number("clears", text)))
	}
	return t
}

// openCertificate finds the file of a set's certificate.
func (s *site) openCertificate(r *http.Request, v *View) (*served, error) {
	id, err := pathID(r, "release set")
	if err != nil {
		return nil, err
	}
	set, content, err := s.desk.OpenCertificate(r.Context(), v.Who, desk.ReleaseID(id))
	if err != nil {
		return nil, err
	}
	return &served{set.Certificate.FileName, set.Certificate.File.Media, set.Certificate.File.Digest, content}, nil
}

// releasePage is the data of the page "release".
type releasePage struct {
	Form     *form
	Set      *desk.ReleaseSet
	Diff     *desk.Differences
	Kind     desk.DifferenceKind // of the differences listed; "" for all
	Items    []desk.Difference
	Total    int
	From, To int // of those listed, counted from 1
	Day      registry.Day
	Days     []registry.Day
	Moved    []desk.Movement
	Maps     bool // there is something to draw on the day
	Own      bool // who looks prepared it
}

// releaseRows is how many differences a page lists.
const releaseRows = 100

// showRelease answers GET /desk/releases/{id}.
func (s *site) showRelease(r *http.Request, v *View) (*answer, error) {
	p, err := s.readRelease(r, v, &form{Values: url.Values{}})
	return &answer{page: "release", data: p}, err
}

func (s *site) readRelease(r *http.Request, v *View, f *form) (*releasePage, error) {
	id, err := pathID(r, "release set")
	if err != nil {
		return nil, err
	}
	p := &releasePage{Form: f, Day: v.Today}
	if p.Set, err = s.desk.Release(r.Context(), v.Who, desk.ReleaseID(id)); err != nil {
		return nil, err
	}
	if p.Diff, err = s.desk.ReleaseDifferences(r.Context(), v.Who, p.Set.ID); err != nil {
		return nil, err
	}
	p.choose(r.URL.Query(), v)
	p.Own = p.Set.PreparedBy == v.Who.Account
	p.Moved, err = s.desk.ReleaseMovements(r.Context(), v.Who, p.Set.ID, p.Day)
	return p, err
}

// choose reads what of the differences is wanted. What cannot be read is left
// out: these are links, not forms.
func (p *releasePage) choose(q url.Values, v *View) {
	if day, err := registry.ParseDay(q.Get("day")); err == nil {
		p.Day = day
	}
	p.Days = append(slices.Clone(p.Diff.Days), v.Today, p.Day)
	slices.Sort(p.Days)
	p.Days = slices.Compact(p.Days)
	if kind := desk.DifferenceKind(q.Get("kind")); slices.Contains(desk.DifferenceKinds(), kind) {
		p.Kind = kind
	}
	from, err := strconv.Atoi(q.Get("from"))
	if err != nil || from < 0 {
		from = 0
	}
	p.Items, p.Total = p.Diff.Of(p.Kind, from, releaseRows)
	p.From, p.To = from+1, from+len(p.Items)
	p.Maps = p.Diff.Count(desk.BorderDiffers)+p.Diff.Count(desk.HolderDiffers) > 0
}

// Next is where the list of differences goes on.
func (p *releasePage) Next() int { return p.From - 1 + releaseRows }

// Previous is where the page of the list before begins.
func (p *releasePage) Previous() int { return max(0, p.From-1-releaseRows) }

// Kinds are all kinds of difference.
func (p *releasePage) Kinds() []desk.DifferenceKind { return desk.DifferenceKinds() }

// Tally counts the differences for the head of the page.
func (p *releasePage) Tally() (all []struct {
	Key string
	N   int
}) {
	add := func(key string, n int) {
		all = append(all, struct {
			Key string
			N   int
		}{key, n})
	}
	d := p.Diff
	add("unit", d.Count(desk.UnitDiffers))
	add("name", d.Named("specific", "generic"))
	add("code", d.Count(desk.CodeDiffers))
	add("superior", d.Named("superior_id", "custodian_id"))
	add("holder", d.Count(desk.HolderDiffers))
	add("border", d.Count(desk.BorderDiffers))
	add("line", d.Count(desk.LineDiffers))
	add("place", d.Count(desk.PlaceDiffers))
	add("event", len(d.Events))
	return all
}

// Field names a property of a difference.
func (v *View) Field(name string) string {
	if key := "release.field." + name; v.has(key) {
		return v.text(key)
	}
	return name
}

// fieldTexts begin the keys of the values of properties that are written as codes.
var fieldTexts = map[string]string{"basis": "basis.", "status": "linestatus.", "state": "codestate.", "type": "type.",
	"autonomous": "release.flag.", "border": "release.flag.", "special": "release.flag."}

// FieldText is the value of a property as people read it.
func (v *View) FieldText(field, value string) string {
	if key := fieldTexts[field] + value; fieldTexts[field] != "" && v.has(key) {
		return v.text(key)
	}
	return value
}

// showReleaseMap answers GET /desk/releases/{id}/map-before.svg and -after.svg.
func (s *site) showReleaseMap(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "release set")
	if err != nil {
		return nil, err
	}
	side := chi.URLParam(r, "side")
	day, err := registry.ParseDay(r.URL.Query().Get("day"))
	if side != "before" && side != "after" || err != nil {
		return nil, registry.NotFound("map", side)
	}
	b, err := s.desk.ReleaseBorders(r.Context(), v.Who, desk.ReleaseID(id), day)
	if err != nil {
		return nil, err
	}
	drawn, err := drawBorders(b, side == "after")
	if err != nil {
		return nil, err
	}
	return &answer{body: drawn, mime: "image/svg+xml"}, nil
}

// publishRelease answers POST /desk/releases/{id}/publish.
func (s *site) publishRelease(r *http.Request, v *View) (*answer, error) {
	return s.decideRelease(r, v, "release.done.released", s.desk.PublishRelease)
}

// rejectRelease answers POST /desk/releases/{id}/reject.
func (s *site) rejectRelease(r *http.Request, v *View) (*answer, error) {
	return s.decideRelease(r, v, "release.done.rejected", s.desk.RejectRelease)
}

// Area writes square metres as people read them.
func (v *View) Area(m2 float64) template.HTML {
	if m2 >= 100_000 {
		return template.HTML(template.HTMLEscapeString(strconv.FormatFloat(m2/1e6, 'f', 2, 64) + " km²"))
	}
	return template.HTML(template.HTMLEscapeString(strconv.FormatFloat(m2, 'f', 1, 64) + " m²"))
}
