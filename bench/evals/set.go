package main

import (
	"regexp"
	"strings"
)

// A kind is the type of a field as the API names it.
type kind string

// The five types of fields.
const (
	kindText     kind = "TEXT"
	kindInt      kind = "INT"
	kindFloat    kind = "FLOAT"
	kindDateTime kind = "DATETIME"
	kindBoolean  kind = "BOOLEAN"
)

type column struct {
	name string // as the set spells it
	kind kind
}

// A table is one of a set's, with its rows: a value is nil, a string, an int64, a float64 or a bool. A moment is a string.
type table struct {
	name    string // as the set spells it
	columns []column
	rows    [][]any
}

// A database is what one agent gets, and the questions to it.
type database struct {
	name    string
	tables  []*table
	queries []string
	made    bool // the rows are made up, because the set's own are not to be had
}

// names are the database's names by what a question may write for them, in lower case.
func (d *database) names() map[string]string {
	all := make(map[string]string)
	for _, t := range d.tables {
		all[strings.ToLower(t.name)] = legal(t.name)
		for _, c := range t.columns {
			all[strings.ToLower(c.name)] = legal(c.name)
		}
	}
	return all
}

// legal is the name under which a table or a field is made: in lower case, since the API takes no other, with _ for all that is
// neither a letter of English nor a digit.
func legal(name string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '_'
	}, strings.ToLower(name))
	if s[0] == '_' {
		return "x" + s
	}
	return s
}

// operand is the end of what stands before a text that is compared with something.
var operand = regexp.MustCompile(`(?i)([=<>(,]|\b(like|between|and))\s*$`)

// mapped is a question with the names that had to be changed. It changes nothing but names in quotes: those without are of any letter
// case on both engines. On PostgreSQL names in quotes are written in lower case, as the tables are. And a text in double quotes that is no name is written as a text: neither
// engine, as it comes with these drivers, takes it for one.
func mapped(sql string, names map[string]string, postgres bool) string {
	var b strings.Builder
	for i := 0; i < len(sql); {
		c := sql[i]
		end, ok := map[byte]byte{'"': '"', '`': '`', '[': ']', '\'': '\''}[c]
		if !ok {
			b.WriteByte(c)
			i++
			continue
		}
		n := strings.IndexByte(sql[i+1:], end)
		if n < 0 {
			b.WriteString(sql[i:])
			break
		}
		inner, whole := sql[i+1:i+1+n], sql[i:i+n+2]
		to, known := names[strings.ToLower(inner)]
		if c != '\'' && known && (postgres || !strings.EqualFold(to, inner)) {
			whole = `"` + to + `"`
		} else if c == '"' && !known && operand.MatchString(b.String()) {
			whole = "'" + strings.ReplaceAll(inner, "'", "''") + "'"
		}
		b.WriteString(whole)
		i += n + 2
	}
	return b.String()
}
