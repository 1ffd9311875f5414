package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"

	"stele"
)

// clock is a time that tests move.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).UnixMilli())
	return c
}
func (c *clock) now() time.Time       { return time.UnixMilli(c.ms.Load()) }
func (c *clock) pass(d time.Duration) { c.ms.Add(d.Milliseconds()) }
func (s *Store) openFiles() (n int) {
	s.agents.mu.Lock()
	defer s.agents.mu.Unlock()
	return len(s.agents.m)
}
func (s *Store) isOpen(d *database) bool {
	s.agents.mu.Lock()
	defer s.agents.mu.Unlock()
	return s.agents.m[d.id] != nil
}

// TestManyAgentsFewFiles works with 300 agents at once, of which at most 8 may be open. Every worker makes some, and then
// writes to some that others made.
func TestManyAgentsFewFiles(t *testing.T) {
	t.Parallel()
	const agents, most, workers = 300, 8, 12
	s := openTest(t, t.TempDir(), Options{MaxOpenAgents: most})
	dbs, defs := make([]stele.Database, agents), make([]*stele.Table, agents)
	crowd := func(f func(w int)) {
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() { f(w) })
		}
		wg.Wait()
	}
	crowd(func(w int) {
		for i := w; i < agents; i += workers {
			dbs[i], defs[i] = newAgent(t, s, fmt.Sprint("agent ", i))
		}
	})
	if t.Failed() {
		return
	}
	crowd(func(w int) {
		for k := range 10 {
			i := (k*31 + w/2*7) % agents // two workers at a time come to the same
			if _, err := dbs[i].Import(t.Context(), defs[i], numbered(defs[i], 1+w, 1), 5, nil); err != nil {
				t.Error(err)
			}
			if n := s.openFiles(); n > most {
				t.Errorf("%d files are open", n)
			}
			p, err := dbs[i].Records(t.Context(), defs[i], stele.RecordQuery{Limit: 100})
			if err != nil || p.Total < 1 || int(p.Total) != len(p.Records) {
				t.Errorf("%d records of %d, %v", len(p.Records), p.Total, err)
			}
		}
	})
	all := int64(0)
	for i := range agents {
		ts, err := dbs[i].Tables(t.Context(), stele.Page{})
		must(t, err)
		all += ts[0].Records
	}
	if all != workers*10 {
		t.Errorf("%d records are there of %d", all, workers*10)
	}
}

func TestFileInUseIsNotClosed(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{MaxOpenAgents: 1})
	one, def := newAgent(t, s, "one")
	other, _ := newAgent(t, s, "other")
	must(t, s.agents.use(t.Context(), one.(*database).id, func(*agentFile) error {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan error)
		go func() {
			_, err := other.Tables(ctx, stele.Page{})
			got <- err
		}()
		cancel() // there is no room for the other: it waits, or has not begun to
		if err := <-got; !errors.Is(err, context.Canceled) {
			t.Errorf("the other: %v", err)
		}
		_, err := one.Table(t.Context(), def.ID)
		return err
	}))
	if _, err := other.Tables(t.Context(), stele.Page{}); err != nil || s.isOpen(one.(*database)) {
		t.Errorf("once there is room: %v, the first is open: %t", err, s.isOpen(one.(*database)))
	}
}

// TestWaitingForRoom lets a caller wait until a file in use is let go.
func TestWaitingForRoom(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{MaxOpenAgents: 1, Now: newClock().now}) // no file ever seems idle
	one, _ := newAgent(t, s, "one")
	other, _ := newAgent(t, s, "other")
	got := make(chan error)
	must(t, s.agents.use(t.Context(), one.(*database).id, func(*agentFile) error {
		go func() {
			_, err := other.Tables(t.Context(), stele.Page{})
			got <- err
		}()
		for waits := false; !waits; {
			s.agents.mu.Lock()
			waits = s.agents.freed != nil
			s.agents.mu.Unlock()
		}
		return nil
	}))
	if err := <-got; err != nil {
		t.Error(err)
	}
}

