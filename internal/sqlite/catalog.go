package sqlite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"zombiezen.com/go/sqlite"

	"stele"
)

// catalog is the list of agents and keys. All but the owners of tables is kept in memory too, so that a key is checked
// without SQL; memory changes only after the file has.
type catalog struct {
	writing sync.Mutex // one writer
	w       *conn
	reading sync.Mutex
	r       *conn

	mu     sync.RWMutex
	agents []*agent // in order of creation
	byID   map[stele.AgentID]*agent
	byName map[string]*agent
	keys   map[stele.KeyHash]stele.Key
	keyIDs map[stele.KeyID]stele.KeyHash
}

// agent is what memory holds of one.
type agent struct {
	stele.AgentInfo
	tables int         // how many tables the catalog knows to be its own
	keys   []stele.Key // in order of creation
}

// openCatalog opens the catalog at path, which is made when it is not there.
func openCatalog(path string) (c *catalog, err error) {
	c = &catalog{
		byID: make(map[stele.AgentID]*agent), byName: make(map[string]*agent),
		keys: make(map[stele.KeyHash]stele.Key), keyIDs: make(map[stele.KeyID]stele.KeyHash),
	}
	if c.w, err = openWriter(path); err != nil {
		return nil, fmt.Errorf("opening the catalog: %w", err)
	}
	if err := c.prepare(path); err != nil {
		return nil, fmt.Errorf("opening the catalog: %w", errors.Join(err, c.close()))
	}
	return c, nil
}

func (c *catalog) prepare(path string) (err error) {
	if err := catalogLine().migrate(c.w); err != nil {
		return err
	}
	if err := c.w.script("PRAGMA journal_mode=WAL; PRAGMA cache_size=-4096"); err != nil {
		return damaged(path, err)
	}
	if c.r, err = openReader(path); err != nil {
		return err
	}
	return c.load()
}

// close closes the file. What is asked for afterwards from memory is still answered, all else is errClosed.
func (c *catalog) close() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.reading.Lock()
	defer c.reading.Unlock()
	var errs []error
	for _, conn := range []*conn{c.r, c.w} {
		if conn != nil {
			errs = append(errs, conn.close())
		}
	}
	c.r, c.w = nil, nil
	return errors.Join(errs...)
}

// load fills memory from the file.
func (c *catalog) load() error {
	err := c.w.query(`SELECT id, name, created_at, tables FROM agents ORDER BY seq`, func(s *sqlite.Stmt) error {
		c.remember(stele.AgentInfo{
			ID: stele.AgentID(s.ColumnText(0)), Name: s.ColumnText(1), Created: stele.Millis(s.ColumnInt64(2)),
		}, s.ColumnInt(3))
		return nil
	})
	if err != nil {
		return err
	}
	return c.w.query(`SELECT id, hash, agent_id, scope, created_at, expires_at, rpm, last_used FROM keys ORDER BY seq`,
		func(s *sqlite.Stmt) error {
			k := stele.Key{
				ID: stele.KeyID(s.ColumnText(0)), Agent: stele.AgentID(s.ColumnText(2)),
				Scope: stele.Scope(s.ColumnInt64(3)), Created: stele.Millis(s.ColumnInt64(4)),
				Expires: stele.Millis(s.ColumnInt64(5)), RPM: s.ColumnInt(6),
				LastUsed: stele.Millis(s.ColumnInt64(7)),
			}
			if s.ColumnBytes(1, k.Hash[:]) != len(k.Hash) || c.byID[k.Agent] == nil {
				return fmt.Errorf("%w: key %s is incomplete", ErrDamaged, k.ID)
			}
			c.rememberKey(k)
			return nil
		})
}

func (c *catalog) remember(info stele.AgentInfo, tables int) {
	a := &agent{AgentInfo: info, tables: tables}
	c.agents = append(c.agents, a)
	c.byID[a.ID], c.byName[a.Name] = a, a
}

func (c *catalog) rememberKey(k stele.Key) {
	a := c.byID[k.Agent]
	a.keys = append(a.keys, k)
	c.keys[k.Hash], c.keyIDs[k.ID] = k, k.Hash
}

// write runs do in a transaction of the catalog's file and, when that is durable, done on its memory.
func (c *catalog) write(do func(*conn) error, done func()) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.w == nil {
		return errClosed
	}
	b := batch{conn: c.w}
	o := &op{do: do}
	b.apply(o)
	b.commit()
	if o.err != nil {
		return o.err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	done()
	return nil
}

// has reports whether the agent is there.
func (c *catalog) has(id stele.AgentID) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.byID[id] != nil
}

// check returns CodeExists when the name is another's.
func (c *catalog) check(a stele.AgentInfo) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.byName[a.Name] != nil || c.byID[a.ID] != nil {
		return stele.Errorf(stele.CodeExists, "an agent of the name %q exists already", a.Name)
	}
	return nil
}

// addAgent adds an agent with the tables it has already.
func (c *catalog) addAgent(a stele.AgentInfo, tables []stele.TableID) error {
	return c.write(func(w *conn) error {
		if err := c.check(a); err != nil {
			return err
		}
		err := w.exec(`INSERT INTO agents (id, name, created_at, tables) VALUES (?,?,?,?)`,
			a.ID, a.Name, a.Created, len(tables))
		if err != nil {
			return err
		}
		return insertOwned(w, a.ID, tables)
	}, func() { c.remember(a, len(tables)) })
}

