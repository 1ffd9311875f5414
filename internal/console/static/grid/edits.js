// What is being edited, on its way, or was refused.
import { h } from '../dom.js'
import { words } from '../words.js'
import { button, copy, reason, say } from '../ui.js'
import { begun } from '../underway.js'
import { edit } from './editor.js'
import { whole, brief } from './values.js'
import * as texts from '../words/grid.js'

const t = words(texts)

// Changed is what an edit is refused with where the cell holds another value than the reader saw: now, as a text or null; row is the row as it is.
export class Changed extends Error {
  constructor(row, now) {
    super(t('changed', { now: now === null ? t('null') : now === '' ? t('empty') : brief(now) }))
    this.row = row
  }
}

// Gone is what an edit is refused with where the row is no more.
export class Gone extends Error {
  constructor() { super(t('gone')) }
}

const narrowest = 144, highest = 240 // pixels; how wide an editor is at least, and how high at most

// Marks stand under the key of a row and the name of a column, so that they outlast another order, other rows and another reading.
const spotOf = (key, name) => key + ' ' + name

export class Edits {
  constructor(grid) { Object.assign(this, { grid, editor: null, marks: new Map(), gone: new Set(), lines: new Map(), note: null }) }

  mark(row, column) { return this.marks.size ? this.marks.get(this.spot(row, column)) : undefined }
  spot(row, column) {
    const { grid } = this, values = grid.blocks.get(row)
    return values && spotOf(grid.key(values, row), grid.columns[column].name)
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

  isGone(values, row) { return values !== undefined && this.gone.has(this.grid.key(values, row)) }

  // begin opens the editor over the cell that has the focus; typed is the key that began it.
  begin(typed) {
    const { grid } = this, { row, column } = grid, values = grid.blocks.get(row)
    if (this.editor || row < 0 || !grid.editable(column)) return
    grid.focusCell(row, column) // it may have been scrolled away
    if (!values) return
    if (this.isGone(values, row)) return this.refuse(row, column, new Gone(), null)
    const c = grid.columns[column], mark = this.mark(row, column), spot = this.spot(row, column)
    this.dismiss(true)
    const is = whole(values[column], c.type), seen = this.seen(row, column)
    const close = () => {
      const { control } = this.editor
      this.editor = null
      if (document.activeElement === control) grid.focusCell(row, column)
      control.remove()
    }
    const settled = () => { if (mark?.kind === 'refused') this.marks.delete(spot) }
    this.editor = edit({
      host: grid.frame, label: t('edit', { name: c.label ?? c.name }), type: c.type, text: mark?.kind === 'refused' && mark.typed !== null ? mark.typed : is, typed, place: control => this.cover(control, row, column),
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
    if (this.isGone(values, row)) return this.refuse(row, column, new Gone(), text)
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
      if (err instanceof Gone) this.gone.add(key)
      const at = this.where(row, key), c = grid.columns.findIndex(x => x.name === name), latest = this.marks.get(spot) === mark
      if (latest) { // else another edit of the cell is on its way
        this.marks.set(spot, { kind: 'refused', typed: text, key, name })
        const there = grid.blocks.get(at)
        if (err instanceof Changed) this.arrive(row, key, err.row)
        else if (there?.[c] === text) this.keep(row, key, Object.assign(there.slice(), there, { [c]: values[column] }))
      }
      if (latest && grid.frame.isConnected && grid.drawn.has(at) && c >= 0) this.refuse(at, c, err, text)
      else say(t('unstored', { name: label ?? name, reason: reason(err) }), 'bad') // where the reader is now
    } finally {
      if (this.lines.get(key) === line) this.lines.delete(key)
    }
    grid.redraw(this.where(row, key))
  }

  // arrive takes a row as the server has it, with what is on its way.
  arrive(row, key, now) {
    this.grid.columns.forEach((c, i) => {
      const mark = this.marks.get(spotOf(key, c.name))
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

  // refuse says beside a cell why what was typed is not there. Over another's value it can be written all the same: that value has been seen now.
  // What was typed into a row that is no more can be taken from there.
  refuse(row, column, err, text) {
    this.dismiss(true)
    const { grid } = this, other = err instanceof Changed, gone = err instanceof Gone
    const leave = () => { this.dismiss(); grid.redraw(row); grid.focusCell(row, column) }
    this.note = h('div', { class: 'grid-note', role: 'alert', on: { keydown: e => { if (e.key === 'Escape') leave() } } },
      h('p', { class: 'reason' }, reason(err)),
      h('div', { class: 'row' }, gone && text && button({ label: t('copy.typed'), icon: 'copy', on: async () => { await copy(text); say(t('copied.typed')) } }), other && button({ label: t('write.anyway'), on: () => { this.dismiss(); this.commit(row, column, text); grid.focusCell(row, column) } }), !gone && button({ label: t('edit.again'), icon: 'edit', on: () => { grid.focusCell(row, column); this.begin() } }), button({ label: t(other ? 'keep' : 'close'), kind: 'quiet', on: leave })))
    this.at = { row, column, spot: this.spot(row, column) }
    grid.frame.append(this.note)
    this.place()
  }

  // place keeps editor and note at their cells. They stand beside the grid and not in it, so that its edges cut nothing off. The note is below its
  // cell, or above where it would reach out of the window or cover the cell that has the focus, which is the next one after Enter.
  place() {
    if (this.editor) this.editor.place()
    if (!this.note) return
    const { grid, note } = this, { left, top, height } = grid.place(this.at.row, this.at.column), below = top + height + 2
    note.hidden = below < 0 || below > grid.scroller.clientHeight + height
    const over = top - note.offsetHeight - 2, { first, last } = this.window()
    const x = Math.max(4, Math.min(left, grid.frame.clientWidth - note.offsetWidth - 4)), focus = grid.row >= 0 && grid.place(grid.row, grid.column)
    const covers = focus && below < focus.top + focus.height && below + note.offsetHeight > focus.top && x < focus.left + focus.width && x + note.offsetWidth > focus.left
    note.style.top = (below + note.offsetHeight <= last && !(covers && over >= first) ? below : Math.max(first, over)) + 'px'
    note.style.left = x + 'px'
  }

  // cover puts an editor over its cell: as wide as the cell but no wider than what is seen of the grid, and of several lines as high as they are,
  // upwards where there is no room below.
  cover(control, row, column) {
    const { grid } = this, { scroller } = grid, at = grid.place(row, column), { last } = this.window()
    const width = Math.min(Math.max(at.width, narrowest), scroller.clientWidth - grid.gutter)
    const top = Math.max(grid.headHeight + 1, Math.min(at.top, scroller.clientHeight - grid.rowHeight + 1, last - grid.rowHeight))
    let height = grid.rowHeight
    if (control.localName === 'textarea') {
      Object.assign(control.style, { width: width + 'px', height: 'auto' })
      height = Math.max(height, Math.min(control.scrollHeight + 4, highest)) // 4 are its borders
    }
    Object.assign(control.style, { width: width + 'px', height: height + 'px', top: Math.min(top, last - height) + 'px', left: Math.max(grid.gutter + 1, Math.min(at.left, scroller.clientWidth + 1 - width)) + 'px' })
  }

  // window is what of the window is at the frame, in pixels from the frame's top.
  window() {
    const { top } = this.grid.frame.getBoundingClientRect()
    return { first: -top, last: innerHeight - top }
  }

  // dismiss takes the note away, and with it the mark of its cell, unless that is kept.
  dismiss(keep = false) {
    if (!this.note) return
    this.note.remove()
    this.note = null
    if (!keep) this.marks.delete(this.at.spot)
  }

  // settled resolves when no edit is on its way any more.
  settled() { return Promise.allSettled([...this.lines.values()].map(line => line.sent)) }

  // end closes what is open, before other rows come.
  end() {
    this.editor?.finish()
    this.dismiss(true)
  }
}
