package roman

import (
	"bufio"
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// Edition numbers the state of the readings. Raise it whenever place.txt,
// ordinary.txt or a rule of Spellings changes, so that stored keys are made
// again.
const Edition = 1

//go:embed place.txt
var placeText string

//go:embed ordinary.txt
var ordinaryText string

// places maps the beginning of an element to its syllables, one for each of its
// first characters; ordinary maps a character to its one reading.
var (
	places   = sync.OnceValue(func() map[string][]string { return readTable(placeText) })
	ordinary = sync.OnceValue(func() map[string][]string { return readTable(ordinaryText) })
)

func readTable(text string) map[string][]string {
	table := map[string][]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] != "#" {
			table[fields[0]] = fields[1:]
		}
	}
	return table
}

// longestEntry is the length of the longest key of place.txt in characters.
const longestEntry = 4

// readings are the syllables that each character can be read as, the likeliest
// first. settled says of each whether the first one is certain.
func readings(name []rune) (syllables [][]string, settled []bool) {
	syllables, settled = make([][]string, len(name)), make([]bool, len(name))
	for i, r := range name {
		syllables[i] = readingsOf(r)
		settled[i] = len(syllables[i]) == 1
	}
	for i := 0; i < len(name); {
		known := knownFrom(name[i:])
		for j, syllable := range known {
			syllables[i+j] = promote(syllables[i+j], syllable)
			settled[i+j] = true
		}
		i += max(1, len(known))
	}
	return syllables, settled
}

// knownFrom is what place.txt says about the beginning of a text, the longest
// entry that fits.
func knownFrom(text []rune) []string {
	for n := min(longestEntry, len(text)); n > 0; n-- {
		if known, ok := places()[string(text[:n])]; ok {
			return known
		}
	}
	return nil
}

// promote puts a syllable first.
func promote(syllables []string, first string) []string {
	list := []string{first}
	for _, s := range syllables {
		if s != first {
			list = append(list, s)
		}
	}
	return list
}

// readingsOf are the toneless readings of one character, ü as v. A letter or
// digit reads as itself in lower case; what cannot be read gives none.
func readingsOf(r rune) []string {
	if one, ok := ordinary()[string(r)]; ok {
		return one
	}
	list := dictionary(r)
	if list == nil && r < unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		list = []string{string(unicode.ToLower(r))}
	}
	return list
}

func appendNew(list []string, s string) []string {
	if s == "" {
		return list
	}
	for _, known := range list {
		if known == s {
			return list
		}
	}
	return append(list, s)
}

// Toneless takes the tone marks off pinyin and writes ü as v, as it is typed.
// Letters keep their case.
func Toneless(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == '\u0308': // the dots of ü, whose u is written already
			text := strings.TrimSuffix(strings.TrimSuffix(b.String(), "u"), "U")
			b.Reset()
			b.WriteString(text + "v")
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// dictionary are the readings that go-pinyin gives a character.
func dictionary(r rune) (list []string) {
	for toned := range strings.SplitSeq(pinyin.PinyinDict[int(r)], ",") {
		list = appendNew(list, plain(toned))
	}
	return list
}

// vowels takes the tones off the vowels of a dictionary, a tenth of the work
// that Toneless is for any text.
var vowels = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for plain, toned := range map[string]string{"a": "āáǎà", "e": "ēéěè", "i": "īíǐì", "o": "ōóǒò", "u": "ūúǔù", "v": "ǖǘǚǜü", "n": "ńňǹ"} {
		for _, r := range toned {
			pairs = append(pairs, string(r), plain)
		}
	}
	return strings.NewReplacer(pairs...)
})

// plain is a syllable of a dictionary, toneless.
func plain(toned string) string {
	s := vowels().Replace(toned)
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") != "" { // ê and the like
		s = strings.ToLower(Toneless(toned))
	}
	return s
}
