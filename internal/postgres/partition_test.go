package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/pgtest/cutter"
	"stele/internal/postgres"
)

// until asks until the answer is true.
func (f *faulty) until(what, sql string) {
	f.Helper()
	for from, yes := time.Now(), false; !yes; {
		f.must(f.sql.QueryRow(f.Context(), f.names(sql)).Scan(&yes))
		if time.Since(from) > stuck {
			f.Fatalf("not seen: %s", what)
		}
	}
}

// TestLateCommit: the network keeps the commit of a write back until long after its caller has given up, and lets it
// through while the repeat waits for it. The repeat is told of the first.
func TestLateCommit(t *testing.T) {
	t.Parallel()
	for i := range acts[:5] {
		// Each has a store of its own: the lane of a write that was kept back is given back at any time from then on.
		w := &writeCuts{faulty: newFaulty(t), act: &acts[i], keyed: true, made: map[int]write{}}
		sent := 0
		for _, m := range w.record() {
			if m.From == cutter.Frontend {
				sent++
			}
		}
		w.begin()
		// The last message is Sync; the one before it executes COMMIT.
		w.cut.Arm(cutter.Cut{From: cutter.Frontend, At: sent - 1, Place: cutter.Place(i % 2), How: cutter.Hold})
		if err := w.try("kept back", patience); stele.ErrorCode(err) != stele.CodeUnavailable {
			t.Fatalf("%s: %v", w.name, err)
		}
		again := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), stuck)
			defer cancel()
			again <- w.run(ctx, w.faulty, w.n, true)
		}()
		w.until("the repeat waits", `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND application_name='cut' AND wait_event_type='Lock')`)
		w.cut.Heal()
		if err, ok := errors.AsType[*stele.Replay](<-again); !ok {
			t.Errorf("%s: the repeat ends with %v, not by replay", w.name, err)
		}
		w.made[w.n] = write{w.act, true, applied}
		if !w.there(w.act, w.n, true) {
			t.Errorf("%s: it is not there", w.name)
		}
		w.settle()
	}
}

// TestGhost: a network is cut off in the middle of an import, whose session at the server goes on waiting for the rest and has
// the table's lock. Others are told so in their time and go on as soon as the server notices.
func TestGhost(t *testing.T) {
	t.Parallel()
	w := &writeCuts{faulty: newFaulty(t), act: &acts[0], keyed: true, made: map[int]write{}}
	w.record()
	w.begin()
	w.cut.Arm(cutter.Cut{From: cutter.Frontend, At: 8, Place: cutter.Within, How: cutter.Silence}) // in the midst of the records
	_ = w.try("cut off", patience)
	f := w.faulty
	f.until("it waits in the transaction", `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND application_name='cut'
		AND wait_event='ClientRead' AND backend_xid IS NOT NULL)`)
	add := func(d time.Duration) error {
		b := f.batch(1000, 1)
		return f.within("another import", d, func(ctx context.Context) error {
			_, err := f.sight.Import(ctx, f.table, b, b.Task.Created, once(true, 1000, func(stele.Task) string { return "" }))
			return err
		})
	}
	if f.claimed("an import meanwhile", add(patience)) == applied {
		t.Error("an import meanwhile is applied: the ghost has no lock, and this test means nothing")
	}
	f.cut.Heal()
	// The one meanwhile may have been waiting at the server, and may have been applied there by now.
	err := add(stuck)
	if _, replay := errors.AsType[*stele.Replay](err); !replay {
		f.must(err)
	}
	if f.there(w.act, w.n, true) {
		t.Error("the import that was cut off is there")
	}
}

// TestGhostsAreNoticed: nothing that Stele can do ends the session of a replica whose machine is gone, so the server has to
// look after it: its kernel asks whether anybody is there within seconds, not the two hours of the default.
func TestGhostsAreNoticed(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/net/tcp"); err != nil || os.Getenv("STELE_TEST_DATABASE_COMMAND") != "" {
		t.Skip("needs Linux, and PostgreSQL on this machine")
	}
	f := newFaulty(t)
	f.must(f.direct.Ready(t.Context()))
	var port, server int
	f.must(f.sql.QueryRow(t.Context(), `SELECT client_port, inet_server_port() FROM pg_stat_activity WHERE datname=current_database() AND application_name='stele'`).Scan(&port, &server))
	for from := time.Now(); time.Since(from) < stuck; {
		table, err := os.ReadFile("/proc/net/tcp")
		f.must(err)
		for line := range strings.Lines(string(table)) {
			w := strings.Fields(line) // sl, local_address, rem_address, st, tx_queue:rx_queue, tr:tm->when
			if len(w) < 6 || !strings.HasSuffix(w[1], fmt.Sprintf(":%04X", server)) || !strings.HasSuffix(w[2], fmt.Sprintf(":%04X", port)) {
				continue
			}
			timer, when, _ := strings.Cut(w[5], ":")
			jiffies, err := strconv.ParseInt(when, 16, 64)
			f.must(err)
			if timer != "02" {
				break // what was sent is not acknowledged yet: look again
			}
			if jiffies > 30*100 {
				t.Errorf("the server's kernel asks in %ds for the first time whether its client is there, want within 30s", jiffies/100)
			}
			return
		}
	}
	t.Error("the connection is not listed")
}

