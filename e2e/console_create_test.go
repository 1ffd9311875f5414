package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// written puts a text into a file of that name.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	no(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

// dataFile is a whole real file where it is, else the sample that the repository brings along.
func dataFile(t *testing.T, name, sample string) string {
	t.Helper()
	dir := os.Getenv("STELE_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	for _, path := range []string{filepath.Join(dir, name), filepath.Join("..", "testdata", sample)} {
		if _, err := os.Stat(path); err == nil {
			path, err = filepath.Abs(path)
			no(t, err)
			return path
		}
	}
	t.Fatalf("there is neither %s nor %s", name, sample)
	return ""
}

// choose hands a file to the view, which reads it to its end.
func (p *tab) take(path string) {
	p.t.Helper()
	p.upload("Choose a file", path)
}

// grouped is a number as the console writes it in English.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// tableNamed is the id of the agent's table of a name, with so many records.
func (c caller) tableNamed(t *testing.T, name string, records int) string {
	t.Helper()
	all, err := c.tables(t.Context())
	no(t, err)
	for _, table := range all {
		if table.Name == name {
			if table.RecordCount != records {
				t.Errorf("%s has %d records, want %d", name, table.RecordCount, records)
			}
			return table.ID
		}
	}
	t.Fatalf("there is no table %s: %+v", name, all)
	return ""
}

// values are those of all records, in the order of their keys or of the whole.
func (c caller) values(t *testing.T, table string) (all []string) {
	t.Helper()
	records, err := c.all(t.Context(), table)
	no(t, err)
	for _, r := range records {
		b, err := json.Marshal(r.Value)
		no(t, err)
		all = append(all, string(b))
	}
	slices.Sort(all)
	return all
}

func TestConsoleCreateFile(t *testing.T) { eachStore(t, testConsoleCreateFile) }

// testConsoleCreateFile makes a table of a real file, exports it, and makes another one of what was exported.
func testConsoleCreateFile(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.saves()
	p.visit("create")
	p.find("heading", "Create a table")
	p.audit()
	p.looks("create-choose")
	path := dataFile(t, "airports.csv", "airports-sample.csv")
	want, err := airports(path)
	no(t, err)
	n := len(want.rows)
	p.take(path)
	p.find("heading", "New table")
	p.see("All of the file is ASCII.")
	p.see("No two rows have the same value in iata") // and in others, where the file is the sample
	p.audit()
	p.fill("textbox", "Name", "from_file")
	p.on(p.find("checkbox", "Unique: iata"), `function() { this.click() }`, nil)
	p.choose("Type of state", "INT")
	p.see("values would be refused: row 2 has")
	p.audit()
	p.choose("Type of state", "TEXT")
	p.click("button", "Create and import "+grouped(n)+" rows")
	p.find("heading", "Import into from_file is complete")
	p.see(grouped(n) + " created, 0 refused")
	var bar string
	p.on(p.find("progressbar", "Progress of the import"), `function() { return this.value + '/' + this.max + ' ' + this.getAttribute('aria-valuetext') }`, &bar)
	if want := fmt.Sprintf("%d/%d %s of %s rows, 100%%", n, n, grouped(n), grouped(n)); bar != want {
		t.Errorf("the bar says %q, want %q", bar, want)
	}
	p.audit()
	first := a.tableNamed(t, "from_file", n)
	p.click("link", "Open from_file")
	for _, format := range []string{"CSV", "JSON Lines"} {
		p.click("button", "Export")
		p.on(p.find("radio", format), `function() { this.click() }`, nil)
		p.audit()
		dialog := p.find("dialog", "Export")
		p.on(dialog, `function() { this.querySelector('footer .primary').click() }`, nil)
		p.see(grouped(n) + " rows exported")
		p.press(kb.Escape)
		end := map[string]string{"CSV": ".csv", "JSON Lines": ".jsonl"}[format]
		again := p.saved("from_file" + end)
		p.visit("create")
		p.take(again)
		p.find("heading", "New table")
		name := "again_" + end[1:]
		p.fill("textbox", "Name", name)
		p.click("button", "Create and import "+grouped(n)+" rows")
		p.find("heading", "Import into "+name+" is complete")
		if got, want := a.values(t, a.tableNamed(t, name, n)), a.values(t, first); !slices.Equal(got, want) {
			t.Errorf("what came back by %s is not what was exported", format)
		}
		p.visit("tables/" + first)
	}
}

// hostileName is a file's name that would be markup, were it taken for that.
const hostileName = `"><script>alert(1)<.csv`

// focus puts the focus on what has a role and a name.
func (p *tab) focus(role, name string) {
	p.t.Helper()
	p.on(p.find(role, name), `function() { this.focus() }`, nil)
}

// typed types a text where the focus is.
func (p *tab) typed(text string) {
	p.t.Helper()
	p.press(text)
}

// pictures keeps a picture on a desktop and on a phone, of what would be lost if the page were loaded anew.
func (p *tab) pictures(name string) {
	p.t.Helper()
	p.shot(name)
	p.size(390, 800)
	p.idle()
	p.shot(name + "-phone")
	p.size(1280, 800)
}
