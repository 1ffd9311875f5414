package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"stele"
)

const (
	smallTable = 1000 // records that are rewritten at once, while others wait
	fewLeft    = 500  // records that may be written while writers wait
	mostRounds = 20   // after which so be it
	leaveFor   = 5 * time.Second
)

// repeatable has all statements of a transaction see one state.
const repeatable = `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`

// What stands beside a table while it is made anew: the new one, the ids of records that were written meanwhile, and the function that
// notes them. Names of no table begin so.
func (t *table) shadow() string  { return t.schema + `."_rebuild_` + string(t.ID) + `"` }
func (t *table) changes() string { return t.schema + `."_changed_` + string(t.ID) + `"` }
func (t *table) noting() string  { return t.schema + `."_note_` + string(t.ID) + `"()` }

// rebuildAtOnce writes all records anew while writers wait, in one transaction.
func (c *change) rebuildAtOnce(ctx context.Context) (done stele.Altered, err error) {
	err = c.transact(ctx, func(x *tx) error {
		records, err := c.holdFitting(x)
		if err != nil {
			return err
		}
		if err := c.only(x, noWriters); err != nil {
			return err
		}
		if err := x.script([]string{c.new.tableSQL(c.old.shadow())}); err != nil {
			return err
		}
		if err := c.rewriteAll(x, c.old.name); err != nil {
			return err
		}
		if err := x.script(c.new.uniquesSQL(c.old.shadow())); err != nil {
			return violated(err)
		}
		if err := c.new.buildKeyword(x, c.old.shadow()); err != nil {
			return err
		}
		if err := c.swap(x); err != nil {
			return err
		}
		done, err = c.finish(x, records)
		return err
	})
	return done, err
}

// swap puts the new table in the old one's place.
func (c *change) swap(x *tx) error {
	if err := c.only(x, nobody); err != nil {
		return err
	}
	return x.script([]string{`DROP TABLE ` + c.old.name, `ALTER TABLE ` + c.old.shadow() + ` RENAME TO ` + quote(c.new.Stored)})
}

// rebuild is a table that is made anew while others read and write it.
type rebuild struct {
	*change
	mine string // the lease's token
}

// rebuild copies the records into a new table, part by part, while the server notes which ones are written meanwhile; these are copied
// again, until few are left. Only for those writers wait, and only for the exchange of the tables does everybody.
func (c *change) rebuild(ctx context.Context) (done stele.Altered, err error) {
	r := &rebuild{c, rand.Text()}
	defer func() {
		if c.token = ""; err != nil {
			r.leave(ctx)
		}
	}()
	if err := c.persist(ctx, func() error { return r.begin(ctx) }); err != nil {
		return done, unapplied(err)
	}
	c.token = r.mine
	if err := r.copy(ctx); err != nil {
		return done, unapplied(err)
	}
	err = c.persist(ctx, func() (err error) {
		if done, err = r.end(ctx); errors.Is(err, errBusy) {
			if _, late := r.catchUp(ctx); late != nil { // there is more by now, and the lease is to hold
				return unapplied(late)
			}
		}
		return err
	})
	return done, err
}

// begin makes what stands beside the table.
func (r *rebuild) begin(ctx context.Context) error {
	t := r.old
	on := func(event, rows string) string {
		return `CREATE TRIGGER ` + quote("_note_"+event) + ` AFTER ` + event + ` ON ` + t.name + ` REFERENCING ` + rows +
			` TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ` + t.noting()
	}
	return r.transact(ctx, func(x *tx) error {
		if _, err := r.hold(x); err != nil {
			return err
		}
		err := x.script([]string{
			r.new.tableSQL(t.shadow()),
			`CREATE TABLE ` + t.changes() + ` (id bigint NOT NULL)`,
			`CREATE FUNCTION ` + t.noting() + ` RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN INSERT INTO ` + t.changes() + ` SELECT "_id" FROM changed; RETURN NULL; END $$`,
			set("lock_timeout", lockPatience),
			on("INSERT", "NEW"), on("UPDATE", "NEW"), on("DELETE", "OLD"),
		})
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		b.Queue(`INSERT INTO `+t.schema+`._rebuilds (table_id, token, seen_at) VALUES ($1, $2, clock_timestamp())`, string(t.ID), r.mine)
		return x.commit(b)
	})
}

// step runs a part as a transaction, if the table is as it was and nobody has taken this for dead. exact has it see one state.
func (r *rebuild) step(ctx context.Context, exact bool, run func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.d.write(ctx, func(x *tx) error {
		there := false
		b := &pgx.Batch{}
		if exact {
			b.Queue(repeatable)
		}
		b.Queue(set("statement_timeout", alterWithin))
		b.Queue(`UPDATE `+r.old.schema+`._rebuilds l SET seen_at=clock_timestamp() FROM `+r.old.schema+`._tables t WHERE `+guard+` AND l.table_id=t.id AND l.token=$3`,
			string(r.old.ID), r.old.version, r.mine).Exec(func(tag pgconn.CommandTag) error {
			there = tag.RowsAffected() == 1
			return nil
		})
		still := unmoved(b)
		if err := x.send(b); err != nil {
			return err
		}
		if !there {
			return stele.ErrTableChanged
		}
		if err := still(); err != nil {
			return err
		}
		if err := run(x); err != nil {
			return err
		}
		return x.commit(&pgx.Batch{})
	})
}

