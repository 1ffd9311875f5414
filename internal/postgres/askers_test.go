package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"stele"
	"stele/internal/pgtest"
)

// askerHouse is a store whose questions are not read before they are asked, with some agents: so a question can last as long as a test
// wants, and say which of the server's processes answered it.
type askerHouse struct {
	*testing.T
	*Store
	super  *pgx.Conn // sees what other roles do
	url    string
	agents []*database
}

const forever = `SELECT pg_sleep(3600)`

func newAskerHouse(t *testing.T, conns, agents int) *askerHouse {
	t.Helper()
	return openAskerHouse(t, Options{QueryConns: conns}, agents)
}

func openAskerHouse(t *testing.T, o Options, agents int) *askerHouse {
	t.Helper()
	url := pgtest.Database(t)
	o.QueryTimeout = time.Minute
	s, err := Open(t.Context(), url, o)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	s.ask.bare = true
	h := &askerHouse{T: t, Store: s, url: url}
	h.super, err = pgx.Connect(t.Context(), pgtest.Superuser(t, url))
	must(t, err)
	t.Cleanup(func() { _ = h.super.Close(context.Background()) })
	for i := range agents {
		a := stele.AgentInfo{ID: stele.NewAgentID(time.Now()), Name: fmt.Sprint("agent ", i), Created: 1}
		must(t, s.CreateAgent(t.Context(), a))
		h.agents = append(h.agents, s.database(a.ID))
	}
	return h
}

func (d *database) put(ctx context.Context, sql string) (string, error) {
	a, err := d.Query(ctx, stele.Question{SQL: sql, MaxRows: 1, MaxBytes: 1 << 16})
	if err != nil {
		return "", err
	}
	return a.Rows[0][0].String(), nil
}

// pid is the server's process that answers the agent's next question.
func (h *askerHouse) pid(agent int) string {
	h.Helper()
	pid, err := h.agents[agent].put(h.Context(), `SELECT pg_backend_pid()`)
	must(h.T, err)
	return pid
}

// count counts sessions of questions, as the server has them.
func (h *askerHouse) count(where string, args ...any) (n int) {
	h.Helper()
	sql := `SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND application_name='stele-query' AND ` + where
	must(h.T, h.super.QueryRow(h.Context(), sql, args...).Scan(&n))
	return n
}

// until waits until there are n such sessions.
func (h *askerHouse) until(n int, where string, args ...any) {
	h.Helper()
	for from := time.Now(); h.count(where, args...) != n; time.Sleep(time.Millisecond) {
		if time.Since(from) > time.Minute {
			h.Fatalf("%d sessions are %s, want %d", h.count(where, args...), where, n)
		}
	}
}

// last has an agent ask what ends with the function that is returned.
func (h *askerHouse) last(agent int) (end func()) {
	ctx, cancel := context.WithCancel(h.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := h.agents[agent].put(ctx, forever)
		ended <- err
	}()
	return func() {
		h.Helper()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			h.Errorf("a question that lasts ended with %v", err)
		}
	}
}

