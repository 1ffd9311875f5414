// Records and answers as files.
import { h, put } from './dom.js'
import { words, percent } from './words.js'
import { button, check, dialog, problem, save } from './ui.js'
import { Writer, outFormats, mediaTypes } from './files/write.js'
import * as own from './words/export.js'

const t = words(own)

// readTable reads all records of a table that a query finds, page after page, and resolves to {blob, rows}. table is its id, or an object with
// one; query is the body of records/page as far as it says which records, and in which order: where, filter, keyword, sort; columns are
// names of fields, and $id, $created_at, $updated_at; without them all fields are written. onprogress is called with rows so far and rows in all.
export async function readTable({ api, signal, table, query = {}, columns, format, bom = false, onprogress }) {
  const { where, filter, keyword, sort } = query
  const names = columns?.map(c => c.name ?? c)
  const fields = names?.filter(n => n[0] !== '$')
  const body = { table_id: table.id ?? table.table_id ?? table, where, filter, keyword, sort, fields: fields?.length ? fields : undefined, page_size: 1000, cursor: '' }
  let out, total, name
  while (body.cursor !== null) {
    signal?.throwIfAborted()
    const page = await api.records({ ...body, count: !out }, { signal, patient: true })
    if (!out) {
      total = page.total_count
      name = page.table_info.name
      const types = new Map(page.table_info.fields.map(f => [f.name, f.type]))
      out = new Writer(format, (names ?? [...types.keys()]).map(n => ({ name: n, type: types.get(n) ?? (n === '$id' ? 'INT' : 'DATETIME') })), bom)
    }
    for (const r of page.records) out.write(out.columns.map(c => (c.name === '$id' ? r.id : c.name[0] === '$' ? new Date(r[c.name.slice(1)]).toISOString() : r.value[c.name])))
    body.cursor = page.next_cursor
    onprogress?.(out.rows, Math.max(total, out.rows))
  }
  return { blob: out.blob(), rows: out.rows, name }
}

// readRows makes a file of an answer: columns are {name, type}, rows lists of values in their order.
export function readRows({ columns, rows, format, bom = false }) {
  const out = new Writer(format, columns, bom)
  for (const r of rows) out.write(r)
  return { blob: out.blob(), rows: out.rows }
}

// exportDialog asks for the format, unless it is given, and has the browser save the file. Of records it takes what readTable takes, of an answer
// what readRows takes, and name for the file; total, if it is known, says how many rows there are.
export function exportDialog({ api, signal, table, query, columns, rows, name, format: asked, total = rows?.length }) {
  let format = asked ?? 'csv'
  const leave = new AbortController()
  signal?.addEventListener('abort', () => d.close(), { once: true })
  const shown = h('div', { class: 'stack' })
  const mark = check(t('bom'), false, null)
  const choices = outFormats.map(f => {
    const radio = h('input', { type: 'radio', name: 'export-format', value: f, checked: f === format, on: { change: () => { format = f; mark.box.disabled = f !== 'csv' && f !== 'tsv' } } })
    return h('label', { class: 'check' }, radio, h('span', {}, t('format.' + f)))
  })
  const go = button({ label: t('go'), icon: 'download', kind: 'primary', on: work })
  const cancel = button({ label: t('cancel'), on: () => d.close() })
  const d = dialog({ title: t('title'), actions: [cancel, !asked && go], onclose: () => leave.abort(new DOMException('cancelled', 'AbortError')), body: [
    total !== undefined && h('p', {}, t('rows', { n: total })),
    !asked && [h('fieldset', { class: 'choices' }, h('legend', {}, t('format')), choices), mark, h('p', { class: 'hint' }, t('hint'))], shown] })

  async function work() {
    const twice = format.startsWith('json') && rows && columns.find((c, i) => columns.findIndex(other => other.name === c.name) < i)
    if (twice) return put(shown, problem(new Error(t('twice', { name: twice.name })))) // most readers of JSON would lose one
    const bom = mark.box.checked && !mark.box.disabled
    go.disabled = true
    try {
      const bar = h('progress', { max: 1, value: 0, 'aria-label': t('progress') }), text = h('span', { role: 'status' })
      put(shown, bar, text)
      const onprogress = (n, all) => {
        bar.value = all ? n / all : 1
        text.textContent = t('sofar', { n, all, share: percent(bar.value) })
      }
      const made = rows ? readRows({ columns, rows, format, bom }) : await readTable({ api, signal: leave.signal, table, query, columns, format, bom, onprogress })
      save(`${fileName(name ?? made.name)}.${format}`, [made.blob], mediaTypes[format])
      put(shown, h('p', { role: 'status' }, t('done', { n: made.rows })))
      put(cancel, t('close'))
    } catch (err) {
      if (!leave.signal.aborted) put(shown, problem(err))
    } finally {
      go.disabled = false
    }
  }
  if (asked) work()
  return d
}

// fileName is a name that every system takes for a file's.
export const fileName = s => String(s || 'export').replace(/[\u0000-\u001f\\/:*?"<>|\u202a-\u202e\u2066-\u2069]+/g, '_').slice(0, 100)
