package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"stele/internal/client"
)

type queriesCmd struct {
	connection
	Agent string `help:"Name or id of the agent." required:"" placeholder:"AGENT"`
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
		w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "ASKED\tKEY\tCLIENT\tROWS\tBYTES\tMS\tQUESTION")
		for _, e := range es {
			rows, what := strconv.Itoa(e.Rows), oneLine(e.SQL, 80)
			if e.Refused != nil {
				rows, what = "refused", what+"  -- "+oneLine(*e.Refused, 120)
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%.1f\t%s\n", moment(e.At), e.Key, oneLine(e.Client, 20), rows, e.Bytes, e.ElapsedMS, what)
		}
		return w.Flush()
	})
}

// oneLine puts a text on one line, without what a terminal would take for a command or for another direction of writing, cut where it
// is wider than most cells.
func oneLine(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool { return unicode.In(r, unicode.White_Space, unicode.C) }), " ")
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