// copy copies all records, and what was written meanwhile. The first time that this is done the copy is what the table was at one
// moment; only then can indexes tell values that are twice in it from values that have passed from one record to another.
func (r *rebuild) copy(ctx context.Context) error {
	for after, more := int64(0), true; more; {
		var p *converted
		err := r.step(ctx, false, func(x *tx) (err error) {
			if p, err = r.read(x, r.old.name, after); err != nil || len(p.ids) == 0 {
				return err
			}
			return r.rewrite(x, p)
		})
		if err != nil {
			return err
		}
		if more = len(p.ids) > 0; more {
			after = p.ids[len(p.ids)-1]
		}
	}
	if _, err := r.catchUp(ctx); err != nil {
		return err
	}
	err := r.step(ctx, false, func(x *tx) error {
		if err := x.script(r.new.uniquesSQL(r.old.shadow())); err != nil {
			return violated(err)
		}
		if err := r.new.buildKeyword(x, r.old.shadow()); err != nil {
			return err
		}
		return x.script([]string{`ANALYZE ` + r.old.shadow()})
	})
	for left, rounds := int64(fewLeft+1), 0; err == nil && left > fewLeft && rounds < mostRounds; rounds++ {
		left, err = r.catchUp(ctx)
	}
	return err
}

// catchUp makes the copy what the table is at this moment, and says how many records that took.
func (r *rebuild) catchUp(ctx context.Context) (n int64, err error) {
	err = r.step(ctx, true, func(x *tx) (err error) {
		if n, err = r.again(x); err != nil {
			return err
		}
		var copied, counted int64
		b := &pgx.Batch{}
		b.Queue(searching)
		b.Queue(`SELECT (SELECT count(*) FROM `+r.old.shadow()+`), t.record_count FROM `+r.old.schema+`._tables t WHERE t.id=$1`, string(r.old.ID)).QueryRow(func(row pgx.Row) error {
			return row.Scan(&copied, &counted)
		})
		if err := x.send(b); err != nil {
			return err
		}
		if copied != counted {
			return fmt.Errorf("the copy of a table has %d records, and the table %d", copied, counted)
		}
		return nil
	})
	return n, err
}

// again copies the records again that are noted. All of them go first: values may have passed from one to another.
func (r *rebuild) again(x *tx) (int64, error) {
	var ids []int64
	b := &pgx.Batch{}
	b.Queue(`SELECT DISTINCT id FROM ` + r.old.changes() + ` ORDER BY id`).Query(func(rows pgx.Rows) (err error) {
		ids, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	b.Queue(`DELETE FROM ` + r.old.changes())
	if err := x.send(b); err != nil || len(ids) == 0 {
		return 0, err
	}
	b = &pgx.Batch{}
	b.Queue(`DELETE FROM `+r.old.shadow()+` s USING unnest($1::bigint[]) AS u(id) WHERE s."_id"=u.id`, ids)
	if err := x.send(b); err != nil {
		return 0, err
	}
	for rest := ids; len(rest) > 0; {
		some := rest[:min(len(rest), rewriteAtOnce)]
		rest = rest[len(some):]
		if err := r.rewriteAll(x, `(SELECT q.* FROM `+r.old.name+` q WHERE q."_id"=ANY($3::bigint[]))`, some); err != nil {
			return 0, violated(err)
		}
	}
	return int64(len(ids)), nil
}

// end copies what is left while writers wait, and exchanges the tables.
func (r *rebuild) end(ctx context.Context) (done stele.Altered, err error) {
	err = r.transact(ctx, func(x *tx) error {
		records, err := r.hold(x)
		if err != nil {
			return err
		}
		if err := r.demand(x, records); err != nil {
			return err
		}
		if err := r.only(x, noWriters); err != nil {
			return err
		}
		if _, err := r.again(x); err != nil {
			return err
		}
		if err := r.swap(x); err != nil {
			return err
		}
		if _, err := r.old.clear(x, `l.token=$2`, r.mine); err != nil {
			return err
		}
		done, err = r.finish(x, records)
		return err
	})
	return done, err
}

// leave takes away what stands beside the table, unless that is in its place.
func (r *rebuild) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveFor)
	defer cancel()
	if err := r.clearAlone(ctx, `l.token=$2`, r.mine); err != nil && !errors.Is(err, stele.ErrTableChanged) {
		r.d.store.opt.Log.Warn("what a change of a table has left could not be cleared away yet", "table", r.old.ID, "error", err)
	}
}

// unapplied says of a change that was cut short before its last transaction that nothing of it was applied.
func unapplied(err error) error {
	if stele.ErrorCode(err) == stele.CodeUnavailable {
		return unavailable(notApplied)
	}
	return err
}
