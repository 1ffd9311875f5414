package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The console by the keyboard alone: nothing here clicks, or gives the focus to anything by other ways than keys.

// has is the name of what has the focus; it is "" where nothing has.
func (p *tab) has() string {
	p.t.Helper()
	return evaluate[string](p, `(e => e === document.body ? '' : (e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText ?? e.value ?? '').trim())(document.activeElement)`)
}

// stands waits until what has a name has the focus.
func (p *tab) stands(name string) {
	p.t.Helper()
	p.until("the focus on "+name, func(context.Context, *chromedp.Target) (bool, error) {
		at := p.has()
		if at != name {
			return false, fmt.Errorf("it is on %q", at)
		}
		return true, nil
	})
}

// reach presses Tab, with modifiers, until what has a name has the focus; one that ends with … is how the name begins.
func (p *tab) reach(name string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.idle()
	var passed []string
	for range 80 {
		p.press(kb.Tab, modifiers...)
		at := p.has()
		if begin, cut := strings.CutSuffix(name, "…"); at == name || cut && strings.HasPrefix(at, begin) {
			return
		}
		b, _ := json.Marshal(at)
		passed = append(passed, string(b))
	}
	p.shot("failure")
	p.t.Fatalf("Tab does not reach %q; it passed %s", name, strings.Join(passed, ", "))
}

// enter reaches what has a name, and presses Enter.
func (p *tab) enter(name string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.reach(name, modifiers...)
	p.press(kb.Enter)
}

// back is enter on the way back.
func (p *tab) back(name string) {
	p.t.Helper()
	p.enter(name, shiftKey)
}

// chord presses Ctrl and a letter as a keyboard does, with what the browser itself does for it.
func (p *tab) chord(letter, does string) {
	p.t.Helper()
	do(p, chromedp.KeyEvent(letter, chromedp.KeyModifiers(ctrlKey), func(k *input.DispatchKeyEventParams) {
		if k.Type == kb.KeyDown {
			k.Type, k.Commands = kb.KeyRawDown, []string{does}
		}
	}))
}

// enters signs in with a key.
func (p *tab) enters(key string) {
	p.t.Helper()
	p.expect("status of 401") // an admin key is tried as an agent's first
	p.focused("")
	p.press(key + kb.Enter)
	p.find("navigation", "Main")
	p.idle()
}

func TestConsoleKeysOnlyGrid(t *testing.T) { eachStore(t, testConsoleKeysOnlyGrid) }

