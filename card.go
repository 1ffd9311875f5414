package stele

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Card is what the author of a question must know of a table.
type Card struct {
	Table   *Table
	Profile *Profile
	Notes   []string // on the SQL of the engine
}

// Bounds of a card's text: twelve fields with long descriptions and values stay below 1,000 tokens.
const (
	cardBytes  = 3000 // a token of such a text has more than three bytes
	cardFields = 60   // beyond them only names and types are told
	cardText   = 80   // characters of a description of a field
	cardValue  = 24   // characters of a value
)

// Find finds a table by its name or its id. A name that is not there is told with the nearest that are.
func (a *Agent) Find(ctx context.Context, nameOrID string) (*Table, error) {
	if nameOrID == "" {
		return nil, Errorf(CodeParameter, "table is required: its name or its id")
	}
	if _, isID := ParseID[TableID](nameOrID); isID { // no table can be taken for another: a name with that look is found below
		t, err := a.table(ctx, nameOrID)
		if err == nil || ErrorCode(err) != CodeTableNotFound {
			return t, err
		}
	}
	tables, err := a.db.Tables(ctx, Page{})
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(tables))
	for _, t := range tables {
		if t.Name == nameOrID {
			return t.Table, nil
		}
		names = append(names, t.Name)
	}
	if a.Key.Scope&ScopeRead == 0 { // names are read with the scope for it
		return nil, Errorf(CodeTableNotFound, "%s", noTable(nameOrID, nil, nil))
	}
	text := noTable(nameOrID, names, func(ns []string) []string { return ns })
	if len(names) == 0 {
		text += "; there are no tables yet"
	}
	return nil, Errorf(CodeTableNotFound, "%s", text)
}

// mostCards bounds the tables that are described at once: each may take a look at thousands of records.
const mostCards = 50

// Schema makes the cards of all tables in order of creation, or that of the one table of that name or id. Of more than 50 tables it
// makes the first cards and says how many tables there are.
func (a *Agent) Schema(ctx context.Context, nameOrID string) (engine Engine, cards []*Card, tables int, err error) {
	engine = a.db.Engine()
	if nameOrID != "" {
		c, err := a.Describe(ctx, nameOrID)
		if err != nil {
			return engine, nil, 0, err
		}
		return engine, []*Card{c}, 1, nil
	}
	all, err := a.Tables(ctx, "", nil)
	if err != nil {
		return engine, nil, 0, err
	}
	tables = len(all)
	for _, t := range all[:min(mostCards, len(all))] {
		c, err := a.card(ctx, t.ID)
		switch {
		case ErrorCode(err) == CodeTableNotFound: // dropped since it was listed
			tables--
		case err != nil:
			return engine, nil, 0, err
		default:
			cards = append(cards, c)
		}
	}
	return engine, cards, tables, nil
}

// Describe makes the card of the table of that name or id.
func (a *Agent) Describe(ctx context.Context, nameOrID string) (*Card, error) {
	if err := a.need(ScopeRead); err != nil {
		return nil, err
	}
	t, err := a.Find(ctx, nameOrID)
	if err != nil {
		return nil, err
	}
	return a.card(ctx, t.ID)
}

