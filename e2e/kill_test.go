package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestKillLosesNothing kills the server in the midst of writes, again and again, and holds what it has after each start
// against what was acknowledged.
func TestKillLosesNothing(t *testing.T) { eachStore(t, testKillLosesNothing) }

func testKillLosesNothing(t *testing.T, s *store) {
	seed := setting(t, "E2E_SEED", rand.Int64())
	t.Logf("E2E_SEED=%d (what happens at once still differs from run to run)", seed)
	a := newArena(t, s, rand.New(rand.NewPCG(uint64(seed), 1)))
	rounds := s.rounds(t, 8)
	for round := range rounds {
		a.load(1 + a.rnd.IntN(300))
		if a.rnd.IntN(3) == 0 {
			a.killAtStart()
		}
		a.child.flags = nil
		if round%2 == 0 { // with two agents, files are closed and opened again all the while
			a.child.flags = []string{"--max-open-agents", "1"}
		}
		a.child.begin()
		a.verify()
		if round == rounds-1 || a.rnd.IntN(2) == 0 { // else the retries ride in the next load, and may be killed again
			a.retry()
		}
		a.repeat(10)
		a.verify()
		if t.Failed() {
			t.Fatalf("round %d of seed %d failed", round, seed)
		}
	}
	t.Logf("%d rounds: %d writes acknowledged, %d cut off; of those retried %d had been applied, %d had not; %d repeats of acknowledged ones replayed; %d contests",
		rounds, a.acks, a.cut.Load(), a.replayed.Load(), a.redone.Load(), a.repeats.Load(), a.bids[0].Load()/3+a.bids[1].Load()/3)
	if a.cut.Load() == 0 {
		t.Error("no kill ever met a request in flight")
	}
}

// arena is one server, two agents with equal tables, and the clients who write for them.
type arena struct {
	t       *testing.T
	rnd     *rand.Rand
	child   *child
	agents  [2]combatant
	clients []*client
	acks    int64
	bids    [2]atomic.Int64

	cut, replayed, redone, repeats atomic.Int64
}

type combatant struct {
	caller
	parcels, contests string
	results           *results // of the contests
}

func newArena(t *testing.T, s *store, rnd *rand.Rand) *arena {
	a := &arena{t: t, rnd: rnd, child: s.start(t)}
	for i := range a.agents {
		c, err := a.child.agent(t.Context())
		no(t, err)
		f := combatant{caller: c, results: newResults()}
		f.parcels, err = c.createTable(t.Context(), "parcels", key("code"),
			field{Name: "n", Type: "INT", Unique: true}, field{Name: "note", Type: "TEXT"}, field{Name: "owner", Type: "INT"})
		no(t, err)
		f.contests, err = c.createTable(t.Context(), "contests", key("code"), field{Name: "owner", Type: "INT", Required: true})
		no(t, err)
		a.agents[i] = f
	}
	for i := range 6 {
		agent := i % 3 / 2 // four clients for the first agent, two for the second
		a.clients = append(a.clients, &client{
			number: i + 1, agent: agent, rnd: rand.New(rand.NewPCG(rnd.Uint64(), 1)), state: newState(),
			contest: func() int { return int(a.bids[agent].Add(1)-1) / 3 }, imported: map[string]*operation{},
		})
	}
	return a
}

// load lets all clients write until n writes were acknowledged; then the server is killed.
func (a *arena) load(n int) {
	var acks atomic.Int64
	var killed atomic.Bool
	var writers, readers sync.WaitGroup
	ctx := a.t.Context()
	for _, c := range a.clients {
		writers.Go(func() {
			for !killed.Load() {
				if err := a.write(ctx, c); errors.Is(err, errCut) {
					a.cut.Add(1)
					return
				} else if err != nil {
					a.t.Errorf("client %d: %v", c.number, err)
					return
				}
				if acks.Add(1) == int64(n) {
					killed.Store(true)
					a.child.kill()
				}
			}
		})
	}
	for i := range a.agents { // a reader each, so that writes meet reads
		readers.Go(func() {
			for page := 1; !killed.Load(); page = page%20 + 1 {
				if _, err := a.agents[i].page(ctx, a.agents[i].parcels, page, 100); err != nil && !killed.Load() {
					a.t.Errorf("reading under load: %v", err)
				}
			}
		})
	}
	writers.Wait()
	if !killed.Swap(true) {
		a.child.kill() // the clients have failed before
	}
	readers.Wait()
	a.acks += acks.Load()
}

// errCut says that a request got no answer.
var errCut = errors.New("no answer")

// write makes a client's pending operation again, or its next one.
func (a *arena) write(ctx context.Context, c *client) error {
	f := &a.agents[c.agent]
	o, again := c.pending, c.pending != nil
	if !again {
		o = c.next(f.parcels, f.contests)
		c.pending = o
	}
	got, err := f.send(ctx, http.MethodPost, o.path, o.body, "Idempotency-Key", o.key)
	if err != nil {
		return fmt.Errorf("%w: %w", errCut, err)
	}
	replayed := got.header.Get("Idempotency-Replayed") == "true"
	switch {
	case !again && replayed:
		return fmt.Errorf("%s: a first try was answered by replay", o.path)
	case o.seen && !replayed:
		return fmt.Errorf("%s was applied, but its retry was not answered by replay: %s", o.path, got)
	case again && replayed:
		a.replayed.Add(1)
	case again:
		a.redone.Add(1)
	}
	return c.acknowledge(o, got)
}

