package desk

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"jieming/registry"
)

// Subject is what a correction is about.
type Subject string

// The subjects.
const (
	UnitSubject  Subject = "unit"
	LineSubject  Subject = "line"
	PlaceSubject Subject = "place"
)

// Subjects are all of them, in the order in which they are shown.
var Subjects = []Subject{UnitSubject, LineSubject, PlaceSubject}

// Relation is the table whose versions a correction of the subject writes again.
func (s Subject) Relation() string { return string(s) + "_version" }

// ColumnKind says how the cells of a column are read.
type ColumnKind string

// The kinds of column.
const (
	HanColumn    ColumnKind = "HAN"    // Chinese characters
	NameColumn   ColumnKind = "NAME"   // Chinese characters, letters, digits, brackets
	LatinColumn  ColumnKind = "LATIN"  // Roman letters
	TypeColumn   ColumnKind = "TYPE"   // a type of unit of the level
	FlagColumn   ColumnKind = "FLAG"   // yes or no
	DigitsColumn ColumnKind = "DIGITS" // 4 to 12 digits
	MetreColumn  ColumnKind = "METRE"  // metres, above 0
	DayColumn    ColumnKind = "DAY"    // locked only
)

// Column is an attribute of a record.
type Column struct {
	Name     string // the column of the relation, or a name of our own for what is shown only
	Zh, En   string
	Kind     ColumnKind
	Editable bool
	Required bool // may not be left empty
}

// Header is what stands above the column in a workbook, by which it is found.
func (c *Column) Header() string { return c.Zh + " " + c.En }

// ColumnsOf are the attributes of a subject: first those that tell which record
// it is, then those that a correction may change. None of these moves territory.
func ColumnsOf(s Subject) []Column {
	switch s {
	case UnitSubject:
		return []Column{
			{Name: "id", Zh: "编号", En: "ID", Kind: DigitsColumn},
			{Name: "current_code", Zh: "代码", En: "Code", Kind: DigitsColumn},
			{Name: "current_name", Zh: "现登记名称", En: "Name on record"},
			{Name: "superior", Zh: "上级", En: "Superior"},
			{Name: "level", Zh: "级别", En: "Level"},
			{Name: "since", Zh: "起始日期", En: "Since", Kind: DayColumn},
			{Name: "specific", Zh: "专名", En: "Specific element", Kind: HanColumn, Editable: true, Required: true},
			{Name: "generic", Zh: "通名", En: "Generic element", Kind: HanColumn, Editable: true},
			{Name: "type", Zh: "建制类型", En: "Type", Kind: TypeColumn, Editable: true, Required: true},
			{Name: "seat", Zh: "驻地", En: "Seat", Kind: NameColumn, Editable: true},
			{Name: "autonomous", Zh: "民族自治地方", En: "Autonomous area", Kind: FlagColumn, Editable: true, Required: true},
			{Name: "border", Zh: "边境地区", En: "Border area", Kind: FlagColumn, Editable: true, Required: true},
			{Name: "special", Zh: "特殊地区", En: "Special area", Kind: FlagColumn, Editable: true, Required: true},
		}
	case LineSubject:
		return []Column{
			{Name: "id", Zh: "编号", En: "ID", Kind: DigitsColumn},
			{Name: "name", Zh: "界线名称", En: "Line"},
			{Name: "sides", Zh: "相邻单位", En: "Sides"},
			{Name: "since", Zh: "起始日期", En: "Since", Kind: DayColumn},
			{Name: "code", Zh: "界线代码", En: "Line code", Kind: DigitsColumn, Editable: true, Required: true},
			{Name: "official_length_m", Zh: "法定长度(米)", En: "Official length (m)", Kind: MetreColumn, Editable: true},
		}
	case PlaceSubject:
		return []Column{
			{Name: "id", Zh: "编号", En: "ID", Kind: DigitsColumn},
			{Name: "county", Zh: "所在县级单位", En: "County"},
			{Name: "category", Zh: "类别", En: "Category"},
			{Name: "source", Zh: "来源编号", En: "ID in the source"},
			{Name: "since", Zh: "起始日期", En: "Since", Kind: DayColumn},
			{Name: "name", Zh: "地名", En: "Name", Kind: NameColumn, Editable: true},
			{Name: "roman", Zh: "罗马字母拼写", En: "Romanisation", Kind: LatinColumn, Editable: true},
		}
	}
	return nil
}

// StandingRow is one version of a unit, line or place, as cells.
type StandingRow struct {
	Subject Subject
	ID      int64 // of the unit, line or place
	Version int64 // of the row; a row never changes, so it is the version
	Stands  bool  // it is what is recorded now
	Level   registry.Level
	Cells   []string // one for each of ColumnsOf, as text
}

