package stele_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSetup runs scripts/setup where the PATH has nothing but what the test puts there.
func TestSetup(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	const aptGet = "#!/bin/sh\necho apt-get \"$@\"\n"
	root, user := "#!/bin/sh\necho 0\n", "#!/bin/sh\necho 1000\n"
	sudo, env := "#!/bin/sh\necho -n \"sudo \"; exec \"$@\"\n", "#!/bin/sh\nshift\nexec \"$@\"\n"
	const update, install = "apt-get update -qq\n", "apt-get install -y -qq --no-install-recommends curl\n"
	for _, c := range []struct {
		name string
		bin  map[string]string // programs on the PATH
		out  string
		ok   bool
	}{
		{"nothing is missing", map[string]string{"curl": root}, "", true},
		{"root", map[string]string{"apt-get": aptGet, "id": root, "env": env}, "scripts/setup: installing curl\n" + update + install, true},
		{"user", map[string]string{"apt-get": aptGet, "id": user, "env": env, "sudo": sudo}, "scripts/setup: installing curl\nsudo " + update + "sudo " + install, true},
		{"user without sudo", map[string]string{"apt-get": aptGet, "id": user, "env": env}, "scripts/setup: please install: curl (neither root nor sudo here)\n", false},
		{"no apt-get", map[string]string{"id": root}, "scripts/setup: please install: curl (no apt-get here)\n", false},
	} {
		dir := t.TempDir()
		for name, text := range c.bin {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(bash, "scripts/setup")
		cmd.Env = []string{"PATH=" + dir}
		out, err := cmd.CombinedOutput()
		if (err == nil) != c.ok || string(out) != c.out {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, out, c.out)
		}
	}
}
