package sqlite

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"stele"
)

// Writers who wait ride one commit, at most as many as Options.CommitWriters says.
func TestCommitWriters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		writers int
		commits int // of six writers, of whom five wait while the first one works
	}{
		{"all that wait", 0, 1},
		{"a commit each", 1, 6},
		{"three to a commit", 3, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, t.TempDir(), Options{CommitWriters: c.writers})
			a := stele.AgentInfo{ID: stele.NewAgentID(time.Now()), Name: "a", Created: 1}
			if err := s.CreateAgent(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			err := s.agents.use(t.Context(), a.ID, func(f *agentFile) error {
				if got := commitsOf(t, f, 6); got != c.commits {
					t.Errorf("%d commits, want %d", got, c.commits)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// commitsOf lets so many writers add a row each, all waiting behind the first one, and counts commits: a writer sees by
// another connection how many rows were committed before its own transaction, so as many different numbers are seen as
// there were transactions.
func commitsOf(t *testing.T, f *agentFile, writers int) int {
	t.Helper()
	if err := f.writer.alone(func(c *conn) error { return c.script("CREATE TABLE _rows(x)") }); err != nil {
		t.Fatal(err)
	}
	var seen []int64 // one writer at a time
	add := func(before func()) *op {
		return &op{rows: 1, do: func(c *conn) error {
			before()
			err := f.read(t.Context(), false, func(r *conn) error {
				n, err := r.single("SELECT count(*) FROM _rows")
				seen = append(seen, n)
				return err
			})
			if err != nil {
				return err
			}
			return c.exec("INSERT INTO _rows VALUES (1)")
		}}
	}
	begun, all := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	write := func(o *op) {
		wg.Go(func() {
			if err := f.writer.write(t.Context(), o); err != nil {
				t.Error(err)
			}
		})
	}
	write(add(func() { close(begun); <-all }))
	<-begun
	for range writers - 1 {
		write(add(func() {}))
	}
	for waiting := 0; waiting < writers-1; runtime.Gosched() {
		f.writer.mu.Lock()
		waiting = len(f.writer.queue)
		f.writer.mu.Unlock()
	}
	close(all)
	wg.Wait()
	if len(seen) != writers {
		t.Fatalf("%d writers wrote, want %d", len(seen), writers)
	}
	different := make(map[int64]bool)
	for _, n := range seen {
		different[n] = true
	}
	return len(different)
}
