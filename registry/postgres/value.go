package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
)

// date is a Day as the database takes it. Open ends are handled by period.
func date(d registry.Day) pgtype.Date { return pgtype.Date{Time: d.Time(), Valid: true} }

func nullDate(d registry.Day, known bool) pgtype.Date {
	if !known {
		return pgtype.Date{}
	}
	return date(d)
}

// period is a Period as a daterange.
func period(p registry.Period) pgtype.Range[pgtype.Date] {
	r := pgtype.Range[pgtype.Date]{LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true}
	if p.From == registry.NoStart {
		r.LowerType = pgtype.Unbounded
	} else {
		r.Lower = date(p.From)
	}
	if p.To == registry.NoEnd {
		r.UpperType = pgtype.Unbounded
	} else {
		r.Upper = date(p.To)
	}
	return r
}

// fromRange is the Period of a daterange, which PostgreSQL keeps as [).
func fromRange(r pgtype.Range[pgtype.Date]) registry.Period {
	p := registry.Period{From: registry.NoStart, To: registry.NoEnd}
	if r.LowerType != pgtype.Unbounded {
		p.From = fromTime(r.Lower.Time)
	}
	if r.UpperType != pgtype.Unbounded {
		p.To = fromTime(r.Upper.Time)
	}
	return p
}

func fromTime(t time.Time) registry.Day {
	return registry.Date(t.Year(), t.Month(), t.Day())
}

func nullText(s string) pgtype.Text { return pgtype.Text{String: s, Valid: s != ""} }

func nullInt(n int64) pgtype.Int8 { return pgtype.Int8{Int64: n, Valid: n != 0} }
