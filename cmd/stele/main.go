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
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // before anything else, so that a second signal ends the program at once
		cancel()
	}()
	os.Exit(cli.Main(ctx, os.Args[1:], cli.Process{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Version: version,
	}))
}
