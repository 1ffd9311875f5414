package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"stele"
	"stele/internal/wire"
)

// serveFunc serves one method of a route.
type serveFunc func(*exchange) (answer, error)

// route is a path and its methods.
type route struct {
	pattern  string
	segments []string // of the pattern; one in braces matches any
	methods  map[string]serveFunc
	allow    string // the methods, for the header Allow
	database bool   // of the Database API: takes the prefix of a dialect
	probe    bool   // asked all the time by machines: logged for debugging only
	slow     bool   // its work may take as long as a change of a definition
}

// makeRoutes lists everything that is served.
func (h *handler) makeRoutes() []route {
	l := h.Service.Limits
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	routes := []route{
		on("/v1/database/create-table", post, database(endpoint[stele.Draft]{l.Body, stele.ScopeSchema, wire.DecodeCreateTable, createTable})),
		on("/v1/database/alter-table", post, database(endpoint[wire.Alter]{l.Body, stele.ScopeSchema, wire.DecodeAlter, alterTable})).asSlow(),
		on("/v1/database/drop-table", post, database(endpoint[wire.Drop]{l.Body, stele.ScopeSchema, wire.DecodeDrop, dropTable})).asSlow(),
		on("/v1/database/tables/page", post, database(endpoint[wire.Tables]{l.Body, 0, wire.DecodeTables, listTables})).
			and(get, database(endpoint[wire.Tables]{0, 0, wire.DecodeTablesQuery, listTables})),
		on("/v1/database/import/records", post, database(endpoint[wire.Import]{l.ImportBody, stele.ScopeWrite, wire.DecodeImport, importRecords})),
		on("/v1/database/query/import-results", get, database(endpoint[wire.Results]{l.Body, 0, wire.DecodeResults, importResults})),
		on("/v1/database/import/tasks", post, database(endpoint[stele.TaskListQuery]{l.Body, 0, wire.DecodeTaskList, importTasks})),
		on("/v1/database/records/page", post, database(endpoint[wire.Records]{l.Body, 0, wire.DecodeRecords, pageRecords})),
		on("/v1/database/query", post, database(endpoint[wire.Query]{l.Body, 0, wire.DecodeQuery, query})),
		on("/v1/database/queries", post, database(endpoint[int]{l.Body, 0, wire.DecodeQueryList, ownQueries})),
		on("/v1/database/saved-queries/page", post, database(endpoint[struct{}]{l.Body, 0, wire.DecodeNoMembers, listSaved})),
		on("/v1/database/saved-queries/save", post, database(endpoint[wire.SaveQuery]{l.Body, stele.ScopeWrite, wire.DecodeSaveQuery, saveQuery})),
		on("/v1/database/saved-queries/delete", post, database(endpoint[string]{l.Body, stele.ScopeWrite, wire.DecodeSavedQueryID, deleteSaved})),
		on("/v1/database/schema", post, database(endpoint[wire.Schema]{l.Body, 0, wire.DecodeSchema, describe})),
		on("/v1/database/key", get, database(endpoint[struct{}]{0, 0, decodeNothing, aboutKey})),
		on("/v2/database/update/record", post, database(endpoint[wire.Update]{l.UpdateBody, stele.ScopeWrite, wire.DecodeUpdate, updateRecords})),
		on("/v2/database/delete/record", post, database(endpoint[wire.Delete]{l.Body, stele.ScopeWrite, wire.DecodeDelete, deleteRecords})),
		on("/v1/database/update/record", post, database(endpoint[wire.Update]{l.UpdateBody, stele.ScopeWrite, wire.DecodeLegacyUpdate, updateRecord})),
		on("/v1/api-key/verify", get, database(endpoint[struct{}]{0, 0, decodeNothing, verifyKey})),
	}
	for i := range routes {
		routes[i].database = true
	}
	if h.MCP != nil {
		routes = append(routes, on("/mcp", post, mcp))
	}
	return append(routes,
		on("/admin/v1/agents", get, admin(listAgents)).and(post, admin(createAgent)),
		on("/admin/v1/agents/{agent}", get, admin(getAgent)).and(del, admin(deleteAgent)),
		on("/admin/v1/agents/{agent}/keys", get, admin(listKeys)).and(post, admin(createKey)),
		on("/admin/v1/status", get, admin(status)),
		on("/admin/v1/agents/{agent}/size", get, admin(agentSize)),
		on("/admin/v1/agents/{agent}/imports", get, admin(listImports)),
		on("/admin/v1/agents/{agent}/queries", get, admin(listQueries)),
		on("/admin/v1/keys/{key}", del, admin(revokeKey)),
		on("/healthz", get, health).asProbe(),
		on("/readyz", get, ready).asProbe(),
		on("/openapi.yaml", get, serveYAML),
		on("/openapi.json", get, serveJSON),
	)
}

func on(pattern, method string, f serveFunc) route {
	rt := route{pattern: pattern, segments: strings.Split(pattern[1:], "/"), methods: map[string]serveFunc{}}
	return rt.and(method, f)
}

// and adds a method.
func (rt route) and(method string, f serveFunc) route {
	rt.methods[method] = f
	names := make([]string, 0, len(rt.methods))
	for name := range rt.methods {
		names = append(names, name)
	}
	slices.Sort(names)
	rt.allow = strings.Join(names, ", ")
	return rt
}

// asProbe marks what balancers ask all the time, some of them by HEAD. The rest takes the methods of the contract alone.
func (rt route) asProbe() route {
	rt.probe = true
	return rt.and(http.MethodHead, rt.methods[http.MethodGet])
}

// asSlow gives its work more time than a client waits for an ordinary answer.
func (rt route) asSlow() route {
	rt.slow = true
	return rt
}

// find chooses route and dialect (wire.md 2): the path's prefix, else the Host, else the setting. The route is nil if
// there is none. Nothing is ever redirected: a redirected POST is lost by most clients.
func (h *handler) find(r *http.Request) (rt *route, param string, d wire.Dialect) {
	d = h.Dialect
	if named, ok := wire.HostDialect(r.Host); ok {
		d = named
	}
	segments, ok := cut(r.URL.EscapedPath())
	if !ok || len(segments) == 0 {
		return nil, "", d
	}
	named, prefixed := wire.ParseDialect(segments[0])
	if prefixed {
		segments, d = segments[1:], named
	}
	for i := range h.routes {
		rt := &h.routes[i]
		if prefixed && !rt.database {
			continue
		}
		if param, ok := rt.match(segments); ok {
			if !rt.database {
				d = wire.GPTBots // what is ours has no dialect: its errors are {code, message}
			}
			return rt, param, d
		}
	}
	return nil, "", d
}

// match reports whether the segments of a path are the pattern's, and what stands for the one in braces.
func (rt *route) match(segments []string) (param string, ok bool) {
	if len(segments) != len(rt.segments) {
		return "", false
	}
	for i, s := range rt.segments {
		switch {
		case s[0] == '{':
			param = segments[i]
		case s != segments[i]:
			return "", false
		}
	}
	return param, true
}

// cut takes an escaped path apart into its segments, unescaped. Repeated slashes and a trailing one do not matter.
// A path with a segment that is "." or ".." leads nowhere.
func cut(path string) (segments []string, ok bool) {
	for s := range strings.SplitSeq(path, "/") {
		if s == "" {
			continue
		}
		s, err := url.PathUnescape(s)
		if err != nil || s == "." || s == ".." {
			return nil, false
		}
		segments = append(segments, s)
	}
	return segments, true
}
