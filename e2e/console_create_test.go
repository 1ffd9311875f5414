package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
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

func TestConsoleCreateKinds(t *testing.T) { eachStore(t, testConsoleCreateKinds) }

// testConsoleCreateKinds reads files of each kind, and compares what is in the table.
func testConsoleCreateKinds(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	p := c.open(t)
	p.signIn(a.key)
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String("城市,人口,邮编\n北京,21893095,010000\n上海,24870895,200000\n广州,18676605,510000\n深圳,17560061,518000\n成都,20937757,610000\n")
	no(t, err)
	book := excelize.NewFile()
	for cell, v := range map[string]any{"A1": "Code", "B1": "Größe", "C1": "Day", "D1": "Ok", "A2": "007", "B2": 6.1, "C2": time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC), "D2": true, "A3": "x\ny", "C3": time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), "D3": false} {
		no(t, book.SetCellValue("Sheet1", cell, v))
	}
	_, err = book.NewSheet("Zweites")
	no(t, err)
	no(t, book.SetCellValue("Zweites", "A1", "only"))
	no(t, book.SetCellValue("Zweites", "A2", 12345678901))
	workbook, err := book.WriteToBuffer()
	no(t, err)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("{\"big\":9007199254740993,\"x\":1.50}\n{\"big\":-1,\"x\":null}\n"))
	no(t, z.Close())
	hostile := `<img src=x onerror=alert(1)>`
	cases := []struct {
		file, text string
		before     func()
		see        []string
		want       []string
	}{
		{"staedte.csv", chinese, nil, []string{"Taken for GB18030", "北京", "leading zeros: row 2 has \"010000\""}, []string{
			`{"field_1":"上海","field_2":24870895,"field_3":"200000"}`, `{"field_1":"北京","field_2":21893095,"field_3":"010000"}`, `{"field_1":"广州","field_2":18676605,"field_3":"510000"}`,
			`{"field_1":"成都","field_2":20937757,"field_3":"610000"}`, `{"field_1":"深圳","field_2":17560061,"field_3":"518000"}`}},
		{"book.xlsx", workbook.String(), nil, []string{"from Größe"}, []string{`{"code":"007","day":"2026-03-01 08:30:00","grosse":6.1,"ok":true}`, `{"code":"x\ny","day":"2026-03-02 00:00:00","grosse":null,"ok":false}`}},
		{"sheets.xlsx", workbook.String(), func() { p.choose("Sheet", "Zweites") }, []string{"12345678901"}, []string{`{"only":12345678901}`}},
		{"numbers.jsonl.gz", packed.String(), nil, []string{"gzip"}, []string{`{"big":"9007199254740993","x":1.5}`, `{"big":-1,"x":null}`}},
		{"short.csv", "name\n\xd5\xc5\xce\xb0\n", nil, []string{"Taken for GB18030: line 2 reads \"张伟\"."}, []string{`{"name":"张伟"}`}}, // two of its bytes are UTF-8 by chance
		{"header.csv", "1,2\n3,4\n", nil, []string{"The first row looks like data"}, []string{`{"field_1":1,"field_2":2}`, `{"field_1":3,"field_2":4}`}},
		{"latin.csv", "a;b\nGr\xf6\xdfe;1,5\nStra\xdfe;\n\x93na\xefve\x94;2,5\n", nil, []string{"Größe", "Taken for WINDOWS-1252"}, []string{`{"a":"Größe","b":1.5}`, `{"a":"Straße","b":null}`, `{"a":"“naïve”","b":2.5}`}},
		{hostileName, "a,\"" + hostile + "\"\n\"" + hostile + "\",\"\"\n\"\u202eabc\",\"" + strings.Repeat("長", 40_000) + "\"\n😀,\n", nil, []string{hostile, "empty text", "NULL", "‹U+202E›abc"},
			[]string{`{"a":"` + hostile + `","img_src_x_onerror_alert_1":""}`, "{\"a\":\"\u202eabc\",\"img_src_x_onerror_alert_1\":\"" + strings.Repeat("長", 40_000) + `"}`, `{"a":"😀","img_src_x_onerror_alert_1":null}`}},
	}
	for i, c := range cases {
		p.visit(fmt.Sprintf("create?file=%d", i)) // another address, so that the view is shown anew
		p.until("the view anew", func(ctx context.Context, page *chromedp.Target) (bool, error) {
			return chromedp.Evaluate[bool](`!document.querySelector('.file-name')`)(ctx, page)
		})
		p.take(written(t, c.file, c.text))
		p.find("heading", "New table")
		if c.before != nil {
			c.before()
			p.until("the other sheet", func(ctx context.Context, page *chromedp.Target) (bool, error) {
				found, err := nodes(ctx, page, "button", "Create and import 1 row")
				return len(found) == 1, err
			})
		}
		for _, text := range c.see {
			p.see(text)
		}
		name := fmt.Sprintf("kind_%d", i)
		p.fill("textbox", "Name", name)
		p.shot(name)
		p.on(p.find("region", "Fields of the new table"), `function() { this.closest('section').querySelector('.primary').click() }`, nil)
		p.find("heading", "Import into "+name+" is complete")
		got := a.values(t, a.tableNamed(t, name, len(c.want)))
		for j := range got {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			var v any
			d := json.NewDecoder(strings.NewReader(got[j]))
			d.UseNumber()
			no(t, d.Decode(&v))
			no(t, e.Encode(v))
			got[j] = strings.TrimSpace(b.String())
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %.2000q, want %.2000q", c.file, got, c.want)
		}
		if n := evaluate[int](p, `document.querySelectorAll('main img, main script').length`); n > 0 {
			t.Errorf("%s: %d elements came of values", c.file, n)
		}
	}
}

