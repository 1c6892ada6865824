package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/sync/errgroup"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres/cluster"
)

// trainingJob is the turn in which the training space is made: one at a time,
// whatever the server.
const trainingJob = "training"

// TrainingActs implements desk.TrainingStore.
func (s *Store) TrainingActs(ctx context.Context) ([]desk.TrainingAct, error) {
	rows, err := s.pool.Query(ctx, sql("ListTrainingActs"))
	if err != nil {
		return nil, wrap("list acts on the training space", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a desk.TrainingAct, err error) {
		var copied pgtype.Timestamptz
		var digest []byte
		err = row.Scan(&a.Space, &copied, &a.Entry, &digest, &a.By, &a.At)
		a.CopiedAt = copied.Time
		copy(a.Digest[:], digest)
		return a, err
	})
	return all, wrap("list acts on the training space", err)
}

// TrainingRun implements desk.TrainingStore.
func (s *Store) TrainingRun(ctx context.Context) (*desk.TrainingRun, error) {
	var r desk.TrainingRun
	var ended pgtype.Timestamptz
	err := s.pool.QueryRow(ctx, sql("TrainingRun")).Scan(&r.Step, &r.BeganAt, &ended, &r.Error, &r.Running)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	r.EndedAt = ended.Time
	return &r, wrap("look after the training space", err)
}

// TrainingSpace names the copy in use; "" for none.
func (s *Store) TrainingSpace(ctx context.Context) (space string, err error) {
	err = s.pool.QueryRow(ctx, sql("TrainingInUse")).Scan(&space)
	return space, wrap("look for the training space", err)
}

// IsTraining reports whether this database is a training space.
func (s *Store) IsTraining(ctx context.Context) (is bool, err error) {
	err = s.pool.QueryRow(ctx, sql("IsTraining")).Scan(&is)
	return is, wrap("ask what the database is", err)
}

// addTrainingAct records that the training space was made, or dropped. From its
// commit on, the copy that it names is the one in use.
func (s *Store) addTrainingAct(ctx context.Context, by *desk.Principal, a desk.TrainingAct) error {
	_, err := s.write(ctx, signed(by), func(tx pgx.Tx, _ registry.Seq) error {
		args := pgx.StrictNamedArgs{"space": a.Space, "copied_at": nil, "copied_seq": nil, "copied_digest": nil, "account": nullInt(int64(by.Account))}
		if a.Space != "" {
			args["copied_at"], args["copied_seq"] = a.CopiedAt, int64(a.Entry)
		}
		if a.Entry > 0 {
			args["copied_digest"] = a.Digest[:]
		}
		_, err := tx.Exec(ctx, sql("InsertTrainingAct"), args)
		return err
	})
	return err
}

// TrainingDSN is the URL of a training space, given that of the registry it was
// copied from.
func TrainingDSN(live, space string) (string, error) {
	u, err := databaseURL(live)
	if err != nil {
		return "", err
	}
	u.Path += "_training_" + space
	return u.String(), nil
}

func databaseURL(dsn string) (*url.URL, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || len(u.Path) < 2 {
		return nil, errors.New("give the database as a URL: postgres://user:password@host/name")
	}
	return u, nil
}

