package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"stele"
	"stele/internal/wire"
)

// published are the codes that the contract lists (wire.md 3), with their phrases and statuses.
var published = []struct {
	code   int
	phrase string
	status []int
}{
	{40000, "Parameter error", []int{400, 405, 409, 413, 415}},
	{40008, "Agent RPM request limit exceeded", []int{429}},
	{40107, "Credentials expired", []int{401}},
	{40113, "Unauthorized access to Agent.", []int{403}},
	{40127, "Developer authentication failed", []int{401}},
	{40353, "This feature is only available after upgrading your plan", []int{403}},
	{40400, "Not found", []int{404}},
	{403100, "Invalid table name", []int{400}},
	{403101, "Invalid table description", []int{400}},
	{403102, "Invalid number of fields", []int{400}},
	{403103, "Invalid field name", []int{400}},
	{403104, "Invalid field description", []int{400}},
	{403105, "Invalid field type", []int{400}},
	{403106, "Table not found", []int{404}},
	{403108, "Table name already exists", []int{409}},
	{403111, "Number of fields exceeds the limit", []int{400}},
	{403131, "No permission to access table", []int{403}},
	{50000, "Internal system error", []int{500, 503}},
}

// Each code goes out with its phrase and its status, under every dialect, and under altatech twice.
func TestEveryCode(t *testing.T) {
	t.Parallel()
	for _, code := range stele.Codes() {
		e := stele.Errorf(code, "detail")
		number, status := wire.Number(code), wire.Status(code)
		found := false
		for _, p := range published {
			if p.code != number || !strings.HasPrefix(e.Error(), p.phrase) {
				continue
			}
			for _, s := range p.status {
				found = found || s == status
			}
		}
		if !found {
			t.Errorf("%v goes out as %d with status %d, which is not in the contract", e, number, status)
		}
		enum := theSpec.doc.Components.Schemas["Error"].Value.Properties["code"].Value.Enum
		if !strings.Contains(fmt.Sprint(enum), fmt.Sprint(number)) {
			t.Errorf("the document lacks the code %d", number)
		}
	}
}

// The refusals of making a table.
func TestCreateTableCodes(t *testing.T) { eachStore(t, testCreateTableCodes) }

