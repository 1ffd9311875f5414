package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// parcels is a table of n records for the console, and a way to what is in it behind the console's back.
type parcels struct {
	caller
	t  *testing.T
	id string
}

func someParcels(t *testing.T, c *child, n int) parcels {
	t.Helper()
	a, err := c.agent(t.Context())
	no(t, err)
	id, err := a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight_g", Type: "INT"}, field{Name: "price", Type: "FLOAT"},
		field{Name: "fragile", Type: "BOOLEAN"}, field{Name: "shipped_at", Type: "DATETIME"}, field{Name: "note", Type: "TEXT", Description: "what the driver wrote"})
	no(t, err)
	var rows []row
	for i := range n {
		r := row{"code": fmt.Sprintf("PX-%04d", i), "weight_g": i * 10, "price": float64(i) / 4, "fragile": i%2 == 0, "shipped_at": fmt.Sprintf("2026-03-%02d 08:00:00", i%28+1), "note": ""}
		if i%3 == 0 {
			r["note"] = nil
		}
		if rows = append(rows, r); len(rows) == 1000 || i == n-1 {
			no(t, a.importAll(t.Context(), id, rows))
			rows = rows[:0]
		}
	}
	return parcels{a, t, id}
}

// of is the value of the one record with a code; nil if there is none.
func (p parcels) of(code string) row {
	p.t.Helper()
	page, err := read[recordPage](p.post(p.t.Context(), pathRecords, map[string]any{"table_id": p.id, "filter": row{"code": code}}))
	no(p.t, err)
	if len(page.Records) == 0 {
		return nil
	}
	return page.Records[0].Value
}

// keyFor makes a key with some scopes only.
func (c *child) keyFor(t *testing.T, agent string, scopes ...string) string {
	t.Helper()
	type made struct{ Key string }
	k, err := read[made](c.admin().post(t.Context(), "/admin/v1/agents/"+agent+"/keys", map[string]any{"scopes": scopes}))
	no(t, err)
	c.leaks.know(k.Key)
	return k.Key
}

// focused waits until the element that has the focus shows a text, or has it for its name or value.
func (p *tab) focused(text string) {
	p.t.Helper()
	want, _ := json.Marshal(text)
	p.until("the focus on "+text, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`(e => [e.innerText?.trim(), e.value, e.getAttribute('aria-label')].includes(%s))(document.activeElement)`, want))(ctx, page)
	})
}

// gone waits until the page no longer shows a text.
func (p *tab) gone(text string) {
	p.t.Helper()
	p.until("no text "+text, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		there, err := chromedp.Evaluate[bool](shows(text))(ctx, page)
		return !there, err
	})
}

// paste has the element with the focus be pasted into.
func (p *tab) paste(text string) {
	p.t.Helper()
	b, _ := json.Marshal(text)
	evaluate[bool](p, fmt.Sprintf(`(d => { d.setData('text/plain', %s); return document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true, cancelable: true})) })(new DataTransfer())`, b))
}

// once wants the page to show a text, and no more than once.
func (p *tab) once(text string) {
	p.t.Helper()
	want, _ := json.Marshal(text)
	if n := evaluate[int](p, fmt.Sprintf(`document.body.innerText.split(%s).length - 1`, want)); n != 1 {
		p.t.Errorf("the page shows %q %d times", text, n)
	}
}

// noted waits for a note at the edge of the page.
func (p *tab) noted(text string) {
	p.t.Helper()
	want, _ := json.Marshal(text)
	p.until("the note "+text, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`document.getElementById('notes').innerText.includes(%s)`, want))(ctx, page)
	})
}

// becomes waits until a value behind the console's back is as it should be.
func (p *tab) becomes(what string, holds func() bool) {
	p.t.Helper()
	p.until(what, func(context.Context, *chromedp.Target) (bool, error) { return holds(), nil })
}

const shiftKey, ctrlKey = chromedp.ModifierShift, chromedp.ModifierCtrl

func TestConsoleTable(t *testing.T) { eachStore(t, testConsoleTable) }

