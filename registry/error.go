package registry

import (
	"errors"
	"fmt"
)

// Kind is the class of an error. It decides the HTTP status and the text that
// a person reads; see the table in registry/api.
type Kind string

// The kinds of error. There are no others.
const (
	KindInvalid     Kind = "invalid"     // the input is wrong; the message says where
	KindNotFound    Kind = "not-found"   // no such thing, or not for this reader
	KindConflict    Kind = "conflict"    // the state has moved on, or the act contradicts it
	KindForbidden   Kind = "forbidden"   // known, but not allowed
	KindTooLarge    Kind = "too-large"   // the input exceeds a stated limit
	KindStopped     Kind = "stopped"     // the department has stopped this layer for the public
	KindUnavailable Kind = "unavailable" // try again later
	KindInternal    Kind = "internal"    // a fault of ours
)

// Error is an error meant for the person or program that made the request.
type Error struct {
	Kind    Kind
	Field   string // the parameter or path in the input that is wrong, if one is
	Message string // what is wrong and what to do, in English
	Err     error  // the cause, for the log; never shown
}

// Error returns the message, led by the field and followed by the cause.
func (e *Error) Error() string {
	s := e.Message
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Invalid reports that a field of the input is wrong.
func Invalid(field, message string) error {
	return &Error{Kind: KindInvalid, Field: field, Message: message}
}

// NotFound reports that a thing does not exist for this reader.
func NotFound(what string, id any) error {
	return &Error{Kind: KindNotFound, Message: fmt.Sprintf("no %s %v", what, id)}
}

// KindOf returns the kind of the first Error in err's chain, KindInternal for
// any other error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}
