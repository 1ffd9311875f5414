// What a filter may be compared with: whether the server will read a text as a value of a field's type. Nothing here touches the page.

const numberForm = /^[+-]?(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/
const dateForm = /^(\d{4})([-/])(\d\d)\2(\d\d)(?:[ Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?: ?(?:[Zz]|[+-](\d\d)(?::?(\d\d))?))?)?$/

// wrongValue says what is wrong with a text as a value of a type, by a key of words/table.js, or null. What it lets pass the server may still refuse; what
// it refuses the server would refuse, too.
export function wrongValue(type, text) {
  if (type === 'TEXT') return null
  text = text.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '')
  if (text === '') return 'bad.empty'
  if (type === 'INT') return wrongInt(text)
  if (type === 'FLOAT') return !numberForm.test(text) ? 'bad.number' : Number.isFinite(Number(text)) ? null : 'bad.float'
  if (type === 'DATETIME') return wrongDate(text)
  return null
}

// wrongInt takes 30.0 and 3e1 for whole numbers, as the server does.
function wrongInt(text) {
  const found = numberForm.exec(text)
  if (!found) return 'bad.whole'
  const [, whole, part = '', power = '0'] = found
  const digits = (whole + part).replace(/^0+/, ''), value = digits.replace(/0+$/, '')
  if (value === '') return null
  const zeros = Number(power) - part.length + digits.length - value.length
  if (zeros < 0) return 'bad.fraction'
  if (value.length + zeros > 19) return 'bad.range'
  const n = BigInt(value + '0'.repeat(zeros))
  return n <= (text.startsWith('-') ? 2n ** 63n : 2n ** 63n - 1n) ? null : 'bad.range'
}

function wrongDate(text) {
  const found = dateForm.exec(text)
  if (!found) return 'bad.date'
  const [, year, , month, day, hour = 0, minute = 0, second = 0, off = 0, offMinute = 0] = found
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day)
  const real = Number(year) > 0 && at.getUTCMonth() === month - 1 && at.getUTCDate() === Number(day) && hour < 24 && minute < 60 && second < 60
  return !real ? 'bad.none' : off > 23 || offMinute > 59 ? 'bad.date' : null
}

// reversed says that nothing can lie between two values, since the first is beyond the second. Dates in zones are left to the server.
export function reversed(type, from, to) {
  if (type === 'DATETIME') {
    const [a, b] = [from, to].map(v => v.trim().replaceAll('/', '-').replace(/[Tt]/, ' '))
    return [a, b].every(v => /^[-\d]{10}(?: [:\d]+)?$/.test(v)) && a.padEnd(19, ' 00:00:00'.slice(a.length - 10)) > b.padEnd(19, ' 00:00:00'.slice(b.length - 10))
  }
  return type !== 'TEXT' && Number(from) > Number(to)
}