func insertOwned(w *conn, id stele.AgentID, tables []stele.TableID) error {
	for _, t := range tables {
		if err := w.exec(`INSERT OR REPLACE INTO tables (id, agent_id) VALUES (?,?)`, t, id); err != nil {
			return err
		}
	}
	return nil
}

// list returns a part of the agents, and how many there are.
func (c *catalog) list(p stele.Page) ([]stele.AgentInfo, int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n := int64(len(c.agents))
	from, to := min(p.Offset, n), n
	if p.Limit > 0 {
		to = min(from+int64(p.Limit), n)
	}
	infos := make([]stele.AgentInfo, 0, to-from)
	for _, a := range c.agents[from:to] {
		infos = append(infos, a.AgentInfo)
	}
	return infos, int(n)
}

// find finds an agent by id or name.
func (c *catalog) find(idOrName string) (stele.AgentInfo, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if a := c.byName[idOrName]; a != nil {
		return a.AgentInfo, nil
	}
	if id, ok := stele.ParseID[stele.AgentID](idOrName); ok && c.byID[id] != nil {
		return c.byID[id].AgentInfo, nil
	}
	return stele.AgentInfo{}, noAgent(idOrName)
}

func noAgent[T ~string](idOrName T) error {
	return stele.Errorf(stele.CodeNotFound, "there is no agent %q", strings.ToValidUTF8(string(idOrName), "?"))
}

// deleteAgent removes an agent with its keys and leaves a tombstone until buried.
func (c *catalog) deleteAgent(id stele.AgentID) error {
	return c.write(func(w *conn) error {
		if !c.has(id) {
			return noAgent(id)
		}
		return errors.Join(
			w.exec(`INSERT OR REPLACE INTO tombstones (agent_id) VALUES (?)`, id),
			w.exec(`DELETE FROM keys WHERE agent_id=?`, id),
			w.exec(`DELETE FROM tables WHERE agent_id=?`, id),
			w.exec(`DELETE FROM agents WHERE id=?`, id))
	}, func() {
		a := c.byID[id]
		for _, k := range a.keys {
			delete(c.keys, k.Hash)
			delete(c.keyIDs, k.ID)
		}
		delete(c.byID, id)
		delete(c.byName, a.Name)
		c.agents = slices.DeleteFunc(c.agents, func(b *agent) bool { return a == b })
	})
}

// buried forgets a tombstone: the agent's files are gone, and one that is put back later is meant to be there.
func (c *catalog) buried(id stele.AgentID) error {
	return c.write(func(w *conn) error { return w.exec(`DELETE FROM tombstones WHERE agent_id=?`, id) }, func() {})
}

// tombstones lists agents that are deleted but perhaps not gone.
func (c *catalog) tombstones() (ids []stele.AgentID, err error) {
	err = c.w.query(`SELECT agent_id FROM tombstones`, func(s *sqlite.Stmt) error {
		ids = append(ids, stele.AgentID(s.ColumnText(0)))
		return nil
	})
	return ids, err
}

// addKey adds a key of an agent that is there.
func (c *catalog) addKey(k stele.Key) error {
	return c.write(func(w *conn) error {
		if !c.has(k.Agent) {
			return noAgent(k.Agent)
		}
		return w.exec(`INSERT INTO keys (id, hash, agent_id, scope, created_at, expires_at, rpm, last_used) VALUES (?,?,?,?,?,?,?,?)`,
			k.ID, k.Hash[:], k.Agent, int64(k.Scope), k.Created, k.Expires, k.RPM, k.LastUsed)
	}, func() { c.rememberKey(k) })
}

// listKeys returns an agent's keys.
func (c *catalog) listKeys(id stele.AgentID) ([]stele.Key, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	a := c.byID[id]
	if a == nil {
		return nil, noAgent(id)
	}
	return append([]stele.Key{}, a.keys...), nil
}

// key finds a key by its hash.
func (c *catalog) key(hash stele.KeyHash) (stele.Key, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	k, ok := c.keys[hash]
	if !ok {
		return stele.Key{}, stele.Errorf(stele.CodeUnauthenticated, "the API key is not known here")
	}
	return k, nil
}

// revoke removes a key.
func (c *catalog) revoke(id stele.KeyID) error {
	var k stele.Key
	return c.write(func(w *conn) error {
		c.mu.RLock()
		hash, ok := c.keyIDs[id]
		k = c.keys[hash]
		c.mu.RUnlock()
		if !ok {
			return stele.Errorf(stele.CodeNotFound, "there is no key %q", strings.ToValidUTF8(string(id), "?"))
		}
		return w.exec(`DELETE FROM keys WHERE id=?`, id)
	}, func() {
		delete(c.keys, k.Hash)
		delete(c.keyIDs, id)
		a := c.byID[k.Agent]
		a.keys = slices.DeleteFunc(a.keys, func(l stele.Key) bool { return l.ID == id })
	})
}
