package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"stele/internal/wire"
)

// Agent is an agent as the admin API shows it; CreatedAt is in milliseconds since 1970.
type Agent = wire.Agent

// Key is an API key as the admin API shows it: Secret only in the answer that makes it, ExpiresAt nil for never.
type Key = wire.Key

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
	_, err := c.call(ctx, http.MethodPost, admin+"/agents", wire.NewAgent{Name: name}, &a)
	return a, err
}

// Agents lists all agents in order of creation, page by page. One made or deleted meanwhile may be missed or seen twice.
func (c *Client) Agents(ctx context.Context) ([]Agent, error) {
	all := []Agent{}
	for page := 1; ; page++ {
		var list wire.AgentList
		_, err := c.call(ctx, http.MethodGet, admin+"/agents?page="+strconv.Itoa(page), nil, &list)
		if err != nil {
			return nil, err
		}
		all = append(all, list.Agents...)
		if len(list.Agents) == 0 || len(all) >= list.TotalCount {
			return all, nil
		}
	}
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
	in := wire.NewKey{Scopes: spec.Scopes, ExpiresIn: int64(spec.Expires / time.Second), RPM: spec.RPM}
	_, err := c.call(ctx, http.MethodPost, agentPath(idOrName)+"/keys", in, &k)
	return k, err
}

// Keys lists the keys of the agent of that id or name in order of creation.
func (c *Client) Keys(ctx context.Context, idOrName string) ([]Key, error) {
	var list wire.KeyList
	_, err := c.call(ctx, http.MethodGet, agentPath(idOrName)+"/keys", nil, &list)
	return list.Keys, err
}

// QueryEntry is an entry of an agent's log of questions as the admin API shows it.
type QueryEntry = wire.QueryEntry

// Queries lists the latest questions to the agent of that id or name, the latest first, 1 to 1000 of them.
func (c *Client) Queries(ctx context.Context, idOrName string, limit int) ([]QueryEntry, error) {
	var list wire.QueryList
	_, err := c.call(ctx, http.MethodGet, agentPath(idOrName)+"/queries?limit="+strconv.Itoa(limit), nil, &list)
	return list.Queries, err
}

// RevokeKey ends a key at once. id is the key's name, key_ and 16 hexadecimal digits, not its secret.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	_, err := c.call(ctx, http.MethodDelete, admin+"/keys/"+url.PathEscape(id), nil, nil)
	return err
}

func agentPath(idOrName string) string { return admin + "/agents/" + url.PathEscape(idOrName) }
