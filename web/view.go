package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/desk"
)

// View is what a request asks to see: a language, and a point on both clocks.
// Templates read it.
type View struct {
	*catalog
	URL   *url.URL
	Day   registry.Day // the day shown
	Today registry.Day
	At    registry.Instant
	Pub   *registry.Publication // nil on pages that show no data
	AsOf  string                // recorded-as-of as given; "" means now

	Stops registry.Stops // layers that the department has stopped

	Who      *desk.Principal // who is at the desk; nil on public pages
	Desk     bool            // a page of the desk, or one that leads to it
	Training bool            // the page shows the training space (演练)
	Beside   string          // address of the training space, or of the registry on its pages; "" for none
	Flash    string          // what a form that was sent before says
	HasDesk  bool            // public pages lead to the desk
	Unread   int             // messages that who is at the desk has not read
	visit    *desk.Visit
}

// blank is a view of today that shows nothing yet.
func (s *site) blank(r *http.Request, texts *catalog) *View {
	v := &View{catalog: texts, URL: r.URL, Today: registry.DayOf(s.now()), Training: s.training}
	v.Day = v.Today
	if s.beside != "" {
		v.Beside = AddressBeside(r, s.beside)
	}
	return v
}

// view reads the parameters that every page has, and finds the publication.
// Bad ones are named as the reader wrote them; the view has the address in full.
func (s *site) view(ctx context.Context, r *http.Request, texts *catalog) (*View, error) {
	v := s.blank(r, texts)
	v.HasDesk, v.Stops = s.desk != nil, s.stops()
	if err := check(r.URL.Query()); err != nil {
		return v, err
	}
	v.URL, _ = inFull(r.URL)
	if err := v.readClocks(ctx, s.reg, v.URL.Query()); err != nil {
		return v, err
	}
	return v, nil
}

func (v *View) readClocks(ctx context.Context, reg registry.Registry, q url.Values) (err error) {
	v.Day = v.Today
	if given := q.Get("datetime"); given != "" {
		if v.Day, err = registry.ParseDay(given); err != nil {
			return registry.Invalid("datetime", err.Error())
		}
	}
	var at time.Time
	if given := q.Get("recorded-as-of"); given != "" {
		if at, err = parseTime(given); err != nil {
			return err
		}
		v.AsOf = given
	}
	if v.Pub, err = reg.Publication(ctx, at); registry.KindOf(err) == registry.KindNotFound {
		return errUnpublished
	}
	if err != nil {
		return err
	}
	v.At = registry.Instant{Valid: v.Day, Recorded: v.Pub.AsOf}
	return nil
}

// parseTime reads an instant of the recorded clock: RFC 3339, or a day, which
// stands for its end in China.
func parseTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	day, err := registry.ParseDay(s)
	if err != nil {
		return time.Time{}, registry.Invalid("recorded-as-of", strconv.Quote(s)+" is not a time; write it as 2020-12-31 or 2020-12-31T08:00:00Z")
	}
	y, m, d := day.Time().Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, registry.China), nil
}

