package sqlite

import (
	"reflect"
	"strings"

	"zombiezen.com/go/sqlite"
)

// guard is asked by SQLite's compiler about all that a statement would do. It admits what is known to be harmless.
type guard struct {
	closed  bool            // a question is being compiled; else the statement is the worker's own
	names   map[string]bool // all names of the file in lower case; true for the agent's tables
	modules map[string]bool // names of virtual tables that SQLite would make on the spot
	refused *sqlite.Action  // the first refusal of this question

	functions map[string]bool // names of those that are admitted
}

var _ sqlite.Authorizer = (*guard)(nil)

// Authorize is called for each step of compilation.
func (g *guard) Authorize(a sqlite.Action) sqlite.AuthResult {
	if !g.closed || g.admits(a) {
		return sqlite.AuthResultOK
	}
	if g.refused == nil {
		g.refused = &a
	}
	return sqlite.AuthResultDeny
}

func (g *guard) admits(a sqlite.Action) bool {
	switch a.Type() {
	case sqlite.OpSelect, sqlite.OpRecursive:
		return true
	case sqlite.OpFunction:
		return g.functions[strings.ToLower(functionName(a))]
	case sqlite.OpRead:
		return g.readable(a)
	}
	return false
}

// readable admits the agent's tables, json_each, and what a WITH names. SQLite asks for the latter without database and column, and so
// it does for a table of which no column is read; whatever bears the name of anything that is there must be the agent's.
func (g *guard) readable(a sqlite.Action) bool {
	name := strings.ToLower(a.Table())
	switch db := a.Database(); {
	case db != "" && db != "main":
		return false
	case g.names[name]:
		return true
	case name == "json_each":
		return true
	case db != "" || a.Column() != "" || reserved(name):
		return false
	}
	_, there := g.names[name]
	return !there && !g.modules[name]
}

// reserved reports whether a name, in lower case, is none of an agent's whatever it stands for.
func reserved(name string) bool {
	return strings.HasPrefix(name, "_") || strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pragma_")
}

// builtin are the functions of SQLite that are admitted; those of register come to them. GLOB is not: on a pattern of many
// stars it takes exponential time.
const builtin = ` abs avg ceil ceiling coalesce concat concat_ws count cume_dist current_date current_time current_timestamp date datetime
 dense_rank exp first_value floor format group_concat hex ifnull iif if instr julianday lag last_value lead length like ln log log10 log2 lower
 ltrim max min nth_value ntile nullif octet_length percent_rank pi pow power printf quote random rank replace round row_number rtrim sign sqrt
 strftime string_agg substr substring sum time timediff total trim trunc typeof unicode unixepoch upper char json json_array json_array_length
 json_extract json_object json_type json_valid json_group_array json_group_object -> ->> likely unlikely likelihood zeroblob randomblob `

// allowed are the names of all functions that are admitted.
func allowed() map[string]bool {
	names := make(map[string]bool)
	for _, name := range strings.Fields(builtin) {
		names[name] = true
	}
	for _, f := range functions() {
		names[f.name] = true
	}
	return names
}

// functionName is what the driver hands on but has no method for: the second argument of an action. A driver that names it
// otherwise gives no name, and no function is admitted.
func functionName(a sqlite.Action) string {
	if f := reflect.ValueOf(a).FieldByName("arg2"); f.Kind() == reflect.String {
		return f.String()
	}
	return ""
}
