package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// written puts a text into a file of that name.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	no(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

// TestConsoleReader runs the console's reader of files over the cases of the command line's.
func TestConsoleReader(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		p := directory.start(t).open(t)
		cases, err := os.ReadFile(filepath.Join("..", "internal", "datafile", "testdata", "cases.json"))
		no(t, err)
		differ := evaluate[[]string](p, `(async cases => {
			const { Reader, infer, reasonOf } = await import('/console/files/reader.js')
			const { rowOf } = await import('/console/files/plan.js')
			const differ = []
			for (const c of cases) {
				const bytes = c.base64 ? Uint8Array.from(atob(c.base64), x => x.charCodeAt(0)) : c.text ?? ''
				let got = { columns: [], rows: [], error: '' }
				try {
					const r = new Reader(new File([bytes], c.name), c.options)
					await r.begin()
					const p = await infer(r)
					got.columns = p.columns.map(f => (f.name + ' ' + f.type + (f.required ? ' required' : '') + (f.unique ? ' unique' : '') + ' ' + f.empty + ' ' + reasonOf(f)).trim())
					for await (const rows of r.batches()) for (const row of rows) got.rows.push(rowOf(p.columns, row.cells))
				} catch (err) { got = { columns: [], rows: [], error: err.message } }
				const want = { columns: c.columns ?? [], rows: c.rows ?? [], error: c.error ?? '' }
				if (JSON.stringify(got) !== JSON.stringify(want)) differ.push(JSON.stringify(c.text ?? c.base64) + ': got ' + JSON.stringify(got) + ', want ' + JSON.stringify(want))
			}
			return differ
		})(`+string(cases)+`)`)
		for _, d := range differ {
			t.Error(d)
		}
		var all []json.RawMessage
		no(t, json.Unmarshal(cases, &all))
		if len(all) < 100 {
			t.Errorf("only %d cases", len(all))
		}
	})
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

func TestConsoleCreateFile(t *testing.T) { eachStore(t, testConsoleCreateFile) }

// testConsoleCreateFile makes a table of a real file, exports it, and makes another one of what was exported.
func testConsoleCreateFile(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	p := c.open(t)
	p.saves()
	p.signIn(a.key)
	p.visit("create")
	p.find("heading", "Create a table")
	p.audit()
	p.looks("create-choose")
	path := dataFile(t, "airports.csv", "airports-sample.csv")
	p.upload("Choose a file", path)
	p.find("heading", "New table")
	p.audit()
	p.shot("plan")
	p.click("button", "Create and import 3,376 rows")
	p.find("heading", "Import into airports is complete")
	p.audit()
	p.shot("done")
	_ = fmt.Sprint(strings.ToUpper(""), chromedp.Void{})
}
