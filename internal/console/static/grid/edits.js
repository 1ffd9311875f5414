// What is being edited, on its way, or was refused.
import { h } from '../dom.js'
import { words } from '../words.js'
import { button, reason, say } from '../ui.js'
import { begun } from '../underway.js'
import { edit } from './editor.js'
import { whole, brief } from './values.js'
import * as texts from '../words/grid.js'

const t = words(texts)

// Changed is what an edit is refused with where the cell holds another value than the reader saw; row is the row as it is now.
export class Changed extends Error {
  constructor(row) {
    super('')
    this.row = row
  }
}

// Marks stand under the key of a row and the name of a column, so that they outlast another order, other rows and another reading.
export class Edits {
  constructor(grid) { Object.assign(this, { grid, editor: null, marks: new Map(), lines: new Map(), note: null }) }

  mark(row, column) { return this.marks.size ? this.marks.get(this.spot(row, column)) : undefined }
  spot(row, column) {
    const { grid } = this, values = grid.blocks.get(row)
    return values && grid.key(values, row) + ' ' + grid.columns[column].name
  }

  // where is the row with a key now, if it is here; it was at row.
  where(row, key) {
    const { grid } = this, has = i => { const values = grid.blocks.get(i); return values !== undefined && grid.key(values, i) === key }
    return has(row) ? row : [...grid.drawn.keys()].find(has)
  }

  // refused are the names of the columns of texts that were typed and refused, and stand in cells still.
  refused() { return [...this.marks.values()].filter(m => m.kind === 'refused' && m.typed !== null).map(m => m.name) }

  // forget gives up what was refused in rows that are no more.
  forget(keys) { for (const [spot, m] of this.marks) if (m.kind === 'refused' && keys.includes(m.key)) this.marks.delete(spot) }

  holds(row) { return this.editor?.row === row }

  // begin opens the editor on the cell that has the focus; typed is the key that began it.
  begin(typed) {
    const { grid } = this, { row, column } = grid, cell = grid.cell(), values = grid.blocks.get(row)
    if (this.editor || row < 0 || !grid.editable(column) || !cell || !values) return
    const c = grid.columns[column], mark = this.mark(row, column), spot = this.spot(row, column)
    this.dismiss(true)
    const is = whole(values[column], c.type), seen = this.seen(row, column)
    cell.classList.add('editing')
    cell.parentNode.classList.add('edits')
    const close = () => {
      cell.classList.remove('editing')
      cell.parentNode?.classList.remove('edits')
      this.editor = null
    }
    const settled = () => { if (mark?.kind === 'refused') this.marks.delete(spot) }
    this.editor = { row, column }
    this.editor.control = edit({
      cell, label: t('edit', { name: c.label ?? c.name }), type: c.type, text: mark?.kind === 'refused' && mark.typed !== null ? mark.typed : is, typed,
      cancel: () => { close(); settled(); grid.redraw(row); grid.focusCell(row, column) },
      done: (text, move) => {
        close()
        settled()
        this.commit(row, column, text, seen)
        if (move) grid.focusCell(row + move[0], column + move[1])
      },
    })
  }

  // seen is a row as the reader sees it: where an edit of this cell is on its way, as that leaves it.
  seen(row, column) {
    const { grid } = this, values = grid.blocks.get(row), line = values && this.lines.get(grid.key(values, row))
    return line?.names.has(grid.columns[column].name) ? line.sent.then(now => now ?? values, () => values) : values
  }

