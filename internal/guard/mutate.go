package guard

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostMutated bounds what Mutate makes, in bytes.
const mostMutated = 4 << 10

// Harmless are questions that a store answers, as seeds beside the attacks. They stand on the table of an attack.
func Harmless() []string {
	return []string{
		`SELECT 1`,
		`SELECT name, n FROM {table} ORDER BY n LIMIT 3`,
		`SELECT count(*), sum(n), max(name) FROM {table} t WHERE t.n > 1 GROUP BY t.name HAVING count(*) > 0`,
		`WITH a AS (SELECT name AS x, n FROM {table}) SELECT a.x FROM a JOIN {table} b ON a.n = b.n`,
		`SELECT CASE WHEN n IN (SELECT n FROM {table}) THEN upper(name) ELSE lower(name) END FROM {table}`,
		`SELECT substr(name, 1, 2) || strftime('%Y', '2026-01-02'), row_number() OVER (ORDER BY n) FROM {table}`,
	}
}

// Seeds are the statements that fuzzing begins from: the attacks that are after data, and the harmless questions. Those that only use
// something up are left out, since a fuzzer that waits finds nothing.
func Seeds() (all []string) {
	for _, a := range Attacks() {
		if len(a.SQL) <= mostMutated/4 && len(a.Params) == 0 && !slices.Contains([]Kind{Memory, Time, Disk, Parsing}, a.Kind) {
			all = append(all, a.SQL)
		}
	}
	return append(all, Harmless()...)
}

// Mutate changes a statement as the bytes say, three for each change: what, where, and how. Seeds are what it is joined with. What stands for a
// name, as {table}, is left as it is.
func Mutate(sql string, how []byte, seeds []string) string {
	for ; len(how) >= 3; how = how[3:] {
		m := &mutation{parts: pieces(sql), seeds: seeds, where: int(how[1]), how: int(how[2])}
		if next := m.changed(int(how[0])); len(next) <= mostMutated {
			sql = next
		}
	}
	return sql
}

// pieces cuts a text into words, strings, stretches of white space and single signs.
func pieces(sql string) (parts []string) {
	for sql != "" {
		n := 0
		switch c := sql[0]; {
		case c == '\'' || c == '"':
			n = strings.IndexByte(sql[1:], c) + 2
		case c == '{':
			n = strings.IndexByte(sql, '}') + 1
		default:
			n = len(sql) - len(strings.TrimLeftFunc(sql, inWord))
			if n == 0 {
				n = len(sql) - len(strings.TrimLeftFunc(sql, unicode.IsSpace))
			}
			if n == 0 {
				_, n = utf8.DecodeRuneInString(sql)
			}
		}
		n = min(max(n, 1), len(sql))
		parts, sql = append(parts, sql[:n]), sql[n:]
	}
	return parts
}

func inWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80 && !unicode.IsSpace(r)
}

// A mutation is one change.
type mutation struct {
	parts      []string
	seeds      []string
	where, how int
}

