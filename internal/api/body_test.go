package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// raw is a bare connection: a client that writes what it likes, and reads only when it is done.
type raw struct {
	t *testing.T
	net.Conn
}

func (g *rig) dial(t *testing.T) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &raw{t, conn}
}

// head writes the head of a request.
func (c *raw) head(method, path, key string, lines ...string) {
	c.t.Helper()
	head := method + " " + path + " HTTP/1.1\r\nHost: stele\r\n"
	if key != "" {
		head += "Authorization: Bearer " + key + "\r\n"
	}
	for _, line := range lines {
		head += line + "\r\n"
	}
	if _, err := io.WriteString(c, head+"\r\n"); err != nil {
		c.t.Fatalf("sending the head: %v", err)
	}
}

// fill writes n bytes.
func (c *raw) fill(n int) {
	c.t.Helper()
	block := strings.Repeat(" ", mib)
	for ; n > 0; n -= len(block) {
		if _, err := io.WriteString(c, block[:min(n, len(block))]); err != nil {
			c.t.Fatalf("the server does not listen to the end: %v with %d bytes to go", err, n)
		}
	}
}

// answer reads what comes back.
func (c *raw) answer(status, code int) *http.Response {
	c.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		c.t.Fatalf("reading the answer: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if got := (reply{body: string(b)}).code(); err != nil || resp.StatusCode != status || got != code {
		c.t.Errorf("answered %d %s, %v; want %d with code %d", resp.StatusCode, b, err, status, code)
	}
	return resp
}

// A client that sends 30 MB too much reads its answer when it is done; so does one that should not have sent at all.
func TestTooMuch(t *testing.T) { eachStore(t, testTooMuch) }

func testTooMuch(t *testing.T, s *store) {
	const extra = 30_000_000
	g := s.rig(t)
	c := g.agent("much")
	limited := c.with(`{"rpm":1}`)
	g.want(limited.get(pathVerify), 200, 0)
	cases := []struct {
		name, method, path, key string
		limit, status, code     int
	}{
		{"delete", "POST", pathDelete, c.key, 8 * mib, 413, 40000},
		{"import", "POST", pathImport, c.key, 64 * mib, 413, 40000},
		{"admin", "POST", "/admin/v1/agents", adminSecret, adminBody, 413, 40000},
		{"no key", "POST", pathImport, "", 0, 401, 40127},
		{"no path", "POST", "/v1/nothing", c.key, 0, 404, 40400},
		{"no method", "PUT", pathImport, c.key, 0, 405, 40000},
		{"too often", "POST", pathImport, limited.key, 0, 429, 40008},
		{"a body nobody looks at", "GET", pathVerify, c.key, 0, 200, 0},
	}
	for _, tc := range cases {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/chunked=%t", tc.name, chunked), func(t *testing.T) {
				conn := g.dial(t)
				if !chunked {
					conn.head(tc.method, tc.path, tc.key, fmt.Sprintf("Content-Length: %d", tc.limit+extra))
					conn.fill(tc.limit + extra)
				} else {
					conn.head(tc.method, tc.path, tc.key, "Transfer-Encoding: chunked")
					for n := tc.limit + extra; n > 0; n -= mib {
						_, _ = fmt.Fprintf(conn, "%x\r\n", mib)
						conn.fill(mib)
						_, _ = fmt.Fprint(conn, "\r\n")
					}
					_, _ = fmt.Fprint(conn, "0\r\n\r\n")
				}
				conn.answer(tc.status, tc.code)
			})
		}
	}
}

// A client that asks before it sends is told at once, and never asked for what would be refused.
func TestExpectContinue(t *testing.T) { eachStore(t, testExpectContinue) }

func testExpectContinue(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("expect")
	for key, status := range map[string]int{"": 401, c.key: 413} {
		conn := g.dial(t)
		conn.head("POST", pathDelete, key, fmt.Sprintf("Content-Length: %d", 9*mib), "Expect: 100-continue")
		conn.answer(status, map[int]int{401: 40127, 413: 40000}[status])
	}
	conn := g.dial(t)
	conn.head("POST", pathTables, c.key, "Content-Length: 2", "Expect: 100-continue", "Connection: close")
	r := bufio.NewReader(conn)
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("%q, %v", line, err)
	}
	_, _ = r.ReadString('\n')
	_, _ = fmt.Fprint(conn, "{}")
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 200") {
		t.Fatalf("%q, %v", line, err)
	}
}

