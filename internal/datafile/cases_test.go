package datafile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"stele/internal/datafile"
)

var update = flag.Bool("update", false, "write what testdata/cases.json should expect")

// readCase is a file, and what is made of it. The console reads files by the same rules in a browser, and its test has the same cases.
type readCase struct {
	Name    string `json:"name"`
	Text    string `json:"text,omitempty"`
	Bytes   []byte `json:"base64,omitempty"` // what is no UTF-8
	Options struct {
		Charset   string `json:"charset,omitempty"`
		Delimiter string `json:"delimiter,omitempty"`
		Header    string `json:"header,omitempty"`
	} `json:"options,omitzero"`
	Columns []string `json:"columns,omitempty"` // name, type, rules, values missing, and why it is TEXT
	Rows    []string `json:"rows,omitempty"`    // as they are sent
	Error   string   `json:"error,omitempty"`
}

// TestCases holds this package to what the console's reader does as well.
func TestCases(t *testing.T) {
	t.Parallel()
	const path = "testdata/cases.json"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var cases []readCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		got := c
		got.read(t)
		if a, b := fmt.Sprintf("%q %q %q", got.Columns, got.Rows, got.Error), fmt.Sprintf("%q %q %q", c.Columns, c.Rows, c.Error); a != b && !*update {
			t.Errorf("case %d, %q: got\n%s\nwant\n%s", i, c.Text, a, b)
		}
		cases[i] = got
	}
	if !*update {
		return
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := errors.Join(e.Encode(cases), os.WriteFile(path, out.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func (c *readCase) read(t *testing.T) {
	c.Columns, c.Rows, c.Error = nil, nil, ""
	opts := datafile.Options{Charset: c.Options.Charset, Header: map[string]datafile.HeaderUse{"yes": datafile.HeaderYes, "no": datafile.HeaderNo}[c.Options.Header]}
	if c.Options.Delimiter != "" {
		opts.Delimiter = c.Options.Delimiter[0]
	}
	path := file(t, c.Name, c.Text+string(c.Bytes))
	r, err := datafile.Open(t.Context(), path, opts)
	if err != nil {
		c.Error = asInThePage(strings.TrimPrefix(err.Error(), path+": "))
		return
	}
	defer func() { _ = r.Close() }()
	p, err := datafile.Infer(r)
	if err != nil {
		c.Error = asInThePage(strings.TrimPrefix(err.Error(), path+": "))
		return
	}
	for _, col := range p.Columns {
		rules := ""
		if col.Required {
			rules = " required"
		}
		if col.Unique {
			rules += " unique"
		}
		c.Columns = append(c.Columns, strings.TrimSpace(fmt.Sprintf("%s %s%s %d %s", col.Name, col.Type, rules, col.Empty, asInThePage(col.Reason))))
	}
	if err := r.Rewind(); err != nil {
		t.Fatal(err)
	}
	encoder := p.Encoder()
	for range p.Rows {
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		c.Rows = append(c.Rows, inOrder(t, p, encoder.Append(nil, row)))
	}
}

// wrongByte is the place of a byte, which the page knows by its line alone.
var wrongByte = regexp.MustCompile(`^row (\d+), column \d+ \("[^"]*"\): byte`)

// asInThePage is what the page says in place of a message that names flags of the command line.
func asInThePage(says string) string {
	return wrongByte.ReplaceAllString(strings.NewReplacer(" by --charset", "", "--date-order dmy or mdy gives it", "give the order").Replace(says), "line $1: byte")
}

// inOrder is a row with its members in the order of the columns, in which the page sends them; the command line has them by name.
func inOrder(t *testing.T, p *datafile.Plan, row []byte) string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(row, &members); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range p.Columns {
		if v, ok := members[c.Name]; ok {
			fmt.Fprintf(&b, ",%q:%s", c.Name, v)
		}
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}
