package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsoleAddressBroken has an address that is no address: it leads nowhere, and says so.
func TestConsoleAddressBroken(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	p := c.signedIn(t, table.key)
	p.find("heading", "Tables")
	evaluate[chromedp.Void](p, `void (location.hash = '#/tables/%E0%A4%A')`)
	p.find("heading", "There is no such page")
}

// TestConsoleEditUntouched opens a value with line ends of Windows and leaves it: nothing is written.
func TestConsoleEditUntouched(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	id, err := table.createTable(t.Context(), "notes", field{Name: "text", Type: "TEXT"}, field{Name: "n", Type: "INT"})
	no(t, err)
	no(t, table.importAll(t.Context(), id, []row{{"text": "one\r\ntwo", "n": 1}}))
	p := c.signedIn(t, table.key)
	p.visit("tables/" + id)
	p.see("1 record")
	p.click("gridcell", "1")
	p.press(kb.ArrowLeft)
	p.press(kb.Enter)
	p.find("textbox", "Edit text")
	p.press(kb.Tab)
	p.focusedCell(0, 1)
	p.press(kb.Enter)
	p.fill("textbox", "Edit n", "2")
	p.press(kb.Enter)
	p.becomes("the number", func() bool {
		rs, err := table.all(t.Context(), id)
		return err == nil && fmt.Sprint(rs[0].Value["n"]) == "2"
	})
	rs, err := table.all(t.Context(), id)
	no(t, err)
	if got := rs[0].Value["text"]; got != "one\r\ntwo" {
		t.Errorf("the text is %q", got)
	}
}

// TestConsoleEditLineEnds edits a part of a value: the line ends of the rest stay, a new line gets one of the same kind, and what ends as it
// began is not sent.
func TestConsoleEditLineEnds(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	id, err := table.createTable(t.Context(), "notes", field{Name: "text", Type: "TEXT"})
	no(t, err)
	p := c.signedIn(t, table.key)
	for i, x := range []struct{ was, old, new, want string }{
		{"one\r\ntwo", "two", "2\n3", "one\r\n2\r\n3"},
		{"one\r\ntwo\nthree\rfour", "two", "2", "one\r\n2\nthree\rfour"},
		{"one\ntwo", "one", "1\nmore", "1\nmore\ntwo"},
		{"one\rtwo", "two", "2\n3", "one\r2\r3"},
	} {
		no(t, table.importAll(t.Context(), id, []row{{"text": x.was}}))
		p.visit("tables/" + id)
		do(p, chromedp.Reload())
		p.see(fmt.Sprintf("%d record", i+1))
		evaluate[chromedp.Void](p, `void (() => { const real = fetch; window.written = 0; window.fetch = (path, o) => { if (path.includes('update')) window.written++; return real(path, o) } })()`)
		p.find("grid", "notes")
		evaluate[chromedp.Void](p, fmt.Sprintf(`void document.querySelector('[aria-rowindex="%d"] [role="gridcell"]').focus()`, i+2))
		edit := func(from, to string) {
			t.Helper()
			p.press(kb.Enter)
			p.on(p.find("textbox", "Edit text"), `function(from, to) { this.setRangeText(to, this.value.indexOf(from), this.value.indexOf(from) + from.length) }`, nil, from, to)
		}
		edit(x.old, "something else")
		p.on(p.find("textbox", "Edit text"), `function(from, to) { this.value = this.value.replace(from, to) }`, nil, "something else", x.old)
		p.press(kb.Tab)
		p.left("textbox", "Edit text")
		if n := evaluate[int](p, `written`); n != 0 {
			t.Errorf("%q: what was left as it was is sent", x.was)
		}
		edit(x.old, x.new)
		p.press(kb.Tab)
		p.becomes(fmt.Sprintf("%q instead of %q", x.want, x.was), func() bool {
			rs, err := table.all(t.Context(), id)
			return err == nil && len(rs) > i && rs[i].Value["text"] == x.want
		})
	}
}

// TestConsoleSearchLeft goes elsewhere while the last letter of a search still waits: the address stays that of the other view.
func TestConsoleSearchLeft(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 5)
	p := c.signedIn(t, table.key)
	p.visit("tables/" + table.id)
	p.see("5 records")
	evaluate[chromedp.Void](p, `new Promise(done => {
		const s = document.querySelector('input[type=search]')
		s.value = 'PX'
		s.dispatchEvent(new Event('input', {bubbles: true}))
		location.hash = '#/connect'
		setTimeout(done, 600)
	})`)
	if got := evaluate[string](p, `location.hash`); !strings.HasPrefix(got, "#/connect") {
		t.Errorf("the address is %s", got)
	}
}

