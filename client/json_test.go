package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"stele/client"
)

// hears answers imports as if every row were created, and pages with one that is given; it keeps the bodies.
type hears struct {
	page   string
	always string // answer to imports, whatever is in them
	mu     sync.Mutex
	bodies map[string][]byte // by Idempotency-Key
}

func (h *hears) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer := h.page
	if strings.HasSuffix(r.URL.Path, "/import/records") && h.always != "" {
		answer = h.always
	} else if strings.HasSuffix(r.URL.Path, "/import/records") {
		h.mu.Lock()
		if h.bodies != nil {
			h.bodies[r.Header.Get("Idempotency-Key")] = body
		}
		h.mu.Unlock()
		var in struct {
			Records []json.RawMessage `json:"records"`
		}
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		answer = receiptOf(len(in.Records))
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: int64(len(answer)), Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
}

func receiptOf(rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"id":"t","progress":100,"status":"AVAILABLE","total_count":%d,"success_count":%[1]d,"fail_count":0,"fail_detail":[],"created_count":%[1]d,"rows":[`, rows)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"row":%d,"status":"created","record_id":"5412782307079%05d"}`, i+1, i)
	}
	return b.String() + "]}"
}

func hearing(h *hears) *client.Client {
	return &client.Client{URL: "http://stele.test", Key: "k", HTTP: &http.Client{Transport: h}, Retry: client.RetryPolicy{Attempts: 1}}
}

