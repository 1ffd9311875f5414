package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

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
