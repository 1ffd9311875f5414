package wire

import (
	"strings"
	"time"

	"stele"
)

// Format is how the rows of an answer to a question are written.
type Format uint8

// The formats of rows.
const (
	Arrays  Format = iota // each row an array, in the order of columns
	Objects               // each row an object by names of columns
	TSV                   // all rows one text
)

var formatNames = [...]string{Arrays: "arrays", Objects: "objects", TSV: "tsv"}

// Query is a request for /v1/database/query.
type Query struct {
	stele.Question
	Format Format
}

// DecodeQuery reads a request for /v1/database/query: sql, params, max_rows, max_bytes, format.
func DecodeQuery(in Input) (Query, error) {
	r := newReader(in.Body)
	var sql, rows, bytes, format stele.Raw
	var params []stele.Raw
	var bad error
	for r.member() {
		switch r.name {
		case "sql":
			sql = r.raw()
		case "params":
			params, bad = r.params()
		case "max_rows":
			rows = r.raw()
		case "max_bytes":
			bytes = r.raw()
		case "format":
			format = r.raw()
		default:
			r.skip()
		}
	}
	if err := r.close(); err != nil {
		return Query{}, err
	}
	if bad != nil {
		return Query{}, bad
	}
	q := Query{Question: stele.Question{Params: params}}
	var err error
	if q.SQL, err = textMember("sql", stele.CodeParameter, sql); err != nil {
		return Query{}, err
	}
	if q.MaxRows, err = countMember("max_rows", rows, stele.DefaultQueryRows); err != nil {
		return Query{}, err
	}
	if q.MaxBytes, err = countMember("max_bytes", bytes, stele.DefaultQueryBytes); err != nil {
		return Query{}, err
	}
	q.Format, err = formatMember(format)
	return q, err
}

// params reads an array of plain values. Null is an empty one; of the values after the most there may be only one more is kept.
func (r *reader) params() ([]stele.Raw, error) {
	if there, err := r.array("params", "an array of values: strings, numbers, true, false and null"); !there {
		return nil, err
	}
	var list []stele.Raw
	for r.more() {
		if len(list) > stele.MostQueryParams {
			r.skip()
			continue
		}
		list = append(list, r.raw())
	}
	return list, nil
}

// countMember reads a member that must be a whole number, as text too. Null, "" and absence stand for otherwise. What is out of
// bounds is left to the verb.
func countMember(name string, v stele.Raw, otherwise int) (int, error) {
	n, _, ok := stele.Int.Read(v)
	switch {
	case !ok:
		return 0, stele.Errorf(stele.CodeParameter, "%s must be a whole number", name)
	case n.IsNull():
		return otherwise, nil
	case n.Int() != int64(int32(n.Int())):
		return -1, nil
	}
	return int(n.Int()), nil
}

func formatMember(v stele.Raw) (Format, error) {
	text, err := textMember("format", stele.CodeParameter, v)
	if err != nil || text == "" {
		return Arrays, err
	}
	for f, name := range formatNames {
		if strings.EqualFold(text, name) {
			return Format(f), nil
		}
	}
	return 0, stele.Errorf(stele.CodeParameter, "format must be arrays, objects or tsv")
}

// AppendAnswer appends the answer to a question, wrapped as the dialect wraps records/page. Values are written as in records; a column of
// none of the five types, or of null alone, has the type null.
func (d Dialect) AppendAnswer(b []byte, q Query, a *stele.Answer, took time.Duration) []byte {
	return d.appendPage(b, func(b []byte) []byte {
		b = append(member(b, "columns"), '[')
		for _, c := range a.Columns {
			b = stringMember(append(separate(b), '{'), "name", c.Name)
			if b = member(b, "type"); c.Type == 0 {
				b = append(b, "null}"...)
			} else {
				b = append(AppendString(b, c.Type.String()), '}')
			}
		}
		b = append(b, ']')
		if q.Format == TSV {
			b = stringMember(b, "tsv", a.TSV())
		} else {
			b = append(appendRows(append(member(b, "rows"), '['), q.Format, a), ']')
		}
		b = intMember(b, "row_count", len(a.Rows))
		b = boolMember(b, "truncated", a.Cut != stele.Whole)
		if a.Cut != stele.Whole {
			b = stringMember(b, "note", a.Note(q.Question))
		}
		if len(a.Notes) > 0 {
			b = append(member(b, "notes"), '[')
			for _, n := range a.Notes {
				b = AppendString(separate(b), n)
			}
			b = append(b, ']')
		}
		return intMember(b, "elapsed_ms", took.Milliseconds())
	})
}

// appendRows appends rows with commas between them. As objects, a name that comes twice is told apart by its place: a, a_2.
func appendRows(b []byte, f Format, a *stele.Answer) []byte {
	names := make([]string, len(a.Columns))
	if f == Objects {
		for i, name := range a.Names() {
			names[i] = string(AppendString(nil, name)) + ":"
		}
	}
	opening, end := byte('['), byte(']')
	if f == Objects {
		opening, end = '{', '}'
	}
	for _, row := range a.Rows {
		b = append(separate(b), opening)
		for i, v := range row {
			b = AppendValue(append(separate(b), names[i]...), v)
		}
		b = append(b, end)
	}
	return b
}
