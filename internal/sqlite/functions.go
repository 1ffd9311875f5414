package sqlite

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zombiezen.com/go/sqlite"
)

// function is one that PostgreSQL has and SQLite lacks, or that SQLite has otherwise. Where strict, null in is null out.
type function struct {
	name   string
	args   int
	strict bool
	do     func([]sqlite.Value) (sqlite.Value, error)
	fold   func() sqlite.AggregateFunction // in place of do
}

// functions lists what register adds to SQLite, with PostgreSQL's meaning.
func functions() []function {
	list := []function{
		{"left", 2, true, text(func(s []rune, n int64) []rune { return s[:cut(n, len(s))] }), nil},
		{"right", 2, true, text(func(s []rune, n int64) []rune { return s[len(s)-cut(n, len(s)):] }), nil},
		{"reverse", 1, true, reverse, nil}, {"initcap", 1, true, initcap, nil},
		{"strpos", 2, true, strpos, nil}, {"split_part", 3, true, splitPart, nil},
		{"lpad", 2, true, pad(true), nil}, {"lpad", 3, true, pad(true), nil}, {"rpad", 2, true, pad(false), nil}, {"rpad", 3, true, pad(false), nil},
		{"starts_with", 2, true, func(v []sqlite.Value) (sqlite.Value, error) {
			return truth(strings.HasPrefix(v[0].Text(), v[1].Text())), nil
		}, nil},
		{"btrim", 1, true, func(v []sqlite.Value) (sqlite.Value, error) {
			return sqlite.TextValue(strings.Trim(v[0].Text(), " ")), nil
		}, nil},
		{"btrim", 2, true, btrim, nil},
		{"char_length", 1, true, charLength, nil}, {"character_length", 1, true, charLength, nil},
		{"greatest", -1, false, extreme(1), nil}, {"least", -1, false, extreme(-1), nil},
		{"mod", 2, true, mod, nil}, {"div", 2, true, div, nil},
		{"now", 0, false, func([]sqlite.Value) (sqlite.Value, error) {
			return sqlite.TextValue(time.Now().UTC().Format(time.DateTime)), nil
		}, nil},
		{"round", 2, true, decimal(halfUp), nil}, {"trunc", 2, true, decimal(down), nil},
		{"ascii", 1, true, ascii, nil}, {"chr", 1, true, chr, nil}, {"repeat", 2, true, repeat, nil}, {"translate", 3, true, translate, nil},
		{"make_date", 3, true, makeDate, nil}, {"to_date", 2, true, toDate, nil}, {"age", 2, true, age, nil},
		{"date_trunc", 2, true, dateTrunc, nil}, {"date_part", 2, true, datePart, nil}, {"to_char", 2, true, toChar(patterns()), nil},
	}
	for name, all := range map[string]bool{"bool_and": true, "every": true, "bool_or": false} {
		list = append(list, function{name: name, args: 1, fold: func() sqlite.AggregateFunction { return &truths{all: all} }})
	}
	list = append(list, function{name: "corr", args: 2, fold: func() sqlite.AggregateFunction { return &likeness{} }})
	for name, of := range map[string]spread{
		"variance": {sample: true}, "var_samp": {sample: true}, "var_pop": {},
		"stddev": {sample: true, root: true}, "stddev_samp": {sample: true, root: true}, "stddev_pop": {root: true},
	} {
		list = append(list, function{name: name, args: 1, fold: func() sqlite.AggregateFunction { s := of; return &s }})
	}
	return list
}

// register adds the functions to a connection. Their errors go to fail: the driver (1.4.2) tells SQLite of an error and then that there is
// none, so that its text would become the function's value.
func register(c *sqlite.Conn, fail func(error)) error {
	for _, f := range functions() {
		impl := &sqlite.FunctionImpl{NArgs: f.args, Deterministic: f.name != "now"}
		if f.fold != nil {
			impl.MakeAggregate = func(sqlite.Context) (sqlite.AggregateFunction, error) { return f.fold(), nil }
		} else {
			impl.Scalar = func(_ sqlite.Context, v []sqlite.Value) (sqlite.Value, error) {
				for i := range v {
					if f.strict && v[i].Type() == sqlite.TypeNull {
						return sqlite.Value{}, nil
					}
				}
				result, err := f.do(v)
				if err != nil {
					fail(err)
				}
				return result, nil
			}
		}
		if err := c.CreateFunction(f.name, impl); err != nil {
			return err
		}
	}
	return registerLike(c)
}

func truth(b bool) sqlite.Value {
	if b {
		return sqlite.IntegerValue(1)
	}
	return sqlite.IntegerValue(0)
}

func text(f func([]rune, int64) []rune) func([]sqlite.Value) (sqlite.Value, error) {
	return func(v []sqlite.Value) (sqlite.Value, error) {
		return sqlite.TextValue(string(f([]rune(v[0].Text()), v[1].Int64()))), nil
	}
}

// cut is how many of so many characters are meant by n, which counts from the other end below 0.
func cut(n int64, length int) int {
	if n < 0 {
		return int(max(int64(length)+max(n, -int64(length)), 0))
	}
	return int(min(n, int64(length)))
}

func reverse(v []sqlite.Value) (sqlite.Value, error) {
	r := []rune(v[0].Text())
	slices.Reverse(r)
	return sqlite.TextValue(string(r)), nil
}

