package mcp

import (
	"strconv"

	"stele"
	"stele/internal/wire"
)

// grid is rows of values, as query and search_records answer.
type grid struct {
	columns []string
	rows    [][]stele.Value
	total   int64 // -1: not known
	cut     bool
	note    string   // what is missing, and how to get it
	notes   []string // on how the question was understood
}

// reply writes the grid for models and for programs. A client shows a model the one or the other, so both hold all of it.
func (g *grid) reply(arrays bool) *reply {
	b := []byte(`{"columns":[`)
	for i, c := range g.columns {
		b = wire.AppendString(separate(b, i), c)
	}
	text := ""
	if arrays {
		b = append(b, `],"rows":[`...)
		for i, r := range g.rows {
			b = append(separate(b, i), '[')
			for j, v := range r {
				b = wire.AppendValue(separate(b, j), v)
			}
			b = append(b, ']')
		}
		b = append(b, ']')
	} else {
		text = stele.TSV(g.columns, g.rows)
		b = wire.AppendString(append(b, `],"tsv":`...), text)
	}
	b = strconv.AppendInt(append(b, `,"row_count":`...), int64(len(g.rows)), 10)
	if g.total >= 0 {
		b = strconv.AppendInt(append(b, `,"total":`...), g.total, 10)
	}
	b = strconv.AppendBool(append(b, `,"truncated":`...), g.cut)
	if g.note != "" {
		b = wire.AppendString(append(b, `,"note":`...), g.note)
	}
	if len(g.notes) > 0 {
		b = append(b, `,"notes":[`...)
		for i, n := range g.notes {
			b = wire.AppendString(separate(b, i), n)
		}
		b = append(b, ']')
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
	for _, n := range g.notes {
		text += "(" + n + ")\n"
	}
	return &reply{text: text, structured: b}
}

func separate(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}
