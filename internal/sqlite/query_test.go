package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	raw "zombiezen.com/go/sqlite"

	"stele"
	"stele/internal/sqlite"
)

// asker opens a store with an agent and a table of so many records.
func asker(tb testing.TB, dir string, records int) stele.Database {
	tb.Helper()
	s, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	now := time.Now()
	a := stele.AgentInfo{ID: stele.NewAgentID(now), Name: "a", Created: stele.MillisOf(now)}
	d := stele.Draft{Name: "t", Description: "for a test", Fields: []stele.DraftField{{Name: "n", Type: "INT"}, {Name: "x", Type: "FLOAT"}, {Name: "at", Type: "DATETIME"}, {Name: "s", Type: "TEXT"}}}
	table, err := stele.NewTable(stele.NewTableID(now), d, stele.DefaultLimits(), a.Created)
	db := s.Database(a.ID)
	if err = errors.Join(err, s.CreateAgent(tb.Context(), a)); err == nil {
		err = db.CreateTable(tb.Context(), table, nil)
	}
	if err != nil {
		tb.Fatal(err)
	}
	const most = 10_000
	for done := 0; done < records; done += most {
		n := min(most, records-done)
		b := &stele.Batch{Task: stele.Task{ID: stele.NewTaskID(now), Table: table.ID, Created: a.Created, Total: n, Success: n}}
		for i := range n {
			b.Rows = append(b.Rows, i+1)
			b.Records = append(b.Records, stele.Record{Values: []stele.Value{
				stele.IntValue(int64(done + i)), stele.FloatValue(float64(i % 100)), stele.DateTimeValue("2026-11-25 13:14:15"), stele.TextValue("some text"),
			}})
		}
		if _, err := db.Import(tb.Context(), table, b, a.Created, nil); err != nil {
			tb.Fatal(err)
		}
	}
	return db
}

func asked(sql string) stele.Question {
	return stele.Question{SQL: sql, MaxRows: 100, MaxBytes: 1 << 16}
}

// TestQueryFunctions holds the functions that are not SQLite's against what PostgreSQL says.
func TestQueryFunctions(t *testing.T) {
	t.Parallel()
	db := asker(t, t.TempDir(), 100)
	for sql, want := range map[string]string{
		"date_trunc('month', at)": "2026-11-01 00:00:00", "date_trunc('week', at)": "2026-11-23 00:00:00", "date_trunc('quarter', at)": "2026-10-01 00:00:00",
		"date_part('year', at)": "2026", "date_part('dow', at)": "3", "to_char(at, 'YYYY-MM-DD HH24:MI:SS')": "2026-11-25 13:14:15",
		"to_char(at, 'Dy DD Mon, \"week\" IW, Q')": "Wed 25 Nov, week 48, 4", "to_char(at, 'FMMonth')": "November",
		"left('abcde', 2)": "ab", "left('abcde', -2)": "abc", "right('abcde', 2)": "de", "right('abcde', -2)": "cde", "left('a', -5)": "",
		"strpos('héllo', 'l')": "3", "split_part('a,b,c', ',', 2)": "b", "split_part('a,b,c', ',', -1)": "c", "split_part('a', ',', 3)": "",
		"initcap('hELLO wORLD')": "Hello World", "reverse('añb')": "bña", "lpad('7', 3, '0')": "007", "rpad('ab', 5, 'xy')": "abxyx", "lpad('abc', 2)": "ab",
		"starts_with('abc', 'ab')": "1", "greatest(1, NULL, 3)": "3", "least('b', 'a')": "a", "btrim('  a ')": "a", "btrim('xxaxx', 'x')": "a",
		"char_length('añb')": "3", "mod(7, -3)": "1", "div(7, 2)": "3", "bool_and(n >= 0)": "1", "bool_or(n < 0)": "0", "every(n > 0)": "0",
		"stddev_pop(x)": "28.86607004772212", "var_samp(n % 2)": "0.25252525252525254", "'Straße' LIKE 'stra_e'": "1", "'a%b' LIKE 'a!%b' ESCAPE '!'": "1", "'axb' LIKE 'a!%b' ESCAPE '!'": "0", "'abcabd' LIKE '%ab_'": "1", "'' LIKE '%'": "1", "left(NULL, 1)": "",
	} {
		a, err := db.Query(t.Context(), asked("SELECT "+sql+" FROM t WHERE n < 100 LIMIT 1"))
		if err != nil || a.Rows[0][0].String() != want {
			t.Errorf("%s is %v, %v; want %s", sql, a, err, want)
		}
	}
}

