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

// glossary has for each word of the console one in Chinese (internal/console/DESIGN.md), and others that must not stand for it; but is where the letters belong to another word.
var glossary = []struct{ word, never, but string }{
	{"数据表", "表", "数据表|电子表格|工作表|表单|表头|图表|表示|制表符"},
	{"字段", "栏位|属性", ""},
	{"智能体", "代理|机器人", ""},
	{"密钥", "令牌|秘钥|密匙", ""},
	{"权限", "作用域|范围", ""},
	{"查询", "提问|询问", ""},
	{"新建", "创建|建立", "创建时间|创建于"},
	{"新增", "已新增|已增加", ""},
	{"未变", "无变化|没有变化", ""},
	{"被拒绝", "已拒绝", ""},
	{"失败", "未成功|不成功", ""},
	{"修复文件", "修正文件", "请修正文件"},
	{"说明", "描述", ""},
	{"没有值", "无值|空值", ""},
	{"字符编码", "字符集", ""},
	{"耗时", "用时", "使用时间"},
	{"吊销", "撤销", ""},
	{"您", "你", ""},
}

// TestConsoleGlossary holds the Chinese words to the glossary: one word for one thing, in every view.
func TestConsoleGlossary(t *testing.T) {
	t.Parallel()
	design, err := os.ReadFile("../internal/console/DESIGN.md")
	no(t, err)
	found, err := filepath.Glob("../internal/console/static/words/*.js")
	no(t, err)
	for _, g := range glossary {
		if !strings.Contains(string(design), g.word) {
			t.Errorf("%s is not in the glossary of DESIGN.md", g.word)
		}
		never := regexp.MustCompile(g.never)
		for _, path := range found {
			b, err := os.ReadFile(path)
			no(t, err)
			_, chinese, ok := strings.Cut(string(b), "export const zh")
			if !ok {
				t.Fatalf("%s has no Chinese words", path)
			}
			if g.but != "" {
				chinese = regexp.MustCompile(g.but).ReplaceAllString(chinese, "")
			}
			for _, at := range never.FindAllStringIndex(chinese, -1) {
				around := []rune(chinese[max(0, at[0]-40):min(len(chinese), at[1]+40)])
				t.Errorf("%s: it should say %s: %s", filepath.Base(path), g.word, string(around))
			}
		}
	}
}
