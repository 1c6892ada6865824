// Package roman spells names of places in pinyin: for labels, where only what
// is certain is written ([Display]), and for search, where everything that is
// plausible counts ([Spellings]).
//
// Characters are read with go-pinyin. What place names read otherwise than
// running text stands in place.txt; ordinary.txt keeps rare readings of old
// texts away from common characters. Nothing in them is guessed: a character
// with several readings that neither file settles stays ambiguous.
//
// Spelling follows 《中国地名汉语拼音字母拼写规则(汉语地名部分)》: specific and
// generic element apart, each with a capital, an apostrophe before a, o and e
// within an element.
package roman
