package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"jieming/registry"
	"jieming/registry/desk/workbook"
)

// versionHeader stands above the hidden column with the version of each row.
const versionHeader = "版本 Version"

// Ledger gives the records that corrections are about.
type Ledger interface {
	// Records returns what is recorded now of the things selected as of a day.
	Records(ctx context.Context, s Subject, which Selection, day registry.Day) ([]StandingRow, error)
	// Versions returns versions by id, also those that no longer stand, and
	// for each of these the versions that stand of the same thing.
	Versions(ctx context.Context, s Subject, ids []int64) ([]StandingRow, error)
	// LineCodes returns the lines that bear codes.
	LineCodes(ctx context.Context, codes []string) (map[string][]int64, error)
	// Former returns what would undo an event.
	Former(ctx context.Context, event registry.EventID) (*Undo, error)
	// Rewrites returns the newest corrections of this kind, of a case or all (0).
	Rewrites(ctx context.Context, of registry.CaseID, n int) ([]Rewriting, error)
}

// version is what the hidden column says: the row of the registry, and a digest
// of the cells that say which record it is, by which we see that one was
// changed or came under another row.
func (r *StandingRow) version() string {
	var locked []string
	for i, c := range ColumnsOf(r.Subject) {
		if !c.Editable {
			locked = append(locked, c.Shown(r.Cells[i], r.Level))
		}
	}
	return fmt.Sprintf("v1-%s-%d-%s", r.Subject, r.Version, lockedDigest(r.Version, locked))
}

func lockedDigest(version int64, locked []string) string {
	sum := sha256.Sum256([]byte(strconv.FormatInt(version, 10) + "\x1f" + strings.Join(locked, "\x1f")))
	return hex.EncodeToString(sum[:8])
}

// parseVersion reads what version wrote.
func parseVersion(cell string) (s Subject, id int64, sum string, ok bool) {
	parts := strings.Split(strings.TrimSpace(width.Fold.String(cell)), "-")
	if len(parts) != 4 || parts[0] != "v1" || !slices.Contains(Subjects, Subject(parts[1])) {
		return "", 0, "", false
	}
	id, err := strconv.ParseInt(parts[2], 10, 64)
	return Subject(parts[1]), id, parts[3], err == nil && id > 0
}

// WriteSheet writes records as a workbook to correct.
func WriteSheet(w io.Writer, s Subject, records []StandingRow, day registry.Day) error {
	t := &workbook.Table{Sheet: "更正", Notes: "说明 Notes", Lines: sheetNotes(s, len(records), day),
		Columns: []workbook.Column{{Header: versionHeader, Locked: true, Hidden: true, Width: 30}}}
	columns := ColumnsOf(s)
	for _, c := range columns {
		t.Columns = append(t.Columns, workbook.Column{Header: c.Header(), Locked: !c.Editable, Width: columnWidth(&c), Choices: choices(&c, records)})
	}
	for i := range records {
		r := &records[i]
		row := []string{r.version()}
		for j := range columns {
			row = append(row, columns[j].Shown(r.Cells[j], r.Level))
		}
		t.Rows = append(t.Rows, row)
	}
	return workbook.Write(w, t)
}

func columnWidth(c *Column) float64 {
	switch {
	case c.Name == "current_name" || c.Name == "superior" || c.Name == "seat" || c.Name == "sides" || c.Name == "source":
		return 26
	case c.Kind == FlagColumn || c.Name == "level" || c.Name == "id":
		return 11
	}
	return 16
}

// choices are the values offered in a column: of types, those of all levels in
// the sheet.
func choices(c *Column, records []StandingRow) []string {
	switch c.Kind {
	case FlagColumn:
		return []string{Flags[1], Flags[0]}
	case TypeColumn:
		var list []string
		for i := range records {
			for _, t := range Types(records[i].Level) {
				if !slices.Contains(list, t[1]) {
					list = append(list, t[1])
				}
			}
		}
		return list
	}
	return nil
}

