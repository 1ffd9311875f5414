package datafile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// beginParquet opens a Parquet file, and reads its columns.
func (r *Reader) beginParquet() error {
	if _, _, err := r.src.random(); err != nil {
		return err
	}
	at, size := &watchedAt{r.src}, r.src.size
	if err := checkFooter(at, size); err != nil {
		return err
	}
	r.src.charset = "utf-8"
	var f *parquet.File
	if err := guarded(func() (err error) {
		f, err = parquet.OpenFile(at, size, &parquet.FileConfig{
			SkipPageIndex: true, SkipBloomFilters: true, ReadBufferSize: 64 << 10, ReadMode: parquet.ReadModeSync, OptimisticRead: false,
		})
		return err
	}); err != nil {
		return fmt.Errorf("the Parquet file's footer cannot be read: %w", err)
	}
	var cols []Column
	var read []readValue
	err := guarded(func() (err error) {
		if cols, read, err = parquetColumns(f.Schema().Fields()); err != nil {
			return err
		}
		return checkPages(at, size, f)
	})
	if err != nil {
		return err
	}
	r.open = func() (rows, error) {
		r.src.read.Store(0)
		return &parquetRows{file: f, cols: cols, read: read, batch: make([]parquet.Row, 64)}, nil
	}
	return nil
}

// parquetColumns tells how the values of each column are read.
func parquetColumns(fields []parquet.Field) (cols []Column, read []readValue, err error) {
	if len(fields) > maxColumns {
		return nil, nil, fmt.Errorf("%d columns; at most %d can be read", len(fields), maxColumns)
	}
	for i, field := range fields {
		if !field.Leaf() || field.Repeated() {
			return nil, nil, &Error{Column: i + 1, Name: field.Name(), Err: errors.New("the column is nested (a list, a map or a group); only columns of single values can be read")}
		}
		declared, v := readerOf(field.Type())
		if v == nil {
			return nil, nil, &Error{Column: i + 1, Name: field.Name(), Err: fmt.Errorf("values of the type %s cannot be read", field.Type())}
		}
		cols, read = append(cols, Column{Name: field.Name(), Declared: declared}), append(read, v)
	}
	return cols, read, nil
}

// guarded turns a panic about a damaged file into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the data is damaged: %v", p)
		}
	}()
	return f()
}

// parquetRows is a pass over a Parquet file, one row group after another, some rows at a time.
type parquetRows struct {
	file   *parquet.File
	cols   []Column
	read   []readValue
	group  int
	rows   parquet.Rows
	batch  []parquet.Row
	n, i   int // rows of the batch, and those that were handed on
	number int64
	cells  []Cell
}

func (p *parquetRows) columns() []Column { return p.cols }

func (p *parquetRows) at() (row, line int64) { return p.number, 0 }

func (p *parquetRows) next() (Row, error) {
	p.number++
	for p.i == p.n {
		if err := guarded(p.fill); err != nil {
			if err != io.EOF {
				err = fmt.Errorf("reading the Parquet data: %w", err)
			} else if n := p.file.NumRows(); n != p.number-1 {
				err = fmt.Errorf("the file says that it has %d rows, and ends here: it is damaged", n)
			}
			return Row{}, err
		}
	}
	values := p.batch[p.i]
	p.i++
	if err := guarded(func() error { return p.convert(values) }); err != nil {
		return Row{}, err
	}
	return Row{Number: p.number, Cells: p.cells}, nil
}

// convert makes the row's cells of its values, of which there is one for each column.
func (p *parquetRows) convert(values parquet.Row) error {
	p.cells = p.cells[:0]
	left := maxRow
	for i, v := range values {
		switch {
		case v.Column() != i || i >= len(p.read):
			return errors.New("the row's values are not those of the columns: the file is damaged")
		case v.IsNull():
			p.cells = append(p.cells, Cell{Kind: Null})
			continue
		}
		if k := v.Kind(); k == parquet.ByteArray || k == parquet.FixedLenByteArray {
			if left -= len(v.ByteArray()); left < 0 {
				return errRowTooLong
			}
		}
		p.cells = append(p.cells, p.read[i](v))
	}
	if len(p.cells) < len(p.cols) {
		return errors.New("the row has no value for some column: the file is damaged")
	}
	return nil
}

// fill reads some rows, io.EOF after the last group.
func (p *parquetRows) fill() error {
	if p.rows == nil {
		groups := p.file.RowGroups()
		if p.group == len(groups) {
			return io.EOF
		}
		p.rows = groups[p.group].Rows()
		p.group++
	}
	var err error
	p.i = 0
	p.n, err = p.rows.ReadRows(p.batch)
	switch {
	case err == io.EOF:
		err = p.rows.Close()
		p.rows = nil
	case err == nil && p.n == 0:
		err = errors.New("there are no more rows, and no end: the file is damaged")
	}
	return err
}

// readValue makes a cell of a value that is not null.
type readValue func(parquet.Value) Cell

func text(s string) Cell { return Cell{Kind: Text, Text: s} }

func number(s string) Cell { return Cell{Kind: Number, Text: s} }

