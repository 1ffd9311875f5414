package stele

import (
	"slices"
	"strings"
)

// A part is one SELECT of a question, with what stands in its FROM.
type part struct {
	out     *part // the SELECT around it, whose FROM it may name too
	sources []*source
	columns []string // the names of its columns; nil where they cannot be told
}

// seen are the sources that may be named in a part.
func (p *part) seen() (all []*source) {
	for ; p != nil; p = p.out {
		all = append(all, p.sources...)
	}
	return all
}

// A source is what stands in FROM: a table, or something that the question makes itself.
type source struct {
	name    string // as it is written there, "" of a subquery
	alias   string
	table   *Table   // nil of what is none of the agent's tables
	columns []string // of what is no table; nil where they cannot be told
}

// called is the name by which the question must call it.
func (s *source) called() string {
	if s.alias != "" {
		return s.alias
	}
	return afterDot(s.name)
}

// names are the columns of a source, nil where they cannot be told.
func (s *source) names() []string {
	if s.table == nil {
		return s.columns
	}
	var names []string
	for _, f := range s.table.Fields {
		names = append(names, f.Stored)
	}
	return append(names, "_id", "_created_at", "_updated_at")
}

// String is the source as an explanation names it.
func (s *source) String() string {
	switch {
	case s.called() == "":
		return "a subquery"
	case s.name == "" || s.alias == "":
		return quoteName(s.called())
	}
	return quoteName(s.name) + " (as " + quoteName(s.alias) + ")"
}

