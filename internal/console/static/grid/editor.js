// The editor of one cell.
import { h } from '../dom.js'
import { numeric } from './values.js'

// edit puts an editor on the page, into host. `text` is what stands in the cell (null for no value), `typed` a key that began the edit: of a
// choice it chooses, and elsewhere it replaces the text. place() puts the control where it belongs, and is called whenever it may be of another size.
// done(text or null, move) is called once with what is to stand there, and cancel() when it stays; move is [rows, columns] to go.
// Empty text is a value where the type is TEXT and no value elsewhere; a TEXT cell without a value keeps none when nothing is typed.
export function edit({ host, label, type, text, typed, place, done, cancel }) {
  let over = false
  const control = type === 'BOOLEAN' ? choice(text, label) : type === 'TEXT' ? h('textarea', { rows: 1, value: typed ?? text ?? '', 'aria-label': label, spellcheck: false })
    : h('input', { type: 'text', value: typed ?? text ?? '', 'aria-label': label, autocomplete: 'off', spellcheck: false, inputMode: numeric(type) ? 'decimal' : 'text', placeholder: type === 'DATETIME' ? '2026-01-31 12:00:00' : '' })
  control.className = 'grid-editor' + (numeric(type) ? ' number' : '')
  const began = control.value
  if (type === 'BOOLEAN') control.value = chosen(typed ?? '', text) ?? began
  const finish = move => {
    if (over) return
    over = true
    const now = control.value
    if (typed === undefined && now === began) return done(text, move)
    const none = now === '' && (type !== 'TEXT' || (text === null && typed === undefined))
    done(none ? null : withEnds(now, text ?? ''), move)
  }
  control.addEventListener('keydown', e => {
    e.stopPropagation()
    if (e.isComposing) return
    if (e.key === 'Escape') {
      e.preventDefault()
      over = true
      cancel()
    } else if (e.key === 'Enter' && !e.altKey && !e.shiftKey) {
      e.preventDefault()
      finish([1, 0])
    } else if (e.key === 'Enter' && type === 'TEXT') {
      e.preventDefault()
      control.setRangeText('\n', control.selectionStart, control.selectionEnd, 'end')
      place(control)
    } else if (e.key === 'Tab') {
      e.preventDefault()
      finish([0, e.shiftKey ? -1 : 1])
    } else if (type === 'BOOLEAN' && !e.ctrlKey && !e.metaKey && !e.altKey && e.key !== ' ' && chosen(e.key) !== undefined) { // the space bar opens the list
      e.preventDefault()
      control.value = chosen(e.key)
    }
  })
  control.addEventListener('input', () => place(control))
  control.addEventListener('blur', () => finish(null))
  host.append(control)
  place(control)
  control.focus({ preventScroll: true })
  if (typed === undefined) control.select?.()
  return { control, finish: () => finish(null), place: () => place(control) }
}

// withEnds gives an edited text the line ends of the text that it was, for a text area makes \n of all of them: a line that was there keeps its
// own, a new one has that of the first.
function withEnds(now, text) {
  if (!text.includes('\r')) return now
  const ends = text.match(/\r\n|\r|\n/g), was = text.replace(/\r\n?/g, '\n')
  let same = 0, above = 0, below = now.split('\n').length
  while (same < now.length && now[same] === was[same]) same++
  return now.replace(/\n/g, (_, at) => {
    below--
    return (at < same ? ends[above++] : ends.at(-below)) ?? ends[0]
  })
}

// choice has a BOOLEAN chosen; a text that is none, and was refused, is shown as it was.
function choice(text, label) {
  return h('select', { 'aria-label': label }, [...new Set(['', 'true', 'false', text ?? ''])].map(v => h('option', { value: v, selected: v === (text ?? '') }, v)))
}

// chosen is what a key chooses of true, false and '' for no value, where is stands; undefined where it chooses nothing.
function chosen(key, is) {
  return { t: 'true', 1: 'true', f: 'false', 0: 'false', ' ': is === 'true' ? 'false' : 'true', backspace: '', delete: '' }[key.toLowerCase()]
}
