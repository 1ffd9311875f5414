package storetest

import (
	"strings"

	"stele"
)

func keywordCases() []testCase {
	return []testCase{
		{"a keyword is found literally in any field's text form", keywordIsLiteral},
		{"every float is found by its text form", floatsAreFound},
		{"letter case is ignored in ASCII and nowhere else", keywordIgnoresCase},
		{"a keyword with characters between the letters of the alphabets keeps them", func(f *fixture) {
			t := f.table("texts", "s TEXT")
			f.add(t, row{"[x]"}, row{"{x}"}, row{"@a"}, row{"`a"}, row{"a^b"}, row{"a~b"})
			for i, k := range []string{"[x", "{X", "@A", "`a", "A^", "~B"} {
				f.wantFound(t, stele.RecordQuery{Keyword: k}, i)
			}
		}},
		{"a keyword does not search ids and times", func(f *fixture) {
			t := f.table("texts", "s TEXT")
			id := f.add(t, row{"x"})[0]
			f.wantFound(t, stele.RecordQuery{Keyword: id.String()})
			f.wantFound(t, stele.RecordQuery{Keyword: stele.RecordID(f.now).String()})
			f.wantFound(t, stele.RecordQuery{Keyword: "texts"})
		}},
		{"a keyword does not run from one field into the next", func(f *fixture) {
			t := f.table("texts", "a TEXT", "b TEXT", "c INT")
			f.add(t, row{"one", "two", 3}, row{"onetwo", nil, 3})
			for _, k := range []string{"onetwo", "etw"} {
				f.wantFound(t, stele.RecordQuery{Keyword: k}, 1)
			}
			for _, k := range []string{"one two", "two3", "one,two", "one\ntwo", "two 3", "one\ttwo", "one|two", "one\x1ftwo"} {
				f.wantFound(t, stele.RecordQuery{Keyword: k})
			}
		}},
		{"a keyword with a NUL finds nothing, as no text has one", func(f *fixture) {
			t := f.table("texts", "s TEXT")
			f.add(t, row{"ab"}, row{""}, row{nil})
			for _, k := range []string{"\x00", "a\x00", "a\x00b", "\x00b"} {
				f.wantFound(t, stele.RecordQuery{Keyword: k})
			}
		}},
		{"long keywords and control characters are literal too", func(f *fixture) {
			t := f.table("texts", "s TEXT")
			long := strings.Repeat("ab%_\\", 20000)
			f.add(t, row{"x" + long}, row{"tab\there\nline"}, row{"\x1b\x01"})
			f.wantFound(t, stele.RecordQuery{Keyword: strings.ToUpper(long)}, 0)
			f.wantFound(t, stele.RecordQuery{Keyword: long + "x"})
			f.wantFound(t, stele.RecordQuery{Keyword: "\there\n"}, 1)
			f.wantFound(t, stele.RecordQuery{Keyword: "\x1b\x01"}, 2)
			f.wantFound(t, stele.RecordQuery{Keyword: "\x01\x1b"})
		}},
		{"keyword and filter apply both", func(f *fixture) {
			t := f.table("texts", "code TEXT unique", "kind TEXT", "n INT")
			f.add(t, row{"apple", "fruit", 1}, row{"pear", "fruit", 2}, row{"potato", "root", 1}, row{"plum", nil, 3})
			f.wantFound(t, stele.RecordQuery{Keyword: "P", Equal: pairs(t, "kind", "fruit")}, 0, 1)
			f.wantFound(t, stele.RecordQuery{Keyword: "po", Equal: pairs(t, "kind", "fruit")})
			f.wantFound(t, stele.RecordQuery{Keyword: "1", Equal: pairs(t, "kind", "root")}, 2)
			f.wantFound(t, stele.RecordQuery{Keyword: "lu", Equal: pairs(t, "kind", nil)}, 3)
			f.wantFound(t, stele.RecordQuery{Keyword: "app", Equal: pairs(t, "code", "pear")})
		}},
	}
}

