// The guide to this server for programs: snippets in tabs, each ready to copy.
import { h, styles } from './dom.js'
import { words } from './words.js'
import { tabs, code, list } from './ui.js'
import { snippets, bases } from './snippets.js'
import * as own from './words/guide.js'

const t = words(own)

// guide makes it, for a server's address and a key; chosen is the tab that is open at first, and onchange is told of another.
export function guide(origin, key, chosen = 'curl', onchange) {
  styles('views/guide.css').catch(() => {}) // it can be read without
  const all = snippets(origin, key)
  const one = s => h('section', { class: 'snippet' }, h('h3', {}, t(s.id)), t(s.id + '.text') && h('p', { class: 'hint' }, t(s.id + '.text')), code(s.text, t('copy', { what: t(s.id) })))
  const panels = Object.entries(all).map(([id, some]) => ({ id, label: t(id), panel: () => h('div', { class: 'stack' }, some.map(one)) }))
  const base = { id: 'base', label: t('base'), panel: () => h('div', { class: 'stack' }, h('p', {}, t('base.lead')), list(t('base'), [
    { label: t('base.for'), cell: ([name]) => t('base.' + name) },
    { label: t('base.url'), cell: ([, url]) => code(url, t('copy', { what: url })) },
  ], bases(origin)), h('p', { class: 'hint' }, t('base.differ'))) }
  return tabs(t('guide'), [...panels, base], chosen, onchange)
}
