package wire

import (
	"strconv"
	"unicode/utf8"

	"stele"
)

// AppendString appends s as a JSON string. Only what JSON demands is escaped; bytes that are not UTF-8, which no request
// can bring in, become U+FFFD.
func AppendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0 // what stands before is appended
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

// member appends a comma unless the object has just begun, and a name that needs no escape with its colon.
func member(b []byte, name string) []byte {
	b = append(separate(b), '"')
	b = append(b, name...)
	return append(b, `":`...)
}

// separate appends the comma between members or entries, unless an object or an array has just begun.
func separate(b []byte) []byte {
	if c := b[len(b)-1]; c == '{' || c == '[' {
		return b
	}
	return append(b, ',')
}

func stringMember(b []byte, name, v string) []byte { return AppendString(member(b, name), v) }

func intMember[T int | int64 | stele.Millis](b []byte, name string, v T) []byte {
	return strconv.AppendInt(member(b, name), int64(v), 10)
}

func boolMember(b []byte, name string, v bool) []byte {
	return strconv.AppendBool(member(b, name), v)
}

// AppendValue appends a record's value in its JSON type (wire.md 4.1). A whole number that a double cannot hold is a
// string: JavaScript would round it.
func AppendValue(b []byte, v stele.Value) []byte {
	const exact = 1<<53 - 1
	switch v.Type() {
	case stele.Text, stele.DateTime:
		return AppendString(b, v.Text())
	case stele.Int:
		n := v.Int()
		if n < -exact || n > exact {
			b = append(b, '"')
			return append(strconv.AppendInt(b, n, 10), '"')
		}
		return strconv.AppendInt(b, n, 10)
	case stele.Float:
		return stele.AppendFloat(b, v.Float())
	case stele.Boolean:
		return strconv.AppendBool(b, v.Bool())
	default:
		return append(b, "null"...)
	}
}
