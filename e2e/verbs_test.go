package e2e

import (
	"context"
	"fmt"
	"net/url"
)

// The verbs of the Database API as the tests use them, in the dialect that a bare server speaks (hybrid).

type field struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type"`
	Required    bool   `json:"required"`
	Unique      bool   `json:"unique"`
}

// key is a field that identifies records: required and unique TEXT.
func key(name string) field { return field{Name: name, Type: "TEXT", Required: true, Unique: true} }

// fields makes plain fields of one type.
func fields(typ string, names ...string) []field {
	fs := make([]field, len(names))
	for i, n := range names {
		fs[i] = field{Name: n, Type: typ}
	}
	return fs
}

type row = map[string]any

type record struct {
	ID        string `json:"id"`
	Value     row    `json:"value"`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
}

type recordPage struct {
	Code      int `json:"code"`
	TableInfo struct {
		ID         string  `json:"id"`
		Name       string  `json:"name"`
		FieldCount int     `json:"field_count"`
		Fields     []field `json:"fields"`
		BotID      string  `json:"bot_id"`
	} `json:"table_info"`
	Records    []record `json:"records"`
	TotalCount int      `json:"total_count"`
}

type task struct {
	ID           string      `json:"id"`
	Progress     int         `json:"progress"`
	Status       string      `json:"status"`
	TotalCount   int         `json:"total_count"`
	SuccessCount int         `json:"success_count"`
	FailCount    int         `json:"fail_count"`
	FailDetail   []rejection `json:"fail_detail"`
}

type rejection struct {
	Row    *int   `json:"row"`
	Start  int    `json:"row_number_start"`
	End    int    `json:"row_number_end"`
	Reason string `json:"fail_reason"`
}

type tableCount struct {
	ID          string `json:"table_id"`
	Name        string `json:"name"`
	FieldNumber int    `json:"field_number"`
	RecordCount int    `json:"record_count"`
}

type outcome struct {
	TotalCount   int `json:"totalCount"`
	SuccessCount int `json:"success_count"`
	FailCount    int `json:"fail_count"`
	FailDetail   []struct {
		Data   any    `json:"upsert_data"`
		Reason string `json:"fail_reason"`
	} `json:"fail_detail"`
}

const (
	pathCreate  = "/v1/database/create-table"
	pathTables  = "/v1/database/tables/page"
	pathImport  = "/v1/database/import/records"
	pathResults = "/v1/database/query/import-results"
	pathRecords = "/v1/database/records/page"
	pathUpdate  = "/v2/database/update/record"
	pathDelete  = "/v2/database/delete/record"
	pathVerify  = "/v1/api-key/verify"
)

func draft(name string, fs ...field) map[string]any {
	return map[string]any{"name": name, "description": "made by a test", "fields": fs}
}

func (c caller) createTable(ctx context.Context, name string, fs ...field) (id string, err error) {
	type made struct{ Data string }
	m, err := read[made](c.post(ctx, pathCreate, draft(name, fs...)))
	if err == nil && len(m.Data) != 24 {
		err = fmt.Errorf("create-table answered the id %q", m.Data)
	}
	return m.Data, err
}

// taskID reads the answer of an import.
func taskID(a answer, err error) (string, error) {
	type made struct{ Data []string }
	m, err := read[made](a, err)
	switch {
	case err != nil:
		return "", err
	case len(m.Data) != 1 || len(m.Data[0]) != 24:
		return "", fmt.Errorf("import answered %s", a)
	}
	return m.Data[0], nil
}

// importRows imports rows and returns the task's result.
func (c caller) importRows(ctx context.Context, table string, rows []row) (task, error) {
	id, err := taskID(c.post(ctx, pathImport, map[string]any{"table_id": table, "records": rows}))
	if err != nil {
		return task{}, err
	}
	ts, err := c.tasks(ctx, id)
	switch {
	case err != nil:
		return task{}, err
	case len(ts) != 1 || ts[0].ID != id:
		return task{}, fmt.Errorf("import-results of %s answered %+v", id, ts)
	}
	return ts[0], nil
}

// importAll imports any number of rows in batches of 1000 and wants every one of them in.
func (c caller) importAll(ctx context.Context, table string, rows []row) error {
	for from := 0; from < len(rows); from += 1000 {
		batch := rows[from:min(len(rows), from+1000)]
		t, err := c.importRows(ctx, table, batch)
		switch {
		case err != nil:
			return fmt.Errorf("rows from %d: %w", from, err)
		case t.Status != "AVAILABLE" || t.SuccessCount != len(batch) || t.TotalCount != len(batch) || t.FailCount != 0 || t.Progress != 100:
			return fmt.Errorf("rows from %d: %+v", from, t)
		}
	}
	return nil
}

func (c caller) tasks(ctx context.Context, ids ...string) ([]task, error) {
	return read[[]task](c.get(ctx, pathResults+"?"+url.Values{"ids": ids}.Encode()))
}

func (c caller) tables(ctx context.Context) ([]tableCount, error) {
	type list struct{ Tables []tableCount }
	l, err := read[list](c.post(ctx, pathTables, row{"agent_id": c.id}))
	return l.Tables, err
}

func (c caller) page(ctx context.Context, table string, page, size int) (recordPage, error) {
	p, err := read[recordPage](c.post(ctx, pathRecords, row{"table_id": table, "page": page, "page_size": size}))
	if err == nil && c.id != "" && (p.TableInfo.BotID != c.id || p.TableInfo.ID != table) {
		err = fmt.Errorf("page of %s answered another table: %+v", table, p.TableInfo)
	}
	return p, err
}

// each calls f with every record of a table, read page by page, and wants the counts to agree with what was read.
func (c caller) each(ctx context.Context, table string, f func(i int, r record) error) error {
	n, last := 0, ""
	for page := 1; ; page++ {
		p, err := c.page(ctx, table, page, 100)
		if err != nil {
			return fmt.Errorf("page %d: %w", page, err)
		}
		for _, r := range p.Records {
			if !ascends(last, r.ID) {
				return fmt.Errorf("page %d: record %s follows %s", page, r.ID, last)
			}
			if err := f(n, r); err != nil {
				return fmt.Errorf("record %d (%s): %w", n, r.ID, err)
			}
			last = r.ID
			n++
		}
		if len(p.Records) < 100 {
			if p.TotalCount != n {
				return fmt.Errorf("total_count is %d, but %d records were read", p.TotalCount, n)
			}
			break
		}
	}
	ts, err := c.tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range ts {
		if t.ID == table {
			if t.RecordCount != n {
				return fmt.Errorf("record_count is %d, but %d records were read", t.RecordCount, n)
			}
			return nil
		}
	}
	return fmt.Errorf("tables/page does not list %s", table)
}

// all reads every record of a table.
func (c caller) all(ctx context.Context, table string) (rs []record, err error) {
	err = c.each(ctx, table, func(_ int, r record) error {
		rs = append(rs, r)
		return nil
	})
	return rs, err
}

// ascends reports whether record id b comes after a: both are decimal without leading zeros.
func ascends(a, b string) bool {
	return len(a) < len(b) || len(a) == len(b) && a < b
}
