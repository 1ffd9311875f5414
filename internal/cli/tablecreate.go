package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"stele/client"
)

type tableCreateCmd struct {
	tableFlags
	Name        string   `arg:"" optional:"" help:"Name of the table: a-z, 0-9 and _, a letter first."`
	Fields      []string `arg:"" optional:"" name:"field" help:"NAME:TYPE, such as code:TEXT. What it demands may follow, code:TEXT:required,unique, and what it holds, 'code:TEXT:unique:tracking code' or 'note:TEXT::by hand'."`
	Description string   `help:"What the table holds. Whoever asks in SQL reads it. Default: its name." placeholder:"TEXT"`
	Index       bool     `help:"Have an index answer keywords."`
	File        string   `help:"File with the table as JSON, instead of fields: the body of create-table, or what table describe --json prints; - is standard input. The name and the flags above go before what is in it." placeholder:"FILE" complete:"file"`
}

// Help is the rest of `stele help table create`.
func (*tableCreateCmd) Help() string {
	return `The types are TEXT, INT (64 bits), FLOAT, DATETIME and BOOLEAN. A table of what is in a file is made by stele import FILE --table NAME --create.

  stele table create parcels code:TEXT:required,unique weight_g:INT --description "parcels on their way"
  stele table describe parcels --json | stele table create parcels_2 --file -`
}

// definedTable is a table as it is printed, and read again to make another like it: id and records are passed over then.
type definedTable struct {
	ID string `json:"table_id"`
	client.Definition
	Records int64 `json:"record_count"`
}

// Run makes a table.
func (c *tableCreateCmd) Run(ctx context.Context, p *Process) error {
	t, err := c.definition(p)
	if err != nil {
		return err
	}
	return c.run(p, func(s session) error {
		id, err := s.CreateTable(ctx, client.NewTable{Name: t.Name, Description: t.Description, Fields: t.Fields, KeywordIndex: t.KeywordIndex})
		switch {
		case err != nil:
			return err
		case c.JSON:
			t.ID = id
			return printJSON(p, t)
		}
		_, err = fmt.Fprintf(p.Stdout, "made table %s (%s) with %s\n", t.Name, id, inWords(len(t.Fields), "field"))
		return err
	})
}

// definition is the table that the command line, or its file, describes.
func (c *tableCreateCmd) definition(p *Process) (t definedTable, err error) {
	if c.File != "" {
		if len(c.Fields) > 0 {
			return t, usageError{errors.New("the fields are given twice, in --file and behind the name: leave one of them out")}
		}
		if t, err = readDefinition(p, c.File); err != nil {
			return t, err
		}
		t.ID, t.Records = "", 0
	}
	for _, text := range c.Fields {
		f, err := parseField(text)
		if err != nil {
			return t, usageError{err}
		}
		t.Fields = append(t.Fields, f)
	}
	t.Name = first(c.Name, t.Name)
	t.Description = first(c.Description, t.Description, t.Name)
	t.KeywordIndex = t.KeywordIndex || c.Index
	switch {
	case t.Name == "":
		return t, usageError{errors.New("the table has no name: `stele table create NAME FIELD:TYPE...`")}
	case len(t.Fields) == 0:
		return t, usageError{fmt.Errorf("the table has no fields: `stele table create %s FIELD:TYPE...`, such as code:TEXT:required,unique weight_g:INT", t.Name)}
	}
	return t, nil
}

// readDefinition reads a table from a file. A member that is not known is refused: it would be a rule that is not kept.
func readDefinition(p *Process, path string) (t definedTable, err error) {
	b, err := readBounded(p, path, "the table")
	if err != nil {
		return t, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, fmt.Errorf("%s is no table as JSON, such as {\"name\":\"parcels\",\"description\":\"on their way\",\"fields\":[{\"name\":\"code\",\"type\":\"TEXT\",\"required\":true}]}: %s", path, jsonFault(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return t, errors.New("there is text after the table")
	}
	return t, nil
}

// readBounded reads a file whole, - from standard input, up to the longest body that a server takes.
func readBounded(p *Process, path, what string) ([]byte, error) {
	in := p.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, unreadable(path, err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, longestBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	if len(b) > longestBody {
		return nil, fmt.Errorf("%s has more than %d bytes", what, longestBody)
	}
	return b, nil
}

// longestBody is the most bytes that are read of what a server is sent as it is: as many as a server takes.
const longestBody = 8 << 20

// jsonFault says in plain words what is wrong with JSON that a person wrote.
func jsonFault(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		at := strings.TrimPrefix(wrong.Field, "Definition.") // Go's own name for what is embedded
		if at == "" {
			at = "the whole"
		}
		return fmt.Sprintf("%s cannot be a JSON %s", at, wrong.Value)
	}
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("byte %d: %v", broken.Offset, broken)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// fieldTypes are the types of fields.
var fieldTypes = []string{client.Text, client.Int, client.Float, client.DateTime, client.Boolean}

// parseField reads NAME:TYPE[:RULE,...][:DESCRIPTION].
func parseField(text string) (f client.Field, err error) {
	parts := strings.SplitN(text, ":", 4)
	if len(parts) < 2 || parts[0] == "" {
		return f, fmt.Errorf("%q is no field: write NAME:TYPE, such as code:TEXT or code:TEXT:required,unique", oneLine(text, 80))
	}
	f.Name, f.Type = parts[0], strings.ToUpper(parts[1])
	if !slices.Contains(fieldTypes, f.Type) {
		return f, fmt.Errorf("%q: %s is no type; a field is %s", oneLine(text, 80), oneLine(parts[1], 40), strings.Join(fieldTypes, ", "))
	}
	if len(parts) > 2 && parts[2] != "" {
		for rule := range strings.SplitSeq(parts[2], ",") {
			switch strings.ToLower(strings.TrimSpace(rule)) {
			case "required":
				f.Required = true
			case "unique":
				f.Unique = true
			default:
				return f, fmt.Errorf("%q: a field may be required, unique or required,unique; a description stands behind one more colon, %s:%s::%s",
					oneLine(text, 80), f.Name, f.Type, oneLine(parts[2], 40))
			}
		}
	}
	if len(parts) > 3 {
		f.Description = parts[3]
	}
	return f, nil
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// inWords is a number of things, of which one is called so.
func inWords(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
