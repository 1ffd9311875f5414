package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const question = "Question in SQL"

// asking opens the view for an agent that has a table of sixty movies.
func asking(t *testing.T, s *store) (*tab, caller) {
	t.Helper()
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	id, err := a.createTable(t.Context(), "movies", key("title"), field{Name: "genre", Type: "TEXT"}, field{Name: "order", Type: "INT"},
		field{Name: "gross", Type: "FLOAT"}, field{Name: "released_at", Type: "DATETIME"}, field{Name: "good", Type: "BOOLEAN"})
	no(t, err)
	var rows []row
	for i := range 60 {
		rows = append(rows, row{"title": fmt.Sprintf("Movie %02d", i), "order": i, "gross": float64(i) * 1.5, "good": i%2 == 0,
			"released_at": fmt.Sprintf("20%02d-03-01 08:00:00", i%20), "genre": []any{"Drama", "Comedy", "", nil, "Western"}[i%5]})
	}
	no(t, a.importAll(t.Context(), id, rows))
	p := c.open(t)
	p.signIn(a.key)
	p.asks()
	return p, a
}

// asks goes to the view and waits for the schema card.
func (p *tab) asks() {
	p.t.Helper()
	p.visit("ask")
	p.find("heading", "Ask in SQL")
	p.find("searchbox", "Search tables and fields")
}

// run asks a question by the keyboard.
func (p *tab) run(sql string) {
	p.t.Helper()
	p.fill("textbox", question, sql)
	p.press(kb.Enter, chromedp.ModifierCtrl)
}

// asked is what is in the editor.
func (p *tab) asked() (sql string) {
	p.t.Helper()
	p.on(p.find("textbox", question), `function() { return this.value }`, &sql)
	return sql
}

// wrote wants a text to be in the editor.
func (p *tab) wrote(want string) {
	p.t.Helper()
	if got := p.asked(); got != want {
		p.t.Errorf("the editor has %q, want %q", got, want)
	}
}

func TestConsoleAsk(t *testing.T) { eachStore(t, testConsoleAsk) }

// testConsoleAsk writes a question with the keyboard alone, by suggestions where there are some.
func testConsoleAsk(t *testing.T, s *store) {
	p, _ := asking(t, s)
	p.audit()
	p.looks("ask")
	editor := p.find("textbox", question)
	p.on(editor, `function() { this.focus() }`, nil)
	p.press("SELECT ti")
	p.find("option", "title TEXT · movies")
	p.audit()
	p.press(kb.Tab)
	p.press(", good FROM mov")
	p.find("option", "movies 60")
	p.press(kb.Enter)
	p.wrote("SELECT title, good FROM movies")
	p.press(" m WHERE m.or")
	p.find("option", "order INT · movies")
	p.press(kb.Enter) // a name that is a word of SQL gets its quotes
	p.press(" < 2 OR m.r")
	p.find("option", "released_at DATETIME · movies")
	p.press(kb.Escape)
	if n := p.count("listbox", "Suggestions"); n != 0 {
		t.Errorf("after Escape there are %d lists of suggestions", n)
	}
	p.press(kb.Backspace)
	p.press("title = 'Movie 59' ")
	p.press(" ", chromedp.ModifierCtrl)
	p.find("listbox", "Suggestions")
	p.press(kb.Escape)
	p.press(kb.Backspace + "\nORDER BY 1")
	want := "SELECT title, good FROM movies m WHERE m.\"order\" < 2 OR m.title = 'Movie 59'\nORDER BY 1"
	p.wrote(want)
	p.press(kb.Enter, chromedp.ModifierCtrl)
	p.see("3 rows")
	p.find("gridcell", "Movie 59")
	p.audit()
	p.press(kb.Tab) // no list is open, so the key leaves the editor
	if name := evaluate[string](p, `document.activeElement.textContent`); name != "Run" {
		t.Errorf("Tab leads from the editor to %q, want Run", name)
	}
	do(p, chromedp.Reload())
	p.find("searchbox", "Search tables and fields")
	p.wrote(want)
	p.click("tab", "History")
	p.find("list", "History")
	p.see("3 rows")
	p.audit()
	p.fill("textbox", question, "")
	p.click("button", "SELECT title, good FROM movies m WHERE m.\"order\" < 2 OR m.title = 'Movie 59' ORDER BY 1")
	p.wrote(want)
	evaluate[bool](p, `document.execCommand('undo')`)
	p.wrote("")

	// A long question scrolls to where one writes.
	p.fill("textbox", question, strings.Repeat("-- a line\n", 60))
	p.press("SELECT 1")
	if hidden := evaluate[float64](p, `(box => box.scrollHeight - box.clientHeight - box.scrollTop)(document.activeElement.parentElement)`); hidden > 20 {
		t.Errorf("the line that is written is %v pixels below what is seen", hidden)
	}

	// By a link comes a question, which stays in the address until it is changed, and runs only when it is told to.
	p.visit("ask?" + url.Values{"sql": {"SELECT 7 AS seven"}}.Encode())
	p.find("searchbox", "Search tables and fields")
	p.wrote("SELECT 7 AS seven")
	p.see("The answer will be here.")
	p.on(p.find("textbox", question), `function() { this.focus(); this.setSelectionRange(99, 99) }`, nil)
	p.press(" ")
	if hash := evaluate[string](p, `location.hash`); hash != "#/ask" {
		t.Errorf("after a change the address has %s", hash)
	}
	p.click("button", "Run")
	p.see("1 row")
	p.size(390, 800)
	p.audit()
	p.prefer("light", "zh")
	p.find("heading", "用 SQL 查询")
	p.click("button", "运行")
	p.see("1 行")
	p.audit()
}

