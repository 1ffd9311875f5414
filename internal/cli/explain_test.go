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
		{404, `{"code":40400,"message":"Not found: there is no agent \"a\""}`, "Not found: there is no agent \"a\"; `stele agent list` shows those there are"},
		{404, `404 page not found`, "URL does not answer as stele does (HTTP 404): is --url (STELE_URL) right?"},
		{502, `<html>`, "URL does not answer as stele does (HTTP 502): is --url (STELE_URL) right?"},
		{503, `{"code":50000,"message":"Internal system error: busy"}`, "Internal system error: busy"},
		{200, `<html>`, "the answer of URL is not what Stele sends: invalid character '<' looking for beginning of value; is --url (STELE_URL) right?"},
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
			want := "stele: " + atURL(c.want, srv.URL) + "\n"
			if status != exitRefused || stdout.Len() > 0 || stderr.String() != want {
				t.Errorf("%s, HTTP %d: status %d, printed %q\n%swant\n%s", command, c.status, status, &stdout, &stderr, want)
			}
		}
		srv.Close()
	}
}

// TestExplainForAgent: the same of an API key, and of tables.
func TestExplainForAgent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{401, `{"code":40127,"message":"Developer authentication failed"}`, "the API key was refused: the one in STELE_API_KEY is none of the server at URL; `stele key create --agent AGENT` makes one"},
		{401, `{"code":40107,"message":"Credentials expired"}`, "Credentials expired: `stele key create --agent AGENT` makes another"},
		{403, `{"code":403131,"message":"No permission to access table: the API key lacks the scope write"}`, "No permission to access table: the API key lacks the scope write: `stele key create --agent AGENT --scope read,write` makes one that has it"},
		{429, `{"code":40008,"message":"Agent RPM request limit exceeded"}`, "Agent RPM request limit exceeded: try again in 7s"},
		{200, `{"tables":[{"table_id":"1","name":"parcels"},{"table_id":"2","name":"letters"}]}`, "the agent has no table parcel, but parcels; `stele table list` shows those it has"},
		{200, `{"tables":[{"table_id":"1","name":"invoices"}]}`, "the agent has no table parcel; `stele table list` shows those it has"},
		{200, `{"tables":7}`, "the answer of URL is not what Stele sends: json: cannot unmarshal number into Go struct field .tables of type []client.TableCount; is --url (STELE_URL) right?"},
		{0, "", "the server at URL ended the connection before its answer was whole: its log says whether it stopped; is --url (STELE_URL) right?"},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if c.status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		status, stderr := agentCommand("table describe parcel --url=" + srv.URL)
		if want := "stele: " + atURL(c.want, srv.URL) + "\n"; status != exitRefused || stderr != want {
			t.Errorf("HTTP %d: status %d, printed\n%swant\n%s", c.status, status, stderr, want)
		}
		srv.Close()
	}
	srv := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	for url, want := range map[string]string{
		"http://127.0.0.1:1":                         "stele: no server answers at http://127.0.0.1:1: start one with `stele serve`, or name another with --url (STELE_URL)\n",
		strings.Replace(srv.URL, "http", "https", 1): "does not speak https: write http:// in --url (STELE_URL)\n",
		"http://no-such-host.invalid":                "stele: the host no-such-host.invalid of http://no-such-host.invalid is not found: is --url (STELE_URL) right?\n",
	} {
		if status, stderr := agentCommand("table list --url=" + url); status != exitRefused || !strings.HasSuffix(stderr, want) {
			t.Errorf("%s: status %d, %s", url, status, stderr)
		}
	}
}

// atURL puts an address for the word URL, where it is not a part of a variable's name.
func atURL(text, url string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "URL", url), "STELE_"+url, "STELE_URL")
}

// agentCommand runs a command with an API key.
func agentCommand(line string) (status int, stderr string) {
	var out, errs bytes.Buffer
	status = Main(context.Background(), strings.Fields(line), Process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: []string{apiKeyVar + "=app-x"}})
	return status, errs.String()
}

// TestNoCommand: a command that is not there is told with the one that may be meant.
func TestNoCommand(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"improt":                         "there is no command `stele improt`; did you mean `stele import`? (`stele help` lists all)",
		"tables":                         "there is no command `stele tables`; did you mean `stele table`? (`stele help` lists all)",
		"dance":                          "there is no command `stele dance`; `stele help` lists all",
		"table lst":                      "there is no command `stele table lst`; did you mean `stele table list`? (`stele help` lists all)",
		"help table lst":                 "there is no command `stele table lst`; did you mean `stele table list`? (`stele help` lists all)",
		"table list x":                   "unexpected argument x (see `stele help table list`)",
		"--jsn table list":               "unknown flag --jsn (see `stele help`)",
		"import a --table t --mode both": "--mode must be one of partial, atomic, upsert; it is \"both\" (see `stele help import`)",
		"query x --format xml":           "--format must be one of table, csv, tsv, json, jsonl; it is \"xml\" (see `stele help query`)",
		"completion csh":                 "<shell> must be one of bash, zsh, fish; it is \"csh\" (see `stele help completion`)",
		"query --jsn":                    "unknown flag --jsn, did you mean \"--json\"? (see `stele help query`)",
	} {
		if status, stderr := agentCommand(line); status != exitUsage || stderr != "stele: "+want+"\n" {
			t.Errorf("%s: status %d, %s", line, status, stderr)
		}
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
		{"absent file", "absent", "", exitRefused, "stele: no admin key: open absent: no such file or directory; name the server's DATA/admin.key with --admin-key-file, or set STELE_ADMIN_KEY\n"},
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

// TestFlagsBeforeCommand: flags may stand before the command as well, with a value or without.
func TestFlagsBeforeCommand(t *testing.T) {
	t.Parallel()
	const want = "stele: no server answers at http://127.0.0.1:1: start one with `stele serve`, or name another with --url (STELE_URL)\n"
	for _, line := range []string{
		"--url http://127.0.0.1:1 table list", "--url=http://127.0.0.1:1 --json table list", "--json --url http://127.0.0.1:1 table list --json",
		"--dry-run --url=http://127.0.0.1:1 table drop parcels", "--url http://127.0.0.1:1 table describe -- --url",
	} {
		if status, stderr := agentCommand(line); status != exitRefused || stderr != want {
			t.Errorf("%s: status %d, %s", line, status, stderr)
		}
	}
	for line, want := range map[string]string{
		"--url":                    "stele: unknown flag --url",
		"--required a import x":    "stele: unknown flag --required", // of import it has a value, of `table add-field` none
		"--url http://x":           "stele: unknown flag --url",
		"--url http://x table lst": "stele: there is no command `stele table lst`",
	} {
		if status, stderr := agentCommand(line); status != exitUsage || !strings.HasPrefix(stderr, want) {
			t.Errorf("%s: status %d, %s", line, status, stderr)
		}
	}
}
