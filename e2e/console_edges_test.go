package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestConsoleLeaveImport(t *testing.T) { eachStore(t, testConsoleLeaveImport) }

// testConsoleLeaveImport leaves a running import in three ways: each is asked about, and a no leaves everything as it is.
func testConsoleLeaveImport(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 1)
	p := c.signedIn(t, table.key)
	p.see("1 table")
	// Imports are held on their way, so that they run for as long as the test looks at them.
	evaluate[chromedp.Void](p, `void (() => { const real = fetch; window.fetch = (path, o) => path.includes('import/records') ? new Promise((_, no) => o.signal.addEventListener('abort', () => no(o.signal.reason))) : real(path, o) })()`)
	file := written(t, "more.csv", "code\nA\nB\nC\n")
	for _, way := range []struct {
		leave func()
		there func()
	}{
		{func() {
			p.on(p.find("combobox", "Language"), `function() { this.value = 'zh'; this.dispatchEvent(new Event('change', {bubbles: true})) }`, nil)
		}, func() {
			p.find("heading", "导入到 parcels")
			p.on(p.find("combobox", "语言"), `function() { this.value = 'en'; this.dispatchEvent(new Event('change', {bubbles: true})) }`, nil)
			p.find("heading", "Import into parcels")
		}},
		{func() { evaluate[chromedp.Void](p, `history.back()`) }, func() { p.find("heading", "Tables") }},
		{func() { p.click("button", "Sign out") }, func() {
			p.find("heading", "Sign in")
			if evaluate[bool](p, `Object.values(sessionStorage).some(v => v.includes('app-'))`) {
				t.Error("the key is kept")
			}
		}},
	} {
		evaluate[chromedp.Void](p, `void (location.hash = '#/tables')`)
		p.find("heading", "Tables")
		evaluate[chromedp.Void](p, fmt.Sprintf(`void (location.hash = '#/create?table=%s')`, table.id))
		p.take(file)
		p.click("button", "Import 3 rows")
		p.find("heading", "Importing into parcels")
		way.leave()
		p.find("dialog", "Leave while rows are imported?")
		p.see("0 of 3 rows are answered")
		p.click("button", "Cancel")
		p.left("dialog", "Leave while rows are imported?")
		p.find("heading", "Importing into parcels")
		p.find("button", "Stop")
		p.find("combobox", "Language")
		way.leave()
		p.find("dialog", "Leave while rows are imported?")
		p.submit("Stop and leave")
		way.there()
		p.left("dialog", "Leave while rows are imported?")
	}
	if table.tableNamed(t, "parcels", 1) != table.id {
		t.Error("another table has its name")
	}
}

// TestConsoleDrop drops files by the mouse: on their place they are read; beside it nothing happens, and above all the page stays.
func TestConsoleDrop(t *testing.T) {
	t.Parallel()
	c, a := directory.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("create")
	p.find("heading", "Create a table")
	drop := func(on, event string) (taken bool) {
		t.Helper()
		return evaluate[bool](p, fmt.Sprintf(`(d => { d.items.add(new File(['code,n\nA,1\nB,2\n'], 'dropped.csv')); return !document.querySelector(%q).dispatchEvent(new DragEvent(%q, {dataTransfer: d, bubbles: true, cancelable: true})) })(new DataTransfer())`, on, event))
	}
	for _, on := range []string{".drop", "h1", "nav"} {
		for _, event := range []string{"dragover", "drop"} {
			if on == ".drop" && event == "drop" {
				continue // below
			}
			if !drop(on, event) {
				t.Errorf("%s on %s is left to the browser, which opens the file in the place of the page", event, on)
			}
		}
	}
	drop(".drop", "drop")
	p.find("heading", "New table")
	p.see("dropped.csv")
	p.click("button", "Create and import 2 rows")
	p.find("heading", "Import into dropped is complete")
	a.tableNamed(t, "dropped", 2)
}

func TestConsoleWide(t *testing.T) { eachStore(t, testConsoleWide) }

