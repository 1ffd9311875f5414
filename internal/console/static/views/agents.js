// The agents of the installation.
import { h, put, styles } from '../dom.js'
import { words, bytes, number } from '../words.js'
import { heading, button, list, empty, input, labelled, confirm, say, reason } from '../ui.js'
import { when, zoned } from '../log.js'
import { keyForm, formDialog, showSecret } from '../keys.js'
import { Refusal } from '../api.js'
import * as own from '../words/agents.js'

const t = words(own)
const perPage = 50
const atOnce = 3 // sizes that are asked for at the same time

export async function open(root, ctx) {
  const { api, query, signal, go, hold } = ctx
  await styles('views/admin.css')
  const page = Math.max(1, Number.parseInt(query.get('page') ?? '1', 10) || 1)
  const { agents, total_count: total } = await api.agents(page, perPage)
  const again = () => open(root, ctx)
  const sizes = loadSizes(api, signal)
  const create = () => createAgent(api, go, hold)
  const columns = [
    { label: t('name'), cell: a => h('a', { href: '#/agents/' + encodeURIComponent(a.id) }, a.name) },
    { label: t('tables'), kind: 'number', cell: a => sizes.cell(a, s => number(s.tables)) },
    { label: t('records'), kind: 'number', cell: a => sizes.cell(a, s => number(s.records)) },
    { label: t('size'), kind: 'number', cell: a => sizes.cell(a, s => (s.bytes === null ? '–' : bytes(s.bytes))) },
    { label: t('created'), cell: a => when(a.created_at) },
    { label: t('id'), cell: a => h('span', { class: 'mono hint' }, a.id) },
    { label: t('actions'), cell: a => button({ label: t('delete.of', { name: a.name }), icon: 'trash', bare: true, kind: 'quiet', on: () => deleteAgent(api, a, again) }) },
  ]
  put(root, heading(t('title'), t('lead'), button({ label: t('create'), icon: 'plus', kind: 'primary', on: create })),
    agents.length ? list(t('title'), columns, agents) : empty(t('none'), t(total ? 'none.page' : 'none.text'), total ? h('a', { href: '#/agents' }, t('first')) : button({ label: t('create'), on: create })),
    pages(page, total), agents.length > 0 && zoned())
}

function pages(page, total) {
  const last = Math.max(1, Math.ceil(total / perPage))
  if (last === 1) return h('p', { class: 'hint' }, t('total', { n: total }))
  const to = (n, label) => (n >= 1 && n <= last ? h('a', { class: 'button', href: '#/agents?page=' + n }, label) : h('span', { class: 'button', 'aria-disabled': 'true' }, label))
  return h('nav', { 'aria-label': t('pages'), class: 'pages' }, to(page - 1, t('previous')), h('span', { class: 'hint' }, t('page', { page, last, total })), to(page + 1, t('next')))
}

// loadSizes asks for the sizes of the agents that are seen, a few at a time, each once.
function loadSizes(api, signal) {
  const known = new Map(), queue = []
  let running = 0
  async function next() {
    if (running >= atOnce || !queue.length || signal.aborted) return
    running++
    const { agent, entry } = queue.shift()
    try {
      const size = await api.agentSize(agent)
      entry.cells.forEach(([el, show]) => put(el, show(size)))
    } catch (err) {
      if (!signal.aborted) entry.cells.forEach(([el]) => { put(el, '–'); el.title = reason(err) })
    }
    running--
    next()
  }
  const seen = new IntersectionObserver(entries => {
    for (const e of entries.filter(e => e.isIntersecting)) {
      seen.unobserve(e.target)
      queue.push({ agent: e.target.dataset.agent, entry: known.get(e.target.dataset.agent) })
      next()
    }
  })
  signal.addEventListener('abort', () => seen.disconnect(), { once: true })
  return {
    cell(agent, show) {
      const el = h('span', { 'data-agent': agent.id }, '…')
      if (!known.has(agent.id)) {
        known.set(agent.id, { cells: [] })
        seen.observe(el)
      }
      known.get(agent.id).cells.push([el, show])
      return el
    },
  }
}

function createAgent(api, go, hold) {
  const name = input({ required: true, maxLength: 64 })
  const form = keyForm()
  formDialog({
    title: t('create'), label: t('create.go'),
    body: [labelled(t('name'), name, t('name.hint')), h('details', {}, h('summary', {}, t('first.key')), form)],
    async work() {
      const spec = form.spec()
      const agent = await api.createAgent({ name: name.value.trim() })
      const there = () => go('agents/' + agent.id)
      try {
        const key = await api.createKey(agent.id, spec)
        return () => showSecret(agent.name, key, hold, there)
      } catch (err) {
        say(t('keyless', { name: agent.name, reason: reason(err) }), 'bad')
        there()
      }
    },
  })
  name.focus()
}

// deleteAgent removes an agent and all that is its own, once its name was typed.
export function deleteAgent(api, agent, done) {
  confirm({
    title: t('delete.title', { name: agent.name }), text: t('delete.text'), label: t('delete.go'), word: agent.name,
    async work() {
      try {
        await api.deleteAgent(agent.id)
      } catch (err) {
        if (!(err instanceof Refusal) || err.status !== 404) throw err // somebody else was faster
      }
      say(t('deleted', { name: agent.name }))
      await done()
    },
  })
}
