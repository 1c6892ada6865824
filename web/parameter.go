package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"jieming/registry"
)

// refusal says why a page does not take a parameter, in words of the catalogue.
type refusal struct {
	field string // as the reader wrote it
	key   string // the end of a key of the catalogue under "problem.why."
	args  []any  // what the text has gaps for
}

func refuse(key string, args ...any) *refusal { return &refusal{key: key, args: args} }

func (e *refusal) Error() string { return fmt.Sprint(e.field, ": ", e.key, e.args) }

// Unwrap makes it an error of the kind of bad input.
func (e *refusal) Unwrap() error { return registry.Invalid(e.field, e.key) }

// in is the reason in a language.
func (e *refusal) in(c *catalog) string {
	key := "problem.why." + e.key
	return c.text(key, e.args...)
}

// short are the parameters that may be written short in links that people type,
// by the name they stand for.
var short = map[string]string{"t": "datetime", "sel": "unit"}

// parameters are all parameters of the pages, each with what checks a value.
// Every page takes them all, because links and forms carry along what the
// reader had chosen elsewhere.
var parameters = map[string]func(string) *refusal{
	"datetime":       checkDay,
	"t":              checkDay,
	"t2":             checkDay,
	"recorded-as-of": checkTime,
	"unit":           checkUnit,
	"sel":            checkUnit,
	"here":           checkPoint,
	"bbox":           checkBox,
	"layers":         checkLayers,
	"compare":        among("swipe", "blink"),
	"lang":           among(Languages...),
	"paper":          func(text string) *refusal { return among("a0", "a1", "a2", "a3", "a4")(strings.ToLower(text)) },
	"orientation":    among("landscape", "portrait"),
	"area":           among("all", "unit", "view"),
	"names":          among("all", "prefectures"),
	"changes":        among("yes", "no"),
	"q":              checkText,
	"generic":        checkText,
	"kind":           among("unit", "village", "place"),
	"level":          among("province", "prefecture", "county", "township", "village"),
	"year":           checkYear,
}

// decoration is what apps hang on the links that people share.
var decoration = regexp.MustCompile(`^(utm_\w+|fbclid|gclid|msclkid|spm|from|isappinstalled|nsukey)$`)

// check refuses parameters that no page has, and values that no page takes. An
// empty value is as good as none: forms send it.
func check(q url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		why := (*refusal)(nil)
		valid, known := parameters[name]
		switch {
		case decoration.MatchString(name):
			continue
		case name == "case":
			why = refuse("draft")
		case !known:
			why = refuse("unknown", "allowed", strings.Join(slices.Sorted(maps.Keys(parameters)), " "))
		case len(q[name]) > 1:
			why = refuse("twice")
		case q.Get(name) != "":
			why = valid(q.Get(name))
		}
		if why != nil {
			why.field = shown(name)
			return why
		}
	}
	return nil
}

// shown is a text of the reader's, cut to what an error has room for.
func shown(text string) string {
	const most = 60
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

func among(allowed ...string) func(string) *refusal {
	return func(text string) *refusal {
		if slices.Contains(allowed, text) {
			return nil
		}
		return refuse("choice", "allowed", strings.Join(allowed, " "), "given", shown(text))
	}
}

// unless refuses a value, with the reason, if reading it has failed.
func unless(err error, key, text string) *refusal {
	if err == nil {
		return nil
	}
	return refuse(key, "given", shown(text))
}

func checkDay(text string) *refusal {
	_, err := registry.ParseDay(text)
	return unless(err, "date", text)
}

func checkTime(text string) *refusal {
	_, err := parseTime(text)
	return unless(err, "time", text)
}

func checkPoint(text string) *refusal {
	_, err := parsePoint("here", text)
	return unless(err, "point", text)
}

func checkBox(text string) *refusal {
	_, err := parseBox("bbox", text)
	return unless(err, "box", text)
}

func checkUnit(text string) *refusal {
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 {
		return nil
	}
	return refuse("unit", "given", shown(text))
}

func checkYear(text string) *refusal {
	if year, err := strconv.Atoi(text); err == nil && year >= 1 && year <= 9999 {
		return nil
	}
	return refuse("year", "given", shown(text))
}

func checkText(text string) *refusal {
	if n := utf8.RuneCountInString(strings.TrimSpace(text)); n > registry.LongestSearch {
		return refuse("long", "n", n, "most", registry.LongestSearch)
	}
	return nil
}

func checkLayers(text string) *refusal {
	for layer := range strings.SplitSeq(text, ",") {
		if why := among("fill", "hatch", "label", "roman", "place")(layer); why != nil {
			return why
		}
	}
	return nil
}

// inFull is an address with its parameters in full and without decoration, so
// that each state has one address; changed tells whether it was not so before.
func inFull(u *url.URL) (full *url.URL, changed bool) {
	q := u.Query()
	for name := range q {
		long, isShort := short[name]
		if !isShort && !decoration.MatchString(name) {
			continue
		}
		if isShort && !q.Has(long) {
			q.Set(long, q.Get(name))
		}
		q.Del(name)
		changed = true
	}
	if !changed {
		return u, false
	}
	out := *u
	out.RawQuery = q.Encode()
	return &out, true
}

// redirected sends a reader of a page that is meant to be linked to its address
// in full. What is wrong in the address is said first, as it was written.
func redirected(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		full, changed := inFull(r.URL)
		if !changed || check(r.URL.Query()) != nil {
			next(w, r)
			return
		}
		http.Redirect(w, r, full.RequestURI(), http.StatusFound)
	}
}
