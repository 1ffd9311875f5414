// Package guard is the list of ways in which somebody's SQL has broken out of one database or another: it writes, reads what
// is another agent's, reaches files or the server, or uses it up. None may succeed here. A test of every store and the command
// verify-guards try all of them; a bypass that is published or found goes in here first.
package guard

import "slices"

// Kind says what an attack is after.
type Kind string

// The kinds of attacks.
const (
	Write    Kind = "write"     // to change something
	Agents   Kind = "agents"    // to read what is another agent's
	Files    Kind = "files"     // to read or write files, to attach databases, to load extensions
	Catalog  Kind = "catalog"   // to read names and settings of the server, roles, other agents
	Role     Kind = "role"      // to become somebody else, or to change the session
	Memory   Kind = "memory"    // to use up memory
	Time     Kind = "time"      // to use up processor time, past the limit, or to sleep
	Disk     Kind = "disk"      // to use up the disk, by temporary files too
	Locks    Kind = "locks"     // to hold locks or to signal others
	Several  Kind = "several"   // to pass a second statement
	Params   Kind = "params"    // to break out by parameters
	Parsing  Kind = "parsing"   // to use up or confuse the parser
	Internal Kind = "internals" // to read Stele's own tables
)

// Engine is who an attack is meant for.
type Engine string

// The engines. An attack of Any is tried on both; so are those of the other engine, for good measure: they may be answered, as long as
// the answer shows nothing of others.
const (
	Any        Engine = "any"
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgresql"
)

// An Attack is one statement. In its text {table} stands for a table of the attacker's own with some records, whose fields are
// name TEXT and n INT; {secret} for the name of a table of the same shape that another agent has, whose records hold the
// word Canary; {victim} for the other agent's id; {dir} for the directory of the installation's data.
type Attack struct {
	Name   string // unique
	Kind   Kind
	Engine Engine
	SQL    string
	Params []string
	// Fair says that an answer by itself is no success: the statement may be answered as long as it stays within its bounds and shows
	// nothing of others, as a long computation that ends in time.
	Fair bool
}

// Canary is what must never be in an answer.
const Canary = "canary-7d1f6c"

// Attacks lists all of them.
func Attacks() []Attack {
	return slices.Concat(anyEngine(), sqliteOnly(), postgresOnly(), ownFunctions(), published())
}
