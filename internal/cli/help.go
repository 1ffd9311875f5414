package cli

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// page is what `stele help` shows. A test holds it against the commands there are.
const page = `stele keeps tables for AI agents, behind the Database API of GPTBots and
AltaTech.

To begin: run a server, which prints an API key; then, in another terminal,

  export STELE_API_KEY=app-...
  stele import films.csv --table films --create
  stele query "SELECT title FROM films ORDER BY title"

A server

  stele serve                      run one on 127.0.0.1:8080, with its data in
                                   ./stele-data
  stele serve --database URL       the same, with its data in PostgreSQL

Rows in and out, with an API key

  stele import FILE... --table NAME
        [--create [--yes]] [--mode upsert --key FIELD] [--dry-run]
                                   add the rows of CSV, TSV, JSON, JSON Lines,
                                   XLSX and Parquet files, packed or not, to a
                                   table, or make one of them
  stele export TABLE [-o FILE]     write a table, or the answer to --query SQL,
        [--format csv]             into such a file; --bom for Excel
  stele query SQL                  print the answer to a SELECT: a table on a
        [--format csv]             terminal, else CSV

An agent's tables, with an API key; TABLE is a name or an id

  stele table list                 list tables
  stele table describe TABLE       show a table's fields
  stele table create NAME FIELD:TYPE[:required,unique]...
        [--description TEXT]       make a table; --file FILE: of JSON
  stele table add-field TABLE FIELD TYPE
        [--required] [--unique] [--default VALUE] [--description TEXT]
  stele table rename-field TABLE FIELD NAME
  stele table change-type TABLE FIELD TYPE
  stele table require TABLE FIELD  every record needs a value; --off: no longer
  stele table unique TABLE FIELD   values differ; --off: no longer
  stele table drop-field TABLE FIELD
  stele table set-description TABLE TEXT
        [--field FIELD]            say what a table or a field holds
  stele table index TABLE          have an index answer keywords; --off
  stele table rename TABLE NAME
  stele table alter TABLE FILE     make a list of changes, all or none
  stele table drop TABLE --name NAME
                                   drop a table with all its records

With --dry-run those that change a table only say what they would do, or which
records do not fit.

Agents and their keys, with the admin key

  stele agent create NAME          make an agent; prints its id
  stele agent list                 list agents
  stele agent delete NAME          delete an agent with all its tables,
                                   records and keys

  stele key create --agent NAME    make an API key; prints it, this once
        [--scope read,write,schema] [--expires 90d] [--rpm 600]
  stele key list --agent NAME      list an agent's keys, without secrets
  stele key revoke KEY-ID          end a key at once

  stele queries --agent NAME       show what was asked in SQL, the latest first
        [--limit 20]
  stele verify-guards              try to break out by SQL in every known way,
                                   as one throwaway agent beside another

An agent's tables, for a model

  stele mcp                        a bridge from standard input and output to
                                   the server's /mcp, for programs that start
                                   MCP servers as commands

All of an installation, while no server runs on it

  stele move --from ./stele-data --to postgres://stele@db.example/stele
                                   copy it, read the copy back and compare
                                   it, and retire the old one
  stele move --undo --from PLACE   serve the old one all the same

The command itself

  stele help COMMAND               all flags of a command, with defaults and
                                   environment variables
  stele completion bash            print what has bash complete commands, flags
                                   and names; also zsh and fish
  stele version                    print the version

Where the server and the keys are found

  STELE_URL, --url                 the server, http://127.0.0.1:8080 if neither
  STELE_API_KEY                    the API key; or STELE_API_KEY_FILE or
                                   --api-key-file, a file with it
  STELE_ADMIN_KEY                  the admin key; or STELE_ADMIN_KEY_FILE or
                                   --admin-key-file, a file with it; if neither,
                                   ./stele-data/admin.key, where the server puts
                                   it (on PostgreSQL the first start prints it)

What is printed

Answers are on standard output, all else on standard error. With --json, which
every command has that answers something, standard output is one JSON document.
Tables are as wide as the terminal, or as COLUMNS says. There are no colours,
so there are none for NO_COLOR to take away.

Exit status

  0   all is done
  1   refused, by the server or by what is there; standard error says why
  2   the command line or the environment is wrong, and nothing was done
  3   a part is missing: rows of an import were refused, an answer was cut
`

// printHelp shows the page above for the whole, and what kong makes of the tags for a command.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if ctx.Selected() == nil {
		_, err := fmt.Fprint(ctx.Stdout, page)
		return err
	}
	return kong.DefaultHelpPrinter(options, ctx)
}

type helpCmd struct {
	Command []string `arg:"" optional:"" help:"Command to explain." complete:"command"`
}

// Run shows the help of a command, as its --help does.
func (c *helpCmd) Run(parser *kong.Kong) error {
	_, err := parser.Parse(append(c.Command, "--help"))
	if err != nil {
		return usageError{explainLine(err, parser.Model)}
	}
	return nil
}
