package export

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"jieming/geo/datatest"
	"jieming/geo/format"
	"jieming/geo/format/formattest"
	"jieming/registry"
	"jieming/registry/dataset"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
	"jieming/registry/sample"
)

var tester = postgres.Author{Actor: "tester"}

// published is a store with a baseline in it, published, which is made once for
// each key.
func published(t testing.TB, key string, baseline func(context.Context) (*registry.Baseline, error)) *postgres.Store {
	t.Helper()
	owner := pgtest.Template(t, "export-"+key, func(ctx context.Context, dsn string) error {
		s, err := postgres.Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		b, err := baseline(ctx)
		if err != nil {
			return err
		}
		if _, _, err := s.Load(ctx, b, tester, nil); err != nil {
			return err
		}
		_, err = s.Publish(ctx, tester, b.Dataset.DataDate, "吉S(2026)001号", "")
		return err
	})
	s, err := postgres.Open(context.Background(), pgtest.App(t, owner))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func squares(t testing.TB) *postgres.Store {
	t.Helper()
	return published(t, "squares", func(context.Context) (*registry.Baseline, error) { return registrytest.Squares(), nil })
}

func folder(t testing.TB, key string, files func() (fs.FS, error)) *postgres.Store {
	t.Helper()
	return published(t, key, func(ctx context.Context) (*registry.Baseline, error) {
		fsys, err := files()
		if err != nil {
			return nil, err
		}
		f, err := dataset.Open(fsys)
		if err != nil {
			return nil, err
		}
		return f.Baseline(ctx, nil)
	})
}

func sampled(t testing.TB) *postgres.Store { return folder(t, "sample", sample.FS) }

func jilin(t testing.TB) *postgres.Store {
	dir := datatest.Dir(t)
	return folder(t, "jilin", func() (fs.FS, error) { return os.DirFS(dir), nil })
}

// on is the edition of a day in the latest publication.
func on(t testing.TB, s *postgres.Store, day registry.Day) Edition {
	t.Helper()
	p, err := s.Publication(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return Edition{Publication: p, Day: day, Begins: registrytest.Start}
}

func layer(t testing.TB, name string) Layer {
	t.Helper()
	l, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// write writes a layer to a file of its usual name.
func write(t testing.TB, reg Registry, e Edition, l Layer, f Format) (string, Counts) {
	t.Helper()
	path := filepath.Join(t.TempDir(), e.FileName(l, f))
	counts, err := Write(context.Background(), reg, e, l, f, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return path, counts
}

// read reads a file with our own readers.
func read(t testing.TB, path string) []*format.Feature {
	t.Helper()
	list, err := formattest.ReadAll(path, format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
