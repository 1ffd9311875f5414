// Opens a file: finds out what it is, and reads its rows as often as is asked, as internal/datafile does (datafile.go, source.go, csv.go).
import { Source, FileError, t, breathe, due, maxColumns } from './source.js'
import { classify, shown, NONE, TEXTS, OTHER, MONTH } from './classify.js'
import { charsets, findCharset } from './charset.js'
import { CSVRows, findDelimiter } from './csv.js'
import { JSONRows } from './json.js'
import { Workbook } from './xlsx.js'
import { Inference } from './infer.js'

export { FileError, charsets, t }

export const formats = ['csv', 'tsv', 'json', 'jsonl', 'xlsx']
const mostWorkbook = 1 << 30 // bytes of a packed workbook, unpacked

// bareName is a file's name without its endings.
export const bareName = name => name.replace(/\.(gz|zst)$/i, '').replace(/\.[^.]*$/, '')

function formatOfName(name) {
  const end = /\.([^.]+)$/.exec(name.toLowerCase().replace(/\.(gz|zst)$/, ''))?.[1]
  return { tab: 'tsv', ndjson: 'jsonl' }[end] ?? ([...formats, 'parquet'].includes(end) ? end : '')
}

const begins = (b, ...bytes) => bytes.every((c, i) => b[i] === c)

// formatOfText tells JSON from the rest, in any charset that has ASCII's letters.
function formatOfText(head) {
  for (const c of head) {
    if (c === 0x5b) return 'json'
    if (c === 0x7b) return 'jsonl'
    if (![32, 9, 13, 10, 0, 0xef, 0xbb, 0xbf, 0xfe, 0xff].includes(c)) return 'csv'
  }
  return 'csv'
}

// A Reader reads the rows of one file. options are {format, charset, delimiter, header: 'yes' | 'no' | undefined, sheet}; what is not given is found out.
export class Reader {
  constructor(file, options = {}) {
    this.source = new Source(file)
    this.options = options
    this.columns = []
    this.bareHeader = false
    this.delimiter = ''
    this.charset = null // {charset, by, sure, line, text} of text formats
    this.headerDoubt = false
  }

  get name() { return this.source.file.name }
  get size() { return this.source.size }
  get read() { return this.source.read }
  get packed() { return this.source.packed }
  get typed() { return this.format !== 'csv' && this.format !== 'tsv' }

  // begin finds the format and what belongs to it. What it throws is a FileError, unless signal ended it.
  async begin(signal) {
    await this.source.begin()
    const head = await this.source.head()
    if (!head.length) throw new FileError('empty')
    if (begins(head, 0xd0, 0xcf, 0x11, 0xe0)) throw new FileError('xls')
    if (begins(head, 0x50, 0x41, 0x52, 0x31)) throw new FileError('parquet')
    const named = formatOfName(this.name)
    this.format = begins(head, 0x50, 0x4b, 3, 4) ? 'xlsx' : this.options.format || (named && named !== 'parquet' && named !== 'xlsx' ? named : formatOfText(head))
    if (this.format === 'xlsx') return this.#beginWorkbook(signal)
    this.charset = await findCharset(this.source, this.options.charset, signal)
    this.source.charset = this.charset.charset
    if (this.format === 'json' || this.format === 'jsonl') return
    const text = await this.#beginning(256 << 10)
    this.delimiter = this.format === 'tsv' ? '\t' : this.options.delimiter || findDelimiter(text)
    for await (const rows of this.#pass(new CSVRows(this.delimiter, null, false), signal)) {
      this.#header(rows[0].cells, rows[0])
      return
    }
    throw new FileError('no.row')
  }

