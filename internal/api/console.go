package api

import (
	"context"

	"stele"
	"stele/internal/wire"
)

// What is beside the records, for programs with a screen. Answers have the shapes of the admin API's.

// shown is an answer of such a shape, in the dialect of the request.
func (c *call) shown(v any) (answer, error) {
	body, err := c.dialect.AppendShown(nil, v)
	return answer{body: body}, err
}

func aboutKey(ctx context.Context, c *call, _ struct{}) (answer, error) {
	a, err := c.agent.About(ctx)
	if err != nil {
		return answer{}, err
	}
	return c.shown(wire.ShowAbout(a, c.h.Version))
}

func importTasks(ctx context.Context, c *call, q stele.TaskListQuery) (answer, error) {
	list, more, err := c.agent.TaskList(ctx, q)
	if err != nil {
		return answer{}, err
	}
	return c.shown(wire.ShowTaskList(list, more))
}

func ownQueries(ctx context.Context, c *call, limit int) (answer, error) {
	es, err := c.agent.Queries(ctx, limit)
	if err != nil {
		return answer{}, err
	}
	return c.shown(wire.ShowQueryList(es))
}

func listSaved(ctx context.Context, c *call, _ struct{}) (answer, error) {
	qs, err := c.agent.SavedQueries(ctx)
	if err != nil {
		return answer{}, err
	}
	return c.shown(wire.ShowSavedQueryList(qs))
}

func saveQuery(ctx context.Context, c *call, q wire.SaveQuery) (answer, error) {
	encode := func(saved stele.SavedQuery) (answer, error) { return c.shown(wire.ShowSavedQuery(saved)) }
	return apply(c, stele.How{}, encode, func(a *stele.Agent, once *stele.Once[stele.SavedQuery]) (stele.SavedQuery, error) {
		return a.SaveQuery(ctx, q.ID, q.Name, q.SQL, once)
	})
}

func deleteSaved(ctx context.Context, c *call, id string) (answer, error) {
	encode := func(there bool) (answer, error) {
		n := 0
		if there {
			n = 1
		}
		return c.shown(wire.SavedQueryDeleted{Deleted: n})
	}
	return apply(c, stele.How{}, encode, func(a *stele.Agent, once *stele.Once[bool]) (bool, error) {
		return a.DeleteSavedQuery(ctx, id, once)
	})
}