// TrainingWork tells what was done in a training space since it was made. dsn is
// the URL of the registry that it was copied from.
func TrainingWork(ctx context.Context, dsn, space string) (*desk.TrainingWork, error) {
	dsn, err := TrainingDSN(dsn, space)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["search_path"] = "registry, public"
	conn, err := pgx.ConnectConfig(ctx, config)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "3D000" { // no such database
		return nil, registry.NotFound("training space", space)
	}
	if err != nil {
		return nil, wrap("look into the training space", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var w desk.TrainingWork
	var last pgtype.Timestamptz
	err = conn.QueryRow(ctx, sql("TrainingWork")).Scan(&w.Entries, &w.Cases, &w.People, &last)
	w.LastAt = last.Time
	return &w, wrap("look into the training space", err)
}

// Trainer makes and drops the training space of a registry, a second database on
// the same server. It is safe for concurrent use, also on several servers.
type Trainer struct {
	live  *Store
	owner string
}

// NewTrainer returns the trainer of a live registry. owner is a URL of its
// database as a superuser: only such a one may copy everything, and make
// databases with PostGIS.
func NewTrainer(live *Store, owner string) *Trainer { return &Trainer{live, owner} }

// Reset makes the training space anew, as the live registry is now, and puts it
// in the place of the former one. Nobody who writes waits. The former one stays
// in use until the new one is whole, and is then dropped; when anything fails
// before, it stays. It takes about as long as a backup and a restore, and as much
// room as the registry. KindConflict if it is being made already.
func (t *Trainer) Reset(ctx context.Context, by *desk.Principal) error {
	return t.alone(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		act := desk.TrainingAct{Space: time.Now().UTC().Format("20060102150405")}
		if err := t.make(ctx, conn, &act); err != nil {
			return err
		}
		t.step(ctx, "SWITCH")
		if err := t.live.addTrainingAct(ctx, by, act); err != nil {
			return err // what was made is swept away next time, unless it is in use after all
		}
		t.step(ctx, "SWEEP")
		return t.sweep(ctx, conn)
	})
}

// Drop drops the training space.
func (t *Trainer) Drop(ctx context.Context, by *desk.Principal) error {
	return t.alone(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		space, err := t.live.TrainingSpace(ctx)
		if err == nil && space == "" {
			err = &registry.Error{Kind: registry.KindNotFound, Message: "there is no training space"}
		}
		if err != nil {
			return err
		}
		if err := t.live.addTrainingAct(ctx, by, desk.TrainingAct{}); err != nil {
			return err
		}
		return t.sweep(ctx, conn)
	})
}

// alone runs f as the only one that handles the training space, with a
// connection of the owner.
func (t *Trainer) alone(ctx context.Context, f func(context.Context, *pgx.Conn) error) error {
	is, err := t.live.IsTraining(ctx)
	if err == nil && is {
		err = &registry.Error{Kind: registry.KindConflict, Message: "this is a training space itself: name the live registry"}
	}
	if err != nil {
		return err
	}
	ran, err := t.live.Alone(ctx, trainingJob, func(ctx context.Context) (err error) {
		conn, err := pgx.Connect(ctx, t.owner)
		if err != nil {
			return wrap("connect as the owner", err)
		}
		defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
		return f(ctx, conn)
	})
	if err == nil && !ran {
		err = &registry.Error{Kind: registry.KindConflict, Message: "the training space is being made already"}
	}
	return err
}

// step says what is being done; it is of no weight.
func (t *Trainer) step(ctx context.Context, name string) {
	_, _ = t.live.pool.Exec(ctx, sql("SetTrainingStep"), pgx.StrictNamedArgs{"step": name})
}

// make makes a copy that nobody uses yet. When it fails, nothing is left of it.
func (t *Trainer) make(ctx context.Context, conn *pgx.Conn, act *desk.TrainingAct) (err error) {
	dsn, err := TrainingDSN(t.owner, act.Space)
	if err != nil {
		return err
	}
	from, _ := databaseURL(t.owner)
	to, _ := databaseURL(dsn)
	live, name := strings.TrimPrefix(from.Path, "/"), strings.TrimPrefix(to.Path, "/")
	if len(name) > 63 {
		return fmt.Errorf("%s is too long for the name of a database", name)
	}
	if err := t.sweep(ctx, conn); err != nil { // what an earlier try left
		return err
	}
	t.step(ctx, "COPY")
	defer func() {
		if err != nil {
			err = errors.Join(err, t.discard(ctx, name))
		}
	}()
	if err := cluster.MakeDatabase(ctx, conn, name, live); err != nil {
		return err
	}
	head, err := t.copy(ctx, dsn)
	if err != nil {
		return err
	}
	act.CopiedAt, act.Entry, act.Digest = head.MadeAt, registry.Seq(head.Seq), desk.Digest(head.Head)
	t.step(ctx, "CLEAN")
	return t.clean(ctx, dsn, head)
}

// discard drops a copy that was not finished, by a connection of its own: that
// of the one who failed may be gone.
func (t *Trainer) discard(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, t.owner)
	if err != nil {
		return err
	}
	return errors.Join(cluster.DropDatabase(ctx, conn, name), conn.Close(ctx))
}

