// The pieces that views are made of. Each control has a role and a name.
import { h, svg, put, id, Unloaded } from './dom.js'
import { words, clock } from './words.js'
import { Refusal, Unreached, reached } from './api.js'
import * as core from './words/core.js'

const t = words(core)

const paths = { // 24 by 24, drawn as lines
  table: 'M3 5h18v14H3zM3 10h18M9 10v9', plus: 'M12 5v14M5 12h14', upload: 'M12 16V4M7 9l5-5 5 5M4 20h16', download: 'M12 4v12M7 11l5 5 5-5M4 20h16',
  ask: 'M4 5h16v11H9l-5 4zM8 9h8M8 12h5', activity: 'M3 12h4l3-7 4 14 3-7h4', agent: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6',
  health: 'M12 20s-8-5-8-11a4 4 0 0 1 8-1 4 4 0 0 1 8 1c0 6-8 11-8 11z', plug: 'M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4', book: 'M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5', filter: 'M4 5h16l-6 8v6l-4-2v-4z', sort: 'M8 5v14M5 16l3 3 3-3M16 19V5M13 8l3-3 3 3', columns: 'M4 5h16v14H4zM10 5v14M15 5v14',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13', copy: 'M9 9h11v11H9zM5 15H4V4h11v1', check: 'M5 12l5 5 9-10', close: 'M6 6l12 12M18 6L6 18', more: 'M12 4.5a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8zM12 11.1a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8zM12 17.7a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8z', edit: 'M4 20l1-5L16 4l4 4L9 19z',
  key: 'M14 10a4 4 0 1 0-4 4l2-2h2v-2zM14 10l6-6', chart: 'M4 20V4M4 20h16M8 16v-5M12 16V8M16 16v-3', save: 'M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6', play: 'M7 4l12 8-12 8z', out: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4', moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z', sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1 1M18 18l1 1M5 19l1-1M18 6l1-1',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18', back: 'M15 5l-7 7 7 7', next: 'M9 5l7 7-7 7', menu: 'M4 7h16M4 12h16M4 17h16', up: 'M6 15l6-6 6 6', down: 'M6 9l6 6 6-6', refresh: 'M20 11a8 8 0 1 0-2 6M20 5v6h-6', warn: 'M12 4l9 16H3zM12 10v5M12 18v.01',
}

// icon draws one of the pictures above; it says nothing to a screen reader.
export const icon = name => svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }, svg('path', { d: paths[name] }))

// button makes a button. kind is 'primary', 'danger', 'quiet' or none; with `bare` the label is its name and only the icon is seen.
export function button({ label, icon: picture, kind = '', bare = false, on, ...props }) {
  return h('button', { type: 'button', class: `button ${kind} ${bare ? 'bare' : ''}`, 'aria-label': bare ? label : null, title: bare ? label : '', on: { click: on }, ...props },
    picture && icon(picture), !bare && h('span', {}, label))
}

// link makes a link of the look of a button.
export const link = ({ label, icon: picture, kind = '', href, ...props }) => h('a', { class: `button ${kind}`, href, ...props }, picture && icon(picture), h('span', {}, label))

// labelled puts a label before a control, and a hint and a place for an error behind it. The control is control itself.
export function labelled(label, control, hint) {
  control.id ||= id('control')
  const more = hint && h('p', { class: 'hint', id: control.id + '-hint' }, hint)
  if (more) control.setAttribute('aria-describedby', more.id)
  return h('div', { class: 'labelled' }, h('label', { htmlFor: control.id }, label), control, more)
}

// input makes a text input; on is an object of listeners.
export const input = props => h('input', { type: 'text', autocomplete: 'off', spellcheck: false, ...props })

// select makes a choice of [value, label] pairs.
export const select = (options, value, props = {}) =>
  h('select', props, options.map(([v, label]) => h('option', { value: v, selected: v === value }, label)))

