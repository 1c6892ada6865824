package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/roman"
)

// search measures how long one search by name takes, over every unit, village
// and place of the country where the folder has the lists, else over the
// province.
func (b *benchmark) search(ctx context.Context) (_ []figure, err error) {
	s, keyed, err := b.searchStore(ctx)
	if err != nil {
		return nil, err
	}
	if s != b.province {
		defer func() { err = errors.Join(err, s.close()) }()
	}
	elements, err := s.elements(ctx)
	if err != nil {
		return nil, err
	}
	server, err := serveAPI(s, &areaRows{})
	if err != nil {
		return nil, err
	}
	defer server.Close()
	figures := keyed
	for _, set := range elements.sets() {
		one, err := b.searchEach(ctx, s, server, set)
		if err != nil {
			return nil, err
		}
		figures = append(figures, one...)
	}
	return figures, nil
}

// searchStore is the registry to search in, and how long its names took to key.
func (b *benchmark) searchStore(ctx context.Context) (*benchStore, []figure, error) {
	rows, err := b.readLists(ctx)
	if err != nil {
		return nil, nil, err
	}
	if rows == nil {
		s, err := b.provinceStore(ctx)
		return s, nil, err
	}
	baseline, err := readBaseline(ctx, b.dataset, b.shown)
	if err != nil {
		return nil, nil, err
	}
	own := baseline.Codes[0].Code[:2]
	rows = slices.DeleteFunc(rows, func(r listed) bool { return strings.HasPrefix(r.code, own) })
	s, err := b.open(ctx, baseline)
	if err != nil {
		return nil, nil, err
	}
	keyed, err := b.addCountry(ctx, s, rows)
	if err != nil {
		return nil, nil, errors.Join(err, s.close())
	}
	b.note("search: %s with its history, and %d units of the other provinces copied straight into the tables", baseline.Dataset.Name, len(rows))
	return s, []figure{keyed}, nil
}

// addCountry adds the rest of the country, and measures keying its names.
func (b *benchmark) addCountry(ctx context.Context, s *benchStore, rows []listed) (f figure, err error) {
	b.shown.Step("copying the units of the country", 0)
	begun := time.Now()
	c := &countryRows{known: map[string]int64{}, rows: rows}
	if err := s.Pool().QueryRow(ctx, benchStatement("NextUnit")).Scan(&c.first, &c.event, &c.seq); err != nil {
		return f, err
	}
	if err := c.copyInto(ctx, s); err != nil {
		return f, err
	}
	copied := time.Since(begun)
	b.shown.Step("keying the names of the country", 0)
	begun = time.Now()
	names := 0
	if err := s.IndexNames(ctx, func(done int) { b.shown.Advance(done - names); names = done }); err != nil {
		return f, err
	}
	f = figure{name: fmt.Sprintf("search: keying %d names after a load", names), yardstick: "copying those units", ours: seconds(time.Since(begun)), by: seconds(copied)}
	if _, err := s.Pool().Exec(ctx, benchStatement("SearchTables")); err != nil {
		return f, err
	}
	places, err := b.readPlaces(ctx)
	if err != nil {
		return f, err
	}
	return f, s.fill(ctx, placesBaseline(places), b.shown)
}

// elements are the specific elements of the units of today, with the generic
// ones behind them, each with how often it is borne.
type elements struct {
	names [][2]string
	upTo  []int // the sum of the counts up to each
}

func (s *benchStore) elements(ctx context.Context) (*elements, error) {
	rows, err := s.Pool().Query(ctx, benchStatement("SpecificElements"), s.instant())
	if err != nil {
		return nil, err
	}
	e := &elements{}
	var name [2]string
	var n, sum int
	_, err = pgx.ForEachRow(rows, []any{&name[0], &name[1], &n}, func() error {
		sum += n
		e.names, e.upTo = append(e.names, name), append(e.upTo, sum)
		return nil
	})
	return e, err
}

// draw returns a name, each as likely as it is frequent.
func (e *elements) draw(random *rand.Rand) (specific, generic string) {
	i, _ := slices.BinarySearch(e.upTo, random.IntN(e.upTo[len(e.upTo)-1])+1)
	return e.names[i][0], e.names[i][1]
}

// searchSet is a set of texts that are typed.
type searchSet struct {
	name       string
	texts      []string
	p95, worst float64 // targets in seconds; 0 for information
}

// textsDrawn is how many texts are drawn for a set with a target, and for one
// without.
const textsDrawn, textsForInformation = 1000, 200

