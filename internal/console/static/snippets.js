// How programs reach this server: commands, programs and settings that are complete as they stand. A test runs what is here.

// placeholder stands for a key in what is shown.
export const placeholder = 'app-...'

// bases are the addresses under which programs written for another server find this one.
export const bases = origin => [['gptbots', origin + '/gptbots'], ['altatech', origin + '/altatech'], ['legacy', origin + '/legacy'], ['hybrid', origin]]

// of a server's address and a key make the snippets, by where they belong.
export function snippets(origin, key) {
  const auth = `Bearer ${key}`
  const command = { command: '/usr/local/bin/stele', args: ['mcp'], env: { STELE_URL: origin, STELE_API_KEY: key } }
  const http = { type: 'http', url: origin + '/mcp', headers: { Authorization: auth } }
  const json = value => JSON.stringify(value, null, 2)
  return {
    curl: [
      { id: 'curl.tables', text: `url=${origin} key=${key}\n\ncurl -sS -w '\\n' $url/v1/database/tables/page -H "Authorization: Bearer $key" -d '{}'` },
      { id: 'curl.query', text: `url=${origin} key=${key}\n\ncurl -sS -w '\\n' $url/v1/database/query -H "Authorization: Bearer $key" -d '{\n  "sql": "SELECT 1 AS one"}'` },
    ],
    cli: [
      { id: 'cli.env', text: `export STELE_URL=${origin}\nexport STELE_API_KEY=${key}\nstele table list\nstele query "SELECT 1 AS one"` },
    ],
    go: [
      { id: 'go.module', text: 'go mod init example\ngo mod edit -require stele@v0.0.0 -replace stele=/path/to/stele' },
      { id: 'go.program', text: goProgram(origin, key) },
    ],
    python: [{ id: 'python', text: pythonProgram(origin, key) }],
    javascript: [{ id: 'javascript', text: javascriptProgram(origin, key) }],
    mcp: [
      { id: 'mcp.claude.code', text: `claude mcp add --transport http stele ${origin}/mcp --header "Authorization: ${auth}"` },
      { id: 'mcp.project', text: json({ mcpServers: { stele: http } }) },
      { id: 'mcp.desktop', text: json({ mcpServers: { stele: command } }) },
      { id: 'mcp.cursor', text: json({ mcpServers: { stele: { url: http.url, headers: http.headers } } }) },
      { id: 'mcp.vscode', text: json({ servers: { stele: http } }) },
      { id: 'mcp.vscode.command', text: json({ servers: { stele: { type: 'stdio', ...command } } }) },
    ],
  }
}

const goProgram = (origin, key) => `package main

import (
	"context"
	"fmt"
	"log"

	"stele/client"
)

func main() {
	ctx := context.Background()
	c := client.New("${origin}", "${key}")
	for table, err := range c.Tables(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(table.ID, table.Name)
	}
}`

const pythonProgram = (origin, key) => `import requests

url = "${origin}/gptbots"
headers = {"Authorization": "Bearer ${key}"}

answer = requests.post(url + "/v1/database/tables/page", headers=headers, json={})
answer.raise_for_status()
for table in answer.json()["tables"]:
    print(table["table_id"], table["name"])`

const javascriptProgram = (origin, key) => `const url = "${origin}/gptbots"
const headers = { Authorization: "Bearer ${key}", "Content-Type": "application/json" }

const answer = await fetch(url + "/v1/database/tables/page", { method: "POST", headers, body: "{}" })
if (!answer.ok) throw new Error(await answer.text())
for (const table of (await answer.json()).tables) {
  console.log(table.table_id, table.name)
}`
