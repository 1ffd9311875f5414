package api

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"

	"stele"
)

// budget is the memory that request bodies may take at once, over all requests (Config.BodyMemory).
type budget struct {
	size     int64
	free     *semaphore.Weighted
	growing  chan struct{} // holds the one request that waits for more while it has some
	patience time.Duration // how long a request waits for memory
}

// newBudget makes a budget of so many bytes, raised to what one body of the largest kind may take while it grows.
func newBudget(bytes int64, largest int) *budget {
	size := max(bytes, 2*int64(largest)+2)
	return &budget{
		size:     size,
		free:     semaphore.NewWeighted(size),
		growing:  make(chan struct{}, 1),
		patience: 5 * time.Second,
	}
}

// loan is what one request has of the budget.
type loan struct {
	of *budget
	n  int64
}

// take waits for n bytes more. A request that has some already waits only if no other such one does, and else gives way
// at once: were all to wait while they hold on to what they have, none would ever get more.
func (l *loan) take(ctx context.Context, n int64) error {
	if l.of.free.TryAcquire(n) {
		l.n += n
		return nil
	}
	if l.n > 0 {
		select {
		case l.of.growing <- struct{}{}:
			defer func() { <-l.of.growing }()
		default:
			return busy()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, l.of.patience)
	defer cancel()
	if l.of.free.Acquire(ctx, n) != nil {
		return busy()
	}
	l.n += n
	return nil
}

// give returns n bytes.
func (l *loan) give(n int64) {
	l.of.free.Release(n)
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
