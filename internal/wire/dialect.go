package wire

import (
	"net"
	"strings"
)

// Dialect is one of the ways in which the published API wraps its answers (wire.md 2). Requests are read alike in all.
type Dialect uint8

// The dialects. Hybrid is what a server speaks when nothing names another.
const (
	GPTBots Dialect = iota
	AltaTech
	Legacy
	Hybrid
)

var dialectNames = [...]string{GPTBots: "gptbots", AltaTech: "altatech", Legacy: "legacy", Hybrid: "hybrid"}

// String is the name of the dialect in settings and in path prefixes.
func (d Dialect) String() string { return dialectNames[d] }

// ParseDialect finds a dialect by its exact name.
func ParseDialect(name string) (Dialect, bool) {
	for d, n := range dialectNames {
		if n == name {
			return Dialect(d), true
		}
	}
	return 0, false
}

// HostDialect is the dialect of a request's Host: gptbots.ai, altatech.ai and all below them, whatever the port and the
// letter case.
func HostDialect(host string) (Dialect, bool) {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = "." + strings.ToLower(strings.TrimSuffix(host, "."))
	switch {
	case strings.HasSuffix(host, ".gptbots.ai"):
		return GPTBots, true
	case strings.HasSuffix(host, ".altatech.ai"):
		return AltaTech, true
	}
	return 0, false
}

// shape says which of a dialect's answers stand in {"code":0,"message":"OK","data":...}. Everything else is the same in
// all dialects.
type shape struct {
	importID    bool // import: wrapped, and the id in a list
	results     bool // import-results: wrapped, with a progress of its own
	page        bool // records/page and tables/page: wrapped
	beside      bool // records/page and tables/page: code and message beside the fields
	errorObject bool // errors: a second time under "error"
}

var shapes = [...]shape{
	GPTBots:  {},
	AltaTech: {importID: true, page: true, errorObject: true},
	Legacy:   {importID: true, page: true, results: true},
	Hybrid:   {importID: true, beside: true},
}

const okMembers = `"code":0,"message":"OK"`

// wrap appends what write appends: as the data of an envelope, with the members of more before it, or bare.
func wrap(b []byte, wrapped bool, more string, write func([]byte) []byte) []byte {
	if !wrapped {
		return write(b)
	}
	b = append(b, "{"+okMembers+","...)
	b = append(b, more...)
	b = append(b, `"data":`...)
	return append(write(b), '}')
}