  async #beginning(most) {
    let out = ''
    for await (const text of this.source.text()) {
      out += text
      if (out.length >= most) break
    }
    return out.slice(0, most)
  }

  async #beginWorkbook(signal) {
    this.blob = await this.source.blob(mostWorkbook, signal)
    this.book = await Workbook.open(this.blob, signal)
    const { sheets } = this.book
    if (!sheets.length) throw new FileError('sheet.none')
    this.sheets = sheets.map(s => s.name)
    this.sheet = sheets.find(s => s.name === this.options.sheet) ?? sheets.find(s => !s.hidden) ?? sheets[0]
    for await (const rows of this.#pass(this.book.rows(null, false), signal)) {
      this.#header(rows[0].cells, rows[0])
      return
    }
    throw new FileError('sheet.empty', { name: shown(this.sheet.name) })
  }

  // header makes columns of a first row.
  #header(cells, row) {
    const { header } = this.options, at = { row: row.number, line: row.line }
    const book = this.format === 'xlsx'
    cells = [...cells]
    while (cells.length > 1 && header !== 'no' && cells.at(-1) === null) cells.pop() // delimiters at the end of each line
    if (cells.length > maxColumns) throw new FileError('columns', { most: String(maxColumns) }, at)
    const data = c => (typeof c !== 'string' ? c?.q === undefined && c !== null : !book && ![NONE, TEXTS, OTHER, MONTH].includes(classify(c)))
    const doubtful = cells.every(c => c === null || c === '' || data(c))
    this.headerDoubt = doubtful && header === undefined
    this.inFile = header === undefined ? !doubtful : header === 'yes'
    if (!this.inFile) {
      this.columns = cells.map(() => '')
      return
    }
    const seen = new Map()
    this.columns = cells.map((c, i) => {
      const name = c === null ? '' : typeof c === 'string' ? c.trim() : (c.q ?? c.n ?? String(c)).trim()
      if (name && seen.has(name)) throw new FileError('name.twice', { name: shown(name), other: String(seen.get(name) + 1) }, { ...at, column: i + 1 })
      seen.set(name, i)
      if (typeof c === 'string' && c !== '') this.bareHeader = true
      return name
    })
  }

  // batches makes a pass over all rows: lists of {number, line, cells}.
  batches(signal) {
    if (this.format === 'xlsx') return this.#pass(this.book.rows(this.columns, this.inFile), signal)
    if (this.typed) return this.#pass(new JSONRows(this.columns), signal)
    return this.#pass(new CSVRows(this.delimiter, this.columns, this.inFile), signal)
  }

  #text(signal) {
    if (this.format !== 'xlsx') return this.source.text(signal)
    this.book.zip.unpacked = 0
    this.source.read = 0
    const size = this.book.zip.size(this.sheet.part) || 1
    return this.book.zip.text(this.sheet.part, signal, n => { this.source.read = Math.round((n / size) * this.source.size) })
  }

  async *#pass(parser, signal) {
    let suspicious = false, rows = []
    const text = this.#text(signal)
    try {
      for (let more = true; more;) {
        const { done, value } = await text.next()
        if (done) parser.end()
        else {
          suspicious ||= value.includes('\0') || this.source.replaces && value.includes('\ufffd') || (this.typed && value.includes('\\u0000'))
          parser.push(value)
        }
        for (;;) {
          let row
          try {
            row = parser.next()
            if (row && suspicious) this.#check(row, parser.columns ?? this.columns)
          } catch (err) {
            if (rows.length) yield rows // what stands before it may be looked at
            throw err
          }
          if (!row) {
            more = row === null && !done
            break
          }
          rows.push(row)
          if (rows.length >= 256 || (rows.length & 15) === 0 && due()) {
            if (this.format === 'json' || this.format === 'jsonl') this.columns = parser.columns
            yield rows
            rows = []
            await breathe(signal)
          }
        }
        await breathe(signal)
      }
      if (this.format === 'json' || this.format === 'jsonl') this.columns = parser.columns
      if (rows.length) yield rows
    } finally {
      await text.return()
    }
  }

  // check refuses what no table can hold.
  #check(row, columns) {
    row.cells.forEach((c, i) => {
      const text = typeof c === 'string' ? c : c?.q
      if (!text) return
      const at = { row: row.number, line: row.line, column: i + 1, name: columns[i] }
      if (text.includes('\0')) throw new FileError('nul', {}, at)
      if (this.source.replaces && text.includes('\ufffd')) throw new FileError('undecoded', { text: shown(text), charset: this.source.charset }, at)
    })
  }
}

// infer reads all rows and plans a table for them; look is called with each batch of rows.
export async function infer(reader, signal, look) {
  const all = new Inference(reader.typed, reader.bareHeader)
  for await (const rows of reader.batches(signal)) {
    for (const row of rows) all.observe(row.cells, row.number)
    look?.(rows, all.rows)
  }
  return { columns: all.plan(reader.columns), rows: all.rows }
}
