package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"

	"jieming/registry/export"
)

// requestID is the key of the request's id in its context.
type requestID struct{}

// identify gives each request an id, which the log and the answer carry. One
// that a proxy in front has given is kept if it is short and plain.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !plain(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestID{}, id)))
	})
}

func plain(id string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	return id != "" && len(id) <= 64 && strings.Trim(id, letters) == ""
}

// observe logs and measures each request. It logs the path without the query,
// and no header but the user agent: those may hold secrets.
func (a *app) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		answer := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			took, status, route := time.Since(begun), answer.Status(), pattern(r)
			if status == 0 {
				status = http.StatusOK // the handler wrote nothing
			}
			a.metrics.record(r.Method, route, status, took)
			id, _ := r.Context().Value(requestID{}).(string)
			a.log.LogAttrs(r.Context(), level(status), "request",
				slog.String("id", id), slog.String("method", r.Method), slog.String("route", route),
				slog.String("path", r.URL.Path), slog.Int("status", status), slog.Int("bytes", answer.BytesWritten()),
				slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("agent", r.UserAgent()))
		}()
		next.ServeHTTP(answer, r)
	})
}

// pattern is the route a request was answered by, such as /id/unit/{id}: what
// requests are counted by, since paths have no end.
func pattern(r *http.Request) string {
	if p := chi.RouteContext(r.Context()).RoutePattern(); p != "" {
		return p
	}
	return "unmatched"
}

func level(status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// recovered turns a panic into a logged 500.
func (a *app) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler: // how a handler breaks off an answer
				panic(cause)
			default:
				id, _ := r.Context().Value(requestID{}).(string)
				a.log.Error("panic", "id", id, "cause", cause, "stack", string(debug.Stack()))
				if answer, ok := w.(middleware.WrapResponseWriter); ok && answer.Status() != 0 {
					panic(http.ErrAbortHandler) // half an answer must not pass for a whole one
				}
				problem(w, http.StatusInternalServerError, "The server failed; the log has the details under this request's id.")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// policy lets a page load nothing that this server doesn't serve. The map
// draws images from blobs and runs its worker from one.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets the headers that narrow what a browser does with an answer.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses writes that a browser sends for another site's page.
func sameOrigin() func(http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "A page of another site may not change anything here.")
	}))
	return protection.Handler
}

// compress compresses answers of more than 1 KiB that are not compressed yet. A
// compressed answer has an ETag of its own: a download that breaks off in one
// form must not be continued in the other.
func compress() func(http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.ContentTypeFilter(compressible), gzhttp.SuffixETag("-gzip"))
	if err != nil {
		panic(err) // wrong options
	}
	return func(next http.Handler) http.Handler {
		return wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for i, tags := range r.Header["If-None-Match"] {
				r.Header["If-None-Match"][i] = plainTags.Replace(tags)
			}
			next.ServeHTTP(w, r)
		}))
	}
}

// plainTags makes of ETags of compressed answers those that handlers know.
var plainTags = strings.NewReplacer(`-gzip"`, `"`, `-zstd"`, `"`)

// compressible leaves out what is compressed, and databases: those are large, and
// worth more with their length known and in parts.
func compressible(contentType string) bool {
	switch contentType {
	case export.GeoPackage.MediaType(), export.PMTiles.MediaType():
		return false
	}
	return gzhttp.DefaultContentTypeFilter(contentType)
}

// deadline bounds the work on each request.
func deadline(d time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// problem answers with problem details (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The status is sent; a client that went away misses the rest.
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail,
	})
}