// hostileName is a file's name that would be markup, were it taken for that.
const hostileName = `"><script>alert(1)<.csv`

func TestConsoleCreateBroken(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { testConsoleCreateBroken(t, directory) })
}

// testConsoleCreateBroken has files that cannot be imported, and wants to be told where they are wrong and that nothing was done.
func testConsoleCreateBroken(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	p := c.open(t)
	p.signIn(a.key)
	p.visit("create")
	p.find("heading", "Create a table")
	for i, c := range []struct{ file, text, want string }{
		{"a.csv", "a,b,c\n1,2,3\n4,5\n", `row 3, column 3 ("c"): the row ends after 2 of 3 cells`},
		{"a.csv", "a,b\n1,\"x\n2,y\n", `row 2, column 2 ("b"): the quote that opens here is never closed`},
		{"a.csv", "name\nAndré\nZo\xe9\n", `line 3: byte E9 is not UTF-8, but line 2 is ("André"): two charsets in one file`},
		{"a.csv", "", "the file is empty"},
		{"a.csv", "a,b\n1,x\x00y\n", `row 2, column 2 ("b"): the character NUL, which no text can have`},
		{"a.json", "[{\"a\":1},\n[1]]", "row 2: the row is an array, not an object"},
		{"a.csv", "a,b\n", "There is no row in the file."},
		{"a.xlsx", "PK\x03\x04 and no more of it", "this is no whole workbook"},
		{"a.parquet", "PAR1....", "stele import 'a.parquet' --table a --create"},
		{"it's.csv.zst", "\x28\xb5\x2f\xfd....", `stele import 'it'\''s.csv.zst' --table its --create`},
		{"a.csv.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00", "the"},
	} {
		p.take(written(t, c.file, c.text))
		p.see(c.want)
		if i%4 == 0 {
			p.audit()
		}
		if i == 2 { // what is wrong can be put right where it is told
			p.choose("Character set", "windows-1252")
			p.see("AndrÃ©")
			p.find("heading", "New table")
		}
		p.click("button", "Another file")
	}
	p.prefer("dark", "zh")
	p.find("heading", "新建数据表")
	p.upload("选择文件", written(t, "a.csv", "a,b,c\n1,2,3\n4,5\n"))
	p.see("第 3 行，第 3 列（c）：该行只有 2 个单元格，应有 3 个")
	p.audit()
	if all, err := a.tables(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("there are tables: %v %v", all, err)
	}
}

func TestConsoleImportRefused(t *testing.T) { eachStore(t, testConsoleImportRefused) }

