package datafile

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// An Encoder makes of rows the JSON that is sent.
type Encoder struct {
	columns []PlanColumn
	order   []int    // columns that are sent, by the names of their fields
	names   [][]byte // of all columns, as JSON with a colon
}

// Encoder returns an encoder for the plan's columns as they are now.
func (p *Plan) Encoder() *Encoder {
	e := &Encoder{columns: p.Columns, names: make([][]byte, len(p.Columns))}
	for i, c := range p.Columns {
		if c.Name != "" {
			e.order = append(e.order, i)
			e.names[i] = append(appendSent(nil, c.Name), ':')
		}
	}
	slices.SortFunc(e.order, func(i, j int) int { return strings.Compare(p.Columns[i].Name, p.Columns[j].Name) })
	return e
}

// Append appends a row as the JSON object that is sent: the fields' names, in their order, and values of the fields' types. Numbers have
// the digits that the file has, with a decimal point; dates are YYYY-MM-DD hh:mm:ss. Columns that the row does not mention are left out. A
// value that its field's type cannot be read from goes as it is written, so that whoever receives it says what is wrong. The bytes are those
// that encoding/json makes of a map with the same values.
func (e *Encoder) Append(b []byte, row Row) []byte {
	from := len(b)
	b = append(b, '{')
	for _, i := range e.order {
		if i >= len(row.Cells) || row.Cells[i].Kind == Missing {
			continue
		}
		if len(b) > from+1 {
			b = append(b, ',')
		}
		b = append(b, e.names[i]...)
		b = e.columns[i].appendValue(b, row.Cells[i])
	}
	return append(b, '}')
}

// appendValue appends one cell of the column as JSON, null where there is none.
func (c *PlanColumn) appendValue(b []byte, cell Cell) []byte {
	switch cell.Kind {
	case Missing, Null:
		return append(b, "null"...)
	case True, False:
		word := "false"
		if cell.Kind == True {
			word = "true"
		}
		if c.Type == TypeText {
			return appendSent(b, word)
		}
		return append(b, word...)
	case Number:
		if c.Type == TypeText || c.Type == TypeDateTime {
			return appendSent(b, cell.Text)
		}
		return append(b, cell.Text...)
	}
	return c.appendRead(b, cell.Text)
}

// appendRead appends what a text means in the column.
func (c *PlanColumn) appendRead(b []byte, text string) []byte {
	switch s := strings.TrimSpace(text); c.Type {
	case TypeInt, TypeFloat:
		if c.DecimalComma && strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
			s = strings.Replace(s, ",", ".", 1)
		}
		if n, ok := plainNumber(s); ok {
			return append(b, n...)
		}
	case TypeBoolean:
		switch {
		case strings.EqualFold(s, "true"):
			return append(b, "true"...)
		case strings.EqualFold(s, "false"):
			return append(b, "false"...)
		}
	case TypeDateTime:
		if t, err := dateTime(s, c.DateOrder); err == nil {
			return appendSent(b, t)
		}
	}
	return appendSent(b, text)
}

// plainNumber writes a decimal number as JSON does, with a digit on either side of the point. A number with leading zeros is none.
func plainNumber(s string) (string, bool) {
	whole := strings.TrimPrefix(s, "-")
	n := digitsAt(whole)
	fraction, power, dot := whole[n:], "", strings.HasPrefix(whole[n:], ".")
	if i := strings.IndexAny(fraction, "eE"); i >= 0 {
		fraction, power = fraction[:i], fraction[i:]
		sign := strings.TrimLeft(power[1:], "+-")
		if len(power)-len(sign) > 2 || sign == "" || !allDigits(sign) {
			return s, false
		}
	}
	switch {
	case n > 1 && whole[0] == '0', fraction != "" && !dot, dot && !allDigits(fraction[1:]), n == 0 && len(fraction) < 2:
		return s, false
	case n > 0 && (!dot || len(fraction) > 1):
		return s, true
	}
	minus := s[:len(s)-len(whole)]
	return minus + whole[:n] + strings.Repeat("0", 1-min(n, 1)) + fraction + strings.Repeat("0", max(0, 2-len(fraction))) + power, true
}

// digitsAt is how many digits s begins with.
func digitsAt(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte { return appendQuoted(b, s, false) }

// appendSent appends a JSON string with what encoding/json escapes for the sake of web pages.
func appendSent(b []byte, s string) []byte { return appendQuoted(b, s, true) }

func appendQuoted(b []byte, s string, web bool) []byte {
	if plainText(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil { // rows of a Reader have no such text
		quoted = strconv.AppendQuote(nil, strings.ToValidUTF8(s, string(utf8.RuneError)))
	}
	if web {
		var out bytes.Buffer
		json.HTMLEscape(&out, quoted)
		quoted = out.Bytes()
	}
	return append(b, quoted...)
}

// plainText reports whether a text surely stands in JSON as it is.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf {
			return strings.IndexFunc(s, mayEscape) < 0
		} else if mayEscape(rune(c)) {
			return false
		}
	}
	return true
}

func mayEscape(c rune) bool {
	return c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029' || c == utf8.RuneError
}
