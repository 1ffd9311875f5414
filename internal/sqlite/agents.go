package sqlite

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"stele"
)

// agents are the agents' files that are open. At most so many are; the ones used longest ago are closed for others.
type agents struct {
	folder string
	most   int
	now    func() time.Time
	share  int                    // writers in one commit at most
	ready  func(*agentFile) error // run on a file that was just opened
	log    *slog.Logger

	mu     sync.Mutex
	m      map[stele.AgentID]*entry
	idle   *list.List    // of *entry that nobody uses, used last first
	freed  chan struct{} // closed when an entry goes or becomes idle; nil while nobody waits for that
	closed bool
}

// entry is a file that is open, being opened or being closed.
type entry struct {
	id     stele.AgentID
	file   *agentFile
	err    error
	opened chan struct{} // closed when file or err is set
	gone   chan struct{} // closed when the entry has left the map
	leaves bool          // it is being closed

	users  int
	place  *list.Element // in idle
	since  time.Time     // idle since
	rested bool          // it was told to rest since
	after  func()        // run when the file is closed; set by remove
}

func (as *agents) init() {
	as.m, as.idle = make(map[stele.AgentID]*entry), list.New()
}

func (as *agents) path(id stele.AgentID) string { return filepath.Join(as.folder, string(id)+".db") }

var (
	errClosed  = errors.New("the store is closed")
	errDeleted = errors.New("the agent is deleted")
)

// count is the number of files that are open, being opened or being closed.
func (as *agents) count() int {
	as.mu.Lock()
	defer as.mu.Unlock()
	return len(as.m)
}

// use runs f on an agent's open file.
func (as *agents) use(ctx context.Context, id stele.AgentID, f func(*agentFile) error) error {
	e, err := as.take(ctx, id)
	if err != nil {
		return err
	}
	defer as.release(e)
	return f(e.file)
}

