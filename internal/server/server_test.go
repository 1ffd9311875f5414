package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"stele/client"
	"stele/internal/sqlite"
)

// TestMain fails when a server has left a goroutine behind.
func TestMain(m *testing.M) {
	sqlite.ServeIfWorker()
	goleak.VerifyTestMain(m)
}

// running is a server within the test.
type running struct {
	Addresses
	stdout, stderr *buffer
	end            context.CancelFunc
	done           chan struct{}
	err            error // once done is closed
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// run starts a server and waits until it answers.
func run(t *testing.T, cfg Config) *running {
	t.Helper()
	return runAs(t, cfg, Process{})
}

// runAs is run with what p sets beyond outputs, version and addresses.
func runAs(t *testing.T, cfg Config, p Process) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{stdout: new(buffer), stderr: new(buffer), end: cancel, done: make(chan struct{})}
	listening := make(chan Addresses, 1)
	go func() {
		defer close(r.done)
		p.Stdout, p.Stderr, p.Version, p.Listening = r.stdout, r.stderr, "test", func(a Addresses) { listening <- a }
		r.err = Run(ctx, cfg, p)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
		http.DefaultClient.CloseIdleConnections()
	})
	select {
	case r.Addresses = <-listening:
	case <-r.done:
		t.Fatalf("it did not start: %v", r.err)
	}
	return r
}

// stop ends the server and waits for it.
func (r *running) stop(t *testing.T) {
	t.Helper()
	r.end()
	if <-r.done; r.err != nil {
		t.Errorf("it ended with %v", r.err)
	}
}

func (r *running) url() string { return baseURL(r.API) }

var printedKey = regexp.MustCompile(`(?m)^    (app-\w{43})$`)

