package pgtest

import (
	"context"
	"fmt"
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
		"SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = current_user": "false",
		"SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole":                                    "0",
		"SELECT pg_get_userbyid(datdba) = current_user FROM pg_database WHERE datname = current_database()":            "true",
		"SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace":                                    "0",
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

func BenchmarkDatabase(b *testing.B) {
	Database(b) // the server's start
	for b.Loop() {
		b.Run("", func(b *testing.B) { Database(b) })
	}
}
