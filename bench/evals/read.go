package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A reader finds a set in a folder of checkouts. README.md says which they are.
type reader func(dir string, s *scripts) ([]*database, error)

// readers are the sets that can be asked for, and the engines that their questions are written for.
var readers = []struct {
	name     string
	read     reader
	sqlite   bool
	postgres bool
}{
	{"defog-sqlite", defog("sqlite"), true, false},
	{"defog-postgres", defog("postgres"), false, true},
	{"spider", spider, true, true},
	{"text2sql", text2sql, true, true},
	{"bird-sqlite", toolkit("bird_mini_dev_sqlite-schema.json", "bird_mini_dev_sqlite.json"), true, false},
	{"bird-postgres", toolkit("bird_mini_dev_sqlite-schema.json", "bird_mini_dev_postgres.json"), false, true},
	{"archer", toolkit("archer-schema.json", "archer_en_dev.json", "archer_en_train.json"), true, true},
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", filepath.Base(path), err)
	}
	return nil
}

// gather is a list of databases that questions are added to, in the order in which they are first met.
type gather struct {
	list []*database
	at   map[string]*database
}

func (g *gather) add(db string, queries ...string) *database {
	d := g.at[db]
	if d == nil {
		d = &database{name: db}
		if g.at == nil {
			g.at = make(map[string]*database)
		}
		g.at[db], g.list = d, append(g.list, d)
	}
	for _, q := range queries {
		if q = strings.TrimSpace(q); q != "" && !slices.Contains(d.queries, q) {
			d.queries = append(d.queries, q)
		}
	}
	return d
}

// defog reads sql-eval's questions in one dialect, and its databases, which are scripts for PostgreSQL.
func defog(dialect string) reader {
	return func(dir string, s *scripts) ([]*database, error) {
		var g gather
		for _, name := range []string{"questions_gen", "instruct_basic", "instruct_advanced"} {
			f, err := os.Open(filepath.Join(dir, "sql-eval", "data", name+"_"+dialect+".csv"))
			if err != nil {
				return nil, err
			}
			r := csv.NewReader(bufio.NewReader(f))
			r.LazyQuotes, r.FieldsPerRecord = true, -1 // some lines have a quote that is not doubled
			lines, err := r.ReadAll()
			if closed := f.Close(); err == nil {
				err = closed
			}
			if err != nil {
				return nil, err
			}
			db, query := slices.Index(lines[0], "db_name"), slices.Index(lines[0], "query")
			for _, l := range lines[1:] {
				if len(l) <= max(db, query) {
					continue
				}
				g.add(l[db], expand(l[query])...)
			}
		}
		for _, d := range g.list {
			var err error
			if d.tables, err = s.read(filepath.Join(dir, "defog-data", "defog_data", d.name, d.name+".sql")); err != nil {
				return nil, err
			}
		}
		return g.list, nil
	}
}

// expand makes queries of one that allows several: they stand one behind the other, and of the columns in the first braces any may be
// chosen, which then stand behind GROUP BY too. One is made with each column alone and one with all.
func expand(text string) (all []string) {
	for q := range strings.SplitSeq(text, ";") {
		before, rest, open := strings.Cut(q, "{")
		list, after, closed := strings.Cut(rest, "}")
		if !open || !closed {
			all = append(all, q)
			continue
		}
		choices := strings.Split(list, ",")
		if len(choices) > 1 {
			choices = append(choices, list)
		}
		for _, c := range choices {
			all = append(all, before+c+strings.ReplaceAll(after, "GROUP BY {}", "GROUP BY "+c))
		}
	}
	return all
}

// described is a database as text2sql-eval-toolkit describes it.
type described struct {
	Tables map[string]struct {
		Columns []struct {
			Name   string
			Type   string
			Values []any `json:"value_samples"`
		}
	}
}

// sketch makes the tables without rows, and says what is known to stand in columns.
func (d described) sketch() (list []*table, samples map[string][]string) {
	samples = make(map[string][]string)
	for _, name := range slices.Sorted(maps.Keys(d.Tables)) {
		if strings.HasPrefix(name, "sqlite_") {
			continue
		}
		t := &table{name: name}
		for _, c := range d.Tables[name].Columns {
			t.columns = append(t.columns, column{c.Name, kindOf(c.Type)})
			for _, v := range c.Values {
				if s, ok := v.(string); ok || v != nil {
					if !ok {
						s = strconv.FormatFloat(v.(float64), 'f', -1, 64)
					}
					samples[legal(c.Name)] = append(samples[legal(c.Name)], s)
				}
			}
		}
		list = append(list, t)
	}
	return list, samples
}

