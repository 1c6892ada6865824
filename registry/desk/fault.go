package desk

import (
	"fmt"

	"jieming/registry"
)

// Fault is input that a use case does not take, or an act that it refuses. Pages
// say it in the language of the reader, by its key (in the catalogues:
// fault.KEY), at the field. To everybody else it is an error of its kind.
type Fault struct {
	Kind    registry.Kind // "" for bad input
	Field   string        // name of the field in the form
	Key     string        // of the text
	Args    []any         // pairs of name and value for the gaps of the text
	Message string        // the same in English, for the API and the command line
}

// Refuse is a Fault as an error.
func Refuse(field, key, message string, args ...any) error {
	return &Fault{Field: field, Key: key, Message: message, Args: args}
}

// denied is a Fault of another kind than bad input, about the act as a whole.
func denied(kind registry.Kind, key, message string, args ...any) error {
	return &Fault{Kind: kind, Field: wholeForm, Key: key, Message: message, Args: args}
}

// wholeForm is the field of faults that no field is to blame for.
const wholeForm = "form"

func (f *Fault) Error() string { return fmt.Sprintf("%s: %s", f.Field, f.Message) }

// Unwrap makes it an error of its kind, for which no field of a form is named
// unless one is to blame.
func (f *Fault) Unwrap() error {
	e := &registry.Error{Kind: f.Kind, Field: f.Field, Message: f.Message}
	if e.Kind == "" {
		e.Kind = registry.KindInvalid
	}
	if e.Field == wholeForm {
		e.Field = ""
	}
	return e
}
