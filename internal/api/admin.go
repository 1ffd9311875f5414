package api

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"stele"
	"stele/internal/wire"
)

// admin is the way through every request of the admin API: key, body, verb. What the verb returns is the answer's JSON.
func admin(verb func(ctx context.Context, x *exchange, body []byte) (any, error)) serveFunc {
	return func(x *exchange) (answer, error) {
		secret, err := bearer(x.r.Header)
		if err != nil {
			return answer{}, err
		}
		hash := stele.HashKey(secret)
		if subtle.ConstantTimeCompare(hash[:], x.h.AdminKey[:]) != 1 {
			return answer{}, stele.Errorf(stele.CodeUnauthenticated, "the admin API takes the admin key alone")
		}
		body, loan, err := x.readBody(adminBody)
		defer loan.repay()
		if err != nil {
			return answer{}, err
		}
		ctx, cancel := x.bounded()
		defer cancel()
		v, err := verb(ctx, x, body)
		if err != nil {
			return answer{}, err
		}
		b, err := json.Marshal(v)
		return answer{body: b}, err
	}
}

func createAgent(ctx context.Context, x *exchange, body []byte) (any, error) {
	in, err := strict[wire.NewAgent](body)
	if err != nil {
		return nil, err
	}
	a, err := x.h.Service.CreateAgent(ctx, in.Name)
	return shownAgent(a), err
}

func listAgents(ctx context.Context, x *exchange, _ []byte) (any, error) {
	const most = 100
	q, err := x.parameters()
	if err != nil {
		return nil, err
	}
	page, err := number(q, "page", 1, 1<<40)
	if err != nil {
		return nil, err
	}
	size, err := number(q, "page_size", most, most)
	if err != nil {
		return nil, err
	}
	as, total, err := x.h.Service.Store.Agents(ctx, stele.Page{Offset: (page - 1) * size, Limit: int(size)})
	if err != nil {
		return nil, err
	}
	list := wire.AgentList{Agents: []wire.Agent{}, TotalCount: total}
	for _, a := range as {
		list.Agents = append(list.Agents, shownAgent(a))
	}
	return list, nil
}

// parameters reads those of the request's query.
func (x *exchange) parameters() (url.Values, error) {
	q, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return nil, stele.Errorf(stele.CodeParameter, "the query cannot be read")
	}
	return q, nil
}

// number reads a parameter of a query: from 1 to most, or the default without one.
func number(q url.Values, name string, without, most int64) (int64, error) {
	if !q.Has(name) {
		return without, nil
	}
	n, err := strconv.ParseInt(q.Get(name), 10, 64)
	if err != nil || n < 1 || n > most {
		return 0, stele.Errorf(stele.CodeParameter, "%s must be between 1 and %d", name, most)
	}
	return n, nil
}

func getAgent(ctx context.Context, x *exchange, _ []byte) (any, error) {
	a, err := x.h.Service.Store.Agent(ctx, x.param)
	return shownAgent(a), err
}

func deleteAgent(ctx context.Context, x *exchange, _ []byte) (any, error) {
	a, err := x.h.Service.DeleteAgent(ctx, x.param)
	return shownAgent(a), err
}

func createKey(ctx context.Context, x *exchange, body []byte) (any, error) {
	in, err := strict[wire.NewKey](body)
	if err != nil {
		return nil, err
	}
	const longest, mostRPM = 100 * 365 * 24 * 3600, 1_000_000_000
	switch {
	case in.ExpiresIn < 0 || in.ExpiresIn > longest:
		return nil, stele.Errorf(stele.CodeParameter, "expires_in must be between 0 (never) and %d seconds", longest)
	case in.RPM < 0 || in.RPM > mostRPM:
		return nil, stele.Errorf(stele.CodeParameter, "rpm must be between 0 (no limit) and %d", mostRPM)
	}
	scope := stele.ScopeAll
	if in.Scopes != nil {
		if scope, err = stele.ParseScopes(in.Scopes); err != nil {
			return nil, err
		}
	}
	spec := stele.KeySpec{Scope: scope, Expires: time.Duration(in.ExpiresIn) * time.Second, RPM: in.RPM}
	k, secret, err := x.h.Service.CreateKey(ctx, x.param, spec)
	if err != nil {
		return nil, err
	}
	shown := shownKey(k)
	shown.Secret = secret
	return shown, nil
}

