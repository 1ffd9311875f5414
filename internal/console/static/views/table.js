// One table: its records in the grid, and all that can be done with them.
import { h, part, put, styles } from '../dom.js'
import { words } from '../words.js'
import { prefs, may } from '../session.js'
import { Refusal, lasting, tableGone } from '../api.js'
import { heading, attempt, button, input, link, menu, failed, icon, say, copy, badge, confirm, empty, reason } from '../ui.js'
import { grid } from '../grid.js'
import { Changed, Gone } from '../grid/edits.js'
import { whole } from '../grid/values.js'
import { filtersFrom, whereOf, chips, filterForm } from './table/filters.js'
import { readPage, size } from './table/pages.js'
import { chooseColumns } from './table/columns.js'
import { addRecord, pasteBlock, showRecord } from './table/records.js'
import * as texts from '../words/table.js'

const t = words(texts)
const definition = () => part(() => import('./table/definition.js')) // what is needed seldom is loaded then
const own = { // what stands beside the fields of a record
  $id: { name: '$id', type: 'INT', of: r => r.id }, $created_at: { name: '$created_at', type: 'MOMENT', of: r => r.created_at }, $updated_at: { name: '$updated_at', type: 'MOMENT', of: r => r.updated_at },
}

export async function open(root, context) {
  const { params, query, signal } = context
  const sheet = styles('views/table.css')
  styles('grid.css').catch(() => {}) // begun with the others; the grid asks for it again, and says if it does not come
  const api = watched(context.api, () => { if (!signal.aborted) gone(root) })
  try {
    const first = await (query.size ? api.records({ table_id: params.table, page_size: 1 }) : readPage(api, { table_id: params.table }, 0, signal))
    await sheet
    if (!signal.aborted) new Table(root, { ...context, api }, first)
  } catch (err) {
    if (!tableGone(err)) throw err
  }
}

// watched is the API with an ear for the refusal after which there is nothing left to do here.
const watched = (api, gone) => Object.fromEntries(Object.entries(api).map(([name, f]) => [name, typeof f !== 'function' ? f : (...args) => f(...args).catch(err => {
  if (tableGone(err)) gone()
  throw err
})]))

// gone stands in the place of a table that has been dropped elsewhere: nothing of it can be read or written any more.
function gone(root) {
  for (const d of document.querySelectorAll('dialog[open]')) d.close()
  const title = heading(t('gone.title'), t('gone.text'))
  put(root, title, h('div', { class: 'row' }, link({ label: t('gone.back'), icon: 'back', href: '#/tables' })))
  title.querySelector('h1').focus()
}

class Table {
  constructor(root, { api, session, params, query, go, signal, hold }, first) {
    Object.assign(this, { root, api, session, go, signal, hold, id: params.table, info: first.table_info, total: first.total_count })
    this.canWrite = may(session, 'write')
    this.canDefine = may(session, 'schema')
    this.keyword = query.get('q') ?? ''
    this.filters = filtersFrom(query.get('where'), this.info.fields)
    const [column, order] = (query.get('sort') ?? '').split(':')
    this.sort = column && this.types().has(column) ? { column, order: order === 'desc' ? 'desc' : 'asc' } : null
    this.columns = this.readColumns()
    this.ahead = query.size ? null : first // the first page is here already
    this.head = h('div', {})
    this.bar = h('div', { class: 'row table-bar', role: 'toolbar', 'aria-label': t('tools') })
    this.chips = h('div', { class: 'row' })
    this.counted = h('p', { class: 'hint table-count', role: 'status' })
    this.picked = h('div', { class: 'row table-picked', hidden: true })
    this.place = h('div', { class: 'table-grid' })
    put(root, this.head, this.bar, this.chips, h('div', { class: 'row table-line' }, this.counted, this.picked), this.place)
    this.drawHead()
    this.drawBar()
    this.drawChips()
    this.load()
    const lost = () => (this.place.isConnected ? this.grid?.refused().filter(name => this.types().has(name)).length ?? 0 : 0)
    hold(() => lost() > 0, then => confirm({ title: t('unstored.title'), text: t('unstored.text', { n: lost() }), label: t('unstored.go'), work: async () => then() }))
  }

  get plain() { return !this.keyword && !this.filters.length && !this.sort }
  types() { return new Map([...this.info.fields, ...Object.values(own)].map(f => [f.name, f])) }

