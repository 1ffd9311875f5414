package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPaths: what is wrong with a path is said with what to do, and what is no matter of the path is left as it is.
func TestPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	films := filepath.Join(dir, "films.csv")
	if err := os.WriteFile(films, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	at := func(path string, err error) error { return &fs.PathError{Op: "open", Path: path, Err: err} }
	film := filepath.Join(dir, "film.csv")
	for _, c := range []struct {
		got  error
		want string
	}{
		{unreadable(film, at(film, syscall.ENOENT)), "there is no file " + film + "; is " + films + " meant?"},
		{unreadable(dir+"/nothing", at(dir+"/nothing", syscall.ENOENT)), "there is no file " + dir + "/nothing"},
		{unreadable("/a.csv", at("/a.csv", syscall.EACCES)), "/a.csv may not be read by whoever runs this: `ls -l` shows who may"},
		{unreadable("/a.csv", at("/a.csv", syscall.ELOOP)), "/a.csv cannot be opened: " + syscall.ELOOP.Error()},
		{unreadable("/a.csv", at("/tmp/spool", syscall.EACCES)), "open /tmp/spool: " + syscall.EACCES.Error()},
		{unreadable("/a.csv", errors.New("broken")), "broken"},
		{unwritable("out/a.csv", at("out/.a.csv.part", syscall.EACCES)), "nothing may be written to out/a.csv by whoever runs this (" + syscall.EACCES.Error() + "): name another place"},
		{unwritable("out/a.csv", at("out/.a.csv.part", syscall.EROFS)), "nothing may be written to out/a.csv by whoever runs this (" + syscall.EROFS.Error() + "): name another place"},
		{unwritable("out/a.csv", at("out/.a.csv.part", syscall.ENOSPC)), "out/a.csv cannot be written: " + syscall.ENOSPC.Error()},
	} {
		if c.got.Error() != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}
