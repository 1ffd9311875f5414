// Command evals runs the gold queries of public text-to-SQL sets on a bare engine and on a real Stele that holds the same rows, loaded by the
// published API, and counts what comes out alike. README.md of bench says where the sets are to be had.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"stele/internal/pgtest"
)

// options are the flags.
type options struct {
	stele   string          // path of the server's binary
	dir     string          // where the sets are
	sets    map[string]bool // names of readers
	engines map[string]bool // sqlite, postgres
	list    bool            // each difference
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "evals:", err)
		}
		os.Exit(1)
	}
}

func start(ctx context.Context, args []string, out io.Writer) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	pg, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	defer func() { _ = pg.Close() }()
	place, err := os.MkdirTemp("", "evals-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(place) }()
	r := &run{options: o, server: pg, place: place}
	for _, set := range readers {
		if !o.sets[set.name] {
			continue
		}
		dbs, err := set.read(o.dir, &scripts{ctx, pg})
		if err != nil {
			return fmt.Errorf("reading %s: %w", set.name, err)
		}
		for _, name := range []string{"sqlite", "postgres"} {
			if name == "sqlite" && !set.sqlite || name == "postgres" && !set.postgres || !o.engines[name] {
				continue
			}
			figures, err := r.set(ctx, name, dbs)
			if err != nil {
				return fmt.Errorf("%s on %s: %w", set.name, name, err)
			}
			figures.print(out, set.name, name, o.list)
		}
	}
	return nil
}

func parseOptions(args []string) (o options, err error) {
	var all []string
	for _, r := range readers {
		all = append(all, r.name)
	}
	fs := flag.NewFlagSet("evals", flag.ContinueOnError)
	fs.StringVar(&o.stele, "stele", "bin/stele", "the server's `binary`")
	fs.StringVar(&o.dir, "dir", "sets", "`folder` with the sets")
	sets := fs.String("set", strings.Join(all, ","), "a `list` of sets")
	engines := fs.String("engine", "sqlite,postgres", "a `list` of engines")
	fs.BoolVar(&o.list, "list", false, "show each difference")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	o.sets, o.engines = map[string]bool{}, map[string]bool{}
	for name := range strings.SplitSeq(*sets, ",") {
		if o.sets[name] = true; !slices.Contains(all, name) {
			return o, fmt.Errorf("-set has %q; it takes a list of %s", name, strings.Join(all, ", "))
		}
	}
	for name := range strings.SplitSeq(*engines, ",") {
		o.engines[name] = true
	}
	o.stele, err = filepath.Abs(o.stele)
	return o, err
}
