package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// database is one agent's.
type database struct {
	store  *Store
	id     stele.AgentID
	schema string // quoted
	how    stele.How
	within time.Duration // a write that has begun is carried on for so long; 0: as others are
}

var _ stele.Database = (*database)(nil)

// Database opens an agent's database.
func (s *Store) Database(id stele.AgentID) stele.Database { return s.database(id) }

func (s *Store) database(id stele.AgentID) *database {
	return &database{store: s, id: id, schema: schemaOf(id)}
}

// With returns the database with its writes done so.
func (d *database) With(h stele.How) stele.Database {
	own := *d
	own.how = h
	return &own
}

func (d *database) agent() *agent { return d.store.known.of(d.id, d.store.opt.Pool) }

// errGone is what every method says once the agent is deleted.
func errGone() error {
	return stele.Errorf(stele.CodeUnauthenticated, "the agent of the API key does not exist any more")
}

// misfit turns the error of a statement that did not fit the database into what the caller is to get: the agent is gone,
// or a definition is no longer true.
func (d *database) misfit(ctx context.Context, err error) error {
	if !isMisfit(err) {
		return err
	}
	d.store.known.forget(d.id)
	ctx, cancel := d.store.carryOn(ctx)
	defer cancel()
	there, look := d.store.exists(ctx, d.id)
	switch {
	case look != nil:
		return look
	case !there:
		return errGone()
	}
	return fmt.Errorf("%w: %w", stele.ErrTableChanged, err)
}

// read runs f on a connection.
func (d *database) read(ctx context.Context, f func(context.Context, *pgxpool.Conn) error) error {
	a := d.agent()
	leave, err := d.enter(ctx, a, notRead)
	if err != nil {
		return err
	}
	defer leave()
	return d.misfit(ctx, d.store.readFor(ctx, a, func(ctx context.Context, c *pgxpool.Conn) error {
		err := f(ctx, c)
		d.heard(ctx, a, err)
		return err
	}))
}

// write runs a transaction.
func (d *database) write(ctx context.Context, run func(*tx) error) error {
	a := d.agent()
	leave, err := d.enter(ctx, a, notApplied)
	if err != nil {
		return err
	}
	defer leave()
	return d.misfit(ctx, d.store.writeWithin(ctx, cmp.Or(d.within, d.store.opt.Timeout), a, func(t *tx) error {
		t.dry = d.how.Dry
		err := run(t)
		d.heard(t.ctx, a, err)
		return err
	}))
}

// writeTable runs a transaction that takes the table's lock. In this process its writers wait for each other before they
// take a connection.
func (d *database) writeTable(ctx context.Context, t *table, run func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done, err := d.agent().await(ctx, t.ID)
	if err != nil {
		return err
	}
	defer done()
	err = d.write(ctx, run)
	if errors.Is(err, stele.ErrTableChanged) {
		d.agent().drop(t.ID)
	}
	return err
}

// Table returns a definition, from memory once it was read: whoever uses it is told when it is no longer true.
func (d *database) Table(ctx context.Context, id stele.TableID) (*stele.Table, error) {
	t, err := d.load(ctx, id)
	if err != nil {
		return nil, err
	}
	return t.Table, nil
}

// table is what is known of a table whose definition a caller has.
func (d *database) table(ctx context.Context, def *stele.Table) (*table, error) {
	return d.tableAs(ctx, def, sameDefinition)
}

// tableAs is table for callers with their own notion of what must be the same. What is remembered may be older than what the caller has.
func (d *database) tableAs(ctx context.Context, def *stele.Table, same func(a, b *stele.Table) bool) (*table, error) {
	for range 2 {
		t, err := d.load(ctx, def.ID)
		if err != nil {
			return nil, err
		}
		if same(t.Table, def) {
			return t, nil
		}
		d.agent().drop(def.ID)
	}
	return nil, stele.ErrTableChanged
}

func (d *database) load(ctx context.Context, id stele.TableID) (*table, error) {
	a := d.agent()
	if t := a.get(id); t != nil {
		return t, nil
	}
	var found []listed
	err := d.whole(func() error {
		return d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
			b := &pgx.Batch{}
			b.Queue(`SELECT version FROM ` + d.schema + `._agent`).QueryRow(func(r pgx.Row) error {
				var version int
				if err := r.Scan(&version); err != nil {
					return err
				}
				return d.check(version)
			})
			b.Queue(selectTables(d.schema)+`WHERE t.id=$1`, string(id)).Query(func(rows pgx.Rows) (err error) {
				found, err = scanTables(rows)
				return err
			})
			b.Queue(selectFields(d.schema)+`ORDER BY f.position`, []string{string(id)}).Query(func(rows pgx.Rows) error {
				return scanFields(rows, found)
			})
			return c.SendBatch(ctx, b).Close()
		})
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, stele.Errorf(stele.CodeTableNotFound, "no table of this agent has the id %s", id)
	}
	found[0].Index()
	return a.put(newTable(d.id, found[0].version, found[0].Table)), nil
}

// listed is a row of `_tables`.
type listed struct {
	*stele.Table
	version, records int64
}

func selectTables(schema string) string {
	return `SELECT t.id, t.version, t.name, t.stored_name, t.description, t.created_at, t.record_count, t.keyword_index FROM ` + schema + `._tables t `
}

func scanTables(rows pgx.Rows) (list []listed, err error) {
	defer rows.Close()
	for rows.Next() {
		l := listed{Table: &stele.Table{}}
		err := rows.Scan((*string)(&l.ID), &l.version, &l.Name, &l.Stored, &l.Description, (*int64)(&l.Created), &l.records, &l.KeywordIndex)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

func selectFields(schema string) string {
	return `SELECT t.id, t.version, f.name, f.stored_name, f.description, f.type, f.required, f.is_unique FROM ` + schema + `._tables t JOIN ` +
		schema + `._fields f ON f.table_id=t.id WHERE t.id=ANY($1) `
}

// errTorn is the error of a definition that was changed between its parts.
var errTorn = errors.New("a definition was changed while it was read")

// whole runs f again where it met a definition that was just being changed.
func (d *database) whole(f func() error) (err error) {
	for range mostAttempts {
		if err = f(); !errors.Is(err, errTorn) {
			return err
		}
	}
	return err
}

// scanFields adds fields to the tables that they are of.
func scanFields(rows pgx.Rows, tables []listed) error {
	defer rows.Close()
	at := make(map[stele.TableID]listed, len(tables))
	for _, l := range tables {
		at[l.ID] = l
	}
	for rows.Next() {
		var f stele.Field
		var id, typ string
		var version int64
		if err := rows.Scan(&id, &version, &f.Name, &f.Stored, &f.Description, &typ, &f.Required, &f.Unique); err != nil {
			return err
		}
		ok := false
		if f.Type, ok = stele.ParseType(typ); !ok {
			return fmt.Errorf("field %q has the unknown type %q", f.Name, typ)
		}
		t := at[stele.TableID(id)]
		if t.Table == nil || t.version != version {
			return errTorn
		}
		t.Fields = append(t.Fields, f)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if slices.ContainsFunc(tables, func(l listed) bool { return len(l.Fields) == 0 }) { // dropped
		return errTorn
	}
	return nil
}

// Engine says in which SQL questions are put.
func (d *database) Engine() stele.Engine { return stele.PostgreSQL }