// readerOf tells how values of a type are read, and what type of field they declare. It is nil for types that no field has a form for.
func readerOf(t parquet.Type) (Type, readValue) {
	if l := t.LogicalType(); l != nil {
		if _, ok := l.Value.(*format.NullType); ok { // of columns that never had a value; it has no kind either
			return "", nil
		}
	}
	if scale, ok := decimalOf(t); ok {
		return "", func(v parquet.Value) Cell { return number(decimal(v, scale)) }
	}
	if unit := timeUnit(t); unit > 0 {
		return TypeDateTime, func(v parquet.Value) Cell { return text(timestamp(v.Int64(), unit)) }
	}
	if l := t.LogicalType(); l != nil {
		switch l := l.Value.(type) {
		case *format.DateType:
			return TypeDateTime, date
		case *format.TimeType:
			return TypeText, func(v parquet.Value) Cell { return text(timeOfDay(v, l.Unit.Value.Duration())) }
		case *format.UUIDType:
			return TypeText, func(v parquet.Value) Cell { return text(uuid(v.ByteArray())) }
		case *format.IntType:
			if !l.IsSigned {
				return TypeInt, unsigned(t.Kind())
			}
		case *format.BsonType, *format.Float16Type, *format.VariantType, *format.GeometryType, *format.GeographyType:
			return "", nil
		}
	}
	if c := t.ConvertedType(); c != nil {
		switch *c {
		case deprecated.Date:
			return TypeDateTime, date
		case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
			return TypeInt, unsigned(t.Kind())
		case deprecated.Interval, deprecated.Bson:
			return "", nil
		}
	}
	return physical(t.Kind())
}

// physical reads values that have no meaning beyond their kind.
func physical(kind parquet.Kind) (Type, readValue) {
	switch kind {
	case parquet.Boolean:
		return TypeBoolean, func(v parquet.Value) Cell {
			if v.Boolean() {
				return Cell{Kind: True}
			}
			return Cell{Kind: False}
		}
	case parquet.Int32:
		return TypeInt, func(v parquet.Value) Cell { return number(strconv.FormatInt(int64(v.Int32()), 10)) }
	case parquet.Int64:
		return TypeInt, func(v parquet.Value) Cell { return number(strconv.FormatInt(v.Int64(), 10)) }
	case parquet.Int96: // nanoseconds of a day, and the Julian day: how Spark and Impala once wrote times
		return TypeDateTime, func(v parquet.Value) Cell {
			n := v.Int96()
			days := int64(n[2]) - 2440588
			return text(written(time.Unix(days*86400, int64(uint64(n[1])<<32|uint64(n[0])))))
		}
	case parquet.Float:
		return TypeFloat, func(v parquet.Value) Cell { return double(float64(v.Float()), 32) }
	case parquet.Double:
		return TypeFloat, func(v parquet.Value) Cell { return double(v.Double(), 64) }
	}
	return TypeText, func(v parquet.Value) Cell { return text(string(v.ByteArray())) }
}

func unsigned(kind parquet.Kind) readValue {
	if kind == parquet.Int32 {
		return func(v parquet.Value) Cell { return number(strconv.FormatUint(uint64(v.Uint32()), 10)) }
	}
	return func(v parquet.Value) Cell { return number(strconv.FormatUint(v.Uint64(), 10)) }
}

func date(v parquet.Value) Cell {
	return text(time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly))
}

// double writes the shortest decimal that means the number. What is none becomes a text.
func double(f float64, bits int) Cell {
	switch a := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return text(strconv.FormatFloat(f, 'g', -1, bits))
	case a == 0:
		return number("0")
	case a >= 1e-6 && a < 1<<53:
		return number(strconv.FormatFloat(f, 'f', -1, bits))
	}
	return number(strconv.FormatFloat(f, 'e', -1, bits))
}

// decimalOf returns the scale of a decimal type.
func decimalOf(t parquet.Type) (int, bool) {
	if l := t.LogicalType(); l != nil {
		if d, ok := l.Value.(*format.DecimalType); ok {
			return int(d.Scale), d.Scale >= 0 && d.Scale < 1000
		}
	}
	return 0, false
}

// decimal writes an unscaled number with its point.
func decimal(v parquet.Value, scale int) string {
	n := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default: // two's complement, most significant byte first
		b := v.ByteArray()
		if n.SetBytes(b); len(b) > 0 && b[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	s := n.Abs(n).String()
	if scale == 0 {
		return sign + s
	}
	for len(s) <= scale {
		s = "0" + s
	}
	return sign + s[:len(s)-scale] + "." + s[len(s)-scale:]
}

// timeUnit is what one of a timestamp's numbers stands for, 0 if the type is no timestamp.
func timeUnit(t parquet.Type) time.Duration {
	if l := t.LogicalType(); l != nil {
		if s, ok := l.Value.(*format.TimestampType); ok && s.Unit.Value != nil {
			return s.Unit.Value.Duration()
		}
	}
	if c := t.ConvertedType(); c != nil && t.Kind() == parquet.Int64 {
		switch *c {
		case deprecated.TimestampMillis:
			return time.Millisecond
		case deprecated.TimestampMicros:
			return time.Microsecond
		}
	}
	return 0
}

// timestamp writes a number of units since 1970.
func timestamp(n int64, unit time.Duration) string {
	perSecond := int64(time.Second / unit)
	seconds, rest := n/perSecond, n%perSecond
	return written(time.Unix(seconds, rest*int64(unit)))
}

// written is a time as YYYY-MM-DD hh:mm:ss, with a fraction of a second if there is one.
func written(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999999") }

func timeOfDay(v parquet.Value, unit time.Duration) string {
	n := v.Int64()
	if v.Kind() == parquet.Int32 {
		n = int64(v.Int32())
	}
	return time.Unix(0, n*int64(unit)).UTC().Format("15:04:05.999999999")
}

func uuid(b []byte) string {
	s := hex.EncodeToString(b)
	if len(s) != 32 {
		return s
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
