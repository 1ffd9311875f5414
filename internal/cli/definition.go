package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"stele/client"
)

type tableAddFieldCmd struct {
	change
	Field       string  `arg:"" help:"Name of the new field."`
	Type        string  `arg:"" help:"TEXT, INT, FLOAT, DATETIME or BOOLEAN." complete:"TEXT,INT,FLOAT,DATETIME,BOOLEAN"`
	Description string  `help:"What it holds." placeholder:"TEXT"`
	Required    bool    `help:"Every record must have a value."`
	Unique      bool    `help:"No two records may have the same value."`
	Default     *string `help:"What the records that are there get. Later ones do not." placeholder:"VALUE"`
}

// Run adds a field.
func (c *tableAddFieldCmd) Run(ctx context.Context, p *Process) error {
	add := client.TableChange{"op": "add_field", "name": c.Field, "type": c.Type, "description": c.Description, "required": c.Required, "unique": c.Unique}
	if c.Default != nil {
		add["default"] = *c.Default
	}
	return c.make(ctx, p, add)
}

type tableRenameFieldCmd struct {
	change
	Field string `arg:"" help:"Name of the field." complete:"field"`
	To    string `arg:"" help:"Its new name."`
}

// Run renames a field.
func (c *tableRenameFieldCmd) Run(ctx context.Context, p *Process) error {
	return c.make(ctx, p, client.TableChange{"op": "rename_field", "field": c.Field, "to": c.To})
}

type tableChangeTypeCmd struct {
	change
	Field string `arg:"" help:"Name of the field." complete:"field"`
	Type  string `arg:"" help:"TEXT, INT, FLOAT, DATETIME or BOOLEAN." complete:"TEXT,INT,FLOAT,DATETIME,BOOLEAN"`
}

// Run gives a field another type.
func (c *tableChangeTypeCmd) Run(ctx context.Context, p *Process) error {
	return c.make(ctx, p, client.TableChange{"op": "change_type", "field": c.Field, "type": c.Type})
}

// onOff is the flags of a command that sets a mark, or takes it off.
type onOff struct {
	Off bool `help:"No longer."`
}

func (o onOff) op(what string) string {
	if o.Off {
		return "drop_" + what
	}
	return "set_" + what
}

type tableRequireCmd struct {
	change
	onOff
	Field string `arg:"" help:"Name of the field." complete:"field"`
}

// Run makes a field required, or no longer.
func (c *tableRequireCmd) Run(ctx context.Context, p *Process) error {
	return c.make(ctx, p, client.TableChange{"op": c.op("required"), "field": c.Field})
}

type tableUniqueCmd struct {
	change
	onOff
	Field string `arg:"" help:"Name of the field." complete:"field"`
}

// Run makes a field unique, or no longer.
func (c *tableUniqueCmd) Run(ctx context.Context, p *Process) error {
	return c.make(ctx, p, client.TableChange{"op": c.op("unique"), "field": c.Field})
}

type tableIndexCmd struct {
	change
	onOff
}

// Run makes the keyword index, or removes it.
func (c *tableIndexCmd) Run(ctx context.Context, p *Process) error {
	return c.make(ctx, p, client.TableChange{"op": c.op("keyword_index")})
}

type tableDropFieldCmd struct {
	change
	Field string `arg:"" help:"Name of the field." complete:"field"`
	Yes   bool   `help:"Do not ask."`
}

// Run asks first: nothing brings a field's values back.
func (c *tableDropFieldCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		t, err := s.table(ctx, c.Table)
		if err != nil {
			return err
		}
		if !c.Yes && !c.DryRun {
			if err := confirm(p, fmt.Sprintf("Drop field %s of table %s with its values in %s?", oneLine(c.Field, 80), t.Name, records(t.Records)), "nothing was dropped"); err != nil {
				return err
			}
		}
		return c.alter(ctx, p, s, t, []client.TableChange{{"op": "drop_field", "field": c.Field}})
	})
}

type tableSetDescriptionCmd struct {
	change
	Text  string `arg:"" help:"The description."`
	Field string `help:"The field that it is of, instead of the table." placeholder:"FIELD" complete:"field"`
}

// Run describes a table or a field.
func (c *tableSetDescriptionCmd) Run(ctx context.Context, p *Process) error {
	if c.Field != "" {
		return c.make(ctx, p, client.TableChange{"op": "describe_field", "field": c.Field, "description": c.Text})
	}
	return c.make(ctx, p, client.TableChange{"op": "describe_table", "description": c.Text})
}

type tableRenameCmd struct {
	change
	To string `arg:"" help:"Its new name."`
}

// Run renames a table.
func (c *tableRenameCmd) Run(ctx context.Context, p *Process) error {
	return c.make(ctx, p, client.TableChange{"op": "rename_table", "to": c.To})
}

type tableAlterCmd struct {
	change
	File string `arg:"" help:"File with the changes, a JSON array as docs/schema.md has it; - is standard input." complete:"file"`
}

