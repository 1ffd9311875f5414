package api

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"stele"
	"stele/internal/wire"
)

// fail turns an error into the answer that tells of it. It is the one place that does. Only a *stele.Error is shown; of
// anything else the caller learns nothing, and the log everything.
func (x *exchange) fail(err error) answer {
	e, ok := errors.AsType[*stele.Error](err)
	if !ok {
		e = x.hide(err)
	}
	h := x.w.Header()
	switch e.Code {
	case stele.CodeUnauthenticated, stele.CodeExpired:
		h.Set("WWW-Authenticate", "Bearer")
	case stele.CodeOverloaded, stele.CodeUnavailable, stele.CodeRateLimited:
		seconds := (e.RetryAfter + time.Second - 1) / time.Second
		h.Set("Retry-After", strconv.FormatInt(max(1, int64(seconds)), 10))
	}
	ans := answer{status: wire.Status(e.Code), code: wire.Number(e.Code)}
	if unfit, ok := errors.AsType[*stele.UnfitError](err); ok {
		ans.body = x.dialect.AppendUnfit(nil, unfit)
	} else {
		ans.body = x.dialect.AppendError(nil, e)
	}
	return ans
}

// hide logs an error that is no *stele.Error, and says what the caller may know of it.
func (x *exchange) hide(err error) *stele.Error {
	ctx := context.WithoutCancel(x.r.Context())
	if p, ok := errors.AsType[*panicked](err); ok {
		x.h.Log.LogAttrs(ctx, slog.LevelError, "panic", slog.String("request_id", x.id), slog.Any("value", p.value), slog.String("stack", string(p.stack)))
		return &stele.Error{Code: stele.CodeInternal}
	}
	switch {
	case errors.Is(err, context.Canceled) && x.r.Context().Err() != nil: // the client has gone: nothing is broken
		return &stele.Error{Code: stele.CodeOverloaded, Detail: "the request was given up"}
	case errors.Is(err, context.DeadlineExceeded): // a store says so itself where a write may have been applied
		return &stele.Error{Code: stele.CodeOverloaded, Detail: "the request took longer than it may, and was not applied"}
	}
	x.h.Log.LogAttrs(ctx, slog.LevelError, "internal error", slog.String("request_id", x.id), slog.String("error", err.Error()))
	return &stele.Error{Code: stele.CodeInternal}
}