func sheetNotes(s Subject, n int, day registry.Day) []string {
	var open []string
	for _, c := range ColumnsOf(s) {
		if c.Editable {
			open = append(open, c.Header())
		}
	}
	return []string{
		fmt.Sprintf("本表导出 %d 条记录，截至 %s。 %d records as of %s.", n, day, n, day),
		"只修改浅黄色的列：" + strings.Join(open, "、") + "。 Edit the tinted columns only.",
		"更正适用于该记录的整个有效期，不改变任何日期的事实，不涉及界线和面积；法定变更请另行立案。 A correction holds for all days of the record; it is no change in law and moves no territory.",
		"可以排序、筛选和删除行；删除的行不作处理。不能新增行，不能复制行。 Rows may be sorted and deleted; a row that is deleted is left alone. Rows may not be added or copied.",
		"不要使用公式。隐藏的“版本”列不要改动，它用来发现导出之后他人的修改。 No formulas. The hidden column tells whether others have changed a record since; leave it as it is.",
		"保存为 .xlsx，在“数据质量”页或更正案件中上传；系统先列出逐格差异，不写入任何内容。 Save as .xlsx and upload it: you see every difference before anything is stored.",
	}
}

// ReviewSheet compares an uploaded workbook with what is recorded: the dry run.
// A file that is no workbook of ours is an error; what is wrong in its cells is
// listed in the review.
func ReviewSheet(ctx context.Context, ledger Ledger, data []byte) (*Review, error) {
	sheet, err := readSheet(data)
	if err != nil {
		return nil, err
	}
	u := &upload{Review: &Review{Sheet: sheet.Name}, sheet: sheet, version: slices.Index(sheet.Head, versionHeader)}
	u.findSubject()
	if u.Subject == "" {
		return nil, Refuse("file", "correction.norow", "has no row that was exported here: leave the hidden column “"+versionHeader+"” as it is")
	}
	if err := u.findColumns(); err != nil {
		return nil, err
	}
	if err := u.readRecords(ctx, ledger); err != nil {
		return nil, err
	}
	seen := map[int64]int{}
	for i := range sheet.Rows {
		u.row(&sheet.Rows[i], seen)
	}
	return u.Review, u.refuseTakenCodes(ctx, ledger)
}

// readSheet reads the sheet of a workbook that has our versions.
func readSheet(data []byte) (*workbook.Sheet, error) {
	sheet, err := workbook.Read(data, versionHeader)
	var known *registry.Error
	switch {
	case errors.Is(err, workbook.ErrNoSheet):
		return nil, Refuse("file", "correction.nosheet", "is no sheet for corrections, which has a hidden column “"+versionHeader+
			"”: export one at /desk/corrections or from a quality check; the list of findings that a check lets download is none")
	case errors.As(err, &known) && known.Kind == registry.KindInvalid:
		return nil, Refuse("file", "correction.unreadable", known.Message)
	}
	return sheet, err
}

// upload is a review under way.
type upload struct {
	*Review
	sheet   *workbook.Sheet
	version int      // where the version stands
	columns []Column // of the subject
	at      []int    // where each stands in the sheet; -1 for a column that was taken out
	records map[int64]*StandingRow
	current map[int64]*StandingRow // by id of the thing
}

func (u *upload) findSubject() {
	for i := range u.sheet.Rows {
		if s, _, _, ok := parseVersion(u.sheet.Rows[i].Cell(u.version)); ok {
			u.Subject = s
			return
		}
	}
}

