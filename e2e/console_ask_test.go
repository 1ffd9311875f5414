package e2e

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const question = "Question in SQL"

// asking opens the view for an agent that has a table of sixty movies.
func asking(t *testing.T, s *store) (*tab, caller) {
	t.Helper()
	c, a := s.startWithAgent(t)
	id, err := a.createTable(t.Context(), "movies", key("title"), field{Name: "genre", Type: "TEXT"}, field{Name: "order", Type: "INT"},
		field{Name: "gross", Type: "FLOAT"}, field{Name: "released_at", Type: "DATETIME"}, field{Name: "good", Type: "BOOLEAN"})
	no(t, err)
	var rows []row
	for i := range 60 {
		rows = append(rows, row{"title": fmt.Sprintf("Movie %02d", i), "order": i, "gross": float64(i) * 1.5, "good": i%2 == 0,
			"released_at": fmt.Sprintf("20%02d-03-01 08:00:00", i%20), "genre": []any{"Drama", "Comedy", "", nil, "Western"}[i%5]})
	}
	no(t, a.importAll(t.Context(), id, rows))
	p := c.signedIn(t, a.key)
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