// check makes a check box with its label behind it; `box` of the result is the box.
export function check(label, checked, on, props = {}) {
  const box = h('input', { type: 'checkbox', checked, on: on ? { change: () => on(box.checked) } : {}, ...props })
  const el = h('label', { class: 'check' }, box, h('span', {}, label))
  el.box = box
  return el
}

// reason says in the reader's language what kind of failure it was, and gives the server's own words, and when to try again where it said.
export function reason(err) {
  if (err instanceof Unreached) return t('unreached')
  if (err instanceof Unloaded) return t('unloaded')
  return err.status === 429 && err.until ? `${err.message.replace(/[^.!?]$/, '$&.')} ${t('again.at', { time: clock(err.until) })}` : err.message
}

// problem shows an error where it happened.
export function problem(err, ...more) {
  const title = err instanceof Refusal ? t(err.status === 401 ? 'refused.key' : err.status === 403 ? 'refused.scope' : err.status === 429 ? 'refused.rate' : err.status >= 500 ? 'refused.server' : 'refused') : t('failed')
  return h('div', { class: 'problem', role: 'alert' }, icon('warn'), h('div', {}, h('strong', {}, title), h('p', { class: 'reason' }, reason(err)), more))
}

// failed is a problem with a button that does the work again. For what asks for the page itself to be loaded anew that is done, once the server answers.
export function failed(err, work) {
  const again = button({ label: t('again'), icon: 'refresh', on: () => busy(again, async () => {
    if (!err.anew) return work()
    try {
      await reached()
      location.reload()
    } catch {
      const still = failed(err, work)
      el.replaceWith(still)
      still.querySelector('button').focus()
    }
  }) })
  const el = problem(err, h('div', { class: 'row' }, again))
  return el
}

// fault shows a problem in its place, or at the edge of the page where the reader has left that place since.
export function fault(place, err, ...more) {
  if (place.isConnected) put(place, problem(err, ...more))
  else if (err.name !== 'AbortError') say(reason(err), 'bad')
}

// attempt does the work of a button that has no place for what goes wrong: a dialog of the button's name tells it.
export async function attempt(title, work) {
  try {
    await work()
  } catch (err) {
    if (err.name === 'AbortError') return
    const d = dialog({ title, body: failed(err, () => { d.close(); return attempt(title, work) }) })
  }
}

// empty says that there is nothing yet, and what to do about it.
export const empty = (title, text, ...actions) => h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, text), h('div', { class: 'row' }, actions))

// waiting shows that something is on its way.
export const waiting = (label = t('loading')) => h('p', { class: 'waiting', role: 'status' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), label)

// badge is a short mark. tone is 'good', 'bad', 'warn' or none.
export const badge = (text, tone = '') => h('span', { class: `badge ${tone}` }, text)

// busy keeps a button from being pressed twice while what it began is under way. If it had the focus and nothing else took it, it has it again.
export async function busy(control, work) {
  const had = document.activeElement === control
  control.disabled = true
  control.setAttribute('aria-busy', 'true')
  try {
    return await work()
  } finally {
    control.disabled = false
    control.removeAttribute('aria-busy')
    if (had && document.activeElement === document.body) control.focus({ preventScroll: true })
  }
}

// say tells what has been done, at the edge of the page and to screen readers, and what is said again once. tone is 'good' or 'bad'.
export function say(text, tone = 'good') {
  const note = h('div', { class: `note ${tone}` }, icon(tone === 'bad' ? 'warn' : 'check'), h('span', {}, text))
  const region = document.getElementById('notes')
  for (const other of [...region.children]) if (other.textContent === text) other.remove()
  region.append(note)
  setTimeout(() => note.remove(), tone === 'bad' ? 12_000 : 5_000)
}

