package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A published client is written for one dialect and knows one way to read each answer. These read strictly: an answer in
// another form is an error, so that each client proves its own dialect only.

// exactly decodes an answer that may have no other members than T.
func exactly[T any](a answer, err error) (T, error) {
	var v T
	if err != nil {
		return v, err
	}
	d := json.NewDecoder(strings.NewReader(string(a.body)))
	d.DisallowUnknownFields()
	if err = d.Decode(&v); err != nil || a.status != http.StatusOK {
		err = fmt.Errorf("%v in %s", err, a)
	}
	return v, err
}

// envelope is how the older pages and AltaTech wrap an answer.
type envelope[T any] struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    T      `json:"data"`
}

func unwrap[T any](e envelope[T], err error) (T, error) {
	if err == nil && (e.Code != 0 || e.Message != "OK") {
		err = fmt.Errorf("the envelope is %d %s", e.Code, e.Message)
	}
	return e.Data, err
}

// bareRecords and bareTables are the answers of records/page and tables/page with every member there is.
type bareRecords struct {
	TableInfo struct {
		ID          string  `json:"id"`
		Name        string  `json:"name"`
		Description string  `json:"description"`
		FieldCount  int     `json:"field_count"`
		Fields      []field `json:"fields"`
		BotID       string  `json:"bot_id"`
		ProjectID   string  `json:"project_id"`
		OwnerID     string  `json:"owner_id"`
	} `json:"table_info"`
	Records    []record `json:"records"`
	TotalCount int      `json:"total_count"`
}

type bareTables struct {
	Tables []struct {
		tableCount
		Description string `json:"description"`
	} `json:"tables"`
}

// reader is how a client of one dialect reads what differs between dialects.
type reader struct {
	imported func(answer, error) (string, error)
	results  func(answer, error) ([]task, error)
	records  func(answer, error) (bareRecords, error)
	tables   func(answer, error) (bareTables, error)
	refusal  func(answer) (code int, message string, err error)
}

func firstID(ids []string, err error) (string, error) {
	if err == nil && len(ids) != 1 {
		err = fmt.Errorf("%d task ids", len(ids))
	}
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

func wrappedImport(a answer, err error) (string, error) {
	return firstID(unwrap(exactly[envelope[[]string]](a, err)))
}
func wrappedRecords(a answer, err error) (bareRecords, error) {
	return unwrap(exactly[envelope[bareRecords]](a, err))
}
func wrappedTables(a answer, err error) (bareTables, error) {
	return unwrap(exactly[envelope[bareTables]](a, err))
}

func plainRefusal(a answer) (int, string, error) {
	type refusal struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	var r refusal
	d := json.NewDecoder(strings.NewReader(string(a.body)))
	d.DisallowUnknownFields()
	err := d.Decode(&r)
	return r.Code, r.Message, err
}

func altatechRefusal(a answer) (int, string, error) {
	var r struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Error   struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Status  int    `json:"status"`
		} `json:"error"`
	}
	err := json.Unmarshal(a.body, &r)
	if err == nil && (r.Error.Code != fmt.Sprint(r.Code) || r.Error.Message != r.Message || r.Error.Status != a.status) {
		err = fmt.Errorf("the error inside differs: %s", a)
	}
	return r.Code, r.Message, err
}

func gptbotsReader() reader {
	return reader{exactly[string], exactly[[]task], exactly[bareRecords], exactly[bareTables], plainRefusal}
}
func altatechReader() reader {
	return reader{wrappedImport, exactly[[]task], wrappedRecords, wrappedTables, altatechRefusal}
}

// legacyReader reads the one answer with a member beside the envelope, too.
func legacyReader() reader {
	type results struct {
		envelope[[]task]
		Progress int `json:"progress"`
	}
	return reader{wrappedImport, func(a answer, err error) ([]task, error) {
		r, err := exactly[results](a, err)
		if err == nil && r.Progress != 100 {
			err = fmt.Errorf("progress is %d", r.Progress)
		}
		return unwrap(r.envelope, err)
	}, wrappedRecords, wrappedTables, plainRefusal}
}

// TestPublishedClients runs a whole conversation in each dialect, chosen by path, by Host, or by the server's setting.
func TestPublishedClients(t *testing.T) { eachStore(t, testPublishedClients) }

func testPublishedClients(t *testing.T, s *store) {
	server := s.start(t)
	preset := s.start(t, "--dialect", "legacy")
	for _, client := range []struct {
		name, prefix, host string
		server             *child
		read               reader
		wrapRows           bool // rows as {"values": …}
	}{
		{"gptbots by path", "/gptbots", "", server, gptbotsReader(), false},
		{"gptbots by path with a slash too many", "/gptbots/", "", server, gptbotsReader(), false},
		{"gptbots by host", "", "api-eu.gptbots.ai", server, gptbotsReader(), false},
		{"altatech by path", "/altatech", "", server, altatechReader(), true},
		{"altatech by host", "", "api-sg.altatech.ai:443", server, altatechReader(), false},
		{"legacy by path", "/legacy", "", server, legacyReader(), true},
		{"legacy by setting", "", "localhost", preset, legacyReader(), true},
		{"gptbots by path on a server set to legacy", "/gptbots", "", preset, gptbotsReader(), false},
	} {
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			agent, err := client.server.agent(t.Context())
			no(t, err)
			agent.prefix, agent.host = client.prefix, client.host
			no(t, converse(t.Context(), agent, client.read, client.wrapRows))
		})
	}
}

