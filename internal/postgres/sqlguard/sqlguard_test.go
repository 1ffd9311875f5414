package sqlguard

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"stele"
)

func faultOf(err error) *stele.QueryFault {
	f, _ := errors.AsType[*stele.QueryFault](err)
	return f
}

// TestDeepest has the grammar read the deepest texts that are let through to it, of every construct that nests. Where its stack overflows
// it hangs.
func TestDeepest(t *testing.T) {
	t.Parallel()
	p := New()
	for name, of := range map[string]func(n int) string{
		"plus":     func(n int) string { return "SELECT 1" + strings.Repeat("+1", n) },
		"concat":   func(n int) string { return "SELECT a" + strings.Repeat("||'b'", n) },
		"function": func(n int) string { return "SELECT " + strings.Repeat("abs(", n) + "1" + strings.Repeat(")", n) },
		"not":      func(n int) string { return "SELECT " + strings.Repeat("NOT ", n) + "true" },
		"minus":    func(n int) string { return "SELECT " + strings.Repeat("- ", n) + "a" },
		"cast":     func(n int) string { return "SELECT 1" + strings.Repeat("::int", n) },
		"isnull":   func(n int) string { return "SELECT 1" + strings.Repeat(" ISNULL", n) },
		"union":    func(n int) string { return "SELECT 1" + strings.Repeat(" UNION SELECT 1", n) },
		"join":     func(n int) string { return "SELECT 1 FROM a" + strings.Repeat(" NATURAL JOIN a", n) },
		"select":   func(n int) string { return "SELECT " + strings.Repeat("(SELECT ", n) + "1" + strings.Repeat(")", n) },
		"from": func(n int) string {
			return "SELECT 1 FROM " + strings.Repeat("(SELECT 1 FROM ", n) + "a" + strings.Repeat(") a", n)
		},
		"with": func(n int) string {
			return strings.Repeat("WITH a AS (", n) + "SELECT 1" + strings.Repeat(") SELECT 1", n)
		},
		"case": func(n int) string {
			return "SELECT " + strings.Repeat("CASE WHEN ", n) + "a" + strings.Repeat(" THEN 1 END", n)
		},
		"else": func(n int) string {
			return "SELECT " + strings.Repeat("CASE WHEN a THEN 1 ELSE ", n) + "a" + strings.Repeat(" END", n)
		},
		"and or":  func(n int) string { return "SELECT a" + strings.Repeat(" AND (a OR (b", n) + strings.Repeat("))", n) },
		"between": func(n int) string { return "SELECT a" + strings.Repeat(" BETWEEN 1 AND 2 IS NULL", n) },
		"named":   func(n int) string { return "SELECT a" + strings.Repeat("+a.and", n) },
		"end": func(n int) string {
			return "SELECT " + strings.Repeat("CASE WHEN a.end+", n) + "a" + strings.Repeat(" THEN 1 END", n)
		},
		"array": func(n int) string { return "SELECT " + strings.Repeat("ARRAY[", n) + "1" + strings.Repeat("]", n) },
	} {
		admitted := 0
		for n := 1; n < 4000; n++ {
			if d, _ := depth(of(n)); d > mostDepth {
				break
			}
			admitted = n
		}
		if admitted < 20 || admitted > mostDepth {
			t.Errorf("%s: %d are let through", name, admitted)
			continue
		}
		if _, err := p.Read(of(admitted)); err != nil && faultOf(err).Detail == "it cannot be read" {
			t.Fatalf("%s: %d overflow the grammar's stack", name, admitted)
		}
	}
	if _, err := p.Read("SELECT a IN (1" + strings.Repeat(",1", 9000) + ")"); err != nil {
		t.Errorf("a long list: %v", err)
	}
}

// TestAdmitted reads honest questions.
func TestAdmitted(t *testing.T) {
	t.Parallel()
	p := New()
	for sql, tables := range map[string]string{
		`SELECT a.b, count(*) FILTER (WHERE x>1) AS n, $1::text, sum(x) OVER (PARTITION BY y ORDER BY z ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), interval '1 day'
			FROM t AS a JOIN u USING (id) LEFT JOIN (SELECT 1 UNION ALL SELECT 2) s(q) ON true WHERE a.x IN (1,2) AND EXISTS (SELECT 1) AND b LIKE 'x%' ESCAPE '!'
			GROUP BY ROLLUP(1), 2 HAVING true ORDER BY 1 DESC NULLS LAST LIMIT 3 OFFSET 2`: "t u",
		`WITH RECURSIVE c(n) AS (SELECT 1 UNION SELECT n+1 FROM c) SELECT CASE WHEN a IS NULL THEN 1 ELSE coalesce(a,2) END, CAST(a AS numeric(10,2)), extract(year from d),
			trim(both ' ' from x), position('a' in b), substring(x from 1 for 2), current_date, a NOT BETWEEN 1 AND 2, greatest(1,2), nullif(1,2), a IS DISTINCT FROM b,
			x IS TRUE, a COLLATE "C", x AT TIME ZONE 'utc', a = ANY(ARRAY[1]), d::date FROM c, generate_series(1,3) g WINDOW w AS (ORDER BY 1)`: "",
		`SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x), string_agg(DISTINCT a, ',' ORDER BY b), '2020-01-01'::timestamp FROM t; -- done`: "t",
		`SELECT DISTINCT v.a FROM (VALUES (1),(2)) v(a) GROUP BY GROUPING SETS ((a),())`:                                                         "",
		`SELECT (SELECT max(n) FROM b WHERE b.x = a.x) FROM a`:                                                                                   "b a",
		`SELECT strpos(name, $1) FROM a`: "a",
	} {
		s, err := p.Read(sql)
		if err != nil {
			t.Errorf("%s: %+v", sql, faultOf(err))
			continue
		}
		var got []string
		for _, r := range s.Tables {
			got = append(got, r.Name)
		}
		want := strings.Fields(tables)
		slices.Sort(got)
		slices.Sort(want)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: tables %v, want %v", sql, got, want)
		}
	}
}

