package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"stele"
)

// place applies the rows of an import whose rows are on their own, as updates in order are (plan.go): it reads what the
// rows are about, with the table locked, works out here what becomes of each, and sends what is left of them, one UPDATE and
// one INSERT. Two round trips, however many the rows are.
func (d *database) place(ctx context.Context, t *table, b *stele.Batch, now stele.Millis, once *stele.Once[stele.Task]) (task stele.Task, err error) {
	err = d.writeTable(ctx, t, func(x *tx) error {
		k := keep(once)
		p := newPlan(t, b.Changes)
		p.widen()
		if err := p.read(x, k); err != nil {
			return err
		}
		placed := make([]stele.Placed, len(b.Changes))
		for i := range b.Changes {
			placed[i] = p.place(&b.Changes[i], b.Rows[i])
		}
		task = b.Done(t.Table, placed)
		q := &pgx.Batch{}
		if err := p.queue(q, now); err != nil {
			return err
		}
		answered(k, once, task)
		if err := d.saveTask(q, t, task); err != nil {
			return err
		}
		k.queue(q, t.schema, t.ID, t.version)
		d.purge(q, now)
		return again(x.commit(q))
	})
	if err != nil {
		return stele.Task{}, err
	}
	return task, nil
}

// widen has the plan know, of each record, all fields that any row sets: a row that changes nothing is told apart, and those
// that change something are one UPDATE, whichever fields each of them has.
func (p *plan) widen() {
	p.sets = []int{}
	for i := range p.changes {
		for _, pair := range p.changes[i].Set {
			if !slices.Contains(p.sets, pair.Field) {
				p.sets = append(p.sets, pair.Field)
			}
		}
	}
	for _, f := range p.sets {
		if !slices.Contains(p.fields, f) {
			p.fields = append(p.fields, f)
		}
	}
	slices.Sort(p.fields)
}

// place works out one row.
func (p *plan) place(c *stele.Change, row int) stele.Placed {
	r := p.find(c.Selector)
	values := c.NewValues
	switch {
	case r == nil && c.NewProblem != "":
		return stele.Placed{Status: stele.RowFailed}
	case r != nil && c.Holds(r.values):
		return stele.Placed{Status: stele.RowUnchanged, ID: stele.RecordID(r.id)}
	case r != nil:
		values = make([]stele.Value, len(p.table.Fields))
		for _, pair := range c.Set {
			values[pair.Field] = pair.Value
		}
	}
	if clashes := p.held(values, r); len(clashes) > 0 {
		return stele.Placed{Status: stele.RowFailed, Clashes: clashes}
	}
	if r != nil {
		p.put(r, c.Set)
		return stele.Placed{Status: stele.RowUpdated, ID: stele.RecordID(r.id)}
	}
	r = p.add(c)
	r.row = row
	return stele.Placed{Status: stele.RowCreated, ID: stele.RecordID(r.id)}
}
