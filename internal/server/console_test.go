package server

import (
	"compress/gzip"
	"crypto/sha256"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// consolePolicy is what every answer under /console/ must say, word for word: scripts and styles of this server alone, nothing in line,
// no other place to speak to, no page to frame it, and no text that becomes markup.
const consolePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// plain asks without a key, a jar or an encoding of its own, and follows no redirect.
func plain(t *testing.T, method, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// consoleFiles are those of the console, by their path under /console/.
func consoleFiles(t *testing.T) map[string]string {
	t.Helper()
	const root = "../console/static"
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestConsoleFiles: each file comes as it is, with its type, its tag and the policy; packed where that is asked for, and not at all where it is known.
func TestConsoleFiles(t *testing.T) {
	t.Parallel()
	r := run(t, testConfig(t))
	defer r.stop(t)
	types := map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	files := consoleFiles(t)
	files[""] = files["index.html"]
	tags := map[string][sha256.Size]byte{}
	for name, content := range files {
		url := r.url() + "/console/" + name
		resp, body := plain(t, http.MethodGet, url)
		wantType := types[filepath.Ext(name)]
		if name == "" {
			wantType = types[".html"]
		}
		if wantType != "" && resp.Header.Get("Content-Type") != wantType {
			t.Errorf("%s has the type %q, want %q", name, resp.Header.Get("Content-Type"), wantType)
		}
		if resp.StatusCode != http.StatusOK || body != content {
			t.Errorf("%s: %d with %d bytes, the file has %d", name, resp.StatusCode, len(body), len(content))
		}
		for header, want := range map[string]string{
			"Content-Security-Policy": consolePolicy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-cache", "Vary": "Accept-Encoding",
		} {
			if got := resp.Header.Get(header); got != want {
				t.Errorf("%s has %s: %q, want %q", name, header, got, want)
			}
		}
		tag := resp.Header.Get("ETag")
		if sum, known := tags[tag]; tag == "" || known && sum != sha256.Sum256([]byte(content)) {
			t.Errorf("%s has the tag %q, which is none or another file's", name, tag)
		}
		tags[tag] = sha256.Sum256([]byte(content))
		if resp, body := plain(t, http.MethodGet, url, "If-None-Match", `"other", `+tag); resp.StatusCode != http.StatusNotModified || body != "" || resp.Header.Get("Content-Security-Policy") != consolePolicy {
			t.Errorf("%s, known already: %d %q", name, resp.StatusCode, body)
		}
		if resp, body := plain(t, http.MethodHead, url); resp.StatusCode != http.StatusOK || body != "" || resp.ContentLength != int64(len(content)) {
			t.Errorf("HEAD of %s: %d, %d bytes, Content-Length %d", name, resp.StatusCode, len(body), resp.ContentLength)
		}
		resp, body = plain(t, http.MethodGet, url, "Accept-Encoding", "br, gzip")
		if resp.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			unpacked, err := io.ReadAll(z)
			if err != nil || string(unpacked) != content || len(body) >= len(content) {
				t.Errorf("%s packed: %v, %d bytes of %d", name, err, len(body), len(content))
			}
		} else if len(content) > 1000 {
			t.Errorf("%s does not come packed", name)
		}
	}
}

// TestConsoleRefusals: nothing but its files, by GET and HEAD; no way out of its folder.
func TestConsoleRefusals(t *testing.T) {
	t.Parallel()
	r := run(t, testConfig(t))
	defer r.stop(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		resp, _ := plain(t, method, r.url()+"/console/main.js")
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" || resp.Header.Get("Content-Security-Policy") != consolePolicy {
			t.Errorf("%s: %d, Allow: %s", method, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
	secret, err := os.ReadFile("../console/console.go")
	if err != nil {
		t.Fatal(err)
	}
	answered := 0
	for _, path := range []string{
		"nothing.js", "views", "views/", "index.html/", "%2e%2e/console.go", "../console.go", "views/../../console.go", "..%2fconsole.go", "views%2f..%2f..%2fconsole.go",
		"%00", "main.js%00.txt", "/etc/passwd", "%2fetc%2fpasswd", `..\console.go`, "static/main.js", "MAIN.JS",
	} {
		// As it stands: a client would clean the path up itself.
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.RequestURI, req.URL.Opaque, req.URL.Scheme, req.URL.Host = "", "//"+r.API.String()+"/console/"+path, "http", r.API.String()
		req.Close = true // no connection stays behind
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			continue // a path that no request can have
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		answered++
		if resp.StatusCode < 300 || strings.Contains(string(b), string(secret[:60])) || strings.Contains(string(b), "root:") {
			t.Errorf("%s: %d %.80s", path, resp.StatusCode, b)
		}
	}
	if answered < 12 {
		t.Errorf("only %d of these requests could be made", answered)
	}
}

// TestConsoleRedirect: a person who opens the bare address comes to the console; a program gets the answer that it always got.
func TestConsoleRedirect(t *testing.T) {
	t.Parallel()
	r := run(t, testConfig(t))
	defer r.stop(t)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		method, path, accept string
		status               int
		location, body       string
	}{
		{"GET", "/", browser, 303, "/console/", ""},
		{"GET", "/console", browser, 303, "/console/", ""},
		{"GET", "/console", "", 303, "/console/", ""},
		{"GET", "/", "", 404, "", `"code":40400`},
		{"GET", "/", "*/*", 404, "", `"code":40400`},
		{"GET", "/", "application/json", 404, "", `"code":40400`},
		{"POST", "/", browser, 404, "", `"code":40400`},
		{"GET", "/gptbots/", browser, 404, "", `"code":40400`},
		{"GET", "/gptbots/console/", browser, 404, "", `"code":40400`},
		{"GET", "/console.css", browser, 404, "", `"code":40400`},
		{"GET", "/v1/console/", browser, 404, "", `"code":40400`},
		{"GET", "/healthz", browser, 200, "", ""},
	} {
		resp, body := plain(t, c.method, r.url()+c.path, "Accept", c.accept)
		if resp.StatusCode != c.status || resp.Header.Get("Location") != c.location || !strings.Contains(body, c.body) {
			t.Errorf("%s %s for %q: %d to %q, %.100s", c.method, c.path, c.accept, resp.StatusCode, resp.Header.Get("Location"), body)
		}
	}
}

// TestConsoleOff: with --console off there is no trace of it, and the API is as it was.
func TestConsoleOff(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Console = Off
	r := run(t, cfg)
	defer r.stop(t)
	for _, path := range []string{"/", "/console", "/console/", "/console/main.js"} {
		resp, body := plain(t, http.MethodGet, r.url()+path, "Accept", "text/html")
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(body, `"code":40400`) {
			t.Errorf("%s: %d %.100s", path, resp.StatusCode, body)
		}
	}
	if out := r.stdout.String(); strings.Contains(out, "console") || strings.Contains(out, "browser") {
		t.Errorf("the start names a console that is not there:\n%s", out)
	}
	if status, _ := get(t, r.url()+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
}
