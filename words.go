package stele

import (
	"strings"
	"unicode/utf8"
)

// A word is a token of a question with its place: for what is told of a fault, never for what is admitted.
type word struct {
	token       // names in lower case, as all stored names are, unless they are quoted
	place int   // character of the question, from 1
	in    *part // the SELECT that it stands in, nil if none
}

func (w *word) isSign(sign string) bool { return w.kind == tokenOther && w.text == sign }

// plain reports whether the word is a keyword or a name without quotes.
func (w *word) plain() bool { return w.kind == tokenName && !w.quoted }

// splitSQL takes a question apart into words.
func splitSQL(sql string) []word {
	tokens := tokensOf(sql)
	words := make([]word, len(tokens))
	place, from := 1, 0
	for i, t := range tokens {
		place, from = place+utf8.RuneCountInString(sql[from:t.at]), t.at
		words[i] = word{token: t, place: place}
		if words[i].plain() {
			words[i].text = strings.ToLower(t.text)
		}
	}
	return words
}
