package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"stele/internal/pgtest"
)

// scripts reads databases out of files. A script for PostgreSQL is run there, in a database of its own, and its tables are read back.
type scripts struct {
	ctx    context.Context
	server *pgtest.Server
}

// first reads the first file that is there; nil if none is.
func (s *scripts) first(paths []string) ([]*table, error) {
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if strings.HasSuffix(path, ".sqlite") {
			return readFile(path)
		}
		return s.read(path)
	}
	return nil, nil
}

// kindOf is the type of field that a declared type is closest to.
func kindOf(declared string) kind {
	d := strings.ToLower(declared)
	for _, m := range []struct {
		part string
		kind kind
	}{
		{"interval", kindText}, {"point", kindText}, {"char", kindText}, {"text", kindText}, {"clob", kindText}, {"bool", kindBoolean}, {"bit", kindText}, {"int", kindInt},
		{"serial", kindInt}, {"year", kindInt}, {"date", kindDateTime}, {"timestamp", kindDateTime}, {"time", kindText}, {"numeric", kindFloat}, {"number", kindFloat}, {"decimal", kindFloat},
		{"real", kindFloat}, {"doub", kindFloat}, {"floa", kindFloat},
	} {
		if strings.Contains(d, m.part) {
			return m.kind
		}
	}
	return kindText
}

var foreign = regexp.MustCompile(`ALTER TABLE[^;]*FOREIGN KEY[^;]*;`)

// read runs a script for PostgreSQL and reads the tables that it made.
func (s *scripts) read(path string) ([]*table, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	url, err := s.server.NewDatabase()
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(s.ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(s.ctx) }()
	text = foreign.ReplaceAll(text, nil) // between types that differ some cannot be made, and no question needs them
	if _, err := conn.PgConn().Exec(s.ctx, string(text)).ReadAll(); err != nil {
		return nil, fmt.Errorf("running %s: %w", path, err)
	}
	const columns = `SELECT c.table_schema, c.table_name, c.column_name, c.data_type FROM information_schema.columns c JOIN information_schema.tables t
		USING (table_schema, table_name) WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema') AND t.table_type = 'BASE TABLE'
		ORDER BY c.table_schema, c.table_name, c.ordinal_position`
	rows, err := conn.Query(s.ctx, columns)
	if err != nil {
		return nil, err
	}
	var list []*table
	var froms []string
	var schema, name, field, declared string
	if _, err := pgx.ForEachRow(rows, []any{&schema, &name, &field, &declared}, func() error {
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, &table{name: name})
			froms = append(froms, pgx.Identifier{schema, name}.Sanitize())
		}
		t := list[len(list)-1]
		t.columns = append(t.columns, column{field, kindOf(declared)})
		return nil
	}); err != nil {
		return nil, err
	}
	for i, t := range list {
		if err := t.fill(s.ctx, conn, froms[i]); err != nil {
			return nil, fmt.Errorf("reading %s of %s: %w", t.name, path, err)
		}
	}
	return list, nil
}

// fill reads the rows as texts, in the order in which they lie.
func (t *table) fill(ctx context.Context, conn *pgx.Conn, from string) error {
	results, err := conn.PgConn().Exec(ctx, "SELECT * FROM "+from).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range results[0].Rows {
		row := make([]any, len(r))
		for i, cell := range r {
			if cell == nil {
				continue
			}
			if row[i], err = parse(string(cell), t.columns[i].kind); err != nil {
				return err
			}
		}
		t.rows = append(t.rows, row)
	}
	return nil
}

// parse reads a value's text as one of a kind.
func parse(text string, k kind) (any, error) {
	switch k {
	case kindInt:
		return strconv.ParseInt(text, 10, 64)
	case kindFloat:
		return strconv.ParseFloat(text, 64)
	case kindBoolean:
		switch strings.ToLower(text) {
		case "t", "true", "1":
			return true, nil
		case "f", "false", "0":
			return false, nil
		}
		return nil, fmt.Errorf("%q is no BOOLEAN", text)
	case kindDateTime:
		for _, layout := range []string{time.DateTime, time.DateOnly, "2006-01-02 15:04:05Z07", "2006-01-02T15:04:05"} {
			if m, err := time.Parse(layout, text); err == nil {
				return m.UTC().Format(time.DateTime), nil
			}
		}
		return nil, fmt.Errorf("%q is no DATETIME", text)
	}
	return text, nil
}

// readFile reads a file of SQLite. SQLite keeps to no type, so a column whose values are not all of the declared type is a FLOAT, if
// that holds them, and else TEXT.
func readFile(path string) (list []*table, err error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	err = sqlitex.Execute(c, `SELECT t.name, c.name, c.type FROM pragma_table_list t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~'`,
		&sqlitex.ExecOptions{ResultFunc: func(s *sqlite.Stmt) error {
			if name := s.ColumnText(0); len(list) == 0 || list[len(list)-1].name != name {
				list = append(list, &table{name: name})
			}
			t := list[len(list)-1]
			t.columns = append(t.columns, column{s.ColumnText(1), kindOf(s.ColumnText(2))})
			return nil
		}})
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		var texts [][]*string
		err := sqlitex.Execute(c, `SELECT * FROM `+quoted(t.name), &sqlitex.ExecOptions{ResultFunc: func(s *sqlite.Stmt) error {
			row := make([]*string, len(t.columns))
			for i := range row {
				if !s.ColumnIsNull(i) {
					text := strings.ToValidUTF8(s.ColumnText(i), "\ufffd")
					row[i] = &text
				}
			}
			texts = append(texts, row)
			return nil
		}})
		if err != nil {
			return nil, err
		}
		t.take(texts)
	}
	return list, nil
}

// take takes rows of texts, and settles what each column can be.
func (t *table) take(texts [][]*string) {
	t.rows = make([][]any, len(texts))
	for r := range texts {
		t.rows[r] = make([]any, len(t.columns))
	}
	for i := range t.columns {
		for _, k := range []kind{t.columns[i].kind, kindFloat, kindText} {
			if t.columns[i].kind == kindDateTime && k == kindFloat {
				continue
			}
			t.columns[i].kind = k
			if t.column(i, texts) == nil {
				break
			}
		}
	}
}

func (t *table) column(i int, texts [][]*string) (err error) {
	for r, row := range texts {
		if row[i] == nil {
			continue
		}
		if t.rows[r][i], err = parse(*row[i], t.columns[i].kind); err != nil {
			return err
		}
	}
	return nil
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
