package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsoleConnect: what is there to be copied runs as it stands, and the key is in the page only while its reader wants it there.
func TestConsoleConnect(t *testing.T) { eachStore(t, testConsoleConnect) }

func testConsoleConnect(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	table, err := a.createTable(t.Context(), "parcels", key("code"))
	no(t, err)
	p := c.open(t)
	p.visit("connect")
	p.signIn(a.key)
	p.find("heading", "Connect")
	p.see("key=app-...")
	if p.sees(a.key) {
		t.Error("the key is shown before anybody asked for it")
	}
	p.audit()
	p.looks("connect")

	// By the keyboard: the box, and the tabs with the arrows.
	p.on(p.find("checkbox", "Show my key in the snippets"), `function() { this.focus() }`, nil)
	p.press(" ")
	p.see("key=" + a.key)
	p.on(p.find("tab", "curl"), `function() { this.focus() }`, nil)
	p.press(kb.ArrowRight)
	p.see("export STELE_API_KEY=" + a.key)
	shell(t, t.TempDir(), snippet(p, "The stele command"), "parcels")
	p.click("tab", "curl")
	if out := shell(t, t.TempDir(), snippet(p, "List the tables"), table); !strings.Contains(out, "parcels") {
		t.Errorf("curl found %s", out)
	}
	shell(t, t.TempDir(), snippet(p, "Ask a question in SQL"), "one")

	p.click("tab", "Go")
	runGo(t, snippet(p, "The module"), snippet(p, "The program"), table+" parcels\n")
	p.click("tab", "Python")
	python := snippet(p, "Python")
	if err := exec.Command("python3", "-c", "import requests").Run(); err != nil {
		t.Log("no Python with requests here: its program is not run")
	} else {
		runFile(t, "program.py", python, table+" parcels\n", "python3")
	}
	p.click("tab", "JavaScript")
	javascript := snippet(p, "JavaScript")
	if _, err := exec.LookPath("node"); err != nil {
		t.Log("no Node here: its program is not run")
	} else {
		runFile(t, "program.mjs", javascript, table+" parcels\n", "node")
	}

	p.click("tab", "Models (MCP)")
	p.audit()
	base, _ := c.now()
	if got, want := snippet(p, "Claude Code"), fmt.Sprintf(`claude mcp add --transport http stele %s/mcp --header "Authorization: Bearer %s"`, base, a.key); got != want {
		t.Errorf("Claude Code gets %s, want %s", got, want)
	}
	for name, within := range map[string]string{"Claude Code, shared with a project": "mcpServers", "Cursor": "mcpServers", "VS Code": "servers"} {
		overHTTP(t, snippet(p, name), within)
	}
	for name, within := range map[string]string{"Claude Desktop": "mcpServers", "VS Code, as a command": "servers"} {
		asCommand(t, snippet(p, name), within)
	}

	p.click("tab", "Base URLs")
	for _, dialect := range []string{"/gptbots", "/altatech", "/legacy", ""} {
		p.find("button", "Copy: "+base+dialect)
	}
	p.audit()

	// The copy is what is shown.
	p.click("tab", "curl")
	evaluate[chromedp.Void](p, `window.copied = '', document.execCommand = () => { window.copied = document.activeElement.value; return true }, Object.defineProperty(navigator, 'clipboard', { value: undefined })`)
	shown := snippet(p, "List the tables")
	p.click("button", "Copy: List the tables")
	p.see("Copied")
	if got := evaluate[string](p, `window.copied`); got != shown {
		t.Errorf("copied was %q, shown is %q", got, shown)
	}
	if at := evaluate[string](p, `location.href`); strings.Contains(at, a.key) {
		t.Errorf("the key is in the address: %s", at)
	}
	p.click("checkbox", "Show my key in the snippets")
	if html := evaluate[string](p, `document.documentElement.outerHTML`); strings.Contains(html, a.key) {
		t.Error("the key stays in the page when it was hidden again")
	}
	p.click("tab", "Models (MCP)")
	p.looks("models")

	p.click("button", "Sign out")
	p.visit("connect")
	p.signIn(adminKey)
	p.see("The admin key opens no tables.")
	if p.count("checkbox", "Show my key in the snippets") != 0 || strings.Contains(evaluate[string](p, `document.documentElement.outerHTML`), adminKey) {
		t.Error("the admin key can come into snippets")
	}
	p.prefer("dark", "zh")
	p.see("管理员密钥不能访问数据表")
	p.audit()
}

