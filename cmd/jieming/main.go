// Command jieming is the registry of a province's administrative divisions,
// boundary lines and place names: the server, its tools, and the database it
// can bring along.
//
// Each verb is a file of this folder with a struct of its flags and a Run
// method, and a field of [commands].
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Up       upCommand       `cmd:"" help:"Start the registry with a database of its own and the demonstration."`
	Serve    serveCommand    `cmd:"" help:"Serve the registry from an existing database."`
	Migrate  migrateCommand  `cmd:"" help:"Bring a database to the schema of this program."`
	Import   importCommand   `cmd:"" help:"Import administrative units from files."`
	Export   exportCommand   `cmd:"" help:"Write a layer of what is published, on any day, as a file."`
	Bench    benchCommand    `cmd:"" help:"Measure ratios against yardsticks, side by side in one run."`
	Check    checkCommand    `cmd:"" help:"Prove the registry's invariants, or find the faults in a file of polygons."`
	Tiles    tilesCommand    `cmd:"" help:"Write the published map as an archive of tiles, or look into one."`
	User     userCommand     `cmd:"" help:"Manage accounts and what they are trusted with."`
	Audit    auditCommand    `cmd:"" help:"Prove the log: sign, cosign, export and verify it."`
	Backup   backupCommand   `cmd:"" help:"Write everything in the database as one archive."`
	Restore  restoreCommand  `cmd:"" help:"Fill an empty database from a backup, and prove it."`
	Training trainingCommand `cmd:"" help:"Make, drop or look at the training space, a copy of the registry to practise in."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// Exit statuses. A verb's own failure is exitFailure.
const (
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	os.Exit(run(interruptible(os.Stderr), os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr))
}

// console is what a verb reads from and writes to: results on out, and
// everything about the work, such as progress and advice, on err.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// run runs one command line and returns its exit status. It ends soon after
// ctx. Every flag may be given as an environment variable instead: --addr as
// JIEMING_ADDR.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdin io.Reader, stdout, stderr io.Writer) (status int) {
	// Kong ends the process once it has printed a help text; unwind instead.
	type exit int
	defer func() {
		switch e := recover().(type) {
		case nil:
		case exit:
			status = int(e)
		default:
			panic(e)
		}
	}()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("jieming"),
		kong.Description("界名 Jieming: the registry of administrative divisions, boundary lines and place names.\n\n"+
			"Every flag can be set by an environment variable: --addr by JIEMING_ADDR."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.Resolvers(environment(env)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		panic(err) // a wrong struct tag
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "jieming: %v (see jieming --help)\n", err)
		return exitUsage
	}
	switch err := parsed.Run(&console{in: stdin, out: stdout, err: stderr}); {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	default:
		fmt.Fprintf(stderr, "jieming: %v\n", err)
		return exitFailure
	}
}

// environment finds a flag's value in its environment variable.
func environment(env func(string) (string, bool)) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		name := "JIEMING_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if value, ok := env(name); ok && value != "" {
			return value, nil
		}
		return nil, nil
	})
}

// interruptible is a context that ends at the first Ctrl-C (SIGINT) or
// SIGTERM; the second ends the process at once. A private database then shuts
// itself down.
func interruptible(stderr io.Writer) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		fmt.Fprintln(stderr, "stopping (once more to stop at once)")
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx
}
