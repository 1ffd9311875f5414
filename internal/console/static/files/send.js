// Sends the rows of a file into a table, batch by batch. A batch that got no answer is sent again with its key, so that nothing is added twice
// as long as the page is open. The key is drawn for each batch and kept with it: another run of the same file is another import.
import { onceKey } from '../api.js'
import { rowOf } from './plan.js'
import { cellText, quoted } from './write.js'
import { classify, clip, typed } from './classify.js'

const mostRows = 1000, mostChars = 4 << 20 // of a batch
const mostShown = 1000 // refused rows that are kept to be shown

// A Sending is one import. columns are those of a plan; those without a name are left out. state is running, stopping, stopped, failed or done.
export class Sending {
  counts = { answered: 0, created: 0, updated: 0, unchanged: 0, refused: 0 }
  refused = [] // {row, field, reason, value}, where value is a text, cut, or null of none
  state = 'stopped'
  error = null
  took = 0 // milliseconds of work so far
  #waiting = [] // batches without an answer
  #flight = new Set()
  #repair = []
  #repairText = ''

  constructor({ api, table, reader, columns, rows, mode = 'partial', key, signal, onchange }) {
    Object.assign(this, { api, table, reader, columns, rows, mode, key, signal, onchange })
    this.at = reader.batches(signal)[Symbol.asyncIterator]()
    this.inFlight = mode === 'upsert' ? 1 : 2 // rows with one key are applied in the order of the file
  }

  // run sends until all is answered, or stop is called, or a batch fails; again it goes on where it was.
  async run() {
    if (this.state === 'running' || this.state === 'done') return
    Object.assign(this, { state: 'running', error: null })
    const began = performance.now()
    const tell = () => { this.took += performance.now() - this.since; this.since = performance.now(); this.onchange?.(this) }
    this.since = began
    this.tell = tell
    try {
      for (;;) {
        const batch = this.state === 'running' && !this.error ? this.#waiting.shift() ?? await this.#gather() : null
        if (!batch) break
        if (batch.last && this.#flight.size) { // the rest of the file comes behind all before it, by which it is known as that (batches.js)
          this.#waiting.unshift(batch)
          await Promise.all(this.#flight)
          batch.last = false
          continue
        }
        this.#launch(batch)
        if (this.#flight.size >= this.inFlight) await Promise.race(this.#flight)
      }
      await Promise.all(this.#flight)
    } catch (err) {
      this.error ??= err
      await Promise.all(this.#flight)
    }
    if (this.signal?.aborted) return
    this.state = this.error ? 'failed' : this.state === 'stopping' ? 'stopped' : 'done'
    tell()
  }

  // stop has what is on its way answered, and sends no more.
  stop() {
    if (this.state !== 'running') return
    this.state = 'stopping'
    this.tell()
  }

  get unanswered() { return this.#waiting.reduce((n, b) => n + b.rows.length, 0) }

  // gather makes a batch of the rows that are next, null at the end of the file.
  async #gather() {
    const rows = []
    const parts = []
    let size = 0, last = false
    while (rows.length < mostRows && size < mostChars) {
      if (!this.left?.length) {
        const { done, value } = await this.at.next()
        if (done) {
          last = true
          break
        }
        this.left = value
      }
      const row = this.left.shift()
      const text = rowOf(this.columns, row.cells)
      rows.push(row)
      parts.push(text)
      size += text.length
    }
    if (!rows.length) return null
    return { rows, parts, last, once: onceKey() }
  }

  #body(batch) {
    const how = this.mode === 'upsert' ? `,"key":${JSON.stringify(this.key)}` : ''
    return `{"table_id":${JSON.stringify(this.table)},"mode":"${this.mode}"${how},"receipt":true,"records":[${batch.parts.join(',')}]}`
  }

  #launch(batch) {
    const flight = this.api.importRecords(this.#body(batch), { raw: true, once: batch.once, signal: this.signal, patient: true }).then(task => this.#told(batch, task), err => {
      const { rows, parts } = batch, half = rows.length >> 1
      if (err.status !== 413) {
        this.error ??= err
        this.#waiting.push(batch)
      } else if (half) { // of so many bytes that the server takes fewer rows at once
        for (const of of [[0, half], [half]]) this.#waiting.push({ rows: rows.slice(...of), parts: parts.slice(...of), once: onceKey() })
      } else {
        this.#told(batch, { rows: [{ row: 1, status: 'failed', errors: [{ field: null, reason: err.message }] }] })
      }
      this.#waiting.sort((a, b) => a.rows[0].number - b.rows[0].number)
    }).finally(() => this.#flight.delete(flight))
    this.#flight.add(flight)
  }

  // told counts a batch by its receipt.
  #told(batch, task) {
    const { counts } = this
    counts.answered += batch.rows.length
    for (const r of task.rows) {
      if (r.status in counts) counts[r.status]++
      else this.#refuse(batch.rows, r)
    }
    this.tell()
  }

  // refuse keeps a row of a batch with its reasons. The server knows the batch alone, so the row that it names in one gets its number in the file.
  #refuse(rows, r) {
    this.counts.refused++
    const row = rows[r.row - 1]
    const errors = (r.errors ?? []).map(e => ({ ...e, reason: e.reason.replace(/\(first at row `(\d+)`\)\.?$/, (all, n) => (rows[n - 1] ? all.replace(n, rows[n - 1].number) : all)) }))
    for (const e of errors.length ? errors : [{ field: null, reason: r.status }]) {
      if (this.refused.length < mostShown) this.refused.push({ row: row.number, field: e.field ?? '', reason: e.reason, value: e.value == null ? null : clip(typeof e.value === 'object' ? JSON.stringify(e.value) : String(e.value)) })
    }
    const { columns } = this.reader
    const cells = columns.flatMap((name, i) => (name === '_reason' ? [] : [sourceCell(row.cells[i], this.reader.typed)]))
    this.#repairText += [...cells, cellText(errors.map(e => e.reason).join('; '), ',', true)].join(',') + '\n'
    if (this.#repairText.length > 1 << 20) this.#flush()
  }

  #flush() {
    this.#repair.push(new Blob([this.#repairText]))
    this.#repairText = ''
  }

  // repair is the repair file: the refused rows as they stand in their file, with the reason behind.
  repair() {
    if (this.#repairText) this.#flush()
    const names = this.reader.columns.map((name, i) => name || this.columns[i].given).filter(name => name !== '_reason')
    return [[...names, '_reason'].map(n => cellText(n, ',', typed(classify(n)))).join(',') + '\n', ...this.#repair]
  }
}

function sourceCell(c, isTyped) {
  if (c == null) return ''
  if (typeof c === 'string') return cellText(c, ',', c === '' || (isTyped && typed(classify(c))))
  return typeof c === 'object' && c.q !== undefined ? quoted(c.q) : cellText(typeof c === 'object' ? c.n ?? c.j : String(c), ',')
}
