package sqlite

import (
	"errors"
	"reflect"
	"strings"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
	"zombiezen.com/go/sqlite"

	"stele"
)

func refusal() *stele.QueryFault {
	return &stele.QueryFault{Fault: stele.FaultRefused, Detail: stele.NotSelect}
}

// onlySelect looks at the first word alone: an EXPLAIN asks its authorizer nothing.
func onlySelect(sql string) *stele.QueryFault {
	at := skipBlank(sql, 0)
	end := at
	for end < len(sql) && (sql[end]|0x20 >= 'a' && sql[end]|0x20 <= 'z') {
		end++
	}
	if word := strings.ToUpper(sql[at:end]); strings.ContainsRune(sql, 0) || word != "SELECT" && word != "WITH" {
		return refusal()
	}
	return nil
}

// skipBlank is the place of the first thing from at on that is neither blank nor a comment.
func skipBlank(sql string, at int) int {
	for at < len(sql) {
		switch rest := sql[at:]; {
		case strings.IndexByte(" \t\n\f\r", rest[0]) >= 0:
			at++
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				return len(sql)
			}
			at += n + 1
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return len(sql)
			}
			at += n + 4
		default:
			return at
		}
	}
	return at
}

// fault says what an error of SQLite means for the question. What is no fault of the question is returned as it is.
func (d *desk) fault(sql string, err error) error {
	if d.failed != nil {
		if errors.Is(d.failed, errMoment) {
			return &stele.QueryFault{Fault: stele.FaultType, Detail: d.failed.Error()}
		}
		return &stele.QueryFault{Fault: stele.FaultOther, Detail: d.failed.Error()}
	}
	cause := err
	for errors.Unwrap(cause) != nil {
		cause = errors.Unwrap(cause)
	}
	code := sqlite.ErrCode(err)
	text := strings.TrimPrefix(cause.Error(), code.Message()+": ")
	f := &stele.QueryFault{Fault: stele.FaultOther, Detail: text}
	if at, ok := sqlite.ErrorOffset(err); ok {
		f.Place = character(sql, at)
	}
	switch code.ToPrimary() {
	case sqlite.ResultInterrupt:
		f.Fault, f.Detail = stele.FaultTime, "it took too long"
		return f
	case sqlite.ResultNoMem, sqlite.ResultTooBig, sqlite.ResultFull:
		f.Fault, f.Detail = stele.FaultMemory, "it needed more memory than it may, or a value grew too long"
		return f
	case sqlite.ResultAuth:
		return d.denied(f)
	case sqlite.ResultError, sqlite.ResultMismatch, sqlite.ResultRange, sqlite.ResultConstraint:
	default:
		if code == sqlite.ResultIOErrNoMem {
			f.Fault, f.Detail = stele.FaultMemory, "it needed more memory than it may"
			return f
		}
		return err
	}
	if d.guard.refused != nil {
		return d.denied(f)
	}
	if text == "incomplete input" { // of which SQLite tells no place
		f.Place = character(sql, len(sql))
	}
	f = read(f, text)
	if at, ok := sqlite.ErrorOffset(err); ok {
		f = hinted(f, sql, at)
	}
	return f
}

// denied says what the guard refused. A table that is not the agent's is not there.
func (d *desk) denied(f *stele.QueryFault) error {
	a := d.guard.refused
	switch {
	case a == nil:
		return refusal()
	case a.Type() == sqlite.OpRead:
		f.Fault, f.Name, f.Detail = stele.FaultTable, a.Table(), "there is no such table"
	case a.Type() == sqlite.OpFunction:
		f.Fault, f.Name, f.Detail = stele.FaultFunction, functionName(*a), "there is no such function"
		f = hinted(f, "", 0)
	default:
		return refusal()
	}
	return f
}

// read takes names out of SQLite's messages, which are the only place where they stand.
func read(f *stele.QueryFault, text string) *stele.QueryFault {
	for _, m := range []struct {
		begin string
		fault stele.Fault
	}{
		{"no such table: ", stele.FaultTable}, {"no such column: ", stele.FaultColumn}, {"no such function: ", stele.FaultFunction},
		{"wrong number of arguments to function ", stele.FaultFunction}, {"not authorized to use function: ", stele.FaultFunction},
		{"no such table-valued function: ", stele.FaultFunction},
	} {
		name, ok := strings.CutPrefix(text, m.begin)
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, " - should")
		name = strings.Trim(strings.TrimSuffix(name, "()"), `"`)
		if m.fault == stele.FaultTable {
			name = strings.TrimPrefix(name, "main.")
		}
		f.Fault, f.Name = m.fault, name
		return f
	}
	switch {
	case strings.Contains(text, "syntax error"), strings.HasPrefix(text, "unrecognized token"), text == "incomplete input":
		if f.Fault = stele.FaultSyntax; f.Place > 0 {
			f.Detail = "" // it would say once more near what
		}
	case strings.HasPrefix(text, "too many "), strings.HasPrefix(text, "Expression tree is too large"), strings.Contains(text, "parser stack overflow"), strings.Contains(text, "at most "):
		f.Fault = stele.FaultMemory
	case strings.HasPrefix(text, "ambiguous column name"):
		f.Detail += ": write it with its table or alias, t.column"
	case strings.HasPrefix(text, "unknown database"):
		f.Fault, f.Name = stele.FaultTable, strings.TrimPrefix(text, "unknown database ")
	case strings.HasPrefix(text, "variable number must be"):
		f.Fault = stele.FaultParams
	}
	return f
}

func statement(s *sqlite.Stmt) uintptr {
	return uintptr(reflect.ValueOf(s).Elem().FieldByName("stmt").Uint())
}

// readOnly reports whether a statement changes nothing and explains nothing.
func readOnly(c *sqlite.Conn, s *sqlite.Stmt) bool {
	t, _ := handles(c)
	return lib.Xsqlite3_stmt_readonly(t, statement(s)) != 0 && lib.Xsqlite3_stmt_isexplain(t, statement(s)) == 0
}

// origin is the table and the column that a column of an answer is taken from; empty if it is computed.
func origin(c *sqlite.Conn, s *sqlite.Stmt, at int) (table, column string) {
	t, _ := handles(c)
	return libc.GoString(lib.Xsqlite3_column_table_name(t, statement(s), int32(at))), libc.GoString(lib.Xsqlite3_column_origin_name(t, statement(s), int32(at)))
}

// columnName is the name of a column of an answer. The driver's own has only the last one of those of one name.
func columnName(c *sqlite.Conn, s *sqlite.Stmt, at int) string {
	t, _ := handles(c)
	return libc.GoString(lib.Xsqlite3_column_name(t, statement(s), int32(at)))
}
