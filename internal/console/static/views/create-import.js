// An import under way: how far it is, what became of the rows, and which were refused.
import { h, put, id } from '../dom.js'
import { words, number, percent, duration } from '../words.js'
import { button, confirm, labelledCell, link, problem, save } from '../ui.js'
import { Sending } from '../files/send.js'
import { bareName } from '../files/reader.js'
import { brief } from '../grid/values.js'
import * as own from '../words/create.js'

const t = words(own)

export function importing({ api, go, signal, hold, reader, columns, rows, table, again, into, mode, key }) {
  const sending = new Sending({ api, table: table.id, reader, columns, rows, mode, key, signal, onchange: () => soon() })
  const title = h('h2', { id: id('import') })
  const bar = h('progress', { max: rows, value: 0, 'aria-label': t('progress') }), text = h('p', { class: 'sofar' })
  const tiles = ['created', 'updated', 'unchanged', 'refused'].filter(what => mode === 'upsert' || (what !== 'updated' && what !== 'unchanged'))
  const counts = Object.fromEntries(tiles.map(what => [what, h('dd', {}, '0')]))
  const tally = h('dl', { class: 'tally', 'aria-label': t('counts') }, tiles.map(what => h('div', { class: 'of-' + what }, h('dt', {}, t('count.' + what)), counts[what])))
  const heads = [t('row'), t('field'), t('reason')]
  const body = h('tbody', {}), refused = h('div', { class: 'stack', hidden: true }), bound = h('p', { class: 'hint' })
  const actions = h('div', { class: 'row' }), state = h('div', { role: 'status' }), wrong = h('div', {})
  const stop = button({ label: t('stop'), on: () => sending.stop() }), resume = button({ label: t('resume'), kind: 'primary', icon: 'play', on: () => sending.run() })
  const retry = button({ label: t('retry'), kind: 'primary', icon: 'refresh', on: () => sending.run() })
  const file = `${bareName(reader.name)}.rejected.csv`
  const repair = button({ label: t('repair'), icon: 'download', on: () => save(file, sending.repair(), 'text/csv') })
  const open = link({ label: t('open.table', { name: table.name }), icon: 'table', kind: 'primary', href: '#/tables/' + encodeURIComponent(table.id) })
  const mended = link({ label: t('import.mended'), icon: 'upload', href: '#/create?table=' + encodeURIComponent(table.id) })
  put(refused, h('h3', {}, t('refused.rows')), h('div', { class: 'scroll tall', tabIndex: 0, role: 'region', 'aria-label': t('refused.rows') }, h('table', { class: 'list lines' }, h('caption', { class: 'unseen' }, t('refused.rows')),
    h('thead', {}, h('tr', {}, heads.map((s, i) => h('th', { scope: 'col', class: i ? '' : 'number' }, s)))), body)), bound)
  put(into, h('section', { class: 'card stack', 'aria-labelledby': title.id }, title, h('div', { class: 'bar' }, bar), text, tally, state, wrong, actions, refused))

  let drawn = 0, pending = false, was = ''
  function soon() {
    if (pending) return
    pending = true
    requestAnimationFrame(() => { pending = false; draw() })
  }

  function draw() {
    const c = sending.counts, done = c.answered
    bar.value = done
    const rate = sending.took > 0 ? done / (sending.took / 1000) : 0
    text.textContent = t('sofar', { n: done, all: rows, share: percent(rows ? done / rows : 1) }) +
      (rate && sending.state !== 'done' ? t('sofar.rate', { rate: Math.round(rate), left: duration(((rows - done) / rate) * 1000) }) : '')
    bar.setAttribute('aria-valuetext', text.textContent)
    for (const what of tiles) counts[what].textContent = number(c[what])
    refused.hidden = !c.refused
    for (; drawn < sending.refused.length; drawn++) {
      const r = sending.refused[drawn]
      body.append(h('tr', {}, labelledCell(heads[0], number(r.row), 'number'), labelledCell(heads[1], r.field ? h('code', {}, r.field) : ''), labelledCell(heads[2], [r.reason, r.value && !r.reason.includes(r.value) && [' ', h('code', {}, brief(r.value))]], 'why')))
    }
    bound.textContent = t('refused.all', { n: c.refused, shown: drawn, file })
    if (sending.state === was) return
    was = sending.state
    title.textContent = t('import.' + was, { name: table.name })
    open.classList.toggle('primary', was === 'done')
    put(actions, ...{
      running: [stop], stopping: [],
      stopped: [resume, c.refused > 0 && repair, open],
      failed: [retry, c.refused > 0 && repair, open],
      done: [open, c.refused > 0 && repair, c.refused > 0 && mended, button({ label: t('another'), on: again })],
    }[was].filter(Boolean))
    put(wrong, was === 'failed' && problem(sending.error, h('p', {}, t(sending.error.status >= 400 && sending.error.status < 500 ? 'failed.refused' : 'failed.unknown', { n: sending.unanswered }))))
    put(state, was === 'done' && h('p', { class: c.refused ? 'unsure' : 'done' }, summary(c)), was === 'stopped' && h('p', {}, t('stopped.at', { n: done, left: rows - done })))
    if (was === 'done') (c.refused ? repair : open).focus()
  }

  const summary = c => [t('sum.created', { n: c.created }), mode === 'upsert' && t('sum.updated', { n: c.updated }), mode === 'upsert' && t('sum.unchanged', { n: c.unchanged }), t('sum.refused', { n: c.refused }), t('sum.took', { time: duration(sending.took) })].filter(Boolean).join(t('sum.join'))

  const busy = () => sending.state !== 'done' && sending.counts.answered < rows
  hold(busy, then => confirm({ title: t('leave.title'), text: t('leave.text', { n: sending.counts.answered, all: rows }), label: t('leave.go'), work: async () => then() }))
  sending.run() // it is running from here on
  draw()
  stop.focus() // which brings it into view
}
