package postgres

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"stele"
)

// columnTypes are the types of columns. Text is compared byte by byte, on every server and as SQLite does.
var columnTypes = [...]string{
	stele.Text: `text COLLATE "C"`, stele.Int: "bigint", stele.Float: "double precision",
	stele.DateTime: "timestamp", stele.Boolean: "boolean",
}

// arrayTypes are the types of the arrays that carry a column of values to the server.
var arrayTypes = [...]string{
	stele.Text: "text[]", stele.Int: "bigint[]", stele.Float: "double precision[]",
	stele.DateTime: "timestamp[]", stele.Boolean: "boolean[]",
}

// valueTypes are the types of single parameters.
var valueTypes = [...]string{
	stele.Text: "text", stele.Int: "bigint", stele.Float: "double precision", stele.DateTime: "timestamp", stele.Boolean: "boolean",
}

// A textCell is a value of a TEXT column as the driver reads and writes it; the others likewise. Pointers to values are
// handed to it as they are, so that a thousand rows cost no allocation for each value.
type (
	textCell     stele.Value
	intCell      stele.Value
	floatCell    stele.Value
	boolCell     stele.Value
	dateTimeCell stele.Value
)

// cellOf makes the cell of a value in a column of a type: a parameter, or a place to read to.
func cellOf(t stele.Type, v *stele.Value) any {
	switch t {
	case stele.Text:
		return (*textCell)(v)
	case stele.Int:
		return (*intCell)(v)
	case stele.Float:
		return (*floatCell)(v)
	case stele.Boolean:
		return (*boolCell)(v)
	default:
		return (*dateTimeCell)(v)
	}
}

// TextValue writes a TEXT.
func (c *textCell) TextValue() (pgtype.Text, error) {
	v := (*stele.Value)(c)
	return pgtype.Text{String: v.Text(), Valid: !v.IsNull()}, nil
}

// ScanText reads a TEXT.
func (c *textCell) ScanText(t pgtype.Text) error {
	if *c = (textCell{}); t.Valid {
		*c = textCell(stele.TextValue(t.String))
	}
	return nil
}

// Int64Value writes an INT.
func (c *intCell) Int64Value() (pgtype.Int8, error) {
	v := (*stele.Value)(c)
	return pgtype.Int8{Int64: v.Int(), Valid: !v.IsNull()}, nil
}

// ScanInt64 reads an INT.
func (c *intCell) ScanInt64(n pgtype.Int8) error {
	if *c = (intCell{}); n.Valid {
		*c = intCell(stele.IntValue(n.Int64))
	}
	return nil
}

// Float64Value writes a FLOAT.
func (c *floatCell) Float64Value() (pgtype.Float8, error) {
	v := (*stele.Value)(c)
	return pgtype.Float8{Float64: v.Float(), Valid: !v.IsNull()}, nil
}

// ScanFloat64 reads a FLOAT.
func (c *floatCell) ScanFloat64(f pgtype.Float8) error {
	if *c = (floatCell{}); f.Valid {
		*c = floatCell(stele.FloatValue(f.Float64))
	}
	return nil
}

// BoolValue writes a BOOLEAN.
func (c *boolCell) BoolValue() (pgtype.Bool, error) {
	v := (*stele.Value)(c)
	return pgtype.Bool{Bool: v.Bool(), Valid: !v.IsNull()}, nil
}

// ScanBool reads a BOOLEAN.
func (c *boolCell) ScanBool(b pgtype.Bool) error {
	if *c = (boolCell{}); b.Valid {
		*c = boolCell(stele.BoolValue(b.Bool))
	}
	return nil
}

const dateTimeForm = "2006-01-02 15:04:05"

// TimestampValue writes a DATETIME.
func (c *dateTimeCell) TimestampValue() (pgtype.Timestamp, error) {
	v := (*stele.Value)(c)
	if v.IsNull() {
		return pgtype.Timestamp{}, nil
	}
	t, err := parseDateTime(v.Text())
	return pgtype.Timestamp{Time: t, Valid: true}, err
}

// ScanTimestamp reads a DATETIME.
func (c *dateTimeCell) ScanTimestamp(t pgtype.Timestamp) error {
	*c = dateTimeCell{}
	if !t.Valid {
		return nil
	}
	if t.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("a DATETIME is %s", t.InfinityModifier)
	}
	*c = dateTimeCell(stele.DateTimeValue(t.Time.Format(dateTimeForm)))
	return nil
}

// parseDateTime reads the canonical form; time.Parse costs three times as much, which a thousand rows feel.
func parseDateTime(s string) (time.Time, error) {
	if len(s) != len(dateTimeForm) {
		return time.Time{}, fmt.Errorf("a DATETIME is kept as %q", s)
	}
	two := func(at int) int { return int(s[at]-'0')*10 + int(s[at+1]-'0') }
	return time.Date(two(0)*100+two(2), time.Month(two(5)), two(8), two(11), two(14), two(17), 0, time.UTC), nil
}

// column carries one column of many values to the server as an array. It is the driver's ArrayGetter.
type column struct {
	typ stele.Type
	len int
	at  func(i int) *stele.Value
}

// Dimensions says how many values there are; none is an array too, not NULL.
func (c column) Dimensions() []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(c.len), LowerBound: 1}}
}

// Index is one value.
func (c column) Index(i int) any { return cellOf(c.typ, c.at(i)) }

// IndexType is a value of the type that Index returns.
func (c column) IndexType() any { return cellOf(c.typ, &stele.Value{}) }

// recordColumn is the column of one field of records.
func recordColumn(rs []stele.Record, field int, typ stele.Type) column {
	return column{typ, len(rs), func(i int) *stele.Value { return &rs[i].Values[field] }}
}
