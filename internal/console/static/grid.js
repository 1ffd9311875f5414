// The grid: a long list of rows of which only those in view are on the page, which can be sorted, edited, selected, copied and pasted into.
// DESIGN.md says how it works and why it is our own.
import { h, put, styles } from './dom.js'
import { words } from './words.js'
import { failed, button, say } from './ui.js'
import { Blocks } from './grid/blocks.js'
import { Head, columnWidth } from './grid/head.js'
import { listen } from './grid/keys.js'
import { Edits } from './grid/edits.js'
import { whole, brief, isCut, numeric } from './grid/values.js'
import { showWhole } from './grid/whole.js'
import * as texts from './words/grid.js'

const t = words(texts)

const rowHeight = 34, headHeight = 35, over = 6 // pixels, pixels, and rows that are kept beside those in view
const tallest = 8_000_000 // pixels; browsers give up on an element some way above this
const mostSelected = 1000
const above = 64 // pixels at the top of the window under which a cell is kept: on a phone the bar of the page is there

// grid makes a grid. Of options:
//   label        its name
//   columns      [{name, type, label?, title?}]; type is TEXT, INT, FLOAT, DATETIME, BOOLEAN, or MOMENT: milliseconds in the reader's zone
//   count        how many rows there are
//   rows         async (start, end, signal) => an array of arrays of values, in the order of columns
//   rowKey       (row, index) => what names a row in a selection, and where it was edited; the index if absent
//   sort         {column, order: 'asc' | 'desc'} or null, and onsort(column, order or null)
//   edit         async (index, row as it was seen, column's name, text or null) => the row as it is now; thrown are a Changed (grid/edits.js)
//                where another value stands there, and a Gone where the row is no more
//   fixed        column => why its cells cannot be changed, which is what every try to do so is answered with; nothing where they can
//   paste        async (index, column, block) => void; block is an array of arrays of texts, '' where a cell was empty
//   selectable   whether rows can be selected; onselection(count); ondelete(): what Delete does while some are, instead of emptying a cell
//   onopen       (index, row): what Enter on a row's number does
// The result has element, refresh({count, columns, sort, keepScroll}), selection() -> keys,
// selected() -> their rows, first() -> the first of them, or the row that has or had the focus, unselect(), focus(), scrollTo(row, column),
// extend(count) where more rows turn out to be there, row(index) of what is here, async rows(first, last), async settled() when no edit is on
// its way any more, at(): the [row, column] that has or had the focus, refused() -> the columns' names of texts that were typed and refused, which
// stay where other rows come, and forget(keys) of rows that were deleted.
export function grid(options) {
  const g = new Grid(options)
  g.dress()
  return {
    element: g.frame, refresh: change => g.refresh(change), selection: () => [...g.selected.keys()], selected: () => [...g.selected.values()].map(s => s.row), first: () => Math.min(...g.selected.size ? [...g.selected.values()].map(s => s.index) : [g.row]), unselect: () => g.unselect(),
    focus: () => g.focusCell(g.row, g.column), scrollTo: (row, column) => g.focusCell(row, column ?? g.column), row: i => g.blocks.get(i), rows: (first, last) => g.blocks.rows(first, last), extend: count => g.extend(count), settled: () => g.edits.settled(), at: () => [g.row, g.column],
    refused: () => g.edits.refused(), forget: keys => g.edits.forget(keys),
  }
}

