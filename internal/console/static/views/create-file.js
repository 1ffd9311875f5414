// A file: chosen or dropped, read, shown as it is understood, and given on to the plan and the import.
import { h, put } from '../dom.js'
import { words, bytes, number, percent } from '../words.js'
import { badge, button, code, dialog, labelled, list, problem, select, waiting } from '../ui.js'
import { Reader, bareName, charsets, infer } from '../files/reader.js'
import { textOf } from '../files/classify.js'
import { legalName } from '../files/names.js'
import { brief } from '../grid/values.js'
import { plan } from './create-plan.js'
import * as own from '../words/create.js'

const t = words(own)

const shownRows = 20, shownColumns = 40
// Files that were chosen and are not imported yet, as {file, options}, by the key and the table: a change of the language, or another view, does not lose
// one.
const chosen = new Map()
// What the console does not read, and the command line does.
const others = ['parquet', 'zstd', 'unpacks', 'zip.large', 'zip.unpacks', 'texts.many']

export function fromFile(context) {
  const { signal, into } = context, place = `${context.session.key.id} ${into?.id ?? ''}`
  const picker = h('input', { type: 'file', 'aria-label': t('choose'), 'aria-describedby': 'drop-hint', on: { change: () => { if (picker.files[0]) take(picker.files[0]) } } })
  const zone = h('div', { class: 'drop' }, picker, h('strong', {}, t('drop')), h('span', { class: 'button' }, t('choose')), h('p', { class: 'hint', id: 'drop-hint' }, t('drop.hint')))
  for (const [event, over] of Object.entries({ dragenter: true, dragover: true, dragleave: false, drop: false })) {
    zone.addEventListener(event, e => {
      e.preventDefault()
      zone.classList.toggle('over', over)
      if (event === 'drop' && e.dataTransfer.files[0]) take(e.dataTransfer.files[0])
    })
  }
  const about = h('div', { class: 'stack' }), rest = h('div', { class: 'stack' })
  const element = h('div', { class: 'stack' }, zone, about, rest)
  let reading = null

  // again lets another file be chosen.
  const again = () => {
    reading?.abort()
    chosen.delete(place)
    picker.value = ''
    zone.hidden = false
    put(about)
    put(rest)
    picker.focus()
  }

  function take(file, options = {}) {
    zone.hidden = true
    read(file, options)
  }

  async function read(file, options) {
    reading?.abort(new DOMException('another reading', 'AbortError'))
    const mine = (reading = new AbortController()), end = AbortSignal.any([signal, mine.signal])
    const reader = new Reader(file, options), change = more => read(file, { ...options, ...more })
    chosen.set(place, { file, options })
    put(rest)
    put(about, waiting(t('reading')))
    const preview = h('div', { class: 'stack' }), progress = h('div', {})
    const known = () => put(about, h('section', { class: 'card stack', 'aria-label': t('file') }, found(reader, change, again), preview, progress))
    try {
      await reader.begin(end)
      if (end.aborted) return
      known()
      const bar = h('progress', { max: 1, value: 0, 'aria-label': t('reading.progress') }), text = h('span', {})
      put(progress, h('div', { class: 'bar' }, bar, text))
      let first = []
      const made = await infer(reader, end, (rows, n) => {
        if (first.length < shownRows) {
          first = first.concat(rows.slice(0, shownRows - first.length))
          put(preview, shown(reader, first))
        }
        bar.value = reader.read / reader.size
        text.textContent = t('reading.sofar', { n, share: percent(bar.value) })
      })
      if (end.aborted) return
      put(progress, h('p', { role: 'status' }, t('read', { n: made.rows })))
      if (!made.rows) put(preview)
      put(rest, made.rows ? plan({ ...context, reader, made, again, lock: () => { chosen.delete(place); for (const c of about.querySelectorAll('select, .again')) c.disabled = true } }) : problem(new Error(t('no.rows'))))
    } catch (err) {
      if (end.aborted) return
      chosen.delete(place)
      if (!about.querySelector('section')) known()
      put(progress, broken(reader, err, into, about.querySelector('.found')))
    }
  }
  const before = chosen.get(place)
  if (before) take(before.file, before.options)
  return element
}