// sets are what is searched for, the same in every run.
func (e *elements) sets() []searchSet {
	random := rand.New(rand.NewPCG(2023, 6))
	drawn := func(n int, text func(specific, generic string) string) (texts []string) {
		for tries := 0; len(texts) < n && tries < 100*n; tries++ {
			if t := text(e.draw(random)); t != "" {
				texts = append(texts, t)
			}
		}
		return texts
	}
	return []searchSet{
		{name: "two characters", p95: 0.010, worst: 0.050, texts: drawn(textsDrawn, func(specific, _ string) string {
			if all := bigrams(specific); len(all) > 0 {
				return all[random.IntN(len(all))]
			}
			return ""
		})},
		{name: "the 20 commonest pairs", p95: 0.010, worst: 0.050, texts: e.commonest(20)},
		{name: "one character", texts: drawn(textsForInformation, func(specific, _ string) string { return beginning(specific, 1) })},
		{name: "a whole name", texts: drawn(textsForInformation, func(specific, generic string) string { return specific + generic })},
		{name: "1 to 8 letters of pinyin", texts: drawn(textsForInformation, func(specific, _ string) string {
			return beginning(strings.Join(firstSpelling(specific), ""), 1+random.IntN(8))
		})},
		{name: "2 to 4 initials", texts: drawn(textsForInformation, func(specific, _ string) string {
			var initials strings.Builder
			for _, syllable := range firstSpelling(specific) {
				initials.WriteString(beginning(syllable, 1))
			}
			if initials.Len() < 2 {
				return ""
			}
			return beginning(initials.String(), 2+random.IntN(3))
		})},
	}
}

// bigrams are the pairs of neighbouring characters of a text that are 汉字.
func bigrams(text string) (all []string) {
	runes := []rune(text)
	for i := 1; i < len(runes); i++ {
		if unicode.Is(unicode.Han, runes[i-1]) && unicode.Is(unicode.Han, runes[i]) {
			all = append(all, string(runes[i-1:i+1]))
		}
	}
	return all
}

func (e *elements) commonest(n int) []string {
	counts, last := map[string]int{}, 0
	for i, name := range e.names {
		for _, pair := range bigrams(name[0]) {
			counts[pair] += e.upTo[i] - last
		}
		last = e.upTo[i]
	}
	all := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return all[:min(n, len(all))]
}

func beginning(text string, n int) string {
	runes := []rune(text)
	return string(runes[:min(n, len(runes))])
}

func firstSpelling(name string) []string {
	if all := roman.Spellings(name); len(all) > 0 {
		return all[0]
	}
	return nil
}

// searchEach searches for every text of a set, in the store and over HTTP, a
// SELECT 1 beside each. The time of a text is the median of its rounds.
func (b *benchmark) searchEach(ctx context.Context, s *benchStore, server *benchServer, set searchSet) ([]figure, error) {
	b.shown.Step("searching for "+set.name, len(set.texts))
	var found, served, nothing series
	longest := 0.0
	for _, text := range set.texts {
		times, err := b.turns(ctx,
			func(ctx context.Context) error {
				_, err := s.Search(ctx, registry.SearchQuery{At: s.now, Text: text, Limit: 10})
				return err
			},
			func(ctx context.Context) error {
				_, err := server.read(ctx, server.origin+"/api/search?q="+url.QueryEscape(text))
				return err
			},
			s.Ready)
		if err != nil {
			return nil, fmt.Errorf("search for %q: %w", text, err)
		}
		found, served, nothing = append(found, times[0].median()), append(served, times[1].median()), append(nothing, times[2].median())
		longest = max(longest, slices.Max(times[0]))
		b.shown.Advance(1)
	}
	b.note("search for %s: %d texts, the longest of all %d single searches %s", set.name, len(set.texts), len(set.texts)*b.runs, amount(longest, ""))
	name := "search for " + set.name
	return []figure{
		{name: name + ": median", yardstick: "a bare SELECT 1", ours: found, by: nothing},
		{name: name + ": p95", yardstick: "a bare SELECT 1", ours: found, by: nothing, share: 0.95, limit: set.p95, absolute: set.p95 > 0},
		{name: name + ": worst", yardstick: "a bare SELECT 1", ours: found, by: nothing, share: 1, limit: set.worst, absolute: set.worst > 0},
		{name: name + ": p95 over HTTP", yardstick: "a bare SELECT 1", ours: served, by: nothing, share: 0.95},
		{name: name + ": worst over HTTP", yardstick: "a bare SELECT 1", ours: served, by: nothing, share: 1},
	}, nil
}

// turns is rounds for work that takes milliseconds: no garbage is cleared away
// between.
func (b *benchmark) turns(ctx context.Context, work ...func(context.Context) error) ([]series, error) {
	times := make([]series, len(work))
	for round := range b.runs + 1 {
		for i, do := range work {
			begun := time.Now()
			if err := do(ctx); err != nil {
				return nil, err
			}
			if round > 0 {
				times[i] = append(times[i], time.Since(begun).Seconds())
			}
		}
	}
	return times, nil
}
