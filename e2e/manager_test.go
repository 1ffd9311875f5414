package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"
)

// manager does what the one published program does that uses the whole Database API, a database manager in JavaScript
// (wire.md 1 and 2): it reads answers through its own eyes, where every number is a double, a missing member is
// undefined, and only the HTTP status tells a failure.
type manager struct{ caller }

var hex24 = regexp.MustCompile(`^[0-9a-f]{24}$`)

// call sends a request and returns the body as JavaScript has it.
func (m manager) call(ctx context.Context, method, path string, body any) (any, error) {
	var b []byte
	if body != nil {
		b, _ = json.Marshal(body) // a float64 is written as JavaScript writes it
	}
	a, err := m.send(ctx, method, path, b, "Content-Type", "application/json", "Accept", "application/json, text/plain, */*")
	if err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		return nil, fmt.Errorf("%w: %s", err, a)
	}
	if a.status < 200 || a.status > 299 {
		return nil, errors.New(fmt.Sprint(get(v, "message"))) // shown to the user as it is
	}
	return v, nil
}

// get reads a member or an element; what is not there is nil, as undefined is falsy.
func get(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			o, _ := v.(map[string]any)
			v = o[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

// create makes a table by the form: the id is data, or in it.
func (m manager) create(ctx context.Context, name string, fs ...field) (string, error) {
	body, err := m.call(ctx, http.MethodPost, pathCreate, draft(name, fs...))
	if err != nil {
		return "", err
	}
	for _, id := range []any{get(body, "data"), get(body, "data", "tableId"), get(body, "data", "id")} {
		if s, ok := id.(string); ok && hex24.MatchString(s) {
			return s, nil
		}
	}
	return "", fmt.Errorf("no table id in %v", body)
}

// load imports and polls the task: data.data of the import, wrapped in a list once more, then data[0].status.
func (m manager) load(ctx context.Context, table string, rows []row) (string, error) {
	body, err := m.call(ctx, http.MethodPost, pathImport, row{"table_id": table, "records": rows})
	if err != nil {
		return "", err
	}
	id := get(body, "data")
	if id == nil {
		return "", errNoTask
	}
	return m.poll(ctx, []any{id})
}

var errNoTask = errors.New("the import's answer has no task id")

// poll asks for tasks: the list is spelt as axios spells it.
func (m manager) poll(ctx context.Context, ids []any) (string, error) {
	q := url.Values{}
	for i, id := range ids {
		switch id := id.(type) {
		case string:
			q.Add("ids[]", id)
		case []any:
			for k, inner := range id {
				q.Add(fmt.Sprintf("ids[%d][%d]", i, k), fmt.Sprint(inner))
			}
		}
	}
	body, err := m.call(ctx, http.MethodGet, pathResults+"?"+q.Encode(), nil)
	if err != nil {
		return "", err
	}
	status, _ := get(body, 0, "status").(string)
	if status == "" {
		return "", fmt.Errorf("no job in %v", body)
	}
	return status, nil
}

// list reads the records of a table: data.records.
func (m manager) list(ctx context.Context, table string) (records []any, total float64, err error) {
	body, err := m.call(ctx, http.MethodPost, pathRecords, row{"table_id": table, "page": 1, "page_size": 20})
	if err != nil {
		return nil, 0, err
	}
	records, _ = get(body, "records").([]any)
	total, _ = get(body, "total_count").(float64)
	return records, total, nil
}

// save posts a record back as its form has it after one input was changed: every value, as it was read.
func (m manager) save(ctx context.Context, table string, record any, name string, value any) error {
	id, ok := get(record, "id").(string)
	if !ok {
		return fmt.Errorf("the id of %v is no string", record)
	}
	values := maps.Clone(get(record, "value").(map[string]any))
	for k, v := range values {
		if v == nil { // an input without a value is an empty one
			values[k] = ""
		}
	}
	values[name] = value
	body, err := m.call(ctx, http.MethodPost, pathUpdate, row{"table_id": table, "is_create": false,
		"update_data": []row{{"record_id": id, "updated_fields": values}}})
	if err == nil && (get(body, "success_count") != 1.0 || get(body, "fail_count") != 0.0) {
		err = fmt.Errorf("save: %v", body)
	}
	return err
}

// TestDatabaseManager uses the manager against a bare server: nothing is changed but the base URL.
func TestDatabaseManager(t *testing.T) { eachStore(t, testDatabaseManager) }

func testDatabaseManager(t *testing.T, s *store) {
	c := s.start(t)
	ctx := t.Context()
	agent, err := c.agent(ctx)
	no(t, err)
	m := manager{agent}
	if _, err := m.call(ctx, http.MethodGet, "/v1/bot/knowledge/base/page?page=1", nil); err == nil { // it probes this, and bears a refusal
		t.Error("a path of another API has an answer")
	}
	table, err := m.create(ctx, "parcels", key("code"), field{Name: "tracking", Type: "INT", Unique: true}, field{Name: "price", Type: "FLOAT"},
		field{Name: "fragile", Type: "BOOLEAN"}, field{Name: "shipped_at", Type: "DATETIME"}, field{Name: "note", Type: "TEXT"})
	no(t, err)
	status, err := m.load(ctx, table, []row{ // the record form sends text, and "" for what was left empty
		{"code": "PX-1", "tracking": "9007199254740993", "price": "9.5", "fragile": "true", "shipped_at": "2026-03-01 08:00:00", "note": "naïve"},
		{"code": "PX-2", "tracking": "17", "price": "", "fragile": "", "shipped_at": "", "note": ""},
	})
	no(t, err)
	if status != "AVAILABLE" {
		t.Errorf("the import is %s", status)
	}
	if status, err := m.load(ctx, table, []row{{"code": "PX-2", "tracking": 18}}); err != nil || status != "FAIL" {
		t.Errorf("an import of a code that is there: %s, %v", status, err)
	}
	before, total, err := m.list(ctx, table)
	no(t, err)
	if len(before) != 2 || total != 2 {
		t.Fatalf("lists %v, total %v", before, total)
	}
	for i, r := range before { // edit one input, and all the others go back as they came
		no(t, m.save(ctx, table, r, "note", fmt.Sprint("edited ", i)))
	}
	after, _, err := m.list(ctx, table)
	no(t, err)
	for i, r := range after {
		want := maps.Clone(get(before[i], "value").(map[string]any))
		want["note"] = fmt.Sprint("edited ", i)
		if got := get(r, "value").(map[string]any); !maps.Equal(got, want) || get(r, "id") != get(before[i], "id") {
			t.Errorf("edited record %v, want %v", got, want)
		}
	}
	if got := get(after[0], "value", "tracking"); got != "9007199254740993" {
		t.Errorf("a big number came back from the client as %v", got)
	}
	err = m.save(ctx, table, after[1], "tracking", "heavy")
	if err == nil {
		t.Error("a bad value was saved")
	}
	id := get(after[0], "id")
	if _, err := m.call(ctx, http.MethodPost, pathDelete, row{"table_id": table, "delete_data": []row{{"record_id": id}}}); err != nil {
		t.Error(err)
	}
	if left, total, err := m.list(ctx, table); err != nil || len(left) != 1 || total != 1 {
		t.Errorf("after the delete: %v, %v, %v", left, total, err)
	}
	_, err = m.create(ctx, "parcels", key("code"))
	if err == nil || !regexp.MustCompile(`^Table name already exists`).MatchString(err.Error()) {
		t.Errorf("the message shown is %v", err)
	}
}

// TestDatabaseManagerByHost brings the manager here by name resolution: its Host names a dialect in which, as measured, it
// finds everything but the task id (gptbots) or nothing in its list (altatech), and loses nothing either way.
func TestDatabaseManagerByHost(t *testing.T) { eachStore(t, testDatabaseManagerByHost) }

func testDatabaseManagerByHost(t *testing.T, s *store) {
	c := s.start(t)
	ctx := t.Context()
	for host, lists := range map[string]int{"api-sg.gptbots.ai": 2, "API-SG.GPTBOTS.AI:443": 2, "api.altatech.ai": 0} {
		agent, err := c.agent(ctx)
		no(t, err)
		agent.host = host
		m := manager{agent}
		table, err := m.create(ctx, "parcels", key("code"))
		no(t, err)
		_, err = m.load(ctx, table, []row{{"code": "PX-1"}, {"code": "PX-2"}})
		if errors.Is(err, errNoTask) != (lists > 0) {
			t.Errorf("%s: the import says %v", host, err)
		}
		records, _, err := m.list(ctx, table)
		if err != nil || len(records) != lists {
			t.Errorf("%s: lists %v, %v", host, records, err)
		}
		agent.host = ""
		rs, err := agent.all(ctx, table)
		no(t, err)
		codes := []any{}
		for _, r := range rs {
			codes = append(codes, r.Value["code"])
		}
		if !slices.Equal(codes, []any{"PX-1", "PX-2"}) {
			t.Errorf("%s: the table holds %v", host, codes)
		}
	}
}
