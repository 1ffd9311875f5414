// Package mcp is Stele for models: the tools and resources of the Model Context Protocol, over its streamable HTTP transport. It is
// handed requests whose key is known; nothing that it offers takes an agent or a key.
package mcp

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"stele"
)

// Config is what a handler is made of.
type Config struct {
	Log     *slog.Logger
	Limits  stele.Limits
	Timeout time.Duration // for the work of one request
	Version string        // of the program; may be empty
}

// Handler answers requests of any agent. It keeps nothing between them: no session, no stream.
type Handler struct {
	Config
	tools   []tool
	options sdk.ServerOptions
	program sdk.Implementation
	http    http.Handler
}

// tool is a tool and how it is called.
type tool struct {
	definition *sdk.Tool
	arguments  []string // their names, for the message about one that is none
	scope      stele.Scope
	call       func(context.Context, *session, *arguments) (*reply, error)
}

// reply is what a tool answers: the same for models as text and for programs as JSON.
type reply struct {
	text       string
	structured []byte
	failed     bool // nothing of what was asked was done
}

// session is one request of one agent.
type session struct {
	*Handler
	agent              *stele.Agent
	ctx                context.Context // ends when the caller leaves or the time is up
	server             *sdk.Server
	client             string // what the caller calls itself
	accepted, rejected int
}

// sessionKey is where a request's context keeps its session.
type sessionKey struct{}

//go:embed tools.json
var definitions []byte

// clientInfo is where a message says who sends it.
const clientInfo = "io.modelcontextprotocol/clientInfo"

// private keeps what one key is answered from the eyes of others.
var private = sdk.Cacheable{CacheScope: "private"}

// instructions are what a model reads before it calls anything.
const instructions = "Tables of one agent. Find tables by list_tables, read describe_table before you write SQL, ask by query. " +
	"Tables are named by name or id. Times are UTC."

// New makes a handler.
func New(cfg Config) (*Handler, error) {
	h := &Handler{Config: cfg, tools: toolCalls(), program: sdk.Implementation{Name: "stele", Title: "Stele", Version: cfg.Version}}
	if h.program.Version == "" {
		h.program.Version = "unknown"
	}
	if err := h.define(); err != nil {
		return nil, fmt.Errorf("reading the definitions of the tools: %w", err)
	}
	h.options = sdk.ServerOptions{
		Instructions: instructions,
		Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{}, Resources: &sdk.ResourceCapabilities{}},
		SetCacheable: func(_ context.Context, _ sdk.Request, c *sdk.Cacheable) { *c = private },
	}
	stream := sdk.NewStreamableHTTPHandler(serverOf, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: -1, // whoever hands the body on has bounded it
		PropagateRequestCancellation: true,
	})
	h.http = http.NewCrossOriginProtection().Handler(stream)
	return h, nil
}

// define reads the definitions, once for all requests. Schemas are kept as they are written.
func (h *Handler) define() error {
	var raw []struct {
		sdk.Tool
		InputSchema  json.RawMessage `json:"inputSchema"`
		OutputSchema json.RawMessage `json:"outputSchema"`
	}
	if err := json.Unmarshal(definitions, &raw); err != nil {
		return err
	}
	for i := range raw {
		d := &raw[i].Tool
		d.InputSchema, d.OutputSchema = raw[i].InputSchema, raw[i].OutputSchema
		var schema struct{ Properties map[string]json.RawMessage }
		if err := json.Unmarshal(raw[i].InputSchema, &schema); err != nil {
			return err
		}
		h.tools[i].definition = d
		h.tools[i].arguments = slices.Sorted(maps.Keys(schema.Properties))
	}
	return nil
}

