package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a running server process.
type server struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	exit error         // how it ended; read after done
	quit func() bool   // detaches the server from its context
}

// startServer starts cmd and asks it to stop when ctx ends.
//
// The kernel sends Pdeathsig when the *thread* that started the process ends,
// so the goroutine that starts it keeps its thread until the process is gone.
func startServer(ctx context.Context, cmd *exec.Cmd) (*server, error) {
	s := &server{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the server
		err := cmd.Start()
		started <- err
		if err == nil {
			s.exit = cmd.Wait()
			close(s.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	s.quit = context.AfterFunc(ctx, func() { s.shutdown() })
	return s, nil
}

// stop shuts the server down and waits for its end.
func (s *server) stop() error {
	s.quit()
	s.shutdown()
	if exit := (*exec.ExitError)(nil); errors.As(s.exit, &exit) {
		return fmt.Errorf("server ended with %w", exit)
	}
	return nil
}

// shutdown asks with growing force: fast shutdown, immediate shutdown, kill.
func (s *server) shutdown() {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 25 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, time.Minute}} {
		// A process that is gone already is what we want.
		_ = s.cmd.Process.Signal(step.signal)
		select {
		case <-s.done:
			return
		case <-time.After(step.wait):
		}
	}
}

// signalGroup signals a program and the programs it has started.
func signalGroup(cmd *exec.Cmd, signal syscall.Signal) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, signal)
	}
}

// readPID reads the process id in the first line of a postmaster.pid file, 0
// when there is no such file, or it is empty.
func readPID(file string) (int, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	if first = strings.TrimSpace(first); first == "" {
		return 0, os.Remove(file)
	}
	return strconv.Atoi(first)
}

// servesFolder tells whether a process is a PostgreSQL server whose data
// directory is dataDir; a server's working directory is its data directory.
// Process ids are used again, so that a living process alone proves nothing.
func servesFolder(pid int, dataDir string) bool {
	working, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	if err != nil {
		return false
	}
	data, err := os.Stat(dataDir)
	return err == nil && os.SameFile(working, data)
}

// anyServes tells whether any process works in a data directory, such as the
// session of a server that is gone.
func anyServes(dataDir string) bool {
	processes, _ := os.ReadDir("/proc") // without it, PostgreSQL judges
	return slices.ContainsFunc(processes, func(p os.DirEntry) bool {
		pid, err := strconv.Atoi(p.Name())
		return err == nil && servesFolder(pid, dataDir)
	})
}
