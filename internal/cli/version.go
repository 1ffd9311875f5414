package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct {
	jsonFlag
}

// buildInfo says which program this is.
type buildInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"` // empty when the build did not record it
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// build takes the version that the linker set, else the one the Go tools recorded.
func build(p *Process) buildInfo {
	b := buildInfo{Version: p.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}

// Run prints one line.
func (c *versionCmd) Run(p *Process) error {
	b := build(p)
	if c.JSON {
		return printJSON(p, b)
	}
	commit := ""
	if b.Commit != "" {
		commit = b.Commit[:min(12, len(b.Commit))] + ", "
	}
	_, err := fmt.Fprintf(p.Stdout, "stele %s (%s%s, %s)\n", b.Version, commit, b.Go, b.Platform)
	return err
}
