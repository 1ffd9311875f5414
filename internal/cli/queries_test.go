package cli

import "testing"

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
