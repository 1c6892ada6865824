package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"jieming/registry/postgres/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jieming": main})
}

// TestScripts runs the command line as its users do; see testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"database": func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], pgtest.Empty(t)) },
			"free":     free,
			"occupy":   occupy,
			"get":      get,
		},
	})
}

// free sets a variable to an address nobody listens on: free VARIABLE.
func free(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// occupy sets a variable to an address that is taken: occupy VARIABLE.
func occupy(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// get waits for an answer with a status, up to three minutes, since a first
// start loads the sample: get STATUS URL.
func get(ts *testscript.TestScript, _ bool, args []string) {
	want, url := args[0], args[1]
	last := "no answer"
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get(url)
		if err != nil {
			last = err.Error()
			continue
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if last = fmt.Sprint(answer.StatusCode); last == want {
			return
		}
	}
	ts.Fatalf("%s: %s, want %s", url, last, want)
}
