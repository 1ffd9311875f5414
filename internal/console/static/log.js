// What was done with an agent's tables: its imports and its questions, as the agent's own view and the administrator's show them.
import { h, put, styles } from './dom.js'
import { words, time, minute, ago, bytes, duration, number, exactly, zone } from './words.js'
import { button, link, input, check, list, badge, empty, waiting, failed, problem, dialog, code, busy } from './ui.js'
import { batches } from './batches.js'
import * as own from './words/log.js'

const t = words(own)
const every = 10_000 // milliseconds between two looks at what is seen
const longest = 240 // characters of a question that a row shows
const kept = 4096 // bytes of a question that the log keeps

const moment = (ms, ...shown) => h('time', { class: 'when', dateTime: new Date(ms).toISOString(), title: exactly(ms) }, shown)

// at shows a moment in the reader's time zone. A view that has such says by zoned() which zone it is.
export const at = ms => moment(ms, time(ms))

// when shows a moment in a list to the minute, and on its second line how long ago it was.
export const when = ms => moment(ms, minute(ms), h('span', { class: 'hint' }, ago(ms)))

// zoned says whose time zone the times of a view are in.
export const zoned = () => h('p', { class: 'hint' }, t('zone', { zone: zone() }))

// feed shows a list with the tools above it. load(quiet) brings state up to date, draw makes the list of it; seen by nobody it is left as it is.
// With `live` it is loaded again every ten seconds, without a word to screen readers. The focus stays on the control that had it.
function feed({ load, draw, tools, live, signal }) {
  const shown = h('div', { class: 'stack' }, waiting())
  const el = h('div', { class: 'stack feed' }, h('div', { class: 'row feed-tools' }, tools, refresh()), shown, zoned())
  function redraw() {
    const at = shown.contains(document.activeElement) ? document.activeElement.dataset.at : null
    put(shown, draw())
    if (at) shown.querySelector(`[data-at="${CSS.escape(at)}"]`)?.focus({ preventScroll: true })
  }
  async function look(quiet) {
    try {
      const [other] = await Promise.all([load(quiet), styles('views/log.css')])
      if (other || !quiet) redraw()
    } catch (err) {
      if (!signal.aborted && !quiet) put(shown, failed(err, () => look(false)))
    }
  }
  function refresh() {
    const b = button({ label: t('refresh'), icon: 'refresh', on: () => busy(b, () => look(false)) })
    return b
  }
  function later() {
    setTimeout(async () => {
      if (signal.aborted || !el.isConnected) return
      if (!document.hidden) await look(true)
      later()
    }, every)
  }
  look(false)
  if (live) later()
  return { el, redraw, look }
}

const known = (a, b) => JSON.stringify(a) === JSON.stringify(b)

const mostParts = 10 // that are loaded at once, of an import that goes on beyond a part

// imports lists imports: tasks, those of one import in one line that opens to its requests. load(before) gives a part of the tasks as {tasks, more}; open(task)
// shows one, where that is given.
export function imports({ load, open, live = true, own: links = false, signal }) {
  let tasks = [], more = false
  const opened = new Set() // ids of the latest requests of imports whose requests are shown, as they were when they were opened
  const shows = b => b.tasks.some(r => opened.has(r.task_id))
  const name = r => r.table_name ?? t('dropped')
  const columns = [
    { label: t('time'), cell: r => (r.within ? h('div', { class: 'within' }, when(r.created_at)) : when(r.created_at)) },
    { label: t('table'), cell: r => [r.table_name === null ? h('span', { class: 'null' }, t('dropped')) : links ? h('a', { href: '#/tables/' + r.table_id }, r.table_name) : r.table_name,
      r.tasks && h('div', { class: 'hint' }, t(r.open ? 'requests.open' : 'requests', { n: r.tasks.length, time: duration(r.took) }))] },
    { label: t('rows'), kind: 'number', cell: r => number(r.total_count) },
    { label: t('written'), kind: 'number', cell: r => number(r.success_count) },
    { label: t('refused.rows'), kind: 'number', cell: r => number(r.failed_count) },
    { label: t('status'), cell: r => outcome(r.status, r.failed_count) },
  ]
  const details = { label: t('details'), cell: r => (r.tasks ? opener(r) : open && button({ label: t('details.of', { time: time(r.created_at), table: name(r) }), icon: 'next', bare: true, kind: 'quiet', 'data-at': r.task_id, on: () => open(r) })) }
  const opener = b => button({
    label: t('requests.of', { time: time(b.created_at), table: name(b) }), icon: shows(b) ? 'up' : 'down', bare: true, kind: 'quiet', 'aria-expanded': String(shows(b)), 'data-at': 'of ' + b.tasks.at(-1).task_id,
    on: () => {
      if (shows(b)) for (const r of b.tasks) opened.delete(r.task_id)
      else opened.add(b.tasks[0].task_id)
      part.redraw()
    },
  })
  const part = feed({ live, signal, tools: h('p', { class: 'hint grow' }, t('imports.hint')),
    async load() {
      const first = await load()
      const oldest = first.tasks.at(-1)?.task_id
      const met = !first.more || tasks.some(r => r.task_id >= oldest) // else there is a gap behind the first part
      const behind = met && first.more ? tasks.filter(r => r.task_id < oldest) : []
      const next = [...first.tasks, ...behind]
      const same = known(next, tasks)
      tasks = next
      if (!behind.length) {
        more = first.more
        await reach()
      }
      return !same
    },
    draw() {
      if (!tasks.length) return empty(t('imports.none'), t('imports.none.text'))
      const all = batches(tasks, more), many = all.some(b => b.tasks.length > 1)
      const rows = all.flatMap(b => (b.tasks.length === 1 ? b.tasks : [b, ...(shows(b) ? b.tasks.map(r => ({ ...r, within: true })) : [])]))
      return [list(t('imports'), open || many ? [...columns, details] : columns, rows), more && moreButton()]
    },
  })
  async function loadMore() {
    const next = await load(tasks.at(-1).task_id)
    tasks = [...tasks, ...next.tasks]
    more = next.more
  }
  // reach loads what is behind an import that is not all there, so that its sums are whole.
  async function reach() {
    for (let n = 1; n < mostParts && live && more && batches(tasks, more).some(b => b.open && b.tasks.length > 1); n++) await loadMore()
  }
  function moreButton() {
    const b = button({ label: t('more'), 'data-at': 'more', on: () => busy(b, async () => {
      try {
        await loadMore()
        await reach()
        part.redraw()
      } catch (err) { if (!signal.aborted) b.before(problem(err)) }
    }) })
    return h('div', { class: 'row' }, b)
  }
  return part.el
}

