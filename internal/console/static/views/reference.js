// The reference of the API, made of its own document.
import { h, put, styles } from '../dom.js'
import { words } from '../words.js'
import { heading, input, labelled, select, badge, code, button, problem, busy, list, empty } from '../ui.js'
import { markdown, inline } from '../markdown.js'
import { operations, resolve, dialects, fits, form, kind, limits, rows, examples, command, prefix, reads } from '../openapi.js'
import { prefs } from '../session.js'
import * as own from '../words/reference.js'

const t = words(own)
let loaded // the document, which does not change while the page is open
let wanted = '' // what is searched for, kept from one endpoint to the next

export async function open(root, { api, session, query, signal }) {
  const load = () => api.document().catch(err => { loaded = null; throw err })
  const [doc] = await Promise.all([loaded ??= load(), styles('views/reference.css')])
  const all = operations(doc).map(op => ({ ...op, words: [op.path, op.summary, op.description, op.method, op.operationId].join('\n').toLowerCase() }))
  const place = h('div', { class: 'endpoint stack' }), index = h('nav', { 'aria-label': t('endpoints'), class: 'index' })
  const count = h('p', { class: 'unseen', role: 'status' })
  let chosen = query.get('op')

  const search = input({ type: 'search', value: wanted, on: { input: () => { wanted = search.value; draw() } } })
  function draw() {
    const some = all.filter(op => wanted.toLowerCase().split(/\s+/).every(word => op.words.includes(word)))
    const tags = [...new Set(some.map(op => op.tags[0]))]
    put(index, !wanted && entry(null, t('introduction')), tags.map(tag => h('section', {}, h('h2', {}, tag), some.filter(op => op.tags[0] === tag).map(op => entry(op)))), !some.length && h('p', { class: 'hint' }, t('none')))
    count.textContent = t('found', { n: some.length })
  }
  function entry(op, label) {
    return h('a', { href: '#/reference' + (op ? '?op=' + op.operationId : ''), 'aria-current': (op?.operationId ?? null) === chosen ? 'page' : null, on: { click: e => {
      if (e.ctrlKey || e.metaKey || e.shiftKey) return
      e.preventDefault()
      history.pushState(null, '', e.currentTarget.href)
      choose(op?.operationId ?? null)
    } } }, op ? [h('span', { class: 'verb ' + op.method }, op.method), h('span', { class: 'grow' }, op.summary)] : label)
  }
  function choose(id) {
    chosen = id
    draw()
    show()
    index.querySelector('[aria-current]')?.focus()
    place.scrollIntoView({ block: 'nearest' })
  }
  function show() {
    const op = all.find(one => one.operationId === chosen)
    if (op) put(place, endpoint({ doc, op, api, session, signal, again: show }))
    else put(place, chosen ? empty(t('unknown'), t('unknown.text')) : [h('h2', {}, t('introduction')), markdown(doc.info.description)])
  }
  draw()
  show()
  put(root, heading(t('title'), t('lead', { n: all.length }), h('a', { class: 'button', href: '/openapi.json' }, 'openapi.json'), h('a', { class: 'button', href: '/openapi.yaml' }, 'openapi.yaml')),
    h('div', { class: 'reference' }, h('div', { class: 'finder stack' }, labelled(t('search'), search), count, index), place))
  index.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
}

// endpoint shows one request: what it is for, what it takes, what comes back.
function endpoint({ doc, op, api, session, signal, again }) {
  const dialect = dialects.includes(prefs.get('dialect')) ? prefs.get('dialect') : 'gptbots'
  const chooser = prefix(op, dialect) && labelled(t('dialect'), select(dialects.map(d => [d, d]), dialect, { on: { change: e => { prefs.set('dialect', e.target.value); again() } } }), t('dialect.hint'))
  const body = resolve(doc, op.requestBody)?.content?.['application/json']
  return [
    h('header', { class: 'stack' }, h('h2', {}, op.summary), h('p', { class: 'row address' }, h('span', { class: 'verb ' + op.method }, op.method), h('code', {}, op.path), h('span', { class: 'hint' }, who(op)))),
    markdown(op.description), chooser,
    op.parameters.length > 0 && section(t('parameters'), parameters(doc, op.parameters)),
    body && section(t('body'), [resolve(doc, op.requestBody).description && markdown(resolve(doc, op.requestBody).description), tree(doc, body.schema, t('body'))]),
    attempt({ doc, op, api, session, signal, dialect, body }),
    section(t('answers'), Object.entries(op.responses).map(([status, r]) => answer(doc, status, resolve(doc, r), dialect))),
  ]
}

const section = (title, ...body) => h('section', { class: 'stack' }, h('h3', {}, title), body)

