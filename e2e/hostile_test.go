package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// hostile is a request that nobody should send, and the refusal it gets. number 0 is a success, of which the task says
// that no row was added.
type hostile struct {
	name           string
	method, path   string
	body           string
	headers        []string
	status, number int
}

func times(s string, n int) string { return strings.Repeat(s, n) }

// zipped is n times s in gzip.
func zipped(s string, n int) string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	for range n {
		_, _ = z.Write([]byte(s))
	}
	_ = z.Close()
	return b.String()
}

// members is n members of an object, without the braces.
func members(n int, value string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"k%d":%s`, i, value)
	}
	return b.String()
}

// list is n times s with commas between.
func list(s string, n int) string { return strings.TrimSuffix(times(s+",", n), ",") }

// taskIDs is n different ids with commas between.
func taskIDs(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%024x", i)
	}
	return strings.Join(ids, ",")
}

// hostileRequests are written against one table, parcels, with the fields code, n, f, b, d.
func hostileRequests(table string) []hostile {
	t := fmt.Sprintf(`{"table_id":%q,`, table)
	rows := func(s string) string { return t + `"records":[` + s + `]}` }
	post := func(name, path, body string, status, number int) hostile {
		return hostile{name: name, method: http.MethodPost, path: path, body: body, status: status, number: number}
	}
	zip := func(name, path, body string, status int) hostile {
		return hostile{name, http.MethodPost, path, body, []string{"Content-Encoding", "gzip"}, status, 40000}
	}
	digits := times("1", 1<<20)
	return []hostile{
		post("arrays 100,000 deep", pathImport, rows(`{"code":`+times("[", 100000)+times("]", 100000)+`}`), 400, 40000),
		post("objects 100,000 deep", pathImport, rows(times(`{"a":`, 100000)+"1"+times("}", 100000)), 400, 40000),
		post("twenty million brackets", pathImport, times("[", 20<<20), 400, 40000),
		post("deep filter", pathRecords, t+`"filter":`+times(`{"code":`, 5000)+"1"+times("}", 5000)+"}", 400, 40000),
		zip("gzip bomb of 1 GiB", pathImport, zipped(times(" ", 1<<20), 1<<10), 413),
		zip("gzip bomb just over the limit", pathImport, zipped(times(" ", 1<<20), 64)+"", 400), // 64 MiB exactly: read, and no object
		zip("gzip bomb on update", pathUpdate, zipped(times("[", 1<<20), 200), 413),
		zip("gzip bomb on page", pathRecords, zipped(times("0", 1<<20), 200), 413),
		zip("no gzip", pathImport, "this is no gzip at all", 400),
		zip("half a gzip", pathImport, zipped("{}", 100000)[:100], 400),
		{"unknown encoding", http.MethodPost, pathImport, "x", []string{"Content-Encoding", "br"}, 415, 40000},
		post("70 MiB", pathImport, times(" ", 70<<20), 413, 40000),
		post("6 MiB update", pathUpdate, times(" ", 6<<20), 413, 40000),
		post("9 MiB page", pathRecords, times(" ", 9<<20), 413, 40000),
		post("1000 rows of 400 unknown members", pathImport, rows(list("{"+members(400, "1")+"}", 1000)), 200, 0),
		post("1001 rows", pathImport, rows(list(`{"code":"x"}`, 1001)), 400, 40000),
		post("a row of 100,000 members", pathImport, rows("{"+members(100000, "1")+"}"), 200, 0),
		post("a row of one member 100,000 times", pathImport, rows("{"+list(`"code":"x"`, 100000)+`,"n":"bad"}`), 200, 0),
		post("100,000 unknown top-level members", pathImport, t+members(100000, "[{}]")+`,"records":[{"n":"bad"}]}`, 200, 0),
		post("a filter of 100,000 members", pathRecords, t+`"filter":{`+members(100000, "1")+"}}", 400, 40000),
		post("an update of 100 times 4,000 members", pathUpdate, t+`"update_data":[`+list(`{"record_id":"1","updated_fields":{`+members(4000, "1")+"}}", 100)+"]}", 200, 0),
		post("a delete of one filter with 100,000 members", pathDelete, t+`"delete_data":[{"filter":{`+members(100000, "1")+"}}]}", 400, 40000),
		post("a table of 100,000 fields", pathCreate, `{"name":"wide","description":"x","fields":[`+list(`{"name":"a","type":"TEXT"}`, 100000)+"]}", 400, 403111),
		post("a field name of a megabyte", pathCreate, `{"name":"wide","description":"x","fields":[{"name":"`+times("a", 1<<20)+`","type":"TEXT"}]}`, 400, 403103),
		post("a quoted table name", pathCreate, `{"name":"x\"; drop table parcels; --","description":"x","fields":[{"name":"a","type":"TEXT"}]}`, 400, 403100),
		post("an INT of a million digits", pathImport, rows(`{"code":"x","n":`+digits+`}`), 200, 0),
		post("an INT of a huge exponent", pathImport, rows(`{"code":"x","n":1e999999999},{"code":"y","n":1e-999999999},{"code":"z","n":"1e99999999999999999999"}`), 200, 0),
		post("a FLOAT of a million digits", pathImport, rows(`{"code":"x","f":`+digits+`}`), 200, 0),
		post("a DATETIME of a million digits", pathImport, rows(`{"code":"x","d":`+digits+`}`), 200, 0),
		post("a unique text of a megabyte", pathImport, rows(`{"code":"`+times("é", 1<<20)+`"}`), 200, 0),
		post("a NUL", pathImport, rows(`{"code":"a\u0000b"}`), 200, 0),
		post("half a surrogate pair", pathImport, rows(`{"code":"a\ud800b"}`), 200, 0),
		post("bytes that are no UTF-8", pathImport, rows("{\"code\":\"a\xff\"}"), 400, 40000),
		post("a record id of a million digits", pathDelete, t+`"delete_data":[{"record_id":"`+digits+`"}]}`, 400, 40000),
		post("a record id below zero", pathDelete, t+`"delete_data":[{"record_id":-1}]}`, 400, 40000),
		post("a filter of wildcards", pathDelete, t+`"delete_data":[{"filter":{"code":{"$ne":null}}},{"filter":{"n":"1 OR 1=1"}}]}`, 400, 40000),
		post("a page beyond all numbers", pathRecords, t+`"page":99999999999999999999,"page_size":100}`, 400, 40000),
		post("a page of minus one", pathRecords, t+`"page":-1}`, 400, 40000),
		post("a keyword of seven megabytes", pathRecords, t+`"keyword":"`+times("%", 7<<20)+`"}`, 200, 0),
		{"501 task ids", http.MethodGet, pathResults + "?ids=" + taskIDs(501), "", nil, 400, 40000},
		{"no task id", http.MethodGet, pathResults + "?ids=,,,", "", nil, 400, 40000},
		post("an array at the top", pathImport, `[{"table_id":1}]`, 400, 40000),
		post("text after the object", pathImport, rows(`{"code":"x"}`)+"x", 400, 40000),
		post("a comment", pathImport, t+"// hello\n"+`"records":[]}`, 400, 40000),
		post("nothing", pathImport, "", 400, 40000),
		{"a wrong method", http.MethodDelete, pathRecords, "", nil, 405, 40000},
		{"a path upwards", http.MethodGet, "/v1/%2e%2e/%2e%2e/etc/passwd", "", nil, 404, 40400},
		{"the admin API with an agent's key", http.MethodGet, "/admin/v1/agents", "", nil, 401, 40127},
		{"an idempotency key of a megabyte", http.MethodPost, pathImport, rows(`{"n":"bad"}`), []string{"Idempotency-Key", times("k", 8000)}, 400, 40000},
	}
}

// TestHostileRequests sends each of them: the documented refusal comes back, nothing is changed, and memory stays bounded.
func TestHostileRequests(t *testing.T) { eachStore(t, testHostileRequests) }

func testHostileRequests(t *testing.T, s *store) {
	long(t)
	c := s.start(t)
	ctx := t.Context()
	agent, err := c.agent(ctx)
	no(t, err)
	table, err := agent.createTable(ctx, "parcels", key("code"), field{Name: "n", Type: "INT"}, field{Name: "f", Type: "FLOAT"},
		field{Name: "b", Type: "BOOLEAN"}, field{Name: "d", Type: "DATETIME"})
	no(t, err)
	no(t, agent.importAll(ctx, table, []row{{"code": "PX-1", "n": 1}}))
	before, err := agent.all(ctx, table)
	no(t, err)
	for _, h := range hostileRequests(table) {
		a, err := agent.send(ctx, h.method, h.path, []byte(h.body), h.headers...)
		if err := firstOf(err, a.is(h.status, h.number)); err != nil {
			t.Errorf("%s: %v", h.name, err)
			continue
		}
		if len(a.body) > len(h.body)+64<<10 { // a failed change is told with what was sent, nothing else is
			t.Errorf("%s: the answer has %d bytes", h.name, len(a.body))
		}
		if h.path != pathImport || h.status != 200 {
			continue
		}
		id, err := taskID(a, nil)
		no(t, err)
		ts, err := agent.tasks(ctx, id)
		no(t, err)
		if len(ts) != 1 || ts[0].Status != "FAIL" || ts[0].SuccessCount != 0 {
			t.Errorf("%s: %+v", h.name, ts)
		}
	}
	after, err := agent.all(ctx, table)
	no(t, err)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("the table was %v and is %v", before, after)
	}
	checkMemory(t, c, 256<<20)
}

// TestMutatedRequests changes bytes of good requests by chance. Whatever comes of it, it is no internal error and tells
// nothing (scanner); and the server goes on.
func TestMutatedRequests(t *testing.T) { eachStore(t, testMutatedRequests) }

func testMutatedRequests(t *testing.T, s *store) {
	c := s.start(t)
	ctx := t.Context()
	agent, err := c.agent(ctx)
	no(t, err)
	table, err := agent.createTable(ctx, "parcels", key("code"), field{Name: "n", Type: "INT", Unique: true}, field{Name: "d", Type: "DATETIME"})
	no(t, err)
	good := []struct{ path, body string }{
		{pathImport, `{"table_id":"TABLE","records":[{"code":"PX-1","n":1,"d":"2026-03-01 08:00:00"},{"values":{"code":"PX-2","n":"2"}}]}`},
		{pathUpdate, `{"table_id":"TABLE","is_create":true,"update_data":[{"filter":{"code":"PX-1"},"updated_fields":{"n":"3"}},{"record_id":"5","updated_fields":{"code":"PX-5","n":5}}]}`},
		{pathDelete, `{"table_id":"TABLE","delete_data":[{"filter":{"code":"PX-1","n":1}},{"record_id":"5"}]}`},
		{pathRecords, `{"table_id":"TABLE","page":1,"page_size":10,"filter":{"code":"PX-1"},"keyword":"p"}`},
		{pathCreate, `{"name":"t","description":"d","fields":[{"name":"a","type":"TEXT","required":true,"unique":true}]}`},
		{pathTables, `{"agent_id":"","page":1,"page_size":2}`},
	}
	seed := setting(t, "E2E_SEED", rand.Int64())
	t.Logf("E2E_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(uint64(seed), 2))
	statuses := map[int]int{}
	for range 3000 {
		g := good[rnd.IntN(len(good))]
		body := mutate(rnd, []byte(strings.ReplaceAll(g.body, "TABLE", table)))
		a, err := agent.send(ctx, http.MethodPost, g.path, body)
		no(t, err)
		statuses[a.status]++
		switch a.status {
		case 200, 400, 403, 404, 409, 413:
		default:
			t.Errorf("%s %q: %s", g.path, body, a)
		}
	}
	t.Logf("answers by status: %v", statuses)
	_, err = agent.all(ctx, table)
	no(t, err)
}

// mutate changes one or two places: a byte flipped, cut, doubled, or something awkward put in.
func mutate(rnd *rand.Rand, b []byte) []byte {
	awkward := []string{"null", "{}", "[]", `""`, "-1", "1e999", "9223372036854775808", "true", `"\ud800"`, "\x00", "\xff", `\u0000`, ",", "{", "}", "[", "]", ":", `"`, "\ufeff"}
	for range 1 + rnd.IntN(2) {
		if len(b) < 2 {
			return b
		}
		at := rnd.IntN(len(b))
		end := min(len(b), at+1+rnd.IntN(8))
		switch rnd.IntN(4) {
		case 0:
			b[at] ^= 1 << rnd.IntN(8)
		case 1:
			b = append(b[:at:at], b[end:]...)
		case 2:
			b = append(b[:end:end], b[at:]...)
		default:
			b = append(b[:at:at], append([]byte(awkward[rnd.IntN(len(awkward))]), b[end:]...)...)
		}
	}
	return b
}
