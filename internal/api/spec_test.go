package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"stele/internal/sqlite"
)

// spec holds what is sent and answered against the API's document, and remembers what was exercised.
type spec struct {
	doc  *openapi3.T
	mu   sync.Mutex
	seen map[string]map[string]bool // by the name of a store: "POST /path 200"
}

// theSpec is shared by all tests, so that the end of the run can tell what none of them has exercised.
var theSpec = loadSpec()

func loadSpec() *spec {
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		panic(err)
	}
	return &spec{doc: doc, seen: map[string]map[string]bool{}}
}

// TestMain fails the run when a status of the document was never met on one of the stores that it had.
func TestMain(m *testing.M) {
	sqlite.ServeIfWorker()
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
	code := m.Run()
	if run := flag.Lookup("test.run").Value.String(); code == 0 && run == "" && !testing.Short() {
		if missing := theSpec.missing(); len(missing) > 0 {
			fmt.Printf("FAIL: the document says more than the tests have met:\n\t%s\n", strings.Join(missing, "\n\t"))
			code = 1
		}
	}
	os.Exit(code)
}

// missing lists what is documented and was not met on a store, but for what that store never gives cause to answer.
func (s *spec) missing() (out []string) {
	for _, on := range stores {
		if seen := s.seen[on.name]; seen != nil { // else it is not there
			out = append(out, s.missingOn(on, seen)...)
		}
	}
	return out
}

func (s *spec) missingOn(on *store, seen map[string]bool) (out []string) {
	for path, item := range s.doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				id := method + " " + path
				cannot := status == "503" && on.neverLate[id] || status == "500" && on.neverBroken[id]
				if !seen[id+" "+status] && !cannot {
					out = append(out, on.name+": "+id+" "+status)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

var slashes = regexp.MustCompile(`/+`)

// find returns the documented path that a request's path means.
func (s *spec) find(path string) (pattern string, params map[string]string) {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimSuffix(slashes.ReplaceAllString(path, "/"), "/")
	for _, d := range []string{"/gptbots", "/altatech", "/legacy", "/hybrid"} {
		if rest, ok := strings.CutPrefix(path, d); ok && regexp.MustCompile("^/v[12]/").MatchString(rest) {
			path = rest
		}
	}
	given := strings.Split(path, "/")
	for i, segment := range given {
		if plain, err := url.PathUnescape(segment); err == nil {
			given[i] = plain
		}
	}
	for pattern := range s.doc.Paths.Map() {
		parts := strings.Split(pattern, "/")
		params = map[string]string{}
		for i, p := range parts {
			if len(parts) == len(given) && strings.HasPrefix(p, "{") {
				params[strings.Trim(p, "{}")] = given[i]
				parts[i] = given[i]
			}
		}
		if slices.Equal(parts, given) {
			return pattern, params
		}
	}
	return "", nil
}

// check holds one exchange against the document: every answer must be as it says, and what is answered by 200 must have
// been a request as it says.
func (s *spec) check(g *rig, a ask, sent http.Header, r reply) {
	t := g.t
	t.Helper()
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s %s: header %s is %q, want %q", a.method, a.path, name, got, want)
		}
	}
	pattern, params := s.find(a.path)
	if ct := r.header.Get("Content-Type"); ct != "application/json; charset=utf-8" && pattern != "/openapi.yaml" && !isRepairFile(a, r) {
		t.Errorf("%s %s: Content-Type is %q", a.method, a.path, ct)
	}
	method := a.method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var op *openapi3.Operation
	item := s.doc.Paths.Value(pattern)
	if item != nil {
		op = item.GetOperation(method)
	}
	if op == nil {
		s.checkUnlisted(g, a, item, r)
		return
	}
	route := &routers.Route{Spec: s.doc, Path: pattern, PathItem: item, Method: method, Operation: op}
	s.note(g.from, method, pattern, r.status)
	req := s.request(t, a, sent)
	in := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if r.status == http.StatusOK && !a.odd {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			t.Errorf("%s %s was answered by 200, and the document does not allow it: %v\nrequest: %s", a.method, a.path, err, shorten(a.body))
		}
	}
	s.checkReply(t, a, in, r)
}

// isRepairFile reports whether an answer is a file of rows, and says it is one.
func isRepairFile(a ask, r reply) bool {
	ct := r.header.Get("Content-Type")
	return r.status == http.StatusOK && strings.Contains(a.path, "format=csv") && ct == "text/csv; charset=utf-8" ||
		strings.Contains(a.path, "format=jsonl") && ct == "application/x-ndjson; charset=utf-8"
}

// note remembers that a status was met; a path is exercised for 405 by any method it does not have.
func (s *spec) note(on *store, method, pattern string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[on.name] == nil {
		s.seen[on.name] = map[string]bool{}
	}
	s.seen[on.name][fmt.Sprintf("%s %s %d", method, pattern, status)] = true
}

func (s *spec) checkReply(t *testing.T, a ask, in *openapi3filter.RequestValidationInput, r reply) {
	t.Helper()
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: r.status, Header: r.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: a.method == http.MethodHead},
	}
	out.SetBodyBytes([]byte(r.body))
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		t.Errorf("%s %s: the answer is not as documented: %v\nanswer: %d %s", a.method, a.path, err, r.status, shorten(r.body))
	}
}

// checkUnlisted checks the answer for a path or a method that the document does not have.
func (s *spec) checkUnlisted(g *rig, a ask, item *openapi3.PathItem, r reply) {
	t := g.t
	t.Helper()
	want, code, ref := http.StatusNotFound, 40400, "NotFound"
	if item != nil {
		want, code, ref = http.StatusMethodNotAllowed, 40000, "MethodNotAllowed"
		pattern, _ := s.find(a.path)
		for method := range item.Operations() {
			s.note(g.from, method, pattern, want)
		}
	}
	if r.status != want || a.method != http.MethodHead && r.code() != code {
		t.Errorf("%s %s: answered %d %s, want %d with code %d", a.method, a.path, r.status, shorten(r.body), want, code)
	}
	op := &openapi3.Operation{Responses: openapi3.NewResponses(openapi3.WithStatus(want, s.doc.Components.Responses[ref]))}
	req, _ := http.NewRequest(a.method, "http://stele/", nil)
	s.checkReply(t, a, &openapi3filter.RequestValidationInput{Request: req, Route: &routers.Route{Spec: s.doc, Operation: op}}, r)
}

// request is the request as the document speaks of it: decoded, without a byte order mark, and JSON whatever it claims.
func (s *spec) request(t *testing.T, a ask, sent http.Header) *http.Request {
	t.Helper()
	body := []byte(a.body)
	if strings.Contains(strings.ToLower(sent.Get("Content-Encoding")), "gzip") {
		if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, _ = io.ReadAll(io.LimitReader(z, 1<<20))
		}
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	var r io.Reader
	if len(body) > 0 {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequest(a.method, "http://stele"+a.path, r)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range sent {
		req.Header[name] = values
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}