// testConsoleTable moves and edits by the keyboard alone.
func testConsoleTable(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 1200)
	p := c.signedIn(t, table.key)
	p.find("heading", "Tables")
	p.see("1,200")
	p.audit()
	p.looks("tables")
	p.click("link", "parcels")
	p.find("grid", "parcels")
	p.see("1,200 records")
	p.audit()
	p.looks("table")

	// Arrows move, the ends are reached at once, and the rows there are read when they are seen.
	p.click("gridcell", "PX-0001")
	p.focused("PX-0001")
	p.press(kb.ArrowDown)
	p.focused("PX-0002")
	p.press(kb.ArrowRight)
	p.focused("20")
	p.press(kb.Home)
	p.press(kb.End, ctrlKey)
	p.see("PX-1199")
	p.press(kb.Home)
	p.focused("PX-1199")
	p.press(kb.PageUp)
	p.press(kb.Home, ctrlKey)
	p.focused("PX-0000")
	p.press(kb.ArrowUp)
	p.focused("code")
	p.press(kb.ArrowDown)

	// An edit is shown, stored, and as the server has it; what was typed begins it.
	p.press(kb.ArrowRight)
	p.press("0777")
	p.find("textbox", "Edit weight_g")
	p.press(kb.Enter)
	p.focused("10") // one row down
	p.see("777")
	p.becomes("the new weight", func() bool { return fmt.Sprint(table.of("PX-0000")["weight_g"]) == "777" })
	p.gone("0777")

	// What is refused is said in place, the value stays, and the text is there to be mended.
	p.press(kb.F2)
	p.focused("Edit weight_g")
	p.press("heavy" + kb.Enter)
	p.see("invalid value for type INT")
	p.audit()
	p.looksOpen("table-refused")
	p.find("gridcell", "10")
	p.click("button", "Edit again")
	p.focused("heavy")
	p.fill("textbox", "Edit weight_g", "11")
	p.press(kb.Tab)
	p.focused("0.25") // to the right
	p.becomes("the mended weight", func() bool { return fmt.Sprint(table.of("PX-0001")["weight_g"]) == "11" })
	p.press(kb.Enter)
	p.press("5" + kb.Escape)
	p.focused("0.25")

	// No value, and the empty text, are two things.
	p.press(kb.End)
	p.focused("empty text")
	p.press(kb.Delete)
	p.becomes("no note", func() bool { return table.of("PX-0001")["note"] == nil })
	p.focused("NULL")
	p.press(kb.Enter)
	p.press("a" + kb.Enter)
	p.becomes("a note", func() bool { return table.of("PX-0001")["note"] == "a" })
	p.press(kb.ArrowUp)
	p.press(kb.Enter + kb.Delete + kb.Enter)
	p.becomes("an empty note", func() bool { return table.of("PX-0001")["note"] == "" })
	p.press(kb.ArrowUp)
	p.press(kb.Home)
	p.focused("PX-0001")
	p.press(kb.Delete)
	p.see("required")
	p.press(kb.Escape)
	p.focused("PX-0001")
	p.press(kb.ArrowRight)
	p.press(kb.ArrowRight)
	p.press(kb.ArrowRight)
	p.focused("false")
	p.press(kb.Enter)
	p.choose("Edit fragile", "true")
	p.press(kb.Enter)
	p.becomes("fragile", func() bool { return table.of("PX-0001")["fragile"] == true })

	// The head: sorting, and the width of a column.
	p.press(kb.Home)
	p.press(kb.Home, ctrlKey)
	p.press(kb.ArrowUp)
	p.press(kb.Enter)
	p.sorted("code", "ascending")
	p.press(kb.Enter)
	p.sorted("code", "descending")
	p.see("PX-1199")
	width := `document.activeElement.offsetWidth`
	before := evaluate[int](p, width)
	p.press(kb.ArrowRight, chromedp.ModifierAlt)
	if after := evaluate[int](p, width); after != before+16 {
		t.Errorf("the column is %d wide, was %d", after, before)
	}
	p.press(kb.Tab) // leaves the grid
	if evaluate[bool](p, `document.querySelector('[role="grid"]').contains(document.activeElement)`) {
		t.Error("Tab stays in the grid")
	}
}
