// Which columns are shown, and in which order.
import { h, put } from '../../dom.js'
import { dialog, button, check } from '../../ui.js'

// chooseColumns opens a dialog over [{name, shown}]; changed is called with the new list at each change.
export function chooseColumns(columns, t, changed) {
  let all = columns.map(c => ({ ...c })), dragged = null
  const label = name => (name.startsWith('$') ? t(name) : name)
  const list = h('ul', { class: 'column-list', 'aria-label': t('columns') })
  const move = (from, to, focus) => {
    if (to < 0 || to >= all.length || from === to) return
    all.splice(to, 0, ...all.splice(from, 1))
    draw()
    list.children[to].querySelector(focus)?.focus()
    changed(all.map(c => ({ ...c })))
  }
  const draw = () => put(list, all.map((c, i) => {
    const box = check(label(c.name), c.shown, shown => { c.shown = shown; draw(); list.children[i].querySelector('input').focus(); changed(all.map(x => ({ ...x }))) })
    if (c.shown && all.filter(x => x.shown).length === 1) box.box.disabled = true // one column must be seen
    const el = h('li', { draggable: true, on: {
      dragstart: e => { dragged = i; e.dataTransfer.effectAllowed = 'move' },
      dragover: e => { e.preventDefault(); el.classList.add('over') }, dragleave: () => el.classList.remove('over'),
      drop: e => { e.preventDefault(); if (dragged !== null) move(dragged, i, 'input') }, dragend: () => { dragged = null },
    } }, h('span', { class: 'grip', 'aria-hidden': 'true' }, '⠿'), box,
    button({ label: t('columns.up', { name: label(c.name) }), icon: 'up', bare: true, kind: 'quiet up', disabled: i === 0, on: () => move(i, i - 1, i > 1 ? '.up' : '.down') }),
    button({ label: t('columns.down', { name: label(c.name) }), icon: 'down', bare: true, kind: 'quiet down', disabled: i === all.length - 1, on: () => move(i, i + 1, i < all.length - 2 ? '.down' : '.up') }))
    return el
  }))
  draw()
  return dialog({ title: t('columns'), body: [h('p', { class: 'hint' }, t('columns.hint')), list], actions: [] })
}
