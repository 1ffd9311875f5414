// Workbooks, row by row, as internal/datafile reads them (xlsx.go and its like): texts, numbers, truth values, and dates by the styles of their cells.
import { FileError, maxColumns, maxRow, breathe } from './source.js'
import { shown } from './classify.js'
import { Zip } from './zip.js'
import { Tags } from './xml.js'

const mostTexts = 256 << 20 // characters of shared texts, which are in memory
const mostOther = 64 << 20 // characters of a part that is no sheet and no texts
const keeping = 16 // a text that is kept counts as so many characters more

const join = (dir, target) => {
  const out = []
  for (const p of (target.startsWith('/') ? target : dir + '/' + target).split('/')) {
    if (p === '..') out.pop()
    else if (p && p !== '.') out.push(p)
  }
  return out.join('/')
}
const dirOf = name => name.slice(0, Math.max(0, name.lastIndexOf('/')))
const baseOf = name => name.slice(name.lastIndexOf('/') + 1)

export class Workbook {
  texts = []
  formats = [] // by number of a cell's style: {date, mask}
  from1904 = false

  // open reads what belongs to the workbook as a whole; sheets are {name, part, hidden}.
  static async open(blob, signal) {
    const w = new Workbook()
    w.zip = await Zip.open(blob)
    if (!w.zip.parts.has('_rels/.rels')) throw new FileError('zip.other')
    let book = ''
    for (const [kind, part] of Object.entries(await w.#relations('_rels/.rels', ''))) if (baseOf(kind) === 'officeDocument') book = part
    if (book.endsWith('.bin')) throw new FileError('xlsb')
    if (!book.startsWith('xl/')) throw new FileError('zip.other')
    const rels = await w.#relations(`${dirOf(book)}/_rels/${baseOf(book)}.rels`, dirOf(book))
    w.sheets = []
    await w.#each(book, tag => {
      if (tag.name === 'workbookPr') w.from1904 = ['1', 'true'].includes(tag.attr('date1904'))
      if (tag.name !== 'sheet' || !tag.open) return
      const part = rels[tag.attr('id')] ?? '', state = tag.attr('state')
      if (part.includes('worksheets/') && w.sheets.length < 1000) w.sheets.push({ name: tag.attr('name'), part, hidden: Boolean(state) && state !== 'visible' })
    })
    for (const [kind, part] of Object.entries(rels)) {
      if (baseOf(kind) === 'sharedStrings') await w.#readTexts(part, signal)
      if (baseOf(kind) === 'styles') await w.#readStyles(part)
    }
    return w
  }

  async #each(part, f, signal, most = mostOther) {
    const tags = new Tags()
    let size = 0
    const all = () => {
      let more
      while ((more = tags.next())) f(tags)
      return more
    }
    for await (const text of this.zip.text(part, signal)) {
      if ((size += text.length) > most) throw new FileError('texts.many')
      tags.push(text)
      all()
      await breathe(signal)
    }
    tags.end()
    all()
  }

  // relations reads a list of relations, both by their kind and by their id.
  async #relations(part, dir) {
    const rels = {}
    await this.#each(part, tag => {
      if (tag.name !== 'Relationship' || !tag.open || tag.attr('TargetMode') === 'External') return
      const target = join(dir, tag.attr('Target'))
      rels[tag.attr('Type')] = target
      rels[tag.attr('Id')] = target
    })
    return rels
  }

  async #readStyles(part) {
    const custom = new Map()
    let inCells = false
    await this.#each(part, tag => {
      if (tag.name === 'numFmt') custom.set(tag.attr('numFmtId'), { date: isDateFormat(tag.attr('formatCode')), mask: maskOf(tag.attr('formatCode')) })
      else if (tag.name === 'cellXfs') inCells = tag.open && !tag.close
      else if (tag.name === 'xf' && tag.open && inCells) {
        const id = tag.attr('numFmtId')
        this.formats.push(custom.get(id) ?? { date: isBuiltInDate(Number(id)), mask: '' })
      }
    })
  }

  async #readTexts(part, signal) {
    let reading = null, size = 0
    await this.#each(part, tag => {
      if (tag.name === 'si') {
        if (tag.open) reading = new RichText()
        if (!tag.close) return
        const text = reading.end(tag)
        if ((size += text.length + keeping) > mostTexts) throw new FileError('texts.many')
        this.texts.push(text)
      } else reading?.take(tag)
    }, signal, Infinity)
  }

  // rows makes a pass over a sheet.
  rows(columns, inFile) { return new SheetRows(this, columns, inFile) }
}

