package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsoleGrid has the grid show three million rows of five hundred columns, which no server is asked for: it is about the grid alone.
func TestConsoleGrid(t *testing.T) {
	t.Parallel()
	c, a := directory.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.find("heading", "Tables")
	evaluate[chromedp.Void](p, `import('/console/grid.js').then(({grid}) => {
		window.asked = []; window.ended = 0; window.slow = false; window.fail = false
		const columns = Array.from({length: 500}, (_, c) => ({name: 'c' + c, type: 'INT'}))
		window.g = grid({label: 'numbers', columns, count: 3e6, selectable: true, onselection: n => { window.picked = n }, rows: async (from, to, signal) => {
			window.asked.push(from)
			if (window.fail) throw new Error('the rows are not to be had')
			if (window.slow) await new Promise((_, no) => signal.addEventListener('abort', () => { window.ended++; no(signal.reason) }))
			return Array.from({length: to - from}, (_, i) => columns.map((_, c) => (from + i) * 1000 + c))
		}})
		document.querySelector('main').replaceChildren(g.element)
	})`)
	p.find("gridcell", "1000")
	p.audit()
	p.click("gridcell", "1000")
	rows := `document.querySelectorAll('.grid-body [role="row"]').length`
	cells := `document.querySelectorAll('[role="gridcell"]').length`
	if r, n := evaluate[int](p, rows), evaluate[int](p, cells); r > 60 || n > 60*25 {
		t.Errorf("%d rows and %d cells are on the page", r, n)
	}

	// The ends, by the keyboard; each row is where it says it is.
	p.press(kb.End, ctrlKey)
	p.focused("2999999499")
	p.focusedCell(2999999, 499)
	p.press(kb.Home)
	p.focused("2999999000")
	p.press(kb.ArrowUp)
	p.focused("2999998000")
	for range 3 {
		p.press(kb.PageUp)
	}
	p.press(kb.Home, ctrlKey)
	p.focused("0")

	// A short way of the bar is as many rows as it is long, a long one goes in proportion; at rest nothing jumps, and both ends are reached.
	top := `[...document.querySelectorAll('.grid-body [role="row"]')].map(r => [r.getBoundingClientRect().top, +r.firstChild.innerText]).filter(([y]) => y >= document.querySelector('.grid-head').getBoundingClientRect().bottom - 1)[0][1]`
	scroll := func(how string) int {
		t.Helper()
		evaluate[chromedp.Void](p, `new Promise(done => { document.querySelector('[role="grid"]').`+how+`; requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))) })`)
		return evaluate[int](p, top)
	}
	if at := scroll(`scrollTop = 340`); at != 11 {
		t.Errorf("340 pixels down is row %d", at)
	}
	middle := scroll(`scrollTop = 4e6`)
	if middle < 1_499_000 || middle > 1_501_000 {
		t.Errorf("the middle of the bar is row %d", middle)
	}
	for i := 1; i <= 20; i++ {
		if at := scroll(`scrollBy(0, 340)`); at != middle+10*i && at != middle+10*i+1 && at != middle+10*i-1 {
			t.Errorf("%d times 340 pixels below row %d is row %d", i, middle, at)
		}
	}
	if at := scroll(`scrollTop = 1e9`); at < 2_999_900 {
		t.Errorf("the end of the bar is row %d", at)
	}
	if at := scroll(`scrollTop = 0`); at != 1 {
		t.Errorf("the top of the bar is row %d", at)
	}

	// The focus waits in the grid while its row is out of view, and a key brings it back.
	scroll(`scrollTop = 4e6`)
	p.press(kb.ArrowDown)
	p.focused("1000")

	// What is no longer seen is no longer asked for.
	evaluate[chromedp.Void](p, `void (window.slow = true)`)
	scroll(`scrollTop = 2e6`)
	p.until("a request", chromedp.Evaluate[bool](`window.asked.at(-1) > 5e5`))
	scroll(`scrollTop = 6e6`)
	p.until("the end of a request", chromedp.Evaluate[bool](`window.ended > 0`))
	evaluate[chromedp.Void](p, `void (window.slow = false)`)
	scroll(`scrollTop = 1e6`)
	p.until("rows", chromedp.Evaluate[bool](`document.querySelector('[role="grid"]').getAttribute('aria-busy') === 'false'`))

	// Rows that do not come are said to, and asked for again.
	evaluate[chromedp.Void](p, `void (window.fail = true)`)
	scroll(`scrollTop = 7e6`)
	p.see("the rows are not to be had")
	p.audit()
	evaluate[chromedp.Void](p, `void (window.fail = false)`)
	p.click("button", "Try again")
	p.gone("the rows are not to be had")
	p.until("rows", chromedp.Evaluate[bool](`document.querySelector('[role="grid"]').getAttribute('aria-busy') === 'false'`))

	// A selection is extended by the keyboard, and has a bound.
	scroll(`scrollTop = 0`)
	p.click("rowheader", "2")
	p.until("one row", chromedp.Evaluate[bool](`window.picked === 1`))
	p.press(kb.ArrowDown, shiftKey)
	p.press(kb.ArrowDown, shiftKey)
	p.until("three rows", chromedp.Evaluate[bool](`window.picked === 3 && g.selection().join() === '1,2,3'`))
	p.press("a", ctrlKey)
	p.see("At most 1,000 rows")
	p.press(kb.Escape)
	p.until("no row", chromedp.Evaluate[bool](`window.picked === 0`))
}
