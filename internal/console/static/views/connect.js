// How programs and models reach this server.
import { h, put } from '../dom.js'
import { words } from '../words.js'
import { heading, check, badge } from '../ui.js'
import { guide } from '../guide.js'
import { placeholder } from '../snippets.js'
import * as own from '../words/connect.js'

const t = words(own)

export async function open(root, { session, query }) {
  let chosen = query.get('tab') ?? 'curl'
  const place = h('div', {})
  // The key of the session is in the page only while its reader wants to see it there.
  const show = session.kind === 'agent' && check(t('show.key'), false, draw)
  function draw() {
    put(place, guide(location.origin, show && show.box.checked ? session.secret : placeholder, chosen, tab => {
      chosen = tab
      history.replaceState(null, '', '#/connect?tab=' + tab)
    }))
  }
  draw()
  put(root, heading(t('title'), t('lead')),
    session.kind === 'agent'
      ? h('div', { class: 'card stack' }, h('p', {}, t('agent', { name: session.agent.name }), ' ', session.key.scopes.map(s => [badge(s), ' '])), show, h('p', { class: 'hint' }, t('own.key')))
      : h('p', { class: 'card' }, t('admin'), ' ', h('a', { href: '#/agents' }, t('admin.link'))),
    place)
}
