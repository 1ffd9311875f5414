package datafile

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName is how long the name of a field may be.
const maxName = 64

// letters are those that are written with others in ASCII, in lower case; accents are taken off before.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ħ': "h", 'ı': "i",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o",
	'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "",
	'э': "e", 'ю': "yu", 'я': "ya", 'і': "i", 'є': "ye", 'ґ': "g",
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x",
	'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
}

// legalNames gives every column a name that a field may have, no two the same: its own if that is one already.
func legalNames(columns []Column) []string {
	taken := map[string]bool{}
	names := make([]string, len(columns))
	for i, c := range columns { // who has a legal name keeps it
		if legal(c.Name) && !taken[c.Name] {
			names[i] = c.Name
			taken[c.Name] = true
		}
	}
	for i, c := range columns {
		if names[i] != "" {
			continue
		}
		base := legalName(c.Name)
		if base == "" {
			base = fmt.Sprintf("field_%d", i+1)
		}
		name := base
		for n := 2; taken[name]; n++ {
			tail := fmt.Sprintf("_%d", n)
			name = base[:min(len(base), maxName-len(tail))] + tail
		}
		names[i] = name
		taken[name] = true
	}
	return names
}

// TableName returns the name itself if a table may have it, else one like it that a table may have; "" if nothing of it is left.
func TableName(name string) string {
	if legal(name) && name[0] >= 'a' {
		return name
	}
	return strings.TrimLeft(legalName(name), "0123456789_")
}

func legal(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return name != "" && len(name) <= maxName
}

// legalName turns any name into one of a to z, 0 to 9 and _: lower case, without accents, other letters as they are spelt in ASCII, and _ for
// what is between. It is empty if nothing, or a letter that has no such spelling, would be left.
func legalName(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(norm.NFKD.String(name)) {
		spelt, known := letters[r]
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			spelt = string(r)
		case known || unicode.Is(unicode.M, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return ""
		case r == '\'' || r == '’': // What's is one word
		default:
			gap = true
		}
		if spelt == "" {
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap = false
		b.WriteString(spelt)
	}
	s := b.String()
	return strings.TrimRight(s[:min(len(s), maxName)], "_")
}
