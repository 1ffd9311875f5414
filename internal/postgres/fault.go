package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"stele"
)

// retryAfter is when a caller should try again: a restart or a change of the primary takes seconds.
const retryAfter = 2 * time.Second

// What a caller learns when the database fails him.
const (
	notApplied = "the database cannot be reached at the moment; nothing was applied"
	notRead    = "the database cannot be reached at the moment"
	notKnown   = "the connection to the database was lost while the write was being committed, so it is not known whether it was applied; " +
		"send it again with the same Idempotency-Key, which applies it once"
	tooMany = "more questions are being answered at the moment than may be"
	tooBusy = "other writes were in the way for too long; nothing was applied"
)

func unavailable(detail string) error {
	return &stele.Error{Code: stele.CodeUnavailable, Detail: detail, RetryAfter: retryAfter}
}

// sqlState is the SQLSTATE of an error that the server sent, "" of any other.
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// isDuplicate reports whether a unique index refused a row. Which one is never asked of the error: Citus gives
// constraints and tables names of its own.
func isDuplicate(err error) bool { return sqlState(err) == "23505" }

// isMisfit reports whether a statement did not fit what is in the database: a schema, a table or a column is not there or
// is of another type.
func isMisfit(err error) bool {
	switch sqlState(err) {
	case "3F000", "42P01", "42703", "42883", "42804":
		return true
	}
	return false
}

// isContention reports whether the transaction was undone because of others, so that it may succeed when it is run again.
func isContention(err error) bool {
	switch sqlState(err) {
	case "40001", "40P01": // serialization failure, deadlock
		return true
	}
	return isOutdated(err)
}

// isOutdated reports whether a prepared statement met a changed table; all else that is not supported is an error of ours. The driver
// prepares it anew when it comes again.
func isOutdated(err error) bool {
	return sqlState(err) == "0A000" && strings.Contains(err.Error(), "cached plan")
}

// isStale reports whether Citus met a dead connection to one of its nodes, kept from before the node was started again. It
// gives that up and makes another one, so that the transaction may succeed when it is run again.
func (s *Store) isStale(err error) bool { return s.citus && sqlState(err) == "XX000" }

// isLost reports whether the database or the way to it failed, and not the statement.
func (s *Store) isLost(err error) bool {
	state := sqlState(err)
	switch state {
	case "":
		return errors.Is(err, context.DeadlineExceeded)
	case "XX000": // what Citus says when a node fails it
		return s.citus
	case "25006", // the primary has become a standby
		"55P03", "57014": // a lock or a statement took too long
		return true
	}
	switch state[:2] {
	case "08", "53", "57", "58": // connections, resources, shutdown, the system below
		return true
	}
	return false
}

// fault turns an error of a call into what its caller is to get. detail says what is known of the call's effect.
func (s *Store) fault(err error, detail string) error {
	if err == nil || isOurs(err) {
		return err
	}
	switch {
	case isContention(err):
		return &stele.Error{Code: stele.CodeOverloaded, Detail: tooBusy, RetryAfter: time.Second}
	case s.isLost(err):
		s.opt.Log.Warn("the database failed a call", "error", err)
		return unavailable(detail)
	}
	return err
}

// isOurs reports whether an error is not the driver's.
func isOurs(err error) bool {
	if errors.Is(err, stele.ErrTableChanged) {
		return true
	}
	if _, ok := errors.AsType[*stele.Error](err); ok {
		return true
	}
	_, ok := errors.AsType[*stele.Replay](err)
	return ok
}
