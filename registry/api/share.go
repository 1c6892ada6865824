package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"jieming/registry"
)

// WriteProblem answers a request that failed elsewhere in the program the way
// this API answers its own: application/problem+json by the kind of the error.
func WriteProblem(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	writeProblem(w, r, log, err)
}

// ResolveInstant is the instant that the public parameters datetime and
// recorded-as-of name, either of which may be empty, through the publication
// current then. It refuses what the operations of this API refuse.
func ResolveInstant(ctx context.Context, reg registry.Registry, now time.Time, datetime, recordedAsOf string) (registry.Instant, error) {
	in := Clocks{Datetime: datetime, Recorded: Recorded{RecordedAsOf: recordedAsOf}}
	if err := in.parse(now); err != nil {
		return registry.Instant{}, err
	}
	p, err := reg.Publication(ctx, in.question.asOf)
	if err != nil {
		return registry.Instant{}, err
	}
	return registry.Instant{Valid: in.question.day, Recorded: p.AsOf}, nil
}
