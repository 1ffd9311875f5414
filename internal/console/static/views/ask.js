// Ask in SQL: an editor, the schema card and the saved queries beside it, and the answer below.
import { h, put, styles } from '../dom.js'
import { words } from '../words.js'
import { prefs, may } from '../session.js'
import { button, heading, select, tabs, copy, say } from '../ui.js'
import * as table from '../words/ask.js'
import { paramsOf, position, literals } from '../ask/sql.js'
import { editor } from '../ask/editor.js'
import { hints } from '../ask/hints.js'
import { card } from '../ask/card.js'
import { params } from '../ask/params.js'
import { saved, history } from '../ask/saved.js'
import { result, failure } from '../ask/answer.js'

const mostBytes = 8 << 20 // of an answer, as the server has it

export async function open(root, { api, session, query, signal }) {
  await styles('views/ask.css')
  const t = words(table), mayWrite = may(session, 'write')
  const kept = name => ({ get: () => prefs.get(`ask.${session.key.id}.${name}`), set: v => prefs.set(`ask.${session.key.id}.${name}`, v) })
  const text = kept('text'), asked = kept('params')
  let schema = null, running = null

  // What came by a link stays in the address until it is changed.
  const linked = query.get('sql')
  if (linked !== null) text.set(linked)
  const edit = editor({
    label: t('editor'), hint: t('editor.hint'), value: text.get() ?? '', schema: () => schema, t, onrun: () => ask(),
    oninput: value => {
      text.set(value)
      given.show(paramsOf(value))
      if (location.hash.includes('?') && value !== linked) window.history.replaceState(null, '', '#/ask')
    },
  })
  const given = params({ t, values: remembered(asked.get()), onchange: all => asked.set(JSON.stringify(all)) })
  given.show(paramsOf(edit.value))

  const run = button({ label: t('run'), icon: 'play', kind: 'primary', on: () => ask() })
  const stop = button({ label: t('stop'), icon: 'close', hidden: true, on: () => running?.abort(new DOMException('stopped', 'AbortError')) })
  const rows = select([['200', t('limit', { n: 200 })], ['1000', t('limit', { n: 1000 })], ['10000', t('limit', { n: 10_000 })]], '1000', { 'aria-label': t('limit.label'), class: 'small' })
  const save = button({ label: t('save'), icon: 'save', disabled: !mayWrite, title: mayWrite ? '' : t('saved.readonly'), on: () => queries.save(edit.value) })
  const link = button({ label: t('link'), icon: 'copy', kind: 'quiet', on: async () => { await copy(`${location.origin}${location.pathname}#/ask?${new URLSearchParams({ sql: edit.value })}`); say(t('link.done')) } })
  const opened = h('p', { class: 'hint opened' })
  const down = h('button', { type: 'button', class: 'button quiet to-answer', on: { click: () => answer.focus() } }, t('answer.go'))
  const answer = h('section', { class: 'answer stack', 'aria-label': t('answer.section'), tabIndex: -1 })

  const queries = saved({ api, t, mayWrite, open: q => enter(q.sql), onchange: q => put(opened, q && t('saved.open', { name: q.name })) })
  const past = history({ t, kept: kept('history'), open: q => enter(q.sql, q.params) })
  const cards = card({ t, load: () => api.schema(), describe: name => api.schema({ table: name }), insert: name => edit.insert(name), onschema: s => { schema = s } })
  const side = h('details', { class: 'aside' }, h('summary', {}, t('side')), tabs(t('side'), [
    { id: 'tables', label: t('card'), panel: () => cards.element }, { id: 'saved', label: t('saved'), panel: () => queries.element }, { id: 'history', label: t('history'), panel: () => past.element }]))
  const narrow = matchMedia('(max-width: 64rem)')
  const fold = () => { side.open = !narrow.matches }
  narrow.addEventListener('change', fold, { signal })
  fold()

  // enter replaces the question; undo brings the one before back.
  function enter(sql, values) {
    if (values) { asked.set(JSON.stringify(values)); given.replace(structuredClone(values)) }
    edit.set(sql)
    given.show(paramsOf(sql))
  }

  async function ask(maxRows = Number(rows.value)) {
    if (running) return
    const question = { sql: edit.value, maxRows }, values = given.json()
    if (values === null) return
    rows.value = String(maxRows)
    running = new AbortController()
    run.disabled = true
    stop.hidden = false
    edit.mark([])
    put(answer, h('p', { class: 'waiting', role: 'status' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), t('asking')))
    const remember = found => past.add({ sql: question.sql, params: structuredClone(given.values()), rows: found })
    try {
      // The body is written here, since a number among the values may have more digits than JavaScript keeps.
      const body = `{"sql":${JSON.stringify(question.sql)},"params":${values},"max_rows":${maxRows},"max_bytes":${mostBytes}}`
      const found = await api.ask(body, { raw: true, signal: AbortSignal.any([signal, running.signal]) })
      remember(found.row_count)
      put(answer, result({ answer: found, question, t, more: n => { answer.focus(); ask(n) }, act, signal }))
    } catch (err) {
      if (signal.aborted) return
      if (running.signal.aborted) return put(answer, h('p', { role: 'status', class: 'hint' }, t('stopped')))
      remember(null)
      put(answer, failure({ err, question, t, act }))
      if (edit.value === question.sql) edit.mark(hints(err.message, question.sql).flatMap(p => places(p.act)).slice(0, 20))
    } finally {
      running = null
      const lost = document.activeElement === stop || document.activeElement === document.body // for a button that is gone has no focus
      run.disabled = false
      stop.hidden = true
      if (lost && !signal.aborted) run.focus({ preventScroll: true })
    }
  }

  // places are where in the text an act points to.
  function places(act) {
    if (act?.do === 'find') return edit.find(act.name, act.kind)
    if (act?.do !== 'go') return []
    const from = act.character === 0 ? edit.value.length : position(edit.value, act.character, act.line)
    return [{ from, to: from + Math.max(1, /^[\p{L}\p{N}_$]*/u.exec(edit.value.slice(from))[0].length) }]
  }

  // act does what was clicked in a message.
  function act(a) {
    if (a.do === 'insert') return edit.insert(a.text)
    const at = a.do === 'replace' ? edit.find(a.wrong, a.kind) : a.do === 'literal' ? literals(edit.value, a.wrong) : places(a)
    if (a.do === 'go' || a.do === 'find') return at.length > 0 ? edit.show(at[0].from, Math.min(at[0].to, edit.value.length)) : say(t('act.gone'), 'bad')
    if (edit.replace(at, a.by)) say(t('act.done', { by: a.by }))
    else say(t('act.gone'), 'bad')
  }

  put(root, heading(t('title'), t('lead')),
    h('div', { class: 'ask' },
      h('div', { class: 'stack question-of' }, edit.element, given.element, h('div', { class: 'row' }, run, stop, rows, save, link, down), opened, mayWrite ? null : h('p', { class: 'hint' }, t('saved.readonly'))),
      side, answer))
  put(answer, h('p', { class: 'hint' }, t('answer.yet')))
}

function remembered(json) {
  try { return JSON.parse(json ?? '[]') } catch { return [] }
}
