package postgres

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"stele"
)

// schemaOf is the quoted name of an agent's schema. An id is hexadecimal, so it needs no escape.
func schemaOf(id stele.AgentID) string { return `"agent_` + string(id) + `"` }

// quote quotes a name. StoredName leaves no letter in it that would end it.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// table is a definition with what its statements are made of. It is shared and never changed.
type table struct {
	*stele.Table
	version int64
	schema  string // quoted
	name    string // quoted, with the schema
	columns string // of a record r: "_id", the fields', "_created_at", "_updated_at"
	uniques []int  // places of unique fields

	importSQL importSQL
}

func newTable(agent stele.AgentID, version int64, def *stele.Table) *table {
	t := &table{Table: def, version: version, schema: schemaOf(agent)}
	t.name = t.schema + "." + quote(def.Stored)
	var b strings.Builder
	b.WriteString(`r."_id"`)
	for i, f := range def.Fields {
		b.WriteString(`, r.` + t.column(i))
		if f.Unique {
			t.uniques = append(t.uniques, i)
		}
	}
	b.WriteString(`, r."_created_at", r."_updated_at"`)
	t.columns = b.String()
	t.importSQL = t.makeImportSQL()
	return t
}

// of is the table as a reader has it who wants these fields alone: the columns of all others are NULL. nil means all.
func (t *table) of(fields []int) *table {
	if fields == nil {
		return t
	}
	var b strings.Builder
	b.WriteString(`r."_id"`)
	for i, f := range t.Fields {
		if slices.Contains(fields, i) {
			b.WriteString(`, r.` + t.column(i))
		} else {
			b.WriteString(", NULL::" + valueTypes[f.Type])
		}
	}
	part := *t
	part.columns = b.String() + `, r."_created_at", r."_updated_at"`
	return &part
}

// column is the quoted name of a field's column.
func (t *table) column(field int) string { return quote(t.Fields[field].Stored) }

// guard is the condition under which a statement over `_tables` t may touch the table: $1 is its id, $2 the version that
// its caller knows.
const guard = `t.id=$1 AND t.version=$2`

// createSQL makes the table and its indexes, in order.
func (t *table) createSQL() []string {
	return append([]string{t.tableSQL(t.name)}, t.uniquesSQL(t.name)...)
}

// tableSQL makes the table, by a name.
func (t *table) tableSQL(name string) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + name + ` ("_id" bigint CONSTRAINT ` + t.indexName("id") + ` PRIMARY KEY`)
	for i, f := range t.Fields {
		b.WriteString(", " + t.column(i) + " " + columnTypes[f.Type])
	}
	return b.String() + `, "_created_at" bigint NOT NULL, "_updated_at" bigint NOT NULL)`
}

// uniquesSQL makes the indexes of the table that has a name.
func (t *table) uniquesSQL(name string) (sqls []string) {
	for _, f := range t.uniques {
		sqls = append(sqls, "CREATE UNIQUE INDEX "+t.index(f)+" ON "+name+" ("+t.column(f)+")")
	}
	return sqls
}

// index is the quoted name of a field's index that is made with this version of the definition.
func (t *table) index(field int) string { return t.indexName(strconv.Itoa(field)) }

// indexName is new with each version of the definition, since places of fields move and indexes stay. Tables and indexes share their
// names, so those of indexes begin as no table's can.
func (t *table) indexName(tail string) string {
	return quote(fmt.Sprintf("_%s_%d_%s", t.ID, t.version, tail))
}

// sameDefinition reports whether values typed by one definition fit the other.
func sameDefinition(a, b *stele.Table) bool {
	return a == b || a.Stored == b.Stored && a.Name == b.Name && slices.EqualFunc(a.Fields, b.Fields, func(f, g stele.Field) bool {
		f.Description, g.Description = "", ""
		return f == g
	})
}

// equalDefinitions reports whether definitions are the same to the letter.
func equalDefinitions(a, b *stele.Table) bool {
	return a == b || a.Stored == b.Stored && a.Name == b.Name && a.Description == b.Description && a.KeywordIndex == b.KeywordIndex && slices.Equal(a.Fields, b.Fields)
}

// where is the condition that selects record r: parameters are numbered from first on.
func (t *table) where(pairs []stele.Pair, first int) (sql string, args []any) {
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteString("r." + t.column(p.Field))
		if p.Value.IsNull() {
			b.WriteString(" IS NULL")
			continue
		}
		typ := t.Fields[p.Field].Type
		fmt.Fprintf(&b, "=$%d::%s", first+len(args), valueTypes[typ])
		args = append(args, cellOf(typ, &p.Value))
	}
	return b.String(), args
}