// TestDown takes the database away, from one moment to the other, and gives it back.
func TestDown(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	f.must(f.direct.CreateKey(t.Context(), f.key(0)))
	for n := 1; n <= 2; n++ {
		f.must(acts[0].run(t.Context(), f, n, true))
	}
	n := 100
	for _, how := range []cutter.How{cutter.Close, cutter.Reset, cutter.Silence} {
		for round := range 2 { // in the second one no connection is left to lose
			d := deadline(cutter.Cut{How: how})
			f.cut.Refuse(how)
			if round == 0 {
				f.cut.Drop(how)
			}
			for _, r := range f.readings(f.table.ID, f.key(0).Hash) {
				what := fmt.Sprint(r.name, ", ", how)
				if err := f.within(what, d, func(ctx context.Context) error { _, err := r.run(ctx); return err }); err == nil {
					t.Errorf("%s: no error", what)
				} else {
					f.readable(what, err)
				}
			}
			for i := range acts {
				a := &acts[i]
				n++
				a.prepare(f, n)
				what := fmt.Sprint(a.name, ", ", how)
				err := f.within(what, d, func(ctx context.Context) error { return a.run(ctx, f, n, !a.keyless) })
				if says := f.claimed(what, err); says == applied || round == 1 && says != notApplied {
					t.Errorf("%s: %v", what, err)
				}
				if f.there(a, n, !a.keyless) {
					t.Errorf("%s: it is there", what)
				}
			}
		}
		f.cut.Heal()
		f.must(f.store.Ready(t.Context()))
		n++
		f.must(acts[0].run(t.Context(), f, n, true))
	}
}

// TestOpenThatIsCut cuts the connection on which a store is opened, on an empty database: the error is one line for whoever
// starts the server, and the next Open makes what the first has not.
func TestOpenThatIsCut(t *testing.T) {
	t.Parallel()
	pick := newPicker(t)
	open := func(cut *cutter.Cutter, d time.Duration) (*postgres.Store, error) {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		return postgres.Open(ctx, cut.URL()+"&connect_timeout=60", postgres.Options{Pool: 2})
	}
	whole := cutter.New(t, pgtest.Database(t))
	s, err := open(whole, stuck)
	if err != nil {
		t.Fatal(err)
	}
	trace := whole.Trace()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, cut := range pick.some(cutter.Cuts(trace, cutter.Close, cutter.Reset, cutter.Silence)) {
		c := cutter.New(t, pgtest.Database(t))
		c.Arm(cut)
		s, err := open(c, max(deadline(cut), time.Second))
		if err == nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		} else if strings.ContainsAny(err.Error(), "\n\r") || strings.Contains(err.Error(), "choose another database") {
			t.Errorf("%s: the error is not one line that leads to the network: %v", cut, err)
		}
		c.Heal()
		if s, err = open(c, stuck); err != nil {
			t.Errorf("after %s: %v", cut, err)
			continue
		}
		a := newAgent("one")
		if err := s.CreateAgent(t.Context(), a); err != nil {
			t.Errorf("after %s: %v", cut, err)
		}
		if err := s.Database(a.ID).CreateTable(t.Context(), (&faulty{T: t}).draft("one"), nil); err != nil {
			t.Errorf("after %s: %v", cut, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestWorkersUnderCuts: several writers of one store, whose connections break again and again wherever they are. Each write
// is repeated under its key until it is acknowledged, and is then there once.
func TestWorkersUnderCuts(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	rnd := rand.New(rand.NewPCG(rand.Uint64(), 1))
	const workers, each = 6, 8
	var left, unavailable atomic.Int64
	left.Store(workers)
	done := make(chan struct{})
	var mu sync.Mutex // of f.tries
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			defer func() {
				if left.Add(-1) == 0 {
					close(done)
				}
			}()
			for n := w * each; n < (w+1)*each; n++ {
				for from := time.Now(); ; unavailable.Add(1) {
					b := f.batch(n, n)
					mu.Lock()
					f.tries[n] = append(f.tries[n], string(b.Task.ID))
					mu.Unlock()
					ctx, cancel := context.WithTimeout(t.Context(), 20*patience)
					_, err := f.db.Import(ctx, f.table, b, b.Task.Created, once(true, n, func(t stele.Task) string { return string(t.ID) }))
					cancel()
					if _, replay := errors.AsType[*stele.Replay](err); replay || f.claimed(fmt.Sprint("import ", n), err) == applied {
						break
					}
					if time.Since(from) > stuck {
						t.Errorf("import %d is not applied: %v", n, err)
						return
					}
				}
			}
		})
	}
	cuts := 0
	for ended := false; !ended; cuts++ {
		hit := f.cut.Arm(cutter.Cut{
			From: cutter.Side(rnd.IntN(2)), At: 1 + rnd.IntN(120), Place: cutter.Place(rnd.IntN(3)), How: cutter.How(rnd.IntN(4)),
			Half: rnd.IntN(2) == 0, All: rnd.IntN(8) == 0,
		})
		select {
		case <-hit:
		case <-done:
			ended = true
		}
		f.cut.Heal()
	}
	all.Wait()
	t.Logf("%d cuts; %d calls had to be made again", cuts, unavailable.Load())
	for n := range workers * each {
		if !f.there(&acts[0], n, true) {
			t.Errorf("import %d is not there", n)
		}
	}
}
