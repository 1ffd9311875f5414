// The head of the grid: names of columns, by which rows are sorted and whose edges are drawn.
import { h, put } from '../dom.js'
import { words } from '../words.js'
import { numeric, width } from './values.js'
import * as texts from '../words/grid.js'

const t = words(texts)

const least = 56, widest = 900
const usual = { INT: 110, FLOAT: 120, NUMBER: 120, BOOLEAN: 90, DATETIME: 172, MOMENT: 190, TEXT: 200 }

// columnWidth is how wide a column is at first, by its type, its name and what stands in it.
export function columnWidth(column, shown) {
  const name = width(column.label ?? column.name) + width(kind(column.type)) * 0.75 + 42
  if (!shown?.length) return Math.max(usual[column.type] ?? 160, Math.min(name, 320))
  const content = Math.max(...shown.map(s => width(s ?? 'NULL'))) + 20
  return Math.round(Math.max(least + 20, Math.min(name, 320), Math.min(content, 380)))
}

// kind is a type as the product names it; MOMENT is the grid's own word, for times of the server.
const kind = type => (type === 'MOMENT' ? '' : type ?? '')

export class Head {
  constructor(grid) {
    this.grid = grid
    this.row = h('div', { role: 'row', 'aria-rowindex': 1 })
    this.element = h('div', { role: 'rowgroup', class: 'grid-head' }, this.row)
  }

  cell(column) { return this.row.children[column + 1] }

  lay() {
    const { grid } = this, had = this.row.contains(document.activeElement)
    const corner = h('div', { role: 'columnheader', class: 'gutter', tabIndex: -1, 'aria-colindex': 1, 'aria-label': t('row') })
    corner.column = -1
    corner.style.width = grid.gutter + 'px'
    put(this.row, corner, grid.columns.map((c, i) => this.column(c, i)))
    if (had) grid.cell()?.focus({ preventScroll: true })
  }

  column(c, i) {
    const { grid } = this, { sort, onsort } = grid.options
    const sorted = sort?.column === c.name ? sort.order : null
    const label = c.label ?? c.name
    const sorter = h('button', { type: 'button', class: 'sorter', tabIndex: -1, disabled: !onsort, title: [c.title, onsort && t('sort.by', { name: label })].filter(Boolean).join('\n'), on: { click: () => this.sort(i) } },
      h('span', {}, label), kind(c.type) && h('span', { class: 'kind', 'aria-hidden': 'true' }, kind(c.type)), sorted && h('span', { class: 'mark', 'aria-hidden': 'true' }, sorted === 'asc' ? '▲' : '▼'))
    const handle = h('span', { class: 'handle', 'aria-hidden': 'true', on: { pointerdown: e => this.drag(e, i) } })
    const el = h('div', { role: 'columnheader', class: numeric(c.type) ? 'number' : '', tabIndex: -1, 'aria-colindex': i + 2, 'aria-label': label, 'aria-sort': onsort ? { asc: 'ascending', desc: 'descending' }[sorted] ?? 'none' : null }, sorter, handle)
    el.column = i
    el.style.left = grid.places[i].left + 'px'
    el.style.width = grid.places[i].width + 'px'
    return el
  }

  // sort goes from unsorted to ascending, descending and back.
  sort(i) {
    const { sort, onsort } = this.grid.options, name = this.grid.columns[i]?.name
    if (!onsort || name === undefined) return
    const order = sort?.column !== name ? 'asc' : sort.order === 'asc' ? 'desc' : null
    this.grid.options.sort = order && { column: name, order }
    this.grid.row = -1
    this.grid.column = i
    this.lay()
    this.cell(i).focus({ preventScroll: true })
    onsort(name, order)
  }

  resize(i, to) {
    const { grid } = this
    grid.widths.set(grid.columns[i].name, Math.max(least, Math.min(widest, Math.round(to))))
    grid.lay()
    grid.soon()
  }

  drag(e, i) {
    e.preventDefault()
    e.stopPropagation()
    const from = e.clientX, was = this.grid.places[i].width
    const ended = new AbortController(), { signal } = ended
    addEventListener('pointermove', m => this.resize(i, was + m.clientX - from), { signal })
    for (const name of ['pointerup', 'pointercancel', 'blur']) addEventListener(name, () => ended.abort(), { signal })
  }
}
