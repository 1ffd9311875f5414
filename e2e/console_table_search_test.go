package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// sorted waits until a column says how it is sorted.
func (p *tab) sorted(column, order string) {
	p.t.Helper()
	p.until(column+" "+order, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector('[role="columnheader"][aria-label=%q]')?.getAttribute('aria-sort') === %q`, column, order))(ctx, page)
	})
}

func TestConsoleTableSearch(t *testing.T) { eachStore(t, testConsoleTableSearch) }

// testConsoleTableSearch searches, filters and sorts; the address keeps it.
func testConsoleTableSearch(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 1200)
	p := c.signedIn(t, table.key)
	p.visit("tables/" + table.id)
	p.see("1,200 records")
	p.fill("searchbox", "Search records", "px-01")
	p.see("100 records match")
	p.see("PX-0100")
	p.click("button", "Filter")
	p.choose("Field", "price")
	p.choose("Condition", "between")
	p.audit()
	p.fill("textbox", "From", "30")
	p.fill("textbox", "To", "40")
	p.click("button", "Apply")
	p.see("41 records match")
	p.click("button", "Filter")
	p.choose("Field", "note")
	p.choose("Condition", "null")
	p.click("button", "Apply")
	p.see("14 records match")
	p.audit()
	p.looks("table-filtered")
	p.see("14 records match") // looks reloads the page
	evaluate[chromedp.Void](p, `history.back()`)
	p.see("41 records match")
	p.click("button", "Remove filter: price between 30 – 40")
	p.see("100 records match")
	p.click("button", "price")
	p.sorted("price", "ascending")
	do(p, chromedp.Reload())
	p.sorted("price", "ascending")
	p.see("100 records match")

	// What the server refuses of a filter is said, and the filter can be taken away.
	p.expect("status of 400")
	evaluate[chromedp.Void](p, `void (() => {
		const [path, query] = location.hash.split('?'), q = new URLSearchParams(query)
		q.set('where', JSON.stringify([...JSON.parse(q.get('where') ?? '[]'), { field: 'weight_g', op: 'eq', value: 'heavy' }])) // the form lets none such pass
		location.hash = path + '?' + q
	})()`)
	p.see("where.and[0].value")
	p.audit()
	p.click("button", "Remove filter: weight_g is heavy")
	p.see("100 records match")
	p.fill("searchbox", "Search records", "no such thing")
	p.see("No record matches")
	p.audit()
	p.click("button", "Clear search and filters")
	p.see("1,200 records")

	// More than a page of matches is counted, and each can be reached.
	p.fill("searchbox", "Search records", "PX-")
	p.see("1,200 records match")
	p.click("gridcell", "PX-0001")
	p.press(kb.End, ctrlKey)
	p.see("PX-1199")

	// Columns are hidden and moved, and stay so.
	p.click("button", "Columns")
	p.audit()
	p.click("checkbox", "fragile")
	p.click("checkbox", "Created")
	p.click("button", "Move note up")
	p.focused("Move note up")
	p.press(kb.Enter)
	p.click("button", "Close")
	columns := `[...document.querySelectorAll('[role="columnheader"]')].map(e => e.getAttribute('aria-label')).join()`
	want := "Row,code,weight_g,price,note,shipped_at,Created"
	p.until(want, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		got, err := chromedp.Evaluate[string](columns)(ctx, page)
		if err == nil && got != want {
			err = fmt.Errorf("%s", got)
		}
		return got == want, err
	})
	do(p, chromedp.Reload())
	p.see("1,200 records match")
	if got := evaluate[string](p, columns); got != want {
		t.Errorf("after a reload the columns are %s", got)
	}
}
