// The values of $1, $2 and so on: a text, a number, true, false or nothing.
import { h, put } from '../dom.js'
import { select, input } from '../ui.js'

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

// params makes the fields. values are those of before, each {type, text}; onchange gets all.
export function params({ t, values, onchange }) {
  let all = values, n = 0
  const rows = h('div', { class: 'params' }), element = h('fieldset', { class: 'params-of', hidden: true }, h('legend', {}, t('params')), rows)

  function field(i) {
    const value = (all[i] ??= { type: 'text', text: '' }), name = '$' + (i + 1)
    const text = input({ value: value.text, 'aria-label': t('params.value', { name }), 'data-param': String(i), on: { input: () => { value.text = text.value; check(); onchange(all) } } })
    const wrong = h('p', { class: 'hint wrong', role: 'alert' })
    const type = select(['text', 'number', 'true', 'false', 'null'].map(v => [v, t('params.' + v)]), value.type, { 'aria-label': t('params.type', { name }), on: { change: () => { value.type = type.value; check(); onchange(all) } } })
    function check() {
      text.hidden = value.type !== 'text' && value.type !== 'number'
      const bad = value.type === 'number' && !number.test(value.text.trim())
      text.setAttribute('aria-invalid', String(bad && value.text !== ''))
      put(wrong, bad && value.text !== '' ? t('params.nonumber') : '')
    }
    check()
    return h('div', { class: 'param' }, h('span', { class: 'mono' }, name), type, text, wrong)
  }

  return {
    element,
    // show has a field for each of so many parameters.
    show(count) {
      if (count === n) return
      n = count
      element.hidden = n === 0
      put(rows, Array.from({ length: n }, (_, i) => field(i)))
    },
    replace(list) { all = list; n = -1 },
    values: () => all.slice(0, n),
    // json is the values as JSON, a number with all of its digits; null where one is no number, which then has the focus.
    json() {
      const texts = all.slice(0, n).map(v => (v.type === 'text' ? JSON.stringify(v.text) : v.type === 'number' ? (number.test(v.text.trim()) ? v.text.trim() : null) : v.type))
      const bad = texts.indexOf(null)
      if (bad < 0) return `[${texts.join(',')}]`
      const el = rows.querySelector(`[data-param="${bad}"]`)
      el.setAttribute('aria-invalid', 'true')
      put(el.nextElementSibling, t('params.nonumber'))
      el.focus()
      return null
    },
  }
}
