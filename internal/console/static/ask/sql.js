// SQL as far as an editor must understand it: tokens, names, and what a statement's FROM names. Nothing here touches the page.

// The bounds of the server: the longest text of a question in bytes, and its most parameters.
export const longest = 64 << 10, mostParams = 100

const set = text => new Set(text.trim().split(/\s+/))

// keywords are coloured, and proposed.
export const keywords = set(`select from where group by having order limit offset with recursive as on using join inner left right full outer cross
  natural union all except intersect distinct case when then else end and or not in is null like between exists asc desc nulls first last over
  partition rows range groups preceding following unbounded current row filter cast true false values escape collate window interval ilike
  any some lateral`)

// reserved are names that must stand in double quotes on one engine or the other; stele.sqlWords has the same.
const reserved = set(`all analyse analyze and any array as asc asymmetric authorization autoincrement between both by case cast
  check collate column commit constraint create cross current_date current_time current_timestamp current_user default deferrable
  delete desc distinct do drop else end escape except exists false fetch for foreign freeze from full grant group having if ilike in
  index initially inner insert intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not
  nothing notnull null offset on only or order outer overlaps placing primary references returning right select session_user set
  similar some symmetric table tablesample then to trailing transaction true union unique update user using values variadic verbose
  when where window with`)

// quoted writes a name as SQL takes it.
export const quoted = name => (!/^[a-z_][a-z0-9_]*$/.test(name) || reserved.has(name) ? `"${name.replaceAll('"', '""')}"` : name)

// literal writes a value of a type as SQL takes it. (A number may come as a text, where a double cannot hold it.)
export function literal(value, type) {
  if (value === null) return 'NULL'
  return typeof value === 'string' && type !== 'INT' && type !== 'FLOAT' ? `'${value.replaceAll("'", "''")}'` : String(value).toUpperCase()
}

const lexemes = /(?<space>\s+)|(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*(?:'|$))|(?<quoted>"(?:[^"]|"")*(?:"|$))|(?<param>\$\d+)|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_$]*)|(?<op>::|<>|<=|>=|!=|\|\||[\s\S])/uy

// tokens takes a text apart, with nothing left out. A token is {kind, text, at}; of a name `name` is what it names.
export function tokens(text) {
  const all = []
  lexemes.lastIndex = 0
  while (lexemes.lastIndex < text.length) {
    const at = lexemes.lastIndex, found = lexemes.exec(text)
    const kind = Object.keys(found.groups).find(k => found.groups[k] !== undefined)
    const token = { kind, text: found[0], at }
    if (kind === 'quoted') token.name = found[0].slice(1, found[0].length > 1 && found[0].endsWith('"') ? -1 : undefined).replaceAll('""', '"')
    if (kind === 'name') {
      token.name = found[0].toLowerCase()
      if (keywords.has(token.name)) token.kind = 'keyword'
    }
    all.push(token)
  }
  return all
}

const solid = t => t.kind !== 'space' && t.kind !== 'comment'
// names says whether a token may be the name of something. (Words such as "first" are no keywords everywhere.)
export const names = t => t !== undefined && t.name !== undefined && !(t.kind === 'keyword' && reserved.has(t.name))
const word = (t, ...words) => t !== undefined && t.kind !== 'quoted' && words.includes(t.name)

// paramsOf is how many parameters a text has: $3 makes it three.
export const paramsOf = text => Math.min(mostParams, Math.max(0, ...tokens(text).filter(t => t.kind === 'param').map(t => Number(t.text.slice(1)))))

// sourcesOf are what FROM and JOIN name, {name, alias, at}, and what WITH gives names to, {name, columns}.
export function sourcesOf(text) {
  const all = tokens(text).filter(solid), sources = [], common = []
  const lists = [false] // by depth of parentheses: whether a list of FROM goes on
  all.forEach((t, i) => {
    const before = all[i - 1], listed = word(before, 'from', 'join') || ([',', '('].includes(before?.text) && lists.at(-1))
    if (t.text === '(') lists.push(listed)
    else if (t.text === ')' && lists.length > 1) lists.pop()
    else if (word(t, 'from')) lists[lists.length - 1] = true
    else if (word(t, 'where', 'group', 'order', 'having', 'limit', 'union', 'except', 'intersect', 'select')) lists[lists.length - 1] = false
    if (listed && names(t)) {
      const as = word(all[i + 1], 'as') ? i + 2 : i + 1
      sources.push({ name: t.name, at: t.at, alias: names(all[as]) && all[as].kind !== 'keyword' ? all[as].name : null })
    }
    if (names(t) && (word(before, 'with', 'recursive') || (before?.text === ',' && common.length > 0))) {
      let j = i + 1, columns = null
      if (all[j]?.text === '(') {
        columns = []
        for (j++; j < all.length && all[j].text !== ')'; j++) if (names(all[j])) columns.push(all[j].name)
        j++
      }
      if (word(all[j], 'as') && all[j + 1]?.text === '(') common.push({ name: t.name, columns })
    }
  })
  return { sources, common }
}

// occurrences are the places {from, to} in a text where a name stands for something of a kind: 'table', 'alias' (before a dot), 'column' or
// 'function'. A column's name may have its owner before a dot: of o.total it is the place of total.
export function occurrences(text, name, kind) {
  const all = tokens(text).filter(solid), dot = name.lastIndexOf('.'), last = name.slice(dot + 1), owner = dot < 0 ? null : name.slice(name.lastIndexOf('.', dot - 1) + 1, dot)
  const same = (t, n) => t?.name !== undefined && t.name.toLowerCase() === n.toLowerCase()
  const from = new Set(sourcesOf(text).sources.map(s => s.at))
  return all.filter((t, i) => {
    if (!same(t, last)) return false
    const owned = all[i - 1]?.text === '.', owns = all[i + 1]?.text === '.'
    if (kind === 'table') return from.has(t.at) || (owns && !owned)
    if (kind === 'alias') return owns
    if (kind === 'function') return all[i + 1]?.text === '('
    return !owns && !from.has(t.at) && !word(all[i - 1], 'as') && (owner === null ? !owned : owned && same(all[i - 2], owner))
  }).map(t => ({ from: t.at, to: t.at + t.text.length }))
}

// literals are the places of a text in single quotes.
export const literals = (text, literal) => tokens(text).filter(t => t.kind === 'string' && t.text === literal).map(t => ({ from: t.at, to: t.at + t.text.length }))

// position is the place in a text of the nth character, as servers count them: by code points, from 1; on a line, where one is told.
export function position(text, character, line = 1) {
  let at = 0
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', at)
    if (next < 0) return text.length
    at = next + 1
  }
  for (let n = 1; n < character && at < text.length; n++) at += text.codePointAt(at) > 0xffff ? 2 : 1
  return at
}
