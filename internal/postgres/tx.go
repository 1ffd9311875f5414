package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Bounds of what is tried again inside: transactions that others undid, and calls that met a connection that had died
// while nobody used it.
const (
	mostAttempts = 6
	readAttempts = 2
	firstPause   = 5 * time.Millisecond
)

// errAgain asks for the transaction to be run once more: what it found has changed since.
var errAgain = errors.New("run the transaction again")

// errClosed is the error of a call that comes after Close.
var errClosed = errors.New("the store is closed")

// read runs f on a connection, for no agent.
func (s *Store) read(ctx context.Context, f func(context.Context, *pgxpool.Conn) error) error {
	return s.readFor(ctx, nil, f)
}

// readFor runs f on a connection for an agent; once more on another one where the first was lost.
func (s *Store) readFor(ctx context.Context, a *agent, f func(context.Context, *pgxpool.Conn) error) error {
	for attempt := 1; ; attempt++ {
		ln, err := s.lanes.acquire(ctx, a)
		if err != nil {
			return s.refused(ctx, err, notRead)
		}
		s.away.over(s.opt)
		lost, err := s.using(ln, func() error {
			err := f(ctx, ln.conn)
			if isOutdated(err) { // each connection has its own plans: once more on this one
				err = f(ctx, ln.conn)
			}
			return err
		})
		switch {
		case err == nil, isOurs(err):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case attempt < readAttempts && (lost || isContention(err)):
			continue
		case lost:
			s.opt.Log.Warn("the connection to the database was lost", "error", err)
			return unavailable(notRead)
		}
		return s.fault(err, notRead)
	}
}

// refused is the error of a call that got no connection.
func (s *Store) refused(ctx context.Context, err error, detail string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case s.closed.Load():
		return errClosed
	}
	s.away.tell(s.opt, err)
	return unavailable(detail)
}

// using runs f with a lane's connection and gives the lane back; after a panic the connection is closed, whatever stands on it.
func (s *Store) using(ln *lane, f func() error) (lost bool, err error) {
	done := false
	defer func() {
		if !done {
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			_ = ln.conn.Conn().Close(ended)
			s.lanes.release(ln)
		}
	}()
	err = f()
	done = true
	return s.release(ln, err), err
}

// release gives a lane back, without a transaction on its connection, and reports whether that was lost: it is closed, or
// its server has become a standby. All idle ones are given up with a lost one: they probably led to the same server, and each
// would fail a call. An answer that was cut on purpose, because a refusal of ours needs no more of it, says nothing of them.
// Where Citus could not reach a node the connection is as good as before, for all agents that are elsewhere.
func (s *Store) release(ln *lane, err error) (lost bool) {
	c := ln.conn
	if !c.Conn().IsClosed() && c.Conn().PgConn().TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, _ = c.Exec(ctx, "rollback")
		cancel()
	}
	lost = err != nil && (c.Conn().IsClosed() || sqlState(err) == "25006")
	s.lanes.release(ln)
	if lost && !isOurs(err) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		s.lanes.reset()
	}
	return lost
}

// tx is a transaction, sent in parts of one round trip each: the first begins it, the last commits it.
type tx struct {
	ctx   context.Context
	conn  *pgxpool.Conn
	dry   bool // nothing is to be committed
	begun bool
	last  bool // what may commit has been sent
	final bool // all but the commit has succeeded, as far as is known
	sure  bool // the server said that nothing was committed
}

// send sends statements and waits for their results.
func (t *tx) send(b *pgx.Batch) error {
	if !t.begun {
		t.begun = true
		b.QueuedQueries = append([]*pgx.QueuedQuery{{SQL: "begin"}}, b.QueuedQueries...)
	}
	return t.note(t.conn.SendBatch(t.ctx, b).Close())
}

// commit sends the last statements and commits, in one round trip with them; or, if it is dry, undoes them.
func (t *tx) commit(b *pgx.Batch) error {
	if t.dry {
		b.Queue("rollback")
		return t.send(b)
	}
	b.Queue("commit").Fn = func(r pgx.BatchResults) error {
		t.final = true
		_, err := r.Exec()
		return err
	}
	t.last = true
	return t.send(b)
}

