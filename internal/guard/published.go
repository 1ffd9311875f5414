package guard

import (
	"strings"
	"sync"
)

// published is what has been told of other programs that let somebody's SQL in to read: how their guards were passed, each with its source.
// What was on the lists before it was found there is not repeated.
var published = sync.OnceValue(func() []Attack {
	return []Attack{
		// The name of a function behind a dot is a call: github.com/kirill-markin/expense-budget-tracker/pull/258.
		{Name: "postgresql: role's name by a dot", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT (10).pg_get_userbyid`},
		{Name: "postgresql: all roles' names by a dot", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT g.pg_get_userbyid FROM generate_series(16384, 17000) g`},
		{Name: "postgresql: setting by a dot", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT ('port'::text).current_setting`},
		{Name: "postgresql: setting by a dot of a parameter", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT ($1::text).current_setting`, Params: []string{"port"}},
		{Name: "postgresql: setting by a function in from", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT lower.current_setting FROM lower('PORT')`},
		{Name: "postgresql: setting by a dot of an outer query", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT (SELECT g.current_setting) FROM lower('PORT') g`},
		{Name: "postgresql: setting by an alias of its name", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT (SELECT g.current_setting FROM lower('PORT') g) FROM lower('x') AS g(current_setting)`},
		{Name: "postgresql: table's number by a dot", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT ('pg_class'::text).to_regclass`},
		{Name: "postgresql: view's text by a dot", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT ('pg_roles'::text).pg_get_viewdef`},
		{Name: "postgresql: file by a dot", Kind: Files, Engine: PostgreSQL, SQL: `SELECT ('/etc/passwd'::text).pg_read_file`},
		{Name: "postgresql: lock by a dot", Kind: Locks, Engine: PostgreSQL, SQL: `SELECT g.pg_advisory_lock FROM generate_series(1, 9) g`},
		{Name: "postgresql: lock by a dot of a column", Kind: Locks, Engine: PostgreSQL, SQL: `SELECT (n).pg_advisory_lock FROM {table}`},
		{Name: "postgresql: sleep by a dot", Kind: Time, Engine: PostgreSQL, SQL: `SELECT (30.0::float8).pg_sleep`},
		{Name: "postgresql: sleep by a dot behind a subscript", Kind: Time, Engine: PostgreSQL, SQL: `SELECT (ARRAY[30.0::float8])[1].pg_sleep`},
		{Name: "postgresql: sleep by a dot behind a subquery", Kind: Time, Engine: PostgreSQL, SQL: `SELECT (SELECT 30.0::float8).pg_sleep`},
		{Name: "postgresql: large object by a dot", Kind: Write, Engine: PostgreSQL, SQL: `SELECT (0).lo_creat`},
		// A function in FROM that is not looked at: github.com/crystaldba/postgres-mcp/issues/178.
		{Name: "postgresql: file in from", Kind: Files, Engine: PostgreSQL, SQL: `SELECT * FROM pg_read_file('/etc/passwd')`},
		{Name: "postgresql: file in rows from", Kind: Files, Engine: PostgreSQL, SQL: `SELECT * FROM ROWS FROM (lower('a'), pg_read_file('/etc/passwd')) x`},
		// The read-only transaction is ended, or made writable: modelcontextprotocol's server-postgres, CVE-2026-12045 of pgAdmin
		// (github.com/pgadmin-org/pgadmin4/issues/10022), github.com/pgEdge/pgedge-postgres-mcp/pull/196.
		{Name: "commit, write, select", Kind: Several, Engine: Any, SQL: `COMMIT; DELETE FROM {table}; SELECT 1`},
		{Name: "commit after a comment", Kind: Several, Engine: Any, SQL: "/* x */ COMMIT; -- y\nDROP TABLE {table}"},
		{Name: "end first", Kind: Several, Engine: Any, SQL: `END; DELETE FROM {table}; BEGIN`},
		{Name: "rollback first", Kind: Several, Engine: Any, SQL: `ROLLBACK; DELETE FROM {table}`},
		{Name: "select, commit, write", Kind: Several, Engine: Any, SQL: `SELECT 1; COMMIT; DELETE FROM {table}; SELECT 2`},
		{Name: "postgresql: program by commit", Kind: Several, Engine: PostgreSQL, SQL: `COMMIT; COPY (SELECT 1) TO PROGRAM 'id'; SELECT 1`},
		{Name: "postgresql: abort", Kind: Several, Engine: PostgreSQL, SQL: `ABORT; DELETE FROM {table}`},
		{Name: "postgresql: made writable and written", Kind: Several, Engine: PostgreSQL, SQL: `SET TRANSACTION READ WRITE; DELETE FROM {table}`},
		{Name: "postgresql: begin read write", Kind: Several, Engine: PostgreSQL, SQL: `BEGIN READ WRITE`},
		{Name: "postgresql: session characteristics", Kind: Role, Engine: PostgreSQL, SQL: `SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE`},
		{Name: "postgresql: default_transaction_read_only", Kind: Role, Engine: PostgreSQL, SQL: `SELECT set_config('default_transaction_read_only', 'off', false)`},
		{Name: "postgresql: prepare transaction", Kind: Several, Engine: PostgreSQL, SQL: `PREPARE TRANSACTION 'x'`},
		{Name: "postgresql: prepare a write", Kind: Write, Engine: PostgreSQL, SQL: `PREPARE p AS DELETE FROM {table}`},
		// A comment before the word that is looked for: github.com/ericzakariasson/pg-mcp-server/issues/3.
		{Name: "write after a comment of a line", Kind: Write, Engine: Any, SQL: "-- SELECT\nDELETE FROM {table}"},
		{Name: "write after a comment", Kind: Write, Engine: Any, SQL: `/* SELECT */ DELETE FROM {table}`},
		{Name: "statement in a comment that another engine runs", Kind: Several, Engine: Any, SQL: `SELECT 1 /*! ; DELETE FROM {table} */`, Fair: true}, // github.com/bytebase/dbhub/pull/284
		// WITH is taken for a reader: github.com/perrypixel/Easy-Postgres-MCP/issues/3, hannesrudolph/sqlite-explorer-fastmcp-mcp-server/issues/12, 14.
		{Name: "with before update", Kind: Write, Engine: Any, SQL: `WITH x AS (SELECT 1) UPDATE {table} SET n = 0`},
		{Name: "with before delete", Kind: Write, Engine: Any, SQL: `WITH x AS (SELECT 1) DELETE FROM {table} -- limit`},
		{Name: "sqlite: with before insert returning", Kind: Write, Engine: SQLite, SQL: `WITH x AS (SELECT 1) INSERT INTO {table} (n) SELECT 1 FROM x RETURNING *`},
		{Name: "sqlite: with before replace", Kind: Write, Engine: SQLite, SQL: `WITH x AS (SELECT 1) REPLACE INTO {table} (n) SELECT 1 FROM x`},
		{Name: "postgresql: with before merge", Kind: Write, Engine: PostgreSQL, SQL: `WITH x AS (SELECT 1 AS n) MERGE INTO {table} t USING x ON t.n = x.n WHEN MATCHED THEN DELETE`},
		{Name: "postgresql: delete in a with of a with", Kind: Write, Engine: PostgreSQL, SQL: `WITH a AS (WITH b AS (DELETE FROM {table} RETURNING n) SELECT n FROM b) SELECT * FROM a`},
		// Names in escapes: github.com/elizaOS/eliza/issues/14286.
		{Name: "postgresql: setval unicode", Kind: Write, Engine: PostgreSQL, SQL: `SELECT U&"s\0065tval"('s', 999)`},
		{Name: "postgresql: sleep with an escape of its own", Kind: Time, Engine: PostgreSQL, SQL: `SELECT U&"pg!005fsleep" UESCAPE '!'(30)`},
		{Name: "postgresql: sleep by a dot in unicode", Kind: Time, Engine: PostgreSQL, SQL: `SELECT (30.0::float8).U&"pg\005fsleep"`},
		// Functions that lists of what is forbidden have lacked: github.com/DeepSQLAI/deepsql/pull/112, SarthakJariwala/sqlsaber/pull/184,
		// milady-ai/milady/pull/567.
		{Name: "postgresql: dblink_exec", Kind: Write, Engine: PostgreSQL, SQL: `SELECT dblink_exec('host=127.0.0.1', 'DELETE FROM {table}')`},
		{Name: "postgresql: dblink_send_query", Kind: Write, Engine: PostgreSQL, SQL: `SELECT dblink_send_query('c', 'DELETE FROM {table}')`},
		{Name: "postgresql: cursor_to_xml", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT cursor_to_xml('c', 1, true, false, '')`},
		{Name: "postgresql: query_to_xmlschema", Kind: Agents, Engine: PostgreSQL, SQL: `SELECT query_to_xmlschema('SELECT * FROM agent_{victim}.{secret}', true, false, '')`},
		{Name: "postgresql: query_to_xml_and_xmlschema", Kind: Agents, Engine: PostgreSQL, SQL: `SELECT query_to_xml_and_xmlschema('SELECT * FROM agent_{victim}.{secret}', true, false, '')`},
		{Name: "postgresql: lo_get", Kind: Files, Engine: PostgreSQL, SQL: `SELECT lo_get(1)`},
		{Name: "postgresql: lo_put", Kind: Write, Engine: PostgreSQL, SQL: `SELECT lo_put(1, 0, 'x')`},
		{Name: "postgresql: lowrite", Kind: Write, Engine: PostgreSQL, SQL: `SELECT lowrite(lo_open(1, 131072), 'x')`},
		{Name: "postgresql: lastval", Kind: Write, Engine: PostgreSQL, SQL: `SELECT lastval()`},
		{Name: "postgresql: pg_write_file", Kind: Files, Engine: PostgreSQL, SQL: `SELECT pg_write_file('/tmp/x', 'x')`},
		{Name: "postgresql: setseed", Kind: Role, Engine: PostgreSQL, SQL: `SELECT setseed(0.5)`},
		{Name: "postgresql: catalog in an error", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT CAST((SELECT rolname FROM pg_roles LIMIT 1) AS int)`},
		{Name: "postgresql: setting in an error", Kind: Catalog, Engine: PostgreSQL, SQL: `SELECT current_setting('data_directory')::int`},
		// Bodies that a parser of SQL does not look into: github.com/awslabs/mcp/pull/4575.
		{Name: "postgresql: program in a body", Kind: Files, Engine: PostgreSQL, SQL: `DO $$ BEGIN EXECUTE $a$COPY {table} TO PROGRAM 'id'$a$; END $$`},
		{Name: "postgresql: function with a body", Kind: Files, Engine: PostgreSQL, SQL: `CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql AS $$ SELECT pg_read_file('/etc/passwd') $$`},
		// State that no setting bounds: aggregates keep all that they are given.
		{Name: "postgresql: array of a series", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT array_length(array_agg(g), 1) FROM (SELECT generate_series(1, 2000000000) AS g) x`},
		{Name: "postgresql: arrays of texts", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT array_length(array_agg(concat('0123456789012345678901234567890123456789', g)), 1), array_length(array_agg(concat(g, '0123456789012345678901234567890123456789')), 1) FROM (SELECT generate_series(1, 2000000000) AS g) x`},
		{Name: "postgresql: text of a series", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(string_agg('0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789', '')) FROM (SELECT generate_series(1, 2000000000) AS g) x`},
		{Name: "postgresql: texts of a series", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(string_agg(t, ''))` + strings.Repeat(`, length(string_agg(t, ''))`, 7) + ` FROM (SELECT concat('0123456789012345678901234567890123456789', generate_series(1, 2000000000)) AS t) x`},
		{Name: "postgresql: objects of a series", Kind: Memory, Engine: PostgreSQL, SQL: `SELECT length(json_agg(json_build_object('a', g, 'b', x))::text) FROM (SELECT generate_series(1, 2000000000) AS g) x`},
		// A database is attached, a file is written: github.com/mvanhorn/cli-printing-press/issues/2799, 693; awslabs/mcp/pull/4497;
		// team-reflect/reflect-open/pull/136.
		{Name: "sqlite: attach behind a select", Kind: Several, Engine: SQLite, SQL: `SELECT 1; ATTACH DATABASE '{dir}/evil.db' AS evil; CREATE TABLE evil.x AS SELECT * FROM {table}`},
		{Name: "sqlite: vacuum behind a select", Kind: Several, Engine: SQLite, SQL: `SELECT 1; VACUUM INTO '{dir}/copy.db'`},
		{Name: "sqlite: attach after a comment", Kind: Files, Engine: SQLite, SQL: `/* x */ ATTACH/**/DATABASE '{dir}/catalog.db' AS c`},
		{Name: "sqlite: foreign_keys", Kind: Role, Engine: SQLite, SQL: `PRAGMA foreign_keys=OFF`},
		// Pragmas as tables, in ways that a pattern lets pass: github.com/simonw/datasette/issues/761, 1185.
		{Name: "sqlite: pragma_journal_mode called", Kind: Catalog, Engine: SQLite, SQL: `SELECT * FROM pragma_journal_mode()`},
		{Name: "sqlite: pragma in brackets", Kind: Catalog, Engine: SQLite, SQL: `SELECT * FROM [pragma_table_info]('_tables')`},
		{Name: "sqlite: pragma in an operand", Kind: Catalog, Engine: SQLite, SQL: `SELECT 'a' IN pragma_database_list`},
		{Name: "sqlite: pragma joined to a table", Kind: Catalog, Engine: SQLite, SQL: `SELECT p.* FROM {table} t, pragma_table_info(t.name) p`},
		{Name: "sqlite: json_tree", Kind: Internal, Engine: SQLite, SQL: `SELECT * FROM json_tree('[1]')`},
		// Faults of the engine itself, by their published numbers.
		{Name: "sqlite: CVE-2020-13434", Kind: Memory, Engine: SQLite, SQL: `SELECT length(printf('%.*f', 2147483647, 0.01))`},
		{Name: "sqlite: CVE-2022-35737", Kind: Memory, Engine: SQLite, SQL: `SELECT length(printf('%!.1000000q', hex(zeroblob(500000)))), length(printf('%Q', hex(zeroblob(524288))))`},
		{Name: "sqlite: CVE-2025-3277", Kind: Memory, Engine: SQLite, SQL: `SELECT length(concat_ws(hex(zeroblob(500000)), 'a'` + strings.Repeat(`, 'a'`, 17) + `))`},
		{Name: "sqlite: CVE-2025-6965", Kind: Parsing, Engine: SQLite, SQL: `SELECT count(*)` + strings.Repeat(` + sum(n + 1) + max(n) * count(name)`, 25) + ` FROM {table} GROUP BY n % 3, name HAVING min(n)` + strings.Repeat(` + min(n)`, 25) + ` > 0`, Fair: true},
		{Name: "sqlite: CVE-2019-8457", Kind: Internal, Engine: SQLite, SQL: `SELECT rtreenode(2, x'0000000100000001')`},
	}
})
