package stele

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// profiledDB has a profile.
type profiledDB struct {
	*tinyDB
	profile *Profile
}

func (d profiledDB) Profile(context.Context, *Table) (*Profile, error) { return d.profile, nil }

func describe(t *testing.T, table *Table, p *Profile) *Card {
	t.Helper()
	a, db := newAgent(t, table, ScopeAll)
	a.db = profiledDB{db, p}
	c, err := a.Describe(t.Context(), table.Name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCardIsShort: a table as wide as most are, its descriptions and values as long as they may be, takes less than 1,000 tokens,
// each taken as three bytes.
func TestCardIsShort(t *testing.T) {
	t.Parallel()
	d := Draft{Name: strings.Repeat("n", 63), Description: strings.Repeat("describe ", 14)}
	p := &Profile{Records: 1_000_000, Seen: 20_000}
	for i := range 12 {
		d.Fields = append(d.Fields, DraftField{fmt.Sprintf("field_with_a_rather_long_name_%d", i), strings.Repeat("explains ", 14), "TEXT", true, true})
		v := TextValue(fmt.Sprintf("%d %s", i, strings.Repeat("value\n", 10)))
		f := FieldProfile{Nulls: 20, Distinct: 19_000, Least: v, Greatest: TextValue("z" + v.Text())}
		for range 5 {
			f.Frequent = append(f.Frequent, Frequency{v, 100})
		}
		p.Fields = append(p.Fields, f)
	}
	table, err := NewTable(NewTableID(today), d, DefaultLimits(), 0)
	if err != nil {
		t.Fatal(err)
	}
	text := describe(t, table, p).Text()
	if len(text) > 3000 || !strings.Contains(text, "field_with_a_rather_long_name_11 TEXT required unique: explains") {
		t.Errorf("%d bytes:\n%s", len(text), text)
	}
}

func TestCard(t *testing.T) {
	t.Parallel()
	table := parcels(t)
	p := &Profile{Records: 4, Seen: 4, Fields: make([]FieldProfile, len(table.Fields))}
	p.Fields[0] = FieldProfile{Nulls: 1, Distinct: 2, Least: TextValue("it's"), Greatest: TextValue("z"), Frequent: []Frequency{{TextValue("z"), 2}}}
	text := describe(t, table, p).Text()
	for _, want := range []string{"# parcels\n", "4 records. Table id " + string(table.ID), "; 25% null, 2 distinct, 'it''s' to 'z'; often 'z' 50%\n", "SQLite"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	p.Seen = 2
	if text := describe(t, table, p).Text(); !strings.Contains(text, "~2 distinct") || !strings.Contains(text, "estimated (~) from 2 of them") {
		t.Error(text)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	table := parcels(t)
	a, _ := newAgent(t, table, ScopeAll)
	for _, name := range []string{"parcels", string(table.ID), strings.ToUpper(string(table.ID))} {
		if found, err := a.Find(t.Context(), name); found != table || err != nil {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	for name, want := range map[string]string{"parcel": "did you mean parcels?", "zebra": "the tables are parcels", "": "table is required"} {
		if _, err := a.Find(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	a.Key.Scope = ScopeWrite
	if _, err := a.Find(t.Context(), "parcel"); err == nil || strings.Contains(err.Error(), "parcels") {
		t.Errorf("a key that may not read: %v", err)
	}
	if _, err := a.Describe(t.Context(), "parcels"); ErrorCode(err) != CodeForbidden {
		t.Errorf("a key that may not read: %v", err)
	}
}

// droppedDB lists a table that is dropped before it is looked at.
type droppedDB struct{ *tinyDB }

func (d droppedDB) Tables(context.Context, Page) ([]TableCount, error) {
	return []TableCount{{Table: &Table{ID: unknownTable}}, {Table: d.table}}, nil
}

// A table that is dropped while all are described is left out, and the others are described.
func TestSchemaOfADroppedTable(t *testing.T) {
	t.Parallel()
	table := parcels(t)
	a, db := newAgent(t, table, ScopeAll)
	a.db = droppedDB{db}
	_, cards, tables, err := a.Schema(t.Context(), "")
	if err != nil || len(cards) != 1 || cards[0].Table != table || tables != 1 {
		t.Errorf("%d cards of %d tables, %v", len(cards), tables, err)
	}
}
