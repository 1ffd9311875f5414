package stele

import (
	"context"
	"strings"
	"testing"
	"time"
)

// notedDB answers every question, with nothing; it counts how often its tables are looked up.
type notedDB struct {
	Database
	engine  Engine
	tables  []TableCount
	lookups int
}

func (d *notedDB) Engine() Engine                                   { return d.engine }
func (d *notedDB) Query(context.Context, Question) (*Answer, error) { return &Answer{}, nil }
func (d *notedDB) LogQueries(context.Context, []QueryEntry) error   { return nil }
func (d *notedDB) Tables(context.Context, Page) ([]TableCount, error) {
	d.lookups++
	return d.tables, nil
}

func (d *notedDB) Profile(_ context.Context, t *Table) (*Profile, error) {
	p := &Profile{Records: 1, Seen: 1, Fields: make([]FieldProfile, len(t.Fields))}
	for i, f := range t.Fields {
		switch f.Type {
		case Int:
			p.Fields[i].Least = IntValue(800)
		case DateTime:
			p.Fields[i].Least = DateTimeValue("2026-03-01 08:00:00")
		}
	}
	return p, nil
}

func newNotedDB(tb testing.TB) (*notedDB, *Agent) {
	tb.Helper()
	db := &notedDB{engine: SQLite}
	for i, d := range []Draft{
		{Name: "parcels", Fields: []DraftField{{Name: "code", Type: "TEXT"}, {Name: "weight_g", Type: "INT"}, {Name: "price", Type: "FLOAT"},
			{Name: "fragile", Type: "BOOLEAN"}, {Name: "shipped_at", Type: "DATETIME"}, {Name: "order", Type: "DATETIME"}, {Name: "seen", Type: "DATETIME"}}},
		{Name: "letters", Fields: []DraftField{{Name: "shipped_at", Type: "DATETIME"}, {Name: "weight_g", Type: "INT"}, {Name: "seen", Type: "BOOLEAN"}}},
	} {
		d.Description = "d"
		for j := range d.Fields {
			d.Fields[j].Description = "d"
		}
		table, err := NewTable(TableID(strings.Repeat(string(rune('0'+i)), 24)), d, DefaultLimits(), 0)
		if err != nil {
			tb.Fatal(err)
		}
		db.tables = append(db.tables, TableCount{Table: table})
	}
	return db, &Agent{Key: Key{Scope: ScopeRead}, svc: &Service{Now: time.Now}, db: db}
}

func notesOf(t *testing.T, a *Agent, sql string, params ...Raw) []string {
	t.Helper()
	ans, err := a.Query(t.Context(), Question{SQL: sql, Params: params, MaxRows: 1, MaxBytes: 1})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return ans.Notes
}

// TestNotes has what SQLite takes for something else than its author.
func TestNotes(t *testing.T) {
	t.Parallel()
	const (
		date   = "shipped_at is DATETIME, like '2026-03-01 08:00:00'. It is compared as text: "
		weight = "weight_g is INT, like 800. "
	)
	text := func(s string) Raw { return Raw{Kind: KindString, Text: s} }
	for _, c := range []struct {
		where  string
		params []Raw
		want   string // of all notes, with line breaks between
	}{
		{"shipped_at >= '2026-03-01T08:00:00Z'", nil, date + "'2026-03-01T08:00:00Z' is not written so; write '2026-03-01 08:00:00'"},
		{"p.shipped_at>='2026-03-01T10:00:00+02:00'", nil, date + "'2026-03-01T10:00:00+02:00' is not written so; write '2026-03-01 08:00:00'"},
		{`"shipped_at" < '2026/03/01'`, nil, date + "'2026/03/01' is not written so; write '2026-03-01 00:00:00'"},
		{"'2026-03-01T08:00:00' <= p . SHIPPED_AT", nil, date + "'2026-03-01T08:00:00' is not written so; write '2026-03-01 08:00:00'"},
		{"shipped_at > 1772352000000", nil, date + "1772352000000 is not written so; write '2026-03-01 08:00:00'"},
		{"shipped_at > $1", []Raw{{Kind: KindNumber, Text: "1772352000000"}}, date + "1772352000000 ($1) is not written so; write '2026-03-01 08:00:00'"},
		{"shipped_at >= '2026-13-45'", nil, date + "'2026-13-45' is none. There is no such date or time"},
		{"shipped_at < 'yester''day'", nil, date + "'yester''day' is none. Write it as YYYY-MM-DD hh:mm:ss"},
		{"shipped_at = ''", nil, date + "a record without a value has null, and no text: ask with IS NULL"},
		{"shipped_at = '2026-03-01'", nil, date + "'2026-03-01' is never equal to a whole one, such as '2026-03-01 00:00:00'; ask with >= and <, or with LIKE '2026-03-01%'"},
		{"shipped_at NOT IN ('2026-03-01 08:00:00', '2026-03')", nil, date + "'2026-03' is never equal to a whole one, such as '2026-03-01 00:00:00'; ask with >= and <, or with LIKE '2026-03%'"},
		{"shipped_at NOT BETWEEN '2026-03-01' AND '2026-03-31'", nil, date + "'2026-03-31' with <= or BETWEEN leaves out all that begins so, such as '2026-03-31 00:00:00'; write < and the next one, or all of it"},
		{"'2026-03-01' < shipped_at", nil, date + "'2026-03-01' with > takes in all that begins so, such as '2026-03-01 00:00:00'; write >= and the next one, or all of it"},
		{`"order" = '2026-03-01T08:00'`, nil, `"order" is DATETIME, like '2026-03-01 08:00:00'. It is compared as text: '2026-03-01T08:00' is not written so; write '2026-03-01 08:00:00'`},
		{"weight_g = 'heavy'", nil, weight + "The text 'heavy' is unequal to every number, and greater: write a number"},
		{"weight_g IS NOT 'heavy'", nil, weight + "The text 'heavy' is unequal to every number, and greater: write a number"},
		{"weight_g <> ''", nil, weight + "The text '' is unequal to every number, and greater: a record without a value has null: ask with IS NULL"},
		{"price > '1,5'", nil, "price is FLOAT. The text '1,5' is unequal to every number, and greater: write a number"},
		{"fragile = 'maybe'", nil, "fragile is BOOLEAN. It is 1 or 0 here, and the text 'maybe' equals neither: write TRUE or FALSE"},
		{"fragile == 'True'", nil, "fragile is BOOLEAN. It is 1 or 0 here, and the text 'True' equals neither: write true"},
		{"fragile = $2 AND code = $1", []Raw{text("x"), text("true")}, "fragile is BOOLEAN. It is 1 or 0 here, and the text 'true' ($2) equals neither: give $2 as true, without quotes"},
		{"weight_g IN (1, 'a', 'b') OR weight_g = 'a'", nil, weight + "The text 'a' is unequal to every number, and greater: write a number\n" +
			weight + "The text 'b' is unequal to every number, and greater: write a number"},

		{"shipped_at >= '2026-03-01 08:00:00' AND shipped_at < '2026-03-02' AND shipped_at >= '2026' AND '2027-01' > shipped_at", nil, ""},
		{"shipped_at >= $1 AND weight_g = $2 AND fragile = $3", []Raw{text("2026-03-01"), text(" 12e2 "), {Kind: KindTrue}}, ""},
		{"weight_g = '1200' AND price < '-1.5' AND fragile = '1' AND code = 'heavy' AND weight_g > 12000000000", nil, ""},
		{"date(shipped_at) = '2026-3-1' AND code || shipped_at = 'x' AND shipped_at = 'x' || code AND 'x' = shipped_at || code AND 'x' || 'y' = shipped_at", nil, ""},
		{"code = 'weight_g = ''heavy''' -- weight_g = 'heavy'\n/* weight_g = 'heavy' */ OR code = \"weight_g = 'heavy'\"", nil, ""},
		{"nothing = 'x' AND shipped_at LIKE '2026-03%' AND shipped_at = datetime('now') AND shipped_at IN (SELECT 'x') AND shipped_at IS NULL", nil, ""},
		{"shipped_at = $9 AND fragile = 'yes", []Raw{text("x")}, "fragile is BOOLEAN. It is 1 or 0 here, and the text 'yes' equals neither: write TRUE or FALSE"},
	} {
		_, a := newNotedDB(t)
		if got := strings.Join(notesOf(t, a, "SELECT * FROM parcels p WHERE "+c.where, c.params...), "\n"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.where, got, c.want)
		}
	}
}

