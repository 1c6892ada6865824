package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"jieming/registry/postgres"
	"jieming/registry/postgres/cluster"
	"jieming/registry/postgres/migrate"
)

type backupCommand struct {
	storeFlags
	Out string `required:"" placeholder:"FILE|-" help:"The archive, which must not exist; - for standard output."`
}

func (backupCommand) Help() string {
	return "Writes everything in the database, as of one moment, as one archive; the server may run meanwhile. " +
		"The key that signs checkpoints is not in it: keep a copy of it elsewhere. Whoever has the archive has all rows, also those that are not public. " +
		"The user of a database URL must own the database.\n\n" +
		"Example:\n\n    jieming backup --data /srv/jieming --out /srv/backup/jieming-2026-11-28.zip"
}

// Run writes a backup.
func (b backupCommand) Run(ctx context.Context, c *console) (err error) {
	dsn, stop, err := ownerDatabase(ctx, c, b.storeFlags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	shown := newProgress(c.err)
	defer shown.Close()
	shown.Step("writing MiB", 0)
	var m *postgres.Manifest
	write := func(w io.Writer) (err error) {
		m, err = postgres.Backup(ctx, dsn, w, version, shown.Advance)
		return err
	}
	if b.Out == "-" {
		return unmigrated(write(c.out))
	}
	if err := createWhole(b.Out, write); err != nil {
		return unmigrated(err)
	}
	shown.Close()
	fmt.Fprintf(c.out, "%s: log entry %d, digest %s\n", b.Out, m.Seq, m.Head)
	fmt.Fprintln(c.err, "note: the key that signs checkpoints is not in the backup")
	return nil
}

// ownerDatabase is the URL of the registry as its owner.
func ownerDatabase(ctx context.Context, c *console, f storeFlags) (string, func() error, error) {
	dsn, stop, err := checkStoreCommand{databaseFlags: f.databaseFlags, Data: f.Data}.database(ctx, c)
	if err != nil || f.Data == "" {
		return dsn, stop, err
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", nil, errors.Join(err, stop())
	}
	u.User = url.User(cluster.Owner)
	return u.String(), stop, nil
}

type restoreCommand struct {
	databaseFlags
	Data    string `placeholder:"DIR" type:"path" help:"Data folder for jieming up, made when missing; goes before a database URL. Nothing may run in it."`
	In      string `required:"" placeholder:"FILE" type:"path" help:"The archive of jieming backup."`
	Replace bool   `help:"Put what is restored and proved in the place of what the database holds, which is lost then."`
}

func (restoreCommand) Help() string {
	return "Fills an empty database from an archive, brings it to the schema of this program, and proves it afterwards: " +
		"the log ends as it did, and every row is as the log recorded it. The user of a database URL must be a superuser.\n\n" +
		"Examples:\n\n    jieming restore --in jieming-2026-11-28.zip --data /srv/restored\n" +
		"    JIEMING_DATABASE_URL=postgres://postgres@db.example/new jieming restore --in jieming-2026-11-28.zip"
}

// Run restores a backup and proves what it restored.
func (r restoreCommand) Run(ctx context.Context, c *console) (err error) {
	f, err := os.Open(r.In)
	if err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	shown := newProgress(c.err)
	defer shown.Close()
	const mib = 1 << 20
	shown.Step("reading MiB", int(info.Size()/mib))
	backup, err := postgres.OpenBackup(f, info.Size(), shown.Advance)
	if err != nil {
		return err
	}
	if newest := migrate.Newest(); backup.Schema > newest {
		return fmt.Errorf("the backup has schema %d, and this program knows up to %d: use the program that made it (%s), or a newer one", backup.Schema, newest, backup.By)
	}
	dsn, stop, err := r.database(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	shown.Step("restoring MiB", int(backup.Dump.Bytes/mib))
	if r.Replace {
		err = replace(ctx, backup, dsn, shown)
	} else {
		err = restoreInto(ctx, backup, dsn, shown)
	}
	if err != nil {
		return err
	}
	shown.Close()
	fmt.Fprintf(c.out, "restored: log entry %d, digest %s\n", backup.Seq, backup.Head)
	if r.Data != "" {
		fmt.Fprintln(c.err, "note: put the key that signs checkpoints back as "+filepath.Join(r.Data, keyName)+", or jieming up makes a new one")
	}
	return nil
}

// replace restores beside a database, and puts what was proved in its place: a
// restore that fails leaves it as it was.
func replace(ctx context.Context, backup *postgres.BackupFile, dsn string, shown *progress) error {
	beside, err := cluster.MakeBeside(ctx, dsn)
	if err != nil {
		return err
	}
	if err = restoreInto(ctx, backup, beside.DSN, shown); err == nil {
		err = beside.Swap(ctx)
	}
	if err != nil {
		return errors.Join(err, beside.Discard(ctx))
	}
	return nil
}

// restoreInto fills an empty database, brings it to our schema, and proves it.
func restoreInto(ctx context.Context, backup *postgres.BackupFile, dsn string, shown *progress) error {
	if err := backup.Restore(ctx, dsn, shown.Advance); err != nil {
		return err
	}
	shown.Step("migrating", 0)
	if _, err := migrate.Up(ctx, dsn, nil); err != nil {
		return err
	}
	shown.Step("proving", 0)
	s, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := backup.Proven(ctx, s); err != nil {
		return fmt.Errorf("restored, but not what was backed up: %w", err)
	}
	return nil
}

// database is the URL to restore into. A data folder gets a server of its own.
func (r restoreCommand) database(ctx context.Context) (dsn string, stop func() error, err error) {
	if r.Data == "" {
		dsn, err = r.url()
		return dsn, func() error { return nil }, err
	}
	db, err := startCluster(ctx, filepath.Join(r.Data, "postgres"))
	if err != nil {
		return "", nil, err
	}
	return db.OwnerDSN(), db.Stop, nil
}
