package client_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"stele/client"
)

// parcel has a field of every kind.
type parcel struct {
	ID      string    `stele:"$id"`
	Made    time.Time `stele:"$created_at"`
	Millis  int64     `stele:"$updated_at"`
	Code    string    `json:"code,omitempty"`
	Weight  int64     `stele:"weight_g" json:"other"`
	Price   *float64
	Fragile *bool     `json:"fragile"`
	Shipped time.Time `json:"shipped_at"`
	Note    *string   `json:"note"`
	Any     any       `json:"any"`
	Exact   json.Number
	Left    string `json:"-"`
	absent  int
}

// TestDecode: what was imported comes out of the server into a struct with no digit lost.
func TestDecode(t *testing.T) { eachStore(t, testDecode) }

func testDecode(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := t.Context()
	table, err := c.CreateTable(ctx, client.NewTable{Name: "parcels", Description: "d", Fields: []client.Field{
		{Name: "code", Type: client.Text}, {Name: "weight_g", Type: client.Int}, {Name: "price", Type: client.Float}, {Name: "fragile", Type: client.Boolean},
		{Name: "shipped_at", Type: client.DateTime}, {Name: "note", Type: client.Text}, {Name: "any", Type: client.Int}, {Name: "exact", Type: client.Float},
	}})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.FixedZone("", 3600))
	if _, err := c.Import(ctx, table, []client.Row{
		{"code": "PX-1", "weight_g": int64(math.MaxInt64), "price": 0.1, "fragile": false, "shipped_at": at, "any": 5, "exact": float64(1 << 62)},
		{"code": "PX-2", "weight_g": -1, "shipped_at": "2026-03-01 08:00:00", "note": "", "exact": 1},
	}); err != nil {
		t.Fatal(err)
	}
	records, err := client.Collect(c.Records(ctx, table, client.RecordQuery{}))
	if err != nil || len(records) != 2 {
		t.Fatalf("%v, %v", records, err)
	}
	one, err := client.Decode[parcel](records[0])
	if err != nil {
		t.Fatal(err)
	}
	if one.ID != records[0].ID || one.Made.UnixMilli() != records[0].CreatedAt || one.Millis != records[0].UpdatedAt || one.Code != "PX-1" || one.Weight != math.MaxInt64 ||
		*one.Price != 0.1 || *one.Fragile || !one.Shipped.Equal(at) || one.Note != nil || one.Any != json.Number("5") || one.Left != "" || one.absent != 0 {
		t.Errorf("%+v", one)
	}
	if f, err := one.Exact.Float64(); err != nil || f != 1<<62 {
		t.Errorf("%v, %v", one.Exact, err)
	}
	two, err := client.Decode[parcel](records[1])
	if err != nil || two.Price != nil || two.Fragile != nil || *two.Note != "" || two.Weight != -1 || two.Any != nil {
		t.Errorf("%+v, %v", two, err)
	}
	answer, err := c.Ask(ctx, client.Question{SQL: "SELECT code, weight_g, shipped_at, fragile, exact FROM parcels ORDER BY code"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := client.DecodeRows[struct {
		Code     string
		WeightG  int64     `json:"weight_g"`
		At       time.Time `json:"shipped_at"`
		Fragile  *bool
		Exact    float64
		Nowhere  string
		internal string
	}](answer)
	if err != nil || len(found) != 2 || found[0].WeightG != math.MaxInt64 || !found[0].At.Equal(at) || *found[0].Fragile || found[1].Fragile != nil || found[0].Exact != 1<<62 || found[0].internal != "" {
		t.Errorf("%+v, %v", found, err)
	}
	if answer.Count != 2 || len(answer.Columns) != 5 {
		t.Errorf("%+v", answer)
	}
}

// TestDecodeRefuses: what would be rounded, cut or made up is an error that names field and value.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	number := func(s string) client.Row { return client.Row{"v": json.Number(s)} }
	text := func(s string) client.Row { return client.Row{"v": s} }
	for name, err := range map[string]error{
		"no value":                  decode[int64](client.Row{"v": nil}),
		"a fraction into an int":    decode[int64](number("1.5")),
		"300 into 8 bits":           decode[int8](number("300")),
		"-1 into unsigned":          decode[uint64](number("-1")),
		"2^53+1 into a float":       decode[float64](text("9007199254740993")),
		"2^63-1 into a float":       decode[float64](text("9223372036854775807")),
		"0.1 into a float32":        decode[float32](number("0.1")),
		"words into an int":         decode[int64](text("heavy")),
		"a number into text":        decode[string](number("1")),
		"true into text":            decode[string](client.Row{"v": true}),
		"true into an int":          decode[int](client.Row{"v": true}),
		"1 into a bool":             decode[bool](number("1")),
		"a word into a time":        decode[time.Time](text("yesterday")),
		"a word into a number":      decode[json.Number](text("x")),
		"what no record has":        decode[[]byte](text("x")),
		"a list":                    decode[string](client.Row{"v": []any{}}),
		"a pointer to what is none": decode[*int8](number("300")),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "decoding `v` into V: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"an exact whole number as text": decode[float64](text("9007199254740992")),
		"a large unsigned":              decode[uint64](text("9223372036854775807")),
		"a float32 that fits":           decode[float32](number("0.5")),
		"absent":                        decode[int](client.Row{}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := client.DecodeRow[int](client.Row{}); err == nil {
		t.Error("an int was taken for a struct")
	}
}

func decode[T any](row client.Row) error {
	_, err := client.DecodeRow[struct{ V T }](row)
	return err
}

// TestConditions: each builder finds what its name says, and what has no value.
func TestConditions(t *testing.T) { eachStore(t, testConditions) }

func testConditions(t *testing.T, s store) {
	c, _ := start(t, s)
	table := newTable(t, &c)
	rows := []client.Row{{"a": "zero"}}
	for n := 1; n <= 5; n++ {
		rows = append(rows, client.Row{"a": fmt.Sprint("Px-", n), "n": n})
	}
	if _, err := c.Import(t.Context(), table, rows); err != nil {
		t.Fatal(err)
	}
	for i, test := range []struct {
		where *client.Where
		want  int64
	}{
		{client.Eq("n", 3), 1}, {client.Ne("n", 3), 4}, {client.Lt("n", 3), 2}, {client.Le("n", 3), 3}, {client.Gt("n", 3), 2}, {client.Ge("n", 3), 3},
		{client.In("n", 1, 2, 9), 2}, {client.In[int]("n"), 0}, {client.Between("n", 2, 4), 3}, {client.Contains("a", "x-"), 5}, {client.StartsWith("a", "pX"), 5},
		{client.IsNull("n"), 1}, {client.NotNull("n"), 5}, {client.Not(client.Eq("n", 3)), 5}, {client.And(client.Gt("n", 1), nil, client.Lt("n", 4)), 2},
		{client.Or(client.Eq("n", 1), client.And(client.Eq("a", "zero"), client.IsNull("n"))), 2}, {client.Gt(client.CreatedAt, 0), 6}, {nil, 6},
	} {
		if n := count(t, &c, table, test.where); n != test.want {
			t.Errorf("condition %d leaves %d records, not %d", i, n, test.want)
		}
	}
}
