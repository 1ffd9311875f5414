package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"stele"
)

// lineUp is a writer of its own with a table of numbers, and a leader that is held in the middle of its operation so
// that others queue behind it.
type lineUp struct {
	*testing.T
	w      *writer
	reader *conn
	path   string

	mu    sync.Mutex
	order []int
}

func newLineUp(t *testing.T) *lineUp {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.db")
	if err := createAgentFile(path, stele.AgentInfo{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	c, err := openWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.script("CREATE TABLE n (v INTEGER PRIMARY KEY) STRICT"); err != nil {
		t.Fatal(err)
	}
	r, err := openReader(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.close(), c.close()); err != nil {
			t.Error(err)
		}
	})
	return &lineUp{T: t, w: &writer{conn: c, share: batchOps}, reader: r, path: path}
}

// add is an operation that writes n.
func (l *lineUp) add(n int) *op {
	return &op{rows: 1, do: func(c *conn) error {
		l.mu.Lock()
		l.order = append(l.order, n)
		l.mu.Unlock()
		return c.exec("INSERT INTO n VALUES (?)", n)
	}}
}

// seen lists what a reader of the file sees.
func (l *lineUp) seen() string {
	l.Helper()
	list := ""
	n, err := l.reader.single("SELECT count(*) FROM n")
	if err != nil {
		l.Fatal(err)
	}
	for v := int64(0); n > 0; v++ {
		there, err := l.reader.single("SELECT count(*) FROM n WHERE v=?", v)
		if err != nil {
			l.Fatal(err)
		}
		if there > 0 {
			list += fmt.Sprint(v, " ")
			n--
		}
	}
	return strings.TrimSpace(list)
}

// behind runs leader and, while it is in the middle, the others, which all wait behind it in their order. It returns the
// errors, the leader's first. until, when not nil, runs when all are waiting.
func (l *lineUp) behind(leader *op, ctxs []context.Context, others []*op, until func()) []error {
	l.Helper()
	inside, release := make(chan struct{}), make(chan struct{})
	do := leader.do
	leader.do = func(c *conn) error {
		close(inside)
		<-release
		return do(c)
	}
	errs := make([]error, 1+len(others))
	var wg sync.WaitGroup
	wg.Go(func() { errs[0] = l.w.write(context.Background(), leader) })
	<-inside
	for i, o := range others {
		ctx := context.Background()
		if ctxs != nil && ctxs[i] != nil {
			ctx = ctxs[i]
		}
		wg.Go(func() { errs[i+1] = l.w.write(ctx, o) })
		l.waiting(i + 1)
	}
	if until != nil {
		until()
	}
	close(release)
	wg.Wait()
	return errs
}

// waiting returns when n operations wait.
func (l *lineUp) waiting(n int) {
	for ; ; runtime.Gosched() {
		l.w.mu.Lock()
		have := len(l.w.queue)
		l.w.mu.Unlock()
		if have == n {
			return
		}
	}
}

