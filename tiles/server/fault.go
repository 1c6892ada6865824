package server

import (
	"errors"
	"fmt"
	"net/http"

	"jieming/tiles"
)

// ErrMethod is the cause of an error when a request is not for reading.
var ErrMethod = errors.New("use GET, HEAD or OPTIONS")

// Fault is an error of a request, in words for whoever made it. Its cause is
// tiles.ErrAddress or tiles.ErrParameter.
type Fault struct {
	Parameter string // that is wrong, "" if none is
	Message   string // what is wrong with it and what to do
	cause     error
}

// Error returns the message, led by the parameter.
func (f *Fault) Error() string {
	if f.Parameter == "" {
		return f.Message
	}
	return f.Parameter + ": " + f.Message
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.cause }

// misplaced reports an address that is that of no tile.
func misplaced(format string, args ...any) error {
	return &Fault{Message: fmt.Sprintf(format, args...), cause: tiles.ErrAddress}
}

// wrong reports a parameter.
func wrong(parameter, format string, args ...any) error {
	return &Fault{parameter, fmt.Sprintf(format, args...), tiles.ErrParameter}
}

// unknown answers below /tiles where nothing is.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	s.Fail(w, r, misplaced("nothing is at %.60q; tiles are at %sz/x/y.mvt, and /tiles/current.json describes them", r.URL.Path, Path))
}

// reads tells whether a request is for reading. It answers those that are not,
// and those that ask what they may be.
func (s *Server) reads(w http.ResponseWriter, r *http.Request) bool {
	h := w.Header()
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodOptions:
		h["Allow"], h["Access-Control-Allow-Methods"], h["Access-Control-Allow-Origin"] = allowedOnly, allowedOnly, anyOrigin
		h.Set("Access-Control-Allow-Headers", "If-None-Match")
		w.WriteHeader(http.StatusNoContent)
	default:
		h["Allow"] = allowedOnly
		s.Fail(w, r, ErrMethod)
	}
	return false
}
