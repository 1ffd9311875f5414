// A table's definition: changing it, after a trial, and dropping the table.
import { h, put } from '../../dom.js'
import { words } from '../../words.js'
import { dialog, discard, button, labelled, labelledCell, input, select, fault, busy, say, confirm } from '../../ui.js'
import * as texts from '../../words/definition.js'
import * as core from '../../words/core.js'

const t = words(texts), c = words(core)
const types = ['TEXT', 'INT', 'FLOAT', 'BOOLEAN', 'DATETIME']
const heads = ['name', 'type', 'required', 'unique', 'description', 'remove.head']

// dropTable drops a table after its name has been typed. table is one of tables/page.
export function dropTable(api, table, done) {
  confirm({ title: t('drop.title', { table: table.name }), text: t('drop.text', { n: table.record_count }), label: t('drop'), word: table.name, work: async () => {
    await api.dropTable({ table_id: table.table_id, name: table.name })
    say(t('dropped', { table: table.name }))
    await done()
  } })
}

// changeTable opens a dialog over a table_info. Changes are tried first; the server says what would not fit. hold is the view's.
export function changeTable(api, info, done, hold) {
  const name = input({ value: info.name }), description = input({ value: info.description })
  const rows = h('tbody', {}), shown = h('div', {})
  const lines = info.fields.map(f => line(f))
  function line(field) {
    const is = field ?? { name: '', description: '', type: 'TEXT', required: false, unique: false }
    const of = what => t(what + '.of', { name: is.name || t('new') })
    const l = {
      field, gone: false, name: input({ value: is.name, 'aria-label': of('name') }), description: input({ value: is.description, 'aria-label': of('description') }),
      type: select(types.map(x => [x, x]), is.type, { 'aria-label': of('type') }), required: h('input', { type: 'checkbox', checked: is.required, 'aria-label': of('required') }),
      unique: h('input', { type: 'checkbox', checked: is.unique, 'aria-label': of('unique') }), fill: field ? null : input({ 'aria-label': of('default'), placeholder: t('default') }),
    }
    const remove = button({ label: t('remove', { name: is.name || t('new') }), icon: 'trash', bare: true, kind: 'quiet', 'aria-pressed': 'false', on: () => {
      if (!field) { lines.splice(lines.indexOf(l), 1); return draw() }
      l.gone = !l.gone
      l.el.className = l.gone ? 'gone' : ''
      remove.setAttribute('aria-pressed', String(l.gone))
    } })
    l.el = h('tr', {}, [[l.name, l.fill], l.type, l.required, l.unique, l.description, remove].map((cell, i) => labelledCell(t(heads[i]), cell)))
    return l
  }
  const draw = () => put(rows, lines.map(l => l.el))
  draw()
  let stored = false
  const changes = () => changesOf(info, { name: name.value, description: description.value }, lines)
  const ask = dry => api.alterTable({ table_id: info.id, changes: changes(), dry_run: dry })
  const run = async dry => {
    if (!changes().length) return put(shown, h('p', { class: 'hint', role: 'status' }, t('same')))
    try {
      const answer = await ask(dry)
      if (!dry) {
        stored = true
        say(t('changed'))
        try { return await done() } finally { d.close() }
      }
      const data = answer.data ?? answer
      put(shown, h('p', { class: 'hint', role: 'status' }, t('fits', { n: data.record_count })))
    } catch (err) {
      const more = (err.said?.violations ?? []).slice(1) // the first one is in the message
      fault(shown, err, more.length > 0 && h('ul', { class: 'reasons' }, more.map(v => h('li', {}, t('violation', { id: v.id, field: v.field }), ' ', v.reason))))
    }
  }
  const again = button({ label: t('try'), on: () => busy(again, () => run(true)) })
  const go = button({ label: t('apply'), kind: 'primary', on: () => {
    const lost = lines.filter(l => l.gone)
    if (!lost.length) return busy(go, () => run(false))
    confirm({ title: t('lose.title', { n: lost.length }), text: t('lose.text', { names: lost.map(l => l.field.name).join(', ') }), label: t('lose.go'), work: () => run(false) })
  } })
  const head = heads.map(k => h('th', { scope: 'col' }, k === 'remove.head' ? h('span', { class: 'unseen' }, t(k)) : t(k)))
  const typed = () => d.element.isConnected && !stored && !go.disabled && changes().length > 0
  const d = dialog({ title: t('title', { table: info.name }), wide: true, first: close => (typed() ? discard(close) : close()), body: [
    labelled(t('table.name'), name), labelled(t('table.description'), description),
    h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': t('fields') }, h('table', { class: 'definition lines' }, h('thead', {}, h('tr', {}, head)), rows)),
    h('div', {}, button({ label: t('add.field'), icon: 'plus', on: () => { lines.push(line(null)); draw(); lines.at(-1).name.focus() } })), shown,
  ], actions: [button({ label: c('cancel'), on: () => d.close() }), again, go] })
  hold(typed, discard)
}

// changesOf writes what differs as the changes of alter-table: first what goes, then what has another name, then the rest by the new names.
function changesOf(info, table, lines) {
  const changes = []
  for (const l of lines) if (l.field && l.gone) changes.push({ op: 'drop_field', field: l.field.name })
  const stay = lines.filter(l => l.field && !l.gone)
  const renamed = stay.filter(l => l.name.value !== l.field.name)
  const taken = new Set(stay.map(l => l.field.name))
  for (const l of renamed) if (taken.has(l.name.value)) { // names that change places go by way of a third
    l.by = 'moved_' + Math.random().toString(36).slice(2, 10)
    changes.push({ op: 'rename_field', field: l.field.name, to: l.by })
  } else l.by = l.field.name
  for (const l of renamed) changes.push({ op: 'rename_field', field: l.by, to: l.name.value })
  for (const l of stay) {
    const field = l.name.value, f = l.field
    if (l.type.value !== f.type) changes.push({ op: 'change_type', field, type: l.type.value })
    if (l.required.checked !== f.required) changes.push({ op: l.required.checked ? 'set_required' : 'drop_required', field })
    if (l.unique.checked !== f.unique) changes.push({ op: l.unique.checked ? 'set_unique' : 'drop_unique', field })
    if (l.description.value !== f.description) changes.push({ op: 'describe_field', field, description: l.description.value })
  }
  for (const l of lines) if (!l.field) {
    changes.push({ op: 'add_field', name: l.name.value, type: l.type.value, description: l.description.value, required: l.required.checked, unique: l.unique.checked, ...(l.fill.value === '' ? {} : { default: l.fill.value }) })
  }
  if (table.name !== info.name) changes.push({ op: 'rename_table', to: table.name })
  if (table.description !== info.description) changes.push({ op: 'describe_table', description: table.description })
  return changes
}
