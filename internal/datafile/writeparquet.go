package datafile

import (
	"bufio"
	"fmt"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
)

// groupBytes and groupRows bound what is kept of a row group before it is written.
const (
	groupBytes = 8 << 20
	groupRows  = 1 << 16
)

// parquetWriter writes optional columns: strings, int64, double, boolean, and timestamps without a time zone in milliseconds.
type parquetWriter struct {
	w       *parquet.GenericWriter[any]
	columns []Column
	row     parquet.Row
	bytes   int // of the group so far, about
	rows    int
}

// ordered is a group of columns in the order they were given. That of the library sorts them by name.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

func (o ordered) Fields() []parquet.Field { return o.fields }

// fieldOrder finds the fields of a group in the order of the columns.
func fieldOrder(g parquet.Group, columns []Column) []parquet.Field {
	byName := map[string]parquet.Field{}
	for _, f := range g.Fields() {
		byName[f.Name()] = f
	}
	var list []parquet.Field
	for _, c := range columns {
		list = append(list, byName[c.Name])
	}
	return list
}

func newParquetWriter(w *bufio.Writer, columns []Column) (*parquetWriter, error) {
	g := parquet.Group{}
	for _, c := range columns {
		if _, twice := g[c.Name]; twice || c.Name == "" {
			return nil, fmt.Errorf("the column's name %q is empty or there twice", c.Name)
		}
		var n parquet.Node
		switch c.Declared {
		case TypeInt:
			n = parquet.Int(64)
		case TypeFloat:
			n = parquet.Leaf(parquet.DoubleType)
		case TypeBoolean:
			n = parquet.Leaf(parquet.BooleanType)
		case TypeDateTime:
			n = parquet.TimestampAdjusted(parquet.Millisecond, false)
		default:
			n = parquet.String()
		}
		g[c.Name] = parquet.Optional(n)
	}
	config := &parquet.WriterConfig{
		CreatedBy: "stele", PageBufferSize: 256 << 10, WriteBufferSize: 64 << 10, Compression: &parquet.Snappy,
		Schema: parquet.NewSchema("rows", ordered{g, fieldOrder(g, columns)}),
	}
	return &parquetWriter{w: parquet.NewGenericWriter[any](w, config), columns: columns}, nil
}

func (p *parquetWriter) write(cells []Cell) error {
	p.row = p.row[:0]
	for i, c := range cells {
		v, err := parquetValue(c, p.columns[i].Declared)
		if err != nil {
			return &CellError{Column: p.columns[i].Name, Err: err}
		}
		level := 1
		if v.IsNull() {
			level = 0
		}
		p.row = append(p.row, v.Level(0, level, i))
		p.bytes += 16 + len(c.Text)
	}
	if _, err := p.w.WriteRows([]parquet.Row{p.row}); err != nil {
		return fmt.Errorf("writing Parquet: %w", err)
	}
	if p.rows++; p.bytes < groupBytes && p.rows < groupRows {
		return nil
	}
	p.bytes, p.rows = 0, 0
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("writing a row group of Parquet: %w", err)
	}
	return nil
}

// parquetValue is a cell as a value of the column's type. A column has one type, so what does not fit is refused.
func parquetValue(c Cell, declared Type) (parquet.Value, error) {
	switch c.Kind {
	case Missing, Null:
		return parquet.NullValue(), nil
	}
	s := plain(c, "")
	switch declared {
	case TypeInt:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return parquet.Value{}, fmt.Errorf("%s is no %s", shown(s), declared)
		}
		return parquet.Int64Value(n), nil
	case TypeFloat:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return parquet.Value{}, fmt.Errorf("%s is no %s", shown(s), declared)
		}
		return parquet.DoubleValue(f), nil
	case TypeBoolean:
		if c.Kind != True && c.Kind != False {
			return parquet.Value{}, fmt.Errorf("%s is no %s", shown(s), declared)
		}
		return parquet.BooleanValue(c.Kind == True), nil
	case TypeDateTime:
		iso, fraction, ok := readISO(s)
		t, err := time.Parse(time.DateTime, iso)
		if !ok || fraction || err != nil {
			return parquet.Value{}, fmt.Errorf("%s is no %s", shown(s), declared)
		}
		return parquet.Int64Value(t.UnixMilli()), nil
	}
	return parquet.ByteArrayValue([]byte(s)), nil
}

func (p *parquetWriter) close() error {
	if err := p.w.Close(); err != nil {
		return fmt.Errorf("ending the Parquet file: %w", err)
	}
	return nil
}