// testConsoleWide has as many fields as a table may: the grid, its columns, a filter and a new record.
func testConsoleWide(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	var names []string
	r := row{}
	for i := range 200 {
		names = append(names, fmt.Sprintf("f%03d", i))
		r[names[i]] = i
	}
	id, err := a.createTable(t.Context(), "wide", fields("INT", names...)...)
	no(t, err)
	no(t, a.importAll(t.Context(), id, []row{r}))
	p := c.signedIn(t, a.key)
	p.visit("tables/" + id)
	p.see("1 record")
	p.click("gridcell", "0")
	p.press(kb.End)
	p.focused("199")
	p.focusedCell(0, 199)
	p.audit()
	p.press("7" + kb.Enter)
	p.becomes("the last field", func() bool {
		rs, err := a.all(t.Context(), id)
		return err == nil && fmt.Sprint(rs[0].Value["f199"]) == "7"
	})
	p.click("button", "Columns")
	p.click("checkbox", "f198")
	p.click("button", "Move f199 up")
	p.focused("Move f199 up")
	p.press(kb.Escape)
	p.click("gridcell", "197")
	p.press(kb.End)
	p.focused("7")
	p.focusedCell(0, 198)
	p.click("button", "Filter")
	p.choose("Field", "f199")
	p.fill("textbox", "Value", "8")
	p.click("button", "Apply")
	p.see("No record matches")
	p.click("button", "Clear search and filters")
	p.see("1 record")
	p.click("button", "Add record")
	p.fill("textbox", "f199", "99")
	p.submit("Add record")
	p.see("2 records")
}

func TestConsoleWideForm(t *testing.T) { eachStore(t, testConsoleWideForm) }

// testConsoleWideForm makes a table of as many fields as one may have by the form, which adds no more.
func testConsoleWideForm(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("create?by=form")
	p.fill("textbox", "Name", "made_wide")
	evaluate[chromedp.Void](p, `void (() => { const add = [...document.querySelectorAll('button')].find(b => b.innerText === 'Add a field'); for (let i = 0; i < 198; i++) add.click(); window.touched = 0; new MutationObserver(all => { window.touched += all.length }).observe(document.querySelector('ol.fields'), { subtree: true, childList: true, attributes: true }); for (let i = 0; i < 50; i++) add.click(); document.querySelectorAll('ol.fields li').forEach((li, i) => { li.querySelector('input').value = 'f' + i }) })()`)
	if n := p.count("textbox", "Name of field 200") + p.count("textbox", "Name of field 201"); n != 1 {
		t.Error("the form has not as many fields as a table may have")
	}
	if n := evaluate[int](p, `new Promise(r => requestAnimationFrame(() => r(touched)))`); n < 1 || n > 5 { // the new line, and of the one before it that it may move down
		t.Errorf("one field more touches %d things of the others", n)
	}
	p.fits()
	p.click("button", "Create the table")
	p.find("heading", "made_wide")
	page, err := a.page(t.Context(), a.tableNamed(t, "made_wide", 0), 1, 1)
	no(t, err)
	if n := len(page.TableInfo.Fields); n != 200 {
		t.Errorf("the table has %d fields", n)
	}
}

func TestConsoleLargeRecords(t *testing.T) { eachStore(t, testConsoleLargeRecords) }

// testConsoleLargeRecords has records so large that the server gives only a few at once, in the grid and to a file.
func testConsoleLargeRecords(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	id, err := a.createTable(t.Context(), "large", field{Name: "n", Type: "INT"}, field{Name: "text", Type: "TEXT"})
	no(t, err)
	const n, size = 24, 1_500_000 // more than 32 MiB in a page of 25
	for i := range n {
		no(t, a.importAll(t.Context(), id, []row{{"n": i, "text": fmt.Sprintf("begin-%d-", i) + strings.Repeat("x", size) + fmt.Sprintf("-end-%d", i)}}))
	}
	p := c.signedIn(t, a.key)
	p.saves()
	p.expect("status of 400")
	p.visit("tables/" + id)
	p.see("24 records")
	p.click("gridcell", "0")
	p.press(kb.End, ctrlKey)
	p.focusedCell(n-1, 1)
	p.press(kb.Enter, shiftKey)
	p.see("-end-23")
	p.press(kb.Escape)
	p.press(kb.Home)
	p.focused("23")
	p.click("button", "Export")
	p.submit("Export")
	p.see("24 rows exported")
	file, err := os.ReadFile(p.saved("large.csv"))
	no(t, err)
	lines := strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
	if len(lines) != n+1 || len(file) < n*size {
		t.Fatalf("the file has %d lines and %d bytes", len(lines), len(file))
	}
	for i, line := range lines[1:] {
		if !strings.HasPrefix(line, fmt.Sprintf("%d,begin-%d-x", i, i)) || !strings.HasSuffix(line, fmt.Sprintf("x-end-%d", i)) {
			t.Errorf("line %d is %.40s ... %s", i+2, line, line[max(0, len(line)-20):])
		}
	}
}