// TestAddJSON: rows that are JSON already make the batches and the bytes that maps make.
func TestAddJSON(t *testing.T) {
	t.Parallel()
	var rows []client.Row
	for i := range 2500 {
		row := client.Row{"n": i, "text": strings.Repeat("<é\"\n\u2028", i%50), "f": 1.5, "b": i%2 == 0, "none": nil}
		switch i % 7 {
		case 0:
			row["values"] = "a field of that name"
		case 1:
			row["Values"] = 1
		case 2:
			row = client.Row{}
		}
		rows = append(rows, row)
	}
	rows[1500]["wide"] = strings.Repeat("\"", 9<<20/2) // by its size as CSV it needs a batch of its own
	var sent [2]map[string][]byte
	for way := range sent {
		h := &hears{bodies: map[string][]byte{}}
		i := client.NewImporter(hearing(h), "table", client.ImportOptions{KeyPrefix: "k"})
		for n, row := range rows {
			var err error
			if way == 0 {
				err = i.AddAs(t.Context(), int64(n), row)
			} else {
				err = i.AddJSON(t.Context(), int64(n), marshal(t, row))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if sum, err := i.Close(t.Context()); err != nil || sum.Created != 2500 {
			t.Fatalf("%+v, %v", sum, err)
		}
		sent[way] = h.bodies
	}
	if len(sent[0]) != 4 || len(sent[1]) != len(sent[0]) {
		t.Fatalf("%d and %d batches", len(sent[0]), len(sent[1]))
	}
	for key, body := range sent[0] {
		if !bytes.Equal(body, sent[1][key]) {
			t.Errorf("%s: %.200s is sent of maps, %.200s of JSON", key, body, sent[1][key])
		}
	}
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rowsOfJSON are some that are rows and some that are not.
var rowsOfJSON = []string{
	`{}`, ` { } `, "\t{\"a\" : 1 ,\n\"b\":[1,{\"c\":null}]}\r", `{"a":-0.5e+10,"b":true,"c":false}`, `{"a":"\u00e9\n\\\"\/"}`, `{"a":"é"}`, `{"values":{}}`, `{"a":1,"a":2}`,
	`{"a":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
	``, `null`, `1`, `[]`, `"{}"`, `{`, `}`, `{}}`, `{},`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,"a":1}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":+1}`, `{"a":1e}`,
	`{"a":-}`, `{"a":nul}`, `{"a":nulll}`, `{"a":tru}`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12`, `{"a":"` + "\n" + `"}`, `{"a":"x}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[}`, "{\"a\":1}\x00", "{\x00}",
	`{"a":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
}

// FuzzAddJSON takes for a row what encoding/json takes for an object, and nothing else.
func FuzzAddJSON(f *testing.F) {
	for _, s := range rowsOfJSON {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		i := client.NewImporter(hearing(&hears{}), "table", client.ImportOptions{})
		err := i.AddJSON(t.Context(), 7, row)
		var bad *client.RowError
		want := json.Valid(row) && bytes.HasPrefix(bytes.TrimLeft(row, " \t\r\n"), []byte("{"))
		if want != (err == nil) || !want && (!errors.As(err, &bad) || bad.Row != 7) {
			t.Errorf("%.200q: %v", row, err)
		}
	})
}

// TestReceiptIsScanned: what the client reads by its own scanner is what encoding/json reads of the same task.
func TestReceiptIsScanned(t *testing.T) { eachStore(t, testReceiptIsScanned) }

func testReceiptIsScanned(t *testing.T, s store) {
	c, _ := start(t, s)
	table := newTable(t, &c)
	rows := []client.Row{{"a": "x"}, {"a": "x"}, {"a": "y", "n": "<odd> \"é\"\n"}, {"a": "z", "n": 2}, {"a": "w", "strange": []int{1}}}
	got, err := c.ImportAs(t.Context(), table, rows, client.How{Mode: client.Partial})
	if err != nil {
		t.Fatal(err)
	}
	told, err := c.Receipts(t.Context(), got.ID)
	if err != nil || len(told) != 1 {
		t.Fatal(told, err)
	}
	if !reflect.DeepEqual(got, told[0]) {
		t.Errorf("scanned %+v\nread    %+v", got, told[0])
	}
	if got.Rows[2].Status != client.Failed || len(got.Rows[2].Errors) == 0 || got.Rows[0].RecordID == "" {
		t.Errorf("%+v", got.Rows)
	}
}

// TestValues: values come as those of records do, in the order that is asked for, over several pages.
func TestValues(t *testing.T) { eachStore(t, testValues) }

func testValues(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := t.Context()
	table, err := c.CreateTable(ctx, client.NewTable{Name: "kinds", Description: "d", Fields: []client.Field{
		{Name: "text", Type: client.Text}, {Name: "n", Type: client.Int}, {Name: "f", Type: client.Float}, {Name: "b", Type: client.Boolean}, {Name: "d", Type: client.DateTime}, {Name: "value", Type: client.Text},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var rows []client.Row
	for i := range 250 {
		rows = append(rows, client.Row{"text": strings.Repeat("a\"\\\n</é\u2028", i%5), "n": int64(i) * 9007199254740993, "f": float64(i) / 8, "b": i%2 == 0, "d": "2026-03-01 08:00:00", "value": fmt.Sprint(i)})
		if i%10 == 0 {
			rows[i] = client.Row{"n": i}
		}
	}
	if task, err := c.ImportAs(ctx, table, rows, client.How{}); err != nil || task.Created != 250 {
		t.Fatal(task.Rows, err)
	}
	fields := []string{"value", "d", "text", "b", "n", "f"}
	records, err := client.Collect(c.Records(ctx, table, client.RecordQuery{}))
	if err != nil {
		t.Fatal(err)
	}
	values, err := client.Collect(c.Values(ctx, table, fields, client.RecordQuery{Size: 60}))
	if err != nil || len(values) != len(records) || len(records) != 250 {
		t.Fatal(len(values), len(records), err)
	}
	for i, row := range values {
		for j, name := range fields {
			d := json.NewDecoder(bytes.NewReader(row[j]))
			d.UseNumber()
			var v any
			if err := d.Decode(&v); err != nil || v != records[i].Value[name] {
				t.Errorf("record %d: %s is %s, not %v (%v)", i, name, row[j], records[i].Value[name], err)
			}
		}
	}
	n := 0
	for row, err := range c.Values(ctx, table, []string{"n"}, client.RecordQuery{Size: 10, Where: &client.Where{Field: "b", Op: "eq", Value: true}}) {
		if err != nil || len(row) != 1 {
			t.Fatal(row, err)
		}
		if n++; n == 15 { // in the middle of a page
			break
		}
	}
	if some, err := client.Collect(c.Values(ctx, table, []string{"n", "m"}, client.RecordQuery{})); err == nil || len(some) > 0 || !strings.Contains(err.Error(), "m") {
		t.Errorf("a field that there is not: %d, %v", len(some), err)
	}
	if _, err := client.Collect(c.Values(ctx, table, nil, client.RecordQuery{})); err == nil {
		t.Error("no field is no error")
	}
	ended, end := context.WithCancel(ctx)
	defer end()
	n = 0
	var last error
	for _, err := range c.Values(ended, table, fields, client.RecordQuery{Size: 10}) {
		last = err
		n++
		end()
	}
	if !errors.Is(last, context.Canceled) || n > 31 {
		t.Errorf("%d records, then %v", n, last)
	}
}

// TestValuesOfNoPage: an answer that is not quite a page of records is an error, never fewer records.
func TestValuesOfNoPage(t *testing.T) {
	t.Parallel()
	const good = `{"table_info":{"id":"t","fields":[]},"records":[{"id":"1","value":{"a":"é","b":1},"created_at":1,"updated_at":2},{"id":"2","value":{"b":null,"a":"\u00e9"}}],"next_cursor":null}`
	get := func(page string) ([][]json.RawMessage, error) {
		return client.Collect(hearing(&hears{page: page}).Values(t.Context(), "t", []string{"a", "b"}, client.RecordQuery{}))
	}
	rows, err := get(good)
	if err != nil || len(rows) != 2 || string(rows[0][0]) != `"é"` || string(rows[1][0]) != `"\u00e9"` || string(rows[1][1]) != "null" {
		t.Fatalf("%q, %v", rows, err)
	}
	for i := range len(good) {
		if rows, err := get(good[:i]); err == nil {
			t.Errorf("%s: %q", good[:i], rows)
		}
	}
	for _, change := range [][2]string{
		{`"records"`, `"reccords"`}, {`"b":1`, `"c":1`}, {`"b":1`, `"b":01`}, {`},{`, `}{`}, {`"value"`, `"vaule"`}, {`é"`, "\xe9\""}, {`null}`, `null}]`}, {`"next_cursor":null`, `"next_cursor":7`},
		{`[{"id"`, `[7,{"id"`}, {`"value":{"a"`, `"value":[{"a"`},
	} {
		if rows, err := get(strings.Replace(good, change[0], change[1], 1)); err == nil {
			t.Errorf("with %s: %q", change[1], rows)
		}
	}
}

func BenchmarkAddJSON(b *testing.B) {
	row := []byte(`{"city":"Holtsville","county":"Suffolk","latitude":40.922326,"longitude":-72.637078,"state":"NY","zip_code":"00501"}`)
	i := client.NewImporter(hearing(&hears{always: receiptOf(1000)}), "table", client.ImportOptions{})
	b.SetBytes(int64(len(row)))
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		n++
		if err := i.AddJSON(b.Context(), n, row); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := i.Stop(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkValues(b *testing.B) {
	record := `{"id":"541278230707963208","value":{"zip_code":"00501","latitude":40.922326,"longitude":-72.637078,"city":"Holtsville","state":"NY","county":"Suffolk"},"created_at":1790000000000,"updated_at":1790000000000}`
	page := `{"table_info":{"id":"t"},"records":[` + strings.Join(slices.Repeat([]string{record}, 100), ",") + `],"next_cursor":null}`
	c := hearing(&hears{page: page})
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range c.Values(b.Context(), "t", []string{"zip_code", "latitude", "longitude", "city", "state", "county"}, client.RecordQuery{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 100 {
			b.Fatal(n)
		}
	}
}
