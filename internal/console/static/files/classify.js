// What a value looks like by itself: the rules of internal/datafile (classify.go), case by case the same; testdata/cases.json of that package
// holds both to it.
//
// A cell is undefined where its row does not mention the column, null for no value, true, false, a text, {q: text} for a text of CSV in quotes
// that it did not need, {n: digits} for a number as the file writes it, or {j: text} for an array or an object.
import { readISO, readOrdered, readNamed } from './dates.js'

export const NONE = 0, INT = 1, HUGE = 2, FLOAT = 3, COMMA = 4, EITHER = 5, LONG = 6, ZEROS = 7, PRECISE = 8, CODE = 9, BOOL = 10,
  ISO = 11, FRACTION = 12, ORDERED = 13, MONTH = 14, JSONS = 15, TEXTS = 16, OTHER = 17, CLASSES = 18

// typed says of a class that it is of numbers or truth values.
export const typed = k => k >= INT && k <= BOOL

// textOf is a cell's text, of those that have a value.
export const textOf = c => (typeof c === 'string' ? c : typeof c === 'object' ? c.q ?? c.n ?? c.j : String(c))

const space = /^[\s\u0085]+|[\s\u0085]+$/g

// trim takes white space off both ends.
export function trim(s) {
  const a = s.charCodeAt(0), b = s.charCodeAt(s.length - 1)
  return (a > 32 && a < 127 && b > 32 && b < 127) || s === '' ? s : s.replace(space, '')
}

export function classify(c) {
  if (c == null) return NONE
  if (c === true || c === false) return BOOL
  if (typeof c === 'object') {
    if (c.j !== undefined) return JSONS
    if (c.n !== undefined) return classifyNumber(c.n)
    c = c.q
  }
  const s = trim(c)
  if (s === '') return c === '' ? NONE : OTHER
  const a = s.charCodeAt(0)
  if ((a >= 48 && a <= 57) || a === 45 || a === 46) {
    const k = classifyDigits(s)
    if (k !== OTHER) return k
  }
  if (s.length <= 5 && /^(true|false)$/i.test(s)) return BOOL
  return readNamed(s) ? MONTH : OTHER
}

// inRange says of the digits of a whole number that it is one of 64 bits.
export function inRange(s) {
  if (s.length < 18) return true
  const n = BigInt(s)
  return n >= -9223372036854775808n && n <= 9223372036854775807n
}

// classifyNumber looks at a number that its format says is one.
function classifyNumber(s) {
  if (/^-?\d+$/.test(s)) return !inRange(s) ? LONG : s.length > 15 && !exact(s) ? HUGE : INT
  return exact(s) ? FLOAT : PRECISE
}

const digitsOnly = s => !/[^0-9]/.test(s)

function classifyDigits(s) {
  const from = s.charCodeAt(0) === 45 ? 1 : 0
  let at = from
  while (at < s.length && s.charCodeAt(at) >= 48 && s.charCodeAt(at) <= 57) at++
  const whole = at - from, zeros = whole > 1 && s.charCodeAt(from) === 48
  if (at === s.length && whole > 0) return zeros ? ZEROS : whole > 15 ? LONG : INT
  const rest = s.slice(at), next = rest[0]
  if (next === '.' || next === ',') {
    const k = classifyFraction(s, s.slice(from, at), rest)
    if (k !== OTHER) return k
  } else if (whole > 0 && (next === 'e' || next === 'E') && rest.length > 1 && digitsOnly(rest.slice(1).replace(/^[+-]+/, ''))) {
    return zeros || digitsOnly(rest.slice(1)) ? CODE : floatClass(s)
  }
  const iso = readISO(s)
  if (iso) return iso.fraction ? FRACTION : ISO
  if (readOrdered(s, 'dmy') || readOrdered(s, 'mdy')) return ORDERED
  return readNamed(s) ? MONTH : OTHER
}

// classifyFraction looks at whole digits with a point or a comma behind them.
function classifyFraction(s, whole, rest) {
  let fraction = rest.slice(1), exponent = ''
  const e = fraction.search(/[eE]/)
  if (e >= 0) {
    exponent = fraction.slice(e + 1).replace(/^[+-]+/, '')
    fraction = fraction.slice(0, e)
    if (exponent === '' || !digitsOnly(exponent)) return OTHER
  }
  if (!digitsOnly(fraction) || whole + fraction === '') return OTHER
  if (whole.length > 1 && whole[0] === '0') return ZEROS
  if (rest[0] === '.') return floatClass(s)
  if (exponent !== '' || fraction === '') return OTHER
  if (fraction.length === 3 && whole !== '0' && whole !== '' && whole.length <= 3) return EITHER
  return exact(s.replace(',', '.')) ? COMMA : PRECISE
}

const floatClass = s => (exact(s) ? FLOAT : PRECISE)

// exact reports whether the nearest double of a decimal number means that number: its shortest decimal has the same digits.
export function exact(s) {
  const f = Number(s)
  if (!Number.isFinite(f)) return false
  const e = s.search(/[eE]/)
  if (s.length <= 15 && e < 0) return true
  const shortest = String(f)
  if (shortest === s) return true
  if (s.length > 400 || (e >= 0 && s.length - e - 1 > 4)) return false
  return significant(s) === significant(shortest)
}

// significant writes a number as its digits without zeros at either end and a power of ten.
function significant(s) {
  const [, sign, whole, part = '', power = '0'] = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(s)
  const digits = (whole + part).replace(/^0+/, ''), short = digits.replace(/0+$/, '')
  return short === '' ? '0' : `${sign}${short}e${Number(power) - part.length + digits.length - short.length}`
}

// clip cuts a text that is only to be shown.
export function clip(s) {
  if (s.length <= 60) return s
  return (/[\ud800-\udbff]$/.test(s.slice(0, 60)) ? s.slice(0, 59) : s.slice(0, 60)) + '…'
}

// shown quotes a text, cut to what a message has room for.
export function shown(s) {
  const all = s.length > 40 ? Array.from(s.slice(0, 160)) : null
  return JSON.stringify(all && all.length > 40 ? all.slice(0, 40).join('') + '…' : s)
}
