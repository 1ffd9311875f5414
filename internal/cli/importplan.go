package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"stele/client"
	"stele/internal/datafile"
)

// reasonColumn is the column of a repair file that says why a row is in it. Who mends the others and imports the file again may leave it.
const reasonColumn = "_reason"

// onceFor is how long an import may be finished by the same command again: the server knows what it did for a day at least, and this leaves
// an hour for clocks that differ.
const onceFor = 23 * time.Hour

// prepare finds the table, reads the files to their ends, and settles which column goes into which field.
func (im *importing) prepare(ctx context.Context, opts datafile.Options) error {
	var have *client.Definition
	t, err := im.s.table(ctx, im.Table)
	switch {
	case errors.As(err, new(noTableError)) && im.Create:
		if err := mayBeCalled(im.Table); err != nil {
			return err // before a large file is read in vain
		}
	case err != nil:
		return err
	default:
		page, err := im.s.RecordsPage(ctx, t.ID, client.RecordQuery{Size: 1})
		if err != nil {
			return err
		}
		have = &page.Table.Definition
		im.id, im.out.Table, im.out.Name, im.out.Existing = t.ID, t.ID, have.Name, true
		if im.Create && len(page.Records) > 0 && time.Since(time.UnixMilli(page.Records[0].CreatedAt)) > onceFor {
			return fmt.Errorf("table %s is there already and was filled more than a day ago: leave --create out to add to it", im.Table)
		}
	}
	repairs, err := repairPaths(im.Files, im.Repair, im.DryRun)
	if err != nil {
		return usageError{err}
	}
	for i, path := range im.Files {
		if err := im.read(ctx, path, repairs[i], opts); err != nil {
			return err
		}
	}
	if im.Create {
		err = im.plan(have)
	} else {
		im.fields = have.Fields
		for _, f := range im.files {
			if err = im.match(f); err != nil {
				break
			}
		}
	}
	if err == nil {
		im.show(have == nil)
	}
	return err
}

// mayBeCalled refuses a name that no table may have.
func mayBeCalled(name string) error {
	like := datafile.TableName(name)
	if like == name {
		return nil
	}
	text := fmt.Sprintf("a table cannot be called %s: its name is of a-z, 0-9 and _, at most 64, and begins with a letter", oneLine(name, 80))
	if like != "" {
		text += "; --table " + like + " would do"
	}
	return nothingYet(errors.New(text))
}

// read opens a file, whose refused rows go to repair, and reads it to its end.
func (im *importing) read(ctx context.Context, path, repair string, opts datafile.Options) error {
	f := &importFile{path: path, repair: repair}
	show := im.p.newMeter("reading "+f.shown(), 0, "") // of standard input, which is copied first
	opts.Stdin = metered{opts.Stdin, show}
	opts.Reading = func(read, size int64) {
		if show.total == 0 {
			show.end()
			show = im.p.newMeter("looking through "+oneLine(f.shown(), 40), size, "")
		}
		show.set(read)
	}
	r, err := datafile.Open(ctx, path, opts)
	show.end()
	if err != nil {
		return nothingYet(unreadable(path, err))
	}
	f.reader = r
	im.files = append(im.files, f)
	_, size := r.Progress()
	stop := im.p.newMeter("reading "+oneLine(f.shown(), 40), size, "").watch(func() int64 { read, _ := r.Progress(); return read })
	f.plan, err = datafile.Infer(r)
	stop()
	if err != nil {
		return nothingYet(err)
	}
	if f.plan.Rows == 0 {
		f.notes = append(f.notes, "there is no row in it")
	}
	return nil
}

func nothingYet(err error) error { return fmt.Errorf("%w; nothing was imported", err) }

