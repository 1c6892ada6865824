package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) settingRoutes(r chi.Router) {
	r.Get("/desk/settings", s.deskPage(s.showSettings))
	r.Post("/desk/settings", s.deskForm(s.changeSetting))
	r.Get("/desk/settings/calendar", s.deskPage(s.showCalendarDays))
	r.Post("/desk/settings/calendar", s.deskUpload(1<<20, s.importCalendar))
	r.Get("/desk/settings/mails", s.deskPage(s.showMails))
	r.Post("/desk/settings/mails", s.deskForm(s.retryMail))
	r.Get("/desk/boards/clocks", s.deskPage(s.showDrifts))
}

// settingsPage is the data of the page "settings".
type settingsPage struct {
	Sets  []desk.Set
	Jobs  []desk.JobRun
	Form  *form
	Name  rules
	rules rules
}

// Title names a setting, Note explains it.
func (p *settingsPage) Title(x desk.Set) string { return p.rules.pick(x.Zh, x.En) }

// Note explains a setting.
func (p *settingsPage) Note(x desk.Set) string { return p.rules.pick(x.NoteZh, x.NoteEn) }

// Shown is the value of a setting as the page shows it.
func (p *settingsPage) Shown(v *View, x desk.Set, value string) string {
	if key := "setting.value." + value; v.has(key) {
		return v.text(key)
	}
	return value
}

// Given is the value that a form shows: what was typed, else what was set.
func (p *settingsPage) Given(x desk.Set) string {
	switch {
	case p.Form.Get("key") == x.Key:
		return p.Form.Get("value")
	case x.Latest != nil:
		return x.Latest.Value
	}
	return ""
}

// Clocks are the settings of single clocks, Others all others.
func (p *settingsPage) Clocks() []desk.Set {
	return slices.DeleteFunc(slices.Clone(p.Sets), func(s desk.Set) bool { return s.Clock == nil })
}

// Others are the settings that are not of a clock.
func (p *settingsPage) Others() []desk.Set {
	return slices.DeleteFunc(slices.Clone(p.Sets), func(s desk.Set) bool { return s.Clock != nil })
}

func (s *site) settings(r *http.Request, v *View, f *form) (*settingsPage, error) {
	page := &settingsPage{Form: f, Name: s.rules(v), rules: s.rules(v)}
	var err error
	if page.Sets, err = s.desk.Settings(r.Context(), v.Who); err != nil {
		return nil, err
	}
	page.Jobs, err = s.desk.Jobs(r.Context(), v.Who)
	return page, err
}

// showSettings answers /desk/settings.
func (s *site) showSettings(r *http.Request, v *View) (*answer, error) {
	page, err := s.settings(r, v, &form{})
	return &answer{page: "settings", data: page}, err
}

// changeSetting answers POST /desk/settings.
func (s *site) changeSetting(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	err = s.desk.ChangeSetting(r.Context(), v.Who, desk.Setting{Key: f.Get("key"), Value: f.Get("value"), Reason: f.Get("reason")})
	if f.refused(v, err) {
		page, err := s.settings(r, v, f)
		return refusedForm("settings", page), err
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/settings", flash: v.text("setting.changed")}, nil
}

// calendarPage is the data of the page "calendar".
type calendarPage struct {
	Form  *form
	Years []calendarYear
	Lack  string // this year and the next, where nothing is known of them; "" for none
}

type calendarYear struct {
	Year int
	Days []desk.CalendarDay
}

func (s *site) calendarPage(r *http.Request, v *View, f *form) (*calendarPage, error) {
	days, err := s.desk.Calendar(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	page := &calendarPage{Form: f}
	for _, d := range days {
		if n := len(page.Years); n == 0 || page.Years[n-1].Year != d.Day.Year() {
			page.Years = append(page.Years, calendarYear{Year: d.Day.Year()})
		}
		last := &page.Years[len(page.Years)-1]
		last.Days = append(last.Days, d)
	}
	var lacks []string
	for y := v.Today.Year(); y <= v.Today.Year()+1; y++ {
		if !slices.ContainsFunc(page.Years, func(c calendarYear) bool { return c.Year == y }) {
			lacks = append(lacks, strconv.Itoa(y))
		}
	}
	page.Lack = strings.Join(lacks, v.text("desk.and"))
	slices.Reverse(page.Years)
	return page, nil
}

// showCalendarDays answers /desk/settings/calendar.
func (s *site) showCalendarDays(r *http.Request, v *View) (*answer, error) {
	page, err := s.calendarPage(r, v, &form{})
	return &answer{page: "calendar", data: page}, err
}

// importCalendar answers POST /desk/settings/calendar: a file, or lines pasted.
func (s *site) importCalendar(r *http.Request, v *View) (*answer, error) {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return nil, formError(err)
	}
	f := &form{Values: r.PostForm}
	days, err := readCalendar(r, f)
	if err == nil {
		err = s.desk.ImportCalendar(r.Context(), v.Who, days)
	}
	if f.refused(v, err) {
		page, err := s.calendarPage(r, v, f)
		return refusedForm("calendar", page), err
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/settings/calendar", flash: v.text("calendar.imported", "n", len(days))}, nil
}

func readCalendar(r *http.Request, f *form) ([]desk.CalendarDay, error) {
	file, _, err := r.FormFile("file")
	if err != nil {
		return desk.ReadCalendar(strings.NewReader(f.Get("lines")), f.Get("source"))
	}
	defer file.Close()
	return desk.ReadCalendar(file, f.Get("source"))
}

// showMails answers /desk/settings/mails.
func (s *site) showMails(r *http.Request, v *View) (*answer, error) {
	b, err := s.desk.MailBoard(r.Context(), v.Who)
	return &answer{page: "mails", data: b}, err
}

// retryMail answers POST /desk/settings/mails.
func (s *site) retryMail(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(f.Get("id"), 10, 64)
	if err := s.desk.RetryMail(r.Context(), v.Who, id); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/settings/mails", flash: v.text("mails.retried")}, nil
}

// driftPage is the data of the page "drifts".
type driftPage struct {
	Drifts []desk.Drift
	Name   rules
}

// showDrifts answers /desk/boards/clocks: which running clocks would end on
// another day, were they started under the settings and the calendar of today.
func (s *site) showDrifts(r *http.Request, v *View) (*answer, error) {
	found, err := s.desk.Drifts(r.Context(), v.Who)
	return &answer{page: "drifts", data: &driftPage{found, s.rules(v)}}, err
}

// Days counts days between two.
func (p *driftPage) Days(a, b registry.Day) int { return int(b) - int(a) }
