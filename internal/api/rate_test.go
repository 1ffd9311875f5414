package api

import (
	"strconv"
	"testing"
	"time"

	"stele"
	"stele/internal/wire"
)

// A key with a limit gets so many requests in each minute of the clock, and is told how many are left.
func TestRateLimit(t *testing.T) { eachStore(t, testRateLimit) }

func testRateLimit(t *testing.T, s *store) {
	g := s.rig(t) // the clock stands at 08:00:00.123
	c := g.agent("rate")
	limited, other := c.with(`{"rpm":3}`), c.with(`{"rpm":1}`)
	minute := clockStart.Truncate(time.Minute).Add(time.Minute)
	check := func(r reply, left int) {
		t.Helper()
		want := "3 " + strconv.Itoa(left) + " " + strconv.FormatInt(minute.Unix(), 10)
		if got := r.header.Get("X-RateLimit-Limit") + " " + r.header.Get("X-RateLimit-Remaining") + " " + r.header.Get("X-RateLimit-Reset"); got != want {
			t.Errorf("limits %q, want %q", got, want)
		}
	}
	check(g.want(limited.get(pathVerify), 200, 0), 2)
	check(g.want(limited.post(pathPage, "{"), 400, 40000), 1) // a refused request counts
	check(g.want(limited.get(pathTables), 200, 0), 0)
	r := g.want(limited.get(pathVerify), 429, 40008)
	check(r, 0)
	if after := r.header.Get("Retry-After"); after != "60" {
		t.Errorf("Retry-After is %q, want 60: 59.877 seconds, rounded up", after)
	}
	g.want(limited.in(wire.AltaTech).post(pathImport, `{}`), 429, 40008)
	g.want(other.get(pathVerify), 200, 0) // each key has its own
	if r := g.want(c.get(pathVerify), 200, 0); r.header.Get("X-RateLimit-Limit") != "" {
		t.Error("a key without a limit is told one")
	}
	g.clock.move(59 * time.Second)
	if r := g.want(limited.get(pathVerify), 429, 40008); r.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q, want 1", r.header.Get("Retry-After"))
	}
	g.clock.move(877 * time.Millisecond)
	minute = minute.Add(time.Minute)
	check(g.want(limited.get(pathVerify), 200, 0), 2)
}

// What is counted is bounded, however many keys there are.
func TestRatesAreBounded(t *testing.T) {
	t.Parallel()
	r := newRates()
	now := clockStart
	for i := range mostRates + 100 {
		k := stele.Key{ID: stele.KeyID(strconv.Itoa(i)), RPM: 1}
		if _, _, ok := r.take(k, now); !ok {
			t.Fatalf("the first request of key %d was refused", i)
		}
	}
	if len(r.used) != mostRates {
		t.Errorf("%d keys are counted, want %d", len(r.used), mostRates)
	}
	if _, _, ok := r.take(stele.Key{ID: "x", RPM: 1}, now.Add(time.Minute)); !ok || len(r.used) != 1 {
		t.Errorf("the next minute began with %d keys", len(r.used))
	}
}
