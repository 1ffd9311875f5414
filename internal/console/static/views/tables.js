// All tables of an agent.
import { h, part, put, styles } from '../dom.js'
import { words, number } from '../words.js'
import { may } from '../session.js'
import { heading, attempt, button, input, link, list, menu, empty } from '../ui.js'
import * as texts from '../words/tables.js'

const t = words(texts)
const definition = () => part(() => import('./table/definition.js'))
const most = 200 // lines that are shown at once

export async function open(root, { api, session, query, signal, hold }) {
  await styles('views/table.css')
  const canDefine = may(session, 'schema'), place = h('div', { class: 'stack' })
  let all = [], shown = most
  const told = h('p', { class: 'hint', role: 'status' })
  const search = input({ type: 'search', class: 'tables-search', value: query.get('q') ?? '', placeholder: t('search'), 'aria-label': t('search'), on: { input: () => {
    const q = search.value
    history.replaceState(null, '', '#/tables' + (q ? '?' + new URLSearchParams({ q }) : ''))
    shown = most
    draw()
  } } })
  const read = async () => {
    all = (await api.tables()).tables
    draw()
  }
  const define = async table => (await definition()).changeTable(api, (await api.records({ table_id: table.table_id, page_size: 1 })).table_info, read, hold)
  const draw = () => {
    if (signal.aborted) return
    if (!all.length) return put(place, canDefine ? empty(t('empty.title'), t('empty.text'), link({ label: t('create'), icon: 'plus', kind: 'primary', href: '#/create' }), link({ label: t('connect'), icon: 'plug', href: '#/connect' }))
      : empty(t('empty.title'), t('empty.readonly'), link({ label: t('connect'), icon: 'plug', href: '#/connect' })))
    const q = search.value.trim().toLowerCase()
    const found = q ? all.filter(x => x.name.toLowerCase().includes(q) || x.description.toLowerCase().includes(q)) : all
    put(told, q ? t('found', { n: found.length, of: all.length }) : t('count', { n: all.length }))
    const part = found.slice(0, shown)
    const bar = search.isConnected ? place.firstChild : h('div', { class: 'row' }, search, told)
    const rest = [
      found.length ? list(t('title'), [
        { label: t('name'), cell: x => h('div', {}, h('a', { class: 'tables-name', href: '#/tables/' + encodeURIComponent(x.table_id) }, x.name), h('div', { class: 'hint' }, x.description)) },
        { label: t('records'), kind: 'number', cell: x => number(x.record_count) }, { label: t('fields'), kind: 'number', cell: x => number(x.field_number) },
        canDefine && { label: h('span', { class: 'unseen' }, t('actions')), kind: 'number', cell: x => menu({ label: t('more', { table: x.name }), items: [
          { label: t('change'), icon: 'edit', on: () => attempt(t('change'), () => define(x)) }, { label: t('drop'), icon: 'trash', kind: 'danger', on: () => attempt(t('drop'), async () => (await definition()).dropTable(api, x, read)) }] }) },
      ].filter(Boolean), part) : empty(t('none.title'), t('none.text')),
      found.length > shown && h('div', { class: 'row' }, button({ label: t('show.more', { n: Math.min(most, found.length - shown) }), on: () => { shown += most; draw() } })),
    ].filter(Boolean)
    if (bar.isConnected) {
      while (bar.nextSibling) bar.nextSibling.remove()
      place.append(...rest)
    } else put(place, bar, rest)
  }
  await read()
  put(root, heading(t('title'), t('lead'), canDefine && link({ label: t('create'), icon: 'plus', kind: 'primary', href: '#/create' })), place)
}
