// What the reference reads out of the document of the API.

export const dialects = ['gptbots', 'altatech', 'legacy', 'hybrid']

// resolve follows $ref; members beside it go before those of what it names.
export function resolve(doc, node) {
  for (let n = 0; node?.$ref && n < 20; n++) {
    const { $ref, ...beside } = node
    node = { ...$ref.slice(2).split('/').reduce((at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], doc), ...beside, ref: $ref.split('/').at(-1) }
  }
  return node
}

// operations are those of the document, in the order of its tags.
export function operations(doc) {
  const all = []
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      const op = item[method]
      if (op) all.push({ ...op, path, method: method.toUpperCase(), parameters: [...(item.parameters ?? []), ...(op.parameters ?? [])].map(p => resolve(doc, p)) })
    }
  }
  const tags = (doc.tags ?? []).map(tag => tag.name)
  const place = op => (tags.indexOf(op.tags?.[0]) + tags.length + 1) % (tags.length + 1)
  return all.sort((a, b) => place(a) - place(b)) // the order within a tag stays
}

// fits says whether the name of an example or of a form is meant for a dialect: it names it, or it names none.
export function fits(name, dialect) {
  const named = dialects.filter(d => name.split(/[^a-z]+/).includes(d))
  return !named.length || named.includes(dialect)
}

// of a schema's alternatives form gives the one of a dialect, where their titles say which that is.
export function form(doc, schema, dialect) {
  const s = resolve(doc, schema)
  const some = s?.oneOf ?? s?.anyOf
  if (!some) return s
  const titled = some.map(one => resolve(doc, one)).filter(one => one.title && fits(one.title, dialect))
  return titled.length === 1 ? form(doc, titled[0], dialect) : { ...s, oneOf: titled.length ? titled : some }
}

// kind is the type of a schema in words that JSON has.
export function kind(doc, schema) {
  const s = resolve(doc, schema)
  if (!s || s === true) return 'any'
  if (s.const !== undefined) return JSON.stringify(s.const)
  if (s.oneOf || s.anyOf) return [...new Set((s.oneOf ?? s.anyOf).map(one => kind(doc, one)))].join(' | ')
  const types = [s.type ?? 'any'].flat()
  return types.map(type => (type === 'array' ? `array of ${kind(doc, s.items)}` : type)).join(' | ')
}

// limits are what a schema demands of a value, in short: [name, value].
export function limits(doc, schema) {
  const s = resolve(doc, schema)
  const names = ['enum', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern', 'default']
  return names.filter(name => s[name] !== undefined).map(name => [name, name === 'enum' ? s.enum.map(v => JSON.stringify(v)).join(', ') : typeof s[name] === 'string' ? s[name] : JSON.stringify(s[name])])
}

// rows are the members of a schema as a tree that is written line by line: {path, schema, required}. Alternatives share their members, and what
// names itself again is not followed.
export function rows(doc, schema, path = [], within = [], found = new Map()) {
  const s = resolve(doc, schema)
  if (!s || path.length > 6 || (s.ref && within.includes(s.ref))) return [...found.values()]
  const inside = s.ref ? [...within, s.ref] : within
  for (const one of [...(s.allOf ?? []), ...(s.oneOf ?? []), ...(s.anyOf ?? [])]) rows(doc, one, path, inside, found)
  if (s.items) rows(doc, s.items, path, inside, found)
  for (const [name, member] of Object.entries(s.properties ?? {})) {
    const at = [...path, name], key = at.join('\n')
    if (!found.has(key)) found.set(key, { path: at, schema: member, required: s.required?.includes(name) ?? false })
    rows(doc, member, at, inside, found)
  }
  return [...found.values()]
}

// examples of a content, for a dialect: [name, value].
export function examples(content, dialect) {
  const all = Object.entries(content?.examples ?? {}).map(([name, e]) => [name, e.value])
  if (content?.example !== undefined) all.push(['', content.example])
  return all.filter(([name]) => fits(name, dialect))
}

// command is the request as a line for curl.
export function command(origin, op, dialect, body) {
  const path = op.path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase())
  const lines = [`curl -sS ${op.method === 'GET' || (op.method === 'POST' && body !== undefined) ? '' : `-X ${op.method} `}${origin}${prefix(op, dialect)}${path}`]
  if (op.security?.length !== 0) lines.push(`-H "Authorization: Bearer ${op.security?.[0]?.adminKey ? '$STELE_ADMIN_KEY' : '$STELE_API_KEY'}"`)
  if (body !== undefined) lines.push(`-d '${body.replaceAll("'", "'\\''")}'`)
  return lines.join(' \\\n  ')
}

// prefix is what names a dialect in a path; only the Database API has it.
export const prefix = (op, dialect) => (/^\/v\d\//.test(op.path) ? '/' + dialect : '')

// The requests by POST that change nothing.
const readers = new Set(['listTables', 'pageRecords', 'query', 'describeTables', 'listImportTasks', 'listOwnQueries', 'listSavedQueries'])
// reads says whether a request changes nothing, so that the page may offer to send it.
export const reads = op => (op.method === 'GET' || readers.has(op.operationId)) && !op.path.startsWith('/admin/') && !op.path.startsWith('/openapi')
