// Rows as text: the rules of internal/datafile (write.go). Null is an empty cell, the empty text is "". Texts that look like numbers or truth
// values are in quotes, by which an import knows them for texts. No digit is changed: whole numbers beyond 2^53 come from the server as text.
import { classify, typed } from './classify.js'

export const outFormats = ['csv', 'tsv', 'json', 'jsonl']
export const mediaTypes = { csv: 'text/csv', tsv: 'text/tab-separated-values', json: 'application/json', jsonl: 'application/jsonl' }

export const quoted = s => '"' + s.replaceAll('"', '""') + '"'

// cellText writes a text as a cell.
export const cellText = (s, delim, always) => (always || s.includes(delim) || /["\r\n]/.test(s) ? quoted(s) : s)

// plain writes what is no text; a FLOAT keeps a point, so that it is known again.
function plain(v, type) {
  const s = Object.is(v, -0) ? '-0' : String(v)
  return type === 'FLOAT' && typeof v === 'number' && !/[.eE]/.test(s) ? s + '.0' : s
}

const isText = (v, type) => typeof v === 'string' && type !== 'INT'

function csvCell(v, type, delim) {
  if (v === null || v === undefined) return ''
  if (typeof v === 'object') v = JSON.stringify(v)
  if (!isText(v, type)) return plain(v, type)
  return cellText(v, delim, v === '' || (type !== 'DATETIME' && typed(classify(v))))
}

function jsonCell(v, type) {
  if (v === null || v === undefined) return 'null'
  return isText(v, type) || typeof v === 'object' ? JSON.stringify(v) : plain(v, type)
}

// A Writer makes a file of rows: columns are {name, type}, rows lists of values in their order. parts of it are given to a Blob.
export class Writer {
  rows = 0
  #text = ''
  #parts = []

  constructor(format, columns, bom = false) {
    Object.assign(this, { format, columns, delim: format === 'tsv' ? '\t' : ',' })
    if (format === 'csv' || format === 'tsv') {
      const names = columns.map(c => cellText(c.name, this.delim, c.name === '' || typed(classify(c.name))))
      this.#text = (bom ? '\ufeff' : '') + names.join(this.delim) + '\n'
    }
  }

  write(values) {
    const { format, columns, delim } = this
    let line
    if (format === 'csv' || format === 'tsv') line = columns.map((c, i) => csvCell(values[i], c.type, delim)).join(delim) + '\n'
    else {
      line = '{' + columns.map((c, i) => JSON.stringify(c.name) + ':' + jsonCell(values[i], c.type)).join(',') + '}'
      line = format === 'json' ? (this.rows ? ',\n' : '[\n') + line : line + '\n'
    }
    this.rows++
    this.#text += line
    if (this.#text.length > 1 << 20) this.#flush()
  }

  // flush hands what is written to the browser, which keeps large blobs on disk.
  #flush() {
    this.#parts.push(new Blob([this.#text]))
    this.#text = ''
  }

  blob() {
    if (this.format === 'json') this.#text += this.rows ? '\n]\n' : '[]\n'
    this.#flush()
    return new Blob(this.#parts, { type: mediaTypes[this.format] })
  }
}
