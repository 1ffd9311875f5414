package client

import (
	"bytes"
	"encoding/json"
)

// encodeRow is a row as JSON, with its members in one order, so that the same row is always the same bytes.
func encodeRow(row Row) ([]byte, error) {
	if row == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(wrap(row))
}

// wrap keeps a row with a field called values from being taken for one whose fields are all in a member of that name.
func wrap(row Row) Row {
	if _, ok := row["values"]; ok {
		return Row{"values": row}
	}
	return row
}

func wrapAll(rows []Row) []Row {
	out := make([]Row, len(rows))
	for i, row := range rows {
		out[i] = wrap(row)
	}
	return out
}

// csvBound is no less than what a row of so many members, which is b as JSON, has as CSV (wire.md 6). JSON has all characters of the values, and
// quotes round texts as CSV has them; what CSV may have beyond are quotes round an object or an array, those in it, which are
// doubled, and a comma for each field of the table.
func csvBound(members int, b []byte) int {
	return len(b) + bytes.Count(b, []byte{'"'}) + 2*members + mostFields
}

// rowShape looks at a row that came as JSON: how many members it has, and whether one is called values, so that it must be wrapped.
func rowShape(b []byte) (members int, wrapped, ok bool) {
	s := scan{b: b}
	s.must('{')
	for first := true; s.entry(&first, '}'); members++ {
		name := s.name()
		if len(name) == len(`"values"`) || bytes.IndexByte(name, '\\') >= 0 {
			text, _ := unquote(name)
			wrapped = wrapped || text == "values"
		}
		s.skip(1)
	}
	return members, wrapped, s.end()
}