// dialog opens a dialog and returns {close, element}. Actions are buttons; body is nodes. It closes by Escape and by its cross, and the focus goes back; where
// what had it is no more, into the grid that it was in, or to the view's heading. Where first(close) is given, Escape and cross do that instead of closing it.
export function dialog({ title, body, actions = [], wide = false, onclose, first = close => close() }) {
  const heading = h('h2', { id: id('dialog') }, title), close = () => el.close(), leave = () => first(close)
  const within = document.activeElement?.closest('[role="grid"]')
  const closed = () => {
    el.remove()
    onclose?.()
    if (document.activeElement === document.body) (within?.parentNode.querySelector('[role="grid"][tabindex="0"], [tabindex="0"]') ?? document.querySelector('main h1'))?.focus()
  }
  const el = h('dialog', { class: wide ? 'wide' : '', 'aria-labelledby': heading.id, on: { close: closed } },
    h('header', {}, heading, button({ label: t('close'), icon: 'close', bare: true, kind: 'quiet', on: leave })),
    h('div', { class: 'body' }, body), h('footer', {}, actions))
  // A browser lets only one Escape in a row be held at `cancel`, and may take one for dialogs above each other, so the key is taken too; that of an
  // input method ends what is being composed, and no dialog.
  el.addEventListener('keydown', e => { if (e.key === 'Escape' && !e.isComposing) { e.preventDefault(); leave() } })
  el.addEventListener('cancel', e => { if (e.target === el) { e.preventDefault(); leave() } })
  document.body.append(el)
  el.showModal()
  return { close, element: el }
}

// confirm asks before something that cannot be undone; word must be typed where it is given. onclose is the dialog's.
export function confirm({ title, text, label, word, work, onclose }) {
  const shown = h('div', {})
  const typed = word && input({ on: { input: () => { go.disabled = typed.value !== word } } })
  const go = button({ label, kind: 'danger', disabled: Boolean(word), on: () => busy(go, async () => {
    try { await work(); d.close() } catch (err) { fault(shown, err) }
  }) })
  const d = dialog({ title, onclose, body: [h('p', {}, text), word && labelled(t('type.to.confirm', { word }), typed), shown], actions: [button({ label: t('cancel'), on: () => d.close() }), go] })
}

// discard asks before what the reader typed in a dialog is lost, and does then() on a yes: the `first` of a dialog, and the `ask` of a view's hold.
export function discard(then) {
  let yes = false // what is below closes when the question is gone, so that the focus goes back by the same way
  confirm({ title: t('discard.title'), text: t('discard.text'), label: t('discard.go'), work: async () => { yes = true }, onclose: () => { if (yes) then() } })
}

// menu makes a button that opens a list of actions: [{label, icon, on, kind}]. Arrows move in it, Escape closes it.
export function menu({ label, icon: picture = 'more', bare = true, kind = 'quiet', items }) {
  const list = h('div', { class: 'menu', role: 'menu', popover: 'auto', id: id('menu') })
  const open = button({ label, icon: picture, bare, kind, 'aria-haspopup': 'menu', 'aria-expanded': 'false', on: () => list.togglePopover() })
  const fill = () => put(list, (typeof items === 'function' ? items() : items).filter(Boolean).map(item => h('button', {
    type: 'button', role: 'menuitem', class: item.kind ?? '', disabled: item.disabled ?? false, on: { click: () => { list.hidePopover(); item.on() } },
  }, item.icon && icon(item.icon), h('span', {}, item.label))))
  list.addEventListener('beforetoggle', e => { if (e.newState === 'open') fill() })
  list.addEventListener('toggle', e => {
    open.setAttribute('aria-expanded', String(e.newState === 'open'))
    if (e.newState !== 'open') return
    const at = open.getBoundingClientRect()
    list.style.top = Math.min(at.bottom + 4, innerHeight - list.offsetHeight - 8) + 'px'
    list.style.left = Math.max(8, Math.min(at.left, innerWidth - list.offsetWidth - 8)) + 'px'
    list.querySelector('button:not(:disabled)')?.focus()
  })
  list.addEventListener('keydown', e => {
    const all = [...list.querySelectorAll('button:not(:disabled)')], i = all.indexOf(document.activeElement)
    const to = { ArrowDown: i + 1, ArrowUp: i - 1 + all.length, Home: 0, End: all.length - 1 }[e.key]
    if (to === undefined) return
    e.preventDefault()
    all[to % all.length].focus()
  })
  const el = h('span', { class: 'menu-of' }, open, list)
  el.button = open
  return el
}

