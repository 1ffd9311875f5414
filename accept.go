package stele

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// findings collects what is wrong with one row.
type findings []string

func (f *findings) add(s string) { *f = append(*f, s) }
func (f findings) any() bool     { return len(f) > 0 }

// String joins the findings by a blank (wire.md 5.4). A row of hundreds of bad fields gets the first ones and a count:
// a task's result must stay small enough to be stored and read.
func (f findings) String() string {
	const most = 20
	if len(f) <= most {
		return strings.Join(f, " ")
	}
	return strings.Join(f[:most], " ") + fmt.Sprintf(" There are %d more findings on this row.", len(f)-most)
}

// invalid is the published reason for a value that its type cannot read.
func (f Field) invalid(problem string) string {
	return "`" + f.Name + "` has an invalid value for type " + f.Type.String() + "." + problem
}

// accept types a raw value and checks it against the field's own rules.
func (f Field) accept(r Raw, found *findings) Value {
	v, problem, ok := f.Type.Read(r)
	if !ok {
		found.add(f.invalid(problem))
		return Value{}
	}
	f.check(v, found)
	return v
}

// check holds a value against required, unique and the length of unique text.
func (f Field) check(v Value, found *findings) {
	if !f.Required && !f.Unique {
		return
	}
	if v.IsEmpty() {
		if f.Required {
			found.add("`" + f.Name + "` is required and must have a value; the current value is invalid or the property is missing.")
		}
		if f.Unique {
			found.add("`" + f.Name + "` must be unique, but the value is empty or the property is missing.")
		}
		return
	}
	if f.Unique && v.typ == Text && len(v.text) > maxUniqueText && utf8.RuneCountInString(v.text) > maxUniqueText {
		found.add(fmt.Sprintf("`%s` must be unique, and its value is longer than %d characters.", f.Name, maxUniqueText))
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
	found.add("`" + Shorten(cells[i].Name) + "` is not a field of table `" + t.Name + "`.")
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
	table *Table
	seen  []map[Value]int // for each unique field, value to row number; nil for other fields
	raws  []Raw           // the current row's values by field
	found findings
}

// Accept types and checks the rows of an import (wire.md 5.3, 1 and 2): rows that cannot be added become rejections, of
// rows with an equal unique value the first is kept. The size as CSV is checked over all rows, valid or not.
func (t *Table) Accept(rows []Row, l Limits) (*Batch, error) {
	if err := t.checkCSVSize(rows, l.ImportCSVBytes); err != nil {
		return nil, err
	}
	a := acceptor{table: t, seen: make([]map[Value]int, len(t.Fields)), raws: make([]Raw, len(t.Fields))}
	for i, f := range t.Fields {
		if f.Unique {
			a.seen[i] = make(map[Value]int, len(rows))
		}
	}
	b := &Batch{Records: make([]Record, 0, len(rows)), Rows: make([]int, 0, len(rows))}
	b.Task = Task{Table: t.ID, Total: len(rows)}
	slab := make([]Value, len(rows)*len(t.Fields))
	for i, row := range rows {
		values := slab[:len(t.Fields):len(t.Fields)]
		a.found = a.found[:0]
		if a.row(row, i+1, values); a.found.any() {
			b.Task.Rejections = append(b.Task.Rejections, rejected(i+1, a.found.String()))
			clear(values)
			continue
		}
		slab = slab[len(t.Fields):]
		b.Records = append(b.Records, Record{Values: values})
		b.Rows = append(b.Rows, i+1)
	}
	b.Task.Success = len(b.Records)
	return b, nil
}

// row fills values from one row and notes what is wrong with it.
func (a *acceptor) row(row Row, number int, values []Value) {
	t := a.table
	if row.Problem != "" {
		a.found.add(row.Problem)
		return
	}
	clear(a.raws)
	for i, c := range row.Cells {
		at := i // mostly, fields come in the order of the table
		if at >= len(t.Fields) || t.Fields[at].Name != c.Name {
			at = t.FieldIndex(c.Name)
		}
		if at < 0 {
			t.unknown(row.Cells, i, &a.found)
			continue
		}
		a.raws[at] = c.Raw
	}
	for i, f := range t.Fields {
		values[i] = f.accept(a.raws[i], &a.found)
	}
	if a.found.any() {
		return
	}
	for i, seen := range a.seen {
		if seen == nil {
			continue
		}
		if first, ok := seen[values[i]]; ok {
			a.found.add(reasonRepeated(t.Fields[i], values[i], first))
		}
	}
	if a.found.any() {
		return
	}
	for i, seen := range a.seen {
		if seen != nil {
			seen[values[i]] = number
		}
	}
}
