// Parts of a zip archive, unpacked as they are read. What all of them unpack to is bounded, whatever they say of themselves.
import { FileError, slices, inflated } from './source.js'

export const maxUnpack = 4 * 2 ** 30 // bytes

export class Zip {
  unpacked = 0

  // open reads the list of parts at the archive's end.
  static async open(blob) {
    const zip = new Zip()
    zip.blob = blob
    zip.parts = new Map()
    const tail = await bytesOf(blob, Math.max(0, blob.size - 65_557), blob.size)
    let at = tail.byteLength - 22
    while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) at--
    if (at < 0) throw new FileError('zip.broken')
    const size = tail.getUint32(at + 12, true), from = tail.getUint32(at + 16, true)
    if (from === 0xffffffff || from + size > blob.size) throw new FileError(from === 0xffffffff ? 'zip.large' : 'zip.broken')
    if (size > 64 << 20) throw new FileError('zip.broken')
    const list = await bytesOf(blob, from, from + size)
    for (at = 0; at + 46 <= list.byteLength && list.getUint32(at, true) === 0x02014b50;) {
      const u16 = i => list.getUint16(at + i, true), u32 = i => list.getUint32(at + i, true)
      const name = new TextDecoder().decode(new Uint8Array(list.buffer, list.byteOffset + at + 46, Math.min(u16(28), list.byteLength - at - 46)))
      zip.parts.set(name.toLowerCase(), { flags: u16(8), method: u16(10), packed: u32(20), size: u32(24), at: u32(42) })
      at += 46 + u16(28) + u16(30) + u16(32)
    }
    return zip
  }

  // size is how many packed bytes a part has.
  size(name) { return this.parts.get(name.toLowerCase())?.packed ?? 0 }

  // text gives a part as text; told is called with how many of its packed bytes have been read.
  async *text(name, signal, told) {
    const part = this.parts.get(name.toLowerCase())
    if (!part) throw new FileError('zip.lacks', { name })
    if (part.flags & 1) throw new FileError('zip.secret')
    if (part.size === 0xffffffff || part.packed === 0xffffffff || part.at === 0xffffffff) throw new FileError('zip.large')
    if (part.size > maxUnpack) throw new FileError('zip.unpacks', { most: maxUnpack / 2 ** 30 })
    const head = await bytesOf(this.blob, part.at, part.at + 30)
    if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) throw new FileError('zip.broken')
    const from = part.at + 30 + head.getUint16(26, true) + head.getUint16(28, true)
    const raw = slices(this.blob.slice(from, from + part.packed), signal, told)
    if (part.method !== 0 && part.method !== 8) throw new FileError('zip.broken')
    const decoder = new TextDecoder()
    for await (const b of part.method ? inflated(raw, 'deflate-raw') : raw) {
      this.unpacked += b.length
      if (this.unpacked > maxUnpack) throw new FileError('zip.unpacks', { most: maxUnpack / 2 ** 30 })
      yield decoder.decode(b, { stream: true })
    }
    const rest = decoder.decode()
    if (rest) yield rest
  }
}

async function bytesOf(blob, from, to) {
  try {
    return new DataView(await blob.slice(from, to).arrayBuffer())
  } catch {
    throw new FileError('unreadable')
  }
}
