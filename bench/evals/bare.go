package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// bareTime bounds a question to a bare engine: what takes longer is not accepted.
const bareTime = 20 * time.Second

// An asker answers a question. An error is that of the question.
type asker interface {
	ask(ctx context.Context, sql string) (*answer, error)
}

// An engine is one without Stele.
type engine interface {
	asker
	close() error
}

// The types of columns are those that Stele's stores use (columnTypes of internal/sqlite, columnTypes of internal/postgres).
var (
	sqliteTypes   = map[kind]string{kindText: "TEXT", kindInt: "INTEGER", kindFloat: "REAL", kindDateTime: "TEXT", kindBoolean: "INTEGER"}
	postgresTypes = map[kind]string{kindText: `text COLLATE "C"`, kindInt: "bigint", kindFloat: "double precision", kindDateTime: "timestamp", kindBoolean: "boolean"}
)

func (t *table) create(types map[kind]string) string {
	var fields []string
	for _, c := range t.columns {
		fields = append(fields, quoted(legal(c.name))+" "+types[c.kind])
	}
	return "CREATE TABLE " + quoted(legal(t.name)) + " (" + strings.Join(fields, ", ") + ")"
}

// bareSQLite is SQLite as it comes, with the driver that Stele uses.
type bareSQLite struct{ conn *sqlite.Conn }

func openSQLite(tables []*table) (*bareSQLite, error) {
	c, err := sqlite.OpenConn(":memory:", sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	b := &bareSQLite{c}
	for _, t := range tables {
		if err := b.load(t); err != nil {
			return nil, fmt.Errorf("loading %s: %w", t.name, err)
		}
	}
	return b, sqlitex.ExecuteTransient(c, "PRAGMA query_only=1", nil)
}

func (b *bareSQLite) load(t *table) (err error) {
	if err := sqlitex.ExecuteTransient(b.conn, t.create(sqliteTypes)+" STRICT", nil); err != nil {
		return err
	}
	defer sqlitex.Save(b.conn)(&err)
	insert := "INSERT INTO " + quoted(legal(t.name)) + " VALUES (?" + strings.Repeat(",?", len(t.columns)-1) + ")"
	for _, row := range t.rows {
		if err := sqlitex.Execute(b.conn, insert, &sqlitex.ExecOptions{Args: row}); err != nil {
			return err
		}
	}
	return nil
}

func (b *bareSQLite) ask(ctx context.Context, sql string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, bareTime)
	defer cancel()
	b.conn.SetInterrupt(ctx.Done())
	defer b.conn.SetInterrupt(nil)
	a := &answer{}
	err := sqlitex.ExecuteTransient(b.conn, sql, &sqlitex.ExecOptions{ResultFunc: func(s *sqlite.Stmt) error {
		row := make([]value, s.ColumnCount())
		for i := range row {
			switch s.ColumnType(i) {
			case sqlite.TypeInteger, sqlite.TypeFloat:
				row[i] = value{isNumber, s.ColumnText(i)}
			case sqlite.TypeText:
				row[i] = value{isText, s.ColumnText(i)}
			case sqlite.TypeBlob:
				row[i] = value{isText, fmt.Sprintf("%x", s.ColumnText(i))}
			}
		}
		a.rows = append(a.rows, row)
		return nil
	}})
	return a, err
}

func (b *bareSQLite) close() error { return b.conn.Close() }

// barePostgres is PostgreSQL as it comes.
type barePostgres struct{ conn *pgx.Conn }

func openPostgres(ctx context.Context, url string, tables []*table) (*barePostgres, error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if _, err := c.Exec(ctx, t.create(postgresTypes)); err != nil {
			return nil, fmt.Errorf("making %s: %w", t.name, err)
		}
		insert := "INSERT INTO " + quoted(legal(t.name)) + " VALUES ("
		for i := range t.columns {
			insert += fmt.Sprintf("$%d,", i+1)
		}
		insert = strings.TrimSuffix(insert, ",") + ")"
		for rows := range slices.Chunk(t.rows, 1000) {
			var batch pgx.Batch
			for _, row := range rows {
				batch.Queue(insert, moments(row, t.columns)...)
			}
			if err := c.SendBatch(ctx, &batch).Close(); err != nil {
				return nil, fmt.Errorf("loading %s: %w", t.name, err)
			}
		}
	}
	_, err = c.Exec(ctx, fmt.Sprintf("ANALYZE; SET timezone='UTC'; SET default_transaction_read_only=on; SET statement_timeout=%d", bareTime.Milliseconds()))
	return &barePostgres{c}, err
}

// moments gives DATETIMEs the type that the driver wants for them.
func moments(row []any, columns []column) []any {
	row = slices.Clone(row)
	for i, c := range columns {
		if s, ok := row[i].(string); ok && c.kind == kindDateTime {
			row[i], _ = time.Parse(time.DateTime, s)
		}
	}
	return row
}

var numberTypes = []uint32{pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID}

func (b *barePostgres) ask(ctx context.Context, sql string) (*answer, error) {
	results, err := b.conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	a := &answer{}
	if len(results) != 1 {
		return nil, fmt.Errorf("%d statements", len(results))
	}
	for _, r := range results[0].Rows {
		row := make([]value, len(r))
		for i, cell := range r {
			switch of := results[0].FieldDescriptions[i].DataTypeOID; {
			case cell == nil:
			case slices.Contains(numberTypes, of):
				row[i] = value{isNumber, string(cell)}
			case of == pgtype.BoolOID:
				row[i] = truth(string(cell) == "t")
			default:
				row[i] = value{isText, string(cell)}
			}
		}
		a.rows = append(a.rows, row)
	}
	return a, nil
}

func (b *barePostgres) close() error { return b.conn.Close(context.Background()) }
