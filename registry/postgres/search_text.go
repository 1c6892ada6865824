package postgres

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"jieming/registry"
	"jieming/registry/roman"
)

// typed is what somebody typed, taken apart.
type typed struct {
	whole string // folded
	code  string // whole, if it can be (the beginning of) a code
	han   string // what stands before its Roman letters; all of it if it has none
	latin string // its Roman letters, toneless, joined
}

// folded is a text in the one form in which texts are compared: full-width
// letters and digits as plain ones, small letters, no spaces and marks between
// syllables, nothing that is not seen, not longer than anybody types.
func folded(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) || r == utf8.RuneError || strings.ContainsRune("'’‘ʼ`´-·.:", r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, ""))))
	return cut(text, registry.LongestSearch)
}

// cut keeps the first n characters.
func cut(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// parseTyped takes a text apart. It is empty where there is nothing to look for.
func parseTyped(text string) typed {
	t := typed{whole: folded(text)}
	if isCode(t.whole) {
		t.code = t.whole
	}
	var han, latin strings.Builder
	for _, r := range t.whole {
		switch letters := roman.Toneless(string(r)); {
		case isLatin(letters):
			latin.WriteString(letters)
		case latin.Len() == 0:
			han.WriteRune(r)
		case r < '0' || r > '5': // not a tone: the letters belong to the name, as in E景佳园
			t.han = t.whole
			return t
		}
	}
	t.han, t.latin = han.String(), latin.String()
	return t
}

func isLatin(s string) bool { return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == "" }

func isCode(s string) bool {
	return len(s) >= 2 && len(s) <= 12 && strings.Trim(s, "0123456789") == ""
}

// mixed tells whether it is characters with Roman letters behind them: half of a
// name is chosen already, or the letters are part of the name.
func (t typed) mixed() bool { return t.han != "" && t.latin != "" }

// stage is a condition on the keys of names. Stages are asked one after the
// other until there are hits enough, so each is an order of rank.
type stage struct {
	query     string // text of the type tsquery
	contained string // what the specific element contains behind its beginning; "" for anything
}

// stages lists the conditions, the best first. What is typed is looked for as a
// whole name or specific element, then at the beginning of names, then inside of
// them, and among higher units before lower ones: with every step down there
// are more names, and fewer of them worth reading.
func (t typed) stages(kind registry.SearchKind) []stage {
	s := staging{groups: groupsOf(kind)}
	switch {
	case t.mixed():
		s.add(hanTerms(t.whole))
		s.add(terms{start: func(g string) string { return and(begins(g+"<"+t.han), begins(g+"-"+t.latin)) }})
	case t.latin != "":
		s.add(latinTerms(t.latin))
	case t.han != "":
		s.add(hanTerms(t.han))
		s.addFiltered(t.han)
	}
	return s.list
}

// terms are conditions of three degrees on the names of a group. An absent one,
// and one that is "", finds nothing.
type terms struct {
	exact, start, inside func(group string) string
	contained            string // what a name found by inside contains
}

// hanTerms look for characters.
func hanTerms(han string) terms {
	exact := exactTerm(han)
	return terms{
		exact:     exact,
		start:     func(g string) string { return but(begins(g+"<"+han), exact(g)) },
		inside:    func(g string) string { return pairs(g, han) },
		contained: beyondPairs(han),
	}
}

// beyondPairs is a text whose pairs of characters do not tell that it is
// contained as a whole; "" for a pair.
func beyondPairs(han string) string {
	if utf8.RuneCountInString(han) < 3 {
		return ""
	}
	return han
}

// latinTerms look for readings and for the initials of syllables. A single
// letter is the initial of too many names, and two are inside of too many.
func latinTerms(latin string) terms {
	exact := exactTerm(latin)
	t := terms{exact: exact, start: func(g string) string { return but(begins(g+"<"+latin), exact(g)) }}
	if len(latin) == 1 {
		return t
	}
	initials := func(g string) string { return lexeme(g + "~=" + latin) }
	t.start = func(g string) string { return but(or(begins(g+"<"+latin), initials(g)), exact(g)) }
	t.inside = func(g string) string {
		inner := ""
		if len(latin) > 2 {
			inner = begins(g + "-" + latin)
		}
		return but(or(begins(g+"~<"+latin), inner), or(exact(g), initials(g)))
	}
	return t
}

// exactTerm wants a specific element, or a whole name.
func exactTerm(text string) func(group string) string {
	return func(g string) string { return or(lexeme(g+"="+text), lexeme(g+"<"+text)) }
}

// The groups of names: of units down to the county, of townships, of villages
// by the length of their specific elements, and of places. Each key begins with
// the letter of the group of its name. There are half a million villages: by
// groups, a search that has found enough among the short names, which come
// first, need not read the long ones.
const (
	countyGroup   = "a"
	townshipGroup = "b"
	villageGroups = shortGroup + middleGroup + longGroup
	shortGroup    = "c" // up to 3 characters
	middleGroup   = "d" // 4
	longGroup     = "e"
	placeGroup    = "p"
)

// groupOf is the group of a name of a level with a specific element of so many
// characters.
func groupOf(level, length int) string {
	switch {
	case level == placeLevel:
		return placeGroup
	case level < int(registry.LevelTownship):
		return countyGroup
	case level == int(registry.LevelTownship):
		return townshipGroup
	case length < 4:
		return shortGroup
	case length == 4:
		return middleGroup
	}
	return longGroup
}

func groupsOf(kind registry.SearchKind) string {
	switch kind {
	case registry.SearchUnit:
		return countyGroup + townshipGroup
	case registry.SearchVillage:
		return villageGroups
	case registry.SearchPlace:
		return placeGroup
	}
	return countyGroup + townshipGroup + villageGroups + placeGroup
}

// staging puts stages in order.
type staging struct {
	groups string
	list   []stage
}

func (s *staging) add(t terms) {
	s.addStage(countyGroup, t.exact, "")
	s.addStage(countyGroup, t.start, "")
	s.addStage(townshipGroup, t.exact, "")
	s.addStage(countyGroup, t.inside, t.contained)
	s.addStage(villageGroups+placeGroup, t.exact, "")
	for _, groups := range []string{townshipGroup, shortGroup, middleGroup, longGroup + placeGroup} {
		s.addStage(groups, t.start, "")
	}
	for _, groups := range []string{townshipGroup, shortGroup, middleGroup, longGroup + placeGroup} {
		s.addStage(groups, t.inside, t.contained)
	}
}

func (s *staging) addStage(groups string, term func(group string) string, contained string) {
	if term == nil {
		return
	}
	var any []string
	for _, g := range strings.Split(groups, "") {
		if strings.Contains(s.groups, g) {
			any = append(any, term(g))
		}
	}
	if query := or(any...); query != "" {
		s.list = append(s.list, stage{query, contained})
	}
}

// addFiltered takes the generic tail of what was typed as a filter: 朝阳镇 finds
// 朝阳川镇, too. A tail alone finds counties and what is above them.
func (s *staging) addFiltered(han string) {
	stem, tail := splitTyped(han)
	switch {
	case tail == "":
	case stem == "":
		s.addStage(countyGroup, func(g string) string { return lexeme(g + "." + tail) }, "")
	case utf8.RuneCountInString(stem) > 1:
		s.add(terms{
			start:     func(g string) string { return and(begins(g+"<"+stem), lexeme(g+"."+tail)) },
			inside:    func(g string) string { return and(pairs(g, stem), lexeme(g+"."+tail)) },
			contained: beyondPairs(stem),
		})
	}
}

func splitTyped(han string) (stem, tail string) {
	for _, tail := range roman.Tails() {
		if stem, ok := strings.CutSuffix(han, tail); ok {
			return stem, tail
		}
	}
	return han, ""
}

// pairs wants every pair of neighbours of a text inside of a name, or its one
// character, which is a key of townships and above only. The pairs need not be
// neighbours of each other, so stage.contained is to be checked.
func pairs(group, text string) string {
	var all []string
	for i, r := range text {
		next, size := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		if size > 0 {
			all = append(all, lexeme(group+"-"+string([]rune{r, next})))
		}
	}
	switch {
	case all != nil:
		return and(all...)
	case group == countyGroup || group == townshipGroup:
		return lexeme(group + "-" + text)
	}
	return ""
}

func or(all ...string) string  { return join(all, " | ") }
func and(all ...string) string { return join(all, " & ") }

func join(all []string, operator string) string {
	kept := all[:0:0]
	for _, one := range all {
		if one != "" {
			kept = append(kept, one)
		}
	}
	if len(kept) < 2 {
		return strings.Join(kept, "")
	}
	return "(" + strings.Join(kept, operator) + ")"
}

// but wants the one and not the other.
func but(wanted, not string) string {
	if wanted == "" {
		return ""
	}
	return "(" + wanted + " & !" + not + ")"
}

// begins wants a key that begins so.
func begins(text string) string { return lexeme(text) + ":*" }

// lexeme wants a key. Folded text holds nothing else that is to be escaped, and
// is shorter than PostgreSQL allows.
func lexeme(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), `'`, `''`) + "'"
}
