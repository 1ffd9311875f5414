package stele

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// nearest sorts names by how likely each is what somebody meant who wrote asked, and returns up to most of those that are likely
// at all. It looks through what models and people slip on: letter case, separators, plurals, abbreviations, typing.
func nearest(asked string, names []string, most int) []string {
	type scored struct {
		name string
		cost float64
	}
	a := wordsOf(asked)
	var all []scored
	for _, n := range names {
		if c := distance(a, wordsOf(n)); c <= 0.5 {
			all = append(all, scored{n, c})
		}
	}
	slices.SortStableFunc(all, func(x, y scored) int { return cmp.Compare(x.cost, y.cost) })
	var near []string
	for _, s := range all[:min(most, len(all))] {
		near = append(near, s.name)
	}
	return near
}

// wordsOf takes a name apart at separators and where capital letters begin a word; the words are in lower case.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
		}
		word = nil
	}
	before := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
		case unicode.IsUpper(r) && unicode.IsLower(before):
			end()
			word = append(word, unicode.ToLower(r))
		default:
			word = append(word, unicode.ToLower(r))
		}
		before = r
	}
	end()
	return words
}

// distance is 0 for the same words and grows to 1 and more: the better of comparing all letters in a row, where a missing separator
// costs nothing, and comparing word by word, where order does not matter and words of one side may be missing.
func distance(a, b []string) float64 {
	x, y := []rune(strings.Join(a, "")), []rune(strings.Join(b, ""))
	longest := max(len(x), len(y))
	if longest == 0 {
		return 1
	}
	whole := float64(edits(x, y)) / float64(longest)
	if len(x) > 0 && len(y) > 0 && whole > 0 {
		whole += 0.02 // what is equal but for separators comes first
	}
	return min(whole, byWords(a, b))
}

// byWords pairs each word with the nearest of the other side. Words that have none cost half.
func byWords(a, b []string) float64 {
	if len(a) < len(b) {
		a, b = b, a
	}
	letters, cost := 0, 0.0
	left := slices.Clone(b)
	for _, w := range a {
		letters += len(w)
		best, at := 1.0, -1
		for i, v := range left {
			if d := wordDistance(w, v); d < best {
				best, at = d, i
			}
		}
		if at >= 0 && best <= 0.5 {
			left = slices.Delete(left, at, at+1)
			cost += best * float64(len(w))
		} else {
			cost += 0.6 * float64(len(w))
		}
	}
	for _, v := range left {
		letters += len(v)
		cost += float64(len(v))
	}
	return cost/float64(max(1, letters)) + 0.05
}

// wordDistance is that of two words: plurals and abbreviations are near.
func wordDistance(a, b string) float64 {
	if a == b {
		return 0
	}
	if singular(a) == singular(b) {
		return 0.05
	}
	x, y := []rune(a), []rune(b)
	d := float64(edits(x, y)) / float64(max(len(x), len(y)))
	short, long := x, y
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) >= 2 && short[0] == long[0] && within(short, long) { // qty for quantity, cust for customer
		d = min(d, 0.3)
	}
	return d
}

// singular takes the ending of a plural away, as English makes it most often.
func singular(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case len(w) > 4 && (strings.HasSuffix(w, "ses") || strings.HasSuffix(w, "xes") || strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "shes")):
		return w[:len(w)-2]
	case len(w) > 2 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss"):
		return w[:len(w)-1]
	}
	return w
}

// within reports whether the letters of short stand in long in that order.
func within(short, long []rune) bool {
	for _, r := range long {
		if len(short) > 0 && short[0] == r {
			short = short[1:]
		}
	}
	return len(short) == 0
}

// edits counts the letters to add, take away, change, or swap with their neighbours to make one text of the other. Only the first
// hundred letters count: no name is longer.
func edits(a, b []rune) int {
	const most = 100
	a, b = a[:min(most, len(a))], b[:min(most, len(b))]
	two, one, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			now[j] = min(one[j]+1, now[j-1]+1, one[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], two[j-2]+1)
			}
		}
		two, one, now = one, now, two
	}
	return one[len(b)]
}
