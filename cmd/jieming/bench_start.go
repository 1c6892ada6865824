package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"jieming/registry/postgres/cluster"
)

// start measures `jieming up`, from the start of the process to the first map:
// the page and a tile. It runs once in a new folder and once again, since a
// first start takes long, with the yardstick beside each.
func (b *benchmark) start(ctx context.Context) ([]figure, error) {
	var figures []figure
	for _, c := range []struct{ name, dataset string }{{"sample", ""}, {"real data", b.dataset}} {
		if c.name == "real data" && c.dataset == "" {
			continue
		}
		dir, err := os.MkdirTemp("", "jieming-bench-")
		if err != nil {
			return nil, err
		}
		for _, t := range []struct {
			name  string
			limit float64
		}{{"first start", 60}, {"second start", 5}} {
			b.shown.Step(t.name+" with "+c.name, 0)
			f, err := measureStart(ctx, dir, c.dataset)
			if err != nil {
				return nil, errors.Join(err, os.RemoveAll(dir))
			}
			f.name, f.limit, f.absolute = "up to first map, "+c.name+", "+t.name, t.limit, true
			figures = append(figures, f)
		}
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	return figures, nil
}

// measureStart starts a bare PostgreSQL in one folder and the whole program in
// another.
func measureStart(ctx context.Context, dir, dataset string) (f figure, err error) {
	begun := time.Now()
	db, err := cluster.Start(ctx, cluster.Options{Dir: filepath.Join(dir, "bare"), Durable: true})
	if err != nil {
		return f, err
	}
	f.yardstick, f.by = "the same start of a bare PostgreSQL", seconds(time.Since(begun))
	if err := db.Stop(); err != nil {
		return f, err
	}
	took, err := timeToMap(ctx, filepath.Join(dir, "data"), dataset)
	f.ours = seconds(took)
	return f, err
}

// timeToMap runs `jieming up` until the map can be seen, and stops it.
func timeToMap(ctx context.Context, dir, dataset string) (took time.Duration, err error) {
	program, err := os.Executable()
	if err != nil {
		return 0, err
	}
	addr, err := freeAddress()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, program, "up", "--data", dir, "--addr", addr)
	if dataset != "" {
		cmd.Args = append(cmd.Args, "--dataset", dataset)
	}
	var said tail
	cmd.Stderr = &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = time.Minute
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its status says at best that it was interrupted
	}()
	err = firstMap(ctx, "http://"+addr, ended)
	took = time.Since(begun)
	_ = cmd.Process.Signal(syscall.SIGINT) // it may have ended by itself
	<-ended
	if err != nil {
		return took, fmt.Errorf("%w; it said:\n%s", err, said)
	}
	return took, nil
}

// freeAddress is an address nobody listened on a moment ago.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// firstMap waits for the page and a tile of north-eastern China.
func firstMap(ctx context.Context, origin string, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for _, path := range []string{"/", "/tiles/current/5/27/11.mvt"} {
		for !answers(ctx, origin+path) {
			select {
			case <-ended:
				return errors.New("jieming up ended before it answered")
			case <-ctx.Done():
				return fmt.Errorf("waiting for %s: %w", path, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

// answers tells whether an address answers 200 with its whole body.
func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err == nil && answer.StatusCode == http.StatusOK
}