// plan makes a table's fields of the columns of all files. have is what the table is already, if it is: the same command may have made it.
func (im *importing) plan(have *client.Definition) error {
	types := map[string]datafile.Type{}
	for _, f := range im.files {
		f.notes = append(f.notes, f.plan.Notes...)
		for _, c := range f.plan.Columns {
			old, known := types[c.Name]
			if !known {
				description := ""
				if c.Source != c.Name {
					description = oneLine(c.Source, 100)
				}
				im.fields = append(im.fields, client.Field{Name: c.Name, Description: description})
			}
			if !known || c.Rows > c.Empty || old == "" {
				types[c.Name] = joined(old, c)
			}
		}
	}
	if len(im.fields) == 0 {
		return errors.New("there is neither a row nor a column to make a table of; nothing was made or imported")
	}
	for i := range im.fields {
		f := &im.fields[i]
		f.Type = string(types[f.Name])
		if f.Type == "" {
			f.Type = string(datafile.TypeText)
		}
		f.Unique, f.Required = slices.Contains(im.Unique, f.Name), slices.Contains(im.Required, f.Name)
	}
	for _, name := range slices.Concat(im.Unique, im.Required) {
		if fieldOf(im.fields, name) == nil {
			return fmt.Errorf("no column makes a field %s; the fields are %s", oneLine(name, 64), names(im.fields))
		}
	}
	for _, f := range im.files {
		for i := range f.plan.Columns {
			c := &f.plan.Columns[i]
			c.Type = datafile.Type(fieldOf(im.fields, c.Name).Type)
		}
	}
	if have == nil {
		return nil
	}
	same := func(a, b client.Field) bool {
		return a.Name == b.Name && a.Type == b.Type && a.Unique == b.Unique && a.Required == b.Required
	}
	if !slices.EqualFunc(have.Fields, im.fields, same) {
		return fmt.Errorf("table %s is there already, and not as these files would make it: leave --create out to add to it", im.Table)
	}
	return nil
}

// joined is the type of a field that takes a column beside those of type old; "" is that of columns without a value.
func joined(old datafile.Type, c datafile.PlanColumn) datafile.Type {
	number := func(t datafile.Type) bool { return t == datafile.TypeInt || t == datafile.TypeFloat }
	switch {
	case c.Rows == c.Empty && c.Reason != "":
		return old
	case old == "" || old == c.Type:
		return c.Type
	case number(old) && number(c.Type):
		return datafile.TypeFloat
	}
	return datafile.TypeText
}

// match finds the field of each column: the one of its name, else the one of the name that it would be given.
func (im *importing) match(f *importFile) error {
	var strange []string
	taken := map[string]string{}
	if im.NoHeader && len(f.plan.Columns) != len(im.fields) {
		return nothingYet(fmt.Errorf("%s has %s, and table %s has %s: without a header each field needs a column", f.shown(), inWords(len(f.plan.Columns), "column"), im.Table, inWords(len(im.fields), "field")))
	}
	for i := range f.plan.Columns {
		c := &f.plan.Columns[i]
		field := fieldOf(im.fields, c.Source)
		switch {
		case im.NoHeader:
			field = &im.fields[i]
		case field == nil:
			field = fieldOf(im.fields, c.Name)
		}
		switch {
		case field == nil && (im.SkipColumns || c.Source == reasonColumn):
			f.notes = append(f.notes, fmt.Sprintf("column %s is left out", columnName(i, c)))
			c.Name = ""
		case field == nil:
			strange = append(strange, columnName(i, c))
		case taken[field.Name] != "":
			return nothingYet(fmt.Errorf("%s: the columns %s and %s both go into the field %s", f.shown(), taken[field.Name], columnName(i, c), field.Name))
		default:
			if field.Type == string(datafile.TypeDateTime) && c.Ambiguous != "" {
				return nothingYet(fmt.Errorf("%s: column %s: %q has day and month in either order, and no value tells which: give --date-order dmy or mdy", f.shown(), columnName(i, c), c.Ambiguous))
			}
			taken[field.Name] = columnName(i, c)
			im.fit(f, c, field)
		}
	}
	if len(strange) > 0 {
		return nothingYet(fmt.Errorf("%s: no field of table %s fits %s; its fields are %s. Name the columns after fields, or leave them out with --skip-columns", f.shown(), im.Table, strings.Join(strange, ", "), names(im.fields)))
	}
	if len(taken) == 0 {
		return nothingYet(fmt.Errorf("%s: no column fits a field of table %s; its fields are %s", f.shown(), im.Table, names(im.fields)))
	}
	for _, field := range im.fields {
		if field.Required && taken[field.Name] == "" && im.Mode != string(client.Upsert) {
			return nothingYet(fmt.Errorf("%s: no column fits the field %s, which every record needs", f.shown(), field.Name))
		}
	}
	return nil
}

