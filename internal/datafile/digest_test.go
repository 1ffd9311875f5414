package datafile_test

import (
	"os"
	"path/filepath"
	"testing"

	"stele/internal/datafile"
)

// TestAs: the same bytes that are read as other rows are read another way, and what was found out counts as what is given.
func TestAs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "names.csv")
	if err := os.WriteFile(path, []byte("a;b\n1;2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	as := func(o datafile.Options) string {
		r, err := datafile.Open(t.Context(), path, o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		return r.As()
	}
	found := as(datafile.Options{})
	if given := as(datafile.Options{Charset: "UTF-8", Delimiter: ';'}); given != found {
		t.Errorf("found out %s, given %s", found, given)
	}
	for _, o := range []datafile.Options{{Charset: "windows-1252"}, {Delimiter: ','}} {
		if as(o) == found {
			t.Errorf("%+v is read as %s, too", o, found)
		}
	}
}