func initcap(v []sqlite.Value) (sqlite.Value, error) {
	inside := false
	return sqlite.TextValue(strings.Map(func(r rune) rune {
		first := !inside
		if inside = unicode.IsLetter(r) || unicode.IsDigit(r); inside && first {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, v[0].Text())), nil
}

func strpos(v []sqlite.Value) (sqlite.Value, error) {
	s := v[0].Text()
	at := strings.Index(s, v[1].Text())
	if at >= 0 {
		at = utf8.RuneCountInString(s[:at])
	}
	return sqlite.IntegerValue(int64(at + 1)), nil
}

func splitPart(v []sqlite.Value) (sqlite.Value, error) {
	s, by, n := v[0].Text(), v[1].Text(), v[2].Int64()
	if n == 0 {
		return sqlite.Value{}, errors.New("split_part: the field position must not be zero")
	}
	parts := []string{s}
	if by != "" {
		parts = strings.Split(s, by)
	}
	if n < 0 {
		n = int64(len(parts)) + 1 + n
	}
	if n < 1 || n > int64(len(parts)) {
		return sqlite.TextValue(""), nil
	}
	return sqlite.TextValue(parts[n-1]), nil
}

// mostPadded bounds what one call makes; the limits of SQLite are looked at only afterwards.
const mostPadded = 100_000

func pad(before bool) func([]sqlite.Value) (sqlite.Value, error) {
	return func(v []sqlite.Value) (sqlite.Value, error) {
		s, n, fill := []rune(v[0].Text()), v[1].Int64(), []rune(" ")
		if len(v) == 3 {
			fill = []rune(v[2].Text())
		}
		if n > mostPadded {
			return sqlite.Value{}, errors.New("lpad and rpad make at most 100000 characters")
		}
		if n <= int64(len(s)) || len(fill) == 0 {
			return sqlite.TextValue(string(s[:min(max(n, 0), int64(len(s)))])), nil
		}
		more := make([]rune, int(n)-len(s))
		for i := range more {
			more[i] = fill[i%len(fill)]
		}
		if before {
			return sqlite.TextValue(string(more) + string(s)), nil
		}
		return sqlite.TextValue(string(s) + string(more)), nil
	}
}

func btrim(v []sqlite.Value) (sqlite.Value, error) {
	if len(v[1].Text()) > 256 { // each character of the one is looked for in the other
		return sqlite.Value{}, errors.New("btrim takes at most 256 bytes of characters")
	}
	return sqlite.TextValue(strings.Trim(v[0].Text(), v[1].Text())), nil
}

func charLength(v []sqlite.Value) (sqlite.Value, error) {
	return sqlite.IntegerValue(int64(utf8.RuneCountInString(v[0].Text()))), nil
}

// extreme is greatest or least, which leave out nulls.
func extreme(sign int) func([]sqlite.Value) (sqlite.Value, error) {
	return func(v []sqlite.Value) (best sqlite.Value, _ error) {
		for _, x := range v {
			if x.Type() != sqlite.TypeNull && (best.Type() == sqlite.TypeNull || sign*compare(x, best) > 0) {
				best = copied(x)
			}
		}
		return best, nil
	}
}

// copied is a value that outlives its argument.
func copied(v sqlite.Value) sqlite.Value {
	switch v.Type() {
	case sqlite.TypeInteger:
		return sqlite.IntegerValue(v.Int64())
	case sqlite.TypeFloat:
		return sqlite.FloatValue(v.Float())
	default:
		return sqlite.TextValue(v.Text())
	}
}

func isNumber(v sqlite.Value) bool {
	return v.Type() == sqlite.TypeInteger || v.Type() == sqlite.TypeFloat
}

func compare(a, b sqlite.Value) int {
	switch {
	case a.Type() == sqlite.TypeInteger && b.Type() == sqlite.TypeInteger:
		return cmp.Compare(a.Int64(), b.Int64())
	case isNumber(a) && isNumber(b):
		return cmp.Compare(a.Float(), b.Float())
	case isNumber(a) != isNumber(b): // as SQLite orders: numbers come first
		if isNumber(a) {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Text(), b.Text())
}

// errZero is a division by zero, in PostgreSQL's words.
var errZero = errors.New("division by zero")

func mod(v []sqlite.Value) (sqlite.Value, error) {
	if v[0].Type() == sqlite.TypeInteger && v[1].Type() == sqlite.TypeInteger {
		if v[1].Int64() == 0 {
			return sqlite.Value{}, errZero
		}
		return sqlite.IntegerValue(v[0].Int64() % v[1].Int64()), nil
	}
	if v[1].Float() == 0 {
		return sqlite.Value{}, errZero
	}
	return sqlite.FloatValue(math.Mod(v[0].Float(), v[1].Float())), nil
}

func div(v []sqlite.Value) (sqlite.Value, error) {
	if v[0].Type() == sqlite.TypeInteger && v[1].Type() == sqlite.TypeInteger {
		switch v[1].Int64() {
		case 0:
			return sqlite.Value{}, errZero
		case -1:
			if v[0].Int64() == math.MinInt64 {
				return sqlite.Value{}, errors.New("integer overflow")
			}
		}
		return sqlite.IntegerValue(v[0].Int64() / v[1].Int64()), nil
	}
	if v[1].Float() == 0 {
		return sqlite.Value{}, errZero
	}
	return sqlite.FloatValue(math.Trunc(v[0].Float() / v[1].Float())), nil
}