const who = op => (op.security?.length === 0 ? t('key.none') : op.security?.[0]?.adminKey ? t('key.admin') : t('key.api'))

const parameters = (doc, all) => list(t('parameters'), [
  { label: t('name'), cell: p => h('code', {}, p.name) },
  { label: t('in'), cell: p => t('in.' + p.in) },
  { label: t('type'), cell: p => [h('code', {}, kind(doc, p.schema)), p.required && [' ', badge(t('required'), 'warn')]] },
  { label: t('description'), cell: p => [markdown(p.description), bounds(doc, p.schema)] },
], all)

// tree shows the members of a schema, those within others moved to the right.
function tree(doc, schema, caption) {
  const s = resolve(doc, schema), all = rows(doc, s)
  const about = s.description && markdown(s.description)
  if (!all.length) return [about, h('p', {}, h('code', {}, kind(doc, s)), bounds(doc, s))]
  return [about, list(caption, [
    { label: t('name'), cell: r => {
      const el = h('code', { class: 'member' }, r.path.slice(0, -1).map(() => h('span', { class: 'within', 'aria-hidden': 'true' })), h('span', { class: 'unseen' }, r.path.slice(0, -1).map(name => name + '.')), r.path.at(-1))
      return [el, r.required && h('div', {}, badge(t('required'), 'warn'))]
    } },
    { label: t('type'), cell: r => h('code', {}, kind(doc, r.schema)) },
    { label: t('description'), cell: r => [markdown(resolve(doc, r.schema)?.description), bounds(doc, r.schema)] },
  ], all)]
}

function bounds(doc, schema) {
  const all = schema ? limits(doc, schema) : []
  return all.length > 0 && h('p', { class: 'hint' }, all.map(([name, value], i) => [i > 0 && ' · ', t('limit.' + name), ' ', h('code', {}, value)]))
}

function answer(doc, status, response, dialect) {
  const [type, content] = Object.entries(response.content ?? {})[0] ?? []
  const schema = content && form(doc, content.schema, dialect)
  const inside = () => [
    schema && tree(doc, schema, t('answer.of', { status })),
    Object.entries(response.content ?? {}).flatMap(([media, c]) => examples(c, dialect).map(([name, value]) => h('div', {}, h('p', { class: 'hint' }, t('example'), fits(name, '') && name ? ': ' + name : '', media === type ? '' : ` (${media})`), code(typeof value === 'string' ? value : JSON.stringify(value, null, 2), t('copy.example'))))),
    response.headers && h('p', { class: 'hint' }, t('headers'), ' ', Object.keys(response.headers).map((name, i) => [i > 0 && ', ', h('code', {}, name)])),
  ]
  const more = h('div', { class: 'stack' })
  const el = h('details', { class: 'answer', open: status === '200', on: { toggle: fill } }, h('summary', {}, badge(status, status < '300' ? 'good' : status < '500' ? 'warn' : 'bad'), ' ', inline((response.description ?? '').split('\n')[0])),
    (response.description ?? '').includes('\n') && markdown(response.description), more)
  function fill() { if (el.open && !more.hasChildNodes()) put(more, inside()) }
  fill()
  return el
}

// attempt gives the request as a command, and sends it where it changes nothing and the reader's key may.
function attempt({ op, api, session, signal, dialect, body }) {
  const [, first] = examples(body, dialect)[0] ?? []
  const text = body && h('textarea', { rows: 8, spellcheck: false, class: 'mono', value: JSON.stringify(first ?? {}, null, 2) })
  const line = h('div', {}), shown = h('div', { class: 'stack', 'aria-live': 'polite' })
  const draw = () => put(line, code(command(location.origin, op, dialect, text?.value), t('copy.command')))
  text?.addEventListener('input', draw)
  draw()
  // Only of a GET the path may be edited: nothing that is sent from here changes anything.
  const at = prefix(op, dialect) + op.path, path = op.method === 'GET' && input({ value: at, class: 'mono' })
  const send = button({ label: t('send'), icon: 'play', kind: 'primary', on: () => busy(send, async () => {
    try {
      const got = await api.text(op.method, path ? path.value : at, path ? undefined : text?.value)
      put(shown, h('h4', {}, t('came')), h('pre', { class: 'came', tabIndex: 0, role: 'region', 'aria-label': t('came') }, got.length > 100_000 ? got.slice(0, 100_000) + '…' : got))
    } catch (err) { if (!signal.aborted) put(shown, problem(err)) }
  }) })
  const may = session.kind === 'agent' && reads(op)
  return section(t('try'), text && labelled(t('try.body'), text), line, may && [path && labelled(t('try.path'), path), h('div', { class: 'row' }, send), shown])
}
