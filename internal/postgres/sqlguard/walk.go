package sqlguard

import (
	"slices"
	"strings"
	"unicode/utf8"

	"stele"
)

// scope is the names of CTEs that may be used at a place.
type scope struct {
	name string
	out  *scope
}

func (s *scope) has(name string) bool {
	for ; s != nil; s = s.out {
		if s.name == name {
			return true
		}
	}
	return false
}

// walk goes through a tree. A node of an object with one member, whose name is its kind; the members of a kind begin with small letters.
type walk struct {
	lists *lists
	sql   string
	nodes int
	shape Shape
	dots  dots
}

type object = map[string]any

func (w *walk) fault(f stele.Fault, name, detail string, o object) error {
	return &stele.QueryFault{Fault: f, Name: name, Detail: detail, Place: w.place(o)}
}

// place is where a node stands: characters from 1.
func (w *walk) place(o object) int {
	at, ok := o["location"].(float64)
	if !ok || at < 0 || int(at) > len(w.sql) {
		return 0
	}
	return utf8.RuneCountInString(w.sql[:int(at)]) + 1
}

// node checks what may be a node, a list of them, or a part of one.
func (w *walk) node(v any, in *scope) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := w.node(e, in); err != nil {
				return err
			}
		}
	case object:
		if len(v) == 1 {
			for kind, inner := range v {
				if o, ok := inner.(object); ok && kind[0] >= 'A' && kind[0] <= 'Z' {
					return w.kind(kind, o, in)
				}
			}
		}
		return w.members(v, in)
	}
	return nil
}

// kind checks a node.
func (w *walk) kind(kind string, o object, in *scope) error {
	if w.nodes++; w.nodes > mostNodes {
		return refused("it is too long: ask in parts", 0)
	}
	if !w.lists.nodes[kind] {
		return w.fault(stele.FaultRefused, "", "this form of SQL is not answered ("+kind+"): use plain SELECT, JOIN, WHERE, GROUP BY, window functions and WITH", o)
	}
	var err error
	switch kind {
	case "RangeVar":
		err = w.table(o, in)
	case "FuncCall":
		err = w.function(o)
	case "A_Expr":
		err = w.operator(o)
	case "SQLValueFunction":
		if op, _ := o["op"].(string); !w.lists.values[op] {
			err = w.fault(stele.FaultRefused, "", "names of users, roles, databases and schemas are not shown", o)
		}
	case "String":
		if name, _ := o["sval"].(string); w.lists.system[name] {
			err = w.fault(stele.FaultColumn, name, "", o)
		}
	case "ParamRef":
		n, _ := o["number"].(float64)
		w.shape.Params = max(w.shape.Params, int(n))
	case "ColumnRef":
		w.dots.refer(o)
	case "RangeFunction":
		err = w.rangeFunction(o)
	case "A_Indirection":
		err = w.indirection(o)
	case "CollateClause":
		if name := names(o["collname"]); len(name) != 1 || name[0] != "C" {
			err = w.fault(stele.FaultRefused, "", `only COLLATE "C" is answered`, o)
		}
	}
	if err != nil {
		return err
	}
	return w.members(o, in)
}

// members checks the parts of a node or of what stands within one without a kind of its own.
func (w *walk) members(o object, in *scope) error {
	in, err := w.with(o, in)
	if err != nil {
		return err
	}
	if n, ok := o["names"]; ok {
		if err := w.typeName(names(n), o); err != nil {
			return err
		}
	}
	for name, v := range o {
		if !w.lists.fields[name] {
			return w.fault(stele.FaultRefused, "", w.explain(name), o)
		}
		if name == "withClause" { // with has been there
			continue
		}
		if err := w.node(v, in); err != nil {
			return err
		}
	}
	return nil
}

// explain says in the question's words what a member stands for.
func (w *walk) explain(member string) string {
	switch member {
	case "intoClause":
		return "SELECT INTO writes, and questions only read"
	case "lockingClause":
		return "FOR UPDATE and FOR SHARE lock, and questions only read"
	case "schemaname", "catalogname":
		return "tables are named without a schema"
	case "arrayBounds", "setof", "pct_type":
		return "casts are answered to plain types"
	case "operName":
		return "ALL and ANY of a subquery are not answered: compare with its max or min, or use IN"
	}
	return "this form of SQL is not answered (" + member + ")"
}

// with checks the CTEs of a SELECT and returns the scope of the rest of it.
func (w *walk) with(o object, in *scope) (*scope, error) {
	clause, ok := o["withClause"].(object)
	if !ok {
		return in, nil
	}
	for name := range clause {
		if !w.lists.fields[name] {
			return nil, w.fault(stele.FaultRefused, "", w.explain(name), clause)
		}
	}
	ctes, _ := clause["ctes"].([]any)
	recursive, _ := clause["recursive"].(bool)
	all := in
	for _, c := range ctes {
		all = &scope{cteName(c), all}
	}
	for _, c := range ctes {
		name := cteName(c)
		if name == "" || strings.HasPrefix(name, "pg_") || name[0] == '_' {
			return nil, refused("a name in WITH begins with a letter and not with pg_", 0)
		}
		body := in
		if recursive {
			body = all
		}
		if err := w.node(c, body); err != nil {
			return nil, err
		}
		in = &scope{name, in}
	}
	return in, nil
}

