package datafile

import (
	"math/big"
	"strconv"
	"strings"
)

// class is what a value looks like by itself. A column's type follows from the classes of all its values.
type class uint8

const (
	classNone     class = iota // no value
	classInt                   // whole, in the range of INT, of at most 15 digits where it is text
	classHuge                  // whole and in the range of INT, but a double would round it
	classFloat                 // with a point or an exponent, and a double has all its digits
	classComma                 // 12,5: with a decimal comma, and surely so
	classEither                // 1,234: a decimal comma, or thousands
	classLong                  // whole, with more digits
	classZeros                 // leading zeros
	classPrecise               // a fraction that a double would round
	classCode                  // 1E5, which may as well be a code
	classBool                  // true or false
	classISO                   // 2026-03-01 and its relatives
	classFraction              // the same with a fraction of a second
	classOrdered               // 03/04/2026
	classMonth                 // Jun 12 1998
	classJSON                  // an array or an object
	classText                  // a number or a truth value that its format says is a text
	classOther                 // any other text
	classes
)

// whyText is what a reason says of values of a class that keep a column TEXT.
var whyText = [classes]string{
	classEither: "a decimal comma or thousands", classLong: "more digits than are kept exactly", classZeros: "leading zeros",
	classPrecise: "more digits than a FLOAT keeps", classHuge: "more digits than a FLOAT keeps", classCode: "codes that look like numbers", classFraction: "fractions of a second, which DATETIME does not keep",
	classJSON: "arrays or objects", classText: "numbers or truth values that are texts in the file",
	classComma: "decimal commas", classInt: "numbers", classFloat: "numbers", classBool: "true or false", classISO: "dates", classOrdered: "dates", classMonth: "dates",
}

// classify looks at one value. That numbers may be texts by their quotes is for the column to decide.
func classify(c Cell) class {
	switch c.Kind {
	case Missing, Null:
		return classNone
	case True, False:
		return classBool
	case JSONValue:
		return classJSON
	case Number:
		return classifyNumber(c.Text)
	}
	s := strings.TrimSpace(c.Text)
	if s == "" {
		if c.Text != "" {
			return classOther
		}
		return classNone
	}
	if first := s[0]; first >= '0' && first <= '9' || first == '-' || first == '.' {
		if k := classifyDigits(s); k != classOther {
			return k
		}
	}
	if len(s) <= 5 && (strings.EqualFold(s, "true") || strings.EqualFold(s, "false")) {
		return classBool
	}
	if _, ok := readNamed(s); ok {
		return classMonth
	}
	return classOther
}

// classifyNumber looks at a number that its format says is one.
func classifyNumber(s string) class {
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		if len(s) > 15 && !exact(s) {
			return classHuge
		}
		return classInt
	}
	if !strings.ContainsAny(s, ".eE") {
		return classLong
	}
	if !exact(s) {
		return classPrecise
	}
	return classFloat
}

// classifyDigits looks at a text that may be a number or a date.
func classifyDigits(s string) class {
	body := strings.TrimPrefix(s, "-")
	whole := 0
	for whole < len(body) && body[whole] >= '0' && body[whole] <= '9' {
		whole++
	}
	rest := body[whole:]
	zeros := whole > 1 && body[0] == '0'
	switch {
	case rest == "" && zeros:
		return classZeros
	case rest == "" && whole > 15:
		return classLong
	case rest == "" && whole > 0:
		return classInt
	case rest != "" && (rest[0] == '.' || rest[0] == ','):
		if k := classifyFraction(s, body[:whole], rest); k != classOther {
			return k
		}
	case whole > 0 && rest[0]|0x20 == 'e' && allDigits(strings.TrimLeft(rest[1:], "+-")) && len(rest) > 1:
		if allDigits(rest[1:]) || zeros {
			return classCode
		}
		return floatClass(s)
	}
	if _, fraction, ok := readISO(s); ok && fraction {
		return classFraction
	} else if ok {
		return classISO
	}
	if _, ok := readOrdered(s, DayFirst); ok {
		return classOrdered
	}
	if _, ok := readOrdered(s, MonthFirst); ok {
		return classOrdered
	}
	if _, ok := readNamed(s); ok {
		return classMonth
	}
	return classOther
}

// classifyFraction looks at whole digits with a point or a comma behind them.
func classifyFraction(s, whole, rest string) class {
	fraction, exponent := rest[1:], ""
	if i := strings.IndexAny(fraction, "eE"); i >= 0 {
		fraction, exponent = fraction[:i], fraction[i+1:]
		if exponent = strings.TrimLeft(exponent, "+-"); exponent == "" || !allDigits(exponent) {
			return classOther
		}
	}
	if !allDigits(fraction) || whole+fraction == "" {
		return classOther
	}
	zeros := len(whole) > 1 && whole[0] == '0'
	switch {
	case zeros:
		return classZeros
	case rest[0] == '.' && exponent == "" && len(s) <= 15:
		return classFloat // a double has as many digits
	case rest[0] == '.':
		return floatClass(s)
	case exponent != "" || fraction == "":
		return classOther
	case len(fraction) == 3 && whole != "0" && whole != "" && len(whole) <= 3:
		return classEither
	case !exact(strings.Replace(s, ",", ".", 1)):
		return classPrecise
	}
	return classComma
}

func floatClass(s string) class {
	if !exact(s) {
		return classPrecise
	}
	return classFloat
}

// exact reports whether the nearest double of a decimal number means that number: its shortest decimal has the same digits.
func exact(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return false
	}
	if len(s) <= 15 && !strings.ContainsAny(s, "eE") {
		return true
	}
	shortest := strconv.FormatFloat(f, 'g', -1, 64)
	if shortest == s {
		return true
	}
	if len(s) > 400 { // an exponent of a double with all digits written out is shorter
		return false
	}
	_, power, found := strings.Cut(strings.ToLower(s), "e")
	if found && len(power) > 4 {
		return false
	}
	a, ok := new(big.Rat).SetString(s)
	b, ok2 := new(big.Rat).SetString(shortest)
	return ok && ok2 && a.Cmp(b) == 0
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
