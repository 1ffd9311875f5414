package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestRealData imports real files over HTTP in batches of 1000 and compares every value that comes back with its source.
func TestRealData(t *testing.T) { eachStore(t, testRealData) }

func testRealData(t *testing.T, s *store) {
	c := s.start(t)
	for _, s := range sources(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			agent, err := c.agent(t.Context())
			no(t, err)
			set, err := s.load()
			no(t, err)
			no(t, set.check(s.least))
			no(t, roundTrip(t.Context(), agent, "real_rows", set))
			t.Logf("%d rows of %d fields went in and came back; %d of their values are null", len(set.rows), len(set.fields), set.nulls())
		})
	}
}

// dataset is a table's fields, the rows to send, and for each row the values to expect, in the order of fields.
type dataset struct {
	fields []field
	rows   []row
	want   [][]any
}

func (d dataset) nulls() (n int) {
	for _, values := range d.want {
		for _, v := range values {
			if v == nil {
				n++
			}
		}
	}
	return n
}

// check wants the source to have what makes it worth reading.
func (d dataset) check(least int) error {
	if len(d.rows) < least || len(d.rows) != len(d.want) {
		return fmt.Errorf("the source has %d rows, at least %d expected", len(d.rows), least)
	}
	return nil
}

// roundTrip imports a data set and reads it back, value by value.
func roundTrip(ctx context.Context, agent caller, name string, d dataset) error {
	table, err := agent.createTable(ctx, name, d.fields...)
	if err != nil {
		return err
	}
	if err := agent.importAll(ctx, table, d.rows); err != nil {
		return err
	}
	read := 0
	err = agent.each(ctx, table, func(i int, r record) error {
		read++
		if i >= len(d.want) {
			return fmt.Errorf("there are only %d rows in the source", len(d.want))
		}
		if len(r.Value) != len(d.fields) {
			return fmt.Errorf("%d fields, want %d: %v", len(r.Value), len(d.fields), r.Value)
		}
		for at, f := range d.fields {
			got, there := r.Value[f.Name]
			if !there || !equal(got, d.want[i][at]) {
				return fmt.Errorf("`%s` is %#v, want %#v", f.Name, got, d.want[i][at])
			}
		}
		return nil
	})
	if err == nil && read != len(d.want) {
		err = fmt.Errorf("read %d of %d rows", read, len(d.want))
	}
	return err
}

// source is a real file and how to read it.
type source struct {
	name  string
	load  func() (dataset, error)
	least int // rows
}

// sources lists the whole files where they are, else the samples that the repository brings along.
func sources(t *testing.T) []source {
	t.Helper()
	dir := os.Getenv("STELE_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	in := func(dir, file string) string { return filepath.Join(dir, file) }
	_, err := os.Stat(in(dir, "airports.csv"))
	if err == nil && !testing.Short() {
		return []source{
			{"airports", func() (dataset, error) { return airports(in(dir, "airports.csv")) }, 3376},
			{"movies", func() (dataset, error) { return movies(in(dir, "movies.json")) }, 3201},
			{"zipcodes", func() (dataset, error) { return zipcodes(in(dir, "zipcodes.csv")) }, 42049},
			{"flights", func() (dataset, error) { return flights(in(dir, "flights-200k.json")) }, 200000},
		}
	}
	t.Logf("only the samples of testdata are read, not the whole files in %s (there: %t, -short: %t)", dir, err == nil, testing.Short())
	samples := filepath.Join("..", "testdata")
	return []source{
		{"airports-sample", func() (dataset, error) { return airports(in(samples, "airports-sample.csv")) }, 100},
		{"movies-sample", func() (dataset, error) { return movies(in(samples, "movies-sample.json")) }, 100},
	}
}
