package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// filled is a table that most questions of these tests are about.
func filled(t *testing.T, a caller) {
	t.Helper()
	id, err := a.createTable(t.Context(), "movies", key("title"), field{Name: "genre", Type: "TEXT"}, field{Name: "order", Type: "INT"},
		field{Name: "gross", Type: "FLOAT"}, field{Name: "released_at", Type: "DATETIME"}, field{Name: "good", Type: "BOOLEAN"})
	no(t, err)
	var rows []row
	for i := range 60 {
		r := row{"title": fmt.Sprintf("Movie %02d", i), "order": i, "gross": float64(i) * 1.5, "good": i%2 == 0, "released_at": fmt.Sprintf("20%02d-03-01 08:00:00", i%20)}
		r["genre"] = []any{"Drama", "Comedy", "", nil, "Western"}[i%5]
		rows = append(rows, r)
	}
	no(t, a.importAll(t.Context(), id, rows))
}

// asking opens the view for an agent with movies.
func asking(t *testing.T, s *store) (*tab, caller) {
	t.Helper()
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	filled(t, a)
	p := c.open(t)
	p.signIn(a.key)
	p.visit("ask")
	p.find("heading", "Ask in SQL")
	p.find("searchbox", "Search tables and fields") // the card is there
	return p, a
}

const question = "Question in SQL"

// run asks a question as one types it, by the keyboard.
func (p *tab) run(sql string) {
	p.t.Helper()
	p.fill("textbox", question, sql)
	p.press(kb.Enter, chromedp.ModifierCtrl)
}

func TestConsoleAsk(t *testing.T) { eachStore(t, testConsoleAsk) }

func testConsoleAsk(t *testing.T, s *store) {
	p, _ := asking(t, s)
	p.audit()
	p.looks("ask-empty")
	p.run(`SELECT genre, count(*) AS n, avg(gross) AS mean FROM movies GROUP BY genre ORDER BY genre NULLS FIRST`)
	p.see("5 rows")
	p.audit()
	p.click("button", "Chart")
	p.audit()
	p.shot("chart")
	p.run("SELECT titel, m.order FROM movies m\nWHERE gross > 1")
	p.shot("failed")
	p.audit()
	p.fill("textbox", question, "SELECT m. FROM movies m WHERE good AND genre = 'Drama' -- all of them\nLIMIT 10")
	for range 8 {
		p.press(kb.ArrowLeft)
	}
	p.fill("textbox", question, "SELECT title, gr")
	p.shot("proposals")
	p.run("SELECT title, gross, genre, released_at FROM movies WHERE title > $1 and gross > $2")
	p.shot("params")
	p.click("tab", "Saved")
	p.shot("saved")
	p.click("tab", "History")
	p.shot("history")
	p.audit()
}
