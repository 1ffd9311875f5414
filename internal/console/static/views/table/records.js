// Records: a new one, one shown whole, and a block from a spreadsheet.
import { h, put } from '../../dom.js'
import { Refusal, onceKey } from '../../api.js'
import { time, words } from '../../words.js'
import { Changed, Gone } from '../../grid/edits.js'
import { signed, whole } from '../../grid/values.js'
import { dialog, discard, button, labelled, input, select, check, badge, problem, fault, busy, say, copy, waiting } from '../../ui.js'
import * as texts from '../../words/table.js'
import * as core from '../../words/core.js'

const t = words(texts), c = words(core)

// addRecord asks for the values of a new record; what the server refuses is said at the field that it is about.
export function addRecord(table) {
  const shown = h('div', {})
  const fields = table.info.fields.map(f => {
    const control = f.type === 'BOOLEAN' ? select([['', t('no.value')], ['true', 'true'], ['false', 'false']], '')
      : f.type === 'TEXT' ? h('textarea', { rows: 1, spellcheck: false }) : input({ inputMode: f.type === 'DATETIME' ? 'text' : 'decimal', placeholder: f.type === 'DATETIME' ? '2026-01-31 12:00:00' : '' })
    if (f.required) control.setAttribute('aria-required', 'true')
    const blank = f.type === 'TEXT' && check(t('as.empty'), false)
    const wrong = h('p', { class: 'wrong', role: 'alert' })
    const marks = [f.type, f.required && t('required'), f.unique && t('unique')].filter(Boolean).join(' · ')
    const el = labelled(f.name, control, [marks, f.description].filter(Boolean).join(': '))
    el.append(...[blank && h('div', {}, blank), wrong].filter(Boolean))
    return { f, control, blank, wrong, el }
  })
  let once, sent // the key of what was sent, and its text, until it is known what became of it: the same again is then not added twice
  const add = async () => {
    const record = {}
    for (const { f, control, blank, wrong } of fields) {
      put(wrong)
      control.removeAttribute('aria-invalid')
      if (control.value !== '') record[f.name] = control.value
      else if (blank && blank.box.checked) record[f.name] = ''
    }
    put(shown)
    const text = JSON.stringify(record)
    if (text !== sent) [once, sent] = [onceKey(), text]
    try {
      const { rows } = await table.api.importRecords({ table_id: table.id, mode: 'atomic', receipt: true, records: [{ values: record }] }, { once })
      const [row] = rows
      sent = undefined
      if (row.status === 'created') {
        d.close()
        say(t('added', { n: 1 }))
        await table.load(true)
        return table.plain ? table.back(table.matches - 1, 0) : table.back() // in the order of ids it is the last one
      }
      const loose = []
      for (const e of row.errors ?? []) {
        const at = fields.find(x => x.f.name === e.field)
        if (!at) { loose.push(e.reason); continue }
        at.control.setAttribute('aria-invalid', 'true')
        put(at.wrong, at.wrong.textContent, ' ', e.reason)
      }
      if (!shown.isConnected) return say((row.errors ?? []).map(e => e.reason).join('\n'), 'bad') // the reader has gone on
      if (loose.length) put(shown, problem(new Error(loose.join('\n'))))
      ;(d.element.querySelector('[aria-invalid]') ?? d.element).focus()
    } catch (err) {
      if (err instanceof Refusal && err.status < 500) sent = undefined // of a 5xx, as of no answer, it is not known
      fault(shown, err)
    }
  }
  const go = button({ label: t('add'), kind: 'primary', type: 'submit', on: null })
  const form = h('form', { class: 'fields', id: 'add-record', on: { submit: e => { e.preventDefault(); busy(go, add) } } }, h('p', { class: 'hint' }, t('add.hint')), fields.map(x => x.el), shown)
  go.setAttribute('form', form.id)
  // What is on its way goes on, and is told wherever the reader is then.
  const typed = () => d.element.isConnected && !go.disabled && fields.some(({ control, blank }) => control.value !== '' || (blank && blank.box.checked))
  const d = dialog({ title: t('add.title', { table: table.info.name }), first: close => (typed() ? discard(close) : close()), body: [form], actions: [button({ label: c('cancel'), on: () => d.close() }), go] })
  table.hold(typed, discard)
  fields[0].control.focus()
}

// showRecord shows all of a record.
export function showRecord(table, record) {
  const value = v => (v === null ? h('span', { class: 'null' }, 'NULL') : v === '' ? h('span', { class: 'null' }, t('empty.value')) : signed(String(v)))
  const item = (name, type, ...content) => h('div', {}, h('dt', {}, name, type && badge(type)), h('dd', { tabIndex: 0 }, content))
  const body = h('dl', { class: 'record' }, table.info.fields.map(f => item(f.name, f.type, value(record.value[f.name]))),
    item(t('$id'), '', record.id), item(t('$created_at'), '', time(record.created_at)), item(t('$updated_at'), '', time(record.updated_at)))
  const d = dialog({ title: t('record.title'), body: [body], wide: true, actions: [
    table.canWrite && button({ label: t('delete', { n: 1 }), icon: 'trash', kind: 'danger', on: () => { d.close(); table.remove([record.id]) } }),
    button({ label: t('copy.json'), icon: 'copy', on: async () => { await copy(JSON.stringify(record.value, null, 2)); say(c('copied')) } }),
  ] })
}