func (u *upload) findColumns() error {
	u.columns = ColumnsOf(u.Subject)
	for _, c := range u.columns {
		at := slices.Index(u.sheet.Head, c.Header())
		if at >= 0 && slices.Index(u.sheet.Head[at+1:], c.Header()) >= 0 {
			return Refuse("file", "correction.twocolumns", fmt.Sprintf("sheet %s has two columns %q: keep one", u.sheet.Name, c.Header()), "sheet", u.sheet.Name, "column", c.Header())
		}
		u.at = append(u.at, at)
	}
	for i, header := range u.sheet.Head {
		if header != "" && i != u.version && !slices.Contains(u.at, i) {
			u.Ignored = append(u.Ignored, header)
		}
	}
	return nil
}

func (u *upload) readRecords(ctx context.Context, ledger Ledger) error {
	var ids []int64
	for i := range u.sheet.Rows {
		if s, id, _, ok := parseVersion(u.sheet.Rows[i].Cell(u.version)); ok && s == u.Subject {
			ids = append(ids, id)
		}
	}
	list, err := ledger.Versions(ctx, u.Subject, ids)
	if err != nil {
		return err
	}
	u.records, u.current = map[int64]*StandingRow{}, map[int64]*StandingRow{}
	for i := range list {
		r := &list[i]
		u.records[r.Version] = r
		if r.Stands {
			u.current[r.ID] = r
		}
	}
	return nil
}

// row reviews one row of the sheet.
func (u *upload) row(row *workbook.Row, seen map[int64]int) {
	at := CellFault{Row: row.Number, Cell: workbook.Address(u.version, row.Number)}
	subject, id, sum, ok := parseVersion(row.Cell(u.version))
	if at.Ours = row.Cell(u.version); at.Ours == "" {
		at.Kind = AddedRow
		u.fault(at)
		return
	}
	r := u.records[id]
	if !ok || subject != u.Subject || r == nil {
		at.Kind = UnknownRecord
		u.fault(at)
		return
	}
	at.Name = r.Name()
	if seen[id] != 0 {
		at.Kind, at.Theirs = TwiceRow, strconv.Itoa(seen[id])
		u.fault(at)
		return
	}
	seen[id] = row.Number
	u.Rows++
	if u.lockedIntact(row, r, sum, at) {
		u.edits(row, r, at)
	}
}

// lockedIntact reports whether the cells that say which record it is are as
// they were exported, whatever else has become of the record since.
func (u *upload) lockedIntact(row *workbook.Row, r *StandingRow, sum string, at CellFault) bool {
	var locked []string
	for i := range u.columns {
		if !u.columns[i].Editable && u.at[i] >= 0 {
			locked = append(locked, lockedText(&u.columns[i], row.Cell(u.at[i])))
		}
	}
	if lockedDigest(r.Version, locked) == sum {
		return true
	}
	intact := true
	for i := range u.columns {
		c := &u.columns[i]
		if c.Editable || u.at[i] < 0 || lockedText(c, row.Cell(u.at[i])) == c.Shown(r.Cells[i], r.Level) {
			continue
		}
		intact = false
		at.Kind, at.Column, at.Cell = LockedCell, c.Header(), workbook.Address(u.at[i], row.Number)
		at.Base, at.Ours = c.Shown(r.Cells[i], r.Level), row.Cell(u.at[i])
		u.fault(at)
	}
	return intact // a locked column that was taken out is no fault
}

// lockedText is a locked cell as it was written: a program may have made a date
// or a number of it.
func lockedText(c *Column, cell string) string {
	text := strings.TrimSpace(cell)
	switch c.Kind {
	case DigitsColumn:
		text = width.Fold.String(text)
		if n, err := strconv.ParseFloat(text, 64); err == nil && n == float64(int64(n)) && strings.ContainsAny(text, ".eE") {
			text = strconv.FormatInt(int64(n), 10)
		}
	case DayColumn:
		text = strings.NewReplacer("/", "-", ".", "-", "年", "-", "月", "-", "日", "").Replace(width.Fold.String(text))
		if t, err := time.Parse("2006-1-2", text); err == nil {
			return t.Format(time.DateOnly)
		}
		if n, err := strconv.ParseFloat(text, 64); err == nil && n > 60 && n < 2958466 { // days since 1899-12-30
			return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n)).Format(time.DateOnly)
		}
	}
	return text
}