export class Grid {
  constructor(options) {
    Object.assign(this, { options, columns: options.columns, count: options.count, rowHeight, headHeight })
    this.widths = new Map() // by name; of columns that the reader drew, or that were measured
    this.selected = new Map() // key to {index, row}
    this.anchor = null // the row where the selection began, if there is one
    this.turn = 0 // how often something was selected or freed
    this.row = this.count > 0 ? 0 : -1 // -1 is the head
    this.column = 0 // -1 is the number of the row
    this.drawn = new Map() // index to the element of a row
    this.spare = []
    this.from = this.to = 0 // the columns that are drawn
    this.offset = this.bar = 0 // the top of what is seen is bar + offset; without scaling offset is 0
    this.head = new Head(this)
    this.body = h('div', { role: 'rowgroup', class: 'grid-body' })
    this.scroller = h('div', { role: 'grid', class: 'grid', tabIndex: 0, 'aria-label': options.label, 'aria-description': t('keys') }, this.head.element, this.body)
    if (options.selectable) this.scroller.setAttribute('aria-multiselectable', 'true')
    this.foot = h('div', { class: 'grid-foot' })
    this.frame = h('div', { class: 'grid-frame' }, this.scroller, this.foot)
    this.blocks = new Blocks({ read: options.rows, onload: n => this.loaded(n), onfail: err => this.failed(err) })
    this.blocks.renew(this.count)
    this.edits = new Edits(this)
    this.lay()
    listen(this)
    new ResizeObserver(() => this.soon()).observe(this.scroller)
    this.soon()
  }

  // dress puts its style sheet on; without it the grid would be as tall as all of its rows.
  dress() {
    styles('grid.css').then(() => { this.ready = true; this.draw() }, err => this.failed(err))
  }

  // lay computes the places of the columns and the height of the whole.
  lay() {
    this.gutter = Math.max(44, String(this.count).length * 8 + (this.options.selectable ? 38 : 18))
    let left = this.gutter
    this.places = this.columns.map(c => {
      const place = { left, width: this.widths.get(c.name) ?? columnWidth(c) }
      left += place.width
      return place
    })
    this.body.style.width = this.head.element.style.width = left + 'px'
    this.stretch()
    this.scroller.setAttribute('aria-colcount', this.columns.length + 1)
    this.head.lay()
    if (!this.count) put(this.foot, h('p', { class: 'hint' }, t('none')))
    this.empty()
  }

  // stretch makes the whole as tall as its rows.
  stretch() {
    this.tall = this.count * rowHeight
    this.body.style.height = Math.min(this.tall, tallest) + 'px'
    this.scroller.setAttribute('aria-rowcount', this.count + 1)
  }

  // empty forgets what is drawn, so that it is drawn anew.
  empty() {
    this.hold()
    this.drawn.clear()
    this.spare = []
    this.body.replaceChildren()
  }

  // hold keeps the focus in the grid when the element that has it goes.
  hold(el = this.scroller) {
    if (el.contains(document.activeElement) && document.activeElement !== this.scroller && !this.head.element.contains(document.activeElement)) this.scroller.focus({ preventScroll: true })
  }

  get view() { return Math.max(rowHeight, Math.min(this.scroller.clientHeight, 2 * innerHeight) - headHeight) }
  get top() { return Math.max(0, Math.min(this.bar + this.offset, this.tall - this.view)) }

  // scrolled follows the scroll bar. Where the whole is taller than an element can be, a short way is taken as it is and a long one in
  // proportion; in rest the bar is put where it would be in proportion, so that the two never drift apart.
  scrolled() {
    const bar = this.scroller.scrollTop, end = Math.min(this.tall, tallest) - this.view
    if (this.tall > tallest) {
      if (Math.abs(bar - this.bar) > 2 * this.view) this.offset = bar / end * (this.tall - this.view) - bar
      else if (bar <= 0 || bar >= end - 1) { this.bar = bar; this.settle() }
      clearTimeout(this.rest)
      this.rest = setTimeout(() => { if (this.scroller.scrollTop === this.bar) { this.settle(); this.draw() } }, 150) // else it moves again
    }
    this.bar = this.scroller.scrollTop
    this.soon()
  }

