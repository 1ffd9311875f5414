package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestConsoleTableHostile(t *testing.T) { eachStore(t, testConsoleTableHostile) }

// testConsoleTableHostile shows values that would be markup, direction or a flood, and a large number.
func testConsoleTableHostile(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	id, err := a.createTable(t.Context(), "hostile", field{Name: "text", Type: "TEXT"}, field{Name: "n", Type: "INT"})
	no(t, err)
	long := strings.Repeat("0123456789", 10_000) + "the end"
	values := []string{`<img src=x onerror=alert(1)>`, `"><script>alert(2)</script>`, "\u202egnp.exe\u202c \u200f", "👩‍👩‍👧‍👧 e\u0301", "line one\nline two", "=1+1", long}
	var rows []row
	for i, v := range values {
		rows = append(rows, row{"text": v, "n": fmt.Sprint(9007199254740993 + int64(i)*2)})
	}
	no(t, a.importAll(t.Context(), id, rows))
	p := c.signedIn(t, a.key)
	p.visit("tables/" + id)
	p.see("7 records")
	p.see(values[0])
	p.see(values[1])
	p.see("‹U+202E›gnp.exe‹U+202C›") // reads as it is stored, not backwards
	p.see(values[3])
	p.see("9007199254740993") // no digit is lost
	if n := evaluate[int](p, `document.querySelectorAll('main img, main script').length`); n != 0 {
		t.Errorf("%d elements were made of values", n)
	}
	p.audit()
	p.shot("hostile")

	// The whole of a long value is there on demand, and an edit of it begins with all of it.
	p.click("gridcell", "9007199254741005")
	p.press(kb.Home)
	p.press(kb.Enter, shiftKey)
	p.see("100,007 characters")
	p.see("the end")
	p.audit()
	p.press(kb.Escape)
	p.focusedCell(6, 0)
	p.press(kb.ArrowUp)
	p.press(kb.ArrowUp)
	p.click("button", "Show the whole value")
	p.see("line one\nline two")
	p.press(kb.Escape)
	p.press(kb.ArrowRight)
	p.press(kb.ArrowLeft)
	p.press(kb.Enter)
	p.focused("line one\nline two")
	p.press(kb.Escape)

	// Typed as a value it stays a value.
	p.press(kb.Enter)
	p.fill("textbox", "Edit text", values[1])
	p.press(kb.Enter)
	p.becomes("the text", func() bool {
		rs, err := a.all(t.Context(), id)
		return err == nil && rs[4].Value["text"] == values[1]
	})
	if n := evaluate[int](p, `document.querySelectorAll('main img, main script').length`); n != 0 {
		t.Errorf("%d elements were made of values", n)
	}

	// A search for it finds it, and says it in a chip and an address.
	p.click("button", "Filter")
	p.fill("textbox", "Value", values[0])
	p.click("button", "Apply")
	p.see("1 record matches")
	do(p, chromedp.Reload())
	p.see("1 record matches")
	p.find("button", "Remove filter: text contains "+values[0])
}

// focusedCell waits until the focus is in a row and a column, both counted from 0.
func (p *tab) focusedCell(row, column int) {
	p.t.Helper()
	p.until(fmt.Sprintf("the focus in row %d, column %d", row, column), func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`(e => e.getAttribute('aria-colindex') === '%d' && e.parentNode.getAttribute('aria-rowindex') === '%d')(document.activeElement)`, column+2, row+2))(ctx, page)
	})
}

func TestConsoleTableReadOnly(t *testing.T) { eachStore(t, testConsoleTableReadOnly) }

// testConsoleTableReadOnly has a key that may not write: nothing can be changed, and it is said why.
func testConsoleTableReadOnly(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 5)
	p := c.signedIn(t, c.keyFor(t, table.name, "read"))
	p.find("link", "parcels")
	if n := p.count("button", "More about parcels") + p.count("link", "Create table"); n != 0 {
		t.Errorf("%d controls for what the key may not do", n)
	}
	p.click("link", "parcels")
	p.see("may read but not write")
	p.audit()
	p.looks("table-readonly")
	if n := p.count("button", "Add record") + p.count("link", "Import"); n != 0 {
		t.Errorf("%d controls for what the key may not do", n)
	}
	p.click("gridcell", "PX-0001")
	p.press(kb.Delete)
	p.press("x")
	p.paste("PX-z")
	p.noted("To change records, sign in with a key that has the scope write")
	p.press(kb.Enter) // opens the value
	p.find("heading", "code")
	p.press(kb.Escape)
	p.press(" ")
	p.see("1 row selected")
	if n := p.count("button", "Delete 1 record"); n != 0 {
		t.Error("a key that may not write is offered to delete")
	}
	if table.of("PX-0001") == nil {
		t.Error("it was changed")
	}
}