// snippet is the text under a heading that is there to be copied.
func snippet(p *tab, heading string) (text string) {
	p.t.Helper()
	p.on(p.find("heading", heading), `function() { return this.closest('section').querySelector('pre').textContent }`, &text)
	return text
}

// shell runs what was copied as a person pastes it, with the binary under test on the PATH, and wants a part in what it prints.
func shell(t *testing.T, dir, text, want string) string {
	t.Helper()
	cmd := exec.Command("sh", "-eu", "-c", text)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + filepath.Dir(binary) + ":" + os.Getenv("PATH"), "HOME=" + dir}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%s\n%v: %s\nwant %q", text, err, out, want)
	}
	return string(out)
}

// runGo makes a module as the page says, with the repository in place of the folder that it names, and runs the program.
func runGo(t *testing.T, module, program, want string) {
	t.Helper()
	repository, err := filepath.Abs("..")
	no(t, err)
	dir := t.TempDir()
	cmd := exec.Command("sh", "-eu", "-c", strings.ReplaceAll(module, "/path/to/stele", repository))
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%v: %s", module, err, out)
	}
	no(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(program+"\n"), 0o666))
	var stderr bytes.Buffer
	cmd = exec.Command("go", "run", ".")
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if err != nil || string(out) != want {
		t.Errorf("the program printed %q, want %q: %v\n%s", out, want, err, stderr.String())
	}
	if out, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt would write it otherwise: %v %s", err, out)
	}
}

func runFile(t *testing.T, name, program, want string, with string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	no(t, os.WriteFile(file, []byte(program+"\n"), 0o666))
	out, err := exec.Command(with, file).CombinedOutput()
	if err != nil || string(out) != want {
		t.Errorf("%s printed %q, want %q: %v", name, out, want, err)
	}
}

// configured is what a program for models reads of its settings.
type configured struct {
	Type, URL, Command string
	Headers, Env       map[string]string
	Args               []string
}

func settings(t *testing.T, text, within string) configured {
	t.Helper()
	var all map[string]map[string]configured
	no(t, json.Unmarshal([]byte(text), &all))
	one, there := all[within]["stele"]
	if !there || len(all) != 1 || len(all[within]) != 1 {
		t.Fatalf("the settings are not under %s: %s", within, text)
	}
	return one
}

const listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`

// overHTTP uses settings for a server that is spoken to by HTTP.
func overHTTP(t *testing.T, text, within string) {
	t.Helper()
	to := settings(t, text, within)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to.URL, strings.NewReader(listTools))
	no(t, err)
	for name, value := range to.Headers {
		req.Header.Set(name, value)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	no(t, err)
	defer func() { _ = resp.Body.Close() }()
	var b bytes.Buffer
	_, err = b.ReadFrom(resp.Body)
	no(t, err)
	if resp.StatusCode != http.StatusOK || !strings.Contains(b.String(), `"tools"`) {
		t.Errorf("%s\n%d %.300s", text, resp.StatusCode, b.String())
	}
}

// asCommand uses settings for a server that is started as a command, the binary under test in the place of the one that they name.
func asCommand(t *testing.T, text, within string) {
	t.Helper()
	to := settings(t, text, within)
	if filepath.Base(to.Command) != "stele" {
		t.Errorf("the command is %s", to.Command)
	}
	cmd := exec.CommandContext(t.Context(), binary, to.Args...)
	for name, value := range to.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdin = strings.NewReader(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" + listTools + "\n")
	out, err := cmd.Output()
	if err != nil || !strings.Contains(string(out), `"tools":[`) {
		t.Errorf("%s\n%v: %.300s", text, err, out)
	}
}
