// One agent, as the administrator sees it: its keys, how large its tables are, and what was done with them.
import { h, put, styles } from '../dom.js'
import { words, bytes, number } from '../words.js'
import { heading, button, list, empty, tabs, badge, confirm, say, waiting, failed } from '../ui.js'
import { imports, questions, when, at, zoned } from '../log.js'
import { keyForm, formDialog, showSecret } from '../keys.js'
import { deleteAgent } from './agents.js'
import { Refusal } from '../api.js'
import * as own from '../words/agents.js'

const t = words(own)

export async function open(root, { api, params, query, signal, go, hold }) {
  const [agent] = await Promise.all([api.agent(params.agent), styles('views/admin.css')])
  let again = () => {}
  const create = () => {
    const form = keyForm()
    formDialog({ title: t('new.key'), label: t('create.key'), body: form, async work() {
      const key = await api.createKey(agent.id, form.spec())
      return () => showSecret(agent.name, key, hold, () => again())
    } })
  }
  const panels = [
    { id: 'keys', label: t('keys'), panel: () => fetched(signal, async refresh => { again = refresh; return keys(api, (await api.agentKeys(agent.id)).keys, create, refresh) }) },
    { id: 'tables', label: t('tables'), panel: () => fetched(signal, async () => sizes(await api.agentSize(agent.id))) },
    { id: 'questions', label: t('questions'), panel: () => questions({ load: limit => api.agentQueries(agent.id, limit), signal }) },
    { id: 'imports', label: t('imports'), panel: () => imports({ load: before => api.agentImports(agent.id, before), signal }) },
  ]
  const chosen = panels.some(p => p.id === query.get('tab')) ? query.get('tab') : 'keys'
  put(root, heading(agent.name, [t('since'), ' ', at(agent.created_at), ' · ', agent.id],
    button({ label: t('new.key'), icon: 'key', kind: 'primary', on: create }),
    button({ label: t('delete'), icon: 'trash', kind: 'danger', on: () => deleteAgent(api, agent, () => go('agents')) })),
  tabs(agent.name, panels, chosen, tab => history.replaceState(null, '', `#/agents/${encodeURIComponent(agent.id)}?tab=${tab}`)))
}

// fetched is a place for what comes later; make is handed what loads it again.
function fetched(signal, make) {
  const place = h('div', { class: 'stack' }, waiting())
  async function load() {
    try {
      put(place, await make(load))
    } catch (err) {
      if (!signal.aborted) put(place, failed(err, load))
    }
  }
  load()
  return place
}

function keys(api, all, create, refresh) {
  if (!all.length) return empty(t('keys.none'), t('keys.none.text'), button({ label: t('new.key'), icon: 'key', on: create }))
  const now = Date.now()
  return [list(t('keys'), [
    { label: t('key'), cell: k => h('span', { class: 'mono' }, k.id) },
    { label: t('scopes'), cell: k => h('span', { class: 'row scopes' }, k.scopes.map(s => badge(s))) },
    { label: t('created'), cell: k => when(k.created_at) },
    { label: t('expires'), cell: k => (k.expires_at === null ? h('span', { class: 'when' }, t('never')) : k.expires_at < now ? badge(t('expired'), 'bad') : when(k.expires_at)) },
    { label: t('used'), cell: k => (k.last_used_at ? when(k.last_used_at) : h('span', { class: 'null' }, t('unused'))) },
    { label: t('rpm'), kind: 'number', cell: k => (k.rpm ? number(k.rpm) : t('any')) },
    { label: t('revoke'), cell: k => button({ label: t('revoke.of', { id: k.id }), icon: 'close', bare: true, kind: 'danger', on: () => revoke(api, k, refresh) }) },
  ], all), h('p', { class: 'hint' }, t('used.hint')), zoned()]
}

function revoke(api, key, refresh) {
  confirm({
    title: t('revoke.title', { id: key.id }), text: t('revoke.text'), label: t('revoke'),
    async work() {
      try {
        await api.revokeKey(key.id)
      } catch (err) {
        if (!(err instanceof Refusal) || err.status !== 404) throw err // it is gone already
      }
      say(t('revoked', { id: key.id }))
      await refresh()
    },
  })
}

function sizes(size) {
  if (!size.by_table.length) return empty(t('tables.none'), t('tables.none.text'))
  return [
    h('p', {}, t(size.bytes === null ? 'whole.unknown' : 'whole', { tables: size.tables, records: size.records, bytes: size.bytes === null ? '' : bytes(size.bytes) })),
    list(t('tables'), [
      { label: t('table'), cell: s => s.name },
      { label: t('records'), kind: 'number', cell: s => number(s.records) },
      { label: t('size'), kind: 'number', cell: s => (s.bytes === null ? '–' : bytes(s.bytes)) },
      { label: t('id'), cell: s => h('span', { class: 'mono hint' }, s.id) },
    ], size.by_table),
  ]
}
