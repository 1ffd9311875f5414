package stele

import (
	"math"
	"strings"
	"testing"
)

func str(s string) Raw     { return Raw{KindString, s} }
func num(s string) Raw     { return Raw{KindNumber, s} }
func jsonRaw(s string) Raw { return Raw{KindJSON, s} }

var (
	yes  = Raw{Kind: KindTrue}
	no   = Raw{Kind: KindFalse}
	null = Raw{}
	half = Raw{KindBroken, `"\ud800"`}
)

const (
	minInt = "-9223372036854775808"
	maxInt = "9223372036854775807"
)

// TestReadAccepted holds the column "accepted" of wire.md 4.1: what each type takes, and what it becomes.
func TestReadAccepted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ  Type
		raw  Raw
		want Value
	}{
		{Text, str("Straße 5 \t"), TextValue("Straße 5 \t")},
		{Text, str("  "), TextValue("  ")},
		{Text, str(""), TextValue("")},
		{Text, str("\x01\x1f\u007f\ufeff\u2028"), TextValue("\x01\x1f\u007f\ufeff\u2028")},
		{Text, num("1.50"), TextValue("1.50")},
		{Text, num("1E+2"), TextValue("1E+2")},
		{Text, num("9007199254740993"), TextValue("9007199254740993")},
		{Text, yes, TextValue("true")},
		{Text, no, TextValue("false")},
		{Text, jsonRaw("{ \"b\" : [1.50 ,\n null ], \"a\":\"<&\u2028 \\u0000\\ud800\" }"), TextValue("{\"b\":[1.50,null],\"a\":\"<&\u2028 \\u0000\\ud800\"}")},
		{Text, jsonRaw("[ ]"), TextValue("[]")},

		{Int, num("30"), IntValue(30)},
		{Int, str("30"), IntValue(30)},
		{Int, str("-7"), IntValue(-7)},
		{Int, str("+7"), IntValue(7)},
		{Int, str(" \t\r\n\v\f7 \t\r\n\v\f"), IntValue(7)},
		{Int, num("30.0"), IntValue(30)},
		{Int, num("3e1"), IntValue(30)},
		{Int, str("3E+1"), IntValue(30)},
		{Int, str("300e-1"), IntValue(30)},
		{Int, str("0.3e2"), IntValue(30)},
		{Int, str("5."), IntValue(5)},
		{Int, str("007"), IntValue(7)},
		{Int, num("-0"), IntValue(0)},
		{Int, num("-0.0"), IntValue(0)},
		{Int, num("0e999999999"), IntValue(0)},
		{Int, num("0e-999999999"), IntValue(0)},
		{Int, num("0e99999999999999999999999"), IntValue(0)},
		{Int, num("9007199254740993"), IntValue(9007199254740993)},
		{Int, num(maxInt), IntValue(math.MaxInt64)},
		{Int, num(minInt), IntValue(math.MinInt64)},
		{Int, str("+" + maxInt), IntValue(math.MaxInt64)},
		{Int, num(maxInt + ".000"), IntValue(math.MaxInt64)},
		{Int, num("9.223372036854775807e18"), IntValue(math.MaxInt64)},
		{Int, num("-922337203685477580800e-2"), IntValue(math.MinInt64)},
		{Int, num("1e18"), IntValue(1e18)},
		{Int, str(strings.Repeat("0", 100_000) + "7"), IntValue(7)},
		{Int, str("7" + strings.Repeat("0", 100_000) + "e-100000"), IntValue(7)},
		{Int, str("0." + strings.Repeat("0", 99_999) + "7e100000"), IntValue(7)},
		{Int, str("7e" + strings.Repeat("0", 100_000) + "1"), IntValue(70)},

		{Float, num("9.5"), FloatValue(9.5)},
		{Float, str(" -9.5e-3 "), FloatValue(-0.0095)},
		{Float, str("+.5"), FloatValue(0.5)},
		{Float, str("5."), FloatValue(5)},
		{Float, str("5.e2"), FloatValue(500)},
		{Float, num("9007199254740993"), FloatValue(9007199254740992)},
		{Float, num("1.7976931348623157e308"), FloatValue(math.MaxFloat64)},
		{Float, num("5e-324"), FloatValue(math.SmallestNonzeroFloat64)},
		{Float, num("1e-999999999"), FloatValue(0)},
		{Float, num("0e999999999"), FloatValue(0)},
		{Float, str("1" + strings.Repeat("0", 200_000) + "e-200000"), FloatValue(1)},
		{Float, str("-0." + strings.Repeat("0", 199_999) + "15e200000"), FloatValue(-1.5)},

		{Boolean, yes, BoolValue(true)},
		{Boolean, no, BoolValue(false)},
		{Boolean, str("TRUE"), BoolValue(true)},
		{Boolean, str(" False\n"), BoolValue(false)},
		{Boolean, num("1"), BoolValue(true)},
		{Boolean, num("0"), BoolValue(false)},
		{Boolean, str("1"), BoolValue(true)},
		{Boolean, str("0"), BoolValue(false)},
	} {
		v, problem, ok := c.typ.Read(c.raw)
		if v != c.want || problem != "" || !ok {
			t.Errorf("%s.Read(%d %.60q) = %#v, %q, %v; want %#v", c.typ, c.raw.Kind, c.raw.Text, v, problem, ok, c.want)
		}
	}
}

