package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// holdFetch keeps requests whose path and body have a part on their way until release() is called in the page.
func (p *tab) holdFetch(path, body string) {
	p.t.Helper()
	evaluate[chromedp.Void](p, fmt.Sprintf(`void (() => {
		window.real ??= fetch
		const held = new Promise(r => { window.release = r })
		window.fetch = async (path, o) => { if (path.includes(%q) && String(o.body).includes(%q)) await held; return real(path, o) }
	})()`, path, body))
}

// goes leads to a place of the console within the page.
func (p *tab) goes(hash string) {
	p.t.Helper()
	evaluate[chromedp.Void](p, fmt.Sprintf(`void (location.hash = %q)`, "#/"+hash))
}

// asksToLeave is how often the browser has asked whether to leave the page.
func (p *tab) asksToLeave() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.questions
}

// stay has the browser's questions answered with no, or with yes again.
func (p *tab) stay(stays bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stays = stays
}

func TestConsoleLeaveEdit(t *testing.T) { eachStore(t, testConsoleLeaveEdit) }

// testConsoleLeaveEdit leaves the table while an edit is on its way: it is stored, or its refusal is told in the other view.
func testConsoleLeaveEdit(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 3)
	p := c.signedIn(t, table.key)
	edit := func(text string) {
		t.Helper()
		p.goes("tables/" + table.id)
		p.see("3 records")
		p.holdFetch("records/page", `"$id"`) // an edit begins by reading its record
		p.find("grid", "parcels")
		evaluate[chromedp.Void](p, `void document.querySelector('[aria-rowindex="3"] [aria-colindex="3"]').focus()`)
		p.press(text + kb.Enter)
		p.until("the edit on its way", chromedp.Evaluate[bool](`Boolean(document.querySelector('.saving'))`))
	}
	release := func() { t.Helper(); evaluate[chromedp.Void](p, `void release()`) }
	is := func(want string) {
		t.Helper()
		p.becomes("a weight of "+want, func() bool { return fmt.Sprint(table.of("PX-0001")["weight_g"]) == want })
	}

	p.see("1 table")
	edit("77")
	p.click("link", "Connect")
	p.find("heading", "Connect")
	release()
	is("77")

	edit("heavy")
	p.click("link", "Connect")
	p.find("heading", "Connect")
	release()
	p.noted("What was typed into weight_g is not stored.")
	p.audit()

	// Signing out asks, and so does the browser when the page is loaded anew; a no leaves all as it is.
	edit("78")
	p.click("button", "Sign out")
	p.find("dialog", "Sign out before the server has answered?")
	p.audit()
	p.click("button", "Cancel")
	p.left("dialog", "Sign out before the server has answered?")
	p.stay(true)
	evaluate[chromedp.Void](p, `void setTimeout(() => location.reload())`)
	p.becomes("a question of the browser", func() bool { return p.asksToLeave() == 1 })
	p.find("grid", "parcels")
	release()
	is("78")
	p.until("the edit stored", chromedp.Evaluate[bool](`!document.querySelector('.saving')`))
	p.stay(false)
	do(p, chromedp.Reload())
	p.see("3 records")
	if n := p.asksToLeave(); n != 1 {
		t.Errorf("the browser has asked %d times: nothing was on its way", n)
	}
	p.click("button", "Sign out")
	p.find("heading", "Sign in")

	// What stands in an open editor when one goes back is stored, as it is when one clicks beside it.
	p.signIn(table.key)
	p.click("link", "parcels")
	p.see("3 records")
	p.click("gridcell", "78")
	p.press("79")
	p.find("textbox", "Edit weight_g")
	evaluate[chromedp.Void](p, `history.back()`)
	p.find("heading", "Tables")
	is("79")
}

func TestConsoleLeaveRefused(t *testing.T) { eachStore(t, testConsoleLeaveRefused) }