func TestWaitingWritersShareOneCommit(t *testing.T) {
	t.Parallel()
	l := newLineUp(t)
	last := l.add(3)
	inner := last.do
	last.do = func(c *conn) error {
		if got := l.seen(); got != "" {
			t.Errorf("the last of the batch runs, and a reader sees %q already", got)
		}
		return inner(c)
	}
	for i, err := range l.behind(l.add(1), nil, []*op{l.add(2), last}, nil) {
		if err != nil {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	if got := l.seen(); got != "1 2 3" || fmt.Sprint(l.order) != "[1 2 3]" {
		t.Errorf("the file holds %s, made in the order %v", got, l.order)
	}
}

func TestFailingOperationUndoesOnlyItself(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	fails := func(l *lineUp, n int) *op {
		o := l.add(n)
		inner := o.do
		o.do = func(c *conn) error { return errors.Join(inner(c), broken) }
		return o
	}
	for _, c := range []struct {
		name string
		ops  func(l *lineUp) []*op
		want string
	}{
		{"the first", func(l *lineUp) []*op { return []*op{fails(l, 1), l.add(2), l.add(3)} }, "2 3"},
		{"one in the middle", func(l *lineUp) []*op { return []*op{l.add(1), fails(l, 2), l.add(3)} }, "1 3"},
		{"the last", func(l *lineUp) []*op { return []*op{l.add(1), l.add(2), fails(l, 3)} }, "1 2"},
		{"two at the start", func(l *lineUp) []*op { return []*op{fails(l, 1), fails(l, 2), l.add(3)} }, "3"},
		{"all", func(l *lineUp) []*op { return []*op{fails(l, 1), fails(l, 2), fails(l, 3)} }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLineUp(t)
			ops := c.ops(l)
			errs := l.behind(ops[0], nil, ops[1:], nil)
			got := l.seen()
			if got != c.want {
				t.Errorf("the file holds %q, want %q", got, c.want)
			}
			for i, err := range errs {
				if kept := strings.Contains(" "+got+" ", fmt.Sprintf(" %d ", i+1)); kept != (err == nil) || err != nil && !errors.Is(err, broken) {
					t.Errorf("operation %d: kept %t, error %v", i+1, kept, err)
				}
			}
		})
	}
}

func TestInsteadReplacesWhatWasDone(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		l := newLineUp(t)
		o := l.add(2)
		inner := o.do
		o.do = func(c *conn) error { return errors.Join(inner(c), errInstead) }
		o.instead = l.add(7).do
		ops := []*op{l.add(1), o, l.add(3)}
		if first {
			ops = []*op{o, l.add(1), l.add(3)}
		}
		if err := errors.Join(l.behind(ops[0], nil, ops[1:], nil)...); err != nil {
			t.Error(err)
		}
		if got := l.seen(); got != "1 3 7" {
			t.Errorf("the file holds %q", got)
		}
	}
}

func TestPanicFailsOneOperation(t *testing.T) {
	t.Parallel()
	l := newLineUp(t)
	o := l.add(2)
	inner := o.do
	o.do = func(c *conn) error {
		if err := inner(c); err != nil {
			return err
		}
		s, err := c.stmt("SELECT v FROM n")
		if err != nil {
			return err
		}
		_, _ = s.Step() // stops in the middle of its rows
		panic("slip")
	}
	errs := l.behind(l.add(1), nil, []*op{o, l.add(3)}, nil)
	if errs[0] != nil || errs[2] != nil || errs[1] == nil || !strings.Contains(errs[1].Error(), "slip") {
		t.Errorf("errors %v", errs)
	}
	if sql := l.w.conn.CheckReset(); sql != "" {
		t.Errorf("%s is still in the middle of its rows", sql)
	}
	if err := l.w.write(t.Context(), l.add(4)); err != nil {
		t.Error(err)
	}
	if got := l.seen(); got != "1 3 4" {
		t.Errorf("the file holds %q", got)
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	l := newLineUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	errs := l.behind(l.add(1), []context.Context{nil, ctx, nil}, []*op{l.add(2), l.add(3), l.add(4)}, func() {
		cancel()
		l.waiting(2)
	})
	if errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], context.Canceled) || errs[3] != nil {
		t.Errorf("errors %v", errs)
	}
	if got := l.seen(); got != "1 2 4" {
		t.Errorf("the file holds %q", got)
	}
	if err := l.w.write(ctx, l.add(5)); !errors.Is(err, context.Canceled) {
		t.Errorf("a write whose context had ended: %v", err)
	}
}

// TestCancelledLeaderHandsOn holds a full batch back so that one stays in the queue, is made leader, and finds its context
// ended.
func TestCancelledLeaderHandsOn(t *testing.T) {
	t.Parallel()
	l := newLineUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	big := l.add(1)
	big.rows = batchRows // nobody rides along
	o := &op{rows: 1, do: func(*conn) error { return errors.New("applied") }}
	var leader sync.WaitGroup
	o.ctx, o.wake = ctx, make(chan wakeup, 1)
	cancel()
	errs := l.behind(big, nil, []*op{l.add(2)}, func() {
		l.w.mu.Lock()
		l.w.queue = append([]*op{o}, l.w.queue...) // it has been woken as leader and not yet looked at its context
		l.w.mu.Unlock()
		leader.Go(func() {
			if err := l.w.woken(o, <-o.wake); !errors.Is(err, context.Canceled) {
				t.Errorf("the cancelled leader: %v", err)
			}
		})
	})
	leader.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if got := l.seen(); got != "1 2" {
		t.Errorf("the file holds %q", got)
	}
}

