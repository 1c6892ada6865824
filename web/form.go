package web

import (
	"errors"
	"net/http"
	"net/url"

	"jieming/registry"
	"jieming/registry/desk"
)

// form is what somebody typed, and what is wrong with it. Templates show it
// with the pieces of _form.html, so that a form that was refused comes back as
// it was sent, with each fault beside its field.
type form struct {
	url.Values
	Faults []formFault
	Prefix string // of the ids of its fields, where a page has several forms
}

// formFault is what is wrong with a field.
type formFault struct{ Field, Text string }

// readForm reads the form of a request that has no files.
func readForm(r *http.Request) (*form, error) {
	if err := r.ParseForm(); err != nil {
		return nil, formError(err)
	}
	return &form{Values: r.PostForm}, nil
}

// formError says what is wrong with a form that cannot be read.
func formError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &registry.Error{Kind: registry.KindTooLarge, Message: "the form is larger than this page takes", Err: err}
	}
	return registry.Invalid("form", "the form cannot be read")
}

// Fault is what is wrong with a field, or "".
func (f *form) Fault(field string) string {
	for _, x := range f.Faults {
		if x.Field == field {
			return x.Text
		}
	}
	return ""
}

// Has reports whether a value was chosen in a field of several.
func (f *form) Has(field, value string) bool {
	for _, given := range f.Values[field] {
		if given == value {
			return true
		}
	}
	return false
}

// refused notes the faults that an error names, and reports whether there are
// any: then the form is shown again. Other errors are not of the form.
func (f *form) refused(v *View, err error) bool {
	f.note(v, err)
	return len(f.Faults) > 0
}

func (f *form) note(v *View, err error) {
	var fault *desk.Fault
	var known *registry.Error
	joined, several := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
	case several:
		for _, one := range joined.Unwrap() {
			f.note(v, one)
		}
	case errors.As(err, &fault):
		f.Faults = append(f.Faults, formFault{fault.Field, v.faultText(fault)})
	case errors.As(err, &known) && known.Field != "" && (known.Kind == registry.KindInvalid || known.Kind == registry.KindConflict):
		f.Faults = append(f.Faults, formFault{known.Field, known.Message})
	}
}

// faultText says a fault in the language of the view.
func (v *View) faultText(f *desk.Fault) string {
	if key := "fault." + f.Key; v.has(key) {
		return v.text(key, f.Args...)
	}
	return f.Message
}

// refusedForm is the answer that shows a form again.
func refusedForm(page string, data any) *answer {
	return &answer{page: page, data: data, status: http.StatusUnprocessableEntity}
}
