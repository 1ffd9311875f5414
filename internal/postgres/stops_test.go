package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// TestStopsInALoop: the server ends at once, and starts again, again and again while several import, each of whom repeats an
// import under its key until it is acknowledged. All of them are there once, and the store comes back by itself.
func TestStopsInALoop(t *testing.T) {
	t.Parallel()
	pg := pgtest.New(t, pgtest.Options{})
	s, err := postgres.Open(t.Context(), pg.Database(t), postgres.Options{Pool: 4})
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{T: t, agent: newAgent("one")}
	f.must(s.CreateAgent(t.Context(), f.agent))
	f.db, f.table = s.Database(f.agent.ID), f.draft("faults")
	f.must(f.db.CreateTable(t.Context(), f.table, nil))
	const workers, stops, between = 3, 5, 60
	var acknowledged, repeated atomic.Int64
	var over atomic.Bool
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for !over.Load() {
				n := int(next.Add(1))
				for from := time.Now(); ; repeated.Add(1) {
					b := f.batch(n, n)
					ctx, cancel := context.WithTimeout(t.Context(), late)
					_, err := f.db.Import(ctx, f.table, b, b.Task.Created, once(true, n, func(t stele.Task) string { return string(t.ID) }))
					cancel()
					if _, replay := errors.AsType[*stele.Replay](err); replay || f.claimed(fmt.Sprint("import ", n), err) == applied {
						acknowledged.Add(1)
						break
					}
					if time.Since(from) > stuck {
						t.Errorf("import %d is not applied: %v", n, err)
						over.Store(true)
						return
					}
				}
			}
		})
	}
	for range stops {
		for until := acknowledged.Load() + 1 + rand.Int64N(between); acknowledged.Load() < until && !over.Load(); {
			_, err := s.MoveState(t.Context()) // reads meet the stops too, and this loop does not spin
			if err != nil {
				f.readable("reading", err)
			}
		}
		f.must(pg.Kill())
		f.must(pg.Start())
	}
	over.Store(true)
	all.Wait()
	n := int(next.Load())
	page, err := f.db.Records(t.Context(), f.table, stele.RecordQuery{Limit: rows*n + 1})
	f.must(err)
	seen := map[stele.Value]int{}
	for _, r := range page.Records {
		seen[r.Values[1]]++
	}
	for i := 1; i <= n; i++ {
		if seen[stele.IntValue(int64(i))] != rows {
			t.Errorf("import %d is there with %d records of %d", i, seen[stele.IntValue(int64(i))], rows)
		}
	}
	if page.Total != int64(rows*n) {
		t.Errorf("%d records are counted, want %d", page.Total, rows*n)
	}
	t.Logf("%d stops; %d imports acknowledged, %d calls had to be made again", stops, acknowledged.Load(), repeated.Load())
	f.must(s.Close())
}
