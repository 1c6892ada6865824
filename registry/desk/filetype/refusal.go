package filetype

import (
	"fmt"
	"strings"

	"jieming/registry"
)

// Reason is why a file is refused. Pages have a text for each in every
// language, under "file.refused." and the reason.
type Reason string

// The reasons. There are no others.
const (
	Empty      Reason = "empty"
	TooLarge   Reason = "too-large"
	Unknown    Reason = "unknown"
	Executable Reason = "executable"
	Markup     Reason = "markup" // HTML, SVG and other text that browsers run
	Archive    Reason = "archive"
	Convert    Reason = "convert" // a known format that offices can save as another
	Lying      Reason = "lying"   // the name says another type than the content
	Encrypted  Reason = "encrypted"
	Macros     Reason = "macros"
	Bomb       Reason = "bomb"
	Nested     Reason = "nested"
	Dimensions Reason = "dimensions"
	Damaged    Reason = "damaged"
	TwoInOne   Reason = "two-in-one"
)

// Reasons lists all reasons.
func Reasons() []Reason {
	return []Reason{Empty, TooLarge, Unknown, Executable, Markup, Archive, Convert, Lying, Encrypted, Macros, Bomb, Nested, Dimensions, Damaged, TwoInOne}
}

// Refusal says why a file may not come in. Its texts in other languages are
// made from Reason and Args.
type Refusal struct {
	Reason Reason
	Args   map[string]string // what the text names: is, says, limit, detail
}

// english is what each reason says, and what to do.
var english = map[Reason]string{
	Empty:      "the file is empty; choose it again",
	TooLarge:   "the file is larger than {limit}; scan at 300 dpi, or split it",
	Unknown:    "this type of file is not accepted; save it as PDF, a picture or an Office document",
	Executable: "the file is a program, and programs are not accepted",
	Markup:     "the file is a web page or a drawing in text form ({is}); save or print it as PDF",
	Archive:    "archives ({is}) are not accepted; unpack it and upload its files",
	Convert:    "files of type {is} are not accepted; save it as {says}",
	Lying:      "the file is called {says} but is {is}; give it its right name, or choose the right file",
	Encrypted:  "the file is protected by a password; remove the protection and upload it again",
	Macros:     "the file has macros; save it without them, as .docx, .xlsx or PDF",
	Bomb:       "the file unpacks to far more than it should ({detail}); print it as PDF",
	Nested:     "the file has other files packed in it ({detail}); take them out and upload them by themselves",
	Dimensions: "the picture is too large ({detail}); save it with fewer pixels",
	Damaged:    "the file is damaged or not complete ({detail}); open and save it again, or scan it again",
	TwoInOne:   "the file is two files in one ({detail}); open it and save it again",
}

// Error returns the English text.
func (r *Refusal) Error() string {
	text := english[r.Reason]
	for name, value := range r.Args {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// refuse makes the error of a refusal, with what its text names in pairs.
func refuse(reason Reason, args ...string) error {
	r := &Refusal{Reason: reason, Args: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		r.Args[args[i]] = args[i+1]
	}
	kind := registry.KindInvalid
	if reason == TooLarge {
		kind = registry.KindTooLarge
	}
	return &registry.Error{Kind: kind, Field: "file", Message: r.Error(), Err: r}
}

// RefuseSize refuses a file of more bytes than the limit.
func RefuseSize(limit int64) error { return refuse(TooLarge, "limit", megabytes(limit)) }

func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}

func damaged(detail string, args ...any) error {
	return refuse(Damaged, "detail", fmt.Sprintf(detail, args...))
}
