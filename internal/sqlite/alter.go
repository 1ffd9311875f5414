package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"

	"stele"
)

// mostSurveys is how often the records are looked at once more, since one has come that does not fit, and was gone again by then.
const mostSurveys = 10

const (
	unsteady   = "records that do not fit the new definition came and went; nothing was applied"
	retryAfter = time.Second
)

// errUnfit is that a record does not fit a new definition.
var errUnfit = errors.New("a record does not fit the new definition")

// Alter changes a table's definition: in place where no record need be written anew, else by a copy.
func (d *database) Alter(ctx context.Context, a *stele.Alteration, once *stele.Once[stele.Altered]) (done stele.Altered, err error) {
	if d.how.Dry {
		once = nil
	}
	err = d.use(ctx, func(file *agentFile) error {
		if !d.how.Dry {
			leave, err := file.turns.take(ctx, a.Before.ID)
			if err != nil {
				return err
			}
			defer leave()
		}
		al := &alterer{Alteration: a, db: d, file: file, once: once}
		err := al.run(ctx)
		done = al.done
		return err
	})
	if err != nil {
		return stele.Altered{}, err
	}
	return done, nil
}

// alterer makes one change of a table's definition.
type alterer struct {
	*stele.Alteration
	db   *database
	file *agentFile
	once *stele.Once[stele.Altered]

	t     *table // before
	next  *table // after
	exact bool   // SQL has a literal for each default
	done  stele.Altered
}

func (al *alterer) run(ctx context.Context) (err error) {
	if err := al.file.read(ctx, false, func(c *conn) error { return before(c, al.once) }); err != nil {
		return err
	}
	if al.t, err = al.file.current(ctx, al.Before); err != nil {
		return err
	}
	al.After.Index()
	al.next = newTable(al.t.seq, al.After)
	for n := 0; ; n++ {
		// Records are looked at before anybody is held up.
		err := al.survey(ctx)
		switch {
		case al.t.gone():
			return stele.ErrTableChanged
		case err != nil || al.done.Refused() || al.db.how.Dry:
			return err
		}
		if al.copies() {
			err = al.copy(ctx)
		} else {
			err = al.commit(ctx, al.inPlace)
		}
		switch {
		case !errors.Is(err, errUnfit):
			return err
		case n == mostSurveys:
			return &stele.Error{Code: stele.CodeOverloaded, Detail: unsteady, RetryAfter: retryAfter}
		}
		// A record has come that does not fit: which ones there are is to be told.
	}
}

// rowidNames are names that SQLite gives to and takes from no column of a table that is there.
var rowidNames = map[string]bool{"rowid": true, "oid": true, "_rowid_": true}

// mostIndexed is of how many records an index is made at once: some tenths of a second, for which writers wait.
const mostIndexed = 200_000

// copies reports whether the records are to be written anew.
func (al *alterer) copies() bool {
	for i, f := range al.Fields {
		old, to := "", al.After.Fields[i].Stored
		if f.From >= 0 {
			old = al.Before.Fields[f.From].Stored
		}
		if al.Converts(i) || old != to && (rowidNames[old] || rowidNames[to]) {
			return true
		}
		if al.After.Fields[i].Unique && (f.From < 0 || !al.Before.Fields[f.From].Unique) && al.done.Records > mostIndexed {
			return true
		}
	}
	return len(al.Drops()) > 0 || !al.exact || al.builds()
}

// commit makes the change by do, in one transaction.
func (al *alterer) commit(ctx context.Context, do func(*conn) error) error {
	var decided chan struct{}
	err := al.file.writer.write(ctx, &op{rows: batchRows, do: func(c *conn) error {
		if err := before(c, al.once); err != nil {
			return err
		}
		if al.t.gone() {
			return stele.ErrTableChanged
		}
		if err := checkName(c, al.After); err != nil {
			return err
		}
		var err error
		if al.done.Records, err = c.single(`SELECT record_count FROM _tables WHERE seq=?`, al.t.seq); err != nil {
			return err
		}
		if err := al.unindex(c); err != nil {
			return err
		}
		if err := do(c); err != nil {
			return err
		}
		if err := al.define(c); err != nil {
			return err
		}
		if err := after(c, al.once, al.done); err != nil {
			return err
		}
		decided = al.t.end()
		return nil
	}})
	if decided == nil {
		return err
	}
	if err != nil {
		al.file.tables.settle(al.t, nil)
	} else {
		al.file.tables.settle(al.t, al.next)
	}
	close(decided)
	return err
}

// define writes the new definition down.
func (al *alterer) define(c *conn) error {
	t := al.After
	err := c.exec(`UPDATE _tables SET name=?, stored_name=?, description=?, keyword_index=? WHERE seq=?`, t.Name, t.Stored, t.Description, t.KeywordIndex, al.t.seq)
	if err == nil {
		err = c.exec(`DELETE FROM _fields WHERE table_seq=?`, al.t.seq)
	}
	if err != nil {
		return fmt.Errorf("entering a definition: %w", err)
	}
	return enterFields(c, al.next)
}