func TestFailingCommitFailsAll(t *testing.T) {
	t.Parallel()
	l := newLineUp(t)
	if err := l.w.conn.script(`PRAGMA foreign_keys=ON;
		CREATE TABLE child (v INTEGER REFERENCES n (v) DEFERRABLE INITIALLY DEFERRED) STRICT`); err != nil {
		t.Fatal(err)
	}
	orphan := &op{do: func(c *conn) error { return c.exec("INSERT INTO child VALUES (99)") }}
	// A repeat finds the answer of one before it in the batch, which then is not kept after all.
	repeat := &op{do: func(*conn) error { return &stele.Replay{} }}
	for i, err := range l.behind(l.add(1), nil, []*op{orphan, repeat, l.add(2)}, nil) {
		if err == nil || !strings.Contains(err.Error(), "committing") {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	if err := l.w.write(t.Context(), l.add(3)); err != nil {
		t.Error(err)
	}
	if got := l.seen(); got != "3" {
		t.Errorf("the file holds %q", got)
	}
}

// TestLostTransactionFailsAllInIt lets SQLite itself roll back, as it does on a full disk.
func TestLostTransactionFailsAllInIt(t *testing.T) {
	t.Parallel()
	l := newLineUp(t)
	if err := l.w.conn.script("CREATE TABLE big (b BLOB) STRICT"); err != nil {
		t.Fatal(err)
	}
	pages, err := l.w.conn.pragma("page_count")
	if err != nil {
		t.Fatal(err)
	}
	full := &op{do: func(c *conn) error {
		if err := c.script(fmt.Sprintf("PRAGMA max_page_count=%d", pages)); err != nil {
			return err
		}
		return c.exec("INSERT INTO big VALUES (zeroblob(1000000))") // one row: no way to undo just the statement
	}}
	after := l.add(3)
	errs := l.behind(l.add(1), nil, []*op{l.add(2), full, after}, nil)
	for i, err := range errs[:3] {
		if err == nil || stele.ErrorCode(err) != stele.CodeInternal {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	if errs[3] != nil {
		t.Errorf("the one after: %v", errs[3])
	}
	if got := l.seen(); got != "3" {
		t.Errorf("the file holds %q", got)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	l := newLineUp(t)
	var others []*op
	for i := 2; i <= batchOps+1; i++ {
		others = append(others, l.add(i))
	}
	others[len(others)-1].do = func(c *conn) error { // one more than fits: it leads the next batch
		if got := strings.Count(l.seen(), " ") + 1; got != batchOps {
			t.Errorf("%d of the first batch are there when the second begins, want %d", got, batchOps)
		}
		return nil
	}
	if err := errors.Join(l.behind(l.add(1), nil, others, nil)...); err != nil {
		t.Error(err)
	}

	l = newLineUp(t)
	big, small := l.add(1), l.add(2)
	big.rows = batchRows
	inner := small.do
	small.do = func(c *conn) error {
		if got := l.seen(); got != "1" {
			t.Errorf("behind many rows a reader sees %q, want a commit of their own", got)
		}
		return inner(c)
	}
	if err := errors.Join(l.behind(big, nil, []*op{small}, nil)...); err != nil {
		t.Error(err)
	}
}

func TestManyWriters(t *testing.T) {
	t.Parallel()
	l := newLineUp(t)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for k := range 20 {
				if err := l.w.write(t.Context(), l.add(i*20+k)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := l.reader.single("SELECT count(*) FROM n"); n != 64*20 || err != nil {
		t.Errorf("%d are there, %v", n, err)
	}
	if l.w.busy || len(l.w.queue) > 0 {
		t.Error("someone still leads")
	}
}
