package desk

import (
	"context"
	"time"
)

// JobRun is how something that runs in the background went the last time.
type JobRun struct {
	Name    string
	BeganAt time.Time
	EndedAt time.Time // zero while it runs
	Error   string    // "" if it went well
}

// JobStore knows how jobs went.
type JobStore interface {
	Jobs(ctx context.Context) ([]JobRun, error)
}

// Jobs lists how what runs in the background went.
func (d *Desk) Jobs(ctx context.Context, p *Principal) ([]JobRun, error) {
	if !p.May(ChangeSettings, nil) {
		return nil, forbidden(ChangeSettings)
	}
	return d.store.Jobs(ctx)
}
