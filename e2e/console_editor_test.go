package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The editor of a cell, and what is said where nothing can be written.

// at opens a table in a new tab.
func (p parcels) at(c *child, key string) *tab {
	p.t.Helper()
	tab := c.open(p.t)
	tab.signIn(key)
	tab.visit("tables/" + p.id)
	tab.find("grid", "parcels")
	tab.idle()
	return tab
}

func TestConsoleEditorBoolean(t *testing.T) { eachStore(t, testConsoleEditorBoolean) }

// testConsoleEditorBoolean chooses values of a BOOLEAN by the first key that is pressed on the cell, and by one in the open editor.
func testConsoleEditorBoolean(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 2)
	p := table.at(c, table.key)
	p.click("gridcell", "PX-0001")
	p.press(kb.ArrowRight + kb.ArrowRight + kb.ArrowRight)
	p.focusedCell(1, 3)
	for _, x := range []struct {
		keys string
		want any
	}{
		{"t", true}, {"0", false}, {"1", true}, {"f", false}, {"true", true}, {"false", false}, {"T", true}, {" ", false}, {" ", true},
		{"x", true}, {kb.Enter + "f", false}, {kb.F2 + "1", true}, {kb.Enter + kb.Backspace, nil}, {" ", true},
	} {
		p.press(x.keys)
		p.focused("Edit fragile")
		p.press(kb.Enter)
		p.becomes(fmt.Sprintf("%v by %q", x.want, x.keys), func() bool { return table.of("PX-0001")["fragile"] == x.want })
		p.focusedCell(1, 3)
		p.until("the row as it is stored", chromedp.Evaluate[bool](`!document.querySelector('.saving')`))
	}
	p.press("f" + kb.Escape)
	p.focused("true")
	p.press(" ", shiftKey)
	p.see("1 row selected")
	p.press(kb.Escape)

	// What is no value of the type is refused, and there to be mended.
	p.paste("perhaps")
	p.see("invalid value for type BOOLEAN")
	p.click("button", "Edit again")
	p.focused("perhaps")
	p.press("f" + kb.Enter)
	p.becomes("the mended value", func() bool { return table.of("PX-0001")["fragile"] == false })
}

// uncut waits until an element is seen whole: each of its corners is in the window, and nothing is over them.
func (p *tab) uncut(selector string) {
	p.t.Helper()
	p.until(selector+" seen whole", func(ctx context.Context, page *chromedp.Target) (bool, error) {
		cut, err := chromedp.Evaluate[string](fmt.Sprintf(`(e => { const r = e.getBoundingClientRect(); return [[r.left, r.top], [r.right, r.top], [r.left, r.bottom], [r.right, r.bottom]]
			.filter(([x, y], i) => !e.contains(document.elementFromPoint(x + (i %% 2 ? -3 : 3), y + (i > 1 ? -3 : 3)))).map(at => at.map(Math.round).join()).join(' ') })(document.querySelector(%q))`, selector))(ctx, page)
		if err == nil && cut != "" {
			err = fmt.Errorf("cut off at %s", cut)
		}
		return cut == "", err
	})
}

func TestConsoleEditorWhole(t *testing.T) { eachStore(t, testConsoleEditorWhole) }

// testConsoleEditorWhole opens the editor at the edges of the grid, and has it refuse there: neither is cut off.
func testConsoleEditorWhole(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 40)
	for name, fields := range map[string][]field{"wide_last": {{Name: "n", Type: "INT"}, {Name: "text", Type: "TEXT"}}, "narrow_last": {{Name: "text", Type: "TEXT"}, {Name: "n", Type: "INT"}}} {
		for _, rows := range []int{1, 40} {
			id, err := table.createTable(t.Context(), fmt.Sprintf("%s_%d", name, rows), fields...)
			no(t, err)
			var all []row
			for i := range rows {
				all = append(all, row{"n": i, "text": strings.Repeat("a long line of a text ", 4)})
			}
			no(t, table.importAll(t.Context(), id, all))
			p := c.signedIn(t, table.key)
			for _, width := range []int64{desktop, phone} {
				p.size(width, 800)
				p.visit("tables/" + id)
				do(p, chromedp.Reload())
				p.find("gridcell", "0")
				p.idle()
				p.click("gridcell", "0")
				p.press(kb.End, ctrlKey)
				for range 2 { // the last column, then the one before
					p.press(kb.F2)
					p.uncut(".grid-editor")
					if evaluate[bool](p, `document.activeElement.localName === 'textarea'`) {
						for range 8 {
							p.press(kb.Enter, chromedp.ModifierAlt)
						}
						p.uncut(".grid-editor")
						if !evaluate[bool](p, `(e => e.clientHeight > 150 && (e.scrollHeight <= e.clientHeight || e.offsetHeight === 240))(document.activeElement)`) {
							t.Errorf("%s of %d rows, %d wide: lines of the editor are cut off", name, rows, width)
						}
						p.press(kb.Escape)
					} else {
						p.press("heavy" + kb.Enter)
						p.see("invalid value for type INT")
						p.uncut(".grid-note")
						p.shot(fmt.Sprintf("%s-%d-%d", name, rows, width))
						p.click("button", "Close")
					}
					p.press(kb.ArrowLeft)
				}
			}
		}
	}
}

