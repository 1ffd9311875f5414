package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/pgtest/cutter"
)

// at finds an agent whose home is the lane of a number. It has no schema, and needs none to be on a connection.
func (s *Store) at(home int) *database {
	for {
		if id := stele.NewAgentID(time.Now()); homeOf(id, s.opt.Pool) == home {
			return s.database(id)
		}
	}
}

// session is the server's process that serves a call of the agent's.
func (d *database) session(ctx context.Context) (pid int, err error) {
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pid)
	})
	return pid, err
}

// hold keeps the connection that a call of the agent's gets until the function is called that is returned.
func (d *database) hold(t *testing.T) (release func()) {
	t.Helper()
	have, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- d.read(context.WithoutCancel(t.Context()), func(context.Context, *pgxpool.Conn) error {
			close(have)
			<-end
			return nil
		})
	}()
	<-have
	return func() {
		close(end)
		must(t, <-ended)
	}
}

// wait waits until n calls wait for a lane.
func (l *lanes) wait(t *testing.T, n int) {
	t.Helper()
	for from := time.Now(); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		waiting := len(l.waiting)
		l.mu.Unlock()
		if waiting == n {
			return
		}
		if time.Since(from) > time.Minute {
			t.Fatalf("%d calls wait for a lane, want %d", waiting, n)
		}
	}
}

func openLaneStore(t *testing.T, url string, pool int) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, Options{Pool: pool})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// TestLaneOfAgent: agents that come seldom share what is open; each that comes often has a session of its own, shared by those of
// the same home alone.
func TestLaneOfAgent(t *testing.T) {
	t.Parallel()
	const pool, each = 4, 3
	s := openLaneStore(t, pgtest.Database(t), pool)
	var agents []*database
	for i := range pool * each {
		agents = append(agents, s.at(i%pool))
	}
	sessions := func() (pids []int) {
		for _, d := range agents {
			pid, err := d.session(t.Context())
			must(t, err)
			pids = append(pids, pid)
		}
		return pids
	}
	for range fewCalls {
		sessions()
	}
	if n := s.Connections(); n != 1 {
		t.Errorf("%d connections are open for agents of %d calls each, one after the other", n, fewCalls)
	}
	sessions() // opens the homes
	first := sessions()
	for range 3 {
		if again := sessions(); !slices.Equal(again, first) {
			t.Errorf("sessions were %v and are %v", first, again)
		}
	}
	for i, pid := range first {
		if pid != first[i%pool] || i < pool && slices.Index(first, pid) != i {
			t.Errorf("sessions are %v; want %d in turn", first, pool)
			break
		}
	}
	var open int
	must(t, s.read(t.Context(), func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND application_name='stele'`).Scan(&open)
	}))
	if open != pool || s.Connections() != pool {
		t.Errorf("the server has %d connections and the store counts %d, want %d", open, s.Connections(), pool)
	}
}

// TestLaneIsWaitedFor: while all lanes are busy calls wait, one whose time is up no longer, and the others in turn but for those
// whose home it is, who go before as many times as is bounded.
func TestLaneIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := openLaneStore(t, pgtest.Database(t), 2)
	free, keep := s.at(0).hold(t), s.at(1).hold(t)
	var mu sync.Mutex
	var order []int
	var all sync.WaitGroup
	errs := make([]error, mostPassed+5)
	for i := range errs {
		d := s.at(0)
		if i == 0 {
			d = s.at(1) // the first that waits is not at home where a lane becomes free
		}
		all.Go(func() {
			errs[i] = d.read(t.Context(), func(ctx context.Context, c *pgxpool.Conn) error {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
				return nil
			})
		})
		s.lanes.wait(t, i+1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	late := make(chan error, 1)
	go func() { _, err := s.at(0).session(ctx); late <- err }()
	s.lanes.wait(t, len(errs)+1)
	cancel()
	if err := <-late; !errors.Is(err, context.Canceled) {
		t.Errorf("a call whose time is up ends with %v", err)
	}
	s.lanes.wait(t, len(errs))
	free()
	all.Wait()
	must(t, errors.Join(errs...))
	keep()
	var want []int
	for i := 1; i <= mostPassed; i++ {
		want = append(want, i)
	}
	want = append(want, 0)
	for i := mostPassed + 1; i < len(errs); i++ {
		want = append(want, i)
	}
	if !slices.Equal(order, want) {
		t.Errorf("calls came in the order %v, want %v", order, want)
	}
	if n := s.Connections(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

// TestLanesUnderLoad: many at once, some of whom give up, lose no lane and open none too many.
func TestLanesUnderLoad(t *testing.T) {
	t.Parallel()
	const pool, callers, calls = 3, 24, 60
	s := openLaneStore(t, pgtest.Database(t), pool)
	errs := make([]error, callers)
	var all sync.WaitGroup
	for i := range errs {
		d := s.at(i % pool)
		all.Go(func() {
			for n := range calls {
				ctx, cancel := context.WithCancel(t.Context())
				if n%3 == 0 {
					go cancel()
				}
				_, err := d.session(ctx)
				cancel()
				if err != nil && !errors.Is(err, context.Canceled) {
					errs[i] = errors.Join(errs[i], fmt.Errorf("call %d: %w", n, err))
				}
			}
		})
	}
	all.Wait()
	must(t, errors.Join(errs...))
	if n := s.Connections(); n > pool {
		t.Errorf("%d connections; the pool has %d", n, pool)
	}
	for i := range pool { // none is lost: all can be had at once
		defer s.at(i).hold(t)()
	}
}

// TestLaneGivenTooLate: a lane that is given to a call whose time is up at that moment is given to the next.
func TestLaneGivenTooLate(t *testing.T) {
	t.Parallel()
	s := openLaneStore(t, pgtest.Database(t), leastPool)
	for range 300 {
		free, keep := s.at(0).hold(t), s.at(1).hold(t)
		ctx, cancel := context.WithCancel(t.Context())
		late := make(chan error, 1)
		go func() { _, err := s.at(0).session(ctx); late <- err }()
		s.lanes.wait(t, 1)
		cancel()
		free()
		if err := <-late; err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		keep()
	}
}

// TestLaneThatFellSilent: a connection that was idle for a while and does not answer is given up, with all the others, and costs the
// call no more than the time that it takes to see that.
func TestLaneThatFellSilent(t *testing.T) {
	t.Parallel()
	cut := cutter.New(t, pgtest.Database(t))
	s := openLaneStore(t, cut.URL(), 3)
	var opened []func()
	for i := range 2 {
		opened = append(opened, s.at(i).hold(t))
	}
	for _, release := range opened {
		release()
	}
	for _, ln := range s.lanes.all {
		ln.used = ln.used.Add(-idleFor)
	}
	cut.Drop(cutter.Silence)
	defer cut.Heal()
	ctx, cancel := context.WithTimeout(t.Context(), 10*silentFor)
	defer cancel()
	_, err := s.at(0).session(ctx)
	must(t, err)
	if n := s.Connections(); n != 2 { // the one that is silent still counts, the other one is gone, and one is new
		t.Errorf("%d connections, want 2", n)
	}
}