// converse makes a table, imports, asks for the task in several spellings, pages, updates, deletes and meets refusals.
func converse(ctx context.Context, c caller, read reader, wrapRows bool) error {
	table, err := unwrap(exactly[envelope[string]](c.post(ctx, pathCreate, draft("parcels", key("code"), field{Name: "weight_g", Type: "INT"}))))
	if err != nil {
		return err
	}
	rows := []row{{"code": "PX-1", "weight_g": "1200"}, {"code": "PX-2", "weight_g": 800}, {"code": "PX-1"}}
	if wrapRows {
		for i, r := range rows {
			rows[i] = row{"values": r}
		}
	}
	id, err := read.imported(c.post(ctx, pathImport, row{"table_id": table, "records": rows}))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	for _, spelling := range []string{"ids=", "ids%5B%5D=", "ids%5B0%5D%5B0%5D=", "ids[0]=", "ids=ffffffffffffffffffffffff,"} {
		ts, err := read.results(c.get(ctx, pathResults+"?"+spelling+id, "Content-Type", "application/json"))
		if err != nil {
			return fmt.Errorf("import-results: %w", err)
		}
		if len(ts) != 1 || ts[0].ID != id || ts[0].Status != "AVAILABLE" || ts[0].SuccessCount != 2 || ts[0].FailCount != 1 ||
			len(ts[0].FailDetail) != 1 || *ts[0].FailDetail[0].Row != 3 {
			return fmt.Errorf("import-results?%s: %+v", spelling, ts)
		}
	}
	p, err := read.records(c.post(ctx, pathRecords, row{"table_id": table, "page": 1, "page_size": 10, "filter": row{}}))
	if err != nil {
		return fmt.Errorf("records/page: %w", err)
	}
	if p.TotalCount != 2 || len(p.Records) != 2 || p.Records[0].Value["weight_g"] != 1200.0 || p.TableInfo.FieldCount != 2 || p.TableInfo.BotID != c.id {
		return fmt.Errorf("records/page: %+v", p)
	}
	u, err := exactly[outcome](c.post(ctx, pathUpdate, row{"table_id": table, "is_create": true, "update_data": []row{
		{"filter": row{"code": "PX-2"}, "updated_fields": row{"weight_g": "850"}}, {"filter": row{"code": "PX-3"}, "updated_fields": row{"weight_g": 5}}}}))
	if err != nil || u.SuccessCount != 2 || u.FailDetail == nil {
		return fmt.Errorf("update: %+v, %v", u, err)
	}
	if err := oldUpdate(ctx, c, table); err != nil {
		return err
	}
	a, err := c.post(ctx, pathDelete, row{"table_id": table, "delete_data": []row{{"filter": row{"code": "PX-1"}}, {"record_id": p.Records[1].ID}}})
	if err != nil || string(a.body) != `{"code":0,"message":"OK"}` {
		return fmt.Errorf("delete: %s, %v", a, err)
	}
	for _, ask := range []func() (answer, error){
		func() (answer, error) { return c.post(ctx, pathTables, row{"agent_id": c.id}) },
		func() (answer, error) { return c.get(ctx, pathTables+"?agent_id="+c.id) },
	} {
		ts, err := read.tables(ask())
		if err != nil || len(ts.Tables) != 1 || ts.Tables[0].ID != table || ts.Tables[0].RecordCount != 2 || ts.Tables[0].FieldNumber != 2 {
			return fmt.Errorf("tables/page: %+v, %v", ts, err)
		}
	}
	return refusals(ctx, c, table, read)
}

// oldUpdate is the first version of update, with one record a request.
func oldUpdate(ctx context.Context, c caller, table string) error {
	const path = "/v1/database/update/record"
	a, err := c.post(ctx, path, row{"table_id": table, "is_add": true, "filter": row{"code": "PX-4"}, "updated_fields": row{"weight_g": "7"}})
	if err != nil || string(a.body) != `{"code":0,"message":"OK"}` {
		return fmt.Errorf("update of one record: %s, %v", a, err)
	}
	a, err = c.post(ctx, path, row{"table_id": table, "filter": row{"code": "PX-5"}, "updated_fields": row{"weight_g": "7"}})
	return firstOf(err, a.is(http.StatusBadRequest, 40000))
}

// refusals have the shape of the dialect, the published number, and a message that begins with the published phrase.
func refusals(ctx context.Context, c caller, table string, read reader) error {
	stranger := c
	stranger.key = ""
	for _, r := range []struct {
		c      caller
		path   string
		body   row
		status int
		number int
		phrase string
	}{
		{c, pathCreate, draft("parcels", key("code")), 409, 403108, "Table name already exists"},
		{c, pathRecords, row{"table_id": "0123456789abcdef01234567"}, 404, 403106, "Table not found"},
		{c, pathRecords, row{"table_id": table, "page_size": 101}, 400, 40000, "Parameter error"},
		{stranger, pathRecords, row{"table_id": table}, 401, 40127, "Developer authentication failed"},
		{c, "/v1/no/such/path", row{}, 404, 40400, "Not found"},
	} {
		a, err := r.c.post(ctx, r.path, r.body)
		if err != nil {
			return err
		}
		number, message, err := read.refusal(a)
		if err != nil || a.status != r.status || number != r.number || !strings.HasPrefix(message, r.phrase) {
			return fmt.Errorf("%s: want %d %d %q, got %s, %v", r.path, r.status, r.number, r.phrase, a, err)
		}
	}
	return nil
}
