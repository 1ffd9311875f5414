package e2e

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// nastyText would be markup, an end of markup, or turn a line of text around.
const nastyText = `<img src=x onerror="document.title='owned'">"><script>document.title='owned'</script>` + "\u202egnol\u202c 🦜"

// TestConsoleActivity: an import is told row by row with the file to mend it by, and a question with who asked it and why it was refused.
func TestConsoleActivity(t *testing.T) { eachStore(t, testConsoleActivity) }

func testConsoleActivity(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.open(t)
	p.visit("activity")
	p.signIn(a.key)
	p.see("No imports in the last 30 days")
	p.click("tab", "Questions")
	p.see("Nothing was asked yet")
	p.audit()
	p.looks("none")

	table, err := a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight_g", Type: "INT"})
	no(t, err)
	a.prefix = "/gptbots"
	task, err := read[struct{ ID string }](a.post(t.Context(), pathImport, row{"table_id": table, "receipt": true, "mode": "partial", "records": []row{
		{"code": "PX-1", "weight_g": 1}, {"code": "PX-2", "weight_g": nastyText}, {"code": "PX-3", "weight_g": 3},
	}}))
	no(t, err)
	p.click("tab", "Imports")
	p.see("In part")
	p.find("link", "parcels")
	p.audit()
	p.looks("imports")

	// The rows that are not in the table, their reasons, and the file.
	p.saves()
	p.clickOn(p.named("button", "Details of the import into parcels"), 1)
	p.find("dialog", "Import into parcels")
	p.see("has an invalid value for type INT")
	p.see(`<img src=x onerror="document.title='owned'">`)
	if got := p.count("cell", "PX-1"); got != 0 {
		t.Errorf("a row that is in the table is shown among those that are not")
	}
	p.audit()
	p.choose("Rows shown", "all")
	p.see("Created")
	if n := evaluate[int](p, `document.querySelectorAll('dialog tbody tr').length`); n != 3 {
		t.Errorf("all rows are %d, not 3", n)
	}
	p.click("button", "Download as CSV")
	b, err := os.ReadFile(p.saved("repair-" + task.ID + ".csv"))
	no(t, err)
	file := string(b)
	if !strings.HasPrefix(file, "code,weight_g,_reason\n") || !strings.Contains(file, "PX-2") || strings.Contains(file, "PX-1") {
		t.Errorf("the repair file is\n%s", file)
	}
	p.press(kb.Escape)
	p.left("dialog", "Import into parcels")

	// Questions, answered and refused, of the log as it is written.
	long := "SELECT code FROM parcels WHERE code <> '" + strings.Repeat("x", 300) + "' AND code <> '" + strings.ReplaceAll(nastyText, "'", "''") + "'"
	asks(t, a, long, http.StatusOK)
	asks(t, a, "SELECT weight FROM parcels", http.StatusBadRequest)
	p.click("tab", "Questions")
	p.see("2 of 2") // who asks for the log has what waits written first
	p.see("your key")
	p.audit()
	p.looks("questions")
	p.click("button", "Show all of it")
	p.find("dialog", "Question")
	p.see(strings.Repeat("x", 300))
	p.press(kb.Escape)
	p.click("checkbox", "Only refused")
	p.see("1 of 2")
	p.see("SELECT weight FROM parcels")
	p.click("checkbox", "Only refused")
	p.fill("searchbox", "Filter by text", "no such text")
	p.see("Nothing fits the filter")
	p.audit()
	p.fill("searchbox", "Filter by text", "xxx")
	p.see("1 of 2")
	var href string
	p.on(p.find("link", "Open in Ask"), `function() { return this.hash }`, &href)
	if evaluate[string](p, fmt.Sprintf(`new URLSearchParams(%q.split('?')[1]).get('sql')`, href)) != long {
		t.Errorf("the link asks another question: %s", href)
	}
	if title := evaluate[string](p, `document.title`); title != "Activity · Stele" {
		t.Errorf("a value became script: the title is %q", title)
	}

	// What comes while the page is seen shows by itself, and the place of the keyboard stays.
	p.fill("searchbox", "Filter by text", "")
	p.on(p.find("button", "Show all of it"), `function() { this.focus() }`, nil)
	asks(t, a, "SELECT 42 AS later", http.StatusOK)
	p.see("SELECT 42 AS later")
	if at := evaluate[string](p, `document.activeElement.innerText`); at != "Show all of it" {
		t.Errorf("the focus has gone to %q", at)
	}

	p.prefer("dark", "zh")
	p.see("查询记录")
	p.click("tab", "导入记录")
	p.see("部分写入")
	p.audit()
}
