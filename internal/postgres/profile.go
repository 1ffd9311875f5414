package postgres

import (
	"context"

	"stele"
)

// Profile says what a table's fields hold.
func (d *database) Profile(context.Context, *stele.Table) (*stele.Profile, error) {
	return nil, stele.Errorf(stele.CodeUnavailable, "profiles are not made yet")
}
