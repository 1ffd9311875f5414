package sqlguard

import "strings"

// A scanner goes through a question's words to bound how deep its tree can be, before the parser sees it: the parser's own stack is small,
// and once it has overflowed the parser is of no use any more.
type scanner struct {
	text  string
	at    int
	prev  string // the word or sign before, in small letters
	first string // the first word
	open  []level
	most  int // deepest so far
}

// A level is what stands within one pair of parentheses, or CASE and END.
type level struct {
	base  int  // depth outside
	chain int  // words that make the tree deeper however far they are apart
	run   int  // words and signs since the last one that begins a branch of its own
	group bool // opened by CASE
}

// depth is an upper bound of the depth of the text's tree, and its first word.
func depth(text string) (most int, first string) {
	s := &scanner{text: text, open: []level{{}}}
	for s.at < len(text) {
		s.step()
	}
	return s.most, s.first
}

func (s *scanner) step() {
	rest := s.text[s.at:]
	c := rest[0]
	switch {
	case c <= ' ':
		s.at++
		return
	case strings.HasPrefix(rest, "--"):
		s.skip(strings.IndexByte(rest, '\n'), 1)
		return
	case strings.HasPrefix(rest, "/*"):
		s.comment()
		return
	case c == '\'':
		s.quoted('\'', s.prev == "e")
		s.note("'")
	case c == '"':
		s.quoted('"', false)
		s.note(`"`)
	case c == '$' && s.dollar():
		s.note("'")
	case isWord(c):
		n := 1
		for n < len(rest) && (isWord(rest[n]) || rest[n] == '$') {
			n++
		}
		s.at += n
		s.note(strings.ToLower(rest[:n]))
	default:
		s.at++
		s.note(string(c))
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// skip moves past what ends at place n of the rest, or to the end where n is negative.
func (s *scanner) skip(n, length int) {
	if n < 0 {
		s.at = len(s.text)
		return
	}
	s.at += n + length
}

func (s *scanner) comment() {
	nested := 0
	for s.at < len(s.text) {
		switch {
		case strings.HasPrefix(s.text[s.at:], "/*"):
			nested++
			s.at += 2
		case strings.HasPrefix(s.text[s.at:], "*/"):
			s.at += 2
			if nested--; nested == 0 {
				return
			}
		default:
			s.at++
		}
	}
}

// quoted moves past a string or a name. A doubled quote looks like two of them, which comes to the same.
func (s *scanner) quoted(quote byte, escapes bool) {
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '\\' && escapes:
			s.at++
		case c == quote:
			s.at++
			return
		}
	}
	s.at = len(s.text)
}

// dollar moves past $tag$ ... $tag$ and reports whether there is one.
func (s *scanner) dollar() bool {
	rest := s.text[s.at+1:]
	n := 0
	for n < len(rest) && isWord(rest[n]) {
		n++
	}
	if n == len(rest) || rest[n] != '$' || n > 0 && rest[0] >= '0' && rest[0] <= '9' {
		return false
	}
	tag := s.text[s.at : s.at+n+2]
	end := strings.Index(s.text[s.at+len(tag):], tag)
	s.at += len(tag)
	s.skip(end, len(tag))
	return true
}

// note counts a word or sign. A word after a dot is a name, whatever it says.
func (s *scanner) note(word string) {
	name := s.prev == "."
	if s.first == "" && word != "(" {
		s.first = word
	}
	s.prev = word
	top := &s.open[len(s.open)-1]
	if name {
		word = "."
	}
	switch word {
	case ",", "and", "or", "where", "having", "select", "on", "when", "then", "else", ";":
		top.run = 0
	case "union", "intersect", "except", "join", "between":
		top.chain++
	case "(", "[":
		s.open = append(s.open, level{base: s.now() + 1})
	case "case":
		s.open = append(s.open, level{base: s.now() + 1, group: true})
	case "end":
		if top.group && len(s.open) > 1 {
			s.close(len(s.open) - 1)
		}
	case ")", "]":
		i := len(s.open) - 1
		for i > 0 && s.open[i].group {
			i--
		}
		s.close(max(i, 1))
	case "'", `"`:
	default:
		top.run++
	}
	s.most = max(s.most, s.now())
}

// close ends the levels from i on. The level around goes on one deeper.
func (s *scanner) close(i int) {
	if i < len(s.open) {
		s.open = s.open[:i]
		s.open[i-1].run++
	}
}

func (s *scanner) now() int {
	l := s.open[len(s.open)-1]
	return l.base + l.chain + l.run
}
