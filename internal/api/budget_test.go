package api

import (
	"context"
	"runtime"
	"testing"
	"time"

	"stele"
)

// Of requests that need more while they hold some, one waits and the others give way, so that it gets it.
func TestGrowersGiveWay(t *testing.T) {
	t.Parallel()
	b := newBudget(100, 1)
	b.patience = time.Hour
	ctx := context.Background()
	first, second := &loan{of: b}, &loan{of: b}
	for _, l := range []*loan{first, second} {
		if err := l.take(ctx, 50); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan error)
	go func() { got <- first.take(ctx, 50) }()
	for len(b.growing) == 0 {
		runtime.Gosched()
	}
	if err := second.take(ctx, 1); stele.ErrorCode(err) != stele.CodeOverloaded {
		t.Errorf("the second waits too: %v", err)
	}
	second.repay()
	if err := <-got; err != nil || first.n != 100 {
		t.Errorf("the first got %v and has %d", err, first.n)
	}
	first.repay()
	if !b.free.TryAcquire(100) || len(b.growing) != 0 {
		t.Error("something was not returned")
	}
}

// A request that has nothing waits its turn, no longer than its patience or its client's.
func TestPatience(t *testing.T) {
	t.Parallel()
	b := newBudget(100, 1)
	holder, waiter := &loan{of: b}, &loan{of: b}
	if err := holder.take(context.Background(), 60); err != nil {
		t.Fatal(err)
	}
	b.patience = time.Nanosecond
	if err := waiter.take(context.Background(), 60); stele.ErrorCode(err) != stele.CodeOverloaded || waiter.n != 0 {
		t.Errorf("%v, and has %d", err, waiter.n)
	}
	b.patience = time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := waiter.take(ctx, 60); err == nil {
		t.Error("a client that left was waited for")
	}
	done := make(chan error)
	go func() { done <- waiter.take(context.Background(), 60) }()
	holder.repay()
	if err := <-done; err != nil {
		t.Error(err)
	}
	waiter.repay()
}

// However little is configured, one body of the largest kind has room to be read.
func TestBudgetIsEnoughForOne(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(cfg *Config) {
		cfg.BodyMemory = 1
		cfg.Service.Limits.ImportBody, cfg.Service.Limits.UpdateBody, cfg.Service.Limits.Body = 4*mib, mib, mib
	})
	c := g.agent("one")
	id := c.table(plain)
	body := padded(`{"table_id":"`+id+`","records":[{"n":1}]}`, 4*mib)
	g.want(g.send(ask{method: "POST", path: pathImport, key: c.key, body: body, chunked: true}), 200, 0)
}

// A request that finds no memory is told to come back; when there is some again, it is served.
func TestBusy(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c := g.agent("busy")
	id := c.table(plain)
	b := g.handler.budget
	b.patience = time.Nanosecond
	if err := b.free.Acquire(context.Background(), b.size); err != nil {
		t.Fatal(err)
	}
	body := `{"table_id":"` + id + `","records":[{"n":1}]}`
	if r := g.want(c.post(pathImport, body), 503, 50000); r.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", r.header.Get("Retry-After"))
	}
	g.want(c.get(pathVerify), 200, 0) // what has no body needs none
	b.free.Release(b.size)
	if n := c.records(id, "").Total; n != 0 {
		t.Errorf("%d records of a request that was refused", n)
	}
	g.want(c.post(pathImport, body), 200, 0)
}
