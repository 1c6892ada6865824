package roman

import (
	"slices"
	"strings"
)

// maxSpellings bounds the readings of one name. All that differ from the
// likeliest in one character come first, and few names have so many.
const maxSpellings = 32

// Spellings are the ways in which a name can be read: lists of toneless
// syllables, one for each character that can be read, ü as v and, because many
// type it so, as u. The likeliest comes first; there are at most 32, and none
// for a text that cannot be read. Words in Roman letters count as syllables.
// It is safe for concurrent use and takes a few microseconds for a name.
func Spellings(name string) [][]string {
	var choices [][]string
	for _, word := range words(name) {
		choices = append(choices, choicesOf(word)...)
	}
	if len(choices) == 0 {
		return nil
	}
	return combine(choices)
}

// words parts a name into words of Roman letters and runs of anything else.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" '’ʼ`-·.　", r) })
}

func choicesOf(word string) (choices [][]string) {
	if isRoman(word) {
		return [][]string{{strings.ToLower(Toneless(word))}}
	}
	syllables, _ := readings([]rune(word))
	for _, s := range syllables {
		if len(s) > 0 {
			choices = append(choices, withPlainU(s))
		}
	}
	return choices
}

// isRoman tells whether a word consists of Roman letters, with or without marks.
func isRoman(word string) bool {
	return strings.IndexFunc(Toneless(word), func(r rune) bool { return r > 'z' }) < 0
}

// withPlainU lets lv and nv be typed as lu and nu.
func withPlainU(syllables []string) []string {
	list := slices.Clone(syllables)
	for _, s := range syllables {
		if strings.HasPrefix(s, "lv") || strings.HasPrefix(s, "nv") {
			list = appendNew(list, s[:1]+"u"+s[2:])
		}
	}
	return list
}

// combine chooses one of each choices, in order of how many are not the first.
func combine(choices [][]string) [][]string {
	first := make([]string, len(choices))
	for i, c := range choices {
		first[i] = c[0]
	}
	all, from := [][]string{first}, []int{0}
	for next := 0; next < len(all); next++ { // each differs from an earlier one in a later character
		for i := from[next]; i < len(choices); i++ {
			for _, other := range choices[i][1:] {
				if len(all) == maxSpellings {
					return all
				}
				varied := slices.Clone(all[next])
				varied[i] = other
				all, from = append(all, varied), append(from, i+1)
			}
		}
	}
	return all
}
