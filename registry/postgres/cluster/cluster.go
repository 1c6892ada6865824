// Package cluster runs a private PostgreSQL server with PostGIS in a folder.
//
// It is what `jieming up` and the tests stand on: nothing of the machine's own
// PostgreSQL is used but its programs, nothing listens on TCP, and the server
// never outlives the process that started it. It runs on Linux.
//
// The folder belongs to the server alone:
//
//	data/        the PostgreSQL data directory
//	run/         the unix socket; only the server's user may enter
//	server.log   what the server and initdb say
//	lock         held while a process uses the folder
//
// PostgreSQL refuses to run as root. A root process therefore gives the folder
// to an unprivileged user (postgres, else nobody) and runs the server as that
// user. The folder is handed over as an open directory (/proc/self/fd/3), so
// that it may lie below a folder that user may not enter, such as /root.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Names every cluster is created with. [Owner] is a superuser: it migrates and
// loads. [App] is the login of the running service; it may do what the group
// roles [Writer] and [Reader] are granted by the migrations, and no more.
const (
	Database = "jieming"
	Owner    = "jieming"
	App      = "jieming_app"
	Writer   = "jieming_writer"
	Reader   = "jieming_reader"
)

// Options say where and how a cluster runs.
type Options struct {
	// Dir is the folder of the cluster; it is made when it is missing. Its
	// contents belong to the cluster.
	Dir string
	// Durable keeps committed data through a power failure. Only tests leave
	// it off: they trade durability for speed.
	Durable bool
}

// Cluster is a running server. Its methods may be called concurrently.
type Cluster struct {
	dir    string
	home   *os.File // the open Dir, which names the folder whatever its path
	lock   *os.File
	server *server
}

// Start starts the server of a folder, making the folder, the data directory,
// the database and the roles on first use, and waits until it answers. When
// ctx ends, during the start or after it, the server is stopped as by
// [Cluster.Stop]. The first start takes about 2 s, a later one 0.3 s.
//
// It fails when no PostgreSQL with PostGIS is installed, when the folder can't
// be written, when another process uses it, or when it was made by a
// PostgreSQL version that is not installed. Each error says what to do.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	c := &Cluster{dir: dir}
	if err := c.start(ctx, o); err != nil {
		c.release()
		return nil, fmt.Errorf("start PostgreSQL in %s: %w", dir, err)
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, o Options) error {
	as, err := serverAccount()
	if err != nil {
		return err
	}
	if err := c.claim(as); err != nil {
		return err
	}
	major, err := dataVersion(c.dataDir())
	if err != nil {
		return err
	}
	programs, err := find(major)
	if err != nil {
		return err
	}
	if major == 0 {
		if err := c.initialise(ctx, programs, as, o.Durable); err != nil {
			return err
		}
	}
	if err := c.evict(ctx); err != nil {
		return err
	}
	if err := c.configure(o.Durable); err != nil {
		return err
	}
	if c.server, err = c.serve(ctx, programs, as, o.Durable); err != nil {
		return err
	}
	if err := c.ready(ctx); err != nil {
		c.server.stop()
		return err
	}
	return nil
}

// claim makes the folder, gives it to the server's user and locks it.
func (c *Cluster) claim(as *account) (err error) {
	if err := os.MkdirAll(filepath.Join(c.dir, "run"), 0o755); err != nil {
		return fmt.Errorf("make data folder: %w (choose a folder that this user may write to)", err)
	}
	if c.home, err = os.Open(c.dir); err != nil {
		return fmt.Errorf("open data folder: %w (it belongs to another user: run as that user, or choose another folder)", err)
	}
	if c.lock, err = os.OpenFile(filepath.Join(c.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("lock data folder: %w (choose a folder that this user may write to)", err)
	}
	if err := syscall.Flock(int(c.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return ErrInUse
	}
	for _, name := range []string{".", "run"} {
		if err := as.own(filepath.Join(c.dir, name)); err != nil {
			return fmt.Errorf("give data folder to the server: %w (it belongs to another user: run as that user, or choose another folder)", err)
		}
	}
	return nil
}

// ErrInUse reports that another process of this program holds the folder.
var ErrInUse = errors.New("another jieming process uses this folder: stop it, or choose another folder")

// initialise makes the data directory. It is built under another name, so
// that one left half made by an interruption is never taken for a whole one.
func (c *Cluster) initialise(ctx context.Context, p programs, as *account, durable bool) error {
	building := filepath.Join(c.dir, "data.new")
	if err := os.RemoveAll(building); err != nil {
		return fmt.Errorf("remove unfinished data directory: %w", err)
	}
	args := []string{
		"--pgdata", inherited + "/data.new", "--username", Owner, "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--lc-messages", "C",
	}
	if durable {
		args = append(args, "--data-checksums")
	} else {
		args = append(args, "--no-sync", "--wal-segsize", "4")
	}
	cmd, done, err := c.command(as, filepath.Join(p.bin, "initdb"), args...)
	if err != nil {
		return err
	}
	defer done()
	stop := context.AfterFunc(ctx, func() { signalGroup(cmd, syscall.SIGKILL) })
	defer stop()
	if err := cmd.Run(); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("initdb: %w: %s", err, c.logTail()))
	}
	if err := include(filepath.Join(building, "postgresql.conf")); err != nil {
		return err
	}
	if err := os.Rename(building, c.dataDir()); err != nil {
		return fmt.Errorf("put data directory in place: %w", err)
	}
	return nil
}

