package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"jieming/registry"
)

// call is one request with what an operation needs to answer it.
type call struct {
	*server
	w    http.ResponseWriter
	r    *http.Request
	op   *huma.Operation
	base string // origin for links, without a slash at its end
}

func (c *call) ctx() context.Context { return c.r.Context() }

// input is the set of parameters of an operation about a moment. parse reads
// them all and joins what is wrong with each; asked is the instant they name.
type input interface {
	parse(now time.Time) error
	asked() question
}

// noInput is the set of parameters of an operation that has none.
type noInput struct{}

// handle registers an operation. Huma decodes the parameters as text and
// writes the OpenAPI document; the rest is ours.
func handle[I any](s *server, op huma.Operation, f func(*call, *I) error) {
	op.Method, op.SkipValidateParams = http.MethodGet, true
	huma.Register(s.api, op, func(_ context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			r, w := humachi.Unwrap(hc)
			c := &call{server: s, w: w, r: r, op: hc.Operation(), base: s.base(r)}
			err := checkQuery(r.URL, c.op)
			if err == nil {
				err = f(c, in)
			}
			if err != nil {
				WriteProblem(w, r, s.Log, err)
			}
		}}, nil
	})
}

// plain registers an operation whose answer rests on no publication.
func plain[I, B any](s *server, op huma.Operation, f func(*call, *I) (*B, error)) {
	describe[B](s, &op, "application/json")
	handle(s, op, func(c *call, in *I) error {
		body, err := f(c, in)
		if err != nil {
			return err
		}
		c.w.Header().Set("Cache-Control", "public, max-age=300")
		return c.write("application/json", body)
	})
}

// at registers an operation about a moment that writes its own answer.
// dated tells whether the answer is about one day.
func at[I any, P interface {
	*I
	input
}](s *server, op huma.Operation, dated bool, f func(*call, *moment, P) error) {
	describeMoment(&op, dated)
	handle(s, op, func(c *call, in *I) error {
		if err := P(in).parse(s.Now()); err != nil {
			return err
		}
		m, err := fix(c.ctx(), s.reg, P(in).asked())
		if err != nil {
			return err
		}
		m.begins = s.RecordBegins
		if m.announce(c, dated) {
			notModified(c.w)
			return nil
		}
		return f(c, m, in)
	})
}

// onDay registers an operation about one day that answers with one body.
func onDay[I, B any, P interface {
	*I
	input
}](s *server, op huma.Operation, f func(*call, *moment, P) (*B, error)) {
	answerWith(s, op, true, "application/json", f)
}

// onLife registers an operation about all days that answers with one body.
func onLife[I, B any, P interface {
	*I
	input
}](s *server, op huma.Operation, f func(*call, *moment, P) (*B, error)) {
	answerWith(s, op, false, "application/json", f)
}

func answerWith[I, B any, P interface {
	*I
	input
}](s *server, op huma.Operation, dated bool, contentType string, f func(*call, *moment, P) (*B, error)) {
	describe[B](s, &op, contentType)
	at(s, op, dated, func(c *call, m *moment, in P) error {
		body, err := f(c, m, in)
		if err != nil {
			return err
		}
		return c.write(contentType, body)
	})
}

// write sends a body whose size is known to be modest.
func (c *call) write(contentType string, body any) error {
	var b bytes.Buffer
	if err := encodeJSON(&b, body); err != nil {
		return fmt.Errorf("encoding answer: %w", err)
	}
	c.w.Header().Set("Content-Type", contentType)
	// A client that is gone cannot be told so.
	_, _ = c.w.Write(b.Bytes())
	return nil
}

// checkQuery refuses parameters that the operation does not have, those given
// twice, of which it would be a guess which one is meant, and empty ones, so that
// a value that got lost is not taken for none.
func checkQuery(u *url.URL, op *huma.Operation) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return registry.Invalid("query", "cannot be read; escape special characters with % and separate parameters with &")
	}
	known := queryNames(op)
	var wrong []error
	for _, name := range sortedNames(query) {
		switch {
		case !slices.Contains(known, name):
			wrong = append(wrong, registry.Invalid(shorten(name), "is not a parameter of this address; "+listOf(known)))
		case len(query[name]) > 1:
			wrong = append(wrong, registry.Invalid(name, fmt.Sprintf("is given %d times; give it once", len(query[name]))))
		case query[name][0] == "":
			wrong = append(wrong, registry.Invalid(name, "is empty; give it a value or leave it out"))
		}
	}
	return errors.Join(wrong...)
}

func queryNames(op *huma.Operation) (names []string) {
	for _, p := range op.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return names
}

func listOf(known []string) string {
	if len(known) == 0 {
		return "it has none"
	}
	return "it knows " + strings.Join(known, ", ")
}

func sortedNames(query url.Values) []string {
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shorten cuts text that a client sent, for messages.
func shorten(s string) string { return strings.ToValidUTF8(fmt.Sprintf("%.60s", s), "�") }

// base is the origin for links.
func (s *server) base(r *http.Request) string {
	if s.BaseURL != "" {
		return strings.TrimRight(s.BaseURL, "/")
	}
	return Origin(r)
}

// Origin is where a request reached this service, such as
// https://jieming.example, without a slash at its end.
func Origin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