// listQueries shows the latest entries of an agent's log of questions.
func listQueries(ctx context.Context, x *exchange, _ []byte) (any, error) {
	q, err := x.parameters()
	if err != nil {
		return nil, err
	}
	limit, err := number(q, "limit", 100, stele.KeptQueries)
	if err != nil {
		return nil, err
	}
	es, err := x.h.Service.Queries(ctx, x.param, int(limit))
	if err != nil {
		return nil, err
	}
	return wire.ShowQueryList(es), nil
}

// listImports shows an agent's import tasks as the agent's own list does.
func listImports(ctx context.Context, x *exchange, _ []byte) (any, error) {
	q, err := x.parameters()
	if err != nil {
		return nil, err
	}
	limit, err := number(q, "limit", stele.DefaultTaskList, stele.MostTaskList)
	if err != nil {
		return nil, err
	}
	list, more, err := x.h.Service.TaskList(ctx, x.param, stele.TaskListQuery{Before: q.Get("before"), Limit: int(limit)})
	if err != nil {
		return nil, err
	}
	return wire.ShowTaskList(list, more), nil
}

func listKeys(ctx context.Context, x *exchange, _ []byte) (any, error) {
	ks, err := x.h.Service.Keys(ctx, x.param)
	if err != nil {
		return nil, err
	}
	list := wire.KeyList{Keys: []wire.Key{}}
	for _, k := range ks {
		list.Keys = append(list.Keys, shownKey(k))
	}
	return list, nil
}

func revokeKey(ctx context.Context, x *exchange, _ []byte) (any, error) {
	gone := struct {
		ID string `json:"id"`
	}{x.param}
	return gone, x.h.Service.Store.RevokeKey(ctx, stele.KeyID(x.param))
}

func shownAgent(a stele.AgentInfo) wire.Agent {
	return wire.Agent{ID: string(a.ID), Name: a.Name, CreatedAt: int64(a.Created)}
}

func shownKey(k stele.Key) wire.Key {
	shown := wire.Key{ID: string(k.ID), AgentID: string(k.Agent), Scopes: k.Scope.Names(), CreatedAt: int64(k.Created), RPM: k.RPM}
	if k.Expires != 0 {
		at := int64(k.Expires)
		shown.ExpiresAt = &at
	}
	if k.LastUsed != 0 {
		at := int64(k.LastUsed)
		shown.LastUsed = &at
	}
	return shown
}

// strict reads a body of the admin API: one JSON object whose members are all known. The API is ours: what it does not
// know is a mistake of the caller's, who would rather hear of it.
func strict[T any](body []byte) (v T, err error) {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return v, stele.Errorf(stele.CodeParameter, "the body must be a JSON object")
	}
	err = json.Unmarshal(body, &v, json.RejectUnknownMembers(true))
	if err == nil {
		return v, nil
	}
	if bad, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return v, stele.Errorf(stele.CodeParameter, "the body is not valid JSON at byte %d", bad.ByteOffset)
	}
	bad, ok := errors.AsType[*json.SemanticError](err)
	switch {
	case ok && errors.Is(bad.Err, json.ErrUnknownName):
		return v, stele.Errorf(stele.CodeParameter, "the body has a member that is not known here: %q", bad.JSONPointer.LastToken())
	case ok:
		return v, stele.Errorf(stele.CodeParameter, "the body's member %q cannot be this %s", bad.JSONPointer.LastToken(), kindName(bad.JSONKind))
	}
	return v, stele.Errorf(stele.CodeParameter, "the body cannot be read")
}

// kindName is the word for a kind of JSON value.
func kindName(k jsontext.Kind) string {
	switch k {
	case '"':
		return "text"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	case '{':
		return "object"
	case '[':
		return "list"
	}
	return "null"
}
