// Which chart fits an answer, and the figures that it is drawn of. Nothing here touches the page.

export const kinds = ['bar', 'line', 'scatter', 'histogram']
export const most = { bar: 50, line: 5000, scatter: 5000, series: 8 } // of marks, and of series, that are drawn

const moment = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?)?)?$/
// instant is a DATETIME, or the beginning of one, as milliseconds; it is read as it is stored, in no zone. NaN is none.
export function instant(v) {
  const m = moment.exec(v), month = (m?.[2] ?? 1) - 1, day = Number(m?.[3] ?? 1), at = new Date(0)
  if (!m) return NaN
  at.setUTCFullYear(m[1], month, day)
  if (at.getUTCMonth() !== month || at.getUTCDate() !== day) return NaN // 2021-22 are two years
  return at.getTime() + (m[4] ?? 0) * hour + (m[5] ?? 0) * minute + (m[6] ?? 0) * second
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

// axes are the columns that a kind of chart may take: x of those that leave another one for y, and of y and series those that are not its x. The id of a
// record measures nothing, so it is drawn against nothing; a series has from two to eight members.
export function axes({ kind, x: chosen }, answer) {
  const of = columnKinds(answer), where = f => of.flatMap((k, i) => (k && f(k, i) ? [i] : []))
  const numbers = where((k, i) => k === 'number' && answer.columns[i].name !== '_id')
  if (kind === 'histogram') return { x: numbers, y: [], series: [] }
  const x = where((k, i) => (kind === 'bar' || k !== 'category') && (kind !== 'scatter' || k === 'time' || numbers.includes(i)))
  const others = i => numbers.filter(n => n !== i)
  return {
    x: x.filter(i => kind === 'bar' || others(i).length > 0), y: kind === 'bar' ? [...others(chosen), -1] : others(chosen),
    series: where((k, i) => k === 'category' && i !== chosen).filter(i => different(answer, i) > 1 && different(answer, i) <= most.series),
  }
}

// kindsFor are the kinds of charts that an answer has columns for.
export const kindsFor = answer => kinds.filter(kind => axes({ kind }, answer).x.length > 0)

// settled is a choice whose columns fit its kind and each other.
export function settled(choice, answer) {
  const can = axes(choice, answer), x = can.x.includes(choice.x) ? choice.x : can.x[0]
  const { y, series } = axes({ ...choice, x }, answer)
  return { kind: choice.kind, x, y: y.includes(choice.y) ? choice.y : y[0] ?? -1, series: series.includes(choice.series) ? choice.series : -1 }
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
  const beside = Math.max(Math.abs(least), Math.abs(greatest)) * 1e-14 // closer together the ends of a span are one number
  const step = nice(Math.max((greatest - least) / wanted || (whole ? 1 : Math.abs(least)), whole ? 1 : 0, beside))
  const place = v => Math.floor(v / step + 1e-9)
  const first = place(least), n = Math.min(1000, place(greatest) - first + 1)
  const bins = Array.from({ length: n }, (_, i) => ({ from: tidy((first + i) * step), to: tidy((first + i + 1) * step), n: 0 }))
  for (const v of values) bins[Math.max(0, Math.min(n - 1, place(v) - first))].n++
  return { bins, without: all.length - values.length, left: 0, series: [], points: [] }
}

// nice is the least of 1, 2, 5, 10, ... that is not below v.
export function nice(v) {
  const power = Number('1e' + Math.floor(Math.log10(v))), f = v / power // a power that is computed may be a little beside
  return (f <= 1.0000001 ? 1 : f <= 2 ? 2 : f <= 5 ? 5 : 10) * power
}

// tidy takes away what adding up has left in the last digits.
const tidy = v => Number(v.toPrecision(15))

// ticks are round numbers from least to greatest, as many as there may be with at most `about` of them; where there are not two, the ends are.
export function ticks(least, greatest, about) {
  if (least === greatest) return [least]
  for (let step = nice((greatest - least) / (about + 1)); step < Infinity; step = nice(step * 1.5)) {
    const first = Math.ceil(least / step - 1e-9), n = Math.floor(greatest / step + 1e-9) - first + 1
    if (n > about) continue
    const all = [...new Set(Array.from({ length: Math.max(0, n) }, (_, i) => tidy((first + i) * step)))]
    return all.length > 1 ? all : [least, greatest]
  }
  return [least, greatest]
}

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour
const monday = 4 * day // the first one, from which weeks are counted
// What may lie between two moments of an axis: so many milliseconds, or so many months, and which part of a moment is then shown.
const steps = [...[1, 5, 15, 30].map(n => [n * second, 11, 19]), ...[1, 5, 15, 30].map(n => [n * minute, 5, 16]), ...[1, 3, 6, 12].map(n => [n * hour, 5, 16]), ...[1, 2, 7].map(n => [n * day, 0, 10])]
const months = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12_000, 24_000, 60_000]

// timeTicks are round moments from least to greatest, {at, label}, as many as there may be with at most `about` of them; where there are not two, the ends are.
export function timeTicks(least, greatest, about) {
  const text = (at, from, to) => new Date(at).toISOString().slice(from, to).replace('T', ' ')
  const whole = at => ({ at, label: text(at, 0, at % day ? 16 : 10) })
  if (least === greatest) return [whole(least)]
  const all = moments(least, greatest, about).map(([at, from, to]) => ({ at, label: text(at, from, to) }))
  return all.length > 1 ? all : [whole(least), whole(greatest)]
}

// moments finds them, [at, from, to], where from and to are the part of it to be shown.
function moments(least, greatest, about) {
  for (const [step, from, to] of steps) {
    const zero = step === 7 * day ? monday : 0, first = Math.ceil((least - zero) / step), n = Math.floor((greatest - zero) / step) - first + 1
    if (n <= about) return Array.from({ length: n }, (_, i) => [zero + (first + i) * step, from, to])
  }
  const month = at => new Date(at).getUTCFullYear() * 12 + new Date(at).getUTCMonth()
  for (const every of months) {
    const first = Math.ceil((month(least - 1) + 1) / every), n = Math.floor(month(greatest) / every) - first + 1
    if (n <= about) return Array.from({ length: n }, (_, i) => [new Date(0).setUTCFullYear(0, (first + i) * every, 1), 0, every % 12 ? 7 : 4])
  }
  return []
}
