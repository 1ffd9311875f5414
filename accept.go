package stele

import (
	"fmt"
	"hash/maphash"
	"math/bits"
	"unicode/utf8"
)

// invalid is the published reason for a value that its type cannot read.
func (f *Field) invalid(problem string) string {
	return "`" + f.Name + "` has an invalid value for type " + f.Type.String() + "." + problem
}

// accept types a raw value and checks it against the field's own rules.
func (f *Field) accept(r Raw, found *findings) Value {
	v, problem := f.Type.read(r)
	if problem != fits {
		found.add(Finding{f.Name, FindingType, r, f.invalid(problem)})
		return Value{}
	}
	if f.Required || f.Unique {
		f.check(v, r, found)
	}
	return v
}

// check holds a value, which was sent as r, against required, unique and the length of unique text.
func (f *Field) check(v Value, r Raw, found *findings) {
	if !f.Required && !f.Unique {
		return
	}
	if v.IsEmpty() {
		if f.Required {
			found.add(Finding{f.Name, FindingRequired, r, "`" + f.Name + "` is required and must have a value; the current value is invalid or the property is missing."})
		}
		if f.Unique {
			found.add(Finding{f.Name, FindingEmpty, r, "`" + f.Name + "` must be unique, but the value is empty or the property is missing."})
		}
		return
	}
	if f.Unique && v.typ == Text && len(v.text) > LongestUnique && utf8.RuneCountInString(v.text) > LongestUnique {
		found.add(Finding{f.Name, FindingLong, r, fmt.Sprintf("`%s` must be unique, and its value is longer than %d characters.", f.Name, LongestUnique)})
	}
}

// unknown adds a finding for the cell at i, whose name is no field, if it has a value. Of cells with one name only the
// last one counts.
func (t *Table) unknown(cells []Cell, i int, found *findings) {
	if cells[i].Raw.Empty() {
		return
	}
	for _, later := range cells[i+1:] {
		if later.Name == cells[i].Name {
			return
		}
	}
	found.add(Finding{Shorten(cells[i].Name), FindingUnknown, cells[i].Raw, t.noField(cells[i].Name)})
}

func (t *Table) noField(name string) string {
	return "`" + Shorten(name) + "` is not a field of table `" + t.Name + "`."
}

// Shorten cuts a name that a caller made up, so that a reason cannot grow with it.
func Shorten(s string) string { return cut(s, 80) }

// cut keeps the first characters of s, at most that many, and copies nothing longer: s may be as long as a request.
func cut(s string, most int) string {
	for at := range s {
		if most == 0 {
			return s[:at] + "…"
		}
		most--
	}
	return s
}

// acceptor is one pass over the rows of an import.
type acceptor struct {
	table  *Table
	batch  *Batch
	row    *Row     // the current one
	cells  []int    // by field, 1 + place of the current row's cell for it; 0 where the row has none
	firsts []firsts // one for each unique field
	found  findings
}

// Accept types and checks the rows of an import (wire.md 5.3, 1 and 2): rows that cannot be added become rejections, of
// rows with an equal unique value the first is kept. The size as CSV is checked over all rows, valid or not.
func (t *Table) Accept(rows []Row, l Limits) (*Batch, error) { return t.AcceptAs(rows, l, How{}) }

// AcceptAs is Accept for an import that goes about its rows in a way of its own.
func (t *Table) AcceptAs(rows []Row, l Limits, h How) (*Batch, error) {
	key := -1
	if h.Mode == Upsert {
		var err error
		if key, err = t.keyField(h.Key); err != nil {
			return nil, err
		}
	}
	if err := t.checkCSVSize(rows, l.ImportCSVBytes); err != nil {
		return nil, err
	}
	b := &Batch{Rows: make([]int, 0, len(rows)), Task: Task{Table: t.ID, Total: len(rows)}, Mode: h.Mode}
	if h.Receipt {
		b.sent, b.Task.Receipt = rows, &Receipt{Rows: make([]RowResult, len(rows))}
	}
	if h.Mode == Upsert {
		b.Changes = make([]Change, 0, len(rows))
		b.upserts(t, rows, key)
	} else {
		b.Records = make([]Record, 0, len(rows))
		b.records(t, rows)
	}
	if h.Mode == Partial { // each of them is a change that finds no record
		for _, r := range b.Records {
			b.Changes = append(b.Changes, Change{Create: true, NewValues: r.Values})
		}
		b.Records = nil
	}
	return b, nil
}

