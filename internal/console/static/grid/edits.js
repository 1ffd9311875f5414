// What is being edited, on its way, or was refused.
import { h } from '../dom.js'
import { words } from '../words.js'
import { button, reason, say } from '../ui.js'
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

export class Edits {
  constructor(grid) { Object.assign(this, { grid, editor: null, marks: new Map(), lines: new Map(), note: null }) }

  mark(row, column) { return this.marks.get(row + ',' + column) }
  holds(row) { return this.editor?.row === row }

  // begin opens the editor on the cell that has the focus; typed is the key that began it.
  begin(typed) {
    const { grid } = this, { row, column } = grid, cell = grid.cell(), values = grid.blocks.get(row)
    if (this.editor || row < 0 || !grid.editable(column) || !cell || !values) return
    const c = grid.columns[column], mark = this.mark(row, column)
    this.dismiss()
    const is = whole(values[column], c.type), seen = this.seen(row, column)
    cell.classList.add('editing')
    cell.parentNode.classList.add('edits')
    const close = () => {
      cell.classList.remove('editing')
      cell.parentNode?.classList.remove('edits')
      this.editor = null
    }
    const settled = () => { if (mark?.kind === 'refused') this.marks.delete(row + ',' + column) }
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
    const { grid } = this, place = row + ',' + column, values = grid.blocks.get(row), { name } = grid.columns[column]
    if (!values) return
    if (text === whole(values[column], grid.columns[column].type)) return grid.redraw(row)
    const key = grid.key(values, row), mark = { kind: 'saving', text }
    this.marks.set(place, mark)
    this.keep(row, key, Object.assign(values.slice(), values, { [column]: text })) // with what the view hung on the row
    grid.redraw(row)
    const before = this.lines.get(key), line = { names: new Set([...before?.names ?? [], name]), sent: (async () => {
      await before?.sent.catch(() => {})
      return grid.options.edit(row, await seen, name, text) // by name: meanwhile the columns may stand in another order
    })() }
    this.lines.set(key, line)
    try {
      const now = await line.sent
      if (this.marks.get(place) === mark) this.marks.delete(place)
      if (now) this.arrive(row, key, now)
    } catch (err) {
      if (err.name === 'AbortError') return
      if (this.marks.get(place) !== mark) return say(reason(err), 'bad') // other rows are shown by now, or another edit is
      this.marks.set(place, { kind: 'refused', typed: text })
      const there = err instanceof Changed ? null : grid.blocks.get(row) // nothing, if the reader has gone far from it since
      if (there) this.keep(row, key, Object.assign(there.slice(), there, { [column]: values[column] }))
      else if (err instanceof Changed) this.arrive(row, key, err.row)
      this.refuse(row, column, err, text)
    } finally {
      if (this.lines.get(key) === line) this.lines.delete(key)
    }
    grid.redraw(row)
  }

  // arrive takes a row as the server has it, with what is on its way.
  arrive(row, key, now) {
    for (let c = 0; c < this.grid.columns.length; c++) if (this.mark(row, c)?.kind === 'saving') now[c] = this.mark(row, c).text
    this.keep(row, key, now)
  }

  // keep puts a row in the place of the one with its key, if that is still there, and into the selection.
  keep(row, key, values) {
    const { grid } = this, is = grid.blocks.get(row)
    if (is && grid.key(is, row) === key) grid.blocks.set(row, values)
    if (grid.selected.has(key)) grid.selected.set(key, { index: row, row: values })
  }

  // refuse says under a cell why what was typed is not there. Over another's value it can be written all the same: that value has been seen now.
  refuse(row, column, err, text) {
    this.dismiss(true)
    const { grid } = this, other = err instanceof Changed, now = other && whole(err.row[column], grid.columns[column].type)
    const leave = () => { this.dismiss(); grid.redraw(row); grid.focusCell(row, column) }
    this.note = h('div', { class: 'grid-note', role: 'alert', on: { keydown: e => { if (e.key === 'Escape') leave() } } },
      h('p', { class: 'reason' }, other ? t('changed', { now: now === null ? t('null') : now === '' ? t('empty') : brief(now) }) : reason(err)),
      h('div', { class: 'row' }, other && button({ label: t('write.anyway'), on: () => { this.dismiss(); this.commit(row, column, text); grid.focusCell(row, column) } }), button({ label: t('edit.again'), icon: 'edit', on: () => { grid.focusCell(row, column); this.begin() } }), button({ label: t(other ? 'keep' : 'close'), kind: 'quiet', on: leave })))
    this.at = { row, column }
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
    if (!keep) this.marks.delete(this.at.row + ',' + this.at.column)
  }

  // end gives up what is open, before other rows come.
  end() {
    this.editor?.control.finish()
    this.dismiss(true)
    this.marks.clear()
  }
}
