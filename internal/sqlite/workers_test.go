package sqlite

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stele"
)

// mortal is the command line's word for a worker that dies at its first question, or at its second.
const mortal = "mortal-query-worker"

// counted is the command line's word for a worker that leaves a file with its number in the folder that its last argument names.
const counted = "counted-query-worker"

// serveIfCounted serves as such a worker, if this program was started as one.
func serveIfCounted() {
	if len(os.Args) != 3 || os.Args[1] != counted {
		return
	}
	f, err := os.Create(filepath.Join(os.Args[2], strconv.Itoa(os.Getpid())))
	if err != nil || f.Close() != nil {
		os.Exit(1)
	}
	os.Exit(ServeWorker(os.Stdin, os.Stdout))
}

// dieIfMortal serves as a worker that dies as its last argument says, if this program was started as one.
func dieIfMortal() {
	if len(os.Args) != 3 || os.Args[1] != mortal {
		return
	}
	to, from := gob.NewEncoder(os.Stdout), gob.NewDecoder(os.Stdin)
	if to.Encode(workerHello) != nil {
		os.Exit(1)
	}
	var open desks
	for n := 1; ; n++ {
		var q asked
		if from.Decode(&q) != nil {
			os.Exit(1)
		}
		if os.Args[2] != "at the second" || n == 2 {
			break
		}
		if to.Encode(open.answer(&q)) != nil {
			os.Exit(1)
		}
	}
	if os.Args[2] == "killed" {
		p, err := os.FindProcess(os.Getpid())
		if err == nil && p.Kill() == nil {
			select {} // until it comes
		}
	}
	os.Exit(2) // as Go does when it gets no memory
}

// agentNamed makes an agent that has no table.
func agentNamed(t *testing.T, s *Store, name string) *database {
	t.Helper()
	a := stele.AgentInfo{ID: stele.NewAgentID(time.Now()), Name: name, Created: 1}
	if err := s.CreateAgent(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return &database{store: s, id: a.ID}
}

// TestWorkerDies: the log says of a dead worker whose question it was and how it ended, and nothing of the question.
func TestWorkerDies(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for how, want := range map[string]string{"exited": "exit status 2", "killed": "signal: killed"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer // nothing else in the store runs while it is read
			s := openTest(t, t.TempDir(), Options{Worker: []string{self, mortal, how}, QueryTimeout: time.Minute, Log: slog.New(slog.NewJSONHandler(&log, nil))})
			d := agentNamed(t, s, "a")
			_, err := d.Query(t.Context(), stele.Question{SQL: "SELECT 'hush' WHERE 'mum' = $1", Params: []stele.Raw{{Kind: stele.KindString, Text: "mum"}}, MaxRows: 1, MaxBytes: 100})
			if f, ok := errors.AsType[*stele.QueryFault](err); !ok || f.Fault != stele.FaultMemory {
				t.Errorf("the caller is told %v", err)
			}
			var line map[string]any
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("%q is not one line: %v", log.String(), err)
			}
			ran, ok := line["ran"].(float64)
			if line["level"] != "WARN" || line["agent"] != string(d.id) || line["ended"] != want || !ok || ran < 0 {
				t.Errorf("the log has %s", &log)
			}
			if strings.Contains(log.String(), "hush") || strings.Contains(log.String(), "mum") || strings.Contains(log.String(), "SELECT") {
				t.Errorf("the log tells of the question: %s", &log)
			}
		})
	}
}

// TestWorkerDiedIdle: a worker that died while nobody used it costs no question; one that dies of a question costs that one, which is
// not asked again.
func TestWorkerDiedIdle(t *testing.T) {
	t.Parallel()
	s, dbs, started := openCounted(t, 1)
	ask := func(want string) {
		t.Helper()
		if got, err := dbs[0].put(t.Context(), "SELECT "+want); err != nil || got != want {
			t.Errorf("answered %q, %v; want %s", got, err, want)
		}
	}
	ask("1")
	p := s.workers.idle[0].cmd.Process
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); err != nil { // until its pipes are closed
		t.Fatal(err)
	}
	ask("2")
	ask("3")
	if n := started(); n != 2 {
		t.Errorf("%d workers were started, want 2", n)
	}

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s = openTest(t, t.TempDir(), Options{Worker: []string{self, mortal, "at the second"}, QueryTimeout: time.Minute})
	dbs[0] = agentNamed(t, s, "a")
	ask("1")
	_, err = dbs[0].put(t.Context(), "SELECT 2")
	if f, ok := errors.AsType[*stele.QueryFault](err); !ok || f.Fault != stele.FaultMemory {
		t.Errorf("a question that ends its worker: %v", err)
	}
	ask("3")
}

