package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// files measures `stele import` and `stele export` as processes, from their start to their end, against requests whose bodies were made
// before, sent by one caller, and against an engine's own shell. Every import is into a new table. Requests are made of two kinds of rows:
// those of the file, and as many parcels, which are what all other parts import.
type files struct {
	binary string
	csv    string // the file
	out    string // where it is exported to
	on     string // behind the names of the report's lines
	agent  func(ctx context.Context, name string) (*agentTable, error)
	shell  side // nil if there is none

	fields  []fileField // of the table that an import makes
	rows    int
	bodies  [][]byte // of requests, without what they begin with
	rounds  int      // that were begun
	agents  [3]*agentTable
	exports *agentTable // whose table was imported last
	all     measure
}

// fileField is a field of a table that is made of a file.
type fileField struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type"`
}

// fileTable is what the tables are called that an import makes.
const fileTable = "rows"

func newFiles(ctx context.Context, f *files) (*files, error) {
	f.all.sides = []string{"stele import", "parcels", "prepared", "stele export"}
	if f.shell != nil {
		f.all.sides = append(f.all.sides, "shell")
	}
	var err error
	if f.exports, err = f.agent(ctx, "files"); err != nil {
		return nil, err
	}
	if err := f.stele(ctx, f.exports, "import", f.csv, "--table", fileTable, "--create", "--yes"); err != nil {
		return nil, err
	}
	if err := f.prepare(ctx); err != nil {
		return nil, fmt.Errorf("preparing requests of the file's rows: %w", err)
	}
	if err := f.round(ctx, 0); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	f.all.times = nil
	return f, nil
}

// prepare makes bodies of the rows as they came into the table.
func (f *files) prepare(ctx context.Context) error {
	table, err := f.exports.tableID(ctx, fileTable)
	if err != nil {
		return err
	}
	b, err := f.exports.caller.post(ctx, routePage, pageBody(table, 1))
	if err != nil {
		return err
	}
	var page struct {
		Table struct {
			Fields []fileField `json:"fields"`
		} `json:"table_info"`
	}
	if err := json.Unmarshal(b, &page); err != nil {
		return fmt.Errorf("reading a page: %w", err)
	}
	f.fields = page.Table.Fields
	lines := f.out + ".jsonl"
	if err := f.stele(ctx, f.exports, "export", fileTable, "-o", lines); err != nil {
		return err
	}
	if b, err = os.ReadFile(lines); err != nil {
		return fmt.Errorf("reading what was exported: %w", err)
	}
	var body []byte
	for line := range bytes.Lines(b) {
		if len(body) > 0 {
			body = append(body, ',')
		}
		body = append(body, bytes.TrimSuffix(line, []byte("\n"))...)
		if f.rows++; f.rows%batch == 0 {
			f.bodies, body = append(f.bodies, append(body, "]}"...)), nil
		}
	}
	if len(body) > 0 {
		f.bodies = append(f.bodies, append(body, "]}"...))
	}
	if f.rows == 0 {
		return fmt.Errorf("%s has no rows", f.csv)
	}
	return nil
}

// round has two agents of its own, so that no table grows out of what rounds before have left.
func (f *files) round(ctx context.Context, r int) error {
	f.rounds++
	for i := range f.agents {
		var err error
		if f.agents[i], err = f.agent(ctx, "files-"+strconv.Itoa(f.rounds)+"-"+strconv.Itoa(i)); err != nil {
			return err
		}
		defer f.agents[i].caller.close()
	}
	sides := []side{f.imported, f.parcels, f.sent, f.exported}
	if f.shell != nil {
		sides = append(sides, f.shell)
	}
	return f.all.round(ctx, r, sides...)
}

// imported is `stele import`.
func (f *files) imported(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	err := f.stele(ctx, f.agents[0], "import", f.csv, "--table", fileTable, "--create", "--yes")
	took := time.Since(start)
	if err == nil {
		f.exports = f.agents[0]
		err = f.exports.holdTable(ctx, fileTable, f.rows)
	}
	return took, err
}

// exported is `stele export` of the table that was imported last.
func (f *files) exported(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	err := f.stele(ctx, f.exports, "export", fileTable, "-o", f.out)
	return time.Since(start), err
}

