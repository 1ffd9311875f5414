// The plan: which field each column of a file makes, or goes into, and of which type.
import { h, put } from '../dom.js'
import { words, number } from '../words.js'
import { busy, button, check, input, labelled, labelledCell, select } from '../ui.js'
import { may } from '../session.js'
import { bareName } from '../files/reader.js'
import { legal, legalName } from '../files/names.js'
import { brief } from '../grid/values.js'
import { misfits, readingOf, readings, setReading } from '../files/plan.js'
import { shown } from '../files/classify.js'
import * as k from '../files/classify.js'
import { clear, faultOf, place } from './create-faults.js'
import { importing } from './create-import.js'
import * as own from '../words/create.js'

const t = words(own)

export function plan(context) {
  return context.into ? existing(context) : fresh(context)
}

// fresh plans a new table.
function fresh({ api, session, go, signal, hold, reader, made, again, lock }) {
  const base = legalName(bareName(reader.name)).replace(/^[^a-z]+/, '')
  const name = input({ value: base || 'imported', maxLength: 64 }), description = input({ value: t('made.of', { file: reader.name }).slice(0, 128), maxLength: 128 })
  const index = check(t('keyword.index'), false), elsewhere = h('div', {}), after = h('div', { class: 'stack' })
  const lines = made.columns.map((c, i) => freshLine(c, i))
  const faults = { name: faultOf(name), description: faultOf(description), get fields() { return kept() } }
  const kept = () => lines.filter(l => l.use.checked)
  const count = h('span', { class: 'hint' }), submit = button({ label: t('create.import', { n: made.rows }), icon: 'upload', kind: 'primary', on: work })
  const controls = [index.box, name, description, ...lines.flatMap(l => l.controls)]
  let table = null // once it is made

  function update() {
    count.textContent = t('fields.n', { n: kept().length })
    submit.disabled = !kept().length || !may(session, 'write')
  }
  for (const l of lines) l.use.addEventListener('change', update)

  function work() {
    return busy(submit, async () => {
      clear(faults)
      put(elsewhere)
      try {
        const fields = kept().map(l => l.field())
        table ??= { id: (await api.createTable({ name: name.value.trim(), description: description.value.trim(), keyword_index: index.box.checked, fields })).data, name: name.value.trim() }
      } catch (err) { return place(err, faults, elsewhere) }
      if (signal.aborted) return
      for (const c of controls) c.disabled = true
      lock()
      const columns = lines.map(l => ({ ...l.column, given: l.column.name, name: l.use.checked ? l.name.value.trim() : '' }))
      importing({ api, go, signal, hold, reader, columns, rows: made.rows, table, again, into: after })
      submit.hidden = true
    })
  }
  update()
  return [h('section', { class: 'card stack', 'aria-label': t('plan') }, h('h2', {}, t('plan')),
    h('div', { class: 'pair' }, h('div', {}, labelled(t('name'), name, t('name.hint')), faults.name.element), h('div', {}, labelled(t('description'), description), faults.description.element)),
    planTable(t('plan.fields'), [t('use'), t('field.name'), t('type'), t('rules'), t('empty.n'), t('values')], lines), unique(made), index, elsewhere,
    !may(session, 'write') && h('p', { class: 'unsure' }, t('no.write.text')), h('div', { class: 'row' }, submit, count)), after]
}

const unique = made => {
  const names = made.columns.filter(c => c.unique).map(c => c.name)
  return names.length > 0 && h('p', { class: 'hint' }, t('unique.could', { names: names.slice(0, 5).join(', ') }))
}

function freshLine(column, i) {
  const c = { ...column }, who = column.source || t('column.n', { n: i + 1 })
  const use = h('input', { type: 'checkbox', checked: true, 'aria-label': t('use.of', { name: who }) })
  const name = input({ value: c.name, maxLength: 64, size: 16, 'aria-label': t('name.of', { name: who }) })
  const f = column.facts, choices = readings.filter(r => r === readingOf(c) || !r.includes(' ') || (r === 'FLOAT comma' ? f.count[k.COMMA] + f.count[k.EITHER] > 0 : f.count[k.ORDERED] > 0))
  const type = select(choices.map(r => [r, t('reading.' + r)]), readingOf(c), { 'aria-label': t('type.of', { name: who }) })
  const required = h('input', { type: 'checkbox', 'aria-label': t('required.of', { name: who }) }), only = h('input', { type: 'checkbox', 'aria-label': t('unique.of', { name: who }) })
  const faults = { name: faultOf(name), type: faultOf(type) }
  const note = h('div', { class: 'notes-of', 'aria-live': 'polite' }), rules = h('div', { class: 'notes-of', 'aria-live': 'polite' })
  const show = () => {
    setReading(c, type.value)
    put(note, type.value === readingOf(column) && column.reason ? h('p', { class: 'hint' }, t('kept.' + column.reason.why, { row: String(column.reason.row), text: shown(column.reason.text ?? '') })) : misfit(column, type.value))
    put(rules, required.checked && c.empty > 0 && h('p', { class: 'unsure' }, t('required.not', { n: c.empty })), only.checked && !column.unique && h('p', { class: 'unsure' }, t('unique.not')))
  }
  const named = () => faults.name.set(legal(name.value.trim()) ? '' : t('name.bad'))
  type.addEventListener('change', show)
  required.addEventListener('change', show)
  only.addEventListener('change', show)
  name.addEventListener('input', named)
  use.addEventListener('change', () => { for (const x of [name, type, required, only]) x.disabled = !use.checked })
  show()
  return {
    column: c, use, name, who, faults, controls: [use, name, type, required, only],
    cells: [use, h('div', { class: 'stack tight' }, name, c.source !== c.name && c.source && h('span', { class: 'hint' }, t('from', { name: c.source })), faults.name.element), h('div', { class: 'stack tight' }, type, note, faults.type.element),
      h('div', { class: 'stack tight' }, h('label', { class: 'check' }, required, t('required')), h('label', { class: 'check' }, only, t('unique'), c.unique && h('span', { class: 'badge' }, t('differ'))), rules), number(c.empty), samples(c)],
    field: () => ({ name: name.value.trim(), description: c.source !== c.name ? Array.from(c.source).slice(0, 100).join('') : '', type: c.type, required: required.checked, unique: only.checked }),
  }
}

