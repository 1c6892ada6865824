package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"jieming/registry"
)

// GrantRecord is a grant as people read it.
type GrantRecord struct {
	Grant
	Login     string // of the person
	Name      string
	UnitName  string // as it is, or was last, called
	ZoneName  string
	Reason    string
	GrantedBy string // name; "" for the command line
	GrantedAt time.Time
	RevokedAt time.Time // zero while it is not revoked
	RevokedBy string
	Why       string // it was revoked
}

// InForce reports whether a grant counts on a day.
func (g *GrantRecord) InForce(on registry.Day) bool { return g.RevokedAt.IsZero() && on < g.ValidUntil }

// Zone is a functional zone (功能区), which reports for some units.
type Zone struct {
	ID    ZoneID
	Name  string
	Units []registry.UnitID
	Names []string // of the units, as they are called now or were last
}

// GrantStore keeps who is trusted with what.
type GrantStore interface {
	// Held lists the grants of an account that are in force on a day, and after
	// them those of the people whose work it does on that day.
	Held(ctx context.Context, id AccountID, on registry.Day) ([]Held, error)
	// Grants lists grants of an account (0: of all), the latest first; revoked
	// and ended ones too.
	Grants(ctx context.Context, id AccountID) ([]GrantRecord, error)
	AddGrant(ctx context.Context, who *Principal, g Grant, reason string, a Access) (int64, error)
	RevokeGrant(ctx context.Context, who *Principal, grant int64, reason string, a Access) error
	Zones(ctx context.Context) ([]Zone, error)
	AddZone(ctx context.Context, who *Principal, z Zone, a Access) (ZoneID, error)
}

// Grants lists what an account was ever trusted with, to the person, and to who
// manages accounts, grants rights or reads the log.
func (d *Desk) Grants(ctx context.Context, who *Principal, id AccountID) ([]GrantRecord, error) {
	if (id == 0 || who.Account != id || !who.Known()) && who.mayList() != nil && !who.Has(ReadLog) {
		return nil, registry.NotFound("account", id)
	}
	return d.store.Grants(ctx, id)
}

// Zones lists the functional zones by name. The right is right.grant.
func (d *Desk) Zones(ctx context.Context, who *Principal) ([]Zone, error) {
	if err := who.allow(GrantRights); err != nil {
		return nil, err
	}
	return d.store.Zones(ctx)
}

// MakeZone makes a functional zone that rights can be granted in.
func (d *Desk) MakeZone(ctx context.Context, who *Principal, z Zone) (ZoneID, error) {
	if err := who.allow(GrantRights); err != nil {
		return 0, err
	}
	if z.Name = strings.TrimSpace(z.Name); z.Name == "" {
		return 0, Refuse("name", "zone.name", "write the name of the zone")
	}
	if len(z.Units) == 0 {
		return 0, Refuse("units", "zone.units", "choose the units it reports for")
	}
	if utf8.RuneCountInString(z.Name) > 60 {
		return 0, Refuse("name", "zone.long", "write the name in at most 60 characters")
	}
	known, err := d.store.Zones(ctx)
	if err != nil {
		return 0, err
	}
	if slices.ContainsFunc(known, func(k Zone) bool { return k.Name == z.Name }) {
		return 0, Refuse("name", "zone.known", "a functional zone of this name exists")
	}
	return d.store.AddZone(ctx, who, z, d.noted(who, ZoneMade, "ZONE", 0, map[string]any{"name": z.Name}))
}

// GrantRole trusts a person with a role in a jurisdiction. Nobody grants
// themselves anything, and the three administrators (三员) hold no other role:
// the database refuses both, too.
func (d *Desk) GrantRole(ctx context.Context, who *Principal, g Grant, reason string) (int64, error) {
	if err := who.allow(GrantRights); err != nil {
		return 0, err
	}
	reason = strings.TrimSpace(reason)
	if err := d.checkGrant(ctx, who, &g, reason); err != nil {
		return 0, err
	}
	detail := map[string]any{"account": g.Account, "role": g.Role, "unit": g.Unit, "zone": g.Zone, "reason": reason}
	return d.store.AddGrant(ctx, who, g, reason, d.noted(who, RoleGranted, "GRANT", 0, detail))
}

func (d *Desk) checkGrant(ctx context.Context, who *Principal, g *Grant, reason string) error {
	role := Rights().Role(g.Role)
	if role == nil {
		return Refuse("role", "grant.role", "there is no such role; see docs/rights.md")
	}
	var faults []error
	if g.Account == who.Account {
		faults = append(faults, Refuse("role", "grant.self", "nobody grants rights to themselves"))
	}
	if reason == "" {
		faults = append(faults, errNoReason)
	}
	switch {
	case g.Unit != 0 && g.Zone != 0:
		faults = append(faults, Refuse("unit", "grant.both", "choose a unit or a functional zone, not both"))
	case role.Administrator && (g.Unit != 0 || g.Zone != 0):
		faults = append(faults, Refuse("unit", "grant.everywhere", "an administrator is one of the whole installation"))
	}
	if g.Role == Department && g.Department == "" {
		faults = append(faults, Refuse("department", "grant.department", "say whose opinion the person gives"))
	}
	if g.ValidUntil == 0 {
		g.ValidUntil = registry.NoEnd
	}
	if g.ValidUntil <= d.Today() {
		faults = append(faults, Refuse("until", "grant.until", "the last day is over already"))
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	return d.checkApart(ctx, g.Account, role)
}

// checkApart keeps the three administrators apart from each other and from all
// other roles.
func (d *Desk) checkApart(ctx context.Context, id AccountID, role *RoleInfo) error {
	held, err := d.store.Held(ctx, id, d.Today())
	if err != nil {
		return err
	}
	for _, h := range held {
		other := Rights().Role(h.Role)
		if h.For == nil && other != nil && other.Role != role.Role && (other.Administrator || role.Administrator) {
			return Refuse("role", "grant.apart", "the person is "+other.En+": the three administrators hold no other role", "zh", other.Zh, "en", other.En)
		}
	}
	return nil
}

// RevokeGrant takes a grant back.
func (d *Desk) RevokeGrant(ctx context.Context, who *Principal, grant int64, reason string) error {
	if err := who.allow(GrantRights); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return errNoReason
	}
	return d.store.RevokeGrant(ctx, who, grant, reason, d.noted(who, RoleRevoked, "GRANT", grant, map[string]any{"reason": reason}))
}
