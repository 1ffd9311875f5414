// How the installation does.
import { h, put, styles } from '../dom.js'
import { words, bytes, number, ago } from '../words.js'
import { heading, button, badge, problem, busy } from '../ui.js'
import { at, zoned } from '../log.js'
import * as own from '../words/health.js'

const t = words(own)
const every = 10_000 // milliseconds between two looks

export async function open(root, { api, signal }) {
  await styles('views/admin.css')
  const place = h('div', { class: 'stack' }), watch = h('div', { class: 'stack' })
  const told = h('p', { class: 'unseen', role: 'status' }) // says so when it changes, and only then
  let last = null
  async function look() {
    let ready
    try {
      const s = await api.status()
      ready = s.ready
      put(place, s.ready ? null : trouble(), facts(s), zoned())
      put(watch, h('p', {}, s.metrics_url === null ? t('metrics.off') : [t('metrics'), ' ', h('code', {}, s.metrics_url)]))
    } catch (err) {
      if (signal.aborted) return
      if (err.status === 401) throw err
      ready = false
      put(place, problem(err), trouble())
    }
    if (last !== null && last !== ready) told.textContent = t(ready ? 'ready' : 'not.ready')
    last = ready
  }
  const refresh = button({ label: t('refresh'), icon: 'refresh', on: () => busy(refresh, look) })
  await look()
  put(root, heading(t('title'), t('lead'), refresh), told, place,
    h('section', { class: 'card stack' }, h('h2', {}, t('more')), watch, h('p', {}, t('probes'), ' ', h('code', {}, location.origin + '/healthz'), ' ', h('code', {}, location.origin + '/readyz')), h('p', { class: 'hint' }, t('docs'))))
  const timer = setInterval(() => { if (!document.hidden) look().catch(() => {}) }, every)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}

function facts(s) {
  const fact = (label, value, more) => h('div', { class: 'card stat' }, h('dt', {}, label), h('dd', {}, value, more && h('div', { class: 'hint' }, more)))
  return h('dl', { class: 'cards' },
    fact(t('state'), badge(t(s.ready ? 'ready' : 'not.ready'), s.ready ? 'good' : 'bad')),
    fact(t('version'), s.version), fact(t('store'), t('store.' + s.store)),
    fact(t('up'), at(s.started_at), ago(s.started_at, s.now)),
    fact(t('agents'), number(s.agents)), fact(t('data'), bytes(s.data_bytes), t('data.' + s.store)), fact(t('memory'), bytes(s.memory_bytes), t('memory.of')))
}

const trouble = () => h('section', { class: 'card stack', role: 'note' }, h('h2', {}, t('trouble')), h('ul', {}, ['log', 'store', 'stopping', 'restart'].map(k => h('li', {}, t('trouble.' + k)))))
