package storetest

import (
	"fmt"
	"slices"
	"strings"

	"stele"
)

func tableCases() []testCase {
	return []testCase{
		{"a table is handed out as it was made", func(f *fixture) {
			made := f.draft(stele.Draft{
				Name: "parcels", Description: `"parcels" on their way; 日本 🙂 ` + "\t\n'x' -- %s",
				Fields: []stele.DraftField{
					{Name: "code", Description: "tracking `code`", Type: "TEXT", Required: true, Unique: true},
					{Name: "weight_g", Type: "INT"},
					{Name: "price", Type: "FLOAT", Required: true},
					{Name: "fragile", Type: "BOOLEAN", Unique: true},
					{Name: "shipped_at", Description: strings.Repeat("🙂", 128), Type: "DATETIME"},
				},
			})
			f.create(made)
			f.wantTable(made)
		}},
		{"a table of 200 fields takes rows", tableOf200Fields},
		{"an unknown table is not found and has no owner", func(f *fixture) {
			id := stele.NewTableID(f.now.Time())
			_, err := f.db.Table(f.Context(), id)
			f.wantCode("table", err, stele.CodeTableNotFound)
			_, err = f.store.Owner(f.Context(), id)
			f.wantCode("owner", err, stele.CodeTableNotFound)
		}},
		{"a table's owner is its agent", func(f *fixture) {
			t := f.table("parcels", "code TEXT")
			if id, err := f.store.Owner(f.Context(), t.ID); err != nil || id != f.agent.ID {
				f.Errorf("owner: %q, %v; want %q", id, err, f.agent.ID)
			}
		}},
		{"a second table of a name is refused and changes nothing", secondTableOfAName},
		{"tables are listed in order of creation, page by page", tablesAreListed},
		{"tables are listed with exact counts", func(f *fixture) {
			a, b := f.table("a", "code TEXT unique"), f.table("b", "n INT")
			f.fill(a, 7, func(i int) row { return row{fmt.Sprint(i)} })
			f.fill(b, 3, func(i int) row { return row{i} })
			f.importBatch(a, f.batch(a, row{"new"}, row{"3"})) // refused
			f.delete(a, by(a, "code", "0"), by(a, "code", "none"), by(a, "code", "6"))
			f.update(a, upsert(a, by(a, "code", "1")), upsert(a, by(a, "code", "8")), change(a, by(a, "code", "9")))
			if n, m := f.count(a), f.count(b); n != 6 || m != 3 {
				f.Errorf("counts: %d and %d, want 6 and 3", n, m)
			}
		}},
		{"an agent without tables has an empty list", func(f *fixture) {
			if ts, err := f.db.Tables(f.Context(), stele.Page{}); err != nil || len(ts) != 0 {
				f.Errorf("tables: %v, %v", ts, err)
			}
		}},
		{"a new table is empty", func(f *fixture) { f.want(f.table("parcels", "code TEXT")) }},
	}
}

// wantTable holds the table that the store hands out against the one that was made.
func (f *fixture) wantTable(made *stele.Table) {
	f.Helper()
	t, err := f.db.Table(f.Context(), made.ID)
	f.must("finding the table", err)
	f.sameTable(t, made)
	all, err := f.db.Tables(f.Context(), stele.Page{})
	f.must("listing tables", err)
	at := slices.IndexFunc(all, func(tc stele.TableCount) bool { return tc.ID == made.ID })
	if at < 0 {
		f.Fatalf("table %s is not listed", made.Name)
	}
	f.sameTable(all[at].Table, made)
}

func (f *fixture) sameTable(t, made *stele.Table) {
	f.Helper()
	if t.ID != made.ID || t.Name != made.Name || t.Stored != made.Stored || t.Description != made.Description ||
		t.Created != made.Created || t.KeywordIndex != made.KeywordIndex || !slices.Equal(t.Fields, made.Fields) {
		f.Errorf("table is\n%+v, want\n%+v", t, made)
	}
	for i, fd := range made.Fields {
		if at := t.FieldIndex(fd.Name); at != i {
			f.Errorf("field %s is found at %d, want %d", fd.Name, at, i)
		}
	}
}

// wantTables holds the list of tables, by id, against those that were made.
func (f *fixture) wantTables(made ...*stele.Table) {
	f.Helper()
	f.wantTablePage(stele.Page{}, made)
}

func (f *fixture) wantTablePage(p stele.Page, made []*stele.Table) {
	f.Helper()
	list, err := f.db.Tables(f.Context(), p)
	f.must("listing tables", err)
	var got, want []string
	for _, t := range list {
		got = append(got, t.Name+" "+string(t.ID))
	}
	for _, t := range part(made, p) {
		want = append(want, t.Name+" "+string(t.ID))
	}
	if !slices.Equal(got, want) {
		f.Errorf("tables %+v: %q, want %q", p, got, want)
	}
}

func tableOf200Fields(f *fixture) {
	types := []string{"TEXT", "INT", "FLOAT", "BOOLEAN", "DATETIME"}
	cells := []any{"text", 1 << 60, 0.1, true, "2026-03-01 08:00:00"}
	var fields []string
	var full, empty, turned row
	for i := range 200 {
		fields = append(fields, fmt.Sprintf("%d_field %s", i, types[i%5]))
		full, empty = append(full, cells[i%5]), append(empty, nil)
	}
	made := f.define("wide", fields...)
	t := f.create(made)
	f.wantTable(made)
	ids := f.fill(t, 100, func(int) row { return full })
	f.add(t, empty)
	var set []any
	for i := range 200 {
		set = append(set, t.Fields[i].Name, nil)
		turned = append(turned, nil)
	}
	f.outcomes(t, []stele.Change{change(t, byID(ids[0]), set...)}, "")
	rows := []row{turned}
	for range 99 {
		rows = append(rows, full)
	}
	f.want(t, append(rows, empty)...)
	if p := f.page(t, stele.RecordQuery{Limit: 100, Keyword: "tex"}); p.Total != 99 {
		f.Errorf("a keyword over 200 fields finds %d, want 99", p.Total)
	}
	all := stele.RecordQuery{Limit: 100}
	for i := range 200 {
		all.Equal = append(all.Equal, stele.Pair{Field: i, Value: value(t.Fields[i], full[i])})
	}
	if p := f.page(t, all); p.Total != 99 {
		f.Errorf("a filter of 200 fields finds %d, want 99", p.Total)
	}
}

func tablesAreListed(f *fixture) {
	var made []*stele.Table
	for i := range 12 { // at one moment, with ids and names in no order: only the order of the calls is left
		made = append(made, f.table(fmt.Sprintf("%c%d", 'z'-i*7%26, i), "code TEXT"))
	}
	for _, p := range []stele.Page{{}, {Limit: 5}, {Offset: 5, Limit: 5}, {Offset: 10, Limit: 5}, {Offset: 7}, {Offset: 12, Limit: 5}, {Offset: 1 << 40, Limit: 100}} {
		f.wantTablePage(p, made)
	}
}

func secondTableOfAName(f *fixture) {
	t := f.table("parcels", "code TEXT unique")
	f.add(t, row{"PX-1"})
	second := f.define("parcels", "other INT")
	f.wantCode("the second", f.db.CreateTable(f.Context(), second, nil), stele.CodeTableExists)
	_, err := f.db.Table(f.Context(), second.ID)
	f.wantCode("its id", err, stele.CodeTableNotFound)
	_, err = f.store.Owner(f.Context(), second.ID)
	f.wantCode("its owner", err, stele.CodeTableNotFound)
	f.want(t, row{"PX-1"})
	f.wantTables(t)
}
