package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsoleBatches puts requests together that were one import, and no others. A case has requests from the latest to the earliest, each with its
// table, second and rows, and wants the imports, each as its requests by their places.
func TestConsoleBatches(t *testing.T) {
	t.Parallel()
	p := directory.start(t).open(t)
	p.find("heading", "Sign in")
	cases, err := os.ReadFile("testdata/batches.json")
	no(t, err)
	var all []struct{ Name string }
	no(t, json.Unmarshal(cases, &all))
	if len(all) < 10 {
		t.Fatalf("%d cases", len(all))
	}
	for _, wrong := range evaluate[[]string](p, `(async cases => {
		const { batches } = await import('./batches.js')
		return cases.flatMap(c => {
			const tasks = c.requests.map(([table, second, rows, failed = 0], i) => ({ task_id: i, table_id: table, table_name: table, created_at: second * 1000,
				status: failed === rows ? 'FAIL' : 'AVAILABLE', total_count: rows, success_count: rows - failed, failed_count: failed }))
			const got = batches(tasks, c.more).map(b => ({ of: b.tasks.map(r => r.task_id), rows: [b.total_count, b.success_count, b.failed_count], at: b.created_at / 1000, took: b.took / 1000, status: b.status, open: b.open }))
			const short = got.map(b => b.of), open = got.flatMap((b, i) => (b.open ? [i] : []))
			const wrong = []
			if (JSON.stringify(short) !== JSON.stringify(c.want)) wrong.push(JSON.stringify(short))
			if (c.first && JSON.stringify(got[0]) !== JSON.stringify({ ...got[0], ...c.first })) wrong.push(JSON.stringify(got[0]))
			if (JSON.stringify(open) !== JSON.stringify(c.open ?? [])) wrong.push('open: ' + open)
			return wrong.map(w => c.name + ': ' + w)
		})
	})(`+string(cases)+`)`) {
		t.Error(wrong)
	}
}

func TestConsoleActivityBatches(t *testing.T) { eachStore(t, testConsoleActivityBatches) }

