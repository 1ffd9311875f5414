// What table a file makes: the rules of internal/datafile (infer.go, judge.go).
import * as k from './classify.js'
import { classify, textOf, trim, clip, typed } from './classify.js'
import { dateTime, readOrdered } from './dates.js'
import { legalNames } from './names.js'

const longestUnique = 256
const dates = new Set([k.ISO, k.ORDERED, k.MONTH]) // those with fractions of a second are counted as such
const shifted = /:[^+-]*[+-][\d:]*[1-9]/ // a time with an offset that is not 0
const mostSlots = 3 << 19 // of all columns' hashes, eight bytes each

// Facts are what is known of a column.
class Facts {
  count = new Float64Array(k.CLASSES)
  first = Array(k.CLASSES).fill(null) // {row, text}
  quoted = null // the first number or truth value in quotes that it does not need
  odd = {} // values that are counted beside their class: {n, first}
  longest = 0
  samples = []
  hashes = new Hashes()
  same = false // two values are equal
  abandoned = false // there are too many to tell
  unordered = false
  last = '' // the latest value, as long as each was beyond the one before: such values differ without being remembered

  note(what, row, text) {
    const o = (this.odd[what] ??= { n: 0, first: { row, text: clip(text) } })
    o.n++
  }
  values() { return this.count.reduce((a, b) => a + b, 0) }
  fits(...of) { return of.reduce((n, c) => n - this.count[c], this.values()) === 0 }
  // example is the first value of these classes.
  example(...of) { return this.first[of.find(c => this.count[c] > 0)]?.text ?? 'none' }
}

// Inference is what is known of all columns. isTyped says that the format tells texts from numbers, bareHeader that a name of a CSV file's
// header stands without quotes.
export class Inference {
  constructor(isTyped, bareHeader) {
    Object.assign(this, { isTyped, bare: bareHeader, rows: 0, columns: [], slots: 0 })
  }

  // observe takes a row into account.
  observe(cells, row) {
    this.rows++
    while (this.columns.length < cells.length) this.columns.push(new Facts())
    for (let i = 0; i < cells.length; i++) if (cells[i] != null) this.#value(this.columns[i], i, row, cells[i])
  }

  #value(f, i, row, c) {
    const looks = classify(c)
    let kind = looks
    if (kind === k.NONE) return
    const text = textOf(c)
    if (typed(kind)) {
      if (this.isTyped && typeof c === 'string') kind = k.TEXTS
      else if (c.q !== undefined) f.quoted ??= { row, text: clip(text) }
    }
    if (typeof c === 'string') this.bare = true
    if (!f.count[kind]++) f.first[kind] = { row, text: clip(text) }
    if (text.length > f.longest) f.longest = Math.max(f.longest, text.length <= longestUnique ? text.length : Array.from(text).length)
    if (f.samples.length < 3) {
      const s = clip(text)
      if (!f.samples.includes(s)) f.samples.push(s)
    }
    this.#oddities(f, kind, looks, row, text)
    this.#hash(f, i, kind, text)
  }

  // oddities count what a class does not tell: which dates fit no order, which times are others in UTC, which numbers have no fraction.
  #oddities(f, kind, looks, row, text) {
    if (dates.has(kind) && shifted.test(text)) f.note('shifted', row, text)
    if (kind === k.INT) {
      if (text !== '0' && text !== '1') f.note('notBool', row, text)
    } else if (kind === k.ORDERED) {
      const s = trim(text)
      if (!readOrdered(s, 'dmy')) f.note('notDay', row, text)
      if (!readOrdered(s, 'mdy')) f.note('notMonth', row, text)
    } else if (kind === k.FLOAT || kind === k.PRECISE || kind === k.ZEROS) {
      const comma = text.includes(',')
      if (comma) f.note('commas', row, text)
      if (comma || !Number.isInteger(Number(text)) || (kind === k.PRECISE && /\.\d*[1-9]/.test(text))) f.note('part', row, text)
    } else if (kind === k.LONG) {
      if (!k.inRange(trim(text))) f.note('wide', row, text)
    } else if (kind === k.TEXTS) {
      if (looks === k.BOOL) f.note('textBool', row, text)
      else {
        f.note('textNumber', row, text)
        if (!Number.isInteger(Number(text))) f.note('part', row, text)
      }
    }
  }

  // hash looks whether a value of the column was there before.
  #hash(f, i, kind, text) {
    if (f.same || (f.abandoned && f.unordered)) return
    if (kind === k.ISO || kind === k.MONTH) text = dateTime(trim(text), '') ?? text // two spellings of one time are equal
    else if (kind !== k.TEXTS && kind !== k.OTHER && kind !== k.JSONS) text = trim(text)
    if (!f.unordered) {
      f.unordered = !(text.length > f.last.length || (text.length === f.last.length && text > f.last))
      f.last = text
    }
    if (f.abandoned || (f.hashes.full && !this.#makeRoom(i))) return
    if (f.hashes.add(hash(text))) return
    f.same = true
    this.slots -= f.hashes.slots.length
    f.hashes = new Hashes()
  }

  // makeRoom lets column i have twice the hashes. If all columns together would take too much, those furthest to the right are given up.
  #makeRoom(i) {
    const f = this.columns[i], more = f.hashes.growth
    for (let j = this.columns.length - 1; this.slots + more > mostSlots && j >= 0; j--) {
      const g = this.columns[j]
      if (!g.hashes.slots.length) continue
      this.slots -= g.hashes.slots.length
      g.hashes = new Hashes()
      g.abandoned = true
    }
    if (f.abandoned) return false
    this.slots += more
    f.hashes.grow()
    return true
  }

  // plan draws the conclusions: for each column {source, name, type, reason, required, unique, rows, empty, longest, samples, comma, order, facts}.
  // reason is {why, row, text} where a column is TEXT although its values look like something else.
  plan(columns) {
    const names = legalNames(columns)
    return columns.map((source, i) => {
      const f = this.columns[i] ?? new Facts()
      const c = { source, name: names[i], type: 'TEXT', reason: null, comma: false, order: '', rows: this.rows, empty: this.rows - f.values(), longest: f.longest, samples: f.samples, facts: f }
      this.#judge(f, c)
      c.required = c.empty === 0 && this.rows > 0
      const may = c.type === 'TEXT' || c.type === 'INT' || (c.type === 'DATETIME' && !f.count[k.ORDERED])
      c.unique = c.required && this.rows > 1 && may && !f.same && !(f.abandoned && f.unordered) && f.longest <= longestUnique
      return c
    })
  }

  #judge(f, c) {
    if (!f.values()) c.reason = { why: 'none' }
    else if (this.bare && f.quoted) c.reason = { why: 'quoted', ...f.quoted }
    else if (f.fits(k.BOOL)) c.type = 'BOOLEAN'
    else if (f.fits(k.INT, k.HUGE)) c.type = 'INT'
    else if (f.fits(k.INT, k.FLOAT)) c.type = 'FLOAT'
    else if (f.count[k.COMMA] > 0 && f.fits(k.INT, k.COMMA, k.EITHER)) Object.assign(c, { type: 'FLOAT', comma: true })
    else if (f.fits(k.ISO, k.MONTH, k.ORDERED)) judgeDates(f, c)
    else c.reason = whyText(f)
  }
}

