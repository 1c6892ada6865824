// Package storetest runs a real S3 server for tests.
package storetest

import (
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"jieming/tiles/store"
)

// serverVersion is the one that .ci/install.sh builds.
const serverVersion = "v1.8.0"

// server is the program of a real S3 server, or skips the test.
func server(t testing.TB) string {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path
	}
	if cache, err := os.UserCacheDir(); err == nil {
		path := filepath.Join(cache, "jieming", "versitygw-"+serverVersion, "versitygw")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skip("no S3 server: .ci/install.sh test builds versitygw")
	return ""
}

// Bucket is the bucket that the server has.
const Bucket = "maps"

// Start runs an S3 server on this machine until the test ends, and returns the
// account to use it. Without the program of the server the test is skipped.
func Start(t testing.TB) store.Account {
	t.Helper()
	path := server(t)
	dir := t.TempDir()
	for _, sub := range []string{"data/" + Bucket, "meta"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	a := store.Account{ID: "tester", Secret: rand.Text()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	a.Endpoint = "http://" + address

	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--port", address, "--quiet", "posix", "--sidecar", filepath.Join(dir, "meta"), filepath.Join(dir, "data"))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+a.ID, "ROOT_SECRET_ACCESS_KEY="+a.Secret)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("the server said:\n%s", text)
		}
		log.Close()
	})
	await(t, address)
	return a
}

// await waits until somebody listens.
func await(t testing.TB, address string) {
	t.Helper()
	for range 300 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the S3 server does not start")
}
