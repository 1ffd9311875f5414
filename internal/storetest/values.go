package storetest

import (
	"math"
	"strings"

	"stele"
)

// edges are values of each type that stores and drivers have been seen to bend.
func edges(t stele.Type) []any {
	switch t {
	case stele.Int:
		return []any{
			0, 1, -1, 127, 128, -128, 32767, 32768, math.MaxInt32, math.MaxInt32 + 1, math.MinInt32, math.MinInt32 - 1,
			int64(1<<53 - 1), int64(1 << 53), int64(9007199254740993), int64(-9007199254740993),
			int64(999999999999999999), int64(math.MaxInt64), int64(math.MaxInt64 - 1), int64(math.MinInt64), int64(math.MinInt64 + 1),
		}
	case stele.Float:
		return []any{
			0.0, 1.0, -1.0, 0.5, 0.1, 0.30000000000000004, 1.0 / 3, -2.5e-10, 123456789.123456789, 1e15, 1e16, 1e17, 1e20, 1e21, 1e22, 1e-6, 1e-7,
			9007199254740992.0, 9007199254740994.0, 9.223372036854775e18, 9.223372036854775807e18, -9.223372036854775808e18, 1.8446744073709552e19,
			1e308, -1e308, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64,
			2.2250738585072014e-308, 2.225073858507201e-308, 5e-320, 4.9406564584124654e-310, 6.8985317e-7, 8.41e21, 9.5367431640625e-7, 4503599627370496.5, 1.7976931348623155e308,
		}
	case stele.Boolean:
		return []any{true, false}
	case stele.DateTime:
		return []any{
			"0001-01-01 00:00:00", "0099-12-31 23:59:59", "1582-10-10 12:00:00", "1899-12-31 23:59:59", "1900-01-01 00:00:00",
			"1969-12-31 23:59:59", "1970-01-01 00:00:00", "2000-02-29 23:59:59", "2026-03-01 08:00:00", "2026-03-29 02:30:00",
			"2038-01-19 03:14:08", "9999-12-31 23:59:59",
		}
	default:
		return textEdges()
	}
}

func textEdges() []any {
	texts := []any{
		"", " ", "  a  ", "a ", "a", "A", "\ta\r\n", "\r\n", "'", "''", `"`, `\`, `\\`, `\n`, "`", "a'b\"c`d", "%", "_", "%s%d", "?1", "$1", ":a", "@a",
		"null", "NULL", "true", "0", "00123", "+7", "1.50", "1e3", "0x10", "NaN", "Infinity", "-", "9007199254740993", "99999999999999999999",
		"2026-03-01", "2026-03-01 08:00:00", "{}", "[]", `{"a":1}`, "{1,2}", "(1)", "x'41'", "--", "/* */", "; DROP TABLE parcels",
		"\u00e9", "e\u0301", "\u00c9", "ß", "\u1e9e", "\ufb01", "fi", "\u0130", "\u0131", "\u212a", "K", "k", "日本語", "한국어", "עברית", "🙂", "👩‍👩‍👧", "\u200b", "\ufeff", "\u00a0", "\u2028", "\ufffd", "\uffff",
		"\U0010ffff", "\ud7ff", "\ue000", "\u202e",
		strings.Repeat("x", 1<<16), strings.Repeat("🙂", 1<<12), strings.Repeat("'", 1000), strings.Repeat("a ", 5000),
	}
	var control strings.Builder
	for c := rune(1); c < 32; c++ {
		control.WriteRune(c)
		texts = append(texts, string(c))
	}
	return append(texts, control.String(), "\x7f", "\u0080", "a\x1ab", "a\x01")
}

