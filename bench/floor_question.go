package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
	"zombiezen.com/go/sqlite"
)

// floorConns is how many connections the floor of questions has, as many callers as there are.
const floorConns = 4

// questionFloor is a bare handler that runs a question as a statement prepared once on each of its connections: no key, no guard, no
// bound, no log. It is asked with the same bodies as the server.
type questionFloor struct {
	ask   func(ctx context.Context, sql string, params []any) ([][]any, error)
	close func() error
}

// ServeHTTP answers a question with its rows.
func (f *questionFloor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		SQL    string
		Params []any
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &q)
	}
	var rows [][]any
	if err == nil {
		rows, err = f.ask(r.Context(), q.SQL, q.Params)
	}
	var b []byte
	if err == nil {
		b, err = json.Marshal(map[string]any{"rows": rows})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(b) // the caller notices a short answer by its length
}

// serveQuestionFloor is the child process of the floor on a file of SQLite or a database of PostgreSQL.
func serveQuestionFloor(ctx context.Context, engine, source string, in io.Reader, out io.Writer) (err error) {
	open := sqliteQuestions
	if engine == "postgres" {
		open = postgresQuestions
	}
	f, err := open(ctx, source)
	if err != nil {
		return fmt.Errorf("opening the floor of questions: %w", err)
	}
	defer func() { err = errors.Join(err, f.close()) }()
	return serveChild(ctx, f, "", in, out)
}

func sqliteQuestions(_ context.Context, path string) (*questionFloor, error) {
	conns := make(chan *sqlite.Conn, floorConns)
	for range floorConns {
		c, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
		if err != nil {
			return nil, err
		}
		conns <- c
	}
	ask := func(_ context.Context, sql string, params []any) ([][]any, error) {
		c := <-conns
		defer func() { conns <- c }()
		s, err := c.Prepare(sql) // the driver keeps what it has prepared
		if err != nil {
			return nil, err
		}
		for i, p := range params {
			s.BindText(i+1, fmt.Sprint(p))
		}
		rows := [][]any{}
		for {
			more, err := s.Step()
			if err != nil || !more {
				return rows, errors.Join(err, s.Reset())
			}
			row := make([]any, s.ColumnCount())
			for i := range row {
				switch s.ColumnType(i) {
				case sqlite.TypeInteger:
					row[i] = s.ColumnInt64(i)
				case sqlite.TypeFloat:
					row[i] = s.ColumnFloat(i)
				case sqlite.TypeText:
					row[i] = s.ColumnText(i)
				}
			}
			rows = append(rows, row)
		}
	}
	return &questionFloor{ask, func() error {
		var errs []error
		for range floorConns {
			errs = append(errs, (<-conns).Close())
		}
		return errors.Join(errs...)
	}}, nil
}

func postgresQuestions(ctx context.Context, url string) (*questionFloor, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = floorConns
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	ask := func(ctx context.Context, sql string, params []any) ([][]any, error) {
		rs, err := pool.Query(ctx, sql, params...)
		if err != nil {
			return nil, err
		}
		defer rs.Close()
		rows := [][]any{}
		for rs.Next() {
			row, err := rs.Values()
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
		return rows, rs.Err()
	}
	return &questionFloor{ask, func() error { pool.Close(); return nil }}, nil
}