// openCounted opens a store with some agents, and counts the workers that it has ever started.
func openCounted(t *testing.T, agents int) (s *Store, dbs []*database, started func() int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s = openTest(t, t.TempDir(), Options{Worker: []string{self, counted, dir}, QueryTimeout: time.Minute})
	for i := range agents {
		dbs = append(dbs, agentNamed(t, s, "agent "+strconv.Itoa(i)))
	}
	return s, dbs, func() int {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
}

// put asks what has one value.
func (d *database) put(ctx context.Context, sql string) (string, error) {
	a, err := d.Query(ctx, stele.Question{SQL: sql, MaxRows: 1, MaxBytes: 100})
	if err != nil {
		return "", err
	}
	return a.Rows[0][0].String(), nil
}

// TestWorkersAreFew: however many agents ask at a time, there are no more workers than there may be, and any agent's question goes to
// one that is idle before another is started.
func TestWorkersAreFew(t *testing.T) {
	t.Parallel()
	s, dbs, started := openCounted(t, 8)
	for _, d := range dbs[:3] {
		if _, err := d.put(t.Context(), "SELECT 1"); err != nil {
			t.Error(err)
		}
	}
	if n := started(); n != 1 {
		t.Errorf("%d workers for agents that ask one after the other", n)
	}
	var all sync.WaitGroup
	for _, d := range dbs {
		all.Go(func() {
			for n := range 5 {
				if got, err := d.put(t.Context(), "SELECT "+strconv.Itoa(n)); err != nil || got != strconv.Itoa(n) {
					t.Errorf("an agent is answered %q, %v", got, err)
				}
			}
		})
	}
	all.Wait()
	if n, most := started(), cap(s.workers.slots); n > most || len(s.workers.gates) != 0 {
		t.Errorf("%d workers, want at most %d; %d agents are thought to ask", n, most, len(s.workers.gates))
	}
	before := started()
	s.workers.tidy(time.Now().Add(2 * workerIdle))
	if n := len(s.workers.idle); n != 0 {
		t.Errorf("%d workers are left that nobody has needed", n)
	}
	if _, err := dbs[0].put(t.Context(), "SELECT 1"); err != nil || started() != before+1 {
		t.Errorf("the question after that: %v, %d workers more", err, started()-before)
	}
}

// TestWorkersOfOneAgent: one agent has half of the workers at most, and others are answered meanwhile.
func TestWorkersOfOneAgent(t *testing.T) {
	t.Parallel()
	s, dbs, _ := openCounted(t, 2)
	busy, other := dbs[0], dbs[1]
	if agentWorkers != max(1, cap(s.workers.slots)/2) {
		t.Errorf("an agent has %d of %d workers", agentWorkers, cap(s.workers.slots))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	long, next := make(chan error, agentWorkers), make(chan error, 1)
	for range agentWorkers {
		go func() {
			_, err := busy.put(ctx, "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT count(*) FROM r")
			long <- err
		}()
	}
	asks := func(running, there int) {
		t.Helper()
		for from := time.Now(); ; runtime.Gosched() {
			s.workers.mu.Lock()
			g := s.workers.gates[busy.id]
			ok := g != nil && len(g.slots) == running && g.users == there
			s.workers.mu.Unlock()
			if ok {
				return
			}
			if time.Since(from) > time.Minute {
				t.Fatalf("not %d questions of the agent's are answered, with %d there", running, there)
			}
		}
	}
	asks(agentWorkers, agentWorkers)
	go func() {
		_, err := busy.put(t.Context(), "SELECT 1")
		next <- err
	}()
	asks(agentWorkers, agentWorkers+1)
	for range 5 {
		if _, err := other.put(t.Context(), "SELECT 1"); err != nil {
			t.Errorf("another agent: %v", err)
		}
	}
	select {
	case err := <-next:
		t.Errorf("one question more was answered while an agent had its share: %v", err)
	default:
	}
	cancel()
	for range agentWorkers {
		if err := <-long; !errors.Is(err, context.Canceled) {
			t.Errorf("a long question ended with %v", err)
		}
	}
	if err := <-next; err != nil {
		t.Errorf("the agent's next question: %v", err)
	}
}