func TestConsoleEditorReadOnly(t *testing.T) { eachStore(t, testConsoleEditorReadOnly) }

// testConsoleEditorReadOnly tries each way to change a cell with a key that may only read, and of what the server gives: it is said why not.
func testConsoleEditorReadOnly(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 3)
	p := table.at(c, c.keyFor(t, table.name, "read"))
	p.click("gridcell", "PX-0001")
	tries := func(why string) {
		t.Helper()
		for what, do := range map[string]func(){
			"typing": func() { p.press("word") }, "Delete": func() { p.press(kb.Delete) }, "F2": func() { p.press(kb.F2) }, "paste": func() { p.paste("PX-z") },
		} {
			evaluate[chromedp.Void](p, `document.getElementById('notes').replaceChildren()`)
			do()
			p.noted(why)
			if n := evaluate[int](p, `document.getElementById('notes').children.length`); n != 1 {
				t.Errorf("%s is answered by %d notes", what, n)
			}
			if p.count("textbox", "") != 0 {
				t.Errorf("%s opens an editor", what)
			}
		}
		p.press(kb.Enter)
		p.until("the reason beside the value", chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector('dialog[open]')?.innerText.includes(%q)`, why)))
		p.audit()
		p.press(kb.Escape)
	}
	tries("may read but not write")
	p.paste("a\tb\nc\td")
	p.noted("may read but not write")
	p.focused("PX-0001")

	p = table.at(c, table.key)
	p.click("button", "Columns")
	p.click("checkbox", "Created")
	p.press(kb.Escape)
	p.click("gridcell", "PX-0001")
	p.press(kb.End)
	tries("nothing can be written over them")
}

func TestConsoleEditorGone(t *testing.T) { eachStore(t, testConsoleEditorGone) }

// testConsoleEditorGone edits a record that another client has deleted: it is said, and the row is shown so.
func testConsoleEditorGone(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 4)
	p := table.at(c, table.key)
	table.delete("PX-0001")
	p.click("gridcell", "10")
	p.press("77" + kb.Enter)
	p.see("This record is gone: somebody else has deleted it.")
	p.find("rowheader", "2, deleted")
	p.find("gridcell", "10") // as it was
	p.find("button", "Copy what was typed")
	p.uncut(".grid-note")
	p.audit()
	p.looksOpen("table-gone")
	p.click("button", "Close")
	p.focused("10")
	p.press("8")
	p.see("This record is gone")
	if p.count("textbox", "Edit weight_g") != 0 {
		t.Error("a record that is gone can be edited")
	}
	p.click("button", "Close")
	p.press(" ")
	p.click("button", "Delete 1 record")
	p.submit("Delete 1 record")
	p.noted("The record was gone already")
	p.left("rowheader", "2, deleted")
	if p.sees("1 record deleted") {
		t.Error("a record that was gone is said to be deleted")
	}

	// Several, of which one goes while the question is asked.
	p.click("gridcell", "PX-0000")
	p.press(" ")
	p.press(kb.ArrowDown, shiftKey)
	p.click("button", "Delete 2 records")
	p.see("2 records of parcels are deleted")
	table.delete("PX-0002")
	p.submit("Delete 2 records")
	p.noted("1 of 2 records deleted; the others were gone already")
	if table.of("PX-0003") == nil || table.of("PX-0000") != nil {
		t.Error("other records were deleted than those that were selected")
	}
}

func TestConsoleEditorFocus(t *testing.T) { eachStore(t, testConsoleEditorFocus) }

// testConsoleEditorFocus adds, pastes and deletes rows: afterwards the focus is in the grid, where one goes on.
func testConsoleEditorFocus(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 150)
	p := table.at(c, table.key)
	add := func(code string) {
		t.Helper()
		p.fill("textbox", "code", code)
		p.submit("Add record")
	}
	p.click("button", "Add record")
	add("PX-new")
	p.focusedCell(150, 0)
	p.focused("PX-new")
	p.press(kb.ArrowUp)
	p.focused("PX-0149")

	// A paste, one of which a row is refused, and one that is given up.
	p.press(kb.ArrowRight)
	p.paste("1\t2\n3\t4")
	p.focused("Paste")
	p.press(kb.Enter)
	p.noted("2 records changed")
	p.focusedCell(149, 1)
	p.paste("1\t2\nheavy\t4")
	p.focused("Paste")
	p.press(kb.Enter)
	p.see("1 row was refused")
	p.click("button", "Done")
	p.focusedCell(149, 1)
	p.paste("1\t2\n3\t4")
	p.focused("Paste")
	p.press(kb.Escape)
	p.focusedCell(149, 1)

	// Rows are deleted: the one that follows has the focus, at the end the one before.
	p.click("gridcell", "PX-0147")
	p.press(kb.ArrowRight)
	p.press(" ")
	p.press(kb.ArrowDown, shiftKey)
	p.click("button", "Delete 2 records")
	p.submit("Delete 2 records")
	p.focusedCell(147, 1)
	p.press(kb.Home)
	p.focused("PX-0149")
	p.press(kb.ArrowDown)
	p.press(" ")
	p.click("button", "Clear selection")
	p.focused("PX-new")
	p.press(kb.ArrowLeft)
	p.press(kb.Enter)
	p.submit("Delete 1 record")
	p.see("1 record of parcels is deleted")
	p.submit("Delete 1 record")
	p.focusedCell(147, -1)

	// None is left, and there is a first one.
	p.fill("searchbox", "Search records", "PX-0000")
	p.see("1 record matches")
	p.click("gridcell", "PX-0000")
	p.press(" ")
	p.click("button", "Delete 1 record")
	p.submit("Delete 1 record")
	p.focused("Clear search and filters")
	id, err := table.createTable(t.Context(), "none", key("code"))
	no(t, err)
	p.visit("tables/" + id)
	p.see("No records yet")
	p.on(p.some("button", "Add record")[1], `function() { this.click() }`, nil)
	add("first")
	p.focusedCell(0, 0)
	p.find("gridcell", "first")
	p.press(" ")
	p.click("button", "Delete 1 record")
	p.submit("Delete 1 record")
	p.see("No records yet")
	p.until("the focus on what can be done", chromedp.Evaluate[bool](`document.querySelector('main .empty').contains(document.activeElement)`))
}

func TestConsoleEditorPaste(t *testing.T) { eachStore(t, testConsoleEditorPaste) }

// testConsoleEditorPaste pastes a block over what other clients have changed and deleted meanwhile: it is not written over unseen.
func testConsoleEditorPaste(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 230)
	p := table.at(c, table.key)
	_, err := read[outcome](table.post(t.Context(), pathUpdate, row{"table_id": table.id, "update_data": []row{
		{"filter": row{"code": "PX-0001"}, "updated_fields": row{"weight_g": 111, "note": "theirs"}}, {"filter": row{"code": "PX-0003"}, "updated_fields": row{"note": "theirs"}}}}))
	no(t, err)
	table.delete("PX-0002")
	p.click("gridcell", "PX-0000")
	p.press(kb.ArrowRight)
	p.press("4" + kb.Enter) // one's own, which is no other's
	p.press(kb.ArrowUp)
	block := "1\t0.1\n2\t0.2\n3\t0.3\n4\t0.4"
	p.paste(block)
	p.submit("Paste")
	p.see("2 rows were refused")
	p.see("Row 2: weight_g: Somebody else has changed this value meanwhile. It is now: 111")
	p.see("Row 3: This record is gone: somebody else has deleted it.")
	p.see("2 records changed")
	p.audit()
	is := func(code, want string) {
		t.Helper()
		if got := table.of(code); fmt.Sprint(got["weight_g"], " ", got["price"]) != want {
			t.Errorf("%s is %v, want %s", code, got, want)
		}
	}
	is("PX-0000", "1 0.1")
	is("PX-0001", "111 0.25")
	is("PX-0003", "4 0.4") // of a field that is not pasted into
	p.submit("Done")

	// What was told has been seen, and is written over.
	p.focusedCell(0, 1)
	p.find("gridcell", "111")
	p.paste("1\t0.1\n2\t0.2")
	p.submit("Paste")
	p.noted("2 records changed")
	is("PX-0001", "2 0.2")

	// More rows than are read at a time, of which the last have been seen.
	p.press(kb.End, ctrlKey)
	p.see("PX-0229")
	p.press(kb.Home, ctrlKey)
	p.press(kb.ArrowRight)
	p.focusedCell(0, 1)
	var lines []string
	for i := range 229 {
		lines = append(lines, fmt.Sprintf("%d\t7", i))
	}
	p.paste(strings.Join(lines, "\n"))
	p.see("229 rows that are here are changed")
	_, err = read[outcome](table.post(t.Context(), pathUpdate, row{"table_id": table.id, "update_data": []row{{"filter": row{"code": "PX-0220"}, "updated_fields": row{"price": 5}}}}))
	no(t, err)
	p.submit("Paste")
	p.see("228 records changed")
	is("PX-0220", "2200 5")
	is("PX-0229", "228 7")
}
