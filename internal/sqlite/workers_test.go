package sqlite

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"stele"
)

// mortal is the command line's word for a worker that dies at its first question.
const mortal = "mortal-query-worker"

// dieIfMortal serves as a worker that dies as its last argument says, if this program was started as one.
func dieIfMortal() {
	if len(os.Args) != 3 || os.Args[1] != mortal {
		return
	}
	var q asked
	if gob.NewEncoder(os.Stdout).Encode(workerHello) != nil || gob.NewDecoder(os.Stdin).Decode(&q) != nil {
		os.Exit(1)
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
	return &database{s, a.ID}
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
