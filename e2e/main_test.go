// Package e2e holds whole-product tests: the real binary as a child process, spoken to over HTTP as any client would.
// Nothing here imports a package that knows of Stele, so what is expected is written down a second time. What is not about
// the inside of a data directory runs on both stores (eachStore).
//
// What can be set, by environment:
//
//	STELE_TEST_DATA  folder with airports.csv, movies.json, zipcodes.csv and flights-200k.json
//	                 (else shared/data beside the repository; without it the samples in testdata)
//	E2E_ROUNDS       rounds of kill -9; without it 8, on PostgreSQL 4, under -short 2
//	E2E_SEED         seed of what is left to chance; one that failed is printed
//	E2E_CUTS=all     makes every cut between server and database, not some
//	E2E_RACE=1       builds the binary with the race detector
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// binary is the program under test, built once for all tests by TestMain.
var binary string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "stele-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "stele")
	args := []string{"build", "-o", binary}
	if raced() {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/stele")...)
	cmd.Dir = ".." // the repository: tests run in the folder of their package
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build ./cmd/stele: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// raced reports whether the binary has the race detector, with which bounds of memory say nothing.
func raced() bool { return os.Getenv("E2E_RACE") == "1" }

// long skips a test under -short.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long: left out under -short")
	}
}

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise int64) int64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatalf("%s must be a number: %v", name, err)
	}
	return n
}

// no fails the test on an error. Only for the test's own goroutine; others return their errors.
func no(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
