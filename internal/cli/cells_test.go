package cli

import (
	"bytes"
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
		"\x1b[31ma\u009bb\r":  `\x1b[31ma\x9bb`,
		"a\u202eb\u2028c":     `a\u202eb c`,
		"包裹包裹包裹包":             "包裹包裹包裹包",
		"包裹包裹包裹包裹":            "包裹包裹包裹…",
		"SELECT 包裹包裹":         "SELECT 包裹包…",
		"\xff\xfe":            "\ufffd",
		"e\u0301e\u0301":      "e\u0301e\u0301",
		"👨\u200d👩\u200d👧 🇫🇷 👍🏽 ❤\ufe0f": "👨\u200d👩\u200d👧 🇫🇷 👍🏽 ❤\ufe0f",
		"12345678901 👨\u200d👩\u200d👧":   "12345678901 👨\u200d👩\u200d👧",
		"123456789012 👨\u200d👩\u200d👧":  "123456789012 …",
		"1234567890123\u0301\u0302 4":   "1234567890123\u0301\u0302…",
		"":                              "",
	} {
		if got := oneLine(in, 14); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// TestWidth: room is that of what is seen, not of characters or bytes.
func TestWidth(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{
		"": 0, "abc": 3, "é": 1, "e\u0301": 1, "包裹": 4, "ﾃｰﾌﾞﾙ": 5, "テーブル": 8, "한국": 4, "👍🏽": 2, "👨\u200d👩\u200d👧": 2, "🇫🇷": 2, "…": 1, "नमस्ते": 4,
	} {
		if got := width(s); got != want {
			t.Errorf("%q takes %d cells, want %d", s, got, want)
		}
	}
	if got := cut(strings.Repeat("包", 10), 6); got != "包包…" {
		t.Errorf("cut to %q", got)
	}
	if got := len(oneLine(strings.Repeat("x", 1<<24), 10)); got != len("xxxxxxxxx…") {
		t.Errorf("%d bytes are left", got)
	}
	for environ, want := range map[string]int{"COLUMNS=60": 60, "COLUMNS=": 0, "COLUMNS=-1": 0, "COLUMNS=wide": 0} {
		if got := (&Process{Environ: []string{environ}}).columns(io.Discard); got != want {
			t.Errorf("%s: %d columns, want %d", environ, got, want)
		}
	}
}

// TestAnswerTable: numbers stand to the right, no value is not the empty text, nothing commands the terminal, no line is wider than the
// terminal, and what is not all there is told.
func TestAnswerTable(t *testing.T) {
	t.Parallel()
	kind := func(s string) *string { return &s }
	var a client.Answer
	for _, c := range []struct {
		name string
		kind *string
	}{{"name", kind(client.Text)}, {"数", kind(client.Int)}, {"note", nil}, {"ok", kind(client.Boolean)}} {
		a.Columns = append(a.Columns, struct {
			Name string  `json:"name"`
			Type *string `json:"type"`
		}{c.name, c.kind})
	}
	a.Rows = [][]any{
		{"包裹", "9007199254740993", "\x1b[31mred\x1b[0m\n", true},
		{"", nil, nil, nil},
		{"NULL", 7, " x", false},
		{strings.Repeat("long ", 20), -1, "e\u0301\u202e👍🏽", true},
	}
	for columns, want := range map[int]string{
		0: `name                                                                        数  note                    ok
包裹                                                          9007199254740993  "\x1b[31mred\x1b[0m\n"  true
""                                                                        NULL  NULL                    NULL
"NULL"                                                                       7  " x"                    false
"long long long long long long long long long long long lon…                -1  é\u202e👍🏽               true
(4 rows; texts that end with … are longer; --format csv and --json have all)
`,
		60: `name                            数  note              ok
包裹              9007199254740993  "\x1b[31mred\x1…  true
""                            NULL  NULL              NULL
"NULL"                           7  " x"              false
"long long long…                -1  é\u202e👍🏽         true
(4 rows; texts that end with … are longer; --format csv and --json have all)
`,
		30: `name                     数  …
包裹       9007199254740993  …
""                     NULL  …
"NULL"                    7  …
"long lo…                -1  …
(4 rows; texts that end with … are longer; columns left out: 2; --format csv and --json have all)
`,
	} {
		if got := answerTable(a, columns); got != want {
			t.Errorf("%d columns:\n%swant\n%s", columns, got, want)
		}
	}
	for columns := 5; columns < 130; columns++ {
		lines := strings.Split(answerTable(a, columns), "\n")
		for _, l := range lines[:len(lines)-2] { // the last one is a sentence
			if width(l) > columns {
				t.Errorf("%d columns: a line has %d: %s", columns, width(l), l)
			}
		}
	}
}

// TestTamed: a file of text on a terminal is shown as it is, but for what would command the terminal, also where a character comes in two
// parts.
func TestTamed(t *testing.T) {
	t.Parallel()
	const in = "a,\"\x1b]0;title\x07\"\n\tb\r\u009bc é包 \u00a0\x7f\n"
	const want = "a,\"\\x1b]0;title\\x07\"\n\tb\\x0d\\x9bc é包 \u00a0\\x7f\n"
	for size := 1; size <= len(in); size++ {
		var out bytes.Buffer
		w := &tamed{w: &out}
		for rest := []byte(in); len(rest) > 0; rest = rest[min(size, len(rest)):] {
			if n, err := w.Write(rest[:min(size, len(rest))]); err != nil || n != min(size, len(rest)) {
				t.Fatal(n, err)
			}
		}
		if out.String() != want {
			t.Errorf("in parts of %d: %q, want %q", size, &out, want)
		}
	}
}
