package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A database that ends under a running demonstration is started again.
func TestUp_startsItsDatabaseAgain(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	out := &lockedBuffer{}
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"up", "--empty", "--data", dir, "--addr", "127.0.0.1:0"}, os.LookupEnv, strings.NewReader(""), out, io.Discard)
	}()
	var address string
	eventually(t, "an address", func() bool {
		address = strings.TrimSpace(out.String())
		return strings.HasPrefix(address, "http://")
	})
	ready := func() bool {
		answer, err := http.Get(address + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}
	eventually(t, "readiness", ready)
	first := postmaster(t, dir)
	if err := syscall.Kill(first, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another PostgreSQL", func() bool { return postmaster(t, dir) != first })
	eventually(t, "readiness again", ready)
	stop()
	if got := <-status; got != 0 {
		t.Errorf("up ended with %d", got)
	}
}

// postmaster is the process of the database in a data folder, 0 while none runs.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "postgres", "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(line)
	return pid
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("no %s within a minute", what)
}

type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.String()
}
