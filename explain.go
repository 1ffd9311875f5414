package stele

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Bounds of what an explanation lists.
const (
	mostNear      = 3
	mostTold      = 40 // columns
	mostTables    = 8  // tables that are named where none is near
	mostListed    = 3  // tables whose columns are told
	mostSamples   = 3
	longestSample = 40 // characters
)

// explain turns a fault into what the question's author reads, be it a model: what is wrong, where, and the names that are there.
func (a *Agent) explain(ctx context.Context, q Question, f *QueryFault) error {
	text := f.Detail
	switch f.Fault {
	case FaultRefused, FaultTime, FaultMemory, FaultParams:
	case FaultOther:
		if at := placed(q.SQL, f.Place); at != "" {
			text = strings.TrimSpace(at) + ": " + text
		}
	case FaultSyntax:
		text = "syntax error" + placed(q.SQL, f.Place)
		if f.Detail != "" && !strings.HasPrefix(f.Detail, "syntax error at ") { // it says no more
			text += ": " + f.Detail
		}
	case FaultFunction:
		text = fmt.Sprintf("the function %s cannot be used here, or not with such arguments", Shorten(f.Name))
		if f.Detail != "" {
			text += ": " + f.Detail
		}
	default:
		tables, err := a.db.Tables(ctx, Page{})
		if err != nil {
			return err
		}
		e := explainer{ctx: ctx, db: a.db, q: q, f: f}
		for _, t := range tables {
			e.tables = append(e.tables, t.Table)
		}
		e.read = readSQL(q.SQL, e.tables)
		text = e.text()
	}
	return Errorf(CodeParameter, "%s", text)
}

