package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
	"stele/internal/storetest"
)

func TestQueries(t *testing.T) {
	t.Parallel()
	storetest.RunQueries(t, open(postgres.Options{}))
}

func (h *house) ask(sql string) (*stele.Answer, error) {
	return h.store.Database(h.agent.ID()).Query(h.Context(), stele.Question{SQL: sql, MaxRows: 100, MaxBytes: 1 << 16})
}

// TestQueryTypes: what has none of the five types is text, and nothing is rounded.
func TestQueryTypes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	for sql, want := range map[string]string{
		`SELECT 1.5 AS a`:                                  "FLOAT 1.5",
		`SELECT avg(x) FROM (VALUES (1),(3)) v(x)`:         "FLOAT 2",
		`SELECT sum(x::bigint) FROM (VALUES (1),(3)) v(x)`: "INT 4",
		`SELECT 9223372036854775808`:                       "TEXT 9223372036854775808",
		`SELECT '2026-01-02'::date`:                        "TEXT 2026-01-02",
		`SELECT '2026-01-02 03:04:05'::timestamp`:          "DATETIME 2026-01-02 03:04:05",
		`SELECT '2026-01-02 03:04:05.5'::timestamp`:        "TEXT 2026-01-02 03:04:05.5",
		`SELECT 'NaN'::float8`:                             "TEXT NaN",
		`SELECT interval '1 day'`:                          "TEXT 1 day",
		`SELECT true`:                                      "BOOLEAN true",
		`SELECT ARRAY[1,2]`:                                "TEXT {1,2}",
		`SELECT 0.1::float4`:                               "FLOAT 0.1",
	} {
		a, err := h.ask(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got := a.Columns[0].Type.String() + " " + a.Rows[0][0].String(); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	for sql, want := range map[string]stele.Fault{
		`SELECT 1/0`: stele.FaultOther, `SELECT 'x'::int`: stele.FaultType, `SELECT code > n FROM parcels`: stele.FaultType, `SELECT code, count(*) FROM parcels`: stele.FaultOther,
	} {
		_, err := h.ask(sql)
		if f, ok := err.(*stele.QueryFault); !ok || f.Fault != want {
			t.Errorf("%s: %+v, want fault %d", sql, err, want)
		}
	}
}

// TestQueryRole: an agent's role is made at its first question, and goes with the agent.
func TestQueryRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	like := "stele\\_%\\_" + string(h.agent.ID())
	roles := func() (n int) {
		h.no(h.side.QueryRow(t.Context(), `SELECT count(*) FROM pg_roles WHERE rolname LIKE $1`, like).Scan(&n))
		return n
	}
	if roles() != 0 {
		t.Error("there is a role before a question")
	}
	_, err := h.ask(`SELECT count(*) FROM parcels`)
	h.no(err)
	if roles() != 1 {
		t.Error("there is no role after a question")
	}
	limit := func() (n int) {
		h.no(h.side.QueryRow(t.Context(), `SELECT rolconnlimit FROM pg_roles WHERE rolname LIKE $1`, like).Scan(&n))
		return n
	}
	if limit() != 16 {
		t.Errorf("the role may have %d connections, want 16", limit())
	}
	h.sql(`ALTER ROLE ` + roleName(h, like) + ` CONNECTION LIMIT -1`) // as one that was made before there was a limit
	_, err = h.open(postgres.Options{}).Database(h.agent.ID()).Query(t.Context(), stele.Question{SQL: `SELECT 1 FROM parcels`, MaxRows: 1, MaxBytes: 100})
	h.no(err)
	if limit() != 16 {
		t.Errorf("a role of another version may have %d connections, want 16", limit())
	}
	var rights int // more than to read the one table
	h.no(h.side.QueryRow(t.Context(), `SELECT count(*) FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace WHERE r.rolname LIKE $1
		AND c.relkind='r' AND (n.nspname LIKE 'agent%' OR n.nspname='stele_catalog') AND has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
		AND (c.relname<>'parcels' OR has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE'))`, like).Scan(&rights))
	if rights != 0 {
		t.Errorf("the role has rights on %d tables too many", rights)
	}
	// A role that was lost, as by a dump that was read back elsewhere, is made again.
	h.sql(`REVOKE ALL ON ALL TABLES IN SCHEMA ` + h.schema() + ` FROM ` + roleName(h, like))
	h.sql(`REVOKE ALL ON SCHEMA ` + h.schema() + ` FROM ` + roleName(h, like))
	h.sql(`DROP ROLE ` + roleName(h, like))
	if _, err := h.open(postgres.Options{}).Database(h.agent.ID()).Query(t.Context(), stele.Question{SQL: `SELECT 1 FROM parcels`, MaxRows: 1, MaxBytes: 100}); err != nil {
		t.Errorf("after the role was lost: %v", err)
	}
	_, err = h.svc.DeleteAgent(t.Context(), string(h.agent.ID()))
	h.no(err)
	if roles() != 0 {
		t.Error("the role has outlived its agent")
	}
	if _, err := h.ask(`SELECT 1`); stele.ErrorCode(err) != stele.CodeUnauthenticated {
		t.Errorf("a question of a deleted agent: %v", err)
	}
}

func roleName(h *house, like string) (name string) {
	h.no(h.side.QueryRow(h.Context(), `SELECT rolname FROM pg_roles WHERE rolname LIKE $1`, like).Scan(&name))
	return name
}

// TestQueryWithoutRight: where the store's role may make no roles, questions are refused and all else works.
func TestQueryWithoutRight(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	_, user, _ := strings.Cut(h.url, "://")
	user, _, _ = strings.Cut(user, "@")
	super, err := pgx.Connect(t.Context(), pgtest.Superuser(t, h.url))
	h.no(err)
	defer func() { _ = super.Close(context.Background()) }()
	_, err = super.Exec(t.Context(), `ALTER ROLE `+user+` NOCREATEROLE`)
	h.no(err)
	for range 2 {
		_, err = h.ask(`SELECT 1`)
		if f, ok := err.(*stele.QueryFault); !ok || f.Fault != stele.FaultRefused || f.Detail != "questions in SQL are not set up on this server" {
			t.Errorf("%+v", err)
		}
	}
	h.imported(h.row("a", "1"))
}
