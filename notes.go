package stele

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds of notes.
const (
	mostNotes    = 5   // of an answer
	mostCompared = 100 // comparisons that are looked at
)

// note adds to an answer what is to be known of the question's comparisons. PostgreSQL refuses a literal that is no value of the type of the
// field beside it, and [Agent.explain] says why; SQLite compares what it has, and the answer is wrong without a word. Comparisons are found
// by tokens alone, which may be mistaken (an alias can have a field's name): so it is a note, and never a refusal. The agent's
// tables are looked up only where there is a comparison that could be of that kind.
func (a *Agent) note(ctx context.Context, q Question, ans *Answer) {
	if a.db.Engine() != SQLite {
		return
	}
	if !strings.Contains(q.SQL, "'") && !hasDigits(q.SQL) && !slices.ContainsFunc(q.Params, mayBeWrong) {
		return
	}
	tokens := tokensOf(q.SQL)
	found := comparisons(tokens, q.Params)
	if len(found) == 0 {
		return
	}
	tables, err := a.db.Tables(ctx, Page{})
	if err != nil {
		return // the answer is right as it is
	}
	n := noter{ctx: ctx, db: a.db, profiles: make(map[*Table]*Profile)}
	named, given := make(map[string]bool), make(map[string]bool)
	for i, t := range tokens {
		if t.kind == tokenName {
			named[strings.ToLower(t.text)] = true
			given[strings.ToLower(t.text)] = given[strings.ToLower(t.text)] || i > 0 && tokens[i-1].is("AS")
		}
	}
	for _, t := range tables {
		if named[t.Stored] {
			n.tables = append(n.tables, t.Table)
		}
	}
	for _, c := range found {
		if len(ans.Notes) == mostNotes {
			return
		}
		if given[c.name] {
			continue // the question gives the name to something itself
		}
		if text := n.note(c); text != "" && !slices.Contains(ans.Notes, text) {
			ans.Notes = append(ans.Notes, text)
		}
	}
}

// A comparison is one of a name with a literal or with the value of a parameter.
type comparison struct {
	name  string // in lower case
	op    string // as if the name stood before it; = for IN and IS
	value Raw    // a string or a number
	param string // $1, where it is one
}

// shown is the value as the question has it.
func (c *comparison) shown() string {
	text := c.value.Text
	if c.value.Kind == KindString {
		text = sample(TextValue(text))
	}
	if c.param != "" {
		text += " (" + c.param + ")"
	}
	return text
}

// noter writes notes over the tables that a question names.
type noter struct {
	ctx      context.Context
	db       Database
	tables   []*Table
	profiles map[*Table]*Profile // of tables that a note is about: each looks at many records
}

// note says what is wrong with a comparison, "" if nothing is, or if it is not known which field the name stands for.
func (n *noter) note(c comparison) string {
	var of *Table
	at := 0
	for _, t := range n.tables {
		i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.Stored == c.name })
		switch {
		case i < 0:
		case of == nil:
			of, at = t, i
		case t.Fields[i].Type != of.Fields[at].Type:
			return ""
		}
	}
	if of == nil {
		return ""
	}
	wrong := misread(of.Fields[at].Type, c)
	if wrong == "" {
		return ""
	}
	p, seen := n.profiles[of]
	if !seen {
		p, _ = n.db.Profile(n.ctx, of) // without one there is no sample
		n.profiles[of] = p
	}
	return toldField(of, at, p) + ". " + wrong
}

// misread says how SQLite takes a value that is compared with a field of that type, and how to write what may be meant; "" where it
// takes it for what it is.
func misread(t Type, c comparison) string {
	switch isText := c.value.Kind == KindString; {
	case t == DateTime:
		return misreadDate(c)
	case t == Text || !isText || isNumeric(c.value.Text):
		return ""
	}
	v, _, readable := t.Read(c.value)
	mend := ""
	switch {
	case readable && v.IsNull():
		mend = "a record without a value has null: ask with IS NULL"
	case t == Boolean && !readable:
		mend = "write TRUE or FALSE"
	case !readable:
		mend = "write a number"
	case c.param != "":
		mend = "give " + c.param + " as " + v.String() + ", without quotes"
	default:
		mend = "write " + v.String()
	}
	if t == Boolean {
		return fmt.Sprintf("It is 1 or 0 here, and the text %s equals neither: %s", c.shown(), mend)
	}
	return fmt.Sprintf("The text %s is unequal to every number, and greater: %s", c.shown(), mend)
}

// misreadDate is misread of a DATETIME, which SQLite compares as the text that it is kept as. The beginning of such a text is no mistake
// with < and >=.
func misreadDate(c comparison) string {
	text := c.value.Text
	const how = "It is compared as text: "
	v, problem, readable := DateTime.Read(c.value)
	readable = readable && !v.IsNull()
	begins := c.value.Kind == KindString && beginsDateTime(text)
	switch {
	case begins && (len(text) == len(dateTimeForm) || c.op == "<" || c.op == ">="):
		return ""
	case c.value.Kind == KindString && strings.TrimSpace(text) == "":
		return how + "a record without a value has null, and no text: ask with IS NULL"
	case !begins && readable:
		return fmt.Sprintf(how+"%s is not written so; write %s", c.shown(), sample(v))
	case !begins:
		return fmt.Sprintf(how+"%s is none.%s", c.shown(), strings.TrimSuffix(problem, "."))
	case c.op == "<=":
		return fmt.Sprintf(how+"%s with <= or BETWEEN leaves out all that begins so, such as %s; write < and the next one, or all of it",
			c.shown(), sample(TextValue(text+dateTimeRest[len(text):])))
	case c.op == ">":
		return fmt.Sprintf(how+"%s with > takes in all that begins so, such as %s; write >= and the next one, or all of it",
			c.shown(), sample(TextValue(text+dateTimeRest[len(text):])))
	}
	return fmt.Sprintf(how+"%s is never equal to a whole one, such as %s; ask with >= and <, or with LIKE %s",
		c.shown(), sample(TextValue(text+dateTimeRest[len(text):])), sample(TextValue(text+"%")))
}

