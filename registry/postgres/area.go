package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"jieming/registry"
)

// areaFiller stores, in the background, polygons that a reader had to build.
// An area is addressed by its arcs, so storing it late changes no answer; it
// only makes the next reader faster.
type areaFiller struct {
	wants  chan areaWant
	cancel context.CancelFunc
	done   sync.WaitGroup
}

type areaWant struct {
	at    registry.Instant
	level registry.Level
}

func (f *areaFiller) start(pool *pgxpool.Pool) {
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	f.wants = make(chan areaWant, 16)
	f.done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case w := <-f.wants:
				f.fill(ctx, pool, w)
			}
		}
	})
}

func (f *areaFiller) stop() {
	f.cancel()
	f.done.Wait()
}

// want asks for the areas of a level at an instant. When many are waiting it
// is forgotten: the next reader asks again.
func (f *areaFiller) want(at registry.Instant, level registry.Level) {
	select {
	case f.wants <- areaWant{at, level}:
	default:
	}
}

// fill drops its error: a missing area is built again by the next reader.
func (f *areaFiller) fill(ctx context.Context, pool *pgxpool.Pool, w areaWant) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, _ = pool.Exec(ctx, sql("FillAreas"), pgx.StrictNamedArgs{
		"t": date(w.at.Valid), "r": int64(w.at.Recorded), "level": int(w.level)})
}
