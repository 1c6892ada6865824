package dataset

import (
	"context"
	"fmt"

	"jieming/registry"
	"jieming/registry/history"
)

// progress is told how far a load is: step is a short phrase in English.
type progress func(step string, done, total int)

// Baseline reads the folder and makes a first load of it. tell, which may be
// nil, is called from this goroutine as steps begin and end.
//
// The Baseline is complete and consistent: every face is held exactly while it
// is bounded, all references are valid, and Dataset.Digest identifies the files
// used and the manifest, so that the same folder gives the same digest
// anywhere. On any error there is no Baseline. Errors name the file, the feature
// or line, and what to do.
//
// Cost: Jilin with the north-east around it takes about 0.3 s and allocates 60 MB.
func (f *Folder) Baseline(ctx context.Context, tell func(step string, done, total int)) (*registry.Baseline, error) {
	if tell == nil {
		tell = func(string, int, int) {}
	}
	b, err := f.baseline(ctx, tell)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", f.manifest.Name, err)
	}
	return b, nil
}

func (f *Folder) baseline(ctx context.Context, tell progress) (*registry.Baseline, error) {
	w := newWitness(f.fsys)
	t, err := w.readTerritory(ctx, f.manifest, tell)
	if err != nil {
		return nil, err
	}
	tell("read the history", 0, 1)
	sources, err := history.Read(w, f.manifest.Province[:2])
	if err != nil {
		return nil, err
	}
	h, err := history.Reconstruct(sources)
	if err != nil {
		return nil, err
	}
	tell("read the history", 1, 1)
	var places []place
	if f.manifest.Places != "" {
		if places, err = w.readPlaces(f.manifest.Places); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return assemble(w, f.manifest, t, h, places, tell)
}