// fit has a column read as its field's type, and notes where its values do not look like that.
func (im *importing) fit(f *importFile, c *datafile.PlanColumn, field *client.Field) {
	want := datafile.Type(field.Type)
	c.Name = field.Name
	switch {
	case want == datafile.TypeText, want == c.Type, want == datafile.TypeFloat && c.Type == datafile.TypeInt, c.Rows == c.Empty:
	case c.Reason != "":
		f.notes = append(f.notes, fmt.Sprintf("the field %s is %s, and not all values of its column are: %s", field.Name, want, c.Reason))
	default:
		f.notes = append(f.notes, fmt.Sprintf("the field %s is %s, and its column looks like %s", field.Name, want, c.Type))
	}
	switch {
	case want == datafile.TypeFloat && c.Rounded != "":
		f.notes = append(f.notes, fmt.Sprintf("the field %s is FLOAT: numbers with more digits than it keeps are rounded: %s", field.Name, c.Rounded))
	case want == datafile.TypeDateTime && c.Cut != "":
		f.notes = append(f.notes, fmt.Sprintf("the field %s is DATETIME: fractions of a second are left out: %s", field.Name, c.Cut))
	}
	c.Type = want
	c.DecimalComma = c.DecimalComma || im.DecimalComma
	if c.DateOrder == "" {
		c.DateOrder = datafile.DateOrder(im.DateOrder)
	}
	f.notes = append(f.notes, c.Changes()...)
}

// show prints what was found out, and for a new table what it will be.
func (im *importing) show(fresh bool) {
	var b strings.Builder
	for _, f := range im.files {
		fmt.Fprintf(&b, "%s: %s, %s\n", f.shown(), f.reader.Format(), rowsOf(f.plan.Rows))
		for _, n := range slices.Concat(f.reader.Notes(), f.notes) {
			fmt.Fprintf(&b, "  %s\n", oneLine(n, 300))
		}
	}
	if fresh {
		b.WriteString("\n" + im.planTable())
	}
	_, _ = io.WriteString(im.p.Stderr, b.String())
}

// planTable shows the fields of a table to be made, with what their columns have in the first file that has them.
func (im *importing) planTable() string {
	lines := [][]string{{"FIELD", "TYPE", "RULES", "NULL", "COLUMN", "VALUES"}}
	var unique []string
	for _, field := range im.fields {
		rules := strings.TrimSpace(must(field))
		for _, f := range im.files {
			i := slices.IndexFunc(f.plan.Columns, func(c datafile.PlanColumn) bool { return c.Name == field.Name })
			if i < 0 {
				continue
			}
			c := f.plan.Columns[i]
			if c.Unique && len(im.files) == 1 && !field.Unique {
				unique = append(unique, c.Name)
			}
			nulls, samples := inPlan(&c)
			lines = append(lines, []string{field.Name, field.Type, rules, grouped(nulls), oneLine(c.Source, 30), samples})
			break
		}
	}
	text := table(im.p.columns(im.p.Stderr), "wwwntt", lines)
	if len(unique) > 0 {
		text += "\nNo two rows have the same value in " + strings.Join(unique, ", ") + ": --unique " + unique[0] + " has the table keep it so.\n"
	}
	return text + "\n"
}

// inPlan is how many rows will have no value in a column's field, and values of the column. A text with blanks around it, and the empty one, stand
// in quotes.
func inPlan(c *datafile.PlanColumn) (nulls int64, samples string) {
	const most = 50
	nulls = c.Empty
	var all []string
	if c.Type == datafile.TypeText && c.Blank > 0 {
		nulls -= c.Blank
		all = append(all, valueText("", most))
	}
	for _, s := range c.Samples {
		all = append(all, valueText(s, most))
	}
	return nulls, cut(strings.Join(all, " | "), most)
}

func fieldOf(fields []client.Field, name string) *client.Field {
	if i := slices.IndexFunc(fields, func(f client.Field) bool { return f.Name == name }); i >= 0 {
		return &fields[i]
	}
	return nil
}

func names(fields []client.Field) string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Name)
	}
	return strings.Join(all, ", ")
}

// columnName names a column for people, the i-th from 0.
func columnName(i int, c *datafile.PlanColumn) string {
	if c.Source == "" {
		return fmt.Sprintf("column %d", i+1)
	}
	return fmt.Sprintf("%q", oneLine(c.Source, 60))
}
