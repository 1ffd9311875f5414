// Elements. Text enters the page as text nodes only; there is no way here to make markup of it.

const svgNS = 'http://www.w3.org/2000/svg'

// h makes an element. Of props, `on` is an object of listeners, `class`, `role`, `aria-*`, `data-*` and other names with a hyphen are
// attributes, and the rest are properties of the element (`value`, `disabled`, `htmlFor`). Children are nodes, texts, numbers, lists of them,
// or nothing (null, undefined, false).
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children)
}

// svg makes an element of SVG; all props are attributes.
export function svg(tag, props = {}, ...children) {
  const el = document.createElementNS(svgNS, tag)
  for (const [name, value] of Object.entries(props)) if (value != null) el.setAttribute(name, value)
  el.append(...nodes(children))
  return el
}

function fill(el, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value == null) continue
    if (name === 'on') {
      for (const [event, f] of Object.entries(value)) el.addEventListener(event, f)
    } else if (name === 'class') {
      el.className = value
    } else if (name === 'href') {
      if (!/^(#|blob:|\.\/|\/|https:\/\/)/.test(value)) throw new Error('a link to a place of this kind is not made')
      el.setAttribute('href', value)
    } else if (name === 'role' || name.includes('-')) {
      el.setAttribute(name, value)
    } else {
      if (!(name in el)) throw new Error(`<${el.localName}> has no property ${name}`)
      el[name] = value
    }
  }
  el.append(...nodes(children))
  return el
}

function nodes(children) {
  return children.flat(Infinity).filter(c => c != null && c !== false).map(c => (c instanceof Node ? c : document.createTextNode(String(c))))
}

// put replaces what an element holds, and returns the element.
export function put(el, ...children) {
  el.replaceChildren(...nodes(children))
  return el
}

let last = 0
// id makes an id that no other element has.
export const id = prefix => `${prefix}-${++last}`

// Unloaded is a part of the page that did not come: a module, or a style sheet.
export class Unloaded extends Error {}

// part loads a module when it is needed: part(() => import('./seldom.js')). A browser that did not get one says so as long as the page is
// open, without asking again, so the page must then be loaded anew: `anew` of the Unloaded.
export const part = load => load().catch(err => { throw err instanceof TypeError ? Object.assign(new Unloaded(err.message), { anew: true }) : err })

const sheets = new Map(), worn = new Set() // what was loaded, {link, loaded} by its path; what the view that is open has asked for
// styles puts on a view's own style sheet, which is loaded once, and resolves when it holds: styles('views/ask.css'). It holds until one leaves.
// One that does not come is an Unloaded, and asked for again the next time.
export function styles(path) {
  worn.add(path)
  if (!sheets.has(path)) {
    const sheet = { link: null, loaded: null }
    sheet.loaded = new Promise((resolve, reject) => {
      const load = () => { wear(); resolve() }
      const error = () => { sheets.delete(path); sheet.link.remove(); reject(new Unloaded(path)) }
      sheet.link = h('link', { rel: 'stylesheet', href: './' + path, on: { load, error } })
    })
    sheets.set(path, sheet)
    document.head.append(sheet.link)
  }
  wear()
  return sheets.get(path).loaded
}

const wear = () => { for (const [path, { link }] of sheets) if (link.sheet) link.sheet.disabled = !worn.has(path) }

// undress takes off the sheets of the view that is left, so that what a class means in one view says nothing in another.
export function undress() {
  worn.clear()
  wear()
}
