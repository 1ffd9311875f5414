package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

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
