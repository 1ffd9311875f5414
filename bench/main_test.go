package main

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// TestMain lets the test binary be the child processes that startSelf starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == floorCommand {
		if err := start(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
