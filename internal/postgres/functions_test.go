package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// TestFunctionsComeLater: a catalog of the first version gets the functions, and programs of that version may go on serving it.
func TestFunctionsComeLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	h.imported(h.row("a", "1"))
	h.sql(`DROP SCHEMA stele_functions CASCADE`)
	h.sql(`UPDATE stele_catalog.installation SET version=1`)
	h.store = h.open(postgres.Options{})
	a, err := h.ask(`SELECT ifnull(code, 'x'), round(avg(n) * 1.5::float8, 1), group_concat(code) FROM parcels GROUP BY code`)
	h.no(err)
	if got := a.Rows[0][1].String(); got != "1.5" {
		t.Errorf("%v", a.Rows)
	}
	var version, oldest int
	h.no(h.side.QueryRow(t.Context(), `SELECT version, oldest FROM stele_catalog.installation`).Scan(&version, &oldest))
	if version != 2 || oldest != 1 {
		t.Errorf("the catalog has version %d and serves programs from version %d on; want 2 and 1", version, oldest)
	}
	h.sql(`UPDATE stele_catalog.installation SET version=1`) // a backup's catalog beside functions that are there already
	h.store = h.open(postgres.Options{})
	_, err = h.ask(`SELECT ifnull(code, 'x') FROM parcels`)
	h.no(err)
}

// TestFunctionsAreStelesOwn: a schema of that name that somebody else has made is not taken into use.
func TestFunctionsAreStelesOwn(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	super, err := pgx.Connect(t.Context(), pgtest.Superuser(t, url))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = super.Close(context.Background()) }()
	if _, err := super.Exec(t.Context(), `CREATE SCHEMA stele_functions`); err != nil {
		t.Fatal(err)
	}
	if s, err := postgres.Open(t.Context(), url, postgres.Options{}); err == nil || !strings.Contains(err.Error(), "stele_functions that belongs to another user") {
		if err == nil {
			_ = s.Close()
		}
		t.Errorf("opened with %v", err)
	}
}

