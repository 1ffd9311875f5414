package client

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// mostOfPage is how many entries a page has at most, and mostByCursor how many records one by cursor.
const (
	mostOfPage   = 100
	mostByCursor = 1000
)

// goodAnswer is about how many bytes an answer should have: with less the requests cost more than what they bring, with more it is memory
// that is gained by nothing.
const goodAnswer = 512 << 10

// nextSize is the size of the page behind one of so many records, which came in so many bytes.
func nextSize(records, bytes int) int {
	return min(max(1, records*goodAnswer/max(1, bytes)), mostByCursor)
}

// Collect reads an iterator to its end, or to its first error.
func Collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	all := []T{}
	for v, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}

// Records walks over the records of a table that q leaves, page after page by cursor. A record that nobody changes meanwhile
// comes exactly once. An error is the last thing that comes. q.Size is how many are read at a time, 0 for as many as make a good answer;
// Page, Cursor and Count do not matter.
func (c *Client) Records(ctx context.Context, table string, q RecordQuery) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		begin, count := "", false
		q, adapt := q, q.Size == 0
		q.Page, q.Cursor, q.Count = 0, &begin, &count
		for q.Cursor != nil {
			var page recordsOfPage
			err := c.recordsPage(ctx, table, q, &page)
			if adapt {
				q.Size = nextSize(len(page.Records.Records), page.bytes)
			}
			if err != nil {
				yield(Record{}, err)
				return
			}
			for _, r := range page.Records.Records {
				if !yield(r, nil) {
					return
				}
			}
			q.Cursor = page.Next
		}
	}
}

// recordsOfPage is a page of which it is known how long it was.
type recordsOfPage struct {
	Records
	bytes int
}

func (p *recordsOfPage) scan(b []byte) error {
	p.bytes = len(b)
	return decodeNumbers(b, &p.Records)
}

// Values walks over the records that q leaves as Records does, and hands on nothing but the values of those fields, at least one, in that
// order, each as the JSON that came: null, true, false, a number or a text in quotes; an INT beyond 2^53-1 is a text. It takes a
// fraction of the time of Records. A page is read while the one before is handed on.
func (c *Client) Values(ctx context.Context, table string, fields []string, q RecordQuery) iter.Seq2[[]json.RawMessage, error] {
	return func(yield func([]json.RawMessage, error) bool) {
		if len(fields) == 0 {
			yield(nil, errors.New("no field is named whose values are wanted"))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		pages, gone := make(chan valuesPage), make(chan struct{})
		var reading sync.WaitGroup
		reading.Go(func() {
			defer close(pages)
			c.valuesPages(ctx, table, fields, q, func(p valuesPage) bool {
				select {
				case pages <- p:
					return true
				case <-gone:
					return false
				}
			})
		})
		defer reading.Wait()
		defer cancel()
		defer close(gone)
		for p := range pages {
			for rest := p.values; len(rest) > 0; rest = rest[len(fields):] {
				if !yield(rest[:len(fields):len(fields)], nil) {
					return
				}
			}
			if p.err != nil {
				yield(nil, p.err)
				return
			}
		}
	}
}

// valuesPages reads page after page by cursor and hands them on, the first error last.
func (c *Client) valuesPages(ctx context.Context, table string, fields []string, q RecordQuery, take func(valuesPage) bool) {
	begin, count := "", false
	adapt := q.Size == 0
	q.Page, q.Cursor, q.Count = 0, &begin, &count
	for more := true; more && q.Cursor != nil; {
		p := valuesPage{fields: fields, most: cmp.Or(q.Size, mostOfPage)}
		if p.err = c.recordsPage(ctx, table, q, &p); p.err != nil {
			p.values, p.next = nil, nil
		}
		if adapt {
			q.Size = nextSize(len(p.values)/len(fields), p.bytes)
		}
		more = take(p)
		q.Cursor = p.next
	}
}

// Tables walks over the agent's tables in order of creation, a page at a time. One made or dropped meanwhile may be missed or seen
// twice.
func (c *Client) Tables(ctx context.Context) iter.Seq2[TableCount, error] {
	return pages(func(page int) ([]TableCount, error) {
		in := struct {
			Page int `json:"page"`
			Size int `json:"page_size"`
		}{page, mostOfPage}
		var out struct {
			Tables []TableCount `json:"tables"`
		}
		_, err := c.post(ctx, "/v1/database/tables/page", in, &out, nil)
		return out.Tables, err
	})
}

// Agents walks over all agents in order of creation, a page at a time. One made or deleted meanwhile may be missed or seen twice.
func (c *Client) Agents(ctx context.Context) iter.Seq2[Agent, error] {
	return pages(func(page int) ([]Agent, error) {
		var out struct {
			Agents []Agent `json:"agents"`
		}
		_, err := c.call(ctx, http.MethodGet, admin+"/agents?page="+strconv.Itoa(page), nil, &out)
		return out.Agents, err
	})
}

// pages walks over pages, from 1, until one is not full.
func pages[T any](get func(page int) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page := 1; ; page++ {
			list, err := get(page)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range list {
				if !yield(v, nil) {
					return
				}
			}
			if len(list) < mostOfPage {
				return
			}
		}
	}
}

// The forms of a repair file.
const (
	CSV       = "csv"
	JSONLines = "jsonl"
)

// RepairFile opens the repair file of an import that was made with a receipt, in one of its forms: the rows that are not in the
// table as they were sent, each with the reason in _reason. The caller closes it. A file that breaks off is an error of Read.
func (c *Client) RepairFile(ctx context.Context, task, form string) (io.ReadCloser, error) {
	q := url.Values{"ids": {task}, "rows": {"1"}, "format": {form}}
	r, err := c.request(http.MethodGet, dialect+"/v1/database/query/import-results?"+q.Encode(), nil, nil)
	if err != nil {
		return nil, err
	}
	var file io.ReadCloser
	err = c.try(ctx, r, func(resp *http.Response) error {
		if resp.StatusCode == http.StatusOK {
			file = resp.Body
			return nil
		}
		defer func() { _ = resp.Body.Close() }()
		return c.answer(resp, nil)
	})
	return file, err
}

// RepairRows walks over the rows of an import that are not in the table, as RepairFile has them. Take the member _reason out
// and mend them; then they can be imported.
func (c *Client) RepairRows(ctx context.Context, task string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		file, err := c.RepairFile(ctx, task, JSONLines)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = file.Close() }()
		d := json.NewDecoder(bufio.NewReader(file))
		d.UseNumber()
		for {
			var r Row
			switch err := d.Decode(&r); {
			case err == io.EOF:
				return
			case err != nil:
				yield(nil, fmt.Errorf("reading the repair file: %w", err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}
