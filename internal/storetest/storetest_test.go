package storetest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ms := &memories{flaw: os.Getenv(flawVariable), places: map[string]*memory{}}
	Run(t, ms.open)
}

// flawVariable tells a child process of the test which promise its store is to break.
const flawVariable = "STELE_STORETEST_FLAW"

// flaws are ways to break a promise, each with a theme whose cases must notice, and whether the random test must too.
func flaws() []struct {
	name, theme string
	model       bool
} {
	return []struct {
		name, theme string
		model       bool
	}{
		{"agent names repeat", "agents", false},
		{"agent names ignore case", "agents", false},
		{"agents by id", "agents", false},
		{"agents count the page", "agents", false},
		{"keys outlive agents", "keys", false},
		{"key limits are lost", "keys", false},
		{"revoked keys stay cached", "keys", false},
		{"the last write of a use counts", "keys", false},
		{"uses are of all keys", "keys", false},
		{"data outlives agents", "gone", false},
		{"stored names are lost", "names", false},
		{"names are cut at 63", "names", false},
		{"tables by name", "tables", false},
		{"counts forget deletes", "tables", true},
		{"the first clash is enough", "conflict", true},
		{"clashes by field", "conflict", true},
		{"refusals forget left-out rows", "conflict", true},
		{"a refused batch is half there", "conflict", true},
		{"refused tasks are not kept", "conflict", true},
		{"tasks repeat", "tasks", true},
		{"tasks never age", "tasks", true},
		{"tasks in order of creation", "tasks", true},
		{"lists show everybody's tasks", "tasklist", false},
		{"lists begin with the last one", "tasklist", false},
		{"lists are of all tables", "tasklist", false},
		{"lists leave dropped tables out", "tasklist", false},
		{"lists are as tasks came", "tasklist", false},
		{"saved queries by letters", "saved", false},
		{"saved queries clash with themselves", "saved", false},
		{"saved queries grow", "saved", false},
		{"saved queries come back", "saved", false},
		{"saved queries stay", "saved", false},
		{"saved names repeat", "saved", false},
		{"what is not there is deleted", "saved", false},
		{"moves lose saved queries", "saved", false},
		{"applies repeats", "saved", false},
		{"sizes are of nothing", "size", false},
		{"sizes are in no order", "size", false},
		{"trials are kept", "modes", true},
		{"atomic updates go half way", "modes", true},
		{"old definitions serve", "alter", false},
		{"renamed tables take any name", "alter", false},
		{"writes during a change are lost", "alter", false},
		{"refused changes keep their key", "alter", false},
		{"changes drop what does not fit", "alter", false},
		{"trials of changes are kept", "alter", false},
		{"defaults are lost", "alter", false},
		{"new fields take old values", "alter", false},
		{"values follow names", "alter", false},
		{"changes touch the times", "alter", false},
		{"empty text is a value", "alter", false},
		{"violations by field", "alter", false},
		{"what is not told is not counted", "alter", false},
		{"values are told as converted", "alter", false},
		{"drops count deleted records", "alter", false},
		{"trials of drops are kept", "alter", false},
		{"drops take the tables behind along", "alter", false},
		{"drops take tasks along", "alter", false},
		{"updates move creation", "update", true},
		{"empty changes touch", "update", true},
		{"null is left alone", "update", true},
		{"the first failure ends an update", "update", true},
		{"always creates", "create", true},
		{"problems come first", "create", true},
		{"ids asked for are ignored", "ids", true},
		{"ids ahead are not skipped", "ids", true},
		{"ids are used again", "ids", true},
		{"one pair is enough", "delete", true},
		{"deletes count selectors", "delete", true},
		{"totals count the page", "page", true},
		{"the log of questions grows", "querylog", false},
		{"pages by distance", "page", true},
		{"no page by cursor is short", "page", false},
		{"null filters nothing", "filter", true},
		{"keyword or filter", "keyword", true},
		{"keywords fold all letters", "keyword", false},
		{"keywords end at NUL", "keyword", false},
		{"orders break ties anyhow", "reads", false},
		{"conditions are of three values", "reads", false},
		{"totals count what is behind the cursor", "reads", false},
		{"applies repeats", "once", true},
		{"fingerprints are not compared", "once", true},
		{"failures keep their key", "once", false},
		{"keys are everybody's", "once", false},
		{"keys are trimmed", "once", false},
		{"ignores the context", "cancelled", false},
		{"gives up once begun", "cancelled", false},
		{"forgets at close", "kept", true},
		{"moves read the last again", "move", false},
		{"parts know no bound", "move", false},
		{"tasks are moved as they came", "move", false},
		{"answers are moved by letters", "move", false},
		{"moves forget the next id", "move", false},
		{"moves touch the times", "move", false},
		{"moves lose reasons", "move", false},
		{"moves lose answers", "move", false},
		{"records are half put", "move", false},
		{"moves begin twice", "move", false},
		{"the state of a move is forgotten", "move", false},
		{"serves when closed", "kept", false},
	}
}

// TestRunNoticesFlaws breaks one promise of the store in memory at a time, in a process of its own, and expects the
// suite to fail.
func TestRunNoticesFlaws(t *testing.T) {
	t.Parallel()
	for _, flaw := range flaws() {
		themes := []string{flaw.theme}
		if flaw.model {
			themes = append(themes, "model")
		}
		for _, theme := range themes {
			t.Run(flaw.name+"/"+theme, func(t *testing.T) {
				t.Parallel()
				out := runWithFlaw(t, flaw.name, theme)
				if !strings.Contains(out, "--- FAIL: TestRun/"+theme+"/") || strings.Contains(out, "panic:") {
					t.Errorf("no case of %s fails in order:\n%s", theme, out)
				}
			})
		}
	}
}

// TestRunPassesWithoutFlaw shows that it is the flaw that makes the child process fail.
func TestRunPassesWithoutFlaw(t *testing.T) {
	t.Parallel()
	if out := runWithFlaw(t, "none", "agents"); !strings.Contains(out, "ok") && !strings.Contains(out, "PASS") {
		t.Errorf("the suite fails on the whole store:\n%s", out)
	}
}

func runWithFlaw(t *testing.T, flaw, theme string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestRun$/^"+theme+"$", "-rapid.nofailfile", "-rapid.shrinktime=0s", "-rapid.seed=1")
	cmd.Env = append(os.Environ(), flawVariable+"="+flaw)
	out, _ := cmd.CombinedOutput() // its status says less than its words
	return string(out)
}

func BenchmarkMemory(b *testing.B) {
	ms := &memories{places: map[string]*memory{}}
	Benchmark(b, ms.open)
}
