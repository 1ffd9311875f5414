package server

import (
	"fmt"
	"io"
	"net"

	"stele/internal/console"
)

// welcome is printed once, on the very first start: what this is, the key of the first agent, and commands that show
// it at work. %[1]s is the base URL, %[2]s the key, %[3]s says where this is the first start, %[4]s is empty or the
// paragraph of the admin key, %[5]s empty or the one of the console. The README has the same three commands; a test runs both.
const welcome = `Stele keeps tables for AI agents, behind the Database API of GPTBots and AltaTech.

This is the first start %[3]s, so an agent named "default" was made.
Its API key is shown only now:

    %[2]s

Paste this into another terminal to create a table, import two rows and read them back:

    url=%[1]s key=%[2]s

    table=$(curl -sS $url/v1/database/create-table -H "Authorization: Bearer $key" -d '{
      "name": "parcels", "description": "parcels on their way", "fields": [
        {"name": "code", "type": "TEXT", "description": "tracking code", "required": true, "unique": true},
        {"name": "weight_g", "type": "INT", "description": "weight in grams"}]}' | grep -oE '[0-9a-f]{24}')

    curl -sS -w '\n' $url/v1/database/import/records -H "Authorization: Bearer $key" -d '{
      "table_id": "'$table'", "records": [{"code": "PX-1", "weight_g": 1200}, {"code": "PX-2", "weight_g": 800}]}'

    curl -sS -w '\n' $url/v1/database/records/page -H "Authorization: Bearer $key" -d '{
      "table_id": "'$table'", "page": 1, "page_size": 10}'

%[5]s%[4]sMore agents and keys: stele agent --help, stele key --help. Stop with Ctrl-C.

`

// shownConsole says where the web console is. %[1]s is its URL.
const shownConsole = `In a browser, with the same key: %[1]s

`

// shownAdminKey is printed when a database has been given an admin key: it keeps only the hash. %[1]s is the key.
const shownAdminKey = `The admin key is shown only now; the database keeps its hash. Set it for "stele agent" and "stele key":

    export STELE_ADMIN_KEY=%[1]s

`

// adopted is printed when agents' files were there that the catalog did not know, as when it was lost: no key opens them.
const adopted = `Found %d agents that the catalog did not know. Their tables and records are as they were; their keys are lost.
` + "`stele agent list` shows them, `stele key create --agent NAME` makes a new key.\n\n"

// printListening is the one line that every start prints.
func printListening(w io.Writer, a Addresses, cfg *Config, place string) {
	pages, metrics := "", "no metrics"
	if cfg.hasConsole() {
		pages = "console on " + baseURL(a.API) + console.Prefix + ", "
	}
	if at := metricsURL(a); at != "" {
		metrics = "metrics on " + at
	}
	_, _ = fmt.Fprintf(w, "stele listens on %s, %s%s, data in %s\n", baseURL(a.API), pages, metrics, place)
}

// metricsURL is where this machine reads the metrics, "" if they are off.
func metricsURL(a Addresses) string {
	if a.Metrics == nil {
		return ""
	}
	return baseURL(a.Metrics) + "/metrics"
}

// baseURL is a URL under which this machine reaches the address: one that listens everywhere is reached by loopback.
func baseURL(a net.Addr) string {
	host, port, _ := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