// TestReadRefused holds the column "refused", and the sentence that goes with each refusal.
func TestReadRefused(t *testing.T) {
	t.Parallel()
	const (
		isPlain    = ""
		isNUL      = " Text cannot hold the character NUL (\\u0000)."
		isHalf     = " Text cannot hold half of a surrogate pair."
		isRange    = " Whole numbers go from -9223372036854775808 to 9223372036854775807."
		isFraction = " It has a fraction; use a FLOAT field for it."
		isTooLarge = " It is too large for a FLOAT."
	)
	for _, c := range []struct {
		typ     Type
		raw     Raw
		problem string
	}{
		{Text, str("a\x00b"), isNUL},
		{Text, half, isHalf},
		{Int, half, isHalf},
		{Boolean, half, isHalf},

		{Int, num("1.5"), isFraction},
		{Int, num("1e-1"), isFraction},
		{Int, num("15e-1"), isFraction},
		{Int, str("-.5"), isFraction},
		{Int, num("1e-999999999"), isFraction},
		{Int, num("9223372036854775808"), isRange},
		{Int, num("-9223372036854775809"), isRange},
		{Int, num("1e19"), isRange},
		{Int, num("1e999999999"), isRange},
		{Int, num("-1e99999999999999999999999"), isRange},
		{Int, num("12e9223372036854775807"), isRange},
		{Int, num("12e-9223372036854775807"), isFraction},
		{Int, str(strings.Repeat("9", 1_000_000)), isRange},
		{Int, yes, isPlain},
		{Int, no, isPlain},
		{Int, jsonRaw("[7]"), isPlain},
		{Int, jsonRaw("{}"), isPlain},

		{Float, num("1e309"), isTooLarge},
		{Float, num("-1e309"), isTooLarge},
		{Float, num("1e999999999"), isTooLarge},
		{Float, str(strings.Repeat("1", 6000) + "e9223372036854775807"), isTooLarge},
		{Float, str(strings.Repeat("9", 400)), isTooLarge},
		{Float, str("1" + strings.Repeat("0", 200_000) + "e-190000"), isTooLarge},
		{Float, yes, isPlain},
		{Float, no, isPlain},
		{Float, jsonRaw("[7]"), isPlain},

		{Boolean, str("yes"), isPlain},
		{Boolean, str("fal\u017fe"), isPlain}, // a long s, which folds to an s
		{Boolean, str("truth"), isPlain},
		{Boolean, num("2"), isPlain},
		{Boolean, num("1.0"), isPlain},
		{Boolean, num("-0"), isPlain},
		{Boolean, str("t"), isPlain},
		{Boolean, jsonRaw("[true]"), isPlain},
	} {
		refused(t, c.typ, c.raw, c.problem)
	}
	for _, s := range []string{
		"heavy", "1 000", "1,000", "1_000", "0x10", "0b1", "0o7", "0x1p-2", "inf", "-Inf", "+Infinity", "nan", "NaN",
		"--7", "+-7", "7-", "7+", ".", "+", "-", "e", "e5", ".e5", "1e", "1e+", "1e5.0", "1e5e3", "1E5e3", "1..2", "1.2.3",
		"\u0661", "1\x00", "\u00a07", "٣", "½", "1f", "true",
	} {
		refused(t, Int, str(s), isPlain)
		refused(t, Float, str(s), isPlain)
	}
}

