// The chart of an answer: one that fits, whose kind and columns can be changed, and under it the figures that it shows as a table.
import { h, put } from '../dom.js'
import { number } from '../words.js'
import { select, list } from '../ui.js'
import { kindsFor, fitting, axes, settled, figures } from './plot.js'
import { drawn, exact, key } from './draw.js'

// chart makes one of an answer. The element keeps to the width that it has while signal holds.
export function chart({ answer, t, signal }) {
  const shown = v => (v === null ? 'NULL' : v === '' ? t('empty.text') : String(v))
  let choice = fitting(answer)
  const controls = h('div', { class: 'row chart-controls' }), picture = h('div', { class: 'picture' }), below = h('div', { class: 'stack' })
  const element = h('section', { class: 'chart-of stack', 'aria-label': t('chart') }, controls, picture, below)
  if (!choice) {
    put(picture, h('p', { class: 'hint' }, t('chart.none')))
    return { element }
  }
  const name = i => (i < 0 ? t('chart.rows') : answer.columns[i].name)
  // Columns may have one name, so they are told apart by where they stand.
  const options = places => places.map(i => [String(i), i >= 0 && answer.columns.filter(c => c.name === answer.columns[i].name).length > 1 ? `${name(i)} (${i + 1})` : name(i)])

  function change(part) {
    choice = settled({ ...choice, ...part }, answer)
    show()
  }

  function show() {
    const can = axes(choice, answer), at = document.activeElement?.dataset?.part
    const one = (part, label, places, extra = []) => h('label', { class: 'axis-choice' }, h('span', {}, label),
      select([...extra, ...options(places)], String(choice[part]), { class: 'small', 'data-part': part, on: { change: e => change({ [part]: Number(e.target.value) }) } }))
    put(controls,
      h('div', { class: 'row', role: 'group', 'aria-label': t('chart.kind') }, kindsFor(answer).map(k => h('button', {
        type: 'button', class: 'button small', 'aria-pressed': String(k === choice.kind), 'data-part': k, on: { click: () => change({ kind: k }) } }, t('chart.' + k)))),
      one('x', t('chart.x'), can.x), can.y.length > 0 && one('y', t('chart.y'), can.y),
      can.series.length > 0 && one('series', t('chart.series'), can.series, [['-1', t('chart.series.none')]]))
    if (at) controls.querySelector(`[data-part="${at}"]`)?.focus()
    draw()
  }

  function draw() {
    const made = figures(choice, answer, shown), empty = choice.kind === 'histogram' ? made.bins.length === 0 || made.without === answer.rows.length : made.points.length === 0
    if (empty) {
      put(picture, h('p', { class: 'hint' }, t('chart.novalues')))
      return put(below)
    }
    const x = name(choice.x), y = choice.kind === 'histogram' ? t('chart.rows') : name(choice.y)
    paint = () => put(picture, drawn(choice.kind, made, { width: Math.max(280, Math.floor(picture.clientWidth) || 640), name: described(made, x, y), x, y }))
    paint()
    put(below,
      made.series.length > 0 && h('ul', { class: 'legend', 'aria-label': t('chart.legend') }, made.series.map((s, i) => h('li', {}, key(i), ' ', s))),
      answer.truncated && h('p', { class: 'hint' }, t('chart.cut')),
      made.left > 0 && h('p', { class: 'hint' }, t('chart.left', { shown: made.points.length, n: made.left })),
      made.without > 0 && h('p', { class: 'hint' }, t('chart.without', { n: made.without })),
      h('details', {}, h('summary', {}, t('chart.data')), table(made, x, y)))
  }

  // described says in words what the picture shows.
  function described(made, x, y) {
    if (choice.kind === 'histogram') {
      const most = made.bins.reduce((a, b) => (b.n > a.n ? b : a))
      return t('chart.histogram.name', { x, n: made.bins.length, from: exact(made.bins[0].from), to: exact(made.bins.at(-1).to), low: exact(most.from), high: exact(most.to), most: number(most.n) })
    }
    const by = f => made.points.reduce((a, b) => (f(b.y, a.y) ? b : a)), low = by((a, b) => a < b), high = by((a, b) => a > b)
    return t(`chart.${choice.kind}.name`, { x, y, n: made.points.length, low: shown(low.value), lowat: low.label, high: shown(high.value), highat: high.label })
  }

  function table(made, x, y) {
    if (choice.kind === 'histogram') return list(t('chart.data'), [{ label: t('chart.from', { x }), kind: 'number', cell: b => exact(b.from) }, { label: t('chart.to', { x }), kind: 'number', cell: b => exact(b.to) }, { label: y, kind: 'number', cell: b => number(b.n) }], made.bins, true)
    const few = made.points.slice(0, 500)
    return h('div', { class: 'stack' }, list(t('chart.data'), [{ label: x, cell: p => p.label }, made.series.length > 0 && { label: name(choice.series), cell: p => made.series[p.series] }, { label: y, kind: 'number', cell: p => shown(p.value) }].filter(Boolean), few, true),
      few.length < made.points.length && h('p', { class: 'hint' }, t('chart.data.cut', { n: few.length })))
  }

  let paint = () => {}, width = 0
  const watch = new ResizeObserver(() => {
    if (picture.clientWidth !== width && element.isConnected) { width = picture.clientWidth; paint() }
  })
  watch.observe(element)
  signal.addEventListener('abort', () => watch.disconnect(), { once: true })
  show()
  return { element }
}
