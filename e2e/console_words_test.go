package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The table of words that a module asks as t, and what it asks for by a text of its own.
var (
	speaks = regexp.MustCompile(`\bt = words\((\w+)\)`)
	tables = regexp.MustCompile(`import \* as (\w+) from '[./]*words/(\w+)\.js'`)
	asked  = regexp.MustCompile(`\bt\('([^']+)'[,)]`)
)

// TestConsoleWordsAgree imports each table of words in the browser: both languages have the same keys, with the same {names}, and none is empty in one alone.
func TestConsoleWordsAgree(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	p := c.open(t)
	p.find("heading", "Sign in")
	found, err := fs.Glob(os.DirFS("../internal/console/static"), "words/*.js")
	no(t, err)
	if len(found) < 5 {
		t.Fatalf("only %d tables of words: %v", len(found), found)
	}
	for _, name := range found {
		wrong := evaluate[[]string](p, `import('/console/`+filepath.ToSlash(name)+`').then(({ en, zh, ...more }) => {
			const wrong = Object.keys(more).map(k => 'it exports ' + k)
			const forms = v => typeof v === 'string' ? [v] : Object.values(v)
			const names = text => [...text.matchAll(/\{(\w+)\}/g)].map(m => m[1]).filter((n, i, all) => all.indexOf(n) === i).sort().join()
			const all = v => names(forms(v).join(' '))
			for (const key of new Set([...Object.keys(en), ...Object.keys(zh)])) {
				if (!(key in en) || !(key in zh)) { wrong.push(key + ' is in one language alone'); continue }
				if (all(en[key]) !== all(zh[key])) wrong.push(key + ' has {' + all(en[key]) + '} and {' + all(zh[key]) + '}')
				if (forms(en[key]).some(f => !f) !== forms(zh[key]).some(f => !f)) wrong.push(key + ' is empty in one language')
				for (const [table, language] of [[en, 'en'], [zh, 'zh-CN']]) {
					if (typeof table[key] === 'object') for (const rule of new Intl.PluralRules(language).resolvedOptions().pluralCategories) {
						if (!(rule in table[key])) wrong.push(key + ' has no form ' + rule + ' in ' + language)
					}
				}
			}
			return wrong
		})`)
		for _, w := range wrong {
			t.Errorf("%s: %s", name, w)
		}
	}
	// Each word that is asked for by a text in the code is there: a module asks the table that it imports.
	modules := map[string]string{}
	no(t, filepath.WalkDir("../internal/console/static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".js" || strings.Contains(path, "vendor") {
			return err
		}
		b, err := os.ReadFile(path)
		modules[path] = string(b)
		return err
	}))
	for path, text := range modules {
		as := speaks.FindStringSubmatch(text)
		if as == nil {
			continue
		}
		table := ""
		for _, m := range tables.FindAllStringSubmatch(text, -1) {
			if m[1] == as[1] {
				table = m[2]
			}
		}
		if table == "" {
			continue // it is handed its words
		}
		keys := evaluate[[]string](p, `import('/console/words/`+table+`.js').then(m => Object.keys(m.en))`)
		have := map[string]bool{}
		for _, k := range keys {
			have[k] = true
		}
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			if !have[m[1]] {
				t.Errorf("%s asks for the words %q, which words/%s.js does not have", filepath.Base(path), m[1], table)
			}
		}
	}
}