func valueCases() []testCase {
	var cases []testCase
	for typ := stele.Text; typ <= stele.Boolean; typ++ {
		cases = append(cases, testCase{
			typ.String() + " values come back as they were imported, updated and created",
			func(f *fixture) { valuesComeBack(f, typ) },
		})
	}
	return append(cases,
		testCase{"text of 4 MiB comes back to the byte", func(f *fixture) {
			t := f.table("long", "code TEXT unique", "body TEXT")
			ascii, wide := strings.Repeat("0123456789abcde\n", 1<<18), strings.Repeat("🙂", 1<<20)
			f.add(t, row{"a", ascii}, row{"b", wide})
			f.want(t, row{"a", ascii}, row{"b", wide})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "body", wide), change(t, by(t, "code", "b"), "body", ascii+"!")}, "", "")
			f.want(t, row{"a", wide}, row{"b", ascii + "!"})
			if p := f.page(t, stele.RecordQuery{Limit: 10, Keyword: "E\n!"}); p.Total != 1 {
				f.Errorf("a keyword at the end of a long text finds %d, want 1", p.Total)
			}
			if p := f.page(t, stele.RecordQuery{Limit: 10, Equal: pairs(t, "body", ascii+"!")}); p.Total != 1 {
				f.Errorf("a filter by a long text finds %d, want 1", p.Total)
			}
		}},
		testCase{"empty text and no value are told apart", func(f *fixture) {
			t := f.table("notes", "body TEXT", "code TEXT unique")
			f.add(t, row{"", "a"}, row{nil, "b"}, row{" ", "c"})
			f.want(t, row{"", "a"}, row{nil, "b"}, row{" ", "c"})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "body", nil), change(t, by(t, "code", "b"), "body", "")}, "", "")
			f.want(t, row{nil, "a"}, row{"", "b"}, row{" ", "c"})
		}},
		testCase{"a row without any value is a record", func(f *fixture) {
			t := f.table("sparse", "a TEXT", "b INT", "c FLOAT", "d BOOLEAN", "e DATETIME")
			f.add(t, row{}, row{nil, 0}, row{})
			f.want(t, row{}, row{nil, 0}, row{})
		}},
		testCase{"whole floats, zeros and falsehoods keep their types", func(f *fixture) {
			t := f.table("types", "i INT", "f FLOAT", "b BOOLEAN", "s TEXT", "d DATETIME")
			f.add(t, row{0, 0.0, false, "0", nil}, row{1, 1.0, true, "1", nil}, row{-1, math.Copysign(0, -1), false, "false", nil})
			f.want(t, row{0, 0.0, false, "0", nil}, row{1, 1.0, true, "1", nil}, row{-1, 0.0, false, "false", nil})
		}},
	)
}

// valuesComeBack takes each edge of a type in by an import, by an update and by a creation, and reads it back.
func valuesComeBack(f *fixture, typ stele.Type) {
	t := f.table("edges", "code INT unique", "v "+typ.String())
	var rows []row
	var changes, creations []stele.Change
	list := edges(typ)
	for i, v := range list {
		rows = append(rows, row{i, v})
	}
	f.add(t, rows...)
	f.want(t, rows...)
	last := len(list) - 1
	for i := range list {
		changes = append(changes, change(t, by(t, "code", i), "v", list[last-i]))
		creations = append(creations, upsert(t, by(t, "code", last+1+i), "v", list[i]))
		rows[i] = row{i, list[last-i]}
	}
	for i, v := range list {
		rows = append(rows, row{last + 1 + i, v})
	}
	for i, o := range f.update(t, append(changes, creations...)...) {
		if o.Reason != "" {
			f.Fatalf("change %d: %s", i, o.Reason)
		}
	}
	f.want(t, rows...)
	for i, v := range list { // equality is exact too: each value leads to its own records only
		p := f.page(t, stele.RecordQuery{Limit: 10, Equal: pairs(t, "v", v)})
		if p.Total != 2 || len(p.Records) != 2 {
			f.Errorf("a filter by edge %d finds %d records, want 2:\n%s", i, p.Total, show(p.Records))
		}
	}
}