// TestNotesOfNames holds which field a name is taken for.
func TestNotesOfNames(t *testing.T) {
	t.Parallel()
	db, a := newNotedDB(t)
	for sql, want := range map[string]int{
		"SELECT 1 FROM parcels p, letters l WHERE p.shipped_at = 'x'":                                            1, // a DATETIME in both
		"SELECT 1 FROM parcels p, letters l WHERE p.seen = 'x'":                                                  0, // which of two types is not known
		"SELECT 1 FROM letters WHERE seen = 'x'":                                                                 1,
		"SELECT 1 FROM letters WHERE fragile = 'x'":                                                              0, // no field of that table
		"SELECT 1 FROM other WHERE fragile = 'x'":                                                                0,
		"SELECT * FROM (SELECT strftime('%Y', shipped_at) AS shipped_at FROM parcels) WHERE shipped_at = '2026'": 0, // another thing of that name
		`SELECT 1 FROM "Parcels" WHERE fragile IN ('a','b','c','d','e','f','g')`:                                 mostNotes,
	} {
		if got := notesOf(t, a, sql); len(got) != want {
			t.Errorf("%s: %q, want %d", sql, got, want)
		}
	}
	db.engine = PostgreSQL
	if got := notesOf(t, a, "SELECT 1 FROM parcels WHERE fragile = 'maybe'"); got != nil {
		t.Errorf("an engine that refuses it by itself: %q", got)
	}
	db.engine, db.lookups = SQLite, 0
	for _, sql := range []string{
		"SELECT code, count(*) FROM parcels WHERE weight_g > 1000 AND fragile AND shipped_at IS NOT NULL GROUP BY code",
		"SELECT date(shipped_at), max(price) FROM parcels p JOIN letters l ON p.weight_g = l.weight_g WHERE p.code LIKE 'PX%' GROUP BY 1",
	} {
		if got := notesOf(t, a, sql); got != nil || db.lookups != 0 {
			t.Errorf("%s: %q, %d times the tables were looked up", sql, got, db.lookups)
		}
	}
}

// BenchmarkNotes is what questions cost that have nothing to be noted.
func BenchmarkNotes(b *testing.B) {
	for name, sql := range map[string]string{
		"point":     "SELECT code, weight_g FROM parcels WHERE code = $1",
		"aggregate": "SELECT substr(shipped_at, 1, 7) AS month, count(*) AS n, sum(price) AS price FROM parcels WHERE weight_g > 1000 AND fragile GROUP BY 1 ORDER BY 1",
		"equal":     "SELECT code, weight_g FROM parcels WHERE code = 'PX-1'",
	} {
		b.Run(name, func(b *testing.B) {
			_, a := newNotedDB(b)
			b.ReportAllocs()
			for b.Loop() {
				a.note(b.Context(), Question{SQL: sql, Params: []Raw{{Kind: KindNumber, Text: "1"}}}, &Answer{})
			}
		})
	}
}
