package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsolePasteUncounted pastes a block below the rows that are known, while matches are still counted: nothing is added beside records that
// are there.
func TestConsolePasteUncounted(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 150)
	p := table.at(c, table.key)
	p.holdFetch("records/page", `"page_size":1}`)
	p.fill("searchbox", "Search records", "PX")
	p.see("more than 100 records match")
	p.click("gridcell", "PX-0000")
	p.press(kb.ArrowRight)
	p.press(kb.ArrowDown, ctrlKey)
	p.focusedCell(99, 1)
	p.paste("1\n2\n3")
	p.noted("Wait until the records are counted, then paste again.")
	p.focusedCell(99, 1)
	evaluate[chromedp.Void](p, `void release()`)
	p.see("150 records match")
	p.paste("1\n2\n3")
	p.see("3 rows that are here are changed")
	p.submit("Paste")
	p.noted("3 records changed")
	if got := table.of("PX-0101")["weight_g"]; fmt.Sprint(got) != "3" {
		t.Errorf("the third value is %v", got)
	}
}

// TestConsoleCopyCell copies a cell and pastes it into another: the same value stands there.
func TestConsoleCopyCell(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	id, err := table.createTable(t.Context(), "texts", field{Name: "a", Type: "TEXT"}, field{Name: "b", Type: "TEXT"})
	no(t, err)
	values := []string{`"Hello"`, `""`, `say "x"`, "one\ntwo", "tab\tbed", `"`, "\"a\"\r\n\"b\""}
	var rows []row
	for _, v := range values {
		rows = append(rows, row{"a": v, "b": "other"})
	}
	no(t, table.importAll(t.Context(), id, rows))
	p := c.signedIn(t, table.key)
	p.visit("tables/" + id)
	p.find("grid", "texts")
	p.find("gridcell", `"Hello"`)
	for i, want := range values {
		cell := func(column int) string {
			return fmt.Sprintf(`document.querySelector('[aria-rowindex="%d"] [aria-colindex="%d"]').focus()`, i+2, column+2)
		}
		evaluate[chromedp.Void](p, `void `+cell(0))
		copied := evaluate[string](p, `(d => { document.activeElement.dispatchEvent(new ClipboardEvent('copy', {clipboardData: d, bubbles: true, cancelable: true})); return d.getData('text/plain') })(new DataTransfer())`)
		evaluate[chromedp.Void](p, `void `+cell(1))
		p.paste(copied)
		p.becomes(fmt.Sprintf("%q in the other cell", want), func() bool {
			rs, err := table.all(t.Context(), id)
			return err == nil && rs[i].Value["b"] == want
		})
	}
}

// TestConsoleSelectLate makes a selection large, and small again while the rows of the large one are still on their way: it stays small. A
// selection that is freed meanwhile does not come back, and one after another order does not begin at a row of the old one.
func TestConsoleSelectLate(t *testing.T) {
	t.Parallel()
	c, a := directory.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.find("heading", "Tables")
	evaluate[chromedp.Void](p, `import('/console/grid.js').then(({grid}) => {
		window.held = new Promise(r => { window.release = r })
		window.g = grid({label: 'numbers', columns: [{name: 'n', type: 'INT'}], count: 350, selectable: true, rows: async (from, to) => {
			if (from === 100) await held
			return Array.from({length: to - from}, (_, i) => ['n' + (from + i)])
		}})
		document.querySelector('main').replaceChildren(g.element)
	})`)
	selects := func(want string) {
		t.Helper()
		p.until("the rows "+want+" selected", chromedp.Evaluate[bool](fmt.Sprintf(`g.selection().join() === %q`, want)))
	}
	for _, free := range []bool{false, true} {
		p.click("gridcell", "n1")
		p.press(kb.ArrowDown, shiftKey)
		selects("1,2")
		p.press(kb.ArrowDown, ctrlKey|shiftKey)
		p.focusedCell(349, 0)
		p.press(kb.ArrowUp, ctrlKey|shiftKey)
		selects("0,1") // from where it began
		if free {
			p.press(kb.ArrowDown, ctrlKey|shiftKey)
			p.press(kb.Escape)
			evaluate[chromedp.Void](p, `release(), g.rows(0, 349).then(() => new Promise(requestAnimationFrame))`)
			selects("")
		} else {
			p.press(kb.Escape)
		}
	}
	p.press(kb.ArrowUp, ctrlKey)
	p.click("rowheader", "6")
	selects("5")
	p.click("rowheader", "6")
	selects("") // the second time it is freed
	p.press(" ")
	selects("5")
	p.press(" ")
	selects("")
	p.press(" ")
	selects("5")
	evaluate[chromedp.Void](p, `g.refresh({sort: {column: 'n', order: 'desc'}})`)
	p.find("gridcell", "n2")
	evaluate[chromedp.Void](p, `void document.querySelector('[aria-rowindex="4"] [role="gridcell"]').dispatchEvent(new MouseEvent('mousedown', {bubbles: true, cancelable: true, shiftKey: true}))`)
	selects("0,1,2")
}

