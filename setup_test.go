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
	const (
		there  = "#!/bin/sh\n"
		aptGet = "#!/bin/sh\necho apt-get \"$@\"\n"
		noList = "#!/bin/sh\necho apt-get \"$@\"\ncase \"$*\" in *update) exit 100 ;; esac\n"
		root   = "#!/bin/sh\necho 0\n"
		user   = "#!/bin/sh\necho 1000\n"
		sudo   = "#!/bin/sh\necho -n \"sudo \"; exec \"$@\"\n"
		env    = "#!/bin/sh\nshift\nexec \"$@\"\n"
		old    = "#!/bin/sh\necho 'postgres (PostgreSQL) 13.22 (Debian 13.22-1)'\n"
		new    = "#!/bin/sh\necho 'postgres (PostgreSQL) 14.19 (Debian 14.19-1)'\n"

		apt     = "apt-get -qq -o DPkg::Lock::Timeout=300 "
		update  = apt + "update\n"
		install = apt + "install -y --no-install-recommends "
		setup   = "scripts/setup: "
		all     = "curl gcc libc6-dev chromium-headless-shell postgresql"
		off     = "create_main_cluster = false\n"
	)
	type files map[string]string
	full := files{"curl": there, "gcc": there, "chromium-headless-shell": there, "id": root, "env": env, "apt-get": aptGet}
	for _, c := range []struct {
		name        string
		bin         files  // programs on the PATH
		postgres    string // the program of that name in a version's own folder
		conf, after string // settings of the cluster that the package makes
		out         string
		ok          bool
	}{
		{"nothing is missing", full, new, "", "", "", true},
		{"PostgreSQL on the PATH", files{"curl": there, "gcc": there, "chromium": there, "initdb": there, "pg_ctl": there, "postgres": new}, old, "", "", "", true},
		{"curl", files{"gcc": there, "google-chrome": there, "id": root, "env": env, "apt-get": aptGet}, new, "", "",
			setup + "installing curl\n" + update + install + "curl\n", true},
		{"Chromium", files{"curl": there, "gcc": there, "id": root, "env": env, "apt-get": aptGet}, new, "", "",
			setup + "installing chromium-headless-shell\n" + update + install + "chromium-headless-shell\n", true},
		{"PostgreSQL", full, "", "", off, setup + "installing postgresql\n" + update + install + "postgresql\n", true},
		{"an old PostgreSQL", full, old, "#create_main_cluster = true\n", "#create_main_cluster = true\n" + off,
			setup + "installing postgresql\n" + update + install + "postgresql\n", true},
		{"settings of one's own", full, "", "create_main_cluster = true\n", "create_main_cluster = true\n",
			setup + "installing postgresql\n" + update + install + "postgresql\n", true},
		{"no lists", files{"curl": there, "gcc": there, "chromium": there, "id": root, "env": env, "apt-get": noList}, "", off, off, setup + "installing postgresql\n" +
			update + setup + "apt-get update failed; going on with the lists that are there\n" + install + "postgresql\n", true},
		{"root", files{"id": root, "env": env, "apt-get": aptGet}, "", off, off, setup + "installing " + all + "\n" + update + install + all + "\n", true},
		{"user", files{"id": user, "env": env, "apt-get": aptGet, "sudo": sudo}, "", off, off,
			setup + "installing " + all + "\nsudo " + update + "sudo " + install + all + "\n", true},
		{"user without sudo", files{"id": user, "env": env, "apt-get": aptGet}, "", "", "",
			setup + "please install: " + all + " (neither root nor sudo here)\n", false},
		{"no apt-get", files{"id": root}, "", "", "", setup + "please install: " + all + " (no apt-get here)\n", false},
	} {
		t.Run(c.name, func(t *testing.T) { // one by one: a file that is being written cannot be run, and a fork elsewhere would keep it open
			dir := t.TempDir()
			bin, versions, conf := filepath.Join(dir, "bin"), filepath.Join(dir, "postgresql"), filepath.Join(dir, "etc", "createcluster.conf")
			for name, text := range c.bin {
				program(t, filepath.Join(bin, name), text)
			}
			for _, name := range []string{"bash", "dirname", "readlink", "grep", "mkdir", "tee"} {
				link(t, bin, name)
			}
			if c.postgres != "" {
				for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
					program(t, filepath.Join(versions, "x", "bin", name), c.postgres)
				}
			}
			if c.conf != "" {
				program(t, conf, c.conf)
			}
			cmd := exec.Command(filepath.Join(bin, "bash"), "scripts/setup")
			cmd.Env = []string{"PATH=" + bin, "STELE_SETUP_POSTGRES_DIR=" + versions, "STELE_SETUP_POSTGRES_CONF=" + conf}
			out, err := cmd.CombinedOutput()
			if (err == nil) != c.ok || string(out) != c.out {
				t.Errorf("%v\n%s\nwant\n%s", err, out, c.out)
			}
			after, err := os.ReadFile(conf)
			if string(after) != c.after {
				t.Errorf("settings of the cluster: %q %v; want %q", after, err, c.after)
			}
		})
	}
}

