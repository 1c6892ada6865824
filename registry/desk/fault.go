package desk

import (
	"fmt"

	"jieming/registry"
)

// Fault is input that a use case does not take. Pages say it in the language of
// the reader, by its key (in the catalogues: fault.KEY), at the field. To
// everybody else it is an error of the kind of bad input.
type Fault struct {
	Field   string // name of the field in the form
	Key     string // of the text
	Args    []any  // pairs of name and value for the gaps of the text
	Message string // the same in English, for the API and the command line
}

// Refuse is a Fault as an error.
func Refuse(field, key, message string, args ...any) error {
	return &Fault{Field: field, Key: key, Message: message, Args: args}
}

func (f *Fault) Error() string { return fmt.Sprintf("%s: %s", f.Field, f.Message) }

// Unwrap makes it an error of bad input.
func (f *Fault) Unwrap() error { return registry.Invalid(f.Field, f.Message) }
