package client_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"stele/client"
)

// TestMCP: a message and its answer, a notification, a refusal.
func TestMCP(t *testing.T) { eachStore(t, testMCP) }

func testMCP(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := t.Context()
	answer, err := c.MCP(ctx, []byte(`{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`))
	if err != nil || !strings.Contains(string(answer), `"id":7`) || !strings.Contains(string(answer), `"protocolVersion":"2025-06-18"`) {
		t.Fatalf("%s, %v", answer, err)
	}
	version := func(h http.Header) { h.Set("MCP-Protocol-Version", "2025-06-18") }
	if answer, err := c.MCP(ctx, []byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`), version); err != nil || answer != nil {
		t.Errorf("%s, %v", answer, err)
	}
	answer, err = c.MCP(ctx, []byte(`{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"no_such"}}`), version)
	if err != nil || !strings.Contains(string(answer), `"error":`) {
		t.Errorf("%s, %v", answer, err)
	}
	c.Key = "app-wrong"
	_, err = c.MCP(ctx, []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`), version)
	if refused, ok := errors.AsType[*client.Error](err); !ok || refused.Code != client.CodeUnauthenticated {
		t.Errorf("%v", err)
	}
}

// TestMCPAnswers: what may come instead of one message as JSON; and that a message is sent once, as it is.
func TestMCPAnswers(t *testing.T) {
	t.Parallel()
	const message = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for _, c := range []struct {
		status             int
		kind, body         string
		answer, wrong      string
		unreachable, large bool
	}{
		{status: 200, kind: "application/json", body: ` {"jsonrpc":"2.0","id":1,"result":{}}`, answer: ` {"jsonrpc":"2.0","id":1,"result":{}}`},
		{status: 400, kind: "application/json", body: `{"jsonrpc":"2.0","id":1,"error":{}}`, answer: `{"jsonrpc":"2.0","id":1,"error":{}}`},
		{status: 200, kind: "text/event-stream; charset=utf-8", body: "event: message\r\ndata: {\"a\":1}\r\n\r\ndata: {\"jsonrpc\":\"2.0\"}\n\n", answer: `{"jsonrpc":"2.0"}`},
		{status: 202},
		{status: 400, kind: "text/plain", body: "Bad Request: no such version\n", wrong: "HTTP 400: Bad Request: no such version"},
		{status: 502, kind: "text/html", body: "<html>", wrong: "HTTP 502: the answer is not one of Stele's (text/html)"},
		{status: 503, kind: "application/json", body: `{"code":50000,"message":"busy"}`, wrong: "50000: busy"},
		{status: 200, kind: "application/json", body: `{"jsonrpc":"2.0","id":1,"result":"` + strings.Repeat("x", 1000) + `"}`, large: true, wrong: "the answer has more than 1000 bytes: ask for less at once"},
		{status: 0, unreachable: true},
	} {
		var sent atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if sent.Add(1); string(body) != message || r.URL.Path != "/mcp" || r.Header.Get("Idempotency-Key") != "" || r.Header.Get("Accept") != "application/json, text/event-stream" {
				t.Errorf("%s of %s with %v", body, r.URL, r.Header)
			}
			if c.status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		cl := &client.Client{URL: srv.URL, Key: "app-x", HTTP: alone()}
		if c.large {
			cl.MaxAnswer = 1000
		}
		answer, err := cl.MCP(t.Context(), []byte(message))
		switch {
		case c.unreachable:
			if !errors.As(err, new(*client.UnreachableError)) {
				t.Errorf("%+v: %v", c, err)
			}
		case string(answer) != c.answer || (err == nil) != (c.wrong == "") || err != nil && err.Error() != c.wrong:
			t.Errorf("%+v: %q, %v", c, answer, err)
		}
		if n := sent.Load(); n != 1 {
			t.Errorf("%+v: sent %d times", c, n)
		}
		srv.Close()
	}
}
