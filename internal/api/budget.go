package api

import (
	"context"
	"slices"
	"sync"
	"time"

	"stele"
)

// budget is the memory that request bodies may take at once, over all requests (Config.BodyMemory).
//
// No agent may hold more of it than it leaves free. One that sends large bodies, or promises them and never sends them,
// therefore waits for itself: what others need is still there, and nobody stands behind it in a queue.
type budget struct {
	size     int64
	growing  chan struct{} // holds the one request that waits for more while it has some
	patience time.Duration // how long a request waits for memory

	mu      sync.Mutex
	free    int64
	held    map[stele.AgentID]int64 // what each agent has, if anything; "" is the administrator
	waiting []*waiter               // in the order in which they came
}

// waiter is a request that found too little.
type waiter struct {
	agent stele.AgentID
	n     int64
	ready chan struct{} // closed once it has got n
}

// newBudget makes a budget of so many bytes, raised to what one body of the largest kind may take while it grows: half of
// it, then all of it and a byte more, and it must leave as much free as it holds.
func newBudget(bytes int64, largest int) *budget {
	size := max(bytes, 3*int64(largest)+2)
	return &budget{
		size: size, free: size, held: map[stele.AgentID]int64{},
		growing: make(chan struct{}, 1), patience: 5 * time.Second,
	}
}

// grant gives an agent n bytes if it may have them. b.mu is held.
func (b *budget) grant(agent stele.AgentID, n int64) bool {
	if b.held[agent]+n > b.free-n {
		return false
	}
	b.free -= n
	b.held[agent] += n
	return true
}

// give takes n bytes back from an agent, and lets those have them who waited.
func (b *budget) give(agent stele.AgentID, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += n
	if b.held[agent] -= n; b.held[agent] == 0 {
		delete(b.held, agent)
	}
	b.waiting = slices.DeleteFunc(b.waiting, func(w *waiter) bool {
		granted := b.grant(w.agent, w.n)
		if granted {
			close(w.ready)
		}
		return granted
	})
}

// take gives an agent n bytes now, and returns nil, or a place among those who wait.
func (b *budget) take(agent stele.AgentID, n int64) *waiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.grant(agent, n) {
		return nil
	}
	w := &waiter{agent, n, make(chan struct{})}
	b.waiting = append(b.waiting, w)
	return w
}

// leave ends a wait, and reports whether it had been granted just then.
func (b *budget) leave(w *waiter) (granted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.Index(b.waiting, w)
	if at < 0 {
		return true
	}
	b.waiting = slices.Delete(b.waiting, at, at+1)
	return false
}

// loan is what one request has of the budget.
type loan struct {
	of    *budget
	agent stele.AgentID
	n     int64
}

// take waits for n bytes more. A request that has some already waits only if no other such one does, and else gives way
// at once: were all to wait while they hold on to what they have, none would ever get more.
func (l *loan) take(ctx context.Context, n int64) error {
	w := l.of.take(l.agent, n)
	if w != nil && !l.wait(ctx, w) {
		return busy()
	}
	l.n += n
	return nil
}

// wait reports whether the request got what it waits for.
func (l *loan) wait(ctx context.Context, w *waiter) bool {
	if l.n > 0 {
		select {
		case l.of.growing <- struct{}{}:
			defer func() { <-l.of.growing }()
		default:
			return l.of.leave(w)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, l.of.patience)
	defer cancel()
	select {
	case <-w.ready:
		return true
	case <-ctx.Done():
		return l.of.leave(w)
	}
}

// give returns n bytes.
func (l *loan) give(n int64) {
	l.of.give(l.agent, n)
	l.n -= n
}

// repay returns all that is left.
func (l *loan) repay() {
	if l.n > 0 {
		l.give(l.n)
	}
}

func busy() error {
	return &stele.Error{Code: stele.CodeOverloaded, Detail: "too many large requests at once; nothing was applied", RetryAfter: time.Second}
}