  // readColumns gives the columns as the reader left them: [{name, shown}].
  readColumns() {
    const all = [...this.info.fields.map(f => f.name), ...Object.keys(own)]
    let kept = []
    try { kept = JSON.parse(prefs.get('columns.' + this.id) ?? '[]') } catch { /* then as they are */ }
    kept = kept.filter(c => all.includes(c.name))
    for (const name of all) if (!kept.some(c => c.name === name)) kept.push({ name, shown: !(name in own) })
    if (!kept.some(c => c.shown)) kept.forEach(c => { c.shown = !(c.name in own) })
    return kept
  }

  shown() {
    const types = this.types()
    return this.columns.filter(c => c.shown).map(c => {
      const f = types.get(c.name)
      return { name: f.name, type: f.type, label: c.name in own ? t(c.name) : f.name, title: [f.description, f.required && t('required'), f.unique && t('unique')].filter(Boolean).join(' · ') }
    })
  }

  row(record) {
    const row = this.order.map(name => (name in own ? own[name].of(record) : record.value[name]))
    row.record = record
    return row
  }

  drawHead() {
    const { info } = this, had = this.head.contains(document.activeElement)
    put(this.head, heading(info.name, info.description,
      !this.canWrite && badge(t('readonly')),
      this.canWrite && link({ label: t('import'), icon: 'upload', href: '#/create?table=' + encodeURIComponent(this.id) }),
      this.canWrite && button({ label: t('add'), icon: 'plus', kind: 'primary', on: () => addRecord(this) }),
      menu({ label: t('more'), items: [
        { label: t('refresh'), icon: 'refresh', on: () => this.load(true) },
        { label: t('copy.id'), icon: 'copy', on: async () => { await copy(this.id); say(t('id.copied', { id: this.id })) } },
        this.canDefine && { label: t('definition'), icon: 'edit', on: () => attempt(t('definition'), async () => (await definition()).changeTable(this.api, info, () => this.again(), this.hold)) },
        this.canDefine && { label: t('drop'), icon: 'trash', kind: 'danger', on: () => attempt(t('drop'), async () => (await definition()).dropTable(this.api, { table_id: this.id, name: info.name, record_count: this.total }, () => { this.place.remove(); this.go('tables') })) }, // nothing is left of it to be asked about
      ] })), !this.canWrite && h('p', { class: 'hint' }, t('readonly.why')))
    if (had) this.head.querySelector('h1').focus()
  }

  // again shows the table anew after a change of its definition.
  async again() {
    prefs.set('columns.' + this.id, JSON.stringify(this.columns))
    const first = await this.api.records({ table_id: this.id, page: 1, page_size: 1 })
    this.adopt(first.table_info)
    this.load()
  }

  // adopt takes the definition that came with records, and reports whether it is another one.
  adopt(info) {
    if (JSON.stringify(info) === JSON.stringify(this.info)) return false
    this.info = info
    this.filters = this.filters.filter(f => this.types().has(f.field))
    if (this.sort && !this.types().has(this.sort.column)) this.sort = null
    this.columns = this.readColumns()
    this.drawHead()
    this.drawChips()
    return true
  }

  drawBar() {
    let typing
    const search = input({ type: 'search', value: this.keyword, placeholder: t('search'), 'aria-label': t('search.label'), on: {
      input: () => { clearTimeout(typing); typing = setTimeout(() => { this.keyword = search.value; this.changed(true) }, 250) },
      keydown: e => { if (e.key === 'Enter') { clearTimeout(typing); this.keyword = search.value; this.changed(true) } },
    } })
    this.filterButton = button({ label: t('filter'), icon: 'filter', 'aria-expanded': 'false', on: () => this.openFilter() })
    put(this.bar, h('span', { class: 'search' }, icon('search'), search), this.filterButton,
      button({ label: t('columns'), icon: 'columns', on: () => chooseColumns(this.columns, t, columns => {
        this.columns = columns
        prefs.set('columns.' + this.id, JSON.stringify(columns))
        this.order = this.shown().map(c => c.name)
        this.grid?.refresh({ columns: this.shown(), keepScroll: true })
      }) }), button({ label: t('export'), icon: 'download', on: () => this.export() }))
  }

  export() {
    return attempt(t('export'), async () => {
      const { exportDialog } = await part(() => import('../export.js'))
      exportDialog({ api: this.api, signal: this.signal, table: this.info, query: this.query(), columns: this.shown().map(c => c.name), total: this.known ? this.matches : undefined })
    })
  }