// outcome says how an import ended.
export function outcome(status, failed) {
  if (status !== 'AVAILABLE') return badge(t('status.none'), 'bad')
  return failed ? badge(t('status.part'), 'warn') : badge(t('status.all'), 'good')
}

// asker is the program that asked, by its own word; that of a browser is long and says little.
const asker = name => (name.startsWith('Mozilla/') ? h('span', { title: name }, t('browser')) : h('span', {}, name || t('nameless')))

// questions lists what was asked in SQL. load(limit) gives the latest as {queries}; ask says that there is a view to ask them again in, mine is
// the id of the reader's own key.
export function questions({ load, ask = false, mine, live = true, signal }) {
  let all = [], limit = 100
  const text = input({ type: 'search', 'aria-label': t('filter'), placeholder: t('filter'), on: { input: () => part.redraw() } })
  const refused = check(t('only.refused'), false, () => part.redraw())
  const count = h('span', { class: 'hint grow', role: 'status' })
  const columns = [
    { label: t('time'), cell: q => when(q.at) },
    { label: t('who'), cell: q => h('div', { class: 'asker' }, asker(q.client), h('span', { class: 'hint mono' }, q.key_id === mine ? t('your.key') : q.key_id)) },
    { label: t('question'), cell: q => question(q, ask) },
    { label: t('rows'), kind: 'number', cell: q => (q.refused === null ? number(q.row_count) : '–') },
    { label: t('size'), kind: 'number', cell: q => (q.refused === null ? bytes(q.byte_count) : '–') },
    { label: t('took'), kind: 'number', cell: q => duration(q.elapsed_ms) },
  ]
  const part = feed({ live, signal, tools: [text, refused, count],
    async load() {
      const { queries } = await load(limit)
      const same = known(queries, all)
      all = queries
      return !same
    },
    draw() {
      const wanted = text.value.toLowerCase()
      const some = all.filter(q => (!refused.box.checked || q.refused !== null) && (!wanted || [q.sql, q.client, q.key_id, q.refused].some(s => s?.toLowerCase().includes(wanted))))
      put(count, all.length ? t('counted', { n: some.length, all: all.length }) : '')
      if (!all.length) return empty(t('questions.none'), t('questions.none.text'))
      return [some.length ? list(t('questions'), columns, some) : empty(t('nothing.fits'), t('nothing.fits.text')), all.length === limit && limit < 1000 && moreButton()]
    },
  })
  function moreButton() {
    const b = button({ label: t('more'), 'data-at': 'more', on: () => busy(b, () => { limit = 1000; return part.look(false) }) })
    return h('div', { class: 'row' }, b)
  }
  return part.el
}

function question(q, ask) {
  const whole = new TextEncoder().encode(q.sql).length < kept - 4 // else its end may be missing, and asked again it would be another
  ask &&= whole
  const long = q.sql.length > longest || q.sql.split('\n').length > 4
  return h('div', { class: 'question' }, h('code', {}, cut(q.sql)),
    q.refused !== null && h('p', { class: 'refusal' }, badge(t('refused'), 'bad'), ' ', q.refused),
    (long || ask) && h('div', { class: 'row' },
      long && button({ label: t('whole'), kind: 'quiet', 'data-at': q.id + ' whole', on: () => dialog({ title: t('question'), wide: true, body: [code(q.sql), !whole && h('p', { class: 'hint' }, t('cut'))] }) }),
      ask && link({ label: t('ask.again'), icon: 'ask', kind: 'quiet', href: '#/ask?' + new URLSearchParams({ sql: q.sql }), 'data-at': q.id + ' ask' })))
}

// cut cuts a text without breaking a character.
function cut(text) {
  const head = text.split('\n').slice(0, 4).join('\n')
  const points = Array.from(head.slice(0, longest + 1))
  return points.length > longest ? points.slice(0, longest).join('') + '…' : head.length < text.length ? head + '…' : head
}
