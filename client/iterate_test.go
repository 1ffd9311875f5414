package client_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"stele/client"
)

// pageSizes notes the page_size of each request.
type pageSizes struct {
	http.RoundTripper
	sizes []int
}

func (p *pageSizes) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var in struct {
		Size int `json:"page_size"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	p.sizes = append(p.sizes, in.Size)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return p.RoundTripper.RoundTrip(r)
}

// TestPagesOfGoodSize: who names no size reads small records by the thousand and large ones by the dozen.
func TestPagesOfGoodSize(t *testing.T) { eachStore(t, testPagesOfGoodSize) }

func testPagesOfGoodSize(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := t.Context()
	for _, one := range []struct {
		rows   int
		text   string
		second func(size int) bool
	}{
		{1150, "short", func(size int) bool { return size == 1000 }},
		{110, strings.Repeat("long ", 4000), func(size int) bool { return size > 10 && size < 50 }},
	} {
		table, err := c.CreateTable(ctx, client.NewTable{Name: strings.TrimSpace(one.text[:5]), Description: "d", Fields: []client.Field{{Name: "text", Type: client.Text}}})
		if err != nil {
			t.Fatal(err)
		}
		to := client.NewImporter(&c, table, client.ImportOptions{})
		for range one.rows {
			if err := to.Add(ctx, client.Row{"text": one.text}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := to.Close(ctx); err != nil {
			t.Fatal(err)
		}
		var first []int
		for _, read := range []func(*client.Client) (int, error){
			func(c *client.Client) (int, error) {
				all, err := client.Collect(c.Records(ctx, table, client.RecordQuery{}))
				return len(all), err
			},
			func(c *client.Client) (int, error) {
				all, err := client.Collect(c.Values(ctx, table, []string{"text"}, client.RecordQuery{}))
				return len(all), err
			},
		} {
			notes := &pageSizes{RoundTripper: http.DefaultTransport}
			noting := c
			noting.HTTP = &http.Client{Transport: notes}
			if n, err := read(&noting); err != nil || n != one.rows {
				t.Fatalf("read %d of %d records: %v", n, one.rows, err)
			}
			if len(notes.sizes) < 2 || notes.sizes[0] != 100 || !one.second(notes.sizes[1]) {
				t.Errorf("%d records of %d bytes were read in pages of %v", one.rows, len(one.text), notes.sizes)
			}
			if first == nil {
				first = notes.sizes
			} else if !slices.Equal(first, notes.sizes) {
				t.Errorf("Records reads pages of %v, Values of %v", first, notes.sizes)
			}
		}
	}
}
