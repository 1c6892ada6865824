package history

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"jieming/registry"
)

// Sources is what the published lists say about one province, as read: no
// judgement has been made yet.
type Sources struct {
	Province string     // two digits, e.g. 22
	Lists    []YearList // one for every year, without gaps, ascending
	Blocks   []Block    // the changes between two lists, in order of the file
	Lineage  []LineageRecord

	// TownshipsOn is the day that Townships and Villages show.
	TownshipsOn     registry.Day
	Townships       []Entry
	Villages        []Entry
	TownshipChanges []TownshipChange
	// TownshipsLater is a later township list. It is compared, not applied.
	TownshipsLater []Entry
}

// YearList is the list of codes in force on 31 December of a year.
type YearList struct {
	Year  int
	Names map[string]string // six-digit code → name
}

// Entry is a row of a list of townships or villages.
type Entry struct {
	Code   string // 9 or 12 digits
	Name   string
	Parent string // the code of the division the list puts it under
	At     string // file:line, for messages
}

// LineageRecord is a row of the lineage table: a code and name that were in
// force from 31 December of Start until, and not on, 31 December of End.
type LineageRecord struct {
	Code, Name string
	Start, End int // End is 0 for a code in force
	Successors []Successor
	At         string
}

// Successor is a code that took over area of another in the year.
type Successor struct {
	Code string
	Year int
	Part bool // only part of the area went there
}

// TownshipChange is a row of the yearly list of township code changes.
type TownshipChange struct {
	Year             int
	OldCode, OldName string // empty for a new unit
	NewCode, NewName string // empty for one that is gone
	Reason           string
	Approval         string
	At               string
}

// listedOn is the day that the published township and village list shows: the
// 统计用区划代码 of the National Bureau of Statistics, published 2023-09-11,
// state of 2023-06-30.
var listedOn = registry.Date(2023, time.June, 30)

// Read reads the lists about a province, given by the first two digits of its
// codes, from a data folder:
//
//	areacodes/codes_by_year.csv[.gz]       year,code,name
//	areacodes/events_*.jsonl               change blocks
//	areacodes/lineage_*.csv                optional
//	areacodes/township_changes_*.csv       optional
//	cn-divisions/streets_*.csv             townships, optional
//	cn-divisions/villages_*.csv            optional
//	cn-divisions/townships_*_2[0-9]*.csv   a later township list, optional
//
// Rows of other provinces are skipped. Errors are KindInvalid or KindTooLarge
// and name file and line.
func Read(fsys fs.FS, province string) (*Sources, error) {
	if err := checkCode("province", province, 2); err != nil {
		return nil, err
	}
	s := &Sources{Province: province, TownshipsOn: listedOn}
	files := []struct {
		pattern  string
		required bool
		decode   decoder
	}{
		{"areacodes/codes_by_year.csv*", true, s.readLists},
		{"areacodes/events_*.jsonl", true, s.readBlocks},
		{"areacodes/lineage_*.csv", false, s.readLineage},
		{"areacodes/township_changes_*.csv", false, s.readTownshipChanges},
		{"cn-divisions/streets_*.csv", false, s.entries(&s.Townships, 9, "area_code")},
		{"cn-divisions/villages_*.csv", false, s.entries(&s.Villages, 12, "street_code")},
		{"cn-divisions/townships_*_2[0-9]*.csv", false, s.entries(&s.TownshipsLater, 9, "area_code")},
	}
	for _, f := range files {
		n, err := readMatches(fsys, f.pattern, f.decode)
		if err != nil {
			return nil, err
		}
		if n == 0 && f.required {
			return nil, registry.Invalid(f.pattern, "no such file in the data folder; add it")
		}
	}
	return s, s.checkYears()
}

func (s *Sources) readLists(file string, r io.Reader) error {
	years := map[string]*YearList{}
	err := eachRow(file, r, []string{"year", "code", "name"}, func(at string, f []string) error {
		if !strings.HasPrefix(f[1], s.Province) {
			return nil
		}
		list := years[f[0]]
		if list == nil {
			year, err := yearOf(at, f[0])
			if err != nil {
				return err
			}
			list = &YearList{Year: year, Names: map[string]string{}}
			years[f[0]] = list
		}
		return list.add(at, f[1], f[2])
	})
	for _, list := range years {
		s.Lists = append(s.Lists, *list)
	}
	slices.SortFunc(s.Lists, func(a, b YearList) int { return cmp.Compare(a.Year, b.Year) })
	return err
}

