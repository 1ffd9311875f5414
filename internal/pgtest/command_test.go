package pgtest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCommand checks that a command makes the databases and is told which to drop.
func TestCommand(t *testing.T) {
	t.Parallel()
	note := filepath.Join(t.TempDir(), "note")
	command := `f() { echo "$# $1" >>` + note + `; test $# = 1 || echo postgres://role@host/new; }; f`
	t.Run("in use", func(t *testing.T) {
		if got := databaseBy(t, command); got != "postgres://role@host/new" {
			t.Errorf("the URL is %q", got)
		}
	})
	got, err := os.ReadFile(note)
	if want := "0 \n1 postgres://role@host/new\n"; err != nil || string(got) != want {
		t.Errorf("%v: it was called with %q, want %q", err, got, want)
	}
	if _, err := runCommand("echo no room >&2; exit 3 #"); err == nil || err.Error() != commandVariable+": exit status 3\nno room\n" {
		t.Errorf("a command that fails: %v", err)
	}
}
