package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"stele"
	"stele/client"
)

// cutting puts a proxy before a server that cuts the connection of every other write: before the request gets through, once it has
// been applied, or in the middle of its answer, in turn.
func cutting(t *testing.T, to string) (from string, cuts func() int) {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: transport}
	var mu sync.Mutex
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Idempotency-Key") == "" {
			through.ServeHTTP(w, r)
			return
		}
		mu.Lock()
		turn := n
		n++
		mu.Unlock()
		if turn%2 == 1 {
			through.ServeHTTP(w, r)
			return
		}
		kept := httptest.NewRecorder()
		if turn%3 > 0 {
			through.ServeHTTP(kept, r)
		}
		if turn%3 == 2 {
			w.Header().Set("Content-Length", fmt.Sprint(kept.Body.Len()))
			_, _ = w.Write(kept.Body.Bytes()[:kept.Body.Len()/2])
		}
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(func() { srv.Close(); transport.CloseIdleConnections() })
	return srv.URL, func() int { mu.Lock(); defer mu.Unlock(); return (n + 1) / 2 }
}

// newTable makes a table of a unique text and a number.
func newTable(t *testing.T, c *client.Client) string {
	t.Helper()
	id, err := c.CreateTable(t.Context(), client.NewTable{Name: "t", Description: "d", Fields: []client.Field{
		{Name: "a", Type: client.Text, Unique: true}, {Name: "n", Type: client.Int}, {Name: "values", Type: client.Text},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func count(t *testing.T, c *client.Client, table string, w *client.Where) int64 {
	t.Helper()
	p, err := c.RecordsPage(t.Context(), table, client.RecordQuery{Size: 1, Where: w})
	if err != nil {
		t.Fatal(err)
	}
	return p.Total
}

// TestAppliedOnce: writes through connections that are cut are there once each, with nobody doing anything for it.
func TestAppliedOnce(t *testing.T) { eachStore(t, testAppliedOnce) }

func testAppliedOnce(t *testing.T, s store) {
	api, _ := start(t, s)
	table := newTable(t, &api)
	url, cuts := cutting(t, api.URL)
	c := client.New(url, api.Key)
	c.HTTP, c.Clock = alone(), newClock()
	c.Retry.Attempts = 1000
	ctx := t.Context()
	for i := range 12 { // rows without a unique value would be there twice
		if _, err := c.Import(ctx, table, []client.Row{{"a": fmt.Sprint("x", i), "n": 7}}); err != nil {
			t.Fatal(err)
		}
	}
	other, err := c.CreateTable(ctx, client.NewTable{Name: "u", Description: "d", Fields: []client.Field{{Name: "n", Type: client.Int}}})
	if err != nil {
		t.Fatal(err)
	}
	i := client.NewImporter(c, other, client.ImportOptions{BatchRows: 10})
	for n := range 200 {
		if err := i.Add(ctx, client.Row{"n": n}); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := i.Close(ctx)
	if err != nil || sum.Created != 200 || sum.Batches != 20 {
		t.Errorf("%+v, %v", sum, err)
	}
	if n, m := count(t, &api, table, nil), count(t, &api, other, nil); n != 12 || m != 200 {
		t.Errorf("%d and %d records, not 12 and 200", n, m)
	}
	deleted, err := c.Delete(ctx, table, []client.Selector{{Filter: client.Row{"a": "x1"}}, {Filter: client.Row{"a": "x2"}}})
	if err != nil || deleted != 2 { // a second delete would say 0
		t.Errorf("%d, %v", deleted, err)
	}
	if cuts() < 20 {
		t.Errorf("only %d cuts", cuts())
	}
}

// TestImporter: rows in batches, what became of each by the caller's own numbers, in order, however many are on their way.
func TestImporter(t *testing.T) {
	eachStore(t, func(t *testing.T, s store) { testImporter(t, s, false) })
}

// TestImporterOfEachRow is the same where every row is told.
func TestImporterOfEachRow(t *testing.T) {
	eachStore(t, func(t *testing.T, s store) { testImporter(t, s, true) })
}

func testImporter(t *testing.T, s store, each bool) {
	c, _ := start(t, s)
	ctx := t.Context()
	table := newTable(t, &c)
	if _, err := c.Import(ctx, table, []client.Row{{"a": "12", "values": map[string]int{"x": 3}}}); err != nil { // the published mode refuses the third batch whole
		t.Fatal(err)
	}
	var told []int
	var failures []client.RowFailure
	i := client.NewImporter(&c, table, client.ImportOptions{BatchRows: 5, InFlight: 3, EachRow: each, OnBatch: func(r client.BatchResult) {
		told = append(told, r.Number)
		failures = append(failures, r.Failures...)
		rows := len(r.Failures)
		if each {
			rows = len(r.Rows)
		}
		if r.Err != nil || r.Replayed || len(r.Task.Rows) != rows {
			t.Errorf("%+v", r)
		}
	}})
	for n := range 23 {
		row := client.Row{"a": fmt.Sprint(n), "n": n, "values": map[string]int{"x": n}}
		if n == 1 {
			row["n"] = "odd"
		}
		if err := i.AddAs(ctx, int64(100+n), row); err != nil {
			t.Fatal(err)
		}
		clear(row) // it is the caller's
	}
	var bad *client.RowError
	if err := i.Add(ctx, client.Row{"a": func() {}}); !errors.As(err, &bad) || bad.Row != 123 {
		t.Errorf("%v", err)
	}
	if err := i.Add(ctx, client.Row{"a": "last"}); err != nil {
		t.Error(err)
	}
	sum, err := i.Close(ctx)
	if err != nil || sum.Batches != 5 || sum.Rows != 24 || sum.Created != 18 || sum.Failed != 2 || sum.Skipped != 4 || len(sum.Failures) != 6 {
		t.Errorf("%+v, %v", sum, err)
	}
	if !slices.Equal(told, []int{1, 2, 3, 4, 5}) {
		t.Errorf("told of %v", told)
	}
	var text []string
	for _, f := range failures {
		code := ""
		if len(f.Errors) > 0 {
			code = f.Errors[0].Field + " " + f.Errors[0].Code
		}
		text = append(text, fmt.Sprint(f.Row, " ", f.Status, " ", code))
	}
	if want := "101 failed n type,110 skipped ,111 skipped ,112 failed a conflict,113 skipped ,114 skipped "; strings.Join(text, ",") != want {
		t.Errorf("%q", strings.Join(text, ","))
	}
	if n := count(t, &c, table, client.Eq("values", `{"x":3}`)); n != 2 {
		t.Errorf("%d records have a value of their own in values", n)
	}
}

// TestImporterStartsOver: a run that was interrupted is repeated from its beginning, and nothing is there twice.
func TestImporterStartsOver(t *testing.T) { eachStore(t, testImporterStartsOver) }

func testImporterStartsOver(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := t.Context()
	table, err := c.CreateTable(ctx, client.NewTable{Name: "t", Description: "d", Fields: []client.Field{{Name: "n", Type: client.Int}, {Name: "b", Type: client.Boolean}, {Name: "f", Type: client.Float}}})
	if err != nil {
		t.Fatal(err)
	}
	run := func(rows int) (client.ImportSummary, int) {
		replayed := 0
		i := client.NewImporter(&c, table, client.ImportOptions{BatchRows: 10, KeyPrefix: "file-1", OnBatch: func(r client.BatchResult) {
			if r.Replayed {
				replayed++
			}
		}})
		for n := range rows {
			if err := i.Add(ctx, client.Row{"n": n, "b": n%2 == 0, "f": float64(n) / 3}); err != nil {
				t.Fatal(err)
			}
		}
		sum, err := i.Close(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return sum, replayed
	}
	run(40)
	sum, replayed := run(75)
	if sum.Created != 75 || replayed != 4 || count(t, &c, table, nil) != 75 {
		t.Errorf("%+v, %d replayed, %d records", sum, replayed, count(t, &c, table, nil))
	}
}

// TestImporterUpserts: rows of one key keep their order over batches.
func TestImporterUpserts(t *testing.T) { eachStore(t, testImporterUpserts) }

func testImporterUpserts(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := t.Context()
	table := newTable(t, &c)
	i := client.NewImporter(&c, table, client.ImportOptions{Mode: client.Upsert, Key: "a", BatchRows: 3})
	for n := range 31 {
		if err := i.Add(ctx, client.Row{"a": "x", "n": n / 2}); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := i.Close(ctx)
	if err != nil || sum.Created != 1 || sum.Updated != 15 || sum.Unchanged != 15 || count(t, &c, table, client.Eq("n", 15)) != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// TestImporterBounds: no batch has more rows or bytes than a request may have, at the edge of what it may.
func TestImporterBounds(t *testing.T) { eachStore(t, testImporterBounds) }

func testImporterBounds(t *testing.T, s store) {
	l := stele.DefaultLimits()
	if l.ImportRecords != client.MostBatchRows || l.ImportCSVBytes != 10<<20 || l.Fields != 200 {
		t.Errorf("the client's bounds are not those of the server: %+v", l)
	}
	c, _ := start(t, s)
	ctx := t.Context()
	table := newTable(t, &c)
	var sizes []int
	var bytesOf []int64
	c.HTTP = &http.Client{Transport: measuring{c.HTTP.Transport, &bytesOf}}
	i := client.NewImporter(&c, table, client.ImportOptions{InFlight: 1, OnBatch: func(r client.BatchResult) { sizes = append(sizes, len(r.Rows)) }})
	quotes := map[string]string{"q": strings.Repeat("<\"\n", 100_000)} // as CSV much more than as JSON text
	for n := range 30 {
		row := client.Row{"a": fmt.Sprint(n), "values": quotes}
		if n%3 == 0 {
			row["values"] = strings.Repeat(`"`, 300_000)
		}
		if err := i.Add(ctx, row); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 2500 {
		if err := i.Add(ctx, client.Row{"n": n, "a": fmt.Sprint("x", n)}); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := i.Close(ctx)
	if err != nil || sum.Created != 2530 || len(sizes) < 5 || slices.Max(sizes) != 1000 {
		t.Errorf("%+v, %v of rows %v", sum, err, sizes)
	}
	sizes, bytesOf = nil, nil
	i = client.NewImporter(&c, table, client.ImportOptions{InFlight: 1, BatchBytes: 1000, OnBatch: func(r client.BatchResult) { sizes = append(sizes, len(r.Rows)) }})
	for n := range 100 {
		if err := i.Add(ctx, client.Row{"a": fmt.Sprint("y", n)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = i.Close(ctx); err != nil || slices.Max(bytesOf) > 1200 || len(sizes) > 3 {
		t.Errorf("%v rows in %v bytes, %v", sizes, bytesOf, err)
	}
}

// measuring notes how long bodies are.
type measuring struct {
	http.RoundTripper
	sizes *[]int64
}

func (m measuring) RoundTrip(r *http.Request) (*http.Response, error) {
	*m.sizes = append(*m.sizes, r.ContentLength)
	return m.RoundTripper.RoundTrip(r)
}

// TestImporterInFlight: so many batches are on their way at once and not more, and answers in any order are told in order.
func TestImporterInFlight(t *testing.T) {
	t.Parallel()
	const flight = 3
	arrived, release := make(chan int, 100), map[int]chan struct{}{}
	for n := 1; n <= 7; n++ {
		release[n] = make(chan struct{})
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		var n int
		_, _ = fmt.Sscanf(string(b[bytes.LastIndexByte(b, ':')+1:]), "%d", &n)
		arrived <- n
		<-release[n]
		_, _ = io.WriteString(w, `{"created_count":1,"rows":[]}`)
	}))
	t.Cleanup(srv.Close)
	c := client.Client{URL: srv.URL, HTTP: alone()}
	told := make(chan int, 100)
	i := client.NewImporter(&c, "t", client.ImportOptions{BatchRows: 1, InFlight: flight, OnBatch: func(r client.BatchResult) { told <- r.Number }})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for n := 1; n <= 4; n++ { // three are sent, one is being filled
		if err := i.Add(ctx, client.Row{"n": n}); err != nil {
			t.Fatal(err)
		}
	}
	first := map[int]bool{<-arrived: true, <-arrived: true, <-arrived: true}
	if !maps.Equal(first, map[int]bool{1: true, 2: true, 3: true}) {
		t.Fatalf("%v are on their way", first)
	}
	close(release[3])
	close(release[2])
	full, stop := context.WithCancel(ctx)
	stop()
	if err := i.Add(full, client.Row{"n": 5}); !errors.Is(err, context.Canceled) { // for 1 has not been answered
		t.Errorf("%v", err)
	}
	close(release[1])
	for n := 1; n <= 3; n++ {
		if got := <-told; got != n {
			t.Errorf("told of %d, not %d", got, n)
		}
	}
	close(release[4])
	close(release[5])
	if err := i.Add(ctx, client.Row{"n": 5}); err != nil { // it was not taken
		t.Fatal(err)
	}
	if sum, err := i.Close(ctx); err != nil || sum.Rows != 5 || sum.Created != 5 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// TestImporterStops: after a batch that got no answer no other one is sent, and the error names its rows.
func TestImporterStops(t *testing.T) {
	t.Parallel()
	c, keys, _ := scripted(t, says(200, "", `{"created_count":2,"rows":[]}`), broken)
	i := client.NewImporter(c, "t", client.ImportOptions{BatchRows: 2, InFlight: 1, KeyPrefix: "k"})
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		err = i.Add(t.Context(), client.Row{"n": n})
	}
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Status != 500 || !strings.HasPrefix(err.Error(), "batch 2 (rows 3 to 4): ") {
		t.Errorf("%v after %d rows", err, n)
	}
	if sum, closed := i.Close(t.Context()); closed == nil || closed.Error() != err.Error() || sum.Rows != 2 {
		t.Errorf("%+v, %v", sum, closed)
	}
	if k := keys(); !slices.Equal(k, []string{"k-1", "k-2"}) {
		t.Errorf("sent %q", k)
	}
}
