package stele

import "context"

// About is what an API key opens: which agent's database, in which engine.
type About struct {
	Agent  AgentInfo
	Key    Key
	Engine Engine
}

// About says what the agent's key opens. Any key may ask.
func (a *Agent) About(ctx context.Context) (About, error) {
	info, err := a.svc.Store.Agent(ctx, string(a.ID()))
	if ErrorCode(err) == CodeNotFound {
		err = Errorf(CodeUnauthenticated, "the agent of the API key does not exist any more")
	}
	return About{info, a.Key, a.db.Engine()}, err
}