// Selection says which records of today are wanted. The first field that is
// set counts.
type Selection struct {
	Check      string          // the findings of a check …
	Prefecture registry.UnitID // … in a prefecture; 0 for all
	Under      registry.UnitID // a unit and all below it
	Text       string          // whose name contains this
	IDs        []int64
}

// Name is what people call the record.
func (r *StandingRow) Name() string {
	for i, c := range ColumnsOf(r.Subject) {
		if (c.Name == "current_name" || c.Name == "name") && r.Cells[i] != "" {
			return r.Cells[i]
		}
		if c.Name == "roman" {
			return r.Cells[i]
		}
	}
	return strconv.FormatInt(r.ID, 10)
}

// Flags are the two values of a FlagColumn as people write them.
var Flags = [2]string{"否", "是"}

// Types are the types of unit of a level with their Chinese names.
func Types(l registry.Level) [][2]string {
	switch l {
	case registry.LevelProvince:
		return [][2]string{{"PROVINCE", "省"}, {"AUTONOMOUS_REGION", "自治区"}, {"MUNICIPALITY", "直辖市"}, {"SAR", "特别行政区"}}
	case registry.LevelPrefecture:
		return [][2]string{{"PREF_CITY", "地级市"}, {"PREFECTURE", "地区"}, {"AUTO_PREFECTURE", "自治州"}, {"LEAGUE", "盟"}}
	case registry.LevelCounty:
		return [][2]string{{"DISTRICT", "市辖区"}, {"COUNTY_CITY", "县级市"}, {"COUNTY", "县"}, {"AUTO_COUNTY", "自治县"}, {"BANNER", "旗"},
			{"AUTO_BANNER", "自治旗"}, {"FOREST_AREA", "林区"}, {"SPECIAL_AREA", "特区"}}
	case registry.LevelTownship:
		return [][2]string{{"SUBDISTRICT", "街道"}, {"TOWN", "镇"}, {"TOWNSHIP", "乡"}, {"ETHNIC_TOWNSHIP", "民族乡"}, {"SUMU", "苏木"},
			{"ETHNIC_SUMU", "民族苏木"}, {"DISTRICT_OFFICE", "区公所"}, {"UNKNOWN", "未知"}}
	case registry.LevelVillage:
		return [][2]string{{"VILLAGE_COMMITTEE", "村委会"}, {"RESIDENT_COMMITTEE", "居委会"}, {"UNKNOWN", "未知"}}
	}
	return nil
}

// Shown is a stored value as it stands in a cell.
func (c *Column) Shown(value string, l registry.Level) string {
	switch c.Kind {
	case FlagColumn:
		return Flags[map[bool]int{true: 1}[value == "true"]]
	case TypeColumn:
		for _, t := range Types(l) {
			if t[0] == value {
				return t[1]
			}
		}
	}
	return value
}

// Read makes the stored value of what somebody wrote in a cell: full-width
// letters and digits count as ordinary ones, spaces around as none. The error
// is a key of what is wrong, with the values that its text needs.
func (c *Column) Read(cell string, l registry.Level) (string, error) {
	value := strings.TrimFunc(norm.NFC.String(cell), unicode.IsSpace)
	switch c.Kind {
	case DigitsColumn, MetreColumn, LatinColumn, FlagColumn, DayColumn:
		value = width.Fold.String(value)
	}
	if value == "" {
		if c.Required {
			return "", &CellError{Key: "empty"}
		}
		return "", nil
	}
	if n := len([]rune(value)); n > maxCell {
		return "", &CellError{Key: "long", Args: []any{"n", n, "most", maxCell}}
	}
	return c.read(value, l)
}

// maxCell is the greatest length of a value in characters.
const maxCell = 100

func (c *Column) read(value string, l registry.Level) (string, error) {
	switch c.Kind {
	case HanColumn:
		return only(value, func(r rune) bool { return unicode.Is(unicode.Han, r) || r == '·' })
	case NameColumn:
		return only(value, func(r rune) bool {
			return unicode.Is(unicode.Han, r) || strings.ContainsRune("·（）—-0123456789", r) || r < unicode.MaxASCII && unicode.IsLetter(r)
		})
	case LatinColumn:
		return only(strings.Join(strings.Fields(value), " "), func(r rune) bool {
			return unicode.Is(unicode.Latin, r) || strings.ContainsRune(" '-’", r)
		})
	case TypeColumn:
		for _, t := range Types(l) {
			if value == t[0] || value == t[1] {
				return t[0], nil
			}
		}
		return "", &CellError{Key: "type", Args: []any{"value", value}}
	case FlagColumn:
		switch strings.ToLower(value) {
		case "是", "true", "yes", "1", "√":
			return "true", nil
		case "否", "false", "no", "0":
			return "false", nil
		}
		return "", &CellError{Key: "flag", Args: []any{"value", value}}
	case DigitsColumn:
		if len(value) < 4 || len(value) > 12 || strings.Trim(value, "0123456789") != "" {
			return "", &CellError{Key: "digits", Args: []any{"value", value}}
		}
	case MetreColumn:
		return metres(value)
	}
	return value, nil
}

