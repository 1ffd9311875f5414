package sqlite

import (
	"context"
	"fmt"

	"stele"
)

// UseKeys keeps when keys were used last, in one commit of the catalog.
func (s *Store) UseKeys(ctx context.Context, uses map[stele.KeyID]stele.Millis) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.catalog.useKeys(uses)
}

func (c *catalog) useKeys(uses map[stele.KeyID]stele.Millis) error {
	return c.write(func(w *conn) error {
		for id, at := range uses {
			if err := w.exec(`UPDATE keys SET last_used=max(last_used, ?) WHERE id=?`, at, id); err != nil {
				return fmt.Errorf("keeping when a key was used: %w", err)
			}
		}
		return nil
	}, func() {
		for id, at := range uses {
			hash, ok := c.keyIDs[id]
			if !ok {
				continue
			}
			k := c.keys[hash]
			k.LastUsed = max(k.LastUsed, at)
			c.keys[hash] = k
			for i, own := range c.byID[k.Agent].keys {
				if own.ID == id {
					c.byID[k.Agent].keys[i] = k
				}
			}
		}
	})
}
