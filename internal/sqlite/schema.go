package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"zombiezen.com/go/sqlite"

	"stele"
)

// table is a table of an open agent: its definition and the SQL made of it once.
type table struct {
	*stele.Table
	seq     int64
	uniques []int // places of the unique fields

	name    string // quoted
	source  string // what records are searched in, the table by its name or through its keyword index
	idName  string // the id's column there
	columns string // "_id", the fields, "_created_at", "_updated_at"
	insert  string

	forward, backward string // pages: from ?1 on in that direction, ?2 records after ?3
	hopUp, hopDown    string // the id that is ?2 records from ?1 in that direction

	anchors *anchors
}

// quote makes an SQL identifier of any name.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func newTable(seq int64, def *stele.Table) *table {
	t := &table{Table: def, seq: seq, name: quote(def.Stored), idName: `"_id"`, anchors: &anchors{}}
	t.source = t.name
	names := []string{`"_id"`}
	for i, f := range def.Fields {
		names = append(names, quote(f.Stored))
		if f.Unique {
			t.uniques = append(t.uniques, i)
		}
	}
	names = append(names, `"_created_at"`, `"_updated_at"`)
	t.columns = strings.Join(names, ",")
	t.insert = "INSERT INTO " + t.name + "(" + t.columns + ") VALUES (?" + strings.Repeat(",?", len(names)-1) + ")"
	t.makePages()
	hop := `SELECT "_id" FROM ` + t.name + ` WHERE "_id"`
	t.hopUp = hop + `>=?1 ORDER BY "_id" LIMIT 1 OFFSET ?2`
	t.hopDown = hop + `<=?1 ORDER BY "_id" DESC LIMIT 1 OFFSET ?2`
	return t
}

// makePages makes the statements that read columns.
func (t *table) makePages() {
	page := "SELECT " + t.columns + " FROM " + t.name + ` WHERE "_id"`
	t.forward = page + `>=?1 ORDER BY "_id" LIMIT ?2 OFFSET ?3`
	t.backward = page + `<=?1 ORDER BY "_id" DESC LIMIT ?2 OFFSET ?3`
}

// of is the table as a reader has it who wants these fields alone: the columns of all others are NULL. nil means all.
func (t *table) of(fields []int) *table {
	if fields == nil {
		return t
	}
	names := []string{`"_id"`}
	for i := range t.Fields {
		if slices.Contains(fields, i) {
			names = append(names, t.column(i))
		} else {
			names = append(names, "NULL")
		}
	}
	part := *t
	part.columns = strings.Join(append(names, `"_created_at"`, `"_updated_at"`), ",")
	part.makePages()
	return &part
}

// column is the quoted name of the field at that place.
func (t *table) column(field int) string { return quote(t.Fields[field].Stored) }

// columnTypes are what each type of field is in SQL.
var columnTypes = [...]string{
	stele.Text: "TEXT", stele.Int: "INTEGER", stele.Float: "REAL", stele.DateTime: "TEXT", stele.Boolean: "INTEGER",
}

// createSQL returns the statements that make the table and its unique indexes. The indexes are statements of their own,
// with names of our own, so that they can be dropped and made while the table is in use.
func (t *table) createSQL() []string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + t.name + " (\"_id\" INTEGER PRIMARY KEY")
	for i, f := range t.Fields {
		b.WriteString(", " + t.column(i) + " " + columnTypes[f.Type])
		if f.Required || f.Unique {
			b.WriteString(" NOT NULL")
		}
		if f.Type == stele.Boolean {
			b.WriteString(" CHECK (" + t.column(i) + " IN (0, 1))")
		}
	}
	b.WriteString(`, "_created_at" INTEGER NOT NULL, "_updated_at" INTEGER NOT NULL) STRICT`)
	sqls := []string{b.String()}
	for _, i := range t.uniques {
		index := quote(fmt.Sprintf("_unique_%d_%s", t.seq, t.Fields[i].Stored))
		sqls = append(sqls, "CREATE UNIQUE INDEX "+index+" ON "+t.name+"("+t.column(i)+")")
	}
	return sqls
}

