package postgres

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/roman"
)

// The database notes every text that is written as a name. What it can be typed
// as is known here only, since readings are: its keys are made when it is
// written, in the same transaction (Store.write), and renewed when the rules of
// reading change (Store.IndexNames).

// placeLevel stands for places in the table of names: they rank below villages.
const placeLevel = 6

// keysEdition numbers the rules that keys are made by, here and in roman.
const keysEdition = 100*1 + roman.Edition

// firstEdition is above that of a name without keys.
const firstEdition = 1

// namesAtOnce is how many names are keyed by one statement.
const namesAtOnce = 5000

// IndexNames makes the keys of all names that have none, or those of an earlier
// edition of the program. It changes nothing else, may run while others read and
// write, and may be broken off and run again. A name takes about 0.1 ms. tell,
// which may be nil, is called with the number of names done so far.
func (s *Store) IndexNames(ctx context.Context, tell func(done int)) error {
	return wrap("index names", s.keyNames(ctx, keysEdition, tell))
}

// keyNames makes the keys of names whose edition is below one. Of many who need
// them, one works and the others wait, a batch at a time.
func (s *Store) keyNames(ctx context.Context, below int, tell func(done int)) error {
	batch := func() (int, error) {
		select {
		case s.keying <- struct{}{}:
			defer func() { <-s.keying }()
			return keyBatch(ctx, s.pool, below)
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return inBatches(batch, tell)
}

// keyedUpTo sees to it that no name lacks keys that an entry up to one brought.
// That is so already, unless names were written behind the program's back or
// before it could search; once it is so of an entry, it remains so.
func (s *Store) keyedUpTo(ctx context.Context, entry registry.Seq) error {
	for int64(entry) > s.keyed.Load() {
		var last int64
		var unkeyed bool
		if err := s.pool.QueryRow(ctx, sql("NamesKeyed")).Scan(&last, &unkeyed); err != nil {
			return err
		}
		if !unkeyed {
			s.keyed.Store(last)
			return nil
		}
		if err := s.keyNames(ctx, firstEdition, nil); err != nil {
			return err
		}
	}
	return nil
}

// keyNewNames makes the keys of names written in a transaction.
func keyNewNames(ctx context.Context, tx pgx.Tx, tell func(done int)) error {
	return inBatches(func() (int, error) { return keyBatch(ctx, tx, firstEdition) }, tell)
}

func inBatches(batch func() (int, error), tell func(done int)) error {
	for done := 0; ; {
		n, err := batch()
		if err != nil || n == 0 {
			return err
		}
		if done += n; tell != nil {
			tell(done)
		}
	}
}

// querier is a pool, or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// keyBatch makes the keys of some names whose edition is below one, those
// without any first, and returns how many there were.
func keyBatch(ctx context.Context, db querier, below int) (int, error) {
	names, err := unkeyed(ctx, db, below)
	if err != nil || len(names) == 0 {
		return 0, err
	}
	return len(names), storeKeys(ctx, db, names)
}

// name is a text that units of a level, or places, bear.
type name struct {
	level             int
	specific, generic string
}

func unkeyed(ctx context.Context, db querier, below int) ([]name, error) {
	rows, err := db.Query(ctx, sql("UnkeyedNames"), pgx.StrictNamedArgs{"below": below, "n": namesAtOnce})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (n name, err error) {
		err = row.Scan(&n.level, &n.specific, &n.generic)
		return n, err
	})
}

func storeKeys(ctx context.Context, db querier, names []name) error {
	levels, ranks := make([]int, len(names)), make([]int64, len(names))
	text := map[string][]string{}
	for i, n := range names {
		k := n.keys()
		levels[i], ranks[i] = n.level, k.rank
		text["specifics"] = append(text["specifics"], n.specific)
		text["generics"] = append(text["generics"], n.generic)
		text["foldeds"] = append(text["foldeds"], folded(n.specific))
		text["lexemes"] = append(text["lexemes"], strings.Join(k.list, "\x1f"))
	}
	args := pgx.StrictNamedArgs{"levels": levels, "ranks": ranks, "edition": keysEdition}
	for column, texts := range text {
		args[column] = texts
	}
	var stored int
	return db.QueryRow(ctx, sql("KeyNames"), args).Scan(&stored)
}

// keyset are the keys of a name. Each is the letter of the group of the name, a
// sign, and a text:
//
//	=   the specific element, or its reading, without or with the last part of
//	    the generic element: 伊通县 stands for 伊通满族自治县
//	<   the whole name, or a reading of it, to be found by its beginning
//	-   what is inside: a pair of neighbouring characters of the specific
//	    element, or the end of a reading from a syllable on
//	~=  the initials of the syllables of the specific element, and
//	~<  those of the whole name, to be found by their beginning
//	.   a tail that the generic element ends or begins with
type keyset struct {
	group string
	rank  int64 // the order among names that fit equally well
	list  []string
	seen  map[string]bool
}

func (k *keyset) add(sign, text string) {
	key := k.group + sign + cut(text, 2*registry.LongestSearch)
	if text == "" || k.seen[key] {
		return
	}
	k.seen[key] = true
	k.list = append(k.list, key)
}

// keys are what a name can be typed as.
func (n name) keys() keyset {
	n.specific, n.generic = printable(n.specific), printable(n.generic)
	specific := folded(n.specific)
	k := keyset{group: groupOf(n.level, utf8.RuneCountInString(specific)), seen: map[string]bool{}}
	k.addCharacters(specific, folded(n.generic))
	endings := n.tails(&k)
	for _, ending := range endings {
		k.add("=", specific+ending)
	}
	spelled := roman.Spellings(n.specific)
	k.addReadings(spelled, n.generic, endings)
	k.rank = n.rank(spelled)
	return k
}

// rank orders names by level, then by length, then by the first ten letters of
// the likeliest reading, in 3, 5 and 50 bits. Names of equal rank are ordered by
// their characters.
func (n name) rank(spelled [][]string) int64 {
	rank := int64(n.level)<<5 | int64(min(31, utf8.RuneCountInString(folded(n.specific))))
	reading := ""
	if len(spelled) > 0 {
		reading = strings.Join(spelled[0], "")
	}
	for i := range 10 {
		rank <<= 5
		if i < len(reading) {
			rank |= int64(reading[i] & 31) // a is 1
		}
	}
	return rank
}

// printable leaves out what would not reach the database as it is.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

func (k *keyset) addCharacters(specific, generic string) {
	k.add("=", specific)
	k.add("<", specific+generic)
	runes := []rune(specific)
	for i := 1; i < len(runes); i++ {
		if k.group == countyGroup || k.group == townshipGroup {
			k.add("-", string(runes[i]))
		}
		if i > 1 {
			k.add("-", string(runes[i-1:i+1]))
		}
	}
}

// tails adds the tails of a generic element, and returns those by which the
// name is called for short: villages are not.
func (n name) tails(k *keyset) (short []string) {
	for _, tail := range roman.Tails() {
		ends := strings.HasSuffix(n.generic, tail)
		if ends || strings.HasPrefix(n.generic, tail) {
			k.add(".", tail)
		}
		if ends && tail != n.generic && n.level < int(registry.LevelVillage) {
			short = append(short, tail)
		}
	}
	return short
}

func (k *keyset) addReadings(spelled [][]string, generic string, endings []string) {
	tail := likeliest(generic)
	var short []string
	for _, ending := range endings {
		short = append(short, strings.Join(likeliest(ending), ""))
	}
	for _, syllables := range spelled {
		reading := strings.Join(syllables, "")
		k.add("=", reading)
		for _, ending := range short {
			k.add("=", reading+ending)
		}
		k.add("<", reading+strings.Join(tail, ""))
		for i := 1; i < len(syllables); i++ {
			k.add("-", strings.Join(syllables[i:], "")+strings.Join(tail, ""))
		}
		k.add("~=", initialsOf(syllables))
		k.add("~<", initialsOf(syllables)+initialsOf(tail))
	}
}

// likeliest is the likeliest reading of a text, nil if it has none.
func likeliest(text string) []string {
	if all := roman.Spellings(text); len(all) > 0 {
		return all[0]
	}
	return nil
}

func initialsOf(syllables []string) string {
	var b strings.Builder
	for _, s := range syllables {
		b.WriteString(cut(s, 1))
	}
	return b.String()
}
