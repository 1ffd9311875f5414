package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

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

// oneLine puts a text on one line, without what a terminal would take for a command, cut after most characters.
func oneLine(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f && r < 0xa0 }), " ")
	if rs := []rune(s); len(rs) > most {
		return string(rs[:most-1]) + "…"
	}
	return s
}
