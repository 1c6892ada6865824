package desk

import (
	"context"
	"time"

	"jieming/registry"
)

// LayerSwitch is one act on a layer: it was stopped, or let go on.
type LayerSwitch struct {
	Layer   registry.Layer
	Stopped bool
	Reason  string
	By      string // name
	At      time.Time
}

// LayerStore keeps what is stopped.
type LayerStore interface {
	Stops(ctx context.Context) (registry.Stops, error)
	SwitchLayer(ctx context.Context, by *Principal, l registry.Layer, stop bool, reason string) error
	LayerSwitches(ctx context.Context) ([]LayerSwitch, error)
}

// Layers returns every act, the latest first, and what is stopped now.
func (d *Desk) Layers(ctx context.Context, p *Principal) ([]LayerSwitch, registry.Stops, error) {
	if !p.May(KillLayer, nil) && !p.May(ReadRelease, nil) {
		return nil, nil, registry.NotFound("page", "layers")
	}
	stops, err := d.store.Stops(ctx)
	if err != nil {
		return nil, nil, err
	}
	acts, err := d.store.LayerSwitches(ctx)
	return acts, stops, err
}

// SwitchLayer stops a layer for the public, or lets it go on. All
// servers follow within a second.
func (d *Desk) SwitchLayer(ctx context.Context, p *Principal, l registry.Layer, stop bool, reason string) error {
	if !p.May(KillLayer, nil) {
		return may(p, KillLayer, "page", "layers")
	}
	if reason == "" {
		return Refuse("reason", "release.why", "say why")
	}
	if len([]rune(reason)) > 1000 {
		return Refuse("reason", "release.long", "has more than 1000 characters")
	}
	if !isLayer(l) {
		return Refuse("layer", "layer.layer", "there is no such layer")
	}
	stops, err := d.store.Stops(ctx)
	if err != nil {
		return err
	}
	if stops.Has(l) == stop {
		return &registry.Error{Kind: registry.KindConflict, Message: "somebody else did that already"}
	}
	return d.store.SwitchLayer(ctx, p, l, stop, reason)
}

func isLayer(l registry.Layer) bool {
	for _, one := range registry.Layers() {
		if one == l {
			return true
		}
	}
	return false
}
