package client

import (
	"context"
	"encoding/json"
)

// TableChange is a change of a table's definition: op and its members, as docs/schema.md has them.
type TableChange = map[string]any

// Definition says how a table is defined.
type Definition struct {
	Name         string  `json:"name"`
	Description  string  `json:"description"`
	Fields       []Field `json:"fields"`
	KeywordIndex bool    `json:"keyword_index"`
}

// Altered is what became of a list of changes: the definition before and after.
type Altered struct {
	Table   string      `json:"table_id"`
	Applied bool        `json:"applied"` // false where it was only tried
	Records int64       `json:"record_count"`
	Before  Definition  `json:"before"`
	After   Definition  `json:"after"`
	Fields  []FieldMove `json:"field_map"` // the fields of After, in their order, then those that are gone
}

// FieldMove says where a field has gone. From is nil for a new one, of which Default is what the records got; To is nil for one that
// is gone.
type FieldMove struct {
	From    *string `json:"from"`
	To      *string `json:"to"`
	Default any     `json:"default,omitempty"`
}

// Violation is a record that does not fit a new definition.
type Violation struct {
	Change   int             `json:"change"` // its place in the list, from 0
	RecordID string          `json:"id"`
	Field    string          `json:"field"`
	Value    json.RawMessage `json:"value"`
	Reason   string          `json:"reason"`
}

// Dropped is a table that is gone, unless it was only tried.
type Dropped struct {
	Table   string `json:"table_id"`
	Name    string `json:"name"`
	Records int64  `json:"record_count"`
	Dropped bool   `json:"dropped"`
}

// AlterTable makes changes of a table's definition, one after the other, all of them or none; with try none, but the answer is the same.
// Where records do not fit, the *Error has the first of them. It may take minutes: a ctx that ends first ends the change.
func (c *Client) AlterTable(ctx context.Context, table string, changes []TableChange, try bool, opts ...Option) (Altered, error) {
	in := struct {
		Table   string        `json:"table_id"`
		Changes []TableChange `json:"changes"`
		How
	}{table, changes, How{Try: try}}
	var out struct {
		Data Altered `json:"data"`
	}
	_, err := c.post(ctx, "/v1/database/alter-table", in, &out, opts)
	return out.Data, err
}

// DropTable removes a table with all its records; with try it only says how many there are. The name must be the table's.
func (c *Client) DropTable(ctx context.Context, table, name string, try bool, opts ...Option) (Dropped, error) {
	in := struct {
		Table string `json:"table_id"`
		Name  string `json:"name"`
		How
	}{table, name, How{Try: try}}
	var out struct {
		Data Dropped `json:"data"`
	}
	_, err := c.post(ctx, "/v1/database/drop-table", in, &out, opts)
	return out.Data, err
}
