// The frame around the views: who is signed in, where one is, language and theme.
import { h, part, put, undress } from './dom.js'
import { words, languages, language, locale } from './words.js'
import { prefs, session } from './session.js'
import { connect, Refusal } from './api.js'
import { button, icon, select, problem, failed, heading, waiting, empty, link, say, confirm } from './ui.js'
import { underway } from './underway.js'
import * as core from './words/core.js'

const t = words(core)

// A view is a module with `open(root, {api, session, params, query, go, signal, hold})`, which fills root; signal ends when one leaves. Params are
// what stands for the parts in braces. hold(busy, ask) has the reader asked before the view is left while busy(); ask(then) does then() on a yes. A view
// may do so for several things. After it was left go leads nowhere.
// In the navigation stand those with an icon.
const views = [
  { path: 'tables', for: 'agent', icon: 'table', load: () => import('./views/tables.js') },
  { path: 'tables/{table}', for: 'agent', load: () => import('./views/table.js') },
  { path: 'create', for: 'agent', icon: 'upload', load: () => import('./views/create.js') },
  { path: 'ask', for: 'agent', icon: 'ask', load: () => import('./views/ask.js') },
  { path: 'activity', for: 'agent', icon: 'activity', load: () => import('./views/activity.js') },
  { path: 'agents', for: 'admin', icon: 'agent', load: () => import('./views/agents.js') },
  { path: 'agents/{agent}', for: 'admin', load: () => import('./views/agent.js') },
  { path: 'health', for: 'admin', icon: 'health', load: () => import('./views/health.js') },
  { path: 'connect', icon: 'plug', load: () => import('./views/connect.js') },
  { path: 'reference', icon: 'book', load: () => import('./views/reference.js') },
]

let leave = new AbortController()
let held = [] // {busy, ask} of what is on the page
const busy = () => held.find(one => one.busy())

// leaving does what ends the view, after the reader was asked where work is under way.
function leaving(then) {
  const one = busy()
  if (!one) return then()
  one.ask(() => { held = held.filter(other => other !== one); leaving(then) })
}

// go leads to a place of the console: go('tables/66f0...', {sql: '...'}).
function go(path, query) {
  const to = '#/' + path + (query ? '?' + new URLSearchParams(query) : '')
  if (to === location.hash) show()
  else location.hash = to
}

function find(who) {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?')
  const parts = path ? path.split('/') : [who.kind === 'admin' ? 'agents' : 'tables']
  for (const view of views) {
    const pattern = view.path.split('/')
    if (pattern.length !== parts.length || (view.for && view.for !== who.kind)) continue
    const params = {}
    if (pattern.every((p, i) => (p[0] === '{' ? (params[p.slice(1, -1)] = decoded(parts[i])) : p === parts[i]))) {
      return { view, params, query: new URLSearchParams(query) }
    }
  }
  return null
}

// decoded is a part of an address; one that is broken is no part of any.
function decoded(part) {
  try { return decodeURIComponent(part) } catch { return '' }
}

async function show() {
  document.activeElement?.blur() // an open editor of a cell hands over what was typed
  leave.abort(new DOMException('left', 'AbortError'))
  leave = new AbortController()
  held = []
  undress()
  const signal = leave.signal
  document.documentElement.lang = locale()
  for (const open of document.querySelectorAll('dialog[open]')) open.close()
  const who = session.read()
  if (!who) return signIn()
  const main = h('main', { id: 'main', tabIndex: -1 })
  const found = find(who)
  put(document.body, h('a', { class: 'skip', href: '#main', on: { click: e => { e.preventDefault(); main.focus() } } }, t('skip')), frame(who, found?.view), main, notes())
  if (!found) {
    put(main, empty(t('lost.title'), t('lost.text'), link({ label: t('lost.go'), href: '#/' })))
    return
  }
  const root = h('div', { class: 'view' })
  put(main, root)
  const patience = setTimeout(() => { if (!root.hasChildNodes()) put(root, waiting()) }, 200)
  // What is under way, and a dialog, stay on the page with what was typed, and show the refusal in its place; else a key that is no longer valid leads
  // to the form.
  const expired = async () => {
    if (signal.aborted || busy() || underway() || document.querySelector('dialog[open]')) return
    session.end()
    await show()
    say(t('expired'), 'bad')
  }
  try {
    const module = await part(found.view.load)
    if (signal.aborted) return
    const hold = (busy, ask) => { held.push({ busy, ask }) }
    await module.open(root, { api: connect(who.secret, signal, expired), session: who, params: found.params, query: found.query,
      go: (...to) => { if (!signal.aborted) go(...to) }, signal, hold })
  } catch (err) {
    if (!signal.aborted) put(root, heading(t('unopened')), failed(err, show))
  } finally {
    clearTimeout(patience)
  }
  if (signal.aborted) return
  const title = root.querySelector('h1')
  document.title = title ? `${title.textContent} · Stele` : 'Stele'
  title?.focus({ preventScroll: true })
}

const notes = () => h('div', { id: 'notes', role: 'status', 'aria-live': 'polite' })

