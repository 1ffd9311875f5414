package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// caller is whoever sends requests: an agent, the administrator, or somebody without a key.
type caller struct {
	child  *child
	key    string
	id     string // agent id
	name   string // agent name, "" for none
	prefix string // dialect by path, such as /gptbots
	host   string // dialect by Host
}

// answer is what came back, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string {
	const most = 600
	if len(a.body) > most {
		return fmt.Sprintf("%d %s...", a.status, a.body[:most])
	}
	return fmt.Sprintf("%d %s", a.status, a.body)
}

// number is the published code of a refusal, 0 in a success.
func (a answer) number() int {
	var e struct{ Code int }
	_ = json.Unmarshal(a.body, &e)
	return e.Code
}

// is wants a status and a published number; an answer that differs becomes an error.
func (a answer) is(status, number int) error {
	if a.status != status || a.number() != number {
		return fmt.Errorf("want %d with code %d, got %s", status, number, a)
	}
	return nil
}

// send makes one request. Headers are given as name, value, name, value. Without a whole answer the error says so.
func (c caller) send(ctx context.Context, method, path string, body []byte, headers ...string) (answer, error) {
	base, _ := c.child.now()
	req, err := http.NewRequestWithContext(ctx, method, base+c.prefix+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.GetBody = nil // else net/http itself repeats a request with an Idempotency-Key
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.host != "" {
		req.Host = c.host
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.child.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{resp.StatusCode, resp.Header, b}
	c.child.leaks.scan(c, a)
	return a, nil
}

func (c caller) get(ctx context.Context, path string, headers ...string) (answer, error) {
	return c.send(ctx, http.MethodGet, path, nil, headers...)
}

// post sends a value as JSON.
func (c caller) post(ctx context.Context, path string, value any, headers ...string) (answer, error) {
	b, err := json.Marshal(value)
	if err != nil {
		return answer{}, err
	}
	return c.send(ctx, http.MethodPost, path, b, headers...)
}

// read decodes an answer that must be a success; numbers keep their digits.
func read[T any](a answer, err error) (T, error) {
	var v T
	if err != nil {
		return v, err
	}
	if a.status != http.StatusOK {
		return v, fmt.Errorf("want 200, got %s", a)
	}
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("%w in %s", err, a)
	}
	return v, nil
}

// admin is the administrator of a server.
func (c *child) admin() caller { return caller{child: c, key: adminKey} }

// agent makes an agent with a key for everything. Its name is one that the scanner knows for a name.
func (c *child) agent(ctx context.Context) (caller, error) {
	var b [6]byte
	_, _ = rand.Read(b[:])
	name := "agent-" + hex.EncodeToString(b[:])
	type made struct{ ID string }
	a, err := read[made](c.admin().post(ctx, "/admin/v1/agents", map[string]any{"name": name}))
	if err != nil {
		return caller{}, err
	}
	key, err := c.newKey(ctx, name)
	return caller{child: c, key: key, id: a.ID, name: name}, err
}

// newKey makes a key for everything for the agent of that id or name.
func (c *child) newKey(ctx context.Context, agent string) (string, error) {
	type made struct{ Key string }
	k, err := read[made](c.admin().post(ctx, "/admin/v1/agents/"+agent+"/keys", map[string]any{"scopes": []string{"read", "write", "schema"}}))
	switch {
	case err != nil:
		return "", err
	case !apiKey.MatchString(k.Key):
		return "", fmt.Errorf("the API key has an odd form: %d characters", len(k.Key))
	}
	c.leaks.know(k.Key)
	return k.Key, nil
}

// sqliteField is the one field name with a forbidden word in it that a test gives a table.
const sqliteField = "sqlite_master"

// forbidden are words of engines, of Go and of the machine that no caller may read. Tests never send them.
func forbidden() []string {
	return []string{
		"sqlite", "SQLITE", "SQLite", "SQL logic", "constraint failed", "UNIQUE constraint", "database is locked", "no such table:",
		"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "zombiezen", "modernc", "catalog.db", ".db-wal", "/tmp/", "goroutine ", "runtime error",
		"panic", ".go:", "context deadline", "context canceled", "broken pipe", "connection reset", "invalid character", "cannot unmarshal", "jsontext",
		"malformed", "disk image", "not a database", "damaged",
		"postgres", "Postgres", "pgx", "pgconn", "pg_", "SQLSTATE", "stele_catalog", `relation "`, `column "`, "duplicate key", "violates", "deadlock",
		"unexpected EOF", "conn closed", "closed pool", "connection refused",
	}
}

var (
	agentName = regexp.MustCompile(`agent-[0-9a-f]{12}`)
	apiKey    = regexp.MustCompile(`^app-[0-9A-Za-z]{32,}$`)
)

// scanner looks at every answer for what its caller must not learn. What an agent stores is marked with its name, so that
// it is known wherever it turns up.
type scanner struct {
	words []string

	mu    sync.Mutex
	keys  []string
	found int
}

var randomSecret = regexp.MustCompile(`app-[A-Za-z0-9_-]{43}`)

func (s *scanner) know(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, key)
}

func (s *scanner) secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keys)
}

func (s *scanner) scan(c caller, a answer) {
	var problems []string
	body := strings.ReplaceAll(string(a.body), sqliteField, "")
	if a.status >= 500 && a.status != http.StatusServiceUnavailable && !c.child.broken {
		problems = append(problems, "an internal error")
	}
	words := randomSecret.ReplaceAllString(body, "") // in which any word may come up
	for _, w := range s.words {
		if strings.Contains(words, w) {
			problems = append(problems, fmt.Sprintf("the word %q", w))
		}
	}
	if c.key != adminKey {
		if strings.Contains(body, "app-") {
			problems = append(problems, "an API key")
		}
		if strings.Contains(body, "agent-") { // mostly not: the expression is slow on long pages
			for _, name := range agentName.FindAllString(body, -1) {
				if name != c.name {
					problems = append(problems, "the name of another agent, "+name)
					break
				}
			}
		}
	}
	if want := "application/json; charset=utf-8"; strings.HasPrefix(body, "{") && a.header.Get("Content-Type") != want {
		problems = append(problems, "the Content-Type "+a.header.Get("Content-Type"))
	}
	if len(problems) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found++; s.found <= 5 { // the first ones say it all
		c.child.t.Errorf("an answer to %s has %s: %s", who(c), strings.Join(problems, ", "), a)
	}
}

func who(c caller) string {
	switch {
	case c.key == adminKey:
		return "the administrator"
	case c.name == "":
		return "somebody"
	}
	return c.name
}