// testConsoleActivityBatches imports a file of several requests beside a program that adds single rows: the file is one line, with its sums, whose
// requests are shown on demand; each of the program's is a line of its own.
func testConsoleActivityBatches(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	other, err := a.createTable(t.Context(), "singles", field{Name: "n", Type: "INT"})
	no(t, err)
	for i := range 2 {
		no(t, a.importAll(t.Context(), other, []row{{"n": i}}))
	}
	var file strings.Builder
	file.WriteString("code,n\n")
	for i := range 12_345 {
		fmt.Fprintf(&file, "PX-%05d,%d\n", i, i)
	}
	p := c.signedIn(t, a.key)
	p.visit("create")
	p.take(written(t, "parcels.csv", file.String()))
	p.click("button", "Create and import 12,345 rows")
	p.find("heading", "Import into parcels is complete")
	p.visit("activity")
	p.see("13 requests, within")
	rows := func(want int) {
		t.Helper()
		p.until(fmt.Sprintf("%d lines", want), func(ctx context.Context, page *chromedp.Target) (bool, error) {
			return chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelectorAll('main tbody tr').length === %d`, want))(ctx, page)
		})
	}
	rows(3)
	if line := evaluate[string](p, `document.querySelector('main tbody tr').innerText`); strings.Count(line, "12,345") != 2 || !strings.Contains(line, "All written") {
		t.Errorf("the import's line is %q", line)
	}
	p.audit()
	p.clickOn(p.named("button", "Requests of the import into parcels"), 1)
	rows(3 + 13)
	if on := evaluate[bool](p, `document.activeElement.ariaExpanded === 'true' && document.activeElement.dataset.at.startsWith('of ')`); !on {
		t.Error("what opens the requests is not where the keyboard is, or does not say that they are open")
	}
	p.audit()
	evaluate[chromedp.Void](p, `void [...document.querySelectorAll('main tbody tr')][1].querySelectorAll('button').forEach(b => { b.focus(); b.click() })`)
	p.find("dialog", "Import into parcels")
	p.see("200 of 345")
	p.click("button", "Close")
	p.press(" ") // the focus is on the request's details again
	p.find("dialog", "Import into parcels")
	p.click("button", "Close")
	p.clickOn(p.named("button", "Requests of the import into parcels"), 1)
	rows(3)

	// The administrator sees the same.
	p.click("button", "Sign out")
	p.signIn(adminKey)
	p.visit("agents/" + a.name + "?tab=imports")
	p.see("13 requests, within")
	rows(3)
	p.clickOn(p.named("button", "Requests of the import into parcels"), 1)
	rows(3 + 13)
	p.prefer("dark", "zh")
	p.see("13 个请求，历时")
	p.audit()
}

func TestConsoleTimes(t *testing.T) { eachStore(t, testConsoleTimes) }

// testConsoleTimes reads times of the administrator's views in a zone that is not the server's: they are the reader's, the zone is told, and none breaks
// in the middle.
func testConsoleTimes(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.open(t)
	command(p, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Kathmandu"})
	p.signIn(adminKey)
	for _, view := range []string{"agents", "agents/" + a.name, "agents/" + a.name + "?tab=imports", "health"} {
		p.visit(view)
		p.see("Times are those of your time zone, Asia/K")   // the browser may spell it as of old
		for _, width := range []int64{phone, 700, desktop} { // at 700 the columns are at their narrowest
			p.size(width, 800)
			p.idle()
			for _, wrong := range evaluate[[]string](p, `[...document.querySelectorAll('main time')].flatMap(el => {
				const text = document.createRange(), timeStyle = el.closest('td') ? 'short' : 'medium' // in lists to the minute
				const want = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle, timeZone: 'Asia/Kathmandu' }).format(new Date(el.dateTime))
				text.selectNodeContents(el.firstChild)
				const lines = new Set([...text.getClientRects()].map(r => Math.round(r.top))).size
				return [el.firstChild.data !== want && el.firstChild.data + ', not ' + want, lines !== 1 && el.innerText + ' takes ' + lines + ' lines', !el.title.includes('+5:45') && 'its title is ' + el.title].filter(Boolean)
			})`) {
				t.Errorf("%s at %d: %s", view, width, wrong)
			}
		}
		if n := evaluate[int](p, `document.querySelectorAll('main time').length`); n == 0 && !strings.HasSuffix(view, "imports") {
			t.Errorf("%s has no time", view)
		}
		p.audit()
	}
}

func TestConsoleHealthMetrics(t *testing.T) { eachStore(t, testConsoleHealthMetrics) }

// testConsoleHealthMetrics is told where metrics are by a server that has them, and of one without that it has none.
func testConsoleHealthMetrics(t *testing.T, s *store) {
	for _, on := range []bool{false, true} {
		var flags []string
		if on {
			flags = []string{"--metrics-listen", "127.0.0.1:0"}
		}
		c := s.start(t, flags...)
		p := c.open(t)
		p.visit("health")
		p.signIn(adminKey)
		p.find("heading", "Health")
		if !on {
			p.see("The server gives no metrics")
			if p.sees("/metrics") {
				t.Error("an address of metrics is told though there are none")
			}
			p.audit()
			continue
		}
		p.see("Metrics for Prometheus, as the machine of the server reaches them:")
		url := evaluate[string](p, `[...document.querySelectorAll('main code')].map(c => c.textContent).find(text => text.endsWith('/metrics'))`)
		answer, err := http.Get(url)
		no(t, err)
		no(t, answer.Body.Close())
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", url, answer.Status)
		}
		p.audit()
	}
}

// TestConsoleFilterValues holds what the form of a filter lets pass against what the server takes: it refuses nothing that the server takes, and lets
// nothing pass that the server refuses.
func TestConsoleFilterValues(t *testing.T) { eachStore(t, testConsoleFilterValues) }

func testConsoleFilterValues(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	table, err := a.createTable(t.Context(), "all", field{Name: "i", Type: "INT"}, field{Name: "f", Type: "FLOAT"}, field{Name: "d", Type: "DATETIME"})
	no(t, err)
	p := c.open(t)
	p.find("heading", "Sign in")
	for name, of := range map[string]struct {
		field  string
		values []string
	}{
		"INT": {"i", []string{"", " ", "0", "7", "-7", "+7", " 12 ", "007", "30.0", "3e1", "1.5e1", "1.5", "1e-1", "0e99", "1e19", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
			"1,000", "1 000", "heavy", "0x10", ".", "5.", ".0", "1e", "٣", "--1", "Infinity"}},
		"FLOAT": {"f", []string{"", "0", "1.5", "-1.5", "+.5", "5.", "1e308", "1e309", "-1e309", "1e-400", "1,5", "NaN", "inf", "0x1p4", "1_000", "1.2.3", "e5", " 2.5 ", "½"}},
		"DATETIME": {"d", []string{"", "2026-01-31", "2026-01-31 12:00", "2026-01-31 12:00:00", "2026-01-31T12:00:00Z", "2026/01/31 12:00:00", "2026-01-31 12:00:00.5", "2026-01-31 12:00:00 +02:00", "2026-01-31 12:00+0200",
			"2026-02-29", "2024-02-29", "2026-13-01", "2026-01-31 24:00", "2026-01-31 12:60", "2026-01-31 12:00:00 +24:00", "31.01.2026", "01/31/2026", "2026-1-31", "2026-01-31 ", "yesterday", "2026-01/31", "0000-01-01", "1769817600000", "2026-01-31 12"}},
	} {
		for _, v := range of.values {
			why := evaluate[string](p, fmt.Sprintf(`import('./views/table/value.js').then(m => m.wrongValue(%q, %q) ?? '')`, name, v))
			answer, err := a.post(t.Context(), "/v1/database/records/page", row{"table_id": table, "page_size": 1, "where": row{"field": of.field, "op": "eq", "value": v}})
			no(t, err)
			if (answer.status == http.StatusOK) != (why == "") {
				t.Errorf("%s %q: the form says %q, and the server %s", name, v, why, answer)
			}
		}
	}
}

func TestConsoleFilterForm(t *testing.T) { eachStore(t, testConsoleFilterForm) }

// testConsoleFilterForm gives values that are none of the field's type: nothing is asked of the server, the reason stands by the value and goes when it is mended.
func testConsoleFilterForm(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 50)
	asked := 0
	p := c.open(t, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok && strings.Contains(e.Request.URL, "records/page") {
			asked++
		}
	})
	p.signIn(table.key)
	p.visit("tables/" + table.id)
	p.see("50 records")
	p.idle()
	before := asked
	described := func(name, want string) {
		t.Helper()
		p.until(name+" to be described by "+want, func(ctx context.Context, page *chromedp.Target) (bool, error) {
			return chromedp.Evaluate[bool](fmt.Sprintf(`[...document.querySelectorAll('.filter-form input')].some(i => i.labels[0].innerText === %q && (i.getAttribute('aria-invalid') === 'true') === %t && document.getElementById(i.getAttribute('aria-describedby')).innerText === %q)`, name, want != "", want))(ctx, page)
		})
	}
	p.click("button", "Filter")
	p.choose("Field", "weight_g")
	p.fill("textbox", "Value", "heavy")
	p.press(kb.Enter)
	described("Value", "This is no whole number. Write it as 1200, with digits alone.")
	p.audit()
	p.fill("textbox", "Value", "1.5")
	described("Value", "An INT has no fraction. Compare with a whole number.")
	p.fill("textbox", "Value", "1")
	described("Value", "")
	p.choose("Field", "shipped_at")
	p.choose("Condition", "between")
	p.fill("textbox", "From", "2026-02-30")
	p.press("\t") // told when one leaves it
	described("From", "There is no such date or time.")
	p.fill("textbox", "From", "2026-03-02")
	p.fill("textbox", "To", "2026-03-01")
	p.press(kb.Enter)
	described("To", "From is beyond To: nothing lies between them.")
	p.choose("Field", "price")
	p.click("button", "Apply")
	described("Value", "Give a value to compare with.")
	p.choose("Field", "$created_at")
	p.click("button", "Apply")
	described("Value", "Choose a date and a time.")
	p.audit()
	if asked != before {
		t.Errorf("%d requests were sent for values that are none", asked-before)
	}
	p.choose("Field", "price")
	p.fill("textbox", "Value", "30")
	p.press(kb.Enter)
	p.find("button", "Remove filter: price is 30")
	p.prefer("dark", "zh")
	p.click("button", "筛选")
	p.choose("字段", "weight_g")
	p.fill("textbox", "值", "x")
	p.press(kb.Enter)
	p.see("这不是整数")
	p.audit()
}

// TestConsoleChartColumns chooses each kind of chart and each column of answers of all sorts: no column is drawn against itself, and what is offered can be drawn.
func TestConsoleChartColumns(t *testing.T) {
	t.Parallel()
	p := directory.start(t).open(t)
	p.find("heading", "Sign in")
	for _, wrong := range evaluate[[]string](p, `(async () => {
		const { axes, kindsFor, settled, figures, fitting } = await import('./ask/plot.js')
		const values = { _id: ['INT', i => String(2n ** 60n + BigInt(i))], n: ['INT', i => i], m: ['FLOAT', i => i / 3], at: ['DATETIME', i => '2026-01-0' + (i + 1) + ' 00:00:00'], kind: ['TEXT', i => 'ab'[i % 2]],
			name: ['TEXT', i => 'name ' + i], good: ['BOOLEAN', i => i > 2], same: ['TEXT', () => 'x'], none: ['TEXT', () => null] }
		const answer = names => ({ columns: names.map(name => ({ name, type: values[name][0] })), rows: Array.from({ length: 9 }, (_, i) => names.map(name => values[name][1](i))) })
		const wrong = []
		const want = (what, got, is) => { if (JSON.stringify(got) !== JSON.stringify(is)) wrong.push(what + ': ' + JSON.stringify(got) + ', not ' + JSON.stringify(is)) }
		const all = Object.keys(values)
		for (let chosen = 1; chosen < 1 << all.length; chosen++) {
			const names = all.filter((_, i) => chosen & (1 << i)), a = answer(names), first = fitting(a)
			if (first) want(names + ' first', settled(first, a), first)
			for (const kind of kindsFor(a)) for (let i = 0; i < names.length; i++) for (let j = -1; j < names.length; j++) {
				const c = settled({ kind, x: i, y: j, series: j }, a), can = axes(c, a), what = names + ' ' + JSON.stringify(c)
				if (c.x === c.y || c.x === c.series || can.y.includes(c.x) || can.series.includes(c.x)) wrong.push(what + ' against itself')
				if (!can.x.includes(c.x) || (kind !== 'histogram' && !can.y.includes(c.y)) || (c.series >= 0 && !can.series.includes(c.series))) wrong.push(what + ' is not offered')
				if (names[c.y] === '_id' || names[c.x] === 'none' || ['same', 'name'].includes(names[c.series])) wrong.push(what + ' makes no sense')
				if (figures(c, a, String).points.length === 0 && kind !== 'histogram') wrong.push(what + ' draws nothing')
			}
		}
		want('one number', kindsFor(answer(['n'])), ['bar', 'histogram'])
		want('a time and a text', kindsFor(answer(['at', 'kind'])), ['bar'])
		want('a number and an id', kindsFor(answer(['_id', 'n'])), ['bar', 'line', 'histogram'])
		want('two numbers', kindsFor(answer(['n', 'm'])), ['bar', 'line', 'scatter', 'histogram'])
		want('x takes the column of y', settled({ kind: 'scatter', x: 1, y: 1, series: -1 }, answer(['n', 'm'])), { kind: 'scatter', x: 1, y: 0, series: -1 })
		want('members of a series', axes({ kind: 'bar', x: 0 }, answer(['n', 'm', 'kind', 'name', 'same', 'good'])).series, [2, 5])
		return wrong.slice(0, 20)
	})()`) {
		t.Error(wrong)
	}
}

func TestConsoleChartAgainstItself(t *testing.T) { eachStore(t, testConsoleChartAgainstItself) }

// testConsoleChartAgainstItself changes the columns of a chart until both would be one.
func testConsoleChartAgainstItself(t *testing.T, s *store) {
	p, _ := asking(t, s)
	p.run(`SELECT gross, "order" FROM movies`)
	p.see("60 rows")
	p.click("button", "Chart")
	p.named("image", "Scatter chart of order against gross")
	p.choose("Across", "1")
	p.named("image", "Scatter chart of gross against order")
	offered := evaluate[string](p, `[...document.querySelectorAll('.chart-controls select')].map(s => [...s.options].map(o => o.text).join()).join('; ')`)
	if offered != "gross,order; gross" {
		t.Errorf("offered are %s", offered)
	}
	p.audit()
	p.run(`SELECT gross FROM movies`)
	p.see("60 rows")
	p.click("button", "Chart")
	p.find("button", "Histogram")
	if p.count("button", "Scatter") != 0 || p.count("button", "Line") != 0 {
		t.Error("one column is offered to be drawn against itself")
	}
}

func TestConsoleKeptAsText(t *testing.T) { eachStore(t, testConsoleKeptAsText) }

// testConsoleKeptAsText has columns that stay TEXT for each of the reasons there are, which read as sentences in both languages.
func testConsoleKeptAsText(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	file := written(t, "kept.csv", "none,quoted,mixed,zeros,long,precise,code,fraction,orders,doubt,either,text\n"+
		",1,1,1,1,0.5,12,2026-01-31 12:00:00.5,13/01/2026,01/02/2026,\"1,234\",word\n"+
		",\"2\",x,007,12345678901234567890,0.1234567890123456789,1e5,2026-02-01 12:00:00,01/13/2026,02/03/2026,1.5,words\n"+
		",3,2,8,3,0.25,13,2026-02-02 12:00:00,02/03/2026,03/04/2026,2.5,more\n")
	typed := written(t, "typed.jsonl", `{"lists":[1],"numbers":"1"}`+"\n"+`{"lists":[2],"numbers":"2"}`+"\n")
	for language, of := range map[string]struct{ choose, form, other string }{"en": {"Choose a file", "Kept as TEXT", "Another file"}, "zh": {"选择文件", "保留为 TEXT", "换一个文件"}} {
		p.visit("create?in=" + language)
		p.prefer("light", language)
		reasons := func(path string, n int) []string {
			t.Helper()
			p.upload(of.choose, path)
			p.until("the plan", func(ctx context.Context, page *chromedp.Target) (bool, error) {
				return chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelectorAll('table.plan tbody tr').length === %d`, n))(ctx, page)
			})
			p.audit()
			all := evaluate[[]string](p, `[...document.querySelectorAll('table.plan tbody tr')].map(r => r.querySelector('.notes-of .hint')?.innerText ?? '')`)
			p.click("button", of.other)
			return all
		}
		all := reasons(file, 12)
		if words := all[11]; words != "" {
			t.Errorf("a column of words needs no reason, and has %q", words)
		}
		for _, r := range append(all[:11], reasons(typed, 2)...) {
			if !strings.Contains(r, of.form) || !strings.HasSuffix(r, ".") && !strings.HasSuffix(r, "。") || strings.ContainsAny(r, "{}") || strings.Contains(r, "undefined") {
				t.Errorf("in %s: %q", language, r)
			}
		}
	}
}
