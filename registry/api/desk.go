package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// DeskOptions are what the API of the desk needs besides the desk.
type DeskOptions struct {
	// Authenticate finds out who asks, nil for nobody. Tokens are looked at
	// before (see [Bearer]), so it is for the sessions of browsers.
	Authenticate func(*http.Request) (*desk.Principal, error)
	Log          *slog.Logger // nil means slog.Default
}

// deskVersion is the version of the interface in the OpenAPI document of the
// desk.
const deskVersion = "1.0.0"

// Problems of writing.
const (
	kindSignIn       registry.Kind = "sign-in"
	kindMoved        registry.Kind = "moved-on"
	kindPrecondition registry.Kind = "precondition-required"
	kindBody         registry.Kind = "body-invalid"
)

// mostBody bounds the body of a request, in bytes.
const mostBody = 1 << 20

// deskServer answers below /desk/api.
type deskServer struct {
	DeskOptions
	desk *desk.Desk
	mux  *chi.Mux
	api  huma.API
}

// NewDesk returns the handler of all addresses below /desk/api: cases as JSON,
// for the programs of people. Nobody is answered without a token or a session,
// and nothing of it may be kept by a shared cache. It is safe for concurrent use.
func NewDesk(d *desk.Desk, o DeskOptions) http.Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Authenticate == nil {
		o.Authenticate = func(*http.Request) (*desk.Principal, error) { return nil, nil }
	}
	s := &deskServer{DeskOptions: o, desk: d, mux: chi.NewMux()}
	s.mux.NotFound(func(w http.ResponseWriter, r *http.Request) {
		WriteProblem(w, r, o.Log, registry.NotFound("address", r.URL.Path))
	})
	s.mux.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		WriteProblem(w, r, o.Log, &registry.Error{Kind: KindMethod, Message: "this address does not take " + r.Method})
	})
	s.api = humachi.New(s.mux, deskDocument())
	s.caseRoutes()
	s.actRoutes()
	s.ruleRoutes()
	s.documentRoute()
	return s
}

// ServeHTTP limits addresses and routes by the whole path even below another
// chi router.
func (s *deskServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Add("Vary", "Authorization, Cookie")
	if len(r.URL.Path)+len(r.URL.RawQuery) > longestURL {
		WriteProblem(w, r, s.Log, &registry.Error{Kind: kindLongURL, Message: "shorten the parameters"})
		return
	}
	s.mux.ServeHTTP(w, ownRoute(r))
}

func deskDocument() huma.Config {
	config := huma.DefaultConfig("Jieming 界名: the desk", deskVersion)
	config.CreateHooks, config.DocsPath, config.SchemasPath, config.OpenAPIPath = nil, "", "", ""
	config.Info.Description = "The cases of the department, for programs that act for a person. They read and do what the person may, within the scopes of the token.\n\n" +
		"A case is the list of what people did in it; its version is their number, and its ETag. Whoever acts names the version they have seen in If-Match: " +
		"without it the answer is 428, and 412 with the events since when the case has moved on. Comments, replies and links lose nothing and need none. " +
		"An act under an Idempotency-Key is done once, however often it is sent.\n\n" +
		"Unknown and forbidden cases answer alike. Errors are problem details (RFC 9457)."
	config.Servers = []*huma.Server{{URL: "/", Description: "This service"}}
	config.Tags = []*huma.Tag{{Name: "Cases", Description: "Cases, and what is done in them"}, {Name: "Rules", Description: "What cases follow"}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "A token made at /desk/me/tokens"},
		"session": {Type: "apiKey", In: "cookie", Name: plainSession, Description: "The session of a browser; __Host-session over https"},
	}
	config.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	return config
}

// plainSession is the cookie of sessions without https.
const plainSession = "session"

// deskCall is one request with who makes it.
type deskCall struct {
	*deskServer
	w   http.ResponseWriter
	r   *http.Request
	op  *huma.Operation
	who *desk.Principal
}

func (c *deskCall) ctx() context.Context { return c.r.Context() }

// handleDesk registers an operation of the desk: who asks is found out, and the
// parameters are checked, before it answers. B is the body it takes, noInput for
// none; A is what it answers with.
func handleDesk[I, B, A any](s *deskServer, op huma.Operation, status int, f func(*deskCall, *I) error) {
	op.SkipValidateParams, op.SkipValidateBody = true, true
	schemas := s.api.OpenAPI().Components.Schemas
	op.Responses = map[string]*huma.Response{strconv.Itoa(status): {Description: "The answer.",
		Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(reflect.TypeFor[A](), true, "")}},
		Headers: map[string]*huma.Header{"ETag": header("Names the version, for If-Match and If-None-Match", `"7"`)}}}
	kinds := []registry.Kind{registry.KindInvalid, kindSignIn, registry.KindForbidden, registry.KindNotFound, registry.KindInternal}
	if op.Method == http.MethodPost {
		kinds = append(kinds, registry.KindConflict, kindMoved, kindBody, kindPrecondition)
	} else {
		op.Responses["304"] = &huma.Response{Description: "The version named in If-None-Match is the one there is."}
	}
	refer(&op, kinds...)
	huma.Register(s.api, op, func(_ context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			r, w := humachi.Unwrap(hc)
			c := &deskCall{deskServer: s, w: w, r: r, op: hc.Operation()}
			if err := c.answer(func() error { return f(c, in) }); err != nil {
				c.fail(err)
			}
		}}, nil
	})
	if t := reflect.TypeFor[B](); t != reflect.TypeFor[noInput]() {
		item := s.api.OpenAPI().Paths[op.Path]
		item.Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(t, true, "")}}}
	}
}

