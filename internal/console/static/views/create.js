// Create: a table by a form or from a file, and with ?table=ID the rows of a file for a table that is there.
import { h, put, styles } from '../dom.js'
import { words } from '../words.js'
import { may } from '../session.js'
import { empty, heading, link, tabs } from '../ui.js'
import { byForm } from './create-form.js'
import { fromFile } from './create-file.js'
import * as own from '../words/create.js'

const t = words(own)

export async function open(root, { api, session, query, go, signal, hold }) {
  await styles('views/create.css')
  const context = { api, session, go, signal, hold, into: null }
  if (query.get('table')) {
    const page = await api.records({ table_id: query.get('table'), page: 1, page_size: 1 })
    context.into = page.table_info
    const there = '#/tables/' + encodeURIComponent(context.into.id)
    put(root, heading(t('into.title', { name: context.into.name }), t('into.lead'), link({ label: t('into.back'), icon: 'back', href: there })),
      may(session, 'write') ? fromFile(context) : empty(t('no.write.title'), t('no.write.text'), link({ label: t('into.back'), href: there })))
    return
  }
  if (!may(session, 'schema')) {
    put(root, heading(t('title'), t('lead')), empty(t('no.schema.title'), t('no.schema.text'), link({ label: t('no.schema.go'), href: '#/tables' })))
    return
  }
  // What was begun in one tab is there when one comes back to it.
  const panels = { file: fromFile(context), form: byForm(context) }
  put(root, heading(t('title'), t('lead')), h('div', {}, tabs(t('ways'), [
    { id: 'file', label: t('way.file'), panel: () => panels.file },
    { id: 'form', label: t('way.form'), panel: () => panels.form },
  ], query.get('by') === 'form' ? 'form' : 'file', tab => history.replaceState(null, '', tab === 'form' ? '#/create?by=form' : '#/create'))))
}
