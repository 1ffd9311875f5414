package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestConsoleTableRecords(t *testing.T) { eachStore(t, testConsoleTableRecords) }

// testConsoleTableRecords adds, pastes, copies and deletes records.
func testConsoleTableRecords(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 5)
	p := c.signedIn(t, table.key)
	p.visit("tables/" + table.id)
	p.see("5 records")
	p.click("button", "Add record")
	p.audit()
	p.looksOpen("table-add")
	p.fill("textbox", "code", "PX-0001")
	p.fill("textbox", "price", "cheap")
	p.submit("Add record")
	p.see("invalid value for type FLOAT")
	p.audit()
	p.fill("textbox", "price", "3.5")
	p.submit("Add record")
	p.see("PX-0001'") // of the conflict
	p.fill("textbox", "code", "PX-new")
	p.submit("Add record")
	p.see("6 records")
	if got := table.of("PX-new"); got == nil || got["note"] != nil || fmt.Sprint(got["price"]) != "3.5" {
		t.Errorf("added: %v", got)
	}

	// A block changes the rows that are there and adds the others; each row that is refused says why.
	p.click("gridcell", "PX-0004")
	p.paste("PX-0004\t44\r\nPX-new\theavy\r\nPX-b\t2\t\t\t\t\"two\nlines\tand a tab\"\r\nPX-0001\t3\r\n")
	p.see("2 rows that are here are changed")
	p.find("checkbox", "Add 2 rows below the last as new records")
	p.audit()
	p.looksOpen("table-paste")
	p.click("button", "Paste")
	p.see("2 rows were refused")
	p.see("Row 6: `weight_g` has an invalid value for type INT.")
	p.see("Row 8:")
	p.see("1 record changed")
	p.see("1 record added")
	p.audit()
	p.click("button", "Done")
	if got := table.of("PX-0004"); fmt.Sprint(got["weight_g"]) != "44" {
		t.Errorf("pasted: %v", got)
	}
	if got := table.of("PX-b"); got == nil || got["note"] != "two\nlines\tand a tab" {
		t.Errorf("pasted as new: %v", got)
	}
	p.see("7 records")

	// One cell is pasted as an edit; rows are copied as a spreadsheet takes them.
	p.click("gridcell", "PX-0002")
	p.press(kb.ArrowRight)
	p.paste("222")
	p.becomes("a pasted weight", func() bool { return fmt.Sprint(table.of("PX-0002")["weight_g"]) == "222" })
	evaluate[chromedp.Void](p, `void (navigator.clipboard.writeText = async s => { window.copied = s })`)
	p.press(" ")
	p.press(kb.ArrowDown, shiftKey)
	p.see("2 rows selected")
	p.press("c", ctrlKey)
	p.see("2 rows are copied")
	if got, want := evaluate[string](p, `window.copied`), "PX-0002\t222\t0.5\ttrue\t2026-03-03 08:00:00\t\r\nPX-0003\t30\t0.75\tfalse\t2026-03-04 08:00:00\t"; got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
	p.audit()

	// Selected rows are deleted after a question that says how many.
	p.click("button", "Delete 2 records")
	p.see("2 records of parcels are deleted")
	p.audit()
	p.submit("Delete 2 records")
	p.see("5 records")

	// What the server gives cannot be pasted over.
	p.click("button", "Columns")
	p.click("checkbox", "Created")
	p.press(kb.Escape)
	p.click("gridcell", "PX-0001")
	p.press(kb.End)
	p.paste("yesterday")
	p.noted("nothing can be written over them")
	if table.of("PX-0002") != nil || table.of("PX-0003") != nil || table.of("PX-0004") == nil {
		t.Error("other records were deleted than those that were selected")
	}

	// A record whole, by the number of its row.
	p.click("gridcell", "PX-b")
	p.press(kb.ArrowLeft)
	p.press(kb.Enter)
	p.find("heading", "Record")
	p.see("lines\tand a tab")
	p.audit()
	p.looksOpen("table-record")
	p.press(kb.Escape)

	// In Chinese.
	p.prefer("light", "zh")
	p.see("共 5 条记录")
	p.click("button", "添加记录")
	p.see("留空的字段没有值")
	p.click("button", "取消")
}

// submit clicks the button of the open dialog; the page beneath may have one of the same name.
func (p *tab) submit(label string) {
	p.t.Helper()
	p.until("a button "+label+" in the dialog", func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`[...document.querySelectorAll('dialog[open]:last-of-type button:not(:disabled)')].some(b => b.innerText.trim() === %q && (b.click(), true))`, label))(ctx, page)
	})
}

// looksOpen keeps pictures of what is open, in one theme, since it would not survive a reload.
func (p *tab) looksOpen(name string) {
	p.t.Helper()
	p.shot(name)
	p.size(390, 800)
	p.idle()
	p.shot(name + "-phone")
	p.size(1280, 800)
}
