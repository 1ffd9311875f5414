package postgres

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
	"stele/internal/postgres/sqlguard"
)

const (
	defaultQueryConns   = 4
	defaultQueryTimeout = 5 * time.Second
	askerIdle           = 10 * time.Second // a connection that nobody needs is given back to the server
	mostStray           = time.Minute      // a process that does not end when it is told to is waited for
	mostPermits         = 10_000           // agents whose tables are remembered
)

// askers are the connections that questions run on, each as its agent's role. They are few, however many agents there are.
type askers struct {
	guard  *sqlguard.Parser
	most   int
	bare   bool           // for tests: questions are not read before they are asked
	inside *regexp.Regexp // see newInside

	mu      sync.Mutex
	secret  []byte
	refused time.Time // when the server last refused to let a role be made
	idle    []*asker  // the longest idle first
	open    int       // idle ones too
	busy    map[stele.AgentID]int
	resting map[stele.AgentID]int             // of the busy ones, those that have answered and will be idle at once
	permits map[stele.AgentID]map[string]bool // stored names of tables that an agent's role is known to read
	behind  int                               // connections that are cleaned up or closed behind an answer
	changed chan struct{}                     // closed when something becomes free
	closed  bool
	quit    chan struct{} // closed with it
}

func (a *askers) init(most int) {
	a.guard, a.most, a.inside = sqlguard.New(), most, newInside()
	a.busy, a.resting, a.changed = make(map[stele.AgentID]int), make(map[stele.AgentID]int), make(chan struct{})
	a.permits, a.quit = make(map[stele.AgentID]map[string]bool), make(chan struct{})
}

func (a *askers) refuse(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused = now
}

// told wakes all who wait. The lock is held.
func (a *askers) told() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// take returns a connection of the agent's that is idle, or nil and the right to open one.
func (a *askers) take(ctx context.Context, id stele.AgentID) (*asker, error) {
	for {
		a.mu.Lock()
		if a.closed {
			a.mu.Unlock()
			return nil, errClosed
		}
		x, ok := a.pick(id)
		if ok {
			a.busy[id]++
		}
		wait := a.changed
		a.mu.Unlock()
		switch {
		case ok && x != nil && x.id != id: // has to go first: the server is not to have one more
			x.close()
			return nil, nil
		case ok:
			return x, nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pick is take where nobody has to wait; the connection may be another agent's, whose place it is then. An agent has at most half of all
// connections. The lock is held.
func (a *askers) pick(id stele.AgentID) (x *asker, ok bool) {
	if a.busy[id] >= max(1, a.most/2) {
		return nil, false
	}
	at := slices.IndexFunc(a.idle, func(x *asker) bool { return x.id == id })
	switch {
	case at >= 0:
	case a.resting[id] > 0: // to wait for it is shorter than to open another, for which another agent's might have to go
		return nil, false
	case a.open < a.most:
		a.open++
		return nil, true
	case len(a.idle) > 0:
		at = 0 // the longest idle
	default:
		return nil, false
	}
	x = a.idle[at]
	a.idle = slices.Delete(a.idle, at, at+1)
	x.timer.Stop()
	return x, true
}

// give takes the right to a connection back where there is none to keep.
func (a *askers) give(id stele.AgentID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	less(a.busy, id)
	a.open--
	a.told()
}

func less(counts map[stele.AgentID]int, id stele.AgentID) {
	if counts[id]--; counts[id] <= 0 {
		delete(counts, id)
	}
}

// tired closes a connection that nobody has needed.
func (a *askers) tired(x *asker) {
	a.mu.Lock()
	at := slices.Index(a.idle, x)
	if at >= 0 {
		a.idle = slices.Delete(a.idle, at, at+1)
		a.open--
		a.told()
	}
	a.mu.Unlock()
	if at >= 0 {
		x.close()
	}
}

// forget closes an agent's idle connections, and forgets what its role may read.
func (a *askers) forget(id stele.AgentID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.permits, id)
	for i := len(a.idle) - 1; i >= 0; i-- {
		if x := a.idle[i]; x.id == id {
			a.idle = slices.Delete(a.idle, i, i+1)
			a.open--
			x.timer.Stop()
			go x.close()
		}
	}
	a.told()
}

// close ends all connections that are idle or answered; those in use end when they come back.
func (a *askers) close() {
	a.mu.Lock()
	idle := a.idle
	if !a.closed {
		close(a.quit)
	}
	a.closed, a.idle = true, nil
	a.open -= len(idle)
	a.told()
	a.mu.Unlock()
	for _, x := range idle {
		x.timer.Stop()
		x.close()
	}
	for {
		a.mu.Lock()
		behind, wait := a.behind, a.changed
		a.mu.Unlock()
		if behind == 0 {
			return
		}
		<-wait
	}
}

// missing returns those of the tables that the agent's role is not known to read.
func (a *askers) missing(id stele.AgentID, tables []sqlguard.Ref) (names []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range tables {
		if !a.permits[id][t.Name] && !slices.Contains(names, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}

// known reports whether the agent's role is known to be there.
func (a *askers) known(id stele.AgentID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.permits[id] != nil
}

// permitted notes that the agent's role may read the tables.
func (a *askers) permitted(id stele.AgentID, names []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.permits) >= mostPermits {
		maps.DeleteFunc(a.permits, func(other stele.AgentID, _ map[string]bool) bool { return other != id && len(a.permits) >= mostPermits })
	}
	if a.permits[id] == nil {
		a.permits[id] = make(map[string]bool)
	}
	for _, n := range names {
		a.permits[id][n] = true
	}
}

// reuse takes back a connection whose answer has been read, and cleans it up behind that answer. It is kept if the answer is whole and
// nothing of the question is left.
func (a *askers) reuse(id stele.AgentID, x *asker, whole bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.behind++
	if whole {
		a.resting[id]++
	}
	go a.settle(id, x, whole)
}

func (a *askers) settle(id stele.AgentID, x *asker, whole bool) {
	if !whole {
		x.cancel() // the rest of the rows is not waited for
	}
	keep := x.rest() == nil && whole
	a.mu.Lock()
	defer a.mu.Unlock()
	if keep = keep && !a.closed; !keep { // a store that is closed stays so
		a.mu.Unlock()
		x.close()
		a.mu.Lock()
	}
	less(a.busy, id)
	if whole {
		less(a.resting, id)
	}
	if keep {
		a.idle = append(a.idle, x)
		x.timer = time.AfterFunc(askerIdle, func() { a.tired(x) })
	} else {
		a.open--
	}
	a.behind--
	a.told()
}

// watch gives the right to a connection back when its process on the server has ended, or after mostStray. A function over a very long text
// looks at no interrupt: were the right free at once, an agent could have many of them at work.
func (d *database) watch(pid uint32) {
	a := &d.store.ask
	a.mu.Lock()
	a.behind++
	a.mu.Unlock()
	go d.wait(pid)
}

func (d *database) wait(pid uint32) {
	a := &d.store.ask
	defer func() {
		a.give(d.id)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.behind--
		a.told()
	}()
	for until := time.Now().Add(mostStray); time.Now().Before(until) && d.strays(pid); {
		select {
		case <-time.After(time.Second):
		case <-a.quit:
			return
		}
	}
}

// strays reports whether the process is there, or may be.
func (d *database) strays(pid uint32) (there bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := d.store.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid=$1 AND application_name='stele-query')`, int32(pid)).Scan(&there)
	})
	return err != nil || there
}
