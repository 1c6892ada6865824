package postgres

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"jieming/registry"
	"jieming/registry/postgres/pgtest"
)

func TestParseTyped(t *testing.T) {
	for text, want := range map[string]typed{
		"公主岭":              {whole: "公主岭", han: "公主岭"},
		" 公 主 岭　":          {whole: "公主岭", han: "公主岭"},
		"ＧＯＮＧ zhu":         {whole: "gongzhu", latin: "gongzhu"},
		"gōngzhǔ'lǐng":     {whole: "gōngzhǔlǐng", latin: "gongzhuling"},
		"gong1 zhu3":       {whole: "gong1zhu3", latin: "gongzhu"},
		"Lǚshùn":           {whole: "lǚshùn", latin: "lvshun"},
		"lu:shun":          {whole: "lushun", latin: "lushun"},
		"220184":           {whole: "220184", code: "220184", han: "220184"},
		"２２０１８４":           {whole: "220184", code: "220184", han: "220184"},
		"2":                {whole: "2", han: "2"},
		"公主ling":           {whole: "公主ling", han: "公主", latin: "ling"},
		"E景佳园":             {whole: "e景佳园", han: "e景佳园"},
		"10社区":             {whole: "10社区", han: "10社区"},
		"":                 {},
		" \t\x00\u200b'":   {},
		"\xff公\x00主\ufffd": {whole: "公主", han: "公主"},
	} {
		if got := parseTyped(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// What is typed comes to a few conditions, in order of rank.
func TestStages(t *testing.T) {
	queries := func(text string, kind registry.SearchKind) (all []string) {
		for _, s := range parseTyped(text).stages(kind) {
			all = append(all, s.query)
		}
		return all
	}
	for _, c := range []struct {
		text string
		kind registry.SearchKind
		want []string
	}{
		{"岭", registry.SearchUnit, []string{
			"('a=岭' | 'a<岭')", "('a<岭':* & !('a=岭' | 'a<岭'))", "('b=岭' | 'b<岭')", "'a-岭'", "('b<岭':* & !('b=岭' | 'b<岭'))", "'b-岭'"}},
		{"岭", registry.SearchPlace, []string{"('p=岭' | 'p<岭')", "('p<岭':* & !('p=岭' | 'p<岭'))"}},
		{"公主岭", registry.SearchPlace, []string{"('p=公主岭' | 'p<公主岭')", "('p<公主岭':* & !('p=公主岭' | 'p<公主岭'))", "('p-公主' & 'p-主岭')"}},
		{"x", registry.SearchPlace, []string{"('p=x' | 'p<x')", "('p<x':* & !('p=x' | 'p<x'))"}},
		{"xi", registry.SearchPlace, []string{"('p=xi' | 'p<xi')", "(('p<xi':* | 'p~=xi') & !('p=xi' | 'p<xi'))", "('p~<xi':* & !(('p=xi' | 'p<xi') | 'p~=xi'))"}},
		{"xia", registry.SearchPlace, []string{"('p=xia' | 'p<xia')", "(('p<xia':* | 'p~=xia') & !('p=xia' | 'p<xia'))",
			"(('p~<xia':* | 'p-xia':*) & !(('p=xia' | 'p<xia') | 'p~=xia'))"}},
		{"' \\ '", registry.SearchPlace, []string{`('p=\\' | 'p<\\')`, `('p<\\':* & !('p=\\' | 'p<\\'))`}},
		{" ' ", "", nil},
	} {
		if got := queries(c.text, c.kind); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q among %q:\n%s\nwant\n%s", c.text, c.kind, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
	if n := len(queries("朝阳镇", "")); n > 25 {
		t.Errorf("%d stages", n)
	}
}

// hostile are texts that are no names.
var hostile = []string{"", " ", "'", `\`, `'\'`, "朝阳 & !镇", "a:*", "a:*ABCD", "<->", "!(", "'); DROP TABLE search_name; --", "\x00", "\xff\xfe", "\u2028", "a\x1fb", "%_%",
	"﷽", strings.Repeat("﷽", 64), strings.Repeat("😀", 64), strings.Repeat("👨‍👩‍👧‍👦", 9), strings.Repeat("朝", 64), strings.Repeat("a", 64), strings.Repeat("ß", 64),
	strings.Repeat("e\u0301", 32), "가나다", "ﬁﬃ", "①②③", "é", "İstanbul", "ǖ", "u\u0308\u0304", "公主ling岭", "12345678901234567890", "5541", "E景佳园", "\u202e公主岭", "1'1"}

// Whatever is typed, PostgreSQL accepts the conditions that come of it.
func FuzzStages(f *testing.F) {
	for _, text := range append(hostile, "朝阳", "朝阳镇", "gongzhuling", "220184", "自治县") {
		f.Add(text)
	}
	pool := pgtest.Pool(f, pgtest.New(f))
	f.Fuzz(func(t *testing.T, text string) {
		parsed := parseTyped(text)
		if utf8.RuneCountInString(parsed.whole) > registry.LongestSearch || len(parsed.latin) > registry.LongestSearch {
			t.Fatalf("%q is too long", parsed.whole)
		}
		var queries, contained []string
		for _, kind := range []registry.SearchKind{"", registry.SearchUnit, registry.SearchVillage, registry.SearchPlace} {
			for _, s := range parsed.stages(kind) {
				queries, contained = append(queries, s.query), append(contained, s.contained)
			}
		}
		if _, err := pool.Exec(context.Background(), "SELECT q::tsquery, c FROM unnest($1::text[], $2::text[]) x(q, c)", queries, contained); err != nil {
			t.Fatalf("%q: %v\n%s", text, err, strings.Join(queries, "\n"))
		}
	})
}

// Whatever is a name, PostgreSQL accepts its keys, and the name is found by
// itself.
func FuzzKeys(f *testing.F) {
	for _, text := range append(hostile, "公主岭", "Changbai Shan", "\u0301", "a\x1f") {
		for level := 1; level <= placeLevel; level++ {
			f.Add(level, text, "自治县")
		}
	}
	pool := pgtest.Pool(f, pgtest.New(f))
	f.Fuzz(func(t *testing.T, level int, specific, generic string) {
		if !utf8.ValidString(specific) || strings.Contains(specific, "\x00") || folded(specific) == "" {
			t.Skip("not in the database, or not to be typed")
		}
		n := name{level: 1 + (level%placeLevel+placeLevel)%placeLevel, specific: specific, generic: generic}
		k := n.keys()
		if k.rank < 0 || k.rank >= 1<<62 {
			t.Fatalf("rank %d", k.rank)
		}
		var queries []string
		for _, s := range parseTyped(specific).stages("") {
			queries = append(queries, s.query)
		}
		var found bool
		err := pool.QueryRow(context.Background(), "SELECT bool_or(k @@ q::tsquery) FROM array_to_tsvector(string_to_array($1, E'\\x1f')) k, unnest($2::text[]) q",
			strings.Join(k.list, "\x1f"), queries).Scan(&found)
		if err != nil || !found {
			t.Fatalf("%q: found %v, %v\n%q\n%q", specific, found, err, k.list, queries)
		}
	})
}
