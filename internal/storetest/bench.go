package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"stele"
)

// RowsVariable names the environment variable that says how many records the large table has; without it those
// benchmarks are left out, since filling the table takes a while.
const RowsVariable = "STELE_BENCH_ROWS"

// Benchmark measures a store: one sub-benchmark for each kind of request, an operation being one request.
func Benchmark(b *testing.B, open Open) {
	b.Run("import of 1000x6, two fields unique", func(b *testing.B) {
		m := newMeasure(b, open)
		for b.Loop() {
			m.importBatch(m.table, m.rows(1000))
		}
		b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("import of 1000x6 with an index for keywords, against one without", benchmarkIndexedImport(open))
	for name, mode := range map[string]stele.Mode{"partial": stele.Partial, "upsert, half of it there": stele.Upsert} {
		b.Run("import of 1000x6, "+name, func(b *testing.B) {
			m := newMeasure(b, open).grow(1000)
			for b.Loop() {
				if mode == stele.Upsert {
					m.next -= 500
				}
				m.importBatch(m.table, onTheirOwn(m.rows(1000), mode))
			}
		})
	}
	b.Run("update of 100 by unique value", func(b *testing.B) {
		m := newMeasure(b, open)
		m.grow(10_000)
		for b.Loop() {
			m.update(m.table, m.changes(100)...)
		}
	})
	b.Run("delete of 1000", func(b *testing.B) {
		m := newMeasure(b, open)
		for b.Loop() {
			b.StopTimer()
			first := m.next
			m.grow(1000)
			var ss []stele.Selector
			for i := range 1000 {
				ss = append(ss, by(m.table, "code", code(first+i)))
			}
			b.StartTimer()
			if n := m.delete(m.table, ss...); n != 1000 {
				b.Fatalf("%d were deleted", n)
			}
		}
	})
	b.Run("page of 100", func(b *testing.B) { newMeasure(b, open).grow(10_000).pages(b) })
	b.Run("import of 10 by 8 at once", func(b *testing.B) {
		m := newMeasure(b, open)
		m.atOnce(b, 8, func() error {
			_, err := m.db.Import(m.Context(), m.table, m.rows(10), m.now, nil)
			return err
		})
	})
	b.Run("update of 1 by 32 at once", func(b *testing.B) {
		m := newMeasure(b, open).grow(10_000)
		m.atOnce(b, 32, func() error {
			_, err := m.db.Update(m.Context(), m.table, m.changes(1), m.now, nil)
			return err
		})
	})
	b.Run("large", func(b *testing.B) { benchmarkLarge(b, open) })
}

// onTheirOwn makes the rows of a batch changes, by their first field where they are upserts.
func onTheirOwn(batch *stele.Batch, mode stele.Mode) *stele.Batch {
	for _, r := range batch.Records {
		r.Values[3] = stele.FloatValue(rand.Float64()) // so that those that are there change
		c := stele.Change{Create: true, NewValues: r.Values}
		for i, v := range r.Values {
			if p := (stele.Pair{Field: i, Value: v}); mode == stele.Upsert && i > 0 {
				c.Set = append(c.Set, p)
			} else if mode == stele.Upsert {
				c.Selector.Pairs = []stele.Pair{p}
			}
		}
		batch.Changes = append(batch.Changes, c)
	}
	batch.Mode, batch.Records, batch.Task.Success = mode, nil, 0
	return batch
}

// benchmarkIndexedImport imports the same rows into a table without an index for keywords and one with it, in turns.
func benchmarkIndexedImport(open Open) func(*testing.B) {
	return func(b *testing.B) {
		m := newMeasure(b, open)
		plain := m.table
		m.indexed = true
		indexed := m.fixture.table("indexed", "code TEXT required unique", "number INT unique", "weight_g INT", "price FLOAT", "fragile BOOLEAN", "shipped_at DATETIME")
		var took [2]time.Duration
		for b.Loop() {
			b.StopTimer()
			rows := m.rows(1000)
			for i, t := range []*stele.Table{plain, indexed} {
				rows.Task = m.task(t, 1000)
				rows.Task.Success = 1000
				b.StartTimer()
				began := time.Now()
				m.importBatch(t, rows)
				took[i] += time.Since(began)
				b.StopTimer()
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(took[0].Microseconds())/float64(b.N), "µs/plain")
		b.ReportMetric(float64(took[1].Microseconds())/float64(b.N), "µs/indexed")
		b.ReportMetric(float64(took[1])/float64(took[0]), "x-plain")
	}
}

// benchmarkLarge measures what must not grow with the table.
func benchmarkLarge(b *testing.B, open Open) {
	rows, err := strconv.Atoi(os.Getenv(RowsVariable))
	if err != nil || rows < 1 {
		b.Skipf("set %s to a number of records, such as 1000000", RowsVariable)
	}
	m := newMeasure(b, open).grow(rows)
	b.Run(fmt.Sprintf("page of 100 at %d", rows), m.pages)
	b.Run(fmt.Sprintf("first page of 100 at %d", rows), func(b *testing.B) {
		for b.Loop() {
			m.page(m.table, stele.RecordQuery{Limit: 100})
		}
	})
	for name, keys := range map[string][]stele.SortKey{"id": nil, "code": {{Column: 0}}, "code, descending": {{Column: 0, Desc: true}}, "price": {{Column: 3}}} {
		q := stele.RecordQuery{Limit: 100, Sort: m.table.WholeOrder(keys)}
		b.Run(fmt.Sprintf("first page of 100 by cursor, in order of %s, at %d", name, rows), func(b *testing.B) {
			for b.Loop() {
				m.page(m.table, q)
			}
		})
		middle := q
		middle.Offset, middle.Limit = int64(rows/2), 1
		q.After = place(q.Sort, m.page(m.table, middle).Records[0])
		b.Run(fmt.Sprintf("page of 100 by cursor from the middle, in order of %s, at %d", name, rows), func(b *testing.B) {
			for b.Loop() {
				m.page(m.table, q)
			}
		})
	}
	benchmarkKeywords(b, open, rows)
	b.Run(fmt.Sprintf("import of 1000x6 at %d", rows), func(b *testing.B) {
		for b.Loop() {
			m.importBatch(m.table, m.rows(1000))
		}
	})
	b.Run(fmt.Sprintf("list of tables at %d", rows), func(b *testing.B) {
		for b.Loop() {
			m.count(m.table)
		}
	})
}

// benchmarkKeywords measures keywords of few hits, a thousand and more, none, and as many as there are records, on a table with an index for
// them and on one without; counted and not.
func benchmarkKeywords(b *testing.B, open Open, rows int) {
	for _, indexed := range []bool{true, false} {
		m := newMeasure(b, open)
		m.indexed = indexed
		m.table = m.fixture.table("searched", "code TEXT required unique", "number INT unique", "weight_g INT", "price FLOAT", "fragile BOOLEAN", "shipped_at DATETIME")
		m.grow(rows)
		for name, keyword := range map[string]string{"one hit": code(rows / 2), "many hits": ".77", "no hit": "PY-0", "every record": "PX-0"} {
			for _, uncounted := range []bool{false, true} {
				b.Run(fmt.Sprintf("keyword of %s at %d, index %t, counted %t", name, rows, indexed, !uncounted), func(b *testing.B) {
					for b.Loop() {
						m.page(m.table, stele.RecordQuery{Limit: 100, Keyword: keyword, Uncounted: uncounted})
					}
				})
			}
		}
	}
}

// measure is a table of parcels that grows by ascending keys.
type measure struct {
	*fixture
	table *stele.Table
	next  int          // the number of the next row
	taken atomic.Int64 // rows that goroutines have numbered, beyond next
}

func newMeasure(b *testing.B, open Open) *measure {
	b.Helper()
	m := &measure{fixture: newFixture(b, open, openAt(b, open, b.TempDir()))}
	m.table = m.fixture.table("parcels", "code TEXT required unique", "number INT unique", "weight_g INT", "price FLOAT", "fragile BOOLEAN", "shipped_at DATETIME")
	return m
}

// code is the unique text of a row; it ascends with the row's number.
func code(i int) string { return fmt.Sprintf("PX-%010d", i) }

// rows makes a batch of rows that the table does not have. It may be called by several goroutines.
func (m *measure) rows(n int) *stele.Batch {
	first := m.next + int(m.taken.Add(int64(n))) - n
	b := &stele.Batch{Task: m.task(m.table, n)}
	b.Task.Success = n
	for i := first; i < first+n; i++ {
		b.Rows = append(b.Rows, i-first+1)
		b.Records = append(b.Records, stele.Record{Values: []stele.Value{
			stele.TextValue(code(i)), stele.IntValue(int64(i)), stele.IntValue(int64(i % 5000)), stele.FloatValue(float64(i%9999) / 100),
			stele.BoolValue(i%3 == 0), stele.DateTimeValue("2026-03-01 08:00:00"),
		}})
	}
	return b
}

// grow imports so many rows.
func (m *measure) grow(n int) *measure {
	m.Helper()
	for n > 0 {
		part := min(n, 1000)
		m.importBatch(m.table, m.rows(part))
		n -= part
	}
	m.next += int(m.taken.Swap(0))
	return m
}

// changes makes changes of records that the table has had since it grew, each addressed by its unique text.
func (m *measure) changes(n int) []stele.Change {
	cs := make([]stele.Change, n)
	for i := range cs {
		cs[i] = change(m.table, by(m.table, "code", code(rand.IntN(m.next))), "weight_g", rand.IntN(5000), "price", 1.5)
	}
	return cs
}

// pages reads pages from all over the table.
func (m *measure) pages(b *testing.B) {
	for b.Loop() {
		p := m.page(m.table, stele.RecordQuery{Offset: rand.Int64N(int64(m.next - 99)), Limit: 100})
		if len(p.Records) != 100 {
			b.Fatalf("a page has %d records", len(p.Records))
		}
	}
}

// atOnce spreads the benchmark's operations over so many goroutines.
func (m *measure) atOnce(b *testing.B, n int, run func() error) {
	b.Helper()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	_, errs := race(n, func(i int) (int, error) {
		for left.Add(-1) >= 0 {
			if err := run(); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	b.StopTimer()
	m.must("of the calls at once", errors.Join(errs...))
}