// Serve answers a request of an agent. The body is bounded and has been read already. accepted and rejected are how many rows were
// written, and how many were not.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, agent *stele.Agent, body []byte) (accepted, rejected int) {
	if !utf8.Valid(body) {
		http.Error(w, "the body is not UTF-8", http.StatusBadRequest)
		return 0, 0
	}
	if first := firstByte(body); first == '[' { // one batch would be many requests, and be counted as one
		http.Error(w, "batches are not taken: send one message in a request", http.StatusBadRequest)
		return 0, 0
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.Timeout)
	defer cancel()
	s := &session{Handler: h, agent: agent, ctx: ctx, client: r.UserAgent()}
	s.server = sdk.NewServer(&h.program, &h.options)
	s.server.AddReceivingMiddleware(s.receive)
	h.http.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, s)))
	return s.accepted, s.rejected
}

func firstByte(body []byte) byte {
	for _, c := range body {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// serverOf is the server of a request's session.
func serverOf(r *http.Request) *sdk.Server { return r.Context().Value(sessionKey{}).(*session).server }

// receive is the way through every message. Tools are answered here and not by what the SDK keeps of them: to hand it them anew for
// each request took most of a request's time. Resources are tables, which no server knows beforehand.
func (s *session) receive(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (res sdk.Result, err error) {
		defer func() { // it runs on a goroutine of the SDK, where a panic would end the process
			if p := recover(); p != nil {
				s.Log.Error("panic", "value", p, "stack", string(debug.Stack()), "agent", s.agent.ID())
				res, err = nil, errInternal
			}
		}()
		switch r := req.(type) {
		case *sdk.ListToolsRequest:
			return s.listTools(), nil
		case *sdk.CallToolRequest:
			return s.callTool(r.Params)
		case *sdk.ListResourcesRequest:
			return s.listResources(r.Params)
		case *sdk.ListResourceTemplatesRequest:
			return listTemplates(), nil
		case *sdk.ReadResourceRequest:
			return s.readResource(r.Params.URI)
		case *sdk.SubscriptionsListenRequest: // a stream that never has anything to tell
			return nil, errNoStreams
		}
		return next(ctx, method, req)
	}
}

// listTools lists the tools that the key may call.
func (s *session) listTools() sdk.Result {
	res := &sdk.ListToolsResult{Tools: []*sdk.Tool{}, Cacheable: private}
	for _, t := range s.tools {
		if s.agent.Key.Scope&t.scope != 0 {
			res.Tools = append(res.Tools, t.definition)
		}
	}
	return res
}

// callTool calls a tool. What is wrong is the tool's answer, not the protocol's: a model reads it and mends its call.
func (s *session) callTool(p *sdk.CallToolParamsRaw) (sdk.Result, error) {
	at := slices.IndexFunc(s.tools, func(t tool) bool { return t.definition.Name == p.Name && s.agent.Key.Scope&t.scope != 0 })
	if at < 0 {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf("unknown tool %q", stele.Shorten(p.Name))}
	}
	if c, ok := p.Meta[clientInfo].(map[string]any); ok { // of newer clients, which say it with each message
		if name, ok := c["name"].(string); ok && name != "" {
			version, _ := c["version"].(string)
			s.client = strings.TrimSuffix(name+"/"+version, "/")
		}
	}
	var r *reply
	a, err := readArguments(&s.tools[at], p.Arguments)
	if err == nil {
		r, err = s.tools[at].call(s.ctx, s, a)
	}
	if err != nil {
		r = &reply{text: s.explain(err).Error(), failed: true}
	}
	res := &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: r.text}}, IsError: r.failed}
	if r.structured != nil {
		res.StructuredContent = json.RawMessage(r.structured)
	}
	return res, nil
}

var (
	errInternal  = errors.New("internal error")
	errNoStreams = errors.New("subscriptions are not offered: nothing is told without being asked")
)

// explain is what the caller may know of an error. What is none of its doing goes to the log.
func (s *session) explain(err error) error {
	refused, ok := errors.AsType[*stele.Error](err)
	switch {
	case ok && refused.RetryAfter > 0:
		return fmt.Errorf("%w; try again in %s", refused, refused.RetryAfter.Round(time.Second))
	case ok:
		return refused
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("the request took longer than it may, and was not applied")
	case errors.Is(err, context.Canceled):
		return errors.New("the request was given up")
	}
	s.Log.Error("internal error", "error", err.Error(), "agent", s.agent.ID())
	return errInternal
}
