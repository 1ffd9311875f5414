package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"stele/internal/server"
)

// moveSteps are what a move of two agents tells, a second apart.
func moveSteps() []server.MoveProgress {
	at := func(verifying bool, agent int, table string, done, total int64) server.MoveProgress {
		return server.MoveProgress{Verifying: verifying, Agent: agent, Agents: 2, Name: []string{"", "zeta", "al pha"}[agent], Table: table, Done: done, Total: total}
	}
	return []server.MoveProgress{
		at(false, 1, "", 0, 0), at(false, 1, "parcels", 0, 4000), at(false, 1, "parcels", 1000, 4000), at(false, 1, "parcels", 2000, 4000),
		at(false, 1, "parcels", 3000, 4000), at(false, 1, "parcels", 4000, 4000), at(false, 1, "empty", 0, 0), at(false, 2, "", 0, 0),
		at(true, 1, "", 0, 0), at(true, 1, "parcels", 0, 4000), at(true, 1, "parcels", 4000, 4000), at(true, 2, "", 0, 0),
	}
}

func TestProgressInLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Now()
	p := newProgress(&Process{Stderr: &out})
	p.now = func() time.Time { return now }
	for _, s := range moveSteps() {
		p.step(s)
		now = now.Add(time.Second)
	}
	p.end()
	const want = "copying agent 1 of 2, zeta\n" +
		"copying agent 1 of 2, zeta, table parcels, 4000 of 4000 records\n" +
		"comparing agent 1 of 2, zeta\n"
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", &out, want)
	}
}

func TestProgressAsBar(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newProgress(&Process{Stderr: &out})
	p.columns = 100
	now := time.Now()
	p.now = func() time.Time { return now }
	for _, s := range moveSteps() {
		p.step(s)
		now = now.Add(time.Second)
	}
	p.end()
	text := out.String()
	for _, want := range []string{
		"copying agent 1 of 2, zeta, table parcels  [....................]   0%  0 of 4,000 records", "table parcels   75%  3,000 of 4,000 records, 1,000 records/s, 1s left",
		"comparing agent 1 of 2, zeta, table parcels  100%  4,000 of 4,000 records",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	if strings.Contains(text, "\n") || strings.Contains(text, "empty") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("the bar leaves its line, or stays in it: %q", text)
	}
}

func TestProgressOfAnUndo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	newProgress(&Process{Stderr: &out}).step(server.MoveProgress{Clearing: true, Agents: 2, Name: "zeta"})
	if want := "clearing away agent zeta, 2 to go\n"; out.String() != want {
		t.Errorf("printed %q, want %q", &out, want)
	}
}
