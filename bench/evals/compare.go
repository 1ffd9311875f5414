package main

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A value of an answer. The zero value is null.
type value struct {
	is   is
	text string
}

type is uint8

const (
	isNull is = iota
	isNumber
	isText
)

// truth is a BOOLEAN: a number, because it is one on SQLite.
func truth(b bool) value {
	if b {
		return value{isNumber, "1"}
	}
	return value{isNumber, "0"}
}

// An answer to a question.
type answer struct {
	columns []string // names; a bare engine gives none
	rows    [][]value
	cut     bool // there are more rows
}

// A verdict says what became of a question that the bare engine accepts.
type verdict string

const (
	same      verdict = "same rows"
	refused   verdict = "refused"
	cutShort  verdict = "cut"
	other     verdict = "different rows"
	misplaced verdict = "another order"
)

// judge compares what Stele answered with what the bare engine did. For a question without an ORDER BY of its own the order of rows means nothing.
func judge(bare, got *answer, inOrder bool) verdict {
	if len(bare.rows) > 0 && len(got.rows) > 0 && len(got.columns) > len(bare.rows[0]) {
		got = got.published()
	}
	if got.cut {
		return cutShort
	}
	if len(bare.rows) != len(got.rows) {
		return other
	}
	if equalRows(bare.rows, got.rows) {
		return same
	}
	if !equalRows(sorted(bare.rows), sorted(got.rows)) {
		return other
	}
	if inOrder {
		return misplaced
	}
	return same
}

// published is the answer without the columns that Stele adds to each table: a * shows them.
func (a *answer) published() *answer {
	own := func(i int) bool {
		return slices.Contains([]string{"_id", "_created_at", "_updated_at"}, strings.TrimSuffix(a.columns[i], "_2"))
	}
	p := &answer{cut: a.cut}
	for _, row := range a.rows {
		var kept []value
		for i, v := range row {
			if !own(i) {
				kept = append(kept, v)
			}
		}
		p.rows = append(p.rows, kept)
	}
	return p
}

func equalRows(a, b [][]value) bool {
	return slices.EqualFunc(a, b, func(x, y []value) bool { return slices.EqualFunc(x, y, equal) })
}

// equal compares by value: 1 is 1.0, and a number that JSON would round comes as text. Of a FLOAT all digits count but the last.
func equal(a, b value) bool {
	if a == b {
		return true
	}
	if a.is == isNull || b.is == isNull || a.is == isText && b.is == isText {
		return false
	}
	x, err := strconv.ParseFloat(a.text, 64)
	y, wrong := strconv.ParseFloat(b.text, 64)
	return err == nil && wrong == nil && math.Abs(x-y) <= 1e-12*max(math.Abs(x), math.Abs(y))
}

func sorted(rows [][]value) [][]value {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(x, y []value) int { return slices.CompareFunc(x, y, order) })
	return rows
}

// order puts numbers before texts. Equal numbers may be written in two ways.
func order(a, b value) int {
	if a.is == isNumber && b.is == isNumber {
		x, _ := strconv.ParseFloat(a.text, 64)
		y, _ := strconv.ParseFloat(b.text, 64)
		if math.Abs(x-y) <= 1e-12*max(math.Abs(x), math.Abs(y)) {
			return 0
		}
		return cmp.Compare(x, y)
	}
	return cmp.Or(cmp.Compare(a.is, b.is), cmp.Compare(a.text, b.text))
}