// TestQueryFaultsOfSQLite holds what is said of mistakes that have other words on other engines.
func TestQueryFaultsOfSQLite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := asker(t, dir, 1)
	for sql, want := range map[string]stele.QueryFault{
		`SELECT "nn" FROM t`:                   {Fault: stele.FaultColumn, Name: "nn"},
		`SELECT 'é', FROM t`:                   {Fault: stele.FaultSyntax, Place: 13},
		`SELECT s ILIKE 'a' FROM t`:            {Fault: stele.FaultSyntax, Detail: "there is no ILIKE: LIKE ignores case here"},
		`SELECT * FROM _tables`:                {Fault: stele.FaultTable, Name: "_tables"},
		`SELECT count(*) FROM sqlite_schema`:   {Fault: stele.FaultTable, Name: "sqlite_schema"},
		`SELECT load_extension('x')`:           {Fault: stele.FaultFunction, Name: "load_extension"},
		`SELECT date_trunc('day', s) FROM t`:   {Fault: stele.FaultType},
		`SELECT json_extract(s, '$.a') FROM t`: {Fault: stele.FaultOther, Detail: "malformed JSON"},
		`SELECT mod(1, 0)`:                     {Fault: stele.FaultOther, Detail: "division by zero"},
		`SELECT length(zeroblob(1000000000))`:  {Fault: stele.FaultMemory},
		`PRAGMA query_only = 0`:                {Fault: stele.FaultRefused},
		`EXPLAIN SELECT 1`:                     {Fault: stele.FaultRefused},
		`SELECT s FROM t WHERE s ILIKE $1`:     {Fault: stele.FaultSyntax, Detail: "there is no ILIKE: LIKE ignores case here"},
	} {
		_, err := db.Query(t.Context(), asked(sql))
		got, ok := errors.AsType[*stele.QueryFault](err)
		if !ok || got.Fault != want.Fault || want.Name != "" && got.Name != want.Name || want.Place != 0 && got.Place != want.Place || want.Detail != "" && got.Detail != want.Detail {
			t.Errorf("%s: %+v, %v; want %+v", sql, got, err, want)
		} else if strings.Contains(err.Error(), dir) {
			t.Errorf("%s: names a folder: %v", sql, err)
		}
	}
}

// TestQueryHints has what PostgreSQL has and SQLite has not: the fault says what to write instead, and that is answered.
func TestQueryHints(t *testing.T) {
	t.Parallel()
	db := asker(t, t.TempDir(), 1)
	for _, c := range []struct{ sql, want, instead string }{
		{"SELECT extract(year FROM at) FROM t", "date_part('year', x)", "SELECT date_part('year', at) FROM t"},
		{"SELECT EXTRACT ( month from at) FROM t", "strftime('%Y', x)", "SELECT strftime('%m', at) FROM t"},
		{"SELECT at + interval '1 day' FROM t", "datetime(x, '+1 day')", "SELECT datetime(at, '+1 day') FROM t"},
		{"SELECT n FROM t WHERE at > now() - INTERVAL '7 days'", "datetime('now', '-7 days')", "SELECT n FROM t WHERE at > datetime('now', '-7 days')"},
		{"SELECT at - interval 1 day FROM t", "datetime(x, '+1 day')", "SELECT datetime(at, '-1 day') FROM t"},
		{"SELECT n FROM t WHERE at >= DATE '2026-01-01'", "stands by itself", "SELECT n FROM t WHERE at >= '2026-01-01'"},
		{"SELECT timestamp '2026-01-01 00:00:00' FROM t", "stands by itself", "SELECT '2026-01-01 00:00:00' FROM t"},
		{"SELECT s ~ '^a' FROM t", "LIKE", "SELECT s LIKE 'a%' FROM t"},
		{"SELECT s !~* '^a' FROM t", "LIKE", "SELECT s NOT LIKE 'a%' FROM t"},
		{"SELECT s REGEXP '^a' FROM t", "LIKE", "SELECT strpos(s, 'a') FROM t"},
		{"SELECT regexp_replace(s, 'a', 'b') FROM t", "substr", "SELECT substr(s, 1, 2) FROM t"},
		{"SELECT s GLOB 'a*' FROM t", "LIKE", "SELECT s LIKE 'a%' FROM t"},
		{"SELECT s SIMILAR TO 'a%' FROM t", "LIKE", "SELECT s LIKE 'a%' FROM t"},
		{"SELECT n::float FROM t", "CAST(x AS type)", "SELECT CAST(n AS float) FROM t"},
		{"SELECT substring(s FROM 1 FOR 2) FROM t", "substr(x, 1, 2)", "SELECT substr(s, 1, 2) FROM t"},
		{"SELECT trim(BOTH 'a' FROM s) FROM t", "btrim(x, 'a')", "SELECT btrim(s, 'a') FROM t"},
	} {
		_, err := db.Query(t.Context(), asked(c.sql))
		if f, ok := errors.AsType[*stele.QueryFault](err); !ok || f.Fault != stele.FaultSyntax && f.Fault != stele.FaultFunction || !strings.Contains(f.Detail, c.want) {
			t.Errorf("%s: %+v, %v; want %q", c.sql, f, err, c.want)
		}
		if _, err := db.Query(t.Context(), asked(c.instead)); err != nil {
			t.Errorf("%s: %v", c.instead, err)
		}
	}
	for sql, fault := range map[string]stele.Fault{
		"SELECT intervall FROM t": stele.FaultColumn, "SELECT date FROM t": stele.FaultColumn, "SELECT n FROM t WHERE": stele.FaultSyntax, "SELECT extrakt(n FROM t": stele.FaultSyntax,
	} {
		_, err := db.Query(t.Context(), asked(sql))
		if f, ok := errors.AsType[*stele.QueryFault](err); !ok || f.Fault != fault || strings.Contains(f.Detail, "write") {
			t.Errorf("%s: %+v, %v; want nothing of what to write instead", sql, f, err)
		}
	}
}