// testConsoleImportRefused imports rows that the server refuses, mends those of the repair file, and imports them; then it changes records by their key.
func testConsoleImportRefused(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	table, err := a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight_g", Type: "INT"}, field{Name: "note", Type: "TEXT"})
	no(t, err)
	p := c.open(t)
	p.saves()
	p.signIn(a.key)
	p.visit("create?table=" + table)
	p.find("heading", "Import into parcels")
	p.take(written(t, "parcels.csv", "Code,weight_g,note,strange\nPX-1,900,\"a \"\"b\"\", c\",x\nPX-2,heavy,,x\n,5,\"\",x\nPX-1,7,=1+1,x\nPX-5,12,,x\n"))
	p.see("1 column fits no field and is left out.")
	p.see("1 value would be refused: row 3 has \"heavy\"")
	p.audit()
	p.pictures("import-match")
	p.click("button", "Import 5 rows")
	p.find("heading", "Import into parcels is complete")
	p.see("2 created, 3 refused")
	p.see("`weight_g` has an invalid value for type INT.")
	p.audit()
	p.shot("refused")
	p.click("button", "Download the repair file")
	repair, err := os.ReadFile(p.saved("parcels.rejected.csv"))
	no(t, err)
	lines := strings.Split(string(repair), "\n")
	if len(lines) != 5 || lines[0] != "Code,weight_g,note,strange,_reason" || !strings.HasPrefix(lines[1], `PX-2,heavy,,x,"`) || !strings.HasPrefix(lines[2], `,5,"",x,"`) || !strings.HasPrefix(lines[3], `PX-1,7,=1+1,x,"`) {
		t.Fatalf("the repair file is %q", repair)
	}
	mended := strings.NewReplacer("PX-2,heavy", "PX-2,800", "\n,5", "\nPX-3,5", "PX-1,7", "PX-4,7").Replace(string(repair))
	p.click("link", "Import the mended file")
	p.click("button", "Import another file")
	p.take(written(t, "parcels.rejected.csv", mended))
	p.click("button", "Import 3 rows")
	p.see("3 created, 0 refused")
	p.click("button", "Import another file")
	p.take(written(t, "changes.csv", "code,weight_g\nPX-1,901\nPX-5,12\nPX-6,1\n"))
	p.choose("Rows", "upsert")
	p.click("button", "Import 3 rows")
	p.see("1 created, 1 updated, 1 unchanged, 0 refused")
	want := []string{`{"code":"PX-1","note":"a \"b\", c","weight_g":901}`, `{"code":"PX-2","note":null,"weight_g":800}`, `{"code":"PX-3","note":"","weight_g":5}`,
		`{"code":"PX-4","note":"=1+1","weight_g":7}`, `{"code":"PX-5","note":null,"weight_g":12}`, `{"code":"PX-6","note":null,"weight_g":1}`}
	if got := a.values(t, a.tableNamed(t, "parcels", 6)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	p.visit("tables/" + table)
	p.click("button", "Export")
	p.on(p.find("dialog", "Export"), `function() { this.querySelector('footer .primary').click() }`, nil)
	exported, err := os.ReadFile(p.saved("parcels.csv"))
	no(t, err)
	lines = strings.Split(string(exported), "\n")
	slices.Sort(lines[1:])
	if want := "code,weight_g,note||PX-1,901,\"a \"\"b\"\", c\"|PX-2,800,|PX-3,5,\"\"|PX-4,7,=1+1|PX-5,12,|PX-6,1,"; strings.Join(lines, "|") != want {
		t.Errorf("exported %q, want %q", strings.Join(lines, "|"), want)
	}
}

func TestConsoleImportStopped(t *testing.T) { eachStore(t, testConsoleImportStopped) }

// testConsoleImportStopped stops an import after its first answer and goes on; then the table goes away in the middle of another.
func testConsoleImportStopped(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	p := c.open(t)
	p.signIn(a.key)
	path := dataFile(t, "zipcodes.csv", "airports-sample.csv")
	whole := strings.HasSuffix(path, "zipcodes.csv")
	if !whole {
		t.Skip("the sample is too small to be stopped in the middle")
	}
	p.visit("create")
	p.take(path)
	p.find("heading", "New table")
	p.see("leading zeros: row 2 has \"00501\"")
	// A person may be slow; the first answer itself presses Stop.
	evaluate[bool](p, `(new MutationObserver((_, o) => {
		const text = document.querySelector('.sofar')?.textContent ?? ''
		if (/^[1-9]/.test(text)) { o.disconnect(); [...document.querySelectorAll('button')].find(b => b.textContent === 'Stop').click() }
	}).observe(document.body, { subtree: true, childList: true, characterData: true }), true)`)
	p.click("button", "Create and import 42,049 rows")
	p.find("heading", "Import into zipcodes is stopped")
	p.audit()
	p.shot("stopped")
	if n := evaluate[int](p, `document.querySelector('progress[aria-label="Progress of the import"]').value`); n < 1000 || n > 10_000 {
		t.Errorf("%d rows were answered when it stopped", n)
	}
	p.click("link", "Tables") // is asked about, for the rest would not be sent
	p.find("dialog", "Leave while rows are imported?")
	p.audit()
	p.click("button", "Cancel")
	p.click("button", "Resume")
	p.find("heading", "Import into zipcodes is complete")
	p.see("42,049 created, 0 refused")
	table := a.tableNamed(t, "zipcodes", 42049)
	first, err := a.page(t.Context(), table, 1, 1)
	no(t, err)
	if got := first.Records[0].Value["zip_code"]; got != "00501" {
		t.Errorf("the first code is %v", got)
	}
	p.visit("create?table=" + table)
	p.find("heading", "Import into zipcodes")
	p.take(written(t, "more.csv", "zip_code\n00001\n"))
	p.find("button", "Import 1 row")
	_, err = read[map[string]any](a.post(t.Context(), "/v1/database/drop-table", row{"table_id": table, "name": "zipcodes"}))
	no(t, err)
	p.expect("status of 40")
	p.click("button", "Import 1 row")
	p.find("heading", "Import into zipcodes was interrupted")
	p.see("1 row of its batch is not in the table. Try again sends it once more.")
	p.audit()
}

func TestConsoleCreateForm(t *testing.T) { eachStore(t, testConsoleCreateForm) }

// testConsoleCreateForm makes a table by a form, with the keyboard alone.
func testConsoleCreateForm(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	p := c.open(t)
	p.signIn(a.key)
	p.visit("create?by=form")
	p.find("textbox", "Name")
	p.audit()
	p.pictures("create-form")
	p.focus("textbox", "Name")
	p.typed("Parcels")
	p.focus("textbox", "Name of field 1")
	p.typed("code")
	p.focus("button", "Add a field")
	p.press(kb.Enter)
	p.typed("Weight") // the new field has the focus
	p.press("\t")
	p.see("A name is 1 to 64 of a to z, 0 to 9 and _.") // told when one leaves it
	p.typed("INT")
	p.focus("button", "Move field 2 up")
	p.press(kb.Enter)
	p.expect("status of 40") // 400, and 409 for a name that is there
	p.focus("button", "Create the table")
	p.press(kb.Enter)
	p.see("Invalid table name: name must be 1 to 64 characters of a-z, 0-9 and _, and begin with a letter")
	p.fill("textbox", "Name", "parcels")
	p.press(kb.Enter)
	p.see("Invalid field name: the name of field 1 must be 1 to 64 characters")
	var focused string
	p.on(p.find("textbox", "Name of field 1"), `function() { return String(document.activeElement === this) + this.getAttribute('aria-invalid') }`, &focused)
	if focused != "truetrue" {
		t.Errorf("the field that is wrong is not where one is: %s", focused)
	}
	p.audit()
	p.shot("fault")
	p.fill("textbox", "Name of field 1", "weight_g")
	p.focus("checkbox", "Unique: field 2")
	p.press(" ")
	p.focus("checkbox", "Required: field 2")
	p.press(" ")
	p.focus("button", "Add a field")
	p.press(kb.Enter)
	p.focus("button", "Remove field 3")
	p.press(kb.Enter)
	p.focus("button", "Create the table")
	p.press(kb.Enter)
	p.find("heading", "parcels")
	page, err := a.page(t.Context(), a.tableNamed(t, "parcels", 0), 1, 1)
	no(t, err)
	if got, want := fmt.Sprint(page.TableInfo.Fields), fmt.Sprint([]field{{Name: "weight_g", Type: "INT"}, {Name: "code", Type: "TEXT", Required: true, Unique: true}}); got != want {
		t.Errorf("fields are %s, want %s", got, want)
	}
	p.visit("create?by=form")
	p.fill("textbox", "Name", "parcels")
	p.fill("textbox", "Name of field 1", "x")
	p.press(kb.Enter)
	p.see("Table name already exists")
}

func TestConsoleCreateScopes(t *testing.T) { eachStore(t, testConsoleCreateScopes) }

func testConsoleCreateScopes(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	table, err := a.createTable(t.Context(), "parcels", key("code"))
	no(t, err)
	type made struct{ Key string }
	k, err := read[made](c.admin().post(t.Context(), "/admin/v1/agents/"+a.name+"/keys", row{"scopes": []string{"read"}}))
	no(t, err)
	c.leaks.know(k.Key)
	p := c.open(t)
	p.signIn(k.Key)
	p.visit("create")
	p.find("heading", "This key may not create tables")
	p.audit()
	p.visit("create?table=" + table)
	p.find("heading", "This key is read only")
	p.audit()
}

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
