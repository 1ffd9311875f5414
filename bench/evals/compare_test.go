package main

import (
	"context"
	"errors"
	"testing"
)

// fake answers with what it was given.
type fake map[string]*answer

func (f fake) ask(_ context.Context, sql string) (*answer, error) {
	if a := f[sql]; a != nil {
		return a, nil
	}
	return nil, errors.New("refused")
}

func rows(texts ...string) [][]value {
	var all [][]value
	for _, t := range texts {
		all = append(all, []value{{isNumber, t}})
	}
	return all
}

// TestFailuresAreCounted holds the program against a side that is wrong in every way it must notice.
func TestFailuresAreCounted(t *testing.T) {
	t.Parallel()
	bare, err := openSQLite([]*table{{name: "T", columns: []column{{"N", kindInt}}, rows: [][]any{{int64(1)}, {int64(2)}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bare.close() }()
	d := &database{queries: []string{
		"SELECT n FROM t", "SELECT n + 0 FROM t", "SELECT n + 1 FROM t", "SELECT n FROM t ORDER BY n", "SELECT n FROM t WHERE n > 1", "SELECT n * 1 FROM t", "SELECT nothing FROM t",
	}}
	stele := fake{
		"SELECT n FROM t":             {rows: rows("2.0", "1")},          // the order means nothing
		"SELECT n + 0 FROM t":         {rows: rows("1", "3")},            // a wrong row
		"SELECT n + 1 FROM t":         nil,                               // refused
		"SELECT n FROM t ORDER BY n":  {rows: rows("2", "1")},            // another order
		"SELECT n FROM t WHERE n > 1": {rows: rows("2", "2")},            // a row too many
		"SELECT n * 1 FROM t":         {rows: rows("1", "2"), cut: true}, // cut
		"SELECT nothing FROM t":       {rows: rows("1")},                 // the bare engine rejects it
	}
	f := &figures{rejected: map[string]int{}}
	if err := f.ask(t.Context(), bare, stele, d, false); err != nil {
		t.Fatal(err)
	}
	var got []verdict
	for _, x := range f.differences {
		got = append(got, x.verdict)
	}
	want := []verdict{other, refused, misplaced, other, cutShort}
	if f.accepted != 6 || f.same != 1 || len(got) != len(want) {
		t.Fatalf("%d accepted, %d the same, %v", f.accepted, f.same, got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("difference %d is %q, want %q", i, got[i], want[i])
		}
	}
}
