package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// behind puts flags that stand before the command behind its words, where kong looks for them: `stele --url URL table list`. Those of which it
// is not known whether a value follows stay where they are, and so do those of stele itself.
func behind(app *kong.Application, args []string) []string {
	var flags []string
	for len(args) > 0 && strings.HasPrefix(args[0], "--") {
		name, _, assigned := strings.Cut(strings.TrimPrefix(args[0], "--"), "=")
		takes, known := takesValue(app.Node, name)
		if !known || slices.ContainsFunc(app.Flags, func(f *kong.Flag) bool { return f.Name == name }) {
			break
		}
		n := 1
		if takes && !assigned && len(args) > 1 {
			n = 2
		}
		flags, args = append(flags, args[:n]...), args[n:]
	}
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	return slices.Concat(args[:end], flags, args[end:])
}

// takesValue reports whether the flag of that name has a value behind it, in every command that has the flag; known is whether there is such a
// flag, and the commands agree.
func takesValue(node *kong.Node, name string) (takes, known bool) {
	for _, f := range node.Flags {
		if f.Name == name {
			return !f.IsBool(), true
		}
	}
	for _, child := range node.Children {
		t, k := takesValue(child, name)
		if k && known && t != takes {
			return false, false
		}
		if k {
			takes, known = t, true
		}
	}
	return takes, known
}

// notInEnum is what kong says of a value that is none of those there are.
var notInEnum = regexp.MustCompile(`(?s)^(\S+) must be one of (\S+) but got (".*")$`)

// plainEnum says it without quotes around every word, and without the empty one, which stands for no value at all.
func plainEnum(err error) error {
	m := notInEnum.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	words := slices.DeleteFunc(strings.Split(strings.ReplaceAll(m[2], `"`, ""), ","), func(w string) bool { return w == "" })
	return fmt.Errorf("%s must be one of %s; it is %s", m[1], strings.Join(words, ", "), m[3])
}
