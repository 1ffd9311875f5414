package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// checkEnvironment refuses STELE_ variables that no command knows: a misspelt setting would be a setting ignored.
// Every command accepts the variables of all commands.
func checkEnvironment(app *kong.Application, environ []string) error {
	known := knownVariables(app)
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "STELE_") || slices.Contains(known, name) {
			continue
		}
		return fmt.Errorf("the environment variable %s is not known; the nearest that is: %s", name, nearest(name, known))
	}
	return nil
}

// knownVariables lists the variables of all flags, and those without a flag.
func knownVariables(app *kong.Application) []string {
	known := []string{
		adminKeyVar, apiKeyVar,
		"STELE_TEST_REQUIRE", "STELE_TEST_DATABASE_COMMAND", // of the project's own tests, which run stele with their environment
	}
	_ = kong.Visit(app, func(v kong.Visitable, next kong.Next) error {
		if f, ok := v.(*kong.Flag); ok {
			known = append(known, f.Envs...)
		}
		return next(nil)
	})
	return known
}

// lookup returns the value of a variable, "" when it is not set.
func lookup(environ []string, name string) string {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// nearest returns the name that begins as this one does, else the one that takes the fewest changes of single characters.
func nearest(name string, names []string) string {
	best, least := "", -1
	for _, n := range names {
		d := distance(name, n)
		if strings.HasPrefix(n, name+"_") {
			d = 0
		}
		if least < 0 || d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of characters to add, drop or replace between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