// sent is the prepared requests of the file's rows.
func (f *files) sent(ctx context.Context) (time.Duration, error) {
	a := f.agents[1]
	draft, err := json.Marshal(map[string]any{"name": fileTable, "description": "of a file", "fields": f.fields})
	if err != nil {
		return 0, fmt.Errorf("drafting a table: %w", err)
	}
	if _, err := a.caller.post(ctx, routeCreate, draft); err != nil {
		return 0, err
	}
	table, err := a.tableID(ctx, fileTable)
	if err != nil {
		return 0, err
	}
	bodies := make([][]byte, len(f.bodies))
	for i, b := range f.bodies {
		bodies[i] = append(fmt.Appendf(nil, `{"table_id":%q,"records":[`, table), b...)
	}
	return f.requests(ctx, a, fileTable, bodies)
}

// parcels is prepared requests of as many parcels.
func (f *files) parcels(ctx context.Context) (time.Duration, error) {
	a := f.agents[2]
	var bodies [][]byte
	for first := 0; first < f.rows; first += batch {
		bodies = append(bodies, importBody(a.table, parcelsFrom(int64(first), min(batch, f.rows-first))))
	}
	return f.requests(ctx, a, "parcels", bodies)
}

// requests sends imports into a table that is empty, one after the other.
func (f *files) requests(ctx context.Context, a *agentTable, table string, bodies [][]byte) (time.Duration, error) {
	start := time.Now()
	for _, body := range bodies {
		if _, err := a.caller.post(ctx, routeImport, body); err != nil {
			return 0, err
		}
	}
	took := time.Since(start)
	return took, a.holdTable(ctx, table, f.rows)
}

// stele runs the command line for an agent.
func (f *files) stele(ctx context.Context, a *agentTable, args ...string) error {
	cmd := exec.CommandContext(ctx, f.binary, args...)
	cmd.Env = append(os.Environ(), "STELE_URL="+a.base, "STELE_API_KEY="+a.secret)
	return runQuietly(cmd)
}

func runQuietly(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running %s %s: %w: %.500s", filepath.Base(cmd.Path), cmd.Args[1], err, out)
	}
	return nil
}

func (f *files) measures() []*measure {
	line := func(name string, target float64, sides ...string) *measure {
		l := f.all.line(fmt.Sprintf("%s of %d rows%s", name, f.rows, f.on), target, sides...)
		l.ratio, l.atLeast = speedup, true
		return l
	}
	lines := []*measure{
		line("rate of import over that of bench's rows", 0.8, "stele import", "parcels"),
		line("rate of import over the file's rows", 0, "stele import", "prepared"),
		line("rate of export over that of import", 1, "stele export", "stele import"),
	}
	if f.shell != nil {
		lines = append(lines, line("rate of import over the shell's", 0, "stele import", "shell"))
	}
	return lines
}

// tableID finds a table by its name.
func (a *agentTable) tableID(ctx context.Context, name string) (string, error) {
	_, id, err := a.tableNamed(ctx, name)
	return id, err
}

// holdTable fails unless a table has exactly that many records.
func (a *agentTable) holdTable(ctx context.Context, name string, records int) error {
	n, _, err := a.tableNamed(ctx, name)
	if err == nil && n != records {
		err = fmt.Errorf("the table %s holds %d records; it should hold %d", name, n, records)
	}
	return err
}

func (a *agentTable) tableNamed(ctx context.Context, name string) (records int, id string, err error) {
	b, err := a.caller.post(ctx, routeTables, []byte(`{"page":1,"page_size":100}`))
	if err != nil {
		return 0, "", err
	}
	var list struct {
		Tables []struct {
			ID      string `json:"table_id"`
			Name    string `json:"name"`
			Records int    `json:"record_count"`
		} `json:"tables"`
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return 0, "", fmt.Errorf("reading a list of tables: %w", err)
	}
	for _, t := range list.Tables {
		if t.Name == name {
			return t.Records, t.ID, nil
		}
	}
	return 0, "", fmt.Errorf("there is no table %s: %.300s", name, b)
}
