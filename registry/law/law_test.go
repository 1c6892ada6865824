package law

import (
	"strings"
	"testing"
	"testing/fstest"

	"jieming/registry"
)

// Every state can be reached, and every open one can be left.
func TestShipped_proceduresAreConnected(t *testing.T) {
	b := Shipped()
	for _, k := range b.Kinds {
		reached := map[string]bool{k.First: true}
		for grew := true; grew; {
			grew = false
			for _, s := range b.Steps {
				for _, from := range s.From {
					if s.Kind == k.ID && reached[from] && !reached[s.To] {
						reached[s.To], grew = true, true
					}
				}
			}
		}
		for _, s := range b.StatesOf(k.ID) {
			if !reached[s.ID] {
				t.Errorf("%s: state %s cannot be reached", k.ID, s.ID)
			}
			if on := b.StepsFrom(k.ID, s.ID); (len(on) > 0) != (s.Phase == Open) {
				t.Errorf("%s: state %s is %s and has %d steps on", k.ID, s.ID, s.Phase, len(on))
			}
		}
	}
}

func TestReadBook_namesTheLineOfAFault(t *testing.T) {
	dir := fstest.MapFS{}
	for _, name := range []string{"sources", "kinds", "states", "papers", "steps", "needs", "bases", "clocks", "departments", "checks"} {
		data, err := files.ReadFile(name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		dir[name+".csv"] = &fstest.MapFile{Data: data}
	}
	dir["needs.csv"] = &fstest.MapFile{Data: []byte("kind,act,paper,source,article,status\nADJUSTMENT,SUBMIT,NONSENSE,DR,13,READ\n")}
	_, err := ReadBook(dir)
	if err == nil || !strings.Contains(err.Error(), "needs.csv:2: unknown paper") {
		t.Errorf("error %v", err)
	}
}

// Whatever is issued in a case names the law of that kind of case, or none.
func TestBasis_isOfTheLawOfTheCase(t *testing.T) {
	b := Shipped()
	said := map[string]string{}
	for _, k := range b.Kinds {
		own := map[string]bool{k.Source.ID: true}
		for _, s := range b.Steps {
			own[s.Source.ID] = own[s.Source.ID] || s.Kind == k.ID
		}
		for _, p := range b.PapersOf(k.ID) {
			basis := b.Basis(k.ID, p.ID)
			if !p.Issued || basis == nil {
				continue
			}
			said[k.ID+" "+p.ID] = basis.Source.ID + " " + basis.Article
			if !own[basis.Source.ID] || basis.Source.ID == "OURS" || basis.Status != Read || basis.InChinese() == "" || basis.Article == "" {
				t.Errorf("%s: %s is issued under %s", k.ID, p.ID, basis.InChinese())
			}
		}
	}
	for what, want := range map[string]string{"NAMING ANNOUNCEMENT": "PN 14", "NAMING FILING": "PN 13", "NAMING REQUEST": "PN 12", "NAMING CONSULTATION": "PN 11",
		"ADJUSTMENT ANNOUNCEMENT": "DR 18", "ADJUSTMENT FILING": "DR 12", "ADJUSTMENT REQUEST": "DR 2", "ADJUSTMENT CONSULTATION": "DR 14",
		"ADJUSTMENT COMPLETION": "DR 15", "SURVEY FILING": "BR 9", "SURVEY CONSULTATION": "", "INSPECTION FILING": "BR 12", "INSPECTION JOINT_REPORT": "BR 12",
		"INSPECTION ANNOUNCEMENT": "", "DISPUTE FILING": "BD 16", "DISPUTE ANNOUNCEMENT": "BD 17", "CORRECTION ANNOUNCEMENT": "", "CORRECTION FILING": "",
		"CLEANUP ANNOUNCEMENT": "", "CLEANUP PUBLIC_OPINION": "", "NAMING PUBLIC_OPINION": "PN-I 5"} {
		if said[what] != want {
			t.Errorf("%s is issued under %q, want %q", what, said[what], want)
		}
	}
}

// What is our own was not read in a summary of something else.
func TestShipped_ownRulesAreNotQuoted(t *testing.T) {
	b := Shipped()
	for i := range b.Steps {
		for _, need := range b.Steps[i].Needs {
			if need.Source.ID == "OURS" && need.Status == Secondary {
				t.Errorf("%s %s needs %s by a rule of this system that is said to be quoted", b.Steps[i].Kind, b.Steps[i].Act, need.Paper.ID)
			}
		}
	}
}

func TestLimit_Due(t *testing.T) {
	weekday := func(d registry.Day) bool { w := d.Time().Weekday(); return w != 0 && w != 6 }
	for _, c := range []struct {
		limit   string
		began   registry.Day
		working bool
		want    registry.Day
	}{
		{"12m", registry.Date(2024, 2, 29), false, registry.Date(2025, 2, 28)},
		{"1m", registry.Date(2026, 1, 31), false, registry.Date(2026, 2, 28)},
		{"15d", registry.Date(2026, 11, 20), false, registry.Date(2026, 12, 5)},
		{"5d", registry.Date(2026, 11, 27), true, registry.Date(2026, 12, 4)},
		{"3-31", registry.Date(2026, 4, 1), false, registry.Date(2027, 3, 31)},
		{"3-31", registry.Date(2026, 3, 31), false, registry.Date(2026, 3, 31)},
	} {
		l, err := ParseLimit(c.limit)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Due(c.began, c.working, weekday); got != c.want {
			t.Errorf("%s from %s: due %s, want %s", c.limit, c.began, got, c.want)
		}
	}
	for _, s := range []string{"", "m", "0d", "x", "13-1", "-5d"} {
		if _, err := ParseLimit(s); err == nil {
			t.Errorf("%q is taken for a limit", s)
		}
	}
}

func TestCitation_inChinese(t *testing.T) {
	source := Source{Zh: "条例", Number: "x"}
	for article, want := range map[string]string{"": "《条例》", "7": "《条例》第七条", "10": "《条例》第十条", "13": "《条例》第十三条", "20": "《条例》第二十条",
		"37": "《条例》第三十七条", "101": "《条例》第一百零一条", "110": "《条例》第一百一十条", "3-2": "《条例》第3-2条"} {
		if got := (Citation{Source: source, Article: article}).InChinese(); got != want {
			t.Errorf("%s: %s, want %s", article, got, want)
		}
	}
}