// found says what the file is, and has what was found out corrected.
function found(reader, change, again) {
  const { charset } = reader, controls = []
  const chosen = reader.options.charset ?? charset?.charset
  if (reader.format && reader.format !== 'xlsx') controls.push(labelled(t('charset'), select(charsets.map(c => [c, c.toUpperCase()]), chosen ?? 'utf-8', { on: { change: e => change({ charset: e.target.value }) } })))
  if (reader.format === 'csv') {
    const names = [[',', t('comma')], [';', t('semicolon')], ['\t', t('tab')], ['|', t('pipe')]]
    controls.push(labelled(t('delimiter'), select(names, reader.delimiter || reader.options.delimiter || ',', { on: { change: e => change({ delimiter: e.target.value }) } })))
  }
  if (reader.sheets?.length > 1) controls.push(labelled(t('sheet'), select(reader.sheets.map(s => [s, s]), reader.sheet.name, { on: { change: e => change({ sheet: e.target.value }) } })))
  if (['csv', 'tsv', 'xlsx'].includes(reader.format)) {
    const yes = reader.options.header ? reader.options.header === 'yes' : reader.inFile !== false
    controls.push(labelled(t('header'), select([['yes', t('header.yes')], ['no', t('header.no')]], yes ? 'yes' : 'no', { on: { change: e => change({ header: e.target.value }) } })))
  }
  const notes = []
  if (charset && charset.by !== 'given') notes.push(t('charset.' + charset.by, { charset: charset.charset.toUpperCase(), line: String(charset.line ?? ''), text: charset.text ?? '' }))
  if (reader.headerDoubt) notes.push(t('header.doubt'))
  return [
    h('header', { class: 'heading' }, h('div', {}, h('h2', { class: 'file-name' }, reader.name), h('p', { class: 'row' }, reader.format && badge(reader.format.toUpperCase()), reader.packed && badge(reader.packed), h('span', { class: 'hint' }, bytes(reader.size)))),
      button({ label: t('other.file'), icon: 'refresh', kind: 'again', on: again })),
    controls.length > 0 && h('div', { class: 'row found' }, controls),
    notes.map(n => h('p', { class: 'hint' }, n)),
    charset && !charset.sure && h('p', { class: 'unsure', role: 'note' }, charset.other ? t('charset.close', { charset: charset.charset.toUpperCase(), other: charset.other.toUpperCase(), line: String(charset.line), text: charset.otherText }) : t('charset.unsure')),
  ]
}

// shown is the first rows as they are understood.
function shown(reader, rows) {
  const names = reader.columns.slice(0, shownColumns), more = reader.columns.length - names.length
  const columns = [{ label: t('row'), kind: 'number', cell: r => number(r.number) },
    ...names.map((name, i) => ({ label: name || t('column.n', { n: i + 1 }), cell: r => value(r.cells[i]) }))]
  const table = list(t('preview', { n: rows.length }), columns, rows, true)
  table.classList.add('some')
  return [h('h3', {}, t('preview', { n: rows.length })), table, more > 0 && h('p', { class: 'hint' }, t('more.columns', { n: more }))]
}

// value shows a cell: no value apart from an empty text, a long one cut, with the whole on demand.
export function value(cell) {
  if (cell == null) return h('span', { class: 'null' }, 'NULL')
  const text = textOf(cell)
  if (text === '') return h('span', { class: 'null' }, t('empty.text'))
  if (text.length <= 100) return brief(text)
  const whole = () => dialog({ title: t('whole'), wide: true, body: h('pre', { class: 'whole', tabIndex: 0 }, text) })
  return [brief(text.slice(0, 80)), button({ label: t('whole'), icon: 'more', bare: true, kind: 'quiet whole-button', on: whole })]
}

// broken says what is wrong with the file, and where the command line reads it, how. above is what corrects how the file is read, or null.
function broken(reader, err, into, above) {
  if (!others.includes(err.why)) return problem(err, h('p', { class: 'hint' }, t(above ? 'broken.above' : 'broken')))
  const file = `'${reader.name.replace(/[\u0000-\u001f]/g, '?').replaceAll("'", `'\\''`)}'`
  const name = into?.name ?? (legalName(bareName(reader.name)).replace(/^[^a-z]+/, '') || 'imported')
  return [problem(err), h('p', {}, t('command')), code(`export STELE_URL=${location.origin} STELE_API_KEY=app-...\nstele import ${file} --table ${name}${into ? '' : ' --create'}`)]
}
