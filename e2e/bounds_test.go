package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// checkMemory holds the most memory that the process ever had against a bound made of what it may keep of bodies at once.
func checkMemory(t *testing.T, c *child, bodies int64) {
	t.Helper()
	// The program, its page caches and its stacks take some 100 MiB. Of bodies, at most so many bytes are alive at once; the
	// garbage collector lets the heap grow to twice that, and what is decoded from them is as much again at the most.
	bound := 100<<20 + 3*bodies
	most := c.status("VmHWM")
	t.Logf("at most %d MiB resident, bound %d MiB for %d MiB of bodies", most>>20, bound>>20, bodies>>20)
	if most > bound && !raced() {
		t.Errorf("%d MiB resident, want at most %d", most>>20, bound>>20)
	}
}

// largeImport is a legal import of nearly 60 MiB: 10 MB of values, each character written as an escape of six bytes.
func largeImport(table string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"table_id":%q,"records":[`, table)
	text := strings.Repeat(`\u0041`, 10300)
	for i := range 1000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"n":%d,"text":"%s"}`, i, text)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// TestLargeAndSlowBodies has one agent hold connections open with requests that never end, and another send large bodies,
// many at once. The server keeps within its memory, takes large bodies, and answers a third agent all the while.
func TestLargeAndSlowBodies(t *testing.T) { eachStore(t, testLargeAndSlowBodies) }

func testLargeAndSlowBodies(t *testing.T, s *store) {
	long(t)
	const bodies = 256 << 20 // the default of --body-memory
	c := s.start(t)
	ctx := t.Context()
	greedy, err := c.agent(ctx)
	no(t, err)
	heavy, err := c.agent(ctx)
	no(t, err)
	modest, err := c.agent(ctx)
	no(t, err)
	large, err := heavy.createTable(ctx, "large", field{Name: "n", Type: "INT"}, field{Name: "text", Type: "TEXT"})
	no(t, err)
	small, err := modest.createTable(ctx, "small", key("code"))
	no(t, err)

	slow := 0
	for range 20 {
		for _, size := range []int{64 << 20, 16 << 20, 1 << 20, 100 << 10, 5000} { // together they would fill any memory
			slow += stall(t, greedy, size, size/20)
		}
		slow += stall(t, greedy, -1, 500)        // of unknown length
		slow += stall(t, caller{child: c}, 0, 0) // half a header
	}
	body := largeImport(large)
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 5 {
		wg.Go(func() {
			a, err := heavy.send(ctx, http.MethodPost, pathImport, body)
			if err != nil {
				t.Errorf("a large import got no answer: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
			if a.status != http.StatusOK && (a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "") {
				t.Errorf("a large import got %s", a)
			}
		})
	}
	const asked = 60
	for i := range asked {
		err := modest.importAll(ctx, small, []row{{"code": fmt.Sprint("PX-", i)}})
		if err != nil {
			t.Errorf("another agent, request %d: %v", i, err)
			break
		}
		if !c.ready() {
			t.Error("not ready")
		}
	}
	wg.Wait()
	t.Logf("%d stalled connections; large imports of %d MiB by status: %v; %d imports of another agent", slow, len(body)>>20, statuses, asked)
	checkMemory(t, c, bodies)
	if statuses[http.StatusOK] == 0 {
		t.Error("no large import was taken")
	}
	if rs, err := modest.all(ctx, small); err != nil || len(rs) != asked {
		t.Errorf("the other agent has %d records of %d, %v", len(rs), asked, err)
	}
	n := 0
	no(t, heavy.each(ctx, large, func(i int, r record) error {
		n++
		if s, _ := r.Value["text"].(string); len(s) != 10300 || strings.Trim(s, "A") != "" {
			return fmt.Errorf("a text of %d bytes", len(s))
		}
		return nil
	}))
	if n != 1000*statuses[http.StatusOK] {
		t.Errorf("%d records after %d large imports", n, statuses[http.StatusOK])
	}
}

// stall opens a connection with a request that promises a body of size bytes, sends some of it, and then holds still until
// the test ends. A size below zero is an unknown one, 0 is a header without an end. It returns 1, for counting.
func stall(t *testing.T, c caller, size, sent int) int {
	t.Helper()
	base, _ := c.child.now()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	no(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: stele\r\nAuthorization: Bearer %s\r\n", pathImport, c.key)
	switch {
	case size > 0:
		request += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", size, strings.Repeat(" ", sent))
	case size < 0:
		request += fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", sent, strings.Repeat(" ", sent))
	}
	_, err = io.WriteString(conn, request)
	no(t, err)
	return 1
}
