// Package stele holds the words and the rules of Stele: agents, keys, tables, fields, records, changes, tasks,
// and the verbs that work on them. It knows no SQL, no HTTP and no clock of its own.
package stele

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code says what kind of refusal an [Error] is. Several codes share one published number (wire.md 3);
// number and HTTP status of each are given by package wire.
type Code uint8

// The refusals a caller may meet. The zero Code is CodeInternal, so that a forgotten code never says too much.
const (
	CodeInternal         Code = iota
	CodeOverloaded            // too busy now; nothing was applied
	CodeUnavailable           // the store cannot be reached now; the detail says whether a write may have been applied
	CodeParameter             // a request that cannot be understood or breaks a rule
	CodeMethod                // a known path, another method
	CodeTooLarge              // a size limit is passed
	CodeMediaType             // a content encoding that is not read
	CodeKeyReused             // an idempotency key that came with another request before
	CodeExists                // an agent or a saved query of that name is there already
	CodeRateLimited           // more requests a minute than the key allows
	CodeExpired               // a key past its time
	CodeForeignAgent          // an agent_id that is not the key's
	CodeUnauthenticated       // no key, or none that is known
	CodePlan                  // a quota is used up
	CodeTableName             // create-table: name
	CodeTableDescription      // create-table: description
	CodeNoFields              // create-table: no field given
	CodeFieldName             // create-table: a field's name, or one given twice
	CodeFieldDescription      // create-table: a field's description
	CodeFieldType             // create-table: a field's type
	CodeTableNotFound         // no such table anywhere
	CodeTableExists           // create-table: the agent has a table of that name
	CodeTooManyFields         // create-table: more fields than allowed
	CodeForbidden             // another agent's table, or a scope the key lacks
	CodeNotFound              // unknown path, agent, key or saved query
	codeEnd
)

// phrases are the published beginnings of messages (wire.md 3); clients show them word by word.
var phrases = [codeEnd]string{
	CodeInternal:         "Internal system error",
	CodeOverloaded:       "Internal system error",
	CodeUnavailable:      "Internal system error",
	CodeParameter:        "Parameter error",
	CodeMethod:           "Parameter error",
	CodeTooLarge:         "Parameter error",
	CodeMediaType:        "Parameter error",
	CodeKeyReused:        "Parameter error",
	CodeExists:           "Parameter error",
	CodeRateLimited:      "Agent RPM request limit exceeded",
	CodeExpired:          "Credentials expired",
	CodeForeignAgent:     "Unauthorized access to Agent.",
	CodeUnauthenticated:  "Developer authentication failed",
	CodePlan:             "This feature is only available after upgrading your plan",
	CodeTableName:        "Invalid table name",
	CodeTableDescription: "Invalid table description",
	CodeNoFields:         "Invalid number of fields",
	CodeFieldName:        "Invalid field name",
	CodeFieldDescription: "Invalid field description",
	CodeFieldType:        "Invalid field type",
	CodeTableNotFound:    "Table not found",
	CodeTableExists:      "Table name already exists",
	CodeTooManyFields:    "Number of fields exceeds the limit",
	CodeForbidden:        "No permission to access table",
	CodeNotFound:         "Not found",
}

// Codes lists every code, for tests that hold tables about codes complete.
func Codes() []Code {
	cs := make([]Code, 0, codeEnd)
	for c := range codeEnd {
		cs = append(cs, c)
	}
	return cs
}

// Error is a refusal that its caller may read. Any other error is broken machinery: its text goes to the log only.
type Error struct {
	Code       Code
	Detail     string        // what, where, how to mend it; may be empty
	RetryAfter time.Duration // with CodeOverloaded, CodeUnavailable and CodeRateLimited: when to try again
}

// Errorf makes an Error; the detail is formatted as by fmt.Sprintf.
func Errorf(c Code, format string, args ...any) *Error {
	return &Error{Code: c, Detail: fmt.Sprintf(format, args...)}
}

// Error is the published phrase, followed by the detail if there is one.
func (e *Error) Error() string {
	p := phrases[e.Code]
	switch {
	case e.Detail == "":
		return p
	case strings.HasSuffix(p, "."): // one phrase is published with its final stop
		return p + " " + e.Detail
	}
	return p + ": " + e.Detail
}

// ErrorCode returns the code of the *Error in err's chain, CodeInternal if there is none.
func ErrorCode(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}