const batch = { update: 100, add: 500 }

// pasteBlock writes a block of cells over the rows that are there, and offers to add those that reach below the last one. A row that is gone, or in
// which somebody else has written over what the reader saw, is left as it is.
export async function pasteBlock(table, index, column, block) {
  const names = table.order.slice(column, column + Math.max(...block.map(r => r.length)))
  const fields = names.filter(n => !n.startsWith('$'))
  if (!table.known && index + block.length > table.matches) return say(t('paste.uncounted'), 'bad') // what is below may be there, or not
  const over = block.slice(0, Math.max(0, table.matches - index)), below = block.slice(over.length)
  if (!fields.length) return say(t('fixed.own'), 'bad')
  const lost = Math.max(...block.map(r => r.length)) - names.length
  const record = cells => Object.fromEntries(names.map((n, i) => [n, cells[i] === undefined || cells[i] === '' ? null : cells[i]]).filter(([n], i) => fields.includes(n) && i < cells.length))
  const shown = h('div', {}), add = below.length ? check(t('paste.add', { n: below.length }), true) : null
  // What is done stays done when a failure has it begun again: the rows are those of the first time, and nothing is added twice.
  let done = 0, added = 0, rows, changed = 0, sent = 0, once
  const wrong = []
  const work = async () => {
    add && (add.box.disabled = true)
    put(shown, waiting(t('paste.busy')))
    try {
      await table.grid?.settled() // what the reader wrote just now has been seen
      rows ??= over.length ? await table.grid.rows(index, index + over.length - 1) : []
      for (let i = changed; i < rows.length; i = changed) {
        const part = rows.slice(i, i + batch.update), numbers = new Map(part.map((r, k) => [r.record.id, index + i + k + 1]))
        const there = await table.there([...numbers.keys()]), refused = [], writes = []
        part.forEach(({ record: seen }, k) => {
          const now = there.get(seen.id), values = record(over[i + k]), others = now && Object.keys(values).filter(name => table.unseen(seen, now, name, values[name]))
          if (!now) refused.push([numbers.get(seen.id), new Gone().message])
          else if (others.length) refused.push(...others.map(name => [numbers.get(seen.id), name + ': ' + new Changed(null, whole(now.value[name])).message]))
          else writes.push({ record_id: seen.id, updated_fields: values })
        })
        if (writes.length) {
          const { fail_count, fail_detail } = await table.api.update({ table_id: table.id, update_data: writes })
          done += writes.length - fail_count
          for (const f of fail_detail) refused.push([numbers.get(String(f.upsert_data.record_id)), f.fail_reason])
        }
        wrong.push(...refused.sort((a, b) => a[0] - b[0]))
        changed += part.length
      }
      const more = add?.box.checked ? below : []
      for (let i = sent; i < more.length; i = sent) {
        const part = more.slice(i, i + batch.add)
        once ??= onceKey()
        const r = await table.api.importRecords({ table_id: table.id, mode: 'partial', receipt: true, records: part.map(cells => ({ values: record(cells) })) }, { once })
        once = undefined
        sent += part.length
        added += r.success_count
        for (const row of r.rows) for (const e of row.errors ?? []) wrong.push([index + over.length + i + row.row, e.reason])
      }
    } catch (err) {
      if (err.name === 'AbortError') err = new Error(t('paste.left')) // before it was known which records stand there
      const some = (done > 0 || added > 0) && h('p', {}, t('paste.done', { n: done }), ' · ', t('added', { n: added }))
      fault(shown, err, some)
      return table.load(true)
    }
    await table.load(true)
    const told = [done > 0 && t('paste.done', { n: done }), added > 0 && t('added', { n: added })].filter(Boolean).join(' · ')
    if (!wrong.length) { d.close(); return say(told) }
    if (!shown.isConnected) return say([told, t('paste.wrong', { n: new Set(wrong.map(w => w[0])).size })].filter(Boolean).join(' · '), 'bad')
    put(shown, h('div', { class: 'problem', role: 'alert' }, h('div', {}, h('strong', {}, t('paste.wrong', { n: new Set(wrong.map(w => w[0])).size })),
      h('ul', { class: 'reasons' }, wrong.slice(0, 200).map(([n, why]) => h('li', {}, t('paste.row', { n }), ' ', why))))), told && h('p', {}, told))
    go.remove()
    put(cancel, t('paste.end'))
    cancel.focus()
  }
  const go = button({ label: t('paste.go'), kind: 'primary', on: () => busy(go, work) })
  const cancel = button({ label: c('cancel'), on: () => d.close() })
  const d = dialog({ title: t('paste.title'), onclose: () => table.back(index, column), body: [
    over.length > 0 && h('p', {}, t('paste.over', { n: over.length }), ' ', h('strong', {}, fields.join(', '))), lost > 0 && h('p', { class: 'hint' }, t('paste.lost', { n: lost })),
    h('p', { class: 'hint' }, t('paste.hint')), add, shown], actions: [cancel, go] })
  go.focus()
}