// key is the API key that a first start printed.
func (r *running) key(t *testing.T) string {
	t.Helper()
	m := printedKey.FindStringSubmatch(r.stdout.String())
	if m == nil {
		t.Fatalf("no key was printed:\n%s", r.stdout)
	}
	return m[1]
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestFirstStartAndLater(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	first := run(t, cfg)
	api := client.Client{URL: first.url(), Key: first.key(t), Retry: client.RetryPolicy{Attempts: 1}}
	agent, err := api.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	adminKey, err := os.ReadFile(filepath.Join(cfg.Data, "admin.key"))
	if err != nil {
		t.Fatal(err)
	}
	secrets := regexp.MustCompile(`app-\w{20}|adm-\w{20}`)
	if strings.Contains(first.stdout.String(), strings.TrimSpace(string(adminKey))) || secrets.MatchString(first.stderr.String()) {
		t.Errorf("a secret was shown:\n%s%s", first.stdout, first.stderr)
	}
	admin := client.Client{URL: first.url(), Key: strings.TrimSpace(string(adminKey)), Retry: client.RetryPolicy{Attempts: 1}}
	if as, err := client.Collect(admin.Agents(context.Background())); err != nil || len(as) != 1 || as[0].Name != "default" || as[0].ID != agent {
		t.Errorf("agents: %v, %v", as, err)
	}
	first.stop(t)

	second := run(t, cfg)
	want := fmt.Sprintf("stele listens on %[1]s, console on %[1]s/console/, metrics on %[2]s/metrics, data in %[3]s\n", second.url(), baseURL(second.Metrics), cfg.Data)
	if got := second.stdout.String(); got != want {
		t.Errorf("a later start printed %q, want %q", got, want)
	}
	api.URL = second.url()
	if again, err := api.Verify(context.Background()); err != nil || again != agent {
		t.Errorf("after the restart the key opens %q, %v", again, err)
	}
	second.stop(t)
}

func TestLostCatalog(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	r := run(t, cfg)
	r.stop(t)
	files, err := filepath.Glob(filepath.Join(cfg.Data, "catalog.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalog: %v, %v", files, err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	r = run(t, cfg)
	if out := r.stdout.String(); !strings.Contains(out, "Found 1 agents that the catalog did not know") || printedKey.MatchString(out) {
		t.Errorf("it printed %q", out)
	}
	r.stop(t)
}

// TestStartRefused: what is printed is one line, and it names the way out.
func TestStartRefused(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	r := run(t, cfg)
	for want, change := range map[string]func(*Config){
		"is in use by another stele":                                                      func(c *Config) { c.Data = cfg.Data },
		"choose another address with --listen (STELE_LISTEN)":                             func(c *Config) { c.Listen = r.API.String() },
		"choose another address with --metrics-listen (STELE_METRICS_LISTEN)":             func(c *Config) { c.MetricsListen = r.Metrics.String() },
		"--dialect must be":                                                               func(c *Config) { c.Dialect = "swahili" },
		"cannot listen on the address of --listen (STELE_LISTEN): listen tcp 192.0.2.1:0": func(c *Config) { c.Listen = "192.0.2.1:0" },
		"opening the data directory":                                                      func(c *Config) { c.Data = filepath.Join(cfg.Data, "admin.key") },
		"STELE_ADMIN_KEY holds 1 characters":                                              func(c *Config) { c.AdminKey = "x" },
		"--timeout must be more than 0":                                                   func(c *Config) { c.Timeout = 0 },
	} {
		other := testConfig(t)
		change(&other)
		var stdout, stderr bytes.Buffer
		err := Run(context.Background(), other, Process{Stdout: &stdout, Stderr: &stderr})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || stdout.Len() > 0 {
			t.Errorf("%v; want %q; printed %q", err, want, &stdout)
		}
	}
	r.stop(t)
}

// TestRefusedStartIsNotTheFirst: a directory is fresh until a server has run on it.
func TestRefusedStartIsNotTheFirst(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	cfg := testConfig(t)
	cfg.MetricsListen = busy.Addr().String()
	if err := Run(context.Background(), cfg, Process{Stdout: io.Discard, Stderr: io.Discard}); err == nil {
		t.Fatal("it started on a busy port")
	}
	cfg.MetricsListen = Off
	r := run(t, cfg)
	if r.key(t); r.Metrics != nil {
		t.Errorf("metrics are off, yet on %v", r.Metrics)
	}
	r.stop(t)
}

func newTable(t *testing.T, r *running) string {
	t.Helper()
	c := client.Client{URL: r.url(), Key: r.key(t), Retry: client.RetryPolicy{Attempts: 1}}
	id, err := c.CreateTable(context.Background(), client.NewTable{Name: "t", Description: "d", Fields: []client.Field{{Name: "a", Type: "TEXT", Unique: true}}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	r := run(t, testConfig(t))
	if status, body := get(t, r.url()+"/readyz"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	r.stop(t)
	var s server
	if err := s.ready(context.Background()); err != nil {
		t.Error(err)
	}
	s.stopping.Store(true)
	if s.ready(context.Background()) == nil {
		t.Error("a server that stops says it is ready")
	}
}

// TestMaxOpenAgents: with room for one agent, the second takes the place of the first.
func TestMaxOpenAgents(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.MaxOpenAgents, cfg.AdminKey = 1, "chosen-by-the-operator"
	r := run(t, cfg)
	ctx := context.Background()
	admin := client.Client{URL: r.url(), Key: cfg.AdminKey, Retry: client.RetryPolicy{Attempts: 1}}
	if _, err := admin.CreateAgent(ctx, "other"); err != nil {
		t.Fatal(err)
	}
	k, err := admin.CreateKey(ctx, "other", client.KeySpec{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{r.key(t), k.Secret, r.key(t)} {
		c := client.Client{URL: r.url(), Key: key, Retry: client.RetryPolicy{Attempts: 1}}
		if _, err := client.Collect(c.Tables(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	if _, text := get(t, baseURL(r.Metrics)+"/metrics"); !strings.Contains(text, "\nstele_open_agents 1\n") {
		t.Error("more than one agent is open, or none")
	}
	r.stop(t)
}

func TestLogFormats(t *testing.T) {
	t.Parallel()
	for format, check := range map[string]func(string) bool{
		"text": func(s string) bool { return strings.Contains(s, "level=INFO msg=stopping") },
		"json": func(s string) bool {
			return json.Valid([]byte(strings.Split(s, "\n")[0])) && strings.Contains(s, `"msg":"stopping"`)
		},
	} {
		for level, logged := range map[string]bool{"info": true, "debug": true, "warn": false, "error": false} {
			cfg := testConfig(t)
			cfg.LogFormat, cfg.LogLevel = format, level
			r := run(t, cfg)
			r.stop(t)
			if got := r.stderr.String(); check(got) != logged {
				t.Errorf("%s at %s: %q", format, level, got)
			}
		}
	}
}
