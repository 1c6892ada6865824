package main

import (
	"net/http"
	"net/url"
	"strings"
)

// trainingHeader marks every answer of a training space.
const trainingHeader = "Jieming-Training"

// drill is what every request to a training space passes: all of it is marked,
// and shown to people of the desk only, because what is released there may be
// real and not public.
func (a *app) drill(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(trainingHeader, "1")
		w.Header().Set("X-Robots-Tag", "noindex")
		if !openInTraining(r.URL.Path) && !a.admits(r) {
			if r.Method == http.MethodGet && readsPages(r) {
				w.Header().Set("Cache-Control", "no-store")
				http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
				return
			}
			w.Header().Set("WWW-Authenticate", `Bearer realm="jieming training"`)
			problem(w, http.StatusUnauthorized, "This is a training space: sign in, or send a token made in it.")
			return
		}
		next.ServeHTTP(&drillWriter{ResponseWriter: w}, r)
	})
}

// openInTraining lists what is shown to who has not signed in: the way in, what
// pages look like, how the server is, and what has a secret of its own.
func openInTraining(path string) bool {
	switch path {
	case "/login", "/logout", "/healthz", "/readyz", "/metrics", "/favicon.ico", "/desk/calendar.ics":
		return true
	}
	// The desk asks by itself who somebody is, and keeps a form that was sent after
	// a session had ended.
	return strings.HasPrefix(path, "/login/") || strings.HasPrefix(path, "/assets/") || path == "/desk" || strings.HasPrefix(path, "/desk/")
}

// admits reports whether somebody who signed in asks, or a program with a token.
func (a *app) admits(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		who, err := a.desk.Bearer(r.Context(), strings.TrimSpace(token), a.clientOf(r))
		return err == nil && who != nil
	}
	who, err := a.visitor(r)
	return err == nil && who != nil
}

// drillWriter marks the names of files that are downloaded.
type drillWriter struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader implements http.ResponseWriter.
func (w *drillWriter) WriteHeader(status int) {
	if !w.begun {
		w.begun = status >= 200
		if name := w.Header().Get("Content-Disposition"); name != "" {
			w.Header().Set("Content-Disposition", drillNames.Replace(name))
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *drillWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is below.
func (w *drillWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// drillNames puts a mark before file names, which stand in quotes or, with
// letters other than ASCII, encoded.
var drillNames = strings.NewReplacer(`filename="`, `filename="training-`, `filename*=UTF-8''`, `filename*=UTF-8''%E6%BC%94%E7%BB%83-`)
