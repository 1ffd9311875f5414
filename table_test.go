package stele

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// newTable makes the table of a test: "parcels", of fields written as "code TEXT required unique".
func newTable(t testing.TB, fields ...string) *Table {
	t.Helper()
	d := Draft{Name: "parcels", Description: "parcels on their way"}
	for _, f := range fields {
		words := strings.Fields(f)
		d.Fields = append(d.Fields, DraftField{
			Name: words[0], Type: words[1],
			Required: slices.Contains(words, "required"), Unique: slices.Contains(words, "unique"),
		})
	}
	table, err := NewTable("66f0a1b2c3d4e5f601234567", d, DefaultLimits(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// parcels is the table of the examples in wire.md 5.
func parcels(t testing.TB) *Table {
	t.Helper()
	return newTable(t, "code TEXT required unique", "weight_g INT", "price FLOAT", "fragile BOOLEAN", "shipped_at DATETIME")
}

func TestNewTable(t *testing.T) {
	t.Parallel()
	draft := Draft{Name: "parcels", Description: "parcels on their way", Fields: []DraftField{
		{Name: "code", Description: "tracking code", Type: "TEXT", Required: true, Unique: true},
		{Name: "ctid", Type: "int"},
		{Name: "7", Description: "0", Type: "DateTime", Unique: true},
	}}
	got, err := NewTable("66f0a1b2c3d4e5f601234567", draft, DefaultLimits(), 1772352000123)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "66f0a1b2c3d4e5f601234567" || got.Name != "parcels" || got.Stored != "parcels" ||
		got.Description != "parcels on their way" || got.Created != 1772352000123 {
		t.Errorf("the table is %+v", got)
	}
	want := []Field{
		{Name: "code", Stored: "code", Description: "tracking code", Type: Text, Required: true, Unique: true},
		{Name: "ctid", Stored: "x$ctid", Type: Int},
		{Name: "7", Stored: "7", Description: "0", Type: DateTime, Unique: true},
	}
	if !slices.Equal(got.Fields, want) {
		t.Errorf("the fields are %+v\nwant %+v", got.Fields, want)
	}
	for i, f := range want {
		if at := got.FieldIndex(f.Name); at != i {
			t.Errorf("FieldIndex(%q) = %d; want %d", f.Name, at, i)
		}
	}
	for _, name := range []string{"", "Code", "code ", "x$ctid", "8"} {
		if at := got.FieldIndex(name); at != -1 {
			t.Errorf("FieldIndex(%q) = %d; want -1", name, at)
		}
	}
	read := &Table{Fields: want} // as a store makes it
	if read.Index(); read.FieldIndex("7") != 2 || read.FieldIndex("8") != -1 {
		t.Error("Index does not prepare a table that was read")
	}
}

// TestNewTableBounds walks over both sides of every bound of wire.md 5.1. Characters are code points.
func TestNewTableBounds(t *testing.T) {
	t.Parallel()
	const accepted = codeEnd
	repeat := strings.Repeat
	field := DraftField{Name: "code", Type: "TEXT"}
	named := func(name string) Draft { return Draft{Name: name, Description: "d", Fields: []DraftField{field}} }
	described := func(d string) Draft { return Draft{Name: "t", Description: d, Fields: []DraftField{field}} }
	with := func(fs ...DraftField) Draft { return Draft{Name: "t", Description: "d", Fields: fs} }
	many := func(n int) (fs []DraftField) {
		for i := range n {
			fs = append(fs, DraftField{Name: "f" + repeat("0", i%50) + string(rune('a'+i/50)), Type: "INT"})
		}
		return fs
	}
	cases := []struct {
		draft Draft
		code  Code
		says  string
	}{
		{named("t"), accepted, ""},
		{named("t_0"), accepted, ""},
		{named("z" + repeat("9", 63)), accepted, ""},
		{named("z" + repeat("9", 64)), CodeTableName, "1 to 64"},
		{named(""), CodeTableName, "got ''"},
		{named("9t"), CodeTableName, "begin with a letter; got '9t'"},
		{named("_t"), CodeTableName, "begin with a letter"},
		{named("T"), CodeTableName, ""},
		{named("tablé"), CodeTableName, "got 'tablé'"},
		{named("a b"), CodeTableName, ""},
		{named("a-b"), CodeTableName, ""},
		{named("a\x00"), CodeTableName, ""},
		{named("x$a"), CodeTableName, ""},
		{named("select"), accepted, ""},
		{named("sqlite_master"), accepted, ""},

		{described("d"), accepted, ""},
		{described(" "), accepted, ""},
		{described(repeat("😀", 128)), accepted, ""},
		{described(repeat("😀", 129)), CodeTableDescription, "1 to 128"},
		{described(repeat("a", 129)), CodeTableDescription, ""},
		{described(""), CodeTableDescription, ""},
		{described("a\x00b"), CodeTableDescription, "NUL"},

		{with(), CodeNoFields, ""},
		{with(many(1)...), accepted, ""},
		{with(many(200)...), accepted, ""},
		{with(many(201)...), CodeTooManyFields, "201"},
		{Draft{Name: "t", Description: "d", Fields: many(199), More: 1}, accepted, ""},
		{Draft{Name: "t", Description: "d", Fields: many(199), More: 2}, CodeTooManyFields, "201"},

		{with(field, DraftField{Name: "9", Type: "INT"}), accepted, ""},
		{with(field, DraftField{Name: "_", Type: "INT"}), accepted, ""},
		{with(field, DraftField{Name: repeat("_", 64), Type: "INT"}), accepted, ""},
		{with(field, DraftField{Name: repeat("_", 65), Type: "INT"}), CodeFieldName, "fields[1]"},
		{with(field, DraftField{Name: "", Type: "INT"}), CodeFieldName, "fields[1]"},
		{with(field, DraftField{Name: "Code", Type: "INT"}), CodeFieldName, "got 'Code'"},
		{with(field, DraftField{Name: "größe", Type: "INT"}), CodeFieldName, ""},
		{with(field, DraftField{Name: repeat("é", 1_000_000), Type: "INT"}), CodeFieldName, "é…'"},
		{with(field, DraftField{Name: "a", Type: "INT"}, field), CodeFieldName, "fields[2].name \"code\" is used by fields[0]"},

		{with(DraftField{Name: "a", Type: "INT", Description: repeat("😀", 128)}), accepted, ""},
		{with(DraftField{Name: "a", Type: "INT", Description: repeat("😀", 129)}), CodeFieldDescription, "fields[0]"},
		{with(DraftField{Name: "a", Type: "INT", Description: "\x00"}), CodeFieldDescription, "NUL"},

		{with(DraftField{Name: "a", Type: "tExT"}), accepted, ""},
		{with(DraftField{Name: "a"}), CodeFieldType, "TEXT, INT, FLOAT, DATETIME or BOOLEAN; got ''"},
		{with(field, DraftField{Name: "a", Type: "STRING"}), CodeFieldType, "fields[1].type"},
		{with(DraftField{Name: "a", Type: " INT"}), CodeFieldType, ""},
	}
	for _, name := range []string{"rowid", "oid", "ctid", "order", "created_at", "value", "values", "_id", "sqlite_x"} {
		cases = append(cases, struct {
			draft Draft
			code  Code
			says  string
		}{with(DraftField{Name: name, Type: "TEXT"}), accepted, ""})
	}
	for i, c := range cases {
		table, err := NewTable("66f0a1b2c3d4e5f601234567", c.draft, DefaultLimits(), 0)
		switch {
		case c.code == accepted:
			if err != nil || table.Name != c.draft.Name || len(table.Fields) != len(c.draft.Fields) {
				t.Errorf("draft %d, %.20q: %v; want it accepted", i, c.draft.Name, err)
			}
		case err == nil || ErrorCode(err) != c.code || !strings.Contains(err.Error(), c.says):
			t.Errorf("draft %d, %.20q: %v; want code %d that says %q", i, c.draft.Name, err, c.code, c.says)
		case len(err.Error()) > 400:
			t.Errorf("a message of %d bytes", len(err.Error()))
		}
	}
}

// TestNewTableOrder: the first thing that is wrong is what is said.
func TestNewTableOrder(t *testing.T) {
	t.Parallel()
	for i, d := range []Draft{
		{Fields: []DraftField{{}}},
		{Name: "t", Fields: []DraftField{{}}},
		{Name: "t", Description: "d"},
		{Name: "t", Description: "d", Fields: []DraftField{{Description: "\x00"}}},
		{Name: "t", Description: "d", Fields: []DraftField{{Name: "a", Description: "\x00"}}},
		{Name: "t", Description: "d", Fields: []DraftField{{Name: "a"}}},
	} {
		want := []Code{CodeTableName, CodeTableDescription, CodeNoFields, CodeFieldName, CodeFieldDescription, CodeFieldType}[i]
		if _, err := NewTable("66f0a1b2c3d4e5f601234567", d, DefaultLimits(), 0); ErrorCode(err) != want {
			t.Errorf("draft %d: %v; want code %d", i, err, want)
		}
	}
}

func TestStoredName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"code": "code", "order": "order", "value": "value", "created_at": "created_at", "_": "_", "sqlite": "sqlite",
		"rowid": "rowid", "oid": "oid", "_rowid_": "_rowid_", "ctid": "x$ctid", "xmin": "x$xmin", "xmax": "x$xmax",
		"cmin": "x$cmin", "cmax": "x$cmax", "tableoid": "x$tableoid",
		"_id": "x$_id", "_created_at": "x$_created_at", "_updated_at": "x$_updated_at",
		"sqlite_": "x$sqlite_", "sqlite_master": "x$sqlite_master",
		"sqlite_" + strings.Repeat("a", 54): "x$sqlite_" + strings.Repeat("a", 54), // 61 bytes and the mark
		strings.Repeat("a", 63):             strings.Repeat("a", 63),
		// The hash is part of what is on disk: it must never change.
		strings.Repeat("a", 64): "x$" + strings.Repeat("a", 44) + "$ffe054fe7ae0cb6d",
	} {
		if got := StoredName(name); got != want {
			t.Errorf("StoredName(%s) = %s; want %s", name, got, want)
		}
	}
}

// TestStoredTable: PostgreSQL's own tables begin with pg_, and nothing but tables is taken for one of them.
func TestStoredTable(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"pg": "pg", "pgs": "pgs", "x_pg_": "x_pg_", "order": "order", "ctid": "x$ctid", "sqlite_master": "x$sqlite_master",
		"pg_": "x$pg_", "pg_class": "x$pg_class", "pg_" + strings.Repeat("a", 58): "x$pg_" + strings.Repeat("a", 58),
		// The hash is part of what is on disk: it must never change.
		"pg_" + strings.Repeat("a", 59): "x$pg_" + strings.Repeat("a", 41) + "$3c4c1ed8299e68aa",
	} {
		made, err := NewTable("6b08e9d3aa18fd1479838d65", Draft{Name: name, Description: "d", Fields: []DraftField{{Name: "pg_rating", Type: "TEXT"}}}, DefaultLimits(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if made.Stored != want || made.Fields[0].Stored != "pg_rating" {
			t.Errorf("the table %s is stored as %s with the field %s; want %s and pg_rating", name, made.Stored, made.Fields[0].Stored, want)
		}
	}
}

// drawName makes legal names, most of them awkward: reserved, of full length, alike but for their ends.
func drawName() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[a-z0-9_]{1,64}`),
		rapid.StringMatching(`a{61,63}[ab]`),
		rapid.StringMatching(`sqlite_a{0,55}[ab]{1,2}`),
		rapid.StringMatching(`x_?(ctid|oid|rowid|_id)`),
		rapid.SampledFrom([]string{
			"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "rowid", "_rowid_", "_id", "_created_at", "_updated_at",
			"sqlite_", "sqlite_master", "select", "order",
		}),
	)
}

// TestStoredNames: whatever the names of a table's fields, their stored names fit every engine and stay apart.
func TestStoredNames(t *testing.T) {
	t.Parallel()
	reserved := []string{
		"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "_id", "_created_at", "_updated_at",
	}
	rapid.Check(t, func(t *rapid.T) {
		seen := map[string]string{}
		for _, name := range rapid.SliceOfNDistinct(drawName(), 2, 60, rapid.ID[string]).Draw(t, "names") {
			stored := StoredName(name)
			if table := storedTable(name); table != stored && (!strings.HasPrefix(name, "pg_") || len(table) > 63 || !strings.Contains(table, "$")) {
				t.Fatalf("the table %s is stored as %s", name, table)
			}
			switch {
			case len(stored) > 63 || strings.HasPrefix(stored, "sqlite_") || slices.Contains(reserved, stored):
				t.Fatalf("%s is stored as %s, of %d bytes", name, stored, len(stored))
			case stored != name && !strings.Contains(stored, "$"):
				t.Fatalf("%s is stored as %s, which a field may be called", name, stored)
			case seen[stored] != "":
				t.Fatalf("%s and %s are both stored as %s", name, seen[stored], stored)
			case stored != StoredName(name):
				t.Fatalf("%s is stored in two ways", name)
			}
			seen[stored] = name
		}
	})
}