func cteName(v any) string {
	o, _ := v.(object)
	c, _ := o["CommonTableExpr"].(object)
	name, _ := c["ctename"].(string)
	return name
}

// table notes a table that is no CTE.
func (w *walk) table(o object, in *scope) error {
	name, _ := o["relname"].(string)
	for _, m := range []string{"schemaname", "catalogname"} {
		if _, ok := o[m]; ok {
			return w.fault(stele.FaultRefused, "", w.explain(m), o)
		}
	}
	if in.has(name) {
		return nil
	}
	if strings.HasPrefix(name, "pg_") || strings.HasPrefix(name, "_") || name == "" {
		return w.fault(stele.FaultTable, name, "", o)
	}
	if len(w.shape.Tables) == mostTables {
		return refused("it names more than 20 tables", 0)
	}
	at, _ := o["location"].(float64)
	w.shape.Tables = append(w.shape.Tables, Ref{name, int(at)})
	return nil
}

// names are the parts of a name.
func names(v any) (parts []string) {
	list, _ := v.([]any)
	for _, e := range list {
		o, _ := e.(object)
		s, _ := o["String"].(object)
		part, _ := s["sval"].(string)
		parts = append(parts, part)
	}
	return parts
}

// listed reports whether a name is on a list, alone or as pg_catalog's.
func listed(parts []string, on map[string]bool) bool {
	return len(parts) == 1 && on[parts[0]] || len(parts) == 2 && parts[0] == "pg_catalog" && on[parts[1]]
}

func (w *walk) typeName(parts []string, o object) error {
	if !listed(parts, w.lists.types) {
		return w.fault(stele.FaultRefused, "", "casts are answered to text, int, bigint, float, numeric, boolean, date, time, timestamp and interval", o)
	}
	return nil
}

func (w *walk) operator(o object) error {
	kind, _ := o["kind"].(string)
	if !w.lists.kinds[kind] {
		return w.fault(stele.FaultRefused, "", "regular expressions and SIMILAR TO are not answered: use LIKE", o)
	}
	if strings.Contains(kind, "BETWEEN") {
		return nil
	}
	if parts := names(o["name"]); !listed(parts, w.lists.operators) {
		return w.fault(stele.FaultRefused, "", "the operator "+strings.Join(parts, ".")+" is not answered", o)
	}
	return nil
}

func (w *walk) function(o object) error {
	parts := names(o["funcname"])
	if !listed(parts, w.lists.functions) && (len(parts) > 1 || !w.lists.own[parts[0]]) {
		if len(parts) > 1 && parts[0] == "pg_catalog" {
			parts = parts[1:]
		}
		return w.fault(stele.FaultFunction, strings.Join(parts, "."), "", o)
	}
	name := parts[len(parts)-1]
	args, _ := o["args"].([]any)
	for i, a := range args {
		if i > 0 && name == "substring" && !w.whole(a) {
			return w.fault(stele.FaultRefused, "", "substring is answered with numbers alone, since with texts it is a regular expression: use substr, which takes any", o)
		}
	}
	if !w.lists.needles[name] {
		return nil
	}
	for i, a := range args {
		if i > 0 && !w.short(a) {
			return w.fault(stele.FaultRefused, "", "what "+name+" looks for must be written as a text of at most 256 characters, or be a parameter", o)
		}
	}
	return nil
}

// short reports whether an argument is a short literal, or a parameter, which is looked at when it is known.
func (w *walk) short(v any) bool {
	o, _ := v.(object)
	if p, ok := o["ParamRef"].(object); ok {
		n, _ := p["number"].(float64)
		if !slices.Contains(w.shape.Short, int(n)) {
			w.shape.Short = append(w.shape.Short, int(n))
		}
		return true
	}
	c, ok := o["A_Const"].(object)
	if !ok {
		return false
	}
	s, _ := c["sval"].(object)
	text, _ := s["sval"].(string)
	return utf8.RuneCountInString(text) <= mostNeedle
}

// whole reports whether an argument can be nothing but a number.
func (w *walk) whole(v any) bool {
	o, _ := v.(object)
	if c, ok := o["A_Const"].(object); ok {
		_, number := c["ival"]
		return number
	}
	if e, ok := o["A_Expr"].(object); ok {
		op := names(e["name"])
		return e["kind"] == "AEXPR_OP" && len(op) == 1 && slices.Contains([]string{"+", "-", "*"}, op[0])
	}
	if f, ok := o["FuncCall"].(object); ok {
		name := names(f["funcname"])
		return slices.Contains([]string{"length", "char_length", "strpos", "position"}, name[len(name)-1])
	}
	return false
}
