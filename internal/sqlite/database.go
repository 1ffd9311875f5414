package sqlite

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"stele"
)

// database is one agent's, open only while a method runs.
type database struct {
	store *Store
	id    stele.AgentID
	how   stele.How
}

var _ stele.Database = (*database)(nil)

// With returns the database with its writes done so.
func (d *database) With(h stele.How) stele.Database { return &database{d.store, d.id, h} }

// errGone is what every method says once the agent is deleted.
func errGone() error {
	return stele.Errorf(stele.CodeUnauthenticated, "the agent of the API key does not exist any more")
}

// use runs f on the agent's open file.
func (d *database) use(ctx context.Context, f func(*agentFile) error) error {
	if !d.store.catalog.has(d.id) {
		return errGone()
	}
	err := d.store.agents.use(ctx, d.id, f)
	if err != nil && !d.store.catalog.has(d.id) && stele.ErrorCode(err) == stele.CodeInternal {
		return errGone() // deleted meanwhile: its file may have been gone already
	}
	return err
}

// read runs f on a connection that only reads; scan says that it may take long.
func (d *database) read(ctx context.Context, scan bool, f func(*agentFile, *conn) error) error {
	return d.use(ctx, func(file *agentFile) error {
		return file.read(ctx, scan, func(c *conn) error { return f(file, c) })
	})
}

// change is what a write does to a table. instead is done in its place when do returned errInstead and was undone.
type change[T any] struct {
	do, instead func(*conn, *table) (T, error)
	rows        int          // how many it touches, about
	now         stele.Millis // 0: not known
}

// errDry undoes a write that was only to be tried.
var errDry = errors.New("undo this: it was a trial")

// write makes a change in a transaction and keeps its answer for once; if an answer is kept already, nothing is done.
// It returns what the change returned, after the commit.
func write[T any](ctx context.Context, d *database, def *stele.Table, once *stele.Once[T], ch change[T]) (T, error) {
	var result, none T
	if d.how.Dry {
		once = nil
	}
	err := d.use(ctx, func(file *agentFile) error {
		t, err := file.current(ctx, def)
		if err != nil {
			return err
		}
		whole := func(do func(*conn, *table) (T, error)) func(*conn) error {
			return func(c *conn) (err error) {
				if err = before(c, once); err != nil {
					return err
				}
				if t.gone() {
					return stele.ErrTableChanged
				}
				if result, err = do(c, t); err != nil {
					return err
				}
				if d.how.Dry {
					return errDry
				}
				if err = after(c, once, result); err != nil {
					return err
				}
				return file.purge(c, ch.now)
			}
		}
		return file.writer.write(ctx, &op{do: whole(ch.do), instead: whole(ch.instead), rows: ch.rows})
	})
	if err != nil && !errors.Is(err, errDry) {
		return none, err
	}
	return result, nil
}

// CreateTable makes the table in the agent's file and then tells the catalog; reconcile repairs what a crash between the
// two leaves.
func (d *database) CreateTable(ctx context.Context, def *stele.Table, once *stele.Once[stele.TableID]) error {
	return d.use(ctx, func(file *agentFile) error {
		o := &op{rows: 1, do: func(c *conn) error {
			if err := before(c, once); err != nil {
				return err
			}
			if err := createTable(c, def, max(1, stele.FirstRecordID(def.Created.Time()))); err != nil {
				return err
			}
			return after(c, once, def.ID)
		}}
		if err := file.writer.write(ctx, o); err != nil {
			return err
		}
		return d.enter(def.ID)
	})
}

// enter tells the catalog of a new table.
func (d *database) enter(id stele.TableID) error {
	if err := d.store.catalog.addTable(d.id, id); err != nil {
		return fmt.Errorf("entering a table in the catalog: %w", err)
	}
	return nil
}

// Table returns a definition, from memory once it was read.
func (d *database) Table(ctx context.Context, id stele.TableID) (def *stele.Table, err error) {
	err = d.use(ctx, func(file *agentFile) error {
		t, err := file.table(ctx, id)
		if err == nil {
			def = t.Table
		}
		return err
	})
	return def, err
}

// table finds what is known of a table. Where its definition is about to end it waits until that is decided.
func (f *agentFile) table(ctx context.Context, id stele.TableID) (t *table, err error) {
	for {
		if t = f.tables.get(id); t == nil {
			err = f.read(ctx, false, func(c *conn) error {
				t, err = f.tables.load(c, id)
				return err
			})
			if errors.Is(err, errReread) {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		decided := t.fate.Load()
		if decided == nil {
			return t, nil
		}
		select {
		case <-*decided:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// current is table for a caller who has its definition. ErrTableChanged if it is not that any more.
func (f *agentFile) current(ctx context.Context, def *stele.Table) (*table, error) {
	t, err := f.table(ctx, def.ID)
	if err == nil && !sameDefinition(t.Table, def) {
		return nil, stele.ErrTableChanged
	}
	return t, err
}

// readTable runs f on a connection that only reads, with what is known of a table. ErrTableChanged unless def is its definition
// until f has ended.
func (d *database) readTable(ctx context.Context, scan bool, def *stele.Table, f func(*conn, *table) error) error {
	return d.use(ctx, func(file *agentFile) error {
		t, err := file.current(ctx, def)
		if err != nil {
			return err
		}
		err = file.read(ctx, scan, func(c *conn) error { return f(c, t) })
		if t.gone() {
			return stele.ErrTableChanged
		}
		return err
	})
}

// Tables lists tables with their counts, all of one state of the file.
func (d *database) Tables(ctx context.Context, p stele.Page) (list []stele.TableCount, err error) {
	limit := int64(p.Limit)
	if limit <= 0 {
		limit = -1
	}
	err = d.use(ctx, func(file *agentFile) error {
		for {
			list = []stele.TableCount{}
			since := file.tables.now()
			err := file.read(ctx, false, func(c *conn) error {
				return c.query(selectTable+`ORDER BY seq LIMIT ? OFFSET ?`, func(s *sqlite.Stmt) error {
					t, err := file.tables.read(c, s, since)
					if err == nil {
						list = append(list, stele.TableCount{Table: t.Table, Records: s.ColumnInt64(6)})
					}
					return err
				}, limit, p.Offset)
			})
			// Definitions are known from memory: where one has ended meanwhile, they may be of two states.
			if !errors.Is(err, errReread) && (err != nil || file.tables.now() == since) {
				return err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Engine says in which SQL questions are put.
func (d *database) Engine() stele.Engine { return stele.SQLite }
