package sqlguard

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	pg_query "github.com/wasilibs/go-pgquery"

	attacks "stele/internal/guard"
)

// never is what no admitted question may call, by whatever form: beginnings of names of functions.
var never = strings.Fields(`pg_ lo_ txid_ has_ inet_ current_ set_ query_to_ table_to_ schema_to_ database_to_ cursor_to_ dblink to_reg nextval currval setval lastval
	version session_ binary_upgrade_ row_security_ col_description obj_description shobj_description xml ts_ regex json_populate jsonb_ array_fill string_to_ _ brin_ gin_ gist_
	format quote_ getdatabaseencoding icu_ system_ lock`)

func dangerous(name string) bool {
	return slices.ContainsFunc(never, func(b string) bool { return strings.HasPrefix(name, b) })
}

// known are the structs of the tree that a question may be made of. It is written apart from the lists of the walk.
var known = set(`ParseResult RawStmt Node SelectStmt ResTarget ColumnRef ParamRef A_Star A_Const Integer Float Boolean String A_Expr BoolExpr NullTest BooleanTest SubLink
	CaseExpr CaseWhen CoalesceExpr MinMaxExpr FuncCall TypeCast TypeName SortBy WindowDef RangeVar RangeSubselect JoinExpr CommonTableExpr WithClause List A_ArrayExpr
	SQLValueFunction GroupingSet GroupingFunc A_Indirection A_Indices RowExpr CollateClause RangeFunction Alias`)

// A look is a second reading of a tree, which has nothing in common with the walk: it goes through all fields of the structs that the other form of
// the grammar's answer is read into.
type look struct {
	found  []string
	rows   map[string][][]string // the columns of functions in FROM, by the name of their rows
	dotted [][]string
}

func (l *look) wrong(format string, args ...any) {
	l.found = append(l.found, fmt.Sprintf(format, args...))
}

func (l *look) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			l.walk(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			l.walk(v.Index(i))
		}
	case reflect.Struct:
		l.node(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				l.walk(v.Field(i))
			}
		}
	}
}

// texts are all strings below a value, in order.
func texts(v reflect.Value) (all []string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return texts(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, texts(v.Index(i))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				all = append(all, texts(v.Field(i))...)
			}
		}
	case reflect.String:
		return []string{v.String()}
	}
	return all
}

func (l *look) node(v reflect.Value) {
	kind := v.Type().Name()
	if !known[kind] && !strings.Contains(kind, "_") {
		l.wrong("a %s", kind)
	}
	field := func(name string) reflect.Value { return v.FieldByName(name) }
	switch kind {
	case "SelectStmt":
		if !field("IntoClause").IsNil() || field("LockingClause").Len() > 0 {
			l.wrong("INTO or FOR UPDATE")
		}
	case "RangeVar":
		if name := field("Relname").String(); field("Schemaname").String()+field("Catalogname").String() != "" || strings.HasPrefix(name, "pg_") || strings.HasPrefix(name, "_") {
			l.wrong("the table %s", texts(v))
		}
	case "FuncCall":
		name := texts(field("Funcname"))
		if last := name[len(name)-1]; dangerous(last) || strings.HasPrefix(last, "_") || len(name) > 1 && name[0] != "pg_catalog" {
			l.wrong("a call of %v", name)
		}
	case "TypeName":
		name := texts(field("Names"))
		if last := name[len(name)-1]; strings.HasPrefix(last, "reg") || slices.Contains([]string{"oid", "xml", "name", "xid", "refcursor", "bytea"}, last) ||
			len(name) > 1 && name[0] != "pg_catalog" || field("Setof").Bool() || field("PctType").Bool() || field("ArrayBounds").Len() > 0 {
			l.wrong("the type %v", name)
		}
	case "A_Expr":
		if name := texts(field("Name")); len(name) > 2 || len(name) == 2 && name[0] != "pg_catalog" || strings.ContainsAny(name[len(name)-1], "~@#&!?") && !strings.Contains(" ~~ !~~ ~~* !~~* != ", " "+name[len(name)-1]+" ") {
			l.wrong("the operator %v", name)
		}
	case "ColumnRef":
		name := texts(field("Fields"))
		l.dotted = append(l.dotted, name)
		for _, part := range name {
			if slices.Contains([]string{"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}, part) {
				l.wrong("the column %v", name)
			}
		}
	case "A_Indirection":
		if parts := texts(field("Indirection")); slices.ContainsFunc(parts, dangerous) && strings.Contains(fmt.Sprint(field("Indirection").Index(0)), "string:") {
			l.wrong("behind a bracket, %v", parts)
		}
	case "RangeFunction":
		alias := texts(field("Alias"))
		if field("Alias").IsNil() {
			calls := texts(field("Functions"))
			alias = calls[:1]
			if alias[0] == "pg_catalog" {
				alias = calls[1:2]
			}
		}
		if l.rows == nil {
			l.rows = make(map[string][][]string)
		}
		l.rows[alias[0]] = append(l.rows[alias[0]], alias[1:])
	}
}

// rowsOfFunctions notes what stands behind the row of a function and is none of its columns.
func (l *look) rowsOfFunctions() {
	for _, name := range l.dotted {
		if len(name) < 2 || !dangerous(name[len(name)-1]) {
			continue
		}
		for _, columns := range l.rows[name[len(name)-2]] {
			if !slices.Contains(columns, name[len(name)-1]) {
				l.wrong("a call as %v", name)
			}
		}
	}
}

// FuzzGuard: what is admitted is one SELECT of known nodes, types and operators, and calls nothing dangerous in any form, as a second reading of the
// tree finds; and whatever the text, there is an answer.
func FuzzGuard(f *testing.F) {
	seeds := attacks.Seeds()
	for i, sql := range seeds {
		f.Add(sql, []byte{})
		f.Add(sql, []byte{byte(i), byte(i / 7), byte(i / 3)})
	}
	p := New()
	if _, err := p.Read(`SELECT 1`); err != nil { // loads the grammar, which takes longer than an input may
		f.Fatal(err)
	}
	fill := strings.NewReplacer("{table}", "parcels", "{secret}", "ledger", "{victim}", "0", "{dir}", "/tmp").Replace
	f.Fuzz(func(t *testing.T, sql string, how []byte) {
		if len(sql) > 1<<12 || len(how) > 24 {
			return
		}
		sql = fill(attacks.Mutate(sql, how, seeds))
		if _, err := p.Read(sql); err != nil {
			if faultOf(err) == nil {
				t.Fatalf("%q: %v", sql, err)
			}
			return
		}
		grammar.Lock()
		defer grammar.Unlock()
		tree, err := pg_query.Parse(sql)
		if err != nil || len(tree.GetStmts()) != 1 || tree.GetStmts()[0].GetStmt().GetSelectStmt() == nil {
			t.Fatalf("%q is admitted and is not one SELECT: %v", sql, err)
		}
		l := &look{}
		l.walk(reflect.ValueOf(tree))
		l.rowsOfFunctions()
		if len(l.found) > 0 {
			t.Errorf("%q is admitted with %v", sql, l.found)
		}
	})
}
