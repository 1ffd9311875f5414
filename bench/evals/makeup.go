package main

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
)

// madeRows is how many rows a table gets whose own are not to be had.
const madeRows = 60

// compared finds a column, an operator or IN, and what the column is compared with.
var compared = regexp.MustCompile("(?i)[`\"]?([a-z_][a-z0-9_() %/-]*?)[`\"]?\\s*(?:=|<>|!=|<=|>=|<|>|\\bnot\\s+like\\b|\\blike\\b|\\bbetween\\b|\\bin\\b)\\s*\\(?\\s*((?:(?:'[^']*'|\"[^\"]*\"|-?[0-9]+(?:\\.[0-9]+)?)(?:\\s*,\\s*|\\s+and\\s+)?)+)")

var literal = regexp.MustCompile(`'([^']*)'|"([^"]*)"|(-?[0-9]+(?:\.[0-9]+)?)`)

// makeUp fills the tables with rows that depend on nothing but names: keys are small numbers, so that joins meet, and a column that
// questions compare with something holds that too, and what is known to stand in it.
func (d *database) makeUp(wanted map[string][]string) {
	d.made = true
	if wanted == nil {
		wanted = make(map[string][]string)
	}
	for _, q := range d.queries {
		for _, m := range compared.FindAllStringSubmatch(q, -1) {
			name := legal(strings.TrimSpace(m[1]))
			for _, l := range literal.FindAllStringSubmatch(m[2], -1) {
				wanted[name] = append(wanted[name], strings.ReplaceAll(l[1]+l[2]+l[3], "%", ""))
			}
		}
	}
	for _, t := range d.tables {
		texts := make([][]*string, madeRows)
		for r := range texts {
			texts[r] = make([]*string, len(t.columns))
			for i, c := range t.columns {
				if s, there := made(t.name, c, r, wanted[legal(c.name)]); there {
					texts[r][i] = &s
				}
			}
		}
		t.rows = make([][]any, madeRows)
		for r := range t.rows {
			t.rows[r] = make([]any, len(t.columns))
			for i, c := range t.columns {
				if texts[r][i] == nil {
					continue
				}
				v, err := parse(*texts[r][i], c.kind)
				if err == nil {
					t.rows[r][i] = v
				}
			}
		}
	}
}

// made is a value of a column in a row, or nothing.
func made(table string, c column, row int, wanted []string) (string, bool) {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, table, "/", c.name, "/", row)
	n := int(h.Sum32() >> 4)
	id := strings.HasSuffix(strings.ToLower(c.name), "id") || strings.HasSuffix(strings.ToLower(c.name), "key")
	switch {
	case n%17 == 0 && !id:
		return "", false
	case len(wanted) > 0 && n%3 != 0:
		return wanted[n/3%len(wanted)], true
	case c.kind == kindInt && id:
		return strconv.Itoa(n % 20), true
	case c.kind == kindInt:
		return strconv.Itoa(n % 1000), true
	case c.kind == kindFloat:
		return strconv.FormatFloat(float64(n%10000)/8, 'g', -1, 64), true
	case c.kind == kindBoolean:
		return strconv.FormatBool(n%2 == 0), true
	case c.kind == kindDateTime:
		return fmt.Sprintf("%d-%02d-%02d", 2000+n%24, 1+n/24%12, 1+n/300%28), true
	case id:
		return strconv.Itoa(n % 20), true
	}
	return fmt.Sprintf("%s %d", strings.ToLower(c.name), n%12), true
}
