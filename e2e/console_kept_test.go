package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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

// TestConsoleTyped: what is typed in a dialog that adds a record, or changes a definition, is not lost without a question.
func TestConsoleTyped(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 3)
	p := c.signedIn(t, table.key)
	p.visit("tables/" + table.id)
	p.see("3 records")
	const asked = "Discard what you typed?"
	ways := []func(){
		func() { p.press(kb.Escape) },
		func() { evaluate[chromedp.Void](p, `document.querySelector('dialog header button').click()`) },
		func() { evaluate[chromedp.Void](p, `history.back()`) },
	}
	opened := func(button, field string, open func()) {
		t.Helper()
		open()
		p.find("textbox", field)
		p.press(kb.Escape) // nothing is typed yet
		p.left("dialog", "")
		open()
		p.fill("textbox", field, "typed")
		for _, way := range ways {
			way()
			p.find("dialog", asked)
			p.press(kb.Escape)
			p.left("dialog", asked)
			p.focused("typed")
		}
		p.press(kb.Escape)
		p.find("dialog", asked)
		p.audit()
		p.submit("Discard")
		p.left("dialog", "")
		p.focused(button)
	}
	opened("Add record", "code", func() { p.click("button", "Add record") })
	opened("More about this table", "Name of code", func() {
		p.click("button", "More about this table")
		p.click("menuitem", "Change fields")
	})

	// Going back is what was wanted, and a yes does it.
	p.click("button", "Add record")
	p.fill("textbox", "code", "typed")
	p.goes("tables")
	p.find("dialog", asked)
	p.submit("Discard")
	p.find("heading", "Tables")
	p.left("dialog", "")
}

// TestConsoleExpiredDialog: a key is revoked while something is typed in a dialog. What was typed stays, with the refusal; the next reading leads
// to the form.
func TestConsoleExpiredDialog(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	a := someParcels(t, c, 1)
	p := c.signedIn(t, a.key)
	p.asks()
	p.fill("textbox", question, "SELECT 1")
	p.click("button", "Save")
	p.fill("textbox", "Name", "a long name")
	keys, err := read[struct {
		Keys []struct{ ID string }
	}](c.admin().get(t.Context(), "/admin/v1/agents/"+a.caller.id+"/keys"))
	no(t, err)
	for _, k := range keys.Keys {
		_, err := c.admin().send(t.Context(), "DELETE", "/admin/v1/keys/"+k.ID, nil)
		no(t, err)
	}
	p.expect("status of 401")
	p.press(kb.Enter)
	p.see("The key is not valid")
	p.find("dialog", "Save query")
	p.on(p.find("textbox", "Name"), `function() { this.select() }`, nil)
	p.focused("a long name")
	p.audit()
	p.press(kb.Escape)
	p.left("dialog", "")
	p.click("button", "Run")
	p.find("heading", "Sign in")
}

// TestConsoleSavedByOthers: somebody else changes a saved query that is open here. To rename it leaves their text, and to save asks.
func TestConsoleSavedByOthers(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	a := someParcels(t, c, 1)
	type saved struct{ ID, Name, SQL string }
	save := func(body row) saved {
		t.Helper()
		s, err := read[saved](a.post(t.Context(), "/gptbots/v1/database/saved-queries/save", body))
		no(t, err)
		return s
	}
	is := func(want string) {
		t.Helper()
		p, err := read[struct {
			All []saved `json:"saved_queries"`
		}](a.post(t.Context(), "/gptbots/v1/database/saved-queries/page", row{}))
		no(t, err)
		if len(p.All) != 1 || p.All[0].Name+": "+p.All[0].SQL != want {
			t.Errorf("saved: %v, want %s", p.All, want)
		}
	}
	q := save(row{"name": "first", "sql": "select 1"})
	p := c.signedIn(t, a.key)
	p.asks()
	p.click("tab", "Saved")
	p.click("button", "first select 1")
	p.wrote("select 1")
	save(row{"id": q.ID, "name": "first", "sql": "select 2"})

	p.click("button", "More for first")
	p.click("menuitem", "Rename query")
	p.fill("textbox", "Name", "second")
	p.press(kb.Enter)
	p.find("button", "second select 2")
	is("second: select 2")

	p.fill("textbox", question, "select 3")
	p.click("button", "Save")
	p.find("dialog", "Save query")
	p.press(kb.Enter)
	p.see("Somebody else has changed “second” since you opened it.")
	p.audit()
	is("second: select 2")
	p.click("button", "Overwrite “second”")
	p.find("button", "second select 3")
	is("second: select 3")

	// One's own changes are no others'.
	p.fill("textbox", question, "select 4")
	p.click("button", "Save")
	p.find("dialog", "Save query")
	p.press(kb.Enter)
	p.find("button", "second select 4")
	is("second: select 4")
}

// TestConsoleImportReasons: a reason names another row by its number in the file, and the value that it is about is shown.
func TestConsoleImportReasons(t *testing.T) {
	t.Parallel()
	c, a := directory.startWithAgent(t)
	table, err := a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight_g", Type: "INT"})
	no(t, err)
	p := c.signedIn(t, a.key)
	p.visit("create?table=" + table)
	p.take(written(t, "parcels.csv", "code,weight_g\nPX-1,1\nPX-2,heavy\nPX-1,2\n"))
	p.click("button", "Import 3 rows")
	p.see("1 created, 2 refused")
	p.see("(first at row `2`)")
	p.see("invalid value for type INT. heavy")
	p.audit()
}

// TestConsoleFileEmpty: of a file without anything nothing above can be corrected; of another one it can.
func TestConsoleFileEmpty(t *testing.T) {
	t.Parallel()
	c, a := directory.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("create")
	p.take(written(t, "none.csv", ""))
	p.see("Mend the file and choose it again.")
	p.click("button", "Another file")
	p.take(written(t, "short.csv", "a,b\n1,\"2\n"))
	p.see("or correct above how it is read.")
}
