package sqlguard

import (
	"slices"

	"stele"
)

// To PostgreSQL a.b is a call of b with a where a has no such column: (10).pg_get_userbyid, or g.pg_sleep FROM generate_series(1, 9) g. No
// function is named by a node then. What is of a single type, and so may be handed to any function, is an expression in parentheses or the
// row of a function in FROM; the row of anything else is a row, which no function beyond the lists does anything with.

// dots are the names of a question that stand behind a dot, and what may stand before it.
type dots struct {
	refs    []reference
	columns map[string][][]string // by the name of a function in FROM: its columns, as often as the name is given
}

type reference struct {
	of, name string
	at       object
}

// refer notes a column that is written with what it is of.
func (d *dots) refer(o object) {
	if parts := names(o["fields"]); len(parts) > 1 {
		d.refs = append(d.refs, reference{parts[len(parts)-2], parts[len(parts)-1], o})
	}
}

// rangeFunction notes a function in FROM. With a number of the row, or beside another one, its row is of more than one type.
func (w *walk) rangeFunction(o object) error {
	if list, _ := o["functions"].([]any); len(list) > 1 || o["ordinality"] == true {
		return nil
	}
	alias, _ := o["alias"].(object)
	name, _ := alias["aliasname"].(string)
	columns := names(alias["colnames"])
	if name == "" {
		if name = calledInFrom(o); name == "" {
			return w.fault(stele.FaultRefused, "", "give what stands in FROM a name: FROM ... AS a", o)
		}
	}
	if len(columns) == 0 {
		columns = []string{name}
	}
	if w.dots.columns == nil {
		w.dots.columns = make(map[string][][]string)
	}
	w.dots.columns[name] = append(w.dots.columns[name], columns)
	return nil
}

// calledInFrom is the name of the function where FROM has a single one.
func calledInFrom(o object) string {
	list, _ := o["functions"].([]any)
	if len(list) != 1 {
		return ""
	}
	entry, _ := list[0].(object)
	l, _ := entry["List"].(object)
	items, _ := l["items"].([]any)
	if len(items) == 0 {
		return ""
	}
	first, _ := items[0].(object)
	f, _ := first["FuncCall"].(object)
	parts := names(f["funcname"])
	if len(parts) == 0 {
		return ""
	}
	return parts[len(parts)-1]
}

// indirection refuses a name behind an expression.
func (w *walk) indirection(o object) error {
	list, _ := o["indirection"].([]any)
	for _, e := range list {
		if part, _ := e.(object); part["String"] != nil {
			return w.fault(stele.FaultRefused, "", "a name behind a parenthesis or a bracket is not answered: write table.column", o)
		}
	}
	return nil
}

// attributes refuses names behind a function of FROM that are none of its columns, wherever in the question that function stands.
func (w *walk) attributes() error {
	for _, r := range w.dots.refs {
		if w.lists.functions[r.name] {
			continue
		}
		for _, columns := range w.dots.columns[r.of] {
			if !slices.Contains(columns, r.name) {
				return w.fault(stele.FaultColumn, r.of+"."+r.name, "", r.at)
			}
		}
	}
	return nil
}
