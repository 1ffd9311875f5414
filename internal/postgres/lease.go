package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"stele"
)

// A rebuild has many transactions, and holds no connection between them. Its lease says that it is under way: a row that each of its
// transactions takes and touches, and without which none does anything. So whoever finds no sign of life for a while may take the lease
// away, and with it all that the rebuild has made. Were it alive after all, it would do nothing more.

// staleAfter is how long a lease holds without a sign of life. A transaction that goes on for longer keeps it by its lock.
const staleAfter = 15 * time.Second

// isStale is the condition of a lease l that may be taken away.
func isStale() string {
	return fmt.Sprintf(`l.seen_at<clock_timestamp()-interval '%d seconds'`, int(staleAfter.Seconds()))
}

// lease asks for the table's lease. The function it returns is called when the table is locked: another's change that is under way is an
// error, what one has left is cleared away, and of a rebuild the lease must be its own.
func (c *change) lease(b *pgx.Batch) func(*tx) error {
	held, old := "", false
	b.Queue(`SELECT l.token, `+isStale()+` FROM `+c.old.schema+`._rebuilds l WHERE l.table_id=$1`, string(c.old.ID)).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&held, &old}, func() error { return nil })
		return err
	})
	return func(x *tx) error {
		switch {
		case held == c.token:
			return nil
		case c.token != "": // it has been taken away
			return stele.ErrTableChanged
		case !old:
			return errUnderWay
		}
		return c.takeAway(x)
	}
}

// takeAway clears away what a rebuild has left that gives no sign of life, unless one of its transactions goes on.
func (c *change) takeAway(x *tx) error {
	free := false
	b := &pgx.Batch{}
	b.Queue(`SELECT 1 FROM `+c.old.schema+`._rebuilds l WHERE l.table_id=$1 AND `+isStale()+` FOR UPDATE SKIP LOCKED`, string(c.old.ID)).Exec(func(tag pgconn.CommandTag) error {
		free = tag.RowsAffected() == 1
		return nil
	})
	if err := x.send(b); err != nil {
		return err
	}
	if !free {
		return errUnderWay
	}
	if err := c.only(x, nobody); err != nil {
		return err
	}
	_, err := c.old.clear(x, `true`)
	return err
}

// clear takes the lease l of the table away if it is the one that which describes, and with it what stands beside the table.
func (t *table) clear(x *tx, which string, args ...any) (cleared bool, err error) {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM `+t.schema+`._rebuilds l WHERE l.table_id=$1 AND `+which, append([]any{string(t.ID)}, args...)...).Exec(func(tag pgconn.CommandTag) error {
		cleared = tag.RowsAffected() == 1
		return nil
	})
	if err := x.send(b); err != nil || !cleared {
		return false, err
	}
	return true, x.script([]string{
		`DROP FUNCTION IF EXISTS ` + t.noting() + ` CASCADE`, // and the triggers, whatever the table is called by now
		`DROP TABLE IF EXISTS ` + t.shadow() + `, ` + t.changes(),
	})
}

// clearAlone is clear as a transaction.
func (c *change) clearAlone(ctx context.Context, which string, args ...any) error {
	return c.persist(ctx, func() error {
		return c.d.write(ctx, func(x *tx) error {
			b := &pgx.Batch{}
			b.Queue(set("lock_timeout", lockPatience))
			if err := x.send(b); err != nil {
				return busy(err)
			}
			if _, err := c.old.clear(x, which, args...); err != nil {
				return busy(err)
			}
			return x.commit(&pgx.Batch{})
		})
	})
}

// sweep clears away what rebuilds have left that were cut short: each write that follows adds to it. It rides on purge.
func (d *database) sweep(ids []string) {
	ctx, cancel := context.WithTimeout(context.Background(), leaveFor)
	defer cancel()
	for _, id := range ids {
		c := &change{d: d.lasting(), old: &table{Table: &stele.Table{ID: stele.TableID(id)}, schema: d.schema}}
		if err := c.clearAlone(ctx, isStale()); err != nil {
			d.store.opt.Log.Warn("what a change of a table has left could not be cleared away yet", "table", id, "error", err)
		}
	}
}
