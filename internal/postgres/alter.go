package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// How long a change of a definition waits for what.
const (
	alterWithin   = 10 * time.Minute       // one of its transactions, whose caller sets no deadline
	turnPatience  = 3 * time.Second        // for a lock that is waited for without anybody behind
	lockPatience  = 200 * time.Millisecond // for a lock behind which others wait
	alterPatience = 20 * time.Second       // in all, until those locks were had at once
	underWayEvery = 500 * time.Millisecond // between looks at a change that another one makes
	alterAttempts = 3                      // with records that do not fit, and then do
)

const (
	inUse    = "the table is in use by a question or a write that goes on for long, and cannot be changed at the moment; nothing was applied"
	unsteady = "records that do not fit the new definition came and went; nothing was applied"
)

var (
	errBusy     = errors.New("a lock on the table cannot be had at the moment")
	errUnderWay = errors.New("another change of the table is under way")
	errViolated = errors.New("a record does not fit the new definition")
)

// change is an alteration on its way.
type change struct {
	*stele.Alteration
	d        *database
	old, new *table // the definitions as the database has them
	kept     *kept
	answer   func(stele.Altered)
	token    string // of the lease of a rebuild that has begun
}

// Alter changes a table's definition. The records are held against it first, in a state of the database and without a lock, so that a
// refusal, or a trial, holds nobody up. What then comes is in DESIGN.md.
func (d *database) Alter(ctx context.Context, a *stele.Alteration, once *stele.Once[stele.Altered]) (done stele.Altered, err error) {
	if d.how.Dry {
		once = nil
	}
	if err := replayed(ctx, d, once); err != nil {
		return done, unapplied(err)
	}
	old, err := d.tableAs(ctx, a.Before, equalDefinitions)
	if err != nil {
		return done, unapplied(err)
	}
	defer func() {
		if err == nil || errors.Is(err, stele.ErrTableChanged) {
			d.agent().drop(old.ID)
		}
	}()
	k := keep(once)
	c := &change{Alteration: a, d: d.lasting(), old: old, new: newTable(d.id, old.version+1, a.After), kept: k,
		answer: func(done stele.Altered) { answered(k, once, done) }}
	if err := c.ready(ctx, d); err != nil {
		return done, err
	}
	for range alterAttempts {
		done, err = c.check(ctx)
		if err != nil || done.Refused() || d.how.Dry {
			return done, err
		}
		done, err = c.apply(ctx, done.Records)
		if !errors.Is(err, errViolated) {
			return done, err
		}
	}
	return done, &stele.Error{Code: stele.CodeOverloaded, Detail: unsteady, RetryAfter: retryAfter}
}

// lasting is the database with transactions that may take long: an index is built, or many records are written.
func (d *database) lasting() *database {
	own := *d
	own.within, own.how = alterWithin, stele.How{}
	return &own
}

// replayed is the error of a write that was applied before.
func replayed[T any](ctx context.Context, d *database, once *stele.Once[T]) error {
	if once == nil {
		return nil
	}
	answer, err := d.Answered(ctx, once.Key, once.Fingerprint)
	if err == nil && answer != nil {
		return &stele.Replay{Answer: answer}
	}
	return err
}

// apply makes the change, or returns errViolated.
func (c *change) apply(ctx context.Context, records int64) (done stele.Altered, err error) {
	atOnce := c.d.store.citus || records <= c.d.store.small
	if len(c.conversions()) == 0 && (atOnce || !c.builds()) {
		err = c.persist(ctx, func() (err error) {
			done, err = c.inPlace(ctx)
			return err
		})
		if sqlState(err) != "54011" { // a table has had 1600 columns in its life
			return done, err
		}
	}
	if atOnce {
		err = c.persist(ctx, func() (err error) {
			done, err = c.rebuildAtOnce(ctx)
			return err
		})
		return done, err
	}
	return c.rebuild(ctx)
}

// conversions lists the places in After of fields that are converted.
func (c *change) conversions() (fields []int) {
	for i := range c.After.Fields {
		if c.Converts(i) {
			fields = append(fields, i)
		}
	}
	return fields
}

