package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jieming/registry/api"
	"jieming/registry/desk"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
)

func TestBearer(t *testing.T) {
	ctx := context.Background()
	store, err := postgres.Open(ctx, pgtest.App(t, pgtest.New(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	d := desk.New(desk.Options{Store: store, Policy: desk.Policy{Cost: desk.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}})
	id, _, err := d.MakeAccount(ctx, desk.Operator(), desk.Account{Login: "zhang", Name: "张"}, "")
	if err != nil {
		t.Fatal(err)
	}
	token, err := d.MakeToken(ctx, &desk.Principal{Account: id, Login: "zhang"}, "script", []string{"case"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	h := api.Bearer(d, func(*http.Request) desk.Client { return desk.Client{} }, slog.New(slog.DiscardHandler))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if who := api.Who(r.Context()); who != nil {
			_, _ = w.Write([]byte(who.Login))
		}
	}))
	for _, c := range []struct {
		header, body string
		status       int
	}{
		{"", "", 200},
		{"Bearer " + token, "zhang", 200},
		{"bearer  " + token, "zhang", 200},
		{"Bearer " + token + "x", "token-not-in-force", 401},
		{"Bearer", "token-not-in-force", 401},
		{"Basic emhhbmc6eA==", "token-not-in-force", 401},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) || c.body == "" && w.Body.Len() > 0 {
			t.Errorf("%.20s…: status %d, %s", c.header, w.Code, w.Body)
		}
		if c.header != "" && (!strings.Contains(w.Header().Get("Cache-Control"), "no-store") || w.Header().Get("Vary") != "Authorization") {
			t.Errorf("%.20s…: headers %v", c.header, w.Header())
		}
		if c.status == 401 && w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%.20s…: no WWW-Authenticate", c.header)
		}
		if strings.Contains(w.Body.String(), "jm_") {
			t.Error("the answer repeats the token")
		}
	}
}
