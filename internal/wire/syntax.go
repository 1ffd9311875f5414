package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"stele"
)

const deepNesting = "objects and arrays are nested more than 64 deep here"

// fault turns an error of the decoder into a refusal in words of our own.
func (r *reader) fault(err error) error {
	at, cause := len(r.body), ""
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok && !errors.Is(err, io.ErrUnexpectedEOF) {
		at = min(int(syntax.ByteOffset), len(r.body))
	}
	switch deep := tooDeep(r.body[:min(at+1, len(r.body))], maxDepth); {
	case deep >= 0:
		at, cause = deep, deepNesting
	case len(bytes.TrimLeft(r.body, blanks)) == 0:
		return stele.Errorf(stele.CodeParameter, "the body is empty; a JSON object is expected")
	case at == len(r.body):
		cause = "it ends too early; a closing quote, bracket or brace is missing"
	default:
		before := bytes.TrimRight(r.body[:at], blanks)
		if closes := r.body[at] == '}' || r.body[at] == ']'; closes && bytes.HasSuffix(before, []byte(",")) {
			at = len(before) - 1 // the comma is what must go, and what the decoder finds too when it goes token by token
		}
		cause = unexpected(r.body, at)
	}
	return r.malformed(at, cause)
}

// malformed refuses the body for what stands at body[at].
func (r *reader) malformed(at int, cause string) error {
	before := r.body[:at]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return stele.Errorf(stele.CodeParameter, "the body is not valid JSON at line %d, column %d (byte offset %d): %s",
		line, column, at+r.mark, cause)
}

// notUTF8 refuses the body for its first bytes that are not UTF-8.
func (r *reader) notUTF8() error {
	at := 0
	for {
		c, n := utf8.DecodeRune(r.body[at:])
		if c == utf8.RuneError && n <= 1 {
			break
		}
		at += n
	}
	return stele.Errorf(stele.CodeParameter, "the body is not UTF-8 at byte offset %d", at+r.mark)
}

// tooDeep returns the place of the first bracket of the JSON b that is nested more than most deep, -1 if there is none.
// b may be cut off or malformed.
func tooDeep(b []byte, most int) int {
	if len(b) <= most {
		return -1
	}
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth > most {
				return i
			}
		case '}', ']':
			depth--
		}
	}
	return -1
}

// inString reports whether the JSON b ends within a string.
func inString(b []byte) bool {
	in := false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '"':
			in = !in
		case in && b[i] == '\\':
			i++
		}
	}
	return in
}

// unexpected says what may be wrong with the character at body[at], where the JSON is at fault.
func unexpected(body []byte, at int) string {
	c, _ := utf8.DecodeRune(body[at:])
	shown := fmt.Sprintf("the character %q is not expected here", c)
	if inString(body[:at]) {
		if c == '\\' {
			return "JSON has no such escape sequence"
		}
		return fmt.Sprintf("the control character %q in a string must be written as an escape", c)
	}
	before, after := bytes.TrimRight(body[:at], blanks), bytes.TrimLeft(body[at+1:], blanks)
	last := byte(0)
	if len(before) > 0 {
		last = before[len(before)-1]
	}
	switch {
	case c == ',' && len(after) > 0 && (after[0] == '}' || after[0] == ']'):
		return shown + ": no comma stands before a closing bracket"
	case c == '/' || c == '#':
		return shown + ": JSON has no comments"
	case strings.ContainsRune("'`‘’“”", c):
		return shown + `: text is put in double quotes, "`
	case last == '"' && strings.ContainsRune(",}", c) || last == ':' && strings.ContainsRune(",}]", c):
		return shown + ": a name in double quotes, a colon and a value make a member"
	case endsValue(last) && (strings.ContainsRune(`"{[`, c) || len(before) < at && startsValue(c)):
		return shown + ": a comma or a colon is missing before it"
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return shown + ": without quotes there are only numbers, true, false and null"
	}
	return shown
}

func endsValue(c byte) bool {
	return strings.IndexByte(`"}]`, c) >= 0 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z'
}

func startsValue(c rune) bool { return c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' }
