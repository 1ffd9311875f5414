package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strconv"
)

// The bounds of one update and of one delete (wire.md 5.6 and 5.7).
const (
	mostChanges    = 100
	mostUpdateBody = 5 << 20
	mostSelectors  = 1000
	mostDeleteBody = 8 << 20
	envelope       = 1 << 10 // what a body has besides its entries, at most
)

// UpdateAll is UpdateAs of any number of changes, in as many requests as they need, one after the other; Mode holds for each
// request on its own. After an error the outcome is that of the requests before. An IdempotencyKey gets the number of the request
// behind it, so that the whole can be repeated with the same changes.
func (c *Client) UpdateAll(ctx context.Context, table string, changes []Change, h How, opts ...Option) (Outcome, error) {
	var all Outcome
	n := 0
	for part, err := range parts(changes, mostChanges, mostUpdateBody-envelope) {
		if err != nil {
			return all, err
		}
		n++
		out, err := c.UpdateAs(ctx, table, part, h, numbered(opts, n)...)
		if err != nil {
			return all, err
		}
		all.Total += out.Total
		all.Success += out.Success
		all.Failed += out.Failed
		all.Failures = append(all.Failures, out.Failures...)
	}
	return all, nil
}

// DeleteAll is Delete of any number of records, in as many requests as they need, as UpdateAll makes them.
func (c *Client) DeleteAll(ctx context.Context, table string, selectors []Selector, opts ...Option) (int, error) {
	all, n := 0, 0
	for part, err := range parts(selectors, mostSelectors, mostDeleteBody-envelope) {
		if err != nil {
			return all, err
		}
		n++
		deleted, err := c.Delete(ctx, table, part, numbered(opts, n)...)
		if err != nil {
			return all, err
		}
		all += deleted
	}
	return all, nil
}

// parts cuts a list where it would have more than so many entries, or bytes as JSON. One entry alone is let through.
func parts[T any](list []T, most, bytes int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		from, size := 0, 0
		for at, v := range list {
			b, err := json.Marshal(v)
			if err != nil {
				yield(nil, fmt.Errorf("entry %d: %w", at+1, err))
				return
			}
			if at > from && (at-from == most || size+len(b)+1 > bytes) {
				if !yield(list[from:at], nil) {
					return
				}
				from, size = at, 0
			}
			size += len(b) + 1
		}
		if from < len(list) {
			yield(list[from:], nil)
		}
	}
}

// numbered gives each of several requests its own key where the caller has given one for all.
func numbered(opts []Option, n int) []Option {
	h := http.Header{}
	for _, o := range opts {
		o(h)
	}
	key := h.Get(onceHeader)
	if key == "" {
		return opts
	}
	return append(opts[:len(opts):len(opts)], IdempotencyKey(key+"-"+strconv.Itoa(n)))
}
