package postgres

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"stele"
)

// rewriteAtOnce is how many records are read, converted and written together. Their text is bounded too: see part.
const rewriteAtOnce = 5000

// converted are some records, and the values of theirs that are converted: by field, in the order of change.conversions, and by record.
type converted struct {
	ids     []int64
	was, is [][]stele.Value
	bad     [][]bool // what could not be converted, or does not do
}

// read reads records that come after an id, of a table or of what stands in its place. There $3 and so on are args.
func (c *change) read(x *tx, from string, after int64, args ...any) (*converted, error) {
	fields := c.conversions()
	columns := `r."_id"`
	var text []string
	types := make([]stele.Type, len(fields))
	for n, i := range fields {
		old := c.Fields[i].From
		types[n] = c.Before.Fields[old].Type
		columns += `, r.` + c.old.column(old)
		if types[n] == stele.Text {
			text = append(text, `coalesce(octet_length(r.`+c.old.column(old)+`), 0)`)
		}
	}
	p := &converted{was: make([][]stele.Value, len(fields)), is: make([][]stele.Value, len(fields)), bad: make([][]bool, len(fields))}
	var id int64
	values := make([]stele.Value, len(fields))
	dest := []any{&id}
	for n := range fields {
		dest = append(dest, cellOf(types[n], &values[n]))
	}
	b := &pgx.Batch{}
	b.Queue(part(columns, from, `"_id"`, strings.Join(text, "+")), append([]any{after, rewriteAtOnce}, args...)...).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, dest, func() error {
			p.ids = append(p.ids, id)
			for n := range fields {
				p.was[n] = append(p.was[n], values[n])
			}
			return nil
		})
		return err
	})
	return p, x.send(b)
}

// convert converts the values, and tells of those that do not do.
func (p *converted) convert(c *change, tell func(field, at int, reason string)) {
	for n, i := range c.conversions() {
		f := &c.After.Fields[i]
		p.is[n], p.bad[n] = make([]stele.Value, len(p.ids)), make([]bool, len(p.ids))
		for at, was := range p.was[n] {
			v, reason := f.Convert(was)
			if reason == "" {
				reason = f.Violates(v)
			}
			p.is[n][at] = v
			if p.bad[n][at] = reason != ""; p.bad[n][at] {
				tell(i, at, reason)
			}
		}
	}
}

// rewrite writes the records that are read into the table that is to take the old one's place. What is not converted goes from table to
// table.
func (c *change) rewrite(x *tx, p *converted) error {
	fit := true
	p.convert(c, func(int, int, string) { fit = false })
	if !fit {
		return errViolated
	}
	args := []any{p.ids}
	names, values, arrays, cells := `"_id"`, `o."_id"`, `$1::bigint[]`, `id`
	for n, i := range c.conversions() {
		typ := c.After.Fields[i].Type
		args = append(args, column{typ, len(p.ids), func(at int) *stele.Value { return &p.is[n][at] }})
		arrays += fmt.Sprintf(", $%d::%s", len(args), arrayTypes[typ])
		cells += fmt.Sprintf(", c%d", i)
	}
	for i, f := range c.After.Fields {
		names += ", " + c.new.column(i)
		switch from := c.Fields[i].From; {
		case c.Converts(i):
			values += fmt.Sprintf(", u.c%d", i)
		case from >= 0:
			values += ", o." + c.old.column(from)
		default:
			args = append(args, cellOf(f.Type, &c.Fields[i].Fill))
			values += fmt.Sprintf(", $%d::%s", len(args), valueTypes[f.Type])
		}
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO `+c.old.shadow()+` (`+names+`, "_created_at", "_updated_at") SELECT `+values+`, o."_created_at", o."_updated_at" FROM `+
		c.old.name+` o, unnest(`+arrays+`) AS u(`+cells+`) WHERE o."_id"=u.id`, args...)
	return x.send(b)
}

// rewriteAll writes all records that are read from what stands in the table's place.
func (c *change) rewriteAll(x *tx, from string, args ...any) error {
	for after := int64(0); ; {
		p, err := c.read(x, from, after, args...)
		if err != nil || len(p.ids) == 0 {
			return err
		}
		after = p.ids[len(p.ids)-1]
		if err := c.rewrite(x, p); err != nil {
			return err
		}
	}
}
