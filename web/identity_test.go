package web

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"jieming/registry/desk"
	"jieming/web/oidctest"
)

// atProvider follows the page that leads to the provider, signs in there, and
// returns where the provider sends the browser back to.
func (b *browser) atProvider(body string) string {
	b.t.Helper()
	m := regexp.MustCompile(`content="0; url=([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		b.t.Fatalf("no way to the provider: %s", body)
	}
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), b.home) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	defer func() { b.CheckRedirect = nil }()
	r, err := http.NewRequest(http.MethodGet, html.UnescapeString(m[1]), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	_, page := b.send(r)
	id := hidden(b.t, page, "id")
	form := url.Values{"id": {id}, "username": {oidctest.User}, "password": {oidctest.Password}}
	here, err := url.Parse(b.at)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := b.PostForm(here.Scheme+"://"+here.Host+"/login/username", form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	back := answer.Header.Get("Location")
	if !strings.HasPrefix(back, b.home+"/login/callback?") {
		b.t.Fatalf("the provider leads to %q", back)
	}
	b.at = ""
	return strings.TrimPrefix(back, b.home)
}

func TestIdentity_at_a_real_provider(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{Provider: &Provider{Issuer: "to be known", Name: "统一身份"}})
	x.site.identities.Provider = Provider{Issuer: oidctest.Start(t, x.URL+"/login/callback"), ClientID: oidctest.ClientID, Secret: oidctest.Secret, Name: "统一身份"}
	zhang := x.person(t, "zhang", desk.Supervisor)
	x.person(t, oidctest.User, "LEADER") // of the same name, and nobody's business

	// A stranger to us is refused, and the page says what to do.
	stranger := x.browser(t)
	_, body := stranger.open("/login")
	if !strings.Contains(body, "用统一身份登录") {
		t.Fatal("the provider is not offered")
	}
	_, body = stranger.post("/login/provider", "next", "/desk/me")
	status, body := stranger.open(stranger.atProvider(body))
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "尚未关联账号") {
		t.Fatalf("status %d: an identity that is not linked signs in: %s", status, body)
	}

	// Linked by the person, signed in.
	b := x.browser(t)
	b.enter("zhang")
	b.open("/desk/me")
	_, body = b.post("/desk/me/identity")
	if _, body = b.open(b.atProvider(body)); !strings.HasSuffix(b.at, "/desk/me") || !strings.Contains(body, "已办理") {
		t.Fatalf("linking ends at %s", b.at)
	}
	list, err := x.desk.Identities(context.Background(), desk.Operator(), zhang)
	if err != nil || len(list) != 1 || list[0].Issuer != x.site.identities.Issuer || list[0].Subject == oidctest.User {
		t.Fatalf("linked %+v, error %v", list, err)
	}
	b.post("/logout")
	_, body = b.post("/login/provider", "next", "/desk/me/tokens")
	back := b.atProvider(body)
	if _, body = b.open(back); !strings.HasSuffix(b.at, "/desk/me/tokens") || !strings.Contains(body, "zhang") {
		t.Fatalf("signed in at %s", b.at)
	}
	b.post("/logout")
	if status, _ := b.open(back); status != http.StatusBadRequest {
		t.Errorf("the same answer of the provider twice: status %d", status)
	}

	// An answer that another browser asked for is refused, and so is one of another time.
	_, body = b.post("/login/provider", "next", "/desk")
	back = b.atProvider(body)
	if status, _ := x.browser(t).open(back); status != http.StatusBadRequest {
		t.Errorf("in another browser: status %d", status)
	}
	if status, _ := b.open(regexp.MustCompile(`state=[^&]+`).ReplaceAllString(back, "state=x")); status != http.StatusBadRequest {
		t.Errorf("with another state: status %d", status)
	}
	x.now = x.now.Add(11 * time.Minute)
	if status, _ := b.open(back); status != http.StatusBadRequest {
		t.Errorf("after eleven minutes: status %d", status)
	}
	x.now = x.now.Add(-11 * time.Minute)

	// A disabled account stays out, whoever vouches for it.
	if err := x.desk.DisableAccount(context.Background(), desk.Operator(), zhang, true, "test"); err != nil {
		t.Fatal(err)
	}
	_, body = b.post("/login/provider", "next", "/desk")
	if status, _ := b.open(b.atProvider(body)); status != http.StatusUnprocessableEntity {
		t.Errorf("a disabled account: status %d", status)
	}
}

func TestIdentity_when_the_provider_is_away(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{Provider: &Provider{Issuer: "http://127.0.0.1:1/", ClientID: "web"}})
	x.person(t, "zhang")
	b := x.browser(t)
	if status, _ := b.post("/login/provider"); status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
	b.enter("zhang")
}
