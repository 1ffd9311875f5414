package stele

import (
	"bytes"
	"encoding/json"
	"strings"
)

// checkCSVSize refuses an import whose size as CSV (wire.md 6) passes limit bytes. Most imports are far below: a bound
// that needs no look at the characters settles those.
func (t *Table) checkCSVSize(rows []Row, limit int) error {
	bound := t.csvHeader() + len(rows)*len(t.Fields)
	for i := range rows {
		for j := range rows[i].Cells {
			bound += 2*len(rows[i].Cells[j].Raw.Text) + len("false")
		}
	}
	if bound <= limit {
		return nil
	}
	if n := t.csvSize(rows); n > limit {
		return Errorf(CodeTooLarge, "records are %d bytes as CSV; at most %d are allowed. Send fewer records at a time", n, limit)
	}
	return nil
}

// csvHeader is the size of the header line.
func (t *Table) csvHeader() int {
	n := len(t.Fields) // commas and the newline
	for _, f := range t.Fields {
		n += len(f.Name)
	}
	return n
}

// csvSize is the size of the rows as CSV by wire.md 6: fields the table lacks do not count, invalid rows do.
func (t *Table) csvSize(rows []Row) int {
	n := t.csvHeader()
	for _, row := range rows {
		n += len(t.Fields)
		for _, at := range t.lastCells(row.Cells) {
			if at >= 0 {
				n += csvText(row.Cells[at].Raw)
			}
		}
	}
	return n
}

// csvText is the size of one value, with the quotes it needs.
func csvText(r Raw) int {
	s := r.Text
	switch r.Kind {
	case KindNull:
		return 0
	case KindTrue:
		return len("true")
	case KindFalse:
		return len("false")
	case KindJSON:
		var b bytes.Buffer
		if json.Compact(&b, []byte(s)) == nil {
			s = b.String()
		}
	}
	if !strings.ContainsAny(s, ",\"\r\n") {
		return len(s)
	}
	return len(s) + 2 + strings.Count(s, `"`)
}
