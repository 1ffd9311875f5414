package stele

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawNumber makes the text of a decimal number in every form that is read, of all sizes.
func drawNumber(t *rapid.T) string {
	digits := rapid.StringMatching(`[0-9]{0,25}`)
	s := rapid.SampledFrom([]string{"", "-", "+"}).Draw(t, "sign") + digits.Draw(t, "whole")
	if rapid.Bool().Draw(t, "point") {
		s += "." + digits.Draw(t, "fraction")
	}
	if strings.Trim(s, "+-.") == "" {
		s += "0"
	}
	if rapid.Bool().Draw(t, "power") {
		s += rapid.SampledFrom([]string{"e", "E", "e+", "E-", "e-"}).Draw(t, "e") + strconv.Itoa(rapid.IntRange(0, 330).Draw(t, "exponent"))
	}
	return s
}

// TestFloatAgainstStrconv: a FLOAT is what strconv makes of the same text, and its text form reads back the same.
func TestFloatAgainstStrconv(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawNumber(t)
		want, err := strconv.ParseFloat(s, 64)
		v, problem, ok := Float.Read(str(s))
		if errors.Is(err, strconv.ErrRange) {
			if ok || problem != badFloat {
				t.Fatalf("FLOAT.Read(%q) = %v, %q; strconv: out of range", s, v, problem)
			}
			return
		}
		if err != nil || !ok || v.Float() != want {
			t.Fatalf("FLOAT.Read(%q) = %v, %q; strconv: %v, %v", s, v, problem, want, err)
		}
		if again, _, ok := Float.Read(num(v.String())); !ok || again != v {
			t.Fatalf("%q became %s, which became %s", s, v, again)
		}
	})
}

// TestFloatForms: the text form of any double reads back as that double, and none is shorter in digits.
func TestFloatForms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			t.Skip("no FLOAT")
		}
		s := string(AppendFloat([]byte("x"), f))[1:]
		if back, err := strconv.ParseFloat(s, 64); err != nil || back != f {
			t.Fatalf("%v is written %q, which reads %v, %v", f, s, back, err)
		}
		digits := func(s string) string {
			s, _, _ = strings.Cut(s, "e")
			return strings.Trim(strings.NewReplacer("-", "", ".", "").Replace(s), "0")
		}
		if shortest := strconv.FormatFloat(f, 'e', -1, 64); digits(s) != digits(shortest) {
			t.Fatalf("%v is written %q; the shortest digits are those of %q", f, s, shortest)
		}
	})
}

// TestIntAgainstBig: an INT is accepted exactly when the number is whole and in range, by arithmetic without bounds.
func TestIntAgainstBig(t *testing.T) {
	t.Parallel()
	lowest, highest := big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64)
	rapid.Check(t, func(t *rapid.T) {
		s := drawNumber(t)
		r, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("the oracle does not read %q", s)
		}
		v, problem, accepted := Int.Read(str(s))
		switch {
		case !r.IsInt():
			if accepted || problem != badFraction {
				t.Fatalf("INT.Read(%q) = %v, %q; it has a fraction", s, v, problem)
			}
		case r.Num().Cmp(lowest) < 0 || r.Num().Cmp(highest) > 0:
			if accepted || problem != badIntRange {
				t.Fatalf("INT.Read(%q) = %v, %q; it is out of range", s, v, problem)
			}
		case !accepted || v.Int() != r.Num().Int64():
			t.Fatalf("INT.Read(%q) = %v, %q; want %s", s, v, problem, r.Num())
		}
	})
}

// TestIntEdges walks over both ends of the range in three spellings.
func TestIntEdges(t *testing.T) {
	t.Parallel()
	for _, edge := range []int64{math.MinInt64, math.MaxInt64, 1<<53 - 1, -(1<<53 - 1), 1e18, -1e18} {
		for d := int64(-3); d <= 3; d++ {
			n := new(big.Int).Add(big.NewInt(edge), big.NewInt(d))
			for _, s := range []string{n.String(), n.String() + ".0", n.String() + "0e-1"} {
				v, _, ok := Int.Read(num(s))
				if ok != n.IsInt64() || ok && v.Int() != n.Int64() {
					t.Errorf("INT.Read(%s) = %v, %v", s, v, ok)
				}
			}
		}
	}
}
