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
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// TestConsoleReader runs the console's reader of files over the cases of the command line's.
func TestConsoleReader(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		p := directory.start(t).open(t)
		cases, err := os.ReadFile(filepath.Join("..", "internal", "datafile", "testdata", "cases.json"))
		no(t, err)
		differ := evaluate[[]string](p, `(async cases => {
			const { Reader, infer } = await import('/console/files/reader.js')
			const { rowOf } = await import('/console/files/plan.js')
			const { shown } = await import('/console/files/classify.js')
			const whys = { // as the command line says them
				none: 'there is no value',
				quoted: 'row {row} has {text} in quotes, while others have none',
				mixed: 'mixed: row {row} has {text}',
				zeros: 'leading zeros: row {row} has {text}',
				long: 'more digits than are kept exactly: row {row} has {text}',
				precise: 'more digits than a FLOAT keeps: row {row} has {text}',
				code: 'codes that look like numbers: row {row} has {text}',
				fraction: 'fractions of a second, which DATETIME does not keep: row {row} has {text}',
				texts: 'numbers or truth values that are texts in the file: row {row} has {text}',
				json: 'arrays or objects: row {row} has {text}',
				either: 'a decimal comma or thousands: row {row} has {text}',
				orders: 'dates that are not all in one order, as {text}',
				doubt: 'dates whose order of day and month no value proves, as {text}; give the order',
			}
			const reasonOf = ({ reason: r }) => r ? whys[r.why].replace('{row}', r.row).replace('{text}', () => shown(r.text)) : ''
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

func TestConsoleCreateKinds(t *testing.T) { eachStore(t, testConsoleCreateKinds) }

// testConsoleCreateKinds reads files of each kind, and compares what is in the table.
func testConsoleCreateKinds(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
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

func TestConsoleCreateBroken(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { testConsoleCreateBroken(t, directory) })
}

// testConsoleCreateBroken has files that cannot be imported, and wants to be told where they are wrong and that nothing was done.
func testConsoleCreateBroken(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
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
