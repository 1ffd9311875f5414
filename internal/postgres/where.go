package postgres

import (
	"fmt"
	"strings"

	"stele"
)

// condition is what a record r must meet: parts that must all hold, and the values of all parameters of the statement.
type condition struct {
	table *table
	all   []string
	args  []any
}

// query writes filter, keyword and where as SQL.
func (cond *condition) query(q stele.RecordQuery) {
	if len(q.Equal) > 0 {
		sql, args := cond.table.where(q.Equal, len(cond.args)+1)
		cond.all, cond.args = append(cond.all, sql), append(cond.args, args...)
	}
	if q.Keyword != "" {
		keyword := lower(q.Keyword)
		if may := cond.mayHold(keyword); may != "" {
			cond.all = append(cond.all, may)
		}
		cond.all = append(cond.all, "("+strings.Join(cond.keyword(keyword), " OR ")+")")
	}
	if q.Where != nil {
		cond.all = append(cond.all, cond.where(q.Where))
	}
}

// sql is the whole clause, empty where there is no condition.
func (cond *condition) sql() string {
	if len(cond.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(cond.all, " AND ")
}

// param adds a parameter.
func (cond *condition) param(v stele.Value) string {
	cond.args = append(cond.args, cellOf(v.Type(), &v))
	return fmt.Sprintf("$%d::%s", len(cond.args), valueTypes[v.Type()])
}

// ownColumns are the columns beside the fields, by their distance from ColumnID.
var ownColumns = [...]string{`"_id"`, `"_created_at"`, `"_updated_at"`}

// sqlColumn is the name of a column of record r.
func (t *table) sqlColumn(c stele.RecordColumn) string {
	if c < 0 {
		return "r." + ownColumns[stele.ColumnID-c]
	}
	return "r." + t.column(int(c))
}

// text is the text form of a column's value (stele.Value.String), ASCII letters in lower case; NULL without a value.
func (t *table) text(c stele.RecordColumn) string {
	return textForm(t.ColumnType(c), t.sqlColumn(c))
}

func textForm(typ stele.Type, col string) string {
	switch typ {
	case stele.Text:
		return "lower(" + col + ")" // in collation "C": ASCII alone
	case stele.Float: // strconv's form, which the server's mostly is
		return "CASE WHEN abs(" + col + ") BETWEEN 1e-4::float8 AND 1e14::float8 AND length(" + col + "::text) < 17 THEN " + col + "::text ELSE stele_catalog.float_text(" + col + ") END"
	case stele.DateTime:
		return "stele_catalog.datetime_text(" + col + ")"
	}
	return col + "::text"
}

// keyword lists, for each field whose text form may hold the keyword, the condition that it does. strpos compares byte by
// byte: nothing in a keyword is special.
func (cond *condition) keyword(keyword string) []string {
	ors := []string{"false"}
	if strings.IndexByte(keyword, 0) >= 0 { // no text holds it, and the server takes none
		return ors
	}
	param := ""
	only := func(letters string) bool { return strings.Trim(keyword, letters) == "" }
	for i, f := range cond.table.Fields {
		switch c := stele.RecordColumn(i); {
		case f.Type == stele.Text,
			f.Type == stele.Int && only("0123456789-"), f.Type == stele.DateTime && only("0123456789-: "),
			f.Type == stele.Float && only("0123456789-+.e"):
			if param == "" {
				param = cond.param(stele.TextValue(keyword))
			}
			ors = append(ors, "strpos("+cond.table.text(c)+", "+param+") > 0")
		case f.Type == stele.Boolean:
			if strings.Contains("true", keyword) {
				ors = append(ors, cond.table.sqlColumn(c))
			}
			if strings.Contains("false", keyword) {
				ors = append(ors, "NOT "+cond.table.sqlColumn(c))
			}
		}
	}
	return ors
}

// comparisons are the operators that SQL has too.
var comparisons = map[stele.Op]string{
	stele.OpEq: "=", stele.OpNe: "<>", stele.OpLt: "<", stele.OpLe: "<=", stele.OpGt: ">", stele.OpGe: ">=",
}

// where writes a condition. What it yields is NULL where the condition is false for want of a value. AND, OR and WHERE take
// that for false, so that nothing need hide a comparison from the indexes; only NOT is told.
func (cond *condition) where(w *stele.Where) string {
	switch w.Op {
	case stele.OpAnd, stele.OpOr:
		parts := make([]string, len(w.Of))
		for i := range w.Of {
			parts[i] = cond.where(&w.Of[i])
		}
		join := " AND "
		if w.Op == stele.OpOr {
			join = " OR "
		}
		return "(" + strings.Join(parts, join) + ")"
	case stele.OpNot:
		return "((" + cond.where(&w.Of[0]) + ") IS NOT TRUE)"
	}
	col := cond.table.sqlColumn(w.Column)
	switch w.Op {
	case stele.OpIsNull:
		return col + " IS NULL"
	case stele.OpIn:
		typ := cond.table.ColumnType(w.Column)
		cond.args = append(cond.args, column{typ, len(w.Values), func(i int) *stele.Value { return &w.Values[i] }})
		return fmt.Sprintf("%s=ANY($%d::%s)", col, len(cond.args), arrayTypes[typ])
	case stele.OpBetween:
		return "(" + col + ">=" + cond.param(w.Values[0]) + " AND " + col + "<=" + cond.param(w.Values[1]) + ")"
	case stele.OpContains, stele.OpStartsWith:
		find := "strpos(" + cond.table.text(w.Column) + "," + cond.param(stele.TextValue(lower(w.Values[0].Text()))) + ")"
		if w.Op == stele.OpContains {
			return find + ">0"
		}
		return find + "=1"
	}
	return col + comparisons[w.Op] + cond.param(w.Values[0])
}

// order is the clause of an order. Where no NULL can be, nothing is said of them, so that an index may serve.
func (t *table) order(keys []stele.SortKey) string {
	if keys == nil {
		return ` ORDER BY r."_id"`
	}
	cols := make([]string, len(keys))
	for i, k := range keys {
		cols[i] = t.sqlColumn(k.Column)
		nulls := " NULLS FIRST"
		if k.Desc {
			cols[i] += " DESC"
			nulls = " NULLS LAST"
		}
		if t.MayBeNull(k.Column) {
			cols[i] += nulls
		}
	}
	return " ORDER BY " + strings.Join(cols, ", ")
}

// behind adds that a record comes behind the place of those values: equal to it in some first keys, maybe none, and behind
// it in the next.
func (cond *condition) behind(keys []stele.SortKey, place []stele.Value) {
	same := ""
	var ors []string
	for i, k := range keys {
		col, null := cond.table.sqlColumn(k.Column), place[i].IsNull()
		param := ""
		if !null {
			param = cond.param(place[i])
		}
		switch {
		case null && k.Desc: // the end
		case null:
			ors = append(ors, same+col+" IS NOT NULL")
		case k.Desc && cond.table.MayBeNull(k.Column):
			ors = append(ors, same+"("+col+"<"+param+" OR "+col+" IS NULL)")
		case k.Desc:
			ors = append(ors, same+col+"<"+param)
		default:
			ors = append(ors, same+col+">"+param)
		}
		if null {
			same += col + " IS NULL AND "
		} else {
			same += col + "=" + param + " AND "
		}
	}
	if len(ors) == 0 {
		ors = []string{"false"}
	}
	cond.all = append(cond.all, "("+strings.Join(ors, " OR ")+")")
}

// mayTie reports whether two records may have the same value there, and no index is to be had.
func (t *table) mayTie(c stele.RecordColumn) bool {
	return c != stele.ColumnID && (c < 0 || !t.Fields[c].Unique)
}
