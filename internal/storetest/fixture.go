package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"stele"
)

// row is a record's values as a case writes them: nil, string, int, int64, float64 or bool, by the field's type.
type row []any

// define makes a table that no store has yet. A field is written "name TYPE", "name TYPE required" or "name TYPE unique".
func (f *fixture) define(name string, fields ...string) *stele.Table {
	f.Helper()
	d := stele.Draft{Name: name, Description: "for a test"}
	for _, s := range fields {
		w := strings.Fields(s)
		d.Fields = append(d.Fields, stele.DraftField{
			Name: w[0], Type: w[1],
			Required: slices.Contains(w[2:], "required"), Unique: slices.Contains(w[2:], "unique"),
		})
	}
	return f.draft(d)
}

func (f *fixture) draft(d stele.Draft) *stele.Table {
	f.Helper()
	t, err := stele.NewTable(stele.NewTableID(f.now.Time()), d, stele.DefaultLimits(), f.now)
	if err != nil {
		f.Fatalf("defining table %s: %v", d.Name, err)
	}
	t.KeywordIndex = f.indexed
	return t
}

// table makes a table in the agent's database and returns it as the store has it.
func (f *fixture) table(name string, fields ...string) *stele.Table {
	f.Helper()
	return f.create(f.define(name, fields...))
}

func (f *fixture) create(t *stele.Table) *stele.Table {
	f.Helper()
	if err := f.db.CreateTable(f.Context(), t, nil); err != nil {
		f.Fatalf("creating table %s: %v", t.Name, err)
	}
	kept, err := f.db.Table(f.Context(), t.ID)
	if err != nil {
		f.Fatalf("finding table %s: %v", t.Name, err)
	}
	return kept
}

// value makes a field's value of what a case wrote.
func value(fd stele.Field, v any) stele.Value {
	switch v := v.(type) {
	case nil:
		return stele.Value{}
	case stele.Value:
		return v
	case bool:
		return stele.BoolValue(v)
	case string:
		if fd.Type == stele.DateTime {
			return stele.DateTimeValue(v)
		}
		return stele.TextValue(v)
	case int:
		if fd.Type == stele.Float {
			return stele.FloatValue(float64(v))
		}
		return stele.IntValue(int64(v))
	case int64:
		return stele.IntValue(v)
	case float64:
		return stele.FloatValue(v)
	}
	panic(fmt.Sprintf("no value: %T", v))
}

func values(t *stele.Table, r row) []stele.Value {
	vs := make([]stele.Value, len(t.Fields))
	for i, v := range r {
		vs[i] = value(t.Fields[i], v)
	}
	return vs
}

// batch makes an import of rows that are all valid.
func (f *fixture) batch(t *stele.Table, rows ...row) *stele.Batch {
	b := &stele.Batch{Task: f.task(t, len(rows))}
	for i, r := range rows {
		b.Records = append(b.Records, stele.Record{Values: values(t, r)})
		b.Rows = append(b.Rows, i+1)
	}
	b.Task.Success = len(rows)
	return b
}

// task makes the task of an import of so many rows, none of them valid.
func (f *fixture) task(t *stele.Table, total int) stele.Task {
	return stele.Task{ID: stele.NewTaskID(f.now.Time()), Table: t.ID, Created: f.now, Total: total}
}

func (f *fixture) importBatch(t *stele.Table, b *stele.Batch) stele.Task {
	f.Helper()
	task, err := f.db.Import(f.Context(), t, b, f.now, nil)
	if err != nil {
		f.Fatalf("importing into %s: %v", t.Name, err)
	}
	return task
}