// spider reads the dev set.
func spider(dir string, s *scripts) ([]*database, error) {
	var dev []struct {
		DB    string `json:"db_id"`
		Query string `json:"query"`
	}
	if err := readJSON(filepath.Join(dir, "spider", "evaluation_examples", "examples", "dev.json"), &dev); err != nil {
		return nil, err
	}
	var g gather
	for _, q := range dev {
		g.add(q.DB, q.Query)
	}
	return g.list, g.fill(s, dir, filepath.Join(dir, "text2sql-eval-toolkit", "data", "benchmarks", "spider-dev-schema.json"))
}

// fill gives each database its tables: from the set's own file of SQLite, or from a script that was made of it, or made up from what
// describes them.
func (g *gather) fill(s *scripts, dir, describing string) error {
	var all map[string]described
	if err := readJSON(describing, &all); err != nil {
		return err
	}
	for _, d := range g.list {
		var err error
		d.tables, err = s.first([]string{filepath.Join(dir, "database", d.name, d.name+".sqlite"), filepath.Join(dir, "querydawg", "data", "spider", "migrations", d.name+".sql")})
		if err != nil {
			return err
		}
		if d.tables != nil {
			continue
		}
		x, ok := all[d.name]
		if !ok {
			return fmt.Errorf("%s is described nowhere", d.name)
		}
		var samples map[string][]string
		d.tables, samples = x.sketch()
		d.makeUp(samples)
	}
	return nil
}

// toolkit reads a set as text2sql-eval-toolkit keeps it: queries, and what the databases are, with a few values of each column.
func toolkit(schema string, files ...string) reader {
	return func(dir string, s *scripts) ([]*database, error) {
		var g gather
		for _, file := range files {
			var list []map[string]any // a member sql beside SQL, which encoding/json would take for one in a struct
			if err := readJSON(filepath.Join(dir, "text2sql-eval-toolkit", "data", "benchmarks", file), &list); err != nil {
				return nil, err
			}
			for _, q := range list {
				all, _ := q["sql"].([]any)
				for _, sql := range all {
					g.add(fmt.Sprint(q["db_id"]), strings.TrimSuffix(strings.TrimSpace(fmt.Sprint(sql)), ";"))
				}
			}
		}
		return g.list, g.fill(s, dir, filepath.Join(dir, "text2sql-eval-toolkit", "data", "benchmarks", schema))
	}
}

// text2sql reads the eight small sets of text2sql-data. Their questions have variables, for which the example stands in.
func text2sql(dir string, s *scripts) ([]*database, error) {
	dir = filepath.Join(dir, "text2sql-data", "data")
	var g gather
	for _, name := range strings.Fields("academic advising atis geography imdb restaurants scholar yelp") {
		var list []struct {
			SQL       []string `json:"sql"`
			Variables []struct{ Name, Example string }
		}
		if err := readJSON(filepath.Join(dir, name+".json"), &list); err != nil {
			return nil, err
		}
		d := g.add(name)
		for _, q := range list {
			for _, sql := range q.SQL {
				for _, v := range q.Variables {
					sql = strings.ReplaceAll(sql, `"`+v.Name+`"`, `"`+v.Example+`"`)
					sql = strings.ReplaceAll(sql, `"%`+v.Name+`%"`, `"%`+v.Example+`%"`)
					sql = replaceWord(sql, v.Name, v.Example)
				}
				g.add(name, strings.TrimSuffix(strings.TrimSpace(sql), ";"))
			}
		}
		var err error
		if d.tables, err = s.first([]string{filepath.Join(dir, name+"-db.added-in-2020.sqlite")}); err != nil {
			return nil, err
		}
		if d.tables == nil {
			if d.tables, err = schemaCSV(filepath.Join(dir, name+"-schema.csv")); err != nil {
				return nil, err
			}
			d.makeUp(nil)
		}
	}
	return g.list, nil
}

func replaceWord(sql, name, with string) string {
	fields := strings.Split(sql, " ")
	for i, f := range fields {
		if f == name {
			fields[i] = with
		}
	}
	return strings.Join(fields, " ")
}

// schemaCSV reads lines of table, field, two marks of keys, type.
func schemaCSV(path string) (list []*table, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Split(string(b), "\n") {
		part := strings.Split(line, ",")
		if i == 0 || len(part) < 5 {
			continue
		}
		name, field := strings.TrimSpace(part[0]), strings.TrimSpace(part[1])
		if name == "-" || field == "-" || name == "" || field == "" {
			continue
		}
		at := slices.IndexFunc(list, func(t *table) bool { return t.name == name })
		if at < 0 {
			at, list = len(list), append(list, &table{name: name})
		}
		list[at].columns = append(list[at].columns, column{field, kindOf(strings.TrimSpace(part[4]))})
	}
	return list, nil
}
