package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

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
		_, err = io.WriteString(p.Stdout, queryTable(es, p.columns(p.Stdout)))
		return err
	})
}

// What a narrow terminal shows of a question: below roomy cells not whose it was, below cramped ones no more than when, and what it was.
const (
	roomy   = 110
	cramped = 60
	tiny    = 30 // and below these not even when
)

// queryTable writes a line for each question, under a heading. No line is wider than so many columns, unless they are 0.
func queryTable(es []client.QueryEntry, columns int) string {
	lines := [][]string{{"ASKED", "ROWS", "MS", "QUESTION", "KEY", "CLIENT", "BYTES"}}
	for _, e := range es {
		rows, what := strconv.Itoa(e.Rows), oneLine(e.SQL, 80)
		if e.Refused != nil {
			rows, what = "refused", what+"  -- "+oneLine(*e.Refused, 120)
		}
		lines = append(lines, []string{moment(e.At), rows, fmt.Sprintf("%.1f", e.ElapsedMS), what, e.Key, oneLine(e.Client, 20), strconv.Itoa(e.Bytes)})
	}
	kinds, shown := "wnnwtnt", []int{0, 1, 2, 4, 5, 6, 3}
	switch {
	case columns == 0 || columns >= roomy:
	case columns >= cramped:
		kinds, shown = "wnnt", []int{0, 1, 2, 3}
	case columns < tiny:
		kinds, shown = "t", []int{3}
	default:
		kinds, shown = "wt", []int{0, 3}
		for _, l := range lines[1:] {
			l[0] = l[0][len("2006-"):len("2006-01-02 15:04")] // of the latest questions a year says little
		}
	}
	for i, l := range lines {
		cells := make([]string, len(shown))
		for j, at := range shown {
			cells[j] = l[at]
		}
		lines[i] = cells
	}
	out, _, _ := grid(columns, kinds, lines)
	return out
}