// dateTimeRest is what a DATETIME that is told in part is filled up with.
const dateTimeRest = "2000-01-01 00:00:00"

// beginsDateTime reports whether s is a DATETIME as it is kept, or the beginning of one that ends with a whole part.
func beginsDateTime(s string) bool {
	switch len(s) {
	case 4, 7, 10, 13, 16, 19:
		whole := s + dateTimeRest[len(s):]
		return like(whole, "0000-00-00 00:00:00") && realDate(whole[:10]) && realClock(whole[11:])
	}
	return false
}

// isNumeric reports whether SQLite takes a text for the number that it is, when it stands beside a column of numbers.
func isNumeric(s string) bool {
	s = trimBlanks(s)
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return false // of what ParseFloat reads, that is hexadecimal, infinite or none
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil || strings.Contains(err.Error(), strconv.ErrRange.Error())
}

// comparisons finds names that are compared with literals and parameters: name op literal, literal op name, BETWEEN and IN.
// Left out are those that are right whatever the field's type is, and of numbers all that cannot be meant for a moment.
func comparisons(tokens []token, params []Raw) []comparison {
	f := finder{tokens: tokens, params: params}
	for i, t := range tokens {
		switch {
		case t.kind == tokenOther && strings.IndexByte("<>=!", t.text[0]) >= 0 && turned[t.text] != "":
			f.beside(i, i+1, t.text)
		case t.kind != tokenName || len(t.text) < len("IS") || t.text[0]|0x20 != 'i' && t.text[0]|0x20 != 'b':
		case t.is("IS"):
			f.beside(i, f.after(i+1, "NOT"), "=")
		case t.is("BETWEEN"):
			f.add(f.before(i), i+1, ">=")
			if f.at(i + 2).is("AND") {
				f.add(f.before(i), i+3, "<=")
			}
		case t.is("IN") && f.at(i+1).text == "(":
			for j := i + 2; f.at(j-1).text == "(" || f.at(j-1).text == ","; j += 2 {
				f.add(f.before(i), j, "=")
			}
		}
	}
	return f.found
}

// mayBeWrong reports whether a value can be taken for another one beside a field of some type: a text, or a number that can be meant for
// seconds or milliseconds since 1970.
func mayBeWrong(v Raw) bool {
	return v.Kind == KindString || v.Kind == KindNumber && len(v.Text) >= momentDigits
}

const momentDigits = len("1700000000")

// hasDigits reports whether a number that may be a moment stands in the text.
func hasDigits(sql string) bool {
	in := 0
	for i := range len(sql) {
		if in++; !isDigit(sql[i]) {
			in = 0
		}
		if in == momentDigits {
			return true
		}
	}
	return false
}

// turned are the operators that compare, and what each is when its sides change places.
var turned = map[string]string{"=": "=", "==": "=", "<>": "=", "!=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// finder finds comparisons among tokens.
type finder struct {
	tokens []token
	params []Raw
	found  []comparison
}

// at is the token of that place, of which there need be none.
func (f *finder) at(i int) token {
	if i < 0 || i >= len(f.tokens) {
		return token{}
	}
	return f.tokens[i]
}

// after is the place behind a word, if that stands there.
func (f *finder) after(i int, word string) int {
	if f.at(i).is(word) {
		i++
	}
	return i
}

// before is the place before an operator and its NOT.
func (f *finder) before(i int) int {
	if f.at(i - 1).is("NOT") {
		i--
	}
	return i - 1
}

// beside looks at both sides of an operator.
func (f *finder) beside(i, right int, op string) {
	if op = turned[turned[op]]; f.at(i-1).kind == tokenName {
		f.add(i-1, right, op)
		return
	}
	name := right
	for f.at(name+1).text == "." {
		name += 2
	}
	if next := f.at(name + 1); next.text != "(" && !next.computes() && !f.at(i-2).computes() {
		f.add(name, i-1, turned[op])
	}
}

// add keeps a comparison of the name that ends at one place with the value at another, if these are what stands there, and by themselves.
func (f *finder) add(name, value int, op string) {
	n, begin := f.at(name), name
	if n.kind != tokenName || !n.quoted && sqlWords[strings.ToLower(n.text)] || len(f.found) == mostCompared {
		return
	}
	for f.at(begin-1).text == "." {
		begin -= 2
	}
	c := comparison{name: strings.ToLower(n.text), op: op}
	switch v := f.at(value); v.kind {
	case tokenString:
		c.value = Raw{Kind: KindString, Text: v.text}
	case tokenNumber:
		c.value = Raw{Kind: KindNumber, Text: v.text}
	case tokenParam:
		if i, err := strconv.Atoi(v.text[1:]); err == nil && i >= 1 && i <= len(f.params) {
			c.value, c.param = f.params[i-1], v.text
		}
	}
	if !mayBeWrong(c.value) || f.at(begin-1).computes() || f.at(value+1).computes() {
		return
	}
	f.found = append(f.found, c)
}