// TestRefused: what is not on the lists.
func TestRefused(t *testing.T) {
	t.Parallel()
	p := New()
	for sql, want := range map[string]stele.Fault{
		`SELECT * INTO x FROM t`:         stele.FaultRefused,
		`SELECT * FROM t FOR UPDATE`:     stele.FaultRefused,
		`SELECT * FROM a.t`:              stele.FaultRefused,
		`SELECT ctid FROM t`:             stele.FaultColumn,
		`SELECT t.xmin FROM t`:           stele.FaultColumn,
		`SELECT pg_sleep(1)`:             stele.FaultFunction,
		`SELECT public.abs(1)`:           stele.FaultFunction,
		`SELECT 'pg_class'::regclass`:    stele.FaultRefused,
		`SELECT '{1}'::int[]`:            stele.FaultRefused,
		`SELECT current_user`:            stele.FaultRefused,
		`SELECT a ~ 'x' FROM t`:          stele.FaultRefused,
		`SELECT a SIMILAR TO 'x' FROM t`: stele.FaultRefused,
		`SELECT 1 OPERATOR(a.+) 2`:       stele.FaultRefused,
		`WITH pg_class AS (SELECT * FROM pg_class) SELECT * FROM pg_class`: stele.FaultRefused,
		`SELECT * FROM pg_class`:                 stele.FaultTable,
		`SELECT * FROM _tables`:                  stele.FaultTable,
		`SELECT substring(a, 'x*') FROM t`:       stele.FaultRefused,
		`SELECT substring(a from $1) FROM t`:     stele.FaultRefused,
		`SELECT substring(a, b, c) FROM t`:       stele.FaultRefused,
		`TABLE t`:                                stele.FaultRefused,
		`VALUES (1)`:                             stele.FaultRefused,
		`SELECT 1; SELECT 2`:                     stele.FaultRefused,
		`SELECT * FROM t TABLESAMPLE SYSTEM (1)`: stele.FaultRefused,
		`SELECT translate(a, b, c) FROM t`:       stele.FaultRefused,
		`SELECT strpos(a, '` + strings.Repeat("x", 257) + `') FROM t`: stele.FaultRefused,
		`SELECT 'a' 'b`:                                                                 stele.FaultSyntax,
		`SELECT (10).pg_get_userbyid`:                                                   stele.FaultRefused,
		`SELECT (n).pg_advisory_lock FROM t`:                                            stele.FaultRefused,
		`SELECT ($1).current_setting`:                                                   stele.FaultRefused,
		`SELECT (ARRAY[1])[1].pg_advisory_lock`:                                         stele.FaultRefused,
		`SELECT (SELECT 10).pg_get_userbyid`:                                            stele.FaultRefused,
		`SELECT 1 FROM t ORDER BY (CASE WHEN true THEN 10 END).pg_get_userbyid`:         stele.FaultRefused,
		`SELECT g.pg_sleep FROM generate_series(1,9) g`:                                 stele.FaultColumn,
		`SELECT g.pg_sleep FROM generate_series(1,9) AS g(a)`:                           stele.FaultColumn,
		`SELECT generate_series.pg_sleep FROM generate_series(1,9)`:                     stele.FaultColumn,
		`SELECT lower.current_setting FROM ROWS FROM (pg_catalog.lower('PORT'))`:        stele.FaultColumn,
		`SELECT 1 FROM lower('PORT') g WHERE EXISTS (SELECT g.current_setting)`:         stele.FaultColumn,
		`SELECT c.pg_sleep FROM coalesce(1,2)`:                                          stele.FaultRefused,
		`SELECT (SELECT g.pg_sleep FROM lower('a') g) FROM lower('b') AS g(pg_sleep)`:   stele.FaultColumn,
		`SELECT (SELECT g.pg_sleep FROM lower('a') AS g(x)) FROM (SELECT 1 pg_sleep) g`: stele.FaultColumn,
	} {
		_, err := p.Read(sql)
		if f := faultOf(err); f == nil || f.Fault != want {
			t.Errorf("%s: %+v, want fault %d", sql, f, want)
		}
	}
	s, err := p.Read(`WITH keys AS (SELECT * FROM keys) SELECT * FROM keys`)
	if err != nil || len(s.Tables) != 1 {
		t.Errorf("a CTE that reads a table of its own name: %+v, %v", s, err)
	}
}
