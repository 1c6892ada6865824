package web

import (
	"io/fs"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"jieming/registry/desk"
)

func TestHelp_every_page_has_a_topic(t *testing.T) {
	pages, err := fs.Glob(templateFiles, "templates/[a-z]*.html")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, p := range pages {
		name := strings.TrimSuffix(path.Base(p), ".html")
		known[name] = true
		if topicOf(name) == nil {
			t.Errorf("%s: no topic of web/help.go explains this page", p)
		}
	}
	for _, x := range topics {
		for _, p := range x.Pages {
			if !known[p] {
				t.Errorf("topic %s explains a page %s that there is not", x.Name, p)
			}
		}
		if owner := topicNamed(x.Name); owner.Group != x.Group {
			t.Errorf("there are two topics %s", x.Name)
		}
	}
	for _, lang := range Languages {
		files, err := os.ReadDir("help/" + lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if topicNamed(strings.TrimSuffix(f.Name(), ".md")) == nil {
				t.Errorf("help/%s/%s belongs to no topic", lang, f.Name())
			}
		}
	}
}

// The languages say the same: the same headings and steps, and the same labels.
func TestHelp_languages_say_the_same(t *testing.T) {
	shape := func(lang, name string) (marks, keys []string) {
		data, err := os.ReadFile("help/" + lang + "/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			kind, _ := blockOf(strings.TrimSpace(line))
			if kind != "" {
				marks = append(marks, kind)
			}
		}
		for _, m := range labels.FindAllStringSubmatch(string(data), -1) {
			keys = append(keys, m[1])
		}
		slices.Sort(keys)
		return marks, keys
	}
	for _, x := range topics {
		zh, zhKeys := shape("zh", x.Name)
		en, enKeys := shape("en", x.Name)
		if !slices.Equal(zh, en) {
			t.Errorf("%s: blocks %v in Chinese, %v in English", x.Name, zh, en)
		}
		if !slices.Equal(slices.Compact(zhKeys), slices.Compact(enKeys)) {
			t.Errorf("%s: labels %v in Chinese, %v in English", x.Name, zhKeys, enKeys)
		}
	}
}

// Links lead to pages that there are, and what looks like a label is one.
func TestHelp_links_and_labels_hold(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	link := regexp.MustCompile(`href="([^"]+)"`)
	quoted := regexp.MustCompile(`<strong>[“「]([^<]+)[”」]</strong>`)
	for lang, texts := range x.site.help {
		all := map[string]bool{}
		for _, text := range x.site.catalogs[lang].texts {
			all[text] = true
		}
		for _, topic := range texts {
			for _, m := range link.FindAllStringSubmatch(string(topic.HTML), -1) {
				if strings.HasPrefix(m[1], "https://") {
					continue
				}
				at, _, _ := strings.Cut(m[1], "#")
				if !routed(x.site.root, at) {
					t.Errorf("help/%s/%s.md: nothing is at %s", lang, topic.Name, m[1])
				}
				name := path.Base(at)
				if strings.Contains(at, "/help/") && name != "all" && (topicNamed(name) == nil || topicNamed(name).Path() != at) {
					t.Errorf("help/%s/%s.md: no topic at %s", lang, topic.Name, m[1])
				}
			}
			for _, m := range quoted.FindAllStringSubmatch(string(topic.HTML), -1) {
				if !all[strings.ReplaceAll(strings.ReplaceAll(m[1], "&#34;", `"`), "&#39;", "'")] {
					t.Errorf("help/%s/%s.md: no button or heading is called %q", lang, topic.Name, m[1])
				}
			}
			if strings.Contains(string(topic.HTML), "{help") || topic.Title == "" || topic.Lead == "" {
				t.Errorf("help/%s/%s.md is not well formed", lang, topic.Name)
			}
		}
	}
}

// Each page leads to help that is there, for whoever sees the page.
func TestHelp_is_reached_from_every_page(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	roles := map[string][]desk.Role{"worker": nil, "security": {desk.SecurityAdmin}, "system": {desk.SystemAdmin}}
	for _, r := range desk.Rights().Roles {
		if !r.Administrator && r.Role != desk.Department {
			roles["worker"] = append(roles["worker"], r.Role)
		}
	}
	links, link := map[string]bool{}, regexp.MustCompile(`href="(/[^"]*)"`)
	for _, text := range x.site.help["zh"] {
		for _, m := range link.FindAllStringSubmatch(string(text.HTML), -1) {
			links[m[1]] = false
		}
	}
	for login, held := range roles {
		x.person(t, login, held...)
		b := x.browser(t)
		b.enter(login)
		seen := 0
		err := chi.Walk(x.site.root, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			if method != http.MethodGet || strings.ContainsAny(route, "{*.") || route == "/embed" || route == "/panel" {
				return nil
			}
			status, body := b.open(route)
			if status != http.StatusOK || !strings.HasPrefix(strings.ToLower(body), "<!doctype html") {
				return nil
			}
			seen++
			m := helpLink.FindStringSubmatch(body)
			if m == nil {
				t.Errorf("%s as %s: no link to help", route, login)
				return nil
			}
			if status, body := b.open(m[1]); status != http.StatusOK || !strings.Contains(body, `class="helptext"`) {
				t.Errorf("%s as %s: its help %s answers %d", route, login, m[1], status)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if seen < 20 {
			t.Errorf("%s was shown %d pages", login, seen)
		}
		for address, fine := range links {
			if !fine {
				status, _ := b.open(address)
				links[address] = status == http.StatusOK
			}
		}
	}
	for address, fine := range links {
		if !fine {
			t.Errorf("help leads to %s, which answers nobody", address)
		}
	}
}

var helpLink = regexp.MustCompile(`class="helplink" href="([^"]+)"`)

func TestHelp_finds_words_and_keeps_the_desk_to_the_desk(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	b := x.browser(t)
	_, body := b.open("/help?q=审图号+比例尺&lang=zh")
	if !strings.Contains(body, "/help/print") || strings.Contains(body, "/desk/help/release") {
		t.Error("the public search of help does not find what it should, or more")
	}
	if _, body := b.open("/help?q=none-of-this"); !strings.Contains(body, x.site.catalogs["zh"].text("help.none")) {
		t.Error("nothing found is not said")
	}
	if status, _ := b.open("/help/case"); status != http.StatusNotFound {
		t.Errorf("help of the desk is public: %d", status)
	}
	b.open("/desk/help/case")
	if !strings.Contains(b.at, "/login") {
		t.Errorf("help of the desk without signing in leads to %s", b.at)
	}
	x.person(t, "somebody", desk.Supervisor)
	b.enter("somebody")
	if _, body := b.open("/desk/help?q=审图号"); !strings.Contains(body, "/desk/help/release") || !strings.Contains(body, "/help/print") {
		t.Error("the desk's search of help does not find both")
	}
	if _, body := b.open("/desk/help/case"); !strings.Contains(body, x.site.catalogs["zh"].text("help.mine")) {
		t.Error("help does not say what the reader may do")
	}
	if status, body := b.open("/desk/help/all"); status != http.StatusOK || strings.Count(body, "<article") != len(topics) {
		t.Errorf("the whole help has %d topics", strings.Count(body, "<article"))
	}
}
