package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
)

const mcpPath = "/mcp"

// MCP carries one message of the Model Context Protocol, which is JSON-RPC, to the server and returns the message that answers it as it came;
// nil where there is nothing to answer, as to a notification. An error of JSON-RPC is such an answer; a *Error is a refusal that came before
// the message was read. The protocol's own headers are options. A message is sent once: nobody but its sender knows whether it may be
// sent again. MaxAnswer is 64 MiB here unless it is set.
func (c *Client) MCP(ctx context.Context, message []byte, opts ...Option) (answer []byte, err error) {
	accept := func(h http.Header) { h.Set("Accept", "application/json, text/event-stream") }
	r, err := c.request(http.MethodPost, mcpPath, message, append([]Option{accept}, opts...))
	if err != nil {
		return nil, err
	}
	err = c.try(ctx, r, func(resp *http.Response) (err error) {
		defer func() { _ = resp.Body.Close() }()
		answer, err = c.messageOf(resp)
		return err
	})
	return answer, err
}

// messageOf tells messages of JSON-RPC from refusals.
func (c *Client) messageOf(resp *http.Response) ([]byte, error) {
	most := cmp.Or(c.MaxAnswer, 64<<20)
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return nil, &UnreachableError{c.URL, err}
	case int64(len(body)) > most:
		return nil, fmt.Errorf("the answer has more than %d bytes: ask for less at once", most)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/event-stream" {
		body = lastEvent(body)
	}
	var m struct {
		RPC string `json:"jsonrpc"`
	}
	switch {
	case json.Unmarshal(body, &m) == nil && m.RPC != "":
		return body, nil
	case resp.StatusCode >= 200 && resp.StatusCode <= 299 && len(body) == 0:
		return nil, nil
	}
	refused := refusal(resp, body)
	if text := bytes.TrimSpace(body); refused.Code == 0 && len(text) > 0 && len(text) < 300 && !bytes.ContainsAny(text, "<{") { // a plain sentence
		refused.Message = string(text)
	}
	return nil, refused
}

// lastEvent is the data of the last event of a stream.
func lastEvent(body []byte) []byte {
	var last []byte
	for line := range bytes.Lines(body) {
		if data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data:")); ok {
			last = bytes.TrimSpace(data)
		}
	}
	return last
}
