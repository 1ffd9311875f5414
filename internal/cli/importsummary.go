package cli

import (
	"fmt"
	"io"
	"strings"

	"stele/client"
)

// mostRefused is how many refused rows of a file a summary names one by one; its repair file has all.
const mostRefused = 20

// importSummary is what became of an import.
type importSummary struct {
	Table    string         `json:"table_id"`
	Name     string         `json:"table"`
	Created  bool           `json:"table_created"`
	Existing bool           `json:"-"`
	DryRun   bool           `json:"dry_run"`
	Fields   []client.Field `json:"fields,omitempty"` // of a table that would be made
	Files    []*fileSummary `json:"files"`
}

// fileSummary is what became of a file.
type fileSummary struct {
	File       string       `json:"file"`
	Rows       int64        `json:"rows"`
	Answered   int64        `json:"answered"` // rows of which it is known what became of them
	Created    int64        `json:"created"`
	Updated    int64        `json:"updated"`
	Unchanged  int64        `json:"unchanged"`
	Failed     int64        `json:"failed"`
	Skipped    int64        `json:"skipped"`
	Replayed   int64        `json:"already_imported"` // of those answered, by an earlier run
	Unsent     []span       `json:"refused_batches,omitempty"`
	Unknown    []span       `json:"unknown,omitempty"`
	Refused    []refusedRow `json:"refused,omitempty"` // the first of them
	RepairFile string       `json:"repair_file,omitempty"`
}

// span is the numbers of the first and the last row of a batch.
type span struct {
	First int64 `json:"first_row"`
	Last  int64 `json:"last_row"`
}

// refusedRow is a row that is not in the table.
type refusedRow struct {
	Row     int64    `json:"row"`
	Status  string   `json:"status"`
	Reasons []string `json:"reasons"`
}

func (s *importSummary) refused() (n int64) {
	for _, f := range s.Files {
		n += f.Failed + f.Skipped
	}
	return n
}

// planned ends a dry run of a table that would be made.
func (im *importing) planned() error {
	if !im.JSON {
		_, err := fmt.Fprintln(im.p.Stdout, "nothing was made or imported: this was a dry run")
		return err
	}
	im.out.Name, im.out.Fields = im.Table, im.fields
	for _, f := range im.files {
		im.out.Files = append(im.out.Files, &fileSummary{File: f.shown(), Rows: f.plan.Rows})
	}
	return printJSON(im.p, im.out)
}

// print prints it, a line for each file.
func (s *importSummary) print(p *Process, asJSON bool) error {
	if asJSON {
		return printJSON(p, s)
	}
	var b strings.Builder
	for _, f := range s.Files {
		fmt.Fprintf(&b, "%s -> %s: %s\n", visible(f.File), s.Name, f.sentence(s.DryRun))
		for _, r := range f.Refused {
			fmt.Fprintf(&b, "  row %d: %s\n", r.Row, oneLine(strings.Join(r.Reasons, "; "), 300))
		}
		if more := f.Failed + f.Skipped - int64(len(f.Refused)); more > 0 {
			fmt.Fprintf(&b, "  and %s more\n", rowsOf(more))
		}
		if f.RepairFile != "" {
			fmt.Fprintf(&b, "  refused rows, with the reasons: %s\n", f.RepairFile)
		}
	}
	_, err := io.WriteString(p.Stdout, b.String())
	return err
}

// sentence counts what became of the rows.
func (f *fileSummary) sentence(dry bool) string {
	parts := []string{fmt.Sprintf("%s of %s", grouped(f.Created+f.Updated+f.Unchanged), rowsOf(f.Rows))}
	if dry {
		parts[0] += " would be in the table"
	} else {
		parts[0] += " in the table"
	}
	for _, c := range []struct {
		n    int64
		what string
	}{{f.Created, "created"}, {f.Updated, "updated"}, {f.Unchanged, "unchanged"}, {f.Failed, "refused"}, {f.Skipped, "kept out by others of their batch"}} {
		if c.n > 0 {
			parts = append(parts, grouped(c.n)+" "+c.what)
		}
	}
	if f.Replayed > 0 {
		parts = append(parts, fmt.Sprintf("%s of them by an earlier run of the same import (--again imports them once more)", grouped(f.Replayed)))
	}
	if left := f.Rows - f.Answered; left > 0 && f.Answered+f.Failed < f.Rows {
		parts = append(parts, grouped(left)+" not done")
	}
	return strings.Join(parts, ", ")
}

// sofar says exactly what an import that broke off has done.
func (f *fileSummary) sofar(dry, resumable bool) string {
	if dry {
		return "It was a dry run: nothing was imported"
	}
	text := "Nothing of it was imported"
	switch {
	case f.Answered == 0 && len(f.Unknown) > 0:
		text = "No row of it was answered"
	case f.Answered > 0:
		text = fmt.Sprintf("Of its %s, %s answered: %s are in the table, %s refused", rowsOf(f.Rows), were(f.Answered), grouped(f.Created+f.Updated+f.Unchanged), grouped(f.Failed+f.Skipped))
	}
	if len(f.Unsent) > 0 {
		text += "; batches refused as a whole: " + spans(f.Unsent)
	}
	if len(f.Unknown) > 0 {
		text += "; sent, but it is not known whether they are in the table: " + spans(f.Unknown)
	}
	if resumable {
		text += ". The same command again, within a day, finishes the rest and adds nothing twice"
	}
	return text
}

func spans(list []span) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, fmt.Sprintf("rows %d to %d", s.First, s.Last))
	}
	return strings.Join(parts, ", ")
}

// were is a number of rows with its verb.
func were(n int64) string {
	if n == 1 {
		return "1 row was"
	}
	return rowsOf(n) + " were"
}
