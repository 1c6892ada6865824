package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"jieming/registry/postgres"
	"jieming/registry/postgres/cluster"
)

type checkCommand struct {
	Store    checkStoreCommand    `cmd:"" default:"withargs" help:"Prove the invariants over the whole registry (the default)."`
	Coverage checkCoverageCommand `cmd:"" help:"Find gaps, overlaps and other faults in a file of polygons."`
}

func (checkCommand) Help() string {
	return "Changes nothing. The exit status is 1 when anything is wrong.\n\n" +
		"Examples:\n\n    jieming check --data data\n    jieming check coverage counties.geojson --out report"
}

type checkStoreCommand struct {
	databaseFlags
	Data string `placeholder:"DIR" type:"path" help:"Folder of jieming up; goes before a database URL. Its database is started for the check when it does not run."`
	JSON bool   `name:"json" help:"Print one JSON object."`

	Rebuild bool `help:"Before the check, compute anew what lists show of cases, from their events. It changes nothing that is logged."`
}

func (checkStoreCommand) Help() string {
	return "Reads every row in one snapshot, and prints each check as it ends and what it found, at most 100 problems a check. " +
		"Nothing is changed, but with --rebuild, and the server may run meanwhile. The exit status is 1 when anything is wrong.\n\n" +
		"Examples:\n\n    jieming check --data data\n    jieming check --data data --rebuild\n    JIEMING_DATABASE_URL=postgres://jieming_app@db.example/jieming jieming check --json"
}

// findingsPerCheck is where a check of the store stops.
const findingsPerCheck = 100

// checkResult is what one check found.
type checkResult struct {
	Check    string `json:"check"`
	Problems int    `json:"problems"`
}

// checkProblem is one thing that is wrong.
type checkProblem struct {
	Check   string `json:"check"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

// Run checks the registry and fails when anything is wrong.
func (k checkStoreCommand) Run(ctx context.Context, c *console) (err error) {
	dsn, stop, err := k.database(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()

	if k.Rebuild {
		n, err := store.RebuildCases(ctx)
		if err != nil {
			return unmigrated(err)
		}
		fmt.Fprintf(c.err, "rebuilt what lists show of %s\n", counted(n, "case"))
	}
	filled, err := store.Filled(ctx)
	if err != nil {
		return unmigrated(err)
	}
	if !filled {
		fmt.Fprintln(c.err, "note: the registry has published nothing yet; what is still being loaded is not checked")
	}
	var results []checkResult
	found, err := store.Check(ctx, func(says string, problems int) {
		results = append(results, checkResult{says, problems})
		if !k.JSON {
			fmt.Fprintf(c.out, "%-16s%s\n", tally(problems), says)
		}
	})
	if err != nil {
		return unmigrated(err)
	}
	problems := make([]checkProblem, len(found))
	for i, p := range found {
		problems[i] = checkProblem(p)
	}
	if err := k.print(c.out, results, problems); err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s in the registry", counted(len(problems), "problem"))
	}
	return nil
}

func tally(problems int) string {
	switch {
	case problems == 0:
		return "ok"
	case problems >= findingsPerCheck:
		return counted(problems, "problem") + "+"
	}
	return counted(problems, "problem")
}

// counted writes a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func (k checkStoreCommand) print(w io.Writer, results []checkResult, problems []checkProblem) error {
	if k.JSON {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(map[string]any{"ok": len(problems) == 0, "checks": results, "problems": problems})
	}
	last := ""
	for _, p := range problems {
		if p.Check != last {
			fmt.Fprintf(w, "\n%s\n", p.Check)
			last = p.Check
		}
		fmt.Fprintf(w, "  %s %s\n", p.Subject, p.Detail)
	}
	return nil
}

// database is the URL of the registry to check. stop ends what was started
// for it.
func (k checkStoreCommand) database(ctx context.Context, c *console) (dsn string, stop func() error, err error) {
	nothing := func() error { return nil }
	if k.Data == "" {
		if k.DatabaseURL == "" {
			return "", nil, errors.New("no database given: set JIEMING_DATABASE_URL=postgres://user:password@host/name, or name the folder of `jieming up` with --data DIR")
		}
		return k.DatabaseURL, nothing, nil
	}
	dir := filepath.Join(k.Data, "postgres")
	if _, err := os.Stat(filepath.Join(dir, "data")); errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("data folder %s holds no registry: name the folder that `jieming up --data DIR` made", k.Data)
	}
	shown := newProgress(c.err)
	defer shown.Close()
	shown.Step("opening the database", 0)
	db, err := startCluster(ctx, dir)
	if errors.Is(err, cluster.ErrInUse) {
		return runningDSN(dir)
	}
	if err != nil {
		return "", nil, err
	}
	return db.AppDSN(), db.Stop, nil
}

// runningDSN is the URL of a private database that another process runs. Its
// socket is reached through the open folder, because the kernel takes short
// socket paths only; close it after use.
func runningDSN(dir string) (dsn string, closeFolder func() error, err error) {
	run, err := os.Open(filepath.Join(dir, "run"))
	if err != nil {
		return "", nil, fmt.Errorf("reach the running database: %w (run this as the user who runs `jieming up`)", err)
	}
	// By our number, so that programs that we start reach it, too.
	socket := filepath.Join("/proc", strconv.Itoa(os.Getpid()), "fd", strconv.Itoa(int(run.Fd())))
	u := url.URL{Scheme: "postgres", User: url.User(cluster.App), Path: "/" + cluster.Database}
	u.RawQuery = url.Values{"host": {socket}, "port": {"5432"}}.Encode()
	return u.String(), run.Close, nil
}

// unmigrated adds advice to the error of a database without our tables.
func unmigrated(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	// an undefined table, function, type or schema
	if ok && slices.Contains([]string{"42P01", "42883", "42704", "3F000"}, pg.Code) {
		return fmt.Errorf("%w: the database does not have the schema of this program: run jieming migrate", err)
	}
	return err
}
