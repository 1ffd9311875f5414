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
	"github.com/chromedp/chromedp"
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
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
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
	p := c.open(t)
	p.signIn(a.key)
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
	p.looks("requests")
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
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	p := c.open(t)
	command(p, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Kathmandu"})
	p.signIn(adminKey)
	for _, view := range []string{"agents", "agents/" + a.name, "agents/" + a.name + "?tab=imports", "health"} {
		p.visit(view)
		p.see("Times are those of your time zone, Asia/K") // the browser may spell it as of old
		for _, width := range []int64{phone, desktop} {
			p.size(width, 800)
			p.idle()
			for _, wrong := range evaluate[[]string](p, `[...document.querySelectorAll('main time')].flatMap(el => {
				const text = document.createRange(), want = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'Asia/Kathmandu' }).format(new Date(el.dateTime))
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