// testConsoleLeaveRefused has a text refused: it outlasts other rows and another order, and the table is not left without a question.
func testConsoleLeaveRefused(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 3)
	p := c.signedIn(t, table.key)
	p.click("link", "parcels")
	p.see("3 records")
	p.click("gridcell", "10")
	p.press("heavy" + kb.Enter)
	p.see("Edit again")
	there := func(what string) {
		t.Helper()
		p.until("the cell that was refused, after "+what, chromedp.Evaluate[bool](`document.querySelector('.refused')?.textContent === '10'`))
	}
	p.click("gridcell", "PX-0002") // another cell is edited meanwhile
	p.press(kb.Enter)
	p.find("textbox", "Edit code")
	p.press(kb.Escape)
	there("another edit")
	p.click("button", "More about this table")
	p.click("menuitem", "Read again")
	there("reading again")
	evaluate[chromedp.Void](p, `void document.querySelector('[role="columnheader"][aria-label="code"]').focus()`)
	p.press(kb.Enter)
	p.sorted("code", "ascending")
	p.press(kb.Enter)
	p.sorted("code", "descending")
	there("another order")
	p.fill("searchbox", "Search records", "nothing has this")
	p.find("heading", "No record matches")
	p.fill("searchbox", "Search records", "PX-0001")
	p.see("1 record matches")
	there("a search")

	leave := "Leave what was refused?"
	for _, way := range []func(){
		func() { p.click("link", "Ask") },
		func() { p.speak("Language", "zh") },
		func() { p.click("button", "Sign out") },
		func() { evaluate[chromedp.Void](p, `history.back()`) },
	} {
		way()
		p.find("dialog", leave)
		p.see("1 text that you typed was refused")
		p.click("button", "Cancel")
		p.left("dialog", leave)
	}
	there("staying")
	p.click("link", "Ask")
	p.find("dialog", leave)
	p.audit()
	p.click("button", "Cancel")
	p.left("dialog", leave)

	// What was typed is still there to be mended; then nothing holds the reader.
	p.click("gridcell", "10")
	p.press(kb.Enter)
	p.focused("heavy")
	p.fill("textbox", "Edit weight_g", "11")
	p.press(kb.Enter)
	p.becomes("the weight", func() bool { return fmt.Sprint(table.of("PX-0001")["weight_g"]) == "11" })
	p.until("the edit stored", chromedp.Evaluate[bool](`!document.querySelector('.saving')`))
	p.click("link", "Ask")
	p.find("heading", "Ask in SQL")

	// A yes leaves.
	p.goes("tables/" + table.id)
	p.see("3 records")
	p.click("gridcell", "11")
	p.press("light" + kb.Enter)
	p.see("Edit again")
	p.click("link", "Ask")
	p.find("dialog", leave)
	p.submit("Leave")
	p.find("heading", "Ask in SQL")
}

func TestConsoleLeaveKey(t *testing.T) { eachStore(t, testConsoleLeaveKey) }

// testConsoleLeaveKey makes a key and does what would lose it.
func testConsoleLeaveKey(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.open(t)
	p.visit("agents")
	p.signIn(adminKey)
	p.find("heading", "Agents")
	p.goes("agents/" + a.id)
	p.find("button", "New key")
	made := func() (key string) {
		t.Helper()
		p.click("button", "New key")
		p.fill("textbox", "Requests per minute", "")
		p.press(kb.Enter)
		p.until("the key", chromedp.Evaluate[bool](`Boolean(document.querySelector('dialog .code pre'))`))
		p.press(kb.Enter) // the key is held down
		p.press(kb.Enter)
		key = evaluate[string](p, `document.querySelector('dialog .code pre').textContent`)
		c.leaks.know(key)
		p.focused(key)
		return key
	}
	made()
	leave := "Leave without the key?"
	for what, way := range map[string]func(){
		"Escape": func() { p.press(kb.Escape) },
		"back":   func() { evaluate[chromedp.Void](p, `history.back()`) },
		"cross": func() {
			evaluate[chromedp.Void](p, `document.querySelector('dialog header button').click()`)
		},
	} {
		for range 2 {
			way()
			p.find("dialog", leave)
			p.press(kb.Escape)
			p.left("dialog", leave)
			if n := evaluate[int](p, `document.querySelectorAll('dialog[open] .code pre').length`); n == 0 {
				t.Fatalf("%s closed the dialog", what)
			}
		}
	}
	p.press(kb.Escape)
	p.find("dialog", leave)
	p.audit()
	p.submit("Leave without it")
	p.left("dialog", "")
	p.find("button", "New key")

	// Once it was copied, or by the button that says so, nothing is asked.
	made()
	p.click("button", "Copy the key")
	p.noted("Copied")
	p.press(kb.Escape)
	p.left("dialog", "")
	made()
	p.click("button", "I have kept it")
	p.left("dialog", "")
	evaluate[chromedp.Void](p, `history.back()`)
	p.find("heading", "Agents")
}

