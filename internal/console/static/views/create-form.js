// A table by a form.
import { h, put } from '../dom.js'
import { words } from '../words.js'
import { busy, button, check, input, labelled, select } from '../ui.js'
import { clear, faultOf, place } from './create-faults.js'
import * as own from '../words/create.js'

const t = words(own)

export const types = ['TEXT', 'INT', 'FLOAT', 'DATETIME', 'BOOLEAN']
const mostFields = 200

export function byForm({ api, go }) {
  const name = input({ maxLength: 64, required: true }), description = input({ maxLength: 128 })
  const faults = { name: faultOf(name), description: faultOf(description), get fields() { return fields.map(f => f.faults) } }
  const index = check(t('keyword.index'), false)
  const list = h('ol', { class: 'fields', 'aria-label': t('fields') }), elsewhere = h('div', {})
  let fields = []

  function add(focus) {
    const f = field({
      up: () => move(f, -1), down: () => move(f, 1),
      drop: () => {
        const i = fields.indexOf(f)
        fields.splice(i, 1)
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

  function draw() {
    fields.forEach((f, i) => f.place(i, fields.length))
    put(list, fields.map(f => f.element))
    more.disabled = fields.length >= mostFields
  }

  const more = button({ label: t('add.field'), icon: 'plus', on: () => add(true) })
  const submit = button({ label: t('create'), kind: 'primary', type: 'submit' })
  const form = h('form', { class: 'card stack form', noValidate: true, on: { submit: e => {
    e.preventDefault()
    if (submit.disabled) return
    busy(submit, async () => {
      clear(faults)
      put(elsewhere)
      try {
        const made = await api.createTable({ name: name.value.trim(), description: description.value.trim() || t('made.by.form'), keyword_index: index.box.checked, fields: fields.map(f => f.value()) })
        go('tables/' + made.data)
      } catch (err) { place(err, faults, elsewhere) }
    })
  } } },
  h('div', { class: 'pair' }, h('div', {}, labelled(t('name'), name, t('name.hint')), faults.name.element), h('div', {}, labelled(t('description'), description, t('description.hint')), faults.description.element)),
  h('h2', {}, t('fields')), list, h('div', { class: 'row' }, more), index, h('p', { class: 'hint' }, t('keyword.index.hint')), elsewhere, h('div', { class: 'row' }, submit))
  add(false)
  return form
}

// field is a line of the form: {element, name, faults, place(i, n), value()}.
function field({ up, down, drop }) {
  const name = input({ maxLength: 64 }), type = select(types.map(v => [v, v]), 'TEXT'), description = input({ maxLength: 128 })
  const required = check(t('required'), false), unique = check(t('unique'), false)
  const upper = button({ label: '', icon: 'up', bare: true, kind: 'quiet', on: up }), lower = button({ label: '', icon: 'down', bare: true, kind: 'quiet', on: down })
  const gone = button({ label: '', icon: 'trash', bare: true, kind: 'quiet', on: drop })
  const faults = { name: faultOf(name), type: faultOf(type), description: faultOf(description) }
  const element = h('li', { class: 'field' }, labelled(t('field.name'), name), labelled(t('type'), type), labelled(t('description'), description),
    h('div', { class: 'row rules' }, required, unique), h('div', { class: 'row moves' }, upper, lower, gone), Object.values(faults).map(f => f.element))
  return {
    element, name, faults,
    place(i, n) {
      const title = (el, key) => { el.setAttribute('aria-label', t(key, { n: i + 1 })); if (el.title !== undefined && el.localName === 'button') el.title = t(key, { n: i + 1 }) }
      title(name, 'of.name')
      title(type, 'of.type')
      title(description, 'of.description')
      title(required.box, 'of.required')
      title(unique.box, 'of.unique')
      title(upper, 'of.up')
      title(lower, 'of.down')
      title(gone, 'of.drop')
      upper.disabled = i === 0
      lower.disabled = i === n - 1
      gone.disabled = n === 1
    },
    value: () => ({ name: name.value.trim(), description: description.value.trim(), type: type.value, required: required.box.checked, unique: unique.box.checked }),
  }
}
