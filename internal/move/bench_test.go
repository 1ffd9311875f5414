package move_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"stele"
	"stele/internal/move"
	"stele/internal/pgtest"
	"stele/internal/postgres"
	"stele/internal/sqlite"
)

// BenchmarkMove moves one table of six fields, two of them unique, whose keys ascend or come in no order. Beside what a record costs as a whole and by copying alone stands what the imports cost that filled the
// source: in time, and in time of processors, which tells more on a machine that is shared.
//
// STELE_BENCH_ROWS sets the number of records, STELE_BENCH_PART how many are read and written at once.
func BenchmarkMove(b *testing.B) {
	rows := 100_000
	if n, err := strconv.Atoi(os.Getenv("STELE_BENCH_ROWS")); err == nil {
		rows = n
	}
	part := 0
	if n, err := strconv.Atoi(os.Getenv("STELE_BENCH_PART")); err == nil {
		part = n
	}
	directory := func(b *testing.B) stele.Movable {
		s, err := sqlite.Open(b.TempDir(), sqlite.Options{MaxOpenAgents: 1})
		return opened(b, s, err)
	}
	database := func(b *testing.B) stele.Movable {
		server := pgtest.New(b, pgtest.Options{Fsync: true})
		s, err := postgres.Open(context.Background(), server.Database(b), postgres.Options{KeyTTL: time.Millisecond, Moving: true})
		return opened(b, s, err)
	}
	ascending := func(i int) string { return fmt.Sprintf("PX-%010d", i) }
	random := func(int) string { return fmt.Sprintf("PX-%016x", rand.Uint64()) }
	for _, c := range []struct {
		name     string
		from, to func(*testing.B) stele.Movable
		key      func(i int) string
	}{
		{"directory to directory, ascending keys", directory, directory, ascending},
		{"directory to directory, random keys", directory, directory, random},
		{"directory to database, ascending keys", directory, database, ascending},
		{"directory to database, random keys", directory, database, random},
		{"database to directory, ascending keys", database, directory, ascending},
	} {
		b.Run(c.name, func(b *testing.B) {
			ctx := context.Background()
			from := c.from(b)
			imports := large(b, from, rows, c.key)
			var copying, all cost
			for b.Loop() {
				b.StopTimer()
				to := c.to(b)
				b.StartTimer()
				begin, seen := now(), false
				_, err := move.Run(ctx, from, to, move.Options{From: "A", To: "B", Part: part, Progress: func(p move.Progress) {
					if p.Verifying && !seen {
						seen, copying = true, copying.plus(now().minus(begin))
					}
				}})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				all = all.plus(now().minus(begin))
				if err := move.Undo(ctx, from, nil, move.Options{}); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			imports.report(b, "import", rows)
			copying.report(b, "copy", rows*b.N)
			all.report(b, "move", rows*b.N)
		})
	}
}

func opened(b *testing.B, s stele.Movable, err error) stele.Movable {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// cost is time that has passed, and time of processors.
type cost struct{ time, processor time.Duration }

// now is the cost since some beginning.
func now() cost {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // never fails for this process
	return cost{time.Duration(time.Now().UnixNano()), time.Duration(u.Utime.Nano() + u.Stime.Nano())}
}

func (c cost) plus(d cost) cost  { return cost{c.time + d.time, c.processor + d.processor} }
func (c cost) minus(d cost) cost { return cost{c.time - d.time, c.processor - d.processor} }

func (c cost) report(b *testing.B, what string, rows int) {
	b.ReportMetric(float64(c.time.Microseconds())/float64(rows), what+"-us/row")
	b.ReportMetric(float64(c.processor.Microseconds())/float64(rows), what+"-cpu-us/row")
}

// large makes an agent with a table of so many records, and says how long the imports took.
func large(b *testing.B, s stele.Movable, rows int, key func(i int) string) (took cost) {
	b.Helper()
	ctx, created := context.Background(), stele.MillisOf(time.Now())
	a := stele.AgentInfo{ID: stele.NewAgentID(created.Time()), Name: "large", Created: created}
	t, err := stele.NewTable(stele.NewTableID(created.Time()), stele.Draft{Name: "parcels", Description: "parcels", Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Unique: true}, {Name: "n", Type: "INT", Unique: true}, {Name: "weight", Type: "FLOAT"},
		{Name: "fragile", Type: "BOOLEAN"}, {Name: "at", Type: "DATETIME"}, {Name: "note", Type: "TEXT"},
	}}, stele.DefaultLimits(), created)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.CreateAgent(ctx, a); err != nil {
		b.Fatal(err)
	}
	db := s.Database(a.ID)
	if err := db.CreateTable(ctx, t, nil); err != nil {
		b.Fatal(err)
	}
	for from := 0; from < rows; from += 1000 {
		batch := &stele.Batch{Task: stele.Task{ID: stele.NewTaskID(created.Time()), Table: t.ID, Created: created}}
		for i := from; i < min(from+1000, rows); i++ {
			batch.Rows = append(batch.Rows, i-from+1)
			batch.Records = append(batch.Records, stele.Record{Values: []stele.Value{
				stele.TextValue(key(i)), stele.IntValue(int64(i)), stele.FloatValue(float64(i) / 3), stele.BoolValue(i%2 == 0),
				stele.DateTimeValue("2024-02-29 23:59:59"), stele.TextValue("a parcel on its way"),
			}})
		}
		begin := now()
		if _, err := db.Import(ctx, t, batch, created, nil); err != nil {
			b.Fatal(err)
		}
		took = took.plus(now().minus(begin))
	}
	return took
}
