// Saved queries, which are kept with the agent's data, and the questions of this tab, which are kept while it is open.
import { h, put, id } from '../dom.js'
import { words, time, ago } from '../words.js'
import { button, menu, dialog, confirm, input, labelled, failed, fault, waiting, busy, say, empty } from '../ui.js'
import { Refusal, lasting } from '../api.js'
import * as core from '../words/core.js'

const c = words(core)

// Changed is what saving is refused with where the query is another one than was opened: now is the one that is there.
class Changed extends Error {
  constructor(message, now) { super(message); this.now = now }
}

// saved makes the list. open(query) writes one into the editor; `current` of the result is the one that is there, or null.
export function saved({ api, t, mayWrite, open, onchange }) {
  let all = null, wrong = null, current = null
  const element = h('div', { class: 'stack' })

  async function load() {
    put(element, waiting())
    try {
      all = (await api.savedQueries()).saved_queries
      wrong = null
    } catch (err) {
      if (err.name === 'AbortError') return
      wrong = err
    }
    show()
  }

  function show() {
    if (wrong) return put(element, failed(wrong, load))
    put(element, !mayWrite && h('p', { class: 'hint' }, t('saved.readonly')),
      all.length === 0 ? h('p', { class: 'hint' }, t('saved.none')) : h('ul', { class: 'questions', 'aria-label': t('saved') }, all.map(q => h('li', {},
        h('button', { type: 'button', class: 'question', 'aria-current': q.id === current?.id ? 'true' : null, on: { click: () => { current = q; open(q); show(); onchange(q) } } },
          h('strong', {}, q.name), ' ', h('span', { class: 'mono' }, oneLine(q.sql))),
        h('span', { class: 'hint', title: time(q.updated_at) }, ago(q.updated_at)),
        mayWrite && menu({ label: t('saved.more', { name: q.name }), items: [
          { label: t('saved.rename'), icon: 'edit', on: () => name({ title: t('saved.rename'), label: t('saved.rename.go'), value: q.name, work: value => rename(q, value) }) },
          { label: t('saved.delete'), icon: 'trash', kind: 'danger', on: () => confirm({ title: t('saved.delete'), text: t('saved.delete.text', { name: q.name }), label: t('saved.delete.go'), work: async () => {
            await api.deleteSavedQuery({ id: q.id })
            all = all.filter(x => x.id !== q.id)
            if (current?.id === q.id) { current = null; onchange(null) }
            show()
            say(t('saved.deleted', { name: q.name }))
          } }) }] })))))
  }

  // there is a query as it is now: others may have changed it since the list was read, or deleted it.
  const there = async id => (await api.savedQueries(lasting)).saved_queries.find(q => q.id === id)

  // rename leaves the text that is there, which the reader may not have seen.
  async function rename(q, value) {
    const opened = current
    await keep({ id: q.id, name: value, sql: (await there(q.id) ?? q).sql })
    if (current?.id === q.id && opened?.id === q.id) current = { ...current, sql: opened.sql }
  }

  // update writes a text into the query that is open, unless somebody else has changed it meanwhile.
  async function update(sql) {
    const { id, name, sql: opened } = current, now = await there(id)
    if (now && (now.name !== name || now.sql !== opened)) throw new Changed(t('saved.changed', { name: now.name }), now)
    await keep({ id, name, sql })
  }

  async function keep(body) {
    const made = await api.saveQuery(body)
    wrong = null
    all = [...(all ?? []).filter(x => x.id !== made.id), made].sort((a, b) => (a.name < b.name ? -1 : 1))
    if (!body.id || current?.id === made.id) { current = made; onchange(made) }
    show()
    say(t('saved.done', { name: made.name }))
  }

  // name asks for one; a name that is taken, or whose query somebody else has changed, can be overwritten where `over` is given.
  function name({ title, label, value, work, over }) {
    const field = input({ value, required: true }), shown = h('div', {})
    const go = button({ label, kind: 'primary', type: 'submit', on: null })
    const attempt = f => busy(go, async () => {
      try {
        await f()
        d.close()
      } catch (err) {
        const taken = over && (err.now ?? (err instanceof Refusal && (all ?? []).find(q => q.name === field.value.trim())))
        fault(shown, err, taken && h('div', { class: 'row' }, button({ label: t('saved.over', { name: taken.name }), kind: 'danger', on: () => attempt(() => over(taken)) })))
      }
    })
    const form = h('form', { class: 'stack', id: id('form'), on: { submit: e => { e.preventDefault(); attempt(() => work(field.value.trim())) } } }, labelled(t('saved.name'), field), shown)
    go.setAttribute('form', form.id)
    const d = dialog({ title, body: form, actions: [button({ label: c('cancel'), on: () => d.close() }), go] })
    field.select()
  }

  load()
  return {
    element,
    // save keeps a text: under a name that is asked for, or as the query that is open.
    save: sql => name({ title: t('saved.save'), label: t('save'), value: current?.name ?? '', over: q => keep({ id: q.id, name: q.name, sql }),
      work: value => (current?.name === value ? update(sql) : keep({ name: value, sql })) }),
    get current() { return current },
  }
}

const mostKept = 50, mostBytes = 200_000

// history makes the list of this tab's questions. kept is {get(), set(text)}.
export function history({ t, kept, open }) {
  let all = []
  try { all = JSON.parse(kept.get() ?? '[]') } catch { /* then there is none */ }
  const element = h('div', { class: 'stack' }), found = q => (q.rows === null ? t('history.failed') : t('answer.rows', { n: q.rows }))

  function show() {
    put(element, h('p', { class: 'hint' }, t('history.where')), all.length === 0 ? empty(t('history.none'), t('history.none.text')) : h('ul', { class: 'questions', 'aria-label': t('history') }, all.map(q => h('li', {},
      h('button', { type: 'button', class: 'question', on: { click: () => open(q) } }, h('span', { class: 'mono' }, oneLine(q.sql))),
      h('span', { class: 'hint', title: time(q.at) }, found(q), ' · ', ago(q.at))))))
  }
  show()
  return {
    element,
    // add keeps a question {sql, params, rows}, where rows is null of one that failed.
    add(q) {
      all = [{ ...q, at: Date.now() }, ...all.filter(x => x.sql !== q.sql || JSON.stringify(x.params) !== JSON.stringify(q.params))].slice(0, mostKept)
      while (JSON.stringify(all).length > mostBytes && all.length > 1) all.pop()
      kept.set(JSON.stringify(all))
      show()
    },
  }
}

const oneLine = sql => { const text = sql.replace(/\s+/g, ' ').trim(); return text.length > 120 ? text.slice(0, 120) + '…' : text }
