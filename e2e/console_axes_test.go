package e2e

import (
	"fmt"
	"os"
	"testing"
)

// TestConsoleChartAxes draws charts of figures that are hard on an axis, in the browser: nothing is cut off or lies over another, and an axis of
// different values has two figures at least, each another text.
func TestConsoleChartAxes(t *testing.T) {
	t.Parallel()
	p := directory.start(t).open(t)
	p.find("heading", "Sign in")
	cases, err := os.ReadFile("testdata/ask/axes.json")
	no(t, err)
	for _, w := range []int{280, 640, 920} {
		p.size(int64(w+40), 800)
		for _, wrong := range evaluate[[]string](p, fmt.Sprintf(`(async (cases, width) => {
			const { figures, columnKinds } = await import('./ask/plot.js'), { drawn } = await import('./ask/draw.js'), { styles } = await import('./dom.js')
			await styles('views/ask.css')
			document.body.style.display = 'block'
			document.body.replaceChildren()
			return cases.filter(c => !(c.from > width)).flatMap(({ name, kind, rows, series = -1, fill }) => {
				if (fill) rows = Array.from({ length: fill.n }, (_, i) => [fill.name + ' ' + i, i * fill.step])
				const answer = { columns: rows[0].map((v, i) => ({ name: 'c' + i, type: null })), rows }
				const y = kind === 'histogram' || rows[0].length === 1 ? -1 : 1, made = figures({ kind, x: 0, y, series }, answer, String)
				const picture = drawn(kind, made, { width, name, x: 'a name of the axis below that is rather long, as they may be', y: '左侧坐标轴的名称' })
				const heading = document.createElement('p')
				heading.textContent = name
				document.body.append(heading, picture)
				const wrong = [], texts = [...picture.querySelectorAll('text')], bounds = picture.getBoundingClientRect(), box = el => el.getBoundingClientRect()
				for (const el of texts) {
					const b = box(el)
					if (b.left < bounds.left - 0.5 || b.right > bounds.right + 0.5 || b.bottom > bounds.bottom + 0.5) wrong.push(el.textContent.slice(0, 30) + ' is cut off')
					if (/NaN|undefined|Infinity/.test(el.textContent)) wrong.push('it says ' + el.textContent)
					for (const other of texts) if (el !== other && b.left < box(other).right - 1 && box(other).left < b.right - 1 && b.top < box(other).bottom - 3 && box(other).top < b.bottom - 3) wrong.push(el.textContent.slice(0, 30) + ' lies over ' + other.textContent.slice(0, 30))
				}
				for (const el of picture.querySelectorAll('*')) for (const a of el.attributes) if (/NaN|Infinity/.test(a.value)) wrong.push(el.localName + ' has ' + a.name + '=' + a.value.slice(0, 40))
				const ticks = texts.filter(el => el.classList.contains('tick')), under = ticks.filter(el => el.getAttribute('text-anchor') === 'middle'), beside = ticks.filter(el => el.getAttribute('text-anchor') === 'end')
				const several = (list, what) => { if (new Set(list.map(el => el.textContent)).size < list.length) wrong.push(what + ' has one text twice: ' + list.map(el => el.textContent)) }
				several(under, 'the axis below')
				if (kind !== 'bar') several(beside, 'the axis at the left')
				const different = kind === 'bar' || kind === 'histogram' ? 2 : Math.min(2, new Set(made.points.map(p => p.x)).size)
				if (under.length < different) wrong.push('the axis below says only ' + under.map(el => el.textContent))
				if (kind !== 'bar' && beside.length < 2) wrong.push('the axis at the left says only ' + beside.map(el => el.textContent))
				return wrong.map(w => name + ', ' + width + ' wide: ' + w)
			})
		})(%s, %d)`, cases, w)) {
			t.Error(wrong)
		}
		p.size(int64(w+40), 8000)
		p.shot(fmt.Sprintf("axes-%d", w))
	}
}