// Run makes a list of changes. What is wrong with one of them is for the server to say.
func (c *tableAlterCmd) Run(ctx context.Context, p *Process) error {
	b, err := readBounded(p, c.File, "the list of changes")
	if err != nil {
		return err
	}
	var changes []client.TableChange
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&changes); err != nil {
		return fmt.Errorf("the changes must be a JSON array of objects, such as [{\"op\":\"drop_field\",\"field\":\"note\"}]: %s", jsonFault(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is text after the list of changes")
	}
	return c.make(ctx, p, changes...)
}

// difference says what a change has made of a definition, a line for each thing that is another now.
func difference(a client.Altered) string {
	var b strings.Builder
	head := "changed"
	if !a.Applied {
		head = "would change"
	}
	lines := append(tableDifference(a), fieldDifference(a)...)
	if len(lines) == 0 {
		head = "nothing to change in"
	}
	fmt.Fprintf(&b, "%s table %s (%s), %s\n", head, a.Before.Name, a.Table, records(a.Records))
	for _, l := range lines {
		b.WriteString(l + "\n")
	}
	return b.String()
}

func tableDifference(a client.Altered) (lines []string) {
	if a.Before.Name != a.After.Name {
		lines = append(lines, "~ table "+a.Before.Name+" -> "+a.After.Name)
	}
	if a.Before.Description != a.After.Description {
		lines = append(lines, "~ description "+described(a.Before.Description, a.After.Description))
	}
	if a.Before.KeywordIndex != a.After.KeywordIndex {
		lines = append(lines, map[bool]string{true: "+ keyword index", false: "- keyword index"}[a.After.KeywordIndex])
	}
	return lines
}

func described(before, after string) string {
	return strconv.Quote(oneLine(before, 60)) + " -> " + strconv.Quote(oneLine(after, 60))
}

func fieldDifference(a client.Altered) (lines []string) {
	find := func(d client.Definition, name string) (f client.Field) {
		for _, g := range d.Fields {
			if g.Name == name {
				f = g
			}
		}
		return f
	}
	for _, m := range a.Fields {
		switch {
		case m.To == nil && m.From == nil: // no server says so
		case m.To == nil:
			f := find(a.Before, *m.From)
			lines = append(lines, "- "+f.Name+" "+f.Type+must(f))
		case m.From == nil:
			f := find(a.After, *m.To)
			lines = append(lines, "+ "+f.Name+" "+f.Type+must(f)+filled(m.Default, a.Records))
		default:
			if l := changed(find(a.Before, *m.From), find(a.After, *m.To)); l != "" {
				lines = append(lines, "~ "+l)
			}
		}
	}
	return lines
}

// must says what a field demands of its values, with a blank before each word.
func must(f client.Field) (s string) {
	if f.Required {
		s += " required"
	}
	if f.Unique {
		s += " unique"
	}
	return s
}

// filled says what the records that were there have in a new field.
func filled(v any, n int64) string {
	switch {
	case n == 0:
		return ""
	case v == nil:
		return fmt.Sprintf(" (no value in %s)", records(n))
	}
	return fmt.Sprintf(" (%s in %s)", oneLine(fmt.Sprint(v), 40), records(n))
}

// changed says what is another in a field that stays; "" if nothing is.
func changed(f, g client.Field) string {
	name, parts := f.Name, []string{}
	if f.Name != g.Name {
		name += " -> " + g.Name
	}
	if f.Type != g.Type {
		parts = append(parts, f.Type+" -> "+g.Type)
	}
	mark := func(what string, before, after bool) {
		switch {
		case after && !before:
			parts = append(parts, "now "+what)
		case before && !after:
			parts = append(parts, "no longer "+what)
		}
	}
	mark("required", f.Required, g.Required)
	mark("unique", f.Unique, g.Unique)
	if f.Description != g.Description {
		parts = append(parts, "description "+described(f.Description, g.Description))
	}
	switch {
	case len(parts) == 0 && f.Name == g.Name:
		return ""
	case len(parts) == 0:
		return name
	case f.Name != g.Name:
		name += ","
	}
	return name + " " + strings.Join(parts, ", ")
}

// violationTable lists the records that do not fit, under a heading, in lines of so many cells. Where there were several changes it says which.
func violationTable(e *client.Error, several bool, columns int) string {
	kinds, lines := "nwwtt", [][]string{{"CHANGE", "RECORD", "FIELD", "VALUE", "WHY NOT"}}
	for _, v := range e.Violations {
		lines = append(lines, []string{strconv.Itoa(v.Change), v.RecordID, v.Field, shown(v.Value), oneLine(v.Reason, 200)})
	}
	if !several {
		kinds = kinds[1:]
		for i := range lines {
			lines[i] = lines[i][1:]
		}
	}
	text := table(columns, kinds, lines)
	if more := e.ViolationCount - int64(len(e.Violations)); more > 0 {
		text += "and " + grouped(more) + " more\n"
	}
	return text
}

// shown is a value as a person reads it.
func shown(v json.RawMessage) string {
	var s string
	switch {
	case string(v) == "null":
		return "(none)"
	case json.Unmarshal(v, &s) == nil:
		return valueText(s, 40)
	}
	return oneLine(string(v), 40)
}

// records is a number of records in words.
func records(n int64) string {
	if n == 1 {
		return "1 record"
	}
	return grouped(n) + " records"
}

// grouped is a number with a comma before every three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
