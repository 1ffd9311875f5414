package cli

import (
	"io"
	"strings"
	"testing"

	"stele/client"
)

// TestOneLine: what an agent asked is shown on one line of so many cells, and commands nothing.
func TestOneLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"SELECT 1\n\tFROM  t": "SELECT 1 FROM…",
		"SELECT 1 FROM":       "SELECT 1 FROM",
		"SELECT 1 FROM t":     "SELECT 1 FROM…",
		"\x1b[31ma\u009bb\r":  "[31ma b",
		"a\u202eb\u2028c":     "a b c",
		"包裹包裹包裹包":             "包裹包裹包裹包",
		"包裹包裹包裹包裹":            "包裹包裹包裹…",
		"SELECT 包裹包裹":         "SELECT 包裹包…",
		"e\u0301e\u0301":      "e\u0301e\u0301",
		"\xff\xfe":            "\ufffd",
		"":                    "",
	} {
		if got := oneLine(in, 14); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// TestQueriesFit: no line is wider than the terminal, however narrow it is, and a question is shown rather than whose it was.
func TestQueriesFit(t *testing.T) {
	t.Parallel()
	long := "SELECT 包裹, sum(weight_g) FROM parcels WHERE shipped_at > '2026-01-01' GROUP BY code ORDER BY 2 DESC"
	no := "there is no table 'parcel'"
	es := []client.QueryEntry{
		{At: 1_800_000_000_000, Key: "key_0123456789abcdef", Client: "a client of the long name", SQL: long, Rows: 12, Bytes: 3456, ElapsedMS: 1.25},
		{At: 1_800_000_000_000, Key: "key_0123456789abcdef", SQL: "SELECT 1 FROM parcel", ElapsedMS: 7, Refused: &no},
	}
	for columns, want := range map[int]string{
		0:   "KEY                   CLIENT                BYTES  QUESTION",
		140: "KEY                   CLIENT                BYTES  QUESTION",
		80:  "2027-01-15 08:00:00Z  refused  7.0  SELECT 1 FROM parcel  -- there is no table …\n",
		60:  "2027-01-15 08:00:00Z  12       1.2  SELECT 包裹, sum(weight…\n",
		10:  "2027-01-1…\n",
	} {
		got := queryTable(es, columns)
		if !strings.Contains(got, want) {
			t.Errorf("%d columns: no %q in\n%s", columns, want, got)
		}
		for line := range strings.Lines(got) {
			if n := width(strings.TrimSuffix(line, "\n")); columns > 0 && n > columns || strings.Count(got, "\n") != 3 {
				t.Errorf("%d columns: a line of %d cells in\n%s", columns, n, got)
			}
		}
	}
	for environ, want := range map[string]int{"COLUMNS=60": 60, "COLUMNS=": 0, "COLUMNS=-1": 0, "COLUMNS=wide": 0} {
		if got := (&Process{Environ: []string{environ}, Stdout: io.Discard}).columns(); got != want {
			t.Errorf("%s: %d columns, want %d", environ, got, want)
		}
	}
}
