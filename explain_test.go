package stele

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// sampleTables are the tables of the real data that other tests import, and of a shop.
var sampleTables = map[string]string{
	"airports":        "iata,name,city,state,country,latitude,longitude",
	"seattle_weather": "date,precipitation,temp_max,temp_min,wind,weather",
	"stock_prices":    "date,open,high,low,close,adjclose,volume",
	"species":         "item_id,common_name,scientific_name,gap_species_code,county_id,habitat_yearround_pct",
	"zipcodes":        "zip_code,latitude,longitude,city,state,county",
	"movies":          "title,us_gross,worldwide_gross,us_dvd_sales,production_budget,release_date,mpaa_rating,running_time_min,distributor,source,major_genre,creative_type,director,rotten_tomatoes_rating,imdb_rating,imdb_votes",
	"countries":       "year,fertility,life_expect,p_fertility,n_fertility,p_life_expect,n_life_expect,country",
	"flights":         "delay,distance,time",
	"orders":          "order_no,customer_email,total_amount,currency,status,placed_at,shipped_at,is_gift",
	"order_items":     "order_no,sku,quantity,unit_price,discount",
	"products":        "sku,product_name,category,price,stock_level,description",
	"customers":       "email,full_name,phone_number,birthday,country_code,newsletter",
}

// faultyDB has the sample tables and finds a fault in every question.
type faultyDB struct {
	Database
	tables []TableCount
	fault  QueryFault
}

func (d *faultyDB) Tables(context.Context, Page) ([]TableCount, error) { return d.tables, nil }

func (d *faultyDB) Query(context.Context, Question) (*Answer, error) { return nil, &d.fault }

func (d *faultyDB) Profile(_ context.Context, t *Table) (*Profile, error) {
	p := &Profile{Records: 1, Seen: 1, Fields: make([]FieldProfile, len(t.Fields))}
	for i, f := range t.Fields {
		if f.Type == Text {
			p.Fields[i].Least = TextValue("it's")
		}
	}
	return p, nil
}

func newFaultyDB(t *testing.T) (*faultyDB, *Agent) {
	t.Helper()
	db := &faultyDB{}
	for name, fields := range sampleTables {
		d := Draft{Name: name, Description: "d"}
		for f := range strings.SplitSeq(fields, ",") {
			typ := "TEXT"
			if strings.HasSuffix(f, "_at") {
				typ = "DATETIME"
			}
			d.Fields = append(d.Fields, DraftField{Name: f, Description: "d", Type: typ})
		}
		table, err := NewTable(TableID(fmt.Sprintf("%024x", len(db.tables))), d, DefaultLimits(), 0)
		if err != nil {
			t.Fatal(err)
		}
		db.tables = append(db.tables, TableCount{Table: table})
	}
	slices.SortFunc(db.tables, func(a, b TableCount) int { return strings.Compare(a.Name, b.Name) })
	return db, &Agent{Key: Key{Scope: ScopeRead}, svc: &Service{Now: time.Now}, db: db}
}

// ask is a question that fails as given, and the refusal's text.
func (d *faultyDB) ask(t *testing.T, a *Agent, sql string, f QueryFault) string {
	t.Helper()
	d.fault = f
	_, err := a.Query(t.Context(), Question{SQL: sql, MaxRows: 1, MaxBytes: 1})
	if ErrorCode(err) != CodeParameter {
		t.Fatalf("%v", err)
	}
	return err.Error()
}

// A slip changes a name as people and models do.
var slips = map[string]func(r *rand.Rand, s string) string{
	"letter swapped": func(r *rand.Rand, s string) string {
		i := r.IntN(len(s) - 1)
		return s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
	},
	"letter left out": func(r *rand.Rand, s string) string {
		i := 1 + r.IntN(len(s)-1)
		return s[:i] + s[i+1:]
	},
	"letter doubled": func(r *rand.Rand, s string) string {
		i := r.IntN(len(s))
		return s[:i+1] + s[i:]
	},
	"letter beside": func(r *rand.Rand, s string) string {
		i := r.IntN(len(s))
		return s[:i] + string(rune('a'+r.IntN(26))) + s[i+1:]
	},
	"upper case":  func(_ *rand.Rand, s string) string { return strings.ToUpper(s) },
	"camel case":  func(_ *rand.Rand, s string) string { return camel(s) },
	"plural":      func(_ *rand.Rand, s string) string { return plural(s) },
	"no _":        func(_ *rand.Rand, s string) string { return strings.ReplaceAll(s, "_", "") },
	"separator":   func(_ *rand.Rand, s string) string { return strings.ReplaceAll(s, "_", "-") },
	"blank":       func(_ *rand.Rand, s string) string { return strings.ReplaceAll(s, "_", " ") },
	"with an id":  func(_ *rand.Rand, s string) string { return s + "s" },
	"one _ fewer": func(_ *rand.Rand, s string) string { return strings.Replace(s, "_", "", 1) },
}

