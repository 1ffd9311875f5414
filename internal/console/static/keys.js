// API keys, for whoever runs the installation: how one is asked for, and how it is shown, once.
import { h, id } from './dom.js'
import { words, zone } from './words.js'
import { button, labelled, input, select, check, confirm, dialog, fault, code, busy } from './ui.js'
import { guide } from './guide.js'
import * as own from './words/keys.js'

const t = words(own)
const day = 86_400

// keyForm asks what a key is to be. Its `spec` gives that as the API takes it, or throws what is wrong.
export function keyForm() {
  const scopes = ['read', 'write', 'schema'].map(s => check(t('scope.' + s), true, null, { value: s }))
  const until = input({ type: 'datetime-local', on: { input: () => until.setCustomValidity('') } })
  const untilRow = h('div', { hidden: true }, labelled(t('until'), until, t('until.hint', { zone: zone() })))
  const expiry = select([['0', t('never')], ...[1, 7, 30, 90, 365].map(n => [String(n * day), t('days', { n })]), ['custom', t('custom')]], '0', { on: { change: () => { untilRow.hidden = expiry.value !== 'custom' } } })
  const rpm = input({ inputMode: 'numeric', placeholder: t('rpm.any') })
  const el = h('div', { class: 'stack' },
    h('fieldset', { class: 'choices' }, h('legend', {}, t('scopes')), scopes),
    labelled(t('expiry'), expiry), untilRow, labelled(t('rpm'), rpm, t('rpm.hint')))
  el.spec = () => {
    const chosen = scopes.filter(s => s.box.checked).map(s => s.box.value)
    if (!chosen.length) throw new Error(t('no.scope'))
    let seconds = Number(expiry.value)
    if (expiry.value === 'custom') {
      seconds = Math.round((new Date(until.value).getTime() - Date.now()) / 1000)
      if (!(seconds > 0)) throw new Error(t('bad.until'))
    }
    if (!/^\d{0,9}$/.test(rpm.value.trim())) throw new Error(t('bad.rpm'))
    return { scopes: chosen, expires_in: seconds, rpm: Number(rpm.value.trim()) }
  }
  return el
}

// formDialog asks by a form and does the work when it is sent; the dialog closes when that has worked. The work may resolve to what is to be done then.
export function formDialog({ title, body, label, work }) {
  const shown = h('div', {})
  const form = h('form', { id: id('form'), class: 'stack', on: { submit: e => {
    e.preventDefault()
    busy(go, async () => {
      try {
        const then = await work()
        d.close()
        then?.()
      } catch (err) { fault(shown, err) }
    })
  } } }, body, shown)
  const go = button({ label, kind: 'primary', type: 'submit', on: null })
  go.setAttribute('form', form.id)
  const d = dialog({ title, body: form, actions: [button({ label: t('cancel'), on: () => d.close() }), go] })
}

// showSecret shows a key that was made just now, as nobody can again. It is in the page while the dialog is open, which is not left without a
// question before the key was copied; hold is the view's. then is called when it closes.
export function showSecret(agent, key, hold, then) {
  let kept = false
  const keep = () => { kept = true }
  const ask = go => confirm({ title: t('leave.title'), text: t('leave.text', { agent }), label: t('leave.go'), work: async () => { keep(); go() } })
  const shown = code(key.key, t('copy.key'))
  const d = dialog({ title: t('made', { agent }), wide: true, onclose: then, first: close => (kept ? close() : ask(close)), body: [
    h('p', { class: 'warning' }, t('once')), shown,
    h('details', {}, h('summary', {}, t('snippets')), guide(location.origin, key.key)),
  ], actions: [button({ label: t('kept'), kind: 'primary', on: () => { keep(); d.close() } })] })
  d.element.addEventListener('copied', keep)
  d.element.addEventListener('copy', () => { if (String(getSelection()).includes(key.key)) keep() }) // by hand
  hold(() => !kept && d.element.isConnected, ask)
  shown.querySelector('pre').focus() // and on no button, which the Enter that made the key would press if it is held down
}