// records types and checks the rows of an import that only adds records. Where each row is on its own, an equal value in
// an earlier one says nothing yet: that one may not come to be.
func (b *Batch) records(t *Table, rows []Row) {
	a := acceptor{table: t, batch: b, cells: make([]int, len(t.Fields))}
	for i := range t.Fields {
		if t.Fields[i].Unique && b.Mode != Partial {
			a.firsts = append(a.firsts, newFirsts(i, len(rows)))
		}
	}
	slab := make([]Value, len(rows)*len(t.Fields)) // the values of all records, made at once
	for i := range rows {
		values := slab[:len(t.Fields):len(t.Fields)]
		a.found = a.found[:0]
		if a.accept(&rows[i], values); a.found.any() {
			b.leaveOut(i, a.found)
			continue
		}
		slab = slab[len(t.Fields):]
		b.Records = append(b.Records, Record{Values: values})
		b.Rows = append(b.Rows, i+1)
	}
	if b.Mode != Partial {
		b.Task.Success = len(b.Records)
	}
}

// accept fills values from one row and notes what is wrong with it.
func (a *acceptor) accept(row *Row, values []Value) {
	t := a.table
	a.row = row
	if row.Problem != "" {
		a.found.add(Finding{Code: FindingShape, Reason: row.Problem})
		return
	}
	clear(a.cells)
	for i := range row.Cells {
		name, at := row.Cells[i].Name, i
		if at >= len(t.Fields) || t.Fields[at].Name != name { // mostly, cells come in the order of the fields
			at = t.FieldIndex(name)
		}
		if at < 0 {
			t.unknown(row.Cells, i, &a.found)
			continue
		}
		a.cells[at] = i + 1
	}
	for i := range t.Fields {
		if at := a.cells[i]; at > 0 {
			values[i] = t.Fields[i].accept(row.Cells[at-1].Raw, &a.found)
		} else {
			values[i] = t.Fields[i].accept(Raw{}, &a.found)
		}
	}
	if !a.found.any() {
		a.unique(values)
	}
}

// unique notes which unique values an earlier row of the batch has, and reserves them all for this row if none has.
func (a *acceptor) unique(values []Value) {
	for i := range a.firsts {
		f := &a.firsts[i]
		if first := f.find(a.batch.Records, values[f.field]); first >= 0 {
			field := &a.table.Fields[f.field]
			raw := a.row.Cells[a.cells[f.field]-1].Raw // a unique value was sent
			a.found.add(Finding{field.Name, FindingRepeated, raw, reasonRepeated(field, values[f.field], a.batch.Rows[first])})
		}
	}
	if a.found.any() {
		return
	}
	for i := range a.firsts {
		f := &a.firsts[i]
		f.slots[f.free] = int32(len(a.batch.Records) + 1)
	}
}

// firsts finds the first record of a batch that has a value in one unique field. It keeps places, not values: a map of
// values costs four times as much, and these two questions for each row are the dearest part of an import's checks.
type firsts struct {
	field int
	seed  maphash.Seed // random, so that nobody can send values that collide
	slots []int32      // 1 + place of a record, 0 where free; a power of two, at most a quarter of them used
	free  int          // where find ended
}

func newFirsts(field, rows int) firsts {
	return firsts{field: field, seed: maphash.MakeSeed(), slots: make([]int32, 1<<bits.Len(uint(4*rows)))}
}

// find returns the place of the record whose value in the field is v, or -1, and leaves in free the slot for v.
func (f *firsts) find(records []Record, v Value) int {
	var hash uint64
	if v.text != "" {
		hash = maphash.String(f.seed, v.text)
	} else {
		hash = maphash.Comparable(f.seed, v.num)
	}
	for slot := hash; ; slot++ {
		slot &= uint64(len(f.slots) - 1)
		at := int(f.slots[slot]) - 1
		if at < 0 {
			f.free = int(slot)
			return -1
		}
		if records[at].Values[f.field] == v {
			return at
		}
	}
}