func TestIdleFilesRestAndClose(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := openTest(t, t.TempDir(), Options{IdleClose: time.Hour, Now: c.now})
	busy, _ := newAgent(t, s, "busy")
	idle, def := newAgent(t, s, "idle")
	importN(t, idle, def, 1, 100)
	log := s.agents.path(idle.(*database).id) + "-wal"
	size := func() int64 {
		info, err := os.Stat(log)
		if err != nil {
			return -1
		}
		return info.Size()
	}
	if size() <= 0 {
		t.Fatalf("the log has %d bytes", size())
	}
	c.pass(restAfter - time.Millisecond)
	s.agents.tidy(s.opt.IdleClose, restAfter)
	if size() <= 0 {
		t.Errorf("a file just used lost its log")
	}
	c.pass(time.Millisecond)
	s.agents.tidy(s.opt.IdleClose, restAfter)
	if size() != 0 || !s.isOpen(idle.(*database)) {
		t.Errorf("after a while the log has %d bytes, open: %t", size(), s.isOpen(idle.(*database)))
	}
	must(t, s.agents.use(t.Context(), idle.(*database).id, func(f *agentFile) error {
		if len(f.spare) > 0 {
			t.Errorf("%d readers are open", len(f.spare))
		}
		return nil
	}))
	importN(t, idle, def, 101, 1)
	c.pass(restAfter)
	if s.agents.tidy(s.opt.IdleClose, restAfter); size() != 0 {
		t.Errorf("after it was used and idle again the log has %d bytes", size())
	}
	c.pass(time.Hour)
	must(t, s.agents.use(t.Context(), busy.(*database).id, func(*agentFile) error {
		s.agents.tidy(s.opt.IdleClose, restAfter)
		return nil
	}))
	if s.isOpen(idle.(*database)) || !s.isOpen(busy.(*database)) || size() != -1 {
		t.Errorf("after an hour idle is open: %t, busy: %t, the log has %d bytes", s.isOpen(idle.(*database)), s.isOpen(busy.(*database)), size())
	}
	if p, err := idle.Records(t.Context(), def, stele.RecordQuery{Limit: 1}); err != nil || p.Total != 101 {
		t.Errorf("opened again: %v, %v", p, err)
	}
}

// TestDeletedWhileInUse deletes an agent in the middle of a call: the call ends well, and then the file goes.
func TestDeletedWhileInUse(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 10)
	d := db.(*database)
	must(t, s.agents.use(t.Context(), d.id, func(f *agentFile) error {
		must(t, s.DeleteAgent(t.Context(), d.id))
		if _, err := db.Table(t.Context(), def.ID); stele.ErrorCode(err) != stele.CodeUnauthenticated {
			t.Errorf("a call that comes now: %v", err)
		}
		return f.read(t.Context(), false, func(c *conn) error {
			n, err := c.single("SELECT count(*) FROM parcels")
			if n != 10 {
				t.Errorf("a call under way sees %d records", n)
			}
			return err
		})
	}))
	for _, tail := range []string{"", "-wal", "-shm"} {
		if _, err := os.Stat(s.agents.path(d.id) + tail); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", tail, err)
		}
	}
	if dead, err := s.catalog.tombstones(); len(dead) > 0 || err != nil {
		t.Errorf("tombstones %v, %v", dead, err)
	}
	if _, _, err := s.Agents(t.Context(), stele.Page{}); err != nil {
		t.Error(err)
	}
	again, _ := newAgent(t, s, "a") // the name is free
	if _, err := again.Tables(t.Context(), stele.Page{}); err != nil {
		t.Error(err)
	}
}

// TestDeletedWhileCalled deletes agents that others keep calling: every call succeeds or finds the agent gone.
func TestDeletedWhileCalled(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{MaxOpenAgents: 4})
	var wg sync.WaitGroup
	for i := range 20 {
		db, def := newAgent(t, s, fmt.Sprint(i))
		for k := range 4 {
			wg.Go(func() {
				for n := 0; ; n++ {
					_, err := db.Import(t.Context(), def, numbered(def, 1+k*1000000+n, 1), 5, nil)
					if stele.ErrorCode(err) == stele.CodeUnauthenticated {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		if i%2 == 0 {
			must(t, s.agents.use(t.Context(), db.(*database).id, func(*agentFile) error { return nil }))
		}
		must(t, s.DeleteAgent(t.Context(), db.(*database).id))
	}
	wg.Wait()
	files, err := os.ReadDir(s.agents.folder)
	if err != nil || len(files) > 0 {
		t.Errorf("%v are left, %v", files, err)
	}
}

func TestCacheShare(t *testing.T) {
	t.Parallel()
	sum := 0
	for n := 1; n <= defaultOpenAgents; n++ {
		share := cacheShare(n)
		if sum += share; share > cacheMost || share < cacheLeast {
			t.Errorf("share %d is %d", n, share)
		}
	}
	if sum > 512<<10 {
		t.Errorf("all together may keep %d KiB", sum)
	}
}

// TestReaderAfterPanic hands a reader on that was left in the middle of its rows.
func TestReaderAfterPanic(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 10)
	inside(t, db, func(f *agentFile) error {
		err := f.read(t.Context(), false, func(c *conn) error {
			return c.query("SELECT _id FROM parcels", func(*sqlite.Stmt) error { panic("slip") })
		})
		if err == nil || !strings.Contains(err.Error(), "slip") {
			t.Errorf("the reader: %v", err)
		}
		for _, c := range f.spare {
			if sql := c.CheckReset(); sql != "" {
				t.Errorf("%s is still in the middle of its rows", sql)
			}
		}
		return nil
	})
}
