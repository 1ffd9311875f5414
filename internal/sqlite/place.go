package sqlite

import (
	"fmt"

	"stele"
)

// placer applies the rows of an import whose rows are on their own. A statement that fails undoes itself, so no row needs
// a savepoint.
type placer struct {
	updater
	look string        // finds a record by its key
	made map[int64]int // by record id, the number of the row that made it
}

// placeAll applies the batch's changes in their order and returns its task.
func placeAll(c *conn, t *table, b *stele.Batch, now stele.Millis) (stele.Task, error) {
	ins, err := newInserter(c, t, now)
	if err != nil {
		return stele.Task{}, err
	}
	p := placer{updater: updater{conn: c, table: t, now: now, ins: ins}, made: make(map[int64]int)}
	placed := make([]stele.Placed, len(b.Changes))
	for i := range b.Changes {
		if placed[i], err = p.place(&b.Changes[i], b.Rows[i]); err != nil {
			return stele.Task{}, fmt.Errorf("importing row %d: %w", b.Rows[i], err)
		}
	}
	return b.Done(t.Table, placed), p.finish()
}

// place applies one row.
func (p *placer) place(c *stele.Change, row int) (stele.Placed, error) {
	if len(c.Selector.Pairs) > 0 {
		if r, there, err := p.find(c.Selector.Pairs[0]); err != nil || there {
			return p.change(r, c, err)
		}
	}
	if c.NewProblem != "" {
		return stele.Placed{Status: stele.RowFailed}, nil
	}
	var err error
	if p.ins.stmt, err = p.conn.stmt(p.table.insert); err != nil {
		return stele.Placed{}, err
	}
	switch err := p.ins.add(c.NewValues); {
	case isClash(err):
		return p.clashes(c.NewValues, 0)
	case err != nil:
		return stele.Placed{}, err
	}
	if len(p.table.uniques) > 0 { // else nothing clashes with it
		p.made[int64(p.ins.made)] = row
	}
	return stele.Placed{Status: stele.RowCreated, ID: p.ins.made}, nil
}

// find reads the record that has the key.
func (p *placer) find(key stele.Pair) (r stele.Record, there bool, err error) {
	if p.look == "" {
		p.look = "SELECT " + p.table.columns + " FROM " + p.table.name + " WHERE " + p.table.column(key.Field) + "=?"
	}
	s, err := p.conn.stmt(p.look)
	if err != nil {
		return r, false, err
	}
	bindValue(s, 1, key.Value)
	if there, err = s.Step(); err != nil {
		return r, false, err
	}
	if there {
		take := newTaker(p.table, 1)
		r = take.record(s)
	}
	return r, there, s.Reset()
}

// change gives a record what the row has. One that has it all already is left as it is.
func (p *placer) change(r stele.Record, c *stele.Change, err error) (stele.Placed, error) {
	if err != nil {
		return stele.Placed{}, err
	}
	if c.Holds(r.Values) {
		return stele.Placed{Status: stele.RowUnchanged, ID: r.ID}, nil
	}
	p.stmt = nil // others have been used since
	_, err = p.set(&stele.Change{Selector: stele.Selector{ID: r.ID}, Set: c.Set})
	if !isClash(err) {
		return stele.Placed{Status: stele.RowUpdated, ID: r.ID}, err
	}
	values := make([]stele.Value, len(p.table.Fields))
	for _, pair := range c.Set {
		values[pair.Field] = pair.Value
	}
	return p.clashes(values, int64(r.ID))
}

// clashes says which of a row's values others hold.
func (p *placer) clashes(values []stele.Value, own int64) (stele.Placed, error) {
	held, err := p.held(values, own, len(values))
	placed := stele.Placed{Status: stele.RowFailed}
	for _, h := range held {
		placed.Clashes = append(placed.Clashes, stele.Clash{Field: h.field, Row: p.made[h.id]})
	}
	return placed, err
}
