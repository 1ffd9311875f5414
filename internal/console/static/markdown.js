// What the document of the API is written in, a little of Markdown, as nodes: paragraphs, lists, tables, code, strong words.
import { h } from './dom.js'

// markdown makes nodes of a text. Whatever is none of the forms above is text.
export function markdown(text) {
  return (text ?? '').trim().split(/\n{2,}/).filter(Boolean).map(block)
}

function block(text) {
  const lines = text.split('\n')
  if (lines[0].startsWith('```')) return h('pre', { tabIndex: 0 }, h('code', {}, lines.slice(1, -1).join('\n')))
  if (lines.length > 1 && /^\|[-| :]+\|$/.test(lines[1])) return table(lines)
  if (/^[-*] /.test(lines[0])) {
    const items = []
    for (const line of lines) /^[-*] /.test(line) ? items.push(line.slice(2)) : items.push(items.pop() + ' ' + line.trim())
    return h('ul', {}, items.map(item => h('li', {}, inline(item))))
  }
  return h('p', {}, inline(lines.join(' ')))
}

function table(lines) {
  const cells = line => line.trim().replace(/^\||\|$/g, '').split('|').map(c => c.trim())
  const [head, , ...rows] = lines
  return h('div', { class: 'scroll' }, h('table', { class: 'list' },
    h('thead', {}, h('tr', {}, cells(head).map(c => h('th', { scope: 'col' }, inline(c))))),
    h('tbody', {}, rows.map(r => h('tr', {}, cells(r).map(c => h('td', {}, inline(c))))))))
}

// inline makes nodes of a line: `code`, **strong**, and everything else as it stands.
export function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*)/).map(part => {
    if (part.length > 2 && part.startsWith('`')) return h('code', {}, part.slice(1, -1))
    if (part.length > 4 && part.startsWith('**')) return h('strong', {}, part.slice(2, -2))
    if (part.length > 2 && part.startsWith('*') && part.endsWith('*')) return h('em', {}, part.slice(1, -1))
    return part
  })
}
