// What was done with the agent's tables: imports with what became of their rows, and questions.
import { h, put } from '../dom.js'
import { words, time, number } from '../words.js'
import { heading, tabs, button, select, list, badge, waiting, failed, problem, dialog, busy, save, labelled } from '../ui.js'
import { imports, questions, outcome, at, zoned } from '../log.js'
import * as own from '../words/activity.js'

const t = words(own)
const part = 200 // rows of an import that are shown at once

export async function open(root, { api, session, query, signal }) {
  const live = !session.key.rpm || session.key.rpm >= 60 // a key of few requests keeps them for its program
  put(root, heading(t('title'), t('lead')), tabs(t('title'), [
    { id: 'imports', label: t('imports'), panel: () => imports({ load: before => api.importTasks({ limit: 100, before }), open: task => results(api, task, signal), own: true, live, signal }) },
    { id: 'questions', label: t('questions'), panel: () => questions({ load: limit => api.queries({ limit }), ask: true, mine: session.key.id, live, signal }) },
  ], query.get('tab') === 'questions' ? 'questions' : 'imports', tab => history.replaceState(null, '', '#/activity?tab=' + tab)))
}

// results shows what became of an import's rows.
function results(api, task, signal) {
  const body = h('div', { class: 'stack results' }, waiting())
  dialog({ title: t('of', { table: task.table_name ?? t('dropped') }), wide: true, body })
  const load = async () => {
    try {
      const [result] = read(await api.text('GET', `/gptbots/v1/database/query/import-results?rows=1&ids=${task.task_id}`))
      put(body, result ? shown(api, task, result) : h('p', {}, t('gone')))
    } catch (err) {
      if (!signal.aborted) put(body, failed(err, load))
    }
  }
  load()
}

// read reads results; a value that was sent keeps its digits, where the browser tells them.
const read = text => JSON.parse(text, (name, v, context) => (name === 'value' && typeof v === 'number' ? context?.source ?? v : v))

function shown(api, task, result) {
  const facts = [['total_count', t('rows')], ['created_count', t('created')], ['updated_count', t('updated')], ['unchanged_count', t('unchanged')],
    ...(result.rows ? [] : [['success_count', t('written')]]), ['fail_count', t('fail_count')], ['skipped_count', t('skipped_count')]]
  return [
    h('dl', { class: 'facts' }, h('div', {}, h('dt', {}, t('status')), h('dd', {}, outcome(result.status, result.fail_count))),
      h('div', {}, h('dt', {}, t('time')), h('dd', {}, at(task.created_at))),
      facts.filter(([name]) => Number.isInteger(result[name])).map(([name, label]) => h('div', {}, h('dt', {}, label), h('dd', {}, number(result[name]))))),
    result.rows ? rowByRow(result) : reasons(result),
    result.rows && result.fail_count > 0 && repair(api, task),
    zoned(), h('p', { class: 'hint mono' }, task.task_id),
  ]
}

const tones = { created: 'good', updated: 'good', unchanged: '', failed: 'bad', skipped: 'warn' }

// rowByRow lists the rows of a receipt.
function rowByRow(result) {
  const columns = [
    { label: t('row'), kind: 'number', cell: r => number(r.row) },
    { label: t('status'), cell: r => badge(t(r.status), tones[r.status]) },
    { label: t('record'), cell: r => (r.record_id === null ? h('span', { class: 'null' }, t('none')) : h('span', { class: 'mono' }, r.record_id)) },
    { label: t('reason'), cell: r => (r.errors ?? []).map(e => h('p', {}, e.reason, ' ', sent(e))) },
  ]
  const place = h('div', { class: 'stack' })
  const which = select([['wrong', t('wrong')], ['all', t('all.rows')]], result.fail_count ? 'wrong' : 'all', { on: { change: () => { upTo = part; draw() } } })
  let upTo = part
  function draw() {
    const rows = result.rows.filter(r => which.value === 'all' || r.status === 'failed' || r.status === 'skipped')
    put(place, rows.length ? list(t('rows'), columns, rows.slice(0, upTo)) : h('p', { class: 'hint' }, t('all.well')),
      rows.length > upTo && h('div', { class: 'row' }, button({ label: t('more'), on: () => { upTo += part; draw() } }), h('span', { class: 'hint' }, t('of.all', { n: upTo, all: rows.length }))))
  }
  draw()
  return [labelled(t('which'), which), place]
}

function sent(e) {
  if (e.value === null) return h('span', { class: 'null' }, t('no.value'))
  return h('code', { class: 'sent' }, typeof e.value === 'string' ? e.value : JSON.stringify(e.value))
}

// reasons lists why rows were not added, of an import that asked for no receipt.
function reasons(result) {
  if (!result.fail_detail.length) return h('p', { class: 'hint' }, t('no.receipt'))
  return [list(t('reasons'), [
    { label: t('row'), kind: 'number', cell: d => (d.row !== null ? number(d.row) : d.row_number_start ? number(d.row_number_start) : t('all.rows')) },
    { label: t('reason'), cell: d => d.fail_reason },
  ], result.fail_detail), h('p', { class: 'hint' }, t('no.receipt'))]
}

// repair offers the rows that are not in the table as a file to mend and import again.
function repair(api, task) {
  const place = h('div', {})
  const offer = (format, type) => {
    const b = button({ label: t('repair.' + format), icon: 'download', on: () => busy(b, async () => {
      try {
        save(`repair-${task.task_id}.${format}`, [await api.repairFile(task.task_id, format)], type)
        put(place)
      } catch (err) { put(place, problem(err)) }
    }) })
    return b
  }
  return h('section', { class: 'stack' }, h('h3', {}, t('repair')), h('p', { class: 'hint' }, t('repair.text')), h('div', { class: 'row' }, offer('csv', 'text/csv'), offer('jsonl', 'application/x-ndjson')), place)
}
