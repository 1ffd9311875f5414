// Command bench drives a running Stele in closed loops and holds its times against two floors, measured in the same
// run and interleaved round by round: bare SQLite, and a bare HTTP handler. README.md says how to read it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	stele   string        // path of the server's binary
	before  string        // path of another build of it
	dir     string        // where data is written
	rounds  int           // at most so many
	limit   time.Duration // of each of the two parts
	records int           // of the large table
	agents  int           // of the large installation
	only    map[string]bool
	json    string // file for the report
	profile string // directory for CPU profiles of the server
	file    string // a CSV file for the part files
}

// parts are measured without being asked for. -only takes their names, "postgres", and the names of its parts.
const parts = "serial,importers,updaters,commits,scale,questions"

// hardLimit ends a run whatever happens.
const hardLimit = 45 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, hardLimit)
	defer cancel()
	if err := start(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// start runs the program: a measurement, or one of the servers that it needs.
func start(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 1 && args[0] == floorCommand:
		return serveHTTPFloor(ctx, in, out)
	case len(args) == 3 && args[0] == questionCommand:
		return serveQuestionFloor(ctx, args[1], args[2], in, out)
	case len(args) == 3 && args[0] == storeCommand:
		return serveStore(ctx, args[1], args[2], in, out)
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	if err := onDisk(o.dir); err != nil {
		return err
	}
	rep, err := run(ctx, o, os.Stderr)
	if err != nil {
		return err
	}
	if o.json != "" {
		if err := rep.writeJSON(o.json); err != nil {
			return err
		}
	}
	return rep.print(out)
}

func parseOptions(args []string) (options, error) {
	var o options
	var only string
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.StringVar(&o.stele, "stele", "bin/stele", "the server's `binary`")
	fs.StringVar(&o.before, "before", "", "another build of the server, a `binary` that -only before holds it against")
	fs.StringVar(&o.dir, "dir", "bench-data", "`directory` for the data, on a real disk; what a run writes is removed at its end")
	fs.IntVar(&o.rounds, "rounds", 60, "rounds of each part, at most")
	fs.DurationVar(&o.limit, "limit", 5*time.Minute, "time for the rounds of each of the two parts, at most")
	fs.IntVar(&o.records, "records", 1_000_000, "records of the large table")
	fs.IntVar(&o.agents, "agents", 1000, "agents of the large installation on PostgreSQL")
	fs.StringVar(&only, "only", parts, "what is measured: a `list` of "+parts+", before, files or, on PostgreSQL, of postgres or "+pgParts)
	fs.StringVar(&o.json, "json", "", "`file` that gets the report as JSON too")
	fs.StringVar(&o.file, "file", "", "CSV `file` that -only files imports; without it one is made")
	fs.StringVar(&o.profile, "profile", "", "keep CPU profiles of the server in this `directory`, one for each part; parts then run one after the other")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	o.only = make(map[string]bool)
	for name := range strings.SplitSeq(only, ",") {
		if name == "postgres" {
			for _, part := range strings.Split(pgParts, ",") {
				o.only[part] = true
			}
			continue
		}
		if !strings.Contains(","+parts+",before,files,"+pgParts+",", ","+name+",") {
			return o, fmt.Errorf("-only has %q; it takes %s, before, files, or postgres or %s", name, parts, pgParts)
		}
		o.only[name] = true
	}
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("unknown argument %q", fs.Arg(0))
	case o.rounds < 1 || o.limit <= 0:
		return o, errors.New("-rounds and -limit must be more than 0")
	case o.records < 2*smallRecords || o.records%batch != 0:
		return o, fmt.Errorf("-records must be a multiple of %d, and %d at least", batch, 2*smallRecords)
	case o.only["before"] != (o.before != ""):
		return o, errors.New("-only before and -before BINARY go together")
	case o.agents < fewAgents:
		return o, fmt.Errorf("-agents must be %d at least", fewAgents)
	}
	return o, nil
}
