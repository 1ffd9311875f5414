// Keyboard, mouse and clipboard of the grid, after the grid pattern of the WAI-ARIA Authoring Practices.
import { words } from '../words.js'
import { copy, say } from '../ui.js'
import { whole, toTSV, fromTSV } from './values.js'
import * as texts from '../words/grid.js'

const t = words(texts)

export function listen(grid) {
  const { scroller } = grid
  scroller.addEventListener('scroll', () => grid.scrolled(), { passive: true })
  scroller.addEventListener('keydown', e => { if (!e.target.closest('.opener')) pressed(grid, e) })
  scroller.addEventListener('mousedown', e => clicked(grid, e))
  scroller.addEventListener('dblclick', e => {
    const cell = cellOf(e)
    if (!cell || cell.column < 0 || grid.row < 0) return
    if (grid.editable(cell.column)) grid.edits.begin()
    else grid.showWhole(grid.options.fixed?.(cell.column))
  })
  scroller.addEventListener('focusin', e => {
    const cell = cellOf(e)
    if (!cell || e.target !== cell) return
    grid.row = cell.parentNode.index ?? -1
    grid.column = cell.column
    grid.rove()
  })
  scroller.addEventListener('copy', e => {
    const text = clip(grid)
    if (text === null) return
    e.preventDefault()
    e.clipboardData.setData('text/plain', text)
  })
  scroller.addEventListener('paste', e => {
    e.preventDefault()
    pasted(grid, e.clipboardData.getData('text/plain'))
  })
}

const cellOf = e => e.target.closest?.('[role="gridcell"], [role="rowheader"], [role="columnheader"]')

function clicked(grid, e) {
  const cell = cellOf(e)
  if (!cell || e.button !== 0 || e.target.closest('.opener, .handle, .sorter')) return
  e.preventDefault()
  const row = cell.parentNode.index ?? -1
  const picks = grid.options.selectable && row >= 0 && (cell.column < 0 || e.shiftKey)
  const from = grid.row
  grid.focusCell(row, cell.column)
  if (!picks) return
  if (e.shiftKey) {
    grid.anchor ??= Math.max(0, from)
    return grid.select(grid.anchor, row)
  }
  toggle(grid, row)
}

function toggle(grid, row) {
  const values = grid.blocks.get(row)
  if (!values) return
  grid.anchor = row
  grid.select(row, row, { on: !grid.selected.has(grid.key(values, row)) })
}

function pressed(grid, e) {
  if (e.isComposing) return
  const ctrl = e.ctrlKey || e.metaKey
  const done = act(grid, e, ctrl)
  if (done === false) return
  e.preventDefault()
  e.stopPropagation()
}

// act does what a key says; false is that the key means nothing here.
function act(grid, e, ctrl) {
  const { row, column, options } = grid, last = grid.columns.length - 1, page = Math.max(1, Math.floor(grid.view / grid.rowHeight) - 1)
  const go = (r, c) => {
    grid.focusCell(r, c)
    if (e.shiftKey && options.selectable && r !== row && grid.row >= 0) extend(grid, row)
  }
  if (row < 0 && e.altKey && column >= 0 && (e.key === 'ArrowLeft' || e.key === 'ArrowRight')) {
    grid.head.resize(column, grid.places[column].width + (e.key === 'ArrowLeft' ? -16 : 16))
    return grid.focusCell(-1, column)
  }
  if (e.altKey) return false
  switch (e.key) {
    case 'ArrowDown': return go(ctrl ? grid.count - 1 : row + 1, column)
    case 'ArrowUp': return go(ctrl ? 0 : row - 1, column)
    case 'ArrowLeft': return go(row, ctrl ? 0 : column - 1)
    case 'ArrowRight': return go(row, ctrl ? last : column + 1)
    case 'Home': return go(ctrl ? 0 : row, 0)
    case 'End': return go(ctrl ? grid.count - 1 : row, last)
    case 'PageDown': return go(Math.max(0, row) + page, column)
    case 'PageUp': return go(Math.max(0, row - page), column)
    case 'Escape': return grid.unselect() ? undefined : grid.edits.note ? (grid.edits.dismiss(), grid.redraw(row)) : false
    case ' ':
      if (row < 0) return column >= 0 ? grid.head.sort(column) : false
      if (!e.shiftKey && grid.editable(column) && grid.columns[column].type === 'BOOLEAN') return grid.edits.begin(' ')
      return options.selectable ? toggle(grid, row) : false
    case 'Enter': return enter(grid, e)
    case 'F2': return write(grid, () => grid.edits.begin())
    case 'Delete': return grid.selected.size && options.ondelete ? options.ondelete() : write(grid, () => (grid.blocks.get(row)?.[column] !== null ? empty(grid) : undefined))
  }
  if (ctrl && e.key.toLowerCase() === 'a' && options.selectable && grid.count > 0) return grid.select(0, grid.count - 1)
  if (ctrl && e.key.toLowerCase() === 'c') return put(grid)
  if (ctrl) return false
  if (e.key === 'Process') { write(grid, () => grid.edits.begin('')); return false } // an input method goes on in the editor
  return e.key.length === 1 ? write(grid, () => grid.edits.begin(e.key)) : false
}

// write does what changes the cell that has the focus, or says why nothing can be changed there.
function write(grid, change) {
  const { row, column } = grid
  if (row < 0 || column < 0) return false
  if (grid.editable(column)) return change()
  const why = grid.options.fixed?.(column)
  return why ? say(why, 'bad') : false
}

// extend selects from where the selection began to where the focus is now.
function extend(grid, from) {
  grid.anchor ??= Math.max(0, from)
  grid.select(grid.anchor, grid.row, { afresh: true })
}

function enter(grid, e) {
  const { row, column, options } = grid
  if (row < 0) return column >= 0 ? grid.head.sort(column) : false
  if (column < 0) return options.onopen && grid.blocks.get(row) ? options.onopen(row, grid.blocks.get(row)) : false
  if (e.shiftKey) return grid.showWhole()
  if (!grid.editable(column)) return grid.showWhole(options.fixed?.(column))
  return grid.edits.begin()
}

// empty takes the value away; where that cannot be the server says so, in place.
function empty(grid) { grid.edits.commit(grid.row, grid.column, null) }

// clip is what a copy takes: the selected rows, or the cell. A cell is its text as it is, unless a paste of that would read another one.
function clip(grid) {
  const text = row => grid.columns.map((c, i) => whole(row[i], c.type))
  if (grid.selected.size) return toTSV([...grid.selected.values()].sort((a, b) => a.index - b.index).map(s => text(s.row)))
  const row = grid.blocks.get(grid.row)
  if (grid.row < 0 || grid.column < 0 || !row) return null
  const one = text(row)[grid.column] ?? ''
  return /[\t\r\n]/.test(one) || one.startsWith('"') ? toTSV([[one]]) : one
}

// put copies by our own way, for browsers say nothing of a copy where no text is selected.
async function put(grid) {
  const text = clip(grid)
  if (text === null) return
  await copy(text)
  grid.focusCell(grid.row, grid.column)
  say(grid.selected.size ? t('copied.rows', { n: grid.selected.size }) : t('copied.cell'))
}

function pasted(grid, text) {
  if (grid.row < 0 || grid.column < 0 || text === '') return
  const block = fromTSV(text), one = block.length === 1 && block[0].length === 1 && grid.editable(grid.column) && grid.blocks.get(grid.row)
  if (one) return grid.edits.commit(grid.row, grid.column, block[0][0] === '' ? null : block[0][0])
  return grid.options.paste ? grid.options.paste(grid.row, grid.column, block) : write(grid, () => {})
}
