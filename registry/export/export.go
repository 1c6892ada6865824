package export

import (
	"context"
	"fmt"
)

// Options say how a file is written. The zero value works.
type Options struct {
	MaxBytes int64          // of the file, and of the temporary files beside it; 0 means no limit
	Progress func(rows int) // is told how many rows are written; nil for nobody
}

// Write writes a layer in a format to a new file at path, which must not exist.
// After an error there is none. It holds one row at a time, and the temporary
// files of a shapefile lie beside it. Errors of the registry keep their kind;
// ErrTooLarge is the cause of one about the size.
func Write(ctx context.Context, reg Registry, e Edition, l Layer, f Format, path string, o Options) (c Counts, err error) {
	if l.read == nil {
		return c, fmt.Errorf("exporting %s: the tile engine makes it", l.Name)
	}
	s, err := newSink(job{Edition: e, layer: l, format: f, maxBytes: o.MaxBytes}, path)
	if err != nil {
		return c, fmt.Errorf("exporting %s: %w", l.Name, tooLarge(err))
	}
	if e.statement(l) == "" {
		err = l.read(ctx, reg, e, func(r *row) error {
			c.add(l, r)
			if o.Progress != nil {
				o.Progress(c.Rows)
			}
			return s.write(r)
		})
	}
	if err == nil {
		err = s.finish(c)
	}
	if err != nil {
		s.discard()
		return c, fmt.Errorf("exporting %s: %w", l.Name, tooLarge(err))
	}
	return c, nil
}

func (c *Counts) add(l Layer, r *row) {
	c.Rows++
	if r.wkb != nil {
		c.Placed++
	}
	if i := l.index("incomplete"); i >= 0 && r.values[i] == true {
		c.Incomplete++
	}
}
