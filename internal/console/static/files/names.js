// Names of fields for the columns of a file: the rules of internal/datafile (names.go).

const most = 64

// letters are those that are written with others in ASCII, in lower case; accents are taken off before.
const letters = Object.fromEntries(('ßss æae œoe øo đd ðd þth łl ħh ıi ' +
  'аa бb вv гg дd еe жzh зz иi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya іi єye ґg ' +
  'αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo').split(' ').map(s => [s[0], s.slice(1)]))

export const legal = name => /^[a-z0-9_]{1,64}$/.test(name)

// legalName turns any name into one of a to z, 0 to 9 and _. It is empty if nothing, or a letter that has no such spelling, would be left.
export function legalName(name) {
  let out = '', gap = false
  for (const r of name.normalize('NFKD').toLowerCase()) {
    let spelt = letters[r]
    if (/[a-z0-9]/.test(r)) spelt = r
    else if (spelt === undefined) {
      if (/\p{M}/u.test(r)) continue
      if (/[\p{L}\p{Nd}]/u.test(r)) return ''
      if (r !== "'" && r !== '’') gap = true
      continue
    }
    if (!spelt) continue
    out += (gap && out ? '_' : '') + spelt
    gap = false
  }
  return out.slice(0, most).replace(/_+$/, '')
}

// legalNames gives every column a name that a field may have, no two the same: its own if that is one already.
export function legalNames(columns) {
  const taken = new Set()
  const names = columns.map(name => (legal(name) && !taken.has(name) ? (taken.add(name), name) : ''))
  columns.forEach((source, i) => {
    if (names[i]) return
    const base = legalName(source) || `field_${i + 1}`
    let name = base
    for (let n = 2; taken.has(name); n++) name = base.slice(0, most - `_${n}`.length) + `_${n}`
    names[i] = name
    taken.add(name)
  })
  return names
}
