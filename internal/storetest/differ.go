package storetest

import (
	"strings"

	"stele"
)

// differingSQL is what engines answer otherwise, each as docs/sql.md says. Types show before the values; an error is "an error".
var differingSQL = []struct{ sql, sqlite, postgres string }{
	{`SELECT max(at) FROM kinds`, "TEXT '2026-03-01 08:00:00'", "DATETIME '2026-03-01 08:00:00'"},
	{`SELECT $1`, "INT 5", "TEXT '5'"},
	{`SELECT`, "an error", ""},
	{`SELECT n FROM (VALUES (1)) v(n)`, "an error", "INT 1"},
	{`WITH v(n) AS (VALUES (1)) SELECT n FROM v`, "INT 1", "INT 1"},
	{`SELECT column1 FROM (VALUES (1)) v`, "INT 1", "INT 1"},
	{`SELECT n > 1 FROM kinds`, "INT 1", "BOOLEAN true"},
	{`SELECT name LIKE 'A' FROM kinds`, "INT 1", "BOOLEAN false"},
	{`SELECT 1 / 0`, " null", "an error"},
	{`SELECT round(2.5 * x) FROM kinds`, "FLOAT 3.0", "FLOAT 2.0"},
	{`SELECT substr(name || 'bc', -2) FROM kinds`, "TEXT 'bc'", "TEXT 'abc'"},
	{`SELECT count(*) FROM kinds WHERE name > 1`, "INT 1", "an error"},
}

// queryDiffering asks all of it.
func queryDiffering(f *fixture) {
	t := f.table("kinds", "name TEXT", "n INT", "x FLOAT", "at DATETIME")
	f.add(t, row{"a", 2, 1.0, "2026-03-01 08:00:00"})
	for _, c := range differingSQL {
		want := c.sqlite
		if f.db.Engine() == stele.PostgreSQL {
			want = c.postgres
		}
		q := question(c.sql)
		if strings.Contains(c.sql, "$1") {
			q.Params = []stele.Raw{{Kind: stele.KindNumber, Text: "5"}}
		}
		got := "an error"
		if a, err := f.db.Query(f.Context(), q); err == nil {
			var cells []string
			for i, col := range a.Columns {
				typ := ""
				if col.Type != 0 {
					typ = col.Type.String()
				}
				cells = append(cells, typ+" "+written(a.Rows[0][i]))
			}
			got = strings.Join(cells, ", ")
		}
		if got != want {
			f.Errorf("%s: %s, want %s", c.sql, got, want)
		}
	}
}
