package sqlite

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"

	"stele"
)

// inside runs f on an agent's open file.
func inside(t *testing.T, db stele.Database, f func(*agentFile) error) {
	t.Helper()
	must(t, db.(*database).use(t.Context(), f))
}

func nextID(t *testing.T, db stele.Database) (id int64) {
	t.Helper()
	inside(t, db, func(f *agentFile) (err error) {
		id, err = f.writer.conn.single("SELECT next_id FROM _tables")
		return err
	})
	return id
}

// make makes a record with an id of its own.
func makeID(t *testing.T, db stele.Database, def *stele.Table, id int64, number int) {
	t.Helper()
	os, err := db.Update(t.Context(), def, []stele.Change{{
		Selector: stele.Selector{ID: stele.RecordID(id)}, Create: true, NewID: stele.RecordID(id),
		NewValues: numbered(def, number, 1).Records[0].Values,
	}}, 6, nil)
	if err != nil || os[0].Reason != "" {
		t.Fatal(os, err)
	}
}

func ids(t *testing.T, db stele.Database, def *stele.Table) (list []int64) {
	t.Helper()
	p, err := db.Records(t.Context(), def, stele.RecordQuery{Limit: 1000})
	must(t, err)
	for _, r := range p.Records {
		list = append(list, int64(r.ID))
	}
	return list
}

func TestIDsSkipThoseTaken(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	n := nextID(t, db)
	for i, id := range []int64{n + 1, n + 2, n + 5} {
		makeID(t, db, def, id, 100+i)
	}
	if next := nextID(t, db); next != n {
		t.Errorf("ids given by callers moved the next one from %d to %d", n, next)
	}
	importN(t, db, def, 1, 4)
	if got, want := ids(t, db, def), []int64{n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("ids %v, want %v", got, want)
	}
	if next := nextID(t, db); next != n+7 {
		t.Errorf("the next id is %d, want %d", next, n+7)
	}
	inside(t, db, func(f *agentFile) error { // a table that has nearly used its ids up
		return f.writer.conn.exec("UPDATE _tables SET next_id=?", int64(math.MaxInt64-2))
	})
	makeID(t, db, def, math.MaxInt64-1, 200)
	importN(t, db, def, 10, 2)
	if got := ids(t, db, def); got[len(got)-1] != math.MaxInt64 || got[len(got)-3] != math.MaxInt64-2 {
		t.Errorf("the last ids are %v", got)
	}
	if _, err := db.Import(t.Context(), def, numbered(def, 20, 1), 5, nil); err == nil || stele.ErrorCode(err) != stele.CodeInternal {
		t.Errorf("an import without ids left: %v", err)
	}
	inside(t, db, func(f *agentFile) error {
		n, err := f.writer.conn.single("SELECT (SELECT record_count FROM _tables) - (SELECT count(*) FROM parcels)")
		if n != 0 {
			t.Errorf("the count is off by %d", n)
		}
		return err
	})
}

// TestImportOnAFullDisk makes every part of an import fail in its turn.
func TestImportOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 100)
	once := &stele.Once[stele.Task]{Key: "k", Answer: func(stele.Task) []byte { return []byte("a") }}
	failed := 0
	for extra := int64(0); ; extra++ {
		inside(t, db, func(f *agentFile) error {
			pages, err := f.writer.conn.pragma("page_count")
			if err != nil {
				return err
			}
			return f.writer.conn.script(fmt.Sprintf("PRAGMA max_page_count=%d", pages+extra))
		})
		b := numbered(def, 1000, 500)
		_, err := db.Import(t.Context(), def, b, 5, once)
		if err == nil {
			break
		}
		failed++
		if sqlite.ErrCode(err) != sqlite.ResultFull || stele.ErrorCode(err) != stele.CodeInternal {
			t.Fatalf("with %d pages: %v", extra, err)
		}
		ts, terr := db.Tables(t.Context(), stele.Page{})
		tasks, kerr := db.Tasks(t.Context(), []stele.TaskID{b.Task.ID}, 0)
		answer, aerr := db.Answered(t.Context(), "k", stele.Fingerprint{})
		if err := errors.Join(terr, kerr, aerr); err != nil || ts[0].Records != 100 || len(ids(t, db, def)) != 100 || len(tasks) > 0 || answer != nil {
			t.Fatalf("with %d pages something is left: %d records, %v, %q, %v", extra, ts[0].Records, tasks, answer, err)
		}
	}
	if failed < 3 {
		t.Errorf("it failed %d times only", failed)
	}
	if ts, err := db.Tables(t.Context(), stele.Page{}); err != nil || ts[0].Records != 600 {
		t.Errorf("in the end: %v, %v", ts, err)
	}
}