// where is the condition of a selector or of an equality filter. Parameters are numbered from first on, so that they
// can stand behind others.
func (t *table) where(b *strings.Builder, pairs []stele.Pair, first int) {
	for i, p := range pairs {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteString(t.column(p.Field))
		if p.Value.IsNull() {
			b.WriteString(" IS NULL")
			continue
		}
		fmt.Fprintf(b, "=?%d", first)
		first++
	}
}

// bindPairs binds what where left open, and returns the number of the next parameter.
func bindPairs(s *sqlite.Stmt, pairs []stele.Pair, first int) int {
	for _, p := range pairs {
		if !p.Value.IsNull() {
			bindValue(s, first, p.Value)
			first++
		}
	}
	return first
}

// selected is where and bindPairs for a selector.
func (t *table) selected(b *strings.Builder, sel stele.Selector, first int) {
	if sel.ID != 0 {
		fmt.Fprintf(b, `"_id"=?%d`, first)
		return
	}
	t.where(b, sel.Pairs, first)
}

func bindSelector(s *sqlite.Stmt, sel stele.Selector, first int) {
	if sel.ID != 0 {
		s.BindInt64(first, int64(sel.ID))
		return
	}
	bindPairs(s, sel.Pairs, first)
}

// tables are the definitions known of an open agent. A definition does not change while its file is open.
type tables struct {
	mu sync.RWMutex
	m  map[stele.TableID]*table
}

func (ts *tables) get(id stele.TableID) *table {
	ts.mu.RLock()
	defer ts.mu.RUnlock()
	return ts.m[id]
}

// put keeps t unless another was faster, and returns the one that is kept.
func (ts *tables) put(t *table) *table {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if old := ts.m[t.ID]; old != nil {
		return old
	}
	ts.m[t.ID] = t
	return t
}

const selectTable = `SELECT seq, id, name, stored_name, description, created_at, record_count, keyword_index FROM _tables `

// loadTable reads a table's definition. CodeTableNotFound if there is none of that id.
func (ts *tables) load(c *conn, id stele.TableID) (t *table, err error) {
	if t = ts.get(id); t != nil {
		return t, nil
	}
	err = c.query(selectTable+`WHERE id=?`, func(s *sqlite.Stmt) error {
		t, err = ts.read(c, s)
		return err
	}, id)
	if err == nil && t == nil {
		err = stele.Errorf(stele.CodeTableNotFound, "no table of this agent has the id %s", id)
	}
	return t, err
}

// read makes a table of a row of selectTable.
func (ts *tables) read(c *conn, s *sqlite.Stmt) (*table, error) {
	seq := s.ColumnInt64(0)
	def := &stele.Table{
		ID: stele.TableID(s.ColumnText(1)), Name: s.ColumnText(2), Stored: s.ColumnText(3),
		Description: s.ColumnText(4), Created: stele.Millis(s.ColumnInt64(5)), KeywordIndex: s.ColumnBool(7),
	}
	if t := ts.get(def.ID); t != nil {
		return t, nil
	}
	err := c.query(`SELECT name, stored_name, description, type, required, is_unique FROM _fields WHERE table_seq=?
		ORDER BY position`, func(s *sqlite.Stmt) error {
		typ, ok := stele.ParseType(s.ColumnText(3))
		if !ok {
			return fmt.Errorf("field %q has the unknown type %q", s.ColumnText(0), s.ColumnText(3))
		}
		def.Fields = append(def.Fields, stele.Field{
			Name: s.ColumnText(0), Stored: s.ColumnText(1), Description: s.ColumnText(2), Type: typ,
			Required: s.ColumnBool(4), Unique: s.ColumnBool(5),
		})
		return nil
	}, seq)
	if err != nil {
		return nil, err
	}
	def.Index()
	return ts.put(newTable(seq, def)), nil
}
