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

// TestTiesAreSettledByTheirColumns holds that a tie is counted as settled only where the completed question is answered alike.
func TestTiesAreSettledByTheirColumns(t *testing.T) {
	t.Parallel()
	bare, err := openSQLite([]*table{{name: "t", columns: []column{{"n", kindInt}}, rows: [][]any{{int64(1)}, {int64(2)}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bare.close() }()
	d := &database{queries: []string{"SELECT n FROM t ORDER BY n / 9", "SELECT n FROM t ORDER BY n / 8", "SELECT * FROM t ORDER BY n / 7", "SELECT n FROM t ORDER BY n / 6 LIMIT 1"}}
	stele := fake{
		"SELECT n FROM t ORDER BY n / 9":             {rows: rows("2", "1")}, // a tie
		"SELECT n FROM t ORDER BY n / 9, 1 ":         {rows: rows("1", "2")},
		"SELECT n FROM t ORDER BY n / 8":             {rows: rows("2", "1")}, // wrong, however the question is put
		"SELECT n FROM t ORDER BY n / 8, 1 ":         {rows: rows("2", "1")},
		"SELECT * FROM t ORDER BY n / 7":             {rows: rows("2", "1")}, // cannot be completed
		"SELECT n FROM t ORDER BY n / 6 LIMIT 1":     {rows: rows("2")},      // the tie goes to another
		"SELECT n FROM t ORDER BY n / 6 , 1 LIMIT 1": {rows: rows("1")},
	}
	f := &figures{rejected: map[string]int{}}
	if err := f.ask(t.Context(), bare, stele, d, false); err != nil {
		t.Fatal(err)
	}
	if f.same != 2 || f.settled != 2 || len(f.differences) != 2 || f.differences[0].sql != d.queries[1] || f.differences[1].sql != d.queries[2] {
		t.Errorf("%d the same, %d settled, %+v", f.same, f.settled, f.differences)
	}
}

func TestCompleted(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		`SELECT a, count(*) FROM t GROUP BY a ORDER BY 2 DESC`:                         `SELECT a, count(*) FROM t GROUP BY a ORDER BY 2 DESC, 1, 2 `,
		`SELECT a FROM t ORDER BY b LIMIT 3;`:                                          `SELECT a FROM t ORDER BY b , 1 LIMIT 3;`,
		`SELECT ' ORDER BY ' FROM t`:                                                   ``,
		`SELECT t.* FROM t ORDER BY a`:                                                 ``,
		`SELECT a * 2, b FROM t ORDER BY a`:                                            `SELECT a * 2, b FROM t ORDER BY a, 1, 2 `,
		`SELECT a FROM t WHERE b = (SELECT b FROM u ORDER BY c LIMIT 1)`:               `SELECT a FROM t WHERE b = (SELECT b FROM u ORDER BY c , 1 LIMIT 1)`,
		`SELECT a FROM t WHERE b IN (SELECT b FROM u ORDER BY c)`:                      ``,
		`SELECT rank() OVER (ORDER BY a), b FROM t`:                                    ``,
		`WITH x AS (SELECT a, b FROM t ORDER BY b LIMIT 2) SELECT a FROM x ORDER BY a`: `WITH x AS (SELECT a, b FROM t ORDER BY b , 1, 2 LIMIT 2) SELECT a FROM x ORDER BY a, 1 `,
		`SELECT a FROM t UNION SELECT b FROM u ORDER BY 1`:                             `SELECT a FROM t UNION SELECT b FROM u ORDER BY 1, 1 `,
	} {
		if got := completed(sql); got != want {
			t.Errorf("%s became\n%s, want\n%s", sql, got, want)
		}
	}
}
