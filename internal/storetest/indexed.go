package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"stele"
)

// indexedCases are the cases of tables that have an index for keywords. It changes no answer: all cases of keywords, and what else reads
// and writes in many ways, must hold on them as on others: with these cases if it is to be whole.
func indexedCases(whole bool) []testCase {
	cases := []testCase{
		{"a table says that it has the index", func(f *fixture) {
			t := f.table("texts", "s TEXT")
			f.wantTable(t)
			f.indexed = false
			f.wantTable(f.table("plain", "s TEXT"))
		}},
		{"keywords of any length and any letters find what a table without the index finds", indexFindsTheSame},
		{"the index follows whatever is written", indexFollows},
		{"what was undone is not found", indexForgetsTrials},
		{"a table of numbers alone, and one of truths alone, may have the index", func(f *fixture) {
			numbers, truths := f.table("numbers", "n INT", "f FLOAT"), f.table("truths", "b BOOLEAN")
			f.add(numbers, row{123456, 1.5}, row{-9912345, nil})
			f.wantFound(numbers, stele.RecordQuery{Keyword: "1234"}, 0, 1)
			f.wantFound(numbers, stele.RecordQuery{Keyword: "-991"}, 1)
			f.add(truths, row{true}, row{false}, row{nil})
			f.wantFound(truths, stele.RecordQuery{Keyword: "TRUE"}, 0)
			f.wantFound(truths, stele.RecordQuery{Keyword: "alse"}, 1)
			f.delete(truths, byID(f.records(truths)[0].ID))
			f.wantFound(truths, stele.RecordQuery{Keyword: "true"})
		}},
		{"keyword, conditions, order and cursor apply together", indexBesideAll},
		{"the widest tables may have the index", func(f *fixture) {
			for _, typ := range []string{"FLOAT", "TEXT", "DATETIME"} {
				var fields []string
				full := make(row, 200)
				for i := range full {
					fields = append(fields, fmt.Sprintf("%s_%d", strings.Repeat("x", 60), i)+" "+typ)
				}
				t := f.table("wide_"+strings.ToLower(typ), fields...)
				if full[0], full[199] = "2026-03-01 08:00:00", "2027-04-02 08:00:00"; typ == "FLOAT" {
					full[0], full[199] = 2026.25, 2027.25
				}
				f.add(t, full, make(row, 200))
				f.wantFound(t, stele.RecordQuery{Keyword: "2026"}, 0)
				f.wantFound(t, stele.RecordQuery{Keyword: "2027"}, 0)
				f.wantFound(t, stele.RecordQuery{Keyword: "2028"})
			}
		}},
		{"the index comes and goes, and follows the definition", indexFollowsDefinition},
		{"the index is kept", func(f *fixture) {
			k := f.kept()
			k.indexed = true
			t := k.table("texts", "s TEXT")
			k.add(t, row{"before"})
			k.reopen()
			k.wantTable(t)
			k.add(t, row{"after"})
			k.wantFound(t, stele.RecordQuery{Keyword: "before"}, 0)
			k.wantFound(t, stele.RecordQuery{Keyword: "after"}, 1)
		}},
	}
	if whole {
		for _, list := range [][]testCase{keywordCases(), readCases(), nameCases(), valueCases(), modeCases(), updateCases(), createCases(), deleteCases(), filterCases(), alterCases()} {
			cases = append(cases, list...)
		}
	}
	for i, c := range cases {
		cases[i].run = func(f *fixture) {
			f.indexed = true
			c.run(f)
		}
	}
	return cases
}

func indexIsMoved(f *fixture) {
	f.indexed = true
	t := f.table("texts", "s TEXT", "n INT")
	f.fill(t, 30, func(i int) row { return row{fmt.Sprint("text ", i), i * 1000} })
	k := f.moved(7)
	k.wantTable(t)
	k.wantFound(t, stele.RecordQuery{Keyword: "xt 29"}, 29)
	k.wantFound(t, stele.RecordQuery{Keyword: "9000"}, 9, 19, 29)
	k.add(t, row{"later", 1})
	k.wantFound(t, stele.RecordQuery{Keyword: "later"}, 30)
}

