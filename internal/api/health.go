package api

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stele"
)

var stateOK = []byte(`{"status":"ok"}`)

// health says that the process answers.
func health(*exchange) (answer, error) { return answer{body: stateOK}, nil }

// ready says whether requests can be served. Why they cannot be is for the log.
func ready(x *exchange) (answer, error) {
	ctx, cancel := x.bounded()
	defer cancel()
	err := x.h.Service.Store.Ready(ctx)
	if x.h.Ready != nil {
		err = errors.Join(x.h.Ready(ctx), err)
	}
	if err == nil {
		return answer{body: stateOK}, nil
	}
	x.h.Log.LogAttrs(context.WithoutCancel(ctx), slog.LevelWarn, "not ready", slog.String("request_id", x.id), slog.String("error", err.Error()))
	return answer{}, &stele.Error{Code: stele.CodeUnavailable, Detail: "not ready to serve", RetryAfter: time.Second}
}
