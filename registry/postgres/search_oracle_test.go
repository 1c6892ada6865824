package postgres

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/registry"
	"jieming/registry/registrytest"
	"jieming/registry/roman"
)

// An oracle answers the same questions from all versions, held in memory, by
// reading every one of them for each question.

// bearer is a version of a unit or place as stored.
type bearer struct {
	name
	id, parent int64
	valid      registry.Period
	from, to   int64 // recorded
}

func (b *bearer) at(day registry.Day, seq registry.Seq) bool {
	return b.valid.Holds(day) && b.known(seq)
}
func (b *bearer) known(seq registry.Seq) bool { return b.from <= int64(seq) && int64(seq) < b.to }
func (b *bearer) isPlace() bool               { return b.level == placeLevel }

type oracle struct {
	bearers []bearer
	edges   [][2]int64 // CONTINUES
}

func newOracle(t *testing.T, s *Store) *oracle {
	t.Helper()
	rows, err := s.pool.Query(context.Background(), `
		SELECT level::int, specific, generic, unit_id, coalesce(parent_id, 0), valid, lower(recorded), coalesce(upper(recorded), 1000000) FROM unit_version WHERE level > 0
		UNION ALL
		SELECT 6, coalesce(name, roman), '', place_id, coalesce(unit_id, 0), valid, lower(recorded), coalesce(upper(recorded), 1000000) FROM place_version`)
	check(t, err)
	o := &oracle{}
	o.bearers, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (b bearer, err error) {
		var valid pgtype.Range[pgtype.Date]
		err = row.Scan(&b.level, &b.specific, &b.generic, &b.id, &b.parent, &valid, &b.from, &b.to)
		b.valid = fromRange(valid)
		return b, err
	})
	check(t, err)
	rows, err = s.pool.Query(context.Background(), "SELECT from_unit, to_unit FROM lineage WHERE relation = 'CONTINUES'")
	check(t, err)
	o.edges, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e [2]int64, err error) {
		return e, row.Scan(&e[0], &e[1])
	})
	check(t, err)
	return o
}

// unit is what a unit is on a day, nil if it does not exist.
func (o *oracle) unit(id int64, q *registry.SearchQuery) *bearer {
	for i := range o.bearers {
		if b := &o.bearers[i]; !b.isPlace() && b.id == id && b.at(q.At.Valid, q.At.Recorded) {
			return b
		}
	}
	return nil
}

// heir is the unit that stands for one on the day, 0 if none does.
func (o *oracle) heir(id int64, q *registry.SearchQuery) int64 {
	for _, forward := range []int{0, 1} {
		for next := []int64{id}; len(next) > 0; {
			var found, further []int64
			for _, n := range next {
				if o.unit(n, q) != nil {
					found = append(found, n)
				}
				for _, e := range o.edges {
					if e[forward] == n {
						further = append(further, e[1-forward])
					}
				}
			}
			if len(found) > 0 {
				return slices.Min(found)
			}
			next = further
		}
	}
	return 0
}

// below tells whether something lies below a unit on the day.
func (o *oracle) below(id int64, within registry.UnitID, q *registry.SearchQuery) bool {
	for above := id; above != 0; {
		u := o.unit(above, q)
		if u == nil {
			return false
		}
		if above = u.parent; above == int64(within) {
			return true
		}
	}
	return false
}

// wanted is a hit that is expected.
type wanted struct {
	stage, standing int
	b               *bearer
	shown           int64
}

// search answers a question.
func (o *oracle) search(q registry.SearchQuery) (all []wanted) {
	typed := typedNaively(q.Text)
	for i := range o.bearers {
		b := &o.bearers[i]
		stage, fits := typed.stage(b.name)
		if !fits || !b.known(q.At.Recorded) || q.Generic != "" && b.generic != q.Generic || !kindFits(q.Kind, b.level) {
			continue
		}
		if w, ok := o.standing(b, &q); ok {
			w.stage = stage
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b wanted) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.b.level, b.b.level), cmp.Compare(a.standing, b.standing),
			o.unborne(a.b.name, b.b.name, q.At.Valid), compareNames(a.b.name, b.b.name), cmp.Compare(a.b.id, b.b.id))
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(w wanted) bool {
		key := fmt.Sprint(w.b.isPlace(), w.shown)
		twice := seen[key]
		seen[key] = true
		return twice
	})
}

