package storetest

import (
	"strings"

	"stele"
)

// commonSQL is the SQL that every engine understands alike, by what it shows: docs/sql.md lists it. Types show in what is wanted:
// texts stand in quotes, a FLOAT has a point.
var commonSQL = []struct{ sql, want string }{
	{`SELECT count(*), count(price), count(DISTINCT kind), sum(qty), min(qty), max(name) FROM sales`, "5 4 2 15 1 'é'"},
	{`SELECT avg(qty) FROM sales`, "3.0"},
	{`SELECT sum(price) FROM sales`, "10.5"},
	{`SELECT kind, sum(qty) FROM sales GROUP BY kind HAVING sum(qty) > 7 ORDER BY kind`, "'b' 9"},
	{`SELECT name FROM sales WHERE sold_at >= '2026-02-01' AND sold_at < '2026-03-01' ORDER BY name`, "'Bob' 'bob'"},
	{`SELECT name FROM sales WHERE gift = true ORDER BY qty`, "'Ada' 'é'"},
	{`SELECT name FROM sales WHERE NOT gift ORDER BY qty LIMIT 1 OFFSET 1`, "'bob'"},
	{`SELECT name FROM sales WHERE name LIKE 'B%' ORDER BY qty LIMIT 1`, "'Bob'"},
	{`SELECT name FROM sales WHERE price IS NULL`, "'Bob'"},
	{`SELECT name FROM sales WHERE qty BETWEEN 2 AND 3 AND kind IN ('a', 'b') ORDER BY name`, "'Bob' 'bob'"},
	{`SELECT coalesce(price, 0.5) FROM sales WHERE price IS NULL`, "0.5"},
	{`SELECT CASE WHEN qty > 3 THEN 'many' ELSE 'few' END AS c, count(*) FROM sales GROUP BY c ORDER BY c`, "'few' 3 'many' 2"},
	{`SELECT upper(kind) || '-' || lower('X') FROM sales WHERE qty = 1`, "'A-x'"},
	{`SELECT length('日本'), substr('abcdef', 2, 3), replace('aXa', 'X', 'b'), trim('  a '), ltrim(' a'), rtrim('a ')`, "2 'bcd' 'aba' 'a' 'a' 'a'"},
	{`SELECT "left"('abcdef', 2), "right"('abcdef', 2), strpos('abc', 'c'), split_part('a,b,c', ',', 2)`, "'ab' 'ef' 3 'b'"},
	{`SELECT initcap('hello world'), reverse('abc'), CASE WHEN starts_with('abc', 'ab') THEN 1 END, btrim(' a ')`, "'Hello World' 'cba' 1 'a'"},
	{`SELECT concat('a', NULL, 'b'), concat_ws('-', 'a', NULL, 'b'), nullif('a', 'a')`, "'ab' 'a-b' null"},
	{`SELECT abs(-2), abs(-2.5), CAST(round(2.5) AS integer), CAST(ceil(1.2) AS integer), CAST(floor(-1.2) AS integer), mod(7, 3)`, "2 2.5 3 2 -2 1"},
	{`SELECT 7 / 2, 7 % 2, 7 / 2.0, -7 / 2`, "3 1 3.5 -3"},
	{`SELECT greatest(1, 3, 2), least(1, 3, 2)`, "3 1"},
	{`SELECT sqrt(16.0), power(2, 10), exp(0), ln(1)`, "4.0 1024.0 1.0 0.0"},
	{`SELECT date_part('year', sold_at), date_part('month', sold_at) FROM sales WHERE qty = 1`, "2026.0 1.0"},
	{`SELECT to_char(sold_at, 'YYYY-MM'), to_char(sold_at, 'DD.MM.YYYY HH24:MI:SS') FROM sales WHERE qty = 1`, "'2026-01' '05.01.2026 10:20:30'"},
	{`SELECT to_char(date_trunc('month', sold_at), 'YYYY-MM-DD') AS m, count(*) FROM sales GROUP BY m ORDER BY m`, "'2026-01-01' 1 '2026-02-01' 2 '2026-03-01' 2"},
	{`SELECT string_agg(kind, '+') FROM (SELECT DISTINCT kind FROM sales ORDER BY kind) k`, "'a+b'"},
	{`SELECT var_pop(qty), var_samp(qty) FROM sales`, "2.0 2.5"},
	{`SELECT a.name FROM sales a JOIN sales b ON b.qty = a.qty + 1 LEFT JOIN sales c ON c.qty = a.qty - 1 WHERE c.qty IS NULL`, "'Ada'"},
	{`SELECT name, rank() OVER (PARTITION BY kind ORDER BY qty DESC) FROM sales WHERE kind = 'a' ORDER BY 2`, "'bob' 1 'Bob' 2 'Ada' 3"},
	{`SELECT qty, sum(qty) OVER (ORDER BY qty), lag(qty) OVER (ORDER BY qty) FROM sales ORDER BY qty LIMIT 2`, "1 1 null 2 3 1"},
	{`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i) FROM n`, "10"},
	{`SELECT name FROM sales s WHERE EXISTS (SELECT 1 FROM sales o WHERE o.kind = s.kind AND o.qty > s.qty + 1) ORDER BY name`, "'Ada'"},
	{`SELECT qty FROM sales WHERE kind = 'a' UNION SELECT qty FROM sales WHERE qty > 4 EXCEPT SELECT 2 ORDER BY 1`, "1 3 5"},
	{`SELECT name FROM sales ORDER BY name`, "'Ada' 'Bob' 'Zoë' 'bob' 'é'"},
	{`SELECT price FROM sales ORDER BY price NULLS LAST LIMIT 1`, "0.5"},
	{`SELECT CAST(qty AS text), CAST('12' AS integer) + 1, CAST(qty AS double precision) / 2 FROM sales WHERE qty = 1`, "'1' 13 0.5"},
}

// queryCommon asks all of it.
func queryCommon(f *fixture) {
	t := f.table("sales", "name TEXT", "kind TEXT", "qty INT", "price FLOAT", "gift BOOLEAN", "sold_at DATETIME")
	f.add(t,
		row{"Ada", "a", 1, 1.5, true, "2026-01-05 10:20:30"},
		row{"Bob", "a", 2, nil, false, "2026-02-01 00:00:00"},
		row{"bob", "a", 3, 0.5, false, "2026-02-28 23:59:59"},
		row{"Zoë", "b", 4, 4.5, false, "2026-03-01 00:00:00"},
		row{"é", "b", 5, 4.0, true, "2026-03-31 12:00:00"},
	)
	for _, c := range commonSQL {
		a, err := f.db.Query(f.Context(), question(c.sql))
		if err != nil {
			f.Errorf("%s: %v", c.sql, err)
			continue
		}
		var got []string
		for _, r := range a.Rows {
			for _, v := range r {
				got = append(got, written(v))
			}
		}
		if text := strings.Join(got, " "); text != c.want {
			f.Errorf("%s: %s, want %s", c.sql, text, c.want)
		}
	}
}

// written shows a value so that its type shows: texts in quotes, a FLOAT always with a point.
func written(v stele.Value) string {
	s := v.String()
	switch {
	case v.IsNull():
		return "null"
	case v.Type() == stele.Text || v.Type() == stele.DateTime:
		return "'" + s + "'"
	case v.Type() == stele.Float && !strings.ContainsAny(s, ".e"):
		return s + ".0"
	}
	return s
}