// pieces are what texts are made of here: letters that fold and letters that do not, of one byte to four, and all that a pattern, a
// question to an index or SQL could read as its own.
var pieces = []string{"a", "B", "c", "AB", "\u00e9", "\u00c9", "\u65e5\u672c", "\u212a", "\u0130", "\U0001f600", "'", `"`, "%", "_", `\`, "*", "(", "^", ":", "-", "+", " ", "\t", "\x01", "\x1f", ".",
	"NOT", "AND", "NEAR", "0", "12", "345", "e1", "true", "{", "[", "|", "&", "$1", "?"}

// indexFindsTheSame fills two tables alike and asks both.
func indexFindsTheSame(f *fixture) {
	fields := []string{"s TEXT", "n INT", "f FLOAT", "d DATETIME", "b BOOLEAN", "u TEXT"}
	indexed := f.table("indexed", fields...)
	f.indexed = false
	plain := f.table("plain", fields...)
	random := rand.New(rand.NewPCG(7, 8))
	text := func(most int) string {
		var b strings.Builder
		for range random.IntN(most + 1) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		return b.String()
	}
	var rows []row
	for range 300 {
		r := row{text(12), random.IntN(2_000_000) - 1_000_000, float64(random.IntN(1000)) / 8, fmt.Sprintf("20%02d-03-%02d 08:00:%02d", random.IntN(100), 1+random.IntN(28), random.IntN(60)),
			random.IntN(2) == 0, text(4)}
		for i := range r {
			if random.IntN(6) == 0 {
				r[i] = nil
			}
		}
		rows = append(rows, r)
	}
	f.add(indexed, rows...)
	f.add(plain, rows...)
	places := map[stele.RecordID]int{}
	for i, r := range f.records(plain) {
		places[r.ID] = i
	}
	for i, r := range f.records(indexed) {
		places[r.ID] = i
	}
	found := func(t *stele.Table, keyword string) (at []int) {
		p := f.page(t, stele.RecordQuery{Keyword: keyword, Limit: 1000})
		for _, r := range p.Records {
			at = append(at, places[r.ID])
		}
		if p.Total != int64(len(at)) {
			f.Errorf("keyword %q: the total is %d, the page has %d", keyword, p.Total, len(at))
		}
		return at
	}
	for n := range 600 {
		keyword := text(5)
		if n%3 > 0 { // a part of what is there
			v := []rune(value(plain.Fields[n%6], rows[random.IntN(len(rows))][n%6]).String())
			from := random.IntN(len(v) + 1)
			keyword = string(v[from:min(len(v), from+random.IntN(9))])
		}
		if n%2 == 0 {
			keyword = strings.ToUpper(keyword)
		}
		if got, want := found(indexed, keyword), found(plain, keyword); !slices.Equal(got, want) {
			f.Errorf("keyword %q finds %v by the index, %v without", keyword, got, want)
		}
	}
}

func indexFollows(f *fixture) {
	t := f.table("texts", "code TEXT unique", "s TEXT", "n INT", "b BOOLEAN")
	ids := f.add(t, row{"one", "Apple", 1000, nil}, row{"two", "pear", 2000, nil}, row{"three", nil, nil, nil})
	word := func(k string, places ...int) {
		f.Helper()
		f.wantFound(t, stele.RecordQuery{Keyword: k}, places...)
	}
	word("apple", 0)
	f.outcomes(t, []stele.Change{change(t, by(t, "code", "one"), "s", "plum"), change(t, byID(ids[2]), "s", "Apple", "n", 77123)}, "", "")
	word("apple", 2)
	word("plum", 0)
	word("7712", 2)
	f.outcomes(t, []stele.Change{change(t, byID(ids[2]), "s", nil), change(t, byID(ids[2]), "s", "quince"), change(t, byID(ids[2]), "b", true)}, "", "", "")
	word("apple")
	word("quince", 2)
	word("true", 2)
	f.outcomes(t, []stele.Change{
		upsert(t, by(t, "code", "four"), "s", "medlar"), change(t, by(t, "code", "four"), "s", "loquat"), upsert(t, byID(ids[2]+9), "code", "far", "s", "rowan"),
		change(t, by(t, "code", "two"), "code", "one"),
	}, "", "", "", stele.ReasonConflict(t, 0, stele.TextValue("one")))
	word("medlar")
	word("loquat", 3)
	word("rowan", 4)
	word("pear", 1)
	f.importBatch(t, onTheirOwnBy(f.batch(t, row{"two", "sorb", 5, nil}, row{"five", "damson", 6, nil}, row{"five", "bullace", 6, nil})))
	word("pear")
	word("sorb", 1)
	word("damson")
	word("bullace", 4)
	f.wantRefused(t, row{"one", "cherry", 1, nil})
	word("cherry")
	f.wantDeleted(t, 2, by(t, "code", "one"), by(t, "code", "far"), by(t, "code", "nobody"))
	word("plum")
	word("rowan")
	f.outcomes(t, []stele.Change{upsert(t, byID(ids[0]), "code", "again", "s", "plum tree")}, "")
	word("plum", 0)
	word("tree", 0)
}

// indexFollowsDefinition changes small tables and one that is not small, which a store may change in another way.
func indexFollowsDefinition(f *fixture) {
	for _, n := range []int{3, 1500} {
		f.indexed = false
		t := f.table(fmt.Sprint("texts_", n), "code TEXT unique", "s TEXT", "n INT", "b BOOLEAN")
		f.add(t, manyRows(n, func(i int) row { return row{fmt.Sprint("code ", i), fmt.Sprint("word ", i), 7000 + i, true} })...)
		word := func(k string, total int) {
			f.Helper()
			if p := f.page(t, stele.RecordQuery{Keyword: k, Limit: 1}); p.Total != int64(total) {
				f.Errorf("%d records: keyword %q finds %d, want %d", n, k, p.Total, total)
			}
		}
		alter := func(list ...stele.RawAlter) {
			f.Helper()
			var done stele.Altered
			if t, done = f.alter(t, list...); done.Refused() {
				f.Fatalf("refused:\n%s", showViolations(done.Violations))
			}
			f.wantTable(t)
			word("word 2", len(f.page(t, stele.RecordQuery{Where: &stele.Where{Op: stele.OpContains, Column: 1, Values: []stele.Value{stele.TextValue("word 2")}}, Limit: 1000}).Records))
			f.works(t)
		}
		alter(on(stele.SetKeywordIndex, ""))
		if !t.KeywordIndex {
			f.Fatalf("the table has no index: %+v", t)
		}
		alter(on(stele.SetKeywordIndex, "")) // once more changes nothing
		alter(renamed("s", "c0"), renamedTable(fmt.Sprint("renamed_", n)))
		alter(added("mark TEXT", "Quince"))
		word("quince", n)
		alter(retyped("n", "TEXT"), added("flag BOOLEAN", true))
		word("7001", 1)
		alter(retyped("b", "TEXT"))
		word("rue", n)
		alter(renamed("c0", "code2"), renamed("mark", "c0"), on(stele.DropField, "b"))
		word("quince", n)
		alter(on(stele.DropField, "c0"))
		word("quince", 0)
		alter(on(stele.DropKeywordIndex, ""), added("late TEXT", "medlar"))
		word("medlar", n)
		alter(on(stele.SetKeywordIndex, ""))
		word("medlar", n)
		_, err := f.db.DropTable(f.Context(), t, nil)
		f.must("dropping", err)
	}
}

func manyRows(n int, of func(i int) row) (rows []row) {
	for i := range n {
		rows = append(rows, of(i))
	}
	return rows
}

// onTheirOwnBy makes the rows of a batch upserts by their first field.
func onTheirOwnBy(b *stele.Batch) *stele.Batch {
	for _, r := range b.Records {
		c := stele.Change{Create: true, NewValues: r.Values, Selector: stele.Selector{Pairs: []stele.Pair{{Field: 0, Value: r.Values[0]}}}}
		for i, v := range r.Values[1:] {
			c.Set = append(c.Set, stele.Pair{Field: i + 1, Value: v})
		}
		b.Changes = append(b.Changes, c)
	}
	b.Mode, b.Records, b.Task.Success = stele.Upsert, nil, 0
	return b
}

func indexForgetsTrials(f *fixture) {
	t := f.table("texts", "code TEXT unique", "s TEXT")
	f.add(t, row{"one", "apple"}, row{"two", "pear"})
	dry := f.db.With(stele.How{Dry: true})
	_, err := dry.Import(f.Context(), t, f.batch(t, row{"three", "quince"}), f.now, nil)
	f.must("a trial", err)
	_, err = dry.Update(f.Context(), t, []stele.Change{change(t, by(t, "code", "one"), "s", "medlar")}, f.now, nil)
	f.must("a trial", err)
	_, err = dry.Delete(f.Context(), t, []stele.Selector{by(t, "code", "two")}, nil)
	f.must("a trial", err)
	atomic := f.db.With(stele.How{Mode: stele.Atomic})
	_, err = atomic.Update(f.Context(), t, []stele.Change{change(t, by(t, "code", "one"), "s", "sorb"), change(t, by(t, "code", "nobody"), "s", "x")}, f.now, nil)
	f.must("an update that fails", err)
	for _, k := range []string{"quince", "medlar", "sorb"} {
		f.wantFound(t, stele.RecordQuery{Keyword: k})
	}
	f.wantFound(t, stele.RecordQuery{Keyword: "apple"}, 0)
	f.wantFound(t, stele.RecordQuery{Keyword: "pear"}, 1)
}

func indexBesideAll(f *fixture) {
	t := f.table("texts", "code TEXT unique", "rank INT", "c0 TEXT", "rowid TEXT")
	f.fill(t, 60, func(i int) row {
		return row{fmt.Sprintf("code %02d", i), i % 7, fmt.Sprint("even and odd"[5*(i%2):]), "x"}
	})
	m := &model{table: t, records: f.records(t)}
	w := cond(t, "rank", stele.OpLe, 4)
	for _, keys := range [][]stele.SortKey{nil, {{Column: stele.ColumnID, Desc: true}}, {{Column: 1, Desc: true}, {Column: 0}}, {{Column: 0}}} {
		for _, where := range []*stele.Where{nil, &w} {
			for _, keyword := range []string{"code", "odd", "ode 1", "nothing of it", "od"} {
				q := stele.RecordQuery{Keyword: keyword, Where: where, Limit: 7, Offset: 3}
				f.samePage(q, f.page(t, q), m.page(q))
				q.Sort, q.Offset = t.WholeOrder(keys), 0
				f.samePage(q, f.page(t, q), m.page(q))
				q.Uncounted = true
				f.samePage(q, f.page(t, q), m.page(q))
				whole := q
				whole.Limit = 100
				f.samePage(q, stele.RecordPage{Records: f.walk(t, q)}, stele.RecordPage{Records: m.page(whole).Records})
			}
		}
	}
	f.wantFound(t, stele.RecordQuery{Keyword: "code", Equal: pairs(t, "code", "code 07")}, 7)
	f.wantFound(t, stele.RecordQuery{Keyword: "even", Equal: pairs(t, "code", "code 07")})
}
