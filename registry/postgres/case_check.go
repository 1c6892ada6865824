package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// saysFolded is what the check of cases proves.
const saysFolded = "what lists show of a case is the fold of its events"

// mostFindings is where a check stops.
const mostFindings = 100

// checkFolds compares what lists show of each case with the fold of its events
// and papers, which the log covers. It holds one case in memory at a time, after
// the numbers of all.
func checkFolds(ctx context.Context, tx pgx.Tx) (found []Problem, err error) {
	ids, err := caseIDs(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		c, err := foldedCase(ctx, tx, id)
		if err != nil {
			found = append(found, Problem{saysFolded, fmt.Sprint("case ", id), err.Error()})
			continue
		}
		shown, err := shownCase(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if wrong := unlikeFold(projected(c), shown); wrong != "" {
			found = append(found, Problem{saysFolded, fmt.Sprintf("case %d (%s)", id, c.Number), wrong + ": jieming check --rebuild computes it anew"})
		}
		if len(found) >= mostFindings {
			break
		}
	}
	return found, nil
}

func caseIDs(ctx context.Context, tx pgx.Tx) ([]registry.CaseID, error) {
	rows, err := tx.Query(ctx, sql("CasesWithEvents"))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[registry.CaseID])
}

// foldedCase is a case as its events and papers have it.
func foldedCase(ctx context.Context, tx pgx.Tx, id registry.CaseID) (*desk.Case, error) {
	c := &desk.Case{ID: id}
	for _, part := range []func(context.Context, pgx.Tx, *desk.Case, registry.Day) error{caseEvents, casePapers} {
		if err := part(ctx, tx, c, 0); err != nil {
			return nil, err
		}
	}
	return c, c.Fold(law.Shipped())
}

// projected is what project writes of a case, in the form of shownCase.
func projected(c *desk.Case) map[string]string {
	out := map[string]string{}
	project(func(name string, args pgx.StrictNamedArgs) {
		switch name {
		case "PutCaseNow":
			for column, value := range args {
				out[column] = plainValue(value)
			}
		case "PutCaseClock":
			out[fmt.Sprintf("clock %s of %s", args["clock"], plainValue(args["began_on"]))] = strings.Join([]string{plainValue(args["due_on"]), plainValue(args["extended"]), plainValue(args["stopped_on"])}, " ")
		case "PutCaseRequest":
			out[fmt.Sprintf("request %v of %v%v", args["n"], args["department"], plainValue(args["account_id"]))] = plainValue(args["due_on"]) + " " + plainValue(args["answered_n"])
		case "PutCaseLink":
			out[fmt.Sprintf("link %v %v", args["other_id"], args["relation"])] = fmt.Sprint(args["n"])
		}
	}, c)
	return out
}

// shownCase is what lists show of a case: columns of case_now, clocks, opinions
// asked for, and links; nil for a case that they do not have.
func shownCase(ctx context.Context, tx pgx.Tx, id registry.CaseID) (map[string]string, error) {
	rows, err := tx.Query(ctx, sql("ShownCase"), pgx.StrictNamedArgs{"case_id": int64(id)})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	var name, value string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error { out[name] = value; return nil })
	return out, err
}

// plainValue writes a value as ShownCase does: "" for null.
func plainValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.000000")
	case pgtype.Date:
		if !v.Valid {
			return ""
		}
		return v.Time.Format(time.DateOnly)
	case pgtype.Int8:
		if !v.Valid {
			return ""
		}
		return fmt.Sprint(v.Int64)
	case pgtype.Int4:
		if !v.Valid {
			return ""
		}
		return fmt.Sprint(v.Int32)
	case []int64:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ","), "[]")
	case []string:
		return strings.Join(v, ",")
	}
	return fmt.Sprint(v)
}

// unlikeFold says in what the lists differ from the fold; "" for nothing.
func unlikeFold(want, got map[string]string) string {
	if len(got) == 0 {
		return "is in no list"
	}
	all := maps.Clone(want)
	maps.Copy(all, got)
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if want[name] != got[name] {
			wrong = append(wrong, fmt.Sprintf("lists say %s %q, its events %q", name, got[name], want[name]))
		}
	}
	return strings.Join(wrong, "; ")
}

// RebuildCases computes anew what lists show of each case that differs from the
// fold of its events, and returns how many did. Nothing of it is logged: what is
// computed is in the log already. Others may write meanwhile.
func (s *Store) RebuildCases(ctx context.Context) (rebuilt int, err error) {
	var ids []registry.CaseID
	err = s.read(ctx, func(tx pgx.Tx) error { ids, err = caseIDs(ctx, tx); return err })
	for _, id := range ids {
		if err != nil {
			break
		}
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			// Who writes the case now is waited for, or waits for us and writes last.
			if _, err := tx.Exec(ctx, sql("LockCaseNow"), pgx.StrictNamedArgs{"case_id": int64(id)}); err != nil {
				return err
			}
			c, err := foldedCase(ctx, tx, id)
			if err != nil {
				return err
			}
			shown, err := shownCase(ctx, tx, id)
			if err != nil || unlikeFold(projected(c), shown) == "" {
				return err
			}
			rebuilt++
			b := &pgx.Batch{}
			project(func(name string, args pgx.StrictNamedArgs) {
				args["case_id"] = int64(id)
				b.Queue(sql(name), args)
			}, c)
			return tx.SendBatch(ctx, b).Close()
		})
	}
	return rebuilt, wrap("rebuild cases", err)
}
