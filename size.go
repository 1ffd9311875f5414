package stele

import "context"

// Size is what an agent's database takes.
type Size struct {
	Bytes  int64       // on disk; -1 where the engine cannot tell cheaply
	Tables []TableSize // in order of creation
}

// TableSize is what a table takes, its indexes included.
type TableSize struct {
	ID      TableID
	Name    string
	Records int64
	Bytes   int64 // -1 where the engine cannot tell cheaply
}

// Size says what the database of the agent of that id or name takes.
func (s *Service) Size(ctx context.Context, idOrName string) (AgentID, Size, error) {
	a, err := s.Store.Agent(ctx, idOrName)
	if err != nil {
		return "", Size{}, err
	}
	size, err := s.Store.Database(a.ID).Size(ctx)
	return a.ID, size, err
}