func camel(s string) string {
	words := strings.Split(strings.ToLower(s), "_")
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	return strings.Join(words, "")
}

func plural(s string) string {
	if rest, ok := strings.CutSuffix(s, "ies"); ok {
		return rest + "y"
	}
	if rest, ok := strings.CutSuffix(s, "s"); ok {
		return rest
	}
	if rest, ok := strings.CutSuffix(s, "y"); ok {
		return rest + "ies"
	}
	return s + "s"
}

// Of five hundred slips in names of tables and columns the first suggestion is the right one for at least 95 of a hundred.
func TestSuggestionsOfSlips(t *testing.T) {
	t.Parallel()
	db, a := newFaultyDB(t)
	kinds := make([]string, 0, len(slips))
	for k := range slips {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	r := rand.New(rand.NewPCG(1, 2))
	first := regexp.MustCompile(`did you mean "?([^ ",?]+)`)
	tried, right := 0, 0
	for tried < 500 {
		table := db.tables[r.IntN(len(db.tables))].Table
		want, sql, fault := table.Stored, "SELECT * FROM %s", FaultTable
		if r.IntN(4) > 0 {
			want, fault = table.Fields[r.IntN(len(table.Fields))].Stored, FaultColumn
			sql = "SELECT %s FROM " + table.Stored
		}
		kind := kinds[r.IntN(len(kinds))]
		name := slips[kind](r, want)
		if taken(db, table, fault, name) {
			continue
		}
		tried++
		text := db.ask(t, a, fmt.Sprintf(sql, name), QueryFault{Fault: fault, Name: name})
		if m := first.FindStringSubmatch(text); m != nil && m[1] == want {
			right++
		} else {
			t.Logf("%s: %s for %s: %s", kind, name, want, text)
		}
	}
	if right*100 < tried*95 {
		t.Errorf("%d of %d first suggestions are right", right, tried)
	}
	t.Logf("%d of %d", right, tried)
}

// taken reports whether a slip gave a name that is there.
func taken(db *faultyDB, table *Table, fault Fault, name string) bool {
	if fault == FaultColumn {
		return slices.ContainsFunc(table.Fields, func(f Field) bool { return f.Stored == name })
	}
	return slices.ContainsFunc(db.tables, func(t TableCount) bool { return t.Stored == name })
}

// What the author of a question reads when it fails.
func TestExplanations(t *testing.T) {
	t.Parallel()
	db, a := newFaultyDB(t)
	for _, c := range []struct {
		sql   string
		fault QueryFault
		want  string
	}{
		{"SELECT * FROM order", QueryFault{Fault: FaultTable, Name: "order"},
			"there is no table 'order'; did you mean orders or order_items? The columns of orders are order_no TEXT"},
		{"SELECT * FROM xyzzy", QueryFault{Fault: FaultTable, Name: "xyzzy"},
			"there is no table 'xyzzy'; the tables are airports, countries, customers"},
		{"SELECT o.total FROM orders o", QueryFault{Fault: FaultColumn, Name: "o.total"},
			"there is no column 'o.total'; did you mean total_amount? The columns of orders are order_no TEXT"},
		{"SELECT [Movie Title] FROM movies", QueryFault{Fault: FaultColumn, Name: "Movie Title"},
			`did you mean title`},
		{"SELECT\n FROM WHERE", QueryFault{Fault: FaultSyntax, Place: 14},
			"syntax error at line 2, character 7, near 'WHERE'"},
		{"SELECT 1 +", QueryFault{Fault: FaultSyntax, Place: 11, Detail: "unexpected end"}, "syntax error at the end: unexpected end"},
		{"SELECT 1 FROM orders WHERE placed_at > 'soon' AND status = 1", QueryFault{Fault: FaultType, Name: "soon"},
			"the value 'soon' does not fit where it stands; placed_at is DATETIME, like '2025-01-31 13:45:00'; status is TEXT, like 'it''s'"},
		{"SELECT f(1)", QueryFault{Fault: FaultFunction, Name: "f"}, "the function f cannot be used here"},
		{"DELETE FROM orders", QueryFault{Detail: "only SELECT is run"}, "Parameter error: only SELECT is run"},
	} {
		if got := db.ask(t, a, c.sql, c.fault); !strings.Contains(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
	for asked, want := range map[string]string{"public.flight": "did you mean flights", "xyzzy": "the tables are airports, "} { // one sentence, in a question or not
		_, err := a.Find(t.Context(), asked)
		_, sentence, _ := strings.Cut(err.Error(), ": ")
		if got := db.ask(t, a, "SELECT 1 FROM "+asked, QueryFault{Fault: FaultTable, Name: asked}); !strings.Contains(got, sentence) || !strings.Contains(sentence, want) {
			t.Errorf("by name: %v; in a question: %s", err, got)
		}
	}
	all := len(db.tables) // more than are named
	if got, want := db.ask(t, a, "SELECT * FROM xyzzy", QueryFault{Fault: FaultTable, Name: "xyzzy"}), fmt.Sprintf(" and %d more", all-mostTables); !strings.HasSuffix(got, want) || all <= mostTables {
		t.Errorf("%d tables: %s", all, got)
	}
	db.tables = nil
	if got := db.ask(t, a, "SELECT * FROM a", QueryFault{Fault: FaultTable, Name: "a"}); !strings.Contains(got, "no tables yet") {
		t.Error(got)
	}
}

// What is called by a name that nothing in FROM has is told what is there, and of what the question makes itself no table's columns are said.
func TestNamesOfWhatStandsInFrom(t *testing.T) {
	t.Parallel()
	db, a := newFaultyDB(t)
	flights, items := "The columns of flights are delay TEXT, distance TEXT, time TEXT", "The columns of order_items are order_no TEXT, sku TEXT, quantity TEXT, unit_price TEXT, discount TEXT"
	alias := "there is no table or alias 'x' in the question where it is named; the tables there are "
	for _, c := range []struct {
		sql   string
		fault QueryFault
		want  string
	}{
		{"SELECT x.delay FROM flights p", QueryFault{Fault: FaultTable, Name: "x", Place: 8}, alias + "flights (as p). " + flights},        // as PostgreSQL says it
		{"SELECT x.delay FROM flights p", QueryFault{Fault: FaultColumn, Name: "x.delay", Place: 8}, alias + "flights (as p). " + flights}, // and as SQLite does
		{"SELECT x.* FROM flights, order_items AS i", QueryFault{Fault: FaultTable, Name: "x"}, alias + "flights, order_items (as i). " + flights + ". " + items},
		{"SELECT 1 FROM order_items x WHERE EXISTS (SELECT 1 FROM (flights f) WHERE x.nope = 1)", QueryFault{Fault: FaultColumn, Name: "x.nope"}, "there is no column 'x.nope'. " + items},
		{"WITH x AS (SELECT delay AS a FROM flights) SELECT b FROM x", QueryFault{Fault: FaultColumn, Name: "b"}, "there is no column 'b'. The columns of x are a"},
		{"WITH x(a, c) AS (SELECT * FROM flights) SELECT delay FROM x", QueryFault{Fault: FaultColumn, Name: "delay", Place: 48}, "there is no column 'delay'. The columns of x are a, c"},
		{"WITH x AS (SELECT *, 1 FROM flights) SELECT b FROM x", QueryFault{Fault: FaultColumn, Name: "b"},
			"there is no column 'b' in x, whose columns are those that the question gives it. Of the tables: " + flights},
		{"SELECT x.dely FROM (SELECT f.delay, count(*) AS n FROM flights f GROUP BY 1) x", QueryFault{Fault: FaultColumn, Name: "x.dely"}, "there is no column 'x.dely'; did you mean delay? The columns of x are delay, n"},
		{"WITH x AS (SELECT dely FROM flights) SELECT * FROM x", QueryFault{Fault: FaultColumn, Name: "dely"}, "there is no column 'dely'; did you mean delay? " + flights},
		{"SELECT extract(year FROM dely) FROM flights", QueryFault{Fault: FaultColumn, Name: "dely"}, "there is no column 'dely'; did you mean delay? " + flights},
	} {
		if got := db.ask(t, a, c.sql, c.fault); got != "Parameter error: "+c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

// Of a value that does not fit those columns are shown that stand next to it, three at most, and no word of SQL is taken for one.
func TestSamplesNextToTheFault(t *testing.T) {
	t.Parallel()
	db, a := newFaultyDB(t)
	for _, name := range []string{"order", "status"} {
		d := Draft{Name: "words_of_" + name, Description: "d", Fields: []DraftField{{Name: "order", Description: "d", Type: "INT"}, {Name: "n", Description: "d", Type: "INT"}, {Name: "status", Description: "d", Type: "INT"}}}
		table, err := NewTable(TableID(fmt.Sprintf("%024x", 100+len(db.tables))), d, DefaultLimits(), 0)
		if err != nil {
			t.Fatal(err)
		}
		db.tables = append(db.tables, TableCount{Table: table})
	}
	for _, c := range []struct {
		sql   string
		place string // the fault's, before which this stands; "" for none
		want  string
	}{
		{"SELECT order_no, sku FROM order_items WHERE quantity > 'x' ORDER BY sku", "quantity > ", "quantity is TEXT, like 'it''s'; sku is TEXT, like 'it''s'; order_no is TEXT, like 'it''s'"},
		{"SELECT n FROM words_of_order WHERE n > 'x' ORDER BY n", "n > ", "n is INT"},
		{`SELECT n FROM words_of_order WHERE n > 1 AND 'x' < "order"`, "", `"order" is INT; n is INT`},
		{"SELECT 'sku', discount FROM order_items -- quantity\n WHERE unit_price = 'x' /* sku */ AND order_no = 1", "", "unit_price is TEXT, like 'it''s'; order_no is TEXT, like 'it''s'; discount is TEXT, like 'it''s'"},
		{"SELECT total_amount AS sku, email FROM orders o JOIN customers c ON customer_email = email WHERE currency = 'x' AND status = 2", "currency ",
			"currency is TEXT, like 'it''s'; email is TEXT, like 'it''s'; status is TEXT, like 'it''s'"},
		{"SELECT o.status FROM words_of_order w JOIN orders o ON w.n = 1 WHERE w.status = 'x'", "w.status = ", "status is INT; n is INT; status is TEXT, like 'it''s'"},
		{"WITH x AS (SELECT sku, quantity FROM order_items) SELECT sku FROM x WHERE x.quantity = 'x'", "", "quantity is TEXT, like 'it''s'; sku is TEXT, like 'it''s'"},
		{"SELECT replace(sku, 'a', 'b') FROM order_items WHERE CAST(quantity AS integer) = 1", "", "sku is TEXT, like 'it''s'; quantity is TEXT, like 'it''s'"},
	} {
		f := QueryFault{Fault: FaultType, Name: "x", Detail: "no"}
		if c.place != "" {
			f.Place = strings.Index(c.sql, c.place) + len(c.place) + 1
		}
		if got := db.ask(t, a, c.sql, f); got != "Parameter error: no; "+c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

// What no engine has to see is refused before.
func TestQuestionsThatAreRefused(t *testing.T) {
	t.Parallel()
	_, a := newFaultyDB(t)
	good := Question{SQL: "SELECT 1", MaxRows: 1, MaxBytes: 1}
	for name, change := range map[string]func(*Question){
		"sql is required":              func(q *Question) { q.SQL = " \n" },
		"sql is longer":                func(q *Question) { q.SQL = strings.Repeat("a", MostQuerySQL+1) },
		"sql holds the character NUL":  func(q *Question) { q.SQL = "SELECT \x00" },
		"params has 101 values":        func(q *Question) { q.Params = make([]Raw, 101) },
		"max_rows must be 1 to":        func(q *Question) { q.MaxRows = 0 },
		"max_bytes must be 1 to":       func(q *Question) { q.MaxBytes = MostQueryBytes + 1 },
		"params: value 1 must be":      func(q *Question) { q.Params = []Raw{{KindJSON, "{}"}} },
		"params: value 2 holds the ch": func(q *Question) { q.Params = []Raw{{}, {KindString, "\x00"}} },
	} {
		q := good
		change(&q)
		if _, err := a.Query(t.Context(), q); ErrorCode(err) != CodeParameter || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.Key.Scope = ScopeWrite
	if _, err := a.Query(t.Context(), good); ErrorCode(err) != CodeForbidden {
		t.Errorf("a key without read: %v", err)
	}
}

// What a question's author takes for a text is told, and a sentence is said once.
func TestWordsOfFaults(t *testing.T) {
	t.Parallel()
	db, a := newFaultyDB(t)
	for _, c := range []struct {
		sql  string
		f    QueryFault
		want string
	}{
		{`SELECT sku FROM order_items WHERE sku = "PX-1"`, QueryFault{Fault: FaultColumn, Name: "PX-1"}, "there is no column 'PX-1' (a text stands in single quotes: 'PX-1'). "},
		{`SELECT sku FROM order_items WHERE sku = PX - 1`, QueryFault{Fault: FaultColumn, Name: "px"}, "there is no column 'px'. "},
		{"SELECT sku FROMM x", QueryFault{Fault: FaultSyntax, Place: 18, Detail: `syntax error at or near "x"`}, "syntax error at character 18, near 'x'"},
		{"SELECT sku, count(*)", QueryFault{Fault: FaultOther, Place: 8, Detail: "no"}, "at character 8, near 'sku, count(*)': no"},
		{"SELECT 1/0", QueryFault{Fault: FaultOther, Detail: "division by zero"}, "division by zero"},
	} {
		if got := db.ask(t, a, c.sql, c.f); !strings.HasPrefix(got, "Parameter error: "+c.want) || !strings.HasSuffix(c.want, " ") && got != "Parameter error: "+c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}
