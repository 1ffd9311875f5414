package client_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"stele/client"
	"stele/internal/server"
	"stele/internal/sqlite"
)

func TestMain(m *testing.M) {
	sqlite.ServeIfWorker() // questions are answered by processes of their own, which this program is too
	m.Run()
}

// clock passes only while somebody waits by it.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return nil
}

func (c *clock) waits() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.slept
}

// alone is an HTTP client that keeps no connection, so that nothing below the client sends a request again.
func alone() *http.Client { return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} }

// demo starts a server for an example.
func demo() (c *client.Client, stop func()) {
	dir, err := os.MkdirTemp("", "stele-example")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var stdout strings.Builder
	cfg := config()
	cfg.Data = filepath.Join(dir, "data")
	listening, done := make(chan server.Addresses, 1), make(chan error, 1)
	go func() {
		done <- server.Run(ctx, cfg, server.Process{Stdout: &stdout, Stderr: io.Discard, Listening: func(a server.Addresses) { listening <- a }})
	}()
	select {
	case a := <-listening:
		c = client.New("http://"+a.API.String(), regexp.MustCompile(`app-\w+`).FindString(stdout.String()))
	case err := <-done:
		log.Fatal(err)
	}
	c.HTTP = alone()
	return c, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			log.Fatal(err)
		}
		_ = os.RemoveAll(dir)
	})
}

func config() server.Config {
	return server.Config{
		Listen: "127.0.0.1:0", MetricsListen: server.Off, Dialect: "legacy", AdminKey: "adm-0123456789abcdef",
		Timeout: 5 * time.Minute, Drain: time.Minute, BodyMemory: 256 << 20, MaxOpenAgents: 256,
	}
}

// parcels makes a table of three records.
func parcels(ctx context.Context, c *client.Client) (table string) {
	table, err := c.CreateTable(ctx, client.NewTable{Name: "parcels", Description: "parcels on their way", Fields: []client.Field{
		{Name: "code", Type: client.Text, Required: true, Unique: true}, {Name: "weight_g", Type: client.Int},
	}})
	if err == nil {
		_, err = c.Import(ctx, table, []client.Row{{"code": "PX-1", "weight_g": 1200}, {"code": "PX-2", "weight_g": 800}, {"code": "PX-3"}})
	}
	if err != nil {
		log.Fatal(err)
	}
	return table
}
