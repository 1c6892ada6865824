package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"jieming/registry"
	"jieming/registry/roman"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates are the pages in one language, by name.
type templates struct{ byName map[string]*template.Template }

// readTemplates parses every page with the layout and the shared pieces
// (files whose names begin with "_"), once per language.
func readTemplates(catalogs map[string]*catalog, files *assets) (map[string]*templates, error) {
	pages, err := fs.Glob(templateFiles, "templates/[a-z]*.html")
	if err != nil {
		return nil, err
	}
	out := map[string]*templates{}
	for lang, texts := range catalogs {
		set := &templates{byName: map[string]*template.Template{}}
		for _, page := range pages {
			t, err := template.New("layout").Funcs(functions(texts, files)).
				ParseFS(templateFiles, "templates/_*.html", page)
			if err != nil {
				return nil, fmt.Errorf("parsing page %s: %w", page, err)
			}
			set.byName[strings.TrimSuffix(path.Base(page), ".html")] = t
		}
		out[lang] = set
	}
	return out, nil
}

// functions are what templates can call.
func functions(texts *catalog, files *assets) template.FuncMap {
	return template.FuncMap{
		"t":      texts.text,
		"has":    texts.has,
		"day":    texts.day,
		"dated":  texts.dated,
		"period": texts.period,
		"km2":    km2,
		"km":     km,
		"share":  share,
		"code":   shortCode,
		"asset":  files.path,
		"json":   asJSON,
		"texts":  texts.under,
		"note":   texts.note,
		"dict":   dict,
		"keys":   keys,
		"roman":  roman.Display,
		"named":  texts.named,
		"pinyin": texts.pinyin,
		"time":   texts.time,
		"agent":  agent,
		"mark":   reachMark,
		"known":  func(d registry.Day) bool { return d != registry.NoStart && d != registry.NoEnd },
	}
}

// dict makes a map of names and values for a shared piece of a page.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d arguments are not pairs", len(pairs))
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		out[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return out, nil
}

func asJSON(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}

// answer is what a page handler returns: a page by name, or a body.
type answer struct {
	page string // the template, e.g. "unit"
	part string // the block of it to send; "" sends the whole page
	data any    // for the template, as .Page
	body []byte // instead of a page
	mime string
	name string // file name for a download; "" shows it

	framed bool // other sites may show it in a frame

	status   int       // of a page of the desk; 0 is 200
	until    time.Time // of one with status 429: from when on to try again
	redirect string    // of the desk: where to go instead, with GET
	flash    string    // what the page after the redirect says
	refresh  int       // of the desk: seconds after which the browser asks again; 0 for never
	session  string    // the new secret of the session, if it was changed
	cookie   *http.Cookie
}

// handler makes the answer to a view.
type handler func(r *http.Request, v *View) (*answer, error)

// page adapts a handler: it reads the view, and writes the answer or the error
// in the reader's language. Errors are logged here and nowhere else.
func (s *site) page(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		texts := s.catalogs[languageOf(w, r)]
		v, err := s.view(r.Context(), r, texts)
		if err != nil {
			s.fail(w, r, v, err)
			return
		}
		r = r.WithContext(r.Context()) // a copy, since its address is put in full
		r.URL = v.URL
		a, err := h(r, v)
		if err == nil && a.body == nil {
			a.body, err = s.render(a, v)
			a.mime = "text/html; charset=utf-8"
		}
		if err != nil {
			s.fail(w, r, v, err)
			return
		}
		write(w, r, a)
	}
}

// render makes a page, whole, before anything is sent.
func (s *site) render(a *answer, v *View) ([]byte, error) {
	t := s.pages[v.Lang].byName[a.page]
	if t == nil {
		return nil, fmt.Errorf("rendering: no page %q", a.page)
	}
	part := a.part
	switch {
	case part != "":
	case v.Who.Known():
		part = "desk"
	default:
		part = "layout"
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, part, map[string]any{"View": v, "Page": a.data, "Name": a.page}); err != nil {
		return nil, fmt.Errorf("rendering page %s: %w", a.page, err)
	}
	return out.Bytes(), nil
}

// write sends an answer with a validator, so that a page that hasn't changed
// isn't sent twice.
func write(w http.ResponseWriter, r *http.Request, a *answer) {
	sum := sha256.Sum256(a.body)
	etag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Content-Type", a.mime)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", etag)
	if a.name != "" {
		h.Set("Content-Disposition", `attachment; filename="`+a.name+`"`)
	}
	if a.framed {
		frameable(h)
	}
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(a.body) // the server leaves it out for HEAD; a reader that went away misses the rest
}
