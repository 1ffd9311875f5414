package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"stele"
)

// Update applies changes. Those that cannot touch each other, nor a unique value, are one statement; all others are
// worked out here, in order, on the records that they are about, with the table locked (plan.go).
func (d *database) Update(ctx context.Context, def *stele.Table, cs []stele.Change, now stele.Millis,
	once *stele.Once[[]stele.Outcome],
) ([]stele.Outcome, error) {
	if d.how.Dry {
		once = nil
	}
	t, err := d.table(ctx, def)
	if err != nil {
		return nil, err
	}
	if len(cs) > 0 && d.how == (stele.How{}) && t.independent(cs) {
		outcomes, done, err := d.updateTogether(ctx, t, cs, now, once)
		if done || err != nil {
			d.forgetChanged(t, err)
			return outcomes, err
		}
	}
	return d.updateInOrder(ctx, t, cs, now, once)
}

// independent reports whether changes are of one shape, address different records in the same way, and set nothing that
// is unique or that they are addressed by. Then their order says nothing.
func (t *table) independent(cs []stele.Change) bool {
	first := &cs[0]
	for _, p := range first.Set {
		if t.Fields[p.Field].Unique || slices.ContainsFunc(first.Selector.Pairs, func(q stele.Pair) bool { return p.Field == q.Field }) {
			return false
		}
	}
	if len(first.Set) == 0 {
		return false
	}
	seen := make(map[any]bool, len(cs))
	for i := range cs {
		c := &cs[i]
		key := t.address(c.Selector)
		if seen[key] || !sameShape(first, c) {
			return false
		}
		seen[key] = true
	}
	return true
}

// address is what tells records apart in selectors of one shape: the id or the first unique value.
func (t *table) address(s stele.Selector) any {
	if s.ID != 0 {
		return s.ID
	}
	for _, p := range s.Pairs {
		if t.Fields[p.Field].Unique {
			return p.Value
		}
	}
	return nil
}

// inOneOrder is the order in which independent changes are sent: that of what they are addressed by. Writers that change the
// same records lock them one after the other, as they come, and those that go in one order never wait for each other in a ring.
func inOneOrder(cs []stele.Change) []int {
	order := make([]int, len(cs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := cs[a].Selector, cs[b].Selector
		by := cmp.Compare(x.ID, y.ID)
		for i := 0; by == 0 && i < len(x.Pairs); i++ {
			v, w := x.Pairs[i].Value, y.Pairs[i].Value
			by = cmp.Or(cmp.Compare(v.Int(), w.Int()), strings.Compare(v.Text(), w.Text()))
		}
		return by
	})
	return order
}

// picked are changes in an order.
func picked(cs []stele.Change, order []int) []stele.Change {
	sorted := make([]stele.Change, len(order))
	for i, at := range order {
		sorted[i] = cs[at]
	}
	return sorted
}

// sameShape reports whether two changes have the same fields in selector and set.
func sameShape(a, b *stele.Change) bool {
	return sameSelector(a.Selector, b.Selector) && slices.EqualFunc(a.Set, b.Set, func(p, q stele.Pair) bool { return p.Field == q.Field })
}

// sameSelector reports whether two selectors have the same fields.
func sameSelector(a, b stele.Selector) bool {
	if a.ID != 0 || b.ID != 0 {
		return a.ID != 0 && b.ID != 0
	}
	return slices.EqualFunc(a.Pairs, b.Pairs, func(p, q stele.Pair) bool {
		return p.Field == q.Field && !p.Value.IsNull() && !q.Value.IsNull()
	})
}

// updateTogether applies independent changes in one statement. done is false where nothing was applied because some
// records are to be created: then the statement has only looked for them.
func (d *database) updateTogether(ctx context.Context, t *table, cs []stele.Change, now stele.Millis,
	once *stele.Once[[]stele.Outcome],
) (outcomes []stele.Outcome, done bool, err error) {
	create := slices.ContainsFunc(cs, func(c stele.Change) bool { return c.Create })
	order := inOneOrder(cs)
	sql, args := t.togetherSQL(picked(cs, order), now, create)
	err = d.write(ctx, func(x *tx) error {
		k, hit := keep(once), make([]bool, len(cs))
		found := 0
		q := &pgx.Batch{}
		k.look(q, t.schema)
		q.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			var n int
			_, err := pgx.ForEachRow(rows, []any{&n}, func() error {
				hit[order[n-1]] = true
				found++
				return nil
			})
			return err
		})
		if once == nil && !create {
			err = x.alone(q)
		} else {
			err = x.send(q)
		}
		if err != nil {
			return err
		}
		if err := k.known(); err != nil {
			return err
		}
		if found == 0 && !create { // not one: perhaps the table is another by now
			if err := x.check(t); err != nil {
				return err
			}
		}
		if done = found == len(cs) || !create; !done {
			return nil
		}
		outcomes = make([]stele.Outcome, len(cs))
		for i := range cs {
			if !hit[i] {
				outcomes[i].Reason = stele.ReasonNotFound
			}
		}
		if once == nil && !create {
			return nil
		}
		answered(k, once, outcomes)
		q = &pgx.Batch{}
		k.queue(q, t.schema, t.ID, 0) // no lock keeps the definition as it was; what was applied by it must not be applied again
		return again(x.commit(q))
	})
	return outcomes, done, err
}

