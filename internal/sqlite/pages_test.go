package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"

	"stele"
)

// pagesAgree compares every page, in an order that jumps about, with what one scan gives.
func pagesAgree(t *testing.T, db stele.Database, def *stele.Table, size int, rnd *rand.Rand) {
	t.Helper()
	var all []stele.RecordID
	must(t, db.(*database).use(t.Context(), func(f *agentFile) error {
		return f.read(t.Context(), false, func(c *conn) error {
			for id := int64(-1); ; {
				next, err := c.single(`SELECT min(_id) FROM parcels WHERE _id>?`, id)
				if err != nil || next == 0 {
					return err
				}
				all, id = append(all, stele.RecordID(next)), next
			}
		})
	}))
	pages := (len(all)+size-1)/size + 1
	for _, n := range rnd.Perm(pages) {
		p, err := db.Records(t.Context(), def, stele.RecordQuery{Offset: int64(n * size), Limit: size})
		must(t, err)
		from := min(n*size, len(all))
		var got []stele.RecordID
		for _, r := range p.Records {
			got = append(got, r.ID)
		}
		if want := all[from:min(from+size, len(all))]; fmt.Sprint(got) != fmt.Sprint(want) || p.Total != int64(len(all)) {
			t.Fatalf("page %d of %d: %v, want %v", n, p.Total, got, want)
		}
	}
}

// TestDeepPages changes a table between rounds of reading all its pages, so that places remembered from before are wrong
// unless they were given up.
func TestDeepPages(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 400)
	number := 1000
	upsert := func(id stele.RecordID) {
		t.Helper()
		number++
		os, err := db.Update(t.Context(), def, []stele.Change{{
			Selector: stele.Selector{ID: id}, Create: true, NewID: id, NewValues: numbered(def, number, 1).Records[0].Values,
			Set: []stele.Pair{{Field: 2, Value: stele.TextValue("x")}},
		}}, 6, nil)
		if err != nil || os[0].Reason != "" {
			t.Fatal(os, err)
		}
	}
	p, err := db.Records(t.Context(), def, stele.RecordQuery{Limit: 1})
	must(t, err)
	first := p.Records[0].ID
	remove := func(ids ...stele.RecordID) {
		t.Helper()
		var ss []stele.Selector
		for _, id := range ids {
			ss = append(ss, stele.Selector{ID: id})
		}
		if n, err := db.Delete(t.Context(), def, ss, nil); n != len(ids) || err != nil {
			t.Fatal(n, err)
		}
	}
	for _, step := range []func(){
		func() {},
		func() { remove(first + 17) },
		func() { remove(first+100, first+101, first+102, first+250) },
		func() { importN(t, db, def, 2000, 100) },
		func() { upsert(first + 101) }, // into a hole
		func() { remove(first, first+1) },
		func() { upsert(5) },
		func() { remove(first + 499) },
		func() { upsert(math.MaxInt64) },
		func() { importN(t, db, def, 3000, 50) }, // comes before the last one
		func() { remove(math.MaxInt64, 5) },
		func() { importN(t, db, def, 4000, 50) },
	} {
		step()
		pagesAgree(t, db, def, 7, rnd)
	}
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	var as anchors
	if below, above := as.around(3, 50, 1000); below != (anchor{}) || above != (anchor{1000, math.MaxInt64}) {
		t.Errorf("without anchors: %v, %v", below, above)
	}
	for _, offset := range []int64{500, 100, 300, 100} {
		as.add(3, anchor{offset, offset * 10})
	}
	for offset, want := range map[int64][2]int64{50: {0, 100}, 100: {100, 300}, 299: {100, 300}, 300: {300, 500}, 999: {500, 1000}} {
		if below, above := as.around(3, offset, 1000); below.offset != want[0] || above.offset != want[1] {
			t.Errorf("around %d: %v, %v", offset, below, above)
		}
	}
	as.add(2, anchor{700, 7000}) // of a state that is past
	if below, above := as.around(4, 300, 1000); below.offset != 0 || above.offset != 1000 {
		t.Errorf("of another generation: %v, %v", below, above)
	}
	if below, _ := as.around(3, 999, 1000); below.offset != 500 {
		t.Errorf("an old one was taken in: %v", below)
	}
	for offset := range int64(10 * mostAnchors) {
		as.add(4, anchor{offset + 1, offset + 1})
	}
	for i := range int64(4 * mostAnchors) { // far apart
		as.add(4, anchor{1_000_000 * (i + 1), 1_000_000 * (i + 1)})
	}
	if len(as.at) > mostAnchors {
		t.Errorf("%d anchors are kept", len(as.at))
	}
	for offset := int64(8_000_000); offset < 1_000_000*4*mostAnchors; offset += 999_999 {
		if below, _ := as.around(4, offset, math.MaxInt64); offset-below.offset > 8_000_000 {
			t.Fatalf("the next below %d is %v", offset, below)
		}
	}
	as.add(4, anchor{7, 7})
	if below, _ := as.around(4, 8, 10*mostAnchors); below.offset != 7 {
		t.Errorf("the place served last is not remembered: %v", below)
	}
}

