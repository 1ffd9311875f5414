package sqlite

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"stele"
)

// TestTempFiles has one worker sort and set aside more than its page memory, then more than it may, then much again.
func TestTempFiles(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	now := time.Now()
	a := stele.AgentInfo{ID: stele.NewAgentID(now), Name: "a", Created: stele.MillisOf(now)}
	if err := s.CreateAgent(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w, err := startWorker(s.workers.command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.end)
	ask := func(sql string) (answer *stele.Answer, err error) {
		err = s.Database(a.ID).(*database).use(t.Context(), func(f *agentFile) error {
			answer, err = w.ask(t.Context(), time.Now().Add(10*time.Minute), &asked{Path: f.path, SQL: sql, MaxRows: 1 << 20, MaxBytes: 64 << 20})
			return err
		})
		return answer, err
	}
	rightBeyondPages(t, ask)
	_, err = ask(longRecords(tempMost/1_000_000 + 1))
	if f, ok := errors.AsType[*stele.QueryFault](err); !ok || f.Fault != stele.FaultMemory || w.dead {
		t.Fatalf("a sort of more than a worker may: %v, worker dead: %v", err, w.dead)
	}
	rightInLongRecords(t, ask, 40) // there is room only if all was given back
	if runtime.GOOS == "linux" {
		wroteNothing(t, w.cmd.Process.Pid)
	}
}

// rightBeyondPages groups with the sorter, counts with a table that is set aside, and looks up in one with an index.
func rightBeyondPages(t *testing.T, ask func(string) (*stele.Answer, error)) {
	t.Helper()
	const keys, times = 100_000, 3
	c := fmt.Sprintf(`WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n+1 FROM c LIMIT %d), d(k, n) AS MATERIALIZED (SELECT n * 7919 %% %d, n FROM c) `, keys*times, keys)
	got, err := ask(c + `SELECT k, count(*), max((n * 7919 - k) % 100000) FROM d GROUP BY k`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != keys {
		t.Fatalf("%d groups, want %d", len(got.Rows), keys)
	}
	for i, r := range got.Rows {
		if r[0].Int() != int64(i) || r[1].Int() != times || r[2].Int() != 0 {
			t.Fatalf("group %d is %v", i, r)
		}
	}
	got, err = ask(c + `SELECT (SELECT count(DISTINCT 'some longer text ' || k) FROM d), (SELECT count(*) FROM c, d WHERE d.k = c.n)`)
	if err != nil {
		t.Fatal(err)
	}
	if r := got.Rows[0]; r[0].Int() != keys || r[1].Int() != keys*times {
		t.Errorf("distinct texts and pairs are %v", r)
	}
}

// longRecords sorts numbers downwards, each as a text of about a million bytes.
func longRecords(n int) string {
	return fmt.Sprintf(`WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n+1 FROM c LIMIT %d) SELECT n FROM c ORDER BY (1999999 - n) || hex(zeroblob(500000))`, n)
}

func rightInLongRecords(t *testing.T, ask func(string) (*stele.Answer, error), n int) {
	t.Helper()
	got, err := ask(longRecords(n))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != n {
		t.Fatalf("%d rows, want %d", len(got.Rows), n)
	}
	for i, r := range got.Rows {
		if r[0].Int() != int64(n-1-i) {
			t.Fatalf("row %d is %v", i, r)
		}
	}
}

// wroteNothing asks the operating system.
func wroteNothing(t *testing.T, pid int) {
	t.Helper()
	for file, line := range map[string]string{"limits": "Max file size 0 0 bytes", "io": "write_bytes: 0"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Split(string(text), "\n"); !slices.ContainsFunc(lines, func(l string) bool { return strings.Join(strings.Fields(l), " ") == line }) {
			t.Errorf("no line of %s is %q:\n%s", file, line, text)
		}
	}
}
