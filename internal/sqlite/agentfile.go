package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"zombiezen.com/go/sqlite"

	"stele"
)

// agentFile is an agent's open file: one connection that writes, a few that read, and what is known of its tables.
type agentFile struct {
	id     stele.AgentID
	path   string
	writer writer
	tables tables
	turns  turns // of changes of definitions

	purgeFrom stele.Millis // old tasks and answers are looked for again from then on; the writer's alone

	mu      sync.Mutex
	spare   []*conn       // readers nobody uses
	readers chan struct{} // one token for each reader in use
}

// readersPerAgent is fewer than the cores, so that long reads leave one for the writer; two at least, so that a long
// read does not keep out the short ones.
func readersPerAgent() int { return max(2, runtime.GOMAXPROCS(0)-1) }

// openAgentFile opens an agent's file, which must be there, and brings it up to date. The writer keeps at most cacheKiB
// of the file in memory; at most share writers ride one commit.
func openAgentFile(path string, id stele.AgentID, cacheKiB, share int) (*agentFile, error) {
	c, err := openWriter(path)
	if err != nil {
		return nil, fmt.Errorf("opening agent database: %w", err)
	}
	f := &agentFile{id: id, path: path, readers: make(chan struct{}, readersPerAgent())}
	f.writer.conn, f.writer.share = c, share
	f.tables.m = make(map[stele.TableID]*table)
	if err := f.check(cacheKiB); err != nil {
		return nil, fmt.Errorf("opening agent database: %w", errors.Join(err, c.close()))
	}
	return f, nil
}

func (f *agentFile) check(cacheKiB int) error {
	c := f.writer.conn
	if err := agentLine().migrate(c); err != nil {
		return err
	}
	if err := c.script(fmt.Sprintf("PRAGMA journal_mode=WAL; PRAGMA cache_size=-%d", cacheKiB)); err != nil {
		return damaged(f.path, err)
	}
	a, err := agentInfo(c)
	if err == nil {
		err = f.sweepLeft()
	}
	if err == nil && a.ID != f.id {
		err = fmt.Errorf("%s: %w: it is the file of agent %s", f.path, ErrDamaged, a.ID)
	}
	return err
}

// agentInfo reads whose file it is.
func agentInfo(c *conn) (a stele.AgentInfo, err error) {
	err = c.query(`SELECT id, name, created_at FROM _agent`, func(s *sqlite.Stmt) error {
		a = stele.AgentInfo{
			ID: stele.AgentID(s.ColumnText(0)), Name: s.ColumnText(1), Created: stele.Millis(s.ColumnInt64(2)),
		}
		return nil
	})
	if err == nil && a.ID == "" {
		err = fmt.Errorf("%s: %w: it says no agent", c.path, ErrDamaged)
	}
	return a, err
}

// createAgentFile makes the file of a new agent.
func createAgentFile(path string, a stele.AgentInfo) error {
	return createFile(agentLine(), path, func(c *conn) error {
		return c.exec(`INSERT INTO _agent (id, name, created_at) VALUES (?,?,?)`, a.ID, a.Name, a.Created)
	})
}

// tableIDs lists the ids of all tables in the file.
func tableIDs(c *conn) (ids []stele.TableID, err error) {
	err = c.query(`SELECT id FROM _tables ORDER BY seq`, func(s *sqlite.Stmt) error {
		ids = append(ids, stele.TableID(s.ColumnText(0)))
		return nil
	})
	return ids, err
}

// close closes all connections; nobody may use the file any more. The last one to close, the writer, moves the log into
// the file.
func (f *agentFile) close() error {
	var errs []error
	for _, c := range f.spare {
		errs = append(errs, c.close())
	}
	f.spare = nil
	return errors.Join(append(errs, f.writer.conn.close())...)
}

// read runs do on a connection that only reads. What do reads is one state of the file as long as one of its statements
// is in the middle of its rows. Scans are interrupted when ctx ends.
func (f *agentFile) read(ctx context.Context, scan bool, do func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case f.readers <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-f.readers }()
	c, err := f.reader()
	if err != nil {
		return err
	}
	if scan && ctx.Done() != nil {
		c.SetInterrupt(ctx.Done())
	}
	err = safely(func() error { return do(c) })
	if scan && ctx.Done() != nil {
		c.SetInterrupt(nil)
	}
	if err != nil {
		c.reset() // it may have stopped in the middle of its rows
	}
	c.forget()
	f.mu.Lock()
	f.spare = append(f.spare, c)
	f.mu.Unlock()
	if f.writer.writing() { // readers that never let go take the writer to a fraction of its rate
		runtime.Gosched()
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// reader takes a spare connection or opens one.
func (f *agentFile) reader() (*conn, error) {
	f.mu.Lock()
	if n := len(f.spare); n > 0 {
		c := f.spare[n-1]
		f.spare = f.spare[:n-1]
		f.mu.Unlock()
		return c, nil
	}
	f.mu.Unlock()
	return openReader(f.path)
}

// rest gives back what a file needs no more that nobody has used for a while: its readers, the writer's memory, and
// the log, which is moved into the file and emptied.
func (f *agentFile) rest() error {
	f.mu.Lock()
	spare := f.spare
	f.spare = nil
	f.mu.Unlock()
	var errs []error
	for _, c := range spare {
		errs = append(errs, c.close())
	}
	return errors.Join(append(errs, f.writer.alone(func(c *conn) error {
		c.SetBusyTimeout(0) // another program may be reading: the log then waits for the next time, and no writer waits
		defer c.SetBusyTimeout(busyTimeout)
		return c.script("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory")
	}))...)
}
