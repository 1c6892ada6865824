package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"jieming/registry"
)

// Problem is the body of every error: problem details of RFC 9457.
type Problem struct {
	Type   string         `json:"type" format:"uri-reference" example:"/problems/invalid" doc:"The class of the problem: a stable reference that can be opened, listed at /problems"`
	Title  string         `json:"title" example:"The request is wrong" doc:"What the class means, the same for each of its problems"`
	Status int            `json:"status" example:"400" doc:"The HTTP status"`
	Detail string         `json:"detail" example:"bbox: give 4 or 6 numbers" doc:"What is wrong this time, and what to do"`
	Errors []FieldProblem `json:"errors,omitempty" doc:"Each parameter that is wrong"`
}

// FieldProblem says what is wrong with one parameter.
type FieldProblem struct {
	Parameter string `json:"parameter" example:"bbox" doc:"The name of the parameter"`
	Detail    string `json:"detail" example:"give 4 or 6 numbers" doc:"What is wrong with it, and what to do"`
}

// ProblemClass is a class of problem, as listed at /problems.
type ProblemClass struct {
	Type    string `json:"type" format:"uri-reference" example:"/problems/invalid" doc:"The reference that problems of this class carry"`
	Status  int    `json:"status" example:"400" doc:"The HTTP status"`
	Title   string `json:"title" example:"The request is wrong" doc:"What the class means"`
	Meaning string `json:"meaning" example:"A parameter is unknown, missing or malformed." doc:"When it happens, and what to do"`
}

// Problems that belong to HTTP, not to the registry. KindMethod is for what is
// served beside the API, too.
const (
	KindMethod  registry.Kind = "method-not-allowed"
	kindLongURL registry.Kind = "url-too-long"
	kindNothing registry.Kind = "nothing-published"
	kindRange   registry.Kind = "range-not-satisfiable"
	kindToken   registry.Kind = "token-not-in-force"
)

const problemPath = "/problems/"

// classes is the one table from kinds of error to HTTP.
var classes = map[registry.Kind]ProblemClass{
	registry.KindInvalid:     {Status: http.StatusBadRequest, Title: "The request is wrong", Meaning: "A parameter is unknown, missing, empty, given twice or malformed. The list of errors names each. Correct the request."},
	registry.KindNotFound:    {Status: http.StatusNotFound, Title: "Not found", Meaning: "There is no such thing at this instant, or it is not public."},
	kindNothing:              {Status: http.StatusNotFound, Title: "Nothing published", Meaning: "The registry had published nothing at the time asked about. Public answers rest on publications only."},
	registry.KindForbidden:   {Status: http.StatusForbidden, Title: "Not allowed", Meaning: "The thing is known, but not for this reader."},
	kindToken:                {Status: http.StatusUnauthorized, Title: "Token not in force", Meaning: "The request came with a token that is wrong, expired or revoked. Make another, or ask without one for what is public."},
	kindSignIn:               {Status: http.StatusUnauthorized, Title: "Not signed in", Meaning: "This address answers people who are signed in and programs that carry a token of one."},
	kindMoved:                {Status: http.StatusPreconditionFailed, Title: "Moved on", Meaning: "The case has moved on from the version named in If-Match. The member since tells what has happened; look at it, and send the act again on the new version."},
	kindPrecondition:         {Status: http.StatusPreconditionRequired, Title: "Version missing", Meaning: "The act needs to know which version was seen. Send its ETag in If-Match."},
	kindBody:                 {Status: http.StatusUnprocessableEntity, Title: "The body is wrong", Meaning: "The body of the request cannot be read, or a member of it is unknown, missing or not allowed. The list of errors names each."},
	KindMethod:               {Status: http.StatusMethodNotAllowed, Title: "Method not allowed", Meaning: "These addresses are for reading: GET, HEAD and OPTIONS."},
	registry.KindConflict:    {Status: http.StatusConflict, Title: "Conflict", Meaning: "The state has moved on, or the request contradicts it."},
	registry.KindTooLarge:    {Status: http.StatusRequestEntityTooLarge, Title: "Too large", Meaning: "The request exceeds a stated limit."},
	kindLongURL:              {Status: http.StatusRequestURITooLong, Title: "Address too long", Meaning: "The address with its parameters exceeds 8192 bytes."},
	kindRange:                {Status: http.StatusRequestedRangeNotSatisfiable, Title: "No such part", Meaning: "The file has no bytes in the range asked for."},
	registry.KindStopped:     {Status: http.StatusUnavailableForLegalReasons, Title: "Stopped by the department", Meaning: "The department has stopped this layer for the public. It may come back; ask again later, and keep no copy."},
	registry.KindUnavailable: {Status: http.StatusServiceUnavailable, Title: "Not available now", Meaning: "The registry does not answer at the moment. Try again after the seconds in Retry-After."},
	registry.KindInternal:    {Status: http.StatusInternalServerError, Title: "Fault of the service", Meaning: "A fault of ours, recorded in the log. The same request will likely fail again."},
}

