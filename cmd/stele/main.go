// Command stele runs and manages a server that keeps tables for AI agents.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"stele/internal/cli"
)

// version is set by the linker in a release.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal ends the program at once
	os.Exit(cli.Main(ctx, os.Args[1:], cli.Process{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Version: version,
	}))
}
