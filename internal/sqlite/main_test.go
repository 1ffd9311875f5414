package sqlite

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	ServeIfWorker()
	dieIfMortal()
	serveIfCounted()
	goleak.VerifyTestMain(m)
}