// evict clears away the postmaster.pid of a server that is gone. A server that
// lost its parent may still be shutting down and is waited for; one that stays
// is somebody else's, and is left alone. When a server was killed, its sessions
// end a moment later, and until then PostgreSQL refuses to start.
func (c *Cluster) evict(ctx context.Context) error {
	file := filepath.Join(c.dataDir(), "postmaster.pid")
	for deadline := time.Now().Add(10 * time.Second); ; {
		pid, err := readPID(file)
		if err != nil {
			return fmt.Errorf("read process id of the last server: %w", err)
		}
		if pid == 0 {
			return nil
		}
		over := time.Now().After(deadline)
		if !servesFolder(pid, c.dataDir()) {
			if over || !anyServes(c.dataDir()) { // what stays, PostgreSQL judges
				return os.Remove(file)
			}
		} else if over {
			return fmt.Errorf("PostgreSQL process %d already serves this folder: stop it (kill -INT %d), or choose another folder", pid, pid)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// serve starts the server process.
func (c *Cluster) serve(ctx context.Context, p programs, as *account, durable bool) (*server, error) {
	cmd, done, err := c.command(as, filepath.Join(p.bin, "postgres"), "-D", inherited+"/data")
	if err != nil {
		return nil, err
	}
	defer done()
	// A durable server is asked for a clean shutdown when we die; a test's
	// server has nothing worth the time.
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT
	if !durable {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	}
	return startServer(ctx, cmd)
}

// command prepares a PostgreSQL program that runs as the server's user, in a
// process group of its own (so that Ctrl-C in a terminal reaches it only
// through us), with the folder open as [inherited] and the log as its output.
// done closes our end of the log; call it after the program has started.
func (c *Cluster) command(as *account, program string, args ...string) (cmd *exec.Cmd, done func() error, err error) {
	log, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open server log: %w", err)
	}
	cmd = exec.Command(program, args...)
	cmd.Dir = "/" // our own working directory may be closed to the server's user
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC"}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{c.home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as.credential()}
	return cmd, log.Close, nil
}

// inherited is the path under which a program started by [Cluster.command]
// finds the cluster's folder: the first of its extra files.
const inherited = "/proc/self/fd/3"

// Stop shuts the server down: open transactions are rolled back, data is
// flushed, the process has ended when it returns. It is bounded (30 s, then
// the server is killed and recovers at its next start) and may be repeated.
func (c *Cluster) Stop() error {
	err := c.server.stop()
	c.release()
	if err != nil {
		return fmt.Errorf("stop PostgreSQL in %s: %w", c.dir, err)
	}
	return nil
}

// Done is closed when the server process has ended, for whatever reason.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// release gives up the folder.
func (c *Cluster) release() {
	for _, f := range []*os.File{c.home, c.lock} {
		if f != nil {
			f.Close()
		}
	}
}

// OwnerDSN is the connection URL of the superuser who owns the database.
func (c *Cluster) OwnerDSN() string { return c.DSN(Owner, Database) }

// AppDSN is the connection URL of the service's login.
func (c *Cluster) AppDSN() string { return c.DSN(App, Database) }

// DSN is the connection URL of a user and a database. It is good until the
// cluster stops.
func (c *Cluster) DSN(user, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + database}
	u.RawQuery = url.Values{"host": {c.socketDir()}, "port": {"5432"}}.Encode()
	return u.String()
}

// socketDir is the folder of the unix socket. The kernel takes socket paths of
// at most 107 bytes; a longer one is reached through the open folder.
func (c *Cluster) socketDir() string {
	run := filepath.Join(c.dir, "run")
	if len(run)+len("/.s.PGSQL.5432") <= 107 {
		return run
	}
	return filepath.Join("/proc", strconv.Itoa(os.Getpid()), "fd", strconv.Itoa(int(c.home.Fd())), "run")
}

func (c *Cluster) dataDir() string { return filepath.Join(c.dir, "data") }
func (c *Cluster) logFile() string { return filepath.Join(c.dir, "server.log") }

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