func refused(t *testing.T, typ Type, raw Raw, problem string) {
	t.Helper()
	v, p, ok := typ.Read(raw)
	if ok || p != problem || v != (Value{}) {
		t.Errorf("%s.Read(%d %.60q) = %#v, %q, %v; want a refusal that ends %q", typ, raw.Kind, raw.Text, v, p, ok, problem)
	}
}

// TestReadNoValue holds the paragraph "Empty" of wire.md 4.1.
func TestReadNoValue(t *testing.T) {
	t.Parallel()
	for _, typ := range []Type{Text, Int, Float, DateTime, Boolean} {
		for _, raw := range []Raw{null, str(""), str(" "), str("\t\r\n\v\f ")} {
			v, problem, ok := typ.Read(raw)
			if typ == Text && raw.Kind == KindString {
				if v != TextValue(raw.Text) || v.IsNull() || v.IsEmpty() != (raw.Text == "") || !ok {
					t.Errorf("TEXT.Read(%q) = %#v, %v; want the text as it is", raw.Text, v, ok)
				}
				continue
			}
			if !v.IsNull() || !v.IsEmpty() || problem != "" || !ok {
				t.Errorf("%s.Read(%d %q) = %#v, %q, %v; want no value", typ, raw.Kind, raw.Text, v, problem, ok)
			}
		}
	}
	for _, v := range []Value{IntValue(0), FloatValue(0), BoolValue(false), DateTimeValue("2026-03-01 00:00:00")} {
		if v.IsEmpty() || v.IsNull() {
			t.Errorf("%#v counts as no value", v)
		}
	}
}

// TestNegativeZero: a unique field must not hold zero twice, and not every engine keeps the two apart.
func TestNegativeZero(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"-0", "-0.0", "-0e5", "-1e-999999999", "-0." + strings.Repeat("0", 6000)} {
		v, _, ok := Float.Read(num(s))
		if !ok || v != FloatValue(0) || math.Signbit(v.Float()) || v.String() != "0" {
			t.Errorf("FLOAT.Read(%.20s) = %#v, %v; want 0 without a sign", s, v, ok)
		}
	}
}

func TestValueForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value Value
		typ   Type
		text  string
	}{
		{Value{}, 0, ""},
		{TextValue("é"), Text, "é"},
		{IntValue(math.MinInt64), Int, minInt},
		{DateTimeValue("2026-03-01 08:00:00"), DateTime, "2026-03-01 08:00:00"},
		{BoolValue(true), Boolean, "true"},
		{BoolValue(false), Boolean, "false"},
		{FloatValue(9.5), Float, "9.5"},
		{FloatValue(100), Float, "100"},
		{FloatValue(1e-6), Float, "0.000001"},
		{FloatValue(9.99e-7), Float, "9.99e-07"},
		{FloatValue(1e20), Float, "100000000000000000000"},
		{FloatValue(1e21), Float, "1e+21"},
		{FloatValue(-1e21), Float, "-1e+21"},
		{FloatValue(0.1), Float, "0.1"},
		{FloatValue(math.MaxFloat64), Float, "1.7976931348623157e+308"},
		{FloatValue(math.SmallestNonzeroFloat64), Float, "5e-324"},
	} {
		if got := c.value.String(); got != c.text || c.value.Type() != c.typ {
			t.Errorf("%#v: String %q of type %d; want %q of %d", c.value, got, c.value.Type(), c.text, c.typ)
		}
	}
	if v := BoolValue(true); !v.Bool() || BoolValue(false).Bool() {
		t.Error("Bool is not what BoolValue was given")
	}
	if v := IntValue(-5); v.Int() != -5 {
		t.Errorf("IntValue(-5).Int() = %d", v.Int())
	}
	if v := TextValue("x"); v.Text() != "x" || v == DateTimeValue("x") || v == (Value{}) {
		t.Error("values of two types are equal")
	}
}

func TestParseType(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Type{
		"TEXT": Text, "INT": Int, "FLOAT": Float, "DATETIME": DateTime, "BOOLEAN": Boolean,
		"text": Text, "Int": Int, "fLoAt": Float, "datetime": DateTime, "boolean": Boolean,
	} {
		if got, ok := ParseType(name); got != want || !ok || got.String() != strings.ToUpper(name) {
			t.Errorf("ParseType(%q) = %s, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", " TEXT", "STRING", "INTEGER", "BOOL", "DATE", "TEXT\x00"} {
		if got, ok := ParseType(name); ok || got != 0 {
			t.Errorf("ParseType(%q) = %s, %v; want a refusal", name, got, ok)
		}
	}
}
