package main

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/tiles/server"
)

// layerStops knows which public layers the department has stopped. It follows the
// database; while that is away, the last word counts.
type layerStops struct {
	store *postgres.Store
	log   *slog.Logger
	now   atomic.Pointer[stopped]
	first sync.Once
	known chan struct{} // closed once the database has said it
}

// stopped is one state of the layers, and what the tile server leaves out.
type stopped struct {
	stops registry.Stops
	names []string
	mask  server.StoppedLayers
}

func newLayerStops(store *postgres.Store, log *slog.Logger) *layerStops {
	l := &layerStops{store: store, log: log, known: make(chan struct{})}
	l.now.Store(&stopped{names: []string{}})
	return l
}

func (l *layerStops) set(s registry.Stops) {
	before := l.now.Load().stops.String()
	next := &stopped{stops: s, names: []string{}}
	for _, one := range s {
		next.names = append(next.names, string(one.Layer))
	}
	next.mask = server.Stopped(next.names)
	l.now.Store(next)
	l.first.Do(func() { close(l.known) })
	if s.String() != before {
		l.log.Info("layers stopped for the public", "layers", s.String())
	}
}

// follow keeps up with the database until ctx ends.
func (l *layerStops) follow(ctx context.Context) {
	for ctx.Err() == nil {
		err := l.store.FollowStops(ctx, l.set)
		if ctx.Err() != nil {
			return
		}
		l.log.Warn("lost sight of which layers are stopped; trying again", "error", err.Error())
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// load asks the database once, so that a server that begins knows before it
// answers. If the database is away, follow will ask again.
func (l *layerStops) load(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if stops, err := l.store.Stops(ctx); err == nil {
		l.set(stops)
	}
}

// current are the layers that are stopped.
func (l *layerStops) current() registry.Stops { return l.now.Load().stops }

func (l *layerStops) names() []string { return l.now.Load().names }

func (l *layerStops) mask() server.StoppedLayers { return l.now.Load().mask }

// asked tells whether the database has said yet what is stopped.
func (l *layerStops) asked() bool {
	select {
	case <-l.known:
		return true
	default:
		return false
	}
}