// edits compares the cells to edit with the version that was exported, and that
// with what is recorded now.
func (u *upload) edits(row *workbook.Row, r *StandingRow, at CellFault) {
	now, set, faults := u.current[r.ID], map[string]*string{}, len(u.Faults)+u.More
	if r.Stands { // a thing may have had several versions in its time, each recorded
		now = r
	}
	var changes []Change
	for i := range u.columns {
		c := &u.columns[i]
		if !c.Editable || u.at[i] < 0 {
			continue
		}
		at.Column, at.Cell, at.Ours = c.Header(), workbook.Address(u.at[i], row.Number), row.Cell(u.at[i])
		base := c.Shown(r.Cells[i], r.Level)
		if row.Formula(u.at[i]) {
			at.Kind = FormulaCell
			u.fault(at)
			continue
		}
		if strings.TrimSpace(at.Ours) == base {
			continue
		}
		value, err := c.Read(at.Ours, r.Level)
		if bad := (*CellError)(nil); errors.As(err, &bad) {
			at.Kind, at.Base, at.Bad = BadValue, base, bad
			u.fault(at)
			continue
		}
		if value == r.Cells[i] {
			continue
		}
		if now == nil || !r.Stands && now.Cells[i] != value {
			at.Kind, at.Base, at.Theirs = MovedRecord, base, ""
			if now != nil {
				at.Theirs = c.Shown(now.Cells[i], now.Level)
			}
			u.fault(at)
			continue
		}
		if !r.Stands {
			continue // somebody has written the same
		}
		set[c.Name] = optional(value)
		changes = append(changes, Change{Subject: u.Subject, ID: r.ID, Cell: at.Cell, Row: row.Number, Name: r.Name(), Column: *c,
			Old: base, New: c.Shown(value, r.Level)})
	}
	if len(changes) == 0 || len(u.Faults)+u.More > faults {
		return
	}
	if u.Subject == PlaceSubject && unnamed(u.columns, r, set) {
		at.Kind, at.Bad = BadValue, &CellError{Key: "unnamed"}
		u.fault(at)
		return
	}
	u.Changes = append(u.Changes, changes...)
	u.Records++
	u.Amendments = append(u.Amendments, registry.Amendment{Relation: u.Subject.Relation(), Row: r.Version, Set: set})
}

func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

// unnamed reports whether a place would have no name at all.
func unnamed(columns []Column, r *StandingRow, set map[string]*string) bool {
	for i, c := range columns {
		if !c.Editable {
			continue
		}
		value := r.Cells[i]
		if v, ok := set[c.Name]; ok {
			value = ""
			if v != nil {
				value = *v
			}
		}
		if value != "" {
			return false
		}
	}
	return true
}

// refuseTakenCodes looks for the numbers of lines that others bear, or that the
// upload gives twice.
func (u *upload) refuseTakenCodes(ctx context.Context, ledger Ledger) error {
	given := map[string]int64{}
	var codes []string
	for _, c := range u.Changes {
		if u.Subject == LineSubject && c.Column.Name == "code" {
			codes = append(codes, c.New)
		}
	}
	if len(codes) == 0 {
		return nil
	}
	taken, err := ledger.LineCodes(ctx, codes)
	if err != nil {
		return err
	}
	for _, c := range u.Changes {
		if c.Column.Name != "code" {
			continue
		}
		other := slices.ContainsFunc(taken[c.New], func(id int64) bool { return id != c.ID })
		if by, twice := given[c.New]; other || twice && by != c.ID {
			u.fault(CellFault{Kind: TakenCode, Row: c.Row, Cell: c.Cell, Column: c.Column.Header(), Name: c.Name, Base: c.Old, Ours: c.New})
		}
		given[c.New] = c.ID
	}
	return nil
}