// TestQueryMemory has a worker meet its bound, and another one answer.
func TestQueryMemory(t *testing.T) {
	t.Parallel()
	db := asker(t, t.TempDir(), 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := db.Query(ctx, asked(`WITH RECURSIVE t(n, b) AS MATERIALIZED (SELECT 1, hex(randomblob(400000)) UNION ALL SELECT n+1, hex(randomblob(400000)) FROM t LIMIT 2000)
		SELECT count(*) FROM (SELECT b FROM t ORDER BY b)`))
	if f, ok := errors.AsType[*stele.QueryFault](err); !ok || f.Fault != stele.FaultMemory && f.Fault != stele.FaultTime {
		t.Errorf("a question that needs a gigabyte: %v", err)
	} else {
		t.Log(f)
	}
	if _, err := db.Query(ctx, asked("SELECT 1")); err != nil {
		t.Errorf("the question after it: %v", err)
	}
}

// BenchmarkQuery measures questions against the same statements on a connection of their own, in this process.
func BenchmarkQuery(b *testing.B) {
	dir := b.TempDir()
	db := asker(b, dir, 1_000_000)
	path, err := agentPath(dir)
	if err != nil {
		b.Fatal(err)
	}
	c, err := raw.OpenConn(path, raw.OpenReadOnly)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, q := range []struct{ name, sql string }{
		{"point", "SELECT n, s FROM t WHERE _id = (SELECT min(_id) FROM t)"},
		{"aggregate", "SELECT x, count(*), sum(n), avg(n) FROM t GROUP BY x ORDER BY x"},
		{"scan", "SELECT count(*) FROM t WHERE n % 7 = 3"},
		{"like", "SELECT count(*) FROM t WHERE s LIKE '%text'"},
	} {
		b.Run(q.name+"/worker", func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Query(b.Context(), asked(q.sql)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(q.name+"/bare", func(b *testing.B) {
			s, err := c.Prepare(q.sql)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				for more := true; more; {
					if more, err = s.Step(); err != nil {
						b.Fatal(err)
					}
				}
				if err := s.Reset(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("profile", func(b *testing.B) {
		tables, err := db.Tables(b.Context(), stele.Page{})
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, err := db.Profile(b.Context(), tables[0].Table); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "first-ms")
	})
}

// agentPath is the only agent's file.
func agentPath(dir string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "agents", "*.db"))
	if err == nil && len(paths) != 1 {
		err = errors.New("there is not one agent's file")
	}
	return strings.Join(paths, ""), err
}
