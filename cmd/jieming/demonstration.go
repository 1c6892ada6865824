package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"jieming/registry"
	"jieming/registry/dataset"
	"jieming/registry/postgres"
	"jieming/registry/sample"
)

// loadDemonstration fills the registry behind dsn from a data folder, or from
// the built-in sample when dir is "", and publishes it. It does nothing when
// the registry holds something already.
func loadDemonstration(ctx context.Context, dsn, dir string, shown Progress) error {
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	filled, err := store.Filled(ctx)
	if err != nil || filled {
		return err
	}
	b, err := readBaseline(ctx, dir, shown)
	if err != nil {
		return err
	}
	by := postgres.Author{Actor: "jieming up"}
	if _, _, err := store.Load(ctx, b, by, stepsOf(shown)); err != nil {
		return err
	}
	shown.Step("publishing", 0)
	_, err = store.Publish(ctx, by, b.Dataset.DataDate, "", "演示数据")
	return err
}

// readBaseline reads a data folder, or the built-in sample when dir is "".
func readBaseline(ctx context.Context, dir string, shown Progress) (*registry.Baseline, error) {
	files, err := filesOf(dir)
	if err != nil {
		return nil, err
	}
	folder, err := dataset.Open(files)
	if err != nil {
		return nil, err
	}
	b, err := folder.Baseline(ctx, stepsOf(shown))
	if err != nil {
		return nil, fmt.Errorf("read data: %w", err)
	}
	return b, nil
}

// stepsOf shows named steps, each with how far it is when that is known.
func stepsOf(shown Progress) func(step string, done, total int) {
	last, at := "", 0
	return func(step string, done, total int) {
		if step != last {
			shown.Step(step, total)
			last, at = step, 0
		}
		shown.Advance(done - at)
		at = done
	}
}

func filesOf(dir string) (fs.FS, error) {
	if dir == "" {
		return sample.FS()
	}
	return os.DirFS(dir), nil
}
