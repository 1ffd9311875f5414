package client

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// DateTimeForm is how a DATETIME is written. It has no zone; this package takes it for UTC.
const DateTimeForm = "2006-01-02 15:04:05"

// Decode puts a record into a struct: each value into the field whose tag `stele:"name"`, else `json:"name"`, else name in lower
// case is the value's. $id, $created_at and $updated_at are tags too, of text, and of integers or time.Time.
//
// A field may be of any integer type, float64 or float32, string, bool, time.Time (of a DATETIME, in UTC), json.Number or any, or a
// pointer to one of these, which no value makes nil. No value for a field that is no pointer is an error, and so is a number that
// the field would round or cut. What the record does not have leaves its field as it was; what no field takes is left out.
func Decode[T any](r Record) (T, error) {
	row := maps.Clone(r.Value)
	if row == nil {
		row = Row{}
	}
	row[RecordID], row[CreatedAt], row[UpdatedAt] = r.ID, time.UnixMilli(r.CreatedAt).UTC(), time.UnixMilli(r.UpdatedAt).UTC()
	return DecodeRow[T](row)
}

// DecodeRow is Decode of values alone.
func DecodeRow[T any](row Row) (T, error) {
	var v T
	into := reflect.ValueOf(&v).Elem()
	if into.Kind() != reflect.Struct {
		return v, fmt.Errorf("decoding a record into %T: it is no struct", v)
	}
	for _, f := range reflect.VisibleFields(into.Type()) {
		name := fieldName(f)
		value, ok := row[name]
		if name == "" || !ok {
			continue
		}
		at, err := into.FieldByIndexErr(f.Index)
		if err == nil {
			err = set(at, value)
		}
		if err != nil {
			return v, fmt.Errorf("decoding `%s` into %s: %w", name, f.Name, err)
		}
	}
	return v, nil
}

// DecodeRows is Decode of what a question in SQL found.
func DecodeRows[T any](a Answer) ([]T, error) {
	out := make([]T, 0, len(a.Rows))
	for i, values := range a.Rows {
		row := make(Row, len(a.Columns))
		for j, column := range a.Columns {
			row[column.Name] = values[j]
		}
		v, err := DecodeRow[T](row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// fieldName is the name of the value that a struct's field takes; "" for none.
func fieldName(f reflect.StructField) string {
	if !f.IsExported() || f.Anonymous {
		return ""
	}
	for _, tag := range []string{"stele", "json"} {
		if name, _, _ := strings.Cut(f.Tag.Get(tag), ","); name == "-" {
			return ""
		} else if name != "" {
			return name
		}
	}
	return strings.ToLower(f.Name)
}

// set puts a value in its place, as it is or not at all.
func set(at reflect.Value, value any) error {
	switch {
	case at.Kind() == reflect.Interface && at.NumMethod() == 0:
		if value == nil {
			at.SetZero()
		} else {
			at.Set(reflect.ValueOf(value))
		}
		return nil
	case at.Kind() == reflect.Pointer:
		if value == nil {
			at.SetZero()
			return nil
		}
		at.Set(reflect.New(at.Type().Elem()))
		return set(at.Elem(), value)
	case value == nil:
		return fmt.Errorf("there is no value: a pointer takes that")
	}
	if moment, ok := value.(time.Time); ok { // of Decode itself
		return setTime(at, moment)
	}
	if at.Type() == reflect.TypeFor[time.Time]() {
		t, err := time.ParseInLocation(DateTimeForm, fmt.Sprint(value), time.UTC)
		if err != nil {
			return fmt.Errorf("%v is no DATETIME", value)
		}
		return setTime(at, t)
	}
	if b, ok := value.(bool); ok {
		if at.Kind() != reflect.Bool {
			return misfit(at, value)
		}
		at.SetBool(b)
		return nil
	}
	return setText(at, value)
}

func setTime(at reflect.Value, t time.Time) error {
	switch {
	case at.Type() == reflect.TypeFor[time.Time]():
		at.Set(reflect.ValueOf(t))
	case at.CanInt() && !at.OverflowInt(t.UnixMilli()):
		at.SetInt(t.UnixMilli())
	default:
		return misfit(at, t)
	}
	return nil
}

// setText puts a number or a text in its place. Whole numbers may come as text.
func setText(at reflect.Value, value any) error {
	var text string
	number := true
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		text, number = v, at.Type() == reflect.TypeFor[json.Number]()
		if number && !json.Valid([]byte(text)) {
			return misfit(at, value)
		}
	default:
		return misfit(at, value)
	}
	switch {
	case at.Kind() == reflect.String:
		if at.Type() != reflect.TypeFor[json.Number]() && number {
			return misfit(at, value)
		}
		at.SetString(text)
	case at.CanInt():
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || at.OverflowInt(n) {
			return misfit(at, value)
		}
		at.SetInt(n)
	case at.CanUint():
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || at.OverflowUint(n) {
			return misfit(at, value)
		}
		at.SetUint(n)
	case at.CanFloat():
		return setFloat(at, text, value)
	default:
		return misfit(at, value)
	}
	return nil
}

// setFloat takes text, which is a whole number that a double may not hold, only if it stays the same, and a float32 no more than
// it can hold.
func setFloat(at reflect.Value, text string, value any) error {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || at.Kind() == reflect.Float32 && float64(float32(f)) != f {
		return misfit(at, value)
	}
	if _, whole := value.(string); whole {
		if n, err := strconv.ParseInt(text, 10, 64); err != nil || f >= math.MaxInt64 || int64(f) != n {
			return misfit(at, value)
		}
	}
	at.SetFloat(f)
	return nil
}

func misfit(at reflect.Value, value any) error {
	return fmt.Errorf("%s cannot hold %q unchanged", at.Type(), fmt.Sprint(value))
}