// alone sends one statement that is a transaction by itself.
func (t *tx) alone(b *pgx.Batch) error {
	t.begun, t.last, t.final = true, true, true
	return t.note(t.conn.SendBatch(t.ctx, b).Close())
}

// undo ends the transaction that a statement has failed, so that another one may begin.
func (t *tx) undo() error {
	t.begun, t.last, t.final, t.sure = false, false, false, false
	_, err := t.conn.Exec(t.ctx, "rollback")
	return err
}

// script runs statements without parameters inside the transaction. They are not remembered as prepared ones, since none
// comes twice, and go one by one, since Citus takes no definitions together.
func (t *tx) script(sqls []string) error {
	for _, sql := range sqls {
		if _, err := t.conn.Conn().PgConn().Exec(t.ctx, sql).ReadAll(); err != nil {
			return t.note(err)
		}
	}
	return nil
}

// note learns from an error whether the transaction can have been committed. One with a statement that the server refused
// was not; one that was lost, or whose commit failed for another reason than what was in it, may have been.
func (t *tx) note(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.SeverityUnlocalized == "ERROR" {
		switch e.Code[:2] {
		case "08", "53", "57", "58", "XX":
			t.sure = !t.final
		default:
			t.sure = true
		}
	}
	return err
}

// write runs a transaction for an agent, or for none: run sends it by t. It is run again, a bounded number of times, where
// others undid it or where nothing of it can have reached the server. A write that has begun is carried to its end also when
// the caller gives up, within the caller's deadline.
func (s *Store) write(ctx context.Context, a *agent, run func(*tx) error) error {
	return s.writeWithin(ctx, s.opt.Timeout, a, run)
}

// writeWithin is write, of a transaction that may take longer than others.
func (s *Store) writeWithin(ctx context.Context, within time.Duration, a *agent, run func(*tx) error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		again, err := s.attempt(ctx, within, a, run)
		if !again {
			return err
		}
		if attempt == mostAttempts {
			s.opt.Log.Warn("a transaction did not come through, as often as it was run", "attempts", attempt, "error", err)
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause/2 + rand.N(pause)):
			pause *= 3
		}
	}
}

// attempt runs a transaction once, and says whether to run it again.
func (s *Store) attempt(ctx context.Context, within time.Duration, a *agent, run func(*tx) error) (again bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ln, err := s.lanes.acquire(ctx, a)
	if err != nil {
		return false, s.refused(ctx, err, notApplied)
	}
	s.away.over(s.opt)
	carried, cancel := carryOnFor(ctx, within)
	defer cancel()
	t := &tx{ctx: carried, conn: ln.conn}
	lost, err := s.using(ln, func() error {
		err := run(t)
		if isOutdated(err) && (t.sure || !t.last) && t.undo() == nil { // each connection has its own plans: once more on this one
			err = run(t)
		}
		return err
	})
	switch {
	case err == nil, isOurs(err):
		return false, err
	case errors.Is(err, errAgain):
		return true, s.fault(&pgconn.PgError{Code: "40001", Message: "run again"}, notApplied)
	case (isContention(err) || s.isStale(err)) && (t.sure || !t.last):
		return true, s.fault(err, notApplied)
	case pgconn.SafeToRetry(err):
		return true, unavailable(notApplied)
	case t.last && !t.sure:
		s.opt.Log.Warn("the database was lost while a write was being committed", "error", err)
		return false, unavailable(notKnown)
	case lost, carried.Err() != nil:
		s.opt.Log.Warn("the database was lost in the middle of a write", "error", err)
		return false, unavailable(notApplied)
	}
	return false, s.fault(err, notApplied)
}

// carryOn is a context for a write that has begun: it does not end when the caller gives up, but at the caller's deadline.
func (s *Store) carryOn(ctx context.Context) (context.Context, context.CancelFunc) {
	return carryOnFor(ctx, s.opt.Timeout)
}

func carryOnFor(ctx context.Context, within time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if most := time.Now().Add(within); !ok || deadline.After(most) {
		deadline = most
	}
	return context.WithDeadline(context.WithoutCancel(ctx), deadline)
}
