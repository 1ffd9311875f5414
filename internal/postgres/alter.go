package postgres

import (
	"context"
	"errors"

	"stele"
)

// Alter changes a table's definition.
func (d *database) Alter(context.Context, *stele.Alteration, *stele.Once[stele.Altered]) (stele.Altered, error) {
	return stele.Altered{}, errors.New("altering a table: not written yet")
}

// DropTable removes a table.
func (d *database) DropTable(context.Context, *stele.Table, *stele.Once[int64]) (int64, error) {
	return 0, errors.New("dropping a table: not written yet")
}
