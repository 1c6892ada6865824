package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"jieming/registry/desk"
)

// Every page of a training space says that it is one, and leads back, whoever
// reads it and whatever it is: also what is not found.
func TestTraining_isMarkedOnEveryPage(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{Training: true, Beside: ":8080"})
	x.person(t, "boss", desk.Supervisor, desk.DivisionEditor, "SECRECY_OFFICER")
	x.person(t, "system", desk.SystemAdmin)
	x.person(t, "security", desk.SecurityAdmin)
	people := []*browser{x.browser(t)}
	for _, login := range []string{"boss", "system", "security"} {
		b := x.browser(t)
		b.enter(login)
		people = append(people, b)
	}
	parts := regexp.MustCompile(`^/panel$|^/assets/|/\*$`) // of pages, and files
	pages := 0
	err := chi.Walk(x.site.root.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method != http.MethodGet || parts.MatchString(route) {
			return nil
		}
		address := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(route, "1")
		for _, b := range people {
			r, err := http.NewRequest(method, x.URL+address, nil)
			if err != nil {
				return err
			}
			answer, err := b.Do(r)
			if err != nil {
				return err
			}
			body, err := io.ReadAll(answer.Body)
			if answer.Body.Close(); err != nil {
				return err
			}
			text := string(body)
			if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
				continue
			}
			pages++
			if !strings.Contains(text, `class="drill"`) || !strings.Contains(text, `href="http://127.0.0.1:8080/desk"`) {
				t.Errorf("%s (%d) is not marked: %.200s", address, answer.StatusCode, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages < 100 {
		t.Errorf("only %d pages were read", pages)
	}
}

// The pages of a registry are not marked, and lead to its training space.
func TestTraining_isOpenedFromTheDesk(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{Beside: "https://drill.example/"})
	x.person(t, "leader", "LEADER")
	b := x.browser(t)
	b.enter("leader")
	for _, path := range []string{"/desk", "/desk/training", "/"} {
		_, text := b.open(path)
		if strings.Contains(text, `class="drill"`) || strings.HasPrefix(path, "/desk") && !strings.Contains(text, `href="https://drill.example/desk"`) {
			t.Errorf("%s: %.300s", path, text)
		}
	}
	if _, text := b.open("/desk/training"); strings.Contains(text, `action="/desk/training"`) {
		t.Error("a leader is offered to make it")
	}
	if status, _ := b.post("/desk/training", "lose", "yes"); status != http.StatusForbidden {
		t.Errorf("a leader makes it: %d", status)
	}
}

func TestAddressBeside(t *testing.T) {
	for _, c := range []struct{ host, beside, want string }{
		{"127.0.0.1:8080", ":8081", "http://127.0.0.1:8081"},
		{"registry.example", ":8081", "http://registry.example:8081"},
		{"[::1]:8080", ":8081", "http://[::1]:8081"},
		{"[::1]", ":8081", "http://[::1]:8081"},
		{"127.0.0.1:8080", "https://drill.example/", "https://drill.example"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = c.host
		if got := AddressBeside(r, c.beside); got != c.want {
			t.Errorf("%s beside %s: %s, want %s", c.beside, c.host, got, c.want)
		}
	}
}
