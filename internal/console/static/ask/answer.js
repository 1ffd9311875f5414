// What a question brought: rows, what was cut, what the server notes, a chart; or why it failed, with what can be done about it.
import { h, put } from '../dom.js'
import { duration } from '../words.js'
import { button, icon, problem, copy, say } from '../ui.js'
import { Refusal } from '../api.js'
import { grid } from '../grid.js'
import { whole, toTSV } from '../grid/values.js'
import { exportDialog } from '../export.js'
import { hints } from './hints.js'
import { chart } from './chart.js'

// result shows an answer. more(n) asks the same again for that many rows.
export function result({ answer, question, t, more, act, signal }) {
  const rows = t('answer.rows', { n: answer.row_count })
  const summary = h('p', { role: 'status', class: 'summary' }, h('strong', {}, rows), ' ', h('span', { class: 'hint' }, t('answer.time', { time: duration(answer.elapsed_ms) })))
  const drawn = h('div', { class: 'drawn' })
  const draw = button({ label: t('chart.show'), icon: 'chart', 'aria-pressed': 'false', on: () => {
    const on = draw.getAttribute('aria-pressed') !== 'true'
    draw.setAttribute('aria-pressed', String(on))
    put(drawn, on && chart({ answer, t, signal }).element)
  } })
  const some = answer.rows.length > 0
  return h('div', { class: 'stack' },
    h('div', { class: 'row answer-head' }, h('div', { class: 'grow' }, summary), some && h('div', { class: 'row' }, draw, button({ label: t('copy.rows'), icon: 'copy', on: async () => { await copy(toTSV([answer.columns.map(c => c.name), ...answer.rows.map(r => r.map((v, i) => whole(v, answer.columns[i].type)))])); say(t('copied.rows', { n: answer.row_count })) } }), button({ label: t('export'), icon: 'download', on: () => exportDialog({ columns: answer.columns, rows: answer.rows, name: 'answer', signal }) }))),
    answer.truncated && cut(answer, question, t, more),
    (answer.notes ?? []).map(n => h('div', { class: 'remark', role: 'note' }, icon('warn'), h('div', {}, h('strong', {}, t('note')), h('p', { class: 'reason' }, pieces(n, question.sql, t, act))))),
    drawn,
    some ? table(answer, t) : h('div', { class: 'empty' }, h('h2', {}, t('answer.none')), h('p', {}, t('answer.none.text', { columns: answer.columns.map(c => c.name).join(', ') }))))
}

// cut says that rows are missing, with the server's own words. It stands before the rows, so that nobody takes them for all.
function cut(answer, question, t, more) {
  const byRows = (answer.note ?? '').includes('max_rows') && question.maxRows < 10_000
  return h('div', { class: 'remark loud', role: 'alert' }, icon('warn'), h('div', {}, h('strong', {}, t('answer.cut')), h('p', { class: 'reason' }, answer.note ?? ''),
    byRows && h('div', { class: 'row' }, button({ label: t('answer.more', { n: 10_000 }), on: () => more(10_000) }))))
}

function table(answer, t) {
  return grid({ label: t('answer'), columns: answer.columns, count: answer.rows.length, fixed: () => t('answer.fixed'), rows: async (from, to) => answer.rows.slice(from, to) }).element
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

