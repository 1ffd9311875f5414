package cli

import "runtime/debug"

// frugalMemory is how much memory Go may have before it collects garbage more often than it would. What files and pages need at once is
// less, whatever their size; the program itself has some 25 MiB beside it.
const frugalMemory = 30 << 20

// mostBatch is how many bytes of JSON a batch of an import has at most, unless one row has more: some batches are in memory at a time.
const mostBatch = 2 << 20

// frugal has a command that may run for hours take little memory, unless its user has said how much, until the function that it returns.
func frugal(p *Process) func() {
	if lookup(p.Environ, "GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetMemoryLimit(frugalMemory)
	return func() { debug.SetMemoryLimit(before) }
}
