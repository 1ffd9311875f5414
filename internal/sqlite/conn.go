package sqlite

import (
	"container/list"
	"errors"
	"fmt"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"stele"
)

// conn is one connection to one file with the statements prepared on it. It is used by one goroutine at a time.
type conn struct {
	*sqlite.Conn
	path  string
	stmts map[string]*list.Element // by SQL text
	used  *list.List               // of *sqlite.Stmt beside its text, most recent first
	most  int                      // statements kept
}

type kept struct {
	sql   string
	stmt  *sqlite.Stmt
	bound bool // used since forget; something may be bound to it
}

const (
	writerStmts = 96
	readerStmts = 32

	// How long a statement waits for a lock. Within the process nothing makes it wait; another program that
	// reads the file may.
	busyTimeout = 10 * time.Second
)

// openWriter opens the one connection that writes to the file at path, which must exist.
func openWriter(path string) (*conn, error) {
	return openSpelling(path, sqlite.OpenReadWrite, writerStmts,
		"PRAGMA synchronous=FULL", // a commit is on disk when it returns
		"PRAGMA wal_autocheckpoint=10000",
		"PRAGMA journal_size_limit=67108864",
	)
}

// openReader opens a connection that can only read.
func openReader(path string) (*conn, error) {
	return openSpelling(path, sqlite.OpenReadOnly, readerStmts, "PRAGMA query_only=1", "PRAGMA cache_size=-2048")
}

