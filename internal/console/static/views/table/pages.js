// Records by their number, from pages as the API has them.
import { Refusal } from '../../api.js'

export const size = 100 // the most that a page may have

// tooLarge reports whether a page was refused because its records are large, so that fewer at once are given.
const tooLarge = err => err instanceof Refusal && err.message.startsWith('Parameter error: page_size is too large')

const steps = { 100: 25, 25: 5, 5: 1 }

// readPage reads the records from start on, a page's worth; start is a multiple of size. Records so large that the server gives fewer at once
// are read a few at a time. The result is the first answer, with all records in it.
export async function readPage(api, body, start, signal, n = size) {
  try {
    return await api.records({ ...body, page: start / n + 1, page_size: n }, { signal })
  } catch (err) {
    if (!tooLarge(err) || !steps[n]) throw err
  }
  const less = steps[n]
  let all
  for (let at = start; at < start + n; at += less) {
    const part = await readPage(api, all ? { ...body, count: false } : body, at, signal, less)
    if (all) all.records.push(...part.records)
    else all = part
    if (part.records.length < less) break
  }
  return all
}
