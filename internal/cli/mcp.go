package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"stele/client"
)

// apiKeyVar is the variable that carries an API key. No flag does: `ps` shows flags to everybody.
const apiKeyVar = "STELE_API_KEY"

// agentConnection is the flags of every command that speaks to a running server for an agent.
type agentConnection struct {
	URL        string `name:"url" help:"Server to speak to." default:"http://127.0.0.1:8080" env:"STELE_URL" group:"The server and the key"`
	APIKeyFile string `name:"api-key-file" help:"File with the agent's API key, unless STELE_API_KEY holds it." env:"STELE_API_KEY_FILE" placeholder:"FILE" complete:"file" group:"The server and the key"`
}

// key finds the API key, and says where it came from.
func (c *agentConnection) key(p *Process) (key, source string, err error) {
	if err := checkURL(c.URL); err != nil {
		return "", "", err
	}
	key = lookup(p.Environ, apiKeyVar)
	switch {
	case key != "" && c.APIKeyFile != "":
		return "", "", usageError{fmt.Errorf("%s and --api-key-file (STELE_API_KEY_FILE) are both given: which is meant?", apiKeyVar)}
	case key == "" && c.APIKeyFile == "":
		return "", "", usageError{fmt.Errorf("no API key: set %s, or name a file that holds it with --api-key-file; `stele key create --agent AGENT` makes one", apiKeyVar)}
	case key != "":
		return key, apiKeyVar, nil
	}
	b, err := os.ReadFile(c.APIKeyFile)
	if err != nil {
		return "", "", fmt.Errorf("no API key: %w; the file is named by --api-key-file (STELE_API_KEY_FILE)", err)
	}
	if key = strings.TrimSpace(string(b)); key == "" {
		return "", "", errors.New("no API key: the file " + c.APIKeyFile + " is empty")
	}
	return key, c.APIKeyFile, nil
}

// open returns a session with the API key, which asks once: who waits at a terminal wants to know at once that nobody answers.
func (c *agentConnection) open(p *Process) (session, error) {
	key, source, err := c.key(p)
	if err != nil {
		return session{}, err
	}
	cl := client.New(c.URL, key)
	cl.Retry.Attempts = 1
	return session{cl, fmt.Sprintf("the API key was refused: the one in %s is none of the server at %s; `stele key create --agent AGENT` makes one", source, c.URL)}, nil
}

type mcpCmd struct {
	agentConnection
}

// Run carries messages between standard input and output and the server, until the input ends.
func (c *mcpCmd) Run(ctx context.Context, p *Process) error {
	s, err := c.open(p)
	if err != nil {
		return err
	}
	// Without what client.New adds: a model is told that its key's requests are used up, rather than left to wait.
	s.Client = &client.Client{URL: s.URL, Key: s.Key, Retry: s.Retry}
	b := &bridge{server: s, out: p.Stdout, log: p.Stderr, calls: map[string]context.CancelFunc{}}
	return b.run(ctx, p.Stdin)
}
