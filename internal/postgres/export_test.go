package postgres

// RebuildsAll has the store change tables beside their readers and writers however small they are.
func (s *Store) RebuildsAll() { s.small = -1 }
