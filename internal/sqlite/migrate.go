package sqlite

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"
)

//go:embed migrations
var migrations embed.FS

// line is one of the two lines of migrations, for the catalog and for agents' files. Only ever forward: file number n
// of the folder takes a database from version n-1 to n. The version stands in user_version, the line in application_id.
type line struct {
	folder string
	mark   int64
}

func catalogLine() line { return line{"catalog", 0x53746c43} } // StlC
func agentLine() line   { return line{"agent", 0x53746c41} }   // StlA

// steps returns the line's migrations in order.
func (l line) steps() ([]string, error) {
	names, err := fs.Glob(migrations, "migrations/"+l.folder+"/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	steps := make([]string, len(names))
	for i, n := range names {
		b, err := migrations.ReadFile(n)
		if err != nil {
			return nil, err
		}
		if want := fmt.Sprintf("/%04d.sql", i+1); !strings.HasSuffix(n, want) {
			return nil, fmt.Errorf("migration %s should end with %s", n, want)
		}
		steps[i] = string(b)
	}
	return steps, nil
}

// migrate brings the file up to date. A file that is empty becomes the first version of the line.
// ErrNewer for one of a later program, ErrDamaged for one that is not of this line.
func (l line) migrate(c *conn) error {
	steps, err := l.steps()
	if err != nil {
		return err
	}
	mark, err := c.pragma("application_id")
	if err != nil {
		return damaged(c.path, err)
	}
	version, err := c.pragma("user_version")
	if err != nil {
		return damaged(c.path, err)
	}
	if mark == 0 && version == 0 {
		if n, err := c.pragma("schema_version"); err != nil || n != 0 {
			return errors.Join(err, fmt.Errorf("%s: %w: it is a database of another program", c.path, ErrDamaged))
		}
		mark = l.mark
	}
	if mark != l.mark {
		return fmt.Errorf("%s: %w: its application_id is %#x, not %#x", c.path, ErrDamaged, mark, l.mark)
	}
	if version > int64(len(steps)) {
		return fmt.Errorf("%s: %w (version %d; this program knows %d)", c.path, ErrNewer, version, len(steps))
	}
	for i := version; i < int64(len(steps)); i++ {
		if err := l.step(c, steps[i], i+1); err != nil {
			return fmt.Errorf("migrating %s to version %d: %w", c.path, i+1, err)
		}
	}
	return nil
}

// step applies one migration and notes its number, in one transaction.
func (l line) step(c *conn, sql string, number int64) error {
	if err := c.script("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := c.script(sql)
	if err == nil {
		err = c.script(fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", l.mark, number))
	}
	if err != nil && !c.AutocommitEnabled() {
		err = errors.Join(err, c.script("ROLLBACK"))
	}
	return err
}

// pragma reads a number.
func (c *conn) pragma(name string) (n int64, err error) {
	s, _, err := c.PrepareTransient("PRAGMA " + name)
	if err != nil {
		return 0, err
	}
	defer s.Finalize()
	if _, err = s.Step(); err != nil {
		return 0, err
	}
	return s.ColumnInt64(0), nil
}

// createFile makes a complete database file: built under another name, filled, flushed and only then given its own
// name, so that a file that is there is never half made.
func createFile(l line, path string, fill func(*conn) error) (err error) {
	draft := path + draftSuffix
	if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // SQLite would give it a mode of its own
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	defer func() {
		if err != nil {
			_ = os.Remove(draft)
		}
	}()
	// Nothing of a draft outlives a crash, so nothing of it needs to be flushed before the end.
	c, err := openConn(draft, sqlite.OpenReadWrite, writerStmts, "PRAGMA synchronous=OFF", "PRAGMA journal_mode=MEMORY")
	if err != nil {
		return err
	}
	err = l.migrate(c)
	if err == nil && fill != nil {
		err = fill(c)
	}
	if err == nil {
		err = c.script("PRAGMA journal_mode=WAL") // remembered in the file
	}
	if err := errors.Join(err, c.close()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := removeLogs(path); err != nil { // a log left by a lost file would be read as this one's
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return syncFolder(path)
}

const draftSuffix = ".new"

// removeLogs removes what SQLite keeps beside the file at path.
func removeLogs(path string) error {
	for _, tail := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