// judgeDates settles the order of day and month, if there is no doubt.
function judgeDates(f, c) {
  const { notDay, notMonth } = f.odd
  if (f.count[k.ORDERED] > 0) {
    if (notDay && notMonth) return (c.reason = { why: 'orders', text: f.example(k.ORDERED) })
    if (!notDay && !notMonth) return (c.reason = { why: 'doubt', text: f.example(k.ORDERED) })
    c.order = notDay ? 'mdy' : 'dmy'
  }
  c.type = 'DATETIME'
}

const whys = { [k.ZEROS]: 'zeros', [k.LONG]: 'long', [k.PRECISE]: 'precise', [k.CODE]: 'code', [k.FRACTION]: 'fraction', [k.TEXTS]: 'texts', [k.JSONS]: 'json', [k.EITHER]: 'either', [k.HUGE]: 'precise' }

// whyText says what keeps a column from another type. A column of texts needs no reason.
function whyText(f) {
  if (f.count[k.OTHER] * 2 > f.values()) return null
  if (f.first[k.OTHER]) return { why: 'mixed', ...f.first[k.OTHER] }
  for (const c of [k.ZEROS, k.LONG, k.PRECISE, k.CODE, k.FRACTION, k.TEXTS, k.JSONS, k.EITHER, k.HUGE]) if (f.first[c]) return { why: whys[c], ...f.first[c] }
  let rare = k.NONE
  for (let c = 0; c < k.CLASSES; c++) if (f.count[c] > 0 && (rare === k.NONE || f.count[c] < f.count[rare])) rare = c
  return { why: 'mixed', ...f.first[rare] }
}

// hash mixes a text into 53 bits. Two texts that fall together make a column look as if a value came twice, and it is not proposed as unique.
function hash(s) {
  let a = 0xdeadbeef ^ s.length, b = 0x41c6ce57
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i)
    a = Math.imul(a ^ c, 2654435761)
    b = Math.imul(b ^ c, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)) || 1
}

// Hashes is a set of hashes in one array.
class Hashes {
  slots = new Float64Array(0)
  n = 0
  get full() { return this.n >= (this.slots.length >> 2) * 3 }
  get growth() { return Math.max(64, this.slots.length) }
  grow() {
    const old = this.slots
    this.slots = new Float64Array(old.length + this.growth)
    this.n = 0
    for (const v of old) if (v) this.add(v)
  }
  // add puts v in and reports whether it is new. There must be room.
  add(v) {
    const mask = this.slots.length - 1
    for (let i = (v % 4294967296) & mask; ; i = (i + 1) & mask) {
      if (this.slots[i] === v) return false
      if (this.slots[i] === 0) {
        this.slots[i] = v
        this.n++
        return true
      }
    }
  }
}
