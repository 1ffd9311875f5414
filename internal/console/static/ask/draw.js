// The drawing of a chart: figures of plot.js as SVG. Colours come from the style sheet, so that a change of the theme draws nothing anew.
import { h, svg } from '../dom.js'
import { number, locale } from '../words.js'
import { ticks, timeTicks } from './plot.js'

const right = 16, top = 12, bottom = 44, barStep = 26

// drawn makes the picture of figures in that width; x and y are the names of its axes.
export function drawn(kind, figures, { width, name, x, y }) {
  const body = kind === 'bar' ? bars(figures, width, y) : kind === 'histogram' ? columns(figures, width, x, y) : marks(kind, figures, width, x, y)
  return svg('svg', { class: `chart ${kind}`, role: 'img', 'aria-label': name, viewBox: `0 0 ${width} ${body.height}`, width, height: body.height }, body.parts)
}

// exact writes a number with all the digits that a reader needs, and none that are left of reckoning.
export function exact(v) {
  const size = Math.abs(v)
  return size >= 1e15 || (size > 0 && size < 1e-6) ? String(Number(v.toPrecision(12)).toExponential()) : new Intl.NumberFormat(locale(), { maximumSignificantDigits: 12 }).format(v)
}

// short writes the numbers of an axis, each with as many digits as tell it from its neighbours.
function short(all) {
  const most = Math.max(...all.map(Math.abs)), step = Math.min(...all.slice(1).map((v, i) => v - all[i])), digits = Math.min(17, Math.max(1, Math.ceil(Math.log10(most / step) + 1e-9) + 1))
  return v => figure(v, all.length > 1 && step > 0 ? digits : 6, most)
}

const units = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']]

// figure writes a number shortly; the greatest beside it says in which way.
function figure(v, digits = 6, most = Math.abs(v)) {
  if (v === 0) return '0'
  if (most >= 1e15 || most < 1e-4) return Number(v.toPrecision(digits)).toExponential()
  const [n, unit] = most >= 10_000 ? units.find(([n]) => Math.abs(v) >= n) ?? [1, ''] : [1, '']
  return new Intl.NumberFormat(locale(), { maximumSignificantDigits: Math.max(digits, 3) }).format(v / n) + unit
}

const said = text => svg('title', {}, text)
const line = (cls, x1, y1, x2, y2) => svg('line', { class: cls, x1, y1, x2, y2 })
const label = (cls, x, y, text, more = {}) => svg('text', { class: cls, x, y, ...more }, text)

let ruler
// long is how wide a text is in the letters of a chart.
function long(text) {
  ruler ??= h('canvas').getContext('2d')
  ruler.font = '12px ' + getComputedStyle(document.documentElement).fontFamily
  return ruler.measureText(text).width
}

// cut shortens a text to that width.
function cut(text, room) {
  const all = [...text.slice(0, 400)].slice(0, 200), whole = all.join('')
  if (whole.length === text.length && long(text) <= room) return text
  let n = all.length
  while (n > 1 && long(all.slice(0, n).join('') + '…') > room) n--
  return all.slice(0, n).join('') + '…'
}

// below writes labels under an axis, [place, text]. What would go over the edge is moved to it, and what would run into the one before is left out.
function below(all, y, width) {
  let end = 0
  return all.flatMap(([x, text]) => {
    const half = long(text) / 2, middle = Math.min(Math.max(x, half + 2), width - half - 2)
    if (middle - half < end) return []
    end = middle + half + 8
    return [label('tick', middle, y, text, { 'text-anchor': 'middle' })]
  })
}

// axisName names an axis, around a place.
const axisName = (text, x, y, width) => label('axis-name', x, y, cut(text, 2 * Math.min(x, width - x) - 8), { 'text-anchor': 'middle' })

// scale leads from values to places.
function scale(from, to, begin, end) {
  const span = to - from || 1
  return v => begin + ((v - from) / span) * (end - begin)
}

// bars lie, so that their names can be read. With more than one series each has a bar of its own, in its colour.
function bars({ points, series }, width, y) {
  const names = points.map(p => cut(p.label, width * 0.4 - 12)), values = points.map(p => figure(p.y))
  const start = Math.max(64, ...names.map(n => long(n) + 12)), end = width - 12 - Math.max(...values.map(long))
  const least = Math.min(0, ...points.map(p => p.y)), greatest = Math.max(0, ...points.map(p => p.y)), at = scale(least, greatest, start, end)
  const height = top + points.length * barStep + bottom, all = ticks(least, greatest || (least ? 0 : 1), Math.max(2, Math.floor((end - start) / 80))), say = short(all)
  const parts = [...all.map(v => line('grid', at(v), top, at(v), height - bottom)), ...below(all.map(v => [at(v), say(v)]), height - bottom + 18, width)]
  points.forEach((p, i) => {
    const row = top + i * barStep, from = Math.min(at(0), at(p.y)), to = Math.max(at(0), at(p.y))
    parts.push(label('tick', start - 8, row + barStep / 2 + 4, names[i], { 'text-anchor': 'end' }),
      svg('rect', { class: `fill s${p.series % 8}`, x: from, y: row + 4, width: Math.max(1, to - from), height: barStep - 8, rx: 2 }, said(`${p.label}${series.length > 0 ? `, ${series[p.series]}` : ''}: ${p.value}`)),
      label('value', to + 6, row + barStep / 2 + 4, values[i]))
  })
  parts.push(line('axis', at(0), top, at(0), height - bottom), axisName(y, (start + end) / 2, height - 8, width))
  return { height, parts }
}

