package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

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
	return `For example:

  stele query "SELECT title, us_gross FROM films ORDER BY us_gross DESC LIMIT 10"
  stele query - < report.sql > report.csv

What SQL may be asked is in docs/sql.md. Exit status: 0 the answer is whole; 1 an error; 3 it was cut, and standard error says so.`
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
	switch {
	case c.JSON:
		return "json"
	case c.Format != "":
		return c.Format
	case onTerminal(p.Stdout):
		return "table"
	}
	return "csv"
}

func printAnswer(p *Process, a client.Answer, format string) error {
	switch format {
	case "json":
		return printJSON(p, a)
	case "table":
		_, err := io.WriteString(p.Stdout, answerTable(a, p.columns(p.Stdout)))
		return err
	}
	columns := columnsOf(a)
	if format == string(datafile.JSONLines) {
		if err := namedApart(columns); err != nil {
			return err
		}
	}
	b := bufio.NewWriter(p.plainOutput())
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

// mostCell is how wide a value is at most where it is not known how wide the output is.
const mostCell = 60

// answerTable puts an answer into columns, numbers to the right, in lines of so many cells, and says below what is not all there.
func answerTable(a client.Answer, columns int) string {
	most := columns
	if most == 0 {
		most = mostCell
	}
	kinds, head := make([]byte, len(a.Columns)), make([]string, len(a.Columns))
	for i, c := range a.Columns {
		head[i], kinds[i] = oneLine(c.Name, mostCell), kindText
		switch {
		case c.Type == nil:
		case *c.Type == client.Int || *c.Type == client.Float:
			kinds[i] = kindNumber
		case *c.Type == client.DateTime || *c.Type == client.Boolean:
			kinds[i] = kindWhole
		}
	}
	lines, long := make([][]string, 1, len(a.Rows)+1), false
	lines[0] = head
	for _, row := range a.Rows {
		line := make([]string, len(row))
		for i, v := range row {
			switch v := v.(type) {
			case nil:
				line[i] = "NULL"
			case string:
				all := valueText(v, most+1)
				line[i] = cut(all, most)
				long = long || line[i] != all
			default:
				line[i] = oneLine(fmt.Sprint(v), most)
			}
		}
		lines = append(lines, line)
	}
	out, left, short := grid(columns, string(kinds), lines)
	below := rowsOf(int64(len(a.Rows)))
	if short = short || long; short {
		below += "; texts that end with … are longer"
	}
	if left > 0 {
		below += "; columns left out: " + strconv.Itoa(left)
	}
	if short || left > 0 {
		below += "; --format csv and --json have all"
	}
	return out + "(" + below + ")\n"
}