// A body that breaks off is refused, and nothing of it is applied: not even when what came is valid by itself.
func TestBrokenOff(t *testing.T) { eachStore(t, testBrokenOff) }

func testBrokenOff(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("broken")
	id := c.table(plain)
	body := `{"table_id":"` + id + `","records":[{"n":1}]}`
	zipped := zip(body)
	cases := []struct {
		name, sent string
		lines      []string
	}{
		{"a byte short", body, []string{fmt.Sprintf("Content-Length: %d", len(body)+1)}},
		{"nothing at all", "", []string{fmt.Sprintf("Content-Length: %d", len(body))}},
		{"no last chunk", fmt.Sprintf("%x\r\n%s\r\n", len(body), body), []string{"Transfer-Encoding: chunked"}},
		{"a chunk without end", fmt.Sprintf("%x\r\n%s", len(body)+5, body), []string{"Transfer-Encoding: chunked"}},
		{"a chunk without size", "x\r\n" + body, []string{"Transfer-Encoding: chunked"}},
		{"gzip", zipped[:len(zipped)-1], []string{fmt.Sprintf("Content-Length: %d", len(zipped)), "Content-Encoding: gzip"}},
		{"gzip without its sum", zipped[:len(zipped)-8], []string{fmt.Sprintf("Content-Length: %d", len(zipped)-8), "Content-Encoding: gzip"}},
		{"gzip of nothing", "", []string{"Content-Length: 1", "Content-Encoding: gzip"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			conn := g.dial(t)
			conn.head("POST", pathImport, c.key, tc.lines...)
			_, _ = fmt.Fprint(conn, tc.sent)
			if err := conn.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			conn.answer(400, 40000)
		})
	}
	if n := c.records(id, "").Total; n != 0 {
		t.Errorf("%d records, want none", n)
	}
}

// A client that stops sending is not waited for without end, whether its body is wanted or not.
func TestStalled(t *testing.T) { eachStore(t, testStalled) }

func testStalled(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("stalled")
	g.handler.arrival, g.handler.leave = time.Millisecond, time.Millisecond
	conn := g.dial(t)
	conn.head("POST", pathImport, c.key, "Content-Length: 1000")
	_, _ = fmt.Fprint(conn, `{"table_id":`)
	conn.answer(400, 40000)
	conn = g.dial(t)
	conn.head("POST", pathImport, "", "Content-Length: 1000")
	conn.answer(401, 40127)
	conn = g.dial(t)
	conn.head("POST", pathImport, c.key, "Content-Length: 1000", "Content-Encoding: gzip")
	_, _ = fmt.Fprint(conn, zip("{}")[:12])
	conn.answer(400, 40000)
}

// Bodies of unknown length are read whole up to their limit, in whatever pieces they come.
func TestReadAll(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, 1, 100, firstStep - 1, firstStep, firstStep + 1, 3*firstStep + 7} {
		for _, n := range []int{0, 1, limit - 1, limit, limit + 1, limit + firstStep} {
			if n < 0 {
				continue
			}
			text := strings.Repeat("0123456789", n/10+1)[:n]
			for _, slow := range []func(io.Reader) io.Reader{
				func(r io.Reader) io.Reader { return r }, iotest.HalfReader, iotest.DataErrReader,
			} {
				l := &loan{of: newBudget(0, limit)}
				b, err := l.readAll(context.Background(), slow(strings.NewReader(text)), limit)
				if n <= limit && (err != nil || string(b) != text) || n > limit && err != errTooLarge {
					t.Errorf("limit %d, %d bytes: %d bytes, %v", limit, n, len(b), err)
				}
				if err == nil && l.n < int64(len(b)) {
					t.Errorf("limit %d: %d bytes are held on a loan of %d", limit, len(b), l.n)
				}
			}
		}
	}
}