  // settle puts the bar where the top of what is seen belongs.
  settle(top = this.top) {
    const end = Math.min(this.tall, tallest) - this.view
    if (end <= 0) return
    const wanted = this.tall > tallest ? top / (this.tall - this.view) * end : top
    if (Math.abs(this.scroller.scrollTop - wanted) >= 1) this.scroller.scrollTop = wanted
    this.bar = this.scroller.scrollTop
    this.offset = this.tall > tallest ? top - this.bar : 0
  }

  soon() {
    this.frameAt ??= requestAnimationFrame(() => { this.frameAt = undefined; this.draw() })
  }

  // draw puts the rows in view on the page, in their order, and asks for those that are not here.
  draw() {
    if (!this.ready) return
    const top = this.top, first = Math.max(0, Math.floor(top / rowHeight) - over), last = Math.min(this.count - 1, Math.ceil((top + this.view) / rowHeight) + over)
    this.window()
    for (const [i, el] of this.drawn) {
      if (i >= first && i <= last) continue
      this.hold(el)
      this.drawn.delete(i)
      this.spare.push(el)
    }
    let next = null, missing = false
    for (let i = last; i >= first; i--) {
      let el = this.drawn.get(i)
      if (!el || el.stale) {
        el ??= this.spare.pop() ?? this.newRow()
        this.drawn.set(i, el)
        this.fill(el, i)
      }
      missing ||= el.row === undefined
      if (el.nextElementSibling !== next || el.parentNode !== this.body) this.body.insertBefore(el, next)
      next = el
      if (el.offsetBy !== this.offset) {
        el.style.transform = `translateY(${i * rowHeight - this.offset}px)`
        el.offsetBy = this.offset
      }
    }
    for (const el of this.spare) el.remove()
    this.scroller.setAttribute('aria-busy', String(missing && !this.blocks.failed))
    if (this.count > 0) this.blocks.want(first - this.blocks.size / 2, last + this.blocks.size / 2)
    this.rove()
    this.edits.place()
  }

  // window finds the columns in view; when they change all rows are made anew.
  window() {
    const left = this.scroller.scrollLeft - 300, right = this.scroller.scrollLeft + this.scroller.clientWidth + 300
    let from = 0, to = this.columns.length
    while (from < to - 1 && this.places[from].left + this.places[from].width < left) from++
    while (to > from + 1 && this.places[to - 1].left > right) to--
    if (from === this.from && to === this.to) return
    this.from = from
    this.to = to
    this.empty()
  }

  newRow() {
    const number = h('div', { role: 'rowheader', class: 'gutter' + (this.options.selectable ? ' pick' : ''), tabIndex: -1, 'aria-colindex': 1 })
    number.column = -1
    number.style.width = this.gutter + 'px'
    const el = h('div', { role: 'row' }, number)
    for (let c = this.from; c < this.to; c++) {
      const cell = h('div', { role: 'gridcell', tabIndex: -1, 'aria-colindex': c + 2 })
      cell.column = c
      cell.style.left = this.places[c].left + 'px'
      cell.style.width = this.places[c].width + 'px'
      el.append(cell)
    }
    return el
  }

  fill(el, i) {
    const row = this.blocks.get(i), gone = this.edits.isGone(row, i)
    Object.assign(el, { index: i, row, stale: false, offsetBy: NaN })
    el.setAttribute('aria-rowindex', i + 2)
    if (el.classList.contains('gone') !== gone) el.classList.toggle('gone', gone)
    el.firstChild.textContent = String(i + 1)
    if (gone) el.firstChild.setAttribute('aria-label', t('row.gone', { n: i + 1 }))
    else el.firstChild.removeAttribute('aria-label')
    if (this.options.selectable) el.setAttribute('aria-selected', String(row !== undefined && this.selected.has(this.key(row, i))))
    for (let cell = el.firstChild.nextSibling; cell; cell = cell.nextSibling) this.fillCell(cell, row, i)
  }

