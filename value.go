package stele

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Type is the type of a field. The zero Type is none.
type Type uint8

// The five types of fields (wire.md 4.1).
const (
	Text Type = iota + 1
	Int
	Float
	DateTime
	Boolean
)

var typeNames = [...]string{"", "TEXT", "INT", "FLOAT", "DATETIME", "BOOLEAN"}

// String is the published name.
func (t Type) String() string { return typeNames[t] }

// ParseType reads a published name in any letter case.
func ParseType(s string) (Type, bool) {
	for t := Text; t <= Boolean; t++ {
		if strings.EqualFold(s, typeNames[t]) {
			return t, true
		}
	}
	return 0, false
}

// Value is one typed value of a record. The zero Value is "no value", null on the wire.
// Values are comparable with ==, which is the equality that unique fields keep.
// It is a struct and no interface because an import makes thousands: nothing is allocated for a number.
type Value struct {
	typ  Type
	num  uint64 // INT: the integer; FLOAT: its bits; BOOLEAN: 0 or 1
	text string // TEXT; DATETIME as 2006-01-02 15:04:05
}

// TextValue, IntValue, FloatValue and BoolValue make values of those types.
func TextValue(s string) Value { return Value{typ: Text, text: s} }

// IntValue makes an INT.
func IntValue(n int64) Value { return Value{typ: Int, num: uint64(n)} }

// FloatValue makes a FLOAT. Negative zero becomes zero: not every engine keeps the two apart.
func FloatValue(f float64) Value { return Value{typ: Float, num: math.Float64bits(f + 0)} }

// BoolValue makes a BOOLEAN.
func BoolValue(b bool) Value {
	if b {
		return Value{typ: Boolean, num: 1}
	}
	return Value{typ: Boolean}
}

// DateTimeValue makes a DATETIME from its canonical text, 2006-01-02 15:04:05, which is not checked.
func DateTimeValue(s string) Value { return Value{typ: DateTime, text: s} }

// Type is the type of the value, 0 for no value.
func (v Value) Type() Type { return v.typ }

// IsNull reports whether there is no value.
func (v Value) IsNull() bool { return v.typ == 0 }

// IsEmpty reports whether the value does not count for required and unique: none, or empty text (wire.md 4.1).
func (v Value) IsEmpty() bool { return v.typ == 0 || v.typ == Text && v.text == "" }

// Text returns the text of a TEXT or the canonical text of a DATETIME.
func (v Value) Text() string { return v.text }

// Int returns the number of an INT.
func (v Value) Int() int64 { return int64(v.num) }

// Float returns the number of a FLOAT.
func (v Value) Float() float64 { return math.Float64frombits(v.num) }

// Bool returns the truth of a BOOLEAN.
func (v Value) Bool() bool { return v.num != 0 }

// String is the value's text form: what keyword searches, and what messages show. No value is "".
func (v Value) String() string {
	switch v.typ {
	case Int:
		return strconv.FormatInt(v.Int(), 10)
	case Float:
		return string(AppendFloat(nil, v.Float()))
	case Boolean:
		return strconv.FormatBool(v.Bool())
	default:
		return v.text
	}
}

// AppendFloat appends the shortest text that reads back as f, without an exponent between 1e-6 and 1e21.
func AppendFloat(b []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// Kind says how a Raw stood in the request.
type Kind uint8

// The kinds of a Raw. The zero Kind is null, which a missing member is too.
const (
	KindNull   Kind = iota
	KindString      // Text is the decoded text
	KindNumber      // Text is the literal as written
	KindTrue
	KindFalse
	KindJSON   // an object or an array; Text is the JSON as written
	KindBroken // a string with half a surrogate pair; Text is its JSON
)

// Raw is a value as a request has it, before a field's type reads it.
type Raw struct {
	Kind Kind
	Text string
}

// Empty reports whether the value is null or "": what an unknown field may carry, and an address that is not given.
func (r Raw) Empty() bool { return r.Kind == KindNull || r.Kind == KindString && r.Text == "" }

// The ways in which a raw value can fail its type: the ends of the reason that the caller reads.
const (
	fits        = "\x00" // it does not fail
	badPlain    = ""
	badNUL      = " Text cannot hold the character NUL (\\u0000)."
	badHalf     = " Text cannot hold half of a surrogate pair."
	badIntRange = " Whole numbers go from -9223372036854775808 to 9223372036854775807."
	badFraction = " It has a fraction; use a FLOAT field for it."
	badFloat    = " It is too large for a FLOAT."
	badDate     = " There is no such date or time."
	badDateForm = " Write it as YYYY-MM-DD hh:mm:ss."
	badEpoch    = " A number is read as whole milliseconds since 1970, in the years 1 to 9999."
)

// Read types a raw value by the rules of wire.md 4.1; what counts as no value there is the zero Value. When the value
// cannot be read, problem says more about it (it may be empty) and ok is false.
func (t Type) Read(r Raw) (v Value, problem string, ok bool) {
	v, problem = t.read(r)
	if problem != fits {
		return Value{}, problem, false
	}
	return v, "", true
}

func (t Type) read(r Raw) (Value, string) {
	switch {
	case r.Kind == KindNull:
		return Value{}, fits
	case r.Kind == KindBroken:
		return Value{}, badHalf
	case t == Text:
		return readText(r)
	case r.Kind == KindString:
		if r.Text = trimBlanks(r.Text); r.Text == "" {
			return Value{}, fits
		}
	}
	switch {
	case t == Boolean:
		return readBool(r)
	case t == DateTime && r.Kind == KindNumber:
		return readEpoch(r.Text)
	case t == DateTime:
		return readDateTime(r.Text) // true, false and JSON have no form of a date either
	case r.Kind != KindString && r.Kind != KindNumber:
		return Value{}, badPlain
	case t == Int:
		return readInt(r.Text)
	default:
		return readFloat(r.Text)
	}
}

// trimBlanks cuts ASCII white space off both ends.
func trimBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func readText(r Raw) (Value, string) {
	switch r.Kind {
	case KindTrue:
		return TextValue("true"), fits
	case KindFalse:
		return TextValue("false"), fits
	case KindJSON:
		var b bytes.Buffer
		if json.Compact(&b, []byte(r.Text)) != nil {
			return Value{}, badPlain
		}
		return TextValue(b.String()), fits
	}
	if strings.IndexByte(r.Text, 0) >= 0 {
		return Value{}, badNUL
	}
	return TextValue(r.Text), fits
}

// readBool measures the length first: folding alone would take the long s for an s.
func readBool(r Raw) (Value, string) {
	switch s := r.Text; {
	case r.Kind == KindTrue, s == "1", len(s) == 4 && strings.EqualFold(s, "true"):
		return BoolValue(true), fits
	case r.Kind == KindFalse, s == "0", len(s) == 5 && strings.EqualFold(s, "false"):
		return BoolValue(false), fits
	}
	return Value{}, badPlain
}
