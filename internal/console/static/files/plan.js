// How the rows of a file are sent: the rules of internal/datafile (plan.go), and how many values of a column a type would not take.
import * as k from './classify.js'
import { trim } from './classify.js'
import { dateTime } from './dates.js'

// A reading is a type with what tells how its values are written: the choices for a column.
export const readings = ['TEXT', 'INT', 'FLOAT', 'FLOAT comma', 'DATETIME', 'DATETIME dmy', 'DATETIME mdy', 'BOOLEAN']

export const readingOf = c => c.type + (c.type === 'FLOAT' && c.comma ? ' comma' : c.type === 'DATETIME' && c.order ? ' ' + c.order : '')

export function setReading(c, reading) {
  const [type, more = ''] = reading.split(' ')
  Object.assign(c, { type, comma: more === 'comma', order: type === 'DATETIME' ? more : '' })
}

// valueOf writes one cell as JSON. Numbers have the digits that the file has, with a decimal point; dates are YYYY-MM-DD hh:mm:ss. A value that
// its field's type cannot be read from goes as it is written, so that the server says what is wrong.
export function valueOf(c, cell) {
  if (cell == null) return 'null'
  if (cell === true || cell === false) return c.type === 'TEXT' ? `"${cell}"` : String(cell)
  if (typeof cell === 'object') {
    if (cell.n !== undefined) return c.type === 'TEXT' || c.type === 'DATETIME' ? `"${cell.n}"` : cell.n
    cell = cell.q ?? cell.j
  }
  if (c.type === 'TEXT') return JSON.stringify(cell)
  let s = trim(cell)
  if (c.type === 'INT' || c.type === 'FLOAT') {
    if (c.comma && !s.includes('.') && s.indexOf(',') >= 0 && s.indexOf(',') === s.lastIndexOf(',')) s = s.replace(',', '.')
    const n = plainNumber(s)
    if (n !== null) return n
  } else if (c.type === 'BOOLEAN') {
    if (/^true$/i.test(s)) return 'true'
    if (/^false$/i.test(s)) return 'false'
  } else if (c.type === 'DATETIME') {
    const t = dateTime(s, c.order)
    if (t) return `"${t}"`
  }
  return JSON.stringify(cell)
}

const numberForm = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

// plainNumber writes a decimal number as JSON does, with a digit on either side of the point. A number with leading zeros is none.
function plainNumber(s) {
  if (numberForm.test(s)) return s
  s = s.replace(/^(-?)\./, '$10.').replace(/\.(?=$|[eE])/, '.0')
  return numberForm.test(s) ? s : null
}

// rowOf writes a row as the JSON object that is sent. Columns without a name are left out, and those that the row does not mention.
export function rowOf(columns, cells) {
  let out = ''
  for (let i = 0; i < columns.length; i++) {
    if (cells[i] === undefined || !columns[i].name) continue
    out += (out ? ',"' : '"') + columns[i].name + '":' + valueOf(columns[i], cells[i])
  }
  return '{' + out + '}'
}

// misfits says how many values of a column a reading would not take (refused), and how many it would not keep as they are written (changed),
// each as {n, first: {row, text}}.
export function misfits(c, reading) {
  const f = c.facts, [type, more] = reading.split(' '), refused = [], changed = []
  const of = (list, ...classes) => { for (const i of classes) if (f.count[i]) list.push({ n: f.count[i], first: f.first[i] }) }
  const odd = (list, ...names) => { for (const name of names) if (f.odd[name]) list.push(f.odd[name]) }
  const dates = [k.ISO, k.FRACTION, k.ORDERED, k.MONTH]
  switch (type) {
    case 'INT':
      of(refused, k.OTHER, k.JSONS, k.BOOL, k.EITHER, k.COMMA, ...dates)
      odd(refused, 'wide', 'part', 'textBool')
      of(changed, k.CODE, k.ZEROS)
      break
    case 'FLOAT':
      of(refused, k.OTHER, k.JSONS, k.BOOL, ...dates)
      if (more !== 'comma') { of(refused, k.EITHER, k.COMMA); odd(refused, 'commas') }
      odd(refused, 'textBool')
      of(changed, k.CODE, k.ZEROS, k.PRECISE, k.HUGE, k.LONG)
      break
    case 'DATETIME':
      of(refused, k.OTHER, k.JSONS, k.BOOL, k.INT, k.HUGE, k.FLOAT, k.COMMA, k.EITHER, k.LONG, k.ZEROS, k.PRECISE, k.CODE, k.TEXTS)
      if (more === 'dmy') odd(refused, 'notDay')
      else if (more === 'mdy') odd(refused, 'notMonth')
      else of(refused, k.ORDERED)
      of(changed, k.FRACTION)
      odd(changed, 'shifted')
      break
    case 'BOOLEAN':
      of(refused, k.OTHER, k.JSONS, k.HUGE, k.FLOAT, k.COMMA, k.EITHER, k.LONG, k.ZEROS, k.PRECISE, k.CODE, ...dates)
      odd(refused, 'notBool', 'textNumber')
  }
  const sum = list => ({ n: list.reduce((n, o) => n + o.n, 0), first: list.find(o => o.n)?.first ?? null })
  return { refused: sum(refused), changed: sum(changed) }
}
