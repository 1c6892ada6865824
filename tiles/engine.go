package tiles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// EngineOptions configure an engine.
type EngineOptions struct {
	Log *slog.Logger
	// Roman returns how a name reads in Latin letters, or "". It must be fast
	// and safe for concurrent use. Nil means that nothing is known.
	Roman func(name string) string
	// Ready is called with each new snapshot before it is served, to prepare
	// what its first readers will ask for.
	Ready func(*Snapshot)
	// Poll is how often the log is looked at without having been told to;
	// 0 means every two seconds.
	Poll time.Duration
}

// Engine makes tiles from a snapshot in memory, which follows the registry:
// each commit notifies it, and it looks by itself now and then, because
// notifications are lost while nobody listens. Instances need not know of each
// other. While the database is away, the latest snapshot goes on being served.
// All methods are safe for concurrent use.
type Engine struct {
	pool    *pgxpool.Pool
	options EngineOptions
	works   *works
	current atomic.Pointer[Snapshot]
	mu      sync.Mutex
	changed chan struct{} // closed when current changes; guarded by mu
}

// NewEngine makes an engine on a migrated registry, whose schema must be on
// the search path of the pool's connections. It serves nothing until Run has
// loaded a first snapshot.
func NewEngine(pool *pgxpool.Pool, o EngineOptions) *Engine {
	if o.Roman == nil {
		o.Roman = func(string) string { return "" }
	}
	if o.Ready == nil {
		o.Ready = func(*Snapshot) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	return &Engine{pool: pool, options: o, works: newWorks(o.Roman), changed: make(chan struct{})}
}

// Snapshot returns the latest snapshot, nil while there is none.
func (e *Engine) Snapshot() *Snapshot { return e.current.Load() }

// Load reads what changed since the latest snapshot, or everything, and makes
// the next one current. It must not be called while Run is running.
func (e *Engine) Load(ctx context.Context) error {
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("load tiles: %w", err)
	}
	defer conn.Release()
	return e.catchUp(ctx, conn.Conn())
}

// Run follows the registry until ctx ends. It keeps one connection of its own.
func (e *Engine) Run(ctx context.Context) {
	const longest = 5 * time.Second
	pause := 50 * time.Millisecond
	for ctx.Err() == nil {
		begun := time.Now()
		err := e.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(begun) > longest {
			pause = 50 * time.Millisecond
		}
		e.options.Log.Warn("the tile engine lost the registry; it will try again", "error", err.Error(), "pause", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
}

// follow listens on a connection of its own until it breaks.
func (e *Engine) follow(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, e.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN jieming_log"); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		if err := e.catchUp(ctx, conn); err != nil {
			return err
		}
		if err := e.wait(ctx, conn); err != nil {
			return err
		}
	}
}

// wait returns when the log has grown, or it is time to look.
func (e *Engine) wait(ctx context.Context, conn *pgx.Conn) error {
	limited, cancel := context.WithTimeout(ctx, e.options.Poll)
	defer cancel()
	_, err := conn.WaitForNotification(limited)
	if err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) && !conn.IsClosed() {
		return nil
	}
	return err
}

// catchUp makes the snapshot of the latest entry current, if it is not.
func (e *Engine) catchUp(ctx context.Context, conn *pgx.Conn) error {
	before := e.current.Load()
	since := int64(0)
	if before != nil {
		var latest int64
		if err := conn.QueryRow(ctx, sql("latest")).Scan(&latest); err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if since = before.seq; latest == since {
			return nil
		}
	}
	got, err := e.read(ctx, conn, since, before)
	if err != nil {
		return err
	}
	next := newSnapshot
	if before != nil {
		next = func(l *loaded, _ *works) *Snapshot { return before.next(l) }
	}
	s := next(got, e.works)
	e.options.Ready(s)
	e.publish(s)
	return nil
}

// publish makes a snapshot current and tells those who wait.
func (e *Engine) publish(s *Snapshot) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current.Store(s)
	close(e.changed)
	e.changed = make(chan struct{})
}

// Changed returns a channel that is closed when the snapshot changes.
func (e *Engine) Changed() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.changed
}

// Await returns the first snapshot that knows a log entry, or nil when ctx ends
// before there is one.
func (e *Engine) Await(ctx context.Context, seq int64) *Snapshot {
	for {
		changed := e.Changed()
		if s := e.Snapshot(); s != nil && s.seq >= seq {
			return s
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// read looks at the database in one transaction, which sees one state.
func (e *Engine) read(ctx context.Context, conn *pgx.Conn, since int64, before *Snapshot) (got *loaded, err error) {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, conn, options, func(tx pgx.Tx) error {
		if before == nil {
			got, err = readSince(ctx, tx, since, nil)
		} else {
			got, err = readSince(ctx, tx, since, before.arcs)
		}
		return err
	})
	return got, err
}
