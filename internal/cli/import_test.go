package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRepairName puts refused rows beside their file.
func TestRepairName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"films.csv": "films.rejected.csv", "a.b/films.tar.json.gz": "a.b/films.tar.rejected.csv", "/x/films": "/x/films.rejected.csv", "-": "stdin.rejected.csv", "y.parquet.zst": "y.rejected.csv",
	} {
		if got, err := repairPaths([]string{path}, "", false); err != nil || got[0] != want {
			t.Errorf("%q has %q, %v; want %q", path, got, err, want)
		}
	}
}

// TestRepairPaths: no refused row is written over another one, over what is imported, or, by a trial, over what somebody may be mending.
func TestRepairPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"d.csv", "d.tsv", "d.rejected.csv"} {
		if err := os.WriteFile(at(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(at("d.csv"), at("link.csv")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		files []string
		given string
		tried bool
		want  string
	}{
		{[]string{"d.csv", "d.tsv"}, "", false, "d.rejected.csv d.tsv.rejected.csv"},
		{[]string{"d.csv", "d.csv", "d.csv"}, "", false, "d.rejected.csv d.csv.rejected.csv d.csv.rejected.2.csv"},
		{[]string{"d.csv", "d.rejected.csv"}, "", false, "d.csv.rejected.csv d.rejected.rejected.csv"},
		{[]string{"d.csv"}, "", true, "d.dry-run.rejected.csv"},
		{[]string{"d.csv"}, "other.csv", true, "other.csv"},
		{[]string{"d.csv"}, "d.csv", false, "error"},
		{[]string{"d.csv"}, "link.csv", false, "error"},
	} {
		files := make([]string, len(c.files))
		for i, f := range c.files {
			files[i] = at(f)
		}
		given := c.given
		if given != "" {
			given = at(given)
		}
		paths, err := repairPaths(files, given, c.tried)
		got := "error"
		if err == nil {
			for i, p := range paths {
				paths[i] = filepath.Base(p)
			}
			got = strings.Join(paths, " ")
		}
		if got != c.want {
			t.Errorf("%v, --repair %q, tried %t: %s (%v), want %s", c.files, c.given, c.tried, got, err, c.want)
		}
	}
}