func (l *YearList) add(at, code, name string) error {
	if err := cmp.Or(checkCode(at, code, 6), checkName(at, name)); err != nil {
		return err
	}
	if other, ok := l.Names[code]; ok {
		return registry.Invalid(at, fmt.Sprintf("code %s stands twice in %d, as %s and %s; keep one row", code, l.Year, other, name))
	}
	l.Names[code] = name
	return nil
}

func yearOf(at, s string) (int, error) {
	y, err := strconv.Atoi(s)
	if err != nil || y < 1900 || y > 2200 {
		return 0, registry.Invalid(at, fmt.Sprintf("%.20q is not a year between 1900 and 2200; correct it", s))
	}
	return y, nil
}

func (s *Sources) checkYears() error {
	if len(s.Lists) == 0 {
		return registry.Invalid("areacodes/codes_by_year.csv", fmt.Sprintf("no code begins with %s; check the province", s.Province))
	}
	for i, l := range s.Lists {
		if _, ok := l.Names[s.Province+"0000"]; !ok {
			return registry.Invalid("areacodes/codes_by_year.csv", fmt.Sprintf("the list of %d lacks the province itself, %s0000; add it", l.Year, s.Province))
		}
		if want := s.Lists[0].Year + i; l.Year != want {
			return registry.Invalid("areacodes/codes_by_year.csv", fmt.Sprintf("no list of %d between those of %d and %d; add it", want, want-1, l.Year))
		}
	}
	return nil
}

func (s *Sources) readLineage(file string, r io.Reader) error {
	cols := []string{"code", "name", "start_year", "end_year", "successor_codes"}
	return eachRow(file, r, cols, func(at string, f []string) error {
		if !strings.HasPrefix(f[0], s.Province) {
			return nil
		}
		rec := LineageRecord{Code: f[0], Name: f[1], At: at}
		err := cmp.Or(checkCode(at, f[0], 6), checkName(at, f[1]))
		if err == nil {
			rec.Start, err = yearOf(at, f[2])
		}
		if err == nil && f[3] != "" {
			rec.End, err = yearOf(at, f[3])
		}
		if err == nil {
			rec.Successors, err = parseSuccessors(at, f[4], rec.End)
		}
		s.Lineage = append(s.Lineage, rec)
		return err
	})
}

// parseSuccessors reads codes separated by semicolons; a year in brackets
// marks a part that went there in that year.
func parseSuccessors(at, s string, end int) ([]Successor, error) {
	if s == "" {
		return nil, nil
	}
	var out []Successor
	for _, part := range strings.Split(s, ";") {
		code, year, bracket := strings.Cut(part, "[")
		next := Successor{Code: code, Year: end, Part: bracket}
		err := checkCode(at, code, 6)
		if err == nil && bracket {
			next.Year, err = yearOf(at, strings.TrimSuffix(year, "]"))
		}
		if err != nil {
			return nil, err
		}
		out = append(out, next)
	}
	return out, nil
}

// readTownshipChanges reads the yearly township code changes. The source
// comes from a spreadsheet with merged cells, so an empty approval means the
// one of the row above; reasons are carried down in their own column.
func (s *Sources) readTownshipChanges(file string, r io.Reader) error {
	cols := []string{"year", "old_code", "old_name", "reason_filled", "new_code", "new_name", "approval"}
	var approval string
	return eachRow(file, r, cols, func(at string, f []string) error {
		if f[6] != "" {
			approval = f[6]
		}
		if !strings.HasPrefix(cmp.Or(f[4], f[1]), s.Province) {
			return nil
		}
		year, err := yearOf(at, f[0])
		if err != nil {
			return err
		}
		c := TownshipChange{Year: year, OldCode: f[1], OldName: f[2], Reason: f[3],
			NewCode: f[4], NewName: f[5], Approval: approval, At: at}
		s.TownshipChanges = append(s.TownshipChanges, c)
		return c.check()
	})
}

func (c *TownshipChange) check() error {
	for _, side := range [][2]string{{c.OldCode, c.OldName}, {c.NewCode, c.NewName}} {
		if side == [2]string{} {
			continue
		}
		if err := cmp.Or(checkCode(c.At, side[0], 9), checkName(c.At, side[1])); err != nil {
			return err
		}
	}
	return nil
}

// entries returns a decoder of a list of townships or villages.
func (s *Sources) entries(into *[]Entry, digits int, parent string) decoder {
	return func(file string, r io.Reader) error {
		return eachRow(file, r, []string{"code", "name", parent}, func(at string, f []string) error {
			if !strings.HasPrefix(f[0], s.Province) {
				return nil
			}
			*into = append(*into, Entry{Code: f[0], Name: f[1], Parent: f[2], At: at})
			return cmp.Or(checkCode(at, f[0], digits), checkName(at, f[1]))
		})
	}
}
