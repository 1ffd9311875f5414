package datafile

// pairSet is a charset of one or two bytes a character, as far as it takes to see whether a text is in it: worth says of two bytes, the first of
// them beyond ASCII, how common the character is that they make in texts of that charset, from 0 to 1; below 0 that there is none. What is of one
// byte is lone.
type pairSet struct {
	name  string
	worth func(a, b byte) float64
	lone  func(a byte) bool
}

// pairSets are those of Chinese, Korean and Japanese. Their first bytes follow from how the standards are laid out: the characters of daily use stand
// in rows of their own, before the rare ones.
var pairSets = []pairSet{
	{"gb18030", func(a, b byte) float64 {
		return worthOf(a, b, b >= 0x40 && b != 0x7f, a >= 0xb0 && a <= 0xd7 && b >= 0xa1)
	}, none},
	{"big5", func(a, b byte) float64 {
		return worthOf(a, b, a >= 0xa1 && a <= 0xf9 && (b >= 0x40 && b < 0x7f || b >= 0xa1), a >= 0xa4 && a <= 0xc6)
	}, none},
	{"euc-kr", func(a, b byte) float64 {
		if a >= 0xb0 && a <= 0xc8 && b >= 0xa1 && b < 0xff {
			return 1 // Hangul, in which texts are written nearly alone
		}
		return worthOf(a, b, b > 0x40 && b < 0xff, false)
	}, none},
	{"shift_jis", func(a, b byte) float64 {
		if a == 0x82 && b >= 0x9f || a == 0x83 && b <= 0x96 {
			return 1 // kana
		}
		valid := (a < 0xa0 || a >= 0xe0 && a <= 0xea) && b >= 0x40 && b != 0x7f && b <= 0xfc
		if valid && (a == 0x81 || a == 0x82) {
			return sign
		}
		return worthOf(0xff, b, valid, a > 0x88 && a <= 0x97 || a == 0x88 && b >= 0x9f)
	}, func(a byte) bool { return a >= 0xa1 && a <= 0xdf }},
}

const (
	ideograph = 0.9 // of daily use
	sign      = 0.8 // punctuation, and letters and digits as wide as those
)

// worthOf is what two bytes are worth in a set that is valid there, and daily in use. In all but Shift_JIS the rows from a1 are marks.
func worthOf(a, b byte, valid, daily bool) float64 {
	switch {
	case !valid || b == 0xff:
		return -2
	case daily:
		return ideograph
	case a >= 0xa1 && a <= 0xa3 && b >= 0xa1:
		return sign
	}
	return 0
}

func none(byte) bool { return false }

// byPairs names the charset in which nearly all of a text is common characters, where that holds of one alone and there are enough of them; "" if
// there is none. A detector by how frequent characters are needs more than a few rows.
func byPairs(text []byte) string {
	const enough, good, ahead = 10, 0.7, 0.08
	best, second, name := 0.0, 0.0, ""
	for _, set := range pairSets {
		sum, n := 0.0, 0
		var bytes [256]int // of pairs
		for i := 0; i < len(text); i++ {
			a := text[i]
			switch {
			case a < 0x80:
				continue
			case set.lone(a): // katakana of half the width, which few write
			case i+1 == len(text): // the text was cut there
				continue
			default:
				i++
				sum += set.worth(a, text[i])
				bytes[a]++
				bytes[text[i]]++
			}
			n++
		}
		if n < enough || oneCase(&bytes) {
			continue
		}
		if score := sum / float64(n); score > best {
			best, second, name = score, best, set.name
		} else {
			second = max(second, score)
		}
	}
	if best < good || best-second < ahead {
		return ""
	}
	return name
}

// oneCase reports whether some bytes are near to each other, as the capitals of an alphabet are, or its small letters, in charsets of one byte a
// character: nearly all of them within the 32 that an alphabet takes, or all where those with marks stand, too. In charsets of two bytes the
// second ones are spread over all that there are.
func oneCase(bytes *[256]int) bool {
	const letters, nearly = 32, 0.85
	all, near, most, marked := 0, 0, 0, 0
	for i, n := range bytes {
		all += n
		if near += n; i >= letters {
			near -= bytes[i-letters]
		}
		most = max(most, near)
		if i >= 0xa0 && i <= 0xdf {
			marked += n
		}
	}
	return float64(most) >= nearly*float64(all) || marked == all
}
