package guard

import (
	"slices"
	"strings"
	"testing"
)

// TestMutate: every kind of change makes something else of some statement, the same bytes make the same of it, and nothing grows without end.
func TestMutate(t *testing.T) {
	t.Parallel()
	seeds := Seeds()
	for what := range byte(13) {
		changed := 0
		for where := range byte(20) {
			how := []byte{what, where, where * 7}
			got := Mutate(`SELECT ok, "n" FROM {table} t WHERE t.name = 'x'`, how, seeds)
			if got != `SELECT ok, "n" FROM {table} t WHERE t.name = 'x'` {
				changed++
			}
			if again := Mutate(`SELECT ok, "n" FROM {table} t WHERE t.name = 'x'`, how, seeds); again != got {
				t.Errorf("%v makes %q and %q", how, got, again)
			}
		}
		if changed < 2 {
			t.Errorf("change %d does nothing", what)
		}
	}
	if got := Mutate(`SELECT 1`, []byte(strings.Repeat("\x08\x01\x02", 500)), seeds); len(got) < 1000 || len(got) > mostMutated {
		t.Errorf("a statement has grown to %d bytes", len(got))
	}
	if got := pieces(`SELECT a.b,'x y' FROM {table}`); !slices.Equal(got, []string{"SELECT", " ", "a", ".", "b", ",", "'x y'", " ", "FROM", " ", "{table}"}) {
		t.Errorf("%q", got)
	}
}
