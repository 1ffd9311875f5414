package sqlite

import (
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	lib "modernc.org/sqlite/lib"
	"zombiezen.com/go/sqlite"

	"stele"
)

// desk is a worker's connection to one agent's file.
type desk struct {
	*conn
	guard  *guard
	schema int64                            // the version that fields were read at
	fields map[string]map[string]stele.Type // by stored names of table and column
	failed error                            // what a function of ours met in this question
	last   *sqlite.Stmt                     // the question before, nil if it failed: programs ask the same one with other parameters
	asked  string                           // its SQL
}

// Bounds of what SQLite does for a question.
const (
	leastLength = 1 << 20 // of a value: honest questions read texts that they do not show
	mostDepth   = 100
)

func openDesk(path string) (*desk, error) {
	c, err := openConn(path, sqlite.OpenReadOnly, readerStmts, "PRAGMA query_only=1", "PRAGMA cache_size=-4096", "PRAGMA temp_store=file", // which keepTempFiles has in memory
		"PRAGMA mmap_size=0", "PRAGMA cell_size_check=1")
	if err != nil {
		return nil, err
	}
	d := &desk{conn: c, guard: &guard{names: map[string]bool{}, modules: map[string]bool{}, functions: allowed()}, schema: -1}
	err = c.query(`SELECT lower(name) FROM pragma_module_list`, func(s *sqlite.Stmt) error {
		d.guard.modules[s.ColumnText(0)] = true
		return nil
	})
	if err == nil {
		err = errors.Join(noStrings(c.Conn), register(c.Conn, d.fail), c.SetAuthorizer(d.guard))
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	for limit, most := range map[sqlite.Limit]int32{
		sqlite.LimitSQLLength: stele.MostQuerySQL, sqlite.LimitColumn: 200, sqlite.LimitExprDepth: mostDepth, sqlite.LimitCompoundSelect: 50,
		sqlite.LimitVDBEOp: 25_000, sqlite.LimitFunctionArg: 20, sqlite.LimitAttached: 0, sqlite.LimitLikePatternLength: 1000,
		sqlite.LimitVariableNumber: stele.MostQueryParams, sqlite.LimitTriggerDepth: 1, sqlite.LimitWorkerThreads: 0,
	} {
		c.Limit(limit, most)
	}
	return d, nil
}

// fail ends the statement that runs, for an error of a function.
func (d *desk) fail(err error) {
	if d.failed == nil {
		d.failed = err
	}
	t, handle := handles(d.Conn)
	lib.Xsqlite3_interrupt(t, handle)
}

// answer answers a question of one state of the file.
func (d *desk) answer(q *asked, late <-chan struct{}) (*answered, error) {
	d.SetBusyTimeout(0)
	if err := d.begin(); err != nil {
		return nil, err
	}
	d.Limit(sqlite.LimitLength, int32(max(q.MaxBytes, leastLength)))
	d.SetInterrupt(late)
	a, err := d.run(q)
	d.SetInterrupt(nil)
	d.guard.closed = false
	return a, errors.Join(err, d.exec("ROLLBACK"))
}

// begin begins to read one state, and learns what tables there are in it.
func (d *desk) begin() error {
	if err := d.exec("BEGIN"); err != nil {
		return err
	}
	version, err := d.single("PRAGMA schema_version")
	if err == nil && version != d.schema {
		d.drop()
		err = d.learn(version)
	}
	if err != nil {
		return errors.Join(err, d.exec("ROLLBACK"))
	}
	return nil
}

func (d *desk) learn(version int64) error {
	d.fields, d.guard.names = map[string]map[string]stele.Type{}, map[string]bool{}
	err := d.query(`SELECT name FROM sqlite_schema`, func(s *sqlite.Stmt) error {
		d.guard.names[strings.ToLower(s.ColumnText(0))] = false
		return nil
	})
	if err == nil {
		err = d.query(`SELECT t.stored_name, f.stored_name, f.type FROM _tables t LEFT JOIN _fields f ON f.table_seq = t.seq`, func(s *sqlite.Stmt) error {
			table := s.ColumnText(0)
			if d.fields[table] == nil {
				d.fields[table] = map[string]stele.Type{"_id": stele.Int, "_created_at": stele.Int, "_updated_at": stele.Int}
				if lower := strings.ToLower(table); !reserved(lower) {
					d.guard.names[lower] = true
				}
			}
			if t, ok := stele.ParseType(s.ColumnText(2)); ok {
				d.fields[table][s.ColumnText(1)] = t
			}
			return nil
		})
	}
	if err == nil {
		d.schema = version
	}
	return err
}

// drop lets go of the statement that was kept.
func (d *desk) drop() {
	if d.last != nil {
		_ = d.last.Finalize() // repeats the error of its run
		d.last = nil
	}
}

func (d *desk) close() error {
	d.drop()
	return d.conn.close()
}

// compile compiles the question under guard, unless it is the one before, which was.
func (d *desk) compile(sql string) (*sqlite.Stmt, error) {
	d.guard.closed, d.guard.refused, d.failed = true, nil, nil // SQLite compiles by itself where it finds that it must
	if d.last != nil && d.asked == sql {
		return d.last, nil
	}
	d.drop()
	if fault := onlySelect(sql); fault != nil {
		return nil, fault
	}
	s, rest, err := d.PrepareTransient(sql)
	if err != nil {
		return nil, d.fault(sql, err)
	}
	d.last, d.asked = s, sql
	if at := skipBlank(sql, len(sql)-rest); at < len(sql) {
		return nil, &stele.QueryFault{Fault: stele.FaultRefused, Place: character(sql, at), Detail: stele.NotOneSelect}
	}
	if !readOnly(d.Conn, s) {
		return nil, refusal()
	}
	return s, nil
}

// run runs the question, and reads rows as long as the answer has room.
func (d *desk) run(q *asked) (_ *answered, err error) {
	defer func() {
		if err != nil {
			d.drop()
		}
	}()
	s, err := d.compile(q.SQL)
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = s.Reset()         // repeats the error of its run
		_ = s.ClearBindings() // they may be long
	}()
	if err := bindParams(s, q.Params); err != nil {
		return nil, err
	}
	a := &answered{Columns: make([]stele.Column, s.ColumnCount())}
	for i := range a.Columns {
		table, column := origin(d.Conn, s, i)
		a.Columns[i] = stele.Column{Name: columnName(d.Conn, s, i), Type: d.fields[table][column]}
	}
	for left := q.MaxBytes; ; a.Rows++ {
		more, err := s.Step()
		if err != nil || d.failed != nil { // joined, they would hide SQLite's own words
			return nil, d.fault(q.SQL, err)
		}
		if !more {
			return a, nil
		}
		if a.Rows == q.MaxRows {
			a.Cut = stele.CutRows
			return a, nil
		}
		if left = a.take(s, left); left < 0 {
			a.Cut = stele.CutBytes
			return a, nil
		}
	}
}

