// What may stand at a place of a question: tables, their fields, and the words of the engine. Nothing here touches the page.
import { tokens, keywords, quoted, sourcesOf } from './sql.js'

const common = `count sum avg min max total string_agg group_concat bool_and bool_or every corr var_pop var_samp stddev_pop coalesce ifnull nullif iif greatest least
  upper lower length substr replace trim ltrim rtrim btrim strpos instr split_part initcap reverse starts_with concat concat_ws lpad rpad repeat translate
  abs mod ceil floor round trunc sqrt power exp ln log log10 log2 printf strftime date datetime julianday unixepoch date_part date_trunc to_char make_date to_date age now
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value`
const own = {
  sqlite: 'time typeof format quote char json_extract json_array_length json_each timediff',
  postgresql: 'extract position percentile_cont percentile_disc mode generate_series array_agg to_number width_bucket',
}

const most = 60 // of a list

// complete says what may be typed at a place: {from, to, whole, items}, where items are {text, label, kind, detail}; `whole` says that the word
// is one of them already. The schema is the answer of POST /v1/database/schema. Null is nothing to propose; `asked` is that the reader asked for it.
export function complete(text, at, schema, asked = false) {
  const all = tokens(text)
  const here = all.find(t => t.at < at && at <= t.at + t.text.length)
  if (here && ['string', 'comment', 'number', 'param'].includes(here.kind)) return null
  const inWord = here && here.name !== undefined
  const from = inWord ? here.at : at
  let to = inWord ? here.at + here.text.length : at
  if (here?.kind === 'quoted' && !/^"[^]*"$/.test(here.text)) to = at + /^[\w$]*/.exec(text.slice(at))[0].length // a quote that is open takes in all behind it
  const rest = text.slice(0, from) + ' ' + text.slice(to)
  const typed = text.slice(from, at).replace(/^"/, '')
  const before = all.filter(t => t.kind !== 'space' && t.kind !== 'comment' && t.at < from)
  const dotted = before.at(-1)?.text === '.'
  if (!asked && !inWord && !dotted) return null
  let items = dotted ? ofOwner(before.at(-2), rest, schema) : anywhere(before, rest, schema, typed)
  const word = typed.toLowerCase()
  if (here?.text.startsWith('"')) items = items.filter(i => i.kind === 'table' || i.kind === 'field' || i.kind === 'alias')
  items = items.map(i => ({ ...i, score: score(i.label.toLowerCase(), word) })).filter(i => i.score < 9)
  items = distinct(items.sort((a, b) => a.score - b.score || a.order - b.order)).slice(0, most)
  const whole = word !== '' && items.some(i => i.label.toLowerCase() === word)
  if (items.length === 0 || (whole && items.length === 1 && !asked)) return null
  return { from, to, whole, items }
}

// score is how well a label fits what was typed: its beginning, that of a part of it, somewhere in it, or not at all, which is 9.
function score(label, word) {
  if (label === word) return 0
  if (label.startsWith(word)) return 1
  if (word.length > 1 && label.includes('_' + word)) return 2
  return word.length > 1 && label.includes(word) ? 3 : 9
}

const distinct = items => [...new Map(items.toReversed().map(i => [i.kind + i.label + (i.detail ?? ''), i])).values()].toReversed()

const fieldsOf = (table, order = 0) => [
  ...table.fields.map(f => ({ text: quoted(f.sql_name), label: f.sql_name, kind: 'field', detail: `${f.type} · ${table.sql_name}`, order })),
  ...['_id', '_created_at', '_updated_at'].map(name => ({ text: name, label: name, kind: 'field', detail: `INT · ${table.sql_name}`, order: order + 1 })),
]
const tableOf = (schema, name) => schema.tables.find(t => t.sql_name === name)

// ofOwner are the fields of what stands before a dot: a table, its alias, or what WITH gives.
function ofOwner(owner, text, schema) {
  if (!owner || owner.name === undefined) return []
  const { sources, common } = sourcesOf(text)
  const real = sources.find(s => s.alias === owner.name)?.name ?? owner.name
  const given = common.find(c => c.name === real)
  if (given) return (given.columns ?? []).map(label => ({ text: quoted(label), label, kind: 'field', detail: given.name, order: 0 }))
  const table = tableOf(schema, real)
  return table ? fieldsOf(table) : []
}

function anywhere(before, text, schema, typed) {
  const { sources, common } = sourcesOf(text)
  const last = before.at(-1), isWord = (t, ...words) => t?.kind === 'keyword' && words.includes(t.name)
  const tables = order => [
    ...common.map(c => ({ text: quoted(c.name), label: c.name, kind: 'table', detail: 'WITH', order })),
    ...schema.tables.map(t => ({ text: quoted(t.sql_name), label: t.sql_name, kind: 'table', detail: String(t.record_count), order })),
  ]
  if (isWord(last, 'from', 'join') || (last?.text === ',' && inFrom(before))) return tables(0)
  if (isWord(last, 'as')) return []
  const known = [...new Set(sources.map(s => tableOf(schema, s.name)).filter(Boolean))]
  const fields = (known.length > 0 ? known : schema.tables.slice(0, 20)).flatMap(t => fieldsOf(t, known.length > 0 ? 0 : 2))
  const aliases = sources.filter(s => s.alias).map(s => ({ text: quoted(s.alias), label: s.alias, kind: 'alias', detail: s.name, order: 1 }))
  const lower = typed !== '' && typed === typed.toLowerCase() && !/\b(SELECT|FROM|WHERE|WITH)\b/.test(text)
  return [
    ...(last === undefined ? [] : [...fields, ...aliases, ...tables(4)]),
    ...[...keywords].map(k => ({ text: lower ? k : k.toUpperCase(), label: lower ? k : k.toUpperCase(), kind: 'word', order: last === undefined ? 0 : 3 })),
    ...(last === undefined ? [] : functions(schema.engine).split(/\s+/).map(f => ({ text: f + '(', label: f, kind: 'function', order: 3 }))),
  ]
}

const functions = engine => `${common} ${own[engine] ?? ''}`

// inFrom says whether a comma at the end goes on with a list of FROM.
function inFrom(before) {
  let depth = 0
  for (const t of before.toReversed()) {
    if (t.text === ')') depth++
    else if (t.text === '(' && depth-- === 0) return false
    else if (depth === 0 && t.kind === 'keyword') {
      if (t.name === 'from') return true
      if (!['as', 'join', 'left', 'inner', 'cross', 'outer', 'on', 'using', 'and'].includes(t.name)) return false
    }
  }
  return false
}
