// The API, as any client calls it. This is the only module that calls fetch.
import { begun } from './underway.js'

// A Refusal is what the server said instead of doing what was asked: `message` is the server's reason, in its own words, and `said` the
// whole of its answer. `until` is the moment, in milliseconds since 1970, before which it would refuse again; 0 where it names none.
export class Refusal extends Error {
  constructor(status, code, message, retryAfter = 0, said = {}) {
    super(message)
    Object.assign(this, { status, code, said, until: retryAfter > 0 ? Date.now() + retryAfter * 1000 : 0 })
  }
}

// tableGone reports whether a request was refused because its table has been dropped.
export const tableGone = err => err instanceof Refusal && err.code === 403106

// Unreached is a request that got no answer.
export class Unreached extends Error {}

// lasting are the options of a read that is part of a write, and like it goes on when the view is left.
export const lasting = { signal: undefined }

// reached resolves when the server has the page itself, and throws Unreached when it does not.
export async function reached() {
  const answer = await fetch('./', { method: 'HEAD', cache: 'no-store', credentials: 'omit' }).catch(err => { throw new Unreached(err.message) })
  if (!answer.ok) throw new Unreached(answer.statusText) // a proxy's word that it is away
}

// connect makes a client of one key. What is read ends when signal does. What is written goes on to its end, unless it has a signal of its own: a
// view that is left must not take back what its reader has done there. expired is called when the server no longer takes the key.
export function connect(secret, signal, expired) {
  const call = (method, path, body, options) => send(secret, method, path, body, { signal, ...options }).catch(err => {
    if (err instanceof Refusal && err.status === 401) expired?.()
    throw err
  })
  // Of the four dialects one is named, so that a server's setting and host do not matter.
  const data = (path, body, options) => call('POST', '/gptbots' + path, body, { safe: true, ...options })
  const change = (method, path, body, options) => (options?.signal ? call(method, path, body, options) : begun(call(method, path, body, { ...options, ...lasting })))
  // A write bears a key, so that it is applied once when it is sent again.
  const write = (path, body, options) => change('POST', '/gptbots' + path, body, { safe: true, once: onceKey(), ...options })
  const agent = name => `/admin/v1/agents/${encodeURIComponent(name)}`
  return {
    secret,
    // Of an agent's key. Bodies and answers are those of openapi.yaml.
    key: () => call('GET', '/gptbots/v1/database/key'),
    tables: () => data('/v1/database/tables/page', {}),
    createTable: body => write('/v1/database/create-table', body),
    alterTable: body => write('/v1/database/alter-table', body),
    dropTable: body => write('/v1/database/drop-table', body),
    records: (body, options) => data('/v1/database/records/page', body, options),
    importRecords: (body, options) => write('/v1/database/import/records', body, options),
    importResults: ids => call('GET', `/gptbots/v1/database/query/import-results?rows=1&ids=${ids.join(',')}`),
    // The rows of an import that are not in the table, as they were sent, with the reasons: the text of a file.
    repairFile: (id, format) => call('GET', `/gptbots/v1/database/query/import-results?rows=1&ids=${id}&format=${format}`, undefined, { read: a => a.text() }),
    importTasks: body => data('/v1/database/import/tasks', body),
    update: body => write('/v2/database/update/record', body),
    // Resolves to how many records went: one that is not there is no error.
    remove: body => write('/v2/database/delete/record', body, { read: a => Number(a.headers.get('X-Stele-Deleted')) }),
    ask: (body, options) => data('/v1/database/query', body, options),
    schema: (body = {}) => data('/v1/database/schema', body),
    queries: body => data('/v1/database/queries', body),
    savedQueries: options => data('/v1/database/saved-queries/page', {}, options),
    saveQuery: body => write('/v1/database/saved-queries/save', body),
    deleteSavedQuery: body => write('/v1/database/saved-queries/delete', body),
    // Any request that changes nothing; what comes back is the text as it was sent.
    text: (method, path, body) => call(method, path, body, { raw: true, safe: true, read: a => a.text() }),
    document: () => call('GET', '/openapi.json'),
    // Of the admin key.
    status: () => call('GET', '/admin/v1/status'),
    agents: (page = 1, size = 100) => call('GET', `/admin/v1/agents?page=${page}&page_size=${size}`),
    agent: name => call('GET', agent(name)),
    createAgent: body => change('POST', '/admin/v1/agents', body),
    deleteAgent: name => change('DELETE', agent(name)),
    agentSize: name => call('GET', agent(name) + '/size'),
    agentKeys: name => call('GET', agent(name) + '/keys'),
    createKey: (name, body) => change('POST', agent(name) + '/keys', body),
    revokeKey: id => change('DELETE', `/admin/v1/keys/${encodeURIComponent(id)}`),
    agentQueries: (name, limit = 100) => call('GET', agent(name) + `/queries?limit=${limit}`),
    agentImports: (name, before) => call('GET', agent(name) + '/imports?limit=100' + (before ? `&before=${before}` : '')),
  }
}

const tries = 5
const shortly = 5 // seconds that a reader waits for without being told

// send sends a request, and again where that does no harm: `safe` says that it changes nothing, `once` is the key of a write. What a key's rate
// does not allow for longer is refused, for the reader to know when it will be; `patient` work of many requests waits for the next minute.
async function send(secret, method, path, body, { signal, once, raw, patient = false, read = a => a.json(), safe = method === 'GET' || Boolean(once) }) {
  const headers = { Authorization: 'Bearer ' + secret }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (once) headers['Idempotency-Key'] = once
  const text = body === undefined ? undefined : raw ? body : JSON.stringify(body)
  if (new URL(path, location.origin).origin !== location.origin) throw new Error('the key is sent to this server alone')
  for (let n = 1; ; n++) {
    let answer
    try {
      answer = await fetch(path, { method, headers, body: text, signal, cache: 'no-store', credentials: 'omit', redirect: 'error' })
      if (answer.ok) return await read(answer)
    } catch (err) {
      if (signal?.aborted) throw err
      if (n >= tries || !safe) throw new Unreached(err.message)
      await pause(250 * 2 ** n, signal)
      continue
    }
    const said = await answer.json().catch(() => ({}))
    const wait = Number(answer.headers.get('Retry-After') ?? 0)
    const again = (answer.status === 429 && (patient || wait <= shortly)) || (answer.status === 503 && safe)
    if (!again || n >= tries) throw new Refusal(answer.status, said.code ?? answer.status, said.message ?? answer.statusText, wait, said)
    await pause(Math.min(Math.max(wait * 1000, 250 * 2 ** n), 60_000), signal)
  }
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => { clearTimeout(timer); reject(signal.reason) }
    const timer = setTimeout(() => { signal?.removeEventListener('abort', stop); resolve() }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

// onceKey makes a key that no other write has. (crypto.randomUUID is missing where a page came by plain HTTP from another machine.)
export const onceKey = () => 'console-' + Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, '0')).join('')
