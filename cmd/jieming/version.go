package main

import (
	"fmt"
	"runtime"
)

// version is set by the build (go build -ldflags "-X main.version=…").
var version = "development"

type versionCommand struct{}

func (versionCommand) Help() string {
	return "Example:\n\n    jieming version"
}

// Run prints the version of the program, and of Go.
func (versionCommand) Run(c *console) error {
	_, err := fmt.Fprintf(c.out, "jieming %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
