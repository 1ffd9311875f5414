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

const unseen = /[\u0000-\u001f\u007f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/, eachUnseen = new RegExp('\r\n|' + unseen.source, 'g')

// brief is what a cell shows of a text: one line, and no more than fits. Characters that are not seen, or that would have others be read
// the other way round, are shown by a sign or their number.
export function brief(text) {
  const cut = text.length > most ? text.slice(0, most).replace(/[\ud800-\udbff]$/, '') + '…' : text
  return unseen.test(cut) ? cut.replace(eachUnseen, sign) : cut
}

const sign = c => ({ '\r\n': ' ↵ ', '\n': ' ↵ ', '\r': ' ↵ ', '\t': ' ⇥ ' }[c] ?? '‹U+' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0') + '›')

// signed is a whole text with signs in place of such characters, but with its lines and tabs as they are.
export const signed = text => text.replace(eachUnseen, c => (/[\t\r\n]/.test(c) ? c : sign(c)))

export const isCut = text => text.length > most

let ruler
// width is how many pixels a text takes in a cell.
export function width(text) {
  if (!ruler) {
    ruler = document.createElement('canvas').getContext('2d')
    ruler.font = getComputedStyle(document.body).font
  }
  return ruler.measureText(brief(text.slice(0, 80))).width
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
