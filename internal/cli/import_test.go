package cli

import (
	"bytes"
	"testing"
	"time"
)

// TestImportProgressLines has a file's progress told where there is no terminal: not at once, then every few seconds, with what is left.
func TestImportProgressLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := newImportProgress(&out, 30_000)
	p.now = func() time.Time { return now }
	p.began, p.last = now, now
	for range 15 {
		now = now.Add(time.Second)
		p.add(1000)
	}
	p.end()
	want := "5,000 of 30,000 rows, 1,000 rows/s, 25s left\n10,000 of 30,000 rows, 1,000 rows/s, 20s left\n15,000 of 30,000 rows, 1,000 rows/s, 15s left\n"
	if out.String() != want {
		t.Errorf("got %s", &out)
	}
}

// TestRepairName puts refused rows beside their file.
func TestRepairName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"films.csv": "films.rejected.csv", "a.b/films.tar.json.gz": "a.b/films.tar.rejected.csv", "/x/films": "/x/films.rejected.csv", "-": "stdin.rejected.csv", "y.parquet.zst": "y.rejected.csv",
	} {
		if got := repairName(path); got != want {
			t.Errorf("repairName(%q) = %q, want %q", path, got, want)
		}
	}
}