// killAtStart starts the server and kills it before it serves, or hardly after.
func (a *arena) killAtStart() {
	p := a.child.launch()
	<-time.After(time.Duration(a.rnd.IntN(40)) * time.Millisecond) // wherever its start is then
	a.child.killed(p)
}

// retry makes every pending operation again, all clients at once.
func (a *arena) retry() {
	a.everyone(func(c *client) error {
		if c.pending == nil {
			return nil
		}
		return a.write(a.t.Context(), c)
	})
}

// repeat sends some acknowledged operations of each client again: answered by replay, nothing changes.
func (a *arena) repeat(n int) {
	a.everyone(func(c *client) error {
		for range min(n, len(c.acked)) {
			o := c.acked[c.rnd.IntN(len(c.acked))]
			got, err := a.agents[c.agent].send(a.t.Context(), http.MethodPost, o.path, o.body, "Idempotency-Key", o.key)
			if err == nil {
				err = o.repeated(got)
			}
			if err != nil {
				return fmt.Errorf("repeat of %s: %w", o.path, err)
			}
			a.repeats.Add(1)
		}
		return nil
	})
}

func (a *arena) everyone(f func(*client) error) {
	var wg sync.WaitGroup
	for _, c := range a.clients {
		wg.Go(func() {
			if err := f(c); err != nil {
				a.t.Errorf("client %d: %v", c.number, err)
			}
		})
	}
	wg.Wait()
}

// verify reads all that the server has and holds it against the model.
func (a *arena) verify() {
	a.t.Helper()
	a.everyone(a.checkTasks)
	seen := make([]state, len(a.clients))
	for i := range seen {
		seen[i] = newState()
	}
	for i := range a.agents {
		no(a.t, a.readParcels(i, seen))
		no(a.t, a.readTables(i, seen))
		no(a.t, a.checkContests(i))
	}
	for i, c := range a.clients {
		if err := c.settle(seen[i]); err != nil {
			a.t.Errorf("client %d: %v", c.number, err)
		}
	}
}

// checkTasks asks for the tasks of a client's acknowledged imports.
func (a *arena) checkTasks(c *client) error {
	f := &a.agents[c.agent]
	for id, o := range c.imported {
		ts, err := f.tasks(a.t.Context(), id)
		switch {
		case err != nil:
			return err
		case len(ts) != 1 || ts[0].ID != id || ts[0].Progress != 100:
			return fmt.Errorf("the task of an acknowledged import is %+v", ts)
		}
		if err := o.task(ts[0]); err != nil {
			return fmt.Errorf("task %s: %w", id, err)
		}
		if o.bid >= 0 {
			f.results.result(o.bid, c.number, ts[0].Status == "AVAILABLE")
		}
	}
	clear(c.imported)
	return nil
}

// readParcels sorts an agent's parcels by client and looks for what should be unique.
func (a *arena) readParcels(agent int, seen []state) error {
	f := &a.agents[agent]
	ns, ids := map[int64]bool{}, map[string]bool{}
	return f.each(a.t.Context(), f.parcels, func(_ int, r record) error {
		code, _ := r.Value["code"].(string)
		n, err := strconv.ParseInt(fmt.Sprint(r.Value["n"]), 10, 64)
		if err != nil {
			return err
		}
		owner, err := strconv.Atoi(fmt.Sprint(r.Value["owner"]))
		if err != nil || owner < 1 || owner > len(seen) || a.clients[owner-1].agent != agent || !strings.HasPrefix(code, fmt.Sprintf("c%d-", owner)) {
			return fmt.Errorf("nobody wrote %v", r.Value)
		}
		note, _ := r.Value["note"].(string)
		if _, twice := seen[owner-1].parcels[code]; twice || ns[n] || ids[r.ID] {
			return fmt.Errorf("a unique value twice: %v", r.Value)
		}
		ns[n], ids[r.ID] = true, true
		seen[owner-1].parcels[code] = parcel{n: n, note: note, id: r.ID}
		if r.CreatedAt > r.UpdatedAt {
			return fmt.Errorf("updated before it was created: %+v", r)
		}
		return nil
	})
}

// readTables sorts the tables that clients made by client.
func (a *arena) readTables(agent int, seen []state) error {
	ts, err := a.agents[agent].tables(a.t.Context())
	for _, t := range ts {
		var owner, number int
		if n, _ := fmt.Sscanf(t.Name, "made_by_%d_%d", &owner, &number); n == 2 {
			if seen[owner-1].tables[t.Name] {
				return fmt.Errorf("table %s is listed twice", t.Name)
			}
			seen[owner-1].tables[t.Name] = true
		}
	}
	return err
}
