package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// lanes are the connections of a store, each with a number. A session of PostgreSQL that meets an agent reads what the agent has
// and prepares its statements, which costs more than most calls. So the calls of an agent go by one lane, its home, while
// that is free: each session knows a part of the agents, and not each of them all.
type lanes struct {
	all []*lane

	mu      sync.Mutex
	waiting []*waiter // while all lanes are busy
}

// waiter is a call that waits for a lane.
type waiter struct {
	home   *lane // nil: any
	passed int   // how many that came later were given a lane before it
	lane   chan *lane
}

// lane is a pool of one connection, which opens it, gives it up when it was idle for long or is old, and counts it.
type lane struct {
	pool *pgxpool.Pool
	busy bool          // under lanes.mu: somebody has it, or its connection is being opened or not gone yet
	conn *pgxpool.Conn // of whoever has the lane
	used time.Time     // when it was given back
}

const (
	fewCalls   = 8                // an agent's home is opened for it when it has had so many
	mostPassed = 16               // so many that come later go before one that waits
	idleFor    = time.Second      // a connection that was idle for so long is tried before it is used
	silentFor  = 2 * time.Second  // one that does not answer within that time is given up
	letGo      = 15 * time.Second // the longest time that the driver waits until the server has let go of a connection
)

// errSilent is why a connection that was idle is not used.
var errSilent = errors.New("the connection does not answer")

func openLanes(ctx context.Context, cfg *pgxpool.Config, count int) (*lanes, error) {
	cfg.MaxConns, cfg.MinConns = 1, 0
	// Whoever finds a connection dead would wait here until it is gone, and other lanes are free: see lane.connect.
	cfg.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	l := &lanes{}
	for range count {
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			l.close()
			return nil, fmt.Errorf("opening the database: %w", err)
		}
		l.all = append(l.all, &lane{pool: pool})
	}
	return l, nil
}

// homeOf is the number of an agent's lane.
func homeOf(id stele.AgentID, count int) int {
	return int(crc32.ChecksumIEEE([]byte(id)) % uint32(count))
}

// acquire takes a lane for a call of an agent, or of none, and waits for it in turn; ctx may end meanwhile.
func (l *lanes) acquire(ctx context.Context, a *agent) (*lane, error) {
	for {
		ln, open, err := l.take(ctx, a)
		if err != nil {
			return nil, err
		}
		if err = l.ready(ctx, ln, open); err == nil {
			return ln, nil
		}
		if !errors.Is(err, errSilent) {
			return nil, err
		}
		l.reset() // they led to the same server
	}
}

// take picks a lane that is free, or waits until it is given one, and says whether it is open.
func (l *lanes) take(ctx context.Context, a *agent) (ln *lane, open bool, err error) {
	l.mu.Lock()
	if ln, open := l.pick(a); ln != nil {
		ln.busy = true
		l.mu.Unlock()
		return ln, open, nil
	}
	w := &waiter{lane: make(chan *lane, 1)}
	if a != nil {
		w.home = l.all[a.home]
	}
	l.waiting = append(l.waiting, w)
	l.mu.Unlock()
	select {
	case ln = <-w.lane:
		return ln, ln.open(), nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	i := slices.Index(l.waiting, w)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	l.mu.Unlock()
	if i < 0 {
		l.pass(<-w.lane)
	}
	return nil, false, ctx.Err()
}

// pick finds a lane that is free: the agent's home, or the next one that is open, or else the next one. An agent that has had few
// calls does not have its home opened: to make a connection costs more than they do.
func (l *lanes) pick(a *agent) (ln *lane, open bool) {
	home, often := 0, false
	if a != nil {
		home, often = a.home, a.calls.Add(1) > fewCalls
	}
	for i := range l.all {
		next := l.all[(home+i)%len(l.all)]
		if next.busy {
			continue
		}
		if open = next.open(); open || often && i == 0 {
			return next, open
		}
		if ln == nil {
			ln = next
		}
	}
	return ln, false
}

// pass gives a lane to whoever waits: to the first whose home it is, or else to the first of all. Who comes earlier has been passed as
// often as who comes later, at least, so that looking at the first bounds it for all.
func (l *lanes) pass(ln *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		ln.busy = false
		return
	}
	next := 0
	if l.waiting[0].passed < mostPassed {
		next = max(0, slices.IndexFunc(l.waiting, func(w *waiter) bool { return w.home == ln }))
	}
	for _, w := range l.waiting[:next] {
		w.passed++
	}
	l.waiting[next].lane <- ln
	l.waiting = slices.Delete(l.waiting, next, next+1)
}

func (ln *lane) open() bool { return ln.pool.Stat().IdleConns() > 0 }

// ready opens a lane's connection, or makes sure of the one that is open. What has begun goes on when ctx ends, and serves the
// next call; until then the lane is busy.
func (l *lanes) ready(ctx context.Context, ln *lane, open bool) (err error) {
	if open && time.Since(ln.used) < idleFor { // it is there: nothing to wait for
		if ln.conn, err = ln.pool.Acquire(ctx); err != nil {
			l.release(ln)
		}
		return err
	}
	var failed error // ctx's error has to be another variable: this one is written until done
	done := make(chan struct{})
	go func() {
		defer close(done)
		failed = ln.connect(context.WithoutCancel(ctx), open)
	}()
	select {
	case <-done:
		if failed != nil {
			l.release(ln)
		}
		return failed
	case <-ctx.Done():
		go func() { <-done; l.release(ln) }()
		return ctx.Err()
	}
}

// connect opens the lane's connection, or tries the one that is open.
func (ln *lane) connect(ctx context.Context, open bool) (err error) {
	if ln.conn, err = ln.pool.Acquire(ctx); err != nil || !open {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, silentFor)
	defer cancel()
	if ln.conn.Ping(ctx) != nil {
		_ = ln.conn.Conn().Close(ctx)
		return errSilent
	}
	return nil
}

// release gives a lane back, with a connection on it or without. One that was cut stays busy until the server has let go of it.
func (l *lanes) release(ln *lane) {
	leave := func() {
		if ln.conn != nil {
			ln.conn.Release()
			ln.conn = nil
		}
		ln.used = time.Now()
		l.pass(ln)
	}
	if ln.conn == nil || !ln.conn.Conn().IsClosed() {
		leave()
		return
	}
	gone := ln.conn.Conn().PgConn().CleanupDone()
	go func() {
		select {
		case <-gone:
		case <-time.After(letGo):
		}
		leave()
	}()
}

// reset gives all connections up: those that are idle now, the others as soon as they are given back.
func (l *lanes) reset() {
	for _, ln := range l.all {
		ln.pool.Reset()
	}
}

// count is the number of connections that are open or being opened.
func (l *lanes) count() (n int) {
	for _, ln := range l.all {
		n += int(ln.pool.Stat().TotalConns())
	}
	return n
}

// close waits for what is under way, and lets nothing begin meanwhile.
func (l *lanes) close() {
	var all sync.WaitGroup
	for _, ln := range l.all {
		all.Go(ln.pool.Close)
	}
	all.Wait()
}