// check sees whether the table still is as its definition says.
func (x *tx) check(t *table) error {
	there := false
	q := &pgx.Batch{}
	q.Queue(`SELECT EXISTS (SELECT 1 FROM `+t.schema+`._tables t WHERE `+guard+`)`, string(t.ID), t.version).QueryRow(func(r pgx.Row) error {
		return r.Scan(&there)
	})
	if err := x.conn.SendBatch(x.ctx, q).Close(); err != nil {
		return err
	}
	if !there {
		return stele.ErrTableChanged
	}
	return nil
}

// togetherSQL is one statement for changes of one shape; it returns the numbers, from 1, of those that met a record. If all
// is set, either every change meets one or none is applied, but for what another writer does meanwhile.
func (t *table) togetherSQL(cs []stele.Change, now stele.Millis, all bool) (sql string, args []any) {
	args = []any{string(t.ID), t.version, int64(now)}
	var sets, arrays, names strings.Builder
	array := func(typ string, values any) (name string) {
		args = append(args, values)
		name = fmt.Sprintf("c%d", len(args))
		fmt.Fprintf(&arrays, "$%d::%s, ", len(args), typ)
		names.WriteString(name + ", ")
		return "u." + name
	}
	typed := func(field int, at func(int) *stele.Value) string {
		typ := t.Fields[field].Type
		return array(arrayTypes[typ], column{typ, len(cs), at})
	}
	var conds []string // of a record, whose alias is put before them
	if cs[0].Selector.ID != 0 {
		ids := make([]int64, len(cs))
		for i := range cs {
			ids[i] = int64(cs[i].Selector.ID)
		}
		conds = append(conds, `."_id"=`+array("bigint[]", ids))
	}
	for i, p := range cs[0].Selector.Pairs {
		if cs[0].Selector.ID != 0 {
			break
		}
		conds = append(conds, "."+t.column(p.Field)+"="+typed(p.Field, func(c int) *stele.Value { return &cs[c].Selector.Pairs[i].Value }))
	}
	for i, p := range cs[0].Set {
		sets.WriteString(", " + t.column(p.Field) + "=" + typed(p.Field, func(c int) *stele.Value { return &cs[c].Set[i].Value }))
	}
	selects := func(alias string) string { return " AND " + alias + strings.Join(conds, " AND "+alias) }
	update := `UPDATE ` + t.name + ` r SET "_updated_at"=$3` + sets.String() + ` FROM `
	from := t.schema + `._tables t, unnest(` + strings.TrimSuffix(arrays.String(), ", ") + `) WITH ORDINALITY AS u(` + names.String() + `n)`
	if all {
		args = append(args, len(cs))
		return update + `(SELECT u.*, p."_id" AS id, count(*) OVER () AS met FROM ` + from + `, ` + t.name + ` p WHERE ` + guard + selects("p") +
			`) u WHERE u.met=` + fmt.Sprintf("$%d", len(args)) + ` AND r."_id"=u.id` + selects("r") + ` RETURNING u.n`, args
	}
	return update + from + ` WHERE ` + guard + selects("r") + ` RETURNING u.n`, args
}

// Delete removes records with the table locked, so that the count stays true: one round trip, and one more to keep the answer.
func (d *database) Delete(ctx context.Context, def *stele.Table, ss []stele.Selector, once *stele.Once[int]) (n int, err error) {
	if d.how.Dry {
		once = nil
	}
	t, err := d.table(ctx, def)
	if err != nil {
		return 0, err
	}
	err = d.writeTable(ctx, t, func(x *tx) error {
		n = 0
		var next int64
		k, q := keep(once), &pgx.Batch{}
		locked := t.lock(q, &next)
		k.look(q, t.schema)
		t.queueDeletes(q, ss, &n)
		if once == nil {
			if err := x.commit(q); err != nil {
				return err
			}
			return locked()
		}
		if err := x.send(q); err != nil {
			return err
		}
		if err := k.known(); err != nil {
			return err
		}
		if err := locked(); err != nil {
			return err
		}
		answered(k, once, n)
		q = &pgx.Batch{}
		k.queue(q, t.schema, t.ID, t.version)
		d.purge(q, once.At)
		return again(x.commit(q))
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
