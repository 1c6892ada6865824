package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"jieming/registry"
)

// kinds maps SQLSTATE to the kind of error a caller sees. The JM states are
// raised by migrations/00009_enforcement.sql.
var kinds = map[string]registry.Kind{
	"JM001": registry.KindInternal, // no open log entry
	"JM002": registry.KindInternal, // append-only
	"JM003": registry.KindInvalid,  // a version without an event
	"JM004": registry.KindInvalid,  // lineage shares
	"JM005": registry.KindInvalid,  // a face left open
	"JM006": registry.KindInvalid,  // arcs cross
	"JM007": registry.KindInvalid,  // held and bounded on different days
	"JM008": registry.KindConflict, // a scheduled change would be lost
	"JM009": registry.KindForbidden,
	"JM010": registry.KindInvalid,   // a unit referred to while it does not exist
	"JM011": registry.KindInvalid,   // a unit under one not above it
	"JM012": registry.KindInvalid,   // faces overlap, or lie on the wrong side
	"JM013": registry.KindConflict,  // duties of one person
	"JM014": registry.KindConflict,  // hands in one case
	"JM015": registry.KindForbidden, // not a release by two hands
	"JM016": registry.KindInvalid,   // a border above public that nothing clears
	"JM017": registry.KindConflict,  // the zone holds more than that
	"23P01": registry.KindConflict,  // versions overlap
	"23505": registry.KindConflict,  // unique
	"23514": registry.KindInvalid,   // check
	"23503": registry.KindInvalid,   // foreign key
	"22021": registry.KindInvalid,   // text that is not UTF-8, or holds a zero byte
	"40001": registry.KindUnavailable,
	"40P01": registry.KindUnavailable,
	"25006": registry.KindUnavailable,
}

// wrap gives an error of the database its kind. Errors that have a kind, and
// errors of the caller's context, pass unchanged.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	var known *registry.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return fromState(doing, pg, err)
	case errors.Is(err, pgx.ErrNoRows):
		return &registry.Error{Kind: registry.KindNotFound, Message: doing, Err: err}
	case unreachable(err):
		return &registry.Error{Kind: registry.KindUnavailable, Message: "the database does not answer; try again in a few seconds", Err: err}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Explain gives an error of the database, met by another part of the program,
// its kind.
func Explain(doing string, err error) error { return wrap(doing, err) }

func fromState(doing string, pg *pgconn.PgError, err error) error {
	kind, ok := kinds[pg.Code]
	if !ok && slices.Contains([]string{"08", "53", "57"}, pg.Code[:min(2, len(pg.Code))]) {
		kind, ok = registry.KindUnavailable, true
	}
	if !ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if kind == registry.KindUnavailable {
		return &registry.Error{Kind: kind, Message: "the database does not answer; try again in a few seconds", Err: err}
	}
	return &registry.Error{Kind: kind, Message: doing + ": " + pg.Message, Err: err}
}

// unreachable reports whether the server could not be reached, or went away.
func unreachable(err error) bool {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	text := err.Error()
	for _, sign := range []string{"closed pool", "conn closed", "connection reset", "broken pipe", "unexpected EOF", "no such file"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return pgconn.Timeout(err) || pgconn.SafeToRetry(err)
}
