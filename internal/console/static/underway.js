// What was begun and has no answer yet, in whichever view: leaving the page would leave it unknown.

let n = 0

// underway reports whether there is any.
export const underway = () => n > 0

// begun counts work, a promise, until it ends either way, and gives it back.
export function begun(work) {
  n++
  const end = () => { n-- }
  work.then(end, end)
  return work
}