func TestConsoleServerAway(t *testing.T) { eachStore(t, testConsoleServerAway) }

// testConsoleServerAway stops the server while the page is open, and starts it again: what cannot be done is said, and then works.
func testConsoleServerAway(t *testing.T, s *store) {
	c := s.startForGood(t)
	table := someParcels(t, c, 3)
	p := c.signedIn(t, table.key)
	p.visit("tables/" + table.id)
	p.see("3 records")
	p.expect("ERR_CONNECTION")
	p.expect("ERR_EMPTY_RESPONSE")
	p.click("gridcell", "10")
	c.stop()
	p.press("77" + kb.Enter)
	p.see("The server gave no answer")
	p.find("gridcell", "10") // nothing is shown that is not stored
	c.begin()
	p.click("button", "Edit again")
	p.focused("77")
	p.press(kb.Enter)
	p.becomes("the edit", func() bool { return fmt.Sprint(table.of("PX-0001")["weight_g"]) == "77" })
	p.gone("The server gave no answer")
	c.stop()
	p.click("button", "More about this table")
	p.click("menuitem", "Read again")
	p.see("The server gave no answer")
	p.audit()
	c.begin()
	p.click("button", "Try again")
	p.find("gridcell", "77")
}

func TestConsoleFloats(t *testing.T) { eachStore(t, testConsoleFloats) }

// testConsoleFloats shows and edits numbers that are hard to write: none is rounded on its way, and negative zero is zero, as it is stored.
func testConsoleFloats(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	id, err := a.createTable(t.Context(), "floats", field{Name: "x", Type: "FLOAT"})
	no(t, err)
	typed := []string{"0.1", "1e21", "5e-324", "-0", "123456789.123456789", "1.7976931348623157e308", "100000000000000000000", "0.30000000000000004", "1e-7"}
	shown := []string{"0.1", "1e+21", "5e-324", "0", "123456789.12345679", "1.7976931348623157e+308", "100000000000000000000", "0.30000000000000004", "1e-7"}
	var rows []row
	for range typed {
		rows = append(rows, row{"x": 42.5})
	}
	no(t, a.importAll(t.Context(), id, rows))
	p := c.signedIn(t, a.key)
	p.visit("tables/" + id)
	p.see("9 records")
	p.find("grid", "floats")
	evaluate[chromedp.Void](p, `void document.querySelector('[aria-rowindex="2"] [role="gridcell"]').focus()`)
	for i, x := range typed {
		p.focusedCell(i, 0)
		p.press(kb.Enter)
		p.fill("textbox", "Edit x", x)
		p.press(kb.Enter)
	}
	p.gone("42.5")
	p.idle()
	p.becomes("all as stored", func() bool {
		return evaluate[bool](p, `!document.querySelector('.saving')`)
	})
	got := strings.Split(evaluate[string](p, `[...document.querySelectorAll('[role="gridcell"]')].map(e => e.innerText).join('|')`), "|")
	if strings.Join(got, " ") != strings.Join(shown, " ") {
		t.Errorf("shown are %q, want %q", got, shown)
	}
	// An edit begins with what is shown, and what is left as it is is not written.
	before, err := a.all(t.Context(), id)
	no(t, err)
	p.press(kb.Home, ctrlKey)
	for i, x := range shown {
		p.focusedCell(i, 0)
		p.press(kb.Enter)
		p.focused(x)
		p.press(kb.Enter)
	}
	after, err := a.all(t.Context(), id)
	no(t, err)
	for i := range before {
		if before[i].UpdatedAt != after[i].UpdatedAt || fmt.Sprint(before[i].Value) != fmt.Sprint(after[i].Value) {
			t.Errorf("%s was written again: %v, %v", shown[i], before[i], after[i])
		}
	}
}
