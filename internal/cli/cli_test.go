package cli

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

func newTestParser(t *testing.T) *kong.Kong {
	t.Helper()
	parser, _, err := newParser(new(commands), Process{})
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

func TestLifetime(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "6w": 42 * day, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute, "1s": time.Second,
		"36500d": 36500 * day,
		// Refused, shown as 0:
		"": 0, "d": 0, "w": 0, "90": 0, "-1d": 0, "0d": 0, "1.5d": 0, "3y": 0, "10ms": 0,
		"36501d": 0, "9223372036854775807d": 0, "99999999999999999999w": 0, "-9223372036854775808d": 0,
	} {
		var l lifetime
		err := l.UnmarshalText([]byte(text))
		if time.Duration(l) != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %v, %v; want %v", text, time.Duration(l), err, want)
		}
	}
}

func TestCheckEnvironment(t *testing.T) {
	t.Parallel()
	app := newTestParser(t).Model
	for variable, nearest := range map[string]string{
		"PATH=x": "", "STELE=x": "", "STELE_DATA=x": "", "STELE_ADMIN_KEY=x": "", "STELE_URL=": "", "STELE_TEST_REQUIRE=1": "", "STELE_TEST_DATABASE_COMMAND=x": "",
		"STELE_DATTA=x": "STELE_DATA", "STELE_METRICS=x": "STELE_METRICS_LISTEN", "STELE_ADMINKEY=x": "STELE_ADMIN_KEY", "STELE_=": "STELE_URL",
	} {
		err := checkEnvironment(app, []string{"HOME=/", variable})
		if nearest == "" && err != nil || nearest != "" && (err == nil || !strings.HasSuffix(err.Error(), ": "+nearest)) {
			t.Errorf("%s: %v; want the hint %q", variable, err, nearest)
		}
		if err != nil && strings.Contains(err.Error(), "=x") {
			t.Errorf("%s: the error shows the value: %v", variable, err)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same", "same", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// TestPageShowsEveryCommand keeps the help page and the commands together.
func TestPageShowsEveryCommand(t *testing.T) {
	t.Parallel()
	leaves := newTestParser(t).Model.Leaves(true)
	if len(leaves) != 31 {
		t.Errorf("there are %d commands; the page was written for 31", len(leaves))
	}
	for _, c := range leaves {
		if !strings.Contains(page, "\n  "+c.FullPath()) {
			t.Errorf("the page does not show %q", c.FullPath())
		}
	}
	for line := range strings.Lines(page) {
		if len(line) > 81 { // with its newline
			t.Errorf("wider than a terminal: %q", line)
		}
	}
}

// TestHelpOfEveryCommand: each is explained in sentences, and every flag and argument too.
func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	full := func(what, help string) {
		if !strings.HasSuffix(help, ".") {
			t.Errorf("%s: %q is no sentence", what, help)
		}
	}
	for _, c := range newTestParser(t).Model.Leaves(true) {
		full(c.FullPath(), c.Help)
		for _, a := range c.Positional {
			full(c.FullPath()+" "+a.Summary(), a.Help)
		}
		for _, f := range slices.Concat(c.AllFlags(true)...) {
			full(c.FullPath()+" --"+f.Name, f.Help)
		}
	}
}

// TestEveryCommandPrintsJSON: what prints something has --json, spelt one way.
func TestEveryCommandPrintsJSON(t *testing.T) {
	t.Parallel()
	without := map[string]string{
		"serve":      "its output is a start's few lines and a log, which has --log-format",
		"mcp":        "what it prints is JSON-RPC already",
		"help":       "it is read by people",
		"completion": "it prints a program for a shell",
	}
	for _, c := range newTestParser(t).Model.Leaves(true) {
		var found *kong.Flag
		for _, f := range slices.Concat(c.AllFlags(true)...) {
			if f.Name == "json" {
				found = f
			}
		}
		name := strings.TrimPrefix(c.FullPath(), "stele ")
		switch {
		case without[name] != "" && found != nil:
			t.Errorf("%s has --json: take it out of the list", name)
		case without[name] != "":
		case found == nil:
			t.Errorf("%s has no --json", name)
		case !found.IsBool() || found.Help != "Print the answer as JSON, whole and as one document.":
			t.Errorf("%s: --json is another flag: %s", name, found.Help)
		}
	}
}

// TestMainReports runs commands whose outcome needs no server: status, and which stream says what.
func TestMainReports(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args           string
		status         int
		stdout, stderr string
	}{
		{"version", exitOK, "stele 1.2.3 (", ""},
		{"help", exitOK, page, ""},
		{"help agent delete", exitOK, "Usage: stele agent delete <name> [flags]", ""},
		{"", exitUsage, "", page},
		{"agent", exitUsage, "", "stele: expected one of \"create\", \"list\", \"delete\" (see `stele help agent`)\n"},
		{"key create --agent=a --rpm=many", exitUsage, "", "stele: --rpm: expected a valid 64 bit int but got \"many\" (see `stele help key create`)\n"},
		{"agent list --url=ftp://x", exitUsage, "", "stele: --url must begin with http:// or https://; got \"ftp://x\"\n"},
		{"serve --timeout=0s", exitUsage, "", "stele: --timeout must be more than 0; got 0s\n"},
		{"table list", exitUsage, "", "stele: no API key: set STELE_API_KEY, or name a file that holds it with --api-key-file; `stele key create --agent AGENT` makes one\n"},
		{"table require parcels", exitUsage, "", "stele: expected \"<field>\" (see `stele help table require`)\n"},
		{"table unique --help", exitOK, "Usage: stele table unique <table> <field> [flags]", ""},
		{"table alter parcels no-such-file", exitRefused, "", "stele: there is no file no-such-file: a path is taken from here, so it would be " + here + "/no-such-file\n"},
		{"import a.csv --table t --mode upsert", exitUsage, "", "stele: --mode upsert needs --key, the unique field by which records are found\n"},
		{"import a.csv b.csv --table t --repair r.csv", exitUsage, "", "stele: --repair names one file, and there are several to import: leave it out, and each has its own\n"},
		{"import - - --table t", exitUsage, "", "stele: - is given more than once: standard input can be imported once\n"},
		{"import a.csv --table t --unique a", exitUsage, "", "stele: --unique, --required and --description are of a table that is made: they need --create\n"},
		{"import a.csv --table t --delimiter ab", exitUsage, "", "stele: --delimiter is one character of ASCII, or tab; got \"ab\"\n"},
		{"export", exitUsage, "", "stele: give the table to export, or --query with a SELECT\n"},
		{"export t --json --format csv", exitUsage, "", "stele: with --json standard output is JSON, and the records go there: name a file for them with --output\n"},
		{"query SELECT --json --format csv", exitUsage, "", "stele: --json and --format csv are both given: which is meant?\n"},
		{"query SELECT --max-rows 10001", exitUsage, "", "stele: --max-rows must be 1 to 10000; got 10001\n"},
		{"key revoke app-secret", exitUsage, "", "stele: that is a key, not a key's id: take the id, key_..., from `stele key list --agent AGENT`\n"},
	} {
		var stdout, stderr bytes.Buffer
		status := Main(context.Background(), strings.Fields(c.args), Process{
			Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Version: "1.2.3",
		})
		if status != c.status || !strings.HasPrefix(stdout.String(), c.stdout) || c.stdout == "" && stdout.Len() > 0 || stderr.String() != c.stderr {
			t.Errorf("stele %s: status %d\nstdout %s\nstderr %s", c.args, status, &stdout, &stderr)
		}
	}
}
