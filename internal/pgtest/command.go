package pgtest

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// commandVariable is the environment variable whose value is run by sh for each database, so that tests run on a server that
// is not ours. Without an argument it prints the URL of a new, empty database; with that URL it drops the database.
const commandVariable = "STELE_TEST_DATABASE_COMMAND"

// databaseBy returns the URL of a new database that command has made.
func databaseBy(tb testing.TB, command string) string {
	tb.Helper()
	url, err := runCommand(command)
	if err != nil {
		tb.Fatalf("making a database: %v", err)
	}
	tb.Cleanup(func() {
		if _, err := runCommand(command, url); err != nil {
			tb.Errorf("dropping a database: %v", err)
		}
	})
	return url
}

// runCommand runs the command and returns the line that it prints.
func runCommand(command string, args ...string) (line string, err error) {
	out, err := exec.Command("sh", append([]string{"-c", command + ` "$@"`, commandVariable}, args...)...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%s: %w\n%s", commandVariable, err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}
