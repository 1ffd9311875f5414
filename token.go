package stele

import "strings"

// tokenKind says what a token of SQL is.
type tokenKind uint8

const (
	tokenNone   tokenKind = iota
	tokenName             // a word, or a name in quotes
	tokenString           // its text is what it means
	tokenNumber
	tokenParam // $1, ?1
	tokenOther // operators and brackets
)

// A token is a piece of SQL, without a grammar.
type token struct {
	kind   tokenKind
	quoted bool // of a name
	text   string
	at     int // byte of the SQL, from 0
}

// is reports whether the token is that word of SQL, in any letter case.
func (t token) is(word string) bool {
	return t.kind == tokenName && !t.quoted && len(t.text) == len(word) && strings.EqualFold(t.text, word)
}

// computes reports whether what stands beside the token is a part of something that is computed.
func (t token) computes() bool {
	return t.kind == tokenOther && strings.Contains(" + - * / % || & | ~ << >> -> ->> :: ", " "+t.text+" ") || t.is("COLLATE")
}

// operators of more than one character, the longer first.
var operators = []string{"->>", "->", "||", "<<", ">>", "<=", ">=", "<>", "==", "!=", "::"}

// tokensOf takes SQL apart as SQLite does, comments and blanks left out. What is not closed goes to the end.
func tokensOf(sql string) []token {
	tokens := make([]token, 0, len(sql)/4+4)
	whole := len(sql)
	for sql != "" {
		var t token
		n := 1
		switch c := sql[0]; {
		case c <= ' ':
			sql = sql[1:]
			continue
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
			continue
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql[2:], "*/")
			continue
		case c == '\'':
			t = token{kind: tokenString}
			t.text, n = unquoted(sql, c)
		case c == '"' || c == '`':
			t = token{kind: tokenName, quoted: true}
			t.text, n = unquoted(sql, c)
		case c == '[':
			t = token{kind: tokenName, quoted: true}
			t.text, n = unquoted(sql, ']')
		case (c == '$' || c == '?') && len(sql) > 1 && isDigit(sql[1]):
			n = 1 + wordEnd(sql[1:])
			t = token{kind: tokenParam, text: sql[:n]}
		case isDigit(c) || c == '.' && len(sql) > 1 && isDigit(sql[1]):
			for n < len(sql) && (sql[n] == '.' || isWord(sql[n]) || (sql[n] == '-' || sql[n] == '+') && sql[n-1]|0x20 == 'e') {
				n++
			}
			t = token{kind: tokenNumber, text: sql[:n]}
		case isWord(c):
			n = wordEnd(sql)
			t = token{kind: tokenName, text: sql[:n]}
		default:
			if strings.IndexByte("<>=!|-:", c) >= 0 {
				for _, op := range operators {
					if strings.HasPrefix(sql, op) {
						n = len(op)
						break
					}
				}
			}
			t = token{kind: tokenOther, text: sql[:n]}
		}
		t.at = whole - len(sql)
		tokens = append(tokens, t)
		sql = sql[n:]
	}
	return tokens
}

// unquoted is what stands in quotes at the beginning of sql, up to the quote that closes, and how many bytes it takes. A quote written twice is one.
func unquoted(sql string, closing byte) (text string, n int) {
	twice := false
	for n = 1; n < len(sql); n++ {
		if sql[n] != closing {
			continue
		}
		if closing == ']' || n+1 == len(sql) || sql[n+1] != closing {
			break
		}
		twice = true
		n++
	}
	text = sql[1:min(n, len(sql))]
	if one := string(closing); twice {
		text = strings.ReplaceAll(text, one+one, one)
	}
	return text, min(n+1, len(sql))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_' || c == '$' || c >= 0x80
}

func wordEnd(s string) int {
	n := 0
	for n < len(s) && isWord(s[n]) {
		n++
	}
	return n
}
