package history

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"jieming/registry"
)

// RefKind says how a reference names the unit on the other side of a change.
type RefKind int

// The kinds of reference.
const (
	ByName     RefKind = iota // a name, perhaps led by the prefecture's
	SameName                  // `_` (or `#`): the unit of the same name
	SameCode                  // `.`: the unit of the same code
	ParentCode                // `..`: the unit whose code is this one's parent
)

// Ref is one reference of a relation.
type Ref struct {
	Kind     RefKind
	Name     string // for ByName
	Disabled bool   // `?`: the compiler found no such unit
	Assumed  bool   // `!`: the compiler's reasoned assumption, no official word
}

// Direction says which way territory flows in a relation.
type Direction int

// The directions. NoFlow is the empty relation.
const (
	NoFlow   Direction = iota
	FlowsTo            // `>`: to the units referred to, after the event
	FlowFrom           // `<`: from the units referred to, before the event
)

// Relation is the territorial side of a change of one code: where its area
// goes, or whence it comes.
type Relation struct {
	Direction Direction
	Refs      []Ref
}

const (
	maxRelationBytes = 4096
	maxNameRunes     = 120
)

// ParseRelation reads a relation of the area-diff notation (diff-spec.md of
// github.com/yescallop/areacodes): empty, or `>` or `<` and references
// separated by commas. It fails with KindInvalid on any other mark.
func ParseRelation(s string) (Relation, error) {
	if s == "" {
		return Relation{}, nil
	}
	if len(s) > maxRelationBytes || !utf8.ValidString(s) {
		return Relation{}, registry.Invalid("relation", fmt.Sprintf(
			"longer than %d bytes or not UTF-8; write one relation in UTF-8", maxRelationBytes))
	}
	r := Relation{Direction: FlowsTo}
	switch s[0] {
	case '>':
	case '<':
		r.Direction = FlowFrom
	default:
		return Relation{}, badRelation(s, "does not begin with > or <")
	}
	for _, part := range strings.Split(s[1:], ",") {
		ref, err := parseRef(part)
		if err != nil {
			return Relation{}, badRelation(s, err.Error())
		}
		r.Refs = append(r.Refs, ref)
	}
	return r, nil
}

func badRelation(s, why string) error {
	return registry.Invalid("relation", fmt.Sprintf(
		"%q %s; write > or <, then names, _, . or .. separated by commas, each perhaps with ? or !", s, why))
}

func parseRef(s string) (Ref, error) {
	var ref Ref
	if t, ok := strings.CutSuffix(s, "?"); ok {
		ref.Disabled, s = true, t
	} else if t, ok := strings.CutSuffix(s, "!"); ok {
		ref.Assumed, s = true, t
	}
	switch s {
	case "":
		return Ref{}, fmt.Errorf("has an empty reference")
	case "_", "#":
		ref.Kind = SameName
	case ".":
		ref.Kind = SameCode
	case "..":
		ref.Kind = ParentCode
	default:
		return nameRef(ref, s)
	}
	return ref, nil
}

func nameRef(ref Ref, s string) (Ref, error) {
	for _, c := range s {
		if c <= ' ' || strings.ContainsRune("<>_.#?!,=+-\u007f\ufffd", c) {
			return Ref{}, fmt.Errorf("has the unknown mark %q", c)
		}
	}
	if utf8.RuneCountInString(s) > maxNameRunes {
		return Ref{}, fmt.Errorf("has a name of more than %d characters", maxNameRunes)
	}
	ref.Kind, ref.Name = ByName, s
	return ref, nil
}

// String writes the relation in the notation ParseRelation reads.
func (r Relation) String() string {
	if r.Direction == NoFlow {
		return ""
	}
	parts := make([]string, len(r.Refs))
	for i, ref := range r.Refs {
		parts[i] = ref.String()
	}
	lead := ">"
	if r.Direction == FlowFrom {
		lead = "<"
	}
	return lead + strings.Join(parts, ",")
}

// String writes one reference.
func (r Ref) String() string {
	s := [...]string{r.Name, "_", ".", ".."}[r.Kind]
	switch {
	case r.Disabled:
		s += "?"
	case r.Assumed:
		s += "!"
	}
	return s
}
