package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// schemaOf reads what SQL made a file's table parcels and its indexes, in order.
func schemaOf(t *testing.T, path string) []string {
	t.Helper()
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var sqls []string
	err = sqlitex.ExecuteTransient(conn, `SELECT sql FROM sqlite_schema WHERE tbl_name='parcels' ORDER BY rowid`, &sqlitex.ExecOptions{
		ResultFunc: func(s *sqlite.Stmt) error {
			sqls = append(sqls, strings.Join(strings.Fields(s.ColumnText(0)), " "))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sqls
}

// The store server runs on a store's directory, and the floor has the schema that the store makes there.
func TestFloorHasTheStoresSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := startSelf(t.Context(), dir, storeCommand, filepath.Join(dir, "store"), "1")
	if err != nil {
		t.Fatal(err)
	}
	table, err := openAgentTable(t.Context(), c.url, c.secret, tableDraft)
	if err == nil {
		err = table.fill(t.Context(), 0, 1500)
	}
	if err == nil {
		err = table.hold(t.Context(), 1500)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := table.hold(t.Context(), 1499); err == nil {
		t.Error("a record too many goes unnoticed")
	}
	ids, err := table.ids(t.Context(), 700, 150)
	if err != nil || len(ids) != 150 {
		t.Errorf("ids: got %d of 150, %v", len(ids), err)
	}
	if err := c.stop(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "store", "agents", "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("agents' files: %v, %v", files, err)
	}
	f := newFloor(t)
	want := schemaOf(t, files[0])
	if got := schemaOf(t, pathOf(t, f)); len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("the floor's schema is\n%s\nthe store's is\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRun is a whole small run on the real binary.
func TestRun(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and starts the server several times")
	}
	dir := t.TempDir()
	o := options{
		stele: built(t), dir: dir, rounds: 2, limit: time.Hour, records: 3000,
		only: map[string]bool{"serial": true, "importers": true, "updaters": true, "commits": true, "scale": true},
	}
	var log strings.Builder
	rep, err := run(t.Context(), o, &log)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Memory == nil || rep.Memory.Resident < 1<<20 {
		t.Errorf("memory %+v", rep.Memory)
	}
	checkRun(t, rep, dir, 12)
}

// TestRunBefore holds the binary against itself.
func TestRunBefore(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and starts the server twice")
	}
	dir := t.TempDir()
	stele := built(t)
	o := options{stele: stele, before: stele, dir: dir, rounds: 2, limit: time.Hour, records: 3000, only: map[string]bool{"before": true}}
	rep, err := run(t.Context(), o, new(strings.Builder))
	if err != nil {
		t.Fatal(err)
	}
	checkRun(t, rep, dir, 4)
}

// TestRunQuestions is a small run of the part about questions; without the engine's shell it has five lines less.
func TestRunQuestions(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and starts the server")
	}
	dir := t.TempDir()
	o := options{stele: built(t), dir: dir, rounds: 2, limit: time.Hour, records: 3000, only: map[string]bool{"questions": true}}
	rep, err := run(t.Context(), o, new(strings.Builder))
	if err != nil {
		t.Fatal(err)
	}
	want := 2*len(aggregates) + 2
	if _, err := exec.LookPath("sqlite3"); err != nil {
		want -= len(aggregates)
	}
	checkRun(t, rep, dir, want)
}

// TestRunFiles is a small run of the part about files; what is not there to be compared with is said and has no lines.
func TestRunFiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and starts servers")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "places.csv")
	if err := writePlaces(file, 2500); err != nil {
		t.Fatal(err)
	}
	o := options{stele: built(t), dir: dir, file: file, rounds: 2, limit: time.Hour, records: 3000, only: map[string]bool{"files": true}}
	rep, err := run(t.Context(), o, new(strings.Builder))
	if err != nil {
		t.Fatal(err)
	}
	want := 8
	for _, text := range rep.Absent {
		want--
		if strings.HasPrefix(text, "no PostgreSQL") {
			want -= 3
		}
	}
	checkRun(t, rep, dir, want)
	for _, r := range rep.Results {
		if !r.AtLeast || !strings.Contains(r.Name, "2500 rows") {
			t.Errorf("%+v", r)
		}
	}
}

// built is the server's binary, made for the first test that asks for it.
func built(t *testing.T) string {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// build links once: that takes seconds.
var build = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(programs, "stele")
	if out, err := exec.Command("go", "build", "-o", binary, "stele/cmd/stele").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w\n%s", err, out)
	}
	return binary, nil
})

// checkRun checks a report of two rounds, and that the run has left nothing in its directory.
func checkRun(t *testing.T, rep *report, dir string, results int) {
	t.Helper()
	if len(rep.Results) != results {
		t.Errorf("got %d results, want %d", len(rep.Results), results)
	}
	for _, r := range rep.Results {
		if r.Rounds != 2 || r.Ratio <= 0 || r.P10 > r.P90 {
			t.Errorf("%s: got %+v", r.Name, r)
		}
		for side, s := range r.Medians {
			if s <= 0 {
				t.Errorf("%s, %s took no time", r.Name, side)
			}
		}
	}
	path := filepath.Join(dir, "report.json")
	if err := rep.writeJSON(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || !json.Valid(b) {
		t.Errorf("the report is no JSON: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "run-*")); len(left) != 0 {
		t.Errorf("the run left %v behind", left)
	}
}

func TestRunNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	o := options{stele: "/nowhere/stele", dir: t.TempDir(), rounds: 1, limit: time.Second, records: 2000, only: map[string]bool{"serial": true}}
	if _, err := run(t.Context(), o, new(strings.Builder)); err == nil || !strings.Contains(err.Error(), "/nowhere/stele") {
		t.Errorf("a binary that is not there: got %v", err)
	}
}
