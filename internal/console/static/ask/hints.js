// What the server says of a question that failed, taken apart so that what it names can be acted on. Nothing here touches the page.
//
// A piece is {text, act}. An act, if there is one, is one of
//   {do: 'replace', kind, wrong, by}   write `by` where the name `wrong` stands for something of that kind (see occurrences in sql.js)
//   {do: 'literal', wrong, by}         write `by` where the text `wrong` stands, in its quotes
//   {do: 'insert', text}               write a name where the cursor is
//   {do: 'go', line, character, near}  go to a place, counted as position in sql.js does; character 0 is the end
//   {do: 'find', kind, name}           go to where a name stands

const name = String.raw`(?:"[^"]*"|[\p{L}\p{N}_$]+)`
const type = '(?:TEXT|INT|FLOAT|BOOLEAN|DATETIME)'
const text = String.raw`'(?:[^']|'')*'`, figure = String.raw`[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`

// hints takes a message apart; sql is the question that it answers.
export function hints(message, sql) {
  const said = message.replace(/^Parameter error: /, '')
  const acts = [] // {from, to, act}
  const add = (from, length, act) => acts.push({ from, to: from + length, act })
  place(said, sql, add)
  const wrong = missing(said, add)
  lists(said, wrong, add)
  fields(said, add)
  rewritten(said, add)
  const f = /^the function ([\s\S]+?) cannot be used here/.exec(said)
  if (f) add('the function '.length, f[1].length, { do: 'find', kind: 'function', name: f[1] })
  return cut(said, acts)
}

// cut makes pieces of a text. Of acts that overlap the first one counts.
function cut(said, acts) {
  const pieces = []
  let at = 0
  for (const { from, to, act } of acts.sort((a, b) => a.from - b.from)) {
    if (from < at) continue
    if (from > at) pieces.push({ text: said.slice(at, from) })
    pieces.push({ text: said.slice(from, to), act })
    at = to
  }
  if (at < said.length) pieces.push({ text: said.slice(at) })
  return pieces
}

// place finds where the mistake is: "syntax error at line 2, character 7, near 'WHERE'".
function place(said, sql, add) {
  const end = /^(?:syntax error )?at the end/.exec(said)
  if (end) return add(end[0].indexOf('at the end'), 'at the end'.length, { do: 'go', line: 1, character: 0, near: '' })
  const m = /^((?:syntax error )?)(at (?:line (\d+), )?character (\d+)), near '/.exec(said)
  if (!m) return
  const near = nearIn(said.slice(m[0].length), sql)
  add(m[1].length, m[2].length, { do: 'go', line: Number(m[3] ?? 1), character: Number(m[4]), near })
}

// nearIn is what a message says is near: quoted as it is, quotes and all, so that its end is known by the question alone.
function nearIn(rest, sql) {
  for (let end = rest.indexOf("'"); end >= 0; end = rest.indexOf("'", end + 1)) {
    if (/^'(?::|$)/.test(rest.slice(end)) && sql.includes(rest.slice(0, end))) return rest.slice(0, end)
  }
  return rest.slice(0, rest.search(/'(?=:|$)/))
}

// missing finds the name that is not there, and what it may stand for.
function missing(said, add) {
  const m = /there is no (table or alias|table|column) '([\s\S]*?)'(?=; | \(a text | where it is named| in the question| in |\. |$)/.exec(said)
  if (!m) return null
  const wrong = { kind: m[1] === 'table or alias' ? 'alias' : m[1], name: m[2] }
  add(m.index + `there is no ${m[1]} `.length, m[2].length + 2, { do: 'find', kind: wrong.kind, name: wrong.name })
  let at = m.index + m[0].length
  const single = new RegExp(`^ \\(a text stands in single quotes: (${text})\\)`, 'u').exec(said.slice(at))
  if (single) {
    add(at + single[0].indexOf("'"), single[1].length, { do: 'replace', kind: 'column', wrong: wrong.name, by: single[1] })
    at += single[0].length
  }
  const near = new RegExp(`^; did you mean ((?:${name}(?:, | or )?)+)\\?`, 'u').exec(said.slice(at))
  if (near) each(near[1], at + '; did you mean '.length, (from, n) => add(from, n.length, { do: 'replace', kind: wrong.kind, wrong: wrong.name, by: n }))
  return wrong
}

// each calls f with every name of a list, and where it is. Types and "and 3 more" are none.
function each(list, at, f) {
  const item = new RegExp(`(?:^|, | or )(${name})`, 'gu')
  for (let m; (m = item.exec(list));) if (!/^and \d+ more/.test(list.slice(m.index + m[0].length - m[1].length))) f(at + m.index + m[0].length - m[1].length, m[1])
}

// lists finds the names of tables and columns that there are. They take the place of the wrong one if they are of its kind.
function lists(said, wrong, add) {
  const put = kind => (from, n) => add(from, n.length, wrong?.kind === kind ? { do: 'replace', kind, wrong: wrong.name, by: n } : { do: 'insert', text: n })
  for (const m of said.matchAll(/the tables (?:there )?are /g)) {
    const list = new RegExp(`^${name}(?: \\(as ${name}\\))?(?:, (?:a subquery|${name}(?: \\(as ${name}\\))?))*`, 'u').exec(said.slice(m.index + m[0].length))
    if (!list) continue
    const at = m.index + m[0].length, alias = new RegExp(`\\(as (${name})\\)`, 'gu')
    const kind = wrong?.kind === 'alias' ? 'alias' : 'table'
    each(list[0], at, (from, n) => { if (!/^(?: \(as | subquery)/.test(said.slice(from + n.length))) put(kind)(from, n) })
    for (const a of list[0].matchAll(alias)) put('alias')(at + a.index + '(as '.length, a[1])
  }
  for (const m of said.matchAll(new RegExp(`The columns of (${name})(?: \\(as (${name})\\))? are `, 'gu'))) {
    const at = m.index + m[0].length
    const list = new RegExp(`^${name}(?: ${type})?(?:, (?:and \\d+ more|${name}(?: ${type})?))*`, 'u').exec(said.slice(at))
    add(m.index + 'The columns of '.length, m[1].length, { do: 'insert', text: m[1] })
    if (list) each(list[0], at, put('column'))
  }
}

// fields finds what fields hold: "weight_g is INT, like 800".
function fields(said, add) {
  for (const m of said.matchAll(new RegExp(`(^|; )(${name}) is ${type}(?:, like (${text}|${figure}|true|false))?`, 'gu'))) {
    add(m.index + m[1].length, m[2].length, { do: 'insert', text: m[2] })
    if (m[3] && !m[3].includes('…')) add(m.index + m[0].length - m[3].length, m[3].length, { do: 'insert', text: m[3] })
  }
}

// rewritten finds how a literal is to be written: "'2026-03-01T08:00:00Z' is not written so; write '2026-03-01 08:00:00'".
function rewritten(said, add) {
  const m = new RegExp(`(${text}) (?:is not written so; write|equals neither: write|is unequal to every number, and greater: write) (${text}|TRUE or FALSE|true|false|${figure})$`, 'u').exec(said)
  if (!m) return
  const values = m[2] === 'TRUE or FALSE' ? ['TRUE', 'FALSE'] : [m[2]], at = said.length - m[2].length
  for (const v of values) add(at + m[2].indexOf(v), v.length, { do: 'literal', wrong: m[1], by: v })
}