func afterDot(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// A reading is a question's words, the SELECTs among them and what stands in their FROM.
type reading struct {
	words  []word
	tables []*Table
	parts  []*part
	with   []*source // what WITH has named so far
}

func readSQL(sql string, tables []*Table) *reading {
	r := &reading{words: splitSQL(sql), tables: tables}
	r.query(0, nil, false)
	return r
}

// at is the word i, an empty one behind the last.
func (r *reading) at(i int) *word {
	if i < 0 || i >= len(r.words) {
		return &word{}
	}
	return &r.words[i]
}

// query reads on from a word to the bracket that closes, and returns the first SELECT there and the place of that bracket. What is joined
// in brackets is FROM of the SELECT around them.
func (r *reading) query(at int, out *part, joined bool) (first *part, end int) {
	in, from, next := out, joined, joined // from: FROM is read; next: what comes next stands in it
	for i := at; i < len(r.words); i++ {
		w := &r.words[i]
		w.in = in
		switch {
		case w.isSign(")"):
			return first, i
		case w.is("select"):
			in, from, next = &part{out: out, columns: r.columns(i + 1)}, false, false
			r.parts = append(r.parts, in)
			if first == nil {
				first = in
			}
		case next && !w.is("lateral"):
			i, next = r.source(i, in), false
		case w.isSign("("):
			i = r.bracket(i, in)
		case w.is("from") && in != out && !r.at(i-1).is("distinct"), w.is("join") && from:
			from, next = true, true
		case w.isSign(","):
			next = from
		case w.plain() && slices.Contains(behindFrom, w.text):
			from = false
		}
	}
	return first, len(r.words)
}

// behindFrom are the words that end a FROM.
var behindFrom = []string{"where", "group", "having", "order", "limit", "offset", "fetch", "union", "intersect", "except", "window", "for"}

// bracket reads what stands in brackets outside of FROM; if WITH gives it a name, that is kept.
func (r *reading) bracket(at int, in *part) (end int) {
	i := at - 1
	for r.at(i).is("materialized") || r.at(i).is("not") {
		i--
	}
	if !r.at(i).is("as") {
		_, end = r.query(at+1, in, false)
		return end
	}
	i--
	s := &source{}
	if r.at(i).isSign(")") {
		for i > 0 && !r.at(i).isSign("(") {
			i--
		}
		s.columns, _ = r.list(i)
		i--
	}
	first, end := r.query(at+1, nil, false)
	if s.name = r.at(i).text; r.at(i).kind == tokenName && first != nil {
		if s.columns == nil {
			s.columns = first.columns
		}
		r.with = append(r.with, s)
	}
	return end
}

// source reads one thing that stands in FROM, and returns the place of its last word.
func (r *reading) source(at int, in *part) (last int) {
	s, w := &source{}, r.at(at)
	switch begin := r.at(at + 1); {
	case in == nil:
		return at
	case w.isSign("(") && (begin.is("select") || begin.is("with") || begin.is("values")):
		first, end := r.query(at+1, nil, false)
		if first != nil {
			s.columns = first.columns
		}
		last = end
	case w.isSign("("):
		_, end := r.query(at+1, in, true)
		return end
	case w.kind != tokenName:
		return at
	default:
		s.name, last = w.text, at
		for r.at(last + 1).isSign(".") {
			s.name, last = s.name+"."+r.at(last+2).text, last+2
		}
		if r.at(last + 1).isSign("(") { // a function
			_, last = r.query(last+2, in, false)
			break
		}
		r.find(s)
	}
	if r.at(last + 1).is("as") {
		last++
	}
	if a := r.at(last + 1); a.kind == tokenName && (a.quoted || !sqlWords[a.text]) {
		s.alias, last = a.text, last+1
		if r.at(last + 1).isSign("(") {
			s.table = nil // its columns are called otherwise
			s.columns, last = r.list(last + 1)
		}
	}
	in.sources = append(in.sources, s)
	return last
}

// find finds what a source's name stands for.
func (r *reading) find(s *source) {
	for _, w := range slices.Backward(r.with) {
		if w.name == s.name {
			s.columns = w.columns
			return
		}
	}
	if i := slices.IndexFunc(r.tables, func(t *Table) bool { return t.Stored == s.name }); i >= 0 {
		s.table = r.tables[i]
	}
}

// list reads names in brackets, and returns them and the place of the bracket that closes.
func (r *reading) list(at int) (names []string, end int) {
	for end = at + 1; end < len(r.words) && !r.at(end).isSign(")"); end++ {
		if r.at(end).kind == tokenName {
			names = append(names, r.at(end).text)
		}
	}
	return names, end
}

// columns are the names of a SELECT's columns, if each is a name by itself or is given one by AS.
func (r *reading) columns(at int) (names []string) {
	if r.at(at).is("distinct") || r.at(at).is("all") {
		at++
	}
	for i, depth, begin := at, 0, at; ; i++ {
		w := r.at(i)
		switch {
		case w.isSign("("):
			depth++
		case w.isSign(")") && depth > 0:
			depth--
		case depth > 0 && i < len(r.words):
		case w.isSign(","), w.isSign(")"), w.is("from"), w.plain() && slices.Contains(behindFrom, w.text), i >= len(r.words):
			name := r.at(i - 1)
			alone := i == begin+1 || i == begin+3 && r.at(begin+1).isSign(".")
			if name.kind != tokenName || !alone && !r.at(i-2).is("as") {
				return nil
			}
			if names = append(names, name.text); !w.isSign(",") {
				return names
			}
			begin = i + 1
		}
	}
}

// mayBeColumn reports whether a word can be the name of a column: no keyword, no function, no table before a dot, nothing that is given by AS.
func (r *reading) mayBeColumn(i int) bool {
	w, next := r.at(i), r.at(i+1)
	return w.in != nil && w.kind == tokenName && (w.quoted || !sqlWords[w.text]) && !next.isSign("(") && !next.isSign(".") && !r.at(i-1).is("as")
}

// field is the table and the field that the name at a word stands for, as far as it can be told: what is seen from there comes first.
func (r *reading) field(i int) (*Table, int) {
	name, of := r.at(i).text, ""
	if r.at(i - 1).isSign(".") {
		of = r.at(i - 2).text
	}
	sources := r.at(i).in.seen()
	if of != "" {
		sources = slices.DeleteFunc(sources, func(s *source) bool { return s.called() != of })
	}
	for _, p := range r.parts { // a name that a WITH or a subquery hands on
		sources = append(sources, p.sources...)
	}
	for _, s := range sources {
		if s.table == nil {
			continue
		}
		if f := slices.IndexFunc(s.table.Fields, func(f Field) bool { return f.Stored == name }); f >= 0 {
			return s.table, f
		}
	}
	return nil, 0
}

// all is everything that stands in a FROM of the question.
func (r *reading) all() (all []*source) {
	for _, p := range r.parts {
		all = append(all, p.sources...)
	}
	return all
}

// missing reports whether a name stands in a FROM and is no table of the agent's.
func (r *reading) missing(name string) bool {
	return slices.ContainsFunc(r.all(), func(s *source) bool { return s.table == nil && strings.EqualFold(afterDot(s.name), name) })
}

// seenFrom is what may be named where a name stands, at that place if it is known; everything if that is not told.
func (r *reading) seenFrom(place int, name string) []*source {
	var in *part
	for _, w := range r.words {
		if in == nil && w.kind == tokenName && strings.EqualFold(w.text, name) || place > 0 && w.place == place && w.kind == tokenName {
			in = w.in
		}
	}
	if in == nil {
		return r.all()
	}
	return in.seen()
}