  drawChips() {
    const left = filters => { this.filters = filters; this.changed(); this.filterButton.focus() } // what was pressed is gone
    put(this.chips, this.form, chips(this.filters, this.types(), t, i => left(this.filters.toSpliced(i, 1))),
      this.filters.length > 1 && button({ label: t('filter.clear'), kind: 'quiet', on: () => left([]) }))
    this.chips.hidden = !this.form && !this.filters.length
  }

  openFilter() {
    const close = () => { this.form = null; this.filterButton.setAttribute('aria-expanded', 'false'); this.drawChips(); this.filterButton.focus() }
    if (this.form) return close()
    this.form = filterForm([...this.types().values()], own, t, filter => { this.filters.push(filter); close(); this.changed() }, close)
    this.filterButton.setAttribute('aria-expanded', 'true')
    this.drawChips()
    this.form.querySelector('select').focus()
  }

  // changed follows a change of search, filters or order: the address has them, so that reload and back keep them.
  changed(typed = false) {
    if (this.signal.aborted) return // left while the last letters of a search waited
    const q = new URLSearchParams()
    if (this.keyword) q.set('q', this.keyword)
    if (this.filters.length) q.set('where', JSON.stringify(this.filters))
    if (this.sort) q.set('sort', this.sort.column + ':' + this.sort.order)
    const to = `#/tables/${encodeURIComponent(this.id)}${q.size ? '?' + q : ''}`
    if (to !== location.hash) typed ? history.replaceState(null, '', to) : history.pushState(null, '', to)
    this.drawChips()
    this.load()
  }

  query() {
    return { keyword: this.keyword || undefined, where: whereOf(this.filters), sort: this.sort ? [{ field: this.sort.column, order: this.sort.order }] : undefined }
  }

  page(start, signal, count = false) {
    return readPage(this.api, { table_id: this.id, ...this.query(), count }, start, signal)
  }

  // load reads the first page, and how many there are: at once where that is free, else afterwards, for it may take long.
  async load(stay = false) {
    this.loading?.abort(new DOMException('another question', 'AbortError'))
    this.loading = new AbortController()
    const signal = AbortSignal.any([this.loading.signal, this.signal])
    const free = !this.keyword && !this.filters.length
    this.counted.setAttribute('aria-busy', 'true')
    try {
      const first = this.ahead ?? await this.page(0, signal, free)
      this.ahead = null
      if (this.adopt(first.table_info)) stay = false // somebody has changed the table
      if (free) this.total = first.total_count
      const full = first.records.length === size
      this.known = !full || free
      this.matches = free ? this.total : first.records.length
      this.show(first, stay)
      this.tell()
      if (!this.known) {
        const { total_count } = await this.api.records({ table_id: this.id, ...this.query(), page: 1, page_size: 1 }, { signal })
        this.known = true
        this.matches = total_count
        this.grid.extend(total_count)
      }
      this.tell()
    } catch (err) {
      if (signal.aborted) return
      if (!this.known && this.grid?.element.isConnected && this.matches === size) return put(this.counted, t('more.than', { n: size }), ' ', reason(err))
      put(this.counted)
      put(this.place, failed(err, () => this.load().then(() => this.back())))
    } finally {
      if (!this.loading.signal.aborted || signal.aborted) this.counted.removeAttribute('aria-busy')
    }
  }

  tell() {
    const filtered = this.keyword || this.filters.length
    put(this.counted, !this.known ? t('more.than', { n: this.matches }) : filtered ? t('matches', { n: this.matches }) : t('count', { n: this.matches }))
  }

