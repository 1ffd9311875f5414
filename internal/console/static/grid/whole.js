// A value shown whole.
import { h } from '../dom.js'
import { words } from '../words.js'
import { dialog, button, copy, say } from '../ui.js'
import { signed } from './values.js'
import * as core from '../words/core.js'
import * as texts from '../words/grid.js'

const t = words(texts), c = words(core)

// showWhole opens a dialog with a value; null is no value. A hint is said below it. What is copied is the value as it is.
export function showWhole(name, text, hint) {
  const body = text === null ? h('p', { class: 'null' }, t('null.value')) : text === '' ? h('p', { class: 'hint' }, t('empty.value'))
    : [h('p', { class: 'hint' }, t('size', { n: [...text].length })), h('pre', { class: 'whole', tabIndex: 0, role: 'region', 'aria-label': name }, signed(text))]
  const actions = text ? [button({ label: c('copy'), icon: 'copy', on: async () => { await copy(text); say(c('copied')) } })] : []
  return dialog({ title: name, body: [body, hint && h('p', { class: 'hint' }, hint)], actions, wide: true })
}
