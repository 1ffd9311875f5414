// Which character set a text file has.
import { FileError, breathe } from './source.js'
import { shown } from './classify.js'
import { guess } from './guess.js'

// charsets are those that can be chosen.
export const charsets = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr', 'windows-1250', 'windows-1251', 'windows-1253', 'windows-1254', 'iso-8859-2', 'koi8-r']

function bomOf(b) {
  if (b[0] === 0xff && b[1] === 0xfe && b[2] === 0 && b[3] === 0) throw new FileError('utf32')
  if (b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf) return 'utf-8'
  if (b[0] === 0xff && b[1] === 0xfe) return 'utf-16le'
  if (b[0] === 0xfe && b[1] === 0xff) return 'utf-16be'
  return ''
}

// nulPattern finds UTF-16 without a mark: where Latin letters, digits and line ends are frequent, every second byte is NUL, and always the same.
function nulPattern(b) {
  const nuls = [0, 0], pairs = b.length >> 1
  b.forEach((c, i) => { if (c === 0) nuls[i & 1]++ })
  if (nuls[1] >= 2 && !nuls[0] && nuls[1] * 20 >= pairs) return 'utf-16le'
  if (nuls[0] >= 2 && !nuls[1] && nuls[0] * 20 >= pairs) return 'utf-16be'
  return ''
}

// findCharset settles a source's character set: the one given, else a byte order mark, else the pattern of NULs that UTF-16 makes, else UTF-8
// if all of the file is that, else the best guess. It returns {charset, by, sure, ...}: by is a key of words/files.js.
export async function findCharset(source, given, signal) {
  if (given) {
    source.replaces = true
    return { charset: given, by: 'given', sure: true }
  }
  const head = await source.head()
  const mark = bomOf(head)
  if (mark) {
    source.replaces = mark !== 'utf-8'
    return { charset: mark, by: 'bom', sure: true }
  }
  const pattern = nulPattern(head)
  if (pattern) {
    source.replaces = true
    return { charset: pattern, by: 'nuls', sure: true }
  }
  const s = await scan(source, signal)
  if (!s.wrong) return { charset: 'utf-8', by: s.right ? 'utf8' : 'ascii', sure: true }
  source.replaces = true
  const best = guess(s.sample)
  // In a text of two bytes a character some pairs are UTF-8 by chance, and in a Cyrillic one signs behind capitals; of a text that is half and half, much
  // makes no sense in either.
  const mixed = best.charset === 'windows-1252' || (best.score < 0.7 && s.right * 4 >= s.wrong)
  if (s.right && mixed) {
    const e = new FileError('two.charsets', { byte: s.wrongByte, line: String(s.rightLine), text: shown(s.rightText) }, { line: s.wrongLine })
    e.charset = best.charset
    throw e
  }
  const reads = charset => shown(new TextDecoder(charset).decode(s.wrongText))
  return { ...best, by: 'guess', line: s.wrongLine, text: reads(best.charset), otherText: best.other && reads(best.other) }
}

const utf8Length = c => (c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0)

// validAt is how many bytes the UTF-8 character at place i of b has, 0 for none, -1 if b ends before it does.
function validAt(b, i) {
  const n = utf8Length(b[i])
  for (let j = 1; j < n; j++) {
    if (i + j >= b.length) return -1
    const c = b[i + j], low = j > 1 ? 0x80 : b[i] === 0xe0 ? 0xa0 : b[i] === 0xf0 ? 0x90 : 0x80, high = j > 1 ? 0xbf : b[i] === 0xed ? 0x9f : b[i] === 0xf4 ? 0x8f : 0xbf
    if (c < low || c > high) return 0
  }
  return n
}

const mostSample = 64 << 10

// scan looks through a file for what is UTF-8 beyond ASCII, and for what is not. As long as all is well it leaves that to the browser's decoder.
async function scan(source, signal) {
  const s = { line: 1, right: 0, wrong: 0, rightLine: 0, wrongLine: 0, rightText: '', wrongText: null, wrongByte: '', sample: [] }
  let left = new Uint8Array(0), sampled = 0
  for await (const chunk of source.bytes(signal)) {
    let b = chunk
    if (left.length) {
      b = new Uint8Array(left.length + chunk.length)
      b.set(left)
      b.set(chunk, left.length)
    }
    const end = wholeEnd(b)
    left = b.slice(end)
    b = b.subarray(0, end)
    if (!s.wrong && wellFormed(b, s)) {
      await breathe(signal)
      continue
    }
    sampled = take(b, s, sampled)
    await breathe(signal)
  }
  take(left, s, sampled)
  s.sample = new Uint8Array(s.sample.flatMap(part => Array.from(part)))
  return s
}

// wholeEnd is where b ends before a UTF-8 character that is not all there.
function wholeEnd(b) {
  for (let i = Math.max(0, b.length - 3); i < b.length; i++) if (utf8Length(b[i]) && validAt(b, i) < 0) return i
  return b.length
}

function wellFormed(b, s) {
  let text
  try { text = new TextDecoder('utf-8', { fatal: true }).decode(b) } catch { return false }
  if (text.length < b.length) {
    if (!s.right) {
      const at = text.search(/[^\0-\x7f]/)
      s.rightLine = s.line + linesIn(text.slice(0, at))
      s.rightText = /[^\r\n,;\t]*$/.exec(text.slice(Math.max(0, at - 30), at))[0] + /^[^\r\n,;\t]*/.exec(text.slice(at, at + 30))[0]
    }
    s.right += (b.length - text.length) >> 1 || 1
  }
  s.line += linesIn(text)
  return true
}

function linesIn(text) {
  let n = 0
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) n++
  return n
}

function take(b, s, sampled) {
  let upTo = 0
  for (let i = 0; i < b.length;) {
    const c = b[i]
    if (c < 0x80) {
      if (c === 10) s.line++
      i++
      continue
    }
    if (sampled < mostSample && i >= upTo) {
      const from = Math.max(upTo, i - 32)
      upTo = Math.min(b.length, i + 64)
      s.sample.push(b.slice(from, upTo))
      sampled += upTo - from
    }
    const n = Math.max(0, validAt(b, i))
    if (n > 1) {
      if (!s.right++) Object.assign(s, { rightLine: s.line, rightText: new TextDecoder().decode(around(b, i)) })
    } else if (!s.wrong++) {
      Object.assign(s, { wrongLine: s.line, wrongByte: c.toString(16).toUpperCase(), wrongText: around(b, i) })
    }
    i += n || 1
  }
  return sampled
}

const between = new Set([10, 13, 44, 59, 9])

// around is what of the line around place i is in b, cut to a few words.
function around(b, i) {
  let from = i, to = i
  while (from > 0 && i - from < 30 && !between.has(b[from - 1])) from--
  while (to < b.length && to - i < 30 && !between.has(b[to])) to++
  return b.slice(from, to)
}
