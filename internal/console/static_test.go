package console

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sources are the files of the console that are our own, by their path in static/.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := static.ReadFile(name)
		files[strings.TrimPrefix(name, "static/")] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// comments of a module; a // within a text, as of an address, follows a colon.
var comments = regexp.MustCompile(`(?m)(^|[^:'"])//.*$`)

// TestOneWayOut: one module speaks to the server, and none has a way by which text becomes markup or script, or a key stays behind.
func TestOneWayOut(t *testing.T) {
	t.Parallel()
	calls := regexp.MustCompile(`\bfetch\s*\(|\bXMLHttpRequest\b|\bWebSocket\b|\bEventSource\b|\bsendBeacon\b|\bRTCPeerConnection\b`)
	never := regexp.MustCompile(`\binnerHTML\b|\bouterHTML\b|\binsertAdjacentHTML\b|\bdocument\.write|\bsetHTMLUnsafe\b|\bcreateContextualFragment\b|\bDOMParser\b|\bsrcdoc\b|` +
		`\beval\s*\(|\bnew Function\b|\bsetTimeout\(['"` + "`" + `]|\blocalStorage\b|\bindexedDB\b|\bdocument\.cookie\b|\bcaches\b|\bserviceWorker\b|['"]javascript:|setAttribute\(\s*['"](style|on)`)
	for name, text := range sources(t) {
		if path.Ext(name) != ".js" || strings.HasPrefix(name, "vendor/") {
			continue
		}
		code := comments.ReplaceAllString(text, "$1")
		// What is in snippets.js is shown, for others to run.
		if found := calls.FindString(code); found != "" && name != "api.js" && name != "snippets.js" {
			t.Errorf("%s has %q: api.js alone speaks to the server", name, found)
		}
		if found := never.FindString(code); found != "" {
			t.Errorf("%s has %q", name, found)
		}
		if strings.Contains(code, "sessionStorage") && name != "session.js" {
			t.Errorf("%s has sessionStorage: session.js alone keeps something", name)
		}
	}
	index := sources(t)["index.html"]
	if regexp.MustCompile(`(?i)<style|<script>|\sstyle=|\son[a-z]+=|https?://`).MatchString(index) {
		t.Error("index.html has something in line, or from elsewhere")
	}
}

// names of other files: of a module, of a style sheet that it brings, of what a page links to.
var named = []*regexp.Regexp{
	regexp.MustCompile(`(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'`),
	regexp.MustCompile(`\bstyles\('([^']+)'\)`),
	regexp.MustCompile(`\b(?:src|href)(?:=|: )["']([^"'#/:]+\.[a-z]+|vendor/[^"']+)["']`),
}

// TestEveryFileIsUsed: what is served is reached from index.html, and what is reached is served.
func TestEveryFileIsUsed(t *testing.T) {
	t.Parallel()
	files := sources(t)
	reached := map[string]bool{"index.html": true}
	for todo := []string{"index.html"}; len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		for i, form := range named {
			text := files[name]
			if path.Ext(name) == ".js" {
				text = comments.ReplaceAllString(text, "$1")
			}
			for _, m := range form.FindAllStringSubmatch(text, -1) {
				other := m[1]
				if i == 0 {
					other = path.Join(path.Dir(name), other)
				}
				if _, there := files[other]; !there {
					t.Errorf("%s names %s, which is not there", name, other)
				} else if !reached[other] {
					reached[other] = true
					todo = append(todo, other)
				}
			}
		}
	}
	for name := range files {
		beside := strings.HasPrefix(name, "vendor/") && (path.Ext(name) == ".md" || !strings.Contains(path.Base(name), ".")) // where it comes from, its licence
		if !reached[name] && !beside {
			t.Errorf("%s is served, and nothing leads to it", name)
		}
	}
}

// TestFilesAreShort holds the console to the budget of every other file of the tree.
func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	for name, text := range sources(t) {
		if lines := strings.Count(text, "\n"); lines > 400 && !strings.HasPrefix(name, "vendor/") {
			t.Errorf("%s has %d lines, the budget is 400", name, lines)
		}
		if bytes.ContainsAny([]byte(text), "\r") || strings.ContainsAny(text, "\u202a\u202b\u202d\u202e\u2066\u2067\u2068") {
			t.Errorf("%s has a character that is not what it looks like", name)
		}
	}
}

// TestPolicy: nothing of the policy gives way to script in line, to evaluation or to another place.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"unsafe", "*", "http:", "https:", "data:", "blob:", "strict-dynamic"} {
		if strings.Contains(policy, part) {
			t.Errorf("the policy has %q", part)
		}
	}
	var have []string
	for directive := range strings.SplitSeq(policy, "; ") {
		have = append(have, strings.Fields(directive)[0])
	}
	for _, want := range []string{"default-src", "script-src", "base-uri", "form-action", "frame-ancestors", "require-trusted-types-for", "trusted-types"} {
		if !slices.Contains(have, want) {
			t.Errorf("the policy has no %s", want)
		}
	}
}
