// Command report makes the results of a test run readable.
//
//	go test -json ./... | report live     shows what fails, and a line a package
//	report summary DIR                    says how the time of a run was spent
//
// DIR holds stages.tsv (name, ms, exit status), the output of go test -json as
// *.json, and Playwright's JSON report as browser.json.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 1 && args[0] == "live":
		return live(in, out)
	case len(args) == 2 && args[0] == "summary":
		return summarise(args[1], out)
	}
	return fmt.Errorf("usage: report live | report summary DIR")
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, ImportPath, Output, Key, Value string
	Elapsed                                               float64 // seconds
}

func (e event) id() string { return e.Package + " " + e.Test }

// events calls f with each event of a stream; other lines are passed on.
func events(in io.Reader, other io.Writer, f func(event)) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintf(other, "%s\n", lines.Bytes())
			continue
		}
		f(e)
	}
	return lines.Err()
}

// live shows the output of tests that fail, and a line for each package.
func live(in io.Reader, out io.Writer) error {
	said := map[string]string{} // output by test; by package under the empty test
	return events(in, out, func(e event) {
		switch e.Action {
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "output":
			said[e.id()] += e.Output
		case "pass", "skip":
			delete(said, e.id())
			if e.Test == "" && e.Action == "pass" {
				fmt.Fprintf(out, "ok    %s (%.1f s)\n", e.Package, e.Elapsed)
			}
		case "fail":
			fmt.Fprint(out, said[e.id()])
			if e.Test == "" {
				fmt.Fprintf(out, "FAIL  %s (%.1f s)\n", e.Package, e.Elapsed)
			}
		}
	})
}

// results are those of a whole run. A test run twice, with and without the
// race detector, counts once, and as failed when it failed in either.
type results struct {
	outcome  map[string]string  // pass, fail or skip, by test
	data     map[string]string  // real or absent, by test
	packages map[string]float64 // seconds
	tests    map[string]float64 // seconds
	builds   int                // packages that did not build or broke off
	browser  browser
}

// browser is what Playwright's report counts.
type browser struct {
	Stats struct{ Expected, Unexpected, Flaky, Skipped int }
}

func (r *results) add(e event) {
	if e.Action == "attr" && e.Key == "data" {
		r.data[e.id()] = e.Value
	}
	if e.Action != "pass" && e.Action != "fail" && e.Action != "skip" {
		return
	}
	if e.Test == "" {
		r.packages[e.Package] += e.Elapsed
		if e.Action == "fail" {
			r.builds++
		}
		return
	}
	r.tests[e.id()] = max(r.tests[e.id()], e.Elapsed)
	if was := r.outcome[e.id()]; was == "" || was == "skip" || e.Action == "fail" {
		r.outcome[e.id()] = e.Action
	}
}

// leaves counts the outcomes of the tests that have no subtests.
func (r *results) leaves() map[string]int {
	parents := map[string]bool{}
	for id := range r.outcome {
		if i := strings.LastIndexByte(id, '/'); i > strings.IndexByte(id, ' ') {
			parents[id[:i]] = true
		}
	}
	n := map[string]int{}
	for id, outcome := range r.outcome {
		// A parent may fail by itself.
		if !parents[id] || outcome == "fail" && !r.childFailed(id) {
			n[outcome]++
		}
	}
	return n
}

func (r *results) childFailed(parent string) bool {
	for id, outcome := range r.outcome {
		if outcome == "fail" && strings.HasPrefix(id, parent+"/") {
			return true
		}
	}
	return false
}

func read(dir string) (*results, error) {
	r := &results{outcome: map[string]string{}, data: map[string]string{}, packages: map[string]float64{}, tests: map[string]float64{}}
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		if filepath.Base(name) == "browser.json" {
			err = json.NewDecoder(text).Decode(&r.browser)
		} else {
			err = events(text, io.Discard, r.add)
		}
		text.Close()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return r, nil
}

func summarise(dir string, out io.Writer) error {
	r, err := read(dir)
	if err != nil {
		return err
	}
	broken, err := stages(filepath.Join(dir, "stages.tsv"), out)
	if err != nil {
		return err
	}
	slowest(out, "slowest packages", r.packages, 8)
	slowest(out, "slowest tests", r.tests, 5)

	real, absent := 0, 0
	for id, value := range r.data {
		switch {
		case value == "absent":
			absent++
		case r.outcome[id] != "skip":
			real++
		}
	}
	fmt.Fprintf(out, "\ntests with real data: %d ran, %d absent\n", real, absent)

	n, b := r.leaves(), r.browser.Stats
	failed := n["fail"] + b.Unexpected
	if failed == 0 {
		failed = r.builds // packages that broke off before a test could fail
	}
	passed := n["pass"] + b.Expected + b.Flaky
	if len(broken) > 0 {
		fmt.Fprintf(out, "stages that failed: %s\n", strings.Join(broken, ", "))
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", passed, failed, n["skip"]+b.Skipped)
	if failed > 0 || len(broken) > 0 || passed == 0 {
		return fmt.Errorf("the test run failed")
	}
	return nil
}

// stages prints the time of each stage, and returns those that failed.
func stages(name string, out io.Writer) (broken []string, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "\nhow the time was spent")
	total := 0
	for line := range strings.Lines(string(text)) {
		var ms, status int
		stage, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if _, err := fmt.Sscan(rest, &ms, &status); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		verdict := ""
		if status != 0 {
			verdict = "  FAILED"
			broken = append(broken, stage)
		}
		total += ms
		fmt.Fprintf(out, "  %7.1f s  %s%s\n", float64(ms)/1000, stage, verdict)
	}
	fmt.Fprintf(out, "  %7.1f s  in all\n", float64(total)/1000)
	return broken, nil
}

func slowest(out io.Writer, title string, seconds map[string]float64, n int) {
	names := slices.SortedFunc(maps.Keys(seconds), func(a, b string) int { return cmp.Compare(seconds[b], seconds[a]) })
	fmt.Fprintln(out, "\n"+title)
	for _, name := range names[:min(n, len(names))] {
		fmt.Fprintf(out, "  %7.1f s  %s\n", seconds[name], name)
	}
}