// answers keeps pictures of the answer of what is asked, where STELE_TEST_SHOTS asks for them.
func (p *tab) answers(name string, chart bool) {
	p.t.Helper()
	if os.Getenv("STELE_TEST_SHOTS") == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		language := map[string]string{"light": "en", "dark": "zh"}[theme]
		p.prefer(theme, language)
		p.click("button", map[string]string{"en": "Run", "zh": "运行"}[language])
		p.idle()
		if chart {
			p.click("button", map[string]string{"en": "Chart", "zh": "图表"}[language])
		}
		p.shot(strings.Join([]string{name, theme, language, "desktop"}, "-"))
		p.size(390, 1400)
		p.shot(strings.Join([]string{name, theme, language, "phone"}, "-"))
		p.size(1280, 800)
	}
	p.prefer("light", "en")
}

func TestConsoleAskFailures(t *testing.T) { eachStore(t, testConsoleAskFailures) }

// testConsoleAskFailures mends questions by what the server says of them.
func testConsoleAskFailures(t *testing.T, s *store) {
	p, _ := asking(t, s)
	p.expect("status of 400")
	p.run("SELECT titel, good FROM movies WHERE titel <> 'titel'")
	p.see("there is no column 'titel'")
	p.find("alert", "")
	p.audit()
	p.answers("failed", false)
	p.run("SELECT titel, good FROM movies WHERE titel <> 'titel'")
	p.see("there is no column 'titel'")
	p.on(p.last("button", "title"), `function() { this.focus() }`, nil) // the first is the card's
	p.press(kb.Enter)                                                   // the column that was meant, in both places, and the text stays
	p.wrote("SELECT title, good FROM movies WHERE title <> 'titel'")
	if marked := evaluate[string](p, `document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)`); marked != "title" {
		t.Errorf("selected is %q, want title", marked)
	}
	p.press(kb.Enter, chromedp.ModifierCtrl)
	p.see("60 rows")

	p.run("SELECT title FROM movie")
	p.see("there is no table 'movie'")
	p.clickOn(p.some("button", "movies")[0], 1)
	p.wrote("SELECT title FROM movies")

	// A place is gone to, and what is there is selected; in characters, of which one here is two of JavaScript's.
	p.run("SELECT '😀' AS smile,\n title FROM movies WHERE WHERE")
	p.see("syntax error at line 2, character 26, near 'WHERE'")
	p.click("button", "at line 2, character 26")
	if at := evaluate[string](p, `document.activeElement.value.slice(0, document.activeElement.selectionStart).length + ' ' + document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)`); at != "47 WHERE" {
		t.Errorf("the selection is %q", at)
	}
	p.run("SELECT nofunction(title) FROM movies")
	p.see("the function nofunction cannot be used here")
	p.click("button", "nofunction")
	if at := evaluate[string](p, `document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)`); at != "nofunction" {
		t.Errorf("the selection is %q", at)
	}
	p.run("DELETE FROM movies")
	p.see("only one SELECT, or WITH ... SELECT, is run")
	p.run("SELECT " + `"<img src=x onerror=alert(1)>" FROM movies`)
	p.see("there is no column '<img src=x onerror=alert(1)>'")
	p.run("SELECT title FROM movies WHERE title > $1 AND gross < $2")
	p.see("Values of the parameters")
	p.choose("Type of $2", "number")
	p.fill("textbox", "Value of $1", "Movie 0")
	p.fill("textbox", "Value of $2", "twelve")
	p.click("button", "Run")
	p.see("This is no number")
	p.audit()
	p.fill("textbox", "Value of $2", "12.5")
	p.click("button", "Run")
	p.see("9 rows")
	p.choose("Type of $2", "null")
	p.click("button", "Run")
	p.see("0 rows")
	p.see("No rows")
	p.audit()

	// A question that runs long is stopped.
	p.run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT count(*) FROM n")
	p.click("button", "Stop")
	p.see("Stopped. Nothing was changed.")
	p.run("SELECT 1 AS one")
	p.see("1 row")
}

