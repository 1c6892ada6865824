package postgres

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/roman"
)

// Search implements registry.Registry. It reads no more versions than it ranks,
// and takes a few milliseconds, also in a country.
func (s *Store) Search(ctx context.Context, q registry.SearchQuery) (*registry.SearchResult, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	if err := s.keyedUpTo(ctx, q.At.Recorded); err != nil {
		return nil, wrap("search", err)
	}
	one := &search{Store: s, ctx: ctx, q: q}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: sql("BeginSearch")}, func(tx pgx.Tx) error {
		one.tx = tx
		return one.run()
	})
	return &one.result, wrap("search", err)
}

// search is one search under way.
type search struct {
	*Store
	ctx    context.Context
	tx     pgx.Tx
	q      registry.SearchQuery
	text   typed
	asked  int // how often
	result registry.SearchResult
}

// run looks for what was typed. Where it finds nothing, it looks for the same in
// simplified characters, then for a name behind that of a superior. The latter it
// does as well where only villages and places were found, and prefers units that
// are called so.
func (s *search) run() error {
	if err := s.checkWithin(); err != nil {
		return err
	}
	text := s.q.Text
	if err := s.ask(text); err != nil || s.satisfied() {
		return err
	}
	if plain := simplify().Replace(folded(text)); plain != folded(text) && len(s.result.Generics)+len(s.result.Hits) == 0 {
		text = plain
		if err := s.ask(text); err != nil || s.satisfied() {
			return err
		}
	}
	low := s.result
	s.result = registry.SearchResult{}
	if err := s.askBehind(folded(text)); err != nil {
		return err
	}
	if len(low.Generics)+len(low.Hits) > 0 && !called(s.result.Hits, folded(text)) {
		s.result = low
	}
	return nil
}

// satisfied tells whether something was found above villages, or of the kind
// that is wanted, or that is called just so.
func (s *search) satisfied() bool {
	if s.q.Kind != "" || s.q.Generic != "" {
		return len(s.result.Generics)+len(s.result.Hits) > 0
	}
	return len(s.result.Hits) > 0 && (s.result.Hits[0].Kind == registry.SearchUnit || s.result.Hits[0].Name == folded(s.q.Text))
}

// ask looks for one text.
func (s *search) ask(text string) error {
	s.asked++
	s.text, s.result = parseTyped(text), registry.SearchResult{}
	best, err := s.look(s.q.Generic)
	if err != nil {
		return err
	}
	counted := best
	if s.q.Generic != "" { // what else there is to choose
		if counted, err = s.look(""); err != nil {
			return err
		}
	}
	s.result.Generics = countGenerics(counted)
	s.result.More = len(best) > s.q.Limit
	s.result.Hits, err = s.hits(best[:min(len(best), s.q.Limit)])
	return err
}

// found is a name or a code that fits, with one who bears or bore it.
type found struct {
	stage             int // of the conditions that it fits, the first
	specific, generic string
	level             int
	code              string // "" if it was found by name
	id                int64
	valid             registry.Period // when it bore the name or code
	shown             int64           // what stands for it on the day: itself, or its heir
	standing          int             // on the day: 0 it bears the name, 1 something stands for it, 2 nothing does
	order             int             // in which the database gave it
}

func (f *found) isPlace() bool { return f.level == placeLevel }

// look asks the database for the best finds, one for each unit and place.
func (s *search) look(generic string) ([]*found, error) {
	if s.text.code != "" {
		all, err := s.collect("SearchCodes", s.codeArgs(generic), func(row pgx.Rows, f *found, valid *pgtype.Range[pgtype.Date]) error {
			return row.Scan(&f.stage, &f.specific, &f.generic, &f.level, &f.code, &f.id, valid, &f.shown, &f.standing)
		})
		if err != nil || len(all) > 0 {
			return rank(all), err
		}
	}
	all, err := s.collect("SearchNames", s.nameArgs(generic), func(row pgx.Rows, f *found, valid *pgtype.Range[pgtype.Date]) error {
		return row.Scan(&f.stage, &f.specific, &f.generic, &f.level, &f.id, valid, &f.shown, &f.standing)
	})
	return rank(all), err
}

func (s *search) args(generic string) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"t": date(s.q.At.Valid), "r": int64(s.q.At.Recorded),
		"generic": generic, "within": int64(s.q.Within), "depth": registry.SearchDepth}
}

