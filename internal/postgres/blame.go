package postgres

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"stele"
)

// blame turns the error of a question into what is wrong with it, or with the database. The server's own texts are shown only where
// they can name nothing but what stands in the question.
func (d *database) blame(ctx context.Context, q stele.Question, err error) error {
	s := d.store
	e, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case isTooMuch(err):
		return &stele.QueryFault{Fault: stele.FaultMemory, Detail: "a value of the answer is too long"}
	case ctx.Err() != nil:
		return ctx.Err()
	case !ok:
		s.opt.Log.Warn("the connection of a question was lost", "error", err)
		return unavailable(notRead)
	}
	switch e.Code {
	case "42P01", "42501", "3F000":
		s.ask.forget(d.id)
		if there, err := s.exists(ctx, d.id); err != nil || !there {
			if err == nil {
				err = errGone()
			}
			return err
		}
	case "57P01", "57P02", "57P03":
		return unavailable(notRead)
	}
	return d.faultOf(q, e)
}

func (d *database) faultOf(q stele.Question, e *pgconn.PgError) error {
	f := &stele.QueryFault{Place: int(e.Position)}
	message := d.cover(e.Message)
	switch {
	case e.Code == "42P01", e.Code == "42501", e.Code == "3F000":
		f.Fault, f.Name = stele.FaultTable, firstQuoted(message)
	case e.Code == "42703":
		f.Fault, f.Name = stele.FaultColumn, columnOf(message)
	case e.Code == "42883" && strings.HasPrefix(message, "operator"), e.Code == "42725":
		f.Fault, f.Detail = stele.FaultType, message
	case e.Code == "42883":
		f.Fault, f.Name, f.Detail = stele.FaultFunction, functionOf(message), message
	case e.Code == "42601":
		f.Fault, f.Detail = stele.FaultSyntax, message
	case e.Code == "42702":
		f.Fault, f.Detail = stele.FaultOther, message+": write it with its table or alias, t.column"
	case e.Code == "22P02", e.Code == "22007", e.Code == "22008", e.Code == "42804", e.Code == "42846", e.Code == "22018", e.Code == "42P18":
		f.Fault, f.Name, f.Detail = stele.FaultType, firstQuoted(message), message
	case e.Code == "08P01", e.Code == "42P02":
		f.Fault, f.Detail = stele.FaultParams, message
	case e.Code == "57014", e.Code == "55P03":
		f.Fault = stele.FaultTime
	case e.Code[:2] == "53", e.Code[:2] == "54":
		f.Fault, f.Detail = stele.FaultMemory, message
	case e.Code == "25006":
		f.Fault, f.Detail = stele.FaultRefused, "questions only read"
	case e.Code[:2] == "22", e.Code[:2] == "42", e.Code[:2] == "21", e.Code[:2] == "0A":
		f.Fault, f.Detail = stele.FaultOther, message
	default:
		d.store.opt.Log.Warn("a question met an error of the server's", "code", e.Code, "error", e.Message)
		f.Fault, f.Detail = stele.FaultOther, "the server could not compute the answer"
	}
	return f
}

// inside are names of what lies within the server: schemas and roles of agents, and the server's own.
const inside = `"?(agent_[0-9a-f]{24}|stele_[0-9a-z_]+|pg_catalog|pg_temp[0-9_]*)"?\.?`

// cover takes names out of a text that are not the agent's.
func (d *database) cover(message string) string {
	return d.store.ask.inside.ReplaceAllString(message, "")
}

// firstQuoted is what stands in the first pair of double quotes.
func firstQuoted(message string) string {
	_, rest, ok := strings.Cut(message, `"`)
	if !ok {
		return ""
	}
	if i := strings.LastIndex(rest, `"`); i >= 0 {
		return rest[:i]
	}
	return ""
}

// columnOf is the name of the column in: column "x" does not exist, column t.x does not exist.
func columnOf(message string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(message, "column "), " does not exist")
	if strings.HasPrefix(message, "column ") && !strings.Contains(name, " of relation ") {
		return strings.Trim(name, `"`)
	}
	return firstQuoted(message)
}

// functionOf is the name of the function in: function f(integer) does not exist.
func functionOf(message string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(message, "function "), "(")
	return strings.Trim(name, `"`)
}

func newInside() *regexp.Regexp { return regexp.MustCompile(inside) }
