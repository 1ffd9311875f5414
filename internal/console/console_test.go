package console

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestSize loads all files as a browser does: together they stay small.
func TestSize(t *testing.T) {
	t.Parallel()
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	sent, files := 0, 0
	err = fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+Prefix+strings.TrimPrefix(name, "static/"), nil)
		if err != nil {
			return err
		}
		r.Header.Set("Accept-Encoding", "gzip") // said here, the client leaves what comes as it is
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, answer.Status)
		}
		sent, files = sent+len(body), files+1
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d bytes as they are sent", files, sent)
	if sent > 400_000 {
		t.Errorf("the console's files have %d bytes as they are sent, more than 400 kB", sent)
	}
}