// tabs makes a list of tabs and the panel of the chosen one. Each tab is {id, label, panel: () => node}.
export function tabs(label, all, chosen = all[0].id, onchange) {
  const panel = h('div', { role: 'tabpanel', tabIndex: 0, id: id('panel') })
  const buttons = all.map(tab => h('button', { type: 'button', role: 'tab', id: id('tab'), 'aria-controls': panel.id, on: { click: () => choose(tab.id) } }, tab.label))
  function choose(which) {
    all.forEach((tab, i) => {
      const on = tab.id === which
      buttons[i].setAttribute('aria-selected', String(on))
      buttons[i].tabIndex = on ? 0 : -1
      if (on) { panel.setAttribute('aria-labelledby', buttons[i].id); put(panel, tab.panel()) }
    })
    onchange?.(which)
  }
  const list = h('div', { role: 'tablist', class: 'tabs', 'aria-label': label, on: { keydown: e => {
    const i = buttons.indexOf(document.activeElement), to = { ArrowRight: i + 1, ArrowLeft: i - 1 + buttons.length, Home: 0, End: buttons.length - 1 }[e.key]
    if (to === undefined) return
    e.preventDefault()
    buttons[to % buttons.length].focus()
    choose(all[to % buttons.length].id)
  } } }, buttons)
  choose(chosen)
  return h('div', {}, list, panel)
}

// code shows a text that is to be copied, with a button that does it.
export function code(text, label = t('copy')) {
  return h('div', { class: 'code' }, h('pre', { tabIndex: 0 }, h('code', {}, text)), copier(text, label))
}

// copier is a button that copies a text; what it stands in hears `copied`.
export function copier(text, label = t('copy')) {
  const el = button({ label, icon: 'copy', bare: true, kind: 'quiet', on: async () => { await copy(text); say(t('copied')); el.dispatchEvent(new CustomEvent('copied', { bubbles: true })) } })
  return el
}

// copy puts a text on the clipboard, also on a page that came by plain HTTP, where the browser has no clipboard to write to.
export async function copy(text) {
  if (navigator.clipboard) {
    try { return await navigator.clipboard.writeText(text) } catch { /* the way below needs no permission */ }
  }
  const area = h('textarea', { value: text, class: 'unseen', 'aria-hidden': 'true' })
  const host = document.querySelector('dialog[open]') ?? document.body
  host.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}

// save has the browser save a file.
export function save(name, parts, type) {
  const url = URL.createObjectURL(new Blob(parts, { type }))
  const a = h('a', { href: url, download: name })
  document.body.append(a)
  a.click()
  a.remove()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

// heading is the head of a view: its title, what is said of it, and actions at its right.
export const heading = (title, text, ...actions) => h('header', { class: 'heading' }, h('div', {}, h('h1', { tabIndex: -1 }, title), text && h('p', { class: 'lead' }, text)), h('div', { class: 'row' }, actions))

// list makes a plain table of few rows: columns are {label, cell: row => node, kind}; kind 'number' aligns to the right. On a phone the cells of a row
// stand one below the other, each with its label, unless there may be too many columns for that: then `wide` has it scroll sideways.
export function list(caption, columns, rows, wide = false) {
  const lines = rows.map(r => h('tr', {}, columns.map(c => labelledCell(c.label, c.cell(r), c.kind))))
  return h('div', { class: wide ? 'scroll wide' : 'scroll', tabIndex: 0, role: 'region', 'aria-label': caption }, h('table', { class: wide ? 'list' : 'list lines' }, h('caption', { class: 'unseen' }, caption),
    h('thead', {}, h('tr', {}, columns.map(c => h('th', { scope: 'col', class: c.kind ?? '' }, c.label)))), h('tbody', {}, lines)))
}

// labelledCell is a cell of a table of the class `lines`, which has the label of its column by it on a phone.
export const labelledCell = (label, content, kind = '') => h('td', { class: kind, 'data-label': label.textContent ?? label }, content)
