// The drawing of a chart: figures of plot.js as SVG. Colours come from the style sheet, so that a change of the theme draws nothing anew.
import { svg } from '../dom.js'
import { number } from '../words.js'
import { ticks, timeTicks } from './plot.js'

const left = 64, right = 16, top = 12, bottom = 44, barStep = 26

// drawn makes the picture of figures in that width; x and y are the names of its axes.
export function drawn(kind, figures, { width, name, x, y }) {
  const body = kind === 'bar' ? bars(figures, width, y) : kind === 'histogram' ? columns(figures, width, x, y) : marks(kind, figures, width, x, y)
  return svg('svg', { class: `chart ${kind}`, role: 'img', 'aria-label': name, viewBox: `0 0 ${width} ${body.height}`, width, height: body.height }, body.parts)
}

const short = (v, n) => ([...v].length > n ? [...v].slice(0, n - 1).join('') + '…' : v)
const said = text => svg('title', {}, text)
const line = (cls, x1, y1, x2, y2) => svg('line', { class: cls, x1, y1, x2, y2 })
const label = (cls, x, y, text, more = {}) => svg('text', { class: cls, x, y, ...more }, text)
const figure = v => (Math.abs(v) >= 1e15 || (v !== 0 && Math.abs(v) < 1e-4) ? v.toExponential(1) : Math.abs(v) >= 10_000 ? compact(v) : number(v))
const compact = v => { const [n, unit] = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']].find(([n]) => Math.abs(v) >= n); return number(Number((v / n).toPrecision(6))) + unit }

// scale leads from values to places.
function scale(from, to, begin, end) {
  const span = to - from || 1
  return v => begin + ((v - from) / span) * (end - begin)
}

// bars lie, so that their names can be read. With more than one series each has a bar of its own, in its colour.
function bars({ points, series }, width, y) {
  const longest = Math.max(...points.map(p => [...p.label].length), 4), start = Math.min(Math.max(left, longest * 7.2 + 12), width * 0.4), room = Math.floor((start - 12) / 7.2)
  const least = Math.min(0, ...points.map(p => p.y)), greatest = Math.max(0, ...points.map(p => p.y)), at = scale(least, greatest, start, width - 76)
  const height = top + points.length * barStep + bottom, parts = []
  for (const v of ticks(least, greatest || 1, Math.max(2, Math.floor((width - start) / 110)))) {
    parts.push(line('grid', at(v), top, at(v), height - bottom), label('tick', at(v), height - bottom + 18, figure(v), { 'text-anchor': 'middle' }))
  }
  points.forEach((p, i) => {
    const row = top + i * barStep, from = Math.min(at(0), at(p.y)), to = Math.max(at(0), at(p.y))
    parts.push(label('tick', start - 8, row + barStep / 2 + 4, short(p.label, room), { 'text-anchor': 'end' }),
      svg('rect', { class: `fill s${p.series % 8}`, x: from, y: row + 4, width: Math.max(1, to - from), height: barStep - 8, rx: 2 }, said(`${p.label}${series.length > 0 ? `, ${series[p.series]}` : ''}: ${p.value}`)),
      label('value', to + 6, row + barStep / 2 + 4, figure(p.y)))
  })
  parts.push(line('axis', at(0), top, at(0), height - bottom), label('axis-name', (start + width) / 2, height - 8, y, { 'text-anchor': 'middle' }))
  return { height, parts }
}

const plain = 340 // the height of charts that do not grow with their figures

// yAxis draws lines and figures at the left.
function yAxis(least, greatest, height, width, name) {
  const all = ticks(least, greatest, 5), at = scale(least, greatest, height - bottom, top + 10)
  return { at, parts: [...all.map(v => [line('grid', left, at(v), width - right, at(v)), label('tick', left - 8, at(v) + 4, figure(v), { 'text-anchor': 'end' })]).flat(), label('axis-name', 4, top, short(name, 40))] }
}

// columns stand side by side, one for each span of values.
function columns({ bins }, width, x, y) {
  const axis = yAxis(0, Math.max(...bins.map(b => b.n)), plain, width, y), wide = (width - left - right) / bins.length
  const every = Math.ceil(56 / wide), parts = [...axis.parts]
  bins.forEach((b, i) => {
    const from = left + i * wide, high = axis.at(b.n)
    if (b.n > 0) parts.push(svg('rect', { class: 'fill s0', x: from + 0.5, y: high, width: Math.max(1, wide - 1), height: plain - bottom - high }, said(`${number(b.from)} – ${number(b.to)}: ${number(b.n)}`)))
    if (i % every === 0) parts.push(label('tick', from, plain - bottom + 18, figure(b.from), { 'text-anchor': 'middle' }))
  })
  parts.push(line('axis', left, plain - bottom, width - right, plain - bottom), label('axis-name', (left + width) / 2, plain - 6, x, { 'text-anchor': 'middle' }))
  return { height: plain, parts }
}

// marks are the points of a line, or those of a scatter.
function marks(kind, { points, series, time }, width, x, y) {
  const xs = points.map(p => p.x), ys = points.map(p => p.y), least = Math.min(...ys), greatest = Math.max(...ys), air = (greatest - least) * 0.04 || Math.abs(greatest) * 0.1 || 1
  const floor = least >= 0 && least < greatest * 0.5 ? 0 : least - air
  const axis = yAxis(floor, greatest + air, plain, width, y), inset = kind === 'scatter' ? 10 : 0
  const from = Math.min(...xs), to = Math.max(...xs), at = from === to ? () => (left + width - right) / 2 : scale(from, to, left + inset, width - right - inset)
  const about = Math.max(3, Math.floor((width - left) / 100)), parts = [...axis.parts]
  for (const { at: v, label: text } of time ? timeTicks(from, to, about) : ticks(from, to, about).map(v => ({ at: v, label: figure(v) }))) {
    parts.push(line('tick-mark', at(v), plain - bottom, at(v), plain - bottom + 5), label('tick', at(v), plain - bottom + 20, text, { 'text-anchor': 'middle' }))
  }
  parts.push(line('axis', left, plain - bottom, width - right, plain - bottom), label('axis-name', (left + width) / 2, plain - 6, x, { 'text-anchor': 'middle' }))
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
