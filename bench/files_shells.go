package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fileRows are those of the file that is made where none is given.
const fileRows = 42_000

// aboutFiles measures files on the embedded store, and on PostgreSQL where there is one.
func (b *bench) aboutFiles(ctx context.Context, rep *report) error {
	if b.file == "" {
		b.file = filepath.Join(b.dir, "places.csv")
		if err := writePlaces(b.file, fileRows); err != nil {
			return err
		}
	}
	stele, err := b.startStele(ctx, "stele-files")
	if err != nil {
		return err
	}
	one := &files{binary: b.stele, csv: b.file, out: filepath.Join(b.dir, "sqlite.csv"), agent: stele.agentTable}
	if sqlite3, err := exec.LookPath("sqlite3"); err == nil {
		one.shell = b.sqliteImport(sqlite3)
	} else {
		rep.Absent = append(rep.Absent, "sqlite3 is not on the PATH: not compared")
	}
	if one, err = newFiles(ctx, one); err != nil {
		return fmt.Errorf("preparing files: %w", err)
	}
	suites := []suite{one}
	two, err := b.filesOnPostgres(ctx, rep, one.fields)
	if err != nil {
		return fmt.Errorf("preparing files on PostgreSQL: %w", err)
	}
	if two != nil {
		suites = append(suites, two)
	}
	return b.rounds(ctx, rep, suites)
}

// sqliteImport is an import by SQLite's own shell into a new database.
func (b *bench) sqliteImport(sqlite3 string) side {
	n := 0
	return func(ctx context.Context) (time.Duration, error) {
		n++
		db := filepath.Join(b.dir, fmt.Sprintf("shell-%d.db", n))
		defer func() { _ = os.Remove(db) }()
		return timed(exec.CommandContext(ctx, sqlite3, db, fmt.Sprintf(".import --csv '%s' rows", b.file)))
	}
}

// filesOnPostgres is nil where there is no PostgreSQL.
func (b *bench) filesOnPostgres(ctx context.Context, rep *report, fields []fileField) (*files, error) {
	p, err := b.startPostgres(ctx)
	if err != nil {
		rep.Absent = append(rep.Absent, fmt.Sprintf("no PostgreSQL could be started, so there are no lines of it: %v", err))
		return nil, nil
	}
	in, err := p.installation(ctx)
	if err != nil {
		return nil, err
	}
	f := &files{binary: b.stele, csv: b.file, out: filepath.Join(b.dir, "postgres.csv"), on: ", PostgreSQL"}
	f.agent = func(ctx context.Context, name string) (*agentTable, error) {
		return in.agentTable(ctx, name, tableDraft)
	}
	psql, err := exec.LookPath("psql")
	if err != nil {
		rep.Absent = append(rep.Absent, "psql is not on the PATH: not compared")
		return newFiles(ctx, f)
	}
	url, err := p.server.NewDatabase()
	if err != nil {
		return nil, fmt.Errorf("making a database: %w", err)
	}
	columns, err := b.columns(fields)
	if err != nil {
		return nil, err
	}
	n := 0
	f.shell = func(ctx context.Context) (time.Duration, error) {
		n++
		return timed(exec.CommandContext(ctx, psql, "-X", "-q", "-v", "ON_ERROR_STOP=1",
			"-c", fmt.Sprintf("CREATE TABLE rows%d (%s)", n, columns),
			"-c", fmt.Sprintf(`\copy rows%d FROM '%s' WITH (FORMAT csv, HEADER)`, n, b.file), url))
	}
	return newFiles(ctx, f)
}

// columns are those of the file as PostgreSQL makes them.
func (b *bench) columns(fields []fileField) (string, error) {
	f, err := os.Open(b.file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	names, err := csv.NewReader(f).Read()
	if err != nil {
		return "", fmt.Errorf("reading the header of %s: %w", b.file, err)
	}
	if len(names) != len(fields) {
		return "", fmt.Errorf("%s has %d columns, and its table %d fields", b.file, len(names), len(fields))
	}
	types := map[string]string{"INT": "bigint", "FLOAT": "double precision", "DATETIME": "timestamp", "BOOLEAN": "boolean"}
	var list []string
	for i, name := range names {
		typ := types[fields[i].Type]
		if typ == "" {
			typ = "text"
		}
		list = append(list, `"`+strings.ReplaceAll(name, `"`, `""`)+`" `+typ)
	}
	return strings.Join(list, ", "), nil
}

func timed(cmd *exec.Cmd) (time.Duration, error) {
	start := time.Now()
	err := runQuietly(cmd)
	return time.Since(start), err
}

// writePlaces makes a file like one of postal codes: six columns, two of them fractions.
func writePlaces(path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("making a file of rows: %w", err)
	}
	w := bufio.NewWriter(f)
	_, _ = w.WriteString("code,latitude,longitude,city,state,county\n") // an error stays until Flush
	for i := range rows {
		_, _ = fmt.Fprintf(w, "%05d,%d.%06d,-%d.%06d,Town of %d,S%d,County %d\n", i, 20+i%50, i*7919%1_000_000, 60+i%70, i*104_729%1_000_000, i/3, i%50, i/25)
	}
	err = w.Flush()
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("making a file of rows: %w", err)
	}
	return nil
}
