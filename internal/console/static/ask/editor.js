// The editor of a question: a text area, so that undo, input methods, spelling of dead keys and screen readers work as the browser has them. Under it
// lies the same text in colours, and beside the cursor opens a list of what may be written there.
import { h, put, id } from '../dom.js'
import { tokens, occurrences } from './sql.js'
import { complete } from './complete.js'

const mostPainted = 20_000 // characters; a longer text is shown in one colour, so that typing stays quick

// editor makes one. schema() is the answer of POST /v1/database/schema or null; t has the words. It returns {element, value, set, replace, insert, show, mark, focus}.
export function editor({ label, hint, value = '', schema, t, oninput, onrun }) {
  // The list has a tab stop, for it may scroll; Tab closes it before it could be reached, and a click leaves the focus in the text.
  const list = h('ul', { class: 'proposals', role: 'listbox', id: id('proposals'), 'aria-label': t('proposals'), tabIndex: 0, hidden: true, on: { mousedown: e => e.preventDefault() } })
  const told = h('p', { class: 'unseen', role: 'status' })
  const paint = h('pre', { class: 'paint', 'aria-hidden': 'true' })
  const area = h('textarea', {
    id: id('sql'), value, spellcheck: false, autocapitalize: 'off', rows: 1, autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-haspopup': 'listbox', 'aria-controls': list.id,
  })
  const more = h('p', { class: 'hint', id: area.id + '-hint' }, hint)
  area.setAttribute('aria-describedby', more.id)
  area.setAttribute('autocorrect', 'off')
  const box = h('div', { class: 'editor-box' }, paint, area)
  const frame = h('div', { class: 'editor' }, box, list)
  const element = h('div', { class: 'labelled' }, h('label', { htmlFor: area.id }, label), frame, more, told)

  let wrong = [] // places that are marked
  let proposed = null, chosen = -1, quiet = false, composing = false

  function draw() {
    const text = area.value
    if (text.length > mostPainted) return put(paint, text + '\n')
    const marked = at => wrong.some(w => at >= w.from && at < w.to)
    const spans = tokens(text).map(k => h('span', { class: `${k.kind}${marked(k.at) ? ' wrong' : ''}` }, k.text))
    put(paint, spans, h('span', { class: wrong.some(w => w.from >= text.length) ? 'wrong' : '' }, ' '), '\n')
  }

  function close() {
    proposed = null
    chosen = -1
    list.hidden = true
    put(list)
    area.removeAttribute('aria-activedescendant')
  }

  // propose opens the list where something fits, or closes it.
  function propose(asked) {
    const cards = schema()
    const found = cards && area.selectionStart === area.selectionEnd ? complete(area.value, area.selectionStart, cards, asked) : null
    if (!found) {
      close()
      if (asked) put(told, t('proposals.none'))
      return
    }
    proposed = found
    put(list, found.items.map((item, i) => h('li', {
      role: 'option', id: `${list.id}-${i}`, class: item.kind, 'aria-selected': 'false', on: { mousedown: () => take(i) },
    }, h('span', { class: 'what' }, item.label), ' ', h('span', { class: 'of' }, item.detail ?? t('kind.' + item.kind)))))
    list.hidden = false
    put(told, t('proposals.open', { n: found.items.length }))
    choose(found.whole && !asked ? -1 : 0)
    begun = found.from
    beside(begun)
  }

  function choose(i) {
    list.children[chosen]?.setAttribute('aria-selected', 'false')
    chosen = i
    const el = list.children[i]
    if (!el) return area.removeAttribute('aria-activedescendant')
    el.setAttribute('aria-selected', 'true')
    area.setAttribute('aria-activedescendant', el.id)
    el.scrollIntoView({ block: 'nearest' })
  }

  let begun = 0 // where the word begins that the list is for
  new ResizeObserver(() => { if (!list.hidden) beside(begun) }).observe(frame) // it goes with the frame

  // beside puts the list under the place in the text where the word begins. The coloured copy knows where that is.
  function beside(at) {
    const rect = rectAt(at), around = frame.getBoundingClientRect()
    if (!rect) return
    list.style.top = rect.bottom - around.top + 4 + 'px'
    list.style.left = Math.max(0, Math.min(rect.left - around.left, around.width - list.offsetWidth)) + 'px'
  }

  function rectAt(at) {
    const walk = document.createTreeWalker(paint, NodeFilter.SHOW_TEXT)
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (at <= node.length) {
        const range = document.createRange()
        range.setStart(node, at)
        range.setEnd(node, Math.min(at + 1, node.length))
        return range.getBoundingClientRect()
      }
      at -= node.length
    }
    return null
  }

  // reveal scrolls to a place: it is the box that scrolls, since the text area is as high as its text.
  function reveal(at) {
    const rect = box.scrollHeight > box.clientHeight && rectAt(at), seen = box.getBoundingClientRect()
    if (rect && rect.bottom > seen.bottom - 12) box.scrollTop += rect.bottom - seen.bottom + 12
    else if (rect && rect.top < seen.top + 12) box.scrollTop -= seen.top + 12 - rect.top
  }

  // write replaces a part of the text as if it were typed, so that undo takes it back.
  function write(from, to, text) {
    quiet = true
    area.focus()
    area.setSelectionRange(from, to)
    const done = text === '' ? document.execCommand('delete') : document.execCommand('insertText', false, text)
    if (!done && area.value.slice(from, from + text.length) !== text) { // not every browser does it in a text area
      area.setRangeText(text, from, to, 'end')
      area.dispatchEvent(new InputEvent('input', { bubbles: true }))
    }
    quiet = false
  }

  function take(i) {
    const { from, to, items } = proposed
    close()
    write(from, to, items[i].text)
  }

  area.addEventListener('compositionstart', () => { composing = true; close() })
  area.addEventListener('compositionend', () => { composing = false; propose(false) })
  area.addEventListener('input', e => {
    wrong = []
    draw()
    reveal(area.selectionEnd)
    oninput?.(area.value)
    if (quiet || composing || e.isComposing) return
    if (/^(insert|deleteContent)/.test(e.inputType ?? '') && e.inputType !== 'insertFromPaste') propose(false)
    else close()
  })
  area.addEventListener('blur', close)
  area.addEventListener('click', close)
  area.addEventListener('keydown', e => {
    if (e.isComposing || e.keyCode === 229) return // the key belongs to the input method
    const control = e.ctrlKey || e.metaKey
    if (control && e.key === 'Enter') {
      e.preventDefault()
      close()
      return onrun()
    }
    if (e.ctrlKey && e.code === 'Space') {
      e.preventDefault()
      return propose(true)
    }
    if (!proposed) return e.key === 'Enter' && !control && !e.shiftKey && !e.altKey ? indent(e) : undefined
    const n = list.children.length, to = { ArrowDown: (chosen + 1) % n, ArrowUp: (chosen - 1 + n + (chosen < 0)) % n, PageDown: Math.min(chosen + 8, n - 1), PageUp: Math.max(chosen - 8, 0) }[e.key]
    if (to !== undefined) {
      e.preventDefault()
      choose(to)
    } else if (e.key === 'Escape') {
      e.preventDefault()
      close()
      put(told, t('proposals.closed'))
    } else if ((e.key === 'Enter' || e.key === 'Tab') && !e.shiftKey && chosen >= 0) {
      e.preventDefault()
      take(chosen)
    } else if (['ArrowLeft', 'ArrowRight', 'Home', 'End', 'Enter', 'Tab'].includes(e.key)) {
      close()
    }
  })

  // indent begins a line where the one before begins.
  function indent(e) {
    const before = area.value.slice(area.value.lastIndexOf('\n', area.selectionStart - 1) + 1, area.selectionStart), blank = /^[ \t]*/.exec(before)[0]
    if (blank === '') return
    e.preventDefault()
    write(area.selectionStart, area.selectionEnd, '\n' + blank)
  }

  const mark = places => { wrong = places; draw() }
  draw()
  return {
    element,
    area,
    get value() { return area.value },
    // set replaces the whole text; undo brings the old one back.
    set(text) { write(0, area.value.length, text); area.setSelectionRange(text.length, text.length) },
    // replace writes `by` in every place, which are in order, and leaves the last one selected.
    replace(places, by) {
      if (places.length === 0) return false
      const from = places[0].from, to = places.at(-1).to
      let text = '', at = from
      for (const p of places) { text += area.value.slice(at, p.from) + by; at = p.to }
      write(from, to, text)
      area.setSelectionRange(from + text.length - by.length, from + text.length)
      return true
    },
    // insert writes a name where the cursor is, apart from the word before it.
    insert(text) {
      const { selectionStart: from, selectionEnd: to } = area, before = area.value.slice(0, from), after = area.value.slice(to)
      write(from, to, (/[\p{L}\p{N}_$"')]$/u.test(before) ? ' ' : '') + text + (/^[\p{L}\p{N}_$"']/u.test(after) ? ' ' : ''))
    },
    // show moves the cursor to a place and marks it.
    show(from, to = from) {
      mark([{ from, to: Math.max(to, from + 1) }])
      area.focus()
      area.setSelectionRange(from, to)
      reveal(from)
    },
    mark,
    find: (name, kind) => occurrences(area.value, name, kind),
    focus: () => area.focus(),
  }
}
