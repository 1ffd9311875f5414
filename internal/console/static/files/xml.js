// XML a tag at a time, of text that comes in pieces. A parser of documents would hold all of a sheet in memory.
import { FileError, maxRow } from './source.js'

const names = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function plain(s) {
  if (!s.includes('&')) return s
  return s.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (all, name) => {
    if (name[0] !== '#') return names[name] ?? all
    const n = name[1] === 'x' ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10)
    return n <= 0x10ffff ? String.fromCodePoint(n) : all
  })
}

// A Tag is {open, name, close, attr}: name without its prefix; open and close both hold of an empty element. Between tags stands text.
export class Tags {
  buf = ''
  pos = 0
  ended = false

  push(text) {
    this.buf = this.buf.slice(this.pos) + text
    this.pos = 0
  }
  end() { this.ended = true }

  // next puts the next tag into open, close, name and rest, and the text before it into text. It returns null if more text is needed, false at the end.
  next() {
    const { buf } = this
    this.text = ''
    for (let from = this.pos; ;) {
      const lt = buf.indexOf('<', from)
      const special = lt >= 0 && buf[lt + 1] === '!' ? (buf.startsWith('<!--', lt) ? ['<!--', '-->'] : buf.startsWith('<![CDATA[', lt) ? ['<![CDATA[', ']]>'] : null) : null
      const gt = lt < 0 ? -1 : buf.indexOf(special ? special[1] : '>', special ? lt + special[0].length : lt)
      if (gt < 0 || (lt >= 0 && !special && buf.length - lt < 10 && '<![CDATA['.startsWith(buf.slice(lt, lt + 9)))) {
        if (buf.length - this.pos > maxRow) throw new FileError('row.long')
        if (!this.ended) return null
        if (lt >= 0 && gt < 0) throw new FileError('xml.short')
        if (lt < 0) return false
      }
      this.text += plain(buf.slice(from, lt))
      if (special) {
        if (special[1] === ']]>') this.text += buf.slice(lt + 9, gt)
        from = gt + 3
        continue
      }
      const inner = buf.slice(lt + 1, gt)
      from = gt + 1
      if (inner[0] === '?' || inner[0] === '!') continue
      this.pos = from
      this.open = inner[0] !== '/'
      this.close = !this.open || inner.endsWith('/')
      const name = /^\/?(?:[^\s/:]*:)?([^\s/]*)/.exec(inner)
      this.name = name[1]
      this.rest = inner
      return true
    }
  }

  // attr is an attribute of the tag, '' if it has none of that name; prefixes do not count.
  attr(name) {
    const found = new RegExp(`[\\s:]${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(this.rest)
    return found ? plain(found[1] ?? found[2]) : ''
  }
}
