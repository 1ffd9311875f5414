package sqlite

import (
	"context"

	"stele"
)

// Query answers a question.
func (d *database) Query(context.Context, stele.Question) (*stele.Answer, error) {
	return nil, &stele.QueryFault{Detail: "questions are not answered yet"}
}

// Profile says what a table's fields hold.
func (d *database) Profile(context.Context, *stele.Table) (*stele.Profile, error) {
	return nil, stele.Errorf(stele.CodeUnavailable, "profiles are not made yet")
}
