package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"jieming/registry"
	"jieming/registry/desk"
)

// principalKey is the key of the principal in the context of a request.
type principalKey struct{}

// Who is for whom a request acts; nil for the public.
func Who(ctx context.Context) *desk.Principal {
	who, _ := ctx.Value(principalKey{}).(*desk.Principal)
	return who
}

// Bearer lets programs act for people with their tokens (Authorization: Bearer
// jm_…). A request without a token is one of the public; one with a token that
// is not, or no longer, in force is refused with 401, so that nobody takes the
// public answer for theirs. What a token gets is kept by no shared cache.
func Bearer(d *desk.Desk, client func(*http.Request) desk.Client, log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			if scheme == "" {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Cache-Control", "private, no-store")
			w.Header().Add("Vary", "Authorization")
			var who *desk.Principal
			var err error
			if strings.EqualFold(scheme, "Bearer") {
				who, err = d.Bearer(r.Context(), strings.TrimSpace(token), client(r))
			}
			if err == nil && who == nil {
				w.Header().Set("WWW-Authenticate", `Bearer realm="jieming", error="invalid_token"`)
				err = &registry.Error{Kind: kindToken, Message: "this token is not in force: it is wrong, expired or revoked"}
			}
			if err != nil {
				WriteProblem(w, r, log, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), principalKey{}, who)))
		})
	}
}
