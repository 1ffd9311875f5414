package postgres

import (
	"context"
	"sync"
	"sync/atomic"

	"stele"
)

// agentCache keeps what this process knows of agents. All of it can be learned again: who is thrown out loses nothing.
type agentCache struct {
	mu     sync.Mutex
	m      map[stele.AgentID]*agent
	tables int // definitions of all agents together
}

// Bounds of what is kept.
const (
	mostAgents = 10_000
	mostTables = 10_000 // some kilobytes each
)

func (c *agentCache) init() { c.m = make(map[stele.AgentID]*agent) }

// of returns what is known of an agent, and begins to know it.
func (c *agentCache) of(id stele.AgentID, pool int) *agent {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.m[id]
	if a == nil {
		c.shrink(mostAgents-1, mostTables)
		a = &agent{id: id, cache: c, tables: make(map[stele.TableID]*table), slots: make(chan struct{}, max(1, pool/2)), home: homeOf(id, pool)}
		c.m[id] = a
	}
	return a
}

// shrink throws agents out, any of them, until what is kept is within bounds.
func (c *agentCache) shrink(agents, tables int) {
	for id := range c.m {
		if len(c.m) <= agents && c.tables <= tables {
			return
		}
		c.remove(id)
	}
}

func (c *agentCache) remove(id stele.AgentID) {
	if a := c.m[id]; a != nil {
		c.tables -= a.counted
		a.counted = 0
		delete(c.m, id)
	}
}

func (c *agentCache) forget(id stele.AgentID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(id)
}

// count counts a definition that an agent got, or lost.
func (c *agentCache) count(a *agent, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m[a.id] != a { // thrown out meanwhile
		return
	}
	a.counted += n
	c.tables += n
	c.shrink(mostAgents, mostTables)
}

// agent is what this process knows of one, and how it takes its turn.
type agent struct {
	id      stele.AgentID
	cache   *agentCache
	counted int // its definitions that cache.tables has counted; under cache.mu

	// slots bounds the connections that the agent has at once, so that one agent cannot have them all.
	slots  chan struct{}
	silent atomic.Bool  // its last call got no answer; see silent.go
	home   int          // its lane; see lanes.go
	calls  atomic.Int64 // that have had a lane

	mu        sync.Mutex
	tables    map[stele.TableID]*table
	writers   map[stele.TableID]*turn
	purgeFrom stele.Millis // when old tasks and answers are looked for next
}

// turn lets the writers of one table in this process wait for each other without a connection.
type turn struct {
	busy    chan struct{}
	waiting int
}

func (a *agent) get(id stele.TableID) *table {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tables[id]
}

// put keeps a definition, unless a later one is there, and returns the one that is kept.
func (a *agent) put(t *table) *table {
	a.mu.Lock()
	old := a.tables[t.ID]
	if old != nil && old.version >= t.version {
		a.mu.Unlock()
		return old
	}
	a.tables[t.ID] = t
	a.mu.Unlock()
	if old == nil {
		a.cache.count(a, 1)
	}
	return t
}

func (a *agent) drop(table stele.TableID) {
	a.mu.Lock()
	had := a.tables[table] != nil
	delete(a.tables, table)
	a.mu.Unlock()
	if had {
		a.cache.count(a, -1)
	}
}

// enter takes a connection's place; ctx may end while it waits.
func (a *agent) enter(ctx context.Context) error {
	select {
	case a.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case a.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *agent) leave() { <-a.slots }

// await takes the turn to write to a table. The turn is given back by the function that is returned.
func (a *agent) await(ctx context.Context, id stele.TableID) (done func(), err error) {
	a.mu.Lock()
	t := a.writers[id]
	if t == nil {
		if a.writers == nil {
			a.writers = make(map[stele.TableID]*turn)
		}
		t = &turn{busy: make(chan struct{}, 1)}
		a.writers[id] = t
	}
	t.waiting++
	a.mu.Unlock()
	leave := func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if t.waiting--; t.waiting == 0 {
			delete(a.writers, id)
		}
	}
	select {
	case t.busy <- struct{}{}:
		return func() { <-t.busy; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
