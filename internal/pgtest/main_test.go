package pgtest

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		child()
		return
	}
	if err := os.Unsetenv(commandVariable); err != nil { // what is tested here is the server of our own
		panic(err)
	}
	goleak.VerifyTestMain(m)
}
