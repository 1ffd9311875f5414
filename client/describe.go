package client

import (
	"context"
	"net/http"
	"net/url"
)

// Schema is what is to be known of an agent's tables before one asks in SQL.
type Schema struct {
	Engine    string   `json:"engine"` // sqlite or postgresql
	Notes     []string `json:"notes"`  // on its SQL
	Tables    []Card   `json:"tables"`
	Count     int      `json:"table_count"` // of the agent; 1 where one table was asked for
	Truncated bool     `json:"truncated"`   // tables are missing at the end; Note says what to ask instead
	Note      string   `json:"note"`
}

// Card is what is to be known of one table. SQLName is its name in SQL; another one only where an engine reserves it.
type Card struct {
	ID          string      `json:"table_id"`
	Name        string      `json:"name"`
	SQLName     string      `json:"sql_name"`
	Description string      `json:"description"`
	Records     int64       `json:"record_count"`
	Seen        int64       `json:"records_seen"` // the figures are counted over these
	Fields      []FieldCard `json:"fields"`
}

// FieldCard is what is to be known of one field. Values are nil, string, bool or json.Number.
type FieldCard struct {
	Field
	SQLName   string     `json:"sql_name"`
	NullShare float64    `json:"null_share"` // of the records seen
	Distinct  int64      `json:"distinct_count"`
	Estimated bool       `json:"estimated"` // not all records were seen
	Least     any        `json:"least"`
	Greatest  any        `json:"greatest"`
	Frequent  []Frequent `json:"frequent"`
}

// Frequent is a value that comes more than once.
type Frequent struct {
	Value any   `json:"value"`
	Count int64 `json:"count"`
}

// Schema describes the agent's tables, at most the first 50.
func (c *Client) Schema(ctx context.Context) (Schema, error) { return c.describe(ctx, struct{}{}) }

// SchemaOf describes one table, by its name or id.
func (c *Client) SchemaOf(ctx context.Context, table string) (Schema, error) {
	return c.describe(ctx, map[string]string{"table": table})
}

func (c *Client) describe(ctx context.Context, in any) (Schema, error) {
	var out Schema
	_, err := c.post(ctx, "/v1/database/schema", in, &out, nil)
	return out, err
}

// AskTSV has a question answered as text, Answer.TSV: a line of names, then a line for each row, with tabs between. A tab, a line
// break or a backslash in a value is \t, \n, \r or \\, and no value is \N.
func (c *Client) AskTSV(ctx context.Context, q Question) (Answer, error) {
	in := struct {
		Question
		Format string `json:"format"`
	}{q, "tsv"}
	var out Answer
	_, err := c.post(ctx, "/v1/database/query", in, &out, nil)
	return out, err
}

// Receipts returns the results of up to 500 imports with what became of each row, where the import had a receipt. Unknown ids
// are left out.
func (c *Client) Receipts(ctx context.Context, ids ...string) ([]Task, error) {
	var out []Task
	q := url.Values{"ids": ids, "rows": {"1"}}
	_, err := c.call(ctx, http.MethodGet, dialect+"/v1/database/query/import-results?"+q.Encode(), nil, &out)
	return out, err
}

// Healthy returns nil when the server answers. Like Ready it needs no key, and asks once.
func (c *Client) Healthy(ctx context.Context) error { return c.probe(ctx, "/healthz") }

// Ready returns nil when the server can serve requests.
func (c *Client) Ready(ctx context.Context) error { return c.probe(ctx, "/readyz") }

func (c *Client) probe(ctx context.Context, path string) error {
	probe := *c
	probe.Key, probe.Retry.Attempts = "", 1
	_, err := probe.call(ctx, http.MethodGet, path, nil, nil)
	return err
}

// OpenAPI returns the server's own description of its API, as JSON.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	var file []byte
	_, err := c.call(ctx, http.MethodGet, "/openapi.json", nil, &file)
	return file, err
}
