package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stele"
	"stele/internal/wire"
)

// endpoint is a method of the Database API whose request decodes to a Q.
type endpoint[Q any] struct {
	body   int         // most bytes of its body; 0: a body is not looked at
	once   stele.Scope // the scope of a write that heeds an Idempotency-Key; 0: it does not
	decode func(wire.Input) (Q, error)
	verb   func(context.Context, *call, Q) (answer, error)
}

// call is an exchange whose agent is known.
type call struct {
	*exchange
	agent *stele.Agent
	once  onceKey
}

// database is the way through every request of the Database API: key, rate, body, decode, verb.
func database[Q any](e endpoint[Q]) serveFunc {
	return func(x *exchange) (answer, error) {
		agent, err := x.admit()
		if err != nil {
			return answer{}, err
		}
		c := &call{exchange: x, agent: agent}
		if e.once != 0 {
			if c.once.key, err = idempotencyKey(x.r.Header); err != nil {
				return answer{}, err
			}
		}
		body, loan, err := x.readBody(e.body)
		defer loan.repay()
		if err != nil {
			return answer{}, err
		}
		bound := x.bounded
		if x.route.slow {
			bound = x.patient
		}
		ctx, cancel := bound()
		defer cancel()
		return work(ctx, c, e, body)
	}
}

// work does what a request asks for, once its body is there.
func work[Q any](ctx context.Context, c *call, e endpoint[Q], body []byte) (answer, error) {
	if c.once.key != "" {
		c.once.seal(c.route.pattern, body, c.h.Service.Now())
		kept, err := c.agent.Answered(ctx, e.once, c.once.key, c.once.fingerprint)
		if err != nil {
			return answer{}, err
		}
		if kept != nil {
			return replay(kept)
		}
	}
	q, err := e.decode(wire.Input{Query: c.r.URL.RawQuery, Body: body, Limits: c.h.Service.Limits})
	if err != nil {
		return answer{}, err
	}
	return e.verb(ctx, c, q)
}

// admit finds the agent whose key the request bears, and counts the request.
func (x *exchange) admit() (*stele.Agent, error) {
	agent, err := x.authenticate()
	if err != nil {
		return nil, err
	}
	return agent, x.rate(agent.Key)
}

// authenticate finds the agent whose key the request bears. The body is not read before.
func (x *exchange) authenticate() (*stele.Agent, error) {
	secret, err := bearer(x.r.Header)
	if err != nil {
		return nil, err
	}
	ctx, cancel := x.bounded()
	defer cancel()
	agent, err := x.h.Service.Authenticate(ctx, secret)
	if err != nil {
		return nil, err
	}
	x.agent = agent.ID()
	return agent, nil
}

// bearer takes the key out of the header Authorization: the scheme in any letter case, blanks around both do not matter.
func bearer(h http.Header) (string, error) {
	lines := h.Values("Authorization")
	if len(lines) != 1 {
		return "", stele.Errorf(stele.CodeUnauthenticated, "send one header Authorization: Bearer <API key>")
	}
	const blanks = " \t"
	scheme, rest, ok := strings.Cut(strings.Trim(strings.ReplaceAll(lines[0], "\t", " "), blanks), " ")
	secret := strings.Trim(rest, blanks)
	if !ok || !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return "", stele.Errorf(stele.CodeUnauthenticated, "the header Authorization must be Bearer <API key>")
	}
	return secret, nil
}

func decodeNothing(wire.Input) (struct{}, error) { return struct{}{}, nil }

func createTable(ctx context.Context, c *call, d stele.Draft) (answer, error) {
	encode := func(id stele.TableID) (answer, error) {
		return answer{body: c.dialect.AppendTableID(nil, id)}, nil
	}
	return apply(c, stele.How{}, encode, func(a *stele.Agent, once *stele.Once[stele.TableID]) (stele.TableID, error) {
		return a.CreateTable(ctx, d, once)
	})
}

func alterTable(ctx context.Context, c *call, q wire.Alter) (answer, error) {
	encode := func(a stele.Altered) (answer, error) {
		if err := a.Refusal(); err != nil {
			return answer{}, err
		}
		return answer{body: c.dialect.AppendAltered(nil, q, a)}, nil
	}
	return apply(c, q.How, encode, func(a *stele.Agent, once *stele.Once[stele.Altered]) (stele.Altered, error) {
		return a.Alter(ctx, q.TableID, q.Changes, once)
	})
}

func dropTable(ctx context.Context, c *call, q wire.Drop) (answer, error) {
	encode := func(n int64) (answer, error) {
		return answer{body: c.dialect.AppendDropped(nil, q, n)}, nil
	}
	return apply(c, q.How, encode, func(a *stele.Agent, once *stele.Once[int64]) (int64, error) {
		return a.DropTable(ctx, q.TableID, q.Name, once)
	})
}

