package desk

import (
	"context"
	"time"

	"jieming/registry"
	"jieming/registry/desk/document"
)

// TrainingAct is one act on the training space (演练): it was made anew as a copy
// of the registry, or dropped.
type TrainingAct struct {
	Space    string // names the copy; "" when the space was dropped
	CopiedAt time.Time
	Entry    registry.Seq // the last entry of the log in the copy
	Digest   Digest       // of that entry; zero of an empty registry
	By       string       // name; "" for the command line
	At       time.Time
}

// TrainingRun is how making the training space went the last time.
type TrainingRun struct {
	Running bool
	Step    string // what it is, or was last, doing: COPY, CLEAN, CHECK, SWITCH, SWEEP
	BeganAt time.Time
	EndedAt time.Time // zero while it runs, or if its server was killed meanwhile
	Error   string    // why it failed; "" if it did not
}

// Failed reports whether it ended without a new space.
func (r *TrainingRun) Failed() bool { return !r.Running && (r.Error != "" || r.EndedAt.IsZero()) }

// TrainingWork is what was done in a training space since it was made.
type TrainingWork struct {
	Entries int // of the log
	Cases   int // opened there
	People  int // who wrote
	LastAt  time.Time
}

// TrainingStore knows the acts on the training space.
type TrainingStore interface {
	// TrainingActs lists the acts, the latest first.
	TrainingActs(ctx context.Context) ([]TrainingAct, error)
	// TrainingRun tells how making it goes, or went; nil if it was never tried.
	TrainingRun(ctx context.Context) (*TrainingRun, error)
}

// Ground is where the training space is made.
type Ground interface {
	// Begin begins making it anew, and returns. KindConflict while it is being
	// made already.
	Begin(ctx context.Context, by *Principal) error
	// Able reports whether this server may make it.
	Able() bool
	// Work tells what was done in a space; KindNotFound if it is gone.
	Work(ctx context.Context, space string) (*TrainingWork, error)
}

// Training is the training space as somebody at the desk sees it.
type Training struct {
	Acts []TrainingAct // the latest first
	Run  *TrainingRun  // nil: never tried
	May  bool          // who asks may make it anew, and this server is able to
	Work *TrainingWork // what would be lost; for those who may, nil if there is none
}

// Space is the copy in use; nil for none.
func (t *Training) Space() *TrainingAct {
	if len(t.Acts) == 0 || t.Acts[0].Space == "" {
		return nil
	}
	return &t.Acts[0]
}

// Training returns the training space of this registry, for everybody at the
// desk. A training space has none.
func (d *Desk) Training(ctx context.Context, p *Principal) (*Training, error) {
	if !p.Known() {
		return nil, registry.NotFound("page", "training")
	}
	t := &Training{}
	if d.drill {
		return t, nil
	}
	var err error
	if t.Acts, err = d.store.TrainingActs(ctx); err != nil {
		return nil, err
	}
	if t.Run, err = d.store.TrainingRun(ctx); err != nil {
		return nil, err
	}
	t.May = p.May(ResetTraining, nil) && d.ground != nil && d.ground.Able()
	if space := t.Space(); space != nil && p.May(ResetTraining, nil) && d.ground != nil {
		t.Work, err = d.ground.Work(ctx, space.Space)
		if registry.KindOf(err) == registry.KindNotFound || registry.KindOf(err) == registry.KindUnavailable {
			err = nil
		}
	}
	return t, err
}

// ResetTraining begins to make the training space anew. What is in it is lost
// once the new one is there, which lose says is known; if that fails, the old one
// stays.
func (d *Desk) ResetTraining(ctx context.Context, p *Principal, lose bool) error {
	switch {
	case !p.May(ResetTraining, nil):
		return forbidden(ResetTraining)
	case d.drill || d.ground == nil || !d.ground.Able():
		return &registry.Error{Kind: registry.KindConflict, Message: "this server cannot make the training space: let the operator run jieming training reset"}
	}
	acts, err := d.store.TrainingActs(ctx)
	if err != nil {
		return err
	}
	if (&Training{Acts: acts}).Space() != nil && !lose {
		return Refuse("lose", "training.lose", "say that you know what is lost")
	}
	return d.ground.Begin(ctx, p)
}

// Drill reports whether this desk is that of a training space.
func (d *Desk) Drill() bool { return d.drill }

// drillMark stands on every paper that a training space makes, which are in
// Chinese.
const drillMark = "演练文书　不具效力"

// marked are the values of a paper, which say if it is one of a training space.
func (d *Desk) marked(v document.Values) document.Values {
	if d.drill {
		v.Mark = drillMark
	}
	return v
}