// some waits for elements with a role and a name.
func (p *tab) some(role, name string) (ids []cdp.BackendNodeID) {
	p.t.Helper()
	p.until(fmt.Sprintf("some %s %q", role, name), func(ctx context.Context, page *chromedp.Target) (bool, error) {
		found, err := nodes(ctx, page, role, name)
		for _, n := range found {
			ids = append(ids, n.BackendDOMNodeID)
		}
		return len(ids) > 0, err
	})
	return ids
}

// last is the last of them on the page.
func (p *tab) last(role, name string) cdp.BackendNodeID {
	p.t.Helper()
	ids := p.some(role, name)
	return ids[len(ids)-1]
}

func TestConsoleAskAnswers(t *testing.T) { eachStore(t, testConsoleAskAnswers) }

// testConsoleAskAnswers looks at answers: what is nothing, what is cut, what would be markup if it were not text.
func testConsoleAskAnswers(t *testing.T, s *store) {
	p, a := asking(t, s)
	hostile := []string{`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, "right \u202e to left", strings.Repeat("long ", 20_000), "👩🏽‍🚀 emoji", "line\nbreak\ttab"}
	id, err := a.createTable(t.Context(), "wild", field{Name: "text", Type: "TEXT"}, field{Name: "n", Type: "INT"})
	no(t, err)
	rows := []row{{"text": "", "n": json.Number("9007199254740993")}, {"text": nil, "n": nil}}
	for i, h := range hostile {
		rows = append(rows, row{"text": h, "n": i})
	}
	no(t, a.importAll(t.Context(), id, rows))
	p.run(`SELECT text, n AS "<b>n</b>" FROM wild ORDER BY _id`)
	p.see("8 rows")
	p.see("9007199254740993")
	p.see("NULL")
	p.see("<b>n</b>")
	p.see("<img src=x onerror=alert(1)>")
	p.audit()
	if n := evaluate[int](p, `document.querySelectorAll('img:not([src="icon.svg"]), script:not([src="main.js"]), b').length`); n != 0 {
		t.Errorf("%d elements were made of texts", n)
	}
	p.click("button", "Chart") // texts are its names, too
	p.audit()
	if n := evaluate[int](p, `document.querySelectorAll('img:not([src="icon.svg"]), script:not([src="main.js"]), b').length`); n != 0 {
		t.Errorf("%d elements were made of texts", n)
	}
	p.click("button", "Export")
	p.find("dialog", "Export")
	p.press(kb.Escape)

	p.click("gridcell", "9007199254740993")
	p.paste("1")
	p.noted("An answer cannot be changed")

	// An answer that is cut says so before its rows, and can be asked for whole.
	p.choose("At most", "200")
	p.run("SELECT m.title FROM movies m, movies o ORDER BY 1")
	p.see("This is not all of the answer")
	p.see("only the first 200 rows are here, because max_rows is 200")
	p.once("only the first 200 rows")
	p.once("not all")
	p.audit()
	p.answers("cut", false)
	p.run("SELECT m.title FROM movies m, movies o ORDER BY 1")
	p.see("This is not all of the answer")
	p.click("button", "Ask for up to 10,000 rows")
	p.see("3,600 rows")
	if p.sees("This is not all") {
		t.Error("the whole answer is called incomplete")
	}
	// The card: what it knows, and what a click writes.
	p.fill("textbox", question, "SELECT")
	p.fill("searchbox", "Search tables and fields", "genre")
	p.see("1 table")
	p.see("20% null")
	p.click("button", "genre")
	p.wrote("SELECT genre")
	p.click("button", "Comedy")
	p.wrote("SELECT genre 'Comedy'")
	if s == directory { // where texts of dates are compared as texts, the server notes it
		p.run("SELECT title FROM movies WHERE released_at > '2019-03-01T00:00:00'")
		p.see("Note from the server")
		p.click("button", "'2019-03-01 00:00:00'")
		p.wrote("SELECT title FROM movies WHERE released_at > '2019-03-01 00:00:00'")
		p.audit()
	}
}

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

func TestConsoleAskSaved(t *testing.T) { eachStore(t, testConsoleAskSaved) }

// testConsoleAskSaved keeps questions under names, and tries what a key that only reads may do with them.
func testConsoleAskSaved(t *testing.T, s *store) {
	p, a := asking(t, s)
	save := func(sql, name string) {
		t.Helper()
		p.fill("textbox", question, sql)
		p.click("button", "Save")
		p.find("dialog", "Save query")
		p.fill("textbox", "Name", name)
		p.press(kb.Enter)
	}
	p.click("tab", "Saved")
	p.see("No saved queries yet.")
	p.audit()
	const wild = `"><script>alert(1)</script>`
	save("SELECT 1 AS one", "one")
	p.see("“one” is saved")
	p.find("button", "one SELECT 1 AS one")
	p.audit()
	save("SELECT 2 AS two", "two")
	p.find("button", "two SELECT 2 AS two")
	save("SELECT 22 AS two", "two") // the one that is open is overwritten by its own name
	p.find("button", "two SELECT 22 AS two")
	p.expect("status of 409")
	save("SELECT 11 AS one", "one")
	p.click("button", "Overwrite “one”")
	p.find("button", "one SELECT 11 AS one")
	p.click("button", "More for one")
	p.click("menuitem", "Rename query")
	p.fill("textbox", "Name", wild)
	p.press(kb.Enter)
	p.find("button", wild+" SELECT 11 AS one")
	p.expect("status of 400")
	save("SELECT 3", strings.Repeat("x", 101))
	p.find("alert", "")
	p.see("100")
	p.audit()
	p.press(kb.Escape)
	p.click("button", "two SELECT 22 AS two")
	p.wrote("SELECT 22 AS two")
	p.click("button", "More for two")
	p.click("menuitem", "Delete query")
	p.audit()
	p.click("button", "Delete")
	p.see("“two” is deleted")
	if n := p.count("button", "two SELECT 22 AS two"); n != 0 {
		t.Error("the query that was deleted is listed")
	}

	// Who may only read sees them, runs them, and is told why there is no more.
	type made struct{ Key string }
	k, err := read[made](a.child.admin().post(t.Context(), "/admin/v1/agents/"+a.name+"/keys", row{"scopes": []string{"read"}}))
	no(t, err)
	p.click("button", "Sign out")
	p.signIn(k.Key)
	p.asks()
	p.see("This key may only read")
	p.wrote("") // what was written with another key is not here
	p.click("tab", "Saved")
	p.click("button", wild+" SELECT 11 AS one")
	p.wrote("SELECT 11 AS one")
	p.click("button", "Run")
	p.see("1 row")
	if n := p.count("button", "More for "+wild); n != 0 {
		t.Error("a key that only reads is offered to rename and delete")
	}
	var off bool
	p.on(p.find("button", "Save"), `function() { return this.disabled }`, &off)
	if !off {
		t.Error("a key that only reads is offered to save")
	}
	p.audit()
	p.looks("ask-readonly")
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
