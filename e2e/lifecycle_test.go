package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestGracefulStop stops the server under load and with a request whose body is half sent. All that were answered are
// kept, all that had begun are finished, and the process ends well.
func TestGracefulStop(t *testing.T) { eachStore(t, testGracefulStop) }

func testGracefulStop(t *testing.T, s *store) {
	c := s.start(t, "--drain", "60s")
	agent, err := c.agent(t.Context())
	no(t, err)
	table, err := agent.createTable(t.Context(), "parcels", key("code"))
	no(t, err)
	half := beginRequest(t, agent, http.MethodPost, pathImport, fmt.Sprintf(`{"table_id":%q,"records":[{"code":"half sent"}]}`, table))

	var acked sync.Map
	var acks atomic.Int64
	enough := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				code := fmt.Sprintf("PX-%d-%d", w, i)
				a, err := agent.post(t.Context(), pathImport, row{"table_id": table, "records": []row{{"code": code}}})
				if err != nil || a.status == http.StatusServiceUnavailable {
					return // the server has stopped listening
				}
				if a.status != http.StatusOK {
					t.Errorf("an import while the server stops: %s", a)
					return
				}
				acked.Store(code, true)
				if acks.Add(1) == 50 {
					close(enough)
				}
			}
		})
	}
	<-enough
	p := c.terminate()
	wg.Wait() // all of them have been refused: the server takes no more
	half.finish(t)
	c.ended(p)
	c.begin()
	seen := map[string]bool{}
	rs, err := agent.all(t.Context(), table)
	no(t, err)
	for _, r := range rs {
		seen[r.Value["code"].(string)] = true
	}
	acked.Range(func(code, _ any) bool {
		if !seen[code.(string)] {
			t.Errorf("%s was acknowledged and is gone", code)
		}
		return true
	})
	if !seen["half sent"] {
		t.Error("the request that was under way at the stop was answered and is gone")
	}
	t.Logf("%d writes were acknowledged before the stop, %d records are there", acks.Load(), len(rs))
}

// halfSent is a request whose handler waits for the rest of its body.
type halfSent struct {
	conn net.Conn
	in   *bufio.Reader
	rest string
}

// beginRequest sends a request up to the middle of its body. The server has begun to read the body when this returns: it
// has asked for it.
func beginRequest(t *testing.T, c caller, method, path, body string) *halfSent {
	t.Helper()
	base, _ := c.child.now()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	no(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: stele\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		method, path, c.key, len(body))
	no(t, err)
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	no(t, err)
	if !strings.Contains(line, " 100 ") {
		t.Fatalf("the server did not ask for the body: %q", line)
	}
	_, err = in.ReadString('\n')
	no(t, err)
	_, err = io.WriteString(conn, body[:len(body)/2])
	no(t, err)
	return &halfSent{conn, in, body[len(body)/2:]}
}

// finish sends the rest and wants a success.
func (h *halfSent) finish(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(h.conn, h.rest)
	no(t, err)
	resp, err := http.ReadResponse(h.in, nil)
	no(t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	no(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("a request in flight at the stop got %d %s", resp.StatusCode, b)
	}
}

// TestRestartKeepsEverything stops the server and starts it again: keys, tables, tasks and kept answers are as they were.
func TestRestartKeepsEverything(t *testing.T) { eachStore(t, testRestartKeepsEverything) }

func testRestartKeepsEverything(t *testing.T, s *store) {
	c := s.start(t)
	ctx := t.Context()
	agent, err := c.agent(ctx)
	no(t, err)
	table, err := agent.createTable(ctx, "parcels", key("code"), field{Name: "weight_g", Type: "INT"})
	no(t, err)
	writes := []struct {
		path string
		body any
	}{
		{pathCreate, draft("orders", key("code"))},
		{pathImport, row{"table_id": table, "records": []row{{"code": "PX-1", "weight_g": 1}, {"code": "PX-2", "weight_g": "heavy"}, {"code": "PX-3"}}}},
		{pathUpdate, row{"table_id": table, "update_data": []row{{"filter": row{"code": "PX-1"}, "updated_fields": row{"weight_g": 2}}}}},
		{pathDelete, row{"table_id": table, "delete_data": []row{{"filter": row{"code": "PX-3"}}}}},
	}
	var first []answer
	for i, w := range writes {
		a, err := agent.post(ctx, w.path, w.body, "Idempotency-Key", fmt.Sprint("write-", i))
		no(t, firstOf(err, a.is(http.StatusOK, 0)))
		first = append(first, a)
	}
	imported, err := taskID(first[1], nil)
	no(t, err)
	before := snapshot(ctx, t, agent, table, imported)
	c.stop()
	c.begin()
	if after := snapshot(ctx, t, agent, table, imported); after != before {
		t.Errorf("before the restart:\n%s\nafter it:\n%s", before, after)
	}
	for i, w := range writes {
		a, err := agent.post(ctx, w.path, w.body, "Idempotency-Key", fmt.Sprint("write-", i))
		no(t, err)
		if a.status != first[i].status || string(a.body) != string(first[i].body) || a.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s repeated after a restart: %s, first %s", w.path, a, first[i])
		}
		a, err = agent.post(ctx, w.path, row{"table_id": table, "another": "body"}, "Idempotency-Key", fmt.Sprint("write-", i))
		no(t, firstOf(err, a.is(http.StatusConflict, 40000)))
	}
	if after := snapshot(ctx, t, agent, table, imported); after != before {
		t.Errorf("repeats have changed\n%s\nto\n%s", before, after)
	}
}

