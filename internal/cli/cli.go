// Package cli holds the commands of stele: their flags, their environment, their words.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"stele/internal/server"
)

// Exit statuses: a refusal is the world's doing, a usage error the command line's.
const (
	exitOK      = 0
	exitRefused = 1
	exitUsage   = 2
	exitPart    = 3 // what could be done was done, and it is not all: rows were refused, or an answer was cut
)

// Process is what surrounds a command.
type Process struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // NAME=value, as os.Environ gives it
	Version        string   // set by the linker in a release; may be empty
}

// adminKeyVar is the variable that carries the admin key itself. No flag does: `ps` shows flags to everybody.
const adminKeyVar = "STELE_ADMIN_KEY"

// commands is the command line.
type commands struct {
	Serve         serveCmd         `cmd:"" help:"Run a server."`
	Agent         agentCmd         `cmd:"" help:"Make, list and delete agents."`
	Key           keyCmd           `cmd:"" help:"Make, list and revoke API keys."`
	Table         tableCmd         `cmd:"" help:"Show, change and drop an agent's tables."`
	Queries       queriesCmd       `cmd:"" help:"Show what was asked in SQL, by whom, and what came of it."`
	Import        importCmd        `cmd:"" help:"Import files into a table."`
	Export        exportCmd        `cmd:"" help:"Write a table, or an answer in SQL, into a file."`
	Query         queryCmd         `cmd:"" help:"Ask one SELECT and print the answer."`
	MCP           mcpCmd           `cmd:"" name:"mcp" help:"Connect a model's program, which starts this command, to a server's tools."`
	Guards        guardsCmd        `cmd:"" name:"verify-guards" help:"Try to break out of an agent by SQL, in every way that is known."`
	Move          moveCmd          `cmd:"" help:"Move an installation into another store, or back."`
	Version       versionCmd       `cmd:"" help:"Print the version."`
	Help          helpCmd          `cmd:"" help:"Show what a command does and takes."`
	Completion    completionCmd    `cmd:"" help:"Print what has a shell complete commands, flags and names."`
	CompleteWords completeWordsCmd `cmd:"" hidden:"" help:"Complete a command line for a shell, whose script starts this."`
	Worker        workerCmd        `cmd:"" name:"query-worker" hidden:"" help:"Answer questions for a server, which starts this by itself."`
}

// Main runs one command and returns the exit status. An error is one line on standard error.
func Main(ctx context.Context, args []string, p Process) int {
	var cmds commands
	parser, exited, err := newParser(&cmds, p)
	if err != nil {
		return report(p, err, exitUsage)
	}
	if err := checkEnvironment(parser.Model, p.Environ); err != nil {
		return report(p, err, exitUsage)
	}
	if len(args) == 0 {
		_, _ = io.WriteString(p.Stderr, page)
		return exitUsage
	}
	chosen, err := parser.Parse(behind(parser.Model, args))
	if *exited {
		return exitOK
	}
	if err != nil {
		return report(p, explainLine(err, parser.Model), exitUsage)
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	err = chosen.Run(&p, parser)
	var usage usageError
	switch {
	case err == nil || *exited:
		return exitOK
	case errors.As(err, new(partError)):
		return report(p, err, exitPart)
	case errors.As(err, &usage):
		return report(p, err, exitUsage)
	default:
		return report(p, err, exitRefused)
	}
}

// usageError is a mistake in the command line that shows only when the command runs.
type usageError struct{ error }

func newParser(cmds *commands, p Process) (*kong.Kong, *bool, error) {
	exited := false // --help has printed all there is to say
	parser, err := kong.New(cmds,
		kong.Name("stele"),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { exited = true }),
		kong.Help(printHelp),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 110}),
	)
	if err == nil {
		parser.Model.HelpFlag.Help = "Show this."
	}
	return parser, &exited, err
}

// report prints an error in one line.
func report(p Process, err error, status int) int {
	_, _ = fmt.Fprintf(p.Stderr, "stele: %s\n", visible(strings.ReplaceAll(err.Error(), "\n", "; ")))
	return status
}

// ballastSize is memory that is counted and never touched, so that it takes none. Go collects garbage when the heap has
// doubled: that of a quiet server is a few MiB, which a dozen imports fill, and then it collects at every dozen. With the
// ballast it waits until some 40 MiB of garbage are there, and where more is alive the doubling is as before.
const ballastSize = 32 << 20

type serveCmd struct {
	server.Config `embed:""`
}

// Run serves until a signal comes.
func (c *serveCmd) Run(ctx context.Context, line *kong.Context, p *Process) error {
	c.AdminKey = lookup(p.Environ, adminKeyVar)
	if given(line, p, "database") {
		switch {
		case c.Database == "": // not a data directory instead: whoever sets it means a database
			return usageError{errors.New("--database (STELE_DATABASE_URL) is given but empty: give the URL of a PostgreSQL database, or unset it")}
		case given(line, p, "data"):
			return usageError{errors.New("--data (STELE_DATA) and --database (STELE_DATABASE_URL) are both given: which is meant?")}
		}
	}
	if err := c.Check(); err != nil {
		return usageError{err}
	}
	ballast := make([]byte, ballastSize)
	defer runtime.KeepAlive(ballast)
	return server.Run(ctx, c.Config, server.Process{Stdout: p.Stdout, Stderr: p.Stderr, Version: build(p).Version})
}

type workerCmd struct{}

// Run answers questions until standard input ends.
func (*workerCmd) Run(p *Process) error {
	if status := server.QueryWorker(p.Stdin, p.Stdout); status != 0 {
		return fmt.Errorf("the worker ended with status %d", status)
	}
	return nil
}

// given reports whether a flag was set by somebody, on the command line or by its variable.
func given(line *kong.Context, p *Process, flag string) bool {
	for _, f := range line.Flags() {
		if f.Name != flag {
			continue
		}
		for _, entry := range p.Environ {
			name, _, _ := strings.Cut(entry, "=")
			if slices.Contains(f.Envs, name) {
				return true
			}
		}
	}
	return slices.ContainsFunc(line.Path, func(part *kong.Path) bool { return part.Flag != nil && part.Flag.Name == flag })
}
