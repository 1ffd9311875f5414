package storetest

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"stele"
)

// RunQueries proves how a store answers questions. It is apart from Run because the model in memory speaks no SQL; what is
// asked here is what all engines understand.
func RunQueries(t *testing.T, open Open) {
	shared := openAt(t, open, t.TempDir())
	for _, c := range []testCase{
		{"values come back with their types", queryValues},
		{"an agent without tables is answered", queryEmpty},
		{"parameters are values", queryParams},
		{"columns have their names and types", queryColumns},
		{"the same question again", queryAgain},
		{"answers are cut at rows", queryCutRows},
		{"answers are cut at bytes", queryCutBytes},
		{"joins, groups and windows", queryJoins},
		{"columns of one name all have it", queryEqualColumns},
		{"the SQL that all engines share", queryCommon},
		{"the SQL that engines answer otherwise", queryDiffering},
		{"fields called oid and rowid are asked by their names", queryOwnWords},
		{"tables of names that engines reserve are asked by their names in SQL", queryOddTables},
		{"faults say what is wrong", queryFaults},
		{"questions see a changed table as it is now", queryChanged},
		{"two agents are apart", queryApart},
		{"questions while records are imported", queryWhileWriting},
		{"a question ends with its context", queryCancelled},
		{"a long question ends in time", queryTime},
		{"eight at once", queryTogether},
		{"profiles", queryProfile},
		{"profiles of large tables", queryLargeProfile},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(newFixture(t, open, shared))
		})
	}
	t.Run("attacks", func(t *testing.T) {
		t.Parallel()
		queryAttacks(newFixture(t, open, shared))
	})
}

func question(sql string, params ...stele.Raw) stele.Question {
	return stele.Question{SQL: sql, Params: params, MaxRows: stele.DefaultQueryRows, MaxBytes: stele.DefaultQueryBytes}
}

func (f *fixture) ask(q stele.Question) *stele.Answer {
	f.Helper()
	a, err := f.db.Query(f.Context(), q)
	if err != nil {
		f.Fatalf("%s: %v", q.SQL, err)
	}
	for _, r := range a.Rows {
		if len(r) != len(a.Columns) {
			f.Fatalf("%s: a row of %d values under %d columns", q.SQL, len(r), len(a.Columns))
		}
	}
	return a
}

