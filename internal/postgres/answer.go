package postgres

import (
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"stele"
)

// collector takes the rows of an answer as text and types them at the end: of a numeric column it is known only then whether it is whole.
type collector struct {
	fields []pgconn.FieldDescription
	rows   [][]*string
	bytes  int
	cut    stele.Cut
}

// describe notes the columns. The driver uses their memory again.
func (c *collector) describe(r *pgconn.ResultReader) {
	if c.fields == nil {
		c.fields = append(c.fields, r.FieldDescriptions()...)
		for i := range c.fields {
			c.fields[i].Name = strings.Clone(c.fields[i].Name)
		}
	}
}

// add takes a row, unless that would be more than is asked for.
func (c *collector) add(r *pgconn.ResultReader, q stele.Question) {
	c.describe(r)
	if len(c.rows) == q.MaxRows {
		c.cut = stele.CutRows
		return
	}
	values := r.Values()
	for _, v := range values {
		c.bytes += len(v)
	}
	if c.bytes > q.MaxBytes {
		c.cut = stele.CutBytes
		return
	}
	row := make([]*string, len(values))
	for i, v := range values {
		if v != nil {
			text := string(v)
			row[i] = &text
		}
	}
	c.rows = append(c.rows, row)
}

func (c *collector) answer() *stele.Answer {
	a := &stele.Answer{Cut: c.cut, Columns: make([]stele.Column, len(c.fields)), Rows: make([][]stele.Value, len(c.rows))}
	for i := range a.Rows {
		a.Rows[i] = make([]stele.Value, len(c.fields))
	}
	for i, f := range c.fields {
		a.Columns[i].Name = f.Name
		typ := c.typeOf(i, f.DataTypeOID)
		if f.TableOID != 0 { // a field has its type without a value too
			a.Columns[i].Type = typ
		}
		for n, row := range c.rows {
			if row[i] == nil {
				continue
			}
			a.Columns[i].Type = typ
			a.Rows[n][i] = valueOf(typ, *row[i])
		}
	}
	return a
}

// typeOf is the type of a column. One that holds a value which its type cannot show is TEXT: a DATETIME with a part of a second or
// outside the years 0001 to 9999, NaN and infinity, a whole number that is too long.
func (c *collector) typeOf(column int, oid uint32) stele.Type {
	all := func(fits func(string) bool) bool {
		for _, row := range c.rows {
			if row[column] != nil && !fits(*row[column]) {
				return false
			}
		}
		return true
	}
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return stele.Int
	case pgtype.BoolOID:
		return stele.Boolean
	case pgtype.TimestampOID:
		if all(func(s string) bool { return len(s) == len(dateTimeForm) && s[4] == '-' }) {
			return stele.DateTime
		}
	case pgtype.Float4OID, pgtype.Float8OID:
		if all(isFinite) {
			return stele.Float
		}
	case pgtype.NumericOID:
		whole := all(func(s string) bool { return !strings.ContainsAny(s, ".NI") })
		switch {
		case whole && all(func(s string) bool { _, err := strconv.ParseInt(s, 10, 64); return err == nil }):
			return stele.Int
		case !whole && all(isFinite):
			return stele.Float
		}
	}
	return stele.Text
}

func isFinite(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

func valueOf(t stele.Type, s string) stele.Value {
	switch t {
	case stele.Int:
		n, _ := strconv.ParseInt(s, 10, 64)
		return stele.IntValue(n)
	case stele.Float:
		f, _ := strconv.ParseFloat(s, 64)
		return stele.FloatValue(f)
	case stele.Boolean:
		return stele.BoolValue(s == "t")
	case stele.DateTime:
		return stele.DateTimeValue(s)
	}
	return stele.TextValue(s)
}