// testConsoleKeysOnlyGrid does in a table all that the mouse does.
func testConsoleKeysOnlyGrid(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 150)
	p := c.open(t)
	p.enters(table.key)
	p.enter("parcels")
	p.see("150 records")
	p.focused("parcels")

	// Search, filters, columns.
	p.reach("Search records")
	p.press("px-00")
	p.see("100 records match")
	p.enter("Filter")
	p.stands("Field")
	p.press("price" + kb.Tab)
	p.stands("Condition")
	p.press("at least" + kb.Tab + "20")
	p.enter("Apply")
	p.see("20 records match")
	p.focused("Filter")
	p.enter("Remove filter: price at least 20")
	p.see("100 records match")
	p.focused("Filter")
	p.press(kb.Enter)
	p.stands("Field")
	p.press(kb.Escape)
	p.focused("Filter")
	p.reach("Search records", shiftKey)
	p.press(kb.Escape)
	p.see("150 records")
	p.enter("Columns")
	p.reach("shipped_at")
	p.press(" ")
	p.reach("Move note up")
	p.press(kb.Enter + kb.Enter)
	p.press(kb.Escape)
	p.focused("Columns")
	heads := `[...document.querySelectorAll('[role="columnheader"]')].map(e => e.getAttribute('aria-label')).join()`
	want := "Row,code,weight_g,price,note,fragile"
	p.until(want, chromedp.Evaluate[bool](fmt.Sprintf(`%s === %q`, heads, want)))

	// Into the grid, and about in it.
	p.reach("PX-0000")
	p.press(kb.ArrowUp)
	p.focused("code")
	p.press(kb.Enter)
	p.sorted("code", "ascending")
	p.press(" ")
	p.sorted("code", "descending")
	p.see("PX-0149")
	p.press(kb.Enter)
	p.sorted("code", "none")
	p.idle()
	p.focused("code")
	p.press(kb.ArrowRight, chromedp.ModifierAlt)
	p.press(kb.ArrowDown)
	p.press(kb.PageDown)
	p.press(kb.End, ctrlKey)
	p.focusedCell(149, 4)
	p.press(kb.PageUp)
	p.press(kb.Home, ctrlKey)
	p.focused("PX-0000")

	// Edit; what is refused is mended from beside the cell.
	p.press(kb.ArrowRight + "7" + kb.Enter)
	p.becomes("a weight", func() bool { return fmt.Sprint(table.of("PX-0000")["weight_g"]) == "7" })
	p.focusedCell(1, 1)
	p.press(kb.F2 + "heavy" + kb.Tab)
	p.see("invalid value for type INT")
	p.enter("Edit again")
	p.focused("heavy")
	p.press("8" + kb.Tab)
	p.becomes("a mended weight", func() bool { return fmt.Sprint(table.of("PX-0001")["weight_g"]) == "8" })
	p.focusedCell(1, 2)
	p.press(kb.Delete)
	p.becomes("no price", func() bool { return table.of("PX-0001")["price"] == nil })
	p.press(kb.Enter, shiftKey)
	p.see("There is no value here")
	p.press(kb.Escape)
	p.focusedCell(1, 2)

	// Copy and paste: a cell, and a block of rows.
	p.press(kb.ArrowLeft)
	p.chord("c", "copy")
	p.noted("The cell is copied")
	p.press(kb.ArrowDown)
	p.chord("v", "paste")
	p.becomes("a pasted weight", func() bool { return fmt.Sprint(table.of("PX-0002")["weight_g"]) == "8" })
	p.press(kb.Home + kb.ArrowDown)
	p.focused("PX-0003")
	p.press(" ")
	p.press(kb.ArrowDown, shiftKey)
	p.see("2 rows selected")
	p.chord("c", "copy")
	p.noted("2 rows are copied")
	p.press(kb.Escape)
	p.press(kb.End, ctrlKey)
	p.press(kb.Home)
	p.focused("PX-0149")
	p.chord("v", "paste")
	p.see("1 row that is here is changed")
	p.press(kb.Enter)
	p.see("2 rows were refused") // two records have these codes already
	p.focused("Done")
	p.press(kb.Enter)
	p.focusedCell(149, 0)

	// Rows: select, look at one whole, add and delete.
	p.press(" ")
	p.press(kb.ArrowUp, shiftKey)
	p.see("2 rows selected")
	p.back("Clear selection")
	p.gone("2 rows selected")
	p.focusedCell(148, 0)
	p.press(" ")
	p.back("Details")
	p.find("heading", "Record")
	p.press(kb.Escape)
	p.focused("Details")
	p.enter("Delete 1 record")
	p.enter("Delete 1 record")
	p.noted("1 record deleted")
	p.focusedCell(148, 0)
	p.press(kb.ArrowLeft + kb.Enter)
	p.find("heading", "Record")
	p.press(kb.Escape)
	p.focusedCell(148, -1)
	p.back("Add record")
	p.stands("code")
	p.press("PX-keys")
	p.enter("Add record")
	p.focusedCell(149, 0)
	p.focused("PX-keys")
	if table.of("PX-keys") == nil || table.of("PX-0148") != nil {
		t.Error("other records were added or deleted")
	}

	// The menu, and out of the grid.
	p.back("More about this table")
	p.focused("Read again")
	p.press(kb.Enter)
	p.idle()
	p.focused("More about this table")
	p.press(kb.Enter)
	p.focused("Read again")
	p.press(kb.ArrowDown + kb.ArrowDown)
	p.focused("Change fields")
	p.press(kb.Enter)
	p.reach("Description")
	p.press(" changed")
	p.enter("Apply")
	p.noted("changed")
	p.idle()
	if at := p.has(); at == "" {
		t.Error("after a change of the fields nothing has the focus")
	}
	p.enter("Export")
	p.find("heading", "Export")
	p.reach("CSV")
	p.press(kb.ArrowDown)
	p.saves()
	p.enter("Export")
	p.see("150 rows exported")
	p.saved("parcels.tsv")
	p.press(kb.Escape)
	p.focused("Export")
}
