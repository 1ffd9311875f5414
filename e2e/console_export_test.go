package e2e

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestConsoleExportNames(t *testing.T) { eachStore(t, testConsoleExportNames) }

// testConsoleExportNames exports an answer with two columns of one name, which JSON has no place for, and times of records.
func testConsoleExportNames(t *testing.T, s *store) {
	p, a := asking(t, s)
	p.saves()
	p.fill("textbox", question, "SELECT 1 AS a, 2 AS a")
	p.click("button", "Run")
	p.see("1 row")
	p.click("button", "Export")
	p.on(p.find("radio", "JSON array"), `function() { this.click() }`, nil)
	p.on(p.find("dialog", "Export"), `function() { this.querySelector('footer .primary').click() }`, nil)
	p.see("Two columns are called a, which JSON cannot have")
	p.audit()
	p.on(p.find("radio", "CSV"), `function() { this.click() }`, nil)
	p.on(p.find("dialog", "Export"), `function() { this.querySelector('footer .primary').click() }`, nil)
	if text, err := os.ReadFile(p.saved("answer.csv")); err != nil || string(text) != "a,a\n1,2\n" {
		t.Errorf("got %q, %v", text, err)
	}
	p.press(kb.Escape)

	id, err := a.createTable(t.Context(), "dated", key("code"))
	no(t, err)
	no(t, a.importAll(t.Context(), id, []row{{"code": "x"}}))
	p.visit("tables/" + id)
	p.click("button", "Columns")
	p.click("checkbox", "Created")
	p.press(kb.Escape)
	p.click("button", "Export")
	p.on(p.find("radio", "JSON array"), `function() { this.click() }`, nil)
	p.on(p.find("dialog", "Export"), `function() { this.querySelector('footer .primary').click() }`, nil)
	text, err := os.ReadFile(p.saved("dated.json"))
	no(t, err)
	var rows []map[string]any
	no(t, json.Unmarshal(text, &rows))
	if len(rows) != 1 || rows[0]["code"] != "x" || !regexp.MustCompile(`^\d{4}-\d\d-\d\dT[\d:.]{12}Z$`).MatchString(rows[0]["$created_at"].(string)) {
		t.Errorf("got %s", text)
	}
}

func TestConsoleShiftedTimes(t *testing.T) { eachStore(t, testConsoleShiftedTimes) }

// testConsoleShiftedTimes reads a file with times that have an offset: the plan says that they are not kept as they are written.
func testConsoleShiftedTimes(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("create")
	p.take(written(t, "times.csv", "at,plain\n1950-12-31T23:30:00-05:00,2026-01-01T00:00:00Z\n1951-01-01 00:00:00+00:00,2026-01-02 10:00:00\n"))
	p.see("1 value would not be kept as it is written: row 2 has \"1950-12-31T23:30:00-05:00\"")
	p.audit()
}
