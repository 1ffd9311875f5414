package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Place is a database for people: its URL without the password and the settings.
func Place(address string) string {
	cc, err := pgx.ParseConfig(address)
	if err != nil || checkURL(address) != nil {
		return "a database"
	}
	servers, sockets := serversOf(cc)
	u := url.URL{Scheme: "postgres", User: url.User(cc.User), Host: strings.Join(servers, ","), Path: "/" + databaseOf(cc)}
	if len(sockets) > 0 {
		u.RawQuery = "host=" + strings.Join(sockets, ",")
	}
	return u.String()
}

// databaseOf is the name of the database, which is the user's where none is given.
func databaseOf(cc *pgx.ConnConfig) string {
	if cc.Database == "" {
		return cc.User
	}
	return cc.Database
}

// serversOf lists the servers of a URL, each once: HOST:PORT, and the folders of sockets.
func serversOf(cc *pgx.ConnConfig) (servers, sockets []string) {
	add := func(host string, port uint16) {
		list, name := &servers, net.JoinHostPort(host, strconv.Itoa(int(port)))
		if strings.HasPrefix(host, "/") {
			list, name = &sockets, host
		}
		if !slices.Contains(*list, name) { // it comes twice where TLS is tried first
			*list = append(*list, name)
		}
	}
	add(cc.Host, cc.Port)
	for _, f := range cc.Fallbacks {
		add(f.Host, f.Port)
	}
	return servers, sockets
}

// unreadable is the error of a URL that cannot be read. It never shows the URL, which may hold a password.
func unreadable(reason string) error {
	return fmt.Errorf("the database's URL cannot be read%s: write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE, "+
		"with special characters in the password percent-encoded (@ as %%40, / as %%2F)", reason)
}

var (
	scheme   = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	keyValue = regexp.MustCompile(`^\s*[a-z_]+\s*=`) // libpq's other form
)

// checkURL refuses what the driver would take for something else than was meant, so that a part of a password became the
// name of a host or of a database, which messages show.
func checkURL(address string) error {
	m := scheme.FindStringSubmatch(address)
	switch {
	case m == nil && keyValue.MatchString(address):
		return nil
	case m == nil:
		return unreadable("")
	case m[1] != "postgres" && m[1] != "postgresql":
		return fmt.Errorf("the database's URL begins with %s://, and Stele knows PostgreSQL alone: write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE", m[1])
	}
	rest := address[len(m[0]):]
	if i := strings.IndexAny(rest, "@/"); i >= 0 {
		if rest, _, _ = strings.Cut(rest[i+1:], "?"); strings.Contains(rest, "@") {
			return unreadable(" (there is an @ too many, or a / before it)")
		}
	}
	return nil
}

// reasonOf is what can be said of a URL that the driver could not read, without showing it.
func reasonOf(err error) string {
	e, ok := errors.AsType[*pgconn.ParseConfigError](err)
	if !ok {
		return ""
	}
	text := e.Error() // cannot parse `...`: what is wrong (why)
	text, _, _ = strings.Cut(text[strings.LastIndex(text, "`: ")+len("`: "):], ` (strconv.`)
	if strings.ContainsAny(text, "`\"") { // it quotes
		return ""
	}
	return " (" + text + ")"
}

// explainConnect turns a failure to connect into a line for whoever starts the server.
func explainConnect(cc *pgx.ConnConfig, err error) error {
	servers, sockets := serversOf(cc)
	where := strings.Join(append(servers, sockets...), ",")
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "28P01", "28000":
			return fmt.Errorf("the PostgreSQL server at %s refuses the user %q: %s: correct the user or the password, or what the server allows", where, cc.User, e.Message)
		case "3D000":
			return fmt.Errorf("the PostgreSQL server at %s has no database %q: create it, or correct the database's URL", where, databaseOf(cc))
		case "53300":
			return fmt.Errorf("the PostgreSQL server at %s has no connection left (%s): lower --pool on the replicas, or raise its max_connections", where, e.Message)
		}
		return fmt.Errorf("the PostgreSQL server at %s refuses the connection: %s (SQLSTATE %s)", where, e.Message, e.Code)
	}
	reasons := reasonsOf(err)
	text := strings.Join(reasons, "; ")
	switch {
	case text == errStandby.Error():
		return fmt.Errorf("the PostgreSQL server at %s is a read-only standby: give the URL of the primary, or of all servers as postgres://USER@HOST1:PORT1,HOST2:PORT2/DATABASE", where)
	case slices.Contains(reasons, errStandby.Error()):
		return fmt.Errorf("no PostgreSQL server that can be written to answers at %s (%s): start the primary, or correct the database's URL", where, text)
	}
	return fmt.Errorf("no PostgreSQL server answers at %s (%s): start it, or correct the database's URL", where, text)
}

// reasonsOf says for each of the servers that were tried why there is no connection, each reason once.
func reasonsOf(err error) (reasons []string) {
	for e := err; e != nil; e = errors.Unwrap(e) {
		several, ok := e.(interface{ Unwrap() []error })
		if !ok {
			continue
		}
		for _, one := range several.Unwrap() {
			for _, r := range reasonsOf(one) {
				if !slices.Contains(reasons, r) {
					reasons = append(reasons, r)
				}
			}
		}
		return reasons
	}
	return []string{reasonFor(err)}
}

func reasonFor(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.Is(err, errStandby):
		return errStandby.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the host name " + dns.Name + " is not known"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &op):
		return strings.TrimPrefix(op.Err.Error(), "connect: ")
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}