// take finds or opens an agent's file. It is not closed before release.
func (as *agents) take(ctx context.Context, id stele.AgentID) (*entry, error) {
	as.mu.Lock()
	for {
		e := as.m[id]
		switch {
		case as.closed:
			as.mu.Unlock()
			return nil, errClosed
		case e != nil && !e.leaves:
			as.hold(e)
			as.mu.Unlock()
			<-e.opened // opening is bounded
			if e.err != nil {
				as.release(e)
				return nil, e.err
			}
			return e, nil
		case e != nil: // wait until it is closed
			as.mu.Unlock()
			<-e.gone
			as.mu.Lock()
		case len(as.m) < as.most:
			return as.open(id)
		case as.idle.Len() > 0:
			as.shut(as.idle.Back().Value.(*entry))
		default:
			if as.freed == nil {
				as.freed = make(chan struct{})
			}
			freed := as.freed
			as.mu.Unlock()
			select {
			case <-freed:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			as.mu.Lock()
		}
	}
}

// open opens the file for the first user. It is called with mu held and gives it back.
func (as *agents) open(id stele.AgentID) (*entry, error) {
	e := &entry{id: id, users: 1, opened: make(chan struct{}), gone: make(chan struct{})}
	as.m[id] = e
	cache := cacheShare(len(as.m))
	as.mu.Unlock()
	e.file, e.err = openAgentFile(as.path(id), id, cache, as.share)
	if e.err == nil && as.ready != nil {
		if e.err = as.ready(e.file); e.err != nil {
			e.err = errors.Join(e.err, e.file.close())
		}
	}
	close(e.opened)
	if e.err != nil {
		as.release(e)
		return nil, e.err
	}
	return e, nil
}

// Memory for pages, in KiB: what all writers share, and the bounds of one's share. The allocator takes twice as much.
const (
	cacheAll   = 64 << 10
	cacheMost  = 16 << 10
	cacheLeast = 1 << 10
)

// cacheShare is the share of a file that is the nth to be open.
func cacheShare(n int) int { return min(max(cacheAll/n, cacheLeast), cacheMost) }

// hold counts a user; mu is held.
func (as *agents) hold(e *entry) {
	e.users++
	e.rested = false
	if e.place != nil {
		as.idle.Remove(e.place)
		e.place = nil
	}
}

// release lets go of a file. The last user of a file that could not be opened, or is to be removed, takes it away.
func (as *agents) release(e *entry) {
	as.mu.Lock()
	defer as.mu.Unlock()
	e.users--
	switch {
	case e.users > 0:
	case e.err != nil || e.after != nil || as.closed:
		as.shut(e)
	default:
		e.since = as.now()
		e.place = as.idle.PushFront(e)
		as.wake()
	}
}

// wake tells those who wait for room; mu is held.
func (as *agents) wake() {
	if as.freed != nil {
		close(as.freed)
		as.freed = nil
	}
}

// shut closes a file that nobody uses and takes it out of the map. It is called with mu held, gives it back meanwhile, and
// holds it again at the end.
func (as *agents) shut(e *entry) {
	if e.place != nil {
		as.idle.Remove(e.place)
		e.place = nil
	}
	e.leaves = true
	as.mu.Unlock()
	if e.err == nil {
		if err := e.file.close(); err != nil {
			as.log.Error("closing agent database", "agent", e.id, "error", err)
		}
	}
	if e.after != nil {
		e.after()
	}
	as.mu.Lock()
	delete(as.m, e.id)
	close(e.gone)
	as.wake()
}

// remove closes an agent's file as soon as nobody uses it, deletes it, and then runs done. New users must have been
// kept away before.
func (as *agents) remove(id stele.AgentID, done func(error)) {
	unlink := func() { done(as.unlink(id)) }
	as.mu.Lock()
	for {
		e := as.m[id]
		switch {
		case e == nil: // nobody may open it meanwhile
			e = &entry{id: id, err: errDeleted, gone: make(chan struct{}), after: unlink}
			as.m[id] = e
			as.shut(e)
			as.mu.Unlock()
			return
		case e.leaves:
			as.mu.Unlock()
			<-e.gone
			as.mu.Lock()
		default:
			e.after = unlink
			if e.users == 0 {
				as.shut(e)
			}
			as.mu.Unlock()
			return
		}
	}
}

// unlink deletes an agent's file and its companions, durably. None being there is no error.
func (as *agents) unlink(id stele.AgentID) error {
	path := as.path(id)
	err := removeLogs(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting agent database: %w", err)
	}
	return syncFolder(path)
}

// tidy closes files that have been idle for closeAfter, and lets rest those idle for restAfter.
func (as *agents) tidy(closeAfter, restAfter time.Duration) {
	now := as.now()
	as.mu.Lock()
	defer as.mu.Unlock()
	for last := as.idle.Back(); last != nil; last = as.idle.Back() {
		e := last.Value.(*entry)
		if now.Sub(e.since) < closeAfter {
			break
		}
		as.shut(e)
	}
	var tired []*entry
	for at := as.idle.Back(); at != nil; at = at.Prev() {
		e := at.Value.(*entry)
		if now.Sub(e.since) < restAfter {
			break
		}
		if !e.rested {
			tired = append(tired, e)
		}
	}
	for _, e := range tired {
		if e.users == 0 && !e.leaves { // still; mu was given back since
			as.rest(e)
		}
	}
}

// rest lets one file rest that nobody uses. It is called with mu held, gives it back meanwhile, and holds it again.
func (as *agents) rest(e *entry) {
	as.hold(e)
	as.mu.Unlock()
	if err := e.file.rest(); err != nil {
		as.log.Error("emptying the log of an agent database", "agent", e.id, "error", err)
	}
	as.mu.Lock()
	e.rested = true // unless someone came meanwhile: then a little too early, which costs nothing
	if e.users--; e.users == 0 {
		as.settle(e)
	}
}

// settle puts an entry back among the idle without making it younger; mu is held.
func (as *agents) settle(e *entry) {
	if e.after != nil || as.closed {
		as.shut(e)
		return
	}
	for at := as.idle.Front(); at != nil; at = at.Next() {
		if !at.Value.(*entry).since.After(e.since) {
			e.place = as.idle.InsertBefore(e, at)
			as.wake()
			return
		}
	}
	e.place = as.idle.PushBack(e)
	as.wake()
}

// close closes all files once nobody uses them, and lets nobody in any more.
func (as *agents) close() {
	as.mu.Lock()
	as.closed = true
	as.wake()
	for len(as.m) > 0 {
		if as.idle.Len() > 0 {
			as.shut(as.idle.Back().Value.(*entry))
			continue
		}
		var e *entry
		for _, e = range as.m {
			break
		}
		as.mu.Unlock()
		<-e.gone
		as.mu.Lock()
	}
	as.mu.Unlock()
}
