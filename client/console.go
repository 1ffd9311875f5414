package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// KeyAbout is what an API key opens.
type KeyAbout struct {
	Agent struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"agent"`
	Key struct {
		ID        string   `json:"id"`
		Scopes    []string `json:"scopes"`
		ExpiresAt *int64   `json:"expires_at"` // milliseconds since 1970; nil for never
		RPM       int      `json:"rpm"`        // requests a minute; 0: no limit
	} `json:"key"`
	Engine  string `json:"engine"`  // sqlite or postgresql
	Version string `json:"version"` // of the server
}

// About says what the client's key opens.
func (c *Client) About(ctx context.Context) (KeyAbout, error) {
	var out KeyAbout
	_, err := c.call(ctx, http.MethodGet, dialect+"/v1/database/key", nil, &out)
	return out, err
}

// ImportTask is an import in a list. What became of its rows is told by Tasks and Receipts.
type ImportTask struct {
	ID        string  `json:"task_id"`
	Table     string  `json:"table_id"`
	TableName *string `json:"table_name"` // nil where the table was dropped
	CreatedAt int64   `json:"created_at"` // milliseconds since 1970
	Status    string  `json:"status"`     // AVAILABLE or FAIL
	Total     int     `json:"total_count"`
	Success   int     `json:"success_count"`
	Failed    int     `json:"failed_count"`
}

// ImportTaskQuery asks for a part of the list of imports.
type ImportTaskQuery struct {
	Table  string `json:"table_id,omitempty"` // "": of all tables
	Limit  int    `json:"limit,omitempty"`    // 1 to 100; 0: 20
	Before string `json:"before,omitempty"`   // the id of a task: those before it; "": the latest
}

type importTaskList struct {
	Tasks []ImportTask `json:"tasks"`
	More  bool         `json:"more"`
}

// ImportTasks lists the agent's imports of the last 30 days, the latest first, and says whether there are earlier ones.
func (c *Client) ImportTasks(ctx context.Context, q ImportTaskQuery) (tasks []ImportTask, more bool, err error) {
	var list importTaskList
	_, err = c.post(ctx, "/v1/database/import/tasks", q, &list, nil)
	return list.Tasks, list.More, err
}

// AgentImportTasks lists the imports of the agent of that id or name in the same way, for the admin key. The query's Table is not looked at.
func (c *Client) AgentImportTasks(ctx context.Context, idOrName string, q ImportTaskQuery) (tasks []ImportTask, more bool, err error) {
	v := url.Values{}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Before != "" {
		v.Set("before", q.Before)
	}
	var list importTaskList
	_, err = c.call(ctx, http.MethodGet, agentPath(idOrName)+"/imports?"+v.Encode(), nil, &list)
	return list.Tasks, list.More, err
}

// OwnQueries lists the latest questions to the agent, by whichever of its keys, the latest first, 1 to 1000 of them.
func (c *Client) OwnQueries(ctx context.Context, limit int) ([]QueryEntry, error) {
	var list struct {
		Queries []QueryEntry `json:"queries"`
	}
	_, err := c.post(ctx, "/v1/database/queries", map[string]int{"limit": limit}, &list, nil)
	return list.Queries, err
}

// SavedQuery is a question that the agent keeps under a name.
type SavedQuery struct {
	ID        string `json:"id"`
	Name      string `json:"name"` // unique for the agent
	SQL       string `json:"sql"`
	UpdatedAt int64  `json:"updated_at"` // milliseconds since 1970
}

// SavedQueries lists all of them, at most 500, by name.
func (c *Client) SavedQueries(ctx context.Context) ([]SavedQuery, error) {
	var list struct {
		Queries []SavedQuery `json:"saved_queries"`
	}
	_, err := c.post(ctx, "/v1/database/saved-queries/page", struct{}{}, &list, nil)
	return list.Queries, err
}

// SaveQuery keeps a question under a name: another one where id is "", else in place of the one of that id.
func (c *Client) SaveQuery(ctx context.Context, id, name, sql string, opts ...Option) (SavedQuery, error) {
	in := struct {
		ID   string `json:"id,omitempty"`
		Name string `json:"name"`
		SQL  string `json:"sql"`
	}{id, name, sql}
	var q SavedQuery
	_, err := c.post(ctx, "/v1/database/saved-queries/save", in, &q, opts)
	return q, err
}

// DeleteSavedQuery removes a saved query, and reports whether there was one.
func (c *Client) DeleteSavedQuery(ctx context.Context, id string, opts ...Option) (bool, error) {
	var out struct {
		Deleted int `json:"deleted"`
	}
	_, err := c.post(ctx, "/v1/database/saved-queries/delete", map[string]string{"id": id}, &out, opts)
	return out.Deleted == 1, err
}

// ServerStatus is the state of a server.
type ServerStatus struct {
	Version     string `json:"version"`
	Store       string `json:"store"`      // sqlite or postgresql
	StartedAt   int64  `json:"started_at"` // milliseconds since 1970
	Now         int64  `json:"now"`        // the same
	Ready       bool   `json:"ready"`
	Agents      int    `json:"agents"`
	MemoryBytes int64  `json:"memory_bytes"` // of the process
	DataBytes   int64  `json:"data_bytes"`   // of the installation
	MetricsURL  string `json:"metrics_url"`  // as the server's own machine reaches it; "": it serves no metrics
}

// Status says how the installation is, for the admin key.
func (c *Client) Status(ctx context.Context) (ServerStatus, error) {
	var out ServerStatus
	_, err := c.call(ctx, http.MethodGet, admin+"/status", nil, &out)
	return out, err
}

// AgentSize is what an agent's data takes.
type AgentSize struct {
	ID      string      `json:"agent_id"`
	Tables  int         `json:"tables"`
	Records int64       `json:"records"`
	Bytes   *int64      `json:"bytes"` // nil where that is not known
	ByTable []TableSize `json:"by_table"`
}

// TableSize is what a table takes.
type TableSize struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Records int64  `json:"records"`
	Bytes   *int64 `json:"bytes"` // nil where that is not known
}

// AgentSize says what the data of the agent of that id or name takes, for the admin key.
func (c *Client) AgentSize(ctx context.Context, idOrName string) (AgentSize, error) {
	var out AgentSize
	_, err := c.call(ctx, http.MethodGet, agentPath(idOrName)+"/size", nil, &out)
	return out, err
}
