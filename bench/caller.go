package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
)

// caller is one client of a server: a connection kept alive and a buffer for answers. Both floors over HTTP and the
// server under test are driven by it, so that its own cost is the same on either side. It serves one goroutine.
type caller struct {
	base   string
	header http.Header
	client *http.Client
	answer bytes.Buffer
}

// newCaller makes a client; secret may be empty, as the floor does not look at it.
func newCaller(base, secret string) *caller {
	c := &caller{base: base, header: http.Header{"Content-Type": {"application/json"}}}
	if secret != "" {
		c.header.Set("Authorization", "Bearer "+secret)
	}
	c.client = &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 1, DisableCompression: true},
	}
	return c
}

// newCallers makes n clients.
func newCallers(n int, base, secret string) []*caller {
	cs := make([]*caller, n)
	for i := range cs {
		cs[i] = newCaller(base, secret)
	}
	return cs
}

// post sends a body and returns the answer, which is good until the next call. Any status but 200 is an error.
func (c *caller) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	return c.send(ctx, http.MethodPost, path, body)
}

func (c *caller) send(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	req.Header = c.header
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("sending a request: %w", err)
	}
	c.answer.Reset()
	_, err = c.answer.ReadFrom(resp.Body)
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, fmt.Errorf("reading the answer to %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s answered %s: %.300s", method, path, resp.Status, c.answer.Bytes())
	}
	return c.answer.Bytes(), nil
}

// expect posts a body and fails unless the answer holds a text.
func (c *caller) expect(ctx context.Context, path string, body []byte, text string) error {
	b, err := c.post(ctx, path, body)
	if err == nil && !bytes.Contains(b, []byte(text)) {
		return fmt.Errorf("%s answered without %s: %.300s", path, text, b)
	}
	return err
}

// close lets go of the connection.
func (c *caller) close() { c.client.CloseIdleConnections() }
