package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"stele"
)

// updateInOrder applies changes that depend on each other or create records. It takes the table's lock and reads what the
// changes are about; then it works out here, change by change, what becomes of each, and sends what is left of them:
// one UPDATE for each set of fields, one INSERT. Two round trips, however many the changes are.
func (d *database) updateInOrder(ctx context.Context, t *table, cs []stele.Change, now stele.Millis,
	once *stele.Once[[]stele.Outcome],
) (outcomes []stele.Outcome, err error) {
	err = d.writeTable(ctx, t, func(x *tx) error {
		k := keep(once)
		p := newPlan(t, cs)
		if err := p.read(x, k); err != nil {
			return err
		}
		outcomes = make([]stele.Outcome, len(cs))
		failed := false
		for i := range cs {
			outcomes[i].Reason = p.apply(&cs[i])
			failed = failed || outcomes[i].Reason != ""
		}
		if failed && d.how.Mode == stele.Atomic {
			p.order = nil
		}
		q := &pgx.Batch{}
		if err := p.queue(q, now); err != nil {
			return err
		}
		answered(k, once, outcomes)
		k.queue(q, t.schema, t.ID, t.version)
		d.purge(q, now)
		return again(x.commit(q))
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// plan is the records that some changes are about, as they are after those that were applied so far.
type plan struct {
	table   *table
	changes []stele.Change
	fields  []int // whose values matter: unique ones and those of selectors
	next    int64 // the next record id
	ids     []int64

	byID    map[int64]*planned
	holders map[holding]*planned // who has a unique value now
	start   map[holding]*planned // who had it in the table
	order   []*planned           // those that were changed or made
	sets    []int                // where each that is changed is to have the same fields set: which
}

// holding is a unique value of a field.
type holding struct {
	field int
	value stele.Value
}

// planned is one record.
type planned struct {
	id     int64
	values []stele.Value // by field; only those of plan.fields are true, of a new one all are
	isNew  bool
	row    int   // of an import: which row made it
	set    []int // fields that were changed
}

func newPlan(t *table, cs []stele.Change) *plan {
	p := &plan{
		table: t, changes: cs, fields: slices.Clone(t.uniques),
		byID: make(map[int64]*planned), holders: make(map[holding]*planned), start: make(map[holding]*planned),
	}
	for i := range cs {
		for _, pair := range cs[i].Selector.Pairs {
			if !slices.Contains(p.fields, pair.Field) {
				p.fields = append(p.fields, pair.Field)
			}
		}
	}
	slices.Sort(p.fields)
	return p
}

// read locks the table and the records that the changes may be about: those that are selected, and those that have a unique
// value which a change brings.
func (p *plan) read(x *tx, k *kept) error {
	t, q := p.table, &pgx.Batch{}
	locked := t.lock(q, &p.next)
	k.look(q, t.schema)
	sql, args := p.candidatesSQL()
	q.Queue(sql, args...).Query(p.scan)
	ahead := false
	// The greatest id is looked up in the index. Asked for any id past the next one, the planner reads the whole table.
	q.Queue(`SELECT coalesce((SELECT max(r."_id") FROM `+t.name+` r)>=t.next_id, false) FROM `+t.schema+`._tables t WHERE t.id=$1`,
		string(t.ID)).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&ahead}, func() error { return nil }) // no row: locked will say so
		return err
	})
	if err := x.send(q); err != nil {
		return err
	}
	if err := k.known(); err != nil {
		return err
	}
	if err := locked(); err != nil {
		return err
	}
	if ahead { // ids of callers' choice stand in the way
		var err error
		p.ids, err = x.free(t, p.next, len(p.changes)*2) // as many again may be taken by the changes themselves
		return err
	}
	return nil
}

