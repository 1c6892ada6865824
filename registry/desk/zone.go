package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"jieming/registry"
)

// NetworkZone is the network an installation runs in, and the highest secrecy
// it may hold.
type NetworkZone struct {
	Network string // INTERNET, GOVERNMENT or CLASSIFIED
	Highest int    // 0 公开, 1 内部, 2 秘密, 3 机密, 4 绝密
	Stored  int    // the highest secrecy of anything stored
	Changes []ZoneChange
}

// ZoneChange is one change of the zone.
type ZoneChange struct {
	Network string
	Highest int
	Reason  string
	By      string // name
	At      time.Time
}

// Networks are the networks, from open to closed.
func Networks() []string { return []string{"INTERNET", "GOVERNMENT", "CLASSIFIED"} }

// ZoneStore keeps the zone.
type ZoneStore interface {
	NetworkZone(ctx context.Context) (*NetworkZone, error)
	// HighestSecrecy is the highest secrecy that the zone may hold.
	HighestSecrecy(ctx context.Context) (int, error)
	ChangeNetworkZone(ctx context.Context, by *Principal, network string, highest int, reason string) error
}

// Zone returns the zone.
func (d *Desk) Zone(ctx context.Context, p *Principal) (*NetworkZone, error) {
	if !p.May(ChangeZone, nil) {
		return nil, registry.NotFound("page", "zone")
	}
	return d.store.NetworkZone(ctx)
}

// HighestSecrecy is the highest secrecy that this installation may hold: forms
// offer none above it.
func (d *Desk) HighestSecrecy(ctx context.Context) (int, error) { return d.store.HighestSecrecy(ctx) }

// checkSecrecy refuses what may not be held in this zone.
func (d *Desk) checkSecrecy(ctx context.Context, level int) error {
	highest, err := d.store.HighestSecrecy(ctx)
	switch {
	case err != nil:
		return err
	case level < 0 || level >= len(secrecyNames):
		return Refuse("secrecy", "secrecy.level", "give 0 (公开) to 4 (绝密)")
	case level > highest:
		return Refuse("secrecy", "secrecy.zone", fmt.Sprintf("the network zone of this installation holds nothing above %s; keep this out of it", secrecyNames[highest]),
			"level", secrecyNames[highest])
	}
	return nil
}

// ChangeZone changes the zone. It does not go below what is stored, and networks
// other than CLASSIFIED hold nothing above 内部.
func (d *Desk) ChangeZone(ctx context.Context, p *Principal, network string, highest int, reason string) error {
	if !p.May(ChangeZone, nil) {
		return registry.NotFound("page", "zone")
	}
	switch {
	case !slices.Contains(Networks(), network):
		return Refuse("network", "zone.network", "there is no such network")
	case highest < 0 || highest > 4:
		return Refuse("highest", "zone.highest", "lies between 0 and 4")
	case network != "CLASSIFIED" && highest > 1:
		return Refuse("highest", "zone.network-holds", "on this network nothing above 内部 may be held")
	case reason == "":
		return Refuse("reason", "release.why", "say why")
	case len([]rune(reason)) > 1000:
		return Refuse("reason", "release.long", "has more than 1000 characters")
	}
	z, err := d.store.NetworkZone(ctx)
	if err != nil {
		return err
	}
	if highest < z.Stored {
		return Refuse("highest", "zone.stored", "something of a higher secrecy is stored")
	}
	return d.store.ChangeNetworkZone(ctx, p, network, highest, reason)
}
