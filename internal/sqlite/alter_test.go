package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"

	"stele"
)

// names lists all tables, indexes and triggers of an agent's file, and of the writer's temporary database.
func names(t *testing.T, db stele.Database) (list []string) {
	t.Helper()
	d := db.(*database)
	must(t, d.use(context.Background(), func(f *agentFile) error {
		return f.writer.write(context.Background(), &op{do: func(c *conn) error {
			return c.query(`SELECT name FROM sqlite_schema UNION ALL SELECT 'temp.' || name FROM sqlite_temp_schema`, func(s *sqlite.Stmt) error {
				if n := s.ColumnText(0); !strings.HasPrefix(n, "sqlite_") {
					list = append(list, n)
				}
				return nil
			})
		}})
	}))
	return list
}

// left lists what is left of copies and of dropped tables.
func left(t *testing.T, db stele.Database) (list []string) {
	t.Helper()
	for _, n := range names(t, db) {
		if strings.HasPrefix(n, copyPrefix) || strings.HasPrefix(n, droppedPrefix) || strings.HasPrefix(n, "temp.") {
			list = append(list, n)
		}
	}
	return list
}

func alteration(t *testing.T, def *stele.Table, list ...stele.RawAlter) *stele.Alteration {
	t.Helper()
	a, err := def.Alter(list, stele.DefaultLimits())
	must(t, err)
	return a
}

func toText(field string) stele.RawAlter {
	return stele.RawAlter{Op: stele.ChangeType, Field: field, Draft: stele.DraftField{Type: "TEXT"}}
}

func TestAlterLeavesNothing(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 12_000)
	before := len(names(t, db))
	for _, a := range [][]stele.RawAlter{{toText("number")}, {{Op: stele.DropField, Field: "price"}, {Op: stele.DropUnique, Field: "code"}}, {{Op: stele.SetUnique, Field: "code"}}} {
		done, err := db.Alter(t.Context(), alteration(t, def, a...), nil)
		if err != nil || done.Refused() {
			t.Fatal(done, err)
		}
		def, err = db.Table(t.Context(), def.ID)
		must(t, err)
	}
	if after := names(t, db); len(after) != before || left(t, db) != nil {
		t.Errorf("the file has %q", after)
	}
	must(t, s.agents.use(t.Context(), db.(*database).id, func(f *agentFile) error {
		return f.writer.conn.query("PRAGMA integrity_check", func(s *sqlite.Stmt) error {
			if s.ColumnText(0) != "ok" {
				t.Error(s.ColumnText(0))
			}
			return nil
		})
	}))
	if n, err := db.DropTable(t.Context(), def, nil); n != 12_000 || err != nil {
		t.Error(n, err)
	}
	if after := names(t, db); len(after) != before-3 || left(t, db) != nil {
		t.Errorf("the file has %q", after)
	}
}

// during runs do as soon as a copy has begun.
func during(t *testing.T, db stele.Database, do func()) {
	t.Helper()
	for left(t, db) == nil {
		if t.Context().Err() != nil {
			t.Fatal("no copy has begun")
		}
	}
	do()
}

func TestAlterIsCancelled(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 15_000)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := db.Alter(ctx, alteration(t, def, toText("number")), nil)
		ended <- err
	}()
	during(t, db, cancel)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the change ended with %v", err)
	}
	if list := left(t, db); list != nil {
		t.Errorf("left: %q", list)
	}
	importN(t, db, def, 15_001, 10) // by the definition from before
}

func TestDropDuringACopy(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 15_000)
	ended := make(chan error)
	go func() {
		_, err := db.Alter(t.Context(), alteration(t, def, toText("number")), nil)
		ended <- err
	}()
	during(t, db, func() {
		if n, err := db.DropTable(t.Context(), def, nil); n != 15_000 || err != nil {
			t.Error(n, err)
		}
	})
	if err := <-ended; !errors.Is(err, stele.ErrTableChanged) {
		t.Errorf("the change ended with %v", err)
	}
	if list := left(t, db); list != nil {
		t.Errorf("left: %q", list)
	}
}

