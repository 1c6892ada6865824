package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/registry/postgres/cluster"
	"jieming/registry/postgres/migrate"
)

type benchCommand struct {
	Dataset string `placeholder:"DIR" type:"path" help:"Folder of real data. Without it, the built-in sample and a generated country are measured."`
	Only    string `enum:"all,coverage,geojson,as-of,tiles,search,start,store" default:"all" placeholder:"NAME" help:"Measure one group only: coverage, geojson, as-of, tiles, search, start or store."`
	Runs    int    `default:"5" placeholder:"N" help:"Rounds of each measurement (default ${default})."`
	Gate    bool   `help:"Exit with status 1 when a target is missed."`
}

func (benchCommand) Help() string {
	return "Measures in private databases that are thrown away afterwards. What is compared runs in turn, A B A B, " +
		"and each number stands beside its yardstick of the same run: compare ratios between machines, not times. " +
		"docs/benchmarks.md says what each number is.\n\n" +
		"Examples:\n\n    jieming bench --dataset ../shared/data\n    jieming bench --only coverage --runs 9"
}

// Run measures, and prints a table on standard output. Missing a target is no
// error without --gate.
func (c benchCommand) Run(ctx context.Context, con *console) (err error) {
	if c.Runs < 1 {
		return errors.New("--runs must be at least 1")
	}
	b := &benchmark{dataset: c.Dataset, runs: c.Runs, shown: newProgress(con.err)}
	defer func() { err = errors.Join(err, b.close()) }()
	var all []figure
	for _, g := range benchGroups {
		if c.Only != "all" && c.Only != g.name {
			continue
		}
		figures, err := g.measure(b, ctx)
		if err != nil {
			return fmt.Errorf("measure %s: %w", g.name, err)
		}
		all = append(all, figures...)
	}
	b.shown.Close()
	if err := writeFigures(con.out, all, b.notes); err != nil {
		return err
	}
	if n := missed(all); c.Gate && n > 0 {
		return fmt.Errorf("%d of the targets missed", n)
	}
	return nil
}

// benchGroups are the groups of numbers, in the order of measuring.
var benchGroups = []struct {
	name    string
	measure func(*benchmark, context.Context) ([]figure, error)
}{
	{"coverage", (*benchmark).coverage},
	{"geojson", (*benchmark).geojson},
	{"as-of", (*benchmark).asOf},
	{"tiles", (*benchmark).tiles},
	{"store", (*benchmark).everyday},
	{"search", (*benchmark).search},
	{"start", (*benchmark).start},
}

// benchmark is one run of the command.
type benchmark struct {
	dataset  string // folder of real data; "" if none
	runs     int
	shown    *progress
	notes    []string // what a reader of the table should know
	province *benchStore
}

func (b *benchmark) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

func (b *benchmark) close() error {
	if b.province == nil {
		return nil
	}
	return b.province.close()
}

// rounds runs pieces of work in turn, once unmeasured and then as often as the
// run wants, and returns the times of each. The garbage of one piece is
// cleared away before the next one begins.
func (b *benchmark) rounds(ctx context.Context, work ...func(context.Context) error) ([]series, error) {
	return b.inRounds(ctx, false, work)
}

// warmRounds is [benchmark.rounds] of work that is wanted warm: what a piece finds
// in the caches of the processor, and in pools, is not what the piece before it
// left there. So each is done once more, unmeasured, before it is measured.
func (b *benchmark) warmRounds(ctx context.Context, work ...func(context.Context) error) ([]series, error) {
	return b.inRounds(ctx, true, work)
}

func (b *benchmark) inRounds(ctx context.Context, warm bool, work []func(context.Context) error) ([]series, error) {
	times := make([]series, len(work))
	for round := range b.runs + 1 {
		for i, do := range work {
			runtime.GC()
			if warm {
				if err := do(ctx); err != nil {
					return nil, err
				}
			}
			begun := time.Now()
			if err := do(ctx); err != nil {
				return nil, err
			}
			if round > 0 {
				times[i] = append(times[i], time.Since(begun).Seconds())
			}
		}
		b.shown.Advance(1)
	}
	return times, nil
}

// benchStore is a registry in a cluster of its own.
type benchStore struct {
	*postgres.Store
	now    registry.Instant // today, at the latest entry
	loaded time.Duration    // how long the first load took
	db     *cluster.Cluster
	dir    string
}

// open starts a cluster in a temporary folder and loads a baseline.
func (b *benchmark) open(ctx context.Context, baseline *registry.Baseline) (s *benchStore, err error) {
	s = &benchStore{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "jieming-bench-"); err != nil {
		return s, err
	}
	b.shown.Step("starting PostgreSQL", 0)
	if s.db, err = cluster.Start(ctx, cluster.Options{Dir: s.dir}); err != nil {
		return s, err
	}
	if _, err = migrate.Up(ctx, s.db.OwnerDSN(), nil); err != nil {
		return s, err
	}
	if s.Store, err = postgres.Open(ctx, s.db.OwnerDSN()); err != nil {
		return s, err
	}
	return s, s.fill(ctx, baseline, b.shown)
}

func (s *benchStore) fill(ctx context.Context, baseline *registry.Baseline, shown Progress) error {
	by := postgres.Author{Actor: "jieming bench"}
	begun := time.Now()
	if _, _, err := s.Load(ctx, baseline, by, stepsOf(shown)); err != nil {
		return err
	}
	s.loaded = time.Since(begun)
	if _, err := s.Publish(ctx, by, baseline.Dataset.DataDate, "", ""); err != nil {
		return err
	}
	seq, err := s.Latest(ctx)
	s.now = registry.Instant{Valid: registry.DayOf(time.Now()), Recorded: seq}
	return err
}

// close stops the cluster and removes its folder.
func (s *benchStore) close() error {
	var err error
	if s.Store != nil {
		s.Store.Close()
	}
	if s.db != nil {
		err = s.db.Stop()
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// provinceStore is the registry of the province, loaded by the first group
// that asks.
func (b *benchmark) provinceStore(ctx context.Context) (*benchStore, error) {
	if b.province != nil {
		return b.province, nil
	}
	baseline, err := readBaseline(ctx, b.dataset, b.shown)
	if err != nil {
		return nil, err
	}
	s, err := b.open(ctx, baseline)
	if err != nil {
		return nil, err
	}
	b.province = s
	versions := 0
	for _, u := range baseline.Units {
		versions += len(u.Versions)
	}
	b.note("province: %s, %d units in %d versions, %d code periods, %d arcs, %d faces, %d tenures",
		baseline.Dataset.Name, len(baseline.Units), versions, len(baseline.Codes), len(baseline.Arcs), len(baseline.Faces), len(baseline.Tenures))
	return s, nil
}

// file reads a file of the folder of real data; nil if there is no folder, or
// no such file in it.
func (b *benchmark) file(name string) ([]byte, error) {
	if b.dataset == "" {
		return nil, nil
	}
	data, err := fs.ReadFile(os.DirFS(b.dataset), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}
