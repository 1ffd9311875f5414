// Delimited text: RFC 4180 with line ends of \n, \r\n or \r, as internal/datafile reads it (split.go, csv.go). An empty cell is no value, "" an
// empty text.
import { FileError, maxRow } from './source.js'
import { shown } from './classify.js'

// A Splitter takes text apart into records. It is fed by push and end.
export class Splitter {
  buf = ''
  pos = 0
  ended = false
  lines = 0 // that were read
  #cr = -1
  #quote = -1

  constructor(delim) { this.delim = delim }

  push(text) {
    this.buf = this.pos < this.buf.length ? this.buf.slice(this.pos) + text : text
    this.pos = 0
    this.#cr = this.#quote = -1
  }

  end() { this.ended = true; this.#cr = this.#quote = -1 }

  // next returns the cells of a record and puts the line that it begins in into this.line; null if more text is needed, undefined at the end.
  next() {
    const from = this.pos, stop = this.#lineEnd(from)
    this.line = this.lines + 1
    if (stop < 0) {
      if (this.buf.length - from > maxRow) throw new FileError('line.long', {}, { line: this.line })
      return this.ended ? undefined : null
    }
    if (this.#quote < from && this.#quote !== Infinity) this.#quote = found(this.buf.indexOf('"', from))
    if (this.#quote >= stop) {
      const cells = this.buf.slice(from, this.#chomp(from, stop)).split(this.delim)
      for (let i = 0; i < cells.length; i++) if (cells[i] === '') cells[i] = null
      this.pos = stop
      this.lines++
      return cells
    }
    return this.#quoted(from, stop)
  }

  // lineEnd is where the line ends that begins at a place, its end included; -1 if not all of it is there.
  #lineEnd(from) {
    const { buf } = this
    if (this.#cr < from && this.#cr !== Infinity) this.#cr = found(buf.indexOf('\r', from))
    const n = found(buf.indexOf('\n', from)), r = this.#cr
    if (r < n && r + 1 !== n) return r + 1 < buf.length || this.ended ? r + 1 : -1
    if (n !== Infinity) return n + 1
    return this.ended && from < buf.length ? buf.length : -1
  }

  #chomp(from, stop) {
    if (stop > from && this.buf[stop - 1] === '\n') stop--
    if (stop > from && this.buf[stop - 1] === '\r') stop--
    return stop
  }

  // quoted splits a record that has quotes, over as many lines as they take.
  #quoted(at, stop) {
    const { buf, delim } = this, cells = []
    let lines = this.lines + 1, end = this.#chomp(at, stop)
    for (;;) {
      if (buf[at] === '"') {
        const opened = lines, column = cells.length + 1
        let from = at + 1, text = '', q
        for (;;) {
          q = buf.indexOf('"', from)
          if (q < 0 || (q + 1 >= buf.length && !this.ended)) {
            if (buf.length - at > maxRow) throw new FileError('quote.long', {}, { line: opened, column })
            if (this.ended) throw new FileError('quote.open', {}, { line: opened, column })
            return null
          }
          text += buf.slice(from, q)
          if (buf[q + 1] !== '"') break
          text += '"'
          from = q + 2
        }
        if (q >= stop) {
          stop = this.#lineEnd(q + 1)
          if (stop < 0 && q + 1 >= buf.length) stop = buf.length
          if (stop < 0) return null
          lines += lineEnds(buf.slice(at, q))
          end = this.#chomp(q + 1, stop)
        }
        at = q + 1
        cells.push(text !== '' && !text.includes(delim) && !/["\r\n]/.test(text) ? { q: text } : text)
        if (at >= end) break
        if (buf[at] !== delim) throw new FileError('quote.behind', { text: shown(buf.slice(at, end).split(delim, 1)[0]) }, { line: lines, column })
        at++
        continue
      }
      let i = buf.indexOf(delim, at)
      if (i < 0 || i > end) i = end
      const cell = buf.slice(at, i)
      if (cell.includes('"')) throw new FileError('quote.within', { text: shown(cell) }, { line: lines, column: cells.length + 1 })
      cells.push(cell === '' ? null : cell)
      if (i === end) break
      at = i + 1
    }
    this.pos = stop
    this.lines = lines
    return cells
  }
}

const found = i => (i < 0 ? Infinity : i)

const lineEnds = text => text.match(/\r\n|\r|\n/g)?.length ?? 0

// CSVRows makes rows of records: {number, line, cells}. columns are the names of a header, or empty ones; inFile says that the first record is one.
export class CSVRows {
  constructor(delim, columns, inFile) {
    Object.assign(this, { split: new Splitter(delim), columns, skip: inFile, gap: 0, number: 0 })
  }
  push(text) { this.split.push(text) }
  end() { this.split.end() }

  next() {
    for (;;) {
      const from = this.split.lines
      let cells
      try {
        cells = this.split.next()
      } catch (err) {
        if (err instanceof FileError) throw new FileError(err.why, err.values, { ...err.at, row: this.split.line - this.gap, name: this.columns?.[err.at.column - 1] })
        throw err
      }
      if (!cells) return cells
      const { line } = this.split, number = (this.number = line - this.gap)
      this.gap += this.split.lines - from - 1
      if (this.columns?.length !== 1 && cells.length === 1 && cells[0] === null) continue // an empty line, which is a row only where there is one column
      if (this.skip) {
        this.skip = false
        continue
      }
      if (this.columns && cells.length !== this.columns.length) this.#wide(cells, number, line)
      return { number, line, cells }
    }
  }

  #wide(cells, row, line) {
    const wide = this.columns.length
    if (cells.length < wide) throw new FileError('short', { n: String(cells.length), wide: String(wide) }, { row, line, column: cells.length + 1, name: this.columns[cells.length] })
    for (let i = wide; i < cells.length; i++) {
      if (cells[i] !== null) throw new FileError('wide', { text: shown(cells[i].q ?? cells[i]), wide: String(wide) }, { row, line, column: i + 1 })
    }
    cells.length = wide
  }
}

// findDelimiter takes the one of comma, semicolon, tab and bar with which most of the first records have as many cells as the first one, and
// of equals that with the most cells.
export function findDelimiter(text) {
  let best = ',', bestSame = 0, bestCells = 1
  for (const delim of [',', ';', '\t', '|']) {
    const s = new Splitter(delim)
    s.push(text)
    s.end()
    let cells = 0, same = 0, all = 0
    try {
      for (let record = s.next(); record && all < 100; record = s.next()) {
        if (record.length === 1 && !record[0]) continue
        all++
        cells ||= record.length
        if (record.length === cells) same++
      }
    } catch { /* a fault is told by the pass that reads all, with its place */ }
    const share = same / Math.max(all, 1)
    if (cells > 1 && (share > bestSame || (share === bestSame && cells > bestCells))) [best, bestSame, bestCells] = [delim, share, cells]
  }
  return best
}
