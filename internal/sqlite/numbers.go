package sqlite

import (
	"errors"
	"math/big"
	"strings"
	"unicode/utf8"

	"zombiezen.com/go/sqlite"

	"stele"
)

// mostPlaces is where a FLOAT has no more decimals to round.
const mostPlaces = 17

// decimal rounds to so many decimals, by the shortest decimal that means the number: the stores' one way, so that 2.675 is 2.68 on both.
func decimal(to func(*big.Rat) *big.Int) func([]sqlite.Value) (sqlite.Value, error) {
	return func(v []sqlite.Value) (sqlite.Value, error) {
		x, places := v[0].Float(), max(v[1].Int64(), -400)
		r, ok := new(big.Rat).SetString(string(stele.AppendFloat(nil, x)))
		if !ok || places >= mostPlaces { // an infinity
			return sqlite.FloatValue(x), nil
		}
		unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(places, -places)), nil))
		if places > 0 {
			unit.Inv(unit)
		}
		n := new(big.Rat).SetInt(to(r.Quo(r, unit)))
		f, _ := n.Mul(n, unit).Float64()
		return sqlite.FloatValue(f), nil
	}
}

// down leaves out what stands behind the point.
func down(r *big.Rat) *big.Int { return new(big.Int).Quo(r.Num(), r.Denom()) }

// halfUp rounds halves away from zero.
func halfUp(r *big.Rat) *big.Int { return down(r.Add(r, big.NewRat(int64(r.Sign()), 2))) }

func ascii(v []sqlite.Value) (sqlite.Value, error) {
	s := v[0].Text()
	if s == "" {
		return sqlite.IntegerValue(0), nil
	}
	r, _ := utf8.DecodeRuneInString(s)
	return sqlite.IntegerValue(int64(r)), nil
}

func chr(v []sqlite.Value) (sqlite.Value, error) {
	n := v[0].Int64()
	if n < 1 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return sqlite.Value{}, errors.New("chr takes the number of a character")
	}
	return sqlite.TextValue(string(rune(n))), nil
}

func repeat(v []sqlite.Value) (sqlite.Value, error) {
	s, n := v[0].Text(), max(v[1].Int64(), 0)
	if s != "" && n > mostPadded/int64(len(s)) {
		return sqlite.Value{}, errors.New("repeat makes at most 100000 characters")
	}
	if s == "" {
		n = 0
	}
	return sqlite.TextValue(strings.Repeat(s, int(n))), nil
}

// translate puts a character of the third text for each of the second, or none.
func translate(v []sqlite.Value) (sqlite.Value, error) {
	from, to := []rune(v[1].Text()), []rune(v[2].Text())
	if len(from) > 256 {
		return sqlite.Value{}, errors.New("translate takes at most 256 characters")
	}
	put := make(map[rune]rune, len(from))
	for i, r := range from {
		if _, ok := put[r]; ok {
			continue
		}
		if put[r] = -1; i < len(to) {
			put[r] = to[i]
		}
	}
	return sqlite.TextValue(strings.Map(func(r rune) rune {
		if other, ok := put[r]; ok {
			return other
		}
		return r
	}, v[0].Text())), nil
}
