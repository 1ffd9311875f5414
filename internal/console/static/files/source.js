// The bytes and the text of a file, which can be read again from the beginning, a slice at a time: never more of it is in memory than that.
import { words } from '../words.js'
import * as own from '../words/files.js'

export const t = words(own)

export const maxRow = 16 << 20 // characters of one row
export const maxColumns = 2000
const slice = 1 << 20
const piece = 16 << 10 // packed bytes that are unpacked at once: a browser puts all that they unpack to, up to a thousand times as much, into memory

// A FileError is what is wrong with a file, and where: {row, line, column, name}. why is a key of words/files.js.
export class FileError extends Error {
  constructor(why, values = {}, at = {}) {
    super(place(at) + t(why, values))
    Object.assign(this, { why, values, at })
  }
}

function place({ row, line, column, name }) {
  const parts = []
  const whole = n => String(n)
  if (row && line && line !== row) parts.push(t('at.row.line', { row: whole(row), line: whole(line) }))
  else if (row) parts.push(t('at.row', { row: whole(row) }))
  else if (line) parts.push(t('at.line', { line: whole(line) }))
  if (column && name) parts.push(t('at.column.name', { column: whole(column), name }))
  else if (column) parts.push(t('at.column', { column: whole(column) }))
  else if (name) parts.push(t('at.name', { name }))
  return parts.length ? parts.join(t('at.join')) + t('at.colon') : ''
}

// slices reads a blob; told is called with how many bytes have been read.
export async function* slices(blob, signal, told) {
  for (let at = 0; at < blob.size; at += slice) {
    signal?.throwIfAborted()
    let bytes
    try {
      bytes = new Uint8Array(await blob.slice(at, at + slice).arrayBuffer())
    } catch {
      throw new FileError('unreadable') // it was changed or removed since it was chosen
    }
    told?.(Math.min(at + slice, blob.size))
    yield bytes
  }
}

// inflated unpacks what slices give; kind is gzip or deflate-raw.
export async function* inflated(from, kind) {
  let left = new Uint8Array()
  const source = new ReadableStream({
    async pull(c) {
      try {
        while (!left.length) {
          const { done, value } = await from.next()
          if (done) return c.close()
          left = value
        }
        c.enqueue(left.slice(0, piece))
        left = left.subarray(piece)
      } catch (err) { c.error(err) }
    },
    cancel: () => from.return(),
  })
  const reader = source.pipeThrough(new DecompressionStream(kind)).getReader()
  try {
    // Handed on are slices again: who waits for the end of a long line looks at all of it anew with each.
    for (let parts = [], n = 0; ;) {
      const { done, value } = await reader.read()
      if (!done) {
        parts.push(value)
        n += value.length
      }
      if (n >= slice || (done && n)) {
        yield joined(parts, n)
        parts = []
        n = 0
      }
      if (done) return
    }
  } catch (err) {
    if (err instanceof FileError || err.name === 'AbortError') throw err
    throw new FileError(/trunc/i.test(err.message) ? 'packed.short' : 'packed.bad')
  } finally {
    reader.cancel().catch(() => {}) // what is left of it is not wanted
  }
}

// joined is n bytes of many parts in one piece.
function joined(parts, n) {
  const out = new Uint8Array(n)
  parts.reduce((at, p) => { out.set(p, at); return at + p.length }, 0)
  return out
}

// A Source is a file and how its bytes become text.
export class Source {
  constructor(file) {
    Object.assign(this, { file, size: file.size, read: 0, packed: '', charset: '', replaces: false })
  }

  // begin looks whether the file is packed.
  async begin() {
    if (!this.size) throw new FileError('empty')
    const [a, b, c, d] = new Uint8Array(await this.file.slice(0, 4).arrayBuffer().catch(() => { throw new FileError('unreadable') }))
    if (a === 0x1f && b === 0x8b) this.packed = 'gzip'
    if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) throw new FileError('zstd')
  }

  bytes(signal) {
    this.read = 0
    const raw = slices(this.file, signal, n => { this.read = n })
    return this.packed ? inflated(raw, 'gzip') : raw
  }

  // head is the beginning of the file, unpacked.
  async head(most = 4096) {
    const parts = []
    let n = 0
    for await (const b of this.bytes()) {
      parts.push(b.subarray(0, most - n))
      n += parts.at(-1).length
      if (n >= most) break
    }
    return joined(parts, n)
  }

  // text gives the file as text, without a byte order mark.
  async *text(signal) {
    const decoder = new TextDecoder(this.charset)
    for await (const b of this.bytes(signal)) yield decoder.decode(b, { stream: true })
    const rest = decoder.decode()
    if (rest) yield rest
  }

  // blob is the whole file unpacked, of at most so many bytes.
  async blob(most, signal) {
    if (!this.packed) return this.file
    const parts = []
    let n = 0
    for await (const b of this.bytes(signal)) {
      if ((n += b.length) > most) throw new FileError('unpacks', { most: most >> 20 })
      parts.push(b)
      await breathe()
    }
    return new Blob(parts)
  }
}

let since = 0
// due says that the page should have a turn.
export const due = () => performance.now() - since > 12

// breathe gives the page a turn, if it has waited for one.
export async function breathe(signal) {
  signal?.throwIfAborted()
  if (!due()) return
  await new Promise(resolve => { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { port1.close(); resolve() }; port2.postMessage(0) })
  since = performance.now()
}