// snapshot is all that an agent sees, as text.
func snapshot(ctx context.Context, t *testing.T, agent caller, table, task string) string {
	t.Helper()
	var b strings.Builder
	for _, path := range []string{pathVerify, pathTables, pathResults + "?ids=" + task} {
		a, err := agent.get(ctx, path)
		no(t, firstOf(err, a.is(http.StatusOK, 0)))
		fmt.Fprintf(&b, "%s\n", a.body)
	}
	a, err := agent.post(ctx, pathRecords, row{"table_id": table, "page": 1, "page_size": 100})
	no(t, firstOf(err, a.is(http.StatusOK, 0)))
	fmt.Fprintf(&b, "%s\n", a.body)
	return b.String()
}

// TestLostCatalog deletes the catalog of a stopped server: the agents' data is adopted, old keys are refused, a new key
// reads the old rows, and the tables are again known to be somebody's.
func TestLostCatalog(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	ctx := t.Context()
	var agents []caller
	var tables []string
	for range 3 {
		agent, err := c.agent(ctx)
		no(t, err)
		table, err := agent.createTable(ctx, "parcels", key("code"), field{Name: "whose", Type: "TEXT"})
		no(t, err)
		no(t, agent.importAll(ctx, table, []row{{"code": "PX-1", "whose": agent.name}, {"code": "PX-2", "whose": agent.name}}))
		agents, tables = append(agents, agent), append(tables, table)
	}
	c.stop()
	files, err := filepath.Glob(filepath.Join(c.at.place(), "catalog.db*"))
	no(t, err)
	if len(files) == 0 {
		t.Fatal("there is no catalog.db to lose")
	}
	for _, f := range files {
		no(t, os.Remove(f))
	}
	c.begin()
	for i, agent := range agents {
		a, err := agent.get(ctx, pathVerify)
		no(t, firstOf(err, a.is(http.StatusUnauthorized, 40127)))
		agent.key, err = c.newKey(ctx, agent.id)
		no(t, err)
		rs, err := agent.all(ctx, tables[i])
		no(t, err)
		if len(rs) != 2 || rs[0].Value["whose"] != agent.name || rs[1].Value["whose"] != agent.name {
			t.Errorf("the adopted agent reads %v", rs)
		}
		if ts, err := agent.tables(ctx); err != nil || len(ts) != 1 || ts[0].ID != tables[i] {
			t.Errorf("the adopted agent lists %v, %v", ts, err)
		}
		a, err = agent.post(ctx, pathRecords, row{"table_id": tables[(i+1)%3]})
		no(t, firstOf(err, a.is(http.StatusForbidden, 403131)))
		no(t, agent.importAll(ctx, tables[i], []row{{"code": "PX-3", "whose": agent.name}}))
	}
}

// TestSecondStart wants a second server on the same directory to be refused in one line, and the first to go on.
func TestSecondStart(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	p := c.launch()
	<-p.exited
	out := strings.TrimSpace(p.out.String())
	if p.err == nil || strings.Count(out, "\n") != 0 || !strings.Contains(out, "in use") {
		t.Errorf("a second start ended with %v and said %q", p.err, out)
	}
	if !c.ready() {
		t.Error("the first server is not ready any more")
	}
}
