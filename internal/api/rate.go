package api

import (
	"strconv"
	"sync"
	"time"

	"stele"
)

// rates counts requests of keys that have a limit, in windows of one minute by the clock.
type rates struct {
	mu     sync.Mutex
	minute int64 // since 1970
	used   map[stele.KeyID]int
}

// mostRates bounds the keys that are counted at once.
const mostRates = 100_000

func newRates() *rates { return &rates{used: map[stele.KeyID]int{}} }

// take counts a request of a key, and says how many are left in the window and when the next one begins. ok is false if
// there was none left.
func (r *rates) take(k stele.Key, now time.Time) (left int, next time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := now.Unix() / 60; m != r.minute {
		r.minute = m
		clear(r.used)
	}
	next = time.Unix((r.minute+1)*60, 0)
	n, known := r.used[k.ID]
	if n >= k.RPM {
		return 0, next, false
	}
	if !known && len(r.used) >= mostRates {
		for other := range r.used { // forget one: it may ask a little more often than it should
			delete(r.used, other)
			break
		}
	}
	r.used[k.ID] = n + 1
	return k.RPM - n - 1, next, true
}

// rate refuses a request of a key that has made too many in this minute (wire.md 3).
func (x *exchange) rate(k stele.Key) error {
	if k.RPM <= 0 {
		return nil
	}
	now := x.h.Service.Now()
	left, next, ok := x.h.rates.take(k, now)
	h := x.w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(k.RPM))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(next.Unix(), 10))
	if ok {
		return nil
	}
	return &stele.Error{Code: stele.CodeRateLimited, RetryAfter: next.Sub(now),
		Detail: strconv.Itoa(k.RPM) + " requests a minute are allowed with this API key"}
}
