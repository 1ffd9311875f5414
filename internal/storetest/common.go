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

	// Numbers: a FLOAT rounded to places alike, halves away from zero.
	{`SELECT round(avg(price), 2), round(2.675, 2), round(qty, 2), round(max(price) * 2469, -2), round(-0.125, 2) FROM sales GROUP BY qty HAVING qty = 3`, "0.5 2.68 3.0 1200.0 -0.13"},
	{`SELECT round(sum(price) / count(price), 1), round(price * 1.1, 2) FROM sales WHERE qty = 1 GROUP BY price`, "1.5 1.65"},
	{`SELECT round(price), round(qty), ceil(price), floor(price), ceiling(price), trunc(price), trunc(2.567, 2) FROM sales WHERE qty = 1`, "2.0 1.0 2.0 1.0 2.0 1.0 2.56"},
	{`SELECT power(1.5, 2), ln(2.0), log10(price * 2), log(2, 8), log2(8), pow(2, 3), sqrt(price) FROM sales WHERE qty = 5`, "2.25 0.6931471805599453 0.9030899869919435 3.0 3.0 8.0 2.0"},
	{`SELECT mod(7, 3), mod(7.5, 2), floor(price) % 3 FROM sales WHERE qty = 4`, "1 1.5 1.0"},
	{`SELECT sum(qty) / 2.0, CAST(sum(qty) AS integer) / 2, sum(price) / 2, 1.0 * qty / 4, qty * 100 / 3 FROM sales WHERE qty = 5 GROUP BY qty`, "2.5 2 2.0 1.25 166"},
	{`SELECT max(qty, 3), min(qty, 3), max(1, 2, 3), min(2.5, 1.5), max(qty, NULL) FROM sales WHERE qty = 1`, "3 1 3 1.5 null"},

	// Choosing.
	{`SELECT ifnull(price, 0.0), ifnull(name, 'x'), ifnull(NULL, 'z') FROM sales WHERE qty = 2`, "0.0 'Bob' 'z'"},
	{`SELECT iif(qty > 2, 'many', 'few'), count(*) FROM sales GROUP BY iif(qty > 2, 'many', 'few') ORDER BY 1`, "'few' 2 'many' 3"},
	{`SELECT iif(gift, 1, 0), iif(price IS NULL, 'none', name), iif(qty > 9, 'a'), if(gift, 2, 3) FROM sales WHERE qty < 3 ORDER BY qty`, "1 'Ada' null 2 0 'none' null 3"},
	{`SELECT name FROM sales WHERE likely(qty > 4) OR unlikely(gift) ORDER BY qty`, "'Ada' 'é'"},

	// Texts.
	{`SELECT instr('hello', 'l'), instr('hello', 'z'), instr(name, 'o') FROM sales WHERE qty = 2`, "3 0 2"},
	{`SELECT substr('abcdef', 3), substring('abcdef', 2, 3), substr(name, 2), "right"(name, 2) FROM sales WHERE qty = 4`, "'cdef' 'bcd' 'oë' 'oë'"},
	{`SELECT lpad('7', 3, '0'), rpad('ab', 4, '.'), lpad('abc', 2), repeat('ab', 3), lpad(CAST(qty AS text), 2, '0') FROM sales WHERE qty = 5`, "'007' 'ab..' 'ab' 'ababab' '05'"},
	{`SELECT printf('%.2f', price), printf('%03d', qty), printf('%s: %d', name, qty), printf('%d%%', 5), printf('%,d', 1234567) FROM sales WHERE qty = 1`, "'1.50' '001' 'Ada: 1' '5%' '1,234,567'"},
	{`SELECT printf('%5s|%-5s|', 'ab', 'ab'), printf('%+d', 5), printf('%.1f', 0.25), printf('%x', 255), printf('%s', 'é')`, "'   ab|ab   |' '+5' '0.3' 'ff' 'é'"},
	{`SELECT unicode('é'), unicode(''), hex('abc'), ascii('A'), chr(233), translate('abc', 'ac', 'x')`, "233 null '616263' 65 'é' 'xb'"},
	{`SELECT trim('xxaxx', 'x'), ltrim('xxa', 'x'), rtrim('axx', 'x'), upper(trim(' b ')), octet_length('é')`, "'a' 'a' 'a' 'B' 2"},

	// Dates as SQLite writes them.
	{`SELECT strftime('%Y-%m', sold_at) AS m, count(*), round(avg(qty), 1) FROM sales GROUP BY m ORDER BY m`, "'2026-01' 1 1.0 '2026-02' 2 2.5 '2026-03' 2 4.5"},
	{`SELECT strftime('%d.%m.%Y %H:%M:%S', sold_at), strftime('%j %w %u %W %s', sold_at), strftime('"%Y" \x %%d', sold_at) FROM sales WHERE qty = 1`, "'05.01.2026 10:20:30' '005 1 1 01 1767608430' '\"2026\" \\x %d'"},
	{`SELECT name FROM sales WHERE strftime('%Y', sold_at) = '2026' AND CAST(strftime('%m', sold_at) AS integer) = 3 ORDER BY qty`, "'Zoë' 'é'"},
	{`SELECT date(sold_at), date(sold_at, 'start of month', '+1 month', '-1 day'), date(sold_at, 'weekday 0'), date('2026-01-31', '+1 month') FROM sales WHERE qty = 1`, "'2026-01-05' '2026-01-31' '2026-01-11' '2026-03-03'"},
	{`SELECT datetime(sold_at, '+90 minutes'), datetime(sold_at, '-1 year', 'start of year'), datetime('2026-01-05', '-1.5 days'), datetime('2026-01-05 10:20') FROM sales WHERE qty = 1`, "'2026-01-05 11:50:30' '2025-01-01 00:00:00' '2026-01-03 12:00:00' '2026-01-05 10:20:00'"},
	{`SELECT datetime(1767608430, 'unixepoch'), date(1767608430, 'unixepoch'), unixepoch(sold_at), date('2026-01-05', '+7 days'), strftime('%H', '2026-01-05 10:20:30', '-1 hour') FROM sales WHERE qty = 1`, "'2026-01-05 10:20:30' '2026-01-05' 1767608430 '2026-01-12' '09'"},
	{`SELECT julianday(sold_at), julianday('2026-03-01') - julianday('2026-02-01'), datetime('rubbish'), date('2026-01-05', 'rubbish') FROM sales WHERE qty = 1`, "2461045.9309027777 28.0 null null"},
	{`SELECT name FROM sales WHERE sold_at >= date('2026-03-31', '-30 days') AND sold_at < datetime('2026-04-01') ORDER BY qty`, "'Zoë' 'é'"},
	{`SELECT CASE WHEN date('now') = CAST(current_date AS text) THEN 'today' END, julianday('now') - julianday('now', '-1 day'), CASE WHEN datetime('now') > '2026-01-01' THEN 1 END`, "'today' 1.0 1"},
	{`SELECT substr(sold_at, 1, 7) AS m, count(*) FROM sales GROUP BY m ORDER BY m`, "'2026-01' 1 '2026-02' 2 '2026-03' 2"},
	{`SELECT name FROM sales WHERE sold_at LIKE '2026-02%' AND sold_at NOT LIKE '%00:00:00'`, "'bob'"},
	{`SELECT name FROM sales WHERE sold_at >= strftime('%Y-%m-%d', '2026-02-28', '+1 day') ORDER BY qty`, "'Zoë' 'é'"},
	{`SELECT name FROM sales WHERE sold_at BETWEEN '2026-02-01' AND '2026-02-28' ORDER BY qty`, "'Bob'"},

	// Dates as PostgreSQL writes them, of texts too.
	{`SELECT date_part('year', '2026-03-31'), date_part('quarter', sold_at), date_part('dow', sold_at), date_part('epoch', sold_at) FROM sales WHERE qty = 1`, "2026.0 1.0 1.0 1767608430.0"},
	{`SELECT date_trunc('month', '2026-03-31'), date_trunc('week', sold_at), to_char('2026-03-31', 'DD Mon YYYY'), to_char(sold_at, 'FMDay') FROM sales WHERE qty = 1`, "'2026-03-01 00:00:00' '2026-01-05 00:00:00' '31 Mar 2026' 'Monday'"},
	{`SELECT make_date(2026, 2, 1), to_date('31.03.2026', 'DD.MM.YYYY'), to_date('5 Jan 2026', 'DD Mon YYYY'), name FROM sales WHERE sold_at < make_date(2026, 2, 1)`, "'2026-02-01' '2026-03-31' '2026-01-05' 'Ada'"},
	{`SELECT age(b.sold_at, a.sold_at), age(a.sold_at, b.sold_at), age(a.sold_at, a.sold_at) FROM sales a JOIN sales b ON b.qty = 5 WHERE a.qty = 1`, "'2 mons 26 days 01:39:30' '-2 mons -26 days -01:39:30' '00:00:00'"},

	// Aggregates.
	{`SELECT group_concat(name), group_concat(name, '; ') FROM (SELECT name FROM sales WHERE qty < 4 ORDER BY qty) s`, "'Ada,Bob,bob' 'Ada; Bob; bob'"},
	{`SELECT group_concat(qty), group_concat(DISTINCT kind), group_concat(price) FROM (SELECT qty, kind, price FROM sales WHERE qty < 4 ORDER BY qty) s`, "'1,2,3' 'a' '1.5,0.5'"},
	{`SELECT total(qty), total(price), total(price * 2) FROM sales`, "15.0 10.5 21.0"},
	{`SELECT group_concat(name), total(qty), sum(qty), count(*) FROM sales WHERE qty > 9`, "null 0.0 null 0"},
	{`SELECT kind, sum(gift), avg(gift), max(gift), sum(price > 1), sum(kind = 'a') FROM sales GROUP BY kind ORDER BY kind`, "'a' 1 0.3333333333333333 1 1 3 'b' 1 0.5 1 2 0"},
	{`SELECT count(*) FILTER (WHERE gift), sum(qty) FILTER (WHERE kind = 'b'), sum(CASE WHEN gift THEN qty ELSE 0 END) FROM sales`, "2 9 6"},
	{`SELECT corr(price, qty), stddev_pop(price) FROM sales WHERE price IN (0.5, 4.5)`, "1.0 2.0"},
	{`SELECT CASE WHEN bool_and(qty > 0) THEN 'all' END, CASE WHEN bool_or(qty > 4) THEN 'some' END, CASE WHEN every(gift) THEN 1 ELSE 0 END FROM sales`, "'all' 'some' 0"},
	{`SELECT qty, total(qty) OVER (ORDER BY qty), first_value(name) OVER (ORDER BY qty), ntile(2) OVER (ORDER BY qty) FROM sales ORDER BY qty LIMIT 1 OFFSET 1`, "2 3.0 'Ada' 1"},

	// BOOLEAN.
	{`SELECT name FROM sales WHERE gift = 1 ORDER BY qty`, "'Ada' 'é'"},
	{`SELECT count(*) FROM sales WHERE gift <> 1 AND gift IN (0) AND gift IS FALSE AND gift = FALSE`, "3"},
	{`SELECT gift, CAST(gift AS integer), CASE gift WHEN TRUE THEN 'y' ELSE 'n' END FROM sales WHERE qty < 3 ORDER BY qty`, "true 1 'y' false 0 'n'"},
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