func (s *search) nameArgs(generic string) pgx.StrictNamedArgs {
	args := s.args(generic)
	queries, contained := []string{}, []string{}
	for _, one := range s.text.stages(s.q.Kind) {
		queries, contained = append(queries, one.query), append(contained, one.contained)
	}
	args["queries"], args["contained"] = queries, contained
	return args
}

// codeArgs select the codes from what was typed up to the next one as long.
func (s *search) codeArgs(generic string) pgx.StrictNamedArgs {
	args, code := s.args(generic), s.text.code
	last := len(code) - 1
	args["whole"], args["from"], args["upto"] = padCode(code), code, code[:last]+string(code[last]+1)
	args["levels"] = levelsOf(s.q.Kind)
	return args
}

func (s *search) collect(statement string, args pgx.StrictNamedArgs, scan func(pgx.Rows, *found, *pgtype.Range[pgtype.Date]) error) ([]*found, error) {
	rows, err := s.tx.Query(s.ctx, sql(statement), args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*found
	for rows.Next() {
		f := &found{order: len(all)}
		var valid pgtype.Range[pgtype.Date]
		if err := scan(rows, f, &valid); err != nil {
			return nil, err
		}
		f.valid = fromRange(valid)
		all = append(all, f)
	}
	return all, rows.Err()
}

// levelsOf are the levels of those that bear codes.
func levelsOf(kind registry.SearchKind) []int {
	switch kind {
	case registry.SearchUnit:
		return []int{1, 2, 3, 4}
	case registry.SearchVillage:
		return []int{int(registry.LevelVillage)}
	case registry.SearchPlace:
		return []int{}
	}
	return []int{1, 2, 3, 4, 5}
}

// rank orders what was found, the best first, and keeps the best for each unit
// and place. Periods of one name that meet become one.
func rank(all []*found) []*found {
	slices.SortFunc(all, func(a, b *found) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.level, b.level), cmp.Compare(a.standing, b.standing), cmp.Compare(a.order, b.order))
	})
	type thing struct {
		place bool
		id    int64
	}
	best := map[thing]*found{}
	var kept []*found
	for _, f := range all {
		key := thing{f.isPlace(), f.shown}
		first, known := best[key]
		if !known {
			best[key] = f
			kept = append(kept, f)
		} else if f.id == first.id && f.specific == first.specific && f.generic == first.generic && f.code == first.code {
			first.valid = joinPeriods(first.valid, f.valid)
		}
	}
	return kept
}

// joinPeriods is the period of both if they meet, else the later one.
func joinPeriods(a, b registry.Period) registry.Period {
	if a.From <= b.To && b.From <= a.To {
		return registry.Period{From: min(a.From, b.From), To: max(a.To, b.To)}
	}
	if b.From > a.From {
		return b
	}
	return a
}

// matched says by what a name was found that is that of the day.
func (s *search) matched(f *found) registry.SearchMatch {
	specific := folded(f.specific)
	switch {
	case f.code != "":
		return registry.ByCode
	case s.text.latin != "" && !strings.Contains(specific+folded(f.generic), s.text.whole):
		return s.matchedReading(f)
	case f.isPlace() || f.generic == "" && specific == s.text.whole || !strings.Contains(specific, s.text.whole):
		return registry.ByName
	}
	return registry.BySpecific
}

// matchedReading tells readings from initials.
func (s *search) matchedReading(f *found) registry.SearchMatch {
	if s.text.mixed() {
		return registry.ByPinyin
	}
	tail := strings.Join(likeliest(f.generic), "")
	for _, syllables := range roman.Spellings(f.specific) {
		for i := range syllables {
			if strings.HasPrefix(strings.Join(syllables[i:], "")+tail, s.text.latin) {
				return registry.ByPinyin
			}
		}
	}
	for _, syllables := range roman.Spellings(f.specific) {
		if strings.HasPrefix(initialsOf(syllables)+initialsOf(likeliest(f.generic)), s.text.latin) {
			return registry.ByInitials
		}
	}
	return registry.ByPinyin
}

func countGenerics(all []*found) []registry.GenericCount {
	counts := map[string]int{}
	for _, f := range all {
		if f.generic != "" {
			counts[f.generic]++
		}
	}
	var list []registry.GenericCount
	for generic, n := range counts {
		list = append(list, registry.GenericCount{Generic: generic, Count: n})
	}
	slices.SortFunc(list, func(a, b registry.GenericCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Generic, b.Generic))
	})
	return list
}
