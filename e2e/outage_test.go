package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"stele/internal/pgtest"
	"stele/internal/pgtest/cutter"
)

// Tests of a server whose database fails: cut off at any message of an import, or killed under load again and again.

// unavailable holds the answer of a server that cannot reach its database against what a client needs.
func unavailable(a answer) error {
	if err := a.is(503, 50000); err != nil {
		return err
	}
	if s, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || s < 1 {
		return fmt.Errorf("nothing says when to try again: %s", a)
	}
	return nil
}

// cutSide is a database that the server reaches through a cutter.
type cutSide struct {
	keeper
	cut *cutter.Cutter
}

func (d *cutSide) place() string { return d.cut.URL() }
func (d *cutSide) secrets() []string {
	return append(d.keeper.secrets(), (&serverSide{url: d.cut.URL()}).secrets()...)
}

// TestDatabaseThatIsCutOff cuts an import with an Idempotency-Key at every message between the server and its database. Whoever
// sends it again is answered, by one task, and its records are there once.
//
// Some of all cuts are made, by E2E_SEED; E2E_CUTS=all makes all.
func TestDatabaseThatIsCutOff(t *testing.T) {
	t.Parallel()
	long(t)
	for _, ways := range [][]cutter.How{{cutter.Close, cutter.Reset}, {cutter.Silence}} {
		t.Run(fmt.Sprint(ways), func(t *testing.T) {
			t.Parallel()
			c := newCutOff(t, ways)
			cuts := c.cuts(ways)
			for _, cut := range cuts {
				c.importCut(cut)
			}
			t.Logf("%d cuts, %d of them met; %d answered at once, %d by 503, of which %d had been applied", len(cuts), c.met, c.answered, c.refused, c.replayed)
			if c.met < len(cuts)/2 || c.refused == 0 {
				t.Error("the cuts do not meet the imports")
			}
			c.check()
		})
	}
}

// cutOff is a server behind a cutter, with a table that would keep what is imported twice.
type cutOff struct {
	caller
	t     *testing.T
	cut   *cutter.Cutter
	table string
	n     int // imports
	tasks map[string]bool

	met, answered, refused, replayed int
}

func newCutOff(t *testing.T, ways []cutter.How) *cutOff {
	c := &cutOff{t: t, tasks: map[string]bool{}}
	behind := &store{"postgres", "--database", func(t *testing.T) keeper {
		k := database.make(t)
		c.cut = cutter.New(t, k.place())
		return &cutSide{k, c.cut}
	}}
	var flags []string
	if ways[0] == cutter.Silence { // its own time is all that ends a request
		flags = []string{"--timeout", "2s"} // the first start must be done within it, too
	}
	child := behind.start(t, flags...)
	agent, err := child.agent(t.Context())
	no(t, err)
	c.caller = agent
	c.table, err = agent.createTable(t.Context(), "cuts", fields("TEXT", "code")...)
	no(t, err)
	return c
}

// cuts are those to be made of an import's messages.
func (c *cutOff) cuts(ways []cutter.How) []cutter.Cut {
	c.t.Helper()
	for range 8 { // the first ones open a connection of the agent's own and prepare statements
		c.cut.Record()
		c.again(c.next())
	}
	all := cutter.Cuts(c.cut.Trace(), ways...)
	if os.Getenv("E2E_CUTS") == "all" {
		return all
	}
	seed := setting(c.t, "E2E_SEED", rand.Int64())
	c.t.Logf("E2E_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(uint64(seed), 4))
	most := 40
	if ways[0] == cutter.Silence {
		most = 8
	}
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(most, len(all))]
}

// attempt is an import that may have to be sent again.
type attempt struct {
	key, body string
	sent      int
}

// next makes another import: of three records.
func (c *cutOff) next() *attempt {
	c.n++
	return &attempt{
		key:  fmt.Sprintf("cut-%d", c.n),
		body: fmt.Sprintf(`{"table_id":"%s","records":[{"code":"%[2]d-1"},{"code":"%[2]d-2"},{"code":"%[2]d-3"}]}`, c.table, c.n),
	}
}

// importCut sends an import that is cut, and then again.
func (c *cutOff) importCut(cut cutter.Cut) {
	c.t.Helper()
	a := c.next()
	hit := c.cut.Arm(cut)
	got := c.send(a)
	select {
	case <-hit:
		c.met++
	default:
	}
	trace := c.cut.Trace()
	c.cut.Heal()
	var first string
	var err error
	if got.status == http.StatusOK {
		c.answered++
		first, err = taskID(got, nil)
	} else {
		c.refused++
		err = unavailable(got)
	}
	if err != nil {
		c.t.Fatalf("%s: %v, after %v", cut, err, trace)
	}
	if id := c.again(a); first != "" && id != first {
		c.t.Errorf("%s: answered with task %s, and then with %s", cut, first, id)
	}
}

