package wire

import (
	"fmt"

	"stele"
)

// reads are the members of a request for records that are ours alone, as they were read. Of two of a name the last one holds.
type reads struct {
	fields        []string
	sort          []stele.RawSort
	where         *stele.RawWhere
	cursor, count stele.Raw
	asksCursor    bool
	badFields     error
	badSort       error
	badWhere      error
}

// member reads the member that is next if it is one of them.
func (m *reads) member(r *reader, l stele.Limits) bool {
	switch r.name {
	case "fields":
		m.fields, m.badFields = r.fieldNames(l.RowMembers)
	case "sort":
		m.sort, m.badSort = shortList(r, "sort", stele.MostSortKeys, m.sort, r.sortKey)
	case "where":
		w := whereReader{reader: r}
		m.where, m.badWhere = w.root(), w.bad
	case "cursor":
		m.cursor, m.asksCursor = r.raw(), true
	case "count":
		m.count = r.raw()
	default:
		return false
	}
	return true
}

// into puts them into the query. page is the member of that name.
func (m *reads) into(q *stele.PageQuery, page stele.Raw) error {
	for _, err := range []error{m.badFields, m.badSort, m.badWhere} {
		if err != nil {
			return err
		}
	}
	q.Fields, q.Sort, q.Where = m.fields, m.sort, m.where
	if m.asksCursor {
		if m.cursor.Kind != stele.KindString {
			return stele.Errorf(stele.CodeParameter, "cursor must be a string: \"\" to begin with, then next_cursor of the answer before; null there says that nothing is left")
		}
		if !page.Empty() {
			return stele.Errorf(stele.CodeParameter, "page and cursor exclude each other: leave page out")
		}
		q.Cursor = &m.cursor.Text
	}
	if m.count.Kind != stele.KindNull {
		counted, err := truthMember("count", m.count)
		if err != nil {
			return err
		}
		q.Uncounted = !counted
	}
	return nil
}

// fieldNames reads a list of names. Null and an empty list mean all fields.
func (r *reader) fieldNames(most int) (names []string, err error) {
	if there, err := r.array("fields", "a list of field names"); !there {
		return nil, err
	}
	for n := 0; r.more(); n++ {
		if n >= most {
			r.skip()
			err = stele.Errorf(stele.CodeParameter, "fields has more than %d entries; no table has as many fields", most)
			continue
		}
		v := r.raw()
		if v.Kind != stele.KindString && err == nil {
			err = stele.Errorf(stele.CodeParameter, "fields[%d] must be the name of a field", n)
		}
		names = append(names, v.Text)
	}
	return names, err
}

// sortKey reads an entry of sort.
func (r *reader) sortKey() (k stele.RawSort) {
	r.open()
	for r.member() {
		switch r.name {
		case "field":
			k.Field = r.raw()
		case "order":
			k.Order = r.raw()
		default:
			k.Stray = r.name
			r.skip()
		}
	}
	return k
}

// whereReader reads the tree of where. After the first thing that is wrong with it the rest is only passed over.
type whereReader struct {
	*reader
	conditions, values int
	bad                error
}

func (w *whereReader) fail(path, format string, args ...any) {
	if w.bad == nil {
		w.bad = stele.Errorf(stele.CodeParameter, "%s %s", path, fmt.Sprintf(format, args...))
	}
}

// root reads where itself. Null and {} are no condition.
func (w *whereReader) root() *stele.RawWhere {
	if w.next() == 'n' {
		w.skip()
		return nil
	}
	n, empty := w.node("where", 1)
	if empty {
		w.bad = nil
		return nil
	}
	return &n
}

// whereForm says what a condition looks like.
const whereForm = `must be one condition: {"field":…,"op":…,"value":…}, {"and":[…]}, {"or":[…]} or {"not":{…}}`

// node reads one condition. An empty object is reported as such, beside being wrong.
func (w *whereReader) node(path string, depth int) (n stele.RawWhere, empty bool) {
	n.Path = path
	if w.bad != nil || w.next() != '{' {
		w.skip()
		w.fail(path, whereForm)
		return n, false
	}
	if depth > stele.MostWhereDepth {
		w.skip()
		w.fail(path, "is nested too deeply: conditions may stand in one another %d deep", stele.MostWhereDepth)
		return n, false
	}
	joins, leaf := 0, 0
	w.open()
	for w.member() {
		switch name := w.name; name {
		case "and":
			joins, n.Join, n.Of = joins+1, stele.OpAnd, w.nodes(path+".and", depth)
		case "or":
			joins, n.Join, n.Of = joins+1, stele.OpOr, w.nodes(path+".or", depth)
		case "not":
			of, _ := w.node(path+".not", depth+1)
			joins, n.Join, n.Of = joins+1, stele.OpNot, []stele.RawWhere{of}
		case "field":
			leaf, n.Field = leaf+1, w.word(path, name)
		case "op":
			leaf, n.Op = leaf+1, w.word(path, name)
		case "value":
			leaf++
			w.compared(&n)
		default:
			w.skip()
			w.fail(path, "has the member `%s`, which no condition has", stele.Shorten(name))
		}
	}
	switch {
	case joins+leaf == 0:
		empty = w.bad == nil
		w.fail(path, whereForm)
	case joins > 1, joins == 1 && leaf > 0:
		w.fail(path, whereForm+"; join several by and")
	case joins == 0:
		w.conditions++
		if n.Field == "" || n.Op == "" {
			w.fail(path, "needs both field and op")
		}
		if w.conditions > stele.MostWhereConditions {
			w.fail("where", "has too many conditions; at most %d are allowed", stele.MostWhereConditions)
		}
	}
	return n, empty
}

// nodes reads the list of and and or.
func (w *whereReader) nodes(path string, depth int) (list []stele.RawWhere) {
	if w.next() != '[' {
		w.skip()
		w.fail(path, "must be a list of conditions")
		return nil
	}
	w.open()
	for i := 0; w.more(); i++ {
		if w.bad != nil {
			w.skip()
			continue
		}
		n, _ := w.node(fmt.Sprintf("%s[%d]", path, i), depth+1)
		list = append(list, n)
	}
	if len(list) == 0 {
		w.fail(path, "must have at least one condition")
	}
	return list
}

// word reads a member that must be a string.
func (w *whereReader) word(path, name string) string {
	v := w.raw()
	if v.Kind != stele.KindString {
		w.fail(path+"."+name, "must be a string")
	}
	return v.Text
}

// compared reads what a column is compared with: one value, or a list of them.
func (w *whereReader) compared(n *stele.RawWhere) {
	n.Value, n.List, n.IsList = stele.Raw{}, nil, w.next() == '['
	if !n.IsList {
		n.Value = w.raw()
		return
	}
	w.open()
	for w.more() {
		if w.bad != nil {
			w.skip()
			continue
		}
		if w.values++; w.values > stele.MostWhereValues {
			w.fail("where", "has too many values in its lists; at most %d in all are allowed", stele.MostWhereValues)
		}
		n.List = append(n.List, w.raw())
	}
}