func keywordIsLiteral(f *fixture) {
	t := f.table("all", "s TEXT", "i INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	f.add(t,
		row{"plain text", 12, 1.0, true, "2026-03-01 08:00:00"}, row{"100%", -34, 0.5, false, "1999-12-31 23:59:59"},
		row{"a_b", int64(9007199254740993), 1e21, nil, nil}, row{`c\d`, 0, 1e-7, nil, nil}, row{nil, nil, nil, nil, nil},
		row{"null", nil, 123456789012.5, nil, nil}, row{"'quoted' \"twice\"", nil, 1e20, nil, nil})
	for _, c := range []struct {
		keyword string
		want    []int
	}{
		{"", []int{0, 1, 2, 3, 4, 5, 6}}, {"plain", []int{0}}, {"n t", []int{0}}, {"text1", nil}, {"text 12", nil},
		{"%", []int{1}}, {"0%", []int{1}}, {"_", []int{2}}, {"a_b", []int{2}}, {"a%b", nil}, {`\`, []int{3}}, {`\d`, []int{3}}, {`c\\d`, nil}, {"acb", nil},
		{"12", []int{0, 1, 5}}, {"-34", []int{1}}, {"9007199254740993", []int{2}}, {"9007199254740992", nil},
		{"0.5", []int{1}}, {"1e+21", []int{2}}, {"1E+2", []int{2}}, {"1e-07", []int{3}}, {"100000000000000000000", []int{6}}, {"123456789012.5", []int{5}},
		{"1.0", nil}, {".0", nil}, {"true", []int{0}}, {"TRUE", []int{0}}, {"false", []int{1}}, {"als", []int{1}}, {"ru", []int{0}}, {"RUE", []int{0}},
		{"2026-03-01 08:00:00", []int{0}}, {"12-31", []int{1}}, {"08:00", []int{0}}, {"t08", nil},
		{"null", []int{5}}, {"'", []int{6}}, {`"`, []int{6}}, {"'quoted'", []int{6}}, {"none of it", nil}, {" ", []int{0, 1, 6}}, {"*", nil}, {"?", nil}, {"[a-z]", nil},
	} {
		f.wantFound(t, stele.RecordQuery{Keyword: c.keyword}, c.want...)
	}
}

func floatsAreFound(f *fixture) {
	t := f.table("floats", "f FLOAT")
	list := edges(stele.Float)
	for _, v := range list {
		f.add(t, row{v})
	}
	for i, r := range f.records(t) {
		text := r.Values[0].String()
		p := f.page(t, stele.RecordQuery{Limit: 100, Keyword: text})
		found := false
		for _, got := range p.Records {
			found = found || got.ID == r.ID
			if !strings.Contains(got.Values[0].String(), text) {
				f.Errorf("keyword %q finds %s", text, got.Values[0])
			}
		}
		if !found {
			f.Errorf("edge %d is not found by its text form %q", i, text)
		}
	}
}

func keywordIgnoresCase(f *fixture) {
	t := f.table("texts", "s TEXT")
	f.add(t, row{"Stele"}, row{"STELE"}, row{"\u00c9T\u00c9"}, row{"\u00e9t\u00e9"}, row{"e\u0301te\u0301"}, row{"\u212aelvin"}, row{"stra\u00dfe"}, row{"\u0130zmir"}, row{"\u65e5\u672c"})
	for _, c := range []struct {
		keyword string
		want    []int
	}{
		{"stele", []int{0, 1}}, {"sTeLe", []int{0, 1}}, {"\u00e9T\u00e9", []int{3}}, {"\u00c9t\u00c9", []int{2}}, {"e\u0301TE", []int{4}}, {"\u00e9", []int{3}},
		{"k", nil}, {"K", nil}, {"\u212a", []int{5}}, {"ELVIN", []int{5}}, {"STRASSE", nil}, {"STRA\u00dfE", []int{6}}, {"i", []int{5, 7}}, {"\u0130", []int{7}}, {"\u65e5", []int{8}},
	} {
		f.wantFound(t, stele.RecordQuery{Keyword: c.keyword}, c.want...)
	}
}