func TestDeleteAgentDuringACopy(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 15_000)
	ended := make(chan error)
	go func() {
		_, err := db.Alter(t.Context(), alteration(t, def, toText("number")), nil)
		ended <- err
	}()
	during(t, db, func() { must(t, s.DeleteAgent(t.Context(), db.(*database).id)) })
	if err := <-ended; stele.ErrorCode(err) != stele.CodeUnauthenticated {
		t.Errorf("the change ended with %v", err)
	}
}

// TestLeftOversAreSwept opens a file that a process has left in the middle of a copy, and of a drop.
func TestLeftOversAreSwept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 100)
	before := names(t, db)
	must(t, s.agents.use(t.Context(), db.(*database).id, func(f *agentFile) error {
		return f.writer.conn.script(`CREATE TABLE "_copy_1" (x); CREATE UNIQUE INDEX "_unique_1_code_2" ON "_copy_1"(x); CREATE TABLE "_dropped_7_2" (y)`)
	}))
	if left(t, db) == nil {
		t.Error("nothing is left to be swept")
	}
	closed(t, s)
	s = openTest(t, dir, Options{})
	db = s.Database(db.(*database).id)
	if after := names(t, db); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the file has %q, want %q", after, before)
	}
	importN(t, db, def, 101, 10)
}

// TestDefaultsAreExact adds a field with each of many numbers as its default.
func TestDefaultsAreExact(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 2)
	for i, n := range []float64{math.SmallestNonzeroFloat64, 2.2250738585072011e-308, math.MaxFloat64, 0.1, 1e22, 8.41e21, 9007199254740993, 1e-7, -1.0 / 3, 6.8985317e-7} {
		a := alteration(t, def, stele.RawAlter{
			Op: stele.AddField, Draft: stele.DraftField{Name: fmt.Sprint("f", i), Type: "FLOAT"},
			Default: stele.Raw{Kind: stele.KindNumber, Text: stele.FloatValue(n).String()},
		})
		_, err := db.Alter(t.Context(), a, nil)
		must(t, err)
		def = a.After
		p, err := db.Records(t.Context(), def, stele.RecordQuery{Limit: 1})
		must(t, err)
		if got := p.Records[0].Values[6+i]; got != stele.FloatValue(n) {
			t.Errorf("the default %g is read as %s", n, got)
		}
	}
	long := strings.Repeat("long ", 1000)
	a := alteration(t, def, stele.RawAlter{Op: stele.AddField, Draft: stele.DraftField{Name: "long", Type: "TEXT"}, Default: stele.Raw{Kind: stele.KindString, Text: long}})
	_, err := db.Alter(t.Context(), a, nil)
	must(t, err)
	must(t, s.agents.use(t.Context(), db.(*database).id, func(f *agentFile) error {
		n, err := f.writer.conn.single(`SELECT max(length(sql)) FROM sqlite_schema`)
		if n > 2000 {
			t.Errorf("a declaration has %d characters", n)
		}
		return err
	}))
}

// TestRecordsComeAndGo: what writers find again and again and no survey does is an answer, not an error of the server's.
func TestRecordsComeAndGo(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 10)
	must(t, db.(*database).use(t.Context(), func(f *agentFile) error {
		return f.writer.write(t.Context(), &op{do: func(c *conn) error { // seen by the writer alone
			name := quote(def.Stored)
			return c.script("CREATE TEMP TABLE " + name + " AS SELECT * FROM main." + name + "; UPDATE temp." + name + " SET title=NULL")
		}})
	}))
	_, err := db.Alter(t.Context(), alteration(t, def, stele.RawAlter{Op: stele.SetRequired, Field: "title"}), nil)
	if stele.ErrorCode(err) != stele.CodeOverloaded {
		t.Errorf("the change ended with %v", err)
	}
}
