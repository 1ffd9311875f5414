package wire

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"stele"
)

// Results is a request for the results of imports (wire.md 5.4). Rows asks for what became of each row, Format for the
// repair file, in one of the formats below, of the one task that is named.
type Results struct {
	IDs    []string
	Rows   bool
	Format string
}

// The formats of a repair file.
const (
	CSV       = "csv"
	JSONLines = "jsonl"
)

// DecodeResults reads a request for results.
func DecodeResults(in Input) (q Results, err error) {
	if q.IDs, err = DecodeTaskIDs(in); err != nil {
		return Results{}, err
	}
	var rows string
	err = eachParameter(in.Query, func(name, value string) {
		switch name {
		case "rows":
			rows = value
		case "format":
			q.Format = value
		}
	})
	if err != nil {
		return Results{}, err
	}
	switch {
	case rows == "1", strings.EqualFold(rows, "true"):
		q.Rows = true
	case rows != "" && rows != "0" && !strings.EqualFold(rows, "false"):
		return Results{}, stele.Errorf(stele.CodeParameter, "rows must be 1, or be left out")
	}
	switch {
	case q.Format == "", q.Format == "json":
		q.Format = ""
	case q.Format != CSV && q.Format != JSONLines:
		return Results{}, stele.Errorf(stele.CodeParameter, "format must be csv or jsonl, or be left out")
	case !q.Rows || len(q.IDs) != 1:
		return Results{}, stele.Errorf(stele.CodeParameter, "format goes with rows=1 and one id")
	}
	return q, nil
}

// appendReceipt appends the members that tell of each row, or where it is brief of each one that is not in the table; rows is null
// where the import asked for no receipt.
func appendReceipt(b []byte, r *stele.Receipt, brief bool) []byte {
	if r == nil {
		return append(member(b, "rows"), "null"...)
	}
	b = intMember(b, "created_count", r.Count(stele.RowCreated))
	b = intMember(b, "updated_count", r.Count(stele.RowUpdated))
	b = intMember(b, "unchanged_count", r.Count(stele.RowUnchanged))
	b = intMember(b, "skipped_count", r.Count(stele.RowSkipped))
	b = append(member(b, "rows"), '[')
	if !brief {
		b = slices.Grow(b, 64*len(r.Rows)) // most rows were written, and are told in so much
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		if brief && !row.Left() {
			continue
		}
		b = append(separate(b), `{"row":`...)
		b = strconv.AppendInt(b, int64(i+1), 10)
		b = append(b, `,"status":"`...)
		b = append(b, row.Status.String()...)
		b = append(b, `","record_id":`...)
		if row.ID != 0 {
			b = append(b, '"')
			b = strconv.AppendInt(b, int64(row.ID), 10)
			b = append(b, '"')
		} else {
			b = append(b, "null"...)
		}
		if row.Status == stele.RowFailed {
			b = append(member(b, "errors"), '[')
			for _, f := range row.Findings {
				b = appendFinding(separate(b), f)
			}
			b = append(b, ']')
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendFinding(b []byte, f stele.Finding) []byte {
	b = append(b, '{')
	if f.Field == "" {
		b = append(member(b, "field"), "null"...)
	} else {
		b = stringMember(b, "field", f.Field)
	}
	b = stringMember(b, "code", string(f.Code))
	b = appendRaw(member(b, "value"), f.Value)
	return append(stringMember(b, "reason", f.Reason), '}')
}

// appendRaw appends a value as it was sent.
func appendRaw(b []byte, v stele.Raw) []byte {
	switch v.Kind {
	case stele.KindString:
		return AppendString(b, v.Text)
	case stele.KindTrue:
		return append(b, "true"...)
	case stele.KindFalse:
		return append(b, "false"...)
	case stele.KindNull:
		return append(b, "null"...)
	}
	return append(b, v.Text...) // it is JSON
}

// skipped is the reason of a row that nothing is wrong with.
const skipped = "Nothing is wrong with this row: it was left out because of others."

// reason says why a row is not in the table.
func reason(r *stele.RowResult) string {
	if r.Status == stele.RowSkipped {
		return skipped
	}
	var reasons []string
	for _, f := range r.Findings {
		reasons = append(reasons, f.Reason)
	}
	return strings.Join(reasons, " ")
}

// reasonName is what the reason's column or member is called: a table may have a field of that name, and so may rows, as those of a
// repair file that is sent with its reasons.
func reasonName(t *stele.Table, rows []stele.Row) string {
	name := "_reason"
	has := func(r stele.Row) bool {
		return slices.ContainsFunc(r.Cells, func(c stele.Cell) bool { return c.Name == name })
	}
	for t.FieldIndex(name) >= 0 || slices.ContainsFunc(rows, has) {
		name += "$"
	}
	return name
}

// AppendRepair appends the repair file of an import in a format: the rows that are not in the table, as sent, each with
// the reason.
func AppendRepair(b []byte, format string, t *stele.Table, r *stele.Receipt) ([]byte, error) {
	var left []*stele.RowResult
	for i := range r.Rows {
		if r.Rows[i].Left() {
			left = append(left, &r.Rows[i])
		}
	}
	rows := make([]stele.Row, len(left))
	for i, r := range left {
		row, err := decodeRow(r.Sent)
		if err != nil {
			return nil, err
		}
		rows[i] = row
	}
	if format == CSV {
		return appendCSV(b, t, left, rows)
	}
	name := reasonName(t, rows)
	for _, row := range left {
		var line bytes.Buffer
		if err := json.Compact(&line, []byte(row.Sent)); err != nil {
			return nil, err
		}
		b = append(b, line.Bytes()[:line.Len()-len("}")]...)
		b = stringMember(b, name, reason(row))
		b = append(b, "}\n"...)
	}
	return b, nil
}

// appendCSV has a column for each of the table's fields in their order, then one for each other field that a row has, then
// the reason.
func appendCSV(b []byte, t *stele.Table, left []*stele.RowResult, rows []stele.Row) ([]byte, error) {
	names := make([]string, 0, len(t.Fields)+1)
	for _, f := range t.Fields {
		names = append(names, f.Name)
	}
	for _, row := range rows {
		for _, c := range row.Cells {
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(append(names, reasonName(t, rows))) // a buffer takes everything
	for i, row := range rows {
		line := make([]string, len(names), len(names)+1)
		for _, c := range row.Cells {
			line[slices.Index(names, c.Name)] = csvText(c.Raw)
		}
		_ = w.Write(append(line, reason(left[i])))
	}
	w.Flush()
	return append(b, out.Bytes()...), w.Error()
}

// decodeRow reads a row that was kept as it was sent.
func decodeRow(sent string) (stele.Row, error) {
	r := newReader([]byte(`{"records":[` + sent + `]}`))
	var row stele.Row
	for r.member() {
		for r.open(); r.more(); {
			row = r.row(stele.DefaultLimits().RowMembers)
		}
	}
	return row, r.close()
}

// csvText is a value's text by wire.md 6.
func csvText(v stele.Raw) string {
	switch v.Kind {
	case stele.KindTrue:
		return "true"
	case stele.KindFalse:
		return "false"
	case stele.KindJSON:
		var b bytes.Buffer
		if json.Compact(&b, []byte(v.Text)) == nil {
			return b.String()
		}
	}
	return v.Text
}
