package sqlite

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"

	"stele"
)

// The floor of each benchmark is a bare loop of the same prepared statements on the same driver with the same settings,
// run in turns with the store. "x-bare" is the ratio of the medians.

// against times ours and bare in turns, after prepare. Each is handed a number that grows.
func against(b *testing.B, prepare, ours, bare func(i int)) {
	b.Helper()
	var times [2][]time.Duration
	i := 0
	for b.Loop() {
		prepare(i)
		for k, f := range []func(int){ours, bare} {
			began := time.Now()
			f(i)
			times[k] = append(times[k], time.Since(began))
		}
		i++
	}
	median := func(ds []time.Duration) float64 {
		slices.Sort(ds)
		return float64(ds[len(ds)/2].Nanoseconds())
	}
	b.ReportMetric(median(times[0])/1e3, "µs/ours")
	b.ReportMetric(median(times[1])/1e3, "µs/bare")
	b.ReportMetric(median(times[0])/median(times[1]), "x-bare")
}

// bareFile is an agent's file of its own, with the same table, used without the store.
type bareFile struct {
	b *testing.B
	c *conn
	t *table
}

func newBare(b *testing.B) *bareFile {
	b.Helper()
	path := b.TempDir() + "/bare.db"
	if err := createAgentFile(path, stele.AgentInfo{ID: "x"}); err != nil {
		b.Fatal(err)
	}
	s := openTest(b, b.TempDir(), Options{})
	_, def := newAgent(b, s, "twin")
	c, err := openWriter(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := c.script(fmt.Sprintf("PRAGMA cache_size=-%d", cacheMost)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.close() })
	if err := createTable(c, def, stele.FirstRecordID(def.Created.Time())); err != nil {
		b.Fatal(err)
	}
	return &bareFile{b, c, newTable(1, def)}
}

func (f *bareFile) must(err error) {
	if err != nil {
		f.b.Fatal(err)
	}
}

func (f *bareFile) prepare(sql string) *sqlite.Stmt {
	s, err := f.c.Prepare(sql)
	f.must(err)
	return s
}

func (f *bareFile) run(s *sqlite.Stmt) {
	_, err := s.Step()
	f.must(err)
	f.must(s.Reset())
}

// insert inserts records with ids from id on, in one transaction.
func (f *bareFile) insert(id int64, records []stele.Record) {
	begin, commit, ins := f.prepare("BEGIN IMMEDIATE"), f.prepare("COMMIT"), f.prepare(f.t.insert)
	f.run(begin)
	for i, r := range records {
		ins.BindInt64(1, firstID+id+int64(i))
		for k, v := range r.Values {
			bindValue(ins, k+2, v)
		}
		ins.BindInt64(8, 5)
		ins.BindInt64(9, 5)
		f.run(ins)
	}
	f.run(commit)
}

// firstID makes the bare rows as long as the store's.
const firstID = 900_000_000_000_000_000

// fill brings store and bare file to n records each.
func fill(b *testing.B, db stele.Database, def *stele.Table, f *bareFile, n int) {
	b.Helper()
	for from := 1; from <= n; from += 1000 {
		importN(b, db, def, from, 1000)
		f.insert(int64(from), numbered(def, from, 1000).Records)
	}
}

func benchSizes(b *testing.B, run func(b *testing.B, db stele.Database, def *stele.Table, f *bareFile, n int)) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openTest(b, b.TempDir(), Options{})
			db, def := newAgent(b, s, "a")
			f := newBare(b)
			fill(b, db, def, f, n)
			run(b, db, def, f, n)
		})
	}
}

func BenchmarkImport1000(b *testing.B) {
	benchSizes(b, func(b *testing.B, db stele.Database, def *stele.Table, f *bareFile, n int) {
		var batch *stele.Batch
		against(b, func(i int) { batch = numbered(def, n+1+i*1000, 1000) }, func(int) {
			if task, err := db.Import(b.Context(), def, batch, 5, nil); err != nil || task.Success != 1000 {
				b.Fatal(task, err)
			}
		}, func(i int) { f.insert(int64(n+1+i*1000), batch.Records) })
	})
}

