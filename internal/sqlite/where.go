package sqlite

import (
	"slices"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"

	"stele"
)

// condition is what records must meet: parts that must all hold, and the values of their parameters, ?1 and on.
type condition struct {
	table *table
	all   []string
	args  []stele.Value
}

// condition writes filter, keyword and where as SQL.
func (t *table) condition(q stele.RecordQuery) *condition {
	cond := &condition{table: t}
	if len(q.Equal) > 0 {
		var b strings.Builder
		t.where(&b, q.Equal, 1)
		cond.all = append(cond.all, b.String())
		for _, p := range q.Equal {
			if !p.Value.IsNull() {
				cond.args = append(cond.args, p.Value)
			}
		}
	}
	if q.Keyword != "" {
		keyword := lower(q.Keyword)
		if match := t.match(keyword); match != "" && !t.finds(q.Equal) {
			cond.table = t.matched(cond.param(stele.TextValue(match)))
		}
		cond.all = append(cond.all, "(0"+strings.Join(cond.keyword(keyword), "")+")")
	}
	if q.Where != nil {
		cond.all = append(cond.all, cond.where(q.Where))
	}
	return cond
}

// after adds that records come behind a place in the order of the query.
func (cond *condition) after(q stele.RecordQuery) {
	if q.After != nil {
		cond.all = append(cond.all, cond.behind(q.Sort, q.After))
	}
}

// sql is the whole clause, empty where there is no condition.
func (cond *condition) sql() string {
	if len(cond.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(cond.all, " AND ")
}

func (cond *condition) bind(s *sqlite.Stmt) {
	for i, v := range cond.args {
		bindValue(s, i+1, v)
	}
}

// param adds a parameter.
func (cond *condition) param(v stele.Value) string {
	cond.args = append(cond.args, v)
	return "?" + strconv.Itoa(len(cond.args))
}

// finds reports whether a filter leaves one record at most.
func (t *table) finds(equal []stele.Pair) bool {
	return slices.ContainsFunc(equal, func(p stele.Pair) bool { return t.Fields[p.Field].Unique })
}

// ownColumns are the columns beside the fields, by their distance from ColumnID.
var ownColumns = [...]string{`"_id"`, `"_created_at"`, `"_updated_at"`}

// sqlColumn is the quoted name of a column.
func (t *table) sqlColumn(c stele.RecordColumn) string {
	if c == stele.ColumnID {
		return t.idName
	}
	if c < 0 {
		return ownColumns[stele.ColumnID-c]
	}
	return t.column(int(c))
}

// text is the text form of a column's value (stele.Value.String), ASCII letters in lower case; NULL without a value.
func (t *table) text(c stele.RecordColumn) string {
	col := t.sqlColumn(c)
	switch t.ColumnType(c) {
	case stele.Text:
		return "lower(" + col + ")"
	case stele.Float:
		return "_float_text(" + col + ")"
	case stele.Boolean:
		return "CASE " + col + " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
	}
	return col // instr takes the text of a number
}

// keyword lists, for each field whose text form may hold the keyword, the condition that it does. instr compares letter by
// letter: nothing in a keyword is special.
func (cond *condition) keyword(keyword string) (ors []string) {
	param := ""
	only := func(letters string) bool { return strings.Trim(keyword, letters) == "" }
	for i, f := range cond.table.Fields {
		switch {
		case f.Type == stele.Text,
			f.Type == stele.Int && only("0123456789-"), f.Type == stele.DateTime && only("0123456789-: "),
			f.Type == stele.Float && only("0123456789-+.e"):
			if param == "" {
				param = cond.param(stele.TextValue(keyword))
			}
			ors = append(ors, " OR instr("+cond.table.text(stele.RecordColumn(i))+","+param+")")
		case f.Type == stele.Boolean:
			if strings.Contains("true", keyword) {
				ors = append(ors, " OR "+cond.table.column(i)+"=1")
			}
			if strings.Contains("false", keyword) {
				ors = append(ors, " OR "+cond.table.column(i)+"=0")
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
// that for false, so that nothing need hide a comparison from the indexes; only NOT is told. (IS NOT TRUE would compare with
// a field called true.)
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
		return "NOT coalesce(" + cond.where(&w.Of[0]) + ",0)"
	}
	col := cond.table.sqlColumn(w.Column)
	switch w.Op {
	case stele.OpIsNull:
		return col + " IS NULL"
	case stele.OpIn:
		list := make([]string, len(w.Values))
		for i, v := range w.Values {
			list[i] = cond.param(v)
		}
		return col + " IN (" + strings.Join(list, ",") + ")" // false where the list is empty
	case stele.OpBetween:
		return "(" + col + ">=" + cond.param(w.Values[0]) + " AND " + col + "<=" + cond.param(w.Values[1]) + ")"
	case stele.OpContains, stele.OpStartsWith:
		find := "instr(" + cond.table.text(w.Column) + "," + cond.param(stele.TextValue(lower(w.Values[0].Text()))) + ")"
		if w.Op == stele.OpContains {
			return find + ">0"
		}
		return find + "=1"
	}
	return col + comparisons[w.Op] + cond.param(w.Values[0])
}

// order is the clause of an order, which SQLite has NULL first in by itself.
func (t *table) order(keys []stele.SortKey) string {
	if keys == nil {
		return " ORDER BY " + t.idName
	}
	cols := make([]string, len(keys))
	for i, k := range keys {
		if cols[i] = t.sqlColumn(k.Column); k.Desc {
			cols[i] += " DESC"
		}
	}
	return " ORDER BY " + strings.Join(cols, ",")
}

// behind is the condition that a record comes behind the place of those values: equal to it in some first keys, maybe none,
// and behind it in the next.
func (cond *condition) behind(keys []stele.SortKey, place []stele.Value) string {
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
		return "0"
	}
	return "(" + strings.Join(ors, " OR ") + ")"
}