// persist runs f until it was not in the way of others. While it pauses, those go on who have waited behind it.
func (c *change) persist(ctx context.Context, f func() error) error {
	until := time.Now().Add(alterPatience)
	for pause := 4 * firstPause; ; pause = min(2*pause, time.Second) {
		err := f()
		wait := pause
		switch {
		case errors.Is(err, errUnderWay): // it will not last for ever: see lease
			wait, until = underWayEvery, time.Now().Add(alterPatience)
		case !errors.Is(err, errBusy):
			return err
		case time.Now().After(until):
			return &stele.Error{Code: stele.CodeOverloaded, Detail: inUse, RetryAfter: retryAfter}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// transact runs a transaction that takes the table's lock. Writers of this process do not wait for its turn: it may wait itself.
func (c *change) transact(ctx context.Context, run func(*tx) error) error {
	return c.d.write(ctx, func(x *tx) error { return busy(run(x)) })
}

// busy says of a lock that was not had in time that it was not.
func busy(err error) error {
	if sqlState(err) == "55P03" {
		return errBusy
	}
	return err
}

// set is a setting for the rest of the transaction.
func set(name string, value time.Duration) string {
	return `SET LOCAL ` + name + `=` + strconv.FormatInt(value.Milliseconds(), 10)
}

// hold begins a transaction that changes the table: others that change it wait, and so do writers from here on, but not readers. The
// first lock is in nobody's way but a vacuum's, which the server ends for it.
func (c *change) hold(x *tx) (records int64, err error) {
	t, taken := c.old, false
	b := &pgx.Batch{}
	b.Queue(set("statement_timeout", alterWithin))
	b.Queue(set("lock_timeout", turnPatience))
	b.Queue(`LOCK TABLE ` + t.name + ` IN SHARE UPDATE EXCLUSIVE MODE`)
	b.Queue(`SELECT 1 FROM ` + t.schema + `._agent FOR UPDATE`) // no table comes or goes meanwhile
	locked := t.hold(b, &records)
	b.Queue(`SELECT EXISTS (SELECT 1 FROM `+t.schema+`._tables WHERE name=$1 AND id<>$2)`, c.After.Name, string(t.ID)).QueryRow(func(r pgx.Row) error {
		return r.Scan(&taken)
	})
	c.kept.look(b, t.schema)
	held := c.lease(b)
	still := unmoved(b)
	if err := x.send(b); err != nil {
		return 0, err
	}
	if err := still(); err != nil {
		return 0, err
	}
	if err := c.kept.known(); err != nil {
		return 0, err
	}
	if err := locked(); err != nil {
		return 0, err
	}
	if taken {
		return 0, errTaken(c.After.Name)
	}
	return records, held(x)
}

// hold takes the table's lock and reads its count.
func (t *table) hold(b *pgx.Batch, records *int64) func() error {
	return t.number(b, "record_count", forUpdate, records)
}

// look reads the count.
func (t *table) look(b *pgx.Batch, records *int64) func() error {
	return t.number(b, "record_count", noLock, records)
}

// unmoved asks whether a move of the installation has begun. It waits for transactions that are under way, and a change has several.
func unmoved(b *pgx.Batch) func() error {
	moving := ""
	b.Queue(`SELECT moving FROM stele_catalog.installation`).QueryRow(func(r pgx.Row) error { return r.Scan(&moving) })
	return func() error {
		if moving != "" {
			return errMoving()
		}
		return nil
	}
}

func errTaken(name string) error {
	return stele.Errorf(stele.CodeTableExists, "the agent has a table named %q already", name)
}

// only keeps writers away, or everybody: it waits for those who are at it, but not for long, since others wait behind it. Rights that
// questions are given at the same moment would be an error of the server's, so those wait too: see permit.
func (c *change) only(x *tx, mode string) error {
	b := &pgx.Batch{}
	b.Queue(set("lock_timeout", lockPatience))
	b.Queue(`SELECT 1 FROM stele_catalog.agents WHERE id=$1 FOR UPDATE`, string(c.d.id))
	b.Queue(`LOCK TABLE ` + c.old.name + ` IN ` + mode + ` MODE`)
	return x.send(b)
}

// Modes of locks: writers wait, or readers too.
const (
	noWriters = "SHARE ROW EXCLUSIVE"
	nobody    = "ACCESS EXCLUSIVE"
)

// finish enters the new definition, keeps the answer and commits.
func (c *change) finish(x *tx, records int64) (stele.Altered, error) {
	done := stele.Altered{Alteration: c.Alteration, Records: records}
	def, there := c.After, false
	b := &pgx.Batch{}
	b.Queue(`UPDATE `+c.old.schema+`._tables t SET version=$3, name=$4, stored_name=$5, description=$6, keyword_index=$7 WHERE `+guard,
		string(def.ID), c.old.version, c.new.version, def.Name, def.Stored, def.Description, def.KeywordIndex).Exec(func(tag pgconn.CommandTag) error {
		there = tag.RowsAffected() == 1
		return nil
	})
	b.Queue(`DELETE FROM `+c.old.schema+`._fields WHERE table_id=$1`, string(def.ID))
	c.d.queueFields(b, def)
	c.answer(done)
	c.kept.queue(b, c.old.schema, def.ID, 0)
	err := again(x.commit(b))
	if err == nil && !there { // the row is locked
		err = errors.New("the definition of a table could not be entered")
	}
	return done, err
}

// DropTable removes a table, and what a change of it that was cut short has left.
func (d *database) DropTable(ctx context.Context, def *stele.Table, once *stele.Once[int64]) (n int64, err error) {
	if d.how.Dry {
		once = nil
	}
	if err := replayed(ctx, d, once); err != nil {
		return 0, unapplied(err)
	}
	t, err := d.table(ctx, def)
	if err != nil {
		return 0, unapplied(err)
	}
	if d.how.Dry {
		err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
			b := &pgx.Batch{}
			same := t.look(b, &n)
			if err := c.SendBatch(ctx, b).Close(); err != nil {
				return err
			}
			return same()
		})
		d.forgetChanged(t, err)
		return n, err
	}
	k := keep(once)
	c := &change{d: d.lasting(), old: t}
	err = c.persist(ctx, func() error {
		return c.transact(ctx, func(x *tx) error { return c.drop(x, k, &n, func() { answered(k, once, n) }) })
	})
	if err == nil || errors.Is(err, stele.ErrTableChanged) {
		d.agent().drop(t.ID)
	}
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (c *change) drop(x *tx, k *kept, n *int64, answer func()) error {
	t := c.old
	b := &pgx.Batch{}
	b.Queue(set("lock_timeout", turnPatience))
	b.Queue(`LOCK TABLE ` + t.name + ` IN SHARE UPDATE EXCLUSIVE MODE`)
	b.Queue(`SELECT 1 FROM ` + t.schema + `._agent FOR UPDATE`)
	locked := t.hold(b, n)
	k.look(b, t.schema)
	still := unmoved(b)
	if err := x.send(b); err != nil {
		return err
	}
	if err := still(); err != nil {
		return err
	}
	if err := k.known(); err != nil {
		return err
	}
	if err := locked(); err != nil {
		return err
	}
	if err := c.only(x, nobody); err != nil {
		return err
	}
	if _, err := t.clear(x, `true`); err != nil {
		return err
	}
	if err := x.script([]string{`DROP TABLE ` + t.name}); err != nil {
		return err
	}
	answer()
	b = &pgx.Batch{}
	k.queue(b, t.schema, t.ID, t.version)
	b.Queue(`DELETE FROM `+t.schema+`._fields WHERE table_id=$1`, string(t.ID))
	b.Queue(`DELETE FROM `+t.schema+`._tables WHERE id=$1`, string(t.ID))
	b.Queue(`DELETE FROM stele_catalog.tables WHERE id=$1`, string(t.ID))
	return again(x.commit(b))
}
