package stele

import "fmt"

// RawChange is one entry of an update as a request has it.
type RawChange struct {
	Address RawAddress
	Fields  []Cell
	Sent    string // the JSON of updated_fields as received, "null" if there was none
	Problem string // a reason found while reading that fails the entry
}

// RawAddress is what a request says of a record: record_id or filter (wire.md 4.2).
type RawAddress struct {
	RecordID Raw
	Filter   []Cell
	Sent     string // the JSON of the filter as received
	Problem  string // a reason found while reading that makes it no address
}

// ByID reports whether record_id is given, so that the filter is not looked at.
func (a RawAddress) ByID() bool { return !a.RecordID.Empty() }

// Change is an entry of an update that may be applied: new values for the selected record.
// When nothing is selected and Create is set, a record of NewValues is made, unless NewProblem says why it cannot be.
type Change struct {
	Selector   Selector
	Set        []Pair
	Create     bool
	NewID      RecordID // 0: the next one of the table
	NewValues  []Value
	NewProblem string
	Problem    string // why the entry fails by itself; only an update that is Atomic brings such ones to the store

	newFindings findings // what NewProblem says
}

// Holds reports whether a record of those values has all that the change sets.
func (c *Change) Holds(values []Value) bool {
	for _, p := range c.Set {
		if values[p.Field] != p.Value {
			return false
		}
	}
	return true
}

// Outcome is what became of a change. Reason is empty when it was applied.
type Outcome struct {
	Reason string
}

// Failed is how many changes of an update were not applied: with mode Atomic all of them, where one failed.
func Failed(os []Outcome, m Mode) (n int) {
	for _, o := range os {
		if o.Reason != "" {
			n++
		}
	}
	if n > 0 && m == Atomic {
		return len(os)
	}
	return n
}

// ReasonNotFound is the published reason for a change whose record is not there.
const ReasonNotFound = "record not found"

// ReasonConflict is the published reason for a unique value that the table holds already.
func ReasonConflict(t *Table, field int, v Value) string {
	return fmt.Sprintf("Duplicate entry '%s' for key '%s.%s'", v, t.Name, t.Fields[field].Name)
}

// selector reads an address. A reason says what is wrong with it.
func (t *Table) selector(a RawAddress) (s Selector, reason string) {
	if a.ByID() {
		id, ok := RecordID(0), false
		if k := a.RecordID.Kind; k == KindString || k == KindNumber {
			id, ok = ParseRecordID(trimBlanks(a.RecordID.Text))
		}
		if !ok {
			return s, "`record_id` must be a whole number from 1 to 9223372036854775807 in plain digits."
		}
		return Selector{ID: id}, ""
	}
	if a.Problem != "" {
		return s, a.Problem
	}
	if len(a.Filter) == 0 {
		return s, "`record_id` or `filter` is required: it says which record is meant."
	}
	pairs, reason := t.filter(a.Filter)
	if reason != "" {
		return s, reason
	}
	unique := false
	for _, p := range pairs {
		f := t.Fields[p.Field]
		if p.Value.IsEmpty() {
			return s, fmt.Sprintf("`filter`: `%s` must have a value.", f.Name)
		}
		unique = unique || f.Unique
	}
	if !unique {
		return s, "`filter` must name at least one unique field."
	}
	return Selector{Pairs: pairs}, ""
}

// filter types the cells of a filter: every name must be a field, every value readable. Of two cells with one name the
// last one holds.
func (t *Table) filter(cells []Cell) (pairs []Pair, reason string) {
	last := t.lastCells(cells)
	for i, c := range cells {
		if f := t.FieldIndex(c.Name); f < 0 {
			return nil, "`filter`: " + t.noField(c.Name)
		} else if last[f] == i {
			v, problem, ok := t.Fields[f].Type.Read(c.Raw)
			if !ok {
				return nil, "`filter`: " + t.Fields[f].invalid(problem)
			}
			pairs = append(pairs, Pair{f, v})
		}
	}
	return pairs, ""
}

// lastCells returns, for each field, the place of the last cell that bears its name, -1 without one.
func (t *Table) lastCells(cells []Cell) []int {
	last := make([]int, len(t.Fields))
	for i := range last {
		last[i] = -1
	}
	for i, c := range cells {
		if f := t.FieldIndex(c.Name); f >= 0 {
			last[f] = i
		}
	}
	return last
}

// acceptChange turns an entry of an update into a Change, or gives the reason why it fails (wire.md 5.6).
func (t *Table) acceptChange(rc RawChange, create bool) (c Change, reason string) {
	if rc.Problem != "" {
		return c, rc.Problem
	}
	sel, reason := t.selector(rc.Address)
	if reason != "" {
		return c, reason
	}
	c = Change{Selector: sel, Create: create}
	var f findings
	c.Set = t.set(rc.Fields, &f)
	if f.any() {
		return c, f.String()
	}
	if create {
		t.acceptNew(&c, rc.Address)
	}
	return c, ""
}

// set types updated fields. Unknown fields without a value are passed over, as in an import.
func (t *Table) set(cells []Cell, f *findings) []Pair {
	last := t.lastCells(cells)
	var pairs []Pair
	for i, c := range cells {
		at := t.FieldIndex(c.Name)
		if at < 0 {
			t.unknown(cells, i, f)
			continue
		}
		if last[at] == i {
			pairs = append(pairs, Pair{at, t.Fields[at].accept(c.Raw, f)})
		}
	}
	return pairs
}

// acceptNew prepares the record that a change makes when nothing is selected: the filter's pairs, then the updated
// fields. A filter beside record_id, which selects nothing, is looked at here: it fills what updated_fields leaves out.
func (t *Table) acceptNew(c *Change, address RawAddress) {
	c.NewID = c.Selector.ID
	c.NewValues = make([]Value, len(t.Fields))
	from := c.Selector.Pairs
	if c.NewID != 0 {
		if c.NewProblem = address.Problem; c.NewProblem == "" {
			from, c.NewProblem = t.filter(address.Filter)
		}
		if c.NewProblem != "" {
			return
		}
	}
	for _, p := range from {
		c.NewValues[p.Field] = p.Value
	}
	for _, p := range c.Set {
		c.NewValues[p.Field] = p.Value
	}
	var f findings
	for i, v := range c.NewValues {
		t.Fields[i].check(v, Raw{}, &f)
	}
	c.NewProblem, c.newFindings = f.String(), f
}
