package sqlite

import (
	"fmt"
	"testing"
	"time"

	"stele"
)

func openTest(t testing.TB, dir string, opt Options) *Store {
	t.Helper()
	s, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newAgent makes an agent and a table with two unique fields and all types.
func newAgent(t testing.TB, s *Store, name string) (stele.Database, *stele.Table) {
	t.Helper()
	now := time.Now()
	a := stele.AgentInfo{ID: stele.NewAgentID(now), Name: name, Created: stele.MillisOf(now)}
	if err := s.CreateAgent(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	db := s.Database(a.ID)
	return db, newTable6(t, db, "parcels")
}

func newTable6(t testing.TB, db stele.Database, name string) *stele.Table {
	t.Helper()
	now := time.Now()
	def, err := stele.NewTable(stele.NewTableID(now), stele.Draft{Name: name, Description: "d", Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Required: true, Unique: true},
		{Name: "number", Type: "INT", Unique: true},
		{Name: "title", Type: "TEXT"},
		{Name: "price", Type: "FLOAT"},
		{Name: "fragile", Type: "BOOLEAN"},
		{Name: "shipped_at", Type: "DATETIME"},
	}}, stele.DefaultLimits(), stele.MillisOf(now))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.CreateTable(t.Context(), def, nil); err != nil {
		t.Fatal(err)
	}
	def, err = db.Table(t.Context(), def.ID)
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// numbered makes a batch of n records, the first of them number from.
func numbered(def *stele.Table, from, n int) *stele.Batch {
	b := &stele.Batch{Task: stele.Task{ID: stele.NewTaskID(time.Now()), Table: def.ID, Created: 1, Total: n, Success: n}}
	for i := from; i < from+n; i++ {
		b.Records = append(b.Records, stele.Record{Values: []stele.Value{
			stele.TextValue(fmt.Sprintf("PX-%08d", i)), stele.IntValue(int64(i)), stele.TextValue("parcel of many " + fmt.Sprint(i%97)),
			stele.FloatValue(float64(i) / 4), stele.BoolValue(i%2 == 0), stele.DateTimeValue("2026-03-01 08:00:00"),
		}})
		b.Rows = append(b.Rows, i-from+1)
	}
	return b
}

func importN(t testing.TB, db stele.Database, def *stele.Table, from, n int) stele.Task {
	t.Helper()
	task, err := db.Import(t.Context(), def, numbered(def, from, n), 5, nil)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	if task := importN(t, db, def, 1, 250); task.Success != 250 {
		t.Fatalf("task %+v", task)
	}
	task := importN(t, db, def, 240, 20)
	if task.Success != 0 || len(task.Rejections) != 22 {
		t.Fatalf("task %+v", task)
	}
	p, err := db.Records(t.Context(), def, stele.RecordQuery{Offset: 100, Limit: 10})
	if err != nil || p.Total != 250 || len(p.Records) != 10 || p.Records[0].Values[1].Int() != 101 {
		t.Fatalf("%+v %v", p, err)
	}
	if p.Records[0].Values[0] != stele.TextValue("PX-00000101") || p.Records[0].Values[3] != stele.FloatValue(25.25) {
		t.Fatalf("%+v", p.Records[0])
	}
	os, err := db.Update(t.Context(), def, []stele.Change{
		{Selector: stele.Selector{Pairs: []stele.Pair{{Field: 0, Value: stele.TextValue("PX-00000101")}}}, Set: []stele.Pair{{Field: 3, Value: stele.FloatValue(1)}}},
		{Selector: stele.Selector{Pairs: []stele.Pair{{Field: 0, Value: stele.TextValue("PX-1")}}}, Set: []stele.Pair{{Field: 3, Value: stele.FloatValue(1)}}},
		{Selector: stele.Selector{ID: 77}, Create: true, NewID: 77, NewValues: numbered(def, 900, 1).Records[0].Values},
		{Selector: stele.Selector{ID: 77}, Set: []stele.Pair{{Field: 1, Value: stele.IntValue(5)}}},
	}, 6, nil)
	if err != nil || fmt.Sprint(os) != "[{} {record not found} {} {Duplicate entry '5' for key 'parcels.number'}]" {
		t.Fatal(os, err)
	}
	n, err := db.Delete(t.Context(), def, []stele.Selector{{ID: 77}, {ID: 77}, {ID: 78}}, nil)
	if n != 1 || err != nil {
		t.Fatal(n, err)
	}
	p, err = db.Records(t.Context(), def, stele.RecordQuery{Limit: 10, Keyword: "px-0000010"})
	if err != nil || p.Total != 10 {
		t.Fatal(p, err)
	}
	ts, err := db.Tables(t.Context(), stele.Page{})
	if err != nil || len(ts) != 1 || ts[0].Records != 250 {
		t.Fatal(ts, err)
	}
}