// misfit says how many values a type would not take, or not keep.
function misfit(column, reading) {
  const { refused, changed } = misfits(column, reading), of = m => ({ n: m.n, row: String(m.first?.row), text: shown(m.first?.text ?? '') })
  return [refused.n > 0 && h('p', { class: 'unsure' }, t('misfit.refused', of(refused))), changed.n > 0 && h('p', { class: 'unsure' }, t('misfit.changed', of(changed)))]
}

const samples = c => h('div', { class: 'samples' }, c.samples.length ? c.samples.map(s => h('span', { class: 'sample' }, brief(s) || t('empty.text'))) : h('span', { class: 'null' }, t('no.values')))

function planTable(caption, heads, lines) {
  return h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': caption }, h('table', { class: 'list lines plan' }, h('caption', { class: 'unseen' }, caption),
    h('thead', {}, h('tr', {}, heads.map(s => h('th', { scope: 'col' }, s)))),
    h('tbody', {}, lines.map(l => h('tr', {}, l.cells.map((c, i) => labelledCell(heads[i], c)))))))
}

// existing plans which column goes into which field of a table that is there: the one of its name, else of the name that it would be given.
function existing({ api, session, go, signal, hold, reader, made, again, lock, into }) {
  const { fields } = into, keys = fields.filter(f => f.unique).map(f => f.name)
  const taken = new Set()
  const lines = made.columns.map((column, i) => {
    const byOrder = reader.inFile === false && made.columns.length === fields.length ? fields[i] : null
    const field = byOrder ?? (column.source === '_reason' ? null : fields.find(f => f.name === column.source) ?? fields.find(f => f.name === column.name))
    const first = field && !taken.has(field.name) ? field.name : ''
    taken.add(first)
    return existingLine(column, i, fields, first)
  })
  const mode = select([['partial', t('mode.partial')], ...(keys.length ? [['upsert', t('mode.upsert')]] : [])], 'partial')
  const key = select(keys.map(n => [n, n]), keys[0] ?? ''), keyed = labelled(t('key'), key, t('key.hint'))
  const shownFaults = h('div', { 'aria-live': 'polite' }), elsewhere = h('div', { class: 'stack' })
  const submit = button({ label: t('import', { n: made.rows }), icon: 'upload', kind: 'primary', on: work })
  const update = () => {
    keyed.hidden = mode.value !== 'upsert'
    const goals = lines.map(l => l.goal.value).filter(Boolean)
    const twice = goals.find((g, i) => goals.indexOf(g) !== i), lacks = mode.value === 'upsert' ? '' : fields.find(f => f.required && !goals.includes(f.name))?.name
    const why = !goals.length ? t('goal.none') : twice ? t('goal.twice', { name: twice }) : lacks ? t('goal.lacks', { name: lacks }) : mode.value === 'upsert' && !goals.includes(key.value) ? t('goal.key', { name: key.value }) : ''
    put(shownFaults, why && h('p', { class: 'unsure' }, why))
    submit.disabled = Boolean(why) || !may(session, 'write')
  }
  for (const l of lines) l.goal.addEventListener('change', update)
  mode.addEventListener('change', update)
  key.addEventListener('change', update)
  function work() {
    for (const c of [mode, key, ...lines.map(l => l.goal)]) c.disabled = true
    lock()
    const columns = lines.map(l => ({ ...l.read(), given: l.column.name, name: l.goal.value }))
    importing({ api, go, signal, hold, reader, columns, rows: made.rows, table: into, again, into: elsewhere, mode: mode.value, key: key.value })
    submit.hidden = true
  }
  update()
  const left = lines.filter(l => !l.goal.value).length
  return [h('section', { class: 'card stack', 'aria-label': t('plan') }, h('h2', {}, t('match')), left > 0 && h('p', { class: 'hint' }, t('match.left', { n: left })),
    planTable(t('match.columns'), [t('column'), t('goal'), t('empty.n'), t('values')], lines),
    h('div', { class: 'row found' }, labelled(t('mode'), mode), keyed), shownFaults, h('div', { class: 'row' }, submit)), elsewhere]
}

function existingLine(column, i, fields, first) {
  const who = column.source || t('column.n', { n: i + 1 })
  const goal = select([['', t('goal.skip')], ...fields.map(f => [f.name, `${f.name} · ${f.type}`])], first, { 'aria-label': t('goal.of', { name: who }) })
  const note = h('div', { class: 'notes-of', 'aria-live': 'polite' })
  // read is the column read as its field's type: decimal commas and dates as its own values prove, or as they alone could be.
  const read = () => {
    const type = fields.find(f => f.name === goal.value)?.type ?? column.type
    const { odd } = column.facts
    return { ...column, type, comma: column.comma, order: type === 'DATETIME' ? column.order || (odd.notDay && !odd.notMonth ? 'mdy' : odd.notMonth && !odd.notDay ? 'dmy' : '') : '' }
  }
  const show = () => put(note, goal.value && misfit(column, readingOf(read())))
  goal.addEventListener('change', show)
  show()
  return { column, goal, read, cells: [h('strong', { class: 'who-of' }, who), h('div', { class: 'stack tight' }, goal, note), number(column.empty), samples(column)] }
}