// placed says where in a text a place is, and what stands there.
func placed(sql string, place int) string {
	rs := []rune(sql)
	if place < 1 || place > len(rs)+1 {
		return ""
	}
	line, column := 1, 1
	for _, r := range rs[:place-1] {
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	at := fmt.Sprintf(" at character %d", place)
	if line > 1 {
		at = fmt.Sprintf(" at line %d, character %d", line, column)
	}
	rest := strings.TrimSpace(string(rs[place-1 : min(len(rs), place-1+30)]))
	if rest == "" {
		return " at the end"
	}
	return at + ", near " + quoteShort(rest)
}

// explainer explains faults that the agent's tables help to mend.
type explainer struct {
	ctx    context.Context
	db     Database
	q      Question
	f      *QueryFault
	tables []*Table
	read   *reading
}

func (e *explainer) text() string {
	switch {
	case len(e.tables) == 0:
		return "there are no tables yet, so nothing can be asked"
	case e.f.Fault == FaultTable:
		return e.noTable()
	case e.f.Fault == FaultColumn:
		return e.noColumn()
	}
	return e.badType()
}

// noTable names the nearest tables, and the columns of the first. What does not stand in FROM is no table: it is the beginning of a
// column's name.
func (e *explainer) noTable() string {
	if !e.read.missing(afterDot(e.f.Name)) {
		if text := e.noAlias(e.f.Name, e.read.seenFrom(e.f.Place, e.f.Name)); text != "" {
			return text
		}
	}
	names := e.names()
	near := nearTables(e.f.Name, names)
	text := noTable(e.f.Name, names, quotedNames)
	if len(near) == 0 {
		return text
	}
	return text + " " + columnsOf(e.named(near[0]))
}

// noAlias says what may stand before a column's dot; "" if that is not known.
func (e *explainer) noAlias(owner string, sources []*source) string {
	if len(sources) == 0 {
		return ""
	}
	var there []string
	for _, s := range sources {
		there = append(there, s.String())
	}
	return "there is no table or alias " + quoteShort(owner) + " in the question where it is named; the tables there are " + listed(there) + ". " + columnsOfAll(sources)
}

// noTable says of a name that no table has it, and which tables it may stand for, or else which there are; their names as they are to be
// written there. No names, no word of them.
func noTable(asked string, names []string, written func([]string) []string) string {
	text := "there is no table " + quoteShort(asked)
	if near := nearTables(asked, names); len(near) > 0 {
		return text + "; did you mean " + orList(written(near)) + "?"
	}
	if len(names) > 0 {
		text += "; the tables are " + listedUpTo(mostTables, written(names))
	}
	return text
}

// nearTables are the names that one may stand for; what is before its last dot is not looked at.
func nearTables(asked string, names []string) []string {
	return nearest(afterDot(asked), names, mostNear)
}

// noColumn names the nearest columns of what stands in FROM, and all columns of where the first is.
func (e *explainer) noColumn() string {
	asked := afterDot(e.f.Name)
	sources := e.read.seenFrom(e.f.Place, asked)
	if owner := strings.TrimSuffix(strings.TrimSuffix(e.f.Name, asked), "."); owner != "" {
		named := slices.DeleteFunc(slices.Clone(sources), func(s *source) bool { return !strings.EqualFold(s.called(), afterDot(owner)) })
		if text := e.noAlias(owner, sources); len(named) == 0 && text != "" {
			return text
		}
		sources = named
	}
	text := "there is no column " + quoteShort(e.f.Name)
	if !legalName(asked) && slices.ContainsFunc(e.read.words, func(w word) bool { return w.quoted && w.text == asked }) {
		text += " (a text stands in single quotes: " + sample(TextValue(asked)) + ")"
	}
	if len(sources) == 0 {
		return text + " where it is named; the tables are " + listed(quotedNames(e.names()))
	}
	var names, unknown []string
	where := make(map[string]*source)
	for _, s := range sources {
		of := s.names()
		if of == nil {
			unknown = append(unknown, s.String())
		}
		for _, n := range of {
			if where[n] == nil {
				where[n] = s
				names = append(names, n)
			}
		}
	}
	near := nearest(asked, names, mostNear)
	switch {
	case len(near) > 0:
		return text + "; did you mean " + orList(quotedNames(near)) + "? " + columnsOfAll([]*source{where[near[0]]})
	case len(unknown) > 0:
		return text + " in " + listed(unknown) + ", whose columns are those that the question gives it. Of the tables: " + columnsOfAll(e.read.all())
	}
	return text + ". " + columnsOfAll(sources)
}

// names are those of all tables.
func (e *explainer) names() (names []string) {
	for _, t := range e.tables {
		names = append(names, t.Stored)
	}
	return names
}

// badType shows what columns of the question hold, those first that stand next to what is wrong.
func (e *explainer) badType() string {
	text := e.f.Detail
	if text == "" {
		text = fmt.Sprintf("the value %s does not fit where it stands", quoteShort(e.f.Name))
	}
	culprit := e.culprit()
	var at []int // words that may be columns
	for i := range e.read.words {
		if e.read.mayBeColumn(i) {
			at = append(at, i)
		}
	}
	if culprit >= 0 {
		away := func(i int) int { return max(i-culprit, culprit-i) }
		slices.SortStableFunc(at, func(i, j int) int { return away(i) - away(j) })
	}
	var told []string
	profiles := make(map[*Table]*Profile) // made for tables whose columns are told: it looks at many records
	for _, i := range at {
		t, field := e.read.field(i)
		if t == nil {
			continue
		}
		p, made := profiles[t]
		if !made {
			p, _ = e.db.Profile(e.ctx, t)
			profiles[t] = p
		}
		one := toldField(t, field, p)
		if !slices.Contains(told, one) {
			if told = append(told, one); len(told) == mostSamples {
				break
			}
		}
	}
	if len(told) == 0 {
		return text
	}
	return text + "; " + strings.Join(told, "; ")
}

// toldField says what the field at that place is, with a sample of what it holds if there is a profile.
func toldField(t *Table, at int, p *Profile) string {
	f := t.Fields[at]
	told := quoteName(f.Stored) + " is " + f.Type.String()
	if p != nil && at < len(p.Fields) && !p.Fields[at].Least.IsNull() {
		return told + ", like " + sample(p.Fields[at].Least)
	}
	if f.Type == DateTime {
		told += ", like '2025-01-31 13:45:00'"
	}
	return told
}

// culprit is the word at which the fault is, -1 where nothing tells it.
func (e *explainer) culprit() int {
	found := -1
	for i, w := range e.read.words {
		if e.f.Place > 0 && w.place <= e.f.Place || e.f.Place == 0 && found < 0 && w.kind == tokenString && w.text == e.f.Name {
			found = i
		}
	}
	return found
}

// named finds a table by its name in SQL.
func (e *explainer) named(stored string) *Table {
	return e.tables[slices.IndexFunc(e.tables, func(t *Table) bool { return t.Stored == stored })]
}

// columnsOf lists a table's columns and their types.
func columnsOf(t *Table) string {
	var columns []string
	for _, f := range t.Fields[:min(mostTold, len(t.Fields))] {
		columns = append(columns, quoteName(f.Stored)+" "+f.Type.String())
	}
	if more := len(t.Fields) - mostTold; more > 0 {
		columns = append(columns, fmt.Sprintf("and %d more", more))
	}
	return "The columns of " + quoteName(t.Stored) + " are " + strings.Join(columns, ", ")
}

// columnsOfAll lists the columns of what stands in FROM, where they are known; of each once, and of the first only.
func columnsOfAll(sources []*source) string {
	var all []string
	for _, s := range sources {
		one := ""
		switch {
		case s.table != nil:
			one = columnsOf(s.table)
		case s.columns != nil:
			one = "The columns of " + s.String() + " are " + listed(quotedNames(s.columns))
		}
		if one != "" && len(all) < mostListed && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return strings.Join(all, ". ")
}

// quoteName writes a name as SQL takes it on every engine: in double quotes where it is a reserved word, has a $ or begins with a digit. Names of tables and
// fields have no capital letters.
func quoteName(name string) string {
	if name == "" || sqlWords[name] || strings.Contains(name, "$") || name[0] >= '0' && name[0] <= '9' {
		return `"` + name + `"`
	}
	return name
}

func quotedNames(names []string) []string {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, quoteName(n))
	}
	return quoted
}

// listed joins names, not too many of them.
func listed(names []string) string { return listedUpTo(mostTold, names) }

func listedUpTo(most int, names []string) string {
	if more := len(names) - most; more > 0 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// orList joins names by commas and "or".
func orList(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return names[0]
}

// sample writes a value as SQL does, cut when long.
func sample(v Value) string {
	if v.Type() == Text || v.Type() == DateTime {
		return "'" + strings.ReplaceAll(cut(v.Text(), longestSample), "'", "''") + "'"
	}
	return v.String()
}

// sqlWords are names that must stand in double quotes on one engine or the other: reserved words of SQLite and PostgreSQL that people
// take for names of tables and fields.
var sqlWords = wordSet(`all analyse analyze and any array as asc asymmetric authorization autoincrement between both by case cast
	check collate column commit constraint create cross current_date current_time current_timestamp current_user default deferrable
	delete desc distinct do drop else end escape except exists false fetch for foreign freeze from full grant group having if ilike in
	index initially inner insert intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not
	nothing notnull null offset on only or order outer overlaps placing primary references returning right select session_user set
	similar some symmetric table tablesample then to trailing transaction true union unique update user using values variadic verbose
	when where window with`)

func wordSet(s string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}
