package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Bounds of a bridge.
const (
	longestMessage = 16 << 20 // bytes of a line; a server takes fewer
	mostCalls      = 16       // under way at once; a client with more waits
)

// bridge carries JSON-RPC messages, one a line, to a server's /mcp, and the answers back. It is no server itself: it knows no tool.
// Whatever goes wrong with a call is the call's answer, for its client waits for one.
type bridge struct {
	server   session
	out, log io.Writer

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
		_, _ = fmt.Fprintf(b.log, "stele: %s: %v\n", oneLine(m.Method, 80), err)
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
	b.mu.Lock()
	if m.Method == "initialize" {
		b.client = headerText(m.Params.Client.Name + "/" + m.Params.Client.Version + " ")
	}
	version, client := b.version, b.client
	b.mu.Unlock()
	answer, err := b.server.MCP(ctx, line, func(h http.Header) {
		h.Set("User-Agent", client+"(stele mcp)")
		if m.Params.Meta.Version != "" { // newer clients say with each message what it is; headers repeat it
			version = m.Params.Meta.Version
			h.Set("Mcp-Method", m.Method)
			if name := m.Params.Name + m.Params.URI; name != "" {
				h.Set("Mcp-Name", name)
			}
		}
		if version != "" {
			h.Set("MCP-Protocol-Version", version)
		}
	})
	if err != nil {
		return nil, b.server.explain(err)
	}
	return answer, nil
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
		return // the client has seen that it is JSON
	}
	line.WriteByte('\n')
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _ = b.out.Write(line.Bytes()) // a client that has gone ends the input too
}