// TestPurge keeps tasks and answers for their time and clears them away little by little afterwards.
func TestPurge(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	begin := stele.MillisOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	number := 0
	write := func(now stele.Millis) stele.TaskID {
		t.Helper()
		number++
		b := numbered(def, number, 1)
		b.Task.ID, b.Task.Created = stele.NewTaskID(now.Time()), now
		_, err := db.Import(t.Context(), def, b, now, &stele.Once[stele.Task]{
			Key: fmt.Sprint(number), At: now, Answer: func(stele.Task) []byte { return []byte("answer") },
		})
		must(t, err)
		return b.Task.ID
	}
	count := func() (tasks, answers int64) {
		t.Helper()
		inside(t, db, func(f *agentFile) (err error) {
			if tasks, err = f.writer.conn.single("SELECT count(*) FROM _tasks"); err != nil {
				return err
			}
			answers, err = f.writer.conn.single("SELECT count(*) FROM _answers")
			return err
		})
		return tasks, answers
	}
	for i := range 120 {
		write(begin + stele.Millis(i))
	}
	last := begin + 119
	write(begin + stele.OnceRetention) // the first one is at the end of its time and not past it
	if tasks, answers := count(); tasks != 121 || answers != 121 {
		t.Errorf("after a write in time there are %d tasks, %d answers", tasks, answers)
	}
	soon := last + stele.OnceRetention + purgeEvery
	write(soon)
	if tasks, answers := count(); tasks != 122 || answers != 72 {
		t.Errorf("one write later there are %d tasks, %d answers", tasks, answers)
	}
	write(soon)
	write(soon)
	if tasks, answers := count(); tasks != 124 || answers != 4 {
		t.Errorf("three writes later there are %d tasks, %d answers", tasks, answers)
	}
	for i := range stele.Millis(3) {
		write(last + stele.TaskRetention + i)
	}
	tasks, _ := count()
	if tasks != 7 {
		t.Errorf("a month later there are %d tasks", tasks)
	}
	late := write(last + stele.TaskRetention + 1 + purgeEvery)
	if ts, err := db.Tasks(t.Context(), []stele.TaskID{late}, 0); err != nil || len(ts) != 1 {
		t.Errorf("the last task: %v, %v", ts, err)
	}
}

func TestStatementsAreGivenUp(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	now := time.Now()
	db, _ := newAgent(t, s, "a")
	d := stele.Draft{Name: "wide", Description: "d"}
	for i := range 200 {
		d.Fields = append(d.Fields, stele.DraftField{Name: fmt.Sprint("f", i), Type: "INT", Unique: i%2 == 0})
	}
	def, err := stele.NewTable(stele.NewTableID(now), d, stele.DefaultLimits(), stele.MillisOf(now))
	must(t, err)
	must(t, db.CreateTable(t.Context(), def, nil))
	row := func(n int) (vs []stele.Value) {
		for i := range 200 {
			vs = append(vs, stele.IntValue(int64(n*1000+i)))
		}
		return vs
	}
	var cs []stele.Change
	for i := range 100 { // every one another statement, with creations and conflicts between
		sel := stele.Selector{Pairs: []stele.Pair{{Field: 2 * i, Value: stele.IntValue(int64(1000 + 2*i))}}}
		cs = append(cs, stele.Change{Selector: sel, Set: []stele.Pair{{Field: 1, Value: stele.IntValue(int64(i))}}})
		if i%10 == 0 {
			cs = append(cs,
				stele.Change{Selector: stele.Selector{ID: stele.RecordID(i + 1)}, Create: true, NewID: stele.RecordID(i + 1), NewValues: row(50 + i), Set: []stele.Pair{{Field: 1, Value: stele.IntValue(3)}}},
				stele.Change{Selector: sel, Set: []stele.Pair{{Field: 198, Value: stele.IntValue(50*1000 + 198)}}})
		}
	}
	_, err = db.Import(t.Context(), def, &stele.Batch{Records: []stele.Record{{Values: row(1)}}, Rows: []int{1}, Task: stele.Task{ID: stele.NewTaskID(now), Total: 1, Success: 1}}, 5, nil)
	must(t, err)
	os, err := db.Update(t.Context(), def, cs, 6, nil)
	must(t, err)
	for i, o := range os {
		if conflict := len(cs[i].Set) == 1 && cs[i].Set[0].Field == 198; conflict != strings.HasPrefix(o.Reason, "Duplicate entry '50198' for key 'wide.f198'") || !conflict && o.Reason != "" {
			t.Errorf("change %d: %q", i, o.Reason)
		}
	}
	inside(t, db, func(f *agentFile) error {
		if n := f.writer.conn.used.Len(); n != writerStmts || len(f.writer.conn.stmts) != n {
			t.Errorf("%d statements are kept", n)
		}
		return nil
	})
}