// TestConsoleEditOtherOrder moves a column while an edit waits for one of the same record: it goes to the field that was edited.
func TestConsoleEditOtherOrder(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	id, err := table.createTable(t.Context(), "pair", field{Name: "a", Type: "TEXT"}, field{Name: "b", Type: "TEXT"}, field{Name: "d", Type: "TEXT"})
	no(t, err)
	no(t, table.importAll(t.Context(), id, []row{{"a": "A", "b": "B", "d": "D"}}))
	p := c.signedIn(t, table.key)
	p.visit("tables/" + id)
	p.see("1 record")
	evaluate[chromedp.Void](p, `void (() => { const real = fetch; let n = 0; const held = new Promise(r => { window.release = r }); window.fetch = async (path, o) => { if (path.includes('update') && !n++) await held; return real(path, o) } })()`)
	p.click("gridcell", "A")
	p.paste("A2")
	p.press(kb.ArrowRight)
	p.paste("B2")
	p.click("button", "Columns")
	p.click("button", "Move b up")
	p.click("button", "Move b down")
	p.click("button", "Move b down")
	p.press(kb.Escape)
	evaluate[chromedp.Void](p, `void release()`)
	p.becomes("both edits", func() bool {
		rs, err := table.all(t.Context(), id)
		if err != nil {
			return false
		}
		v := rs[0].Value
		return v["a"] == "A2" && v["b"] == "B2" && v["d"] == "D"
	})
}

// TestConsolePasteAgain has a paste fail in the middle and begun again: what was added is not added twice.
func TestConsolePasteAgain(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	id, err := table.createTable(t.Context(), "many", field{Name: "a", Type: "TEXT"})
	no(t, err)
	no(t, table.importAll(t.Context(), id, []row{{"a": "first"}}))
	p := c.signedIn(t, table.key)
	p.visit("tables/" + id)
	p.see("1 record")
	evaluate[chromedp.Void](p, `void (() => { const real = fetch; let n = 0; window.fetch = async (path, o) => { if (path.includes('import/records') && ++n === 2) return new Response('{"code":500,"message":"not now"}', {status: 500}); return real(path, o) } })()`)
	p.click("gridcell", "first")
	var lines []string
	for i := range 601 {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	p.paste(strings.Join(lines, "\n"))
	p.click("button", "Paste")
	p.see("not now")
	p.submit("Paste")
	p.left("dialog", "Paste a block")
	p.see("601 records")
}

// TestConsoleReadAgain: what another client has made of a table's definition is there when the records are read again.
func TestConsoleReadAgain(t *testing.T) { eachStore(t, testConsoleReadAgain) }

func testConsoleReadAgain(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	table, err := a.createTable(t.Context(), "renamed", field{Name: "before", Type: "TEXT"})
	no(t, err)
	_, err = a.importRows(t.Context(), table, []row{{"before": "kept"}})
	no(t, err)
	p := c.signedIn(t, a.key)
	p.visit("tables/" + table)
	p.find("gridcell", "kept")
	_, err = read[map[string]any](a.post(t.Context(), "/gptbots/v1/database/alter-table", map[string]any{"table_id": table,
		"changes": []any{map[string]any{"op": "rename_field", "field": "before", "to": "after"}}}))
	no(t, err)
	p.click("button", "More about this table")
	p.click("menuitem", "Read again")
	p.see("after")
	p.find("gridcell", "kept")
}

// TestConsoleExpired: a key that is revoked while somebody is signed in leads to the form, from any request of a view.
func TestConsoleExpired(t *testing.T) { eachStore(t, testConsoleExpired) }

func testConsoleExpired(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("ask")
	p.find("button", "Run")
	keys, err := read[struct {
		Keys []struct{ ID string }
	}](c.admin().get(t.Context(), "/admin/v1/agents/"+a.id+"/keys"))
	no(t, err)
	for _, k := range keys.Keys {
		_, err := c.admin().send(t.Context(), "DELETE", "/admin/v1/keys/"+k.ID, nil)
		no(t, err)
	}
	p.expect("status of 401")
	p.fill("textbox", "Question in SQL", "SELECT 1")
	p.click("button", "Run")
	p.find("heading", "Sign in")
	p.see("The key is no longer valid")
}