// take adds a row, unless it is longer than left. It returns what is left then.
func (a *answered) take(s *sqlite.Stmt, left int) int {
	kinds, numbers, texts := len(a.Kinds), len(a.Numbers), len(a.Texts)
	text := func(t string) {
		a.Kinds, a.Texts = append(a.Kinds, byte(stele.Text)), append(a.Texts, t)
		left -= len(t)
	}
	for i := range a.Columns {
		if left < 0 {
			break
		}
		switch s.ColumnType(i) {
		case sqlite.TypeInteger:
			n := s.ColumnInt64(i)
			a.Kinds, a.Numbers = append(a.Kinds, byte(stele.Int)), append(a.Numbers, n)
			left -= len(strconv.AppendInt(make([]byte, 0, 24), n, 10))
		case sqlite.TypeFloat:
			switch f := s.ColumnFloat(i); {
			case math.IsInf(f, 1):
				text("Infinity")
			case math.IsInf(f, -1):
				text("-Infinity")
			default:
				a.Kinds, a.Numbers = append(a.Kinds, byte(stele.Float)), append(a.Numbers, int64(math.Float64bits(f)))
				left -= len(stele.AppendFloat(make([]byte, 0, 32), f))
			}
		case sqlite.TypeText:
			if left -= s.ColumnLen(i); left >= 0 {
				left += s.ColumnLen(i)
				text(strings.ToValidUTF8(s.ColumnText(i), "\ufffd"))
			}
		case sqlite.TypeBlob:
			if left -= 2 * s.ColumnLen(i); left >= 0 {
				left += 2 * s.ColumnLen(i)
				text(hex.EncodeToString(columnBytes(s, i)))
			}
		default:
			a.Kinds = append(a.Kinds, 0)
		}
	}
	if left < 0 {
		a.Kinds, a.Numbers, a.Texts = a.Kinds[:kinds], a.Numbers[:numbers], a.Texts[:texts]
	}
	return left
}

// bindParams binds by number: SQLite takes $1 for a name, so its place among the parameters says nothing.
func bindParams(s *sqlite.Stmt, params []stele.Raw) error {
	most := 0
	for i := 1; i <= s.BindParamCount(); i++ {
		n, name := i, s.BindParamName(i)
		if name != "" {
			var err error
			if n, err = strconv.Atoi(name[1:]); err != nil || n < 1 || name[0] != '$' && name[0] != '?' {
				return &stele.QueryFault{Fault: stele.FaultParams, Name: name, Detail: "parameters are written $1, $2 and so on"}
			}
		}
		if most = max(most, n); n <= len(params) {
			bindRaw(s, i, params[n-1])
		}
	}
	if most != len(params) {
		return &stele.QueryFault{Fault: stele.FaultParams, Detail: stele.ParamsDetail(most, len(params))}
	}
	return nil
}

func bindRaw(s *sqlite.Stmt, at int, r stele.Raw) {
	switch r.Kind {
	case stele.KindString:
		s.BindText(at, r.Text)
	case stele.KindTrue:
		s.BindBool(at, true)
	case stele.KindFalse:
		s.BindBool(at, false)
	case stele.KindNumber:
		if n, err := strconv.ParseInt(r.Text, 10, 64); err == nil {
			s.BindInt64(at, n)
			return
		}
		f, _ := strconv.ParseFloat(r.Text, 64) // out of range it is an infinity, which compares as it should
		s.BindFloat(at, f)
	default:
		s.BindNull(at)
	}
}

// character counts characters from 1.
func character(sql string, at int) int { return utf8.RuneCountInString(sql[:min(at, len(sql))]) + 1 }