func only(value string, allowed func(rune) bool) (string, error) {
	for _, r := range value {
		if !allowed(r) {
			return "", &CellError{Key: "character", Args: []any{"char", fmt.Sprintf("%q (U+%04X)", r, r)}}
		}
	}
	return value, nil
}

// metres reads a length; both its thousands may be marked off.
func metres(value string) (string, error) {
	m, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(value, "m"), "米")), ",", ""), 64)
	if err != nil || !(m > 0 && m < 1e7) {
		return "", &CellError{Key: "metres", Args: []any{"value", value}}
	}
	return strconv.FormatFloat(m, 'f', -1, 64), nil
}

// CellError says what is wrong with a value: a key of the catalogues (under
// correction.bad.) and the values that its text needs.
type CellError struct {
	Key  string
	Args []any
}

func (e *CellError) Error() string { return fmt.Sprintf("%s %v", e.Key, e.Args) }

// FaultKind says why a row or a cell of an upload is refused.
type FaultKind string

// The kinds of fault.
const (
	UnknownRecord FaultKind = "UNKNOWN" // no record has this version
	AddedRow      FaultKind = "ADDED"   // the row was not exported
	TwiceRow      FaultKind = "TWICE"   // the same record stands in another row, too
	LockedCell    FaultKind = "LOCKED"  // a cell that tells which record it is was changed
	MovedRecord   FaultKind = "MOVED"   // the record has changed since the export
	FormulaCell   FaultKind = "FORMULA" // a formula, not a value
	BadValue      FaultKind = "BAD"     // not a value of the column
	TakenCode     FaultKind = "TAKEN"   // another line has the number
)

// CellFault is one thing that stands in the way of an upload.
type CellFault struct {
	Kind   FaultKind
	Sheet  string
	Cell   string // its address, such as C12
	Row    int
	Column string // header; "" for the whole row
	Name   string // of the record, as far as known
	Base   string // Moved: as exported; Locked: as recorded
	Ours   string // as uploaded
	Theirs string // Moved: as recorded now
	Bad    *CellError
}

// Change is one cell that would change.
type Change struct {
	Subject Subject
	ID      int64
	Cell    string
	Row     int
	Name    string
	Column  Column
	Old     string // as shown in a cell
	New     string
}

// Review is what an upload would do: the dry run. Nothing of it is stored.
type Review struct {
	Subject    Subject
	Sheet      string
	Rows       int // that name a record
	Records    int // that would change
	Changes    []Change
	Faults     []CellFault
	More       int      // faults beyond the list
	Ignored    []string // headers of columns that are not ours
	Amendments []registry.Amendment
}

// Ready reports whether the upload may be written: something changes, and
// nothing stands in the way.
func (r *Review) Ready() bool { return len(r.Changes) > 0 && len(r.Faults) == 0 }

// maxFaults bounds the list of faults of a review.
const maxFaults = 500

func (r *Review) fault(f CellFault) {
	if len(r.Faults) == maxFaults {
		r.More++
		return
	}
	f.Sheet = r.Sheet
	r.Faults = append(r.Faults, f)
}

// Undo is what a counter-event would write, and what it cannot.
type Undo struct {
	Event   registry.EventID
	Subject Subject // of what can be restored; a correction has one subject
	Restore []registry.Amendment
	Changed []StandingRow // those that somebody has changed since: they stay as they are
}

// Counter returns the rows that restore what an event changed. With everything
// set, records changed since are a conflict, and nothing is restored.
func (u *Undo) Counter(everything bool) ([]registry.Amendment, error) {
	switch {
	case len(u.Changed) > 0 && everything:
		var names []string
		for i := range u.Changed[:min(5, len(u.Changed))] {
			names = append(names, u.Changed[i].Name())
		}
		return nil, &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf(
			"%d records have changed since event %d and cannot be restored (%s): undo the others only, or correct these by hand",
			len(u.Changed), u.Event, strings.Join(names, "、"))}
	case len(u.Restore) == 0:
		return nil, &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf("event %d has nothing left to undo", u.Event)}
	}
	return u.Restore, nil
}