func listTables(ctx context.Context, c *call, q wire.Tables) (answer, error) {
	ts, err := c.agent.Tables(ctx, q.AgentID, q.Page)
	if err != nil {
		return answer{}, err
	}
	return answer{body: c.dialect.AppendTables(nil, ts)}, nil
}

func importRecords(ctx context.Context, c *call, q wire.Import) (answer, error) {
	encode := func(t stele.Task) (answer, error) {
		return answer{body: c.dialect.AppendImport(nil, q, t)}.wrote(q.How, t.Success, t.Failed()), nil
	}
	return apply(c, q.How, encode, func(a *stele.Agent, once *stele.Once[stele.Task]) (stele.Task, error) {
		return a.Import(ctx, q.TableID, q.Rows, once)
	})
}

func importResults(ctx context.Context, c *call, q wire.Results) (answer, error) {
	if q.Format != "" {
		return repairFile(ctx, c, q)
	}
	ts, err := c.agent.Tasks(ctx, q.IDs)
	if err != nil {
		return answer{}, err
	}
	return answer{body: c.dialect.AppendTasks(nil, q, ts)}, nil
}

// repairFile answers with the rows of an import that are not in the table.
func repairFile(ctx context.Context, c *call, q wire.Results) (answer, error) {
	t, r, err := c.agent.Repair(ctx, q.IDs[0])
	if err != nil {
		return answer{}, err
	}
	body, err := wire.AppendRepair(nil, q.Format, t, r)
	contentType := "text/csv; charset=utf-8"
	if q.Format == wire.JSONLines {
		contentType = "application/x-ndjson; charset=utf-8"
	}
	return answer{contentType: contentType, body: body}, err
}

func pageRecords(ctx context.Context, c *call, q wire.Records) (answer, error) {
	t, p, err := c.agent.Records(ctx, q.TableID, q.PageQuery)
	if err != nil {
		return answer{}, err
	}
	return answer{body: c.dialect.AppendRecords(nil, c.agent.ID(), t, p)}, nil
}

func updateRecords(ctx context.Context, c *call, q wire.Update) (answer, error) {
	encode := func(os []stele.Outcome) (answer, error) {
		failed := stele.Failed(os, q.How.Mode)
		return answer{body: c.dialect.AppendUpdate(nil, q, os)}.wrote(q.How, len(os)-failed, failed), nil
	}
	return apply(c, q.How, encode, func(a *stele.Agent, once *stele.Once[[]stele.Outcome]) ([]stele.Outcome, error) {
		return a.Update(ctx, q.TableID, q.Changes, q.Create, once)
	})
}

// updateRecord is the first version of the update: one change, which fails the request when it fails (wire.md 5.9).
func updateRecord(ctx context.Context, c *call, q wire.Update) (answer, error) {
	encode := func(os []stele.Outcome) (answer, error) {
		if reason := os[0].Reason; reason != "" {
			return answer{rejected: 1}, stele.Errorf(stele.CodeParameter, "%s", reason)
		}
		return answer{body: c.dialect.AppendUpdated(nil, q)}.wrote(q.How, 1, 0), nil
	}
	return apply(c, q.How, encode, func(a *stele.Agent, once *stele.Once[[]stele.Outcome]) ([]stele.Outcome, error) {
		return a.Update(ctx, q.TableID, q.Changes, q.Create, once)
	})
}

func deleteRecords(ctx context.Context, c *call, q wire.Delete) (answer, error) {
	encode := func(n int) (answer, error) {
		return answer{body: c.dialect.AppendDeleted(nil, q, n), deleted: strconv.Itoa(n)}.wrote(q.How, n, 0), nil
	}
	return apply(c, q.How, encode, func(a *stele.Agent, once *stele.Once[int]) (int, error) {
		return a.Delete(ctx, q.TableID, q.Addresses, once)
	})
}

func query(ctx context.Context, c *call, q wire.Query) (answer, error) {
	begun := time.Now()
	q.Client = c.r.UserAgent()
	a, err := c.agent.Query(ctx, q.Question)
	if err != nil {
		return answer{}, err
	}
	return answer{body: c.dialect.AppendAnswer(nil, q, a, time.Since(begun))}, nil
}

func describe(ctx context.Context, c *call, q wire.Schema) (answer, error) {
	engine, cards, tables, err := c.agent.Schema(ctx, q.Table)
	if err != nil {
		return answer{}, err
	}
	return answer{body: c.dialect.AppendSchema(nil, engine, cards, tables)}, nil
}

func verifyKey(_ context.Context, c *call, _ struct{}) (answer, error) {
	return answer{body: c.dialect.AppendVerify(nil, c.agent.ID())}, nil
}
