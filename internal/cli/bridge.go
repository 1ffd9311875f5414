package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// Bounds of a bridge.
const (
	longestMessage = 16 << 20 // bytes of a line; a server takes fewer
	longestAnswer  = 64 << 20
	mostCalls      = 16 // under way at once; a client with more waits
)

// bridge carries JSON-RPC messages, one a line, to a server's /mcp, and the answers back. It is no server itself: it knows no tool.
// Whatever goes wrong with a call is the call's answer, for its client waits for one.
type bridge struct {
	url, key string
	out, log io.Writer
	http     http.Client

	mu      sync.Mutex // of all below, and of out
	version string     // of the protocol, as the server has chosen it
	client  string     // the program that has started this one, as it calls itself
	calls   map[string]context.CancelFunc
}

// message is as much of a message as the bridge has to know.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name      string          `json:"name"`
		URI       string          `json:"uri"`
		RequestID json.RawMessage `json:"requestId"`
		Client    struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"clientInfo"`
		Meta struct {
			Version string `json:"io.modelcontextprotocol/protocolVersion"`
		} `json:"_meta"`
	} `json:"params"`
	Result struct {
		Version string `json:"protocolVersion"`
	} `json:"result"`
}

// Numbers of JSON-RPC's errors.
const (
	rpcParse  = -32700
	rpcFailed = -32000 // of those that are left to servers
)

// run ends with the input, once all calls are answered, or with ctx.
func (b *bridge) run(ctx context.Context, in io.Reader) error {
	lines, broken := make(chan []byte), make(chan error, 1)
	go func() { // a read cannot be given up: after a signal it is left behind
		sc := bufio.NewScanner(in)
		sc.Buffer(make([]byte, 64<<10), longestMessage)
		for sc.Scan() {
			lines <- bytes.Clone(sc.Bytes())
		}
		broken <- sc.Err()
		close(lines)
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var calls sync.WaitGroup
	defer calls.Wait()
	slots := make(chan struct{}, mostCalls)
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-lines:
			if !more {
				if err := <-broken; err != nil {
					return fmt.Errorf("reading standard input: %w", err)
				}
				return nil
			}
			if line = bytes.TrimSpace(line); len(line) > 0 {
				b.take(ctx, line, &calls, slots)
			}
		}
	}
}

// take begins to carry one message.
func (b *bridge) take(ctx context.Context, line []byte, calls *sync.WaitGroup, slots chan struct{}) {
	var m message
	if err := json.Unmarshal(line, &m); err != nil && !json.Valid(line) {
		b.fail(json.RawMessage("null"), rpcParse, "the line is not JSON")
		return
	}
	if m.Method == "notifications/cancelled" { // the server keeps no calls: to leave one is to cancel it
		b.mu.Lock()
		defer b.mu.Unlock()
		if cancel := b.calls[string(m.Params.RequestID)]; cancel != nil {
			cancel()
		}
		return
	}
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	if m.ID != nil {
		b.mu.Lock()
		b.calls[string(m.ID)] = cancel
		b.mu.Unlock()
	}
	carry := func() {
		defer func() { <-slots }()
		defer cancel()
		b.carry(ctx, m, line)
		b.mu.Lock()
		delete(b.calls, string(m.ID))
		b.mu.Unlock()
	}
	if m.Method == "initialize" { // what follows depends on the version that it chooses
		carry()
		return
	}
	calls.Go(carry)
}

// carry sends a message and writes its answer.
func (b *bridge) carry(ctx context.Context, m message, line []byte) {
	answer, err := b.post(ctx, m, line)
	switch {
	case err != nil && ctx.Err() != nil: // whoever cancels a call waits for no answer
	case err != nil && m.ID == nil:
		_, _ = fmt.Fprintf(b.log, "stele: %s: %v\n", m.Method, err)
	case err != nil:
		b.fail(m.ID, rpcFailed, err.Error())
	case m.ID != nil && len(answer) > 0:
		var r message
		if m.Method == "initialize" && json.Unmarshal(answer, &r) == nil {
			b.mu.Lock()
			b.version = r.Result.Version
			b.mu.Unlock()
		}
		b.write(answer)
	}
}

// post returns a message of JSON-RPC, or nothing where there is nothing to answer.
func (b *bridge) post(ctx context.Context, m message, line []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, bytes.NewReader(line))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+b.key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	b.mu.Lock()
	if m.Method == "initialize" {
		b.client = headerText(m.Params.Client.Name + "/" + m.Params.Client.Version + " ")
	}
	version, client := b.version, b.client
	b.mu.Unlock()
	req.Header.Set("User-Agent", client+"(stele mcp)")
	if m.Params.Meta.Version != "" { // newer clients say with each message what it is; headers repeat it
		version = m.Params.Meta.Version
		req.Header.Set("Mcp-Method", m.Method)
		if name := m.Params.Name + m.Params.URI; name != "" {
			req.Header.Set("Mcp-Name", name)
		}
	}
	if version != "" {
		req.Header.Set("MCP-Protocol-Version", version)
	}
	resp, err := b.http.Do(req)
	if err != nil {
		for inner := err; inner != nil; inner = errors.Unwrap(inner) { // the layers above repeat method and address
			err = inner
		}
		return nil, fmt.Errorf("no answer from %s: %w", b.url, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, longestAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer from %s broke off: %w", b.url, err)
	case len(body) > longestAnswer:
		return nil, fmt.Errorf("the answer has more than %d bytes: ask for less at once", longestAnswer)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/event-stream" {
		body = lastEvent(body)
	}
	return readAnswer(resp.StatusCode, body)
}

// headerText is what of a text may stand in a header.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
}

// readAnswer tells messages of JSON-RPC from refusals that came before anything was read.
func readAnswer(status int, body []byte) ([]byte, error) {
	var a struct {
		RPC     string `json:"jsonrpc"`
		Message string `json:"message"`
	}
	isJSON := json.Unmarshal(body, &a) == nil
	switch {
	case isJSON && a.RPC != "":
		return body, nil
	case status >= 200 && status <= 299 && len(body) == 0:
		return nil, nil
	case isJSON && a.Message != "":
		return nil, errors.New(a.Message)
	case status >= 400 && len(body) > 0 && len(body) < 300 && !bytes.ContainsAny(body, "<{"): // a plain sentence
		return nil, errors.New(string(bytes.TrimSpace(body)))
	}
	return nil, fmt.Errorf("the server does not answer as stele does (HTTP %d): is --url right?", status)
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

func (b *bridge) fail(id json.RawMessage, code int, text string) {
	type rpcError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	answer, _ := json.Marshal(struct { // of a valid id and a text, always possible
		RPC   string          `json:"jsonrpc"`
		ID    json.RawMessage `json:"id"`
		Error rpcError        `json:"error"`
	}{"2.0", id, rpcError{code, text}})
	b.write(answer)
}

// write writes a message in a line of its own.
func (b *bridge) write(answer []byte) {
	var line bytes.Buffer
	if json.Compact(&line, answer) != nil {
		return // readAnswer has seen that it is JSON
	}
	line.WriteByte('\n')
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _ = b.out.Write(line.Bytes()) // a client that has gone ends the input too
}