func (c *cutOff) send(a *attempt) answer {
	c.t.Helper()
	a.sent++
	got, err := c.caller.send(c.t.Context(), http.MethodPost, pathImport, []byte(a.body), "Idempotency-Key", a.key)
	no(c.t, err)
	return got
}

// again sends an import until it is answered, and once more: one task, whose records are all added.
func (c *cutOff) again(a *attempt) (id string) {
	c.t.Helper()
	for range 2 {
		got := c.send(a)
		for from := time.Now(); got.status != http.StatusOK && time.Since(from) < patience; got = c.send(a) {
			no(c.t, unavailable(got)) // its connection broke behind the last answer, or the machine is slow
		}
		now, err := taskID(got, nil)
		no(c.t, err)
		if replayed := got.header.Get("Idempotency-Replayed") == "true"; replayed && a.sent == 2 {
			c.replayed++
		}
		if id != "" && (now != id || got.header.Get("Idempotency-Replayed") != "true") {
			c.t.Errorf("the import %s was answered with task %s, and then with %s: %s", a.key, id, now, got)
		}
		id = now
	}
	if c.tasks[id] {
		c.t.Errorf("the task %s is of two imports", id)
	}
	c.tasks[id] = true
	return id
}

// check holds what is there against the imports: all were acknowledged in the end.
func (c *cutOff) check() {
	c.t.Helper()
	seen := map[string]int{}
	no(c.t, c.each(c.t.Context(), c.table, func(_ int, r record) error {
		seen[fmt.Sprint(r.Value["code"])]++
		return nil
	}))
	for n := 1; n <= c.n; n++ {
		for i := 1; i <= 3; i++ {
			if code := fmt.Sprintf("%d-%d", n, i); seen[code] != 1 {
				c.t.Errorf("record %s is there %d times", code, seen[code])
			}
		}
	}
	for id := range c.tasks {
		ts, err := c.caller.tasks(c.t.Context(), id)
		no(c.t, err)
		if len(ts) != 1 || ts[0].Status != "AVAILABLE" || ts[0].SuccessCount != 3 || ts[0].TotalCount != 3 {
			c.t.Errorf("the task %s is %+v", id, ts)
		}
	}
}

// TestDatabaseIsKilled ends PostgreSQL as a crash would, in the midst of writes, again and again, under one server that is
// never started again. What was acknowledged is there; nothing is half applied; the server comes back by itself.
func TestDatabaseIsKilled(t *testing.T) {
	t.Parallel()
	long(t)
	seed := setting(t, "E2E_SEED", rand.Int64())
	t.Logf("E2E_SEED=%d (what happens at once still differs from run to run)", seed)
	var pg *pgtest.Server
	own := &store{"postgres", "--database", func(t *testing.T) keeper {
		pg = pgtest.New(t, pgtest.Options{})
		return &serverSide{url: pg.Database(t)}
	}}
	a := newArena(t, own, rand.New(rand.NewPCG(uint64(seed), 5)))
	a.outages = true
	a.strike = func() {
		if err := pg.Kill(); err != nil {
			t.Error(err)
		}
	}
	rounds := int(setting(t, "E2E_ROUNDS", 5))
	for round := range rounds {
		a.load(1 + a.rnd.IntN(200))
		if a.child.ready() {
			t.Error("a server without its database says that it is ready")
		}
		if round%2 == 0 { // some send again while PostgreSQL is starting
			hurried := a.hurry()
			no(t, pg.Start())
			hurried()
		} else {
			no(t, pg.Start())
		}
		a.recover()
		a.verify()
		a.retry()
		a.repeat(10)
		a.verify()
		if t.Failed() {
			t.Fatalf("round %d of seed %d failed", round, seed)
		}
	}
	t.Logf("%d rounds: %d writes acknowledged, %d cut off; of those retried %d had been applied, %d had not; %d repeats of acknowledged ones replayed",
		rounds, a.acks, a.cut.Load(), a.replayed.Load(), a.redone.Load(), a.repeats.Load())
	if a.cut.Load() == 0 {
		t.Error("no kill ever met a request in flight")
	}
}

// hurry has every client send its pending operation again and again until it is acknowledged. The function it returns waits
// for that.
func (a *arena) hurry() (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.retry()
	}()
	return func() { <-done }
}

// recover waits until the server is ready again.
func (a *arena) recover() {
	a.t.Helper()
	for from := time.Now(); !a.child.ready(); {
		if time.Since(from) > patience {
			a.t.Fatal("the server does not come back")
		}
	}
}
