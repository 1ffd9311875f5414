// Package sqlguard reads a question with PostgreSQL's own grammar and admits it if it is one SELECT made of nothing but what is on its
// lists. It is one of two walls: the other is the role that the question runs as.
package sqlguard

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wasilibs/go-pgquery/parser"

	"stele"
)

// Bounds of a question's tree.
const (
	mostDepth  = 150 // of the words; see depth
	mostNodes  = 20_000
	mostTables = 20
	mostNeedle = 256 // characters
	mostKept   = 256 // questions that are remembered
)

// A Ref is a table that a question names.
type Ref struct {
	Name  string
	Place int // byte of the question, from 0
}

// A Shape is what is known of a question that was admitted, whoever asks it.
type Shape struct {
	Tables []Ref
	Params int   // the highest number of a parameter
	Short  []int // numbers of parameters that must be texts of at most 256 characters
}

// grammar is held by whoever uses the grammar, of which the process has one: it takes 260 MB and three seconds to load, and the library
// loads it once more for each call that comes while another is at work, whichever Parser makes it.
var grammar sync.Mutex

// A Parser admits questions. The grammar is loaded when the first question comes.
type Parser struct {
	mu    sync.Mutex
	lists *lists
	kept  map[string]*Shape
}

// New makes a parser that has loaded nothing yet.
func New() *Parser { return &Parser{lists: newLists(), kept: make(map[string]*Shape)} }

// Read admits a question. The error is a *stele.QueryFault.
func (p *Parser) Read(sql string) (*Shape, error) {
	if !utf8.ValidString(sql) || strings.IndexByte(sql, 0) >= 0 {
		return nil, &stele.QueryFault{Fault: stele.FaultSyntax, Detail: "the text is not UTF-8"}
	}
	d, first := depth(sql)
	if d > mostDepth {
		return nil, refused("it is nested too deep, or too many operators follow each other: ask in parts, or write long lists with IN", 0)
	}
	if first != "select" && first != "with" {
		return nil, p.notSelect(sql, first)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.kept[sql]; s != nil {
		return s, nil
	}
	w := &walk{lists: p.lists, sql: sql}
	if err := p.parse(sql, w); err != nil {
		return nil, err
	}
	if len(p.kept) >= mostKept {
		for k := range p.kept { // any of them
			delete(p.kept, k)
			break
		}
	}
	p.kept[sql] = &w.shape
	return &w.shape, nil
}

// notSelect tells a statement of another kind from what is none.
func (p *Parser) notSelect(sql, first string) error {
	if first == "" {
		return &stele.QueryFault{Fault: stele.FaultSyntax, Detail: "there is no statement"}
	}
	return refused(stele.NotSelect, 1)
}

func refused(detail string, place int) *stele.QueryFault {
	return &stele.QueryFault{Fault: stele.FaultRefused, Detail: detail, Place: place}
}

func parseToJSON(sql string) (string, error) {
	grammar.Lock()
	defer grammar.Unlock()
	return parser.ParseToJSON(sql)
}

func (p *Parser) parse(sql string, w *walk) (err error) {
	defer func() { // a fault of the grammar's; the question is at fault enough to be refused
		if r := recover(); r != nil {
			err = refused("it cannot be read", 0)
		}
	}()
	text, err := parseToJSON(sql)
	if err != nil {
		f := &stele.QueryFault{Fault: stele.FaultSyntax, Detail: err.Error()}
		if e, ok := errors.AsType[*parser.Error](err); ok {
			f.Place = max(0, e.Cursorpos)
		}
		return f
	}
	var tree struct {
		Stmts []struct {
			Stmt map[string]any `json:"stmt"`
		} `json:"stmts"`
	}
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return refused("it is nested too deep", 0)
	}
	if len(tree.Stmts) != 1 {
		return refused(stele.NotOneSelect, 0)
	}
	if _, ok := tree.Stmts[0].Stmt["SelectStmt"]; !ok {
		return refused(stele.NotSelect, 1)
	}
	if err := w.node(tree.Stmts[0].Stmt, nil); err != nil {
		return err
	}
	return w.attributes()
}
