package e2e

import (
	"fmt"
	"os"
)

// phone and desktop are the widths of a window at which the console is looked at.
const phone, desktop = 390, 1280

// outside lists what cannot be seen in a window of that width without moving the page sideways: a page that is wider, a thing that scrolls sideways and
// is none of those that may (grids, tabs, code, previews of files), and controls and headings beyond an edge that are within nothing that scrolls.
const outside = `(width => {
	const wrong = [], what = el => el.localName + (el.className ? '.' + el.className : '') + ' "' + (el.getAttribute('aria-label') ?? el.innerText ?? '').slice(0, 40) + '"'
	const scrolls = el => ['auto', 'scroll'].includes(getComputedStyle(el).overflowX)
	const told = el => el.matches('[role=grid], [role=tablist], pre, textarea, .scroll.wide')
	if (document.scrollingElement.scrollWidth > width) wrong.push('the page is ' + document.scrollingElement.scrollWidth + ' wide')
	for (const el of document.querySelectorAll('body *')) {
		if (el.closest('.skip, svg') || !el.checkVisibility({ visibilityProperty: true })) continue
		if (scrolls(el) && !told(el) && el.scrollWidth > el.clientWidth + 1) wrong.push(what(el) + ' scrolls sideways: ' + el.scrollWidth + ' in ' + el.clientWidth)
		if (!el.matches('a, button, input, select, textarea, summary, h1, h2, h3, h4, dialog, [role]')) continue
		const at = el.getBoundingClientRect()
		if (at.width <= 1 || (at.left > -1 && at.right < width + 1)) continue
		let within = false
		for (let up = el.parentElement; up; up = up.parentElement) within ||= scrolls(up) && told(up)
		if (!within) wrong.push(what(el) + ' is from ' + Math.round(at.left) + ' to ' + Math.round(at.right))
	}
	return wrong.slice(0, 10)
})`

// fits wants all that is shown now to be in reach in a phone's window and in a desktop's. Where pictures are asked for it keeps them, in both themes.
func (p *tab) fits() {
	p.t.Helper()
	p.fitted++
	for _, w := range []int64{phone, desktop} {
		p.size(w, 800)
		p.idle()
		for _, wrong := range evaluate[[]string](p, fmt.Sprintf("%s(%d)", outside, w)) {
			p.t.Errorf("in a window of %d: %s", w, wrong)
		}
		if os.Getenv("STELE_TEST_SHOTS") == "" {
			continue
		}
		theme := evaluate[string](p, `document.documentElement.dataset.theme`)
		for _, other := range []string{"light", "dark"} {
			evaluate[string](p, fmt.Sprintf(`document.documentElement.dataset.theme = %q`, other))
			p.shot(fmt.Sprintf("state%02d-%s-%d", p.fitted, other, w))
		}
		evaluate[string](p, fmt.Sprintf(`document.documentElement.dataset.theme = %q`, theme))
	}
}
