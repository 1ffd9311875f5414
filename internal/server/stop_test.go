package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// open begins an import and returns once the server asks for its body: the request is in flight then.
func open(t *testing.T, r *running, table string) (c net.Conn, answer *bufio.Reader, body string) {
	t.Helper()
	c, err := net.Dial("tcp", r.API.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	body = fmt.Sprintf(`{"table_id":%q,"records":[{"a":"in flight"}]}`, table)
	_, err = fmt.Fprintf(c, "POST /v1/database/import/records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", r.key(t), len(body))
	if err != nil {
		t.Fatal(err)
	}
	answer = bufio.NewReader(c)
	if line, err := answer.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := answer.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return c, answer, body
}

// refusesConnections waits until nothing listens any more.
func refusesConnections(t *testing.T, a net.Addr) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		c, err := net.Dial("tcp", a.String())
		if err != nil {
			return
		}
		_ = c.Close()
	}
	t.Fatal("it still listens")
}

func TestGracefulStop(t *testing.T) {
	t.Parallel()
	r := run(t, testConfig(t))
	c, answer, body := open(t, r, newTable(t, r))
	r.end()
	refusesConnections(t, r.API)
	select {
	case <-r.done:
		t.Fatal("it did not wait for the request in flight")
	default:
	}
	if _, err := io.WriteString(c, body); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(answer, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s, %v", resp.StatusCode, b, err)
	}
	r.stop(t)
}

func TestDrainEnds(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Drain = 10 * time.Millisecond
	r := run(t, cfg)
	_, answer, _ := open(t, r, newTable(t, r))
	r.stop(t)
	if _, err := http.ReadResponse(answer, nil); err == nil {
		t.Error("a request that was cut got an answer")
	}
	if !strings.Contains(r.stderr.String(), "requests were cut") {
		t.Errorf("the log does not say so:\n%s", r.stderr)
	}
}

func TestBrokenListenerEndsTheRun(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	ls, err := bind(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	log := newLog(io.Discard, &cfg)
	s := &server{cfg: &cfg, log: log, cut: func() {}}
	s.api, s.metrics = newHTTPServer(http.NotFoundHandler(), 0, log), newHTTPServer(http.NotFoundHandler(), 0, log)
	err = s.serve(context.Background(), ls, Process{Stdout: io.Discard, Listening: func(Addresses) { ls.close() }})
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ended with %v", err)
	}
	if s.ready(context.Background()) == nil {
		t.Error("a server that has stopped says it is ready")
	}
}

// TestStopWaitsForCutRequests: what a request has begun in the store goes on after its connection is gone, and the store
// must not close before it ends.
func TestStopWaitsForCutRequests(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.MetricsListen, cfg.Drain = Off, 0
	ls, err := bind(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	log := newLog(io.Discard, &cfg)
	requests, cut := context.WithCancel(context.Background())
	var stopped, finished atomic.Bool
	begun := make(chan struct{})
	s := &server{cfg: &cfg, log: log, cut: cut, metrics: newHTTPServer(nil, 0, log)}
	s.api = newHTTPServer(s.tracked(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		for range 10_000 {
			runtime.Gosched()
		}
		finished.Store(!stopped.Load())
	})), 0, log)
	s.api.BaseContext = func(net.Listener) context.Context { return requests }
	ctx, end := context.WithCancel(context.Background())
	go func() {
		c, err := net.Dial("tcp", ls.api.Addr().String())
		if err == nil {
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			<-begun
			end()
			_ = c.Close()
		}
	}()
	if err := s.serve(ctx, ls, Process{Stdout: io.Discard}); err != nil {
		t.Error(err)
	}
	if stopped.Store(true); !finished.Load() {
		t.Error("serve returned while a request was at work")
	}
}
