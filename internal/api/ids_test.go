package api

import (
	"fmt"
	"strings"
	"testing"

	"stele/internal/wire"
)

// Every way in which clients spell the list of ids (wire.md 5.4).
func TestIDSpellings(t *testing.T) { eachStore(t, testIDSpellings) }

func testIDSpellings(t *testing.T, s *store) {
	g := s.rig(t)
	c, other := g.agent("ids"), g.agent("other")
	draft := `{"name":"t","description":"d","fields":[{"name":"n","type":"INT"}]}`
	table, foreign := c.table(draft), other.table(draft)
	a, b := c.importAll(table, `[{"n":1}]`), c.importAll(table, `[{"n":2}]`)
	x := other.importAll(foreign, `[{"n":1}]`)
	const none = "000000000000000000000000"
	cases := []struct {
		name, query, body string
		want              string // of the ids, in order
	}{
		{"repeated", "ids=<a>&ids=<b>", "", "AB"},
		{"in the order asked for", "ids=<b>&ids=<a>", "", "BA"},
		{"brackets, escaped", "ids%5B%5D=<a>&ids%5B%5D=<b>", "", "AB"},
		{"brackets", "ids[]=<a>&ids[]=<b>", "", "AB"},
		{"a list in a list, escaped", "ids%5B0%5D%5B0%5D=<a>", "", "A"},
		{"numbered", "ids[0]=<a>&ids[1]=<b>", "", "AB"},
		{"numbered against their order", "ids[1]=<b>&ids[0]=<a>", "", "BA"},
		{"commas", "ids=<a>,<b>", "", "AB"},
		{"commas, escaped", "ids=<a>%2C<b>", "", "AB"},
		{"commas and blanks", "ids=<a>%2C%20<b>+,", "", "AB"},
		{"a mixture", "ids[]=<a>&ids=<b>&ids[0]=<a>", "", "AB"},
		{"once each", "ids=<a>&ids=<a>,<a>&ids=<b>", "", "AB"},
		{"upper case", "ids=<^a>", "", "A"},
		{"body", "", `{"ids":["<a>","<b>"]}`, "AB"},
		{"body with a text", "", `{"ids":"<a>,<b>"}`, "AB"},
		{"body with a list in a list", "", `{"ids":[["<b>"],"<a>"]}`, "BA"},
		{"the query before the body", "ids=<a>", `{"ids":["<b>"]}`, "A"},
		{"an empty query before the body", "ids=", `{"ids":["<b>"]}`, "B"},
		{"other parameters", "id=<a>&idsx=<a>&ids=<b>&ids[x]=<a>", "", "B"},
		{"unknown ones left out", "ids=" + none + "&ids=<a>", "", "A"},
		{"another agent's left out", "ids=<x>&ids=<b>", "", "B"},
		{"what is no id left out", "ids=job&ids=<a>", "", "A"},
		{"none known", "ids=" + none, "", ""},
	}
	fill := strings.NewReplacer("<^a>", strings.ToUpper(a), "<a>", a, "<b>", b, "<x>", x)
	for _, d := range []wire.Dialect{wire.GPTBots, wire.Legacy} {
		for _, tc := range cases {
			t.Run(d.String()+"/"+tc.name, func(t *testing.T) {
				c := c.on(t)
				r := c.want(c.in(d).do("GET", pathResults+"?"+fill.Replace(tc.query), fill.Replace(tc.body)), 200, 0)
				body := r.body
				if d == wire.Legacy {
					const head, tail = `{"code":0,"message":"OK","progress":100,"data":`, "}"
					if !strings.HasPrefix(body, head) {
						t.Fatalf("answered %s", body)
					}
					body = strings.TrimSuffix(strings.TrimPrefix(body, head), tail)
				}
				got := ""
				for _, ts := range decode[[]task](c.rig, reply{body: body}) {
					got += map[string]string{a: "A", b: "B"}[ts.ID]
				}
				if got != tc.want {
					t.Errorf("got %q, want %q: %s", got, tc.want, body)
				}
			})
		}
	}
}

func TestIDRefusals(t *testing.T) { eachStore(t, testIDRefusals) }

func testIDRefusals(t *testing.T, s *store) {
	c := s.rig(t).agent("ids")
	many := func(n int) string {
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprintf("%024x", i)
		}
		return strings.Join(ids, ",")
	}
	cases := []struct {
		name, query, body string
		status            int
	}{
		{"none", "", "", 400},
		{"empty", "ids=", "", 400},
		{"commas alone", "ids=,,", "", 400},
		{"an empty list", "", `{"ids":[]}`, 400},
		{"a body that is no JSON", "", `{"ids":[`, 400},
		{"a body of numbers", "", `{"ids":[1]}`, 400},
		{"a broken escape", "ids=%zz", "", 400},
		{"500", "ids=" + many(500), "", 200},
		{"501", "ids=" + many(501), "", 400},
		{"501, one of them twice", "ids=" + many(500) + "&ids=" + many(1), "", 200},
		{"500 in the body", "", `{"ids":"` + many(500) + `"}`, 200},
		{"501 in the body", "", `{"ids":"` + many(501) + `"}`, 400},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r := c.do("GET", pathResults+"?"+tc.query, tc.body)
			if code := map[int]int{200: 0, 400: 40000}[tc.status]; r.status != tc.status || r.code() != code {
				t.Errorf("answered %d %s, want %d", r.status, shorten(r.body), tc.status)
			}
		})
	}
}
