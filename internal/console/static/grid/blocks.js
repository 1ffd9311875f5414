// Blocks are what has been read of a long list: a block of rows at a time, the ones last seen kept, requests for what is no longer seen ended.

const rest = 80 // milliseconds between two looks at what to ask for, so that a dragged scroll bar does not ask for all it passes

export class Blocks {
  // read is async (start, end, signal) => rows; onload is called when rows have come, onfail with an error when they have not.
  constructor({ read, size = 100, most = 60, onload, onfail }) {
    Object.assign(this, { read, size, most, onload, onfail, kept: new Map(), old: new Map(), flights: new Map(), failed: false, span: null, timer: 0, count: 0 })
  }

  // get is a row, or undefined while it is not here.
  get(i) {
    const n = Math.floor(i / this.size), at = i % this.size
    return (this.kept.get(n) ?? this.old.get(n))?.[at]
  }

  set(i, row) {
    const n = Math.floor(i / this.size)
    for (const map of [this.kept, this.old]) if (map.has(n)) map.get(n)[i % this.size] = row
  }

  // want says which rows are seen.
  want(first, last) {
    const from = Math.floor(Math.max(0, first) / this.size), to = Math.floor(Math.max(0, last) / this.size)
    this.span = [from, to]
    for (const [n, flight] of this.flights) if (!flight.held && (n < from || n > to)) flight.abort()
    if (this.timer) return
    this.ask()
    this.timer = setTimeout(() => { this.timer = 0; this.ask() }, rest)
  }

  ask() {
    if (!this.span || this.failed) return
    for (let n = this.span[0]; n <= this.span[1]; n++) if (n * this.size < this.count) this.load(n).catch(() => {})
  }

  // load reads a block, or waits for the one that is on its way; held ones are not given up when they go out of sight.
  load(n, held = false) {
    if (this.kept.has(n)) {
      const block = this.kept.get(n)
      this.kept.delete(n)
      this.kept.set(n, block) // the last used stand last
      return Promise.resolve(block)
    }
    const flying = this.flights.get(n)
    if (flying) {
      flying.held ||= held
      return flying.done
    }
    const flight = new AbortController()
    flight.held = held
    this.flights.set(n, flight)
    flight.done = this.fly(n, flight)
    return flight.done
  }

  async fly(n, flight) {
    try {
      const block = await this.read(n * this.size, Math.min(this.count, (n + 1) * this.size), flight.signal)
      flight.signal.throwIfAborted()
      this.kept.set(n, block)
      this.old.delete(n)
      while (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value)
      this.leave(n, flight)
      this.onload(n)
      return block
    } catch (err) {
      this.leave(n, flight)
      if (!flight.signal.aborted) {
        this.failed = true
        this.onfail(err)
      }
      throw err
    }
  }

  leave(n, flight) { if (this.flights.get(n) === flight) this.flights.delete(n) }

  // rows reads the rows from first to last, wherever they are.
  async rows(first, last) {
    const all = []
    for (let n = Math.floor(first / this.size); n <= Math.floor(last / this.size); n++) {
      const block = await this.load(n, true)
      all.push(...block.slice(Math.max(0, first - n * this.size), last + 1 - n * this.size))
    }
    return all
  }

  // renew forgets what has been read. With stale the old rows stand until the new ones are here.
  renew(count, stale) {
    for (const flight of this.flights.values()) flight.abort()
    this.flights.clear()
    this.old = stale ? new Map([...this.old, ...this.kept]) : new Map()
    this.kept = new Map()
    this.count = count
    this.failed = false
    clearTimeout(this.timer)
    this.timer = 0
  }

  // again asks once more after a failure.
  again() { this.failed = false; this.ask() }
}
