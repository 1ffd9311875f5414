package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"

	"stele"
)

// newIndexed is newAgent with a keyword index.
func newIndexed(t testing.TB, s *Store) (stele.Database, *stele.Table) {
	t.Helper()
	db, def := newAgent(t, s, "a")
	indexed := *def
	indexed.ID, indexed.Name, indexed.Stored, indexed.KeywordIndex = stele.NewTableID(time.Now()), "indexed", "indexed", true
	if err := db.CreateTable(t.Context(), &indexed, nil); err != nil {
		t.Fatal(err)
	}
	return db, &indexed
}

// within runs f on the writer of the agent's file, as a write does.
func within(t testing.TB, db stele.Database, def *stele.Table, f func(*conn, *table) error) {
	t.Helper()
	d := db.(*database)
	if _, err := write(t.Context(), d, def, nil, change[int]{rows: 1, do: func(c *conn, t *table) (int, error) { return 0, f(c, t) }}); err != nil {
		t.Fatal(err)
	}
}

// TestIndexHoldsNoMore: what is no longer in a record is no longer in the index. No answer would show it, for the records are looked at.
func TestIndexHoldsNoMore(t *testing.T) {
	t.Parallel()
	db, def := newIndexed(t, openTest(t, t.TempDir(), Options{}))
	importN(t, db, def, 1, 100)
	set := func(i int, text string) stele.Change {
		return stele.Change{Selector: stele.Selector{Pairs: []stele.Pair{{Field: 0, Value: stele.TextValue(fmt.Sprintf("PX-%08d", i))}}}, Set: []stele.Pair{{Field: 2, Value: stele.TextValue(text)}}}
	}
	if _, err := db.Update(t.Context(), def, []stele.Change{set(1, "quince"), set(2, "medlar"), set(1, "sorb")}, 6, nil); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Delete(t.Context(), def, []stele.Selector{set(2, "").Selector, set(50, "").Selector}, nil); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	for keyword, want := range map[string]int64{"quince": 0, "medlar": 0, "sorb": 1, "px-00000050": 0, "parcel": 97} {
		within(t, db, def, func(c *conn, tb *table) error {
			n, err := c.single("SELECT count(*) FROM "+tb.index+" WHERE "+tb.index+" MATCH ?", tb.match(keyword))
			if n != want {
				t.Errorf("the index has %d records with %q, want %d", n, keyword, want)
			}
			return err
		})
	}
	within(t, db, def, func(c *conn, tb *table) error {
		if err := c.exec("INSERT INTO " + tb.index + "(" + tb.index + ") VALUES ('integrity-check')"); err != nil {
			return err
		}
		return dropKeyword(c, tb)
	})
	within(t, db, def, func(c *conn, tb *table) error {
		n, err := c.single(`SELECT count(*) FROM sqlite_schema WHERE name LIKE '\_keyword%' ESCAPE '\'`)
		if n != 0 || err != nil {
			t.Errorf("the index is dropped, and there are %d parts of it, %v", n, err)
		}
		if err := buildKeyword(c, tb); err != nil {
			return err
		}
		if n, err = c.single("SELECT count(*) FROM "+tb.index+" WHERE "+tb.index+" MATCH ?", tb.match("parcel")); n != 97 {
			t.Errorf("built anew, the index has %d records, want 97", n)
		}
		return err
	})
}

// TestIndexLeads: a search goes through the index in its order, record by record.
func TestIndexLeads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, def := newIndexed(t, openTest(t, dir, Options{}))
	importN(t, db, def, 1, 10)
	paths, err := filepath.Glob(filepath.Join(dir, "agents", "*.db"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	c, err := openReader(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.close() }()
	tb := newTable(2, def)
	for _, q := range []stele.RecordQuery{{}, {Sort: []stele.SortKey{{Column: stele.ColumnID, Desc: true}}, After: []stele.Value{stele.IntValue(5)}}} {
		q.Keyword = "parcel"
		cond := tb.condition(q)
		cond.after(q)
		var plan strings.Builder
		err := c.query("EXPLAIN QUERY PLAN SELECT 1 FROM "+cond.table.source+cond.sql()+cond.table.order(q.Sort)+" LIMIT 9", func(s *sqlite.Stmt) error {
			plan.WriteString(s.ColumnText(3) + "\n")
			return nil
		})
		if got := plan.String(); err != nil || !strings.HasPrefix(got, "SCAN _keyword_2 VIRTUAL TABLE") || strings.Contains(got, "TEMP B-TREE") || !strings.Contains(got, "SEARCH indexed USING INTEGER PRIMARY KEY") {
			t.Errorf("%+v is read so: %s %v", q, got, err)
		}
	}
}

// BenchmarkBuildKeyword builds the index of a table that is there, and tells its size.
func BenchmarkBuildKeyword(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db, def := newIndexed(b, openTest(b, b.TempDir(), Options{}))
			for from := 1; from <= n; from += 1000 {
				importN(b, db, def, from, 1000)
			}
			for b.Loop() {
				b.StopTimer()
				within(b, db, def, dropKeyword)
				b.StartTimer()
				within(b, db, def, buildKeyword)
			}
			within(b, db, def, func(c *conn, t *table) error {
				size, err := c.single("SELECT sum(length(block)) FROM " + quote(strings.Trim(t.index, `"`)+"_data"))
				b.ReportMetric(float64(size)/1e6, "MB")
				return err
			})
		})
	}
}
