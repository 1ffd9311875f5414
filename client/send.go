package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// request is what one call sends, the same at each attempt.
type request struct {
	method, url string
	header      http.Header
	body        []byte
	safe        bool // to be sent again: it changes nothing, or is applied once
	attempts    int  // that were made
}

// request encodes a call. A write that can be applied once gets an Idempotency-Key, unless the caller has given it one.
func (c *Client) request(method, path string, in any, opts []Option) (*request, error) {
	if !strings.HasPrefix(c.URL, "http://") && !strings.HasPrefix(c.URL, "https://") {
		return nil, fmt.Errorf("the server's address must begin with http:// or https://; it is %q", c.URL)
	}
	r := &request{method: method, url: strings.TrimRight(c.URL, "/") + path, header: http.Header{}}
	if c.Key != "" {
		r.header.Set("Authorization", "Bearer "+c.Key)
	}
	if in != nil {
		var err error
		if r.body, err = encode(in); err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		r.header.Set("Content-Type", "application/json")
	}
	for _, o := range opts {
		o(r.header)
	}
	switch kind(method, path) {
	case read:
		r.safe = true
	case onceWrite:
		if r.header.Get(onceHeader) == "" {
			r.header.Set(onceHeader, rand.Text())
		}
		r.safe = true
	}
	return r, nil
}

// encode is in as JSON; bytes are JSON already.
func encode(in any) ([]byte, error) {
	if b, ok := in.([]byte); ok {
		return b, nil
	}
	return json.Marshal(in)
}

const onceHeader = "Idempotency-Key"

// The kinds of requests, by what a second one does.
const (
	read      = iota // nothing
	onceWrite        // nothing, if it has the Idempotency-Key of the first one
	bareWrite        // it is applied again
)

// kind is the one place that knows which requests change nothing and which heed an Idempotency-Key.
func kind(method, path string) int {
	if method == http.MethodGet {
		return read
	}
	if strings.HasPrefix(path, admin+"/") || path == mcpPath {
		return bareWrite
	}
	switch strings.TrimPrefix(path, dialect) {
	case "/v1/database/tables/page", "/v1/database/records/page", "/v1/database/query", "/v1/database/schema", "/v1/database/import/tasks",
		"/v1/database/queries", "/v1/database/saved-queries/page":
		return read
	}
	return onceWrite
}

// once makes one attempt and hands an answer, whatever it is, to take, which closes its body.
func (c *Client) once(ctx context.Context, r *request, take func(*http.Response) error) error {
	r.attempts++
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return err
	}
	req.Header = r.header.Clone()
	paced := c.pace != nil && c.pace.key == c.Key
	if paced {
		if err := c.pace.enter(ctx, c.clock()); err != nil {
			return err
		}
	}
	hc := c.HTTP
	if hc == nil {
		hc = http.DefaultClient
	}
	resp, err := hc.Do(req)
	if paced {
		c.pace.leave(resp, c.clock().Now())
	}
	if err != nil {
		return &UnreachableError{c.URL, err}
	}
	return take(resp)
}
