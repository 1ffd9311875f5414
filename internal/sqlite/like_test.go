package sqlite

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// plainLike is LIKE as one would write it down, of exponential time.
func plainLike(pattern, s, escape []rune) bool {
	if len(pattern) == 0 {
		return len(s) == 0
	}
	c, rest := pattern[0], pattern[1:]
	switch {
	case len(escape) == 1 && c == escape[0]:
		if len(rest) == 0 {
			return false
		}
		c, rest = rest[0], rest[1:]
	case c == '%':
		for i := range len(s) + 1 {
			if plainLike(rest, s[i:], escape) {
				return true
			}
		}
		return false
	case c == '_':
		return len(s) > 0 && plainLike(rest, s[1:], escape)
	}
	return len(s) > 0 && strings.EqualFold(string(c), string(s[0])) && (c == s[0] || c < 128) && plainLike(rest, s[1:], escape)
}

func TestLikeIsWhatItSays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	text := func(from string, most int) string {
		letters, n := []rune(from), r.IntN(most+1)
		out := make([]rune, n)
		for i := range out {
			out[i] = letters[r.IntN(len(letters))]
		}
		return string(out)
	}
	found := 0
	for range 200_000 {
		pattern, s, escape := text("aAbßé€%%_!", 6), text("aAbBßé€%!", 8), [...]string{"", "!", "%", "é"}[r.IntN(4)]
		got, want := matches([]byte(pattern), []byte(s), []byte(escape)), plainLike([]rune(pattern), []rune(s), []rune(escape))
		if got != want {
			t.Fatalf("%q LIKE %q ESCAPE %q: got %t", s, pattern, escape, got)
		}
		if got {
			found++
		}
	}
	if found < 10_000 {
		t.Errorf("only %d of the patterns were met", found)
	}
}

// A pattern of many % is done in a moment on a text that it almost fits; one that tried all ways would not end.
func TestLikeEnds(t *testing.T) {
	t.Parallel()
	if matches([]byte(strings.Repeat("%a_", 50)+"%ab"), bytes.Repeat([]byte("a"), 100_000), nil) {
		t.Error("it is met")
	}
}