  fillCell(cell, row, i) {
    const column = this.columns[cell.column], mark = this.edits.mark(i, cell.column)
    const text = row === undefined ? '' : mark?.text !== undefined ? mark.text : whole(row[cell.column], column.type)
    let kind = numeric(column.type) ? 'number' : ''
    if (text === null) kind += ' null'
    if (mark) kind += ' ' + mark.kind
    if (cell.className !== kind) cell.className = kind
    cell.textContent = text === null ? t('null') : brief(text)
    if (text === '' && row !== undefined) cell.setAttribute('aria-label', t('empty'))
    else cell.removeAttribute('aria-label')
    if (this.options.edit) cell.setAttribute('aria-readonly', String(!this.editable(cell.column)))
  }

  key(row, i) { return this.options.rowKey ? this.options.rowKey(row, i) : i }
  editable(c) { return c >= 0 && Boolean(this.options.edit) && !this.options.fixed?.(c) }

  loaded(n) {
    if (!this.measured) this.measure(n)
    for (const el of this.drawn.values()) if (Math.floor(el.index / this.blocks.size) === n) el.stale = true
    put(this.foot)
    this.soon()
  }

  // extend says that there are more rows than were known; those that are here stay.
  extend(count) {
    this.blocks.kept.delete(Math.floor(this.count / this.blocks.size)) // it may end with the rows that were known
    this.count = this.blocks.count = count
    this.stretch()
    this.settle()
    this.soon()
  }

  // measure fits the columns to the first rows that come.
  measure(n) {
    this.measured = true
    const rows = Array.from({ length: this.blocks.size }, (_, i) => this.blocks.get(n * this.blocks.size + i)).filter(Boolean)
    this.columns.forEach((c, i) => { if (!this.widths.has(c.name)) this.widths.set(c.name, columnWidth(c, rows.map(r => whole(r[i], c.type)))) })
    this.lay()
  }

  failed(err) {
    put(this.foot, failed(err, () => { put(this.foot); this.blocks.again(); this.dress(); this.focusCell(this.row, this.column) }))
    this.scroller.setAttribute('aria-busy', 'false')
  }

  // redraw draws a row again, after its values have changed.
  redraw(i) {
    const el = this.drawn.get(i)
    if (!el) return
    const had = el.contains(document.activeElement)
    this.fill(el, i)
    if (had) this.focusCell(this.row, this.column)
    this.soon()
  }

  cell(row = this.row, column = this.column) {
    if (row < 0) return this.head.cell(column)
    const el = this.drawn.get(row)
    return el && (column < 0 ? el.firstChild : el.children[column - this.from + 1]?.column === column ? el.children[column - this.from + 1] : undefined)
  }

  // rove gives the tab stop to the cell that has or had the focus, and to the grid itself while that cell is out of view.
  rove() {
    const cell = this.cell()
    if (this.stop !== cell) {
      if (this.stop) this.stop.tabIndex = -1
      this.stop = cell
    }
    if (cell) cell.tabIndex = 0
    this.scroller.tabIndex = cell ? -1 : 0
    if (cell && document.activeElement === this.scroller) cell.focus({ preventScroll: true })
  }

  // focusCell goes to a cell, and scrolls as far as it must. While the cell is not drawn yet the grid has the focus for it.
  focusCell(row, column) {
    this.row = Math.max(-1, Math.min(row, this.count - 1))
    this.column = Math.max(-1, Math.min(column, this.columns.length - 1))
    this.reveal()
    this.draw()
    const cell = this.cell()
    ;(cell ?? this.scroller).focus({ preventScroll: true })
    this.offer(cell)
  }

  // place is where a row or a cell is in the frame, in pixels, also where it is not drawn.
  place(row, column = 0) {
    const { left, width } = this.places[column] ?? { left: 0, width: this.gutter }
    return { left: left - this.scroller.scrollLeft + 1, top: headHeight + row * rowHeight - this.top + 1, width, height: rowHeight } // 1 is the grid's border
  }