// add imports rows that must all be added, and returns their ids.
func (f *fixture) add(t *stele.Table, rows ...row) []stele.RecordID {
	f.Helper()
	before := map[stele.RecordID]bool{}
	for _, r := range f.records(t) {
		before[r.ID] = true
	}
	task := f.importBatch(t, f.batch(t, rows...))
	if task.Success != len(rows) || len(task.Rejections) > 0 {
		f.Fatalf("importing %d rows into %s: %+v", len(rows), t.Name, task)
	}
	var ids []stele.RecordID
	for _, r := range f.records(t) {
		if !before[r.ID] {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) != len(rows) {
		f.Fatalf("importing %d rows into %s added %d records", len(rows), t.Name, len(ids))
	}
	return ids
}

// fill imports as many rows as asked for, made from their number.
func (f *fixture) fill(t *stele.Table, n int, of func(i int) row) []stele.RecordID {
	f.Helper()
	rows := []row{}
	for i := range n {
		rows = append(rows, of(i))
	}
	return f.add(t, rows...)
}

// records reads the whole table, page by page, and checks order and total on the way.
func (f *fixture) records(t *stele.Table) []stele.Record {
	f.Helper()
	all, err := readAll(f.Context(), f.db, t)
	if err != nil {
		f.Fatalf("reading %s: %v", t.Name, err)
	}
	return all
}

func readAll(ctx context.Context, db stele.Database, t *stele.Table) ([]stele.Record, error) {
	const size = 100
	var all []stele.Record
	for {
		p, err := db.Records(ctx, t, stele.RecordQuery{Offset: int64(len(all)), Limit: size})
		if err != nil {
			return nil, err
		}
		all = append(all, p.Records...)
		switch {
		case len(p.Records) > size:
			return nil, fmt.Errorf("a page of %d has %d records", size, len(p.Records))
		case len(p.Records) == size:
			continue
		case p.Total != int64(len(all)):
			return nil, fmt.Errorf("the total is %d, the pages hold %d records", p.Total, len(all))
		}
		for i, r := range all {
			if r.ID < 1 || i > 0 && r.ID <= all[i-1].ID {
				return nil, fmt.Errorf("id %d at place %d is out of order", r.ID, i)
			}
		}
		return all, nil
	}
}

// want holds the table's rows, in order, and its counts against what they must be.
func (f *fixture) want(t *stele.Table, rows ...row) {
	f.Helper()
	records := f.records(t)
	if len(records) != len(rows) {
		f.Fatalf("%s has %d records, want %d:\n%s", t.Name, len(records), len(rows), show(records))
	}
	for i, r := range rows {
		if want := values(t, r); !slices.Equal(records[i].Values, want) {
			f.Errorf("%s: record %d is %s, want %s", t.Name, i, showValues(records[i].Values), showValues(want))
		}
	}
	if n := f.count(t); n != int64(len(rows)) {
		f.Errorf("%s counts %d records, want %d", t.Name, n, len(rows))
	}
}

// count is the number of records that the list of tables shows.
func (f *fixture) count(t *stele.Table) int64 {
	f.Helper()
	tables, err := f.db.Tables(f.Context(), stele.Page{})
	if err != nil {
		f.Fatalf("listing tables: %v", err)
	}
	for _, tc := range tables {
		if tc.ID == t.ID {
			return tc.Records
		}
	}
	f.Fatalf("table %s is not listed", t.Name)
	return 0
}

func (f *fixture) page(t *stele.Table, q stele.RecordQuery) stele.RecordPage {
	f.Helper()
	p, err := f.db.Records(f.Context(), t, q)
	if err != nil {
		f.Fatalf("a page of %s: %v", t.Name, err)
	}
	return p
}

func (f *fixture) update(t *stele.Table, cs ...stele.Change) []stele.Outcome {
	f.Helper()
	outcomes, err := f.db.Update(f.Context(), t, cs, f.now, nil)
	if err != nil {
		f.Fatalf("updating %s: %v", t.Name, err)
	}
	if len(outcomes) != len(cs) {
		f.Fatalf("updating %s: %d outcomes for %d changes", t.Name, len(outcomes), len(cs))
	}
	return outcomes
}

// outcomes updates and holds the reasons against those given, "" for a change that is applied.
func (f *fixture) outcomes(t *stele.Table, cs []stele.Change, reasons ...string) {
	f.Helper()
	for i, o := range f.update(t, cs...) {
		if o.Reason != reasons[i] {
			f.Errorf("change %d ended with %q, want %q", i, o.Reason, reasons[i])
		}
	}
}

func (f *fixture) delete(t *stele.Table, ss ...stele.Selector) int {
	f.Helper()
	n, err := f.db.Delete(f.Context(), t, ss, nil)
	if err != nil {
		f.Fatalf("deleting from %s: %v", t.Name, err)
	}
	return n
}

// wantCode holds an error against the code that its caller may count on.
func (f *fixture) wantCode(what string, err error, code stele.Code) {
	f.Helper()
	if _, ok := errors.AsType[*stele.Error](err); !ok || stele.ErrorCode(err) != code {
		f.Errorf("%s: error %v, want one of code %d", what, err, code)
	}
}

func (f *fixture) must(what string, err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("%s: %v", what, err)
	}
}

// pairs makes pairs of names and values: "code", "PX-1", "n", 3.
func pairs(t *stele.Table, kv ...any) []stele.Pair {
	var ps []stele.Pair
	for i := 0; i < len(kv); i += 2 {
		at := t.FieldIndex(kv[i].(string))
		ps = append(ps, stele.Pair{Field: at, Value: value(t.Fields[at], kv[i+1])})
	}
	return ps
}

func byID(id stele.RecordID) stele.Selector { return stele.Selector{ID: id} }

func by(t *stele.Table, kv ...any) stele.Selector { return stele.Selector{Pairs: pairs(t, kv...)} }

// change sets fields of a record that must be there.
func change(t *stele.Table, s stele.Selector, kv ...any) stele.Change {
	return stele.Change{Selector: s, Set: pairs(t, kv...)}
}

// upsert sets fields of a record, or makes one of the selector's pairs and the fields, the latter winning.
func upsert(t *stele.Table, s stele.Selector, kv ...any) stele.Change {
	c := stele.Change{Selector: s, Set: pairs(t, kv...), Create: true, NewID: s.ID}
	c.NewValues = make([]stele.Value, len(t.Fields))
	for _, p := range slices.Concat(s.Pairs, c.Set) {
		c.NewValues[p.Field] = p.Value
	}
	for i, v := range c.NewValues {
		if fd := t.Fields[i]; v.IsEmpty() && (fd.Required || fd.Unique) {
			c.NewProblem = "`" + fd.Name + "` has no value"
		}
	}
	return c
}

func show(records []stele.Record) string {
	var b strings.Builder
	for _, r := range records {
		fmt.Fprintf(&b, "  %d created %d updated %d: %s\n", r.ID, r.Created, r.Updated, showValues(r.Values))
	}
	return b.String()
}

// showValues writes values with their types, long ones cut.
func showValues(vs []stele.Value) string {
	out := make([]string, len(vs))
	for i, v := range vs {
		if s := v.String(); v.IsNull() {
			out[i] = "null"
		} else if len(s) > 80 {
			out[i] = fmt.Sprintf("%s %q... (%d bytes)", v.Type(), s[:80], len(s))
		} else {
			out[i] = fmt.Sprintf("%s %q", v.Type(), s)
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func sameRecord(a, b stele.Record) bool {
	return a.ID == b.ID && a.Created == b.Created && a.Updated == b.Updated && slices.Equal(a.Values, b.Values)
}
