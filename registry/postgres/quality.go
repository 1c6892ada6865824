package postgres

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
	"jieming/registry/roman"
)

// finding is a row of a check.
type finding struct {
	kind       string
	id         int64
	name       string
	prefecture int64 // 0 for none
	facts      []byte
	digest     [sha256.Size]byte
	accepted   bool
}

// RunQuality implements desk.QualityStore. A run of Jilin's 13,000 units takes
// some seconds, and holds up nobody but another run.
func (s *Store) RunQuality(ctx context.Context, checks []law.Check, day registry.Day, by desk.AccountID) (*desk.QualityRun, error) {
	began := time.Now()
	run := &desk.QualityRun{Day: day}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sql("LockQuality")); err != nil {
			return err
		}
		args := pgx.StrictNamedArgs{"day": date(day), "account": nullInt(int64(by))}
		if err := tx.QueryRow(ctx, sql("InsertQualityRun"), args).Scan(&run.ID, &run.At, &run.Base); err != nil {
			return err
		}
		prefectures, err := unitPrefectures(ctx, tx, day)
		if err != nil {
			return err
		}
		for i := range checks {
			if err := runCheck(ctx, tx, &checks[i], run, prefectures); err != nil {
				return fmt.Errorf("check %s: %w", checks[i].ID, err)
			}
		}
		run.TookMS = int(time.Since(began).Milliseconds())
		_, err = tx.Exec(ctx, sql("FinishQualityRun"), pgx.StrictNamedArgs{"run": run.ID, "took": run.TookMS})
		return err
	})
	if err != nil {
		return nil, wrap("run the quality checks", err)
	}
	return run, nil
}

func unitPrefectures(ctx context.Context, tx pgx.Tx, day registry.Day) (map[int64]int64, error) {
	rows, err := tx.Query(ctx, sql("UnitPrefectures"), pgx.StrictNamedArgs{"day": date(day)})
	if err != nil {
		return nil, err
	}
	of := map[int64]int64{}
	var unit, prefecture int64
	_, err = pgx.ForEachRow(rows, []any{&unit, &prefecture}, func() error {
		of[unit] = prefecture
		return nil
	})
	return of, err
}

// runCheck asks one question, and stores its counts and the first findings.
func runCheck(ctx context.Context, tx pgx.Tx, c *law.Check, run *desk.QualityRun, prefectures map[int64]int64) error {
	accepted, err := acceptances(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	list, err := ask(ctx, tx, c, run.Day, prefectures)
	if err != nil {
		return err
	}
	type count struct{ found, accepted int32 }
	counts := map[int64]count{}
	for i := range list {
		f := &list[i]
		f.accepted = accepted[subject{f.kind, f.id}] == f.digest
		n := counts[f.prefecture]
		n.found++
		if f.accepted {
			n.accepted++
		}
		counts[f.prefecture] = n
	}
	var where []int64
	var all, aside []int32
	for prefecture, n := range counts {
		where, all, aside = append(where, prefecture), append(all, n.found), append(aside, n.accepted)
	}
	if _, err := tx.Exec(ctx, sql("InsertQualityCounts"), pgx.StrictNamedArgs{"run": run.ID, "quality_check": c.ID,
		"prefectures": where, "found": all, "accepted": aside}); err != nil {
		return err
	}
	return storeFindings(ctx, tx, c, run, list[:min(len(list), desk.MaxFindings)])
}

func storeFindings(ctx context.Context, tx pgx.Tx, c *law.Check, run *desk.QualityRun, list []finding) error {
	ords, kinds, ids := make([]int32, len(list)), make([]string, len(list)), make([]int64, len(list))
	names, prefectures := make([]string, len(list)), make([]int64, len(list))
	facts, digests, accepted := make([]string, len(list)), make([][]byte, len(list)), make([]bool, len(list))
	for i := range list {
		f := &list[i]
		ords[i], kinds[i], ids[i], names[i], prefectures[i] = int32(i+1), f.kind, f.id, f.name, f.prefecture
		facts[i], digests[i], accepted[i] = string(f.facts), f.digest[:], f.accepted
	}
	_, err := tx.Exec(ctx, sql("ReplaceQualityFindings"), pgx.StrictNamedArgs{"quality_check": c.ID, "run": run.ID, "ords": ords, "kinds": kinds,
		"ids": ids, "names": names, "prefectures": prefectures, "facts": facts, "digests": digests, "accepted": accepted})
	return err
}

// ask returns what a check finds, in order of prefecture and name.
func ask(ctx context.Context, tx pgx.Tx, c *law.Check, day registry.Day, prefectures map[int64]int64) ([]finding, error) {
	rows, err := tx.Query(ctx, sql(c.Statement), pgx.StrictNamedArgs{"day": date(day)})
	if err != nil {
		return nil, err
	}
	var list []finding
	var f finding
	var home *int64
	_, err = pgx.ForEachRow(rows, []any{&f.kind, &f.id, &f.name, &home, &f.facts}, func() error {
		if c.ID == readingCheck {
			doubtful, err := unread(f.facts)
			if err != nil || !doubtful {
				return err
			}
		}
		f.prefecture = 0
		if home != nil {
			f.prefecture = prefectures[*home]
		}
		f.facts, f.digest = slices.Clone(f.facts), sha256.Sum256(f.facts)
		list = append(list, f)
		return nil
	})
	slices.SortFunc(list, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.prefecture, b.prefecture), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	return list, err
}

// readingCheck is the check whose statement lists candidates only: readings are
// known to the program.
const readingCheck = "name-reading"

func unread(facts []byte) (bool, error) {
	var name struct{ Specific, Generic string }
	err := json.Unmarshal(facts, &name)
	return err == nil && roman.DisplayParts(name.Specific, name.Generic) == "", err
}

// subject is what a finding is about.
type subject struct {
	kind string
	id   int64
}

// acceptances are the digests of the findings that were set aside.
func acceptances(ctx context.Context, tx pgx.Tx, check string) (map[subject][sha256.Size]byte, error) {
	rows, err := tx.Query(ctx, sql("Acceptances"), pgx.StrictNamedArgs{"quality_check": check})
	if err != nil {
		return nil, err
	}
	accepted := map[subject][sha256.Size]byte{}
	var of subject
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&of.kind, &of.id, &digest}, func() error {
		if len(digest) == sha256.Size {
			accepted[of] = [sha256.Size]byte(digest)
		}
		return nil
	})
	return accepted, err
}