func (a *Agent) card(ctx context.Context, id TableID) (*Card, error) {
	c := &Card{Notes: sqlNotes(a.db.Engine())}
	err := a.onTable(ctx, string(id), func(t *Table) (err error) {
		c.Table = t
		c.Profile, err = a.db.Profile(ctx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// sqlNotes says what differs from engine to engine and makes questions fail, or answers wrong.
func sqlNotes(e Engine) []string {
	own := []string{
		"SQLite. DATETIME is text 'YYYY-MM-DD hh:mm:ss' in UTC: compare with such text, compute with strftime(), datetime() or date_trunc(). BOOLEAN is 1 or 0.",
		"INT / INT drops the fraction: 1.0 * a / b. LIKE ignores the case of a-z.",
	}
	if e == PostgreSQL {
		own = []string{
			"PostgreSQL. DATETIME is timestamp without time zone, in UTC: '2025-01-31 13:45:00', date_trunc(), extract(), strftime(). BOOLEAN is true or false.",
			"INT / INT drops the fraction: a::float / b. LIKE heeds letter case, ILIKE does not. round(x, 2) takes any number.",
		}
	}
	return append(own, "Every table also has _id, and _created_at and _updated_at in milliseconds since 1970. "+
		"Names that are words of SQL stand in double quotes, text in single ones.")
}

// Text is the card as Markdown. Where it would be too long, it loses frequent values first, then the least and the greatest.
func (c *Card) Text() string {
	text := ""
	for detail := 3; detail >= 0; detail-- {
		if text = c.text(detail); len(text) <= cardBytes {
			break
		}
	}
	return text
}

// text writes the card with less or more of what the fields hold.
func (c *Card) text(detail int) string {
	var b strings.Builder
	b.WriteString("# " + quoteName(c.Table.Stored))
	if c.Table.Stored != c.Table.Name {
		b.WriteString(" (table " + c.Table.Name + ")")
	}
	fmt.Fprintf(&b, "\n%s\n\n%d records", oneLine(c.Table.Description, maxTableDescription), c.Profile.Records)
	if c.Profile.Seen < c.Profile.Records {
		fmt.Fprintf(&b, "; what fields hold is estimated (~) from %d of them", c.Profile.Seen)
	}
	b.WriteString(". Table id " + string(c.Table.ID) + "\n\n")
	for i, f := range c.Table.Fields {
		b.WriteString("- " + quoteName(f.Stored) + " " + f.Type.String())
		if f.Required {
			b.WriteString(" required")
		}
		if f.Unique {
			b.WriteString(" unique")
		}
		if f.Stored != f.Name {
			b.WriteString(" (field " + f.Name + ")")
		}
		if f.Description != "" && i < cardFields && detail > 0 {
			b.WriteString(": " + oneLine(f.Description, cardText>>(3-detail)))
		}
		if i < cardFields && i < len(c.Profile.Fields) {
			c.contents(&b, i, detail)
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n")
	for _, n := range c.Notes {
		b.WriteString(n + "\n")
	}
	return b.String()
}

// contents says what a field holds.
func (c *Card) contents(b *strings.Builder, i, detail int) {
	p := c.Profile.Fields[i]
	if c.Profile.Seen == 0 {
		return
	}
	about := ""
	if c.Profile.Seen < c.Profile.Records {
		about = "~"
	}
	b.WriteString("; ")
	if p.Nulls > 0 {
		b.WriteString(about + share(p.Nulls, c.Profile.Seen) + " null, ")
	}
	fmt.Fprintf(b, "%s%d distinct", about, p.Distinct)
	if detail > 0 && !p.Least.IsNull() {
		b.WriteString(", " + cardSample(p.Least))
		if p.Greatest != p.Least {
			b.WriteString(" to " + cardSample(p.Greatest))
		}
	}
	if detail < 2 || len(p.Frequent) == 0 {
		return
	}
	most := len(p.Frequent)
	if detail == 2 {
		most = min(2, most)
	}
	b.WriteString("; often")
	for j, f := range p.Frequent[:most] {
		if j > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + cardSample(f.Value) + " " + share(f.Count, c.Profile.Seen))
	}
}

// cardSample writes a value as SQL does, in one short line.
func cardSample(v Value) string {
	if v.Type() != Text {
		return sample(v)
	}
	return sample(TextValue(oneLine(v.Text(), cardValue)))
}

// share is a part of a whole as a percentage; neither 0% nor 100% unless it is that.
func share(part, whole int) string {
	percent := part * 100 / whole
	switch {
	case percent == 0 && part > 0:
		return "<1%"
	case percent == 100 && part < whole:
		percent = 99
	}
	return strconv.Itoa(percent) + "%"
}

// oneLine is a text without breaks of lines, cut when long.
func oneLine(s string, most int) string {
	if utf8.RuneCountInString(s) > most {
		s = cut(s, most)
	}
	return strings.Join(strings.Fields(s), " ")
}
