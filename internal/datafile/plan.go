package datafile

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendRow appends a row as the JSON object that is sent: the fields' names, and values of the fields' types. Numbers have the digits
// that the file has, with a decimal point; dates are YYYY-MM-DD hh:mm:ss. Columns that the row does not mention are left out. A value that
// its field's type cannot be read from goes as it is written, so that whoever receives it says what is wrong.
func (p *Plan) AppendRow(b []byte, row Row) []byte {
	b = append(b, '{')
	more := false
	for i, c := range row.Cells {
		if c.Kind == Missing || i >= len(p.Columns) || p.Columns[i].Name == "" {
			continue
		}
		if more {
			b = append(b, ',')
		}
		more = true
		b = appendText(b, p.Columns[i].Name)
		b = append(b, ':')
		b = p.Columns[i].AppendValue(b, c)
	}
	return append(b, '}')
}

// AppendValue appends one cell of the column as JSON, null where there is none.
func (c *PlanColumn) AppendValue(b []byte, cell Cell) []byte {
	switch cell.Kind {
	case Missing, Null:
		return append(b, "null"...)
	case True, False:
		word := "false"
		if cell.Kind == True {
			word = "true"
		}
		if c.Type == TypeText {
			return appendText(b, word)
		}
		return append(b, word...)
	case Number:
		if c.Type == TypeText || c.Type == TypeDateTime {
			return appendText(b, cell.Text)
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
			return appendText(b, t)
		}
	}
	return appendText(b, text)
}

// plainNumber writes a decimal number as JSON does, with a digit on either side of the point. A number with leading zeros is none.
func plainNumber(s string) (string, bool) {
	body := strings.TrimPrefix(s, "-")
	sign := s[:len(s)-len(body)]
	if strings.HasPrefix(body, ".") {
		body = "0" + body
	}
	if i := strings.IndexByte(body, '.'); i >= 0 && (i+1 == len(body) || body[i+1]|0x20 == 'e') {
		body = body[:i+1] + "0" + body[i+1:]
	}
	s = sign + body
	v := jsontext.Value(s)
	return s, v.Kind() == '0' && v.IsValid()
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	if out, err := jsontext.AppendQuote(b, s); err == nil {
		return out
	}
	return strconv.AppendQuote(b, strings.ToValidUTF8(s, string(utf8.RuneError))) // rows of a Reader have no such text
}