// RichText is a text in one piece or in many; how it is spoken in Japanese is left out.
class RichText {
  out = ''
  inText = false
  spoken = false
  take(tag) {
    if (this.inText && !this.spoken) this.out += tag.text
    if (this.out.length > maxRow) throw new FileError('texts.many')
    this.inText = tag.open && !tag.close && tag.name === 't'
    if (tag.name === 'rPh') this.spoken = tag.open && !tag.close
  }
  end() { return unescape(this.out) }
}

// unescape reads _x000D_ and the like, by which a workbook writes what XML cannot.
const unescape = s => (s.includes('_x') ? s.replace(/_x([0-9a-fA-F]{4})_/g, (all, hex) => {
  const n = parseInt(hex, 16)
  return n >= 0xd800 && n <= 0xdfff ? all : String.fromCharCode(n)
}) : s)

// isBuiltInDate knows the formats that have a number and no code (ECMA-376 part 1, 18.8.30), those of East Asia among them.
const isBuiltInDate = n => (n >= 14 && n <= 22) || (n >= 27 && n <= 36) || n === 45 || n === 47 || (n >= 50 && n <= 58)

// isDateFormat reads the first section of a format's code: letters of a date outside quotes, escapes and brackets. Durations, [h]:mm, are
// numbers: they may pass a day.
function isDateFormat(code) {
  code = code.split(';')[0].replace(/"[^"]*"/g, '').replace(/[\\_*]./g, '')
  if (/"/.test(code) || /\[[hms]+\]/i.test(code)) return false
  code = code.replace(/\[[^\]]*\]/g, '')
  return /^[^g]*?[dmyhs]/i.test(code)
}

// maskOf reads a format's code of zeros, two at least, with hyphens and blanks between: that of postal codes, 00000, and of numbers that name
// somebody, 000\-00\-0000. Any other code has no mask.
function maskOf(code) {
  const mask = code.split(';')[0].replaceAll('\\', '')
  return /^0[0 -]*0$/.test(mask) ? mask : ''
}

// masked writes the digits of a number into the mask, from its end; digits beyond it stand before it.
function masked(digits, mask) {
  let out = ''
  for (const c of [...mask].reverse()) {
    out = (c !== '0' ? c : digits.at(-1) ?? '0') + out
    if (c === '0') digits = digits.slice(0, -1)
  }
  return digits + out
}

class SheetRows {
  tags = new Tags()
  number = 0

  constructor(book, columns, inFile) { Object.assign(this, { book, columns, skip: inFile, state: null }) }
  push(text) { this.tags.push(text) }
  end() { this.tags.end() }

  next() {
    for (;;) {
      let more
      try {
        more = this.tags.next()
      } catch (err) {
        throw err instanceof FileError ? new FileError(err.why, err.values, { row: this.number }) : err
      }
      if (more === null) return null
      if (more === false) {
        if (this.cells) throw new FileError('sheet.short', {}, { row: this.number })
        return undefined
      }
      const { tags } = this
      if (tags.name === 'row') {
        if (tags.open) {
          const n = Number(tags.attr('r'))
          this.number = n > 0 ? n : this.number + 1
          this.cells = []
          this.column = this.size = 0
        }
        if (!tags.close) continue
        const { cells, number } = this
        this.cells = null
        if (!cells?.length) continue
        if (this.skip) {
          this.skip = false
          continue
        }
        while (this.columns && cells.length < this.columns.length) cells.push(null)
        return { number, line: 0, cells }
      }
      if (this.cells) this.#cell(tags)
      else if (tags.name === 'sheetData' && tags.close) return undefined
    }
  }