// answered holds an answer against rows written as showValues writes them.
func (f *fixture) answered(q stele.Question, want ...string) *stele.Answer {
	f.Helper()
	a := f.ask(q)
	got := make([]string, len(a.Rows))
	for i, r := range a.Rows {
		got[i] = showValues(r)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		f.Errorf("%s:\n%s\nwant\n%s", q.SQL, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return a
}

func (f *fixture) fault(q stele.Question, want stele.Fault, name string) (place int) {
	f.Helper()
	a, err := f.db.Query(f.Context(), q)
	fault, ok := errors.AsType[*stele.QueryFault](err)
	switch {
	case err == nil:
		f.Errorf("%s: answered with %d rows, want fault %d", q.SQL, len(a.Rows), want)
	case !ok || fault.Fault != want || name != "" && fault.Name != name:
		f.Errorf("%s: error %v, want fault %d %s", q.SQL, err, want, name)
	}
	if ok {
		place = fault.Place
	}
	return place
}

func queryEqualColumns(f *fixture) {
	a, b := f.table("a", "n INT"), f.table("b", "n INT", "s TEXT")
	f.add(a, row{1})
	f.add(b, row{1, "x"})
	for _, c := range []struct{ sql, want string }{
		{"SELECT a.n, b.n, a.n AS s, s FROM a JOIN b ON a.n = b.n", "n n s s"},
		{"SELECT a.n, b.n FROM a JOIN b ON a.n = b.n UNION SELECT b.n, a.n FROM a JOIN b ON a.n = b.n", "n n"},
		{"SELECT * FROM a JOIN b ON a.n = b.n", "_id n _created_at _updated_at _id n s _created_at _updated_at"},
		{"SELECT * FROM a JOIN b ON a.n = b.n UNION SELECT * FROM a JOIN b ON a.n = b.n", "_id n _created_at _updated_at _id n s _created_at _updated_at"},
	} {
		var names []string
		for _, column := range f.ask(question(c.sql)).Columns {
			names = append(names, column.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			f.Errorf("%s: columns %q, want %q", c.sql, got, c.want)
		}
	}
}

func queryOwnWords(f *fixture) {
	t := f.table("words", "oid INT unique", "rowid TEXT", "_rowid_ FLOAT")
	f.add(t, row{7, "x", 0.5}, row{8, "y", nil})
	f.answered(question("SELECT oid, rowid, w._rowid_ FROM words w WHERE oid < 8 ORDER BY w.oid"), showValues(values(t, row{7, "x", 0.5})))
}

func queryOddTables(f *fixture) {
	for i, name := range oddTables() {
		t := f.table(name, "n INT", "pg_rating TEXT")
		f.add(t, row{i, "R"})
		f.answered(question(`SELECT n, pg_rating, q.pg_rating FROM "`+t.Stored+`" q`), showValues([]stele.Value{stele.IntValue(int64(i)), stele.TextValue("R"), stele.TextValue("R")}))
	}
}

func queryValues(f *fixture) {
	t := f.table("kinds", "code INT unique", "s TEXT", "i INT", "x FLOAT", "d DATETIME", "b BOOLEAN")
	rows := []row{
		{1, "plain", 1, 0.5, "2026-03-01 08:00:00", true},
		{2, "🙂 \"quoted\" 'it' %_\\ \n", int64(math.MaxInt64), 1e308, "0001-01-01 00:00:00", false},
		{3, "", int64(math.MinInt64), -math.SmallestNonzeroFloat64, "9999-12-31 23:59:59", nil},
		{4, nil, nil, nil, nil, nil},
	}
	f.add(t, rows...)
	a := f.ask(question("SELECT code, s, i, x, d, b FROM kinds ORDER BY code"))
	for i, c := range a.Columns {
		if c.Name != t.Fields[i].Name || c.Type != t.Fields[i].Type {
			f.Errorf("column %d is %s %s, want %s %s", i, c.Name, c.Type, t.Fields[i].Name, t.Fields[i].Type)
		}
	}
	for i, r := range rows {
		if got, want := showValues(a.Rows[i]), showValues(values(t, r)); got != want {
			f.Errorf("row %d is %s, want %s", i, got, want)
		}
	}
	a = f.ask(question("SELECT _id, _created_at, _updated_at FROM kinds WHERE code = 1"))
	if a.Columns[0].Type != stele.Int || a.Columns[1].Type != stele.Int || a.Rows[0][0].Int() < 1 {
		f.Errorf("a record's own columns are %+v", a)
	}
	f.answered(question("SELECT count(*) AS n, max(i) AS m, max(s) AS s FROM kinds WHERE code < 3 AND i < 100"), `[INT "1", INT "1", TEXT "plain"]`)
	f.answered(question("SELECT x FROM kinds WHERE x IS NULL"), "[null]")
}

func queryEmpty(f *fixture) {
	f.answered(question("SELECT 1 AS one, 'a' AS a"), `[INT "1", TEXT "a"]`)
	f.answered(question("WITH t AS (SELECT 1 AS a UNION ALL SELECT 2) SELECT a FROM t ORDER BY a;  -- done"), `[INT "1"]`, `[INT "2"]`)
	f.fault(question("SELECT * FROM absent"), stele.FaultTable, "absent")
}

func queryParams(f *fixture) {
	t := f.table("things", "name TEXT", "n INT", "x FLOAT", "ok BOOLEAN")
	f.add(t, row{"a", 1, 0.5, true}, row{"b", 2, 1.5, false}, row{"it's", int64(math.MaxInt64), 2.5, nil})
	text := func(s string) stele.Raw { return stele.Raw{Kind: stele.KindString, Text: s} }
	num := func(s string) stele.Raw { return stele.Raw{Kind: stele.KindNumber, Text: s} }
	f.answered(question("SELECT n FROM things WHERE name = $1", text("it's")), `[INT "9223372036854775807"]`)
	f.answered(question("SELECT name FROM things WHERE n = $2 AND name = $1", text("b"), num("2")), `[TEXT "b"]`)
	f.answered(question("SELECT name FROM things WHERE n = $1", num("9223372036854775807")), `[TEXT "it's"]`)
	f.answered(question("SELECT name FROM things WHERE x > $1 ORDER BY name", num("1.0")), `[TEXT "b"]`, `[TEXT "it's"]`)
	f.answered(question("SELECT name FROM things WHERE ok = $1", stele.Raw{Kind: stele.KindTrue}), `[TEXT "a"]`)
	f.answered(question("SELECT name FROM things WHERE ok = $1", stele.Raw{Kind: stele.KindFalse}), `[TEXT "b"]`)
	f.answered(question("SELECT name FROM things WHERE n = $1", stele.Raw{}))
	f.answered(question("SELECT name FROM things WHERE name = $1 OR name = $1", text("a")), `[TEXT "a"]`)
	f.answered(question("SELECT name FROM things WHERE n > $1 AND n < $2", num("1.5"), num("2.5e0")), `[TEXT "b"]`)
	f.answered(question("SELECT name FROM things WHERE n > $1", num("99999999999999999999")))
	f.answered(question("SELECT n * $1 FROM things WHERE name = 'b'", num("0.25")), `[FLOAT "0.5"]`)
	f.fault(question("SELECT name FROM things WHERE n = $1"), stele.FaultParams, "")
	f.fault(question("SELECT name FROM things WHERE n = $1", num("1"), num("2")), stele.FaultParams, "")
	f.fault(question("SELECT name FROM things WHERE n = $2", num("1")), stele.FaultParams, "")
}

func queryColumns(f *fixture) {
	t := f.table("things", "name TEXT", "n INT", "x FLOAT", "ok BOOLEAN", "at DATETIME")
	f.add(t, row{"a", 1, nil, nil, nil})
	for _, c := range []struct{ sql, want string }{
		{"SELECT name, n, x, ok, at FROM things WHERE n = 2", "name TEXT, n INT, x FLOAT, ok BOOLEAN, at DATETIME"},
		{"SELECT x, ok, at, NULL AS none FROM things", "x FLOAT, ok BOOLEAN, at DATETIME, none "},
		{"SELECT a.n, b.n, b.name AS n, a.x AS y FROM things a JOIN things b ON a.n = b.n", "n INT, n INT, n TEXT, y FLOAT"},
	} {
		var got []string
		for _, col := range f.ask(question(c.sql)).Columns {
			typ := ""
			if col.Type != 0 {
				typ = col.Type.String()
			}
			got = append(got, col.Name+" "+typ)
		}
		if s := strings.Join(got, ", "); s != c.want {
			f.Errorf("%s: columns are %s, want %s", c.sql, s, c.want)
		}
	}
}

// queryAgain asks the same question again, which a store may have kept, when what it is about has changed.
func queryAgain(f *fixture) {
	num := func(s string) stele.Raw { return stele.Raw{Kind: stele.KindNumber, Text: s} }
	first := "SELECT n FROM first WHERE n >= $1 ORDER BY n"
	f.fault(question(first, num("1")), stele.FaultTable, "first")
	t := f.table("first", "n INT")
	f.answered(question(first, num("1")))
	f.add(t, row{1}, row{2}, row{3})
	f.answered(question(first, num("2")), `[INT "2"]`, `[INT "3"]`)
	f.answered(question(first, stele.Raw{})) // nothing of the values before is left
	f.fault(question(first), stele.FaultParams, "")
	q := question(first, num("1"))
	q.MaxRows = 1
	if a := f.ask(q); a.Cut != stele.CutRows {
		f.Errorf("cut %d", a.Cut)
	}
	f.answered(question(first, num("1")), `[INT "1"]`, `[INT "2"]`, `[INT "3"]`)
	f.table("second", "n INT", "name TEXT")
	f.answered(question(first, num("3")), `[INT "3"]`)
	f.answered(question(first, num("3")), `[INT "3"]`)
}

func (f *fixture) numbers(name string, n int) *stele.Table {
	t := f.table(name, "name TEXT", "n INT")
	f.fill(t, n, func(i int) row { return row{"0123456789", i} })
	return t
}

func queryCutRows(f *fixture) {
	f.numbers("many", 100)
	q := question("SELECT n FROM many ORDER BY n")
	for _, c := range []struct {
		most, rows int
		cut        stele.Cut
	}{{1, 1, stele.CutRows}, {99, 99, stele.CutRows}, {100, 100, stele.Whole}, {101, 100, stele.Whole}} {
		q.MaxRows = c.most
		a := f.ask(q)
		if len(a.Rows) != c.rows || a.Cut != c.cut || a.Rows[0][0].Int() != 0 {
			f.Errorf("at most %d rows: %d, cut %d", c.most, len(a.Rows), a.Cut)
		}
	}
}

func queryCutBytes(f *fixture) {
	f.numbers("many", 100)
	q := question("SELECT name FROM many")
	for _, c := range []struct {
		most, rows int
		cut        stele.Cut
	}{{1, 0, stele.CutBytes}, {9, 0, stele.CutBytes}, {10, 1, stele.CutBytes}, {999, 99, stele.CutBytes}, {1000, 100, stele.Whole}} {
		q.MaxBytes = c.most
		if a := f.ask(q); len(a.Rows) != c.rows || a.Cut != c.cut {
			f.Errorf("at most %d bytes: %d rows, cut %d", c.most, len(a.Rows), a.Cut)
		}
	}
}

func queryJoins(f *fixture) {
	a, b := f.table("people", "name TEXT unique", "team INT"), f.table("teams", "code INT unique", "title TEXT")
	f.add(a, row{"Ada", 1}, row{"Ben", 1}, row{"Cyd", 2}, row{"Dan", nil})
	f.add(b, row{1, "red"}, row{2, "blue"}, row{3, "green"})
	f.answered(question("SELECT t.title, count(p.name) AS n FROM teams t LEFT JOIN people p ON p.team = t.code GROUP BY t.title ORDER BY t.title"),
		`[TEXT "blue", INT "1"]`, `[TEXT "green", INT "0"]`, `[TEXT "red", INT "2"]`)
	f.answered(question("WITH x AS (SELECT name, row_number() OVER (PARTITION BY team ORDER BY name) AS r FROM people WHERE team IS NOT NULL) SELECT name FROM x WHERE r = 1 ORDER BY name"),
		`[TEXT "Ada"]`, `[TEXT "Cyd"]`)
	f.answered(question("SELECT upper(name) AS u, CASE WHEN team = 1 THEN 'x' ELSE 'y' END AS c FROM people WHERE name LIKE 'A%' OR name IN ('Cyd') ORDER BY name"),
		`[TEXT "ADA", TEXT "x"]`, `[TEXT "CYD", TEXT "y"]`)
	f.answered(question("SELECT coalesce(p.team, 0) AS t, round(avg(p.team) OVER (), 1) AS a FROM people p ORDER BY p.name LIMIT 1 OFFSET 2"), `[INT "2", FLOAT "1.3"]`)
}

func queryFaults(f *fixture) {
	f.numbers("things", 1)
	f.fault(question("SELECT * FROM thing"), stele.FaultTable, "thing")
	f.fault(question("SELECT nam FROM things"), stele.FaultColumn, "nam")
	f.fault(question("SELECT t.nam FROM things t"), stele.FaultColumn, "t.nam")
	f.fault(question("SELECT shorten(name) FROM things"), stele.FaultFunction, "shorten")
	f.fault(question("SELECT upper(name, 2) FROM things"), stele.FaultFunction, "upper")
	if place := f.fault(question("SELECT FROM FROM things"), stele.FaultSyntax, ""); place < 1 {
		f.Errorf("a syntax error without its place: %+v", place)
	}
	if place := f.fault(question("SELECT 'é' FROM things WHERE"), stele.FaultSyntax, ""); place != 29 {
		f.Errorf("a question that ends too early: place %d, want the end", place)
	}
	for _, sql := range []string{
		"DELETE FROM things", "INSERT INTO things (name) VALUES ('x')", "UPDATE things SET n = 1", "DROP TABLE things",
		"SELECT 1; SELECT 2", "CREATE TABLE a (b int)", "BEGIN",
	} {
		f.fault(question(sql), stele.FaultRefused, "")
	}
	if n := f.ask(question("SELECT count(*) FROM things")).Rows[0][0].Int(); n != 1 {
		f.Errorf("%d records after refusals, want 1", n)
	}
}

func queryApart(f *fixture) {
	g := f.neighbour()
	f.add(f.table("mine", "name TEXT"), row{"f"})
	g.add(g.table("mine", "name TEXT"), row{"g"})
	g.add(g.table("theirs", "name TEXT"), row{"g"})
	for range 3 {
		f.answered(question("SELECT name FROM mine"), `[TEXT "f"]`)
		g.answered(question("SELECT name FROM mine"), `[TEXT "g"]`)
		f.fault(question("SELECT name FROM theirs"), stele.FaultTable, "theirs")
	}
	gone, err := f.store.Database(stele.NewAgentID(f.now.Time())).Query(f.Context(), question("SELECT 1"))
	if stele.ErrorCode(err) != stele.CodeUnauthenticated {
		f.Errorf("an agent that is not there was answered with %v, %v", gone, err)
	}
}

// queryWhileWriting imports tens of records at a time: every answer must show whole imports, and all that were acknowledged.
func queryWhileWriting(f *fixture) {
	t := f.table("log", "n INT")
	const imports, each = 20, 10
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(done)
		for range imports {
			rows := make([]row, each)
			for i := range rows {
				rows[i] = row{i}
			}
			if task, err := f.db.Import(f.Context(), t, f.batch(t, rows...), f.now, nil); err != nil || task.Success != each {
				f.Errorf("importing: %+v, %v", task, err)
				return
			}
		}
	})
	for last, running := int64(0), true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		n := f.ask(question("SELECT count(*) FROM log")).Rows[0][0].Int()
		if n < last || n%each != 0 || !running && n != imports*each {
			f.Errorf("%d records after %d", n, last)
		}
		last = n
	}
	wg.Wait()
}

const endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"

func queryCancelled(f *fixture) {
	ctx, cancel := context.WithCancel(f.Context())
	cancel()
	if _, err := f.db.Query(ctx, question("SELECT 1")); !errors.Is(err, context.Canceled) {
		f.Errorf("a question whose context has ended: %v", err)
	}
	ctx, cancel = context.WithCancel(f.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := f.db.Query(ctx, question(endless)); !errors.Is(err, context.Canceled) {
		f.Errorf("a question whose context ends: %v", err)
	}
	f.answered(question("SELECT 1"), `[INT "1"]`)
}

func queryTime(f *fixture) {
	ctx, cancel := context.WithTimeout(f.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := f.db.Query(ctx, question(endless))
	if fault, ok := errors.AsType[*stele.QueryFault](err); !ok || fault.Fault != stele.FaultTime {
		f.Errorf("an endless question: %v", err)
	}
	f.answered(question("SELECT 1"), `[INT "1"]`)
}

func queryTogether(f *fixture) {
	f.numbers("many", 1000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				a, err := f.db.Query(f.Context(), question("SELECT sum(n) AS s FROM many"))
				if err != nil || a.Rows[0][0].String() != "499500" {
					f.Errorf("%+v, %v", a, err)
				}
			}
		})
	}
	wg.Wait()
}
