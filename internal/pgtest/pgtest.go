// Package pgtest is a throwaway PostgreSQL for tests: one server for each test binary, started when first asked for, and a
// database of its own for each test.
//
//	pool, err := pgxpool.New(ctx, pgtest.Database(t))
//
// Nothing has to be stopped: when the test binary is gone, however it ended, its server goes and the data with it. A server of
// a test's own, to be stopped, killed or followed by a standby, is made by New. STELE_TEST_DATABASE_COMMAND has Database ask
// another server (command.go).
package pgtest

import (
	"errors"
	"net/url"
	"os"
	"sync"
	"testing"
)

// Options are what may be asked of a server.
type Options struct {
	// Fsync has the server sync what it writes, on a disk, as real ones do. Without it a commit survives the end of the
	// server's processes but not of the machine, and everything is several times as quick.
	Fsync bool
	// Dir is where the server's folder is made, instead of in the system's place for temporary files. Who runs the server must
	// be able to reach it.
	Dir string
	// Settings are parameters of postgresql.conf, such as max_connections.
	Settings map[string]string
}

// shared starts the test binary's server, once.
var shared = sync.OnceValues(func() (*Server, error) { return Start(Options{}) })

// Database returns the URL of a new, empty database on the test binary's server; it is dropped when the test ends, whoever is
// still connected. The URL's role owns the database, may make roles, and is no superuser and a member of nothing.
//
// That role and the superuser need no password; other roles log in with the password that they were given.
func Database(tb testing.TB) string {
	tb.Helper()
	if command := os.Getenv(commandVariable); command != "" {
		return databaseBy(tb, command)
	}
	s, err := shared()
	refuse(tb, err)
	return s.Database(tb)
}

// New returns a running server of the test's own, which is removed when the test ends.
func New(tb testing.TB, o Options) *Server {
	tb.Helper()
	s, err := Start(o)
	refuse(tb, err)
	s.closeAfter(tb)
	return s
}

// Superuser returns the URL of the same database for the superuser, who may make roles and end other sessions.
func Superuser(tb testing.TB, database string) string {
	tb.Helper()
	return edit(tb, database, func(u *url.URL) { u.User = url.User(superuser) })
}

// edit returns a URL with a part of it changed.
func edit(tb testing.TB, database string, change func(*url.URL)) string {
	tb.Helper()
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatalf("reading the URL of a database: %v", err)
	}
	change(u)
	return u.String()
}

// refuse ends a test that cannot have its server: it is skipped where PostgreSQL is not installed, unless everything is required.
func refuse(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errAbsent) && os.Getenv("STELE_TEST_REQUIRE") != "1":
		tb.Skip(err)
	default:
		tb.Fatalf("starting a PostgreSQL: %v", err)
	}
}
