// A JSON array of objects, or objects one after another as JSON Lines are, as internal/datafile reads them (json.go). Numbers keep their digits.
import { FileError, maxRow, maxColumns } from './source.js'
import { shown } from './classify.js'

const more = Symbol('more text is needed')
const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const blank = /[ \t\r\n]*/y
const plainText = /"([^"\\\u0000-\u001f]*)"/y
const deepest = 1000

export class JSONRows {
  buf = ''
  pos = 0
  ended = false
  number = 0
  array = null
  first = true
  #line = 1
  #counted = 0

  // columns are those that an earlier pass has seen.
  constructor(columns = []) {
    this.columns = [...columns]
    this.index = new Map(columns.map((name, i) => [name, i]))
  }

  push(text) {
    this.#count(this.pos)
    this.buf = this.buf.slice(this.pos) + text
    this.pos = this.#counted = 0
  }

  end() { this.ended = true }

  #count(upTo) {
    for (let i = this.buf.indexOf('\n', this.#counted); i >= 0 && i < upTo; i = this.buf.indexOf('\n', i + 1)) this.#line++
    this.#counted = Math.max(this.#counted, upTo)
    return this.#line
  }

  // next returns a row {number, line, cells}, null if more text is needed, undefined at the end.
  next() {
    const from = this.pos, { first, array } = this
    this.at = from
    this.name = undefined
    try {
      return this.#row()
    } catch (err) {
      if (err !== more) throw err
      if (this.ended) throw this.#fault('json.short')
      if (this.buf.length - from > maxRow) throw new FileError('row.long', {}, { row: this.number + 1, line: this.#count(from) })
      Object.assign(this, { pos: from, first, array })
      return null
    }
  }

  #fault(why, values) {
    return new FileError(why, values, { row: this.number + 1, line: this.#count(Math.min(this.at, this.buf.length)), name: this.name })
  }

  #unexpected() {
    if (this.at >= this.buf.length) throw more
    const text = String.fromCodePoint(this.buf.codePointAt(this.at))
    throw this.#fault('json.char', { text: shown(text) })
  }

  #blank() {
    blank.lastIndex = this.at
    blank.test(this.buf)
    this.at = blank.lastIndex
  }

  // peek is the next character that is no blank, '' at the end of the text.
  #peek() {
    this.#blank()
    if (this.at < this.buf.length) return this.buf[this.at]
    if (!this.ended) throw more
    return ''
  }

  #row() {
    let c = this.#peek()
    if (this.array === null) {
      this.array = c === '['
      if (this.array) { this.at++; c = this.#peek() }
    }
    if (this.array) {
      if (c === '') throw more
      if (c === ']') {
        this.at++
        if (this.#peek() !== '') this.#unexpected()
        this.pos = this.at
        return undefined
      }
      if (!this.first) {
        if (c !== ',') this.#unexpected()
        this.at++
        c = this.#peek()
        if (c === '') throw more
      }
    } else if (c === '') {
      return undefined
    }
    const line = this.#count(this.at)
    if (c !== '{') {
      const kinds = { '[': 'array', '"': 'text', n: 'null', t: 'bool', f: 'bool' }
      throw this.#fault('json.kind.' + (kinds[c] ?? (/[-\d]/.test(c) ? 'number' : this.#unexpected())))
    }
    const cells = this.#object()
    this.first = false
    this.number++
    this.pos = this.at
    return { number: this.number, line, cells }
  }

  #object() {
    const cells = new Array(this.columns.length).fill(undefined), seen = []
    this.at++
    if (this.#peek() === '}') { this.at++; return cells }
    for (let place = 0; ; place++) {
      if (this.#peek() !== '"') this.#unexpected()
      const name = this.#text()
      const i = this.columns[place] === name ? place : this.#column(name) // mostly each row has all members, in one order
      this.name = name
      if (seen[i]) throw this.#fault('json.twice', { name: shown(name) })
      seen[i] = true
      if (this.#peek() !== ':') this.#unexpected()
      this.at++
      this.#blank()
      cells[i] = this.#value()
      const c = this.#peek()
      this.at++
      if (c === '}') return cells
      if (c !== ',') { this.at--; this.#unexpected() }
    }
  }

  #column(name) {
    let i = this.index.get(name)
    if (i === undefined) {
      if (this.columns.length === maxColumns) throw this.#fault('columns', { most: String(maxColumns) })
      i = this.columns.push(name) - 1
      this.index.set(name, i)
    }
    return i
  }

  #value() {
    const c = this.buf[this.at]
    if (c === undefined) throw more
    if (c === '"') return this.#text()
    if (c === '{' || c === '[') return { j: this.#compact(0) }
    if (c === 't') return this.#word('true', true)
    if (c === 'f') return this.#word('false', false)
    if (c === 'n') return this.#word('null', null)
    return { n: this.#digits() }
  }

  #word(word, value) {
    const there = this.buf.slice(this.at, this.at + word.length)
    if (there !== word) {
      if (word.startsWith(there)) throw more
      this.#unexpected()
    }
    this.at += word.length
    return value
  }

  #digits() {
    numberForm.lastIndex = this.at
    const found = numberForm.exec(this.buf)
    if (!found) {
      if (this.buf.slice(this.at) === '-') throw more
      this.#unexpected()
    }
    this.at += found[0].length
    if (this.at >= this.buf.length || (/[.eE+-]/.test(this.buf[this.at]) && this.at + 2 >= this.buf.length)) if (!this.ended) throw more
    return found[0]
  }

  #text() {
    const { buf } = this, from = this.at
    plainText.lastIndex = from
    const plain = plainText.exec(buf)
    if (plain) {
      this.at = plainText.lastIndex
      return plain[1]
    }
    let q = from
    do {
      q = buf.indexOf('"', q + 1)
      if (q < 0) { this.at = buf.length; throw more }
    } while (/\\*$/.exec(buf.slice(Math.max(from, q - 64), q))[0].length & 1)
    let text
    try { text = JSON.parse(buf.slice(from, q + 1)) } catch { throw this.#fault('json.text') }
    if (text.isWellFormed?.() === false) throw this.#fault('json.text')
    this.at = q + 1
    return text
  }

  // compact reads a value into a text without blanks.
  #compact(depth) {
    if (depth > deepest) throw this.#fault('json.deep')
    const open = this.buf[this.at]
    if (open === '"') {
      const from = this.at
      this.#text()
      return this.buf.slice(from, this.at)
    }
    if (open !== '{' && open !== '[') {
      const v = this.#value()
      return v?.n ?? String(v)
    }
    const close = open === '{' ? '}' : ']'
    let out = open
    this.at++
    if (this.#peek() === close) { this.at++; return out + close }
    for (;;) {
      if (open === '{') {
        if (this.#peek() !== '"') this.#unexpected()
        out += this.#compact(depth + 1) + ':'
        if (this.#peek() !== ':') this.#unexpected()
        this.at++
      }
      if (this.#peek() === '') throw more
      out += this.#compact(depth + 1)
      const c = this.#peek()
      if (c !== ',' && c !== close) this.#unexpected()
      this.at++
      out += c
      if (c === close) return out
    }
  }
}
