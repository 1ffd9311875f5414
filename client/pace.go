package client

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// window is what the server counts requests in.
const window = time.Minute

// pace is what is known of a key's rate: how many requests are left in this minute of the server's.
type pace struct {
	key string // whose it is: a copy of the client may have been given another one

	mu     sync.Mutex
	limit  int // requests of a minute; 0: none is known
	left   int
	flying int       // requests without an answer
	ends   time.Time // when the minute is over, by the clock of this machine
}

// enter takes a request of this minute, or of the next one once that has come.
func (p *pace) enter(ctx context.Context, c Clock) error {
	for {
		wait := p.take(c.Now())
		if wait <= 0 {
			return nil
		}
		if until, ok := ctx.Deadline(); ok && c.Now().Add(wait).After(until) {
			return fmt.Errorf("the key's requests of this minute are used up, and the next one is %s away: %w", wait, context.DeadlineExceeded)
		}
		if err := c.Sleep(ctx, wait); err != nil {
			return fmt.Errorf("waiting for the key's next minute: %w", err)
		}
	}
}

// take returns how long to wait; 0 if a request may go.
func (p *pace) take(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit > 0 && !now.Before(p.ends) {
		p.left = p.limit - p.flying
		p.ends = p.ends.Add(now.Sub(p.ends).Truncate(window) + window)
	}
	if p.limit > 0 && p.left <= 0 {
		return p.ends.Sub(now)
	}
	p.left--
	p.flying++
	return 0
}

// leave notes what an answer says, if there is one. The server's minute ends so long after its own date; clocks may differ.
func (p *pace) leave(resp *http.Response, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flying--
	if resp == nil {
		return
	}
	number := func(name string) int64 {
		n, err := strconv.ParseInt(resp.Header.Get(name), 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	limit, left, reset := number("X-RateLimit-Limit"), number("X-RateLimit-Remaining"), number("X-RateLimit-Reset")
	if limit <= 0 || left < 0 || reset < 0 {
		if resp.StatusCode == http.StatusOK {
			p.limit = 0 // the key has none
		}
		return
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		date = now
	}
	ends := now.Add(min(window+time.Second, time.Unix(reset, 0).Sub(date)))
	switch known := p.limit > 0; {
	case !known || ends.After(p.ends.Add(window/2)): // a minute of which nothing was known
		p.left = int(left) - p.flying
		p.ends = ends
	case ends.After(p.ends.Add(-window / 2)): // the same, told to the second
		p.left = min(p.left, int(left))
		p.ends = later(p.ends, ends)
	}
	p.limit = int(limit)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
