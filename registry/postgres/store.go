// Package postgres keeps the registry in PostgreSQL with PostGIS. It is the
// only place where the registry's SQL lives, in the .sql file beside the Go
// file of the same noun.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"jieming/registry"
)

// Store is the registry in a database. It is safe for concurrent use.
type Store struct {
	pool     *pgxpool.Pool
	areas    areaFiller
	gate     chan struct{} // held by the one reader that waits for a writer
	keying   chan struct{} // held by the one that makes the keys of names
	keyed    atomic.Int64  // entry up to which no name lacks keys
	held     memory[holdings]
	doubtful memory[[]int64] // units whose area is not wholly known
	redrawn  memory[[]int64] // units whose area is drawn with later borders
	located  spotMemory
}

var _ registry.Registry = (*Store)(nil)

// Open connects to a migrated database. The user needs the roles
// jieming_reader and, to write, jieming_writer. It does not wait for the
// server: a store opened on a stopped server answers KindUnavailable until the
// server runs, and then recovers by itself.
func Open(ctx context.Context, dsn string) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	configure(config)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := &Store{pool: pool, gate: make(chan struct{}, 1), keying: make(chan struct{}, 1)}
	s.areas.start(pool)
	return s, nil
}

// configure sets what every connection of the registry needs. Plans are always
// made for the parameters at hand: range containment is badly estimated, and
// after five runs PostgreSQL would switch to generic plans that are up to 75
// times slower on a long history.
func configure(config *pgxpool.Config) {
	run := config.ConnConfig.RuntimeParams
	run["search_path"] = "registry, public"
	run["plan_cache_mode"] = "force_custom_plan"
	run["timezone"] = "UTC"
	run["application_name"] = "jieming"
	config.ConnConfig.ConnectTimeout = 3 * time.Second
	config.MaxConnLifetime = 30 * time.Minute
	config.MaxConnLifetimeJitter = 5 * time.Minute
	config.HealthCheckPeriod = 15 * time.Second
	config.AfterConnect = registerGeometry
}

// registerGeometry lets geometry travel as EWKB bytes in binary format.
func registerGeometry(ctx context.Context, conn *pgx.Conn) error {
	var oid uint32
	if err := conn.QueryRow(ctx, sql("GeometryType")).Scan(&oid); err != nil {
		return fmt.Errorf("look up type geometry: %w", err)
	}
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "geometry", OID: oid, Codec: pgtype.ByteaCodec{}})
	return nil
}

// Close waits for running work and disconnects.
func (s *Store) Close() {
	s.areas.stop()
	s.pool.Close()
}

// Pool gives the connections to the parts of the program that read derived
// data with SQL of their own, such as tiles.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Ready reports whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	var one int
	return wrap("ask the database", s.pool.QueryRow(ctx, sql("Ready")).Scan(&one))
}

// read runs f in a read-only transaction of one snapshot.
func (s *Store) read(ctx context.Context, f func(pgx.Tx) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return wrap("read", pgx.BeginTxFunc(ctx, s.pool, options, f))
}

// write runs f as one log entry, and makes the names that it brought findable.
// The checks of the database run at its commit. A request that was recorded
// before is not recorded again: the entry of the first time is returned, and
// what f would have set is not set.
// READ COMMITTED is enough, because writers wait for each other at the gate.
func (s *Store) write(ctx context.Context, by Author, f func(pgx.Tx, registry.Seq) error) (registry.Seq, error) {
	seq, _, err := s.writeOnce(ctx, by, f)
	return seq, err
}

// writeOnce is write, which also tells whether this call wrote the entry.
func (s *Store) writeOnce(ctx context.Context, by Author, f func(pgx.Tx, registry.Seq) error) (seq registry.Seq, fresh bool, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		args := pgx.StrictNamedArgs{"actor": by.Actor, "case_id": nullInt(int64(by.Case)), "request": nullText(by.Request)}
		if err := tx.QueryRow(ctx, sql("OpenLog"), args).Scan(&seq); err != nil {
			return fmt.Errorf("open log entry: %w", err)
		}
		if err := f(tx, seq); err != nil {
			return err
		}
		return keyNewNames(ctx, tx, nil)
	})
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.ConstraintName == "log_request_key" {
		seq, err = s.again(ctx, by)
		return seq, false, err
	}
	return seq, err == nil, wrap("write", err)
}

// again is the entry that a request was recorded as. The key of somebody else is
// refused: it was not the same command.
func (s *Store) again(ctx context.Context, by Author) (registry.Seq, error) {
	seq, actor, err := s.seqOf(ctx, by.Request)
	if err == nil && (seq == 0 || actor != by.Actor) {
		err = &registry.Error{Kind: registry.KindConflict, Field: "idempotency-key", Message: "was used for something else; use a new one"}
	}
	return seq, err
}

// Author says who writes, in which case, under which idempotency key.
type Author struct {
	Actor   string
	Case    registry.CaseID // 0 if none
	Request string          // "" if none
}
