package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"stele/client"
)

type tableCmd struct {
	List           tableListCmd           `cmd:"" help:"List the agent's tables."`
	Describe       tableDescribeCmd       `cmd:"" help:"Show a table's fields."`
	Create         tableCreateCmd         `cmd:"" help:"Make a table."`
	AddField       tableAddFieldCmd       `cmd:"" help:"Add a field."`
	RenameField    tableRenameFieldCmd    `cmd:"" help:"Rename a field."`
	ChangeType     tableChangeTypeCmd     `cmd:"" help:"Read a field's values as another type. Nothing is lost: a value that would be rounded or cut is refused."`
	Require        tableRequireCmd        `cmd:"" help:"Have every record need a value in a field, or no longer."`
	Unique         tableUniqueCmd         `cmd:"" help:"Have a field's values differ from record to record, or no longer."`
	DropField      tableDropFieldCmd      `cmd:"" help:"Drop a field with its values."`
	SetDescription tableSetDescriptionCmd `cmd:"" help:"Say what a table or a field holds."`
	Index          tableIndexCmd          `cmd:"" help:"Have an index answer keywords, or no longer."`
	Rename         tableRenameCmd         `cmd:"" help:"Rename a table."`
	Alter          tableAlterCmd          `cmd:"" help:"Make a list of changes, all of them or none."`
	Drop           tableDropCmd           `cmd:"" help:"Drop a table with all its records."`
}

// tableFlags is the flags of every command on tables.
type tableFlags struct {
	agentConnection
	jsonFlag
}

// run opens a session with an API key, calls f, and explains what went wrong.
func (c *tableFlags) run(p *Process, f func(session) error) error {
	s, err := c.open(p)
	if err != nil {
		return err
	}
	if err := f(s); err != nil {
		return s.explain(err)
	}
	return nil
}

// table finds a table by its name or id.
func (s session) table(ctx context.Context, nameOrID string) (client.TableCount, error) {
	ts, err := client.Collect(s.Tables(ctx))
	if err != nil {
		return client.TableCount{}, err
	}
	i := slices.IndexFunc(ts, func(t client.TableCount) bool { return t.Name == nameOrID })
	if i < 0 {
		i = slices.IndexFunc(ts, func(t client.TableCount) bool { return t.ID == strings.ToLower(nameOrID) })
	}
	if i < 0 {
		return client.TableCount{}, noTable(nameOrID, ts)
	}
	return ts[i], nil
}

type tableListCmd struct {
	tableFlags
}

// Run prints an aligned table, on a terminal or not; programs read --json.
func (c *tableListCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		ts, err := client.Collect(s.Tables(ctx))
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printJSON(p, struct {
				Tables []client.TableCount `json:"tables"`
			}{ts})
		}
		if len(ts) == 0 {
			_, _ = fmt.Fprintln(p.Stderr, "no tables yet: make one with `stele table create NAME FIELD:TYPE...`, or of a file with `stele import FILE --table NAME --create`")
		}
		lines := [][]string{{"ID", "NAME", "FIELDS", "RECORDS", "DESCRIPTION"}}
		for _, t := range ts {
			lines = append(lines, []string{t.ID, t.Name, strconv.Itoa(t.Fields), grouped(t.Records), oneLine(t.Description, 200)})
		}
		return p.print("wwnnt", lines)
	})
}

type tableDescribeCmd struct {
	tableFlags
	Table string `arg:"" help:"Name or id of the table." complete:"table"`
}

// Run prints the definition, a line for each field.
func (c *tableDescribeCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		t, err := s.table(ctx, c.Table)
		if err != nil {
			return err
		}
		page, err := s.RecordsPage(ctx, t.ID, client.RecordQuery{Size: 1})
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printJSON(p, definedTable{page.Table.ID, page.Table.Definition, page.Total})
		}
		d := page.Table
		head := fmt.Sprintf("%s (%s), %s\n%s\n", d.Name, d.ID, records(page.Total), oneLine(d.Description, 200))
		if d.KeywordIndex {
			head += "An index answers keywords.\n"
		}
		lines := [][]string{{"FIELD", "TYPE", "RULES", "DESCRIPTION"}}
		for _, f := range d.Fields {
			lines = append(lines, []string{f.Name, f.Type, strings.TrimSpace(must(f)), oneLine(f.Description, 200)})
		}
		if _, err := io.WriteString(p.Stdout, head+"\n"); err != nil {
			return err
		}
		return p.print("wwwt", lines)
	})
}

