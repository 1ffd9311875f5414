package stele

import (
	"errors"
	"strconv"
	"strings"
)

// readFloat reads a decimal number as the nearest double.
func readFloat(s string) (Value, string) {
	for i := range len(s) { // strconv takes more: hexadecimal, inf, nan, underscores
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return Value{}, badPlain
		}
	}
	if len(s) > 5000 { // strconv cuts exponents to five digits, which so many digits before or after the point make up for
		if n, ok := splitNumber(s); ok {
			s = n.sign + "0." + n.digits + "0e" + strconv.Itoa(n.point)
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return Value{}, badFloat
	case err != nil:
		return Value{}, badPlain
	}
	return FloatValue(f), fits
}

// readInt reads a whole number, also in an integral form such as 30.0 or 3e1.
func readInt(s string) (Value, string) {
	if n, err := strconv.Atoi(s); err == nil { // the common case, and faster than ParseInt
		return IntValue(int64(n)), fits
	}
	d, ok := splitNumber(s)
	switch {
	case !ok:
		return Value{}, badPlain
	case d.digits == "":
		return IntValue(0), fits
	case d.point < len(d.digits):
		return Value{}, badFraction
	case d.point > 19: // the longest that can be in range; never expand an exponent before this
		return Value{}, badIntRange
	}
	n, err := strconv.ParseInt(d.sign+d.digits+strings.Repeat("0", d.point-len(d.digits)), 10, 64)
	if err != nil {
		return Value{}, badIntRange
	}
	return IntValue(n), fits
}

// number is a decimal number taken apart: sign 0.digits x 10^point, the digits without zeros at either end. Zero has no
// digits.
type number struct {
	sign, digits string
	point        int
}

// splitNumber reads [+-] digits [. digits] [e [+-] digits], with digits on one side of the point at least.
func splitNumber(s string) (n number, ok bool) {
	n.sign, s = cutSign(s)
	mantissa, power := s, "0"
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, power = s[:i], s[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	sign, power := cutSign(power)
	if !allDigits(whole) || !allDigits(fraction) || !allDigits(power) || whole+fraction == "" || power == "" {
		return n, false
	}
	// Beyond far, no mantissa that fits a request brings the number back into any range.
	const far = 1 << 30
	exp, err := strconv.Atoi(power)
	if err != nil || exp > far {
		exp = far
	}
	if sign == "-" {
		exp = -exp
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	n.point = exp + len(digits) - len(fraction)
	n.digits = strings.TrimRight(digits, "0")
	return n, true
}

// cutSign cuts one sign off the front. A plus is not kept.
func cutSign(s string) (sign, rest string) {
	switch {
	case strings.HasPrefix(s, "-"):
		return "-", s[1:]
	case strings.HasPrefix(s, "+"):
		return "", s[1:]
	}
	return "", s
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