function frame(who, view) {
  const section = view?.path.split('/')[0]
  const items = views.filter(v => v.icon && (!v.for || v.for === who.kind)).map(v =>
    h('a', { href: '#/' + v.path, 'aria-current': v.path === section ? 'page' : null }, icon(v.icon), h('span', {}, t('nav.' + v.path))))
  const nav = h('nav', { 'aria-label': t('nav'), id: 'nav' }, items)
  const toggle = button({ label: t('menu'), icon: 'menu', bare: true, kind: 'quiet menu-toggle', 'aria-expanded': 'false', 'aria-controls': 'nav',
    on: () => toggle.setAttribute('aria-expanded', String(document.body.classList.toggle('nav-open'))) })
  document.body.classList.remove('nav-open')
  return h('header', { class: 'side' },
    h('div', { class: 'brand' }, toggle, h('img', { src: 'icon.svg', alt: '' }), h('strong', {}, 'Stele')),
    nav,
    h('div', { class: 'who' },
      h('p', {}, h('span', { class: 'hint' }, t(who.kind === 'admin' ? 'who.admin' : 'who.agent')), who.kind === 'agent' && h('strong', {}, who.agent.name),
        who.kind === 'agent' && !who.key.scopes.includes('write') && h('span', { class: 'badge' }, t('readonly'))),
      h('div', { class: 'row' }, ...looks(), button({ label: t('signout'), icon: 'out', bare: true, kind: 'quiet', on: () => leaving(signOut) }))))
}

// signOut forgets the key, after the reader was asked where a change has no answer yet: it is told in this page alone.
function signOut() {
  const out = () => { session.end(); location.hash = ''; show() }
  if (!underway()) return out()
  confirm({ title: t('underway.title'), text: t('underway.text'), label: t('signout'), work: async () => out() })
}

function looks() {
  return [
    select(Object.entries(languages), language(), { 'aria-label': t('language'), class: 'small', on: { change: e => {
      const chosen = e.target.value
      e.target.value = language()
      leaving(() => { prefs.set('language', chosen); show() })
    } } }),
    theme(),
  ]
}

// theme is the button that turns dark into light, and then is the one that turns it back. The view stays as it is.
function theme() {
  const dark = document.documentElement.dataset.theme === 'dark'
  const el = button({ label: t(dark ? 'theme.light' : 'theme.dark'), icon: dark ? 'sun' : 'moon', bare: true, kind: 'quiet', on: () => {
    prefs.set('theme', dark ? 'light' : 'dark')
    paint()
    const other = theme()
    el.replaceWith(other)
    other.focus()
  } })
  return el
}

function paint() {
  document.documentElement.dataset.theme = prefs.get('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
}

function signIn() {
  document.title = `${t('signin.title')} · Stele`
  const shown = h('div', {})
  const secret = h('input', { type: 'password', id: 'secret', value: document.getElementById('secret')?.value ?? '', // what was typed outlasts a change of the language
    autocomplete: 'current-password', spellcheck: false, required: true, 'aria-describedby': 'secret-hint' })
  const submit = button({ label: t('signin.go'), kind: 'primary', type: 'submit', on: null })
  const form = h('form', { class: 'signin', on: { submit: async e => {
    e.preventDefault()
    const key = secret.value.trim()
    if (!key) return put(shown, problem(new Error(t('signin.none'))))
    submit.disabled = true
    try {
      session.write(await open(key))
      await show()
    } catch (err) {
      put(shown, problem(err instanceof Refusal && err.status === 401 ? new Error(t('signin.wrong')) : err))
      secret.select()
    } finally {
      submit.disabled = false
    }
  } } },
  h('div', { class: 'brand' }, h('img', { src: 'icon.svg', alt: '' }), h('strong', {}, 'Stele')),
  h('h1', {}, t('signin.title')), h('p', { class: 'lead' }, t('signin.lead')),
  h('div', { class: 'labelled' }, h('label', { htmlFor: 'secret' }, t('signin.key')), secret, h('p', { class: 'hint', id: 'secret-hint' }, t('signin.hint'))),
  shown, submit, h('details', {}, h('summary', {}, t('signin.where')), h('p', { class: 'hint' }, t('signin.where.text'))))
  put(document.body, h('main', { class: 'alone' }, h('div', { class: 'row looks' }, ...looks()), form), notes())
  secret.focus()
}

// open finds out what a key opens: an agent's tables, or the installation.
async function open(secret) {
  const api = connect(secret)
  try {
    return { kind: 'agent', secret, ...await api.key() }
  } catch (err) {
    if (!(err instanceof Refusal) || err.status !== 401) throw err
  }
  await api.agents(1, 1)
  return { kind: 'admin', secret }
}

addEventListener('hashchange', e => {
  if (!busy()) return show()
  history.pushState(null, '', e.oldURL) // one is still there
  leaving(() => { location.href = e.newURL })
})
// A link to where one is already opens the view anew.
addEventListener('click', e => {
  const link = e.target.closest?.('a[href^="#/"]')
  if (!link || link.href !== location.href || e.defaultPrevented || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return
  e.preventDefault()
  leaving(show)
})
// To close the tab, or to load the page anew, is to leave too.
addEventListener('beforeunload', e => { if (busy() || underway()) e.preventDefault() })
// A file that is dropped beside its place would be opened by the browser instead of the page.
for (const event of ['dragover', 'drop']) addEventListener(event, e => { if (e.dataTransfer.types.includes('Files')) e.preventDefault() })
paint()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint)
show()
