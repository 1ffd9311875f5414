package main

import (
	"fmt"
	"slices"
	"strings"
)

// A token is a word, in upper case, or one character of a question. What stands in quotes is one token.
type token struct {
	text    string
	at, end int // bytes of the question
}

func tokens(sql string) (all []token) {
	for i := 0; i < len(sql); {
		start := i
		switch c := sql[i]; {
		case c == '\'' || c == '"' || c == '`':
			if n := strings.IndexByte(sql[i+1:], c); n >= 0 {
				i += n + 1
			}
			i++
		case wordly(c):
			for i < len(sql) && wordly(sql[i]) {
				i++
			}
		default:
			i++
		}
		if text := strings.TrimSpace(sql[start:i]); text != "" {
			all = append(all, token{strings.ToUpper(text), start, i})
		}
	}
	return all
}

func wordly(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

// A level is what stands between two parentheses, without what stands in others in it.
type level struct {
	tokens []token
	inner  bool // it is not the question itself
	end    int  // where it ends
}

func levels(sql string) []*level {
	all := []*level{{end: len(sql)}}
	open := []*level{all[0]}
	for _, t := range tokens(sql) {
		top := open[len(open)-1]
		switch {
		case t.text == "(":
			top.tokens = append(top.tokens, t)
			l := &level{inner: true, end: len(sql)}
			all, open = append(all, l), append(open, l)
		case t.text == ")" && top.inner:
			top.end = t.at
			open = open[:len(open)-1]
		default:
			top.tokens = append(top.tokens, t)
		}
	}
	return all
}

// order is where the level's own ORDER BY begins, of its tokens; below 0 if it has none.
func (l *level) order() int {
	for i := 1; i < len(l.tokens); i++ {
		if l.tokens[i-1].text == "ORDER" && l.tokens[i].text == "BY" {
			return i - 1
		}
	}
	return -1
}

// ordered reports whether a question says itself, and not only within something, in which order its rows come.
func ordered(sql string) bool { return levels(sql)[0].order() >= 0 }

// columns counts what the level's SELECT shows; 0 if it is none, or shows a *.
func (l *level) columns() int {
	first := slices.IndexFunc(l.tokens, func(t token) bool { return t.text == "SELECT" })
	if first < 0 || l.inner && l.tokens[0].text != "SELECT" && l.tokens[0].text != "WITH" {
		return 0
	}
	ends := []string{"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT", ";"}
	n := 1
	for i := first + 1; i < len(l.tokens) && !slices.Contains(ends, l.tokens[i].text); i++ {
		last := i+1 == len(l.tokens) || l.tokens[i+1].text == "," || slices.Contains(ends, l.tokens[i+1].text)
		switch {
		case l.tokens[i].text == ",":
			n++
		case l.tokens[i].text == "*" && last:
			return 0
		}
	}
	return n
}

// completed is a question whose order leaves nothing open: to its ORDER BY, and to those in it that say which rows a LIMIT keeps, all columns
// that are shown are added by their numbers. It is "" if nothing can be added.
func completed(sql string) string {
	added := make(map[int]string) // by where
	for _, l := range levels(sql) {
		by, n, end := l.order(), l.columns(), l.end
		if by < 0 || n == 0 {
			continue
		}
		limited := false
		for _, t := range l.tokens[by:] {
			if slices.Contains([]string{"LIMIT", "OFFSET", "FETCH", "FOR", ";"}, t.text) {
				limited, end = t.text != ";", min(end, t.at)
			}
		}
		if l.inner && !limited {
			continue
		}
		for i := range n {
			added[end] += fmt.Sprintf(", %d", i+1)
		}
		added[end] += " "
	}
	if len(added) == 0 {
		return ""
	}
	var b strings.Builder
	for i := range len(sql) + 1 {
		b.WriteString(added[i])
		if i < len(sql) {
			b.WriteByte(sql[i])
		}
	}
	return b.String()
}