func BenchmarkUpdate100(b *testing.B) {
	benchSizes(b, func(b *testing.B, db stele.Database, def *stele.Table, f *bareFile, n int) {
		key := func(i, k int) stele.Value {
			return stele.TextValue(fmt.Sprintf("PX-%08d", 1+(i*100+k)*7919%n))
		}
		cs := make([]stele.Change, 100)
		against(b, func(i int) {
			for k := range cs {
				cs[k] = stele.Change{
					Selector: stele.Selector{Pairs: []stele.Pair{{Field: 0, Value: key(i, k)}}},
					Set:      []stele.Pair{{Field: 3, Value: stele.FloatValue(float64(i))}, {Field: 2, Value: stele.TextValue("changed")}},
				}
			}
		}, func(int) {
			if _, err := db.Update(b.Context(), def, cs, 6, nil); err != nil {
				b.Fatal(err)
			}
		}, func(i int) {
			up := f.prepare(`UPDATE parcels SET price=?1, title=?2, _updated_at=?3 WHERE code=?4`)
			f.run(f.prepare("BEGIN IMMEDIATE"))
			for k := range 100 {
				up.BindFloat(1, float64(i))
				up.BindText(2, "changed")
				up.BindInt64(3, 6)
				bindValue(up, 4, cs[k].Selector.Pairs[0].Value)
				f.run(up)
			}
			f.run(f.prepare("COMMIT"))
		})
	})
}

func BenchmarkDelete1000(b *testing.B) {
	s := openTest(b, b.TempDir(), Options{})
	db, def := newAgent(b, s, "a")
	f := newBare(b)
	fill(b, db, def, f, 10000)
	var ss []stele.Selector
	n := 0
	again := func(i int) { // put back what goes, out of the time measured
		n = 10001 + i*1000
		importN(b, db, def, n, 1000)
		f.insert(int64(n), numbered(def, n, 1000).Records)
		p, err := db.Records(b.Context(), def, stele.RecordQuery{Offset: 10000, Limit: 1000})
		if err != nil {
			b.Fatal(err)
		}
		ss = ss[:0]
		for _, r := range p.Records {
			ss = append(ss, stele.Selector{ID: r.ID})
		}
	}
	against(b, again, func(int) {
		if n, err := db.Delete(b.Context(), def, ss, nil); err != nil || n != 1000 {
			b.Fatal(n, err)
		}
	}, func(int) {
		del := f.prepare(`DELETE FROM parcels WHERE _id=?`)
		f.run(f.prepare("BEGIN IMMEDIATE"))
		for k := range 1000 {
			del.BindInt64(1, firstID+int64(n+k))
			f.run(del)
		}
		f.run(f.prepare("COMMIT"))
	})
}

func BenchmarkPage100(b *testing.B) {
	benchSizes(b, func(b *testing.B, db stele.Database, def *stele.Table, f *bareFile, n int) {
		r, err := openReader(f.c.path)
		f.must(err)
		defer func() { f.must(r.close()) }()
		page, err := r.Prepare(f.t.forward)
		f.must(err)
		against(b, func(int) {}, func(i int) {
			p, err := db.Records(b.Context(), def, stele.RecordQuery{Offset: int64(i * 7919 * 100 % n), Limit: 100})
			if err != nil || len(p.Records) != 100 {
				b.Fatal(len(p.Records), err)
			}
		}, func(i int) {
			page.BindInt64(1, firstID+int64(1+i*7919*100%n))
			page.BindInt64(2, 100)
			page.BindInt64(3, 0)
			rs, _, err := f.t.collect(page, 100, false)
			if err != nil || len(rs) != 100 {
				b.Fatal(len(rs), err)
			}
		})
	})
}

