package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestGuardsThrough has a server that answers every question: each attack that may not be answered is told, and the command fails.
func TestGuardsThrough(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"/admin/v1/agents":            `{"id":"0123456789abcdef01234567","name":"a"}`,
		"/v1/database/create-table":   `{"data":"0123456789abcdef01234567"}`,
		"/v1/database/import/records": `"0123456789abcdef01234567"`,
		"/v1/database/schema":         `{"code":0,"engine":"sqlite"}`,
		"/v1/database/query":          `{"code":0,"columns":[{"name":"n","type":"INT"}],"rows":[[100]],"row_count":1}`,
		"/v1/database/tables/page":    `{"tables":[{"table_id":"0123456789abcdef01234567"}]}`,
		"/v1/database/records/page":   `{}`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/gptbots"), "/v2")]
		if !ok {
			answer = `{"id":"key_1","key":"app-x","secret":"app-x"}`
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(srv.Close)
	var out, errs bytes.Buffer
	status := Main(t.Context(), []string{"verify-guards", "--url", srv.URL, "--only", "files", "--beside", "0"},
		Process{Stdout: &out, Stderr: &errs, Environ: []string{adminKeyVar + "=x"}})
	if status != exitRefused || !strings.Contains(errs.String(), "attacks got through") || !strings.Contains(out.String(), "THROUGH  files      sqlite     sqlite: attach ") {
		t.Errorf("status %d\n%s%s", status, &out, &errs)
	}
}
