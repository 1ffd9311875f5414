package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"stele"
)

// tablesPage is how many tables are listed at once: what a model reads is bounded.
const tablesPage = 100

// toolCalls are the tools in the order of their definitions.
func toolCalls() []tool {
	return []tool{
		{scope: stele.ScopeRead, call: listTables},
		{scope: stele.ScopeRead, call: describeTable},
		{scope: stele.ScopeRead, call: query},
		{scope: stele.ScopeRead, call: searchRecords},
		{scope: stele.ScopeWrite, call: upsertRecords},
		{scope: stele.ScopeWrite, call: deleteRecords},
	}
}

func listTables(ctx context.Context, s *session, a *arguments) (*reply, error) {
	page := a.number("page", 1)
	if a.err != nil {
		return nil, a.err
	}
	tables, err := s.agent.Tables(ctx, "", &stele.PageNumber{Page: page, Size: tablesPage})
	if err != nil {
		return nil, err
	}
	type line struct {
		Name        string `json:"name"`
		Records     int64  `json:"records"`
		ID          string `json:"id"`
		Description string `json:"description"`
	}
	answer := struct {
		Tables []line `json:"tables"`
		Note   string `json:"note,omitempty"`
	}{Tables: []line{}}
	g := grid{columns: []string{"name", "records", "id", "description"}}
	for _, t := range tables {
		answer.Tables = append(answer.Tables, line{t.Name, t.Records, string(t.ID), t.Description})
		g.rows = append(g.rows, []stele.Value{stele.TextValue(t.Name), stele.IntValue(t.Records), stele.TextValue(string(t.ID)), stele.TextValue(t.Description)})
	}
	text := stele.TSV(g.columns, g.rows)
	switch {
	case len(tables) == tablesPage:
		answer.Note = fmt.Sprintf("there may be more tables: ask for page %d", page+1)
	case len(tables) == 0:
		answer.Note = "no tables here"
	}
	if answer.Note != "" {
		text += "(" + answer.Note + ")\n"
	}
	b, err := json.Marshal(answer)
	return &reply{text: text, structured: b}, err
}

func describeTable(ctx context.Context, s *session, a *arguments) (*reply, error) {
	name := a.text("table")
	if a.err != nil {
		return nil, a.err
	}
	c, err := s.agent.Describe(ctx, name)
	if err != nil {
		return nil, err
	}
	text := c.Text()
	b, err := json.Marshal(map[string]any{"name": c.Table.Name, "id": c.Table.ID, "records": c.Profile.Records, "card": text})
	return &reply{text: text, structured: b}, err
}

func query(ctx context.Context, s *session, a *arguments) (*reply, error) {
	q := stele.Question{SQL: a.text("sql"), MaxRows: int(a.number("max_rows", stele.DefaultQueryRows)), MaxBytes: stele.DefaultQueryBytes, Client: s.client}
	for _, v := range a.list("params") {
		q.Params = append(q.Params, raw(v))
	}
	arrays := a.arrays()
	if a.err != nil {
		return nil, a.err
	}
	ans, err := s.agent.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	g := grid{rows: ans.Rows, total: -1, cut: ans.Cut != stele.Whole, note: ans.Note(q), notes: ans.Notes}
	for _, c := range ans.Columns {
		g.columns = append(g.columns, c.Name)
	}
	return g.reply(arrays), nil
}

// searchText is the longest text of a field that search_records answers whole, in characters.
const searchText = 1000

func searchRecords(ctx context.Context, s *session, a *arguments) (*reply, error) {
	q := stele.PageQuery{
		Page:    stele.PageNumber{Page: a.number("page", 1), Size: a.number("page_size", 20)},
		Filter:  a.cells("filter", a.members["filter"]),
		Keyword: a.text("keyword"),
	}
	name, arrays := a.text("table"), a.arrays()
	if a.err != nil {
		return nil, a.err
	}
	found, err := s.agent.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	t, p, err := s.agent.Records(ctx, string(found.ID), q)
	if err != nil {
		return nil, err
	}
	return searchGrid(t, p, q.Page).reply(arrays), nil
}

// searchGrid makes a grid of a page of records, as much of it as a model is to read at once.
func searchGrid(t *stele.Table, p stele.RecordPage, at stele.PageNumber) *grid {
	g := &grid{columns: []string{"_id"}, total: p.Total}
	for _, f := range t.Fields {
		g.columns = append(g.columns, f.Stored)
	}
	var notes []string
	bytes, shortened := 0, false
	for _, r := range p.Records {
		row := []stele.Value{stele.TextValue(r.ID.String())}
		for _, v := range r.Values {
			if v.Type() == stele.Text && len(v.Text()) > searchText && utf8.RuneCountInString(v.Text()) > searchText {
				v, shortened = stele.TextValue(string([]rune(v.Text())[:searchText])+"…"), true
			}
			row = append(row, v)
			bytes += len(v.String())
		}
		if bytes > stele.DefaultQueryBytes && len(g.rows) > 0 {
			g.cut = true
			notes = append(notes, fmt.Sprintf("only the first %d records of the page: ask for a smaller page_size, or query the columns that you need", len(g.rows)))
			break
		}
		g.rows = append(g.rows, row)
	}
	if shortened {
		g.cut = true
		notes = append(notes, "long texts are cut at … after "+strconv.Itoa(searchText)+" characters: query gives them whole")
	}
	if !g.cut && at.Page <= p.Total/at.Size && at.Page*at.Size < p.Total {
		g.cut = true
		notes = append(notes, fmt.Sprintf("%d records in all: ask for page %d", p.Total, at.Page+1))
	}
	g.note = strings.Join(notes, ". ")
	return g
}