// copy fills an empty database with everything in the live one, as of one
// snapshot.
func (t *Trainer) copy(ctx context.Context, to string) (*Manifest, error) {
	s, err := Open(ctx, t.owner)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	m := &Manifest{MadeAt: time.Now().UTC().Truncate(time.Microsecond)}
	return m, s.read(ctx, func(tx pgx.Tx) error {
		snapshot, err := m.describe(ctx, tx)
		if err != nil {
			return err
		}
		return pour(ctx, t.owner, snapshot, to)
	})
}

// pour dumps one database straight into another.
func pour(ctx context.Context, from, snapshot, to string) error {
	both, ctx := errgroup.WithContext(ctx)
	out, in := io.Pipe()
	both.Go(func() error {
		dumper, said, err := client(ctx, "pg_dump", from, "--format=custom", "--compress=0", "--snapshot="+snapshot, "--no-owner")
		if err == nil {
			dumper.Stdout = in
			err = ended(dumper, "pg_dump", func() string { return said.String() })
		}
		in.CloseWithError(err)
		return err
	})
	both.Go(func() error {
		restorer, said, err := client(ctx, "pg_restore", to, "--no-owner", "--exit-on-error", "--single-transaction")
		if err == nil {
			restorer.Stdin = out
			err = ended(restorer, "pg_restore", func() string { return said.String() })
		}
		out.CloseWithError(err)
		return err
	})
	return both.Wait()
}

func ended(cmd *exec.Cmd, name string, said func() string) error {
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, tail(said()))
	}
	return nil
}

// clean takes out of a copy what must not be in it, marks it as a copy, and sees
// that its log ends as the live one did.
func (t *Trainer) clean(ctx context.Context, dsn string, want *Manifest) error {
	s, err := Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer s.Close()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sql("CleanTraining")); err != nil {
			return fmt.Errorf("clean the copy: %w", err)
		}
		_, err := tx.Exec(ctx, sql("MarkTraining"), pgx.StrictNamedArgs{"copied_at": want.MadeAt, "copied_seq": want.Seq})
		return err
	})
	if err != nil {
		return err
	}
	t.step(ctx, "CHECK")
	var got Manifest
	if err := s.read(ctx, func(tx pgx.Tx) error { return got.head(ctx, tx) }); err != nil {
		return err
	}
	if got.Seq != want.Seq || got.Head != want.Head || got.Root != want.Root {
		return fmt.Errorf("the log of the copy ends with entry %d, digest %s, and the live one with entry %d, digest %s", got.Seq, got.Head, want.Seq, want.Head)
	}
	_, err = s.pool.Exec(ctx, sql("AnalyzeDatabase"))
	return err
}

// Servers follow what is in use within about a second.
const (
	leavePatience = 10 * time.Second
	leavePause    = 100 * time.Millisecond
)

// sweep drops every copy that is not in use. Servers that still serve one are
// given time to leave it.
func (t *Trainer) sweep(ctx context.Context, conn *pgx.Conn) error {
	space, err := t.live.TrainingSpace(ctx)
	if err != nil {
		return err
	}
	u, err := databaseURL(t.owner)
	if err != nil {
		return err
	}
	live := strings.TrimPrefix(u.Path, "/")
	rows, err := conn.Query(ctx, sql("TrainingDatabases"), pgx.StrictNamedArgs{"live": live})
	if err != nil {
		return wrap("list training spaces", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return wrap("list training spaces", err)
	}
	for _, name := range names {
		if name == live+"_training_"+space {
			continue
		}
		if err := t.left(ctx, conn, name); err != nil {
			return err
		}
		if err := cluster.DropDatabase(ctx, conn, name); err != nil {
			return err
		}
	}
	return nil
}

// left waits until nobody is connected to a database, or for as long as it may.
func (t *Trainer) left(ctx context.Context, conn *pgx.Conn, name string) error {
	for end := time.Now().Add(leavePatience); time.Now().Before(end); {
		var sessions int
		if err := conn.QueryRow(ctx, sql("SessionsIn"), pgx.StrictNamedArgs{"database": name}).Scan(&sessions); err != nil {
			return err
		}
		if sessions == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(leavePause):
		}
	}
	return nil
}
