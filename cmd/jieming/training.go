package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres"
	"jieming/registry/postgres/migrate"
	"jieming/web"
)

// trainingFlags say where the training space is served, and who may copy the
// registry for it.
type trainingFlags struct {
	TrainingAddr  string `placeholder:"HOST:PORT" help:"Address of the training space (演练), a copy of the registry to practise in; none for none. jieming up takes a port 1000 above its own."`
	TrainingURL   string `name:"training-url" placeholder:"URL" help:"Address of the training space that browsers use, when a proxy stands in front."`
	TrainingOwner string `name:"training-owner-url" placeholder:"URL" help:"The registry's database as a superuser, who copies it when somebody asks at the desk. Without it, only jieming training reset does. Prefer JIEMING_TRAINING_OWNER_URL."`
}

// listen opens the address of the training space; nil for none.
func (f trainingFlags) listen() (net.Listener, error) {
	if f.TrainingAddr == "" || f.TrainingAddr == "none" {
		return nil, nil
	}
	return listenAt(f.TrainingAddr, "--training-addr")
}

// portsAside is how far above the port of the registry jieming up serves the
// training space: the next one may be that of another registry.
const portsAside = 1000

// listenAside opens the address that was given, else a port well above that of
// the registry, else any that is free.
func (f trainingFlags) listenAside(l net.Listener) (net.Listener, error) {
	if f.TrainingAddr != "" {
		return f.listen()
	}
	at := l.Addr().(*net.TCPAddr)
	aside, err := net.Listen("tcp", net.JoinHostPort(at.IP.String(), strconv.Itoa(at.Port+portsAside)))
	if err != nil {
		aside, err = net.Listen("tcp", net.JoinHostPort(at.IP.String(), "0"))
	}
	return aside, err
}

// address is how pages of the registry lead to the training space.
func (f trainingFlags) address(l net.Listener) string { return cmp.Or(f.TrainingURL, port(l)) }

// port is an address on whatever host the browser uses.
func port(l net.Listener) string { return ":" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port) }

// training serves the copy of the registry that is in use, and has it made anew
// when somebody at the desk asks. It implements desk.Ground.
type training struct {
	live    *postgres.Store
	dsn     string            // of the live registry, for the service
	trainer *postgres.Trainer // nil: this server may not copy the registry
	owner   string            // URL of the trainer; "" for none
	beside  string            // the live site, as in web.Options
	open    func(ctx context.Context, store *postgres.Store) (*portal, error)
	log     *slog.Logger

	now  atomic.Pointer[servedSpace]
	one  sync.Mutex      // looks at a time
	life context.Context // of resets that were begun
	end  context.CancelFunc
	all  sync.WaitGroup
}

// servedSpace is a copy that is served. Requests hold the lock for reading, so
// that it is closed after the last.
type servedSpace struct {
	sync.RWMutex
	name   string
	portal *portal
	closed bool
}

func (f listenFlags) newTraining(ctx context.Context, live *postgres.Store, l net.Listener, dsn string, log *slog.Logger) *training {
	t := &training{live: live, dsn: dsn, beside: cmp.Or(f.PublicURL, port(l)), log: log}
	if f.TrainingOwner != "" {
		t.trainer, t.owner = postgres.NewTrainer(live, f.TrainingOwner), f.TrainingOwner
	}
	t.life, t.end = context.WithCancel(ctx)
	f.PublicURL, f.OIDC = f.TrainingURL, oidcFlags{}
	f.DownloadDir, f.Archives = "", ""
	t.open = func(ctx context.Context, store *postgres.Store) (*portal, error) {
		return f.openPortal(ctx, store, portalOptions{training: true, beside: t.beside}, log.With("space", "training"))
	}
	return t
}

// close breaks off what was begun, and closes the copy that is served.
func (t *training) close() {
	t.end()
	t.all.Wait()
	t.swap(nil)
}

// Able implements desk.Ground.
func (t *training) Able() bool { return t.trainer != nil }

// Work implements desk.Ground.
func (t *training) Work(ctx context.Context, space string) (*desk.TrainingWork, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return postgres.TrainingWork(ctx, t.dsn, space)
}

// beginPatience is how long somebody waits to see that a reset has begun.
const beginPatience = 3 * time.Second