// TestAnchorsOfLaterStates asks as a reader whose state of the file is older than the one that left an anchor: records
// were appended in between, which leaves the generation as it is.
func TestAnchorsOfLaterStates(t *testing.T) {
	t.Parallel()
	var as anchors
	as.add(1, anchor{400, 40})
	as.add(1, anchor{1400, 140})
	as.add(1, anchor{1500, 150})
	below, above := as.around(1, 950, 1000)
	if want := (anchor{400, 40}); below != want {
		t.Errorf("below: %v, want %v", below, want)
	}
	if want := (anchor{1000, math.MaxInt64}); above != want {
		t.Errorf("above: %v, want the end of the reader's state, %v", above, want)
	}
}

// TestNothingScans holds the statements of pages, counts and single records against what SQLite makes of them.
func TestNothingScans(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	must(t, db.(*database).use(t.Context(), func(f *agentFile) error {
		tab, err := f.table(t.Context(), def.ID)
		must(t, err)
		unique := []stele.Pair{{Field: 0, Value: stele.TextValue("x")}, {Field: 2, Value: stele.TextValue("y")}}
		for _, sql := range []string{
			tab.forward, tab.backward, tab.hopUp, tab.hopDown, tab.lookup(0), tab.lookup(1), `SELECT max("_id") FROM ` + tab.name,
			`SELECT (SELECT min("_id") FROM parcels), (SELECT max("_id") FROM parcels)`,
			tab.deleteSQL(stele.Selector{ID: 1}), tab.deleteSQL(stele.Selector{Pairs: unique}),
			tab.updateSQL(&stele.Change{Selector: stele.Selector{Pairs: unique}, Set: unique[1:]}),
			"SELECT * FROM parcels" + tab.condition(stele.RecordQuery{Equal: unique, Keyword: "x"}).sql(),
			behindSQL(tab), behindSQL(tab, stele.SortKey{Column: stele.ColumnID, Desc: true}), behindSQL(tab, stele.SortKey{Column: 0}),
			behindSQL(tab, stele.SortKey{Column: 0, Desc: true}, stele.SortKey{Column: 1}),
			`SELECT record_count FROM _tables WHERE seq=?`, `SELECT answer FROM _answers WHERE key=?`,
			`SELECT id FROM _tasks WHERE id=? AND created_at>=?`, taskList(""), taskList("x"),
		} {
			must(t, f.writer.conn.query("EXPLAIN QUERY PLAN "+sql, func(st *sqlite.Stmt) error {
				if plan := st.ColumnText(3); len(plan) > 4 && plan[:4] == "SCAN" && plan != "SCAN CONSTANT ROW" || strings.Contains(plan, "TEMP B-TREE") {
					t.Errorf("%s: %s", sql, plan)
				}
				return nil
			}))
		}
		return nil
	}))
}

// behindSQL is a page by cursor in an order.
func behindSQL(t *table, keys ...stele.SortKey) string {
	q := stele.RecordQuery{Sort: t.WholeOrder(keys)}
	for _, k := range q.Sort {
		if t.ColumnType(k.Column) == stele.Int {
			q.After = append(q.After, stele.IntValue(1))
		} else {
			q.After = append(q.After, stele.TextValue("x"))
		}
	}
	cond := t.condition(q)
	cond.after(q)
	return "SELECT * FROM " + t.name + cond.sql() + t.order(q.Sort) + " LIMIT 1"
}

// TestFarPages reads pages that are several strides away from every place that is known, from both ends.
func TestFarPages(t *testing.T) {
	t.Parallel()
	const n = 10*stride + 1
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	inside(t, db, func(f *agentFile) error { // ids 3, 6, 9, ...
		return f.writer.conn.script(fmt.Sprintf(`
			WITH RECURSIVE s(i) AS (VALUES (1) UNION ALL SELECT i+1 FROM s LIMIT %d)
			INSERT INTO parcels (_id, code, number, _created_at, _updated_at) SELECT 3*i, i, i, 1, 1 FROM s;
			UPDATE _tables SET record_count=%d`, n, n))
	})
	for _, offset := range []int64{7*stride + 3, stride, 3*stride + 17, 3*stride + 10, 9 * stride, n - 1, n - 2*stride, stride + 1, 0, 4*stride - 3} {
		p, err := db.Records(t.Context(), def, stele.RecordQuery{Offset: offset, Limit: 2})
		if err != nil || p.Records[0].ID != stele.RecordID(3*offset+3) || p.Total != n || len(p.Records) != int(min(2, n-offset)) {
			t.Fatalf("the page at %d is %v, %v", offset, p.Records, err)
		}
	}
	inside(t, db, func(f *agentFile) error {
		tab, err := f.table(t.Context(), def.ID)
		if below, _ := tab.anchors.around(0, 3*stride, n); 3*stride-below.offset >= stride || below.id != 3*below.offset {
			t.Errorf("the way to a far page left %v", below)
		}
		return err
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	inside(t, db, func(f *agentFile) error {
		return f.read(t.Context(), false, func(c *conn) error {
			tab := newTable(1, def)
			if _, err := tab.page(ctx, c, 5*stride, 1); !errors.Is(err, context.Canceled) {
				t.Errorf("a caller who has gone still walks: %v", err)
			}
			return nil
		})
	})
}
