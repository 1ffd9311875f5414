package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// scan reads JSON from its beginning to its end, without making anything of it. It takes what encoding/json takes. Once it has met what is
// no JSON it takes nothing more.
//
// It is here, and not encoding/json, for what comes and goes by the thousand: that takes a value apart twice, and by reflection.
type scan struct {
	b   []byte
	at  int
	bad bool
}

// errScan says no more than that: the answer's length and place would help nobody.
var errScan = errors.New("it is no JSON, or other JSON than was expected")

// mostDepth is how deep arrays and objects may be within each other, as in encoding/json.
const mostDepth = 10000

// next skips blanks and returns what is there, 0 at the end.
func (s *scan) next() byte {
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// take skips blanks and c, if that is what is there.
func (s *scan) take(c byte) bool {
	if s.next() != c || s.bad || c == 0 {
		return false
	}
	s.at++
	return true
}

func (s *scan) must(c byte) {
	if !s.take(c) {
		s.bad = true
	}
}

// end reports whether all was JSON and nothing is left.
func (s *scan) end() bool { return s.next() == 0 && s.at == len(s.b) && !s.bad }

// entry takes what stands before another entry of an array or object that ends with c, or its end. first is of the entry behind the
// bracket; each entry that it announces must be taken.
func (s *scan) entry(first *bool, c byte) bool {
	switch {
	case s.bad || s.take(c):
		return false
	case *first:
		*first = false
		return true
	}
	s.must(',')
	return !s.bad
}

// name takes the name of a member and the colon behind it; it is in quotes.
func (s *scan) name() []byte {
	if s.next() != '"' {
		s.bad = true
		return nil
	}
	n := s.value()
	s.must(':')
	return n
}

// value takes a value and returns it.
func (s *scan) value() []byte {
	s.next()
	from := s.at
	s.skip(0)
	if s.bad {
		return nil
	}
	return s.b[from:s.at]
}

// skip takes a value that stands here.
func (s *scan) skip(depth int) {
	switch c := s.next(); {
	case s.bad:
	case c == '"':
		s.skipString()
	case c == '-' || c >= '0' && c <= '9':
		s.skipNumber()
	case c == 'n':
		s.word("null")
	case c == 't':
		s.word("true")
	case c == 'f':
		s.word("false")
	case depth == mostDepth:
		s.bad = true
	case c == '[':
		s.at++
		for first := true; s.entry(&first, ']'); {
			s.skip(depth + 1)
		}
	case c == '{':
		s.at++
		for first := true; s.entry(&first, '}'); {
			s.name()
			s.skip(depth + 1)
		}
	default:
		s.bad = true
	}
}

func (s *scan) word(w string) {
	if !bytes.HasPrefix(s.b[s.at:], []byte(w)) {
		s.bad = true
		return
	}
	s.at += len(w)
}

func (s *scan) skipString() {
	for i := s.at + 1; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			s.at = i + 1
			return
		case c < ' ':
			s.bad = true
			return
		case c == '\\':
			if i++; i == len(s.b) {
				s.bad = true
				return
			}
			switch s.b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				for range 4 {
					if i++; i == len(s.b) || !isHex(s.b[i]) {
						s.bad = true
						return
					}
				}
			default:
				s.bad = true
				return
			}
		}
	}
	s.bad = true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func (s *scan) skipNumber() {
	i := s.at
	if s.b[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(s.b) && s.b[i] >= '0' && s.b[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s.b) && s.b[i] == '0' {
		i++
	} else if !digits() {
		s.bad = true
		return
	}
	if i < len(s.b) && s.b[i] == '.' {
		if i++; !digits() {
			s.bad = true
			return
		}
	}
	if i < len(s.b) && s.b[i]|0x20 == 'e' {
		if i++; i < len(s.b) && (s.b[i] == '+' || s.b[i] == '-') {
			i++
		}
		if !digits() {
			s.bad = true
			return
		}
	}
	s.at = i
}

// unquote is the text of a JSON string, and whether v is one.
func unquote(v []byte) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if body := v[1 : len(v)-1]; bytes.IndexByte(body, '\\') < 0 && utf8.Valid(body) {
		return string(body), true
	}
	var text string
	err := json.Unmarshal(v, &text)
	return text, err == nil
}
