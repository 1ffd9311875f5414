package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestConsoleAddAgain: the answer to a new record is lost, and the reader presses again. It is there once.
func TestConsoleAddAgain(t *testing.T) {
	t.Parallel()
	c, a := directory.startWithAgent(t)
	table, err := a.createTable(t.Context(), "notes", field{Name: "text", Type: "TEXT"})
	no(t, err)
	p := c.signedIn(t, a.key)
	p.visit("tables/" + table)
	p.find("heading", "No records yet")
	// What the server has done is not told: a proxy ends the request when it is stored.
	evaluate[chromedp.Void](p, `void (() => { const real = fetch; let n = 0; window.fetch = async (path, o) => {
		const answer = await real(path, o)
		return path.includes('import/records') && ++n === 1 ? new Response('{"code":504,"message":"too late"}', { status: 504 }) : answer
	} })()`)
	evaluate[chromedp.Void](p, `void [...document.querySelectorAll('main button')].find(b => b.textContent === 'Add record').click()`)
	p.fill("textbox", "text", "once")
	p.submit("Add record")
	p.see("too late")
	p.submit("Add record")
	p.left("dialog", "")
	p.noted("1 record added")
	p.find("gridcell", "once")
	if got := a.values(t, a.tableNamed(t, "notes", 1)); len(got) != 1 {
		t.Errorf("got %q", got)
	}

	// The same values in another record are another record.
	p.click("button", "Add record")
	p.fill("textbox", "text", "once")
	p.submit("Add record")
	p.left("dialog", "")
	p.see("2 records")
}
