// Values of tables as texts: in a cell, whole, and for the clipboard.
import { time } from '../words.js'

export const numeric = type => type === 'INT' || type === 'FLOAT' || type === 'NUMBER'

const most = 300 // characters of a value that a cell holds; nobody sees more of it there

// whole is a value as text with nothing left out; null stays null. A MOMENT is milliseconds since 1970, shown in the reader's zone. All else
// is shown as it is stored: a large INT comes as text, and no number is made of it.
export function whole(value, type) {
  if (value === null || value === undefined) return null
  if (type === 'MOMENT' && typeof value === 'number') return time(value)
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

// brief is what a cell shows of a text: one line, and no more than fits.
export function brief(text) {
  const cut = text.length > most ? text.slice(0, most).replace(/[\ud800-\udbff]$/, '') + '…' : text
  return /[\r\n\t]/.test(cut) ? cut.replace(/\r\n|\n|\r/g, ' ↵ ').replace(/\t/g, ' ⇥ ') : cut
}

export const isCut = text => text.length > most

// width is about how many pixels a text takes in a cell.
export function width(text) {
  let w = 0
  for (const c of text.slice(0, 60)) w += c.codePointAt(0) >= 0x2e80 ? 15 : 7.7
  return w
}

// toTSV writes rows of texts as spreadsheets put them on the clipboard. No value is an empty cell.
export function toTSV(rows) {
  const cell = text => (text === null ? '' : /["\t\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text)
  return rows.map(row => row.map(cell).join('\t')).join('\r\n')
}

// fromTSV reads what a spreadsheet put on the clipboard: an array of arrays of texts.
export function fromTSV(text) {
  const rows = [[]]
  let i = 0
  const end = text.replace(/(\r\n|\n|\r)$/, '').length
  while (i <= end) {
    let cell = ''
    if (text[i] === '"' && quoted(text, i, end)) {
      for (i++; i < end; i++) {
        if (text[i] !== '"') cell += text[i]
        else if (text[i + 1] === '"') { cell += '"'; i++ } else { i++; break }
      }
    } else {
      const from = i
      while (i < end && text[i] !== '\t' && text[i] !== '\n' && text[i] !== '\r') i++
      cell = text.slice(from, i)
    }
    rows.at(-1).push(cell)
    if (i >= end) break
    if (text[i] !== '\t') { rows.push([]); if (text[i] === '\r' && text[i + 1] === '\n') i++ }
    i++
  }
  return rows
}

// quoted says whether the cell that begins with a quote at i also ends with one; if not, the quote is a part of the text.
function quoted(text, i, end) {
  for (i++; i < end; i++) {
    if (text[i] !== '"') continue
    if (text[i + 1] === '"' && i + 1 < end) { i++; continue }
    return i + 1 >= end || '\t\r\n'.includes(text[i + 1])
  }
  return false
}