func (c *deskCall) answer(f func() error) (err error) {
	if c.who = Who(c.ctx()); c.who == nil {
		if c.who, err = c.Authenticate(c.r); err != nil {
			return err
		}
	}
	if !c.who.Known() {
		c.w.Header().Set("WWW-Authenticate", `Bearer realm="jieming"`)
		return &registry.Error{Kind: kindSignIn, Message: "send a token: Authorization: Bearer jm_…, made at /desk/me/tokens"}
	}
	if err := checkQuery(c.r.URL, c.op); err != nil {
		return err
	}
	return f()
}

// body reads the body of a request: one JSON value of at most 1 MiB, with no
// members that the operation does not know.
func (c *deskCall) body(into any) error {
	if t := c.r.Header.Get("Content-Type"); t != "" && !strings.HasPrefix(t, "application/json") {
		return &registry.Error{Kind: kindBody, Message: "send JSON, as application/json"}
	}
	decoder := json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, mostBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more than one value")
		}
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &registry.Error{Kind: registry.KindTooLarge, Message: fmt.Sprintf("a body has at most %d bytes", mostBody)}
	case err != nil:
		return &registry.Error{Kind: kindBody, Message: "the body cannot be read: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	return nil
}

// write sends a body under an ETag; 304 if the client has it already.
func (c *deskCall) write(status int, etag string, body any) error {
	var b bytes.Buffer
	if err := encodeJSON(&b, body); err != nil {
		return fmt.Errorf("encoding answer: %w", err)
	}
	if etag == "" {
		sum := sha256.Sum256(b.Bytes())
		etag = base64.RawURLEncoding.EncodeToString(sum[:18])
	}
	etag = strconv.Quote(etag)
	h := c.w.Header()
	h.Set("ETag", etag)
	if c.r.Method == http.MethodGet && c.r.Header.Get("If-None-Match") == etag {
		notModified(c.w)
		return nil
	}
	h.Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b.Bytes()) // a client that is gone cannot be told so
	return nil
}

// CaseProblem is a problem of an act: what has happened since, or what is
// lacking, beside what every problem says.
type CaseProblem struct {
	Problem
	Version int         `json:"version,omitempty" example:"9" doc:"With 412: the version of the case now"`
	Since   []CaseEvent `json:"since,omitempty" doc:"With 412: what has happened since the version named"`
	Lacks   []CaseLack  `json:"lacks,omitempty" doc:"With 409: what stands in the way of the step"`
}

// fail answers with a problem. What is wrong with the body of a request is 422.
func (c *deskCall) fail(err error) {
	var moved *desk.Moved
	var lacking *desk.Lacking
	var known *registry.Error
	switch {
	case errors.As(err, &moved):
		p := CaseProblem{Problem: *newProblem(kindMoved, moved.Error()), Version: moved.Case.Version, Since: each(moved.Since, newCaseEvent)}
		c.problem(p.Status, p)
	case errors.As(err, &lacking):
		p := CaseProblem{Problem: *newProblem(registry.KindConflict, lacking.Error()), Lacks: each(lacking.Lacks, newCaseLack)}
		c.problem(p.Status, p)
	case c.r.Method == http.MethodPost && errors.As(err, &known) && known.Kind == registry.KindInvalid && c.r.URL.RawQuery == "":
		p := problemOf(err)
		class := classes[kindBody]
		p.Type, p.Title, p.Status = problemPath+string(kindBody), class.Title, class.Status
		c.problem(p.Status, p)
	default:
		WriteProblem(c.w, c.r, c.Log, err)
		c.w.Header().Set("Cache-Control", "private, no-store")
	}
}

func (c *deskCall) problem(status int, body any) {
	h := c.w.Header()
	h.Del("ETag")
	h.Set("Content-Type", typeProblem)
	c.w.WriteHeader(status)
	_ = encodeJSON(c.w, body) // a client that is gone cannot be told so
}

// documentRoute serves the description of the API, to everybody: it tells
// nothing of any case.
func (s *deskServer) documentRoute() {
	doc := s.api.OpenAPI()
	schemas := doc.Components.Schemas
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
	doc.Components.Responses = map[string]*huma.Response{}
	for _, kind := range []registry.Kind{registry.KindInvalid, kindSignIn, registry.KindForbidden, registry.KindNotFound, registry.KindConflict,
		kindMoved, kindBody, kindPrecondition, registry.KindInternal} {
		class := classes[kind]
		doc.Components.Responses[string(kind)] = &huma.Response{Description: class.Title + ". " + class.Meaning,
			Content: map[string]*huma.MediaType{typeProblem: {Schema: schemas.Schema(reflect.TypeFor[CaseProblem](), true, "")}}}
	}
	s.mux.Get("/desk/api/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		text, err := json.Marshal(doc)
		if err != nil {
			WriteProblem(w, r, s.Log, err)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(text)
	})
}
