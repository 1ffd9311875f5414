package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"stele/client"
	"stele/internal/datafile"
)

// partError is what is missing where a command ends with exitPart.
type partError struct{ error }

// fileFlags say what a file does not say itself, or says wrongly.
type fileFlags struct {
	Format       string `help:"What the files are: csv, tsv, json, jsonl, xlsx or parquet, where neither name nor content says it." enum:"csv,tsv,json,jsonl,xlsx,parquet," default:"" placeholder:"FORMAT"`
	Charset      string `help:"Character set of a text file, such as windows-1252, where the one that was found is wrong." placeholder:"NAME"`
	Delimiter    string `help:"What is between the cells of a CSV file: one character, or tab." placeholder:"CHAR"`
	NoHeader     bool   `help:"The first row of a CSV file or a sheet is a row like the others. Columns are taken for the table's fields in their order."`
	Header       bool   `help:"The first row of a CSV file or a sheet has the columns' names, though they look like numbers or dates."`
	Sheet        string `help:"Sheet of a workbook. Default: the first one that is not hidden." placeholder:"NAME"`
	DecimalComma bool   `help:"1,5 is a number in every column."`
	DateOrder    string `help:"How 03/04/2026 is read: dmy or mdy. Default: as a column's own values prove." enum:"dmy,mdy," default:"" placeholder:"ORDER"`
}

// options makes of the flags what datafile takes.
func (f *fileFlags) options(p *Process) (datafile.Options, error) {
	o := datafile.Options{
		Format: datafile.Format(f.Format), Charset: f.Charset, Sheet: f.Sheet, DecimalComma: f.DecimalComma, DateOrder: datafile.DateOrder(f.DateOrder), Stdin: p.Stdin,
	}
	switch {
	case f.NoHeader && f.Header:
		return o, usageError{errors.New("--header and --no-header say opposite things: give one")}
	case f.NoHeader:
		o.Header = datafile.HeaderNo
	case f.Header:
		o.Header = datafile.HeaderYes
	}
	switch {
	case f.Delimiter == "tab" || f.Delimiter == `\t`:
		o.Delimiter = '\t'
	case len(f.Delimiter) > 1:
		return o, usageError{fmt.Errorf("--delimiter is one character of ASCII, or tab; got %q", f.Delimiter)}
	case f.Delimiter != "":
		o.Delimiter = f.Delimiter[0]
	}
	return o, nil
}

type importCmd struct {
	agentConnection
	fileFlags   `group:"What the files are"`
	Files       []string `arg:"" name:"file" help:"Files to import, each packed by gzip or zstd or not; - is standard input." complete:"file"`
	Table       string   `required:"" help:"Table to import into, by its name or id; with --create the new table's name." placeholder:"NAME" complete:"table"`
	Create      bool     `help:"Make the table from what is in the files. The plan is shown and asked about."`
	Yes         bool     `short:"y" help:"Do not ask."`
	Description string   `help:"Description of a table that is made." placeholder:"TEXT"`
	Unique      []string `help:"Fields of a table that is made whose values must differ from record to record." placeholder:"FIELD"`
	Required    []string `help:"Fields of a table that is made that every record needs." placeholder:"FIELD"`
	SkipColumns bool     `help:"Leave out columns that fit no field of the table, instead of refusing the file."`
	Mode        string   `help:"partial: what cannot be added is left out; atomic: all or nothing of each batch; upsert: a row whose --key is there changes that record." enum:"partial,atomic,upsert" default:"partial"`
	Key         string   `help:"Unique field by which upsert finds records." placeholder:"FIELD" complete:"field"`
	BatchRows   int      `help:"Most rows of a batch, 1 to 1000." default:"1000"`
	InFlight    int      `help:"Batches on their way at once, 1 to 16. With 1 records are in the order of the file. Default: 4, with upsert 1." placeholder:"N"`
	DryRun      bool     `help:"Only try it: batch by batch everything is done, told, and undone. With --create only show the plan."`
	Repair      string   `help:"File for refused rows. Default: NAME.rejected.csv beside the file; it is written only if a row is refused." placeholder:"FILE" complete:"file"`
	Again       bool     `help:"Import the rows although the same import was made in the last day. Without it what was imported is not imported twice."`
	jsonFlag
}

