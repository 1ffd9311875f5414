package sqlite

import (
	"fmt"

	"zombiezen.com/go/sqlite"

	"stele"
)

// owner says whose a table is. CodeTableNotFound if it is nobody's.
func (c *catalog) owner(id stele.TableID) (owner stele.AgentID, err error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.r == nil {
		return "", errClosed
	}
	err = c.r.query(`SELECT agent_id FROM tables WHERE id=?`, func(s *sqlite.Stmt) error {
		owner = stele.AgentID(s.ColumnText(0))
		return nil
	}, id)
	if err == nil && owner == "" {
		err = stele.Errorf(stele.CodeTableNotFound, "no table has the id %s", id)
	}
	return owner, err
}

// addTable notes whose a new table is.
func (c *catalog) addTable(owner stele.AgentID, id stele.TableID) error {
	return c.write(func(w *conn) error {
		if !c.has(owner) {
			return errGone()
		}
		if err := insertOwned(w, owner, []stele.TableID{id}); err != nil {
			return err
		}
		return w.exec(`UPDATE agents SET tables=tables+1 WHERE id=?`, owner)
	}, func() { c.byID[owner].tables++ })
}

// dropTable notes that a table is gone.
func (c *catalog) dropTable(owner stele.AgentID, id stele.TableID) error {
	err := c.write(func(w *conn) error {
		if !c.has(owner) {
			return errGone()
		}
		if err := w.exec(`DELETE FROM tables WHERE id=?`, id); err != nil {
			return err
		}
		return w.exec(`UPDATE agents SET tables=tables-1 WHERE id=?`, owner)
	}, func() { c.byID[owner].tables-- })
	if err != nil {
		return fmt.Errorf("taking a table out of the catalog: %w", err)
	}
	return nil
}

// knownTables is how many tables the catalog takes to be the agent's.
func (c *catalog) knownTables(id stele.AgentID) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if a := c.byID[id]; a != nil {
		return a.tables
	}
	return 0
}

// reconcile makes the catalog's list of an agent's tables what the agent's own file says, which is always right: a
// table is made there first, and a crash may come before the catalog hears of it.
func (c *catalog) reconcile(f *agentFile) error {
	n, err := f.writer.conn.single(`SELECT count(*) FROM _tables`)
	if err != nil || int(n) == c.knownTables(f.id) {
		return err
	}
	ids, err := tableIDs(f.writer.conn)
	if err != nil {
		return err
	}
	return c.write(func(w *conn) error {
		if !c.has(f.id) {
			return errGone()
		}
		if err := w.exec(`DELETE FROM tables WHERE agent_id=?`, f.id); err != nil {
			return err
		}
		if err := insertOwned(w, f.id, ids); err != nil {
			return err
		}
		return w.exec(`UPDATE agents SET tables=? WHERE id=?`, len(ids), f.id)
	}, func() { c.byID[f.id].tables = len(ids) })
}
