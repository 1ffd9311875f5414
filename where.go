package stele

import (
	"fmt"
	"slices"
	"strings"
)

// RecordColumn is what a record can be chosen and sorted by: a field, by its place in the table, or one of the three that every
// record has beside its fields.
type RecordColumn int

// The columns beside the fields, whole numbers all of them: the record id, and two times in milliseconds since 1970.
const (
	ColumnID RecordColumn = -1 - iota
	ColumnCreated
	ColumnUpdated
)

// ownColumns are their names in requests. No field can have one of these: its name holds no $ (wire.md 5.1).
var ownColumns = [...]struct {
	name   string
	column RecordColumn
}{{"$id", ColumnID}, {"$created_at", ColumnCreated}, {"$updated_at", ColumnUpdated}}

// column finds a column by its name in requests. A problem says which names are near.
func (t *Table) column(name string) (c RecordColumn, problem string) {
	if i := t.FieldIndex(name); i >= 0 {
		return RecordColumn(i), ""
	}
	names := make([]string, 0, len(t.Fields)+len(ownColumns))
	for _, f := range t.Fields {
		names = append(names, f.Name)
	}
	for _, o := range ownColumns {
		if o.name == name {
			return o.column, ""
		}
		names = append(names, o.name)
	}
	problem = t.noField(name)
	if near := nearest(Shorten(name), names, 3); len(near) > 0 {
		problem += " Near it: `" + strings.Join(near, "`, `") + "`."
	}
	return 0, problem
}

// columnName is the name of a column in requests.
func (t *Table) columnName(c RecordColumn) string {
	if c < 0 {
		return ownColumns[-1-c].name
	}
	return t.Fields[c].Name
}

// MayBeNull reports whether records may have no value in a column.
func (t *Table) MayBeNull(c RecordColumn) bool {
	return c >= 0 && !t.Fields[c].Required && !t.Fields[c].Unique
}

// ColumnType is the type of a column's values.
func (t *Table) ColumnType(c RecordColumn) Type {
	if c < 0 {
		return Int
	}
	return t.Fields[c].Type
}

// Column is the record's value there.
func (r *Record) Column(c RecordColumn) Value {
	switch c {
	case ColumnID:
		return IntValue(int64(r.ID))
	case ColumnCreated:
		return IntValue(int64(r.Created))
	case ColumnUpdated:
		return IntValue(int64(r.Updated))
	}
	return r.Values[c]
}

// Op is what a Where does: joins others, or asks something of a column.
type Op uint8

// The operators. OpContains and OpStartsWith look at a value's text form as a keyword does: literally, ASCII letter case
// ignored.
const (
	OpAnd Op = iota + 1
	OpOr
	OpNot
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpIn
	OpBetween // both ends belong to it
	OpContains
	OpStartsWith
	OpIsNull
)

var opNames = [...]string{
	OpAnd: "and", OpOr: "or", OpNot: "not", OpEq: "eq", OpNe: "ne", OpLt: "lt", OpLe: "le", OpGt: "gt", OpGe: "ge",
	OpIn: "in", OpBetween: "between", OpContains: "contains", OpStartsWith: "starts_with", OpIsNull: "is_null",
}

// Where is a condition on a record. It is true or false and never unknown: what is asked of a column without a value is
// false, save OpIsNull, and OpNot of what is false is true.
type Where struct {
	Op     Op
	Of     []Where // of OpAnd and OpOr: one or more; of OpNot: one
	Column RecordColumn
	Values []Value // none is "no value". Of OpBetween: two; of OpIn: any number; of OpIsNull: none; of the others: one
}

// RawWhere is a condition as a request has it.
type RawWhere struct {
	Path   string // where it stands in the request
	Join   Op     // OpAnd, OpOr or OpNot over Of; 0: it is one of a column
	Of     []RawWhere
	Field  string
	Op     string
	Value  Raw
	List   []Raw // the value, if that is a list
	IsList bool
}

// Bounds of one where.
const (
	MostWhereDepth      = 8    // conditions within conditions
	MostWhereConditions = 100  // on columns
	MostWhereValues     = 1000 // in all lists together
)

// where types a condition. The error names the place in the request.
func (t *Table) where(raw *RawWhere) (w Where, err error) {
	if raw.Join != 0 {
		w.Op, w.Of = raw.Join, make([]Where, len(raw.Of))
		for i := range raw.Of {
			if w.Of[i], err = t.where(&raw.Of[i]); err != nil {
				return w, err
			}
		}
		return w, nil
	}
	column, problem := t.column(raw.Field)
	if problem != "" {
		return w, Errorf(CodeParameter, "%s.field: %s", raw.Path, strings.TrimSuffix(problem, "."))
	}
	at := slices.Index(opNames[:], raw.Op)
	if at < int(OpEq) {
		return w, Errorf(CodeParameter, "%s.op must be one of %s; got %s", raw.Path, strings.Join(opNames[OpEq:], ", "), quoteShort(raw.Op))
	}
	w.Op, w.Column = Op(at), column
	if w.Op == OpIsNull {
		return w, w.isNull(raw)
	}
	w.Values, err = t.whereValues(w, raw)
	return w, err
}

// isNull reads the value of is_null, which may be left out: false turns the condition around.
func (w *Where) isNull(raw *RawWhere) error {
	v, _, ok := Boolean.Read(raw.Value)
	if raw.IsList || !ok {
		return Errorf(CodeParameter, "%s.value must be true or false, or be left out: is_null compares with nothing", raw.Path)
	}
	if !v.IsNull() && !v.Bool() {
		*w = Where{Op: OpNot, Of: []Where{*w}}
	}
	return nil
}

// whereValues types what a column is compared with.
func (t *Table) whereValues(w Where, raw *RawWhere) ([]Value, error) {
	list, path := raw.List, func(i int) string { return fmt.Sprintf("%s.value[%d]", raw.Path, i) }
	switch {
	case w.Op == OpIn && !raw.IsList:
		return nil, Errorf(CodeParameter, "%s.value must be a list of values: in asks whether the field has one of them", raw.Path)
	case w.Op == OpBetween && (!raw.IsList || len(list) != 2):
		return nil, Errorf(CodeParameter, "%s.value must be a list of two values, the least and the greatest, which both belong to it", raw.Path)
	case w.Op != OpIn && w.Op != OpBetween && raw.IsList:
		return nil, Errorf(CodeParameter, "%s.value must be one value: only in and between take a list", raw.Path)
	case !raw.IsList:
		list, path = []Raw{raw.Value}, func(int) string { return raw.Path + ".value" }
	}
	typ := t.ColumnType(w.Column)
	if w.Op == OpContains || w.Op == OpStartsWith {
		typ = Text
	}
	values := make([]Value, len(list))
	for i, r := range list {
		v, problem, ok := typ.Read(r)
		switch {
		case !ok:
			return nil, Errorf(CodeParameter, "%s: `%s` is compared with values of type %s, and this is none.%s", path(i), t.columnName(w.Column), typ, problem)
		case v.IsNull():
			return nil, Errorf(CodeParameter, "%s has no value; ask with the op is_null for records without one", path(i))
		}
		values[i] = v
	}
	return values, nil
}