  // commit shows what was typed at once, sends it unless it is there already, and puts the old value back where the server refuses. Edits of one row go one after the
  // other, so that the last one typed is the last one stored.
  async commit(row, column, text, seen = this.seen(row, column)) {
    const { grid } = this, values = grid.blocks.get(row), { name, label, type } = grid.columns[column]
    if (!values) return
    if (text === whole(values[column], type)) return grid.redraw(row)
    const key = grid.key(values, row), spot = this.spot(row, column), mark = { kind: 'saving', text }
    this.marks.set(spot, mark)
    this.keep(row, key, Object.assign(values.slice(), values, { [column]: text })) // with what the view hung on the row
    grid.redraw(row)
    const before = this.lines.get(key), line = { names: new Set([...before?.names ?? [], name]), sent: begun((async () => {
      await before?.sent.catch(() => {})
      return grid.options.edit(row, await seen, name, text) // by name: meanwhile the columns may stand in another order
    })()) }
    this.lines.set(key, line)
    try {
      const now = await line.sent
      if (this.marks.get(spot) === mark) this.marks.delete(spot)
      if (now) this.arrive(row, key, now)
    } catch (err) {
      const at = this.where(row, key), c = grid.columns.findIndex(x => x.name === name), latest = this.marks.get(spot) === mark
      if (latest) { // else another edit of the cell is on its way
        this.marks.set(spot, { kind: 'refused', typed: text, key, name })
        const there = grid.blocks.get(at)
        if (err instanceof Changed) this.arrive(row, key, err.row)
        else if (there?.[c] === text) this.keep(row, key, Object.assign(there.slice(), there, { [c]: values[column] }))
      }
      if (latest && grid.frame.isConnected && grid.drawn.has(at) && c >= 0) this.refuse(at, c, err, text)
      else say(t('unstored', { name: label ?? name, reason: this.why(err, name, type) }), 'bad') // where the reader is now
    } finally {
      if (this.lines.get(key) === line) this.lines.delete(key)
    }
    grid.redraw(this.where(row, key))
  }

  // why says why an edit was refused.
  why(err, name, type) {
    if (!(err instanceof Changed)) return reason(err)
    const now = whole(err.row[this.grid.columns.findIndex(c => c.name === name)], type)
    return t('changed', { now: now == null ? t('null') : now === '' ? t('empty') : brief(now) })
  }

  // arrive takes a row as the server has it, with what is on its way.
  arrive(row, key, now) {
    this.grid.columns.forEach((c, i) => {
      const mark = this.marks.get(key + ' ' + c.name)
      if (mark?.kind === 'saving') now[i] = mark.text
    })
    this.keep(row, key, now)
  }

  // keep puts a row in the place of the one with its key, which was at row, if that is still here, and into the selection.
  keep(row, key, values) {
    const { grid } = this, at = this.where(row, key), picked = grid.selected.get(key)
    if (at !== undefined) grid.blocks.set(at, values)
    if (picked) grid.selected.set(key, { index: at ?? picked.index, row: values })
  }

  // refuse says under a cell why what was typed is not there. Over another's value it can be written all the same: that value has been seen now.
  refuse(row, column, err, text) {
    this.dismiss(true)
    const { grid } = this, other = err instanceof Changed, { name, type } = grid.columns[column]
    const leave = () => { this.dismiss(); grid.redraw(row); grid.focusCell(row, column) }
    this.note = h('div', { class: 'grid-note', role: 'alert', on: { keydown: e => { if (e.key === 'Escape') leave() } } },
      h('p', { class: 'reason' }, this.why(err, name, type)),
      h('div', { class: 'row' }, other && button({ label: t('write.anyway'), on: () => { this.dismiss(); this.commit(row, column, text); grid.focusCell(row, column) } }), button({ label: t('edit.again'), icon: 'edit', on: () => { grid.focusCell(row, column); this.begin() } }), button({ label: t(other ? 'keep' : 'close'), kind: 'quiet', on: leave })))
    this.at = { row, column, spot: this.spot(row, column) }
    grid.frame.append(this.note)
    this.place()
  }

  // place keeps the note at its cell.
  place() {
    if (!this.note) return
    const { grid } = this, { row, column } = this.at, p = grid.places[column]
    const y = grid.headHeight + (row + 1) * grid.rowHeight - grid.top + 3
    this.note.hidden = y < 0 || y > grid.scroller.clientHeight + grid.rowHeight
    this.note.style.top = y + 'px'
    this.note.style.left = Math.max(4, Math.min(p.left - grid.scroller.scrollLeft, grid.frame.clientWidth - this.note.offsetWidth - 4)) + 'px'
  }

  // dismiss takes the note away, and with it the mark of its cell, unless that is kept.
  dismiss(keep = false) {
    if (!this.note) return
    this.note.remove()
    this.note = null
    if (!keep) this.marks.delete(this.at.spot)
  }

  // end closes what is open, before other rows come.
  end() {
    this.editor?.control.finish()
    this.dismiss(true)
  }
}