  // show puts rows into the grid, which is made when there is something to show. It stays while nothing is, with what was typed there.
  show(first, stay) {
    const columns = this.shown()
    this.order = columns.map(c => c.name)
    this.firstPage = stay ? null : { records: first.records }
    if (!this.matches) {
      this.grid?.unselect()
      return put(this.place, this.keyword || this.filters.length ? empty(t('nothing.title'), t('nothing.text'), button({ label: t('nothing.clear'), on: () => this.clear() }))
        : empty(t('empty.title'), this.canWrite ? t('empty.text') : t('empty.readonly'), this.canWrite && button({ label: t('add'), icon: 'plus', kind: 'primary', on: () => addRecord(this) }),
          this.canWrite && link({ label: t('import'), icon: 'upload', href: '#/create?table=' + encodeURIComponent(this.id) })))
    }
    if (this.grid) {
      if (!this.grid.element.isConnected) put(this.place, this.grid.element)
      return this.grid.refresh({ count: this.matches, columns: stay ? undefined : columns, sort: this.sort, keepScroll: stay })
    }
    this.grid = grid({
      label: this.info.name, columns, count: this.matches, sort: this.sort, selectable: true, rowKey: row => row.record.id,
      rows: (start, end, signal) => this.read(start, signal),
      onsort: (column, order) => { this.sort = order && { column, order }; this.changed() },
      edit: this.canWrite ? (index, row, name, text) => this.edit(row, name, text) : undefined,
      fixed: c => (!this.canWrite ? t('readonly.why') : this.order[c] in own ? t('fixed.own') : ''), paste: this.canWrite ? (index, column, block) => pasteBlock(this, index, column, block) : undefined,
      onselection: n => this.pick(n), ondelete: this.canWrite ? () => this.remove(this.grid.selection()) : undefined, onopen: (index, row) => showRecord(this, row.record),
    })
    put(this.place, this.grid.element)
  }

  clear() {
    this.keyword = ''
    this.filters = []
    const search = this.bar.querySelector('input')
    search.value = ''
    search.focus()
    this.changed()
  }

  async read(start, signal) {
    const here = start === 0 ? this.firstPage : null
    this.firstPage = null
    const { records } = here ?? await this.page(start, AbortSignal.any([signal, this.signal]))
    return records.map(r => this.row(r))
  }

  // edit writes a value unless another one stands there than the reader saw. The API has no update under a condition that fits every field, so
  // the record is read just before; between these two requests another's value can still be written over.
  async edit(row, name, text) {
    const { id } = row.record, there = await this.record(id)
    if (!there) throw new Gone()
    if (this.unseen(row.record, there, name, text)) throw new Changed(this.row(there), whole(there.value[name]))
    await this.update(id, { [name]: text })
    const now = await this.record(id)
    if (!now) throw new Gone()
    return this.row(now)
  }

  // unseen reports whether a field of the record that is there holds another value than the reader saw, and than is to be written.
  unseen(seen, there, name, text) {
    return name in there.value && there.value[name] !== seen.value[name] && whole(there.value[name]) !== text
  }

  // there reads up to 100 records as they are now: a Map by id, without those that are gone.
  async there(ids) {
    const { records } = await readPage(this.api, { table_id: this.id, where: { field: '$id', op: 'in', value: ids }, count: false }, 0, lasting.signal)
    return new Map(records.map(r => [r.id, r]))
  }

  // record reads a record; undefined if it is gone.
  async record(id) { return (await this.there([id])).get(id) }

  async update(id, fields) {
    const { fail_count, fail_detail } = await this.api.update({ table_id: this.id, update_data: [{ record_id: id, updated_fields: fields }] })
    if (fail_count) throw new Refusal(400, 0, fail_detail[0].fail_reason)
  }

  pick(n) {
    this.picked.hidden = !n
    if (!n) return put(this.picked)
    put(this.picked, h('span', {}, t('picked', { n })),
      n === 1 && button({ label: t('details'), on: () => showRecord(this, this.grid.selected()[0].record) }),
      this.canWrite && button({ label: t('delete', { n }), icon: 'trash', kind: 'danger', on: () => this.remove(this.grid.selection()) }),
      button({ label: t('unpick'), kind: 'quiet', on: () => { this.grid.unselect(); this.back() } }))
  }

  // back brings the focus back into the grid after something that took it away, to a cell or the one that had it; where there are no rows, to
  // what can be done about that.
  back(row, column) {
    if (this.signal.aborted) return
    if (this.grid?.element.isConnected) return this.grid.scrollTo(row ?? this.grid.at()[0], column)
    ;(this.place.querySelector('button, a') ?? this.head.querySelector('h1')).focus()
  }

  // remove asks and deletes, and says what the server says: of those that somebody else had deleted that they were gone.
  remove(ids) {
    const n = ids.length, row = this.grid.first()
    let done = false
    confirm({ title: t('delete.title', { n }), text: t('delete.text', { n, table: this.info.name }), label: t('delete', { n }), work: async () => {
      const went = await this.api.remove({ table_id: this.id, delete_data: ids.map(record_id => ({ record_id })) })
      say(went === n ? t('deleted', { n }) : went ? t('deleted.some', { went, n }) : t('deleted.none', { n }))
      done = true
      this.grid?.forget(ids)
      await this.load(true)
    }, onclose: () => { if (done) this.back(row) } })
  }
}