// QualityBoard implements desk.QualityStore. It reads some hundred rows a run.
func (s *Store) QualityBoard(ctx context.Context, checks []law.Check, day registry.Day, runs int) (*desk.QualityBoard, error) {
	b := &desk.QualityBoard{}
	err := s.read(ctx, func(tx pgx.Tx) (err error) {
		if b.Runs, err = qualityRuns(ctx, tx, runs); err != nil {
			return err
		}
		if b.Prefectures, err = qualityPrefectures(ctx, tx, day); err != nil {
			return err
		}
		for i := range checks {
			b.Lines = append(b.Lines, desk.QualityLine{Check: &checks[i], Cells: make([]desk.QualityCell, len(b.Prefectures)), Trend: make([]int, len(b.Runs))})
		}
		if err := readCounts(ctx, tx, b); err != nil {
			return err
		}
		return readOwners(ctx, tx, b)
	})
	return b, err
}

func qualityRuns(ctx context.Context, tx pgx.Tx, n int) ([]desk.QualityRun, error) {
	rows, err := tx.Query(ctx, sql("LatestQualityRuns"), pgx.StrictNamedArgs{"n": n})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.QualityRun, error) {
		var r desk.QualityRun
		var on time.Time
		err := row.Scan(&r.ID, &r.At, &on, &r.Base, &r.By, &r.TookMS)
		r.Day = registry.Date(on.Year(), on.Month(), on.Day())
		return r, err
	})
}

// qualityPrefectures are the columns of the board; the last is for the rest.
func qualityPrefectures(ctx context.Context, tx pgx.Tx, day registry.Day) ([]desk.Prefecture, error) {
	rows, err := tx.Query(ctx, sql("QualityPrefectures"), pgx.StrictNamedArgs{"day": date(day)})
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[desk.Prefecture])
	return append(list, desk.Prefecture{}), err
}

// line and column of the board; -1 for none.
func boardAt(b *desk.QualityBoard, check string, prefecture int64) (line *desk.QualityLine, column int) {
	i := slices.IndexFunc(b.Lines, func(l desk.QualityLine) bool { return l.Check.ID == check })
	if i < 0 {
		return nil, -1
	}
	return &b.Lines[i], slices.IndexFunc(b.Prefectures, func(p desk.Prefecture) bool { return int64(p.ID) == prefecture })
}

