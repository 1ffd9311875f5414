// Which chart fits an answer, and the figures that it is drawn of. Nothing here touches the page.

export const kinds = ['bar', 'line', 'scatter', 'histogram']
export const most = { bar: 50, line: 5000, scatter: 5000, series: 8 } // of marks, and of series, that are drawn

const moment = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?)?)?$/
// instant is a DATETIME, or the beginning of one, as milliseconds; it is read as it is stored, in no zone. NaN is none.
export function instant(v) {
  const m = moment.exec(v)
  return m ? Date.UTC(m[1], (m[2] ?? 1) - 1, m[3] ?? 1, m[4] ?? 0, m[5] ?? 0, m[6] ?? 0) : NaN
}
// figure is a number as it is drawn; one that came as a text, for it is beyond what a double holds, may be drawn a little beside.
const figure = v => (typeof v === 'boolean' || v === null || v === '' ? NaN : Number(v))

// columnKinds says of each column of an answer what it can be in a chart: 'number', 'time', 'category' or null, if it has no value.
export const columnKinds = answer => answer.columns.map((c, i) => {
  const values = answer.rows.map(r => r[i]).filter(v => v !== null)
  if (values.length === 0) return null
  if (c.type === 'INT' || c.type === 'FLOAT') return 'number'
  if (c.type === 'BOOLEAN') return 'category'
  if (values.every(v => typeof v === 'number')) return 'number'
  return values.every(v => typeof v === 'string' && !Number.isNaN(instant(v)) && (c.type === 'DATETIME' || v.length > 4)) ? 'time' : 'category'
})

// fitting is the chart that fits an answer best, {kind, x, y, series}, where x, y and series are places of columns and y -1 counts rows; null is none.
export function fitting(answer) {
  if (answer.rows.length === 0) return null
  const of = columnKinds(answer), at = kind => of.flatMap((k, i) => (k === kind ? [i] : []))
  const numbers = at('number').filter(i => answer.columns[i].name !== '_id'), times = at('time'), categories = at('category')
  if (times.length > 0 && numbers.length > 0) {
    const x = times[0], repeated = new Set(answer.rows.map(r => r[x])).size < answer.rows.length
    return { kind: 'line', x, y: numbers[0], series: (repeated ? categories.find(c => different(answer, c) <= most.series) : undefined) ?? -1 }
  }
  if (categories.length > 0 && numbers.length > 0) return { kind: 'bar', x: categories[0], y: numbers[0], series: -1 }
  if (numbers.length > 1) return { kind: 'scatter', x: numbers[0], y: numbers[1], series: -1 }
  if (numbers.length === 1) return { kind: 'histogram', x: numbers[0], y: -1, series: -1 }
  if (categories.length + times.length > 0) return { kind: 'bar', x: (categories.concat(times))[0], y: -1, series: -1 }
  return null
}

const different = (answer, i) => new Set(answer.rows.map(r => r[i])).size

// axes are the columns that a kind of chart takes for x, y and series.
export function axes(kind, answer) {
  const of = columnKinds(answer), where = f => of.flatMap((k, i) => (k && f(k) ? [i] : []))
  const numbers = where(k => k === 'number')
  const x = { bar: where(() => true), line: where(k => k !== 'category'), scatter: where(k => k !== 'category'), histogram: numbers }[kind]
  const y = { bar: [...numbers, -1], line: numbers, scatter: numbers, histogram: [] }[kind]
  const series = kind === 'histogram' ? [] : where(k => k === 'category').filter(i => different(answer, i) <= most.series)
  return { x, y, series }
}

