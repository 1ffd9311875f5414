// What a question brought: rows, what was cut, what the server notes, a chart; or why it failed, with what can be done about it.
import { h, put } from '../dom.js'
import { duration } from '../words.js'
import { button, icon, dialog, problem, menu, copy, say, badge, code } from '../ui.js'
import { Refusal } from '../api.js'
import { hints } from './hints.js'
import { chart } from './chart.js'

const longest = 200 // characters of a value that a cell shows
const firstRows = 200

// shown is a value of an answer as a text; null and true are words of SQL, and a number has the digits that came.
export const shown = v => (v === null ? 'NULL' : typeof v === 'boolean' ? String(v).toUpperCase() : String(v))

// result shows an answer. more(n) asks the same again for that many rows.
export function result({ answer, question, t, more, act, signal }) {
  const rows = t('answer.rows', { n: answer.row_count })
  const summary = h('p', { role: 'status', class: 'summary' }, h('strong', {}, rows), ' ', h('span', { class: 'hint' }, t('answer.time', { time: duration(answer.elapsed_ms) })), answer.truncated && [' ', badge(t('answer.cut.badge'), 'warn')])
  const drawn = h('div', { class: 'drawn' })
  const draw = button({ label: t('chart.show'), icon: 'chart', 'aria-pressed': 'false', on: () => {
    const on = draw.getAttribute('aria-pressed') !== 'true'
    draw.setAttribute('aria-pressed', String(on))
    put(drawn, on && chart({ answer, t, shown, signal }).element)
  } })
  const some = answer.rows.length > 0
  return h('div', { class: 'stack' },
    h('div', { class: 'row answer-head' }, h('div', { class: 'grow' }, summary), some && draw, some && button({ label: t('copy.rows'), icon: 'copy', on: async () => { await copy(tsv(answer)); say(t('copied.rows', { n: answer.row_count })) } }), some && exports(answer, t)),
    answer.truncated && cut(answer, question, t, more),
    (answer.notes ?? []).map(n => h('div', { class: 'remark', role: 'note' }, icon('warn'), h('div', {}, h('strong', {}, t('note')), h('p', { class: 'reason' }, pieces(n, question.sql, t, act))))),
    drawn,
    some ? table(answer, t) : h('div', { class: 'empty' }, h('h2', {}, t('answer.none')), h('p', {}, t('answer.none.text', { columns: answer.columns.map(c => c.name).join(', ') }))))
}

// cut says that rows are missing. It stands before the rows, so that nobody takes them for all.
function cut(answer, question, t, more) {
  const byRows = (answer.note ?? '').includes('max_rows') && question.maxRows < 10_000
  return h('div', { class: 'remark loud', role: 'alert' }, icon('warn'), h('div', {}, h('strong', {}, t('answer.cut', { n: answer.row_count })), h('p', { class: 'reason' }, answer.note ?? ''),
    byRows && h('div', { class: 'row' }, button({ label: t('answer.more', { n: 10_000 }), on: () => more(10_000) }))))
}

function exports(answer, t) {
  const to = format => ({ label: t('export.' + format), on: async () => {
    const { exportRows } = await import('../export.js')
    try { await exportRows({ name: 'answer', columns: answer.columns, rows: answer.rows, format }) } catch (err) { say(err.message, 'bad') }
  } })
  return menu({ label: t('export'), icon: 'download', bare: false, kind: '', items: ['csv', 'tsv', 'json', 'jsonl'].map(to) })
}

// tsv is what spreadsheets paste: a cell with a tab, a line break or a quote stands in quotes, and null is an empty cell.
function tsv(answer) {
  const cell = v => (v === null ? '' : /["\t\r\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : typeof v === 'boolean' ? shown(v) : String(v))
  return [answer.columns.map(c => cell(c.name)), ...answer.rows.map(r => r.map(cell))].map(r => r.join('\t')).join('\n') + '\n'
}

function table(answer, t) {
  const numeric = c => c.type === 'INT' || c.type === 'FLOAT'
  const few = answer.rows.slice(0, firstRows)
  return h('div', { class: 'stack' },
    h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': t('answer') }, h('table', { class: 'list' }, h('caption', { class: 'unseen' }, t('answer')),
      h('thead', {}, h('tr', {}, answer.columns.map(c => h('th', { scope: 'col', class: numeric(c) ? 'number' : '' }, c.name, ' ', h('span', { class: 'type' }, c.type ?? ''))))),
      h('tbody', {}, few.map(r => h('tr', {}, r.map((v, i) => h('td', { class: numeric(answer.columns[i]) ? 'number' : '' }, cell(v, answer.columns[i], t)))))))),
    few.length < answer.rows.length && h('p', { class: 'hint' }, t('answer.first', { n: few.length })))
}

function cell(v, column, t) {
  if (v === null) return h('span', { class: 'null' }, 'NULL')
  if (v === '') return h('span', { class: 'hint' }, t('empty.text'))
  const text = shown(v)
  if (text.length <= longest) return text
  return [text.slice(0, longest), '… ', h('button', { type: 'button', class: 'name', on: { click: () => dialog({ title: column.name, wide: true, body: code(text) }) } }, t('whole', { n: text.length }))]
}

// failure shows why a question was not answered.
export function failure({ err, question, t, act }) {
  if (!(err instanceof Refusal) || err.status !== 400) return problem(err)
  return h('div', { class: 'problem', role: 'alert' }, icon('warn'), h('div', {}, h('strong', {}, t('failure')), h('p', { class: 'reason' }, pieces(err.message, question.sql, t, act))))
}

// pieces shows a message whose names and places are buttons.
const pieces = (message, sql, t, act) => hints(message, sql).map(p => (p.act ? h('button', {
  type: 'button', class: `name ${p.act.do}`, title: t('act.' + p.act.do, { by: p.act.by ?? p.act.text ?? '', wrong: p.act.wrong ?? p.act.name ?? '' }), on: { click: () => act(p.act) },
}, p.text) : p.text))