// standing tells how somebody who bears or bore a name stands on the day.
func (o *oracle) standing(b *bearer, q *registry.SearchQuery) (wanted, bool) {
	w := wanted{b: b, shown: b.id}
	if b.isPlace() {
		if !b.valid.Holds(q.At.Valid) {
			w.standing = 1
		}
		return w, q.Within == 0 || b.parent == int64(q.Within) || o.below(b.parent, q.Within, q)
	}
	if b.valid.Holds(q.At.Valid) {
		return w, q.Within == 0 || o.below(b.id, q.Within, q)
	}
	if now := o.unit(b.id, q); now != nil && now.specific+now.generic == b.specific+b.generic {
		return w, false // it is found by what it is called now
	}
	w.standing = 2
	if heir := o.heir(b.id, q); heir != 0 {
		w.standing, w.shown = 1, heir
		return w, q.Within == 0 || o.below(heir, q.Within, q)
	}
	then := *q
	then.At.Valid = b.valid.From
	if b.valid.To <= q.At.Valid {
		then.At.Valid = b.valid.To - 1
	}
	return w, q.Within == 0 || o.below(b.id, q.Within, &then)
}

// unborne puts names that nobody ever bore about the day behind the other ones.
func (o *oracle) unborne(a, b name, on registry.Day) int {
	outside := func(n name) int {
		hull := registry.Period{From: registry.NoEnd, To: registry.NoStart}
		for _, x := range o.bearers {
			if x.name == n {
				hull = registry.Period{From: min(hull.From, x.valid.From), To: max(hull.To, x.valid.To)}
			}
		}
		if hull.Holds(on) {
			return 0
		}
		return 1
	}
	return cmp.Compare(outside(a), outside(b))
}

func compareNames(a, b name) int {
	reading := func(n name) string {
		if all := roman.Spellings(n.specific); len(all) > 0 {
			return cut(strings.Join(all[0], ""), 10)
		}
		return ""
	}
	return cmp.Or(cmp.Compare(utf8.RuneCountInString(a.specific), utf8.RuneCountInString(b.specific)), cmp.Compare(reading(a), reading(b)),
		cmp.Compare(a.specific, b.specific), cmp.Compare(a.generic, b.generic))
}

func kindFits(kind registry.SearchKind, level int) bool {
	switch kind {
	case registry.SearchUnit:
		return level < 5
	case registry.SearchVillage:
		return level == 5
	case registry.SearchPlace:
		return level == 6
	}
	return true
}

// naive is a text in characters, or in small letters.
type naive struct {
	text  string
	latin bool
}

