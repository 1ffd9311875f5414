package stele

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
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

// missing reports "no value" for a type (wire.md 4.1, Empty): blanks are trimmed first, for every type but TEXT.
func (r Raw) missing(t Type) bool {
	return r.Kind == KindNull || t != Text && r.Kind == KindString && trimBlanks(r.Text) == ""
}

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

// Read types a raw value by the rules of wire.md 4.1. When the value cannot be read, problem says more
// about it (it may be empty) and ok is false.
func (t Type) Read(r Raw) (v Value, problem string, ok bool) {
	if r.missing(t) {
		return Value{}, "", true
	}
	v, problem = t.read(r)
	if problem != fits {
		return Value{}, problem, false
	}
	return v, "", true
}

func (t Type) read(r Raw) (Value, string) {
	switch {
	case r.Kind == KindBroken:
		return Value{}, badHalf
	case t == Text:
		return readText(r)
	case r.Kind == KindJSON:
		return Value{}, badPlain
	}
	s := r.Text
	if r.Kind == KindString {
		s = trimBlanks(s)
	}
	switch t {
	case Int:
		if r.Kind == KindTrue || r.Kind == KindFalse {
			return Value{}, badPlain
		}
		return readInt(s)
	case Float:
		if r.Kind == KindTrue || r.Kind == KindFalse {
			return Value{}, badPlain
		}
		return readFloat(s)
	case Boolean:
		return readBool(r.Kind, s)
	default:
		if r.Kind == KindNumber {
			return readEpoch(s)
		}
		return readDateTime(s)
	}
}

// trimBlanks cuts ASCII white space off both ends.
func trimBlanks(s string) string { return strings.Trim(s, " \t\r\n\v\f") }

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

func readBool(k Kind, s string) (Value, string) {
	switch {
	case k == KindTrue, s == "1", strings.EqualFold(s, "true"):
		return BoolValue(true), fits
	case k == KindFalse, s == "0", strings.EqualFold(s, "false"):
		return BoolValue(false), fits
	}
	return Value{}, badPlain
}

func readFloat(s string) (Value, string) {
	if _, ok := splitNumber(s); !ok {
		return Value{}, badPlain
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Value{}, badFloat
	}
	return FloatValue(f), fits
}

func readInt(s string) (Value, string) {
	if n, ok := plainInt(s); ok {
		return IntValue(n), fits
	}
	d, ok := splitNumber(s)
	if !ok {
		return Value{}, badPlain
	}
	digits := strings.TrimLeft(d.digits, "0")
	if digits == "" {
		return IntValue(0), fits
	}
	// The value is digits x 10^exp. Bring exp to 0 without ever writing more than 19 digits.
	trimmed := strings.TrimRight(digits, "0")
	exp := d.exp + len(digits) - len(trimmed)
	switch {
	case exp < 0:
		return Value{}, badFraction
	case len(trimmed)+exp > 19:
		return Value{}, badIntRange
	}
	n, err := strconv.ParseInt(d.sign+trimmed+strings.Repeat("0", exp), 10, 64)
	if err != nil {
		return Value{}, badIntRange
	}
	return IntValue(n), fits
}

// plainInt reads the common case, up to 18 digits with a sign.
func plainInt(s string) (int64, bool) {
	i, neg := 0, false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		i, neg = 1, s[0] == '-'
	}
	if i == len(s) || len(s)-i > 18 {
		return 0, false
	}
	var n int64
	for ; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if neg {
		n = -n
	}
	return n, true
}

// number is a decimal number taken apart: sign, digits without the point, power of ten.
type number struct {
	sign, digits string
	exp          int
}

// splitNumber reads [+-] digits [. digits] [e [+-] digits], with digits on one side of the point at least.
func splitNumber(s string) (number, bool) {
	var n number
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			n.sign = "-"
		}
		s = s[1:]
	}
	mantissa, power, hasPower := strings.Cut(s, "e")
	if !hasPower {
		mantissa, power, hasPower = strings.Cut(s, "E")
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if !allDigits(whole) || !allDigits(fraction) || whole == "" && fraction == "" {
		return n, false
	}
	if hasPower {
		sign := 1
		if power != "" && (power[0] == '-' || power[0] == '+') {
			if power[0] == '-' {
				sign = -1
			}
			power = power[1:]
		}
		if power == "" || !allDigits(power) {
			return n, false
		}
		power = strings.TrimLeft(power, "0")
		// Beyond this, no mantissa that fits a request brings the number back into any range.
		const far = 1 << 30
		switch p, err := strconv.Atoi(power); {
		case power == "":
		case err != nil || p > far:
			n.exp = sign * far
		default:
			n.exp = sign * p
		}
	}
	n.digits = whole + fraction
	n.exp -= len(fraction)
	return n, true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// dateTimeForm is the documented form of a DATETIME.
const dateTimeForm = "2006-01-02 15:04:05"

// readEpoch reads a JSON number as milliseconds since 1970; fractions of a second are cut.
func readEpoch(s string) (Value, string) {
	v, problem := readInt(s)
	if problem != fits {
		return Value{}, badEpoch
	}
	return dateTimeOf(time.UnixMilli(v.Int()).UTC())
}

// dateTimeOf accepts the years that every engine keeps, 1 to 9999.
func dateTimeOf(t time.Time) (Value, string) {
	if y := t.Year(); y < 1 || y > 9999 {
		return Value{}, badDate
	}
	return DateTimeValue(t.Format(dateTimeForm)), fits
}
