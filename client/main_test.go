package client_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"stele/internal/sqlite"
)

func TestMain(m *testing.M) {
	sqlite.ServeIfWorker() // questions are answered by processes of their own, which this program is too
	m.Run()
}

// clock passes only while somebody waits by it.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return nil
}

func (c *clock) waits() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.slept
}

// alone is an HTTP client that keeps no connection, so that nothing below the client sends a request again.
func alone() *http.Client { return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} }
