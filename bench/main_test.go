package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the child processes that startSelf starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == floorCommand || os.Args[1] == storeCommand || os.Args[1] == questionCommand) {
		if err := start(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(withPrograms(m))
}

// programs is the folder of the server's binary.
var programs string

func withPrograms(m *testing.M) int {
	dir, err := os.MkdirTemp("", "stele-bench-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs = dir
	return m.Run()
}

func TestParseOptions(t *testing.T) {
	t.Parallel()
	o, err := parseOptions(nil)
	if err != nil || o.records != 1_000_000 || len(o.only) != len(strings.Split(parts, ",")) {
		t.Errorf("defaults: got %+v, %v", o, err)
	}
	o, err = parseOptions(strings.Fields("-rounds 3 -limit 5s -records 4000 -only scale,serial -json r.json -dir d -stele s"))
	if err != nil || o.rounds != 3 || o.limit != 5*time.Second || o.records != 4000 || o.json != "r.json" || o.dir != "d" || o.stele != "s" {
		t.Errorf("all given: got %+v, %v", o, err)
	}
	if !o.only["scale"] || !o.only["serial"] || o.only["importers"] {
		t.Errorf("-only: got %v", o.only)
	}
	for _, bad := range []string{"-rounds 0", "-limit 0s", "-records 1000", "-records 2500", "-only serial,other", "-only ser", "-only before", "-before bin/stele", "extra", "-nothing"} {
		if _, err := parseOptions(strings.Fields(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestOnDisk(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/shm"); err == nil {
		if err := start(t.Context(), []string{"-dir", "/dev/shm"}, nil, io.Discard); err == nil || !strings.Contains(err.Error(), "in memory") {
			t.Errorf("/dev/shm, where a durable write costs nothing: %v", err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := onDisk(filepath.Join(file, "below")); err == nil {
		t.Error("a directory that cannot be made is taken")
	}
}

func TestStatusBytes(t *testing.T) {
	t.Parallel()
	status := []byte("Name:\tstele\nVmHWM:\t  204800 kB\nVmRSS:\t   51200 kB\nThreads:\t9\n")
	if got := statusBytes(status, "VmRSS:"); got != 50<<20 {
		t.Errorf("VmRSS: got %d", got)
	}
	if got := statusBytes(status, "VmHWM:"); got != 200<<20 {
		t.Errorf("VmHWM: got %d", got)
	}
	if got := statusBytes(status, "VmSwap:"); got != 0 {
		t.Errorf("a missing line: got %d", got)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	m := measure{
		name: "import", sides: []string{"stele", "sqlite", "http"}, ratio: overFloors, target: 1.35,
		times: [][]time.Duration{milliseconds(12), milliseconds(6), milliseconds(4)},
	}
	slow := m
	slow.name, slow.target = "slow", 1.1
	free := m
	free.name, free.target = "free", 0
	r := newReport(options{dir: "d"})
	r.Results = []result{m.result(), slow.result(), free.result()}
	r.memory(1000, 99_000_000, 120_000_000)
	r.finish()
	var b strings.Builder
	if err := r.print(&b); err != nil {
		t.Fatal(err)
	}
	for name, fields := range map[string]string{
		"import ":  "import 12 ms sqlite 6 ms + http 4 ms 1.20 1.20..1.20 <= 1.35 reached 1",
		"slow ":    "slow 12 ms sqlite 6 ms + http 4 ms 1.20 1.20..1.20 <= 1.10 missed 1",
		"free ":    "free 12 ms sqlite 6 ms + http 4 ms 1.20 1.20..1.20 - 1",
		"resident": "resident memory after 1000 records 99.0 MB peak 120.0 MB < 100 MB reached",
	} {
		if got := lineOf(b.String(), name); got != fields {
			t.Errorf("got  %s\nwant %s", got, fields)
		}
	}
	path := filepath.Join(t.TempDir(), "report.json")
	if err := r.writeJSON(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(got), `"ratio": 1.2,`) || !strings.Contains(string(got), `"resident_bytes": 99000000`) {
		t.Errorf("JSON: %v\n%s", err, got)
	}
	r.memory(1000, 100_000_000, 0)
	if r.Memory.Reached {
		t.Error("100 MB are under 100 MB")
	}
}

// lineOf finds the line that begins with a text, blanks made single.
func lineOf(s, begin string) string {
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, begin) {
			return strings.Join(strings.Fields(line), " ")
		}
	}
	return ""
}
