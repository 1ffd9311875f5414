package api

import (
	"context"

	"stele"
	"stele/internal/wire"
)

// Reads that show what is beside the records, for programs with a screen. Their answers have the shapes of the admin API's.

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
