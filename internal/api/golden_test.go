package api

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"stele/internal/wire"
)

// Conversations are files of requests (sections named "> …") and answers ("< …") in testdata/<dialect>. Names in angle
// brackets stand for what is different each time: <agent>, <table-1>, <task-1>, <record-1>, <cursor-1>, <key-1>, in order of appearance, and
// <foreign-table>, the table of another agent; <ms>, <engine> and <notes> for what differs from run to run, and from store to store. The clock moves on by a second with each request.
// A file NAME.STORE.txtar is played on that store alone.
func TestConversations(t *testing.T) { eachStore(t, testConversations) }

func testConversations(t *testing.T, s *store) {
	for _, d := range []wire.Dialect{wire.GPTBots, wire.AltaTech, wire.Legacy, wire.Hybrid} {
		files, err := filepath.Glob(filepath.Join("testdata", d.String(), "*.txtar"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no conversations for %s: %v", d, err)
		}
		for _, file := range files {
			if _, only, ok := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".txtar"), "."); ok && only != s.name {
				continue
			}
			t.Run(d.String()+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				t.Parallel()
				converse(t, s, d, file)
			})
		}
	}
}

// conversation is one file while it is played.
type conversation struct {
	*caller
	names map[string]string // value to name
	count map[string]int
}

func converse(t *testing.T, s *store, d wire.Dialect, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &conversation{caller: s.rig(t).agent("golden").in(d), names: map[string]string{}, count: map[string]int{}}
	c.names[c.id] = "<agent>"
	c.names[c.rig.agent("other").table(parcels)] = "<foreign-table>"
	script := txtar.Parse(data)
	for i, f := range script.Files {
		if !strings.HasPrefix(f.Name, "> ") {
			continue
		}
		if i+1 == len(script.Files) || !strings.HasPrefix(script.Files[i+1].Name, "<") {
			t.Fatalf("%s: the request %q has no answer after it; write an empty section \"<\"", file, f.Name)
		}
		c.clock.move(time.Second)
		r := c.send(c.request(string(f.Data)))
		got := txtar.File{Name: fmt.Sprintf("< %d", r.status), Data: c.shown(r)}
		want := &script.Files[i+1]
		if *update {
			*want = got
			continue
		}
		if want.Name != got.Name || !bytes.Equal(want.Data, got.Data) {
			t.Errorf("%s: %s\n got: %s\n%s\nwant: %s\n%s", file, f.Name, got.Name, got.Data, want.Name, want.Data)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(script), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// request reads a section: a line of method and path, headers, an empty line, the body. The caller's key and dialect
// are added.
func (c *conversation) request(text string) ask {
	c.t.Helper()
	for value, name := range c.names {
		text = strings.ReplaceAll(text, name, value)
	}
	head, body, _ := strings.Cut(strings.TrimRight(text, "\n"), "\n\n")
	lines := strings.Split(head, "\n")
	method, path, ok := strings.Cut(lines[0], " ")
	if !ok || strings.Contains(text, "<") && regexp.MustCompile(`<[a-z]+-\d>`).MatchString(text) {
		c.t.Fatalf("this is no request, or it names something that has not appeared yet: %s", text)
	}
	a := ask{method: method, path: c.prefix + path, key: c.key, header: lines[1:], body: body}
	for _, line := range lines[1:] {
		if strings.HasPrefix(line, "Authorization:") {
			a.key = ""
		}
	}
	return a
}

// shownHeaders are those that a conversation shows.
var shownHeaders = []string{
	"Content-Type", "WWW-Authenticate", "Allow", "Retry-After", "Idempotency-Replayed", "X-Stele-Deleted",
	"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
}

var (
	hexID    = regexp.MustCompile(`"[0-9a-f]{24}"`)
	cursor   = regexp.MustCompile(`"next_cursor":"([^"]+)"`)
	recordID = regexp.MustCompile(`"(?:record_)?id":"([1-9][0-9]{9,18})"`)
	elapsed  = regexp.MustCompile(`"elapsed_ms":[0-9.]+`)
	dialect  = regexp.MustCompile(`"engine":"[a-z]+","notes":\[[^\]]*\]`)
	engine   = regexp.MustCompile(`"engine":"[a-z]+"`)
	keyID    = regexp.MustCompile(`"(key_[0-9a-f]{16})"`)
)

// shown is the answer as a section, with names for what changes.
func (c *conversation) shown(r reply) []byte {
	var b strings.Builder
	for _, name := range shownHeaders {
		if v := r.header.Get(name); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	body := elapsed.ReplaceAllString(r.body, `"elapsed_ms":<ms>`)
	body = dialect.ReplaceAllString(body, `"engine":"<engine>","notes":["<notes>"]`)
	body = engine.ReplaceAllString(body, `"engine":"<engine>"`)
	for _, id := range hexID.FindAllString(body, -1) {
		if strings.Contains(body, `"data":`+id) && !strings.Contains(body, "[") {
			c.name("table", strings.Trim(id, `"`))
		} else {
			c.name("task", strings.Trim(id, `"`))
		}
	}
	for _, m := range recordID.FindAllStringSubmatch(body, -1) {
		c.name("record", m[1])
	}
	for _, m := range keyID.FindAllStringSubmatch(body, -1) {
		c.name("key", m[1])
	}
	for _, m := range cursor.FindAllStringSubmatch(body, -1) {
		c.name("cursor", m[1])
	}
	for value, name := range c.names {
		body = strings.ReplaceAll(body, value, name)
	}
	b.WriteString("\n" + body + "\n")
	return []byte(b.String())
}

// name gives a value the next name of its kind, unless it has one.
func (c *conversation) name(kind, value string) {
	if c.names[value] == "" {
		c.count[kind]++
		c.names[value] = "<" + kind + "-" + strconv.Itoa(c.count[kind]) + ">"
	}
}