// candidatesSQL reads the records and locks them.
func (p *plan) candidatesSQL() (sql string, args []any) {
	t := p.table
	var ids []int64
	values := make(map[int][]stele.Value)
	add := func(field int, v stele.Value) {
		if t.Fields[field].Unique && !v.IsNull() {
			values[field] = append(values[field], v)
		}
	}
	for i := range p.changes {
		c := &p.changes[i]
		if c.Selector.ID != 0 {
			ids = append(ids, int64(c.Selector.ID))
		}
		for _, pair := range slices.Concat(c.Selector.Pairs, c.Set) {
			add(pair.Field, pair.Value)
		}
		if c.Create && c.NewProblem == "" {
			if c.NewID != 0 {
				ids = append(ids, int64(c.NewID))
			}
			for f, v := range c.NewValues {
				add(f, v)
			}
		}
	}
	columns := `r."_id"`
	for _, f := range p.fields {
		columns += ", r." + t.column(f)
	}
	cond := `r."_id"=ANY($1::bigint[])`
	args = []any{ids}
	for _, f := range t.uniques {
		if vs := values[f]; len(vs) > 0 {
			typ := t.Fields[f].Type
			args = append(args, column{typ, len(vs), func(i int) *stele.Value { return &vs[i] }})
			cond += fmt.Sprintf(" OR r.%s=ANY($%d::%s)", t.column(f), len(args), arrayTypes[typ])
		}
	}
	return `SELECT ` + columns + ` FROM ` + t.name + ` r WHERE ` + cond + ` ORDER BY r."_id" FOR UPDATE`, args
}

