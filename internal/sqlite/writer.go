package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// writer is the one way to write to an agent's file. Writers who wait at the same time share one commit: whoever finds
// nobody writing leads, applies its own operation and then those that wait, each behind a savepoint, and commits once
// for all. Nobody is told of success before that commit.
type writer struct {
	conn  *conn
	share int // operations in one commit at most

	mu    sync.Mutex
	busy  bool  // someone leads
	queue []*op // waiting, first come first

	crowded bool // the last commit was shared; only the leader looks at it
}

// op is one operation on its way through the writer.
type op struct {
	ctx     context.Context
	do      func(*conn) error
	instead func(*conn) error // done when do returned errInstead and was undone; may be nil
	rows    int               // how many rows it may touch, about

	err  error
	wake chan wakeup // made when it has to wait
}

// errInstead asks for the second part of an operation in the place of the first, which is undone.
var errInstead = errors.New("undo this and do the other")

type wakeup uint8

const (
	finished wakeup = iota // err is set
	lead                   // nobody writes: lead
)

// Bounds of one commit, so that nobody waits for long behind others.
const (
	batchOps  = 128
	batchRows = 8000
	yields    = 4
)

// write applies o in a transaction and returns when that is durable. When ctx ends before o has begun, o is not applied.
func (w *writer) write(ctx context.Context, o *op) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.ctx = ctx
	w.mu.Lock()
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		w.lead(o)
		return o.err
	}
	o.wake = make(chan wakeup, 1)
	w.queue = append(w.queue, o)
	w.mu.Unlock()
	select {
	case k := <-o.wake:
		return w.woken(o, k)
	case <-ctx.Done():
	}
	if w.leave(o) {
		return ctx.Err()
	}
	return w.woken(o, <-o.wake) // it has been taken already
}

// woken goes on after a wait.
func (w *writer) woken(o *op, k wakeup) error {
	if k == finished {
		return o.err
	}
	if err := o.ctx.Err(); err != nil {
		w.handOver()
		return err
	}
	w.lead(o)
	return o.err
}

// leave takes o out of the queue; false if it is not there any more.
func (w *writer) leave(o *op) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, q := range w.queue {
		if q == o {
			w.queue = append(w.queue[:i], w.queue[i+1:]...)
			return true
		}
	}
	return false
}

// take removes the first of the queue; nil if nobody waits.
func (w *writer) take() *op {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return nil
	}
	o := w.queue[0]
	w.queue[0] = nil
	w.queue = w.queue[1:]
	return o
}

// writing reports whether someone leads just now.
func (w *writer) writing() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy
}

// handOver makes the first of those who wait the leader, so that no caller works for others forever.
func (w *writer) handOver() {
	w.mu.Lock()
	var next *op
	if len(w.queue) > 0 {
		next = w.queue[0]
		w.queue[0] = nil
		w.queue = w.queue[1:]
	} else {
		w.busy, w.queue = false, nil
	}
	w.mu.Unlock()
	if next != nil {
		next.wake <- lead
	}
}

// lead writes own and what waits beside it, tells everyone and hands over.
func (w *writer) lead(own *op) {
	b := batch{conn: w.conn}
	b.apply(own)
	for n, rows := 1, own.rows; n < w.share && rows < batchRows; {
		o := w.more(n)
		if o == nil {
			break
		}
		if o.err = o.ctx.Err(); o.err != nil {
			o.wake <- finished
			continue
		}
		b.apply(o)
		n, rows = n+1, rows+o.rows
	}
	w.crowded = len(b.ops) > 1
	b.commit()
	for _, o := range b.ops[1:] {
		o.wake <- finished
	}
	w.handOver()
}

// more returns the next operation for the batch. While the queue keeps growing it steps aside a few times first, so that
// those who are about to write come along: without that just half of them ride each commit. A lone writer never waits.
func (w *writer) more(n int) *op {
	o := w.take()
	if o != nil || n == 1 && !w.crowded {
		return o
	}
	for range yields {
		runtime.Gosched()
		if o = w.take(); o != nil {
			return o
		}
	}
	return nil
}

// alone runs f while nobody writes, outside a transaction; not at all if someone does.
func (w *writer) alone(f func(*conn) error) error {
	w.mu.Lock()
	if w.busy {
		w.mu.Unlock()
		return nil
	}
	w.busy = true
	w.mu.Unlock()
	defer w.handOver()
	return safely(func() error { return f(w.conn) })
}

// batch is one transaction and the operations in it.
type batch struct {
	conn *conn
	ops  []*op // all that were tried
	in   []*op // those that ran in the transaction that is open
	open bool
}

// apply tries one operation. A failing one undoes itself and leaves the others.
func (b *batch) apply(o *op) {
	b.ops = append(b.ops, o)
	o.err = b.try(o.do)
	if o.instead != nil && errors.Is(o.err, errInstead) {
		o.err = b.try(o.instead)
	}
	if b.open { // also when it failed: what it met may have been the work of others in here, such as a kept answer
		b.in = append(b.in, o)
	}
}

func (b *batch) try(do func(*conn) error) error {
	first := !b.open // the first one in the transaction needs no savepoint: undoing it is undoing all
	begin := "SAVEPOINT o"
	if first {
		begin = "BEGIN IMMEDIATE"
	}
	if err := b.conn.exec(begin); err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	b.open = true
	err := safely(func() error { return do(b.conn) })
	defer b.conn.forget()
	if err == nil {
		if first {
			return nil
		}
		if err = b.conn.exec("RELEASE o"); err == nil {
			return nil
		}
	}
	b.conn.reset()
	if b.conn.AutocommitEnabled() { // SQLite itself has rolled back everything: a full disk, a broken one
		b.lose(fmt.Errorf("the transaction was rolled back: %w", err))
		return err
	}
	if !first {
		if undo := b.conn.exec("ROLLBACK TO o"); undo == nil {
			if undo = b.conn.exec("RELEASE o"); undo == nil {
				return err
			}
		}
	}
	// Without a savepoint, or when it does not hold.
	b.lose(fmt.Errorf("the transaction was rolled back after: %w", err))
	return err
}

// lose gives up the transaction: everything that ran in it fails.
func (b *batch) lose(err error) {
	if !b.conn.AutocommitEnabled() {
		if undo := b.conn.exec("ROLLBACK"); undo != nil {
			err = errors.Join(err, undo)
		}
	}
	b.open = false
	for _, o := range b.in {
		o.err = err
	}
	b.in = nil
}

// commit makes the transaction durable, if there is one.
func (b *batch) commit() {
	if !b.open {
		return
	}
	if err := safely(func() error { return b.conn.exec("COMMIT") }); err != nil {
		b.conn.reset()
		b.lose(fmt.Errorf("committing: %w", err))
	}
}

// safely turns a panic into an error, so that a slip in one operation cannot leave the agent without a leader.
func safely(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}