// link returns an address of a page on the same two clocks.
func (v *View) link(path string, params ...string) string {
	q := url.Values{}
	if v.Day != v.Today {
		q.Set("datetime", v.Day.String())
	}
	if v.AsOf != "" {
		q.Set("recorded-as-of", v.AsOf)
	}
	for i := 0; i+1 < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// Map returns the address of the map, with further parameters.
func (v *View) Map(params ...string) string { return v.link("/", params...) }

// Link returns the address of a page.
func (v *View) Link(path string) string { return v.link(path) }

// On returns the address of the map on a day.
func (v *View) On(d registry.Day) string {
	return v.link("/", "datetime", d.String())
}

// UnitLink returns the address of a unit's page.
func (v *View) UnitLink(id registry.UnitID) string {
	return v.link("/id/unit/" + strconv.FormatInt(int64(id), 10))
}

// EventLink returns the address of an event's page. An event has a date of its
// own, so the day shown is not carried over.
func (v *View) EventLink(id registry.EventID) string {
	at := *v
	at.Day = at.Today
	return at.link("/id/event/" + strconv.FormatInt(int64(id), 10))
}

// History returns the address of a unit's history in the API, which has one
// clock only.
func (v *View) History(id registry.UnitID) string {
	path := "/api/units/" + strconv.FormatInt(int64(id), 10) + "/history"
	if v.AsOf == "" {
		return path
	}
	return path + "?" + url.Values{"recorded-as-of": {v.AsOf}}.Encode()
}

// PlaceLink returns the address of a place's page.
func (v *View) PlaceLink(id registry.PlaceID) string {
	return v.link("/id/place/" + strconv.FormatInt(int64(id), 10))
}

// LineLink returns the address of a line's page.
func (v *View) LineLink(id registry.LineID) string {
	return v.link("/id/line/" + strconv.FormatInt(int64(id), 10))
}

// YearText is the year of the day shown, for the large date.
func (v *View) YearText() string { return v.text("date.year.large", "year", v.Day.Year()) }

// MonthDayText is the rest of the large date.
func (v *View) MonthDayText() string {
	if v.Lang == "zh" {
		return v.Day.Time().Format("1月2日")
	}
	return v.Day.Time().Format("2 January")
}

// In returns the address of this page in another language.
func (v *View) In(lang string) string {
	q := v.URL.Query()
	q.Set("lang", lang)
	path := v.URL.Path
	if path == "/panel" {
		path = "/"
	}
	return path + "?" + q.Encode()
}

// With returns the address of this page with one parameter changed.
func (v *View) With(name, value string) string {
	q := v.URL.Query()
	q.Del("lang")
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	if len(q) == 0 {
		return v.URL.Path
	}
	return v.URL.Path + "?" + q.Encode()
}

// Keep returns the parameters, other than the named ones, that a form on this
// page must carry along.
func (v *View) Keep(except ...string) url.Values {
	q := v.URL.Query()
	for _, name := range append(except, "lang") {
		q.Del(name)
	}
	return q
}

// pathID reads the number in a path such as /id/unit/{id}. A path that is no
// number names nothing.
func pathID(r *http.Request, noun string) (int64, error) {
	text := chi.URLParam(r, "id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, registry.NotFound(noun, strconv.Quote(text))
	}
	return id, nil
}

// parsePoint reads "lon,lat" in degrees.
func parsePoint(field, s string) (orb.Point, error) {
	lonText, latText, _ := strings.Cut(s, ",")
	lon, lonErr := strconv.ParseFloat(lonText, 64)
	lat, latErr := strconv.ParseFloat(latText, 64)
	// The comparisons are written so that NaN fails them.
	if lonErr != nil || latErr != nil || !(lon >= -180 && lon <= 180) || !(lat >= -90 && lat <= 90) {
		return orb.Point{}, registry.Invalid(field, strconv.Quote(s)+" is not a point; write longitude,latitude such as 125.32,43.88")
	}
	return orb.Point{lon, lat}, nil
}

// Released is when the publication was released, in China's time.
func (v *View) Released() string {
	return v.Pub.ReleasedAt.In(registry.China).Format("2006-01-02 15:04")
}

// Bases are all bases of a fact, from best to none, for the page that explains
// them.
func (v *View) Bases() []registry.Basis {
	return []registry.Basis{registry.Surveyed, registry.Published, registry.Recast, registry.NotKnown}
}

// Completenesses are all kinds of completeness of an instrument.
func (v *View) Completenesses() []registry.Completeness {
	return []registry.Completeness{registry.Full, registry.NoScan, registry.Cited, registry.Unknown}
}

// PrintLink returns the address of the sheet for paper of a unit.
func (v *View) PrintLink(id registry.UnitID) string {
	return v.link("/print", "unit", strconv.FormatInt(int64(id), 10))
}

// DayOf is the day in China of a moment.
func (v *View) DayOf(t time.Time) registry.Day { return registry.DayOf(t) }
