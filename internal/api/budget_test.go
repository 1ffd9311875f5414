package api

import (
	"context"
	"testing"
	"time"

	"stele"
)

// wantWhole wants everything to be back.
func (b *budget) wantWhole(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free != b.size || len(b.held) > 0 || len(b.waiting) > 0 {
		t.Errorf("of %d bytes for bodies %d are free, %d requests wait, and there are held %v", b.size, b.free, len(b.waiting), b.held)
	}
}

// lend takes bytes away from everyone.
func (b *budget) lend(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free -= n
}

// testBudget has 1000 bytes; who waits for them waits until the test ends.
func testBudget() *budget {
	b := newBudget(1000, 100)
	b.patience = time.Hour
	return b
}

// queued waits until n requests wait.
func (b *budget) queued(n int) {
	for {
		b.mu.Lock()
		there := len(b.waiting)
		b.mu.Unlock()
		if there == n {
			return
		}
		time.Sleep(time.Microsecond)
	}
}

func TestBudgetHasRoomForOneLargestBody(t *testing.T) {
	t.Parallel()
	if b := newBudget(0, 100); b.size != 302 {
		t.Errorf("%d bytes for bodies of 100", b.size)
	}
	if b := newBudget(1000, 100); b.size != 1000 {
		t.Errorf("%d bytes, want 1000", b.size)
	}
}

// An agent may hold what it leaves free, to the byte; others are not kept waiting by it.
func TestBudgetShares(t *testing.T) {
	t.Parallel()
	b, ctx := testBudget(), t.Context()
	greedy, more, other := &loan{of: b, agent: "greedy"}, &loan{of: b, agent: "greedy"}, &loan{of: b, agent: "other"}
	if err := greedy.take(ctx, 500); err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() { got <- more.take(ctx, 1) }()
	b.queued(1)
	if err := other.take(ctx, 250); err != nil { // passes the one that waits
		t.Fatal(err)
	}
	greedy.give(249) // it has 251, and 499 are free
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	for _, l := range []*loan{greedy, more, other} {
		l.repay()
		l.repay()
	}
	b.wantWhole(t)
}

// Who waits gives up after its patience, or when its request ends, and leaves nothing behind.
func TestBudgetPatience(t *testing.T) {
	t.Parallel()
	b := testBudget()
	all := &loan{of: b, agent: "a"}
	if err := all.take(t.Context(), 500); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&loan{of: b, agent: "a"}).take(ended, 1); stele.ErrorCode(err) != stele.CodeOverloaded {
		t.Errorf("a request that has ended got %v", err)
	}
	b.patience = time.Nanosecond
	if err := (&loan{of: b, agent: "a"}).take(t.Context(), 1); stele.ErrorCode(err) != stele.CodeOverloaded {
		t.Errorf("a request without patience got %v", err)
	}
	all.repay()
	b.wantWhole(t)
}

// Of requests that have some and want more, one waits and the others give way, so that it can get it.
func TestBudgetGrowth(t *testing.T) {
	t.Parallel()
	b, ctx := testBudget(), t.Context()
	first, second := &loan{of: b, agent: "a"}, &loan{of: b, agent: "a"}
	for _, l := range []*loan{first, second} {
		if err := l.take(ctx, 250); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan error)
	go func() { got <- first.take(ctx, 100) }()
	b.queued(1)
	for len(b.growing) == 0 { // it has a place in the queue first, and then the right to wait in it
		time.Sleep(time.Microsecond)
	}
	if err := second.take(ctx, 100); stele.ErrorCode(err) != stele.CodeOverloaded {
		t.Errorf("the second to grow got %v", err)
	}
	second.repay()
	if err := <-got; err != nil || first.n != 350 {
		t.Errorf("the first to grow has %d, %v", first.n, err)
	}
	first.repay()
	b.wantWhole(t)
}

// A wait that ends at the moment in which it is granted counts as granted, else its bytes were lost.
func TestBudgetGrantedWhileLeaving(t *testing.T) {
	t.Parallel()
	b := testBudget()
	l := &loan{of: b, agent: "a"}
	if err := l.take(t.Context(), 500); err != nil {
		t.Fatal(err)
	}
	w := b.take("a", 1)
	l.repay()
	if !b.leave(w) {
		t.Error("a granted wait was not seen to be")
	}
	b.give("a", 1)
	b.wantWhole(t)
}

// However little is configured, one body of the largest kind has room to be read.
func TestBudgetIsEnoughForOne(t *testing.T) { eachStore(t, testBudgetIsEnoughForOne) }

func testBudgetIsEnoughForOne(t *testing.T, s *store) {
	g := s.rig(t, func(cfg *Config) {
		cfg.BodyMemory = 1
		cfg.Service.Limits.ImportBody, cfg.Service.Limits.UpdateBody, cfg.Service.Limits.Body = 4*mib, mib, mib
	})
	c := g.agent("one")
	id := c.table(plain)
	body := padded(`{"table_id":"`+id+`","records":[{"n":1}]}`, 4*mib)
	g.want(g.send(ask{method: "POST", path: pathImport, key: c.key, body: body, chunked: true}), 200, 0)
}

// A request that finds no memory is told to come back; when there is some again, it is served.
func TestBusy(t *testing.T) { eachStore(t, testBusy) }

func testBusy(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("busy")
	id := c.table(plain)
	b := g.handler.budget
	b.patience = time.Nanosecond
	b.lend(b.size)
	body := `{"table_id":"` + id + `","records":[{"n":1}]}`
	if r := g.want(c.post(pathImport, body), 503, 50000); r.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", r.header.Get("Retry-After"))
	}
	g.want(c.get(pathVerify), 200, 0) // what has no body needs none
	b.lend(-b.size)
	if n := c.records(id, "").Total; n != 0 {
		t.Errorf("%d records of a request that was refused", n)
	}
	g.want(c.post(pathImport, body), 200, 0)
}