const plain = 340 // the height of charts that do not grow with their figures

// yAxis draws lines and figures at the left, and says where that ends.
function yAxis(least, greatest, height, width, name) {
  const all = ticks(least, greatest, 6), say = short(all), left = Math.max(48, ...all.map(v => long(say(v)) + 14)), at = scale(least, greatest, height - bottom, top + 10)
  return { at, left, parts: [...all.map(v => [line('grid', left, at(v), width - right, at(v)), label('tick', left - 8, at(v) + 4, say(v), { 'text-anchor': 'end' })]).flat(), label('axis-name', 4, top, cut(name, width - 8))] }
}

// columns stand side by side, one for each span of values.
function columns({ bins }, width, x, y) {
  const axis = yAxis(0, Math.max(...bins.map(b => b.n)), plain, width, y), { left } = axis, wide = (width - left - right) / bins.length
  const ends = [...bins.map(b => b.from), bins.at(-1).to], say = short(ends), parts = [...axis.parts]
  bins.forEach((b, i) => {
    const high = axis.at(b.n)
    if (b.n > 0) parts.push(svg('rect', { class: 'fill s0', x: left + i * wide + 0.5, y: high, width: Math.max(1, wide - 1), height: plain - bottom - high }, said(`${exact(b.from)} – ${exact(b.to)}: ${number(b.n)}`)))
  })
  const every = Math.max(1, Math.ceil((Math.max(...ends.map(v => long(say(v)))) + 8) / wide))
  parts.push(line('axis', left, plain - bottom, width - right, plain - bottom), ...below(ends.flatMap((v, i) => (i % every === 0 ? [[left + i * wide, say(v)]] : [])), plain - bottom + 18, width), axisName(x, (left + width) / 2, plain - 6, width))
  return { height: plain, parts }
}

// marks are the points of a line, or those of a scatter.
function marks(kind, { points, series, time }, width, x, y) {
  const xs = points.map(p => p.x), ys = points.map(p => p.y), least = Math.min(...ys), greatest = Math.max(...ys), air = (greatest - least) * 0.04 || Math.abs(greatest) * 0.1 || 1
  const floor = least >= 0 && least < greatest * 0.5 ? 0 : least - air
  const axis = yAxis(floor, greatest + air, plain, width, y), { left } = axis, inset = kind === 'scatter' ? 10 : 0
  const from = Math.min(...xs), to = Math.max(...xs), at = from === to ? () => (left + width - right) / 2 : scale(from, to, left + inset, width - right - inset)
  const about = Math.max(3, Math.floor((width - left) / 90)), all = ticks(from, to, about), say = short(all), parts = [...axis.parts]
  const moments = time ? timeTicks(from, to, about).map(m => [at(m.at), m.label]) : all.map(v => [at(v), say(v)])
  parts.push(...moments.map(([place]) => line('tick-mark', place, plain - bottom, place, plain - bottom + 5)), ...below(moments, plain - bottom + 20, width),
    line('axis', left, plain - bottom, width - right, plain - bottom), axisName(x, (left + width) / 2, plain - 6, width))
  const of = Array.from({ length: Math.max(1, series.length) }, (_, s) => points.filter(p => p.series === s))
  of.forEach((own, s) => {
    if (kind === 'line' && own.length > 1) parts.push(svg('polyline', { class: `stroke s${s % 8}`, points: own.map(p => `${at(p.x).toFixed(1)},${axis.at(p.y).toFixed(1)}`).join(' ') }))
    if (kind === 'scatter' || own.length <= 60) for (const p of own) parts.push(mark(s, at(p.x), axis.at(p.y), `${p.label}${series.length > 0 ? `, ${series[s]}` : ''}: ${p.value}`))
  })
  return { height: plain, parts }
}

// mark draws a point; series differ in shape too, for eyes that do not tell the colours apart.
function mark(s, x, y, text) {
  const shapes = [`M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z`, `M${x - 4} ${y - 4}h8v8h-8z`, `M${x} ${y - 5}l5 9h-10z`, `M${x} ${y - 5}l5 5l-5 5l-5-5z`]
  return svg('path', { class: `point s${s % 8}`, d: shapes[s % 4] }, said(text))
}

// key is the sample of a series in the legend.
export const key = s => svg('svg', { class: 'key', viewBox: '0 0 12 12', width: 12, height: 12, 'aria-hidden': 'true' }, mark(s, 6, 6, ''))
