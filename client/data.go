package client

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// The client asks for the GPTBots dialect by its path prefix, whatever the server's own setting is: its answers are the
// plainest (wire.md 2).
const dialect = "/gptbots"

// Field is a field of a table. Type is TEXT, INT, FLOAT, DATETIME or BOOLEAN.
type Field struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type"`
	Required    bool   `json:"required"`
	Unique      bool   `json:"unique"`
}

// NewTable describes a table to be made.
type NewTable struct {
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Fields      []Field `json:"fields"`
	// KeywordIndex has an index answer keywords.
	KeywordIndex bool `json:"keyword_index,omitempty"`
}

// TableCount is a table in a list, with the number of its records.
type TableCount struct {
	ID          string `json:"table_id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Fields      int    `json:"field_number"`
	Records     int64  `json:"record_count"`
}

// Row is a record to be added: field name to value.
type Row = map[string]any

// Task is the result of an import. Status is AVAILABLE, or FAIL when no row was added.
type Task struct {
	ID         string      `json:"id"`
	Status     string      `json:"status"`
	Progress   int         `json:"progress"`
	Total      int         `json:"total_count"`
	Success    int         `json:"success_count"`
	Failed     int         `json:"fail_count"`
	Rejections []Rejection `json:"fail_detail"`

	// What became of each row, where it was asked for.
	Created   int         `json:"created_count"`
	Updated   int         `json:"updated_count"`
	Unchanged int         `json:"unchanged_count"`
	Skipped   int         `json:"skipped_count"`
	Rows      []RowResult `json:"rows"`
	Tried     bool        `json:"dry_run"` // nothing of it was kept, and it has no id
}

// RowResult is what became of one row: created, updated, unchanged, failed or skipped.
type RowResult struct {
	Row      int       `json:"row"`
	Status   string    `json:"status"`
	RecordID string    `json:"record_id"` // "" if it has no record
	Errors   []Finding `json:"errors"`
}

// Finding is one thing that is wrong with a row. Value is what was sent.
type Finding struct {
	Field  string          `json:"field"`
	Code   string          `json:"code"`
	Value  json.RawMessage `json:"value"`
	Reason string          `json:"reason"`
}

// How has a write done in another way than the published one.
type How struct {
	Mode   Mode   `json:"mode,omitempty"`      // Partial, Atomic or Upsert; of an update, Atomic
	Key    string `json:"key,omitempty"`       // Upsert: the unique field that finds records
	Create bool   `json:"is_create,omitempty"` // of an update: a change whose record is not there makes it
	Try    bool   `json:"dry_run,omitempty"`   // everything is done, told, and undone
}

// Rejection says why a row was not added. Row is nil when the batch was refused whole: From and To hold the row's number then.
type Rejection struct {
	Row    *int   `json:"row"`
	From   int    `json:"row_number_start"`
	To     int    `json:"row_number_end"`
	Reason string `json:"fail_reason"`
}

// Selector addresses one record: by id if ID is not empty, else by a filter with a unique field in it.
type Selector struct {
	ID     string `json:"record_id,omitempty"`
	Filter Row    `json:"filter,omitempty"`
}

// Change gives new values to the selected record.
type Change struct {
	Selector
	Set Row `json:"updated_fields"`
}

// Outcome counts what became of an update's changes.
type Outcome struct {
	Total    int             `json:"totalCount"`
	Success  int             `json:"success_count"`
	Failed   int             `json:"fail_count"`
	Failures []ChangeFailure `json:"fail_detail"`
}

// ChangeFailure is a change that was not applied: as it was sent, and why.
type ChangeFailure struct {
	Sent   json.RawMessage `json:"upsert_data"`
	Reason string          `json:"fail_reason"`
}

// RecordQuery asks for records of a table. The zero value stands for all of them, in ascending order of their ids.
type RecordQuery struct {
	Page    int      `json:"page,omitempty"` // from 1; 0 is the first one, or that of Cursor
	Size    int      `json:"page_size"`      // 1 to 100, with Cursor to 1000; 0: 100
	Filter  Row      `json:"filter,omitempty"`
	Keyword string   `json:"keyword,omitempty"`
	Where   *Where   `json:"where,omitempty"`
	Sort    []Sort   `json:"sort,omitempty"`   // ties by ascending record id
	Fields  []string `json:"fields,omitempty"` // those to be answered; none: all
	Cursor  *string  `json:"cursor,omitempty"` // "" for the first page, then Next of the one before; such a page has fewer records where Size of them would be very large
	Count   *bool    `json:"count,omitempty"`  // false: Total is not wanted
}

// Where is a condition on records: one of a field (Field, Op, Value), or a join of others.
type Where struct {
	Field string  `json:"field,omitempty"`
	Op    string  `json:"op,omitempty"` // eq ne lt le gt ge in between contains starts_with is_null
	Value any     `json:"value,omitempty"`
	And   []Where `json:"and,omitempty"`
	Or    []Where `json:"or,omitempty"`
	Not   *Where  `json:"not,omitempty"`
}

// Sort is a field to sort by, or $id, $created_at or $updated_at. Order is asc, which "" stands for, or desc.
type Sort struct {
	Field string `json:"field"`
	Order string `json:"order,omitempty"`
}

// Record is one record. Numbers in Value are json.Number, so that no digit is lost; an INT beyond 2^53-1 is a string.
type Record struct {
	ID        string `json:"id"`
	Value     Row    `json:"value"`
	CreatedAt int64  `json:"created_at"` // milliseconds since 1970
	UpdatedAt int64  `json:"updated_at"`
}

// Records is one page of records and the table they are of. Total counts all that the query leaves.
type Records struct {
	Table struct {
		ID string `json:"id"`
		Definition
		Agent string `json:"bot_id"`
	} `json:"table_info"`
	Records []Record `json:"records"`
	Total   int64    `json:"total_count"`
	Next    *string  `json:"next_cursor"` // nil when nothing is left, or no cursor was asked for
}

func (c *Client) post(ctx context.Context, path string, in, out any, opts []Option) (http.Header, error) {
	return c.call(ctx, http.MethodPost, dialect+path, in, out, opts...)
}

// CreateTable makes a table and returns its id.
func (c *Client) CreateTable(ctx context.Context, t NewTable, opts ...Option) (string, error) {
	var out struct {
		Data string `json:"data"`
	}
	_, err := c.post(ctx, "/v1/database/create-table", t, &out, opts)
	return out.Data, err
}

// Import adds up to 1000 rows and returns the id of the finished task; Tasks says which rows were added.
func (c *Client) Import(ctx context.Context, table string, rows []Row, opts ...Option) (string, error) {
	in := struct {
		Table   string `json:"table_id"`
		Records []Row  `json:"records"`
	}{table, wrapAll(rows)}
	var id string
	_, err := c.post(ctx, "/v1/database/import/records", in, &id, opts)
	return id, err
}

// ImportAs imports rows in a way of its own and returns the task with what became of each row.
func (c *Client) ImportAs(ctx context.Context, table string, rows []Row, h How, opts ...Option) (Task, error) {
	in := struct {
		Table   string `json:"table_id"`
		Records []Row  `json:"records"`
		Receipt bool   `json:"receipt"`
		How
	}{table, wrapAll(rows), true, h}
	var out Task
	_, err := c.post(ctx, "/v1/database/import/records", in, &out, opts)
	return out, err
}

// Tasks returns the results of up to 500 imports. Unknown ids are left out.
func (c *Client) Tasks(ctx context.Context, ids ...string) ([]Task, error) {
	var out []Task
	q := url.Values{"ids": ids}
	_, err := c.call(ctx, http.MethodGet, dialect+"/v1/database/query/import-results?"+q.Encode(), nil, &out)
	return out, err
}

// RecordsPage reads one page of a table.
func (c *Client) RecordsPage(ctx context.Context, table string, q RecordQuery) (Records, error) {
	var out Records
	err := c.recordsPage(ctx, table, q, &out)
	return out, err
}

func (c *Client) recordsPage(ctx context.Context, table string, q RecordQuery, out any) error {
	q.Size = cmp.Or(q.Size, mostOfPage)
	in := struct {
		Table string `json:"table_id"`
		RecordQuery
	}{table, q}
	_, err := c.post(ctx, "/v1/database/records/page", in, out, nil)
	return err
}

// Update applies up to 100 changes, each on its own. With create, a change whose record is not there makes it.
func (c *Client) Update(ctx context.Context, table string, changes []Change, create bool, opts ...Option) (Outcome, error) {
	in := struct {
		Table  string   `json:"table_id"`
		Create bool     `json:"is_create"`
		Data   []Change `json:"update_data"`
	}{table, create, changes}
	var out Outcome
	_, err := c.post(ctx, "/v2/database/update/record", in, &out, opts)
	return out, err
}

// UpdateAs is Update in a way of its own.
func (c *Client) UpdateAs(ctx context.Context, table string, changes []Change, h How, opts ...Option) (Outcome, error) {
	in := struct {
		Table string   `json:"table_id"`
		Data  []Change `json:"update_data"`
		How
	}{table, changes, h}
	var out Outcome
	_, err := c.post(ctx, "/v2/database/update/record", in, &out, opts)
	return out, err
}

// TryDelete returns how many records Delete would remove.
func (c *Client) TryDelete(ctx context.Context, table string, selectors []Selector) (int, error) {
	in := struct {
		Table string     `json:"table_id"`
		Data  []Selector `json:"delete_data"`
		How
	}{table, selectors, How{Try: true}}
	var out struct {
		Count int `json:"deleted_count"`
	}
	_, err := c.post(ctx, "/v2/database/delete/record", in, &out, nil)
	return out.Count, err
}

// Delete removes up to 1000 records and returns how many there were.
func (c *Client) Delete(ctx context.Context, table string, selectors []Selector, opts ...Option) (int, error) {
	in := struct {
		Table string     `json:"table_id"`
		Data  []Selector `json:"delete_data"`
	}{table, selectors}
	h, err := c.post(ctx, "/v2/database/delete/record", in, nil, opts)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(h.Get("X-Stele-Deleted"))
}

// Verify returns the id of the agent that the client's key speaks for.
func (c *Client) Verify(ctx context.Context) (string, error) {
	var out struct {
		ID string `json:"id"`
	}
	_, err := c.call(ctx, http.MethodGet, dialect+"/v1/api-key/verify", nil, &out)
	return out.ID, err
}

// Answer is what a question in SQL found. Numbers in Rows are json.Number; an INT beyond 2^53-1 is a string.
type Answer struct {
	Columns []struct {
		Name string  `json:"name"`
		Type *string `json:"type"`
	} `json:"columns"`
	Rows      [][]any  `json:"rows"`
	TSV       string   `json:"tsv,omitempty"` // instead of Rows, of AskTSV
	Count     int      `json:"row_count"`
	ElapsedMS int64    `json:"elapsed_ms"`
	Truncated bool     `json:"truncated"` // rows are missing at the end; Note says what to ask instead
	Note      string   `json:"note"`
	Notes     []string `json:"notes"` // what the answer may be misunderstood without
}

// Question is one SELECT over the agent's tables. Params stand for $1, $2, ...; bounds that are 0 are the server's own.
type Question struct {
	SQL      string `json:"sql"`
	Params   []any  `json:"params,omitempty"`
	MaxRows  int    `json:"max_rows,omitempty"`
	MaxBytes int    `json:"max_bytes,omitempty"`
}

// Ask has a question answered.
func (c *Client) Ask(ctx context.Context, q Question) (Answer, error) {
	var out Answer
	_, err := c.post(ctx, "/v1/database/query", q, &out, nil)
	return out, err
}