func testCreateTableCodes(t *testing.T, s *store) {
	c := s.rig(t).agent("codes")
	field := func(rest string) string {
		return `{"name":"t","description":"d","fields":[{"name":"a","type":"INT"},{` + rest + `}]}`
	}
	fields := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,{"name":"f%d","type":"TEXT"}`, i)
		}
		return fmt.Sprintf(`{"name":"wide%d","description":"d","fields":[%s]}`, n, strings.TrimPrefix(b.String(), ","))
	}
	long := strings.Repeat("x", 65)
	cases := []struct {
		name, body string
		code       int
	}{
		{"no name", `{"description":"d","fields":[{"name":"a","type":"INT"}]}`, 403100},
		{"capitals", `{"name":"T","description":"d","fields":[{"name":"a","type":"INT"}]}`, 403100},
		{"a digit first", `{"name":"1t","description":"d","fields":[{"name":"a","type":"INT"}]}`, 403100},
		{"65 characters", `{"name":"` + long + `","description":"d","fields":[{"name":"a","type":"INT"}]}`, 403100},
		{"64 characters", `{"name":"` + long[1:] + `","description":"d","fields":[{"name":"a","type":"INT"}]}`, 0},
		{"a number as name", `{"name":1,"description":"d","fields":[{"name":"a","type":"INT"}]}`, 403100},
		{"no description", `{"name":"t","fields":[{"name":"a","type":"INT"}]}`, 403101},
		{"129 characters of it", `{"name":"t","description":"` + strings.Repeat("ü", 129) + `","fields":[{"name":"a","type":"INT"}]}`, 403101},
		{"128 characters of it", `{"name":"t","description":"` + strings.Repeat("ü", 128) + `","fields":[{"name":"a","type":"INT"}]}`, 0},
		{"no fields", `{"name":"u","description":"d"}`, 403102},
		{"an empty list", `{"name":"u","description":"d","fields":[]}`, 403102},
		{"fields that are no list", `{"name":"u","description":"d","fields":{"name":"a"}}`, 40000},
		{"no field name", field(`"type":"INT"`), 403103},
		{"a hyphen", field(`"name":"a-b","type":"INT"`), 403103},
		{"a name twice", field(`"name":"a","type":"INT"`), 403103},
		{"65 characters of a field", field(`"name":"` + long + `","type":"INT"`), 403103},
		{"129 characters of its description", field(`"name":"b","type":"INT","description":"` + strings.Repeat("x", 129) + `"`), 403104},
		{"no type", field(`"name":"b"`), 403105},
		{"another type", field(`"name":"b","type":"JSON"`), 403105},
		{"unique that is no boolean", field(`"name":"b","type":"INT","unique":7`), 40000},
		{"200 fields", fields(200), 0},
		{"201 fields", fields(201), 403111},
		{"reserved names", `{"name":"sqlite_x","description":"d","fields":[{"name":"rowid","type":"INT"},{"name":"_id","type":"int"},{"name":"1","type":"Text"}]}`, 0},
		{"the name again", `{"name":"sqlite_x","description":"d","fields":[{"name":"a","type":"INT"}]}`, 403108},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := c.on(t)
			r := c.post(pathCreate, tc.body)
			status := map[int]int{0: 200, 403108: 409}[tc.code]
			if status == 0 {
				status = 400
			}
			if r.status != status || r.code() != tc.code {
				t.Errorf("answered %d %s, want code %d", r.status, shorten(r.body), tc.code)
			}
		})
	}
	r := c.want(c.in(wire.GPTBots).get(pathTables), 200, 0)
	if n := strings.Count(r.body, "table_id"); n != 4 {
		t.Errorf("%d tables were made, want 4: %s", n, shorten(r.body))
	}
}

// A table of another agent is told apart from one that is not there, and neither says more.
func TestForeignTable(t *testing.T) { eachStore(t, testForeignTable) }

func testForeignTable(t *testing.T, s *store) {
	g := s.rig(t)
	mine, theirs := g.agent("mine"), g.agent("theirs")
	own, foreign := mine.table(parcels), theirs.table(strings.Replace(parcels, `"parcels"`, `"secret_name"`, 1))
	cases := []struct {
		name, id     string
		status, code int
	}{
		{"own", own, 200, 0},
		{"own in capitals", strings.ToUpper(own), 200, 0},
		{"another agent's", foreign, 403, 403131},
		{"another agent's in capitals", strings.ToUpper(foreign), 403, 403131},
		{"unknown", "66f0a1b2c3d4e5f601234567", 404, 403106},
		{"no id at all", "parcels", 404, 403106},
		{"empty", "", 400, 40000},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			head := `{"table_id":"` + tc.id + `",`
			for path, rest := range map[string]string{
				pathPage: `"page":1}`, pathImport: `"records":[{"code":"` + tc.name + `"}]}`,
				pathUpdate: `"update_data":[{"filter":{"code":"x"},"updated_fields":{}}]}`,
				pathDelete: `"delete_data":[{"filter":{"code":"x"}}]}`,
				pathLegacy: `"is_add":"true","filter":{"code":"` + tc.name + ` 2"},"updated_fields":{}}`,
				pathAlter:  `"changes":[{"op":"describe_table","description":"` + tc.name + `"}]}`,
				pathDrop:   `"dry_run":true,"name":"parcels"}`,
			} {
				r := mine.post(path, head+rest)
				if r.status != tc.status || r.code() != tc.code {
					t.Errorf("%s: answered %d %s", path, r.status, r.body)
				}
				if strings.Contains(r.body, "secret_name") || tc.code != 0 && strings.Contains(r.body, theirs.id) {
					t.Errorf("%s gives away the other agent: %s", path, r.body)
				}
			}
		})
	}
	if p := theirs.records(foreign, ""); p.Total != 0 {
		t.Errorf("%d records got into another agent's table", p.Total)
	}
	for _, method := range []string{"GET", "POST"} {
		for id, status := range map[string]int{mine.id: 200, strings.ToUpper(mine.id): 200, theirs.id: 403, "x": 403, "": 200} {
			a := ask{method: method, path: pathTables + "?agent_id=" + id, key: mine.key}
			if method == "POST" {
				a.path, a.body = pathTables, `{"agent_id":"`+id+`"}`
			}
			r := g.send(a)
			if r.status != status || status == 403 && r.code() != 40113 {
				t.Errorf("%s with agent_id %q: %d %s", method, id, r.status, r.body)
			}
		}
	}
}

// A key stops at its time, says so, and speaks for nobody afterwards.
func TestExpiry(t *testing.T) { eachStore(t, testExpiry) }

func testExpiry(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("expiry").with(`{"expires_in":60}`)
	g.want(c.get(pathVerify), 200, 0)
	g.clock.move(59 * time.Second)
	g.want(c.get(pathVerify), 200, 0)
	g.clock.move(time.Second)
	for _, d := range []wire.Dialect{wire.GPTBots, wire.AltaTech} {
		if r := g.want(c.in(d).get(pathVerify), 401, 40107); r.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("headers %v", r.header)
		}
	}
	g.want(c.post(pathImport, `{}`), 401, 40107)
}

// A key does what its scopes say.
func TestScopes(t *testing.T) { eachStore(t, testScopes) }

func testScopes(t *testing.T, s *store) {
	c := s.rig(t).agent("scopes")
	id := c.table(parcels)
	task := c.importAll(id, `[{"code":"a"}]`)
	requests := map[string]func(*caller) reply{
		"create": func(c *caller) reply { return c.post(pathCreate, parcels) },
		"alter": func(c *caller) reply {
			return c.post(pathAlter, `{"table_id":"`+id+`","changes":[{"op":"describe_table","description":"d"}]}`)
		},
		"drop":    func(c *caller) reply { return c.post(pathDrop, `{"table_id":"`+id+`","name":"none"}`) },
		"tables":  func(c *caller) reply { return c.get(pathTables) },
		"import":  func(c *caller) reply { return c.post(pathImport, `{"table_id":"`+id+`","records":[{}]}`) },
		"results": func(c *caller) reply { return c.get(pathResults + "?ids=" + task) },
		"page":    func(c *caller) reply { return c.post(pathPage, `{"table_id":"`+id+`"}`) },
		"update": func(c *caller) reply {
			return c.post(pathUpdate, `{"table_id":"`+id+`","update_data":[{"filter":{"code":"a"},"updated_fields":{}}]}`)
		},
		"delete": func(c *caller) reply {
			return c.post(pathDelete, `{"table_id":"`+id+`","delete_data":[{"filter":{"code":"none"}}]}`)
		},
		"legacy": func(c *caller) reply {
			return c.post(pathLegacy, `{"table_id":"`+id+`","filter":{"code":"a"},"updated_fields":{}}`)
		},
		"verify": func(c *caller) reply { return c.get(pathVerify) },
	}
	for scopes, allowed := range map[string]string{
		`"read"`:           "tables results page verify",
		`"write"`:          "import results update delete legacy verify",
		`"schema"`:         "create alter drop verify",
		`"read","schema"`:  "create alter drop tables results page verify",
		`"write","schema"`: "create alter drop import results update delete legacy verify",
	} {
		limited := c.with(`{"scopes":[` + scopes + `]}`)
		for name, send := range requests {
			r := send(limited)
			if may := strings.Contains(allowed, name); may && r.code() == 403131 || !may && (r.status != 403 || r.code() != 403131) {
				t.Errorf("%s with the scopes %s: %d %s", name, scopes, r.status, r.body)
			}
		}
	}
}
