package cli

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestExplain: whatever answers under --url, the line on standard error says what to do next.
func TestExplain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{401, `{"code":40127,"message":"Developer authentication failed"}`, "the admin key was refused: the one in STELE_ADMIN_KEY is not that of the server at URL; its own is in its data directory, in admin.key, or was shown by the first start on its database"},
		{404, `{"code":40400,"message":"Not found: there is no agent \"a\""}`, "Not found: there is no agent \"a\""},
		{404, `404 page not found`, "URL does not answer as stele does (HTTP 404): is --url right?"},
		{502, `<html>`, "URL does not answer as stele does (HTTP 502): is --url right?"},
		{503, `{"code":50000,"message":"Internal system error: busy"}`, "Internal system error: busy"},
		{200, `<html>`, "the answer of URL is not what Stele sends: invalid character '<' looking for beginning of value"},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		for _, command := range []string{"agent create a", "agent list", "agent delete a --yes", "key create --agent=a", "key list --agent=a", "key revoke key_1"} {
			if c.status == 200 && command == "key revoke key_1" {
				continue // it reads nothing of the answer
			}
			var stdout, stderr bytes.Buffer
			status := Main(context.Background(), append(strings.Fields(command), "--url="+srv.URL), Process{
				Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Environ: []string{adminKeyVar + "=the-key-of-a-test"},
			})
			want := "stele: " + strings.ReplaceAll(c.want, "URL", srv.URL) + "\n"
			if status != exitRefused || stdout.Len() > 0 || stderr.String() != want {
				t.Errorf("%s, HTTP %d: status %d, printed %q\n%swant\n%s", command, c.status, status, &stdout, &stderr, want)
			}
		}
		srv.Close()
	}
}

// TestAdminKeyOfCommands: where a command takes the admin key from.
func TestAdminKeyOfCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, variable string
		status               int
		want                 string
	}{
		{"none", "", "", exitRefused, "stele: no admin key: there is no stele-data/admin.key here; name the server's DATA/admin.key with --admin-key-file, or set STELE_ADMIN_KEY\n"},
		{"absent file", "absent", "", exitRefused, "stele: no admin key: open absent: no such file or directory\n"},
		{"both", "file", "key", exitUsage, "stele: STELE_ADMIN_KEY and --admin-key-file (STELE_ADMIN_KEY_FILE) are both given: which is meant?\n"},
	} {
		args := []string{"agent", "list", "--url=http://127.0.0.1:1"}
		if c.file != "" {
			args = append(args, "--admin-key-file="+c.file)
		}
		var stdout, stderr bytes.Buffer
		status := Main(context.Background(), args, Process{
			Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Environ: []string{adminKeyVar + "=" + c.variable},
		})
		if status != c.status || stderr.String() != c.want || stdout.Len() > 0 {
			t.Errorf("%s: status %d, %s%s", c.name, status, &stdout, &stderr)
		}
	}
}
