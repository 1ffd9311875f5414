package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// First arguments that make the program one of its own servers.
const (
	floorCommand    = "http-floor"
	storeCommand    = "store-server"   // with a data directory and how many writers share a commit
	questionCommand = "question-floor" // with "sqlite" and a file, or "postgres" and a URL
)

// suite is a part of the measurement that runs in rounds.
type suite interface {
	round(ctx context.Context, r int) error
	measures() []*measure
}

// bench is a run: its directory, and what has to be closed at its end.
type bench struct {
	options
	dir    string
	log    io.Writer
	closes []func() error
}

// newBench makes the run's directory.
func newBench(o options, log io.Writer) (*bench, error) {
	whole, err := filepath.Abs(o.dir) // PostgreSQL's programs run elsewhere
	if err != nil {
		return nil, fmt.Errorf("making the directory: %w", err)
	}
	dir, err := os.MkdirTemp(whole, "run-")
	if err != nil {
		return nil, fmt.Errorf("making the directory: %w", err)
	}
	b := &bench{options: o, dir: dir, log: log}
	b.closing(func() error { return os.RemoveAll(dir) })
	return b, nil
}

// onDisk makes a directory where there is none, and refuses one in memory, where a durable write costs nothing.
func onDisk(dir string) error {
	const tmpfs, ramfs = 0x01021994, 0x858458f6
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the directory: %w", err)
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return fmt.Errorf("looking at the file system of %s: %w", dir, err)
	}
	if t := int64(st.Type); t == tmpfs || t == ramfs {
		return fmt.Errorf("%s is in memory: give -dir a directory on a disk", dir)
	}
	return nil
}

func (b *bench) closing(f func() error) { b.closes = append(b.closes, f) }

// close undoes everything, the last thing first.
func (b *bench) close() error {
	var errs []error
	for i := len(b.closes) - 1; i >= 0; i-- {
		errs = append(errs, b.closes[i]())
	}
	b.closes = nil
	return errors.Join(errs...)
}

// server is a Stele of this run.
type server struct {
	*child
	data   string
	binary string
}

func (b *bench) startStele(ctx context.Context, name string) (*server, error) {
	s := &server{data: filepath.Join(b.dir, name), binary: b.stele}
	c, err := startStele(ctx, b.stele, b.dir, "--data", s.data)
	if err != nil {
		return nil, err
	}
	s.child = c
	b.closing(c.stop)
	return s, nil
}

func (s *server) agentTable(ctx context.Context, name string) (*agentTable, error) {
	a, err := newAgentTable(ctx, s.binary, s.data, s.url, name)
	if err != nil {
		return nil, fmt.Errorf("making the agent %s: %w", name, err)
	}
	return a, nil
}

func (b *bench) sqliteFloor(name string) (*sqliteFloor, error) {
	f, err := openSQLiteFloor(filepath.Join(b.dir, name+".db"))
	if err != nil {
		return nil, err
	}
	b.closing(f.close)
	return f, nil
}

// run measures what the options ask for.
func run(ctx context.Context, o options, log io.Writer) (rep *report, err error) {
	b, err := newBench(o, log)
	if err != nil {
		return nil, err
	}
	rep = newReport(o)
	if o.only["serial"] || o.only["importers"] || o.only["updaters"] || o.only["commits"] {
		err = b.againstFloors(ctx, rep)
	}
	if err == nil && o.only["before"] {
		err = b.againstBefore(ctx, rep)
	}
	if err == nil && o.only["files"] {
		err = b.aboutFiles(ctx, rep)
	}
	if err == nil && o.only["scale"] {
		err = b.atScale(ctx, rep)
	}
	if err == nil && o.only["questions"] {
		err = b.aboutQuestions(ctx, rep)
	}
	if err == nil && slices.ContainsFunc(strings.Split(pgParts, ","), func(part string) bool { return o.only[part] }) {
		err = b.onPostgres(ctx, rep)
	}
	rep.finish()
	return rep, errors.Join(err, b.close())
}

// againstFloors measures what is held against the floors.
func (b *bench) againstFloors(ctx context.Context, rep *report) error {
	stele, err := b.startStele(ctx, "stele")
	if err != nil {
		return err
	}
	floor, err := startSelf(ctx, b.dir, floorCommand)
	if err != nil {
		return err
	}
	b.closing(floor.stop)
	suites := make(map[string]suite)
	var inTurn []suite
	for _, name := range []string{"serial", "importers", "updaters", "commits"} {
		if !b.only[name] {
			continue
		}
		if suites[name], err = b.suite(ctx, name, stele, floor.url); err != nil {
			return fmt.Errorf("preparing %s: %w", name, err)
		}
		inTurn = append(inTurn, suites[name])
	}
	if b.profile != "" {
		delete(suites, "commits") // it has servers of its own
		return b.profiled(ctx, rep, stele, suites)
	}
	return b.rounds(ctx, rep, inTurn)
}

// againstBefore measures what is held against another build.
func (b *bench) againstBefore(ctx context.Context, rep *report) error {
	s, err := newBefore(ctx, b)
	if err != nil {
		return fmt.Errorf("preparing before: %w", err)
	}
	return b.rounds(ctx, rep, []suite{s})
}

// suite makes a suite with an agent and an SQLite floor of its own.
func (b *bench) suite(ctx context.Context, name string, stele *server, floorURL string) (suite, error) {
	if name == "commits" {
		return newCommits(ctx, b)
	}
	table, err := stele.agentTable(ctx, name)
	if err != nil {
		return nil, err
	}
	records, err := b.sqliteFloor(name)
	if err != nil {
		return nil, err
	}
	switch name {
	case "importers":
		return newImporters(ctx, table, records.crowd(), floorURL)
	case "updaters":
		return newUpdaters(ctx, table, records.crowd(), floorURL)
	default:
		return newSerial(ctx, table, records, newCaller(floorURL, ""))
	}
}

// atScale fills a large table on a fresh server, reads the server's memory, and holds large against small.
func (b *bench) atScale(ctx context.Context, rep *report) error {
	stele, err := b.startStele(ctx, "stele-large")
	if err != nil {
		return err
	}
	large, err := stele.agentTable(ctx, "large")
	if err != nil {
		return err
	}
	small, err := stele.agentTable(ctx, "small")
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(b.log, "importing %d records\n", b.records)
	if err := large.fill(ctx, 0, b.records); err != nil {
		return fmt.Errorf("filling the large table: %w", err)
	}
	resident, peak, err := stele.memory()
	if err != nil {
		return err
	}
	rep.memory(b.records, resident, peak)
	s, err := newScale(ctx, large, small, b.records)
	if err != nil {
		return fmt.Errorf("preparing the tables: %w", err)
	}
	return b.rounds(ctx, rep, []suite{s})
}

// rounds runs the suites in turn until the rounds or the time are used up, and notes the results.
func (b *bench) rounds(ctx context.Context, rep *report, suites []suite) error {
	end := time.Now().Add(b.limit)
	for r := 0; r < b.options.rounds && (r == 0 || time.Now().Before(end)); r++ {
		for _, s := range suites {
			if err := s.round(ctx, r); err != nil {
				return err
			}
		}
		if (r+1)%10 == 0 {
			_, _ = fmt.Fprintf(b.log, "round %d of %d\n", r+1, b.options.rounds)
		}
	}
	for _, s := range suites {
		for _, m := range s.measures() {
			rep.Results = append(rep.Results, m.result())
		}
	}
	return nil
}