// figures makes of an answer what a chart shows: {points: [{x, y, series, label, value}], series: [names], time, left: rows that are not drawn, without: rows
// without a value}, and for a histogram {bins: [{from, to, n}]}.
export function figures({ kind, x, y, series }, answer, shown) {
  const of = columnKinds(answer)
  if (kind === 'histogram') return histogram(answer.rows.map(r => figure(r[x])))
  let rows = answer.rows
  const time = of[x] === 'time'
  if (kind === 'bar' && y < 0) { // rows are counted
    const counts = new Map()
    for (const r of rows) counts.set(shown(r[x]), (counts.get(shown(r[x])) ?? 0) + 1)
    const all = [...counts].sort((a, b) => b[1] - a[1]).map(([label, n]) => ({ label, y: n, value: n, series: 0 }))
    return { points: all.slice(0, most.bar), series: [], left: Math.max(0, all.length - most.bar), without: 0, time: false }
  }
  const names = series < 0 ? [] : [...new Set(rows.map(r => shown(r[series])))]
  let points = rows.map(r => ({
    label: shown(r[x]), value: r[y], y: figure(r[y]), x: kind === 'bar' ? 0 : time ? instant(r[x]) : figure(r[x]), series: series < 0 ? 0 : names.indexOf(shown(r[series])),
  }))
  const drawn = points.filter(p => Number.isFinite(p.y) && Number.isFinite(p.x)), without = points.length - drawn.length
  points = drawn.slice(0, most[kind])
  if (kind === 'line') points.sort((a, b) => a.x - b.x)
  return { points, series: names, left: drawn.length - points.length, without, time }
}

function histogram(all) {
  const values = all.filter(Number.isFinite), least = Math.min(...values), greatest = Math.max(...values)
  const wanted = Math.min(30, Math.max(1, Math.ceil(Math.log2(values.length) + 1)))
  const whole = values.every(Number.isInteger)
  let step = nice((greatest - least) / wanted || 1)
  if (whole) step = Math.max(1, step)
  const first = Math.floor(least / step), n = Math.min(1000, Math.floor(greatest / step) - first + 1)
  const bins = Array.from({ length: n }, (_, i) => ({ from: tidy((first + i) * step), to: tidy((first + i + 1) * step), n: 0 }))
  for (const v of values) bins[Math.max(0, Math.min(n - 1, Math.floor(v / step) - first))].n++
  return { bins, without: all.length - values.length, left: 0, series: [], points: [] }
}

// nice is the least of 1, 2, 5, 10, ... that is not below v.
export function nice(v) {
  const power = 10 ** Math.floor(Math.log10(v)), f = v / power
  return (f <= 1.0000001 ? 1 : f <= 2 ? 2 : f <= 5 ? 5 : 10) * power
}

const tidy = v => Number(v.toPrecision(12))

// ticks are round numbers from least to greatest, about so many.
export function ticks(least, greatest, about) {
  if (least === greatest) return [least]
  const step = nice((greatest - least) / about), all = []
  for (let v = Math.ceil(least / step - 1e-9) * step; v <= greatest + step * 1e-9 && all.length < 100; v += step) all.push(tidy(v))
  return all
}

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour
const steps = [1, 5, 15, 30].map(n => n * second).concat([1, 5, 15, 30].map(n => n * minute), [1, 3, 6, 12].map(n => n * hour), [1, 2, 7, 14].map(n => n * day))

// timeTicks are round moments from least to greatest, {at, label}, about so many.
export function timeTicks(least, greatest, about) {
  const text = (at, length) => new Date(at).toISOString().slice(0, length).replace('T', ' ')
  if (least === greatest) return [{ at: least, label: text(least, 10) }]
  const step = steps.find(s => (greatest - least) / s <= about)
  if (step) {
    const all = []
    for (let at = Math.ceil(least / step) * step; at <= greatest; at += step) all.push({ at, label: step >= day ? text(at, 10) : step >= minute ? text(at, 16).slice(5) : text(at, 19).slice(11) })
    return all
  }
  const months = (greatest - least) / (30.4 * day) / about, every = months <= 1 ? 1 : months <= 3 ? 3 : months <= 6 ? 6 : 12 * nice(months / 12)
  const all = []
  for (let m = Math.ceil(new Date(least).getUTCFullYear() * 12 / every) * every; all.length < 100; m += every) {
    const at = new Date(0).setUTCFullYear(Math.floor(m / 12), m % 12, 1)
    if (at > greatest) break
    if (at >= least) all.push({ at, label: text(at, every % 12 === 0 ? 4 : 7) })
  }
  return all
}
