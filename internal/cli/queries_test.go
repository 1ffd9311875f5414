package cli

import (
	"strings"
	"testing"

	"stele/client"
)

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
		60:  "2027-01-15 08:00:00Z       12  1.2  SELECT 包裹, sum(weight…\n",
		40:  "01-15 08:00  SELECT 包裹, sum(weight_g)…\n",
		10:  "SELECT 1 …\n",
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
}
