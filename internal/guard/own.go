package guard

import (
	"strings"
	"sync"
)

// ownFunctions is what has been tried on the functions and operators that Stele itself makes in PostgreSQL: to reach them by other ways than a plain
// call, to put something of one's own in their place, and to have them use something up. Names of columns, of WITH and of what stands in FROM are the asker's to choose.
var ownFunctions = sync.OnceValue(func() []Attack {
	return []Attack{
		{Name: "postgresql: own function by its schema", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT stele_functions.hex(name) FROM {table}`},
		{Name: "postgresql: own function by its schema in FROM", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT * FROM stele_functions.unicode('x') AS g`},
		{Name: "postgresql: own function as the server's", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT pg_catalog.lpad('x', 1000000000)`},
		{Name: "postgresql: the server's repeat", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(pg_catalog.repeat('x', 1000000000))`},
		{Name: "postgresql: own helper", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT _printed('%s', ARRAY['x'])`},
		{Name: "postgresql: own helper by its schema", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT stele_functions._moment('now')`},
		{Name: "postgresql: own helper by a dot", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT g._moment FROM lower('now') g`},
		{Name: "postgresql: own helper in quotes", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT U&"\005fmoment"('now')`},
		{Name: "postgresql: own operator by its schema", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT true OPERATOR(stele_functions.=) 1`},
		{Name: "postgresql: trigrams of a keyword index", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT show_trgm(name) FROM {table}`},
		{Name: "postgresql: trigrams by their schema", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT stele_catalog.similarity(name, 'x') FROM {table}`},
		{Name: "postgresql: operator of trigrams", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT count(*) FROM {table} WHERE name OPERATOR(stele_catalog.%) 'x'`},
		{Name: "postgresql: bound of trigrams", Kind: Role, Engine: PostgreSQL, SQL: `SELECT set_limit(0.1)`},
		{Name: "postgresql: own schema's functions listed", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT proname FROM pg_proc WHERE pronamespace = 'stele_functions'::regnamespace`},
		{Name: "postgresql: type of a table of an own function's name", Kind: Internal, Engine: PostgreSQL, SQL: `WITH hex AS (SELECT 1 AS a) SELECT hex.pg_typeof FROM hex(1) hex`},
		{Name: "postgresql: cast to a table's type", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT '(1)'::{table}`},
		{Name: "postgresql: call of a table's type", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT {table}('(x,1)')`},
		{Name: "postgresql: row of a function with a name cut short", Kind: Time, Engine: PostgreSQL,
			SQL: `SELECT ` + strings.Repeat("a", 62) + `.current_setting FROM lower('PORT') AS ` + strings.Repeat("a", 62) + `é`},
		{Name: "postgresql: row of a function with a name cut at its end", Kind: Time, Engine: PostgreSQL,
			SQL: `SELECT ` + strings.Repeat("a", 63) + `.current_setting FROM lower('PORT') AS ` + strings.Repeat("a", 64)},
		{Name: "postgresql: lpad too long", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(lpad('x', 100001, 'y'))`},
		{Name: "postgresql: rpad of the greatest number", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(rpad('x', 2147483647))`},
		{Name: "postgresql: lpad to varchar", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(lpad('x'::varchar, 1000000000, 'y'::bpchar))`},
		{Name: "postgresql: lpad of a bigint", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(lpad('x', 1000000000::bigint))`},
		{Name: "postgresql: repeat too often", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(repeat('x', 1000000000))`},
		{Name: "postgresql: repeat of a long text", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(repeat(repeat('x', 100000), 2147483647))`},
		{Name: "postgresql: repeat of letters of many bytes", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(repeat('𝄞', 25001))`},
		{Name: "postgresql: repeat of null", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT repeat(NULL, 2147483647)`, Fair: true},
		{Name: "postgresql: repeat nested", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(group_concat(repeat(a.name, 10000))) FROM {table} a, {table} b`, Fair: true},
		{Name: "postgresql: replace growth", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(replace(repeat('x', 10000), 'x', repeat('y', 100000)))`},
		{Name: "postgresql: replace nested", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(replace(replace(repeat('x', 100000), 'x', repeat('y', 90)), 'y', repeat('z', 90)))`},
		{Name: "postgresql: hex of hex", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(` + strings.Repeat("hex(", 40) + `'x'` + strings.Repeat(")", 40) + `)`},
		{Name: "postgresql: printf with a long format", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(printf(repeat('%%', 501)))`},
		{Name: "postgresql: printf with a wide piece", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(printf('%1000000000d', 1))`},
		{Name: "postgresql: printf with a width of a value", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(printf('%*d', 1000000000, 1))`},
		{Name: "postgresql: printf of a long number", Kind: Time, Engine: PostgreSQL, SQL: `SELECT count(printf('%,.99f', 10::numeric ^ (100000 + n))) FROM {table}`, Fair: true},
		{Name: "postgresql: printf of a number as a text", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(printf('%,d', repeat('9', 100000)))`, Fair: true},
		{Name: "postgresql: printf of a number with an exponent", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(printf('%f', '1e131071'))`, Fair: true},
		{Name: "postgresql: strftime with a long format", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(strftime(repeat('%Y', 101), 'now'))`},
		{Name: "postgresql: strftime with a format that grows", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(strftime(repeat('%J', 100), 'now'))`, Fair: true},
		{Name: "postgresql: strftime with a quote", Kind: Parsing, Engine: PostgreSQL, SQL: `SELECT strftime('"\" TMMonth "%Y', 'now')`, Fair: true},
		{Name: "postgresql: strftime with many changes", Kind: Time, Engine: PostgreSQL, SQL: `SELECT strftime('%Y', 'now', '+1 day'` + strings.Repeat(`, '+1 day'`, 90) + `)`, Fair: true},
		{Name: "postgresql: datetime with changes in an array", Kind: Time, Engine: PostgreSQL, SQL: `SELECT datetime('now', VARIADIC (SELECT array_agg('+1 second'::text) FROM {table} a, {table} b, {table} c))`, Fair: true},
		{Name: "postgresql: datetime far away", Kind: Parsing, Engine: PostgreSQL, SQL: `SELECT datetime('now', '+999999999999 years'), datetime(1e308), julianday('NaN'::float8)`, Fair: true},
		{Name: "postgresql: group_concat growth", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(group_concat(a.name)) FROM {table} a, {table} b, {table} c, {table} d`, Fair: true},
		{Name: "postgresql: group_concat growth by its separator", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(group_concat(a.name, repeat('x', 100000))) FROM {table} a, {table} b`, Fair: true},
		{Name: "postgresql: group_concat of rows", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT group_concat(e) FROM {table} e, (SELECT 1 AS e) x`, Fair: true},
		{Name: "postgresql: max of rows", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT max(a, b), ifnull(a, b), iif(true, a, b) FROM {table} a, {table} b`, Fair: true},
		{Name: "postgresql: truth of a table", Kind: Internal, Engine: PostgreSQL, SQL: `SELECT true = 1, true <> 2147483648, (n > 0) = n FROM {table}`, Fair: true},
		{Name: "postgresql: rounding far", Kind: Time, Engine: PostgreSQL, SQL: `SELECT round(1e308::float8, -2147483648), trunc(1e-308::float8, -2147483648), mod(1e308::float8, 1e-308::float8), log2(1e-308)`, Fair: true},
	}
})
