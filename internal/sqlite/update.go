package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"

	"stele"
)

// Update applies changes one after the other, in one transaction.
func (d *database) Update(ctx context.Context, def *stele.Table, cs []stele.Change, now stele.Millis,
	once *stele.Once[[]stele.Outcome],
) ([]stele.Outcome, error) {
	outcomes := make([]stele.Outcome, len(cs))
	return write(ctx, d, def, once, change[[]stele.Outcome]{
		rows: len(cs), now: now,
		do: func(c *conn, t *table) ([]stele.Outcome, error) {
			u := updater{conn: c, table: t, now: now}
			failed := false
			for i := range cs {
				reason, err := u.apply(&cs[i])
				if err != nil {
					return nil, fmt.Errorf("updating: %w", err)
				}
				outcomes[i].Reason = reason
				failed = failed || reason != ""
			}
			if failed && d.how.Mode == stele.Atomic {
				return nil, errInstead
			}
			return outcomes, u.finish()
		},
		instead: func(*conn, *table) ([]stele.Outcome, error) { return outcomes, nil },
	})
}

// updater applies the changes of one request. A statement that fails undoes itself, so no change needs a savepoint.
type updater struct {
	conn  *conn
	table *table
	now   stele.Millis
	ins   *inserter // made when the first record is

	changed []int64 // records that the keyword index must follow

	stmt *sqlite.Stmt // the statement of the last change, nil when it may have been given up since
	like *stele.Change
}

// apply applies one change; the reason says why it failed.
func (u *updater) apply(c *stele.Change) (reason string, err error) {
	if c.Problem != "" {
		return c.Problem, nil
	}
	there := false
	if len(c.Set) == 0 {
		u.stmt = nil
		_, there, err = u.find(c.Selector)
	} else {
		there, err = u.set(c)
	}
	switch {
	case err == nil && there:
		return "", nil
	case isClash(err):
		u.stmt = nil
		return u.clash(c)
	case err != nil:
		return "", err
	case !c.Create:
		return stele.ReasonNotFound, nil
	case c.NewProblem != "":
		return c.NewProblem, nil
	}
	u.stmt = nil
	return u.create(c)
}

// set runs the update, and reports whether there was a record.
func (u *updater) set(c *stele.Change) (there bool, err error) {
	if u.stmt == nil || !sameShape(u.like, c) {
		if u.stmt, err = u.conn.stmt(u.table.updateSQL(c)); err != nil {
			return false, err
		}
		u.like = c
	}
	u.stmt.BindInt64(1, int64(u.now))
	for i, p := range c.Set {
		bindValue(u.stmt, i+2, p.Value)
	}
	bindSelector(u.stmt, c.Selector, len(c.Set)+2)
	n := len(u.changed)
	if u.changed, err = runIDs(u.stmt, u.changed); err != nil {
		return false, err
	}
	return len(u.changed) > n || u.conn.Changes() > 0, nil
}

// updateSQL is the statement of a change: ?1 is the time, then come the new values, then the selector's.
func (t *table) updateSQL(c *stele.Change) string {
	var b strings.Builder
	b.Grow(64 + 24*len(c.Set))
	b.WriteString("UPDATE " + t.name + ` SET "_updated_at"=?1`)
	n := 2
	for _, p := range c.Set {
		fmt.Fprintf(&b, ",%s=?%d", t.column(p.Field), n)
		n++
	}
	b.WriteString(" WHERE ")
	t.selected(&b, c.Selector, n)
	b.WriteString(t.returning())
	return b.String()
}

// sameShape reports whether two changes have the same statement. Those of one request mostly do.
func sameShape(a, b *stele.Change) bool {
	return sameSelector(a.Selector, b.Selector) &&
		slices.EqualFunc(a.Set, b.Set, func(p, q stele.Pair) bool { return p.Field == q.Field })
}

// sameSelector reports whether two selectors have the same condition.
func sameSelector(a, b stele.Selector) bool {
	if a.ID != 0 || b.ID != 0 {
		return a.ID != 0 && b.ID != 0
	}
	return slices.EqualFunc(a.Pairs, b.Pairs, func(p, q stele.Pair) bool {
		return p.Field == q.Field && p.Value.IsNull() == q.Value.IsNull()
	})
}

// finish writes down which records were made, and has the keyword index follow those that were changed.
func (u *updater) finish() error {
	if u.ins != nil {
		if err := u.ins.finish(); err != nil {
			return err
		}
	}
	return u.table.reenter(u.conn, u.changed)
}

