package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"stele/client"
)

var update = flag.Bool("update", false, "rewrite testdata/files.golden")

// badFile is a file that is broken, awkward or hostile, and what it is imported with.
type badFile struct {
	name string // of the table too
	file string
	data string
	args []string
}

// wall is how many KiB of memory a command may write to. One that needs more dies of it, and not with the message that the golden file has.
const wall = 512 << 10

// TestFiles imports files that are broken, awkward or hostile, and holds every word that is said of them, the exit status, and what is in the table
// then, against testdata/files.golden, which -update rewrites for somebody to read. The store makes no difference to it.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url, key := serving(t)
	c := client.New(url, key)
	var got bytes.Buffer
	var made []string
	for _, f := range slices.Concat(textFiles(), jsonFiles(), bookFiles(t), parquetFiles(t)) {
		if err := os.WriteFile(filepath.Join(dir, f.file), []byte(f.data), 0o600); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"import", f.file, "--table", f.name, "--create", "--yes"}, f.args...)
		began := time.Now()
		out, status := walled(t, dir, url, key, args...)
		if d := time.Since(began); d > time.Second/2 {
			t.Log(f.name, d)
		}
		fmt.Fprintf(&got, "== %s\n$ stele %s\n%sexit %d\n", f.name, strings.Join(args, " "), clipped(out), status)
		if (status == 0 || status == 3) && !slices.Contains(f.args, "--dry-run") {
			made = append(made, f.name)
			out, status := walled(t, dir, url, key, "export", f.name)
			fmt.Fprintf(&got, "$ stele export %s\n%s", f.name, clipped(out))
			if status != 0 {
				t.Errorf("%s: the export ends with %d", f.name, status)
			}
		}
		if err := os.Remove(filepath.Join(dir, f.file)); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(filepath.Join(dir, strings.TrimSuffix(f.file, filepath.Ext(f.file))+".rejected.csv"))
		got.WriteByte('\n')
	}
	golden(t, "testdata/files.golden", got.Bytes())
	// What ends with an error has made no table.
	var names []string
	for table, err := range c.Tables(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, table.Name)
	}
	slices.Sort(names)
	slices.Sort(made)
	if !slices.Equal(names, made) {
		t.Errorf("the tables are %q\nwant          %q", names, made)
	}
}

// serving starts a server, on SQLite unless its environment says otherwise, and returns its address and an API key.
func serving(t *testing.T, env ...string) (url, key string) {
	t.Helper()
	cmd := exec.Command("stele", "serve", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), env...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	out, addresses := readUntilListening(stdout)
	shown := shownKey.FindSubmatch(out)
	if addresses == nil || shown == nil {
		t.Fatalf("it did not start: %s", out)
	}
	return addresses[1], string(shown[1])
}

// walled runs the command within the wall, and returns what it printed, errors first, and its exit status.
func walled(t *testing.T, dir, url, key string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -d %d; exec stele "$@"`, wall), "sh"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "STELE_URL="+url, "STELE_API_KEY="+key)
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stderr.String() + stdout.String(), cmd.ProcessState.ExitCode()
}

// clipped cuts what is long.
func clipped(text string) string {
	const lines, tail, width = 24, 4, 700
	var b strings.Builder
	all := slices.DeleteFunc(strings.Split(strings.TrimSuffix(text, "\n"), "\n"), progressLine.MatchString)
	for n, line := range all {
		if n >= lines && n < len(all)-tail {
			if n == lines {
				b.WriteString("[...]\n")
			}
			continue
		}
		if len(line) > width {
			line = fmt.Sprintf("%s[... %d bytes]", strings.ToValidUTF8(line[:width], ""), len(line))
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// progressLine is one of those that tell how fast it goes, which stand only where it takes some seconds.
var progressLine = regexp.MustCompile(`: .* (rows|KiB|MiB|GiB)/s(, .* left)?$`)

// golden compares what came with a file.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old := map[string]string{}
	for _, s := range strings.Split(string(want), "\n\n== ") {
		name, text, _ := strings.Cut(s, "\n")
		old[strings.TrimPrefix(name, "== ")] = text
	}
	for _, s := range strings.Split(string(got), "\n\n== ") {
		name, text, _ := strings.Cut(s, "\n")
		name = strings.TrimPrefix(name, "== ")
		if strings.TrimSpace(text) != strings.TrimSpace(old[name]) {
			t.Errorf("%s\ngot\n%s\nwant\n%s", name, text, old[name])
		}
		delete(old, name)
	}
	for name := range old {
		t.Errorf("%s is in %s and was not tried", name, path)
	}
}
