package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// Series implements desk.SeriesStore.
func (s *Store) Series(ctx context.Context) ([]desk.Series, error) {
	rows, err := s.pool.Query(ctx, sql("ListSeries"))
	if err != nil {
		return nil, wrap("read series", err)
	}
	series, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x desk.Series, err error) {
		return x, row.Scan(&x.Issuer, &x.Paper, &x.Pattern, &x.Year, &x.After, &x.Reason)
	})
	return series, wrap("read series", err)
}

// SetSeries implements desk.SeriesStore.
func (s *Store) SetSeries(ctx context.Context, p *desk.Principal, x desk.Series) error {
	_, err := s.write(ctx, Author{Actor: p.Login}, func(tx pgx.Tx, _ registry.Seq) error {
		var last int
		if err := tx.QueryRow(ctx, sql("LastNumber"), pgx.StrictNamedArgs{"series": x.Pattern, "year": x.Year}).Scan(&last); err != nil {
			return err
		}
		if last >= 0 && x.After > 0 && x.After != last {
			return &registry.Error{Kind: registry.KindConflict, Field: "after",
				Message: fmt.Sprintf("the last number of this series is %d; leave the field empty", last)}
		}
		_, err := tx.Exec(ctx, sql("InsertSeries"), pgx.StrictNamedArgs{"issuer": x.Issuer, "paper": x.Paper, "pattern": x.Pattern, "year": x.Year,
			"after": x.After, "account": nullInt(int64(p.Account)), "reason": x.Reason})
		return err
	})
	return err
}

// numbered is a paper that gets a number.
type numbered struct {
	Issuer, Paper string
	Case          registry.CaseID // 0 for none
	By            desk.AccountID
	On            registry.Day
}

// drawNumber gives a paper the next number of its series, in the entry that is
// open: when that is given up, so is the number, and the next paper gets it.
// KindConflict if there is no series for the issuer and paper.
func drawNumber(ctx context.Context, tx pgx.Tx, for_ numbered) (string, error) {
	var x desk.Series
	err := tx.QueryRow(ctx, sql("SeriesFor"), pgx.StrictNamedArgs{"issuer": for_.Issuer, "paper": for_.Paper}).Scan(&x.Pattern, &x.Year, &x.After)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", &registry.Error{Kind: registry.KindConflict, Field: "number",
			Message: fmt.Sprintf("no series of numbers is set for %s and %s; set one under templates", for_.Issuer, for_.Paper)}
	}
	if err != nil {
		return "", err
	}
	year, n := x.YearOf(for_.On), 0
	if x.Year != year {
		x.After = 0
	}
	if err := tx.QueryRow(ctx, sql("DrawPaperNumber"), pgx.StrictNamedArgs{"series": x.Pattern, "year": year, "after": x.After}).Scan(&n); err != nil {
		return "", err
	}
	number := x.Number(year, n)
	_, err = tx.Exec(ctx, sql("InsertPaperNumber"), pgx.StrictNamedArgs{"series": x.Pattern, "year": year, "serial": n, "number": number,
		"paper": for_.Paper, "case_id": nullInt(int64(for_.Case)), "account": nullInt(int64(for_.By))})
	return number, err
}

// NextNumber implements desk.SeriesStore.
func (s *Store) NextNumber(ctx context.Context, issuer, paper string, on registry.Day) (number string, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		var x desk.Series
		err := tx.QueryRow(ctx, sql("SeriesFor"), pgx.StrictNamedArgs{"issuer": issuer, "paper": paper}).Scan(&x.Pattern, &x.Year, &x.After)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		year, last := x.YearOf(on), 0
		if err := tx.QueryRow(ctx, sql("LastNumber"), pgx.StrictNamedArgs{"series": x.Pattern, "year": year}).Scan(&last); err != nil {
			return err
		}
		switch {
		case last >= 0:
		case x.Year == year:
			last = x.After
		default:
			last = 0
		}
		number = x.Number(year, last+1)
		return nil
	})
	return number, wrap("look at the next number", err)
}

// PaperNumbers implements desk.SeriesStore.
func (s *Store) PaperNumbers(ctx context.Context, pattern string, year int) ([]desk.PaperNumber, error) {
	rows, err := s.pool.Query(ctx, sql("ListPaperNumbers"), pgx.StrictNamedArgs{"series": pattern, "year": year})
	if err != nil {
		return nil, wrap("read numbers", err)
	}
	numbers, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n desk.PaperNumber, err error) {
		return n, row.Scan(&n.Number, &n.N, &n.Paper, &n.Case, &n.By, &n.At, &n.Void, &n.Because)
	})
	return numbers, wrap("read numbers", err)
}

// VoidNumber implements desk.SeriesStore.
func (s *Store) VoidNumber(ctx context.Context, p *desk.Principal, number, reason string) error {
	_, err := s.write(ctx, Author{Actor: p.Login}, func(tx pgx.Tx, _ registry.Seq) error {
		done, err := tx.Exec(ctx, sql("VoidNumber"), pgx.StrictNamedArgs{"number": number, "reason": reason, "account": nullInt(int64(p.Account))})
		if err == nil && done.RowsAffected() == 0 {
			err = registry.NotFound("number", number)
		}
		return err
	})
	return err
}
