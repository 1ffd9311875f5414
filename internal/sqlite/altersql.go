package sqlite

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"

	"stele"
)

// inPlace changes the table itself. errUnfit if a record does not fit.
func (al *alterer) inPlace(c *conn) error {
	for _, step := range []func(*conn) error{al.unfit, al.dropIndexes, al.renameColumns, al.addColumns, al.setNotNull, al.makeIndexes} {
		err := step(c)
		if isClash(err) {
			return errUnfit
		}
		if err != nil {
			return err
		}
	}
	if al.Before.Stored == al.After.Stored {
		return nil
	}
	return c.script("ALTER TABLE " + al.t.name + " RENAME TO " + al.next.name)
}

// unfit looks for records that lack a value, or have one that is too long. Which values are equal, the index finds.
func (al *alterer) unfit(c *conn) error {
	var ors []string
	for i, f := range al.Fields {
		if f.From < 0 {
			if al.MustHave(i) {
				ors = append(ors, "1")
			}
			continue
		}
		col := al.t.column(f.From)
		if al.MustHave(i) {
			ors = append(ors, col+" IS NULL", col+"=''")
		}
		if al.MustDiffer(i) && al.After.Fields[i].Type == stele.Text {
			ors = append(ors, fmt.Sprintf("length(%s)>%d", col, stele.LongestUnique))
		}
	}
	if ors == nil {
		return nil
	}
	there, err := c.single("SELECT EXISTS (SELECT 1 FROM " + al.t.name + " WHERE " + strings.Join(ors, " OR ") + ")")
	if err == nil && there == 1 {
		return errUnfit
	}
	return err
}

// uniqueIndex is the name of the index of a unique field.
func (t *table) uniqueIndex(c *conn, field int) (name string, err error) {
	err = c.query(`SELECT l.name FROM pragma_index_list(?) l, pragma_index_info(l.name) i WHERE l."unique" AND i.name=?`, func(s *sqlite.Stmt) error {
		name = s.ColumnText(0)
		return nil
	}, t.Stored, t.Fields[field].Stored)
	if err == nil && name == "" {
		err = fmt.Errorf("the unique field %q has no index", t.Fields[field].Name)
	}
	return name, err
}

func (al *alterer) dropIndexes(c *conn) error {
	for i, f := range al.Fields {
		if f.From < 0 || !al.Before.Fields[f.From].Unique || al.After.Fields[i].Unique {
			continue
		}
		name, err := al.t.uniqueIndex(c, f.From)
		if err == nil {
			err = c.script("DROP INDEX " + quote(name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// renameColumns gives the columns their new names. Where one of them is another's old name, all go by names that no field can have.
func (al *alterer) renameColumns(c *conn) error {
	old := map[string]bool{}
	for _, f := range al.Before.Fields {
		old[f.Stored] = true
	}
	var renames [][2]string
	crossing := false
	for i, f := range al.Fields {
		if to := al.After.Fields[i].Stored; f.From >= 0 && al.Before.Fields[f.From].Stored != to {
			renames = append(renames, [2]string{al.Before.Fields[f.From].Stored, to})
			crossing = crossing || old[to]
		}
	}
	rename := func(from, to string) error {
		return c.script("ALTER TABLE " + al.t.name + " RENAME COLUMN " + quote(from) + " TO " + quote(to))
	}
	for i := range renames {
		if !crossing {
			break
		}
		between := fmt.Sprintf("$%d", i)
		if err := rename(renames[i][0], between); err != nil {
			return err
		}
		renames[i][0] = between
	}
	for _, r := range renames {
		if err := rename(r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}

func (al *alterer) addColumns(c *conn) error {
	for i, f := range al.Fields {
		if f.From >= 0 {
			continue
		}
		sql := "ALTER TABLE " + al.t.name + " ADD COLUMN " + al.next.columnSQL(i)
		if !f.Fill.IsNull() {
			sql += " DEFAULT " + literal(f.Fill)
		}
		if err := c.script(sql); err != nil {
			return err
		}
	}
	return nil
}

func (al *alterer) setNotNull(c *conn) error {
	for i, f := range al.Fields {
		if f.From < 0 {
			continue
		}
		was, is := !al.Before.MayBeNull(stele.RecordColumn(f.From)), !al.After.MayBeNull(stele.RecordColumn(i))
		if was == is {
			continue
		}
		set := "DROP"
		if is {
			set = "SET"
		}
		if err := c.script("ALTER TABLE " + al.t.name + " ALTER COLUMN " + al.next.column(i) + " " + set + " NOT NULL"); err != nil {
			return err
		}
	}
	return nil
}

func (al *alterer) makeIndexes(c *conn) error {
	own := *al.next // the table has its old name still
	own.name = al.t.name
	for i, f := range al.Fields {
		if !al.After.Fields[i].Unique || f.From >= 0 && al.Before.Fields[f.From].Unique {
			continue
		}
		if err := own.makeIndex(c, i); err != nil {
			return err
		}
	}
	return nil
}

// longestDefault is how long a default may be that stands in the table's declaration, which every connection reads.
const longestDefault = 1000 // bytes

// literal writes a value as SQL.
func literal(v stele.Value) string {
	switch v.Type() {
	case stele.Text, stele.DateTime:
		return "'" + strings.ReplaceAll(v.Text(), "'", "''") + "'"
	case stele.Float:
		return strconv.FormatFloat(v.Float(), 'e', -1, 64)
	case stele.Boolean:
		if v.Bool() {
			return "1"
		}
		return "0"
	}
	return v.String()
}

// exactDefaults reports whether SQLite reads the literals of all defaults as what they are, and none is long.
func (al *alterer) exactDefaults(c *conn) (bool, error) {
	for _, f := range al.Fields {
		switch {
		case f.From >= 0:
		case len(f.Fill.Text()) > longestDefault:
			return false, nil
		case f.Fill.Type() == stele.Float:
			got := math.NaN()
			err := c.query("SELECT "+literal(f.Fill), func(s *sqlite.Stmt) error {
				got = s.ColumnFloat(0)
				return nil
			})
			if err != nil || math.Float64bits(got) != math.Float64bits(f.Fill.Float()) {
				return false, err
			}
		}
	}
	return true, nil
}