// DropTable removes a table. It goes out of sight in one short transaction; its pages are freed bit by bit afterwards.
func (d *database) DropTable(ctx context.Context, def *stele.Table, once *stele.Once[int64]) (n int64, err error) {
	if d.how.Dry {
		err = d.readTable(ctx, false, def, func(c *conn, t *table) (err error) {
			n, err = c.single(`SELECT record_count FROM _tables WHERE seq=?`, t.seq)
			return err
		})
		return n, err
	}
	err = d.use(ctx, func(file *agentFile) error {
		if err := file.read(ctx, false, func(c *conn) error { return before(c, once) }); err != nil {
			return err
		}
		t, err := file.current(ctx, def)
		if err != nil {
			return err
		}
		var decided chan struct{}
		var dropped string
		err = file.writer.write(ctx, &op{rows: batchRows, do: func(c *conn) (err error) {
			if err := before(c, once); err != nil {
				return err
			}
			if t.gone() {
				return stele.ErrTableChanged
			}
			if n, err = c.single(`SELECT record_count FROM _tables WHERE seq=?`, t.seq); err != nil {
				return err
			}
			if dropped, err = t.forgetTable(c); err != nil {
				return fmt.Errorf("dropping a table: %w", err)
			}
			if err := after(c, once, n); err != nil {
				return err
			}
			decided = t.end()
			return nil
		}})
		if decided != nil {
			file.tables.settle(t, nil)
			close(decided)
		}
		if err == nil {
			err = d.store.catalog.dropTable(d.id, def.ID)
			d.sweep(ctx, file, dropped)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// forgetTable takes the table out of the agent's sight, and returns the name that its records are left under.
func (t *table) forgetTable(c *conn) (dropped string, err error) {
	if err := c.script(unwatchSQL(t.seq)); err != nil {
		return "", err
	}
	if err := dropKeyword(c, t); err != nil {
		return "", err
	}
	if err := c.exec(`DELETE FROM _fields WHERE table_seq=?`, t.seq); err != nil {
		return "", err
	}
	if err := c.exec(`DELETE FROM _tables WHERE seq=?`, t.seq); err != nil {
		return "", err
	}
	return t.putAside(c)
}

// putAside renames the table to one that is to be swept.
func (t *table) putAside(c *conn) (dropped string, err error) {
	if dropped, err = freeName(c, fmt.Sprintf("%s%d", droppedPrefix, t.seq)); err != nil {
		return "", err
	}
	return dropped, c.script("ALTER TABLE " + t.name + " RENAME TO " + quote(dropped))
}

// Names of what is left of a table, and of a copy that is not finished.
const (
	droppedPrefix  = "_dropped_"
	copyPrefix     = "_copy_"
	buildingPrefix = "_building_" // the copy's keyword index
)

// sweepRows is how many records are removed at once: some milliseconds.
const sweepRows = 5000

// sweep removes a table that nobody sees, bit by bit, so that nobody waits for it. What it leaves is removed when the file is opened
// next. The change that the table is left from is made by then, so ctx does not end it.
func (d *database) sweep(ctx context.Context, file *agentFile, name string) {
	ctx = context.WithoutCancel(ctx)
	var indexes []string
	step := func(do func(c *conn) error) (err error) {
		if d.store.catalog.has(d.id) {
			return file.writer.write(ctx, &op{rows: batchRows, do: do})
		}
		return errDeleted // with its file
	}
	err := step(func(c *conn) error {
		return c.query(`SELECT name FROM sqlite_schema WHERE type='index' AND tbl_name=?`, func(s *sqlite.Stmt) error {
			indexes = append(indexes, s.ColumnText(0))
			return nil
		}, name)
	})
	for _, index := range indexes {
		if err == nil {
			err = step(func(c *conn) error { return c.script("DROP INDEX " + quote(index)) })
		}
	}
	for gone := sweepRows; err == nil && gone == sweepRows; {
		err = step(func(c *conn) error {
			err := c.script(fmt.Sprintf(`DELETE FROM %[1]s WHERE "_id" IN (SELECT "_id" FROM %[1]s ORDER BY "_id" LIMIT %[2]d)`, quote(name), sweepRows))
			gone = c.Changes()
			return err
		})
	}
	if err == nil {
		err = step(func(c *conn) error { return c.script("DROP TABLE " + quote(name)) })
	}
	if err != nil && !errors.Is(err, errDeleted) {
		d.store.opt.Log.Warn("what is left of a table was not removed", "agent", d.id, "error", err)
	}
}

// sweepLeft removes what a process that ended early has left.
func (f *agentFile) sweepLeft() error {
	c := f.writer.conn
	var left []string
	err := c.query(`SELECT name FROM sqlite_schema WHERE type='table' AND (name GLOB ? OR name GLOB ? OR name GLOB ? AND sql LIKE 'CREATE VIRTUAL %')`, func(s *sqlite.Stmt) error {
		left = append(left, s.ColumnText(0))
		return nil
	}, droppedPrefix+"*", copyPrefix+"*", buildingPrefix+"*")
	for _, name := range left {
		err = errors.Join(err, c.script("DROP TABLE "+quote(name)))
	}
	return err
}

// turns lets changes of one table follow each other.
type turns struct {
	mu sync.Mutex
	m  map[stele.TableID]chan struct{} // closed at the end of the one that is made
}

// take waits until no change of the table is under way. The caller's ends with leave.
func (ts *turns) take(ctx context.Context, id stele.TableID) (leave func(), err error) {
	for {
		ts.mu.Lock()
		other := ts.m[id]
		if other == nil {
			break
		}
		ts.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer ts.mu.Unlock()
	if ts.m == nil {
		ts.m = make(map[stele.TableID]chan struct{})
	}
	own := make(chan struct{})
	ts.m[id] = own
	return func() {
		ts.mu.Lock()
		delete(ts.m, id)
		ts.mu.Unlock()
		close(own)
	}, nil
}