func readCounts(ctx context.Context, tx pgx.Tx, b *desk.QualityBoard) error {
	if len(b.Runs) == 0 || len(b.Lines) == 0 {
		return nil
	}
	ids := make([]int64, len(b.Runs))
	for i, r := range b.Runs {
		ids[i] = r.ID
	}
	rows, err := tx.Query(ctx, sql("QualityCounts"), pgx.StrictNamedArgs{"runs": ids})
	if err != nil {
		return err
	}
	var run, prefecture int64
	var check string
	var all, aside int
	_, err = pgx.ForEachRow(rows, []any{&run, &check, &prefecture, &all, &aside}, func() error {
		line, column := boardAt(b, check, prefecture)
		if line == nil {
			return nil
		}
		at := slices.Index(ids, run)
		line.Trend[len(ids)-1-at] += all - aside
		if at > 0 {
			return nil
		}
		if column < 0 {
			column = len(line.Cells) - 1 // a prefecture that is no more
		}
		for _, cell := range []*desk.QualityCell{&line.Cells[column], &line.Total} {
			cell.Found += all
			cell.Accepted += aside
		}
		return nil
	})
	return err
}

func readOwners(ctx context.Context, tx pgx.Tx, b *desk.QualityBoard) error {
	rows, err := tx.Query(ctx, sql("QualityOwners"))
	if err != nil {
		return err
	}
	var check, name string
	var prefecture, account int64
	_, err = pgx.ForEachRow(rows, []any{&check, &prefecture, &account, &name}, func() error {
		line, column := boardAt(b, check, prefecture)
		switch {
		case line == nil || name == "":
		case prefecture == 0:
			line.Owner, line.OwnerName = desk.AccountID(account), name
		case column >= 0:
			line.Cells[column].Owner, line.Cells[column].OwnerBy = desk.AccountID(account), name
		}
		return nil
	})
	return err
}

// Findings implements desk.QualityStore.
func (s *Store) Findings(ctx context.Context, q desk.FindingQuery) (list []desk.Finding, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("ListFindings"), pgx.StrictNamedArgs{"quality_check": q.Check, "prefecture": int64(q.Prefecture),
			"accepted": q.Accepted, "text": q.Text, "after": q.After, "n": q.Limit})
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Finding, error) {
			var f desk.Finding
			return f, row.Scan(&f.Ord, &f.Kind, &f.ID, &f.Name, &f.Prefecture.ID, &f.Prefecture.Name, &f.Facts, &f.Accepted, &f.Since, &f.Reason, &f.By)
		})
		return err
	})
	return list, err
}

// foundIDs are the things that a check found and nobody has set aside.
func (s *Store) foundIDs(ctx context.Context, about desk.Subject, which desk.Selection) (ids []int64, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("FoundIDs"), pgx.StrictNamedArgs{"quality_check": which.Check, "kind": string(about), "prefecture": int64(which.Prefecture)})
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if ids == nil {
		ids = []int64{}
	}
	return ids, err
}

// AcceptFinding implements desk.QualityStore.
func (s *Store) AcceptFinding(ctx context.Context, check, kind string, id int64, accept bool, reason string, by *desk.Principal) error {
	_, err := s.write(ctx, Author{Actor: by.Login}, func(tx pgx.Tx, _ registry.Seq) error {
		done, err := tx.Exec(ctx, sql("InsertAcceptance"), pgx.StrictNamedArgs{"quality_check": check, "kind": kind, "subject": id,
			"accept": accept, "reason": reason, "account": int64(by.Account)})
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return registry.NotFound("finding of check "+check+" on "+kind, id)
		}
		for _, statement := range []string{"MarkAccepted", "RecountAccepted"} {
			if _, err := tx.Exec(ctx, sql(statement), pgx.StrictNamedArgs{"quality_check": check, "kind": kind, "subject": id, "accept": accept}); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// OwnQuality implements desk.QualityStore.
func (s *Store) OwnQuality(ctx context.Context, check string, in registry.UnitID, account desk.AccountID, by *desk.Principal) error {
	_, err := s.write(ctx, Author{Actor: by.Login}, func(tx pgx.Tx, _ registry.Seq) error {
		_, err := tx.Exec(ctx, sql("InsertQualityOwner"), pgx.StrictNamedArgs{"quality_check": check, "prefecture": nullInt(int64(in)),
			"account": nullInt(int64(account)), "by": int64(by.Account)})
		return err
	})
	return err
}

// QualityCandidates implements desk.QualityStore.
func (s *Store) QualityCandidates(ctx context.Context, role desk.Role, day registry.Day) (list []desk.Account, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("QualityCandidates"), pgx.StrictNamedArgs{"role": string(role), "day": date(day)})
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Account, error) {
			var a desk.Account
			return a, row.Scan(&a.ID, &a.Name)
		})
		return err
	})
	return list, err
}
