package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"stele/client"
	"stele/internal/datafile"
)

type queryCmd struct {
	agentConnection
	SQL     string `arg:"" name:"sql" help:"One SELECT over the agent's tables; - reads it from standard input."`
	MaxRows int    `help:"Most rows of the answer, 1 to 10,000." default:"10000"`
	Format  string `help:"table, csv, tsv, json (the answer whole, with the columns' types) or jsonl. Default: table on a terminal, else csv." enum:"table,csv,tsv,json,jsonl," default:"" placeholder:"FORMAT"`
	jsonFlag
}

// Help is the rest of `stele help query`.
func (*queryCmd) Help() string {
	return `What SQL may be asked is in docs/sql.md. Exit status: 0 the answer is whole; 1 an error; 3 it was cut, and standard error says so.`
}

// Run prints an answer. What may be misunderstood without is on standard error.
func (c *queryCmd) Run(ctx context.Context, p *Process) error {
	if c.JSON && c.Format != "" && c.Format != string(datafile.JSON) {
		return usageError{fmt.Errorf("--json and --format %s are both given: which is meant?", c.Format)}
	}
	if c.MaxRows < 1 || c.MaxRows > mostAnswerRows {
		return usageError{fmt.Errorf("--max-rows must be 1 to %d; got %d", mostAnswerRows, c.MaxRows)}
	}
	s, err := c.open(p)
	if err != nil {
		return err
	}
	sql := c.SQL
	if sql == "-" {
		b, err := io.ReadAll(io.LimitReader(p.Stdin, 1<<20))
		if err != nil {
			return fmt.Errorf("reading standard input: %w", err)
		}
		sql = string(b)
	}
	a, err := s.Ask(ctx, client.Question{SQL: sql, MaxRows: c.MaxRows, MaxBytes: mostAnswerBytes})
	if err != nil {
		return s.explain(err)
	}
	if err := printAnswer(p, a, c.format(p)); err != nil {
		return err
	}
	for _, n := range a.Notes {
		_, _ = fmt.Fprintf(p.Stderr, "note: %s\n", oneLine(n, 500))
	}
	if a.Truncated {
		return partError{fmt.Errorf("the answer was cut after %s: %s", rowsOf(int64(a.Count)), a.Note)}
	}
	return nil
}

// format is the one asked for, else what suits the reader.
func (c *queryCmd) format(p *Process) string {
	switch f, ok := p.Stdout.(*os.File); {
	case c.JSON:
		return "json"
	case c.Format != "":
		return c.Format
	case ok && term.IsTerminal(int(f.Fd())):
		return "table"
	}
	return "csv"
}

func printAnswer(p *Process, a client.Answer, format string) error {
	switch format {
	case "json":
		return printJSON(p, a)
	case "table":
		_, err := io.WriteString(p.Stdout, answerTable(a))
		return err
	}
	columns := columnsOf(a)
	b := bufio.NewWriter(p.Stdout)
	w, err := datafile.Create(b, datafile.Format(format), columns, datafile.WriteOptions{})
	if err != nil {
		return err
	}
	for _, row := range a.Rows {
		if err := w.Write(cellsOf(row, columns)); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), b.Flush())
}

// mostCell is how wide a value is at most in a table for people.
const mostCell = 60

// answerTable puts an answer into columns, numbers to the right.
func answerTable(a client.Answer) string {
	lines := make([][]string, 0, len(a.Rows)+1)
	right := make([]bool, len(a.Columns))
	widths := make([]int, len(a.Columns))
	var head []string
	for i, c := range a.Columns {
		head = append(head, oneLine(c.Name, mostCell))
		right[i] = c.Type != nil && (*c.Type == client.Int || *c.Type == client.Float)
	}
	lines = append(lines, head)
	for _, row := range a.Rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = "NULL"
			if v != nil {
				line[i] = oneLine(fmt.Sprint(v), mostCell)
			}
		}
		lines = append(lines, line)
	}
	for _, l := range lines {
		for i, cell := range l {
			widths[i] = max(widths[i], width(cell))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		text := ""
		for i, cell := range l {
			pad := strings.Repeat(" ", widths[i]-width(cell))
			if right[i] {
				text += pad + cell + "  "
			} else {
				text += cell + pad + "  "
			}
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	fmt.Fprintf(&b, "(%s)\n", rowsOf(int64(len(a.Rows))))
	return b.String()
}
