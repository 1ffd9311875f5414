package sqlite

import (
	"regexp"
	"strings"

	"stele"
)

const noPatterns = "there are no regular expressions: LIKE, which ignores case here, finds parts of texts, and strpos and substr take them apart"

// hints say what to write instead of what SQLite has not: a pattern of the question before the place at which SQLite gave up, one of what
// stands there, and the words.
var hints = []struct{ before, there, say string }{
	{`\w\s+$`, `^ilike\b`, noILike},
	{`\bilike\s*$`, ``, noILike}, // SQLite takes the word for another name of what stands before it
	{``, `^!?~`, noPatterns},
	{`\bsimilar\s*$`, `^to\b`, noPatterns},
	{`\bextract\s*\(\s*\w+\s*$`, `^from\b`, "there is no extract(year FROM x): write date_part('year', x) or strftime('%Y', x)"},
	{`\bsubstring\s*\([^()]*$`, `^from\b`, "there is no substring(x FROM 1 FOR 2): write substr(x, 1, 2)"},
	{`\btrim\s*\(\s*(both|leading|trailing)\s*$`, ``, "there is no trim(BOTH 'a' FROM x): write btrim(x, 'a'), ltrim or rtrim"},
	{`\binterval\s*$`, `^['\d$?]`, noInterval},
	{``, `^interval\s*['\d$?]`, noInterval},
	{`\b(date|timestamp)\s*$`, `^'`, noTyped},
	{``, `^(date|timestamp)\s*'`, noTyped},
	{``, `^::`, "there is no x::type: write CAST(x AS type)"},
}

const (
	noILike    = "there is no ILIKE: LIKE ignores case here"
	noInterval = "there is no interval: write datetime(x, '+1 day'), or datetime('now', '-7 days')"
	noTyped    = "the text of a date stands by itself, without the word before it: '2026-01-31 13:45:00'"
)

// hint says what to write instead of what stands at that place; "" if nothing is known of it.
func hint(sql string, at int) string {
	at = max(0, min(at, len(sql)))
	for _, h := range hints {
		before, there := regexp.MustCompile(`(?i)`+h.before), regexp.MustCompile(`(?i)`+h.there)
		if before.MatchString(sql[:at]) && there.MatchString(sql[at:]) {
			return h.say
		}
	}
	return ""
}

// hinted adds to a fault what to write instead.
func hinted(f *stele.QueryFault, sql string, at int) *stele.QueryFault {
	switch name := strings.ToLower(f.Name); f.Fault {
	case stele.FaultFunction:
		if strings.HasPrefix(name, "regexp") || name == "glob" || name == "match" {
			f.Detail = noPatterns
		}
	case stele.FaultSyntax, stele.FaultColumn: // SQLite takes interval, in interval '1 day', for a column
		if say := hint(sql, at); say != "" {
			f.Fault, f.Name, f.Detail = stele.FaultSyntax, "", say
		}
	}
	return f
}