func TestConsoleLeaveFile(t *testing.T) { eachStore(t, testConsoleLeaveFile) }

// testConsoleLeaveFile changes the language and the view after a file was chosen: it is still there, for this key alone.
func testConsoleLeaveFile(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("create")
	p.take(written(t, "fruit.csv", "a;b,c\n1;2,3\n"))
	p.find("heading", "fruit.csv")
	p.choose("Delimiter", ";")
	p.find("textbox", "Field for b,c")
	p.speak("Language", "zh")
	p.find("heading", "fruit.csv")
	p.speak("语言", "en")
	p.find("textbox", "Field for b,c") // as it was said to be read
	p.click("link", "Tables")
	p.find("heading", "No tables yet")
	p.goes("create")
	p.find("heading", "fruit.csv")
	p.click("button", "Another file")
	p.goes("tables")
	p.find("heading", "No tables yet")
	p.goes("create")
	p.find("tab", "From a file")
	if p.sees("fruit.csv") {
		t.Error("a file that was put away is back")
	}
}

func TestConsoleRate(t *testing.T) { eachStore(t, testConsoleRate) }

// testConsoleRate uses up the requests of a key: it is told when there will be more.
func testConsoleRate(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	k, err := read[struct{ Key string }](c.admin().post(t.Context(), "/admin/v1/agents/"+a.id+"/keys", row{"scopes": []string{"read"}, "rpm": 5}))
	no(t, err)
	c.leaks.know(k.Key)
	p := c.open(t)
	p.expect("status of 429")
	p.signIn(k.Key)
	told := "You can try again at "
	p.find("heading", "Tables")
	p.becomes("the refusal", func() bool { // a minute may end meanwhile, and with it what was used of it
		if !p.sees(told) {
			p.click("link", "Tables")
			return false
		}
		return true
	})
	p.focused("This could not be opened")
	p.see("5 requests a minute are allowed")
	_, at, _ := strings.Cut(evaluate[string](p, `document.querySelector('.reason').textContent`), told)
	hour := evaluate[string](p, `new Intl.DateTimeFormat('en', { timeStyle: 'medium' }).format(Math.ceil(Date.now() / 60_000) * 60_000)`)
	if got, err := time.Parse("3:04:05 PM.", strings.ReplaceAll(at, "\u202f", " ")); err != nil || got.Second() > 1 {
		t.Errorf("it can be tried again at %q, want %s: %v", at, hour, err)
	}
	p.audit()
}

func TestConsoleLeaveDialog(t *testing.T) { eachStore(t, testConsoleLeaveDialog) }

// testConsoleLeaveDialog goes back while a new record is on its way: whether it was added is told in the other view.
func testConsoleLeaveDialog(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 1)
	p := c.signedIn(t, table.key)
	for weight, told := range map[string]string{"heavy": "`weight_g` has an invalid value", "12": "1 record added"} {
		p.click("link", "parcels")
		p.click("button", "Add record")
		p.fill("textbox", "code", "PX-new")
		p.fill("textbox", "weight_g", weight)
		p.holdFetch("import/records", "PX-new")
		p.press(kb.Enter)
		p.until("the record on its way", chromedp.Evaluate[bool](`Boolean(document.querySelector('dialog [aria-busy="true"]'))`))
		evaluate[chromedp.Void](p, `history.back()`)
		p.find("heading", "Tables")
		p.left("dialog", "")
		evaluate[chromedp.Void](p, `void release()`)
		p.noted(told)
	}
	if table.of("PX-new") == nil {
		t.Error("the record was not added")
	}
}
