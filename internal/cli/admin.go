package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"stele/client"
)

// connection is the flags of every command that speaks to a running server.
type connection struct {
	URL          string `name:"url" help:"Server to speak to." default:"http://127.0.0.1:8080" env:"STELE_URL" group:"The server and the key"`
	AdminKeyFile string `help:"File with the admin key, unless STELE_ADMIN_KEY holds it. Default: ./stele-data/admin.key." env:"STELE_ADMIN_KEY_FILE" placeholder:"FILE" complete:"file" group:"The server and the key"`
	jsonFlag
}

// jsonFlag is the flag of every command that prints something for a program to read. With it standard output is one JSON document, whose
// names are in lower case with _ between words, and has nothing else.
type jsonFlag struct {
	JSON bool `name:"json" help:"Print the answer as JSON, whole and as one document."`
}

const defaultAdminKeyFile = "stele-data/admin.key"

// session is a client, and what to say where its key is refused.
type session struct {
	*client.Client
	refused string
}

// manyRequests is a client for a session's server that paces itself, keeps as many connections as it has requests on their way, and gives
// long bodies to the system in few pieces.
func manyRequests(s session, flying int) *client.Client {
	c := client.New(s.URL, s.Key)
	if usual, ok := http.DefaultTransport.(*http.Transport); ok {
		t := usual.Clone()
		t.MaxIdleConnsPerHost, t.WriteBufferSize, t.ReadBufferSize = flying, 64<<10, 64<<10
		c.HTTP = &http.Client{Transport: t}
	}
	return c
}

// checkURL refuses a --url that leads nowhere.
func checkURL(url string) error {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return usageError{fmt.Errorf("--url must begin with http:// or https://; got %q", url)}
	}
	return nil
}

// open finds the admin key.
func (c *connection) open(p *Process) (session, error) {
	if err := checkURL(c.URL); err != nil {
		return session{}, err
	}
	key, file := lookup(p.Environ, adminKeyVar), c.AdminKeyFile
	switch {
	case key != "" && file != "":
		return session{}, usageError{fmt.Errorf("%s and --admin-key-file (STELE_ADMIN_KEY_FILE) are both given: which is meant?", adminKeyVar)}
	case key != "":
		return c.session(key, adminKeyVar), nil
	case file == "":
		file = defaultAdminKeyFile
	}
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.AdminKeyFile == "":
		return session{}, fmt.Errorf("no admin key: there is no %s here; name the server's DATA/admin.key with --admin-key-file, or set %s", file, adminKeyVar)
	case err != nil:
		return session{}, fmt.Errorf("no admin key: %w; name the server's DATA/admin.key with --admin-key-file, or set STELE_ADMIN_KEY", err)
	}
	return c.session(strings.TrimSpace(string(b)), file), nil
}

// session asks once: who waits at a terminal wants to know at once that nobody answers.
func (c *connection) session(key, source string) session {
	return session{&client.Client{URL: c.URL, Key: key, Retry: client.RetryPolicy{Attempts: 1}}, fmt.Sprintf("the admin key was refused: the one in %s is not that of the server at %s; its own is in its data directory, in admin.key, or was shown by the first start on its database", source, c.URL)}
}

// printJSON prints an answer whole.
func printJSON(p *Process, v any) error {
	e := json.NewEncoder(p.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// run opens a session, calls f, and explains what went wrong.
func (c *connection) run(p *Process, f func(session) error) error {
	s, err := c.open(p)
	if err != nil {
		return err
	}
	if err := f(s); err != nil {
		return s.explain(err)
	}
	return nil
}