// TestRejectionsAreKept reads back what a task says to the character.
func TestRejectionsAreKept(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	b := numbered(def, 1, 1)
	b.Task.Total = 4
	b.Task.Rejections = []stele.Rejection{{Row: 2, Reason: "<a> & \"b\" \u2028 日本"}, {From: 3, To: 4, Reason: ""}}
	if _, err := db.Import(t.Context(), def, b, 5, nil); err != nil {
		t.Fatal(err)
	}
	got, err := db.Tasks(t.Context(), []stele.TaskID{b.Task.ID}, 0)
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", []stele.Task{b.Task}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestNothingStaysBound: a statement is kept for the next time, but not what was bound to it, which may be megabytes.
func TestNothingStaysBound(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, _ := newAgent(t, s, "a")
	const sql = `SELECT length(?1)`
	bind := func(c *conn) error {
		st, err := c.stmt(sql)
		if err != nil {
			return err
		}
		st.BindText(1, "a long text")
		n, ok, err := number(st)
		if n != 11 || !ok {
			t.Errorf("bound: %d, %t", n, ok)
		}
		return err
	}
	look := func(c *conn) error {
		st, err := c.stmt(sql)
		if err != nil {
			return err
		}
		if n, ok, _ := number(st); ok {
			t.Errorf("%d letters are still bound", n)
		}
		return nil
	}
	must(t, db.(*database).use(t.Context(), func(f *agentFile) error {
		for _, do := range []func(*conn) error{bind, look} {
			must(t, f.writer.write(t.Context(), &op{do: do}))
			must(t, f.read(t.Context(), false, do)) // the same connection both times: it is the only spare one
		}
		return nil
	}))
}

func TestConflictIsTheOtherRecords(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 2)
	os, err := db.Update(t.Context(), def, []stele.Change{{
		Selector: stele.Selector{Pairs: []stele.Pair{{Field: 1, Value: stele.IntValue(1)}}},
		Set: []stele.Pair{ // the first value is its own already, the second one another's
			{Field: 0, Value: stele.TextValue("PX-00000001")}, {Field: 1, Value: stele.IntValue(2)},
		},
	}}, 6, nil)
	if err != nil || os[0].Reason != "Duplicate entry '2' for key 'parcels.number'" {
		t.Errorf("%v, %v", os, err)
	}
}

func TestNilAnswerIsNotKept(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	for _, answer := range [][]byte{nil, {}} {
		for i := range 2 {
			n, err := db.Delete(t.Context(), def, []stele.Selector{{ID: 1}}, &stele.Once[int]{Key: "k", Answer: func(int) []byte { return answer }})
			if replayed := errors.As(err, new(*stele.Replay)); n != 0 || replayed != (answer != nil && i == 1) || err != nil && !replayed {
				t.Errorf("answer %v, time %d: %d, %v", answer, i+1, n, err)
			}
		}
	}
}
