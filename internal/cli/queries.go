package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"stele/client"
)

type queriesCmd struct {
	connection
	Agent string `help:"Name or id of the agent." required:"" placeholder:"AGENT" complete:"agent"`
	Limit int    `help:"Questions to show, the latest first; at most 1000." default:"20"`
}

// Run prints an aligned table with a line for each question; programs read --json, which has the whole of each.
func (c *queriesCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		es, err := s.Queries(ctx, c.Agent, c.Limit)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printJSON(p, struct {
				Queries []client.QueryEntry `json:"queries"`
			}{es})
		}
		_, err = io.WriteString(p.Stdout, queryTable(es, p.columns()))
		return err
	})
}

// columns is how wide standard output is: what COLUMNS says, as of ps, or its terminal; 0 if it is no terminal.
func (p *Process) columns() int {
	if n, err := strconv.Atoi(lookup(p.Environ, "COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f, ok := p.Stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}

// leastQuestion is the room, in cells, that a question gets before the columns of key, client and bytes.
const leastQuestion = 24

// queryTable writes a line for each question, under a heading. No line is wider than so many columns, unless they are 0; what there is too
// little room for is cut, or left out.
func queryTable(es []client.QueryEntry, columns int) string {
	lines := [][]string{{"ASKED", "ROWS", "MS", "KEY", "CLIENT", "BYTES", "QUESTION"}}
	for _, e := range es {
		rows, what := strconv.Itoa(e.Rows), oneLine(e.SQL, 80)
		if e.Refused != nil {
			rows, what = "refused", what+"  -- "+oneLine(*e.Refused, 120)
		}
		lines = append(lines, []string{moment(e.At), rows, fmt.Sprintf("%.1f", e.ElapsedMS), e.Key, oneLine(e.Client, 20), strconv.Itoa(e.Bytes), what})
	}
	const always, last = 3, 6
	var widths [last]int
	taken := 0
	for i := range widths {
		for _, l := range lines {
			widths[i] = max(widths[i], width(l[i])+2)
		}
		taken += widths[i]
	}
	shown := last
	if columns > 0 && taken+leastQuestion > columns {
		shown = always
	}
	var b strings.Builder
	for _, l := range lines {
		text := ""
		for i, cell := range l[:shown] {
			text += cell + strings.Repeat(" ", widths[i]-width(cell))
		}
		if text += l[last]; columns > 0 {
			text = cut(text, columns)
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}

// oneLine puts a text on one line, without what a terminal would take for a command or for another direction of writing, cut where it
// is wider than most cells.
func oneLine(s string, most int) string {
	return cut(strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool { return unicode.In(r, unicode.White_Space, unicode.C) }), " "), most)
}

// cut cuts a line where it is wider than most cells.
func cut(s string, most int) string {
	at, width := 0, 0 // where it is cut, if it is
	for i, r := range s {
		w := cells(r)
		if width+w < most {
			at = i + utf8.RuneLen(r)
		}
		if width += w; width > most {
			return s[:at] + "…"
		}
	}
	return s
}

// width is how much room a line takes.
func width(s string) (n int) {
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// cells is how much room a character takes: those of Chinese, Japanese and Korean, and emoji, take two.
func cells(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul), r >= 0x3000 && r < 0x3040, r >= 0xff00 && r < 0xff61, r >= 0x1f300 && r < 0x1fb00:
		return 2
	}
	return 1
}
