package storetest

import (
	"fmt"
	"slices"
	"strings"

	"stele"
)

// oddFields are legal names of fields that an engine may take for something else, or that Stele has a use for itself.
func oddFields() []string {
	const as = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" // 63
	return []string{
		"rowid", "oid", "_rowid_", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid",
		"order", "select", "value", "values", "where", "from", "group", "table", "index", "null", "default", "user", "current_date",
		"id", "_id", "_created_at", "_updated_at", "created_at", "updated_at", "record_id", "_", "__", "_1",
		"0", "1", "1_a", "0x10", "1e3", "sqlite_x", "sqlite_master", "pg_class", "true", "false", "nan", "infinity", "excluded", "new", "old",
		as + "a", as + "b", as, "x" + as, "text", "integer", "json", "ord", "n", "t", "r", "u",
	}
}

// oddTables are legal names of tables of the same kind. Some are names that an engine may give to an index of another one.
func oddTables() []string {
	const ts = "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt" // 63
	return []string{
		"order", "select", "table", "index", "group", "values", "user", "default", "where", "main", "temp", "public",
		"sqlite_x", "sqlite_master", "sqlite_sequence", "sqlite_schema", "sqlite_autoindex_a_1", "pg_class", "pg_type", "information_schema",
		"tables", "fields", "records", "tasks", "once", "agents", "keys", "catalog", "stele", "stele_catalog", "t", "r",
		"a", "a_code", "a_code_key", "a_pkey", "a_code_idx", "a_code_unique", "idx_a_code", "code", "rowid", "ctid", "unnest", "json_each",
		ts + "a", ts + "b", ts, "x" + ts,
	}
}

func nameCases() []testCase {
	return []testCase{
		{"fields may have the names that engines reserve", oddFieldNames},
		{"unique fields may have the names that engines reserve", oddUniqueFieldNames},
		{"tables may have the names that engines reserve", oddTableNames},
		{"table names of 64 characters that differ only in the last are two tables", func(f *fixture) {
			name := strings.Repeat("n", 63)
			a, b := f.table(name+"a", "code TEXT unique"), f.table(name+"b", "code TEXT unique")
			f.add(a, row{"PX-1"})
			f.add(b, row{"PX-1"}, row{"PX-2"})
			f.want(a, row{"PX-1"})
			f.want(b, row{"PX-1"}, row{"PX-2"})
			f.wantTables(a, b)
		}},
		{"field names of 64 characters that differ only in the last are two fields", func(f *fixture) {
			name := strings.Repeat("n", 63)
			made := f.define("long", name+"a TEXT unique", name+"b TEXT unique")
			t := f.create(made)
			f.wantTable(made)
			f.add(t, row{"1", "2"}, row{"2", "1"})
			f.outcomes(t, []stele.Change{change(t, by(t, name+"b", "1"), name+"a", "1")}, stele.ReasonConflict(t, 0, stele.TextValue("1")))
			f.want(t, row{"1", "2"}, row{"2", "1"})
		}},
	}
}

func oddFieldNames(f *fixture) {
	names := oddFields()
	var fields []string
	var cells row
	for i, name := range names {
		fields = append(fields, name+" INT")
		cells = append(cells, i+1000)
	}
	made := f.define("odd", append(fields, "code TEXT unique")...)
	t := f.create(made)
	f.wantTable(made)
	id := f.add(t, append(slices.Clone(cells), "one"))[0]
	f.add(t, append(make(row, len(names)), "two"))
	for i, name := range names {
		f.now++
		f.outcomes(t, []stele.Change{change(t, by(t, "code", "one", name, i+1000), name, i+2000)}, "")
		p := f.page(t, stele.RecordQuery{Limit: 10, Equal: pairs(t, name, i+2000), Keyword: fmt.Sprint(i + 2000)})
		if p.Total != 1 || len(p.Records) != 1 || p.Records[0].ID != id || p.Records[0].Created == p.Records[0].Updated {
			f.Errorf("field %s: %d found:\n%s", name, p.Total, show(p.Records))
		}
		cells[i] = i + 2000
	}
	f.want(t, append(slices.Clone(cells), "one"), append(make(row, len(names)), "two"))
	if p := f.page(t, stele.RecordQuery{Limit: 10, Equal: pairs(t, "rowid", nil, "_id", nil, "ctid", nil)}); p.Total != 1 {
		f.Errorf("a filter on empty fields finds %d, want 1", p.Total)
	}
}

func oddUniqueFieldNames(f *fixture) {
	names := oddFields()
	var fields []string
	var one, two row
	for i, name := range names {
		fields = append(fields, name+" INT unique")
		one, two = append(one, i), append(two, i+1000)
	}
	t := f.table("odd_unique", fields...)
	f.add(t, one, two)
	for i, name := range names {
		reason := stele.ReasonConflict(t, i, stele.IntValue(int64(i)))
		f.outcomes(t, []stele.Change{change(t, by(t, name, i+1000), name, i)}, reason)
	}
	if n := f.delete(t, by(t, "rowid", 0)); n != 1 {
		f.Errorf("deleted %d by the field rowid, want 1", n)
	}
	for i := range names { // a row for each field that clashes
		clashing := make(row, len(names))
		for k := range clashing {
			clashing[k] = k + 2000
		}
		clashing[i] = i + 1000
		b := f.batch(t, clashing)
		f.sameTask("the answer", f.importBatch(t, b), b.Refused(t, []stele.Conflict{{Field: i}}))
	}
	f.want(t, two)
}

func oddTableNames(f *fixture) {
	var tables []*stele.Table
	for i, name := range oddTables() {
		made := f.define(name, "code TEXT unique", "a_code INT unique", "n INT")
		t := f.create(made)
		f.wantTable(made)
		f.add(t, row{name, i, i})
		tables = append(tables, t)
	}
	f.wantTables(tables...)
	for i, t := range tables {
		f.outcomes(t, []stele.Change{upsert(t, by(t, "code", "other"), "a_code", -1)}, "")
		f.want(t, row{t.Name, i, i}, row{"other", -1, nil})
		if n := f.delete(t, by(t, "code", t.Name)); n != 1 {
			f.Errorf("table %s: %d deleted, want 1", t.Name, n)
		}
	}
	for _, t := range tables {
		f.want(t, row{"other", -1, nil})
	}
}