  #cell(tags) {
    if (tags.name === 'c') {
      if (tags.open) {
        this.column = columnOf(tags.attr('r')) || this.column + 1
        Object.assign(this, { kind: tags.attr('t'), style: tags.attr('s'), value: '', inline: null, inValue: false })
      }
      if (tags.close) this.#put(this.#meaning())
      return
    }
    if (tags.name === 'v') {
      if (!tags.open) this.value = tags.text
    } else if (tags.name === 'is') {
      if (tags.open) this.inline = new RichText()
    } else this.inline?.take(tags)
  }

  #put(cell) {
    if (cell === null) return
    const wide = this.columns?.length ?? maxColumns
    if (this.column > wide || this.column <= this.cells.length) {
      const text = typeof cell === 'string' ? cell : cell.n ?? String(cell)
      throw new FileError('wide', { text: shown(text), wide: String(wide) }, { row: this.number, column: this.column })
    }
    if (typeof cell === 'string' && this.kind !== 's' && (this.size += cell.length) > maxRow) throw new FileError('row.long', {}, { row: this.number })
    while (this.cells.length < this.column - 1) this.cells.push(null)
    this.cells.push(cell)
  }

  // meaning makes a cell of its value, its type and its style.
  #meaning() {
    const { kind, book } = this
    let { value } = this
    if (kind === 's') {
      const text = book.texts[Number(value.trim() || NaN)]
      if (text === undefined) throw new FileError('sheet.text', { text: shown(value) }, { row: this.number, column: this.column })
      return text
    }
    if (kind === 'inlineStr') return this.inline ? this.inline.end() : null
    if (kind === 'str') return unescape(value)
    if (kind === 'e' || kind === 'd') return value
    if (kind === 'b') return value.trim() === '1'
    value = value.trim()
    if (value === '') return null
    const f = Number(value)
    if (Number.isNaN(f)) throw new FileError('sheet.number', { text: shown(value) }, { row: this.number, column: this.column })
    const format = this.style !== '' && book.formats[Number(this.style)]
    const date = format?.date && timeOf(f, book.from1904)
    if (date) return date
    if (format?.mask && f >= 0 && f < 1e15 && Number.isInteger(f)) return masked(String(f), format.mask)
    const size = Math.abs(f) // the workbook may have 17 digits of it, 6.0999999999999996 for 6.1
    return { n: size === 0 ? '0' : size >= 1e-6 && size < 2 ** 53 ? String(f) : f.toExponential() }
  }
}

// columnOf is the number, from 1, that the letters of a reference such as AB12 stand for.
function columnOf(ref) {
  let n = 0
  for (let i = 0; i < ref.length && i < 4 && ref.charCodeAt(i) >= 65 && ref.charCodeAt(i) <= 90; i++) n = n * 26 + ref.charCodeAt(i) - 64
  return n
}

// timeOf writes a number of days as a date with its time, or as a time of day where it is less than one, rounded to milliseconds.
function timeOf(f, from1904) {
  if (f < 0 || f >= 2958466) return null
  let days = Math.floor(f)
  const clock = Math.round((f - days) * 86_400_000)
  if (!from1904) {
    if (f < 1) return written(new Date(clock)).slice(11)
    if (f < 60) days++ // before the 29 February 1900, which spreadsheets count and the calendar lacks
    else if (f < 61) return null
  }
  return written(new Date((from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30)) + days * 86_400_000 + clock))
}

const written = d => d.toISOString().replace('T', ' ').replace(/(?:\.000|(\.\d*?)0*)Z$/, '$1')
