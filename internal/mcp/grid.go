package mcp

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"stele"
)

// grid is rows of values, as query and search_records answer.
type grid struct {
	columns []string
	rows    [][]stele.Value
	total   int64 // -1: not known
	cut     bool
	note    string // what is missing, and how to get it
}

// reply writes the grid for models and for programs. A client shows a model the one or the other, so both hold all of it.
func (g *grid) reply(arrays bool) *reply {
	b := []byte(`{"columns":[`)
	for i, c := range g.columns {
		b = appendString(separate(b, i), c)
	}
	text := ""
	if arrays {
		b = append(b, `],"rows":[`...)
		for i, r := range g.rows {
			b = append(separate(b, i), '[')
			for j, v := range r {
				b = appendValue(separate(b, j), v)
			}
			b = append(b, ']')
		}
		b = append(b, ']')
	} else {
		text = g.tsv()
		b = appendString(append(b, `],"tsv":`...), text)
	}
	b = strconv.AppendInt(append(b, `,"row_count":`...), int64(len(g.rows)), 10)
	if g.total >= 0 {
		b = strconv.AppendInt(append(b, `,"total":`...), g.total, 10)
	}
	b = strconv.AppendBool(append(b, `,"truncated":`...), g.cut)
	if g.note != "" {
		b = appendString(append(b, `,"note":`...), g.note)
	}
	b = append(b, '}')
	if arrays {
		return &reply{text: string(b), structured: b}
	}
	switch {
	case g.note != "":
		text += "(" + g.note + ")\n"
	case len(g.rows) == 0:
		text += "(no rows)\n"
	}
	return &reply{text: text, structured: b}
}

// tsv is the grid with its columns' names first.
func (g *grid) tsv() string {
	escape := strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	var b strings.Builder
	for i, c := range g.columns {
		if i > 0 {
			b.WriteByte('\t')
		}
		_, _ = escape.WriteString(&b, c)
	}
	b.WriteByte('\n')
	for _, r := range g.rows {
		for j, v := range r {
			if j > 0 {
				b.WriteByte('\t')
			}
			if v.IsNull() {
				b.WriteString(`\N`)
			} else {
				_, _ = escape.WriteString(&b, v.String())
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func separate(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

// appendValue appends a value as JSON. A whole number that a double cannot hold is a string: most readers would round it.
func appendValue(b []byte, v stele.Value) []byte {
	const exact = 1<<53 - 1
	switch v.Type() {
	case stele.Text, stele.DateTime:
		return appendString(b, v.Text())
	case stele.Int:
		if n := v.Int(); n < -exact || n > exact {
			return append(strconv.AppendInt(append(b, '"'), n, 10), '"')
		}
		return append(b, v.String()...)
	case stele.Float, stele.Boolean:
		return append(b, v.String()...)
	}
	return append(b, "null"...)
}

// appendString appends a string as JSON; what is no UTF-8, which nothing can bring in, is replaced.
func appendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
