// Which character set a text file has.
import { FileError, breathe } from './source.js'
import { shown } from './classify.js'

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
  // In a text of two bytes a character some pairs are UTF-8 by chance; of a text that is half and half, much makes no sense in either.
  const mixed = best.charset === 'windows-1252' || (best.score < 0.7 && s.right * 4 >= s.wrong)
  if (s.right && mixed) {
    const e = new FileError('two.charsets', { byte: s.wrongByte, line: String(s.rightLine), text: shown(s.rightText) }, { line: s.wrongLine })
    e.charset = best.charset
    throw e
  }
  return { ...best, by: 'guess', line: s.wrongLine, text: shown(new TextDecoder(best.charset).decode(s.wrongText)) }
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

// guess tells character sets apart by how much of the text that they make is what is frequent in them.
function guess(sample) {
  const all = ['windows-1252', 'gb18030', 'big5', 'shift_jis', 'euc-kr'].map(charset => ({ charset, score: score(charset, sample) }))
  all.sort((a, b) => b.score - a.score)
  return { charset: all[0].charset, score: all[0].score, sure: all[0].score > 0.5 && all[0].score - all[1].score > 0.1 }
}

const frequent = {
  gb18030: '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运',
  big5: '的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運臺灣',
}

function score(charset, sample) {
  const text = new TextDecoder(charset).decode(sample)
  let n = 0, good = 0, bad = 0, common = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x80) continue
    n++
    if (c === 0xfffd || (c >= 0x80 && c < 0xa0) || (c >= 0xe000 && c < 0xf900)) bad++
    else if (charset === 'windows-1252') {
      const letter = (c >= 0xc0 && c !== 0xd7 && c !== 0xf7 && c < 0x100) || '€’‘“”–—…°§©®«»ŒœŠšŽžŸ£'.includes(text[i])
      const next = text.charCodeAt(i + 1) < 0x80 || text.charCodeAt(i - 1) < 0x80
      if (letter && next) good++
    } else if (charset === 'euc-kr') {
      if (c >= 0xac00 && c < 0xd7a4) good++
      else if (c >= 0x4e00 && c < 0xa000) bad += 0.5
    } else if (charset === 'shift_jis') {
      if (c >= 0x3040 && c < 0x3100) good++
      else if (c >= 0x4e00 && c < 0xa000) good += 0.6
      else if (c >= 0xff61 && c < 0xffa0) bad += 0.7
    } else {
      if (c >= 0x4e00 && c < 0xa000 && plain(charset, text[i])) good += 0.8
      else if ((c >= 0x3000 && c < 0x3020) || (c >= 0xff00 && c < 0xff60)) good += 0.8
      if (frequent[charset].includes(text[i])) common++
    }
  }
  return n ? (good + 0.4 * common - 2 * bad) / n : 0
}

const sets = {}
// plain says of a Chinese character that it is one of the set's first level, of which texts mostly are.
function plain(charset, c) {
  if (!sets[charset]) {
    const bytes = []
    if (charset === 'gb18030') for (let a = 0xb0; a <= 0xd7; a++) for (let b = 0xa1; b <= 0xfe; b++) bytes.push(a, b)
    else for (let a = 0xa4; a <= 0xc6; a++) for (let b = 0x40; b <= 0xfe; b++) if (b < 0x7f || b > 0xa0) bytes.push(a, b)
    sets[charset] = new Set(new TextDecoder(charset).decode(new Uint8Array(bytes)))
  }
  return sets[charset].has(c)
}
