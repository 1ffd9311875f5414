// The schema card: what the author of a question must know of the tables. A click on a name writes it into the question.
import { h, put } from '../dom.js'
import { percent } from '../words.js'
import { input, failed, problem, waiting, badge, busy, button } from '../ui.js'
import { quoted, literal } from './sql.js'

// card makes one. load() gives the answer of POST /v1/database/schema; describe(name) gives that of one table.
export function card({ t, load, describe, insert, onschema }) {
  const shown = h('div', { class: 'stack' }), element = h('div', { class: 'cards-of' }, shown)
  let schema = null

  async function open() {
    put(shown, waiting(t('card.loading')))
    try {
      schema = await load()
      onschema(schema)
      put(shown, schema.tables.length > 0 ? content() : h('p', { class: 'hint' }, t('card.empty')))
    } catch (err) {
      if (err.name === 'AbortError') return
      put(shown, failed(err, open))
    }
  }

  function content() {
    const tables = h('div', { class: 'card-tables' }), none = h('p', { class: 'hint', role: 'status' })
    const one = schema.tables.length === 1
    const draw = word => {
      const w = word.trim().toLowerCase()
      const found = schema.tables.map(table => ({ table, fields: matching(table, w) })).filter(f => f.fields)
      put(tables, found.map(f => tableCard(f.table, f.fields, one || (w !== '' && found.length <= 3))))
      put(none, w === '' ? null : t('card.found', { n: found.length }))
    }
    const search = input({ type: 'search', 'aria-label': t('card.search'), placeholder: t('card.search'), on: { input: () => draw(search.value) } })
    draw('')
    return [search, none, tables, schema.truncated && beyond(draw, search), h('details', { class: 'engine' }, h('summary', {}, t('card.notes', { engine: schema.engine === 'postgresql' ? 'PostgreSQL' : 'SQLite' })),
      h('ul', {}, schema.notes.map(n => h('li', {}, n))))]
  }

  // matching are the fields of a table that are shown for a word: all of them if the table's name has it.
  function matching(table, w) {
    const has = x => `${x.name} ${x.sql_name} ${x.description ?? ''}`.toLowerCase().includes(w)
    if (w === '' || has(table)) return table.fields
    const some = table.fields.filter(has)
    return some.length > 0 ? some : null
  }

  // beyond says that tables are missing here, and looks one up by its name.
  function beyond(draw, search) {
    const told = h('p', { class: 'hint' }, t('card.more', { n: schema.tables.length, all: schema.table_count })), name = input({ 'aria-label': t('card.other'), placeholder: t('card.other') }), wrong = h('div', {})
    const go = button({ label: t('card.describe'), on: () => busy(go, async () => {
      put(wrong)
      try {
        const answer = await describe(name.value.trim())
        schema.tables = [...answer.tables, ...schema.tables.filter(x => x.table_id !== answer.tables[0].table_id)]
        search.value = name.value.trim()
        draw(search.value)
      } catch (err) { put(wrong, problem(err)) }
    }) })
    return h('div', { class: 'stack beyond' }, told, h('div', { class: 'row' }, name, go), wrong)
  }

  function tableCard(table, fields, openNow) {
    const about = h('div', { class: 'card-fields' })
    const fill = () => put(about, table.description && h('p', { class: 'hint' }, table.description),
      h('ul', {}, fields.map(f => h('li', {}, fieldCard(f)))),
      table.records_seen < table.record_count && h('p', { class: 'hint' }, t('card.estimated', { n: table.records_seen })))
    const el = h('details', { class: 'card-table', open: openNow, on: { toggle: () => { if (el.open && !about.hasChildNodes()) fill() } } },
      h('summary', {}, h('span', { class: 'mono' }, table.name), ' ', h('span', { class: 'hint' }, t('records', { n: table.record_count }))),
      h('button', { type: 'button', class: 'name whole', on: { click: () => insert(quoted(table.sql_name)) } }, t('card.insert', { name: quoted(table.sql_name) })), about)
    if (openNow) fill()
    return el
  }

  function fieldCard(f) {
    const about = f.estimated ? '~' : ''
    const facts = [
      f.null_share > 0 && t('card.nulls', { share: about + percent(f.null_share) }),
      t('card.distinct', { n: f.distinct_count, about }),
      f.least !== null && (f.greatest === f.least ? told(f.least) : t('card.range', { least: told(f.least), greatest: told(f.greatest) })),
    ].filter(Boolean).join(' · ')
    return [
      h('div', { class: 'row field' }, h('button', { type: 'button', class: 'name mono', title: t('card.insert', { name: quoted(f.sql_name) }), on: { click: () => insert(quoted(f.sql_name)) } }, quoted(f.sql_name)),
        h('span', { class: 'type' }, f.type), f.required && badge(t('required')), f.unique && badge(t('unique'))),
      f.description && h('p', { class: 'hint' }, f.description),
      h('p', { class: 'hint facts' }, facts),
      f.frequent.length > 0 && h('p', { class: 'hint often' }, t('card.often'), ' ', f.frequent.slice(0, 5).map(v => [h('button', {
        type: 'button', class: 'name', title: t('card.insert', { name: short(literal(v.value, f.type)) }), on: { click: () => insert(literal(v.value, f.type)) },
      }, told(v.value)), ' '])),
    ]
  }

  open()
  return { element, reload: open }
}

// short is a value in one short line.
const short = v => {
  const text = String(v).replace(/\s+/g, ' ')
  return text.length > 40 ? [...text].slice(0, 40).join('') + '…' : text
}

// told is short of a value that may be the empty text.
const told = v => (v === '' ? "''" : short(v))
