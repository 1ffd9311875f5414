package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"stele/internal/pgtest"
)

// A run compares sets one after the other.
type run struct {
	options
	server *pgtest.Server
	place  string // a folder of the run's own
}

// figures are what a run of one set on one engine has found.
type figures struct {
	databases, made int
	queries         int
	accepted        int            // by the bare engine
	empty           int            // of those, whose answer is empty
	same            int            // of those, here too
	settled         int            // of those, once the order of ties was told
	differences     []difference   // the others
	rejected        map[string]int // by the bare engine, by its errors
}

// A difference is a question that the bare engine answers and Stele does not answer so.
type difference struct {
	db, sql string
	verdict verdict
	why     string
}

// set runs all questions of a set on one engine.
func (r *run) set(ctx context.Context, engine string, dbs []*database) (f *figures, err error) {
	store := []string{"--data"}
	if engine == "postgres" {
		url, err := r.server.NewDatabase()
		if err != nil {
			return nil, err
		}
		store = []string{"--database", url}
	} else {
		data, err := os.MkdirTemp(r.place, "data-*")
		if err != nil {
			return nil, err
		}
		store = append(store, data)
	}
	s, err := startServer(ctx, r.stele, r.place, store...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	f = &figures{rejected: map[string]int{}}
	for _, d := range dbs {
		bare, err := r.bare(ctx, engine, d.tables)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		a, err := s.load(ctx, d)
		if err == nil {
			err = sameTables(ctx, bare, a, d)
		}
		if err == nil {
			err = f.ask(ctx, bare, a, d, engine == "postgres")
		}
		if err = errors.Join(err, bare.close()); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (r *run) bare(ctx context.Context, engine string, tables []*table) (engine, error) {
	if engine == "sqlite" {
		return openSQLite(tables)
	}
	url, err := r.server.NewDatabase()
	if err != nil {
		return nil, err
	}
	return openPostgres(ctx, url, tables)
}

// sameTables fails unless both sides hold the same: else every figure would mean nothing.
func sameTables(ctx context.Context, bare engine, a *agent, d *database) error {
	for _, t := range d.tables {
		sql := "SELECT * FROM " + quoted(legal(t.name)) + " LIMIT 10000"
		want, err := bare.ask(ctx, sql)
		if err != nil {
			return err
		}
		got, err := a.ask(ctx, sql)
		if err != nil {
			return fmt.Errorf("reading %s of %s back: %w", t.name, d.name, err)
		}
		if v := judge(want, got, false); v != same || len(want.rows) != min(len(t.rows), 10_000) {
			return fmt.Errorf("%s of %s: what was loaded is not what is there: %s", t.name, d.name, v)
		}
	}
	return nil
}

// ask asks all questions of a database of both sides.
func (f *figures) ask(ctx context.Context, bare engine, stele asker, d *database, postgres bool) error {
	f.databases++
	if d.made {
		f.made++
	}
	names := d.names()
	for _, q := range d.queries {
		f.queries++
		sql := mapped(q, names, postgres)
		want, err := bare.ask(ctx, sql)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			f.rejected[shape(err.Error())]++
			continue
		}
		f.accepted++
		if len(want.rows) == 0 {
			f.empty++
		}
		got, err := stele.ask(ctx, sql)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			f.differences = append(f.differences, difference{d.name, sql, refused, err.Error()})
			continue
		}
		if v := judge(want, got, ordered(sql)); v != same {
			if !settles(ctx, bare, stele, sql) {
				f.differences = append(f.differences, difference{d.name, sql, v, want.unlike(got)})
				continue
			}
			f.settled++
		}
		f.same++
	}
	return nil
}

// settles reports whether both sides answer the same, in the same order, when the question tells the order of ties, which else is for an
// engine to choose, and with it which of them a LIMIT keeps.
func settles(ctx context.Context, bare, stele asker, sql string) bool {
	sql = completed(sql)
	if sql == "" {
		return false
	}
	want, err := bare.ask(ctx, sql)
	if err != nil {
		return false
	}
	got, err := stele.ask(ctx, sql)
	return err == nil && judge(want, got, ordered(sql)) == same
}

// unlike says in a few words how two answers differ.
func (a *answer) unlike(b *answer) string {
	text := fmt.Sprintf("%d rows, here %d", len(a.rows), len(b.rows))
	for i := range min(len(a.rows), len(b.rows)) {
		if !slices.EqualFunc(a.rows[i], b.rows[i], equal) {
			return text + fmt.Sprintf(", first unlike %v, here %v", a.rows[i], b.rows[i])
		}
	}
	return text
}

// print writes a line of figures, and what differs, by reasons or each by itself.
func (f *figures) print(out io.Writer, set, engine string, list bool) {
	percent := 100 * float64(f.same) / float64(max(1, f.accepted))
	_, _ = fmt.Fprintf(out, "%s on %s: %d databases (%d with made up rows), %d queries, %d accepted by the bare engine (%d of them find nothing), %d with the same rows here (%d of them once the order of ties was told), %.1f %%\n",
		set, engine, f.databases, f.made, f.queries, f.accepted, f.empty, f.same, f.settled, percent)
	reasons := make(map[string]int)
	for _, d := range f.differences {
		reason := string(d.verdict)
		if d.verdict == refused {
			reason += ": " + shape(d.why)
		}
		reasons[reason]++
		if list {
			_, _ = fmt.Fprintf(out, "  %s, %s: %s\n    %s\n", d.db, d.verdict, d.why, d.sql)
		}
	}
	tally(out, "differs here", reasons)
	if list {
		tally(out, "the bare engine rejects", f.rejected)
	}
}

func tally(out io.Writer, title string, counts map[string]int) {
	for _, reason := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) }) {
		_, _ = fmt.Fprintf(out, "  %s: %d times %s\n", title, counts[reason], reason)
	}
}