// TestTempDir runs scripts/tempdir before memory of a size, of a machine with so much to spare. It is not parallel, for the reason that
// TestSetup's cases run one by one.
func TestTempDir(t *testing.T) {
	for name, c := range map[string]struct {
		room, spare string // kB
		set         string // TMPDIR
		lacking     string // a program
		want        string // the memory where empty
	}{
		"room":                  {room: "4194304", spare: "6291456"},
		"TMPDIR":                {room: "4194304", spare: "6291456", set: "/elsewhere", want: "/elsewhere\n"},
		"too small":             {room: "4194303", spare: "6291456", want: "/tmp\n"},
		"nothing to spare":      {room: "4194304", spare: "6291455", want: "/tmp\n"},
		"not told what is":      {room: "4194304", want: "/tmp\n"},
		"no program can be run": {room: "4194304", spare: "6291456", lacking: "chmod", want: "/tmp\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			bin, memory, meminfo := filepath.Join(dir, "bin"), filepath.Join(dir, "memory"), filepath.Join(dir, "meminfo")
			program(t, filepath.Join(bin, "df"), "#!/bin/sh\necho Filesystem 1024-blocks Used Available Capacity Mounted on\necho tmpfs 9999999 9 "+c.room+" 1% \"$2\"\n")
			for _, name := range []string{"bash", "awk", "mktemp", "chmod", "rm"} {
				if name == c.lacking {
					program(t, filepath.Join(bin, name), "#!/bin/sh\n") // it does nothing
				} else {
					link(t, bin, name)
				}
			}
			if err := os.Mkdir(memory, 0o755); err != nil {
				t.Fatal(err)
			}
			if c.spare != "" {
				program(t, meminfo, "MemTotal: 99999999 kB\nMemFree: 1 kB\nMemAvailable: "+c.spare+" kB\n")
			}
			cmd := exec.Command(filepath.Join(bin, "bash"), "scripts/tempdir")
			cmd.Env = []string{"PATH=" + bin, "TMPDIR=" + c.set, "STELE_TEMPDIR_MEMORY=" + memory, "STELE_TEMPDIR_MEMINFO=" + meminfo}
			if c.want == "" {
				c.want = memory + "\n"
			}
			out, err := cmd.CombinedOutput()
			if left, _ := filepath.Glob(memory + "/*"); err != nil || string(out) != c.want || len(left) > 0 {
				t.Errorf("%v %s, want %s; left behind: %v", err, out, c.want, left)
			}
		})
	}
}

// program writes a file that can be run.
func program(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// link puts one of the machine's programs into a folder.
func link(t *testing.T, folder, name string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.Symlink(path, filepath.Join(folder, name))
	}
	if err != nil {
		t.Fatal(err)
	}
}
