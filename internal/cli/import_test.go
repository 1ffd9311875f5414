package cli

import "testing"

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
