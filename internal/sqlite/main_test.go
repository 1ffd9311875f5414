package sqlite

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	ServeIfWorker()
	dieIfMortal()
	goleak.VerifyTestMain(m)
}
