package stele

import "strings"

// Mode is how a write goes about what cannot be written.
type Mode uint8

// The modes. An update knows the first and Atomic.
const (
	Published Mode = iota // as wire.md 5.3 and 5.6 have it
	Partial               // each row of an import on its own: those that can be added are
	Atomic                // all or nothing
	Upsert                // each row on its own, and one whose key a record has changes that record
)

var modeNames = [...]string{"", "partial", "atomic", "upsert"}

// ParseMode reads the name of a mode; the published one has none.
func ParseMode(name string) (Mode, bool) {
	for m := Partial; m <= Upsert; m++ {
		if name == modeNames[m] {
			return m, true
		}
	}
	return Published, false
}

// How says how a write is done. The zero How is the published way.
type How struct {
	Mode    Mode
	Key     string // Upsert: the name of the unique field that finds records
	Receipt bool   // an import's task tells of each row
	Dry     bool   // everything is done, told, and then undone
}

// ParseHow reads a mode, "" for the published one, and the key that goes with it. CodeParameter if they are none.
func ParseHow(mode, key string) (h How, err error) {
	ok := true
	if mode != "" {
		h.Mode, ok = ParseMode(mode)
	}
	switch {
	case !ok:
		return h, Errorf(CodeParameter, "mode must be partial, atomic or upsert, or be left out; got %s", quoteShort(mode))
	case key != "" && h.Mode != Upsert:
		return h, Errorf(CodeParameter, "key goes with mode upsert alone")
	}
	h.Key = key
	return h, nil
}

// keyField finds the field that an upsert finds records by. CodeParameter, with the fields that it may be, if it is none.
func (t *Table) keyField(name string) (int, error) {
	if i := t.FieldIndex(name); i >= 0 && t.Fields[i].Unique {
		return i, nil
	}
	var unique []string
	for _, f := range t.Fields {
		if f.Unique {
			unique = append(unique, f.Name)
		}
	}
	switch {
	case unique == nil:
		return 0, Errorf(CodeParameter, "mode upsert needs a unique field as its key, and table %s has none", t.Name)
	case name == "":
		return 0, Errorf(CodeParameter, "mode upsert needs a key, one of the table's unique fields: %s", strings.Join(unique, ", "))
	}
	return 0, Errorf(CodeParameter, "key must be one of the table's unique fields: %s; got %s", strings.Join(unique, ", "), quoteShort(name))
}

// upserts types the rows of an import that changes the records that have their keys, and adds the others. Two rows with one
// key are two changes of one record, in order.
func (b *Batch) upserts(t *Table, rows []Row, key int) {
	f := &t.Fields[key]
	for i := range rows {
		var found findings
		c, ok := Change{Create: true}, false
		if rows[i].Problem != "" {
			found.add(Finding{Code: FindingShape, Reason: rows[i].Problem})
		} else {
			for _, p := range t.set(rows[i].Cells, &found) {
				if p.Field == key {
					c.Selector, ok = Selector{Pairs: []Pair{p}}, true
				} else {
					c.Set = append(c.Set, p)
				}
			}
			if !ok {
				f.check(Value{}, Raw{}, &found)
			}
		}
		if found.any() {
			b.leaveOut(i, found)
			continue
		}
		t.acceptNew(&c, RawAddress{})
		b.Changes, b.Rows = append(b.Changes, c), append(b.Rows, i+1)
	}
}
