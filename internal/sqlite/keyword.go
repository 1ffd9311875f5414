package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"stele"
)

// A table's keyword index is a table of FTS5's that has the trigrams of the records' text forms, by record id, and nothing else:
// neither the texts nor where in them a trigram stands. So it says which records may hold a keyword, and the condition of
// where.go goes on to say which do. A BOOLEAN is not in it: two texts would be in half of the records each.

// spreadTrigrams is how many of a keyword's trigrams the index is asked for.
const spreadTrigrams = 12

// spelled are the places of the fields whose text forms a keyword index has.
func (t *table) spelled() (fields []int) {
	for i, f := range t.Fields {
		if f.Type != stele.Boolean {
			fields = append(fields, i)
		}
	}
	return fields
}

// hasIndex reports whether the table has an index for keywords: it has been asked for, and there are fields for it.
func (t *table) hasIndex() bool { return t.KeywordIndex && len(t.spelled()) > 0 }

// buildKeyword makes the table's keyword index, of the records that are there.
func buildKeyword(c *conn, t *table) error {
	if !t.hasIndex() {
		return nil
	}
	var columns strings.Builder
	for i := range t.spelled() {
		fmt.Fprintf(&columns, "c%d, ", i)
	}
	sql := "CREATE VIRTUAL TABLE " + t.index + " USING fts5(" + columns.String() +
		"content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1')"
	if err := c.script(sql); err != nil {
		return fmt.Errorf("making a keyword index: %w", err)
	}
	if err := c.exec(t.enterSQL()); err != nil {
		return fmt.Errorf("building a keyword index: %w", err)
	}
	return nil
}

// dropKeyword removes the table's keyword index.
func dropKeyword(c *conn, t *table) error {
	if !t.hasIndex() {
		return nil
	}
	if err := c.script("DROP TABLE " + t.index); err != nil {
		return fmt.Errorf("dropping a keyword index: %w", err)
	}
	return nil
}

// builds reports whether a change of the definition needs a keyword index made: there was none, or one of other texts. Names do not matter.
func (al *alterer) builds() bool {
	before, after := al.t.spelled(), al.next.spelled()
	same := len(before) == len(after)
	for n, i := range after {
		same = same && al.Fields[i].From == before[n] && !al.Converts(i)
	}
	return al.next.hasIndex() && !(same && al.t.hasIndex())
}

// unindex removes the index that the table has no more, or that another takes the place of.
func (al *alterer) unindex(c *conn) error {
	if al.next.hasIndex() && !al.builds() {
		return nil
	}
	return dropKeyword(c, al.t)
}

// enterSQL enters all records into the index.
func (t *table) enterSQL() string {
	var columns, texts strings.Builder
	for i, f := range t.spelled() {
		fmt.Fprintf(&columns, ",c%d", i)
		texts.WriteString("," + t.text(stele.RecordColumn(f)))
	}
	return "INSERT INTO " + t.index + "(rowid" + columns.String() + `) SELECT "_id"` + texts.String() + " FROM " + t.name
}

// enter enters records into the index that are not in it. One statement does it for many: FTS5 writes what it has gathered with each
// statement of several rows, and so a trigger for each row would write it row by row.
func (t *table) enter(c *conn, ids []int64) error {
	if len(ids) == 0 || !t.hasIndex() {
		return nil
	}
	if err := c.each(t.enterSQL()+` WHERE "_id" IN (%s) ORDER BY "_id"`, ids); err != nil {
		return fmt.Errorf("entering records into the keyword index: %w", err)
	}
	return nil
}

// leave takes records out of the index.
func (t *table) leave(c *conn, ids []int64) error {
	if len(ids) == 0 || !t.hasIndex() {
		return nil
	}
	if err := c.each("DELETE FROM "+t.index+" WHERE rowid IN (%s)", ids); err != nil {
		return fmt.Errorf("taking records out of the keyword index: %w", err)
	}
	return nil
}

// reenter enters records anew that have changed.
func (t *table) reenter(c *conn, ids []int64) error {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if err := t.leave(c, ids); err != nil {
		return err
	}
	return t.enter(c, ids)
}

// each runs a statement for lists of ids, where it has %s. A list is filled up with its last id, so that there are few texts to prepare.
// (There may be a table called json_each.)
func (c *conn) each(sql string, ids []int64) error {
	for part := range slices.Chunk(ids, 1024) {
		size := 1
		for size < len(part) {
			size *= 32
		}
		s, err := c.stmt(fmt.Sprintf(sql, "?"+strings.Repeat(",?", size-1)))
		if err != nil {
			return err
		}
		for i := range size {
			s.BindInt64(i+1, part[min(i, len(part)-1)])
		}
		if err := run(s); err != nil {
			return err
		}
	}
	return nil
}

// returning is the end of a statement that changes records which the index must follow.
func (t *table) returning() string {
	if t.hasIndex() {
		return ` RETURNING "_id"`
	}
	return ""
}

// match is the question to the index for a keyword in lower case, "" where the index does not help: it knows three characters in a
// row and no less, and no BOOLEAN.
func (t *table) match(keyword string) string {
	runes := []rune(keyword)
	if !t.hasIndex() || len(runes) < 3 || strings.IndexByte(keyword, 0) >= 0 || !utf8.ValidString(keyword) {
		return ""
	}
	if (strings.Contains("true", keyword) || strings.Contains("false", keyword)) && len(t.spelled()) < len(t.Fields) {
		return ""
	}
	last := len(runes) - 3 // where the last trigram begins
	n := min(last, spreadTrigrams-1)
	parts := make([]string, 0, n+1)
	for i := range n + 1 {
		at := last * i / max(n, 1)
		parts = append(parts, quote(string(runes[at:at+3])))
	}
	slices.Sort(parts)
	return strings.Join(slices.Compact(parts), " AND ")
}

// matched is the table as it is read through its keyword index: param is the place of what match returned. The index gives ids in their
// order, so conditions and orders name its column.
func (t *table) matched(param string) *table {
	part := *t
	part.idName = `"_found"`
	part.source = `(SELECT rowid AS "_found" FROM ` + t.index + " WHERE " + t.index + " MATCH " + param + ") JOIN " + t.name + ` ON "_id"="_found"`
	return &part
}