// TestAskersAreFew: however many agents ask at a time, the server has no more sessions of questions than it may.
func TestAskersAreFew(t *testing.T) {
	t.Parallel()
	const most = 3
	h := newAskerHouse(t, most, 9)
	var all sync.WaitGroup
	for i := range h.agents {
		all.Go(func() {
			for n := range 5 {
				if got, err := h.agents[i].put(t.Context(), "SELECT "+strconv.Itoa(n)); err != nil || got != strconv.Itoa(n) {
					t.Errorf("agent %d is answered %q, %v", i, got, err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	for going := true; going; {
		select {
		case <-done:
			going = false
		default:
		}
		if n := h.count("true"); n > most {
			t.Errorf("%d sessions, want at most %d", n, most)
		}
	}
	if n := h.count("true"); n != most {
		t.Errorf("%d sessions are left, want %d", n, most)
	}
}

// TestAskersMakeRoom: of idle connections the one that has been idle for longest goes, and the others stay with their agents.
func TestAskersMakeRoom(t *testing.T) {
	t.Parallel()
	h := newAskerHouse(t, 3, 4)
	pids := []string{h.pid(0), h.pid(1), h.pid(2)}
	if again := h.pid(0); again != pids[0] {
		t.Errorf("an agent's second question is on %s, its first was on %s", again, pids[0])
	}
	h.pid(3)
	h.until(0, "pid=$1", number(t, pids[1]))
	for _, i := range []int{0, 2} {
		if again := h.pid(i); again != pids[i] {
			t.Errorf("agent %d was on %s and is on %s, though another had been idle for longer", i, pids[i], again)
		}
	}
	h.pid(1)
	if n := h.count("true"); n != 3 {
		t.Errorf("%d sessions, want 3", n)
	}
}

// TestAskersStay: agents that each ask one question after another keep their connections. What cleans up behind an answer may still run
// when the next question comes, and it must not cost another agent its place.
func TestAskersStay(t *testing.T) {
	t.Parallel()
	const agents = 4
	h := newAskerHouse(t, agents, agents)
	var all sync.WaitGroup
	for i := range h.agents {
		first := h.pid(i)
		all.Go(func() {
			for range 50 {
				if pid, err := h.agents[i].put(t.Context(), `SELECT pg_backend_pid()`); err != nil || pid != first {
					t.Errorf("agent %d was on %s and is on %s, %v", i, first, pid, err)
					return
				}
			}
		})
	}
	all.Wait()
	h.ask.mu.Lock()
	defer h.ask.mu.Unlock()
	if h.ask.open != agents {
		t.Errorf("%d connections are open, want %d", h.ask.open, agents)
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	must(t, err)
	return n
}

// TestAskersOfOneAgent: one agent has half of the connections at most, and others are answered meanwhile.
func TestAskersOfOneAgent(t *testing.T) {
	t.Parallel()
	h := newAskerHouse(t, 4, 2)
	h.pid(0) // its role is made: at the first questions they would wait for that
	end, end2 := h.last(0), h.last(0)
	h.until(2, "state='active' AND query=$1", forever)
	h.ask.mu.Lock()
	_, ok := h.ask.pick(h.agents[0].id)
	h.ask.mu.Unlock()
	if ok {
		t.Fatal("an agent gets a third connection of four")
	}
	third := make(chan error, 1)
	go func() {
		_, err := h.agents[0].put(t.Context(), "SELECT 1")
		third <- err
	}()
	for range 10 {
		h.pid(1)
	}
	select {
	case err := <-third:
		t.Fatalf("its third question was answered while two run: %v", err)
	default:
	}
	end()
	must(t, <-third)
	end2()
}

// TestAskersTurnedAway: an agent whose role has all connections that it may have is told to come again, and the log what it was. The database
// is not away.
func TestAskersTurnedAway(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer // nothing else in the store runs while it is read
	h := openAskerHouse(t, Options{QueryConns: 4, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}, 2)
	h.pid(0)
	secret, err := h.secret(t.Context())
	must(t, err)
	role, _ := roleOf(secret, h.agents[0].id)
	log.Reset()
	_, err = h.super.Exec(t.Context(), `ALTER ROLE `+quote(role)+` CONNECTION LIMIT 1`)
	must(t, err)
	end := h.last(0)
	h.until(1, "state='active' AND query=$1", forever)
	for range 3 {
		_, err := h.agents[0].put(t.Context(), "SELECT 1")
		if e, ok := errors.AsType[*stele.Error](err); !ok || e.Code != stele.CodeOverloaded || e.RetryAfter <= 0 || e.Detail != tooMany {
			t.Errorf("a question beyond the role's connections: %v", err)
		}
	}
	if h.away.told.Load() || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "questions are turned away") ||
		!strings.Contains(log.String(), string(h.agents[0].id)) || !strings.Contains(log.String(), "too many connections for role") {
		t.Errorf("the log has %s", &log)
	}
	h.pid(1)
	end()
	h.until(1, "true") // the other agent's
	h.pid(0)
}

// TestAskersMeter: a value longer than is read ends the connection, and the next question is answered on another one.
func TestAskersMeter(t *testing.T) {
	t.Parallel()
	h := newAskerHouse(t, 2, 1)
	before := h.pid(0)
	_, err := h.agents[0].put(t.Context(), `SELECT pg_catalog.repeat(repeat('x', 1000), 20000)`)
	if f, ok := errors.AsType[*stele.QueryFault](err); !ok || f.Fault != stele.FaultMemory || f.Detail != "a value of the answer is too long" {
		t.Errorf("a value of 20 MB: %v", err)
	}
	// It ends at the length that the server announces, before the driver has made room for it; what is shorter is read and then cut.
	x, err := h.agents[0].connect(t.Context())
	must(t, err)
	_, err = x.ask(t.Context(), stele.Question{SQL: `SELECT pg_catalog.repeat(repeat('x', 1000), 20000)`, MaxRows: 1, MaxBytes: 1 << 16})
	if long, ok := errors.AsType[*pgproto3.ExceededMaxBodyLenErr](err); !ok || long.ActualBodyLen < 20_000_000 || x.meter.left.Load() < readBeyond {
		t.Errorf("a value of 20 MB ends with %v, when %d bytes more might have been read", err, x.meter.left.Load())
	}
	_ = x.rest()
	x.close()
	a, err := h.agents[0].Query(t.Context(), stele.Question{SQL: `SELECT pg_catalog.repeat(repeat('x', 1000), 4000)`, MaxRows: 1, MaxBytes: 1 << 16})
	must(t, err)
	if a.Cut != stele.CutBytes || len(a.Rows) != 0 {
		t.Errorf("a value of 4 MB is answered with %d rows, cut %d", len(a.Rows), a.Cut)
	}
	h.until(0, "true")
	if after := h.pid(0); after == before {
		t.Error("the connection was kept in the middle of a value")
	}
	if got, err := h.agents[0].put(t.Context(), `SELECT length(pg_catalog.repeat(repeat('x', 1000), 20000))`); err != nil || got != "20000000" {
		t.Errorf("the length of such a value: %q, %v", got, err)
	}
}

// TestAskersForget: a deleted agent's connections are closed, and what its role may read is forgotten.
func TestAskersForget(t *testing.T) {
	t.Parallel()
	h := newAskerHouse(t, 4, 2)
	h.pid(0)
	stays := h.pid(1)
	must(t, h.DeleteAgent(t.Context(), h.agents[0].id))
	h.ask.mu.Lock()
	if len(h.ask.idle) != 1 || h.ask.idle[0].id != h.agents[1].id { // now, and not when it would be tired anyway
		t.Errorf("%d connections are idle once the agent is deleted, want the other's alone", len(h.ask.idle))
	}
	h.ask.mu.Unlock()
	h.until(1, "true")
	if h.ask.known(h.agents[0].id) || !h.ask.known(h.agents[1].id) {
		t.Error("the wrong agent's role is forgotten")
	}
	if again := h.pid(1); again != stays {
		t.Errorf("the other agent was on %s and is on %s", stays, again)
	}
	if _, err := h.agents[0].put(t.Context(), "SELECT 1"); stele.ErrorCode(err) != stele.CodeUnauthenticated {
		t.Errorf("the deleted agent is answered %v", err)
	}
	h.ask.mu.Lock()
	defer h.ask.mu.Unlock()
	if h.ask.open != 1 || len(h.ask.idle) != 1 || len(h.ask.busy) != 0 {
		t.Errorf("%d open, %d idle, %d agents that ask; want 1, 1, 0", h.ask.open, len(h.ask.idle), len(h.ask.busy))
	}
}

// TestAskersEnd: what is cleaned up behind an answer has ended when the store is closed.
func TestAskersEnd(t *testing.T) {
	t.Parallel()
	h := newAskerHouse(t, 4, 2)
	for range 20 {
		s, err := Open(t.Context(), h.url, Options{QueryConns: 4})
		must(t, err)
		s.ask.bare = true
		for i := range h.agents {
			d := s.database(h.agents[i].id)
			_, err := d.put(t.Context(), `SELECT count(*) FROM generate_series(1, 10)`)
			must(t, err)
		}
		must(t, s.Close())
		s.ask.mu.Lock()
		if s.ask.open != 0 || len(s.ask.busy) != 0 || s.ask.behind != 0 {
			t.Errorf("%d connections are open, %d agents ask, %d are cleaned up", s.ask.open, len(s.ask.busy), s.ask.behind)
		}
		s.ask.mu.Unlock()
	}
}

// TestStraysHoldTheirPlace: a process that does not end when it is told to counts as the agent's until it has ended, so that no agent can
// have more of them than connections.
func TestStraysHoldTheirPlace(t *testing.T) {
	t.Parallel()
	h := newAskerHouse(t, 2, 1)
	sql := func(sql string) {
		t.Helper()
		_, err := h.super.Exec(t.Context(), sql)
		must(t, err)
	}
	sql(`SELECT pg_advisory_lock(1)`)
	// It may be told to end more than once, and then while it is between two blocks; then the one around them goes on.
	body := `PERFORM pg_sleep(0.1); IF pg_try_advisory_lock_shared(1) THEN RETURN 'done'; END IF;`
	for range 5 {
		body = `LOOP BEGIN ` + body + ` EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP;`
	}
	sql(`CREATE FUNCTION public.stubborn() RETURNS text LANGUAGE plpgsql AS $$ BEGIN ` + body + ` END $$`)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := h.agents[0].put(ctx, `SELECT public.stubborn()`)
		ended <- err
	}()
	h.until(1, `query LIKE '%stubborn%' AND wait_event = 'PgSleep'`) // it is within all blocks; before them it would end
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a question that was given up ended with %v", err)
	}
	h.ask.mu.Lock()
	busy := h.ask.busy[h.agents[0].id]
	h.ask.mu.Unlock()
	if busy != 1 {
		t.Errorf("the agent has %d connections at work, and a process that does not end", busy)
	}
	sql(`SELECT pg_advisory_unlock(1)`)
	h.pid(0)
	h.until(0, `query LIKE '%stubborn%'`)
}

// TestSlipsCostNoConnection: a question that is wrong is answered on the same connection as the one after it.
func TestSlipsCostNoConnection(t *testing.T) {
	t.Parallel()
	h := newAskerHouse(t, 2, 1)
	first := h.pid(0)
	for _, sql := range []string{`SELECT nam FROM pg_class`, `SELECT 1 1`, `SELECT 'x'::int`, `SELECT 1/0`, `SELECT nothing(1)`} {
		if _, err := h.agents[0].put(t.Context(), sql); err == nil {
			t.Errorf("%s: no error", sql)
		}
		if pid := h.pid(0); pid != first {
			t.Errorf("%s: process %s follows %s", sql, pid, first)
		}
	}
}
