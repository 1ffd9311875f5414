package pgtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// open connects to a database until the test ends.
func open(tb testing.TB, url string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// ask returns the one value of a query's answer, as text.
func ask(tb testing.TB, conn *pgx.Conn, sql string, args ...any) string {
	tb.Helper()
	var value any
	if err := conn.QueryRow(tb.Context(), sql, args...).Scan(&value); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return fmt.Sprint(value)
}

func do(tb testing.TB, conn *pgx.Conn, sql string, args ...any) {
	tb.Helper()
	if _, err := conn.Exec(tb.Context(), sql, args...); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

func TestDatabase(t *testing.T) {
	t.Parallel()
	url := Database(t)
	conn := open(t, url)
	for sql, want := range map[string]string{
		"SELECT rolsuper OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = current_user":       "false",
		"SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole":                         "0",
		"SELECT pg_get_userbyid(datdba) = current_user FROM pg_database WHERE datname = current_database()": "true",
		"SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace":                         "0",
		"SHOW server_encoding": "UTF8",
		"SHOW lc_collate":      "C.UTF-8",
		"SHOW fsync":           "off",
	} {
		if got := ask(t, conn, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	do(t, conn, "CREATE SCHEMA agent_1 CREATE TABLE t (a int)")
	if got := ask(t, open(t, Superuser(t, url)), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"); got != "true" {
		t.Errorf("the superuser is none")
	}
}

// TestDatabasesApart checks that no test's role reaches the database of another, and that each is gone with its test.
func TestDatabasesApart(t *testing.T) {
	t.Parallel()
	url := Database(t)
	var neighbour string
	t.Run("neighbour", func(t *testing.T) {
		neighbour = Database(t)
		open(t, neighbour) // a session that is left open does not keep the database
		mixed, err := pgx.ParseConfig(neighbour)
		if err != nil {
			t.Fatal(err)
		}
		own, err := pgx.ParseConfig(url)
		if err != nil {
			t.Fatal(err)
		}
		mixed.User = own.User
		if conn, err := pgx.ConnectConfig(t.Context(), mixed); err == nil {
			_ = conn.Close(t.Context())
			t.Error("a role is let into the database of another test")
		}
	})
	if neighbour == url {
		t.Fatal("two databases have one URL")
	}
	name := neighbour[strings.LastIndexByte(neighbour, '/')+1 : strings.LastIndexByte(neighbour, '?')]
	conn := open(t, Superuser(t, url))
	for _, sql := range []string{"SELECT count(*) FROM pg_database WHERE datname = $1", "SELECT count(*) FROM pg_roles WHERE rolname = $1"} {
		if got := ask(t, conn, sql, name); got != "0" {
			t.Errorf("%s: %s is still there after its test", sql, name)
		}
	}
}

// TestPasswords checks that a role of the test's making needs the password it was given.
func TestPasswords(t *testing.T) {
	t.Parallel()
	config, err := pgx.ParseConfig(Database(t))
	if err != nil {
		t.Fatal(err)
	}
	role := "reader_of_" + config.Database
	admin := open(t, Superuser(t, config.ConnString()))
	do(t, admin, "CREATE ROLE "+role+" LOGIN PASSWORD 'right'")
	defer func() { do(t, admin, "DROP ROLE "+role) }()
	config.User = role
	for password, want := range map[string]bool{"right": true, "wrong": false, "": false} {
		config.Password = password
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if (err == nil) != want {
			t.Errorf("password %q: %v", password, err)
		}
		if err == nil {
			_ = conn.Close(t.Context())
		}
	}
}

// notedTB is a test that notes how it is ended.
type notedTB struct {
	testing.TB
	skipped, failed bool
}

func (n *notedTB) Helper()               {}
func (n *notedTB) Skip(...any)           { n.skipped = true }
func (n *notedTB) Fatalf(string, ...any) { n.failed = true }

// TestRefuse cannot run in parallel: it sets the environment.
func TestRefuse(t *testing.T) {
	for _, c := range []struct {
		err             error
		require         string
		skipped, failed bool
	}{
		{nil, "1", false, false},
		{errAbsent, "", true, false},
		{errAbsent, "1", false, true},
		{errPortTaken, "", false, true},
	} {
		t.Setenv("STELE_TEST_REQUIRE", c.require)
		n := &notedTB{}
		if refuse(n, c.err); n.skipped != c.skipped || n.failed != c.failed {
			t.Errorf("%v, STELE_TEST_REQUIRE=%s: skipped %t, failed %t", c.err, c.require, n.skipped, n.failed)
		}
	}
}

func BenchmarkCreateAndDrop(b *testing.B) {
	for _, o := range []Options{{}, {Fsync: true}} {
		b.Run(fmt.Sprintf("fsync=%t", o.Fsync), func(b *testing.B) {
			s := New(b, o)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					name, err := s.create()
					if err == nil {
						err = s.drop(name)
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := Start(Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
