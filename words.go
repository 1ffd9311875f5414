package stele

import (
	"strings"
	"unicode"
)

// What a word of a question is.
type wordKind uint8

const (
	wordOther   wordKind = iota // a number, an operator, a bracket
	wordName                    // a name or a keyword
	wordQuoted                  // a name in double quotes, or in the quotes of other engines
	wordLiteral                 // a text in single quotes
)

// A word is a part of a question as far as it can be told without an engine's grammar: for what is told of a fault, never for what is admitted.
type word struct {
	kind  wordKind
	text  string // names in lower case, as all stored names are; what is quoted without its quotes
	place int    // character of the question, from 1
	in    *part  // the SELECT that it stands in, nil if none
}

func (w *word) is(keyword string) bool { return w.kind == wordName && w.text == keyword }

func (w *word) isSign(sign string) bool { return w.kind == wordOther && w.text == sign }

func (w *word) isName() bool { return w.kind == wordName || w.kind == wordQuoted }

// splitSQL takes a question apart into words.
func splitSQL(sql string) []word {
	rs := []rune(sql)
	var words []word
	for i := 0; i < len(rs); {
		from, r := i, rs[i]
		end := func(kind wordKind, text string) {
			words = append(words, word{kind: kind, text: text, place: from + 1})
		}
		switch {
		case unicode.IsSpace(r):
			i++
		case r == '-' && i+1 < len(rs) && rs[i+1] == '-':
			for i < len(rs) && rs[i] != '\n' {
				i++
			}
		case r == '/' && i+1 < len(rs) && rs[i+1] == '*':
			for i += 2; i < len(rs) && (rs[i-1] != '*' || rs[i] != '/' || i < from+3); i++ {
			}
			i++
		case strings.ContainsRune("'\"`[", r):
			var text string
			text, i = quotedWord(rs, i)
			if r == '\'' {
				end(wordLiteral, text)
			} else {
				end(wordQuoted, text)
			}
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '$':
			for i < len(rs) && (unicode.IsLetter(rs[i]) || unicode.IsDigit(rs[i]) || rs[i] == '_' || rs[i] == '$') {
				i++
			}
			kind := wordName
			if unicode.IsDigit(r) || r == '$' {
				kind = wordOther
			}
			end(kind, strings.ToLower(string(rs[from:i])))
		default:
			i++
			end(wordOther, string(r))
		}
	}
	return words
}

// quotedWord reads what stands in quotes, and where it ends. A doubled quote is one.
func quotedWord(rs []rune, at int) (text string, end int) {
	closing := rs[at]
	if closing == '[' {
		closing = ']'
	}
	var b strings.Builder
	for at++; at < len(rs); at++ {
		if rs[at] == closing {
			if at+1 == len(rs) || rs[at+1] != closing {
				return b.String(), at + 1
			}
			at++
		}
		b.WriteRune(rs[at])
	}
	return b.String(), at
}
