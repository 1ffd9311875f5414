// Reasons of the server beside the control that they are about.
import { h, put, id } from '../dom.js'
import { words } from '../words.js'
import { fault as failing, reason } from '../ui.js'
import * as own from '../words/create.js'

const t = words(own)

// faultOf is a control with a place for what is wrong with it: {element, set(text)}; set('') takes it away.
export function faultOf(control) {
  const text = h('p', { class: 'fault', id: id('fault') })
  const described = control.getAttribute('aria-describedby')
  return {
    control, element: text,
    set(s) {
      text.textContent = s
      control.setAttribute('aria-invalid', String(Boolean(s)))
      control.setAttribute('aria-describedby', [described, s && text.id].filter(Boolean).join(' '))
    },
  }
}

// place shows a refusal of create-table where it belongs, and leads there: faults are {name, description, fields: [{who, faults: {name, type, description}}]},
// where who is what the reader knows the field by. The server knows it by its place, fields[0].
export function place(err, faults, elsewhere) {
  if (!elsewhere.isConnected) return failing(elsewhere, err)
  const text = reason(err)
  const [, i, member] = /fields\[(\d+)\](?:\.(\w+))?/.exec(text) ?? []
  const field = faults.fields[i]?.faults
  const fault = field ? field[member] ?? field.name : /^(Invalid table name|Table name already)/.test(text) ? faults.name : /^Invalid table description/.test(text) ? faults.description : null
  const told = text.replace(/fields\[(\d+)\](?:\.(name|type|description)\b)?/g, (as, n, of) => {
    const who = faults.fields[n]?.who
    return who === undefined ? as : of ? t('fault.' + of, { field: who }) : who
  })
  if (!fault) return failing(elsewhere, err)
  put(elsewhere)
  fault.set(told)
  fault.control.focus()
}

// clear takes all faults away.
export function clear(faults) {
  for (const f of [faults.name, faults.description, ...faults.fields.flatMap(f => Object.values(f.faults))]) f.set('')
}