// retryAfter is what a 503 asks for, in seconds.
const retryAfter = "5"

// problemOf turns an error into what its reader may know of it.
func problemOf(err error) *Problem {
	leaves := known(err, nil)
	if len(leaves) == 0 {
		return newProblem(kindOfUnknown(err), "the request could not be answered; the cause is in the log of the service")
	}
	first := leaves[0]
	p := newProblem(first.Kind, first.Message)
	if first.Kind == registry.KindInternal {
		p.Detail = "the request could not be answered; the cause is in the log of the service"
	}
	for _, e := range leaves {
		if e.Kind == registry.KindInvalid && e.Field != "" {
			p.Errors = append(p.Errors, FieldProblem{Parameter: e.Field, Detail: e.Message})
		}
	}
	if first.Field != "" {
		p.Detail = first.Field + ": " + first.Message
	}
	return p
}

func kindOfUnknown(err error) registry.Kind {
	if errors.Is(err, context.DeadlineExceeded) {
		return registry.KindUnavailable
	}
	return registry.KindInternal
}

func newProblem(kind registry.Kind, detail string) *Problem {
	class, ok := classes[kind]
	if !ok {
		kind, class = registry.KindInternal, classes[registry.KindInternal]
	}
	return &Problem{Type: problemPath + string(kind), Title: class.Title, Status: class.Status, Detail: detail}
}

// known collects the registry's errors from a tree of joined errors.
func known(err error, into []*registry.Error) []*registry.Error {
	switch e := err.(type) {
	case nil:
		return into
	case *registry.Error:
		return append(into, e)
	case interface{ Unwrap() []error }:
		for _, each := range e.Unwrap() {
			into = known(each, into)
		}
		return into
	}
	return known(errors.Unwrap(err), into)
}

// WriteProblem answers with the problem that an error is: a kind of
// registry.Error decides the status and the type, any other error is a fault of
// ours. Faults are logged with their cause, which the client never sees. An
// error of a client that is gone is neither answered nor logged.
func WriteProblem(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return
	}
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "status", p.Status, "error", err)
	}
	header := w.Header()
	header.Del("ETag")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", typeProblem)
	if p.Status == http.StatusServiceUnavailable {
		header.Set("Retry-After", retryAfter)
	}
	w.WriteHeader(p.Status)
	// A client that is gone cannot be told so.
	_ = encodeJSON(w, p)
}

func encodeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// ProblemList is the list of all classes of problem.
type ProblemList struct {
	Problems []ProblemClass `json:"problems" doc:"Every class of problem, in order of status"`
}

type problemInput struct {
	Kind string `path:"kind" doc:"The last part of the type of a problem" example:"invalid"`
}

func problemClass(kind registry.Kind) ProblemClass {
	class := classes[kind]
	class.Type = problemPath + string(kind)
	return class
}

func (s *server) problems(*call, *noInput) (*ProblemList, error) {
	list := &ProblemList{}
	for kind := range classes {
		list.Problems = append(list.Problems, problemClass(kind))
	}
	slices.SortFunc(list.Problems, func(a, b ProblemClass) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Type, b.Type))
	})
	return list, nil
}

func (s *server) problem(_ *call, in *problemInput) (*ProblemClass, error) {
	kind := registry.Kind(in.Kind)
	if _, ok := classes[kind]; !ok {
		return nil, registry.NotFound("class of problem", in.Kind)
	}
	class := problemClass(kind)
	return &class, nil
}
