// Filters: conditions that are joined by "and". Each is {field, op, value}, as it stands in the address.
import { h, put, id } from '../../dom.js'
import { button, input, select, labelled } from '../../ui.js'
import { time } from '../../words.js'
import { wrongValue, reversed } from './value.js'

// What can be asked of a type. A condition's op is one of the API's, or one that is written in them.
const numbers = ['eq', 'ne', 'ge', 'le', 'gt', 'lt', 'between', 'null', 'value']
const ops = {
  TEXT: ['contains', 'starts_with', 'eq', 'ne', 'empty', 'null', 'value'], INT: numbers, FLOAT: numbers, DATETIME: numbers,
  BOOLEAN: ['true', 'false', 'null', 'value'], MOMENT: ['ge', 'le', 'between'],
}
const bare = ['empty', 'null', 'value', 'true', 'false']

// filtersFrom reads filters from an address, and leaves out what no one can have chosen here.
export function filtersFrom(text, fields) {
  let all
  try { all = JSON.parse(text ?? '[]') } catch { return [] }
  if (!Array.isArray(all)) return []
  const types = new Map(fields.map(f => [f.name, f.type]).concat([['$id', 'INT'], ['$created_at', 'MOMENT'], ['$updated_at', 'MOMENT']]))
  return all.filter(f => f && ops[types.get(f.field)]?.includes(f.op) && fits(types.get(f.field), f)).slice(0, 50)
}

// fits reports whether a filter's value is of the kind that its form gives.
function fits(type, { op, value }) {
  if (bare.includes(op)) return true
  const one = v => (type === 'MOMENT' ? Number.isFinite(v) : ['string', 'number'].includes(typeof v))
  return op === 'between' ? Array.isArray(value) && value.length === 2 && value.every(one) : one(value)
}

// whereOf writes filters as the API has them.
export function whereOf(filters) {
  if (!filters.length) return undefined
  return { and: filters.map(({ field, op, value }) => {
    switch (op) {
      case 'null': return { field, op: 'is_null' }
      case 'value': return { field, op: 'is_null', value: false }
      case 'empty': return { field, op: 'eq', value: '' }
      case 'true': case 'false': return { field, op: 'eq', value: op === 'true' }
      default: return { field, op, value }
    }
  }) }
}

const label = (name, t) => (name.startsWith('$') ? t(name) : name)

// chips shows each filter with a button that takes it away.
export function chips(filters, types, t, drop) {
  const value = f => (bare.includes(f.op) ? '' : [f.value].flat().map(v => (types.get(f.field)?.type === 'MOMENT' ? time(v) : String(v))).join(' – '))
  return filters.map((f, i) => {
    const text = `${label(f.field, t)} ${t('op.' + f.op)} ${value(f)}`.trim()
    return h('span', { class: 'chip' }, h('span', { title: text }, text), button({ label: t('filter.drop', { filter: text }), icon: 'close', bare: true, kind: 'quiet', on: () => drop(i) }))
  })
}

// filterForm asks for one filter: a field, what is asked of it, and with what. A value that is none of the field's type is not sent: the reason stands by it.
export function filterForm(fields, own, t, add, close) {
  const at = h('div', { class: 'row' }), faults = h('div', { class: 'filter-faults', 'aria-live': 'polite' })
  const field = select(fields.map(f => [f.name, label(f.name, t)]), fields[0].name, { on: { change: () => offer() } })
  let op, values // of values each is {control, fault}
  const type = () => fields.find(f => f.name === field.value).type
  const offer = () => {
    op = select(ops[type()].map(o => [o, t('op.' + o)]), ops[type()][0], { on: { change: () => ask() } })
    ask()
  }
  const ask = () => {
    const kind = type(), n = bare.includes(op.value) ? 0 : op.value === 'between' ? 2 : 1
    values = Array.from({ length: n }, () => {
      const fault = h('p', { class: 'wrong', id: id('fault') })
      const on = { change: () => check(), input: () => { if (fault.textContent) check() } }
      const control = kind === 'MOMENT' ? h('input', { type: 'datetime-local', step: '1', 'aria-describedby': fault.id, on })
        : input({ inputMode: kind === 'INT' || kind === 'FLOAT' ? 'decimal' : 'text', placeholder: kind === 'DATETIME' ? '2026-01-31 12:00:00' : '', 'aria-describedby': fault.id, on })
      return { control, fault }
    })
    const focused = document.activeElement
    put(at, labelled(t('filter.op'), op), values.map((v, i) => labelled(t(n === 1 ? 'filter.value' : i ? 'filter.to' : 'filter.from'), v.control)))
    put(faults, values.map(v => v.fault))
    if (focused === op) op.focus()
  }
  const wrong = ({ control: { value } }, i) => {
    const found = type() === 'MOMENT' ? (value ? null : 'bad.moment') : wrongValue(type(), value)
    return found ?? (i === 1 && !wrong(values[0], 0) && reversed(type() === 'MOMENT' ? 'TEXT' : type(), values[0].control.value, value) ? 'bad.order' : null)
  }
  // check shows what is wrong and returns the first control that something is wrong with. Unless all is looked at, what is blank may be filled yet.
  const check = all => values.filter((v, i) => {
    const key = all || v.control.value || v.control.validity.badInput ? wrong(v, i) : null
    v.fault.textContent = key ? t(key) : ''
    v.control.setAttribute('aria-invalid', String(Boolean(key)))
    return key
  })[0]?.control
  offer()
  const read = ({ control: { value } }) => (type() === 'MOMENT' ? new Date(value).getTime() : value)
  return h('form', { class: 'filter-form', 'aria-label': t('filter'), noValidate: true, on: {
    submit: e => {
      e.preventDefault()
      const bad = check(true)
      if (bad) return bad.focus()
      const all = values.map(read)
      add({ field: field.value, op: op.value, value: op.value === 'between' ? all : all[0] })
    },
    keydown: e => { if (e.key === 'Escape') { e.preventDefault(); close() } },
  } }, labelled(t('filter.field'), field), at,
  button({ label: t('filter.add'), kind: 'primary', type: 'submit', on: null }), button({ label: t('filter.cancel'), kind: 'quiet', on: close }), faults)
}