// Words that a change puts in, and frames that it puts a statement into.
var (
	spaces   = []string{"\t", "\n", "\r", "\f", "\v", " ", "\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff", "/**/", "/* ; */", "--\n", "-- '\n", "/*/**/*/", "/*!*/"}
	alike    = []string{"kK", "sſ", "aа", "eе", "oо", "iİ", "iı", "cс", "pр", "_＿", "(（", ")）", ";；", "'＇", `"＂`, ".․"}
	types    = []string{"text", "int", "regclass", "oid", "json", "name", "regrole", "unknown", "xml", "refcursor", "text[]", "bytea", "{table}"}
	calls    = []string{"pg_sleep", "current_setting", "pg_read_file", "pg_ls_dir", "query_to_xml", "pg_get_userbyid", "pg_typeof", "load_extension", "readfile", "sqlite_version", "set_config", "lo_import", "_moment", "tableoid", "name", "upper"}
	wrapping = []string{
		"SELECT * FROM (%s) x", "WITH x AS (%s) SELECT * FROM x", "WITH RECURSIVE x AS (%s) SELECT * FROM x", "SELECT (%s)", "SELECT 1 IN (%s)", "SELECT EXISTS (%s)",
		"SELECT CASE WHEN (%s) IS NULL THEN 1 ELSE (%[1]s) END", "SELECT coalesce((%s), 'x')", "SELECT x.* FROM (%s) AS x", "SELECT x FROM (%s) x", "(%s)", "%s;", "%s LIMIT 1",
		"SELECT * FROM {table} WHERE n IN (%s)", "SELECT * FROM {table} ORDER BY (%s)", "SELECT count(*) FILTER (WHERE EXISTS (%s)) FROM {table}", "EXPLAIN %s",
		"SELECT * FROM {table} a JOIN LATERAL (%s) b ON true", "SELECT max((%s)) OVER () FROM {table}", "SELECT ARRAY(%s)", "SELECT x.pg_sleep FROM (%s) x", "VALUES ((%s))",
	}
	joints = []string{"%s UNION ALL %s", "%s UNION SELECT * FROM (%s) y", "%s EXCEPT %s", "%s; %s", "SELECT (%s), (%s)", "WITH a AS (%s), b AS (%s) SELECT * FROM a, b", "WITH a AS (%s) %s",
		"SELECT * FROM (%s) a, (%s) b", "SELECT CASE WHEN EXISTS (%s) THEN (%s) END", "%s -- %s", "%s /* %s */", "SELECT 1 WHERE (%s) = (%s)"}
)

func pick(from []string, n int) string { return from[n%len(from)] }

// changed makes the change of a number.
func (m *mutation) changed(what int) string {
	sql := strings.Join(m.parts, "")
	if len(m.parts) == 0 {
		return pick(m.seeds, m.where<<8+m.how)
	}
	other := pick(m.seeds, m.where<<8+m.how)
	switch what % 13 {
	case 0:
		return m.word(func(w string) string {
			if m.how%2 == 0 {
				return strings.ToUpper(w)
			}
			return w[:1] + strings.ToUpper(w[1:])
		})
	case 1:
		return m.at(func(p string) string { return p + pick(spaces, m.how) })
	case 2:
		return strings.ReplaceAll(sql, " ", pick(spaces, m.how))
	case 3:
		pair := []rune(pick(alike, m.how))
		return strings.Replace(sql, string(pair[0]), string(pair[1:]), 1+m.where%3)
	case 4:
		return m.word(func(w string) string {
			return pick([]string{`"` + w + `"`, "[" + w + "]", "`" + w + "`", `U&"` + fmt.Sprintf(`\%04x`, w[0]) + w[1:] + `"`, `main.` + w, `pg_catalog.` + w, `"` + w + `"."` + w + `"`}, m.how)
		})
	case 5:
		return m.at(func(p string) string {
			return pick([]string{p + "::" + pick(types, m.how), "CAST(" + p + " AS " + pick(types, m.how) + ")", pick(types, m.how) + " " + p}, m.how/16)
		})
	case 6:
		return m.at(func(p string) string {
			return pick([]string{"(" + p + ")." + pick(calls, m.how), p + "." + pick(calls, m.how), pick(calls, m.how) + "(" + p + ")", pick(calls, m.how)}, m.how/16)
		})
	case 7:
		return fmt.Sprintf(pick(wrapping, m.how), sql)
	case 8:
		return fmt.Sprintf(pick(joints, m.where^m.how), sql, other)
	case 9:
		return fmt.Sprintf(pick(joints, m.where^m.how), other, sql)
	case 10:
		return m.at(func(string) string { return "(" + other + ")" })
	case 11:
		from := pieces(other)
		return m.at(func(string) string { return pick(from, m.how) })
	}
	return m.at(func(p string) string { return pick([]string{"", p + p, p + " " + p}, m.how) })
}

// at changes the piece that the mutation is about.
func (m *mutation) at(change func(string) string) string {
	n := m.where % len(m.parts)
	m.parts[n] = change(m.parts[n])
	return strings.Join(m.parts, "")
}

// word changes a word, the first from the place of the mutation on.
func (m *mutation) word(change func(string) string) string {
	for i := range m.parts {
		n := (m.where + i) % len(m.parts)
		if r, _ := utf8.DecodeRuneInString(m.parts[n]); inWord(r) {
			m.parts[n] = change(m.parts[n])
			break
		}
	}
	return strings.Join(m.parts, "")
}
