package sqlite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
	index   string // quoted name of the keyword index
	columns string // "_id", the fields, "_created_at", "_updated_at"
	insert  string

	forward, backward string // pages: from ?1 on in that direction, ?2 records after ?3
	hopUp, hopDown    string // the id that is ?2 records from ?1 in that direction

	anchors *anchors
	fate    *atomic.Pointer[chan struct{}] // see gone
}

// quote makes an SQL identifier of any name.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func newTable(seq int64, def *stele.Table) *table {
	t := &table{Table: def, seq: seq, name: quote(def.Stored), idName: `"_id"`, anchors: &anchors{}, fate: &atomic.Pointer[chan struct{}]{}}
	t.source, t.index = t.name, quote(fmt.Sprintf("_keyword_%d", seq))
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

// createSQL is the statement that makes the table, without its indexes. It is not STRICT and has no CHECK: with either, SQLite reads
// the whole table when a column is added. What is written is typed before it comes here.
func (t *table) createSQL() string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + t.name + " (\"_id\" INTEGER PRIMARY KEY")
	for i := range t.Fields {
		b.WriteString(", " + t.columnSQL(i))
	}
	b.WriteString(`, "_created_at" INTEGER NOT NULL, "_updated_at" INTEGER NOT NULL)`)
	return b.String()
}

// columnSQL declares the column of a field.
func (t *table) columnSQL(field int) string {
	sql := t.column(field) + " " + columnTypes[t.Fields[field].Type]
	if !t.MayBeNull(stele.RecordColumn(field)) {
		sql += " NOT NULL"
	}
	return sql
}

// makeIndex makes the unique index of a field. Its name is our own, and says nothing: names of fields move. See uniqueIndex.
func (t *table) makeIndex(c *conn, field int) error {
	name, err := freeName(c, fmt.Sprintf("_unique_%d_%s", t.seq, t.Fields[field].Stored))
	if err != nil {
		return err
	}
	return c.script("CREATE UNIQUE INDEX " + quote(name) + " ON " + t.name + "(" + t.column(field) + ")")
}

// freeName is a name that nothing in the file has yet.
func freeName(c *conn, base string) (string, error) {
	for name, n := base, 2; ; n++ {
		taken, err := c.single(`SELECT count(*) FROM sqlite_schema WHERE name=?`, name)
		if err != nil || taken == 0 {
			return name, err
		}
		name = fmt.Sprintf("%s_%d", base, n)
	}
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

// sameDefinition reports whether values typed by one definition fit the other.
func sameDefinition(a, b *stele.Table) bool {
	return a == b || a.Stored == b.Stored && a.Name == b.Name && slices.EqualFunc(a.Fields, b.Fields, func(f, g stele.Field) bool {
		f.Description, g.Description = "", ""
		return f == g
	})
}

// gone reports whether the definition is the table's no more. It is set before the commit of what ends it: whoever has read, and then
// finds it unset, has read by a definition that held.
func (t *table) gone() bool { return t.fate.Load() != nil }

// end says that the definition is about to end. The channel is to be closed when that is decided.
func (t *table) end() chan struct{} {
	decided := make(chan struct{})
	t.fate.Store(&decided)
	return decided
}

// tables are the definitions known of an open agent.
type tables struct {
	mu    sync.RWMutex
	m     map[stele.TableID]*table
	epoch int64 // how many definitions have ended
}

func (ts *tables) get(id stele.TableID) *table {
	ts.mu.RLock()
	defer ts.mu.RUnlock()
	return ts.m[id]
}

// now is what is to be handed to put with a definition that is read from now on.
func (ts *tables) now() int64 {
	ts.mu.RLock()
	defer ts.mu.RUnlock()
	return ts.epoch
}

// put keeps t unless another was faster, and returns the one that is kept. errReread if a definition has ended since: t may be it.
func (ts *tables) put(t *table, since int64) (*table, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if old := ts.m[t.ID]; old != nil {
		return old, nil
	}
	if ts.epoch != since {
		return nil, errReread
	}
	ts.m[t.ID] = t
	return t, nil
}

// errReread asks for definitions to be read once more.
var errReread = errors.New("a definition has changed while it was read")

// settle puts another definition in the place of one that has ended; nil where it is not known what the file has now.
func (ts *tables) settle(old, next *table) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.epoch++
	if delete(ts.m, old.ID); next != nil {
		ts.m[old.ID] = next
	}
}

const selectTable = `SELECT seq, id, name, stored_name, description, created_at, record_count, keyword_index FROM _tables `

// load reads a table's definition. CodeTableNotFound if there is none of that id.
func (ts *tables) load(c *conn, id stele.TableID) (t *table, err error) {
	since := ts.now()
	err = c.query(selectTable+`WHERE id=?`, func(s *sqlite.Stmt) error {
		t, err = ts.read(c, s, since)
		return err
	}, id)
	if err == nil && t == nil {
		err = stele.Errorf(stele.CodeTableNotFound, "no table of this agent has the id %s", id)
	}
	return t, err
}

// read makes a table of a row of selectTable, which was asked for at that time of now.
func (ts *tables) read(c *conn, s *sqlite.Stmt, since int64) (*table, error) {
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
	return ts.put(newTable(seq, def), since)
}