func (p *plan) scan(rows pgx.Rows) error {
	defer rows.Close()
	for rows.Next() {
		r := &planned{values: make([]stele.Value, len(p.table.Fields))}
		dest := []any{&r.id}
		for _, f := range p.fields {
			dest = append(dest, cellOf(p.table.Fields[f].Type, &r.values[f]))
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		p.byID[r.id] = r
		for _, f := range p.table.uniques {
			if v := r.values[f]; !v.IsNull() {
				p.holders[holding{f, v}] = r
				p.start[holding{f, v}] = r
			}
		}
	}
	return rows.Err()
}

// apply works out one change; the reason says why it fails.
func (p *plan) apply(c *stele.Change) (reason string) {
	if c.Problem != "" {
		return c.Problem
	}
	r := p.find(c.Selector)
	switch {
	case r != nil:
		return p.change(r, c.Set)
	case !c.Create:
		return stele.ReasonNotFound
	case c.NewProblem != "":
		return c.NewProblem
	}
	if reason := p.conflict(c.NewValues, nil); reason != "" {
		return reason
	}
	p.add(c)
	return ""
}

// find returns the selected record, nil if there is none.
func (p *plan) find(s stele.Selector) *planned {
	if s.ID != 0 {
		return p.byID[int64(s.ID)]
	}
	var r *planned
	for _, pair := range s.Pairs {
		if p.table.Fields[pair.Field].Unique {
			r = p.holders[holding{pair.Field, pair.Value}]
			break
		}
	}
	for _, pair := range s.Pairs {
		if r == nil || r.values[pair.Field] != pair.Value {
			return nil
		}
	}
	return r
}

// conflict is the reason for the first unique value, in order of fields, that a record other than own holds.
func (p *plan) conflict(values []stele.Value, own *planned) (reason string) {
	if held := p.held(values, own); len(held) > 0 {
		return stele.ReasonConflict(p.table.Table, held[0].Field, values[held[0].Field])
	}
	return ""
}

// held lists the unique values, in order of fields, that a record other than own holds.
func (p *plan) held(values []stele.Value, own *planned) (clashes []stele.Clash) {
	for _, f := range p.table.uniques {
		if h := p.holders[holding{f, values[f]}]; h != nil && h != own && !values[f].IsNull() {
			clashes = append(clashes, stele.Clash{Field: f, Row: h.row})
		}
	}
	return clashes
}

// change sets fields of a record.
func (p *plan) change(r *planned, set []stele.Pair) (reason string) {
	values := make([]stele.Value, len(p.table.Fields))
	for _, pair := range set {
		values[pair.Field] = pair.Value
	}
	if reason := p.conflict(values, r); reason != "" {
		return reason
	}
	p.put(r, set)
	return ""
}

// put sets fields of a record, which nothing speaks against.
func (p *plan) put(r *planned, set []stele.Pair) {
	if !r.isNew && len(r.set) == 0 && len(set) > 0 {
		p.order = append(p.order, r)
	}
	for _, pair := range set {
		f := pair.Field
		if p.table.Fields[f].Unique {
			if p.holders[holding{f, r.values[f]}] == r {
				delete(p.holders, holding{f, r.values[f]})
			}
			if !pair.Value.IsNull() {
				p.holders[holding{f, pair.Value}] = r
			}
		}
		r.values[f] = pair.Value
		if !slices.Contains(r.set, f) {
			r.set = append(r.set, f)
		}
	}
}

// add makes a record.
func (p *plan) add(c *stele.Change) *planned {
	r := &planned{id: int64(c.NewID), values: slices.Clone(c.NewValues), isNew: true}
	if r.id == 0 {
		r.id = p.newID()
	}
	p.byID[r.id] = r
	for _, f := range p.table.uniques {
		if v := r.values[f]; !v.IsNull() {
			p.holders[holding{f, v}] = r
		}
	}
	p.order = append(p.order, r)
	return r
}

// newID is the next id that no record has; 0 when they are used up.
func (p *plan) newID() (id int64) {
	for {
		if len(p.ids) > 0 {
			id, p.ids = p.ids[0], p.ids[1:]
		} else {
			id = p.next
		}
		if id <= 0 {
			return 0
		}
		p.next = max(id+1, 0) // past the greatest id there is none
		if p.next == 0 {
			p.next = -1
		}
		if p.byID[id] == nil {
			return id
		}
	}
}

// queue sends what is left of the changes: first the records that were there, then the new ones. Unique values that pass
// from one record to another are given up first.
func (p *plan) queue(q *pgx.Batch, now stele.Millis) error {
	t := p.table
	var forms [][]stele.Change
	var fresh []*planned
	passed := make(map[int][]int64) // by field: records whose value another one gets
	for _, r := range p.order {
		if r.isNew {
			if r.id == 0 {
				return fmt.Errorf("the table has no record ids left")
			}
			fresh = append(fresh, r)
			continue
		}
		if p.sets != nil {
			r.set = slices.Clone(p.sets)
		}
		c := stele.Change{Selector: stele.Selector{ID: stele.RecordID(r.id)}}
		slices.Sort(r.set)
		for _, f := range r.set {
			c.Set = append(c.Set, stele.Pair{Field: f, Value: r.values[f]})
			if h := p.start[holding{f, r.values[f]}]; t.Fields[f].Unique && h != nil && h != r {
				passed[f] = append(passed[f], h.id)
			}
		}
		at := slices.IndexFunc(forms, func(form []stele.Change) bool { return sameShape(&form[0], &c) })
		if at < 0 {
			at, forms = len(forms), append(forms, nil)
		}
		forms[at] = append(forms[at], c)
	}
	for _, f := range t.uniques {
		if ids := passed[f]; len(ids) > 0 {
			q.Queue(`UPDATE `+t.name+` r SET `+t.column(f)+`=NULL WHERE r."_id"=ANY($1::bigint[])`, ids)
		}
	}
	for _, form := range forms {
		sql, args := t.togetherSQL(form, now, false)
		q.Queue(sql, args...)
	}
	p.queueNew(q, fresh, now)
	return nil
}

// queueNew adds the new records. Only ids that were given by count move the count on.
func (p *plan) queueNew(q *pgx.Batch, fresh []*planned, now stele.Millis) {
	if len(fresh) == 0 {
		return
	}
	t := p.table
	ids := make([]int64, len(fresh))
	for i, r := range fresh {
		ids[i] = r.id
	}
	args := []any{string(t.ID), t.version, int64(now), ids}
	for f := range t.Fields {
		args = append(args, column{t.Fields[f].Type, len(fresh), func(i int) *stele.Value { return &fresh[i].values[f] }})
	}
	q.Queue(t.importSQL.fill, args...)
	t.counted(q, len(fresh), p.next)
}