// change is the flags of every command that changes a definition.
type change struct {
	tableFlags
	DryRun bool   `name:"dry-run" help:"Only try it: say what it would do, or which records do not fit."`
	Table  string `arg:"" help:"Name or id of the table." complete:"table"`
}

// make makes changes, and prints what the definition was and is, or which records do not fit.
func (c *change) make(ctx context.Context, p *Process, changes ...client.TableChange) error {
	return c.run(p, func(s session) error {
		t, err := s.table(ctx, c.Table)
		if err != nil {
			return err
		}
		return c.alter(ctx, p, s, t, changes)
	})
}

func (c *change) alter(ctx context.Context, p *Process, s session, t client.TableCount, changes []client.TableChange) error {
	a, err := s.AlterTable(ctx, t.ID, changes, c.DryRun)
	if refused, ok := errors.AsType[*client.Error](err); ok && refused.ViolationCount > 0 {
		return c.unfit(p, refused, len(changes) > 1)
	}
	switch {
	case err != nil:
		return unsure(err, t, c.DryRun)
	case c.JSON:
		return printJSON(p, a)
	}
	_, err = fmt.Fprint(p.Stdout, difference(a))
	return err
}

// unfit prints the records that do not fit a new definition.
func (c *change) unfit(p *Process, refused *client.Error, several bool) error {
	if c.JSON {
		if err := printJSON(p, struct {
			Count      int64              `json:"violation_count"`
			Violations []client.Violation `json:"violations"`
		}{refused.ViolationCount, refused.Violations}); err != nil {
			return err
		}
	} else if _, err := fmt.Fprint(p.Stdout, violationTable(refused, several, p.columns(p.Stdout))); err != nil {
		return err
	}
	what := "1 record does not fit"
	if refused.ViolationCount > 1 {
		what = grouped(refused.ViolationCount) + " values do not fit"
	}
	return fmt.Errorf("%s: nothing was changed", what)
}

// unsure says what is not known when no answer came to a change.
func unsure(err error, t client.TableCount, dry bool) error {
	var silent *client.UnreachableError
	if dry || !errors.As(err, &silent) || errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return fmt.Errorf("no answer came, so it is not known whether the change was made: see `stele table describe %s`", t.ID)
}

type tableDropCmd struct {
	tableFlags
	DryRun bool   `name:"dry-run" help:"Only say what would be dropped."`
	Table  string `arg:"" help:"Name or id of the table." complete:"table"`
	Name   string `help:"The table's name, typed in full, instead of being asked for it." placeholder:"NAME" complete:"table"`
}

// Run has the name typed: nothing brings a table's records back.
func (c *tableDropCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		t, err := s.table(ctx, c.Table)
		if err != nil {
			return err
		}
		name := c.Name
		switch {
		case c.DryRun && name == "":
			name = t.Name
		case name == "":
			if name, err = typed(p, fmt.Sprintf("Table %s (%s) has %s. Nothing brings them back.", t.Name, t.ID, records(t.Records)), t.Name); err != nil {
				return err
			}
		}
		switch {
		case name == "":
			return errors.New("no name was typed: nothing was dropped")
		case name != t.Name:
			return fmt.Errorf("the table's name is %s, not %s: nothing was dropped", t.Name, oneLine(name, 80))
		}
		d, err := s.DropTable(ctx, t.ID, name, c.DryRun)
		switch {
		case err != nil:
			return unsure(err, t, c.DryRun)
		case c.JSON:
			return printJSON(p, d)
		case c.DryRun:
			_, err = fmt.Fprintf(p.Stdout, "would drop table %s (%s) with %s\n", d.Name, d.Table, records(d.Records))
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "dropped table %s (%s) with %s\n", d.Name, d.Table, records(d.Records))
		return err
	})
}

// typed returns what somebody at a terminal types after a warning.
func typed(p *Process, warning, name string) (string, error) {
	if f, ok := p.Stdin.(*os.File); !ok || !isTerminal(f) {
		return "", usageError{fmt.Errorf("%s Nobody is here to type its name: add --name %s", warning, name)}
	}
	_, _ = fmt.Fprintf(p.Stderr, "%s Type its name to drop it: ", warning)
	answer, _ := bufio.NewReader(p.Stdin).ReadString('\n')
	return strings.TrimSpace(answer), nil
}