// find returns the id of the selected record.
func (u *updater) find(sel stele.Selector) (id int64, there bool, err error) {
	var b strings.Builder
	b.WriteString(`SELECT "_id" FROM ` + u.table.name + " WHERE ")
	u.table.selected(&b, sel, 1)
	s, err := u.conn.stmt(b.String())
	if err != nil {
		return 0, false, err
	}
	bindSelector(s, sel, 1)
	return number(s)
}

// create makes the record that was not found.
func (u *updater) create(c *stele.Change) (reason string, err error) {
	if u.ins == nil {
		if u.ins, err = newInserter(u.conn, u.table, u.now); err != nil {
			return "", err
		}
	}
	// The statement may have been given up for those of updates since.
	if u.ins.stmt, err = u.conn.stmt(u.table.insert); err != nil {
		return "", err
	}
	if c.NewID != 0 {
		err = u.ins.insert(int64(c.NewID), c.NewValues)
	} else {
		err = u.ins.add(c.NewValues)
	}
	if isClash(err) {
		return u.conflict(c.NewValues, 0)
	}
	return "", err
}

// clash says which value of a failed update is another record's.
func (u *updater) clash(c *stele.Change) (reason string, err error) {
	id, there, err := u.find(c.Selector)
	if err != nil {
		return "", err
	}
	if !there {
		return "", errors.New("a unique index refused an update of no record")
	}
	values := make([]stele.Value, len(u.table.Fields))
	for _, p := range c.Set {
		values[p.Field] = p.Value
	}
	return u.conflict(values, id)
}

// conflict is the reason for the first unique value, in order of fields, that a record other than own holds.
func (u *updater) conflict(values []stele.Value, own int64) (reason string, err error) {
	held, err := u.held(values, own, 1)
	if err != nil {
		return "", err
	}
	return stele.ReasonConflict(u.table.Table, held[0].field, values[held[0].field]), nil
}

// holding is a unique value, and the record that has it.
type holding struct {
	field int
	id    int64
}

// held finds the unique values, in order of fields and at most so many, that a record other than own holds. It is asked
// where the index has refused a record, so there is one.
func (u *updater) held(values []stele.Value, own int64, most int) (list []holding, err error) {
	for _, f := range u.table.uniques {
		if values[f].IsNull() || len(list) == most {
			continue
		}
		s, err := u.conn.stmt(u.table.lookup(f))
		if err != nil {
			return nil, err
		}
		bindValue(s, 1, values[f])
		id, there, err := number(s)
		if err != nil {
			return nil, err
		}
		if there && id != own {
			list = append(list, holding{f, id})
		}
	}
	if list == nil {
		return nil, errors.New("a unique index refused a record, but none has its values")
	}
	return list, nil
}

// Delete removes records in one transaction.
func (d *database) Delete(ctx context.Context, def *stele.Table, ss []stele.Selector, once *stele.Once[int]) (int, error) {
	ch := change[int]{rows: len(ss), do: func(c *conn, t *table) (int, error) {
		n, err := deleteAll(c, t, ss)
		if err != nil {
			return 0, fmt.Errorf("deleting: %w", err)
		}
		return n, nil
	}}
	if once != nil {
		ch.now = once.At
	}
	return write(ctx, d, def, once, ch)
}

func deleteAll(c *conn, t *table, ss []stele.Selector) (n int, err error) {
	var s *sqlite.Stmt
	var gone []int64
	for i := range ss {
		if i == 0 || !sameSelector(ss[i-1], ss[i]) {
			if s, err = c.stmt(t.deleteSQL(ss[i])); err != nil {
				return 0, err
			}
		}
		bindSelector(s, ss[i], 1)
		if gone, err = runIDs(s, gone); err != nil {
			return 0, err
		}
		n += c.Changes()
	}
	if n == 0 {
		return 0, nil
	}
	if err := t.leave(c, gone); err != nil {
		return 0, err
	}
	return n, c.exec(`UPDATE _tables SET record_count=record_count-?, generation=generation+1 WHERE seq=?`, n, t.seq)
}

func (t *table) deleteSQL(sel stele.Selector) string {
	var b strings.Builder
	b.WriteString("DELETE FROM " + t.name + " WHERE ")
	t.selected(&b, sel, 1)
	b.WriteString(t.returning())
	return b.String()
}