  // reveal scrolls the grid, and the page where the grid is longer than the window, so that the cell is seen.
  reveal() {
    if (this.row >= 0) {
      const at = this.row * rowHeight, top = this.top
      const to = at < top ? at : at + rowHeight > top + this.view ? at + rowHeight - this.view : top
      if (to !== top) this.settle(to)
    }
    const y = this.scroller.getBoundingClientRect().top + (this.row < 0 ? 0 : this.place(this.row).top)
    if (y + rowHeight > innerHeight) scrollBy(0, y + rowHeight - innerHeight + 8)
    else if (y < above) scrollBy(0, y - above)
    if (this.column < 0) return
    const { left, width } = this.places[this.column], s = this.scroller
    if (left - this.gutter < s.scrollLeft) s.scrollLeft = left - this.gutter
    else if (left + width > s.scrollLeft + s.clientWidth) s.scrollLeft = Math.min(left - this.gutter, left + width - s.clientWidth)
  }

  // offer puts a button into a cell that does not show all of its value.
  offer(cell) {
    this.opener?.remove()
    const row = this.blocks.get(this.row)
    if (!cell || this.row < 0 || this.column < 0 || !row) return
    const text = whole(row[this.column], this.columns[this.column].type)
    if (text === null || (cell.scrollWidth <= cell.clientWidth && !isCut(text) && !/[\r\n]/.test(text))) return
    this.opener = button({ label: t('whole'), icon: 'more', bare: true, kind: 'opener', tabIndex: -1, on: () => { cell.focus({ preventScroll: true }); this.showWhole() } }) // the focus comes back to the cell
    cell.append(this.opener)
  }

  // showWhole shows the value of the cell whole, and beside it what there is to say.
  showWhole(hint) {
    const row = this.blocks.get(this.row), column = this.columns[this.column]
    if (row && column) showWhole(column.label ?? column.name, whole(row[this.column], column.type), hint)
  }

  // select selects or frees rows from one to another, only so many at once; afresh frees all others. Rows that come when the reader has
  // selected or freed something since are left as they are.
  async select(from, to, { on = true, afresh = false } = {}) {
    const [a, b] = from < to ? [from, to] : [to, from]
    if (on && b - a >= mostSelected) return say(t('too.many', { n: mostSelected }), 'bad')
    const turn = ++this.turn
    let rows
    try { rows = await this.blocks.rows(a, b) } catch { return }
    if (turn !== this.turn) return
    if (afresh) this.selected.clear()
    rows.forEach((row, i) => {
      const key = this.key(row, a + i)
      if (on) this.selected.set(key, { index: a + i, row })
      else this.selected.delete(key)
    })
    this.selectionChanged()
  }

  // unselect frees all rows, also those that are on their way, and reports whether there were any.
  unselect() {
    const any = this.selected.size > 0
    this.turn++
    this.anchor = null
    this.selected.clear()
    if (any) this.selectionChanged()
    return any
  }

  selectionChanged() {
    if (!this.selected.size) this.anchor = null
    for (const [i, el] of this.drawn) el.setAttribute('aria-selected', String(el.row !== undefined && this.selected.has(this.key(el.row, i))))
    this.options.onselection?.(this.selected.size)
  }

  refresh({ count = this.count, columns = this.columns, sort, keepScroll = false }) {
    const top = this.top, other = columns !== this.columns
    if (sort !== undefined) this.options.sort = sort
    this.edits.end()
    Object.assign(this, { count, columns, measured: this.measured && columns.every(c => this.widths.has(c.name)) })
    this.unselect()
    this.blocks.renew(count, keepScroll && !other)
    this.row = this.row < 0 ? -1 : Math.min(keepScroll ? this.row : 0, count - 1)
    this.column = Math.min(this.column, columns.length - 1)
    this.from = this.to = 0
    put(this.foot)
    this.lay()
    this.settle(keepScroll ? Math.max(0, Math.min(top, this.tall - this.view)) : 0)
    this.soon()
  }
}