// Help is the rest of `stele help import`.
func (*importCmd) Help() string {
	return `For example:

  stele import films.csv --table films --create
  stele import more.xlsx --table films
  stele import prices.csv --table films --mode upsert --key title --dry-run
  curl -s https://example.com/films.jsonl.gz | stele import - --table films

An import that was interrupted is finished by the same command again, within a day: what is in the table already is not added twice.

Exit status: 0 all rows are in the table; 1 an error, and what was done before it is said; 2 the command line is wrong; 3 some rows were refused.`
}

func (c *importCmd) check() error {
	stdin := 0
	for _, f := range c.Files {
		if f == "-" {
			stdin++
		}
	}
	switch {
	case stdin > 1:
		return errors.New("- is given more than once: standard input can be imported once")
	case c.Repair != "" && len(c.Files) > 1:
		return errors.New("--repair names one file, and there are several to import: leave it out, and each has its own")
	case c.Mode == string(client.Upsert) && c.Key == "":
		return errors.New("--mode upsert needs --key, the unique field by which records are found")
	case c.Mode != string(client.Upsert) && c.Key != "":
		return errors.New("--key is of --mode upsert")
	case c.BatchRows < 1 || c.BatchRows > client.MostBatchRows:
		return fmt.Errorf("--batch-rows must be 1 to %d; got %d", client.MostBatchRows, c.BatchRows)
	case c.InFlight < 0 || c.InFlight > 16:
		return fmt.Errorf("--in-flight must be 1 to 16; got %d", c.InFlight)
	case !c.Create && (len(c.Unique) > 0 || len(c.Required) > 0 || c.Description != ""):
		return errors.New("--unique, --required and --description are of a table that is made: they need --create")
	}
	return nil
}

// Run reads every file to its end before a row is sent, so that a broken one is told while nothing is done yet.
func (c *importCmd) Run(ctx context.Context, p *Process) (err error) {
	if err := c.check(); err != nil {
		return usageError{err}
	}
	defer frugal(p)()
	opts, err := c.options(p)
	if err != nil {
		return err
	}
	s, err := c.open(p)
	if err != nil {
		return err
	}
	im := &importing{importCmd: c, p: p, s: s, out: importSummary{DryRun: c.DryRun}}
	defer im.close()
	if err := im.prepare(ctx, opts); err != nil {
		return s.explain(err)
	}
	if c.Create && !im.out.Existing {
		if err := im.ask(); err != nil {
			return err
		}
		if c.DryRun {
			return im.planned()
		}
		if err := im.create(ctx); err != nil {
			return s.explain(err)
		}
	}
	return im.run(ctx)
}

// importing is one run of `stele import`.
type importing struct {
	*importCmd
	p      *Process
	s      session
	files  []*importFile
	fields []client.Field // of the table, or of the one to be made
	id     string         // the table's
	out    importSummary
}

// importFile is a file to be imported.
type importFile struct {
	path   string
	reader *datafile.Reader
	plan   *datafile.Plan
	repair string   // where its refused rows go
	notes  []string // what its owner should know, beside what the reader found out
}

func (im *importing) close() {
	for _, f := range im.files {
		_ = f.reader.Close() // it was only read
	}
}

// ask has the plan approved.
func (im *importing) ask() error {
	if im.Yes || im.DryRun {
		return nil
	}
	question := fmt.Sprintf("Make table %s with %s and import %s?", im.Table, inWords(len(im.fields), "field"), rowsOf(im.total()))
	if slices.Contains(im.Files, "-") { // the answer would be read from the file
		return usageError{fmt.Errorf("%s The file is where an answer would come from: add --yes", question)}
	}
	return confirm(im.p, question, "nothing was made or imported")
}

func (im *importing) create(ctx context.Context) error {
	description := im.Description
	if description == "" {
		description = "imported from " + filepath.Base(im.files[0].shown()) // whoever reads the table needs no place on this machine
	}
	id, err := im.s.CreateTable(ctx, client.NewTable{Name: im.Table, Description: description, Fields: im.fields})
	im.id, im.out.Table, im.out.Name, im.out.Created = id, id, im.Table, err == nil
	if refused, answered := errors.AsType[*client.Error](err); answered && refused.Status < 500 {
		return fmt.Errorf("%w; nothing was made or imported", im.s.explain(err))
	}
	return err
}

func (im *importing) total() (n int64) {
	for _, f := range im.files {
		n += f.plan.Rows
	}
	return n
}

// shown is the file's name for people.
func (f *importFile) shown() string {
	if f.path == "-" {
		return "standard input"
	}
	return f.path
}

// rowsOf is a number of rows in words.
func rowsOf(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return grouped(n) + " rows"
}
