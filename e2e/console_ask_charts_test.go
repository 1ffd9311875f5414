package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestConsoleAskCharts(t *testing.T) { eachStore(t, testConsoleAskCharts) }

// testConsoleAskCharts has answers drawn, and reads the charts by their names and the tables below them.
func testConsoleAskCharts(t *testing.T, s *store) {
	p, _ := asking(t, s)
	chart := func(sql, rows, name string) {
		t.Helper()
		p.run(sql)
		p.see(rows)
		p.click("button", "Chart")
		p.find("image", name)
	}
	chart("SELECT genre, count(*) AS n FROM movies WHERE genre <> '' GROUP BY genre ORDER BY genre", "3 rows",
		"Bar chart of n by genre: 3 bars, from 12 (Comedy) to 12 (Comedy)")
	p.audit()
	chart("SELECT title, gross FROM movies ORDER BY title", "60 rows", "Bar chart of gross by title: 50 bars, from 0 (Movie 00) to 73.5 (Movie 49)")
	p.see("The first 50 are drawn, in the order of the answer; 10 more are not.")
	p.click("button", "Histogram")
	p.find("image", "Histogram of gross: 5 spans from 0 to 100, most values (14) from 0 to 20")
	chart("SELECT released_at, max(gross) AS best FROM movies GROUP BY released_at ORDER BY 1", "20 rows",
		"Line chart of best over released_at: 20 points, from 60 (2000-03-01 08:00:00) to 88.5 (2019-03-01 08:00:00)")
	p.audit()
	chart("SELECT gross, \"order\" FROM movies", "60 rows", "Scatter chart of order against gross: 60 points, order from 0 to 59")
	p.audit()
	chart("SELECT gross FROM movies WHERE gross < 30", "20 rows", "Histogram of gross: 6 spans from 0 to 30, most values (4) from 0 to 5")
	p.click("DisclosureTriangle", "Figures of the chart")
	p.find("table", "Figures of the chart")
	p.some("cell", "25")
	p.audit()
	// A line for each of a few series, whose columns can be changed by the keyboard.
	chart("SELECT released_at, good, genre, sum(gross) AS total, sum(\"order\") AS places FROM movies WHERE genre > '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3", "12 rows",
		"Line chart of total over released_at: 12 points, from 90 (2000-03-01 08:00:00) to 175.5 (2019-03-01 08:00:00)")
	p.choose("Series", "2")
	p.find("list", "Series")
	p.see("Western")
	p.choose("Values", "4")
	p.find("image", "Line chart of places over released_at: 12 points, from 60 (2000-03-01 08:00:00) to 117 (2019-03-01 08:00:00)")
	p.audit()
	p.on(p.find("button", "Bars"), `function() { this.focus() }`, nil)
	p.press(kb.Enter)
	p.find("image", "Bar chart of places by released_at: 12 bars, from 60 (2000-03-01 08:00:00) to 117 (2019-03-01 08:00:00)")
	p.size(390, 800)
	p.audit()
	p.answers("chart", true)
	p.size(1280, 800)
	p.run("SELECT genre FROM movies WHERE genre IS NULL")
	p.see("12 rows")
	p.click("button", "Chart")
	p.see("There is nothing to draw: no column has values.")
}

// TestConsoleAskParts holds the parts that read texts, which know no page, against tables of cases.
func TestConsoleAskParts(t *testing.T) {
	t.Parallel()
	p := directory.start(t).open(t)
	p.find("heading", "Sign in")
	for _, part := range []string{"hints", "complete", "places", "plot"} {
		cases, err := os.ReadFile("testdata/ask/" + part + ".json")
		no(t, err)
		var all []struct{ Name string }
		no(t, json.Unmarshal(cases, &all))
		if len(all) < 5 {
			t.Fatalf("%d cases of %s", len(all), part)
		}
		for _, wrong := range evaluate[[]string](p, fmt.Sprintf(`(async cases => {
			const sql = await import('./ask/sql.js'), { hints } = await import('./ask/hints.js'), { complete } = await import('./ask/complete.js'), plot = await import('./ask/plot.js')
			const of = {
				hints: c => hints(c.message, c.sql ?? '').map(p => p.act ? [p.text, p.act.do, p.act.kind, p.act.by ?? p.act.text ?? p.act.name ?? p.act.line + ':' + p.act.character].filter(x => x !== undefined) : p.text),
				complete: c => { const at = c.text.indexOf('|'), r = complete(c.text.replace('|', ''), at, c.schema, c.asked); return r && [c.text.replace('|', '').slice(r.from, r.to), ...r.items.slice(0, c.most ?? 3).map(i => i.text)] },
				places: c => c.character ? sql.position(c.text, c.character, c.line) : c.kind ? sql.occurrences(c.text, c.of, c.kind).map(o => o.from) : sql.paramsOf(c.text),
				plot: c => c.ticks ? plot.ticks(...c.ticks) : c.times ? plot.timeTicks(plot.instant(c.times[0]), plot.instant(c.times[1]), c.times[2]).map(t => t.label) : c.bins ? plot.figures({ kind: 'histogram', x: 0 }, { columns: [{ name: 'n', type: 'FLOAT' }], rows: c.bins.map(v => [v]) }, String).bins.map(b => [b.from, b.to, b.n]) : (f => f && [f.kind, f.x, f.y, f.series])(plot.fitting(c.answer)),
			}
			return cases.flatMap(c => { const got = JSON.stringify(of[%q](c)), want = JSON.stringify(c.want); return got === want ? [] : [c.name + ': got ' + got + ', want ' + want] })
		})(%s)`, part, cases)) {
			t.Errorf("%s: %s", part, wrong)
		}
	}
}
