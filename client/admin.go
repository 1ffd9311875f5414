package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Agent is an agent as the admin API shows it.
type Agent struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"created_at"` // milliseconds since 1970
}

// Key is an API key as the admin API shows it.
type Key struct {
	ID        string   `json:"id"` // key_ and 16 hexadecimal digits
	AgentID   string   `json:"agent_id"`
	Scopes    []string `json:"scopes"`
	CreatedAt int64    `json:"created_at"`    // milliseconds since 1970
	ExpiresAt *int64   `json:"expires_at"`    // the same; nil for never
	RPM       int      `json:"rpm"`           // requests a minute; 0: no limit
	LastUsed  *int64   `json:"last_used_at"`  // milliseconds since 1970, up to a minute late; nil for never
	Secret    string   `json:"key,omitempty"` // the key itself, only in the answer that makes it
}

// KeySpec describes a key to be made.
type KeySpec struct {
	Scopes  []string      // of read, write, schema; nil: all
	Expires time.Duration // from now, in whole seconds; 0: never
	RPM     int           // requests a minute; 0: no limit
}

const admin = "/admin/v1"

// CreateAgent makes an agent. The client's key must be the admin key, here and below.
func (c *Client) CreateAgent(ctx context.Context, name string) (Agent, error) {
	var a Agent
	in := struct {
		Name string `json:"name"`
	}{name}
	_, err := c.call(ctx, http.MethodPost, admin+"/agents", in, &a)
	return a, err
}

// Agent finds an agent by its id or its name.
func (c *Client) Agent(ctx context.Context, idOrName string) (Agent, error) {
	var a Agent
	_, err := c.call(ctx, http.MethodGet, agentPath(idOrName), nil, &a)
	return a, err
}

// DeleteAgent removes the agent of that id or name with all its tables, records and keys.
func (c *Client) DeleteAgent(ctx context.Context, idOrName string) error {
	_, err := c.call(ctx, http.MethodDelete, agentPath(idOrName), nil, nil)
	return err
}

// CreateKey makes an API key for the agent of that id or name.
func (c *Client) CreateKey(ctx context.Context, idOrName string, spec KeySpec) (Key, error) {
	var k Key
	in := struct {
		Scopes    []string `json:"scopes,omitempty"`
		ExpiresIn int64    `json:"expires_in"`
		RPM       int      `json:"rpm"`
	}{spec.Scopes, int64(spec.Expires / time.Second), spec.RPM}
	_, err := c.call(ctx, http.MethodPost, agentPath(idOrName)+"/keys", in, &k)
	return k, err
}

// Keys lists the keys of the agent of that id or name in order of creation.
func (c *Client) Keys(ctx context.Context, idOrName string) ([]Key, error) {
	var list struct {
		Keys []Key `json:"keys"`
	}
	_, err := c.call(ctx, http.MethodGet, agentPath(idOrName)+"/keys", nil, &list)
	return list.Keys, err
}

// QueryEntry is an entry of an agent's log of questions as the admin API shows it.
type QueryEntry struct {
	ID        string  `json:"id"`
	At        int64   `json:"at"` // milliseconds since 1970
	Key       string  `json:"key_id"`
	Client    string  `json:"client"` // what the program calls itself
	SQL       string  `json:"sql"`
	Rows      int     `json:"row_count"`
	Bytes     int     `json:"byte_count"`
	ElapsedMS float64 `json:"elapsed_ms"`
	Refused   *string `json:"refused"` // nil where it was answered
}

// Queries lists the latest questions to the agent of that id or name, the latest first, 1 to 1000 of them.
func (c *Client) Queries(ctx context.Context, idOrName string, limit int) ([]QueryEntry, error) {
	var list struct {
		Queries []QueryEntry `json:"queries"`
	}
	_, err := c.call(ctx, http.MethodGet, agentPath(idOrName)+"/queries?limit="+strconv.Itoa(limit), nil, &list)
	return list.Queries, err
}

// RevokeKey ends a key at once. id is the key's name, key_ and 16 hexadecimal digits, not its secret.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	_, err := c.call(ctx, http.MethodDelete, admin+"/keys/"+url.PathEscape(id), nil, nil)
	return err
}

func agentPath(idOrName string) string { return admin + "/agents/" + url.PathEscape(idOrName) }
