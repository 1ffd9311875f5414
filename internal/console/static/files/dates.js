// Dates and times as files write them: the rules of internal/datafile (dates.go). Each reader gives YYYY-MM-DD hh:mm:ss in UTC, or null.

const two = n => (n < 10 ? '0' : '') + n

// instant writes a time in UTC, unless it is none or its year is not one of 1 to 9999. offset is in minutes.
function instant(y, m, d, c) {
  if (m < 1 || m > 12 || d < 1 || d > 31 || y > 9999) return null
  const t = new Date(0)
  t.setUTCFullYear(y, m - 1, d)
  if (t.getUTCDate() !== d) return null
  if (c) t.setUTCHours(c.h, c.m - c.offset, c.s)
  const year = t.getUTCFullYear()
  if (year < 1 || year > 9999) return null
  return `${String(year).padStart(4, '0')}-${two(t.getUTCMonth() + 1)}-${two(t.getUTCDate())} ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
}

const clockForm = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(.*)$/s
const offsetForm = /^([+-])(\d\d)(?::?(\d\d))?$/

// readClock reads hh:mm[:ss[.fff]] and behind it nothing, AM or PM, Z or an offset.
function readClock(s) {
  const found = clockForm.exec(s)
  if (!found) return null
  const c = { h: Number(found[1]), m: Number(found[2]), s: Number(found[3] ?? 0), offset: 0, fraction: /[1-9]/.test(found[4] ?? '') }
  const rest = found[5], half = rest.replace(/^[\s\u0085]+|[\s\u0085]+$/g, '').toUpperCase()
  if (half === 'AM' || half === 'PM') {
    if (c.h < 1 || c.h > 12) return null
    c.h = (c.h % 12) + (half === 'PM' ? 12 : 0)
  } else {
    const zone = rest.startsWith(' ') ? rest.slice(1) : rest
    if (zone !== '' && zone !== 'Z' && zone !== 'z') {
      const o = offsetForm.exec(zone)
      if (!o || Number(o[2]) > 23 || Number(o[3] ?? 0) > 59) return null
      c.offset = (o[1] === '-' ? -1 : 1) * (Number(o[2]) * 60 + Number(o[3] ?? 0))
    }
  }
  return c.h < 24 && c.m < 60 && c.s < 60 ? c : null
}

const isoForm = /^(\d{4})([-/])(\d\d)\2(\d\d)(?:[ Tt](.*))?$/s

// readISO reads YYYY-MM-DD[ T]hh:mm[:ss][.fff][Z|±hh:mm] or a date alone, / for - as well: {text, fraction}, of which the second says that a
// fraction of a second is left out.
export function readISO(s) {
  const found = isoForm.exec(s)
  if (!found) return null
  const c = found[5] === undefined ? undefined : readClock(found[5])
  if (c === null) return null
  const text = instant(Number(found[1]), Number(found[3]), Number(found[4]), c)
  return text && { text, fraction: c?.fraction ?? false }
}

const orderedForm = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?: (.*))?$/s

// readOrdered reads dates such as 3/4/2020, 03.04.2020 or 3-4-2020, with a time behind or none, in the order given, dmy or mdy.
export function readOrdered(s, order) {
  const found = orderedForm.exec(s)
  if (!found) return null
  const a = Number(found[1]), b = Number(found[3])
  const c = found[5] === undefined ? undefined : readClock(found[5])
  if (c === null || c?.fraction) return null
  return order === 'mdy' ? instant(Number(found[4]), a, b, c) : instant(Number(found[4]), b, a, c)
}

const months = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december']

function monthOf(s) {
  s = s.replace(/\.$/, '').toLowerCase()
  return months.findIndex((name, i) => s === name || s === name.slice(0, 3) || (s === 'sept' && i === 8)) + 1
}

// readNamed reads dates with an English name of the month, such as Jun 12 1998, June 12, 1998, 12 Jun 1998 or 12-Jun-1998, with a time behind
// or none.
export function readNamed(s) {
  if (s.length < 10 || s.length > 40) return null
  const parts = s.split(/[ ,/-]+/).filter(Boolean)
  if (parts.length < 3 || !/^\d{4}$/.test(parts[2])) return null
  let m = monthOf(parts[0]), day = parts[1]
  if (!m) { m = monthOf(parts[1]); day = parts[0] }
  if (!m || !/^\d{1,2}$/.test(day)) return null
  const c = parts.length > 3 ? readClock(parts.slice(3).join(' ')) : undefined
  if (c === null || c?.fraction) return null
  return instant(Number(parts[2]), m, Number(day), c)
}

// dateTime reads a trimmed text by the forms that a column has; order is dmy, mdy or nothing.
export function dateTime(s, order) {
  const iso = readISO(s)
  if (iso && !iso.fraction) return iso.text
  return readNamed(s) ?? (order ? readOrdered(s, order) : null)
}