// Begin implements desk.Ground. The reset outlives the request.
func (t *training) Begin(ctx context.Context, by *desk.Principal) error {
	run, err := t.live.TrainingRun(ctx)
	if err != nil {
		return err
	}
	if run != nil && run.Running {
		return &registry.Error{Kind: registry.KindConflict, Message: "the training space is being made already"}
	}
	ended := make(chan error, 1)
	t.all.Go(func() {
		begun := time.Now()
		err := t.trainer.Reset(t.life, by)
		ended <- err
		if err != nil {
			t.log.Error("the training space was not made anew", "error", err)
			return
		}
		t.log.Info("made the training space anew", "ms", time.Since(begun).Milliseconds())
	})
	for end := time.Now().Add(beginPatience); time.Now().Before(end); {
		if now, err := t.live.TrainingRun(ctx); err == nil && now != nil && (run == nil || now.BeganAt.After(run.BeganAt)) {
			return nil // also when it has failed already: the page says why
		}
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// followPace is how often a server looks which copy is in use.
const followPace = 500 * time.Millisecond

// follow serves the copy in use, until ctx ends.
func (t *training) follow(ctx context.Context) {
	said := ""
	tick := time.NewTicker(followPace)
	defer tick.Stop()
	for {
		err := t.look(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != said && registry.KindOf(err) != registry.KindUnavailable {
			t.log.Error("the training space cannot be served", "error", err)
		}
		said = ""
		if err != nil {
			said = err.Error()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look serves the copy in use, if it does not yet.
func (t *training) look(ctx context.Context) error {
	t.one.Lock()
	defer t.one.Unlock()
	name, err := t.live.TrainingSpace(ctx)
	if err != nil {
		return err
	}
	now := t.now.Load()
	if now == nil && name == "" || now != nil && now.name == name {
		return nil
	}
	if name == "" {
		t.swap(nil)
		return nil
	}
	if err := t.migrate(ctx, name); err != nil {
		return err
	}
	next, err := t.openSpace(name)
	if err != nil {
		return err
	}
	t.swap(next)
	return nil
}

// migrate brings a copy that an earlier version of the program made to the schema
// of this one, if this server may.
func (t *training) migrate(ctx context.Context, name string) error {
	if t.owner == "" {
		return nil
	}
	dsn, err := postgres.TrainingDSN(t.owner, name)
	if err != nil {
		return err
	}
	_, err = migrate.Up(ctx, dsn, nil)
	return err
}

// openSpace opens a copy, and makes sure that it says that it is one.
func (t *training) openSpace(name string) (*servedSpace, error) {
	dsn, err := postgres.TrainingDSN(t.dsn, name)
	if err != nil {
		return nil, err
	}
	store, err := postgres.Open(t.life, dsn)
	if err != nil {
		return nil, err
	}
	is, err := store.IsTraining(t.life)
	if err == nil && !is {
		err = errors.New("its database does not say that it is one")
	}
	if err != nil {
		store.Close()
		return nil, err
	}
	s, err := t.open(t.life, store)
	if err != nil {
		store.Close()
		return nil, err
	}
	ends := s.close
	s.close = func() { ends(); store.Close() }
	return &servedSpace{name: name, portal: s}, nil
}

// swap serves another copy, or none, and closes the one before once the requests
// in it have been answered.
func (t *training) swap(next *servedSpace) {
	before := t.now.Swap(next)
	if before == nil {
		return
	}
	before.Lock()
	defer before.Unlock()
	before.closed = true
	before.portal.close()
}

// enter returns the copy in use, locked for a request; nil for none.
func (t *training) enter() *servedSpace {
	for {
		s := t.now.Load()
		if s == nil {
			return nil
		}
		s.RLock()
		if !s.closed {
			return s
		}
		s.RUnlock()
	}
}

// ServeHTTP answers from the copy in use. Where there is none, a reader is led to
// the page that says so.
func (t *training) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(trainingHeader, "1")
	s := t.enter()
	if s == nil && t.look(r.Context()) == nil { // one may just have been made; follow says what is wrong with it
		s = t.enter()
	}
	switch {
	case s != nil:
		defer s.RUnlock()
		s.portal.ServeHTTP(w, r)
	case r.URL.Path == "/healthz":
		alive(w, r)
	case r.Method == http.MethodGet && readsPages(r):
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, web.AddressBeside(r, t.beside)+"/desk/training", http.StatusSeeOther)
	default:
		w.Header().Set("Retry-After", "60")
		problem(w, http.StatusServiceUnavailable, "There is no training space now; make one at /desk/training of the registry.")
	}
}

// readsPages reports whether a request is that of somebody who follows links.
func readsPages(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

var _ desk.Ground = (*training)(nil)
