package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"stele/client"
)

// suggestion is a word that may stand where somebody types, and what it is for.
type suggestion struct{ word, help string }

// completion is a command line as far as it is typed. What may follow is in kong's model of the commands: their names, their flags, the
// values of an enum, and the tag complete of a flag or argument: file, dir, table, field, agent, command, or words with commas between.
type completion struct {
	ctx   context.Context
	p     *Process
	app   *kong.Application
	node  *kong.Node
	flags map[string]string // given so far
	args  []string
	ended bool // -- was there: what follows is no flag
}

func newCompletion(ctx context.Context, p *Process, app *kong.Application) *completion {
	return &completion{ctx: ctx, p: p, app: app, node: app.Node, flags: map[string]string{}}
}

// words suggests what the last word may become.
func (c *completion) words(words []string) (list []suggestion) {
	last := len(words) - 1
	waiting := c.read(words[:last])
	word := words[last]
	switch name, value, assigned := strings.Cut(word, "="); {
	case waiting != nil:
		list = c.values(waiting.Value, word)
	case !c.ended && assigned && strings.HasPrefix(word, "--"):
		if f := c.flag(name); f != nil {
			list = c.values(f.Value, value)
		}
		for i, s := range list {
			if !strings.HasPrefix(s.word, ":") {
				list[i].word = name + "=" + s.word
			}
		}
	case !c.ended && strings.HasPrefix(word, "-"):
		list = c.unusedFlags()
	case len(c.node.Children) > 0:
		list = subcommands(c.node)
	case len(c.args) < len(c.node.Positional):
		list = c.values(c.node.Positional[len(c.args)], word)
	case len(c.node.Positional) > 0 && c.node.Positional[len(c.node.Positional)-1].IsCumulative():
		list = c.values(c.node.Positional[len(c.node.Positional)-1], word)
	case !c.ended:
		list = c.unusedFlags()
	}
	return slices.DeleteFunc(list, func(s suggestion) bool {
		return s.word == "" || !strings.HasPrefix(s.word, ":") && !strings.HasPrefix(s.word, word)
	})
}

// read takes words that are typed in full, and returns the flag whose value comes next, if one does.
func (c *completion) read(words []string) (waiting *kong.Flag) {
	for _, w := range words {
		switch {
		case waiting != nil:
			c.flags[waiting.Name], waiting = w, nil
		case !c.ended && w == "--":
			c.ended = true
		case !c.ended && strings.HasPrefix(w, "-") && w != "-":
			name, value, assigned := strings.Cut(w, "=")
			if f := c.flag(name); f != nil {
				c.flags[f.Name] = value
				if !assigned && !f.IsBool() {
					waiting = f
				}
			}
		default:
			i := slices.IndexFunc(c.node.Children, func(n *kong.Node) bool { return n.Name == w })
			if i >= 0 && len(c.args) == 0 {
				c.node = c.node.Children[i]
			} else {
				c.args = append(c.args, w)
			}
		}
	}
	return waiting
}

func (c *completion) flag(name string) *kong.Flag {
	for _, f := range slices.Concat(c.node.AllFlags(true)...) {
		if name == "--"+f.Name || f.Short != 0 && name == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

func (c *completion) unusedFlags() (list []suggestion) {
	for _, f := range slices.Concat(c.node.AllFlags(true)...) {
		if _, used := c.flags[f.Name]; !used || f.IsSlice() {
			list = append(list, suggestion{"--" + f.Name, sentenceOf(f.Help)})
		}
	}
	return list
}

func subcommands(n *kong.Node) (list []suggestion) {
	for _, child := range n.Children {
		if !child.Hidden {
			list = append(list, suggestion{child.Name, sentenceOf(child.Help)})
		}
	}
	return list
}

// values suggests what a flag or an argument may be.
func (c *completion) values(v *kong.Value, word string) (list []suggestion) {
	if v.Enum != "" {
		for _, w := range v.EnumSlice() {
			if w != "" {
				list = append(list, suggestion{word: w})
			}
		}
		return list
	}
	switch kind := v.Tag.Get("complete"); kind {
	case "":
		return nil
	case "file", "dir":
		return []suggestion{{word: ":" + kind}}
	case "command":
		inner := newCompletion(c.ctx, c.p, c.app)
		inner.read(c.args)
		return subcommands(inner.node)
	case "table", "field", "agent":
		return c.asked(kind)
	default:
		before := "" // of a list with commas
		if v.IsSlice() {
			before = word[:strings.LastIndex(word, ",")+1]
		}
		for w := range strings.SplitSeq(kind, ",") {
			if !slices.Contains(strings.Split(before, ","), w) {
				list = append(list, suggestion{word: before + w})
			}
		}
		return list
	}
}

// answerWithin is how long somebody who has typed a tab waits for a server.
const answerWithin = 2 * time.Second

// asked asks the server for names.
func (c *completion) asked(kind string) (list []suggestion) {
	ctx, cancel := context.WithTimeout(c.ctx, answerWithin)
	defer cancel()
	if kind == "agent" {
		at := connection{URL: c.setting("url"), AdminKeyFile: c.setting("admin-key-file")}
		if s, err := at.open(c.p); err == nil {
			agents, _ := client.Collect(s.Agents(ctx))
			for _, a := range agents {
				list = append(list, suggestion{plainWord(a.Name), a.ID})
			}
		}
		return list
	}
	at := agentConnection{URL: c.setting("url"), APIKeyFile: c.setting("api-key-file")}
	s, err := at.open(c.p)
	if err != nil {
		return nil
	}
	if kind == "table" {
		tables, _ := client.Collect(s.Tables(ctx))
		for _, t := range tables {
			list = append(list, suggestion{t.Name, oneLine(t.Description, 60)})
		}
		return list
	}
	name := c.flags["table"]
	if name == "" && len(c.args) > 0 {
		name = c.args[0]
	}
	t, err := s.table(ctx, name)
	if err != nil {
		return nil
	}
	page, _ := s.RecordsPage(ctx, t.ID, client.RecordQuery{Size: 1})
	for _, f := range page.Table.Fields {
		list = append(list, suggestion{f.Name, strings.TrimSpace(f.Type + must(f) + "  " + oneLine(f.Description, 60))})
	}
	return list
}

// setting is what a flag is set to: on the command line, by its variable, or by default.
func (c *completion) setting(name string) string {
	if v := c.flags[name]; v != "" {
		return v
	}
	f := c.flag("--" + name)
	if f == nil {
		return ""
	}
	for _, env := range f.Envs {
		if v := lookup(c.p.Environ, env); v != "" {
			return v
		}
	}
	return f.Default
}

// plainWord is a name that a shell takes for one word as it is; "" if it does not.
func plainWord(s string) string {
	if strings.ContainsAny(s, " \t\n\\'\"$`&|;<>()*?[]#~!{}") || oneLine(s, 1000) != s {
		return ""
	}
	return s
}

// sentenceOf is the first sentence of a help text.
func sentenceOf(help string) string {
	first, _, _ := strings.Cut(help, ". ")
	return cut(strings.TrimSuffix(first, "."), 70)
}