// BenchmarkDeepPage100 reads pages anywhere in a table of 10^6 records of which every tenth is gone, so that no offset can
// be computed. The floor skips to each page from the beginning.
func BenchmarkDeepPage100(b *testing.B) {
	const n = 1_000_000
	s := openTest(b, b.TempDir(), Options{})
	db, def := newAgent(b, s, "a")
	f := newBare(b)
	fill(b, db, def, f, n)
	must(b, f.c.script("DELETE FROM parcels WHERE number%10=0"))
	for i := range n / 10000 {
		var ss []stele.Selector
		for k := range 1000 {
			ss = append(ss, stele.Selector{Pairs: []stele.Pair{{Field: 1, Value: stele.IntValue(int64(i*10000 + k*10 + 10))}}})
		}
		if gone, err := db.Delete(b.Context(), def, ss, nil); gone != 1000 || err != nil {
			b.Fatal(gone, err)
		}
	}
	r, err := openReader(f.c.path)
	must(b, err)
	defer func() { must(b, r.close()) }()
	page, err := r.Prepare(f.t.forward)
	must(b, err)
	offset := func(i int) int64 { return int64(i) * 7919 * 100 % (n * 9 / 10) }
	against(b, func(int) {}, func(i int) {
		p, err := db.Records(b.Context(), def, stele.RecordQuery{Offset: offset(i), Limit: 100})
		if err != nil || len(p.Records) != 100 || p.Total != n*9/10 {
			b.Fatal(len(p.Records), p.Total, err)
		}
	}, func(i int) {
		page.BindInt64(1, 0)
		page.BindInt64(2, 100)
		page.BindInt64(3, offset(i))
		if rs, _, err := f.t.collect(page, 100, false); err != nil || len(rs) != 100 {
			b.Fatal(len(rs), err)
		}
	})
}

// BenchmarkOpenAgent calls two agents in turns, of which only one may be open.
func BenchmarkOpenAgent(b *testing.B) {
	s := openTest(b, b.TempDir(), Options{MaxOpenAgents: 1})
	var dbs []stele.Database
	for i := range 2 {
		db, def := newAgent(b, s, fmt.Sprint(i))
		importN(b, db, def, 1, 1000)
		dbs = append(dbs, db)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := dbs[i%2].Tables(b.Context(), stele.Page{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriters32 is 32 clients, each updating one record after the other: with shared commits, and with a mutex and a
// commit each. "x-rate" is how many times the rate the shared ones reach.
func BenchmarkWriters32(b *testing.B) {
	s := openTest(b, b.TempDir(), Options{})
	db, def := newAgent(b, s, "a")
	f := newBare(b)
	fill(b, db, def, f, 10000)
	key := func(n int64) stele.Value { return stele.TextValue(fmt.Sprintf("PX-%08d", 1+n*7919%10000)) }
	var mu sync.Mutex
	up := f.prepare(`UPDATE parcels SET price=?1, _updated_at=?2 WHERE code=?3`)
	const round = 640
	crowd := func(f func(n int64)) {
		var n atomic.Int64
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				for k := n.Add(1); k <= round; k = n.Add(1) {
					f(k)
				}
			})
		}
		wg.Wait()
	}
	against(b, func(int) {}, func(i int) {
		crowd(func(n int64) {
			_, err := db.Update(b.Context(), def, []stele.Change{{
				Selector: stele.Selector{Pairs: []stele.Pair{{Field: 0, Value: key(n)}}},
				Set:      []stele.Pair{{Field: 3, Value: stele.FloatValue(float64(i))}},
			}}, 6, nil)
			if err != nil {
				b.Error(err)
			}
		})
	}, func(i int) {
		crowd(func(n int64) {
			mu.Lock()
			defer mu.Unlock()
			f.run(f.prepare("BEGIN IMMEDIATE"))
			up.BindFloat(1, float64(i))
			up.BindInt64(2, 6)
			bindValue(up, 3, key(n))
			f.run(up)
			f.run(f.prepare("COMMIT"))
		})
	})
}
