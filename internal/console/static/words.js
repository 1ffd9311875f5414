// Words in the reader's language, and numbers and times as the language writes them.
//
// Each part of the console has a module words/NAME.js that exports two tables, en and zh, with the same keys. A value is a text
// with {names} in it, or for what is counted an object by plural rule: {one: '{n} row', other: '{n} rows'}, chosen by n.
import { prefs } from './session.js'

export const languages = { en: 'English', zh: '简体中文' }

export function language() {
  const chosen = prefs.get('language')
  if (chosen in languages) return chosen
  return (navigator.languages ?? []).find(l => /^(en|zh)\b/.test(l))?.slice(0, 2) ?? 'en'
}

// locale is the language's name for Intl.
export const locale = () => (language() === 'zh' ? 'zh-CN' : 'en')

const made = new Map() // what Intl has made, since making takes it far longer than using: by its kind, the locale and the options
const intl = (kind, options = {}) => {
  const name = [kind, locale(), JSON.stringify(options)].join()
  if (!made.has(name)) made.set(name, new Intl[kind](locale(), options))
  return made.get(name)
}

// words makes the function that looks words up: t('key', {name: value}).
export function words(tables) {
  return (key, values = {}) => {
    let text = tables[language()]?.[key] ?? tables.en[key]
    if (text === undefined) throw new Error(`there are no words for ${key}`)
    if (typeof text === 'object') text = text[intl('PluralRules').select(values.n)] ?? text.other
    return text.replace(/\{(\w+)\}/g, (_, name) => {
      const v = values[name]
      return typeof v === 'number' ? number(v) : v ?? ''
    })
  }
}

export const number = n => intl('NumberFormat').format(n)
export const percent = share => intl('NumberFormat', { style: 'percent', maximumFractionDigits: 1 }).format(share)

// time shows a moment in milliseconds since 1970, in the reader's own time zone.
export const time = ms => intl('DateTimeFormat', { dateStyle: 'medium', timeStyle: 'medium' }).format(ms)

// minute shows it without the seconds, where many stand in a list.
export const minute = ms => intl('DateTimeFormat', { dateStyle: 'medium', timeStyle: 'short' }).format(ms)

// clock shows the time of day of a moment.
export const clock = ms => intl('DateTimeFormat', { timeStyle: 'medium' }).format(ms)

// exactly shows it with the offset of the zone, too.
export const exactly = ms => intl('DateTimeFormat', { dateStyle: 'long', timeStyle: 'long' }).format(ms)

// zone is the name of the reader's time zone, such as Europe/Berlin.
export const zone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone

// ago says how long ago a moment was.
export function ago(ms, now = Date.now()) {
  const s = (ms - now) / 1000
  const steps = [['second', 60], ['minute', 60], ['hour', 24], ['day', 30], ['month', 12], ['year', Infinity]]
  let v = s
  for (const [unit, next] of steps) {
    if (Math.abs(v) < next) return intl('RelativeTimeFormat', { numeric: 'auto' }).format(Math.round(v), unit)
    v /= next
  }
}

// bytes shows a size.
export function bytes(n) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  let i = 0
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++ }
  return intl('NumberFormat', { style: 'unit', unit: units[i], unitDisplay: i ? 'short' : 'long', maximumFractionDigits: n < 10 && i ? 1 : 0 }).format(n)
}

// duration shows milliseconds.
export function duration(ms) {
  const f = (v, unit, digits) => intl('NumberFormat', { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits }).format(v)
  if (ms < 10) return f(ms, 'millisecond', 1)
  if (ms < 1000) return f(ms, 'millisecond', 0)
  if (ms < 60_000) return f(ms / 1000, 'second', 1)
  if (ms < 3_600_000) return f(ms / 60_000, 'minute', 0)
  return f(ms / 3_600_000, 'hour', 1)
}