// TestConsoleDeleteSelected presses Delete while rows are selected: the records are asked about, and no cell is emptied.
func TestConsoleDeleteSelected(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 4)
	p := table.at(c, table.key)
	p.click("gridcell", "10")
	p.press(" ")
	p.press(kb.ArrowDown, shiftKey)
	p.see("2 rows selected")
	p.press(kb.Delete)
	p.see("2 records of parcels are deleted")
	p.press(kb.Escape)
	p.focusedCell(2, 1)
	p.press(kb.Delete)
	p.submit("Delete 2 records")
	p.noted("2 records deleted")
	if table.of("PX-0001") != nil || table.of("PX-0002") != nil || fmt.Sprint(table.of("PX-0003")["weight_g"]) != "30" {
		t.Error("other records are gone than those that were selected")
	}
	p.focusedCell(1, 1)
	p.focused("30")
	p.press(kb.Delete)
	p.becomes("no value in the cell", func() bool { return table.of("PX-0003")["weight_g"] == nil })
}

// TestConsoleUnseenCharacters shows characters that are not seen by their numbers, in the cell, in the whole value and in the record.
func TestConsoleUnseenCharacters(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	id, err := table.createTable(t.Context(), "texts", field{Name: "a", Type: "TEXT"})
	no(t, err)
	no(t, table.importAll(t.Context(), id, []row{{"a": "a\u200bb\u200ec\u200fd\u2060e\ufefff\u061cg\u00adh\u202ei\nj"}}))
	p := c.signedIn(t, table.key)
	p.visit("tables/" + id)
	signs := "a‹U+200B›b‹U+200E›c‹U+200F›d‹U+2060›e‹U+FEFF›f‹U+061C›g‹U+00AD›h‹U+202E›i"
	p.click("gridcell", signs+" ↵ j")
	p.press(kb.Enter, shiftKey)
	whole := fmt.Sprintf(`document.querySelector('dialog[open]')?.innerText.includes(%q)`, signs+"\nj")
	p.until("the signs in the whole value", chromedp.Evaluate[bool](whole))
	evaluate[chromedp.Void](p, `void (navigator.clipboard.writeText = async s => { window.copied = s })`)
	p.click("button", "Copy")
	p.until("the value as it is", chromedp.Evaluate[bool](`window.copied === "a\u200bb\u200ec\u200fd\u2060e\ufefff\u061cg\u00adh\u202ei\nj"`))
	p.press(kb.Escape)
	p.press(kb.Home)
	p.press(kb.ArrowLeft)
	p.press(kb.Enter)
	p.find("heading", "Record")
	p.until("the signs in the record", chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector('dialog[open]')?.innerText.includes(%q)`, signs)))
}

// TestConsoleMomentHead shows the times of the server: their heads name no type, for there is none.
func TestConsoleMomentHead(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	p := table.at(c, table.key)
	p.click("button", "Columns")
	p.click("checkbox", "Created")
	p.press(kb.Escape)
	p.find("columnheader", "Created")
	p.see("DATETIME")
	if p.sees("MOMENT") {
		t.Error("the head of a time names a type that there is not")
	}
}

// TestConsoleNoteAside has a value refused while the focus went down with Enter: the note does not lie over the cell that has it.
func TestConsoleNoteAside(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 20)
	p := table.at(c, table.key)
	p.click("gridcell", "50")
	p.press("heavy" + kb.Enter)
	p.see("invalid value for type INT")
	p.focusedCell(6, 1)
	p.uncut(".grid-note")
	free := `(r => document.activeElement.contains(document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2)))(document.activeElement.getBoundingClientRect())`
	p.until("the cell with the focus seen", chromedp.Evaluate[bool](free))
	p.press(kb.ArrowUp)
	p.press(kb.ArrowUp)
	p.until("the cell above seen", chromedp.Evaluate[bool](free))
	p.uncut(".grid-note")
}
