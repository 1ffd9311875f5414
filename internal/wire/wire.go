// Package wire holds the JSON of the public API: requests are read into the words of package stele, whatever their
// spelling, and answers are written in one of four dialects. It knows no routes and no stores.
package wire

import "stele"

// Input is what a request brings: its query string as it stood in the URL, its body, and the bounds it must keep.
//
// What is decoded points into Body instead of copying it: nobody may change Body afterwards, nor use it again for
// another request.
type Input struct {
	Query  string
	Body   []byte
	Limits stele.Limits
}

// Import is a request of wire.md 5.3. The cells of all rows share their memory.
type Import struct {
	TableID string
	Rows    []stele.Row
	How     stele.How
	Brief   bool // of the receipt, only rows that are not in the table are told
}

// Update is a request of wire.md 5.6 or, with a single change, of 5.9.
type Update struct {
	TableID string
	Changes []stele.RawChange
	Create  bool
	How     stele.How
}

// Delete is a request of wire.md 5.7.
type Delete struct {
	TableID   string
	Addresses []stele.RawAddress
	How       stele.How
}

// Records is a request of wire.md 5.5, defaults put in.
type Records struct {
	TableID string
	stele.PageQuery
}

// Tables is a request of wire.md 5.2. Page is nil when the request names none: then all tables are meant.
type Tables struct {
	AgentID string
	Page    *stele.PageNumber
}
