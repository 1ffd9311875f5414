// A table by a form.
import { h, put, id } from '../dom.js'
import { words } from '../words.js'
import { busy, button, check, input, labelled, select } from '../ui.js'
import { legal } from '../files/names.js'
import { clear, faultOf, place } from './create-faults.js'
import * as own from '../words/create.js'

const t = words(own)

export const types = ['TEXT', 'INT', 'FLOAT', 'DATETIME', 'BOOLEAN']
const mostFields = 200
const drafts = new Map() // what was begun and not created yet, by the id of the key: a change of the language, or another view, does not lose it

export function byForm({ api, session, go }) {
  const begun = drafts.get(session.key.id) ?? { name: '', description: '', index: false, fields: [{}] }
  const name = input({ maxLength: 64, required: true, value: begun.name }), description = input({ maxLength: 128, value: begun.description })
  const faults = { name: faultOf(name), description: faultOf(description), get fields() { return fields } }
  const index = check(t('keyword.index'), begun.index), rule = h('p', { class: 'hint', id: id('rule') }, t('field.hint'))
  const list = h('ol', { class: 'fields', 'aria-label': t('fields') }), elsewhere = h('div', {})
  let fields = []

  function add(is, focus) {
    const f = field({
      is, rule: rule.id,
      up: () => move(f, -1), down: () => move(f, 1),
      drop: () => {
        const i = fields.indexOf(f)
        fields.splice(i, 1)
        f.element.remove()
        draw()
        ;(fields[i] ?? fields[i - 1])?.name.focus()
      },
    })
    fields.push(f)
    draw()
    if (focus) f.name.focus()
  }

  function move(f, by) {
    const i = fields.indexOf(f), held = document.activeElement
    fields.splice(i, 1)
    fields.splice(i + by, 0, f)
    draw()
    ;(held.disabled ? f.name : held).focus()
  }

  // draw touches only the lines that have come or moved: what it does with each line anew it does as often as there are lines, squared.
  function draw() {
    fields.forEach((f, i) => {
      f.place(i, fields.length)
      if (list.children[i] !== f.element) list.insertBefore(f.element, list.children[i] ?? null)
    })
    more.disabled = fields.length >= mostFields
    keep()
  }

  const keep = () => drafts.set(session.key.id, { name: name.value, description: description.value, index: index.box.checked, fields: fields.map(f => f.value()) })

  const more = button({ label: t('add.field'), icon: 'plus', on: () => add({}, true) })
  const submit = button({ label: t('create'), kind: 'primary', type: 'submit' })
  const form = h('form', { class: 'card stack form', noValidate: true, on: { input: keep, change: keep, submit: e => {
    e.preventDefault()
    if (submit.disabled) return
    busy(submit, async () => {
      clear(faults)
      put(elsewhere)
      try {
        const made = await api.createTable({ name: name.value.trim(), description: description.value.trim() || t('made.by.form'), keyword_index: index.box.checked, fields: fields.map(f => f.value()) })
        drafts.delete(session.key.id)
        go('tables/' + made.data)
      } catch (err) { place(err, faults, elsewhere) }
    })
  } } },
  h('div', { class: 'pair' }, h('div', {}, labelled(t('name'), name, t('name.hint')), faults.name.element), h('div', {}, labelled(t('description'), description, t('description.hint')), faults.description.element)),
  h('div', { class: 'tight stack' }, h('h2', {}, t('fields')), rule), list, h('div', { class: 'row' }, more), index, h('p', { class: 'hint' }, t('keyword.index.hint')), elsewhere, h('div', { class: 'row' }, submit))
  for (const is of begun.fields) add(is, false)
  return form
}

// field is a line of the form: {element, name, who, faults, place(i, n), value()}. It begins as `is` says; rule is the id of what is said of names.
function field({ is, rule, up, down, drop }) {
  const name = input({ maxLength: 64, value: is.name ?? '', 'aria-describedby': rule }), type = select(types.map(v => [v, v]), is.type ?? 'TEXT'), description = input({ maxLength: 128, value: is.description ?? '' })
  const required = check(t('required'), is.required ?? false), unique = check(t('unique'), is.unique ?? false)
  const upper = button({ label: '', icon: 'up', bare: true, kind: 'quiet', on: up }), lower = button({ label: '', icon: 'down', bare: true, kind: 'quiet', on: down })
  const gone = button({ label: '', icon: 'trash', bare: true, kind: 'quiet', on: drop })
  const faults = { name: faultOf(name), type: faultOf(type), description: faultOf(description) }
  const element = h('li', { class: 'field' }, labelled(t('field.name'), name), labelled(t('type'), type), labelled(t('description'), description),
    h('div', { class: 'row rules' }, required, unique), h('div', { class: 'row moves' }, upper, lower, gone), Object.values(faults).map(f => f.element))
  let placed = -1
  name.addEventListener('change', () => faults.name.set(name.value === '' || legal(name.value.trim()) ? '' : t('name.bad')))
  return {
    element, name, faults, who: '',
    place(i, n) {
      upper.disabled = i === 0
      lower.disabled = i === n - 1
      gone.disabled = n === 1
      if (i === placed) return
      placed = i
      this.who = t('field.n', { n: i + 1 })
      const title = (el, key) => { el.setAttribute('aria-label', t(key, { n: i + 1 })); if (el.title !== undefined && el.localName === 'button') el.title = t(key, { n: i + 1 }) }
      title(name, 'of.name')
      title(type, 'of.type')
      title(description, 'of.description')
      title(required.box, 'of.required')
      title(unique.box, 'of.unique')
      title(upper, 'of.up')
      title(lower, 'of.down')
      title(gone, 'of.drop')
    },
    value: () => ({ name: name.value.trim(), description: description.value.trim(), type: type.value, required: required.box.checked, unique: unique.box.checked }),
  }
}