func typedNaively(text string) naive {
	return naive{text, strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") == ""}
}

// stage is the order of rank in which a name fits.
func (n naive) stage(x name) (int, bool) {
	tiers := n.tiers(x)
	group := map[int]int{1: 0, 2: 0, 3: 0, 4: 1, 5: 2, 6: 4}[x.level]
	if length := utf8.RuneCountInString(x.specific); x.level == 5 && length > 3 {
		group = min(length, 5) - 1
	}
	// The rows are tiers; the columns are counties and above, townships, short,
	// middle and long villages; places stand with the long ones.
	for tier, order := range [][]int{{0, 2, 4, 4, 4}, {1, 5, 6, 7, 8}, {3, 9, 10, 11, 12}, {13, 15, 16, 17, 18}, {14, 19, 20, 21, 22}} {
		if tiers[tier] {
			return order[group], true
		}
	}
	return 0, false
}

// tiers tell whether a name is typed, begun, contained, begun with another
// generic element, or contained likewise.
func (n naive) tiers(x name) (t [5]bool) {
	if n.latin {
		return n.latinTiers(x)
	}
	one := utf8.RuneCountInString(n.text) == 1
	t[0] = n.text == x.specific || n.text == x.specific+x.generic
	for _, tail := range roman.Tails() {
		if x.level < 5 && strings.HasSuffix(x.generic, tail) && n.text == x.specific+tail {
			t[0] = true
		}
	}
	inside := func(text string) bool { return strings.LastIndex(x.specific, text) > 0 }
	t[1] = strings.HasPrefix(x.specific+x.generic, n.text)
	t[2] = inside(n.text) && (!one || x.level < 5)
	for _, tail := range roman.Tails() {
		if stem, ok := strings.CutSuffix(n.text, tail); ok {
			fits := strings.HasPrefix(x.generic, tail) || strings.HasSuffix(x.generic, tail)
			long := utf8.RuneCountInString(stem) > 1
			t[3] = fits && (long && strings.HasPrefix(x.specific+x.generic, stem) || stem == "" && x.level < 4)
			t[4] = fits && long && inside(stem)
			break
		}
	}
	return t
}

func (n naive) latinTiers(x name) (t [5]bool) {
	tail := likeliest(x.generic)
	for _, syllables := range roman.Spellings(x.specific) {
		reading := strings.Join(syllables, "")
		t[0] = t[0] || n.text == reading || n.text == reading+strings.Join(tail, "")
		for _, ending := range roman.Tails() {
			if x.level < 5 && strings.HasSuffix(x.generic, ending) && ending != x.generic && n.text == reading+strings.Join(likeliest(ending), "") {
				t[0] = true
			}
		}
		t[1] = t[1] || strings.HasPrefix(reading+strings.Join(tail, ""), n.text) || len(n.text) > 1 && n.text == initialsOf(syllables)
		t[2] = t[2] || len(n.text) > 1 && strings.HasPrefix(initialsOf(syllables)+initialsOf(tail), n.text)
		for i := 1; i < len(syllables) && len(n.text) > 2; i++ {
			t[2] = t[2] || strings.HasPrefix(strings.Join(syllables[i:], "")+strings.Join(tail, ""), n.text)
		}
	}
	return t
}

// searched is a store of units whose names are made of few characters, with
// former names, heirs, moves and places, and with what was recorded later: more
// villages and a corrected name.
func searched(t *testing.T) *Store {
	t.Helper()
	ctx := context.Background()
	s := opened(t, nil)
	g := &generator{Rand: rand.New(rand.NewPCG(1, 2)), b: registrytest.Squares(), day: registry.Date(2023, 12, 31)}
	g.event(registry.Date(1990, 1, 1), registry.Date(2000, 1, 1), registry.Date(2010, 1, 1))
	for range 6 {
		g.unit(registry.LevelCounty, registrytest.West+g.IntN(2), "县", "市", "区", "满族自治县")
	}
	counties := []int{registrytest.A, registrytest.B, registrytest.C, 7, 8, 9, 10, 11, 12}
	for range 16 {
		g.unit(registry.LevelTownship, counties[g.IntN(len(counties))], "镇", "乡", "街道", "满族乡")
	}
	for range 60 {
		g.unit(registry.LevelVillage, 13+g.IntN(16), "村委会", "村", "社区", "居委会", "社区居委会", "村民委员会")
	}
	for range 12 {
		g.place(counties[g.IntN(len(counties))])
	}
	_, _, err := s.Load(ctx, g.b, tester, nil)
	check(t, err)

	at := registry.Instant{Valid: g.day, Recorded: latest(t, s)}
	var township registry.UnitID
	check(t, s.Units(ctx, registry.UnitQuery{At: at, Level: registry.LevelTownship}, func(u *registry.Unit) error { township = u.ID; return nil }))
	later := &generator{Rand: g.Rand, day: g.day, b: &registry.Baseline{Dataset: g.b.Dataset, Instruments: g.b.Instruments,
		Events: slices.Clone(g.b.Events[:1]), Units: []registry.BaselineUnit{{Key: "township", Existing: township}}}}
	later.b.Dataset.Digest = sha256.Sum256([]byte("later"))
	later.event(registry.Date(1990, 1, 1), registry.Date(2000, 1, 1), registry.Date(2010, 1, 1))
	for range 20 {
		later.unit(registry.LevelVillage, 0, "村委会", "社区")
	}
	later.place(registry.NoRef)
	_, _, err = s.Load(ctx, later.b, tester, nil)
	check(t, err)
	renameVillages(t, s)
	return s
}

// renameVillages corrects the names of villages for all time.
func renameVillages(t *testing.T, s *Store) {
	t.Helper()
	ctx := context.Background()
	_, err := s.write(ctx, tester, func(tx pgx.Tx, _ registry.Seq) error {
		event, err := insertEvent(ctx, tx, 0, decision(registry.Refinement, registry.BoundaryChange, registrytest.Start, "更名"))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			WITH v AS MATERIALIZED (SELECT * FROM unit_version WHERE level = 5 AND valid @> '2023-12-31'::date AND lower(valid) < '1990-01-01' AND upper_inf(recorded) ORDER BY id LIMIT 12),
			c AS MATERIALIZED (SELECT v.*, carve('unit_version', 'unit_id', v.unit_id, v.valid, $1) FROM v)
			INSERT INTO unit_version (unit_id, level, type, specific, generic, superior_id, valid, began_by, basis)
			SELECT unit_id, level, type, '新朝阳', generic, superior_id, valid, $1, basis FROM c`, int64(event))
		return err
	})
	check(t, err)
}

// generator makes a baseline of random names.
type generator struct {
	*rand.Rand
	b   *registry.Baseline
	day registry.Day
}

// event adds an event for each day; units change at them.
func (g *generator) event(days ...registry.Day) {
	for _, d := range days {
		g.b.Events = append(g.b.Events, registry.Event{Class: registry.Legal, Type: registry.Rename, EffectiveOn: d, Precision: registry.PrecisionDay})
	}
}

// characters of which names are made; 长, 朝 and 重 have several readings.
var characters = []rune("新朝阳东公主岭长河庄重村")

func (g *generator) text(most int) string {
	runes := make([]rune, 1+g.IntN(most))
	for i := range runes {
		runes[i] = characters[g.IntN(len(characters))]
	}
	return string(runes)
}

// unit adds a unit with one to three names; a village may end, and be continued
// by another one.
func (g *generator) unit(level registry.Level, superior int, generics ...string) {
	var u registry.BaselineUnit
	began, from := 0, registrytest.Start
	for event := 1; event < len(g.b.Events); event++ {
		if g.IntN(4) == 0 {
			u.Versions = append(u.Versions, g.version(level, superior, generics, from, g.b.Events[event].EffectiveOn, began, event))
			began, from = event, g.b.Events[event].EffectiveOn
		}
	}
	index := len(g.b.Units)
	if ends := level == registry.LevelVillage && began > 0 && g.IntN(3) == 0; !ends {
		u.Versions = append(u.Versions, g.version(level, superior, generics, from, registry.NoEnd, began, registry.NoRef))
	} else if g.IntN(2) == 0 {
		heir := registry.BaselineUnit{Versions: []registry.BaselineUnitVersion{g.version(level, superior, generics, from, registry.NoEnd, began, registry.NoRef)}}
		heir.Key = fmt.Sprint("heir ", index)
		g.b.Lineage = append(g.b.Lineage, registry.BaselineLineage{Event: began, From: index + 1, To: index, Relation: registry.Continues, AreaShare: -1, PopulationShare: -1})
		g.b.Units = append(g.b.Units, heir)
		index++
	}
	u.Key = fmt.Sprint("unit ", index)
	g.b.Units = append(g.b.Units, u)
}

func (g *generator) version(level registry.Level, superior int, generics []string, from, to registry.Day, began, ended int) registry.BaselineUnitVersion {
	return registry.BaselineUnitVersion{Level: level, Type: registry.UnknownUnitType, Specific: g.text(5), Generic: generics[g.IntN(len(generics))], Superior: superior,
		Custodian: registry.NoRef, Basis: registry.Published, AttestedOn: g.day, Valid: registry.Period{From: from, To: to}, BeganBy: began, EndedBy: ended}
}

func (g *generator) place(county int) {
	g.b.Places = append(g.b.Places, registry.BaselinePlace{Category: "SETTLEMENT", Name: g.text(4), Point: orb.Point{126.5, 43.5}, Unit: county})
}

// The store and the oracle agree, on any day of law and at any log entry.
func TestSearch_agreesWithAnOracle(t *testing.T) {
	ctx := context.Background()
	s := searched(t)
	o := newOracle(t, s)
	last := latest(t, s)
	var units []registry.UnitID
	for _, b := range o.bearers {
		if !b.isPlace() && b.level < 5 {
			units = append(units, registry.UnitID(b.id))
		}
	}
	var texts []string
	for _, b := range o.bearers {
		for _, syllables := range roman.Spellings(b.specific)[:1] {
			texts = append(texts, b.specific+b.generic, strings.Join(syllables, ""), initialsOf(syllables))
		}
	}
	several, other := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 4 {
			q := drawQuery(t, texts, units, last)
			got, err := s.Search(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			want := o.search(q)
			if len(want) > 1 {
				several++
			}
			if slices.ContainsFunc(want, func(w wanted) bool { return w.standing > 0 }) {
				other++
			}
			compareHits(t, got, want, q)
		}
	})
	if several == 0 || other == 0 {
		t.Errorf("%d questions had several answers, %d one of another time", several, other)
	}
}

func drawQuery(t *rapid.T, texts []string, units []registry.UnitID, last registry.Seq) registry.SearchQuery {
	runes := []rune(rapid.SampledFrom(texts).Draw(t, "text"))
	from := rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "from")
	to := rapid.SampledFrom([]int{1, 2, 2, 3, 4, 9}).Draw(t, "length")
	if from >= len(runes) {
		from = 0
	}
	q := registry.SearchQuery{Text: string(runes[from:min(len(runes), from+to)]), Limit: registry.LargestSearch,
		At: registry.Instant{
			Valid:    registrytest.Start + registry.Day(rapid.IntRange(-1, 16000).Draw(t, "day")),
			Recorded: registry.Seq(rapid.IntRange(1, int(last)).Draw(t, "entry"))},
		Kind:    rapid.SampledFrom([]registry.SearchKind{"", "", registry.SearchUnit, registry.SearchVillage, registry.SearchPlace}).Draw(t, "kind"),
		Generic: rapid.SampledFrom([]string{"", "", "", "村委会", "镇"}).Draw(t, "generic")}
	if rapid.IntRange(0, 3).Draw(t, "below a unit") == 0 {
		q.Within = rapid.SampledFrom(units).Draw(t, "within")
	}
	return q
}

func compareHits(t *rapid.T, got *registry.SearchResult, want []wanted, q registry.SearchQuery) {
	var lines [2][]string
	for _, h := range got.Hits {
		id, found := int64(h.Unit), h.Name
		if h.Kind == registry.SearchPlace {
			id = int64(h.Place)
		}
		if h.OtherName != "" {
			found = h.OtherName
		}
		lines[0] = append(lines[0], fmt.Sprintf("%v %d %s", h.Kind == registry.SearchPlace, id, found))
	}
	for _, w := range want[:min(len(want), q.Limit)] {
		lines[1] = append(lines[1], fmt.Sprintf("%v %d %s", w.b.isPlace(), w.shown, w.b.specific+w.b.generic))
	}
	if !slices.Equal(lines[0], lines[1]) {
		t.Fatalf("%+v\n%s\nwant\n%s", q, strings.Join(lines[0], "\n"), strings.Join(lines[1], "\n"))
	}
	if got.More != (len(want) > q.Limit) {
		t.Fatalf("more %v, want %d in all", got.More, len(want))
	}
}