// TestFunctionsAreInlined: the small ones cost a question nothing, and what a question may not name it cannot call.
func TestFunctionsAreInlined(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	var plan string
	rows, err := h.side.Query(t.Context(), `EXPLAIN (VERBOSE, COSTS OFF) SELECT stele_functions.ifnull(n, 0), stele_functions.round(n::float8, 2), stele_functions.instr(code, 'x'),
		stele_functions.strftime('%Y-%m', now()::timestamp), stele_functions.iif(n > 1, 2, 3), stele_functions.max(n, 3) FROM `+h.schema()+`.parcels`)
	h.no(err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	h.no(err)
	if plan = strings.Join(lines, "\n"); strings.Contains(plan, "stele_functions") {
		t.Errorf("not inlined:\n%s", plan)
	}
	for _, sql := range []string{`SELECT _moment('now')`, `SELECT stele_functions.ifnull(1, 2)`, `SELECT pg_catalog.repeat('x', 1000000)`, `SELECT pg_catalog.lpad('x', 1000000)`,
		`SELECT repeat('xx', 50001)`, `SELECT hex(repeat('xx', 25001))`, `SELECT replace(repeat('x', 1001), 'x', repeat('y', 10000))`, `SELECT lpad('x', 100001)`, `SELECT instr(code, code) FROM parcels`, `SELECT printf('%s' || repeat('x', 1000), 1)`} {
		if a, err := h.ask(sql); err == nil {
			t.Errorf("%s: answered with %v", sql, a.Rows)
		}
	}
	a, err := h.ask(`SELECT length(repeat('xx', 50000)), length(printf('%999d|%.99f', 1, 2.0))`)
	h.no(err)
	if a.Rows[0][0].String() != "100000" || len(a.Rows[0][1].String()) != 3 {
		t.Errorf("%v", a.Rows)
	}
	// What the parser lets a question name is there, and what is there it lets one name.
	names, err := h.side.Query(t.Context(), `SELECT DISTINCT proname FROM pg_proc WHERE pronamespace='stele_functions'::regnamespace AND proname NOT LIKE '\_%'`)
	h.no(err)
	all, err := pgx.CollectRows(names, pgx.RowTo[string])
	h.no(err)
	for _, name := range all {
		_, err := h.ask(`SELECT "` + name + `"('2026-01-05', 'x', 'y', 'z', 'a', 'b', 'c')`)
		if err != nil && strings.Contains(err.Error(), "is not answered") || err != nil && err.Error() == "fault 4: "+name+" " {
			t.Errorf("%s cannot be named: %v", name, err)
		}
	}
}

// TestPostgreSQLKeepsItsMeaning: whoever knows PostgreSQL is not misled, because no function of its own means something else in a question.
func TestPostgreSQLKeepsItsMeaning(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	rows, err := h.side.Query(t.Context(), `SELECT DISTINCT s.proname::text FROM pg_proc s JOIN pg_proc p USING (proname, proargtypes)
		WHERE s.pronamespace='stele_functions'::regnamespace AND p.pronamespace='pg_catalog'::regnamespace ORDER BY 1`)
	h.no(err)
	hidden, err := pgx.CollectRows(rows, pgx.RowTo[string])
	h.no(err)
	if got := strings.Join(hidden, " "); got != "lpad repeat replace rpad" { // the same, with a bound
		t.Errorf("hidden are %s", got)
	}
	h.sql(`SET timezone='UTC'`)
	for _, expr := range []string{
		`(SELECT sum(n) / count(*) FROM (VALUES (1::int8), (2)) v(n))`, `(SELECT sum(n) / 2 FROM (VALUES (1::int4), (2)) v(n))`, `(SELECT sum(n) FROM (VALUES (9223372036854775807), (1)) v(n))`,
		`round(2.5::float8)`, `round(-2.5)`, `round(2.675, 2)`, `ceil(5) / 2`, `ceiling(1.2)`, `floor(7) / 2`, `trunc(7) / 2`, `trunc(7.9)`, `sign(3) / 2`, `sign(-2.5) / 2`,
		`sqrt(2.0)`, `exp(1.0)`, `ln(2.0)`, `log(2.0)`, `log10(2.0)`, `log(2.0, 3.0)`, `power(1.5, 2.5)`, `pow(2, 0.5)`, `mod(7.5, 2)`, `mod(-7, 3)`, `7.9 % 2`,
		`substr('abcdef', -3)`, `substr('abcdef', -3, 5)`, `substring('abcdef', 0, 3)`, `lpad('ab', 5, 'xy')`, `rpad('ab', 4)`, `repeat('ab', 2)`,
		`date_trunc('month', date '2026-05-17')`, `date_trunc('month', timestamp '2026-05-17')`, `date_part('dow', date '2026-05-17')`, `to_char(2.5, '9.99')`,
		`date(timestamp '2026-05-17 10:00')`, `max(2) || min('x')`,
	} {
		var want string
		h.no(h.side.QueryRow(t.Context(), `SELECT (`+expr+`)::text`).Scan(&want))
		a, err := h.ask(`SELECT (` + expr + `)::text`)
		if err != nil || a.Rows[0][0].String() != want {
			t.Errorf("%s: %v %v, bare %s", expr, a, err, want)
		}
	}
}

// TestFunctionsLookLast: a function that looks names up itself looks into the session's temporary tables last, where whoever opened the
// session might have put others of those names: unnamed, they come first.
func TestFunctionsLookLast(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	rows, err := h.side.Query(t.Context(), `SELECT p.proname, p.proconfig::text FROM pg_proc p JOIN pg_namespace n ON n.oid=p.pronamespace WHERE n.nspname='stele_functions' AND p.proconfig IS NOT NULL`)
	h.no(err)
	found := 0
	var name, settings string
	_, err = pgx.ForEachRow(rows, []any{&name, &settings}, func() error {
		if found++; settings != `{"search_path=pg_catalog, pg_temp"}` {
			t.Errorf("%s has %s", name, settings)
		}
		return nil
	})
	h.no(err)
	if found < 6 {
		t.Errorf("%d functions have a search_path of their own", found)
	}
}
