// Package oidctest runs a real identity provider for tests: the example server
// of zitadel/oidc, a certified implementation of OpenID Connect.
package oidctest

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// serverVersion is the one that .ci/install.sh builds.
const serverVersion = "v3.52.0"

// The client and the user that the server knows.
const (
	ClientID = "web"
	Secret   = "secret"
	User     = "test-user2"
	Password = "verysecure"
)

// program is the identity provider, or skips the test.
func program(t testing.TB) string {
	if cache, err := os.UserCacheDir(); err == nil {
		path := filepath.Join(cache, "jieming", "oidc-"+serverVersion, "server")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skip("no identity provider: .ci/install.sh test builds one")
	return ""
}

// Start runs an identity provider on this machine until the test ends, and
// returns its issuer. It sends browsers back to callback only.
func Start(t testing.TB, callback string) string {
	t.Helper()
	path := program(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), fmt.Sprintf("PORT=%d", port), "REDIRECT_URI="+callback, "USERS_FILE=")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("the identity provider said:\n%s", text)
		}
		log.Close()
	})
	issuer := fmt.Sprintf("http://localhost:%d/", port)
	for range 300 {
		answer, err := http.Get(issuer + ".well-known/openid-configuration")
		if err == nil {
			answer.Body.Close()
			return issuer
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the identity provider does not start")
	return ""
}
