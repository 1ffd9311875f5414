package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"stele/client"
)

// explain turns what went wrong into a line that names the next step.
func (s session) explain(err error) error {
	if silent, ok := errors.AsType[*client.UnreachableError](err); ok {
		return s.explainSilence(err, silent)
	}
	if refused, ok := errors.AsType[*client.Error](err); ok {
		return s.explainRefusal(refused)
	}
	if errors.As(err, new(*json.SyntaxError)) || errors.As(err, new(*json.UnmarshalTypeError)) {
		return fmt.Errorf("%w; is --url (STELE_URL) right?", err)
	}
	return err
}

// explainSilence says why no answer came.
func (s session) explainSilence(err error, silent *client.UnreachableError) error {
	var host *net.DNSError
	var slow net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no server answers at %s: start one with `stele serve`, or name another with --url (STELE_URL)", s.URL)
	case errors.As(err, &host):
		return fmt.Errorf("the host %s of %s is not found: is --url (STELE_URL) right?", host.Name, s.URL)
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return fmt.Errorf("the server at %s cannot prove that it is the one: %w; is --url (STELE_URL) right?", s.URL, silent)
	case errors.As(err, new(tls.RecordHeaderError)), strings.Contains(silent.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("the server at %s does not speak https: write http:// in --url (STELE_URL)", s.URL)
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted: what was asked of the server last may have been done")
	case errors.As(err, &slow) && slow.Timeout():
		return fmt.Errorf("no answer came from %s in time: is it reachable from here, and is --url (STELE_URL) right?", s.URL)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("the server at %s ended the connection before its answer was whole: its log says whether it stopped; is --url (STELE_URL) right?", s.URL)
	}
	return fmt.Errorf("%w; is --url (STELE_URL) right?", err)
}

// explainRefusal says what to do about an answer. Where the server's own message names the way out, that is all.
func (s session) explainRefusal(refused *client.Error) error {
	switch says := refused.Message; refused.Code {
	case 0:
		return fmt.Errorf("%s does not answer as stele does (HTTP %d): is --url (STELE_URL) right?", s.URL, refused.Status)
	case client.CodeUnauthenticated:
		return errors.New(s.refused)
	case client.CodeKeyExpired:
		return fmt.Errorf("%s: `stele key create --agent AGENT` makes another", says)
	case client.CodeRateLimited:
		if refused.RetryAfter > 0 {
			return fmt.Errorf("%s: try again in %s", says, refused.RetryAfter)
		}
	case client.CodeForbidden:
		if scope := regexp.MustCompile(`lacks the scope (\w+)`).FindStringSubmatch(says); scope != nil {
			with := map[string]string{"read": "read", "write": "read,write", "schema": "read,write,schema"}[scope[1]]
			return fmt.Errorf("%s: `stele key create --agent AGENT --scope %s` makes one that has it", says, with)
		}
	case client.CodeTableExists:
		return fmt.Errorf("%s; `stele table list` shows the agent's tables", says)
	case client.CodeNotFound:
		switch {
		case strings.Contains(says, "agent"):
			return fmt.Errorf("%s; `stele agent list` shows those there are", says)
		case strings.Contains(says, "key"):
			return fmt.Errorf("%s; `stele key list --agent AGENT` shows an agent's", says)
		}
	}
	if moreTables.MatchString(refused.Message) {
		return fmt.Errorf("%s; `stele table list` shows all", refused.Message)
	}
	return errors.New(refused.Message)
}

// moreTables is a refusal of a question that names some of the agent's tables.
var moreTables = regexp.MustCompile(`; the tables are .* and \d+ more$`)

// noTableError says that a table is not there, and which are that have a name like it.
type noTableError struct {
	name string
	near string
}

func (e noTableError) Error() string {
	text := "the agent has no table " + e.name
	if e.near != "" {
		text += ", but " + e.near
	}
	return text + "; `stele table list` shows those it has"
}

// noTable looks for a name like the one that is not there.
func noTable(name string, tables []client.TableCount) noTableError {
	var all []string
	for _, t := range tables {
		all = append(all, t.Name)
	}
	return noTableError{oneLine(name, 80), alike(name, all)}
}

// alike is the nearest name, if it is near enough to be meant; "" otherwise.
func alike(name string, names []string) string {
	if name == "" || len(name) > 100 { // as long as a name may be, and more
		return ""
	}
	near := nearest(name, names)
	if near == "" || !strings.HasPrefix(near, name) && distance(strings.ToLower(name), near) > max(1, len(name)/3) {
		return ""
	}
	return near
}

// explainLine says what is wrong with a command line, and what to type instead.
func explainLine(err error, app *kong.Application) error {
	node := app.Node
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil && parse.Context.Selected() != nil {
		node = parse.Context.Selected()
	}
	err = plainEnum(err)
	see := fmt.Errorf("%w (see `stele help%s`)", err, strings.TrimPrefix(node.FullPath(), "stele"))
	word, ok := strings.CutPrefix(err.Error(), "unexpected argument ")
	if !ok || len(node.Children) == 0 {
		return see
	}
	word, _, _ = strings.Cut(word, ", did you mean")
	var names []string
	for _, c := range node.Children {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	text := fmt.Sprintf("there is no command `%s %s`", node.FullPath(), oneLine(word, 80))
	if near := alike(word, names); near != "" {
		return fmt.Errorf("%s; did you mean `%s %s`? (`stele help` lists all)", text, node.FullPath(), near)
	}
	return fmt.Errorf("%s; `stele help` lists all", text)
}
