// What is kept while the tab is open, and nowhere else: who is signed in, and how the reader likes the page.

const keep = {
  get(name) {
    try { return sessionStorage.getItem('stele.' + name) } catch { return null } // storage may be forbidden
  },
  set(name, value) {
    try { value === null ? sessionStorage.removeItem('stele.' + name) : sessionStorage.setItem('stele.' + name, value) } catch { /* then it holds for this page */ }
  },
}

let here = {} // what could not be kept, or was set just now

export const prefs = {
  get: name => here[name] ?? keep.get(name),
  set(name, value) { here[name] = value; keep.set(name, value) },
}

// A session is {secret, kind: 'agent' | 'admin', ...}: of an agent's key what GET /v1/database/key says of it beside.
export const session = {
  read() {
    const text = prefs.get('session')
    return text ? JSON.parse(text) : null
  },
  write(s) { prefs.set('session', JSON.stringify(s)) },
  end() { prefs.set('session', null); here = { ...here, session: null } },
}

// may says whether the key that is signed in has a scope.
export const may = (s, scope) => s?.kind === 'agent' && s.key.scopes.includes(scope)
