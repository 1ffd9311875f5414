package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// watched begins the application name of all connections of Stele.
const watched = "stele"

// watchEvery is the time between two countings of connections.
const watchEvery = 20 * time.Millisecond

// connections is what was seen of those that one server had to one database at the same time.
type connections struct {
	Most    int  `json:"most"`
	Samples int  `json:"samples"`
	Allowed int  `json:"allowed"`
	Reached bool `json:"reached"`
}

// watch counts, again and again, the connections that PostgreSQL has from each server.
type watch struct {
	cancel context.CancelFunc
	done   chan error

	mu            sync.Mutex
	most, samples int
}

func startWatch(ctx context.Context, url string) (*watch, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connecting in order to count connections: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{cancel: cancel, done: make(chan error, 1)}
	go func() { w.done <- w.run(ctx, conn) }()
	return w, nil
}

func (w *watch) run(ctx context.Context, conn *pgx.Conn) error {
	defer func() { _ = conn.Close(context.Background()) }()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		var n int
		err := conn.QueryRow(ctx, `SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM pg_stat_activity
			WHERE application_name=$1 OR application_name LIKE $1||'-%' GROUP BY datname, application_name) x`, watched).Scan(&n)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("counting connections: %w", err)
		}
		w.mu.Lock()
		w.most, w.samples = max(w.most, n), w.samples+1
		w.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (w *watch) seen(allowed int) *connections {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &connections{Most: w.most, Samples: w.samples, Allowed: allowed, Reached: w.samples > 0 && w.most <= allowed}
}

func (w *watch) stop() error {
	w.cancel()
	return <-w.done
}