// openSpelling opens a connection that can write a FLOAT as text.
func openSpelling(path string, flags sqlite.OpenFlags, most int, pragmas ...string) (*conn, error) {
	c, err := openConn(path, flags, most, pragmas...)
	if err != nil {
		return nil, err
	}
	if err := c.CreateFunction("_float_text", floatText()); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// floatText is the text form of a FLOAT, for keyword search.
func floatText() *sqlite.FunctionImpl {
	return &sqlite.FunctionImpl{
		NArgs: 1, Deterministic: true,
		Scalar: func(_ sqlite.Context, args []sqlite.Value) (sqlite.Value, error) {
			if args[0].Type() == sqlite.TypeNull {
				return sqlite.Value{}, nil
			}
			return sqlite.TextValue(stele.FloatValue(args[0].Float()).String()), nil
		},
	}
}

func openConn(path string, flags sqlite.OpenFlags, most int, pragmas ...string) (*conn, error) {
	raw, err := sqlite.OpenConn(path, flags)
	if err != nil {
		return nil, damaged(path, err)
	}
	c := &conn{Conn: raw, path: path, stmts: make(map[string]*list.Element), used: list.New(), most: most}
	raw.SetBusyTimeout(busyTimeout)
	if err := configure(raw); err != nil {
		return nil, errors.Join(err, c.close())
	}
	for _, p := range append(pragmas, "PRAGMA trusted_schema=0") {
		if err := c.script(p); err != nil {
			return nil, errors.Join(damaged(path, err), c.close())
		}
	}
	return c, nil
}

// damaged names the file in an error that SQLite met on it, and says so when it is no database at all.
func damaged(path string, err error) error {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultNotADB, sqlite.ResultCorrupt:
		return fmt.Errorf("%s: %w: %w", path, ErrDamaged, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// close finalizes all statements and closes the connection.
func (c *conn) close() error {
	for e := c.used.Front(); e != nil; e = e.Next() {
		_ = e.Value.(*kept).stmt.Finalize() // repeats the error of the statement's last run
	}
	c.used.Init()
	c.stmts = nil
	return c.Conn.Close()
}

// stmt returns the statement of that text, prepared once and ready to be bound. Bindings of its last run may still
// be there. The statements used longest ago are given up, because the texts of updates are as many as sets of fields.
func (c *conn) stmt(sql string) (*sqlite.Stmt, error) {
	if e, ok := c.stmts[sql]; ok {
		c.used.MoveToFront(e)
		k := e.Value.(*kept)
		k.bound = true
		s := k.stmt
		return s, s.Reset()
	}
	s, err := c.Prepare(sql)
	if err != nil {
		return nil, err
	}
	c.stmts[sql] = c.used.PushFront(&kept{sql, s, true})
	if c.used.Len() > c.most {
		last := c.used.Back()
		old := c.used.Remove(last).(*kept)
		delete(c.stmts, old.sql)
		_ = old.stmt.Finalize()
	}
	return s, nil
}

// forget lets go of what is bound to the statements used since it was called last; those stand in front. A text of ten
// megabytes would else stay in memory for each table's statements as long as they are kept.
func (c *conn) forget() {
	for e := c.used.Front(); e != nil && e.Value.(*kept).bound; e = e.Next() {
		k := e.Value.(*kept)
		_ = k.stmt.ClearBindings() // never fails on a statement that is not finalized
		k.bound = false
	}
}

// reset ends every statement that a panic may have left in the middle.
func (c *conn) reset() {
	for e := c.used.Front(); e != nil; e = e.Next() {
		_ = e.Value.(*kept).stmt.Reset()
	}
}

// script runs statements once, without keeping them.
func (c *conn) script(sql string) error {
	for sql = strings.TrimSpace(sql); sql != ""; sql = strings.TrimSpace(sql) {
		s, rest, err := c.PrepareTransient(sql)
		if err != nil {
			return err
		}
		sql = sql[len(sql)-rest:]
		for more := true; more && err == nil; {
			more, err = s.Step()
		}
		_ = s.Finalize() // repeats err
		if err != nil {
			return err
		}
	}
	return nil
}

// exec runs a statement that returns nothing.
func (c *conn) exec(sql string, args ...any) error {
	return c.query(sql, nil, args...)
}

// query runs a statement and hands each row to row. Meant for what is not hot.
func (c *conn) query(sql string, row func(*sqlite.Stmt) error, args ...any) error {
	s, err := c.stmt(sql)
	if err != nil {
		return err
	}
	for i, a := range args {
		bindAny(s, i+1, a)
	}
	for {
		more, err := s.Step()
		if err != nil {
			return err
		}
		if !more {
			return s.Reset()
		}
		if err := row(s); err != nil {
			return errors.Join(err, s.Reset())
		}
	}
}

// runIDs is run for a statement that returns ids, which it appends; or nothing.
func runIDs(s *sqlite.Stmt, ids []int64) ([]int64, error) {
	for {
		row, err := s.Step()
		if err != nil {
			return ids, err
		}
		if !row {
			return ids, s.Reset()
		}
		ids = append(ids, s.ColumnInt64(0))
	}
}

// run steps a bound statement that returns nothing, and makes it ready for the next binding.
func run(s *sqlite.Stmt) error {
	if _, err := s.Step(); err != nil {
		return err
	}
	return s.Reset()
}

// number returns the integer that a bound statement gives, and whether there was one.
func number(s *sqlite.Stmt) (n int64, ok bool, err error) {
	if ok, err = s.Step(); err != nil {
		return 0, false, err
	}
	if ok = ok && !s.ColumnIsNull(0); ok {
		n = s.ColumnInt64(0)
	}
	return n, ok, s.Reset()
}

func bindAny(s *sqlite.Stmt, at int, a any) {
	switch a := a.(type) {
	case nil:
		s.BindNull(at)
	case string:
		s.BindText(at, a)
	case []byte:
		s.BindBytes(at, a)
	case int:
		s.BindInt64(at, int64(a))
	case int64:
		s.BindInt64(at, a)
	case bool:
		s.BindBool(at, a)
	case stele.Millis:
		s.BindInt64(at, int64(a))
	case stele.RecordID:
		s.BindInt64(at, int64(a))
	case stele.AgentID:
		s.BindText(at, string(a))
	case stele.TableID:
		s.BindText(at, string(a))
	case stele.TaskID:
		s.BindText(at, string(a))
	case stele.KeyID:
		s.BindText(at, string(a))
	case stele.SavedID:
		s.BindText(at, string(a))
	case stele.Value:
		bindValue(s, at, a)
	default:
		panic(fmt.Sprintf("sqlite: no binding for %T", a)) // a slip in this package, met by its first test
	}
}

// bindValue binds a value in the form that columns keep.
func bindValue(s *sqlite.Stmt, at int, v stele.Value) {
	switch v.Type() {
	case stele.Text, stele.DateTime:
		s.BindText(at, v.Text())
	case stele.Int:
		s.BindInt64(at, v.Int())
	case stele.Float:
		s.BindFloat(at, v.Float())
	case stele.Boolean:
		s.BindBool(at, v.Bool())
	default:
		s.BindNull(at)
	}
}

// columnValue reads a column that holds values of type t.
func columnValue(s *sqlite.Stmt, at int, t stele.Type) stele.Value {
	if s.ColumnIsNull(at) {
		return stele.Value{}
	}
	switch t {
	case stele.Text:
		return stele.TextValue(s.ColumnText(at))
	case stele.DateTime:
		return stele.DateTimeValue(s.ColumnText(at))
	case stele.Int:
		return stele.IntValue(s.ColumnInt64(at))
	case stele.Float:
		return stele.FloatValue(s.ColumnFloat(at))
	default:
		return stele.BoolValue(s.ColumnBool(at))
	}
}

// columnBytes copies a column's bytes.
func columnBytes(s *sqlite.Stmt, at int) []byte {
	b := make([]byte, s.ColumnLen(at))
	s.ColumnBytes(at, b)
	return b
}

// single returns the one number that a query gives, 0 if it gives none.
func (c *conn) single(sql string, args ...any) (n int64, err error) {
	err = c.query(sql, func(s *sqlite.Stmt) error {
		n = s.ColumnInt64(0)
		return nil
	}, args...)
	return n, err
}
